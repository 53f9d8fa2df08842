//! What those who run Redress can ask a daemon: how it stands (`/metrics`), whether it lives (`/healthz`), and whether
//! it can do its work (`/readyz`).
//!
//! Nothing of mail, cases or people is in an answer, but for numbers. Labels are of closed sets and the names of
//! mailboxes in the configuration.

mod page;
mod show;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::info;

use super::WorkError;
use super::pulse::{Pulse, Watched};
use super::stop::Stop;
use super::watch::judge::Limits;
use crate::net::http::{self, Answer};
use crate::store::Store;
use crate::store::alarms::Lasting;
use crate::store::health::Health;

/// Longest wait for the database before an answer says that it is away. Prometheus waits 10 s for the whole.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// However often somebody asks, the database is asked once in so long.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// Everything that answers are made of.
#[derive(Debug)]
pub struct Ops {
    pub store: Store,
    pub listen: SocketAddr,
    /// Names of the mailboxes that are read.
    pub mailboxes: Vec<String>,
    pub limits: Limits,
    pub lease: Duration,
    /// Since the process started.
    pub started: Instant,
    /// Most automatic mails an hour; 0 is no limit.
    pub all_per_hour: u32,
    /// Beats with each sign of life that reached the database.
    pub heartbeat: Pulse,
    pub loops: Vec<Watched>,
    pub last_look: Mutex<Option<(Instant, Looked)>>,
}

/// What the database said, and what lasts; or why it didn't.
type Looked = Result<Arc<(Health, Vec<Lasting>)>, String>;

impl Ops {
    /// Answers until told to stop.
    pub async fn run(self: Arc<Ops>, stop: &Stop) -> Result<(), WorkError> {
        let listener =
            TcpListener::bind(self.listen)
                .await
                .map_err(|problem| WorkError::Listen {
                    listen: self.listen,
                    problem,
                })?;
        info!(listen = %self.listen, "measures are served: /metrics, /healthz, /readyz");
        let served = http::serve(listener, move |path| {
            let ops = Arc::clone(&self);
            async move { ops.answer(&path).await }
        });
        tokio::select! {
            () = served => {}
            () = stop.requested() => {}
        }
        Ok(())
    }

    async fn answer(&self, path: &str) -> Option<Answer> {
        match path {
            "/metrics" => Some(Answer {
                well: true,
                media_type: page::MEDIA_TYPE,
                text: self.metrics(&self.look().await),
            }),
            "/healthz" => Some(self.healthz()),
            "/readyz" => Some(self.readyz().await),
            _ => None,
        }
    }

    /// Whether every loop turns.
    fn healthz(&self) -> Answer {
        let stuck: Vec<String> = self
            .loops
            .iter()
            .filter(|one| one.is_stuck())
            .map(|one| {
                format!(
                    "{} hasn't turned for {} s",
                    one.name,
                    one.pulse.age().as_secs()
                )
            })
            .collect();
        plain(&stuck)
    }

    /// Whether work can be done: the database answers and is ours, and a mailbox was read lately.
    async fn readyz(&self) -> Answer {
        let mut missing = Vec::new();
        match self.look().await {
            Err(problem) => missing.push(problem),
            Ok(looked) => {
                let (health, _) = &*looked;
                let read = |one: &crate::store::health::Mailbox| {
                    one.polled_ever && one.last_poll <= self.limits.unpolled(&one.name)
                };
                if !health.mailboxes.iter().any(read) {
                    missing.push("no mailbox was read yet, or not for too long".to_owned());
                }
                match timeout(LONGEST_LOOK, self.store.check_schema()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => {
                        missing.push("the database's schema isn't this program's".to_owned())
                    }
                    Err(_) => missing.push(SLOW.to_owned()),
                }
            }
        }
        plain(&missing)
    }

    /// Asks the database how things stand, unless it was asked a moment ago.
    async fn look(&self) -> Looked {
        let mut last = self.last_look.lock().await;
        if let Some((at, looked)) = &*last
            && at.elapsed() < FRESH_FOR
        {
            return looked.clone();
        }
        let asked = async {
            let health = self.store.health(&self.mailboxes).await?;
            Ok::<_, crate::store::StoreError>((health, self.store.lasting_alarms().await?))
        };
        let looked = match timeout(LONGEST_LOOK, asked).await {
            Ok(Ok(looked)) => Ok(Arc::new(looked)),
            // the words of the driver may hold names of hosts and users
            Ok(Err(_)) => Err("the database can't be reached, or refuses".to_owned()),
            Err(_) => Err(SLOW.to_owned()),
        };
        *last = Some((Instant::now(), looked.clone()));
        looked
    }
}

const SLOW: &str = "the database doesn't answer in time";

/// `ok`, or what is wrong, a line each.
fn plain(wrong: &[String]) -> Answer {
    Answer {
        well: wrong.is_empty(),
        media_type: "text/plain; charset=utf-8",
        text: if wrong.is_empty() {
            "ok\n".to_owned()
        } else {
            wrong.iter().map(|line| format!("{line}\n")).collect()
        },
    }
}
