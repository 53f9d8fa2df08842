//! Servers that all tests share, and for each test a site of its own on them: a mailbox, a database, a
//! mail server, a configuration, and daemons to run.

pub mod between;
pub mod certificates;
pub mod clients;
pub mod dkim;
pub mod dns;
pub mod office;
pub mod postfix;
pub mod proxy;
pub mod scan;
pub mod scripted;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use redress::sandbox::Home;
use redress::sandbox::authority::Authority;
use redress::sandbox::dovecot::{Dovecot, PASSWORD};
use redress::sandbox::postgres::{Database, Durability, Postgres};
use redress::sandbox::smtp_server::{Keep, SmtpServer};
use redress::store::{Settings, Store};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::sync::OnceCell;

/// How long anything may take before a test counts as failed.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How many cases were acknowledged.
pub const ACKNOWLEDGED: &str = "select count(*) from cases where acknowledgement = 'delivered'";

/// Servers that all tests of this program share.
pub struct Servers {
    pub authority: Authority,
    pub postgres: Postgres,
    pub dovecot: Dovecot,
    _home: Home,
}

/// The shared servers, started by whoever needs them first.
pub async fn servers() -> &'static Servers {
    static SERVERS: OnceCell<Servers> = OnceCell::const_new();
    SERVERS
        .get_or_init(|| async {
            let home = Home::new(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
            let authority = Authority::new(&home).unwrap();
            let postgres = Postgres::start(&home, Durability::Fast).await.unwrap();
            let dovecot = Dovecot::start(&home, &authority).await.unwrap();
            Servers {
                authority,
                postgres,
                dovecot,
                _home: home,
            }
        })
        .await
}

/// A company with a complaints mailbox, all its own.
pub struct Site {
    pub servers: &'static Servers,
    pub address: String,
    /// As daemons and commands connect to it.
    pub database: String,
    pub roles: Database,
    /// As its owner: for looking, and for tampering on purpose.
    pub sql: PgPool,
    pub smtp: SmtpServer,
    pub folder: tempfile::TempDir,
    daemons: AtomicU32,
    /// All people that were ever configured here.
    people: Mutex<scan::People>,
    unscanned: AtomicBool,
}

/// Every mail that a site sent is looked at when it ends: no test has to think of it.
impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() || self.unscanned.load(Ordering::Relaxed) {
            return;
        }
        let found = scan::scan(self);
        assert!(
            found.is_empty(),
            "{} mails break a promise:\n{}",
            found.len(),
            found.join("\n")
        );
    }
}

impl Site {
    /// What its mail server got can't be compared with its database: the test sends mail by itself, or takes rows away.
    pub fn without_scan(&self) {
        self.unscanned.store(true, Ordering::Relaxed);
    }

    /// A site whose mail server records what it takes.
    pub async fn new() -> Site {
        Site::with(Keep::Record).await
    }

    pub async fn with(keep: Keep) -> Site {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let servers = servers().await;
        let roles = servers.postgres.migrated_database().await.unwrap();
        let sql = PgPoolOptions::new()
            .max_connections(2)
            .connect(&roles.owner)
            .await
            .unwrap();
        let site = Site {
            servers,
            address: format!("complaints{number}@example.com"),
            database: roles.app.clone(),
            roles,
            sql,
            smtp: SmtpServer::start(keep, None).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            daemons: AtomicU32::new(0),
            people: Mutex::default(),
            unscanned: AtomicBool::new(false),
        };
        std::fs::write(site.folder.path().join("password"), PASSWORD).unwrap();
        std::fs::write(
            site.folder.path().join("keys"),
            format!("1 {}", "5a".repeat(32)),
        )
        .unwrap();
        site.configure("", "", "");
        site
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("redress.toml")
    }

    /// Writes the configuration, with more settings for mailbox and mail server, and more sections.
    pub fn configure(&self, mailbox: &str, smtp: &str, sections: &str) {
        let text = format!(
            "[database]\nurl = \"{}\"\nowner_url = \"{}\"\n\
             [company]\nname = \"Example Ltd\"\nname_zh = \"示例公司\"\n\
             [[mailbox]]\nname = \"complaints\"\naddress = \"{address}\"\nhost = \"localhost\"\n\
             port = {imaps}\nca_file = \"{ca}\"\nuser = \"{address}\"\npassword_file = \"password\"\n\
             {poll}\n{mailbox}\n\
             [smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-without-encryption\"\n{smtp}\n\
             [reply]\nkeys_file = \"keys\"\n[daemon]\nlease = \"3s\"\n{sections}\n",
            self.database,
            self.roles.owner,
            poll = if mailbox.contains("poll_every") {
                ""
            } else {
                "poll_every = \"1s\""
            },
            address = self.address,
            imaps = self.servers.dovecot.imaps_port(),
            ca = self.servers.authority.ca.display(),
            port = self.smtp.port(),
        );
        scan::note_people(&mut self.people.lock().unwrap(), &text);
        std::fs::write(self.config(), text).unwrap();
    }

    /// Puts a mail into the complaints mailbox. Lines may end in LF.
    pub fn deliver(&self, mail: &str) {
        self.servers
            .dovecot
            .deliver(&self.address, mail.as_bytes())
            .unwrap();
    }

