//! The program on a private Postgres with driven time: its own layers, as the daemon builds them, between the bytes
//! that land and the outbox. A stand-in for the mail servers lands mail and takes letters.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use redress::case::Actor;
use redress::config::Config;
use redress::ids::DaemonId;
use redress::policy::Policies;
use redress::sandbox::Home;
use redress::sandbox::postgres::{Durability, Postgres};
use redress::staff::Directory;
use redress::store::Store;
use redress::store::landed::{Content, Landing};
use redress::store::mailboxes::Lease;
use redress::store::outbox::{Attempt, Mail, Outcome};
use redress::work::clock::Clock;
use redress::work::erasure::{self, Answered};
use redress::work::jobs::Jobs;
use redress::work::post::Post;
use redress::work::review::Company;
use redress::work::triage::Triage;
use redress::work::welcome::welcome;
use redress::work::{Wakes, WorkError};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::JoinHandle;

use super::model::Moment;
use super::{Settings, people};

const UID_VALIDITY: i64 = 1;

/// How long a mail is tried, as in the configuration's default.
const GIVE_UP: Duration = Duration::from_secs(5 * 24 * 3600);

/// Most mails claimed at a time.
const MOST_MAILS: u16 = 50;

/// Who carries out what people ask of operators.
const OPERATOR: &str = "ops";

/// A mail that came to the mailbox.
pub struct Incoming {
    pub received: Moment,
    pub bytes: Vec<u8>,
}

pub struct Office {
    pub store: Store,
    /// As the owner: to drive time, and to look at the end.
    pub sql: PgPool,
    pub config: Config,
    pub policies: Policies,
    pub directory: Directory,
    post: Arc<Post>,
    triage: Triage,
    clock: Clock,
    /// Two daemons', as jobs are done by whoever gets there first.
    jobs: [Arc<Jobs>; 2],
    running: Vec<JoinHandle<Result<Duration, WorkError>>>,
    maintenance: Option<JoinHandle<Result<(), sqlx::Error>>>,
    daemon: DaemonId,
    lease: Lease,
    uid: u32,
    pub spent: Spent,
    _postgres: Postgres,
    _home: Home,
}

/// Where the time went.
#[derive(Debug, Default, Clone, Copy)]
pub struct Spent {
    pub land: Duration,
    pub triage: Duration,
    pub clock: Duration,
    pub jobs: Duration,
    pub dispatch: Duration,
}

impl Spent {
    pub fn text(&self) -> String {
        let s = |of: Duration| of.as_secs_f64();
        format!(
            "land {:.1} s, triage {:.1}, clock {:.1}, jobs {:.1}, dispatch {:.1}",
            s(self.land),
            s(self.triage),
            s(self.clock),
            s(self.jobs),
            s(self.dispatch)
        )
    }
}

impl Office {
    pub async fn open(folder: &Path, settings: Settings, now: Moment) -> Result<Office> {
        let home = Home::new(folder)?;
        let postgres = Postgres::start(&home, Durability::Fast).await?;
        let database = postgres.migrated_database().await?;
        prepare(&database.owner, &database.app, now).await?;
        let sql = PgPoolOptions::new()
            .max_connections(2)
            .connect(&database.owner)
            .await?;
        let path = people::configure(
            home.path(),
            (&database.app, &database.owner),
            settings.thorough,
        )?;
        let config = Config::load(&path)?;
        let store = Store::connect(&config.database.settings()).await?;
        let post = Arc::new(config.post(&store).await?);
        welcome(&store, &post).await?;
        let daemon = store
            .register_daemon("year", std::process::id(), "0")
            .await?;
        let mailbox = post.mailboxes.first().context("a mailbox")?.id;
        let lease = store.take_mailbox(mailbox, daemon).await?;
        let lease = lease.context("nobody else reads it")?;
        store.begin_uid_validity(lease, UID_VALIDITY).await?;
        let wakes = Wakes::default();
        let triage = Triage {
            store: store.clone(),
            daemon,
            wakes: wakes.clone(),
            post: Arc::clone(&post),
            reply_addresses: config.reply.addresses.clone(),
            rules: config.proof_rules(),
            confirm: config.confirm(),
            dns: None,
            own_addresses: vec![people::MAILBOX.to_owned()],
            default_language: config.company.language,
            time_zone: config.company.time_zone,
            batch: config.triage.batch,
            attempts: i32::from(config.triage.attempts),
            excused: redress::work::triage::Excused::default(),
        };
        let clock = Clock {
            store: store.clone(),
            wakes: wakes.clone(),
            post: Arc::clone(&post),
        };
        let other = store
            .register_daemon("year", std::process::id(), "0")
            .await?;
        let jobs = [daemon, other].map(|daemon| {
            Arc::new(config.job_runner(&store, Some(daemon), wakes.clone(), Arc::clone(&post)))
        });
        Ok(Office {
            post,
            policies: config.policies()?,
            directory: config.directory(),
            triage,
            clock,
            jobs,
            running: vec![],
            maintenance: None,
            daemon,
            lease,
            uid: 0,
            spent: Spent::default(),
            store,
            sql,
            config,
            _postgres: postgres,
            _home: home,
        })
    }

