//! What is wrong with a command: facts, put into words in [`crate::staff::answer`].

use chrono::NaiveDate;

use super::words::Word;
use crate::case::Person;
use crate::staff::typed;
use crate::staff::values::{ListOf, NoDate, NoLength, NoMoney};

/// A command that can't be understood. The whole mail is refused, and nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// The line itself, cut short: nothing else of the mail is shown.
    pub text: String,
    pub wrong: Wrong,
}

/// A list of codes of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Category,
    Severity,
    Cause,
}

/// Why a command can't be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// No such command.
    Unknown {
        typed: String,
        nearest: Option<Word>,
    },
    /// A command below other words.
    NotFirst {
        word: Word,
    },
    TooMany {
        most: usize,
    },
    /// What a command needs isn't there.
    Incomplete {
        word: Word,
    },
    /// Words that are in none of the lists.
    NotOneOf {
        of: ListOf,
        typed: String,
    },
    /// A part of `/resolve` that is none of finding, remedy, cause, agreed.
    NoField {
        word: Word,
        typed: String,
    },
    /// `reason` in a verdict: to the customer, or why somebody else acts?
    WhichReason,
    /// A verdict without reasons for the customer (§4.4).
    NoReasons {
        word: Word,
    },
    /// `/reason` without an act that it is for.
    LooseReason,
    NoReference {
        typed: String,
    },
    NoAddress {
        typed: String,
    },
    Nobody {
        typed: String,
        departments: bool,
        known: Vec<Person>,
    },
    Several {
        typed: String,
        people: Vec<Person>,
    },
    NoDate {
        typed: String,
        why: NoDate,
    },
    NoLength {
        typed: String,
        why: NoLength,
    },
    NoClock {
        typed: String,
        known: Vec<String>,
    },
    NoCode {
        of: Code,
        typed: String,
        known: Vec<String>,
    },
    /// Several open questions to a department, or none.
    WhichHandOff {
        open: Vec<u32>,
    },
    NoMoney {
        typed: String,
        why: NoMoney,
    },
    /// An action without a day by which it is done.
    NoDue,
    /// A command that stands alone in its mail.
    Alone {
        word: Word,
    },
    /// Only on a case.
    NoCase {
        word: Word,
    },
}

impl Mistake {
    pub(super) fn new(line: usize, text: &str, wrong: Wrong) -> Mistake {
        Mistake {
            line,
            text: typed::short(typed::bare(text), 120),
            wrong,
        }
    }
}

/// A day as it stands in answers.
pub(in crate::staff) fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