    /// Puts a mail into the complaints mailbox as it stands.
    pub fn deliver_bytes(&self, mail: &[u8]) {
        self.servers.dovecot.deliver(&self.address, mail).unwrap();
    }

    /// Starts a daemon.
    pub fn daemon(&self) -> Daemon {
        self.daemon_with(&[])
    }

    /// Starts a daemon with more variables in its environment.
    pub fn daemon_with(&self, variables: &[(&str, &str)]) -> Daemon {
        let number = self.daemons.fetch_add(1, Ordering::Relaxed);
        Daemon::start(
            &self.config(),
            &self.folder.path().join(format!("log{number}")),
            variables,
        )
    }

    /// Runs `redress` with these arguments to its end; status, output and errors.
    pub async fn redress(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_redress"))
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .output()
            .await
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code().unwrap_or(-1),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.sql).await.unwrap()
    }

    /// Waits until a query gives this number.
    pub async fn until(&self, sql: &'static str, expected: i64) {
        let mut last = -1;
        let reached = wait(async || {
            last = self.count(sql).await;
            last == expected
        })
        .await;
        assert!(
            reached,
            "{sql}: {last} instead of {expected}\n{}",
            self.logs()
        );
    }

    /// Waits until so many cases were acknowledged.
    pub async fn acknowledged(&self, cases: i64) {
        self.until(ACKNOWLEDGED, cases).await;
    }

    /// Every case is what its history says.
    pub async fn verified(&self) {
        let (status, out, error) = self.redress(&["case", "verify", "--all"]).await;
        assert_eq!(status, 0, "{out}{error}");
    }

    /// Its database, as a daemon uses it.
    pub async fn store(&self) -> Store {
        store(&self.database).await
    }

    /// Puts the database's time into the test's hands: whoever connects from now on reads a clock that
    /// moves on by itself and by [`advance`](Site::advance).
    pub async fn drive_time(&self) {
        let name = self.database.rsplit('/').next().unwrap();
        let name = name.split('?').next().unwrap();
        let statements = [
            "create schema driven".to_owned(),
            "create table driven.shift (by interval not null)".to_owned(),
            "insert into driven.shift values ('0')".to_owned(),
            "create function public.now() returns timestamptz language sql stable
             as $$ select pg_catalog.now() + by from driven.shift $$"
                .to_owned(),
            "grant usage on schema driven to public".to_owned(),
            "grant select on driven.shift to public".to_owned(),
            // a function is looked for in pg_catalog first, unless the path says otherwise
            format!("alter database {name} set search_path = public, pg_catalog"),
        ];
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&self.sql)
                .await
                .unwrap();
        }
    }

    /// Moves the database's time forward.
    pub async fn advance(&self, by: Duration) {
        self.shift(by.as_secs_f64()).await;
    }

    /// Moves the database's time back.
    pub async fn rewind(&self, by: Duration) {
        self.shift(-by.as_secs_f64()).await;
    }

    async fn shift(&self, seconds: f64) {
        sqlx::query("update driven.shift set by = by + make_interval(secs => $1)")
            .bind(seconds)
            .execute(&self.sql)
            .await
            .unwrap();
    }

    pub fn logs(&self) -> String {
        (0..self.daemons.load(Ordering::Relaxed))
            .filter_map(|n| {
                std::fs::read_to_string(self.folder.path().join(format!("log{n}"))).ok()
            })
            .map(|log| format!("--- log\n{log}"))
            .collect()
    }
}

/// A database, as a daemon uses it.
pub async fn store(url: &str) -> Store {
    let settings = Settings {
        url: url.to_owned(),
        password: None,
        connections: 2,
    };
    Store::connect(&settings).await.unwrap()
}

/// Waits until something is so; false where it takes too long.
pub async fn wait(mut so: impl AsyncFnMut() -> bool) -> bool {
    let waiting = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONGEST, waiting).await.is_ok()
}

/// A daemon's process; killed when dropped.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(config: &Path, log: &Path, variables: &[(&str, &str)]) -> Daemon {
        let file = File::create(log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_redress"))
            .arg("--config")
            .arg(config)
            .arg("run")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Daemon {
            child,
            log: log.to_owned(),
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Its number among the processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it by SIGTERM; its exit status.
    pub async fn terminate(mut self) -> i32 {
        self.signal(rustix::process::Signal::TERM);
        let mut status = None;
        let ended = wait(async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        assert!(ended, "the daemon doesn't end\n{}", self.log());
        status.and_then(|status| status.code()).unwrap_or(-1)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // one that has ended already is what we want
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A small complaint in English.
pub fn complaint(number: usize) -> String {
    format!(
        "From: Customer {number} <customer{number}@customers.test>\nTo: complaints@example.com\n\
         Subject: Order {number} arrived broken\nMessage-ID: <{number}.complaint@customers.test>\n\
         Date: Tue, 24 Nov 2026 09:30:00 +0800\nContent-Type: text/plain; charset=utf-8\n\n\
         The parcel was damaged. Please refund order {number}.\n"
    )
}