    pub fn company(&self) -> Company<'_> {
        Company {
            name_en: "Example Ltd",
            name_zh: "示例公司",
            zone: self.config.company.time_zone,
            policies: &self.policies,
            directory: &self.directory,
        }
    }

    /// It is this moment, until another is set.
    pub async fn set(&self, now: Moment) -> Result<()> {
        sqlx::query("update driven.moment set at = $1")
            .bind(now)
            .execute(&self.sql)
            .await?;
        Ok(())
    }

    /// Lands mail as intake does, while the clock looks at what has come due; then has it read.
    pub async fn take_in(&mut self, mails: Vec<Incoming>) -> Result<()> {
        let first = self.uid + 1;
        let landings: Vec<Landing> = (first..)
            .zip(mails)
            .map(|(uid, mail)| Landing {
                uid,
                size: mail.bytes.len() as u64,
                received_at: Some(mail.received),
                marked: None,
                content: Content::Whole(mail.bytes),
            })
            .collect();
        self.uid += landings.len() as u32;
        let (store, lease, up_to) = (self.store.clone(), self.lease, self.uid);
        let landing = tokio::spawn(async move {
            let started = std::time::Instant::now();
            let count = landings.len() as u64;
            if count > 0 {
                let landed = store
                    .land(lease, UID_VALIDITY, landings, Some(up_to))
                    .await?;
                ensure!(landed.new == count, "every mail has a row");
            }
            Ok(started.elapsed())
        });
        self.tick().await?;
        self.spent.land += landing.await??;
        self.triage().await
    }

    /// Has everything read and told that is there.
    pub async fn triage(&mut self) -> Result<()> {
        let started = std::time::Instant::now();
        while self.triage.round().await? {}
        self.spent.triage += started.elapsed();
        Ok(())
    }

    pub async fn tick(&mut self) -> Result<()> {
        let started = std::time::Instant::now();
        self.clock.round().await?;
        self.spent.clock += started.elapsed();
        Ok(())
    }

    /// What autovacuum does by itself in as much time as is simulated, and hardly once in as little as that takes:
    /// without it, plans are kept that were made for empty tables.
    pub async fn begin_maintenance(&mut self) -> Result<()> {
        self.end_maintenance().await?;
        let sql = self.sql.clone();
        self.maintenance = Some(tokio::spawn(async move {
            sqlx::query("vacuum (analyze)").execute(&sql).await?;
            Ok(())
        }));
        Ok(())
    }

    /// Waits until it is done.
    pub async fn end_maintenance(&mut self) -> Result<()> {
        if let Some(running) = self.maintenance.take() {
            running.await??;
        }
        Ok(())
    }

    /// Has the jobs done that are due, while mail comes and goes all day.
    pub fn begin_jobs(&mut self) {
        for jobs in &self.jobs {
            let jobs = Arc::clone(jobs);
            self.running.push(tokio::spawn(async move {
                let started = std::time::Instant::now();
                jobs.round().await?;
                Ok(started.elapsed())
            }));
        }
    }

    /// Waits until they are done.
    pub async fn end_jobs(&mut self) -> Result<()> {
        for running in self.running.drain(..) {
            self.spent.jobs += running.await??;
        }
        Ok(())
    }

    /// Somebody wants to be forgotten, and asks it of the operators.
    pub async fn forget(&self, address: &str) -> Result<Answered> {
        let request = erasure::Request {
            address,
            reason: Some("their letter"),
            by: &Actor::Operator(OPERATOR.to_owned()),
            dry_run: false,
        };
        Ok(erasure::party(&self.store, &self.post, request).await??)
    }

    /// Offers what is due to the stand-in for the mail server, and records what it answers while more is claimed, as
    /// dispatch does.
    pub async fn send(
        &mut self,
        mut server: impl FnMut(&Mail) -> (Outcome, &'static str),
    ) -> Result<Vec<(Mail, Outcome)>> {
        let started = std::time::Instant::now();
        let mut all = Vec::new();
        let mut recording = Vec::new();
        loop {
            let mails = self
                .store
                .claim_mails(self.daemon, MOST_MAILS, MOST_MAILS)
                .await?;
            if mails.is_empty() {
                break;
            }
            let mut attempts = Vec::with_capacity(mails.len());
            for mail in mails {
                let (outcome, reply) = server(&mail);
                attempts.push(Attempt {
                    id: mail.id,
                    outcome,
                    reply: reply.to_owned(),
                });
                all.push((mail, outcome));
            }
            let (store, daemon) = (self.store.clone(), self.daemon);
            recording.push(tokio::spawn(async move {
                let recorded = store.record_attempts(daemon, &attempts, GIVE_UP).await?;
                ensure!(recorded == attempts.len() as u64, "attempts are recorded");
                Ok(())
            }));
        }
        for recorded in recording {
            recorded.await??;
        }
        all.sort_by_key(|(mail, _)| mail.id);
        self.spent.dispatch += started.elapsed();
        Ok(all)
    }
}

/// Time stands still in this database but where it is set: two runs of one seed see the same moments. Nobody pulls the
/// plug, so that nothing waits for the disk.
async fn prepare(owner: &str, app: &str, now: Moment) -> Result<()> {
    let name = app.rsplit('/').next().context("a database's name")?;
    let mut sql = PgConnection::connect(owner).await?;
    let statements = [
        "create schema driven".to_owned(),
        "create table driven.moment (at timestamptz not null)".to_owned(),
        format!("insert into driven.moment values ('{}')", now.to_rfc3339()),
        "create function public.now() returns timestamptz language sql stable
         as $$ select at from driven.moment $$"
            .to_owned(),
        "grant usage on schema driven to public".to_owned(),
        "grant select on driven.moment to public".to_owned(),
        // a function is looked for in pg_catalog first, unless the path says otherwise
        format!("alter database {name} set search_path = public, pg_catalog"),
        format!("alter database {name} set synchronous_commit = off"),
    ];
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut sql)
            .await?;
    }
    Ok(())
}
