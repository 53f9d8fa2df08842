//! The core: what a complaint is, what can happen to it, and what follows from that.
//!
//! Pure: no I/O, no clock, no randomness, no async. Every rule of the policy that concerns one case
//! is decided by [`decide`], and is testable as a table. A case is what the facts of its history have
//! made of it, so the history alone gives the case back ([`replay`]).

mod answer;
mod clock;
mod decide;
mod event;
mod fact;
mod history;
mod likeness;
mod money;
mod particulars;
mod person;
mod reference;
mod refusal;
mod state;
mod table;
mod text;

pub use answer::{Answer, read_answer};
pub use clock::{Clock, ClockChange, ClockEvent, ClockKey, Clocks, Next};
pub use decide::{Context, Decision, Recipient, Writing, decide, refused};
pub use event::{
    Act, ActName, ActionKind, Author, Channel, Event, Received, Verdict, Withheld, Wrote,
};
pub use fact::{Concern, Fact};
pub use history::{Chain, Entry, Unreplayable, replay};
pub use likeness::Complaint;
pub use money::{Currency, Money};
pub use particulars::{Shown, given};
pub use person::{Actor, NoPerson, Person, Staff};
pub use reference::{CaseRef, ParseCaseRefError};
pub use refusal::{Already, Involved, Refusal};
pub use state::{Acknowledgement, Case, HandOff, Lapse};
pub use table::{By, Rule, TABLE, markdown as stages_table, possible};
pub use text::TextId;

use crate::policy::Stage;
