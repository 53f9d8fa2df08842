//! What a daemon remembers of alarms by itself: trouble that wasn't told yet, and what it told while the database
//! was away.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::alarm::Alarm;
use crate::measures::MEASURES;
use crate::store::alarms::Often;

/// What is remembered.
#[derive(Debug, Default)]
pub struct Memory {
    /// Trouble of each kind that was told of, or needn't be.
    done: BTreeMap<Alarm, u64>,
    told: BTreeMap<(Alarm, String), Told>,
    away_since: Option<Instant>,
}

/// When an alarm was told, and whether it is over since.
#[derive(Debug, Clone, Copy)]
struct Told {
    at: Instant,
    lasts: bool,
}

impl Memory {
    /// Trouble that wasn't told of yet, and how often it was met.
    pub(super) fn pending(&self) -> Vec<(Alarm, u64)> {
        let all = Alarm::ALL.iter().map(|alarm| {
            let done = self.done.get(alarm).copied().unwrap_or(0);
            (*alarm, MEASURES.troubles(*alarm).saturating_sub(done))
        });
        all.filter(|(_, times)| *times > 0).collect()
    }

    pub(super) fn done(&mut self, alarm: Alarm, times: u64) {
        *self.done.entry(alarm).or_default() += times;
    }

    /// Whether an alarm may be told now where nobody else can be asked.
    pub(super) fn may_tell(
        &self,
        (alarm, subject): (Alarm, &str),
        often: Often,
        now: Instant,
    ) -> bool {
        let told = self.told.get(&(alarm, subject.to_owned()));
        told.is_none_or(|told| {
            let rest = if told.lasts {
                often.again_after
            } else {
                often.at_most_every
            };
            now.duration_since(told.at) >= rest
        })
    }

    pub(super) fn told(&mut self, alarm: Alarm, subject: &str, told: bool) {
        if told {
            let told = Told {
                at: Instant::now(),
                lasts: true,
            };
            self.told.insert((alarm, subject.to_owned()), told);
        }
    }

    /// Whether it was told that this is so, and not that it is over.
    pub(super) fn lasts(&self, alarm: Alarm, subject: &str) -> bool {
        let told = self.told.get(&(alarm, subject.to_owned()));
        told.is_some_and(|told| told.lasts)
    }

    pub(super) fn over(&mut self, alarm: Alarm, subject: &str) {
        if let Some(told) = self.told.get_mut(&(alarm, subject.to_owned())) {
            told.lasts = false;
        }
    }

    /// The database doesn't answer, since this moment at least; for how long by now.
    pub(super) fn away(&mut self, since: Instant) -> Duration {
        self.away_since.get_or_insert(since).elapsed()
    }

    /// It does; for how long it didn't, if so.
    pub(super) fn back(&mut self) -> Option<Duration> {
        self.away_since.take().map(|since| since.elapsed())
    }

    /// That it is back couldn't be told: the next look tries again.
    pub(super) fn still_away(&mut self, away: Duration) {
        self.away_since = Instant::now().checked_sub(away);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_again_seldom_and_what_comes_back_sooner() {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        let often = Often {
            at_most_every: minutes(15),
            again_after: minutes(240),
        };
        let mut memory = Memory::default();
        let start = Instant::now();
        let may = |memory: &Memory, after: u64| {
            // told a moment after the start, so a minute more
            let now = start + minutes(after + 1);
            memory.may_tell((Alarm::Database, ""), often, now)
        };
        assert!(may(&memory, 0) && !memory.lasts(Alarm::Database, ""));
        memory.told(Alarm::Database, "", false);
        assert!(may(&memory, 0), "what didn't arrive is told again");
        memory.told(Alarm::Database, "", true);
        assert!(!may(&memory, 20) && memory.lasts(Alarm::Database, ""));
        assert!(may(&memory, 240));
        memory.over(Alarm::Database, "");
        assert!(!may(&memory, 5) && may(&memory, 20));
        assert!(!memory.lasts(Alarm::Database, ""));
    }
}
