//! The policy as data: its words, profiles, calendars, and when clocks fall due. Pure.

pub mod calendar;
mod course;
mod profile;
mod term;
mod words;

pub use calendar::Calendar;
pub use course::Course;
pub use profile::{ClockRule, Extension, Profile, Rung, TermFor};
pub use term::{Term, Unit};
pub(crate) use words::words;
pub use words::{
    ClockKind, CloseReason, Complexity, Finding, Letter, Mark, Particular, Pause, Role, RungAct,
    Stage,
};
