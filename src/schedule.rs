//! Schedules: when a job is due, in the company's time zone.
//!
//! A slot is a local time without a zone, so each is there once, whatever the clocks do: one that the clocks skip
//! is due when they have skipped it, one that comes twice is due the first time.

use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

/// When something is due: a cron expression of five fields (minute, hour, day of month, month, day of week).
#[derive(Debug, Clone)]
pub struct Schedule {
    text: String,
    cron: cron::Schedule,
}

/// A text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchedule {
    #[error(
        "expected five fields: minute, hour, day of month, month, day of week, such as \"30 8 * * Mon-Fri\""
    )]
    Fields,
    #[error(
        "name the days of the week (Mon to Sun): programs don't agree on what day 1 is, so numbers aren't taken"
    )]
    DayByNumber,
    #[error("not a schedule: {0}")]
    Cron(String),
    #[error("there is never such a time")]
    Never,
}

/// Most slots looked at when a schedule wasn't looked at for long: every minute of a week.
const MOST: usize = 7 * 24 * 60;

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Schedule, NoSchedule> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [.., days] = fields.as_slice() else {
            return Err(NoSchedule::Fields);
        };
        if fields.len() != 5 {
            return Err(NoSchedule::Fields);
        }
        if days.chars().any(|c| c.is_ascii_digit()) && !days.contains(['/', '#']) {
            return Err(NoSchedule::DayByNumber);
        }
        let cron = cron::Schedule::from_str(&format!("0 {}", fields.join(" ")))
            .map_err(|error| NoSchedule::Cron(error.to_string()))?;
        let schedule = Schedule {
            text: fields.join(" "),
            cron,
        };
        // 30 February
        let start = DateTime::UNIX_EPOCH.naive_utc();
        if schedule.after(start).next().is_none() {
            return Err(NoSchedule::Never);
        }
        Ok(schedule)
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Schedule {
    /// The slots after a local time, in order.
    pub fn after(&self, slot: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        // reckoned as if there were no zone: no slot is lost or doubled where the clocks change
        self.cron
            .after_owned(slot.and_utc())
            .map(|at| at.naive_utc())
    }

    /// The slots after one that have come, the oldest first.
    pub fn due(&self, last: NaiveDateTime, now: DateTime<Utc>, zone: Tz) -> Vec<NaiveDateTime> {
        self.after(last)
            .take_while(|slot| moment(*slot, zone) <= now)
            .take(MOST)
            .collect()
    }

    /// The next slot after a moment, and when it comes.
    pub fn next(&self, now: DateTime<Utc>, zone: Tz) -> Option<(NaiveDateTime, DateTime<Utc>)> {
        // an hour that comes twice has slots that are past already
        let before = local(now, zone) - chrono::TimeDelta::hours(3);
        let mut slots = self.after(before).map(|slot| (slot, moment(slot, zone)));
        slots.find(|(_, at)| *at > now)
    }
}

/// The local time of a moment.
pub fn local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// When a local time comes: the first time, where it comes twice; after the gap, where the clocks skip it.
pub fn moment(slot: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&slot) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            let gap = GapInfo::new(&slot, &zone).and_then(|gap| gap.end);
            gap.map_or_else(|| slot.and_utc(), |end| end.to_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    #[test]
    fn a_schedule_that_cant_be_is_refused_with_what_is_wrong() {
        for (text, why) in [
            ("", NoSchedule::Fields),
            ("30 8 * *", NoSchedule::Fields),
            ("0 30 8 * * Mon", NoSchedule::Fields),
            ("30 8 * * 1-5", NoSchedule::DayByNumber),
            ("30 8 30 Feb *", NoSchedule::Never),
        ] {
            assert_eq!(text.parse::<Schedule>().unwrap_err(), why, "{text}");
        }
        assert!(matches!(
            "61 8 * * *".parse::<Schedule>(),
            Err(NoSchedule::Cron(_))
        ));
    }

    #[test]
    fn working_days_are_those_that_are_named() {
        // 2026-11-27 is a Friday
        let days: Vec<_> = schedule("30 8 * * Mon-Fri")
            .after(at("2026-11-27 08:29"))
            .take(3)
            .collect();
        assert_eq!(
            days,
            [
                at("2026-11-27 08:30"),
                at("2026-11-30 08:30"),
                at("2026-12-01 08:30")
            ]
        );
    }

    #[test]
    fn no_slot_is_lost_or_doubled_where_the_clocks_change() {
        let zone = Tz::Europe__London;
        let daily = schedule("30 1 * * *");
        // 29 March 2026: from 1:00 to 2:00 there is no time in London
        let skipped = moment(at("2026-03-29 01:30"), zone);
        assert_eq!(skipped.naive_utc(), at("2026-03-29 01:00"));
        // 25 October 2026: 1:30 comes twice
        let first = moment(at("2026-10-25 01:30"), zone);
        assert_eq!(first.naive_utc(), at("2026-10-25 00:30"));
        for (from, to) in [
            ("2026-03-28 12:00", "2026-03-30 12:00"),
            ("2026-10-24 12:00", "2026-10-26 12:00"),
        ] {
            // looked at each minute, each slot is due exactly once
            let (mut last, mut seen) = (at(from), Vec::new());
            let mut now = moment(at(from), zone);
            while now <= moment(at(to), zone) {
                for slot in daily.due(last, now, zone) {
                    seen.push(slot);
                    last = slot;
                }
                now += chrono::TimeDelta::minutes(1);
            }
            let expected: Vec<_> = daily.after(at(from)).take(2).collect();
            assert_eq!(seen, expected, "{from}");
        }
    }

    #[test]
    fn hourly_slots_in_an_hour_that_comes_twice_come_once() {
        let zone = Tz::Europe__London;
        let hourly = schedule("15 * * * *");
        let day = at("2026-10-25 00:00");
        let slots = hourly
            .after(day)
            .take_while(|slot| slot.date() == day.date());
        let moments: Vec<_> = slots.map(|slot| moment(slot, zone)).collect();
        assert_eq!(moments.len(), 24);
        assert!(moments.is_sorted());
    }

    proptest! {
        #[test]
        fn the_next_slot_is_to_come(seconds in 1_700_000_000i64..1_900_000_000, minute in 0u8..60, hour in 0u8..24) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let daily = schedule(&format!("{minute} {hour} * * *"));
            for zone in [Tz::Europe__London, Tz::Australia__Sydney, Tz::Asia__Shanghai] {
                let (slot, at) = daily.next(now, zone).unwrap();
                prop_assert!(at > now && at - now <= chrono::TimeDelta::hours(26));
                prop_assert_eq!(moment(slot, zone), at);
            }
        }
    }
}
