//! The clock: clocks of cases that have come to a rung of their ladder are told to the core.
//!
//! Time is the database's (promise 8). A case is locked before its clocks are looked at, so however many
//! daemons run, each rung is climbed once. After an outage whatever came due meanwhile is told, in order.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tracing::{error, info};

use super::changes::Changes;
use super::post::Post;
use super::stop::Stop;
use super::to_staff::News;
use super::{Wakes, WorkError};
use crate::alarm::Alarm;
use crate::case::{Actor, Event};
use crate::failpoint::failpoint;
use crate::measures::MEASURES;
use crate::store::{Store, StoreError, cases, restored};

/// Most cases whose clocks are told in one transaction.
const BATCH: u16 = 200;

/// Longest time between looks, were nobody to wake us: it bounds how late a rung can be.
const POLL: Duration = Duration::from_secs(5);

/// The database's time moves with ours; further apart than this it has jumped.
const JUMP: Duration = Duration::from_secs(10 * 60);

/// How long ladders rest after a jump, for somebody to set the time right.
const REST: Duration = Duration::from_secs(10 * 60);

/// Everything that the clock needs to know.
#[derive(Debug)]
pub struct Clock {
    pub store: Store,
    pub wakes: Wakes,
    pub post: Arc<Post>,
}

/// The database's time at a moment of our own.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: DateTime<Utc>,
    moment: Instant,
}

impl Seen {
    /// How far the database's time has jumped since, forward or back.
    fn jump(&self, now: DateTime<Utc>) -> Duration {
        let passed = self.moment.elapsed().as_secs_f64();
        let told = (now - self.at).as_seconds_f64();
        Duration::from_secs_f64((told - passed).abs())
    }
}

impl Clock {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        let mut seen: Option<Seen> = None;
        while !stop.is_requested() {
            let now = self.store.answered(self.store.now()).await?;
            if let Some(before) = seen {
                self.watch(before, now).await?;
            }
            let last = Seen {
                at: now,
                moment: Instant::now(),
            };
            seen = Some(last);
            let wait = if self.store.answered(self.store.ladders_rest()).await? {
                POLL
            } else {
                self.tick(last).await?
            };
            MEASURES.tick.note(last.moment.elapsed());
            self.store.ticked().await?;
            tokio::select! {
                () = self.wakes.clock.notified() => {}
                () = tokio::time::sleep(wait) => {}
                () = stop.requested() => {}
            }
        }
        Ok(())
    }

    /// One look, told to every case that it concerns: for whoever drives time themselves.
    pub async fn round(&self) -> Result<(), WorkError> {
        let at = self.store.now().await?;
        let moment = Instant::now();
        self.tick(Seen { at, moment }).await.map(|_| ())
    }

    /// A jump of the clock must not wake everybody: ladders rest until it is set right, or has proven
    /// to be so.
    async fn watch(&self, before: Seen, now: DateTime<Utc>) -> Result<(), WorkError> {
        let jump = before.jump(now);
        if jump > JUMP {
            MEASURES.trouble(Alarm::ClockJumped);
            error!(
                minutes = jump.as_secs() / 60,
                back = now < before.at,
                "the database's time has jumped: reminders and escalations rest for ten minutes; is its clock right?"
            );
            self.store.rest_ladders(REST).await?;
        }
        Ok(())
    }

    /// Tells cases of every rung that is reached; how long until the next one.
    async fn tick(&self, last: Seen) -> Result<Duration, WorkError> {
        loop {
            if let Some(wait) = self.store.answered(self.batch(last)).await? {
                return Ok(wait);
            }
        }
    }

    /// Tells a batch of cases; how long until the next one, or `None` where there may be more at once.
    async fn batch(&self, last: Seen) -> Result<Option<Duration>, WorkError> {
        let due = self.store.due_cases(BATCH).await?;
        if due.cases.is_empty() {
            return Ok(Some(due.next.map_or(POLL, |next| next.min(POLL))));
        }
        failpoint("clock.due")?;
        let now = self.store.now().await?;
        // a jump since the last look is looked into before anybody is told of it
        if last.jump(now) > JUMP {
            return Ok(Some(Duration::ZERO));
        }
        let mut tx = self.store.begin().await?;
        let locked = cases::lock(&mut tx, &due.cases).await?;
        let clocks = locked.values().flat_map(|one| one.case.clocks.values());
        let rungs = clocks.filter_map(|clock| Some(clock.next?.at));
        if let Some(first) = rungs.min() {
            restored::again_if_due(&mut tx, first).await?;
        }
        let mut changes =
            Changes::new(&mut tx, &self.post, now, locked, std::iter::empty()).await?;
        let mut told = 0;
        for id in changes.case_ids() {
            // a rung may bring the next one: a breach right after its warning, after an outage
            while let Some((clock, percent)) = changes.case(id).and_then(|locked| {
                let mut clocks = locked.case.clocks.iter();
                clocks.find_map(|(key, clock)| {
                    let next = clock.next.filter(|next| next.at <= now)?;
                    Some((key.clone(), next.percent))
                })
            }) {
                let event = Event::ClockReached { clock, percent };
                if let Err(refusal) = changes.tell(id, &Actor::Redress, &event, &News::default())? {
                    return Err(WorkError::Refused(Box::new(refusal)));
                }
                told += 1;
            }
        }
        let letters = changes.write(&mut tx).await?;
        failpoint("clock.telling")?;
        tx.commit().await.map_err(StoreError::from)?;
        failpoint("clock.told")?;
        if letters > 0 {
            self.wakes.dispatch.notify_one();
        }
        if told == 0 {
            return Ok(Some(POLL));
        }
        info!(rungs = told, letters, "clocks came due");
        Ok(None)
    }
}
