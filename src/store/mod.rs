//! Postgres: everything Redress knows, and every queue it works from.
//!
//! SQL lives here and nowhere else. A function is named for what it means to the domain. Writes come
//! as sets (`unnest` arrays), since batches decide how fast mail becomes cases.

pub(crate) mod actions;
pub mod alarms;
pub mod anchors;
pub mod archive;
pub mod cases;
pub mod clocks;
pub(crate) mod correspondence;
pub mod daemons;
pub mod erasure;
pub(crate) mod floods;
pub mod health;
pub mod history;
pub mod jobs;
pub mod landed;
pub(crate) mod looks;
pub mod mailboxes;
pub(crate) mod members;
pub mod messages;
pub(crate) mod open_cases;
pub mod outbox;
pub mod parties;
pub(crate) mod pending;
pub(crate) mod policy_notices;
pub mod quarantine;
pub mod reports;
pub mod restored;
pub mod roles;
pub(crate) mod savepoint;
mod schema;
pub mod search;
pub mod verify;
mod waiting;

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

pub use schema::SchemaProblem;

use crate::alarm::Alarm;
use crate::measures::MEASURES;

/// SQLSTATE of a disk without room (class 53: insufficient resources).
const DISK_FULL: &str = "53100";

/// A transaction: what it did isn't there until [`commit`](sqlx::Transaction::commit).
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Settings {
    pub url: String,
    pub password: Option<crate::secret::Secret>,
    /// Most connections at a time.
    pub connections: u32,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
    /// Longest time that a statement may take.
    timeout: Duration,
}

/// Longest time that a statement may take, unless the configuration says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Longest wait for a connection, and for one to prove that it is alive.
const ACQUIRE: Duration = Duration::from_secs(10);

/// A connection that was used so lately is taken to be alive: proving it costs as much as most statements do.
const FRESH: Duration = Duration::from_secs(1);

/// A round of work is many statements; longer than so many of the longest ones, nobody answers any more.
const LONGEST_ROUND: u32 = 5;

/// Why the database didn't do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    #[error("database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("{0}")]
    Schema(#[from] SchemaProblem),
    /// Somebody else has taken over what this daemon claimed; nothing was written.
    #[error("another daemon has taken over: {0}")]
    Fenced(&'static str),
    /// The connection is there, and nothing comes over it.
    #[error("the database didn't answer within {seconds} s")]
    Silent { seconds: u64 },
}

impl From<sqlx::Error> for StoreError {
    /// Every error of the database comes by here, and is counted.
    fn from(error: sqlx::Error) -> StoreError {
        MEASURES.database_errors.add(1);
        if let sqlx::Error::Database(problem) = &error
            && problem.code().is_some_and(|code| code == DISK_FULL)
        {
            MEASURES.trouble(Alarm::DiskFull);
        }
        StoreError::Database(error)
    }
}

impl Store {
    /// Connects, without looking at what the database holds.
    pub async fn connect(settings: &Settings) -> Result<Store, StoreError> {
        Store::connect_within(settings, TIMEOUT).await
    }

    /// Connects, with another longest time for a statement.
    pub async fn connect_within(
        settings: &Settings,
        timeout: Duration,
    ) -> Result<Store, StoreError> {
        let mut options = PgConnectOptions::from_str(&settings.url)?.application_name("redress");
        if let Some(password) = &settings.password {
            options = options.password(password.reveal());
        }
        // a statement that hangs must not hang a loop; no lock is waited for long
        let milliseconds = timeout.as_millis();
        let options = options.options([
            ("statement_timeout", milliseconds.to_string()),
            ("lock_timeout", (milliseconds / 3).to_string()),
            (
                "idle_in_transaction_session_timeout",
                milliseconds.to_string(),
            ),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // a connection that says nothing is given up, or it would never be free for another to take its place
            .after_release(|connection, _| {
                Box::pin(async move {
                    let alive = tokio::time::timeout(ACQUIRE, connection.ping()).await;
                    alive.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Store { pool, timeout })
    }

    /// Waits for work on the database, but not for ever: a connection can be silent without being closed, and
    /// then no limit that the database sets on itself helps.
    pub async fn answered<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.answered_within(Duration::ZERO, work).await
    }

    /// The same for work that may itself take so long.
    pub async fn answered_within<T, E: From<StoreError>>(
        &self,
        itself: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let longest = itself.saturating_add(self.timeout * LONGEST_ROUND);
        let silent = || StoreError::Silent {
            seconds: longest.as_secs(),
        };
        let answer = tokio::time::timeout(longest, work).await;
        answer.unwrap_or_else(|_| Err(silent().into()))
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(self.pool.begin().await?)
    }

    /// The database's clock: the only one that counts (promise 8).
    pub async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        let now = sqlx::query_scalar!(r#"select now() as "now!""#)
            .fetch_one(&self.pool)
            .await?;
        Ok(now)
    }

    /// Ends every connection.
    pub async fn close(&self) {
        // whoever doesn't answer needn't be told
        let _ = tokio::time::timeout(ACQUIRE, self.pool.close()).await;
    }
}

/// As if the connection were lost there.
impl From<crate::failpoint::Reached> for StoreError {
    fn from(_: crate::failpoint::Reached) -> StoreError {
        StoreError::Database(sqlx::Error::WorkerCrashed)
    }
}

impl StoreError {
    /// Whether the same thing, tried again, may well succeed: nothing was wrong with what was asked.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Database(error) => match error {
                sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                    // connection, resources (disk full), operator intervention, system, and
                    // serialisation failure, deadlock, lock not available; a database that takes no writes
                    ["08", "53", "57", "58"]
                        .iter()
                        .any(|class| code.starts_with(class))
                        || ["40001", "40P01", "55P03", "25P03", "25006"].contains(&&*code)
                }),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Protocol(_) => true,
                _ => false,
            },
            StoreError::Silent { .. } => true,
            StoreError::Fenced(_) | StoreError::Migration(_) | StoreError::Schema(_) => false,
        }
    }
}

/// A length of time that may seem negative: the database's clock can be set back, and what was due is past.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// A value that the check constraints should have kept out.
fn known<T>(value: Option<T>, what: &str, text: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| {
        let problem = format!("{what} '{text}' is unknown to this program: upgrade it");
        StoreError::Database(sqlx::Error::Decode(problem.into()))
    })
}
