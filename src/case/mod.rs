//! The core: what a complaint is, what can happen to it, and what follows from that.
//!
//! Pure: no I/O, no clock, no randomness, no async. Every rule of the policy that concerns one case
//! is decided by [`decide`], and is testable as a table.

mod decide;
mod history;
mod reference;
mod stage;

pub use decide::{Author, Case, Decision, Event, Letter, Received, Refusal, Withheld, decide};
pub use history::{Chain, Entry, Fact};
pub use reference::{CaseRef, ParseCaseRefError};
pub use stage::{Acknowledgement, Stage};

use serde::{Deserialize, Serialize};

/// The languages in which letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// Every language, in the order of the documentation.
    pub const ALL: [Language; 2] = [Language::En, Language::Zh];

    /// The name in the database, the configuration and the folder of letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Zh => "zh",
        }
    }

    /// The language of a BCP 47 tag, where letters are written in it.
    pub fn from_tag(tag: &str) -> Option<Language> {
        match tag.split('-').next()? {
            "en" => Some(Language::En),
            "zh" => Some(Language::Zh),
            _ => None,
        }
    }
}
