//! The grammar of commands: what a mail of a member of staff orders.
//!
//! Commands stand at the start of the new text, one a line: `/word arguments`. A mail without any is a note
//! (issue: nothing that staff write reaches a customer by accident). Two pure steps: [`parse`] knows words alone,
//! [`resolve`] knows the people, the profile and the case. Either refuses the whole mail, with every
//! mistake named, so nothing is half done.

mod arguments;
mod clauses;
mod codes;
mod draft;
mod greeting;
mod head;
mod mistake;
mod nearest;
mod read;
mod resolve;
mod verdict;
mod words;

pub use draft::{Command, Draft, ListKind, Report, VerdictDraft};
pub(super) use mistake::day;
pub use mistake::{Code, Mistake, Wrong};
pub use resolve::{Context, Order, resolve};
pub use words::{Row, TABLE, Takes, Word, row};

use clauses::Clauses;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// No command in it: to be kept, and never sent on.
    Note(String),
    /// In their order: all or none of them are done.
    Commands(Vec<Written>),
    /// Nothing but blanks, a greeting or a signature.
    Empty,
}

/// A command with where it stands, for whatever there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// From 1.
    pub line: usize,
    /// The line itself, cut short.
    pub text: String,
    pub word: Word,
    pub command: Command,
}

/// The commands in the new text of a mail. `names` are the sender's own, to know their signature by.
pub fn parse(new_text: &str, names: &[&str]) -> Result<Parsed, Vec<Mistake>> {
    match clauses::split(new_text, names)? {
        Clauses::Note(text) => Ok(Parsed::Note(text.to_owned())),
        Clauses::Empty => Ok(Parsed::Empty),
        Clauses::Some(clauses) => read::commands(&clauses).map(Parsed::Commands),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
