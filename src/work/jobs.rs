//! Jobs: what is done by the calendar. Each slot of a schedule is a row that runs once, whoever gets there first.
//!
//! The work of a slot and the note that it is done commit together, so a job that is cut off has done
//! nothing and runs again, on this daemon or another. So does one that the database broke off; what fails by itself
//! has failed.

mod actions;
mod anchor;
mod digest;
mod policy_notice;
mod review;

pub use review::Reviews;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::{error, info};

use super::post::Post;
use super::stop::Stop;
use super::{Wakes, WorkError, retention};
use crate::alarm::Alarm;
use crate::failpoint::failpoint;
use crate::ids::DaemonId;
use crate::measures::MEASURES;
use crate::policy::words;
use crate::review::period::Kind;
use crate::schedule::{Schedule, local, moment};
use crate::store::{Store, StoreError, Transaction, jobs, restored};

words! {
    /// The jobs by name.
    JobName {
        /// One mail a business day with what needs somebody, for those who prefer that.
        Digest = "digest",
        /// Reminders of actions, and word of those that are overdue (§4.4, §8).
        Actions = "actions",
        /// The policy is mailed to staff (§10).
        PolicyNotice = "policy_notice",
        /// Who hasn't read it is reminded, and then told of.
        PolicyReading = "policy_reading",
        /// Personal data past its term goes (§7).
        Retention = "retention",
        /// An anchor of all histories is mailed to auditors (§6).
        Anchor = "anchor",
        /// Reviews of the last week, month, quarter and year, to management (§6).
        ReviewWeek = "review_week",
        ReviewMonth = "review_month",
        ReviewQuarter = "review_quarter",
        ReviewYear = "review_year",
    }

    /// What is done about slots that were missed while nobody ran.
    CatchUp {
        /// Each of them runs.
        Each = "each",
        /// The last of them runs; the others are noted as skipped.
        Last = "last",
    }
}

/// When and how a job runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `None`: only when somebody runs it.
    pub at: Option<Schedule>,
    pub catch_up: CatchUp,
    /// Longest time that it may take.
    pub within: Duration,
}

/// Everything that jobs need to know.
#[derive(Debug)]
pub struct Jobs {
    pub store: Store,
    /// `None`: somebody runs one from the command line.
    pub daemon: Option<DaemonId>,
    pub wakes: Wakes,
    pub post: Arc<Post>,
    pub time_zone: Tz,
    pub settings: BTreeMap<JobName, Settings>,
    /// The text of the policy, or of its change, for staff.
    pub policy_notice: Option<String>,
    pub retention: retention::Settings,
    pub reviews: Reviews,
    /// How often the database broke a slot off.
    pub broken: Mutex<BTreeMap<(JobName, NaiveDateTime), u8>>,
}

/// Longest time between looks, were nobody to wake us.
const POLL: Duration = Duration::from_secs(15);

/// A slot that fails so often is given up.
const MOST_ATTEMPTS: i32 = 3;

/// One that the database breaks off so often is, too: it may be the job that breaks the database.
const MOST_BROKEN: u8 = 10;

/// How a slot ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// What it did, in a few words.
    Done(String),
    Failed(String),
    /// Somebody else has it.
    Taken,
}

impl JobName {
    /// When it runs, unless the configuration says otherwise.
    pub fn default_at(self) -> &'static str {
        match self {
            JobName::Digest => "0 8 * * *",
            JobName::Actions => "0 7 * * *",
            JobName::PolicyNotice => "0 9 1 Jan,Jul *",
            JobName::PolicyReading => "30 7 * * *",
            JobName::Retention => "0 3 * * *",
            JobName::Anchor => "0 6 * * Mon",
            JobName::ReviewWeek => "0 8 * * Mon",
            JobName::ReviewMonth => "10 8 1 * *",
            JobName::ReviewQuarter => "20 8 1 Jan,Apr,Jul,Oct *",
            JobName::ReviewYear => "30 8 1 Jan *",
        }
    }

    /// What it does.
    pub fn purpose(self) -> &'static str {
        match self {
            JobName::Digest => {
                "one mail a business day to those who prefer it: what is due, overdue, waiting"
            }
            JobName::Actions => {
                "reminds of actions that are due, and tells of those that are overdue"
            }
            JobName::PolicyNotice => "mails the policy to staff",
            JobName::PolicyReading => "reminds those who haven't read it, and tells supervisors",
            JobName::Retention => "erases personal data and raw mail past their term",
            JobName::Anchor => "mails an anchor of all histories to the auditors",
            JobName::ReviewWeek => "mails the review of the last week to management",
            JobName::ReviewMonth => "mails the review of the last month to management",
            JobName::ReviewQuarter => "mails the review of the last quarter to management",
            JobName::ReviewYear => "mails the review of the last year to management",
        }
    }
}

