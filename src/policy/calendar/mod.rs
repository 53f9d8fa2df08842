//! Working hours, holidays and make-up workdays of a place.
//!
//! Everything is reckoned in the place's own days and then turned into moments, so that a day has 23 or
//! 25 hours where the clocks change: an opening hour that the clocks skip begins when they have
//! skipped it; one that comes twice counts from the first to the last.

mod days;
mod icalendar;
mod moments;
mod week;

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

pub use days::{DayList, MakeUp};
pub use week::{Hours, NoHours, Opening, WEEKDAYS, Week};

/// When a company is open.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub zone: Tz,
    week: Week,
    /// Days unlike others of the week, in order.
    special: Vec<(NaiveDate, Special)>,
    /// What the lists of days are called.
    lists: Vec<String>,
    /// The first and last day that every list of days knows of.
    known_from: Option<NaiveDate>,
    known_until: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
enum Special {
    Holiday(String),
    MakeUp(String, Hours),
}

/// A calendar that no due date can be reckoned by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCalendar {
    #[error(
        "no day of the week has opening hours, so no business day ever ends: give hours to one"
    )]
    NeverOpen,
    #[error("{date} is a holiday in one list of days and a make-up workday in another: remove one")]
    Contradiction { date: NaiveDate },
    #[error(
        "the make-up workday {date} has no hours of its own, and Mondays are closed: give it hours in the list of days"
    )]
    NoHours { date: NaiveDate },
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    Workday,
    /// A workday though it is closed in other weeks (调休).
    MakeUp(&'a str),
    Holiday(&'a str),
    /// Closed every week.
    Closed(Weekday),
}

impl Calendar {
    /// # Errors
    /// A week without an opening hour, and lists of days that contradict each other.
    pub fn new(zone: Tz, week: Week, lists: &[DayList]) -> Result<Calendar, NoCalendar> {
        if week.is_closed() {
            return Err(NoCalendar::NeverOpen);
        }
        let mut all = DayList::default();
        for list in lists {
            for (date, name) in &list.holidays {
                all.holiday(*date, name);
            }
            for (date, workday) in &list.workdays {
                all.workdays.insert(*date, workday.clone());
            }
        }
        let mut special = Vec::with_capacity(all.holidays.len() + all.workdays.len());
        for (date, MakeUp { name, hours }) in all.workdays {
            if all.holidays.contains_key(&date) {
                return Err(NoCalendar::Contradiction { date });
            }
            let hours = hours.unwrap_or_else(|| week.on(Weekday::Mon).clone());
            if hours.is_closed() {
                return Err(NoCalendar::NoHours { date });
            }
            special.push((date, Special::MakeUp(name, hours)));
        }
        let holidays = all.holidays.into_iter();
        special.extend(holidays.map(|(date, name)| (date, Special::Holiday(name))));
        special.sort_by_key(|(date, _)| *date);
        Ok(Calendar {
            zone,
            week,
            special,
            lists: lists.iter().map(|list| list.name.clone()).collect(),
            known_from: lists.iter().filter_map(|list| list.known_from).max(),
            known_until: lists.iter().filter_map(|list| list.known_until).min(),
        })
    }

    /// Monday to Friday, 09:00 to 18:00, without holidays.
    pub fn plain(zone: Tz) -> Calendar {
        let nine_to_six = Opening {
            from: 9 * 60,
            to: 18 * 60,
        };
        Calendar {
            zone,
            week: Week::of_five_days(&Hours::from(nine_to_six)),
            special: vec![],
            lists: vec![],
            known_from: None,
            known_until: None,
        }
    }

    pub fn week(&self) -> &Week {
        &self.week
    }

    /// What its lists of days are called.
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// The first day that its lists of days know of. None where nothing bounds them.
    pub fn known_from(&self) -> Option<NaiveDate> {
        self.known_from
    }

    /// The last day that its lists of days know of. None where nothing bounds them.
    pub fn known_until(&self) -> Option<NaiveDate> {
        self.known_until
    }

    /// Whether a day lies where holidays aren't known, so that what was reckoned over it may change.
    pub fn is_beyond_known(&self, date: NaiveDate) -> bool {
        self.known_until.is_some_and(|until| until < date)
            || self.known_from.is_some_and(|from| date < from)
    }

    /// Whether it is open at all on a day.
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        !self.hours(date).is_closed()
    }

    pub fn kind(&self, date: NaiveDate) -> DayKind<'_> {
        match self.special(date) {
            Some(Special::Holiday(name)) => DayKind::Holiday(name),
            Some(Special::MakeUp(name, _)) => DayKind::MakeUp(name),
            None if self.week.of(date).is_closed() => DayKind::Closed(date.weekday()),
            None => DayKind::Workday,
        }
    }

    /// The days after that of `started` and before that of `due` that don't count as business
    /// days, and why.
    pub fn skipped(
        &self,
        started: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Vec<(NaiveDate, DayKind<'_>)> {
        self.between(started, due)
            .filter(|(_, kind)| !kind.is_business_day())
            .collect()
    }

    /// The days after that of `started` up to that of `due` that count though they are closed in
    /// other weeks (调休).
    pub fn made_up(
        &self,
        started: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Vec<(NaiveDate, DayKind<'_>)> {
        self.between(started, due)
            .filter(|(_, kind)| matches!(kind, DayKind::MakeUp(_)))
            .collect()
    }

    fn between(
        &self,
        started: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> impl Iterator<Item = (NaiveDate, DayKind<'_>)> {
        let last = self.day_of_due(due);
        self.day_of(started)
            .iter_days()
            .skip(1)
            .take_while(move |date| *date <= last)
            .map(|date| (date, self.kind(date)))
    }

    fn hours(&self, date: NaiveDate) -> &Hours {
        match self.special(date) {
            Some(Special::Holiday(_)) => &week::CLOSED,
            Some(Special::MakeUp(_, hours)) => hours,
            None => self.week.of(date),
        }
    }

    fn special(&self, date: NaiveDate) -> Option<&Special> {
        // most days lie outside of what lists of days know
        if self.special.last().is_none_or(|(last, _)| *last < date) {
            return None;
        }
        let at = self.special.binary_search_by_key(&date, |(day, _)| *day);
        at.ok().map(|at| &self.special[at].1)
    }
}

impl DayKind<'_> {
    pub fn is_business_day(&self) -> bool {
        match self {
            DayKind::Workday | DayKind::MakeUp(_) => true,
            DayKind::Holiday(_) | DayKind::Closed(_) => false,
        }
    }
}

impl fmt::Display for DayKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DayKind::Workday => f.write_str("workday"),
            DayKind::MakeUp(name) | DayKind::Holiday(name) => f.write_str(name),
            DayKind::Closed(Weekday::Sat | Weekday::Sun) => f.write_str("weekend"),
            DayKind::Closed(
                day @ (Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri),
            ) => write!(f, "closed every {}", week::name(*day)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_days_are_told_with_the_reason_and_made_up_ones_too() {
        let text = include_str!("../../../config/calendars/china.toml");
        let china = DayList::read("china.toml", text).unwrap();
        let hours = Hours::new(&["09:00-18:00"]).unwrap();
        let week = Week::new(std::array::from_fn(|day| match day {
            // closed on Wednesdays
            2 | 5 | 6 => Hours::default(),
            _ => hours.clone(),
        }));
        let calendar = Calendar::new(Tz::Asia__Shanghai, week, &[china]).unwrap();
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let (from, to) = (
            at("2026-10-05T10:00:00+08:00"),
            at("2026-10-15T18:00:00+08:00"),
        );
        let told = |days: Vec<(NaiveDate, DayKind<'_>)>| {
            let day = |(date, kind): (NaiveDate, DayKind<'_>)| format!("{date} {kind}");
            days.into_iter().map(day).collect::<Vec<_>>()
        };
        assert_eq!(
            told(calendar.skipped(from, to)),
            [
                "2026-10-06 National Day (国庆节)",
                "2026-10-07 National Day (国庆节)",
                "2026-10-11 weekend",
                "2026-10-14 closed every Wednesday",
            ]
        );
        assert_eq!(
            told(calendar.made_up(from, to)),
            ["2026-10-10 make-up workday for National Day (国庆节)"]
        );
    }
}
