//! Which measures are an alarm.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use humantime::format_duration;

use crate::alarm::Alarm;
use crate::store::health::Health;

/// A daemon that has just started is given so long to catch up.
const GRACE: Duration = Duration::from_secs(60);

/// Public holidays have to be known for so long: a clock may run for weeks, and it takes somebody to add them.
const KNOWN_AHEAD: TimeDelta = TimeDelta::days(60);

/// Up to when a profile knows its public holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub profile: String,
    pub zone: Tz,
    pub until: NaiveDate,
}

/// From when on a measure is an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub unread: Duration,
    pub unsent: Duration,
    pub undelivered: Duration,
    pub unpolled: Duration,
    pub tick: Duration,
    pub jobs: Duration,
    pub database: Duration,
    /// How often each mailbox is asked by itself.
    pub poll_every: BTreeMap<String, Duration>,
}

/// A measure that an alarm goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub alarm: Alarm,
    /// Which mailbox, or which profile; empty where there is only one.
    pub subject: String,
    pub wrong: bool,
    /// The measure in words.
    pub figures: String,
}

impl Limits {
    /// For a mailbox. One that is asked seldom isn't silent before it was asked.
    pub fn unpolled(&self, mailbox: &str) -> Duration {
        let every = self.poll_every.get(mailbox).copied().unwrap_or_default();
        self.unpolled.max(every * 2)
    }
}

/// Every measure that has an alarm, `running` being how long this daemon has run.
pub fn judge(
    health: &Health,
    limits: &Limits,
    all_per_hour: u32,
    running: Duration,
) -> Vec<Judged> {
    let is_over = |age: Duration, limit: Duration| age > limit && running > limit.min(GRACE);
    let measured = |alarm, age: Option<Duration>, limit, what: String| Judged {
        alarm,
        subject: String::new(),
        wrong: age.is_some_and(|age| is_over(age, limit)),
        figures: format!("{what} (limit: {})", format_duration(limit)),
    };
    let mut judged = vec![
        measured(
            Alarm::Unread,
            health.oldest_unread,
            limits.unread,
            format!(
                "{} messages wait to be read, the oldest for {}",
                health.waiting,
                words(health.oldest_unread)
            ),
        ),
        measured(
            Alarm::Unsent,
            health.oldest_unsent,
            limits.unsent,
            format!(
                "{} mails are due, the oldest for {}",
                health.due,
                words(health.oldest_unsent)
            ),
        ),
        measured(
            Alarm::Undelivered,
            health.oldest_put_off,
            limits.undelivered,
            format!(
                "{} mails are unsent; the oldest that was put off was written {} ago",
                health.unsent,
                words(health.oldest_put_off)
            ),
        ),
        measured(
            Alarm::Tick,
            Some(health.last_tick),
            limits.tick,
            format!("the last look was {} ago", words(Some(health.last_tick))),
        ),
        measured(
            Alarm::Jobs,
            Some(health.last_job_look),
            limits.jobs,
            format!(
                "the last look was {} ago",
                words(Some(health.last_job_look))
            ),
        ),
        Judged {
            alarm: Alarm::Breaker,
            subject: String::new(),
            wrong: health.is_held(all_per_hour),
            figures: format!(
                "{} automatic mails in the last hour (limit: {all_per_hour}), {} mails are due",
                health.automatic_lately, health.due
            ),
        },
    ];
    judged.extend(health.mailboxes.iter().map(|mailbox| {
        let limit = limits.unpolled(&mailbox.name);
        let age = words(Some(mailbox.last_poll));
        let said = if mailbox.polled_ever {
            format!("its server last answered {age} ago")
        } else {
            format!("it was never read since it was configured, {age} ago")
        };
        Judged {
            alarm: Alarm::Unpolled,
            subject: mailbox.name.clone(),
            wrong: is_over(mailbox.last_poll, limit),
            figures: format!("{said} (limit: {})", format_duration(limit)),
        }
    }));
    judged
}

