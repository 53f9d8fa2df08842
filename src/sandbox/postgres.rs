//! A private Postgres.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::{Instant, sleep};

use super::process::{Server, find, run};
use super::{Home, free_port};
use crate::store::roles::Roles;
use crate::store::{Settings, Store};

const OWNER: &str = "redress_owner";
const APP: &str = "redress_app";
const REPORTS: &str = "redress_reports";

/// Whether what is committed survives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: fsync on.
    Safe,
    /// For tests that don't pull the plug.
    Fast,
}

/// A database, as its three roles connect to it.
#[derive(Debug, Clone)]
pub struct Database {
    /// Migrates, and owns everything; no superuser.
    pub owner: String,
    /// For daemons and commands.
    pub app: String,
    pub reports: String,
}

/// A running Postgres on loopback, without any password.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    postgres: PathBuf,
    data: PathBuf,
    log: PathBuf,
    port: u16,
    durability: Durability,
    databases: AtomicU32,
}

/// The folder with `initdb` and `postgres`: Debian's newest, or wherever the path leads.
pub fn programs() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .map(|(_, folder)| folder)
        .or_else(|| find("initdb")?.parent().map(Path::to_owned))
        .context("Postgres isn't installed: apt-get install postgresql")
}

impl Postgres {
    /// Makes and starts a new, empty server.
    pub async fn start(home: &Home, durability: Durability) -> Result<Postgres> {
        let programs = programs()?;
        let folder = home.folder("postgres")?;
        let data = folder.join("data");
        let data_text = data.display().to_string();
        let arguments = [
            "-D",
            &data_text,
            "-U",
            "redress",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ];
        run(home, &programs.join("initdb"), &arguments)?;
        let mut postgres = Postgres {
            server: None,
            postgres: programs.join("postgres"),
            data,
            log: folder.join("log"),
            port: 0,
            durability,
            databases: AtomicU32::new(0),
        };
        for _ in 0..5 {
            postgres.port = free_port()?;
            if postgres.start_again(home).await.is_ok() {
                postgres.make_roles().await?;
                return Ok(postgres);
            }
        }
        let log = std::fs::read_to_string(&postgres.log).unwrap_or_default();
        bail!("Postgres doesn't start: {log}")
    }

    /// Starts on the same port with the same data, after [`stop`](Postgres::stop).
    pub async fn start_again(&mut self, home: &Home) -> Result<()> {
        let safe = match self.durability {
            Durability::Safe => "on",
            Durability::Fast => "off",
        };
        let settings = [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=200".to_owned(),
            // taken as it is used
            "shared_buffers=1GB".to_owned(),
            "max_wal_size=2GB".to_owned(),
            format!("fsync={safe}"),
            "jit=off".to_owned(),
            "update_process_title=off".to_owned(),
            "wal_level=minimal".to_owned(),
            "max_wal_senders=0".to_owned(),
            "checkpoint_timeout=1h".to_owned(),
            "bgwriter_lru_maxpages=0".to_owned(),
            // against a page that is half written when the machine stops
            format!("full_page_writes={safe}"),
        ];
        let mut arguments = vec!["-D".to_owned(), self.data.display().to_string()];
        for setting in settings {
            arguments.extend(["-c".to_owned(), setting]);
        }
        let server = Server::start(
            "postgres",
            home,
            &self.postgres,
            &arguments,
            &self.log,
            Signal::INT,
        )?;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() {
                self.server = Some(server);
                return Ok(());
            }
            if server.has_ended() || Instant::now() > deadline {
                bail!("Postgres doesn't start: see {}", self.log.display());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops it in order; connections are cut.
    pub fn stop(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.stop(),
            None => Ok(()),
        }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://redress@127.0.0.1:{}/{database}", self.port)
    }

    /// A new, empty database, as its roles will connect to it.
    pub async fn fresh_database(&self) -> Result<Database> {
        let name = format!("redress_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let create = format!("create database {name} owner {OWNER} template template0");
        connection.execute(AssertSqlSafe(create)).await?;
        connection.close().await?;
        let url = |role: &str| format!("postgres://{role}@127.0.0.1:{}/{name}", self.port);
        Ok(Database {
            owner: url(OWNER),
            app: url(APP),
            reports: url(REPORTS),
        })
    }

    /// A new database with Redress's tables, and its roles with their rights.
    pub async fn migrated_database(&self) -> Result<Database> {
        let database = self.fresh_database().await?;
        let owner = Store::connect(&Settings {
            url: database.owner.clone(),
            password: None,
            connections: 2,
        })
        .await?;
        owner.migrate().await?;
        let set_up = owner.set_up_roles(&roles()).await?;
        ensure!(set_up.to_run.is_empty(), "rights are missing: {set_up:?}");
        owner.close().await;
        Ok(database)
    }

    /// The roles that are there before any database: as an administrator would make them.
    async fn make_roles(&self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        for role in [OWNER, APP, REPORTS] {
            let create = format!("create role {role} login");
            connection.execute(AssertSqlSafe(create)).await?;
        }
        connection.close().await?;
        Ok(())
    }
}

/// The names of the roles here.
pub fn roles() -> Roles {
    Roles {
        app: APP.to_owned(),
        reports: REPORTS.to_owned(),
    }
}
