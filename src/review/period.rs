//! The days that a review is of: whole weeks, months, quarters and years of the company's own days.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::policy::words;

words! {
    /// What kind of period, and with which earlier ones it is compared.
    Kind {
        /// Monday to Sunday (ISO 8601).
        Week = "week",
        Month = "month",
        Quarter = "quarter",
        Year = "year",
        /// Any days; compared with as many days before them.
        Days = "days",
    }
}

/// Days from the first to the last, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub kind: Kind,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// Days that no review can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPeriod {
    #[error("the period would end on {last}, before it begins on {first}: exchange the two")]
    Backwards { first: NaiveDate, last: NaiveDate },
    #[error("the period begins on {first}, and today is {today}: there is nothing to review yet")]
    Future { first: NaiveDate, today: NaiveDate },
    #[error("the period is longer than 20 years: nobody can be told anything by that")]
    Endless,
}

impl Period {
    /// The last one of a kind that is over.
    pub fn last_complete(kind: Kind, today: NaiveDate) -> Period {
        let this = match kind {
            Kind::Week => week(today),
            Kind::Month => month(today),
            Kind::Quarter => quarter(today),
            Kind::Year => year(today),
            Kind::Days => Period {
                kind,
                first: today,
                last: today,
            },
        };
        this.before(1)
    }

    /// From one day to another. Days that make up a whole week, month, quarter or year are that.
    pub fn days(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> Result<Period, NoPeriod> {
        if last < first {
            return Err(NoPeriod::Backwards { first, last });
        }
        if first > today {
            return Err(NoPeriod::Future { first, today });
        }
        if (last - first).num_days() > 20 * 366 {
            return Err(NoPeriod::Endless);
        }
        let whole = [week(first), month(first), quarter(first), year(first)];
        let found = whole
            .into_iter()
            .find(|one| (one.first, one.last) == (first, last));
        Ok(found.unwrap_or(Period {
            kind: Kind::Days,
            first,
            last,
        }))
    }

    /// The one of the same kind so many before it.
    #[must_use]
    pub fn before(&self, n: u32) -> Period {
        let months = |months: u32| self.first - Months::new(months.saturating_mul(n));
        match self.kind {
            Kind::Week => week(back(self.first, 7 * u64::from(n))),
            Kind::Month => month(months(1)),
            Kind::Quarter => quarter(months(3)),
            Kind::Year => year(months(12)),
            Kind::Days => {
                let length = self.length() * u64::from(n);
                Period {
                    first: back(self.first, length),
                    last: back(self.last, length),
                    ..*self
                }
            }
        }
    }

    /// How many days.
    pub fn length(&self) -> u64 {
        (self.last - self.first).num_days().unsigned_abs() + 1
    }

    /// The first moment of it, and the first after it.
    pub fn span(&self, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        (
            begins(self.first, zone),
            begins(self.last + Days::new(1), zone),
        )
    }

    /// Short, for the foot of a chart: `2026-W07`, `2026-03`, `2026-Q1`, `2026`, `2026-03-05`.
    pub fn label(&self) -> String {
        let (year, month) = (self.first.year(), self.first.month());
        match self.kind {
            Kind::Week => {
                let week = self.first.iso_week();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Kind::Month => format!("{year}-{month:02}"),
            Kind::Quarter => format!("{year}-Q{}", month.div_ceil(3)),
            Kind::Year => year.to_string(),
            Kind::Days => self.first.to_string(),
        }
    }
}

/// `2026-03 (2026-03-01 to 2026-03-31)`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.first, self.last)
    }
}