impl Jobs {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        while !stop.is_requested() {
            // each job has its own limit; this one is for a database that is silent between them
            self.store
                .answered_within(self.longest(), self.round())
                .await?;
            self.store.answered(self.store.jobs_looked_at()).await?;
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = stop.requested() => {}
            }
        }
        Ok(())
    }

    /// Longest time that all jobs may take together.
    fn longest(&self) -> Duration {
        let limits = self.settings.values().map(|job| job.within);
        limits.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Runs whatever is due.
    pub async fn round(&self) -> Result<(), WorkError> {
        if let Some(daemon) = self.daemon {
            while let Some((job, slot, attempts)) = self.store.take_over_slot(daemon).await? {
                match JobName::from_name(&job) {
                    Some(name) if attempts <= MOST_ATTEMPTS => {
                        self.run_slot(name, slot).await?;
                    }
                    Some(_) => {
                        let why = "the daemon that ran it died several times";
                        self.store.fail_slot(&job, slot, why).await?;
                    }
                    None => {
                        let why = "this program has no such job";
                        self.store.fail_slot(&job, slot, why).await?;
                    }
                }
            }
        }
        let now = self.store.now().await?;
        for (name, settings) in &self.settings {
            let Some(schedule) = &settings.at else {
                continue;
            };
            let from_here = (local(now, self.time_zone), now);
            let latest = self.store.latest_slot(name.as_str(), from_here).await?;
            let mut due = schedule.due(latest, now, self.time_zone);
            if settings.catch_up == CatchUp::Last && due.len() > 1 {
                let missed = due.split_off(due.len() - 1);
                self.store.skip_slots(name.as_str(), &due).await?;
                due = missed;
            }
            for slot in due {
                let claimed = self
                    .store
                    .claim_slot(self.daemon, (name.as_str(), slot), None);
                if claimed.await? {
                    self.run_slot(*name, slot).await?;
                }
            }
        }
        Ok(())
    }

    /// Runs a job now, because somebody wants it.
    pub async fn run_now(&self, name: JobName, by: &str) -> Result<Ran, WorkError> {
        let slot = local(self.store.now().await?, self.time_zone);
        let claimed = self
            .store
            .claim_slot(self.daemon, (name.as_str(), slot), Some(by));
        if !claimed.await? {
            return Ok(Ran::Taken);
        }
        self.run_slot(name, slot).await
    }

    /// Runs a slot that is ours. A failure is noted with its reason, and harms nothing else.
    async fn run_slot(&self, name: JobName, slot: NaiveDateTime) -> Result<Ran, WorkError> {
        self.store.jobs_looked_at().await?;
        let within = self
            .settings
            .get(&name)
            .map_or(Duration::MAX, |one| one.within);
        failpoint("jobs.claimed")?;
        let worked = match timeout(within, self.work(name, slot)).await {
            Ok(worked) => worked,
            Err(_) => Err(WorkError::Slow {
                what: "a job",
                seconds: within.as_secs(),
            }),
        };
        match worked {
            Ok(result) => {
                info!(job = %name, %slot, result, "a job is done");
                self.broken().remove(&(name, slot));
                self.wakes.dispatch.notify_one();
                Ok(Ran::Done(result))
            }
            Err(problem) if problem.is_fenced() => Ok(Ran::Taken),
            // its row says that it runs, so it is taken up again once the database is back
            Err(problem) if problem.is_transient() && self.runs_again(name, slot) => Err(problem),
            Err(problem) => {
                let why = problem.to_string();
                MEASURES.trouble(Alarm::JobFailed);
                error!(job = %name, %slot, problem = why, "a job failed: `redress job run {name}` runs it again");
                self.store.fail_slot(name.as_str(), slot, &why).await?;
                Ok(Ran::Failed(why))
            }
        }
    }

    /// Whether a slot that the database broke off is to run again: not where somebody waits for it at a command line.
    fn runs_again(&self, name: JobName, slot: NaiveDateTime) -> bool {
        let mut broken = self.broken();
        let times = broken.entry((name, slot)).or_default();
        *times = times.saturating_add(1);
        let again = self.daemon.is_some() && *times <= MOST_BROKEN;
        if !again {
            broken.remove(&(name, slot));
        }
        again
    }

    fn broken(&self) -> MutexGuard<'_, BTreeMap<(JobName, NaiveDateTime), u8>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(&self, name: JobName, slot: NaiveDateTime) -> Result<String, WorkError> {
        let mut tx = self.store.begin().await?;
        restored::again_if_due(&mut tx, moment(slot, self.time_zone)).await?;
        let result = self.in_one(&mut tx, name, slot.date()).await?;
        failpoint("jobs.worked")?;
        jobs::done(&mut tx, self.daemon, (name.as_str(), slot), &result).await?;
        failpoint("jobs.finishing")?;
        tx.commit().await.map_err(StoreError::from)?;
        failpoint("jobs.done")?;
        Ok(result)
    }

    /// The work of a slot, in one transaction; what it did.
    async fn in_one(
        &self,
        tx: &mut Transaction,
        name: JobName,
        day: NaiveDate,
    ) -> Result<String, WorkError> {
        match name {
            JobName::Digest => self.digest(tx).await,
            JobName::Actions => self.remind_of_actions(tx).await,
            JobName::PolicyNotice => self.send_policy(tx).await,
            JobName::PolicyReading => self.chase_readers(tx).await,
            // in batches of its own: what is erased stays so, and the next run goes on from there
            JobName::Retention => self.retention().await,
            JobName::Anchor => self.send_anchor(tx).await,
            JobName::ReviewWeek => self.review(tx, Kind::Week, day).await,
            JobName::ReviewMonth => self.review(tx, Kind::Month, day).await,
            JobName::ReviewQuarter => self.review(tx, Kind::Quarter, day).await,
            JobName::ReviewYear => self.review(tx, Kind::Year, day).await,
        }
    }

    async fn retention(&self) -> Result<String, WorkError> {
        let report = retention::run(&self.store, &self.post, self.retention, |_| {}).await?;
        let (cases, mails) = (report.cases.len(), report.mails);
        let kept = report.kept.len();
        Ok(format!(
            "{cases} cases and {mails} mails without a case were erased; {kept} cases past their term are kept"
        ))
    }
}
