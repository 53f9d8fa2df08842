//! The watch: looks at what is measured and at trouble that was counted, and tells alarms (promise 12).
//!
//! Whoever notices raises an alarm in the database, and the one daemon that claims it tells it. Where the database
//! is away, each daemon tells by itself and remembers what it told.

pub mod judge;
mod memory;
mod tell;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout};
use tracing::warn;

use self::judge::{Judged, Known, Limits, judge, judge_calendars, words};
pub use self::memory::Memory;
pub use self::tell::{CommandPath, Notice, Paths, SmtpPath, State, TellError};
use super::WorkError;
use super::stop::Stop;
use crate::alarm::{Alarm, Nature};
use crate::store::alarms::{Lasting, Often};
use crate::store::health::Health;
use crate::store::{Store, StoreError};

/// Longest wait for the database.
const LONGEST_LOOK: Duration = Duration::from_secs(15);

/// How alarms are raised and told.
#[derive(Debug, Clone)]
pub struct Settings {
    pub look_every: Duration,
    pub limits: Limits,
    pub often: Often,
    /// What comes of events is over once none has come for so long.
    pub calm: Duration,
    /// Alarms that aren't told.
    pub off: BTreeSet<Alarm>,
    pub paths: Paths,
}

/// That a calendar runs out is told once: it lasts until somebody adds the next year's days, for weeks maybe.
const ONCE: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Everything that the watch needs to know.
#[derive(Debug)]
pub struct Watch {
    pub store: Store,
    pub settings: Settings,
    pub mailboxes: Vec<String>,
    /// Calendars of the profiles in use, as far as their public holidays are bounded.
    pub calendars: Vec<Known>,
    /// Most automatic mails an hour; 0 is no limit.
    pub all_per_hour: u32,
    pub host: String,
    pub started: Instant,
    /// What was told and counted: it outlives a change of configuration.
    pub memory: Arc<Mutex<Memory>>,
    /// How things stood at the last look.
    pub latest: watch::Sender<Option<Health>>,
}

/// What came of raising an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raised {
    Told,
    /// It needn't be told now, or another daemon tells it.
    Known,
    /// No way took it: the next look tries again.
    Failed,
}

impl From<bool> for Raised {
    fn from(told: bool) -> Raised {
        if told { Raised::Told } else { Raised::Failed }
    }
}

