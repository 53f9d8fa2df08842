//! When a clock falls due: pure arithmetic over a calendar.

use chrono::{DateTime, Utc};

use super::calendar::Calendar;
use super::term::Term;

/// How a clock has run so far.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    pub started_at: DateTime<Utc>,
    pub term: Term,
    /// What was added, in order.
    pub extensions: &'a [Term],
    /// From when to when it stood still, in order, none overlapping.
    pub pauses: &'a [(DateTime<Utc>, DateTime<Utc>)],
}

impl Course<'_> {
    /// When all of the term is used.
    pub fn due_at(&self, calendar: &Calendar) -> DateTime<Utc> {
        let _ = calendar;
        self.started_at
    }

    /// When this share of the term is used, in percent; more than 100 is after it fell due.
    pub fn at(&self, percent: u16, calendar: &Calendar) -> DateTime<Utc> {
        let _ = percent;
        self.due_at(calendar)
    }
}
