//! Commands as they are written: words told apart, names and dates still as somebody typed them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::words::Word;
use crate::case::CaseRef;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, words};
use crate::staff::values::{Choice, ListOf, Names};

words! {
    /// Which cases are listed.
    ListKind {
        Mine = "mine",
        Open = "open",
        Due = "due",
        /// Open actions: one's own, or all of them for those who supervise.
        Actions = "actions",
    }
}

/// A command as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Act {
        draft: Draft,
        /// Why, where that is owed (§9).
        reason: Option<String>,
    },
    Show {
        of: Option<CaseRef>,
    },
    List {
        kind: ListKind,
    },
    Search {
        words: String,
    },
    Phone(Report),
    Web(Report),
    /// An action is done; which, where there are several.
    Done {
        number: Option<u32>,
        words: String,
    },
    Verify {
        number: u32,
    },
    Confirm,
    Cancel,
    Read,
    Help {
        about: Option<Word>,
    },
}

/// An act as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    Accept,
    Assign {
        who: String,
    },
    Note {
        words: String,
    },
    Reply {
        words: String,
    },
    Ask {
        particulars: BTreeSet<Particular>,
        words: Option<String>,
    },
    Complete {
        particulars: BTreeSet<Particular>,
    },
    /// Who, perhaps by when, and the question.
    HandOff {
        words: String,
    },
    AnswerHandOff {
        number: Option<u32>,
        words: String,
    },
    Find {
        words: String,
    },
    Propose {
        words: String,
        remedy: Option<String>,
    },
    View {
        words: String,
    },
    Resolve(VerdictDraft),
    /// Perhaps which clock, and by how much.
    Extend {
        by: String,
    },
    Mediate {
        who: String,
    },
    Mediated(VerdictDraft),
    Invite {
        address: String,
        words: String,
    },
    Dismiss {
        address: Option<String>,
    },
    Recognise {
        address: String,
    },
    /// Perhaps of what, and why it was so.
    Explain {
        words: String,
    },
    Suggest {
        words: String,
    },
    /// Perhaps of what kind, who, by when, and what.
    Raise {
        words: String,
    },
    Litigate {
        words: String,
    },
    Rule {
        words: String,
    },
    Release,
    Close {
        reason: CloseReason,
        words: Option<String>,
    },
    Withdraw,
    Duplicate {
        of: CaseRef,
    },
    Category {
        name: String,
    },
    Severity {
        name: String,
    },
    Complexity {
        complexity: Complexity,
    },
    Cause {
        name: String,
    },
    Recuse {
        who: String,
    },
    Hold,
    Unhold,
    Reopen,
    Satisfaction {
        satisfied: bool,
    },
    HandOver {
        letter: Letter,
    },
}

/// A decision as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictDraft {
    pub finding: Finding,
    pub reasons: String,
    pub remedy: Option<String>,
    /// A code, or its name in any language.
    pub cause: Option<String>,
    /// An amount of money, as typed.
    pub cost: Option<String>,
    pub agreed: bool,
}

/// A complaint that somebody made by phone or on the website (§3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    /// What was said.
    pub words: String,
}

impl Choice for ListKind {
    const OF: ListOf = ListOf::Lists;
    const NAMES: Names<Self> = &[
        (
            ListKind::Mine,
            "mine",
            "我的",
            &["my", "my cases", "我", "我的案件"],
        ),
        (
            ListKind::Open,
            "open",
            "未结",
            &["all", "all open", "open cases", "未结案件", "全部"],
        ),
        (
            ListKind::Due,
            "due",
            "到期",
            &["overdue", "due soon", "逾期", "即将到期"],
        ),
        (
            ListKind::Actions,
            "actions",
            "整改",
            &["action", "my actions", "open actions", "整改措施"],
        ),
    ];
}
