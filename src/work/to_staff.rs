//! Mail to members of staff, before it is written.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::case::{Case, Person, TextId};
use crate::ids::CaseId;
use crate::letter::File;
use crate::staff::notice::What;

/// A mail to a member of staff, written once everything else is.
#[derive(Debug, Clone)]
pub(super) struct ToStaff {
    /// `None`: about no case.
    pub case: Option<CaseId>,
    pub to: Person,
    pub says: Says,
}

/// What a member of staff is told.
#[derive(Debug, Clone)]
pub(super) enum Says {
    /// Something happened; with the words that it is about.
    Notice { what: What, news: News },
    /// The answer to a mail of theirs, by its Message-ID.
    Answer {
        answer: Answer,
        answers: Option<String>,
    },
    /// A mail that is written already.
    Page(Page),
}

impl Says {
    /// The question to a department that it reminds of.
    pub(super) fn question(&self, case: &Case) -> Option<TextId> {
        let Says::Notice { what, .. } = self else {
            return None;
        };
        match what {
            What::AnswerDue { number, .. } | What::QuestionDropped { number } => {
                case.hand_offs.get(number).map(|hand_off| hand_off.question)
            }
            _ => None,
        }
    }
}

/// An answer to a mail of a member of staff.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// What was done, a line each, and how many letters go to the customer.
    Done {
        lines: Vec<String>,
        letters: usize,
    },
    /// What would be done, and the letters that would go out; at a time, or once it is confirmed.
    Shown {
        lines: Vec<String>,
        letters: Vec<String>,
        until: Option<DateTime<Utc>>,
    },
    NoteKept,
    /// Why nothing was done; with what they wrote, so that nothing is lost.
    Refused {
        reasons: Vec<String>,
        original: String,
    },
}

/// New words about a case, for those who are told of them.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    pub words: Option<String>,
    /// Names of the files that came with them, and as many of these as go along.
    pub names: Vec<String>,
    pub files: Arc<[File]>,
}

/// A mail that needs no case to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub subject: String,
    pub text: String,
    /// The same for clients that show HTML, where it is more than the text.
    pub html: Option<String>,
    pub files: Vec<File>,
}