/// When a day begins. Where clocks skip midnight, it begins when they have.
pub fn begins(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // no place has ever skipped more than a day
    (0..=96)
        .find_map(|quarters| {
            let local = midnight + TimeDelta::minutes(15 * quarters);
            zone.from_local_datetime(&local).earliest()
        })
        .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn week(day: NaiveDate) -> Period {
    let first = back(day, u64::from(day.weekday().num_days_from_monday()));
    Period {
        kind: Kind::Week,
        first,
        last: first + Days::new(6),
    }
}

fn months(kind: Kind, day: NaiveDate, length: u32) -> Period {
    let month = (day.month() - 1) / length * length + 1;
    let first = NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
    Period {
        kind,
        first,
        last: back(first + Months::new(length), 1),
    }
}

fn month(day: NaiveDate) -> Period {
    months(Kind::Month, day, 1)
}

fn quarter(day: NaiveDate) -> Period {
    months(Kind::Quarter, day, 3)
}

fn year(day: NaiveDate) -> Period {
    months(Kind::Year, day, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_complete_period_is_the_one_that_is_over() {
        for (kind, today, first, last, label) in [
            (
                Kind::Week,
                "2026-11-24",
                "2026-11-16",
                "2026-11-22",
                "2026-W47",
            ),
            (
                Kind::Week,
                "2026-11-23",
                "2026-11-16",
                "2026-11-22",
                "2026-W47",
            ),
            (
                Kind::Week,
                "2026-11-22",
                "2026-11-09",
                "2026-11-15",
                "2026-W46",
            ),
            // ISO 8601: the week of 1 January 2027 belongs to 2026
            (
                Kind::Week,
                "2027-01-05",
                "2026-12-28",
                "2027-01-03",
                "2026-W53",
            ),
            (
                Kind::Month,
                "2026-03-31",
                "2026-02-01",
                "2026-02-28",
                "2026-02",
            ),
            (
                Kind::Month,
                "2028-03-01",
                "2028-02-01",
                "2028-02-29",
                "2028-02",
            ),
            (
                Kind::Month,
                "2026-01-01",
                "2025-12-01",
                "2025-12-31",
                "2025-12",
            ),
            (
                Kind::Quarter,
                "2026-05-31",
                "2026-01-01",
                "2026-03-31",
                "2026-Q1",
            ),
            (Kind::Year, "2026-11-24", "2025-01-01", "2025-12-31", "2025"),
        ] {
            let period = Period::last_complete(kind, day(today));
            assert_eq!(
                (period.first, period.last),
                (day(first), day(last)),
                "{today}"
            );
            assert_eq!(period.label(), label);
        }
    }

    #[test]
    fn earlier_periods_join_without_gap() {
        for kind in Kind::ALL {
            let this = Period::last_complete(*kind, day("2026-05-31"));
            for n in 0..40 {
                let (later, earlier) = (this.before(n), this.before(n + 1));
                assert_eq!(earlier.last.succ_opt(), Some(later.first), "{kind} {n}");
            }
        }
    }

    #[test]
    fn days_are_the_local_ones_where_clocks_change() {
        let period = Period::days(day("2026-03-29"), day("2026-03-29"), day("2026-05-01")).unwrap();
        let (from, to) = period.span(Tz::Europe__London);
        assert_eq!((to - from).num_hours(), 23);
        let (from, to) = month(day("2026-10-05")).span(Tz::Europe__London);
        assert_eq!((to - from).num_hours(), 31 * 24 + 1);
        // Beirut's clocks skipped midnight
        let at = begins(day("2022-03-27"), Tz::Asia__Beirut);
        assert_eq!(at.to_rfc3339(), "2022-03-26T22:00:00+00:00");
    }

    #[test]
    fn days_that_are_a_whole_month_are_that_month() {
        let today = day("2026-11-24");
        for (first, last, kind) in [
            ("2026-02-01", "2026-02-28", Kind::Month),
            ("2026-04-01", "2026-06-30", Kind::Quarter),
            ("2025-01-01", "2025-12-31", Kind::Year),
            ("2026-11-16", "2026-11-22", Kind::Week),
            ("2026-11-16", "2026-11-23", Kind::Days),
        ] {
            assert_eq!(
                Period::days(day(first), day(last), today).unwrap().kind,
                kind
            );
        }
        assert!(Period::days(day("2026-02-02"), day("2026-02-01"), today).is_err());
        assert!(Period::days(day("2026-11-25"), day("2026-11-26"), today).is_err());
        assert!(Period::days(day("0001-01-01"), day("2026-02-01"), today).is_err());
    }
}
