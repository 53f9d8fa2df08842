//! The clocks of one case: where each stands, and how that changes.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use crate::policy::{Calendar, ClockRule, Course, Term};

/// Which clock: its name in the profile, and a number where a case has several of the kind
/// (one a hand-off, by the hand-off's number; 0 for all others).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClockKey {
    pub name: String,
    pub number: u32,
}

/// A clock of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    pub started_at: DateTime<Utc>,
    pub term: Term,
    pub extensions: Vec<Term>,
    pub pauses: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    pub paused_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    /// The highest rung of its ladder that was reached, in percent.
    pub reached: u16,
    /// The next rung of its ladder; `None` while it stands still, and after the last.
    pub next: Option<Next>,
    pub breached_at: Option<DateTime<Utc>>,
    pub stopped_at: Option<DateTime<Utc>>,
}

/// The rung that comes next, in percent of the term, and when it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    pub percent: u16,
    pub at: DateTime<Utc>,
}

/// All clocks that a case has had.
pub type Clocks = BTreeMap<ClockKey, Clock>;

/// What happens to a clock, as the history keeps it: with the dates, so that nobody needs the
/// profile of that day to read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockChange {
    #[serde(flatten)]
    pub key: ClockKey,
    #[serde(flatten)]
    pub what: ClockEvent,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ClockEvent {
    /// It starts, or starts anew.
    Started {
        started_at: DateTime<Utc>,
        term: Term,
        due_at: DateTime<Utc>,
        next: Option<Next>,
    },
    Paused {},
    Resumed {
        due_at: DateTime<Utc>,
        next: Option<Next>,
    },
    Extended {
        term: Term,
        due_at: DateTime<Utc>,
        next: Option<Next>,
    },
    /// Another term fits the case since it was classified otherwise.
    Changed {
        term: Term,
        due_at: DateTime<Utc>,
        next: Option<Next>,
    },
    /// A rung of its ladder was reached.
    Reached {
        percent: u16,
        /// An obligation wasn't met in time (§9).
        breach: bool,
        next: Option<Next>,
    },
    Stopped {},
}

impl Clock {
    pub fn is_running(&self) -> bool {
        self.stopped_at.is_none()
    }

    /// Whether it runs now, neither stopped nor paused.
    pub fn is_ticking(&self) -> bool {
        self.is_running() && self.paused_at.is_none()
    }

    fn course(&self) -> Course<'_> {
        Course {
            started_at: self.started_at,
            term: self.term,
            extensions: &self.extensions,
            pauses: &self.pauses,
        }
    }

    /// Applies what happened at a moment.
    fn apply(&mut self, event: &ClockEvent, at: DateTime<Utc>) {
        match event {
            ClockEvent::Started { .. } => {}
            ClockEvent::Paused {} => {
                self.paused_at = Some(at);
                self.next = None;
            }
            ClockEvent::Resumed { due_at, next } => {
                if let Some(from) = self.paused_at.take() {
                    self.pauses.push((from, at));
                }
                (self.due_at, self.next) = (*due_at, *next);
            }
            ClockEvent::Extended { term, due_at, next } => {
                self.extensions.push(*term);
                (self.due_at, self.next) = (*due_at, *next);
            }
            ClockEvent::Changed { term, due_at, next } => {
                self.term = *term;
                (self.due_at, self.next) = (*due_at, *next);
            }
            ClockEvent::Reached {
                percent,
                breach,
                next,
            } => {
                self.reached = *percent;
                if *breach {
                    self.breached_at = Some(at);
                }
                self.next = *next;
            }
            ClockEvent::Stopped {} => {
                if let Some(from) = self.paused_at.take() {
                    self.pauses.push((from, at));
                }
                self.stopped_at = Some(at);
                self.next = None;
            }
        }
    }
}