impl Watch {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        while !stop.is_requested() {
            self.look().await;
            stop.sleep(self.settings.look_every).await;
        }
        // what was met since the last look isn't lost with the process
        self.events(&mut *self.memory.lock().await).await;
        Ok(())
    }

    /// Looks once, and tells what there is to tell.
    pub async fn look(&self) {
        let mut memory = self.memory.lock().await;
        let begun = Instant::now();
        let health = timeout(LONGEST_LOOK, self.store.health(&self.mailboxes)).await;
        let problem = match health {
            Ok(Ok(health)) => {
                self.database_is_back(&mut memory).await;
                if let Err(problem) = self.measured(&health, &mut memory).await {
                    warn!(%problem, "alarms that may be over can't be looked at");
                }
                self.latest.send_replace(Some(health));
                None
            }
            Ok(Err(problem)) => Some(problem.to_string()),
            Err(_) => Some("it doesn't answer in time".to_owned()),
        };
        if let Some(problem) = problem {
            self.database_is_away(&mut memory, begun, &problem).await;
        }
        self.events(&mut memory).await;
    }

    /// Raises and ends alarms that are measured, and ends those that nothing was heard of.
    async fn measured(&self, health: &Health, memory: &mut Memory) -> Result<(), StoreError> {
        let running = self.started.elapsed();
        let mut judged = judge(health, &self.settings.limits, self.all_per_hour, running);
        judged.extend(judge_calendars(&self.calendars, self.store.now().await?));
        let (wrong, right): (Vec<Judged>, Vec<Judged>) = judged
            .into_iter()
            .filter(|one| !self.settings.off.contains(&one.alarm))
            .partition(|one| one.wrong);
        for one in wrong {
            self.raise(one.alarm, &one.subject, &one.figures, memory)
                .await;
        }
        for one in self.store.lasting_alarms().await? {
            let Some(alarm) = Alarm::from_name(&one.name) else {
                // of a newer program
                continue;
            };
            self.end(alarm, &one, &right).await?;
        }
        Ok(())
    }

    /// Tells the end of an alarm, if it has come.
    async fn end(
        &self,
        alarm: Alarm,
        lasting: &Lasting,
        right: &[Judged],
    ) -> Result<(), StoreError> {
        let key = (alarm.as_str(), lasting.subject.as_str());
        let calm = lasting.unseen_for > self.settings.calm;
        let figures = match alarm.nature() {
            Nature::Measured => {
                let measured = right
                    .iter()
                    .find(|one| one.alarm == alarm && one.subject == lasting.subject);
                match measured {
                    Some(one) => one.figures.clone(),
                    // another daemon may measure what this one doesn't, a mailbox that only it reads, say
                    None if calm => "it isn't measured any more".to_owned(),
                    None => return Ok(()),
                }
            }
            Nature::Recurring if calm => {
                format!(
                    "it hasn't come again for {}",
                    words(Some(lasting.unseen_for))
                )
            }
            Nature::Single if calm => return self.store.end_alarm(key, true).await,
            Nature::Recurring | Nature::Single => return Ok(()),
        };
        self.store.end_alarm(key, false).await?;
        if !self.store.claim_end(key).await? {
            return Ok(());
        }
        let since = Some(lasting.began_at);
        let told = self
            .tell(alarm, &lasting.subject, (State::Over, figures), since)
            .await;
        self.store.end_told(key, told).await
    }

    /// Raises alarms for trouble that was counted since the last look. What may not be told yet is kept.
    async fn events(&self, memory: &mut Memory) {
        for (alarm, times) in memory.pending() {
            if self.settings.off.contains(&alarm) {
                memory.done(alarm, times);
                continue;
            }
            let figures = format!("{times} since this daemon last told of it");
            match self.raise(alarm, "", &figures, memory).await {
                Raised::Told => memory.done(alarm, times),
                // that it lasts is known
                Raised::Known if alarm.nature() == Nature::Recurring => memory.done(alarm, times),
                Raised::Known | Raised::Failed => {}
            }
        }
    }

    /// Raises an alarm, and tells it if it is on us to.
    async fn raise(
        &self,
        alarm: Alarm,
        subject: &str,
        figures: &str,
        memory: &mut Memory,
    ) -> Raised {
        let key = (alarm.as_str(), subject);
        let mut often = self.settings.often;
        if alarm.nature() == Nature::Single {
            // each is news, however long it is since the first
            often.again_after = often.at_most_every;
        }
        if alarm == Alarm::Calendar {
            often.again_after = ONCE;
        }
        let raised = async {
            match timeout(LONGEST_LOOK, self.store.raise_alarm(key, often)).await {
                Ok(Ok(raised)) => Some(raised),
                // the database is away, or its disk is full
                Ok(Err(_)) | Err(_) => None,
            }
        };
        let what = (State::Raised, figures.to_owned());
        match raised.await {
            Some(None) => Raised::Known,
            Some(Some(since)) => {
                let told = self.tell(alarm, subject, what, Some(since)).await;
                memory.told(alarm, subject, told);
                if let Err(problem) = self.store.alarm_told(key, told).await {
                    warn!(%problem, "that an alarm was told can't be recorded; it will be told again");
                }
                told.into()
            }
            None if memory.may_tell((alarm, subject), often, Instant::now()) => {
                let told = self.tell(alarm, subject, what, None).await;
                memory.told(alarm, subject, told);
                told.into()
            }
            None => Raised::Known,
        }
    }

    async fn database_is_away(&self, memory: &mut Memory, since: Instant, problem: &str) {
        let away = memory.away(since);
        let limit = self.settings.limits.database;
        if away <= limit || self.settings.off.contains(&Alarm::Database) {
            return;
        }
        if !memory.may_tell((Alarm::Database, ""), self.settings.often, Instant::now()) {
            return;
        }
        // the driver's words may hold names of users and hosts; they are for the log alone
        warn!(problem, "the database can't be reached");
        let figures = format!("it hasn't answered this daemon for {}", words(Some(away)));
        let what = (State::Raised, figures);
        let told = self.tell(Alarm::Database, "", what, None).await;
        memory.told(Alarm::Database, "", told);
    }

    async fn database_is_back(&self, memory: &mut Memory) {
        let Some(away) = memory.back() else {
            return;
        };
        if memory.lasts(Alarm::Database, "") {
            let figures = format!("it answers again, after {}", words(Some(away)));
            let what = (State::Over, figures);
            if self.tell(Alarm::Database, "", what, None).await {
                memory.over(Alarm::Database, "");
            } else {
                memory.still_away(away);
            }
        }
    }

    async fn tell(
        &self,
        alarm: Alarm,
        subject: &str,
        (state, figures): (State, String),
        since: Option<DateTime<Utc>>,
    ) -> bool {
        let notice = Notice {
            alarm: Some(alarm),
            subject: subject.to_owned(),
            state,
            figures,
            since,
            host: self.host.clone(),
        };
        self.settings.paths.tell(&notice).await
    }
}
