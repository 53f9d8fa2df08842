//! When a clock falls due: pure arithmetic over a calendar.
//!
//! | term | falls due |
//! |---|---|
//! | business days | at close of business of the last one; the day of the start isn't counted, whatever the hour |
//! | business hours | when the company has been open for so long |
//! | days, weeks, months, years | at 23:59:59 of the local day |
//! | hours | when so much time has passed |

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};

use crate::policy::calendar::Calendar;
use crate::policy::term::{Term, Unit};

/// How a clock has run so far.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    pub started_at: DateTime<Utc>,
    pub term: Term,
    /// What was added, in order. Each counts on from the due date before it.
    pub extensions: &'a [Term],
    /// From when to when it stood still, in order, none overlapping.
    pub pauses: &'a [(DateTime<Utc>, DateTime<Utc>)],
}

impl Course<'_> {
    /// A clock that has run without a break, and was never extended.
    pub fn plain(started_at: DateTime<Utc>, term: Term) -> Course<'static> {
        Course {
            started_at,
            term,
            extensions: &[],
            pauses: &[],
        }
    }

    /// When all of the term is used. Never while it stood still, and never before the start.
    pub fn due_at(&self, calendar: &Calendar) -> DateTime<Utc> {
        let unpaused = self.unpaused_due(calendar);
        let due = self.pauses.iter().fold(unpaused, |due, (from, to)| {
            self.resumed(due, *from, *to, calendar)
        });
        due.max(self.started_at)
    }

    /// When this share of the term is used, in percent; more than 100 is after it fell due. Shares of
    /// business days and hours are shares of open time. Never before the start.
    pub fn at(&self, percent: u16, calendar: &Calendar) -> DateTime<Utc> {
        let due = self.due_at(calendar);
        let open = self.unit().counts_open_time();
        let whole = self.unpaused_due(calendar);
        let budget = if open {
            calendar.open_between(self.started_at, whole)
        } else {
            whole - self.started_at
        };
        let percent = i32::from(percent);
        let at = match (percent.cmp(&100), open) {
            (std::cmp::Ordering::Equal, _) => due,
            (std::cmp::Ordering::Less, true) => {
                calendar.before_open(due, share(budget, 100 - percent))
            }
            (std::cmp::Ordering::Less, false) => due - share(budget, 100 - percent),
            (std::cmp::Ordering::Greater, true) => {
                calendar.after_open(due, share(budget, percent - 100))
            }
            (std::cmp::Ordering::Greater, false) => later(due, share(budget, percent - 100)),
        };
        at.max(self.started_at)
    }

    /// What was added last decides how the clock counts on.
    fn unit(&self) -> Unit {
        self.extensions.last().unwrap_or(&self.term).unit
    }

    /// When it would fall due, had it never stood still.
    fn unpaused_due(&self, calendar: &Calendar) -> DateTime<Utc> {
        let day = calendar.day_of(self.started_at);
        let due = added(self.term, self.started_at, day, calendar);
        self.extensions
            .iter()
            .fold(due, |due, term| {
                added(*term, due, calendar.day_of_due(due), calendar)
            })
            .max(self.started_at)
    }

    /// The due date after a pause.
    fn resumed(
        &self,
        due: DateTime<Utc>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        calendar: &Calendar,
    ) -> DateTime<Utc> {
        let from = from.max(self.started_at);
        if to <= from || due <= from {
            return due;
        }
        match self.unit() {
            Unit::BusinessDays => self.resumed_business_days(due, from, to, calendar),
            Unit::BusinessHours => calendar.after_open(due, calendar.open_between(from, to)),
            Unit::Hours => later(due, to - from),
            Unit::Days | Unit::Weeks | Unit::Months | Unit::Years => {
                let paused = calendar.day_of(to) - calendar.day_of(from);
                let days = Days::new(u64::try_from(paused.num_days()).unwrap_or(0));
                let day = calendar.day_of_due(due);
                calendar.end_of_day(day.checked_add_days(days).unwrap_or(day))
            }
        }
    }

    /// The business days that weren't used when the pause began are counted again from its end. So
    /// a pause outside hours changes nothing, and one from Tuesday to Thursday shifts by two days.
    fn resumed_business_days(
        &self,
        due: DateTime<Utc>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        calendar: &Calendar,
    ) -> DateTime<Utc> {
        let start = calendar.day_of(self.started_at);
        let used = last_used_day(from, calendar).max(start);
        let left = calendar.business_days(used, calendar.day_of_due(due));
        let resumed = last_used_day(to, calendar).max(used);
        if left > 0 {
            return close(calendar.business_day_after(resumed, left), calendar);
        }
        // it began on the last day, during its hours: the rest of that day is still owed, and
        // nothing falls due while it stands still
        match calendar.closes(resumed) {
            Some(closes) if to < closes => closes,
            Some(_) | None => close(calendar.business_day_after(resumed, 1), calendar),
        }
    }
}

/// A term counted on from a moment and its day.
fn added(term: Term, from: DateTime<Utc>, day: NaiveDate, calendar: &Calendar) -> DateTime<Utc> {
    let amount = term.amount;
    let days = |days: u64| day.checked_add_days(Days::new(days)).unwrap_or(day);
    let months = |months: u32| {
        // the same day of a later month, or that month's last
        day.checked_add_months(Months::new(months)).unwrap_or(day)
    };
    match term.unit {
        Unit::BusinessDays => close(calendar.business_day_after(day, amount.max(1)), calendar),
        Unit::BusinessHours => calendar.after_open(from, TimeDelta::hours(i64::from(amount))),
        Unit::Hours => later(from, TimeDelta::hours(i64::from(amount))),
        Unit::Days => calendar.end_of_day(days(u64::from(amount))),
        Unit::Weeks => calendar.end_of_day(days(7 * u64::from(amount))),
        Unit::Months => calendar.end_of_day(months(amount)),
        Unit::Years => calendar.end_of_day(months(amount.saturating_mul(12))),
    }
}

/// The day that counts as used at a moment: its own from opening time on, else the one before.
fn last_used_day(at: DateTime<Utc>, calendar: &Calendar) -> NaiveDate {
    let day = calendar.day_of(at);
    if calendar.opens(day).is_none_or(|opens| opens <= at) {
        day
    } else {
        day.pred_opt().unwrap_or(day)
    }
}

fn close(day: NaiveDate, calendar: &Calendar) -> DateTime<Utc> {
    calendar
        .closes(day)
        .unwrap_or_else(|| calendar.end_of_day(day))
}

fn share(whole: TimeDelta, percent: i32) -> TimeDelta {
    let part = i128::from(whole.num_milliseconds()) * i128::from(percent) / 100;
    TimeDelta::milliseconds(i64::try_from(part).unwrap_or(i64::MAX / 2))
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(at)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