/// Applies a change to the clocks of a case.
pub(super) fn apply(clocks: &mut Clocks, change: &ClockChange, at: DateTime<Utc>) {
    if let ClockEvent::Started {
        started_at,
        term,
        due_at,
        next,
    } = &change.what
    {
        let clock = Clock {
            started_at: *started_at,
            term: *term,
            extensions: vec![],
            pauses: vec![],
            paused_at: None,
            due_at: *due_at,
            reached: 0,
            next: *next,
            breached_at: None,
            stopped_at: None,
        };
        clocks.insert(change.key.clone(), clock);
    } else if let Some(clock) = clocks.get_mut(&change.key) {
        clock.apply(&change.what, at);
    }
}

/// Moments of clocks are whole seconds: nobody is due at a microsecond.
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

fn next_rung(
    rule: &ClockRule,
    course: &Course<'_>,
    after: u16,
    calendar: &Calendar,
) -> Option<Next> {
    let rung = rule.ladder.iter().find(|rung| rung.at > after)?;
    Some(Next {
        percent: rung.at,
        at: whole(course.at(rung.at, calendar)),
    })
}

/// A clock that starts.
pub(super) fn started(
    rule: &ClockRule,
    started_at: DateTime<Utc>,
    term: Term,
    calendar: &Calendar,
) -> ClockEvent {
    let course = Course::plain(started_at, term);
    ClockEvent::Started {
        started_at,
        term,
        due_at: whole(course.due_at(calendar)),
        next: next_rung(rule, &course, 0, calendar),
    }
}

/// A clock that goes on after a pause.
pub(super) fn resumed(
    clock: &Clock,
    rule: &ClockRule,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> ClockEvent {
    let mut pauses = clock.pauses.clone();
    pauses.extend(clock.paused_at.map(|from| (from, now)));
    let course = Course {
        pauses: &pauses,
        ..clock.course()
    };
    ClockEvent::Resumed {
        due_at: whole(course.due_at(calendar)),
        next: next_rung(rule, &course, clock.reached, calendar),
    }
}

/// A clock that gets more time. Rungs that lie ahead again are climbed again.
pub(super) fn extended(
    clock: &Clock,
    by: Term,
    rule: &ClockRule,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> ClockEvent {
    let mut extensions = clock.extensions.clone();
    extensions.push(by);
    let course = Course {
        extensions: &extensions,
        ..clock.course()
    };
    ClockEvent::Extended {
        term: by,
        due_at: whole(course.due_at(calendar)),
        next: ahead(clock, rule, &course, now, calendar),
    }
}

/// A clock whose case is classified otherwise.
pub(super) fn changed(
    clock: &Clock,
    term: Term,
    rule: &ClockRule,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> ClockEvent {
    let course = Course {
        term,
        ..clock.course()
    };
    ClockEvent::Changed {
        term,
        due_at: whole(course.due_at(calendar)),
        next: ahead(clock, rule, &course, now, calendar),
    }
}

/// After a rung the next.
pub(super) fn reached(
    clock: &Clock,
    percent: u16,
    breach: bool,
    rule: &ClockRule,
    calendar: &Calendar,
) -> ClockEvent {
    ClockEvent::Reached {
        percent,
        breach,
        next: next_rung(rule, &clock.course(), percent, calendar),
    }
}

/// The first rung that lies ahead, be it again, or wasn't reached yet. A paused clock has none until
/// it goes on.
fn ahead(
    clock: &Clock,
    rule: &ClockRule,
    course: &Course<'_>,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> Option<Next> {
    if clock.paused_at.is_some() {
        return None;
    }
    let rungs = rule.ladder.iter().map(|rung| Next {
        percent: rung.at,
        at: whole(course.at(rung.at, calendar)),
    });
    rungs
        .into_iter()
        .find(|next| next.at > now || next.percent > clock.reached)
}

impl fmt::Display for ClockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => f.write_str(&self.name),
            number => write!(f, "{} {number}", self.name),
        }
    }
}
