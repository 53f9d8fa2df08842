//! The core: what a complaint is, what can happen to it, and what follows from that.
//!
//! Pure: no I/O, no clock, no randomness, no async. Every rule of the policy that concerns one case
//! is decided by [`decide`], and is testable as a table.

mod decide;
mod history;
mod reference;
mod stage;

pub use decide::{Author, Case, Decision, Event, Received, Refusal, Withheld, decide};
pub use history::{Chain, Entry, Fact};
pub use reference::{CaseRef, ParseCaseRefError};
pub use stage::Acknowledgement;
