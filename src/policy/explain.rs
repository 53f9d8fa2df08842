//! When the clocks of a complaint would warn and fall due, and why.

use chrono::{DateTime, NaiveDate, Utc};

use super::calendar::{Calendar, DayKind};
use super::course::Course;
use super::profile::{ClockRule, Extension, Profile, Rung, TermFor};
use super::term::Term;
use super::words::Mark;

/// A clock of a complaint that was received at some moment.
#[derive(Debug, Clone)]
pub struct Explained<'a> {
    pub rule: &'a ClockRule,
    /// What starts it, where that isn't the receipt: it is reckoned as if that came at the same
    /// moment.
    pub assumes: Option<Mark>,
    /// With its usual term.
    pub run: Run<'a>,
    /// With its other terms.
    pub others: Vec<(&'a TermFor, Run<'a>)>,
}

/// How a clock runs with one of its terms.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    pub term: Term,
    pub starts_at: DateTime<Utc>,
    /// The first rung before it falls due.
    pub warn_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    /// When it falls due if it is extended as often and as far as may be.
    pub extended: Option<(&'a Extension, DateTime<Utc>)>,
    pub ladder: Vec<(&'a Rung, DateTime<Utc>)>,
    /// Days that don't count; none where the term counts every day.
    pub skipped: Vec<(NaiveDate, DayKind<'a>)>,
    /// Days that count though they are closed in other weeks (调休).
    pub made_up: Vec<(NaiveDate, DayKind<'a>)>,
    /// Whether it runs where the calendar's holidays aren't known.
    pub beyond_known: bool,
}

/// Reckons every clock of a profile for a complaint received then.
pub fn explain(profile: &Profile, received: DateTime<Utc>) -> Vec<Explained<'_>> {
    let clocks = profile.clocks.iter();
    clocks
        .map(|rule| {
            let run = |term, extension| run(rule, term, extension, received, &profile.calendar);
            Explained {
                rule,
                assumes: (!rule.starts.contains(&Mark::Received))
                    .then(|| rule.starts.first().copied())
                    .flatten(),
                run: run(rule.term, rule.extension.as_ref()),
                others: rule
                    .terms
                    .iter()
                    .map(|other| {
                        let extension = other.extension.as_ref().or(rule.extension.as_ref());
                        (other, run(other.term, extension))
                    })
                    .collect(),
            }
        })
        .collect()
}

fn run<'a>(
    rule: &'a ClockRule,
    term: Term,
    extension: Option<&'a Extension>,
    started_at: DateTime<Utc>,
    calendar: &'a Calendar,
) -> Run<'a> {
    let course = Course::plain(started_at, term);
    let due_at = course.due_at(calendar);
    let extended = extension.map(|extension| {
        let extensions = vec![extension.term; usize::from(extension.times)];
        let extended = Course {
            extensions: &extensions,
            ..course
        };
        (extension, extended.due_at(calendar))
    });
    let (skipped, made_up) = if term.unit.counts_open_time() {
        (
            calendar.skipped(started_at, due_at),
            calendar.made_up(started_at, due_at),
        )
    } else {
        (vec![], vec![])
    };
    Run {
        term,
        starts_at: started_at,
        warn_at: rule.warns_at().map(|at| course.at(at, calendar)),
        due_at,
        extended,
        ladder: rule
            .ladder
            .iter()
            .map(|rung| (rung, course.at(rung.at, calendar)))
            .collect(),
        skipped,
        made_up,
        beyond_known: calendar.is_beyond_known(calendar.day_of_due(due_at))
            || calendar.is_beyond_known(calendar.day_of(started_at)),
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