/// Whether public holidays are known for long enough.
pub fn judge_calendars(known: &[Known], now: DateTime<Utc>) -> Vec<Judged> {
    let judged = known.iter().map(|one| {
        let soon = (now + KNOWN_AHEAD).with_timezone(&one.zone).date_naive();
        Judged {
            alarm: Alarm::Calendar,
            subject: one.profile.clone(),
            wrong: one.until < soon,
            figures: format!(
                "known until {} (limit: {} days ahead)",
                one.until,
                KNOWN_AHEAD.num_days()
            ),
        }
    });
    judged.collect()
}

/// Whole seconds in words.
pub(super) fn words(age: Option<Duration>) -> String {
    let seconds = age.unwrap_or_default().as_secs();
    format_duration(Duration::from_secs(seconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::health::Mailbox;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limits() -> Limits {
        Limits {
            unread: MINUTE * 15,
            unsent: MINUTE * 15,
            undelivered: MINUTE * 360,
            unpolled: MINUTE * 15,
            tick: MINUTE * 5,
            jobs: MINUTE * 20,
            database: MINUTE,
            poll_every: [("seldom".to_owned(), MINUTE * 60)].into(),
        }
    }

    fn wrong(health: &Health, running: Duration) -> Vec<(Alarm, String)> {
        let judged = judge(health, &limits(), 10, running);
        let wrong = judged.into_iter().filter(|one| one.wrong);
        wrong.map(|one| (one.alarm, one.subject)).collect()
    }

    fn mailbox(name: &str, minutes: u32) -> Mailbox {
        Mailbox {
            name: name.to_owned(),
            last_poll: MINUTE * minutes,
            polled_ever: true,
            has_reader: true,
        }
    }

    #[test]
    fn nothing_that_waits_is_nothing_wrong() {
        assert_eq!(wrong(&Health::default(), MINUTE * 60), []);
    }

    #[test]
    fn each_measure_has_an_alarm_beyond_its_limit() {
        let late = Health {
            oldest_unread: Some(MINUTE * 16),
            oldest_unsent: Some(MINUTE * 16),
            oldest_put_off: Some(MINUTE * 361),
            due: 1,
            automatic_lately: 10,
            last_tick: MINUTE * 6,
            last_job_look: MINUTE * 21,
            mailboxes: vec![mailbox("often", 16), mailbox("seldom", 119)],
            ..Health::default()
        };
        let alarms: Vec<Alarm> = wrong(&late, MINUTE * 60)
            .into_iter()
            .map(|(alarm, _)| alarm)
            .collect();
        use Alarm::{Breaker, Jobs, Tick, Undelivered, Unpolled, Unread, Unsent};
        assert_eq!(
            alarms,
            [Unread, Unsent, Undelivered, Tick, Jobs, Breaker, Unpolled]
        );
        let early = Health {
            oldest_unread: Some(MINUTE * 15),
            last_tick: MINUTE * 5,
            ..Health::default()
        };
        assert_eq!(wrong(&early, MINUTE * 60), []);
    }

    #[test]
    fn a_daemon_that_has_just_started_may_catch_up_first() {
        let late = Health {
            mailboxes: vec![mailbox("often", 500)],
            ..Health::default()
        };
        assert_eq!(wrong(&late, MINUTE), []);
        let after = MINUTE + Duration::from_secs(1);
        assert_eq!(wrong(&late, after), [(Alarm::Unpolled, "often".to_owned())]);
    }

    #[test]
    fn a_calendar_that_runs_out_in_sixty_days_is_an_alarm() {
        let known = |until: &str| Known {
            profile: "default".to_owned(),
            zone: Tz::Asia__Shanghai,
            until: until.parse().unwrap(),
        };
        for (now, until, wrong) in [
            ("2026-03-02T00:00:00Z", "2026-12-31", false),
            ("2026-11-01T15:59:59Z", "2026-12-31", false),
            // in Shanghai it is the second
            ("2026-11-01T16:00:00Z", "2026-12-31", true),
            ("2027-02-01T00:00:00Z", "2026-12-31", true),
            ("2026-11-20T00:00:00Z", "2027-12-31", false),
        ] {
            let judged = judge_calendars(&[known(until)], now.parse().unwrap());
            assert_eq!(judged.len(), 1);
            let Judged {
                subject, figures, ..
            } = &judged[0];
            assert_eq!(
                (subject.as_str(), judged[0].wrong),
                ("default", wrong),
                "{now}"
            );
            assert!(figures.contains(until), "{figures}");
        }
    }
}
