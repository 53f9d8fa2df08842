//! The policy as data: its words, profiles, calendars, and when clocks fall due. Pure.
//!
//! A [`Profile`] is written in TOML (`config/policy/`) and checked when it is read; [`Policies`] holds the
//! built-in ones and a company's own. A [`Course`] says when a clock of it falls due by its [`Calendar`].

pub mod calendar;
mod check;
mod course;
pub mod explain;
mod phrases;
mod policies;
mod problem;
mod profile;
mod term;
mod words;
mod written;

pub use calendar::Calendar;
pub use course::Course;
pub use policies::Policies;
pub use problem::{PolicyError, PolicyProblem};
pub use profile::{ClockRule, Extension, Law, Profile, Rung, TermFor};
pub use term::{NoTerm, Term, Unit};
pub(crate) use words::words;
pub use words::{
    ClockKind, CloseReason, Complexity, Finding, KeptFrom, Letter, Mark, Particular, Pause, Role,
    RungAct, Stage,
};
