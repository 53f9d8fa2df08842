//! What members of staff are told.

use chrono::{DateTime, Utc};

use crate::case::{ActName, ClockKey, Person};
use crate::policy::{CloseReason, Letter};

/// One member of staff is to be told one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub to: Person,
    pub what: What,
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The case is theirs to handle.
    Assigned,
    /// Nobody handles the case: a supervisor must find somebody.
    Unassigned,
    CustomerWrote,
    /// An invited third party wrote (§4.3).
    ThirdPartyWrote,
    /// Somebody who isn't the customer wrote on the case.
    OutsiderWrote,
    ParticularsComplete,
    /// The customer didn't give them in time; the case goes on (§4.1).
    ParticularsLapsed,
    /// A clock came to a rung of its ladder (§9).
    Reached {
        clock: ClockKey,
        percent: u16,
        breach: bool,
        due_at: DateTime<Utc>,
    },
    /// A question to a department (§4.2).
    HandedOff {
        number: u32,
    },
    /// To the department: its answer is about to fall due, or has.
    AnswerDue {
        number: u32,
        late: bool,
        due_at: DateTime<Utc>,
    },
    HandOffAnswered {
        number: u32,
    },
    /// To the department: its answer isn't needed any more.
    QuestionDropped {
        number: u32,
    },
    /// The customer isn't satisfied: a mediator must be named (§5.1).
    MediationOwed,
    /// They mediate.
    Mediator,
    /// A letter came back: the customer can't be written to.
    Unreachable {
        letter: Letter,
    },
    /// A letter for a customer without an address: to be passed on (§3).
    PassOn {
        letter: Letter,
    },
    /// A mail in a colleague's name that isn't proven theirs: possibly forged.
    Unproven,
    /// A clock has more time (§4.4).
    Extended {
        clock: ClockKey,
        due_at: DateTime<Utc>,
    },
    /// Somebody acted in the handler's place (§9).
    Overridden {
        act: ActName,
    },
    /// Somebody left a note.
    Noted,
    Held,
    HoldEnded,
    /// The matter is before a court or regulator (§5.2).
    Litigated,
    Closed {
        reason: CloseReason,
    },
    Reopened,
}

impl What {
    /// Whether it is for a department: it learns its question and nothing else of the case (§7).
    pub(super) fn is_for_department(&self) -> bool {
        match self {
            What::HandedOff { .. } | What::AnswerDue { .. } | What::QuestionDropped { .. } => true,
            What::Assigned
            | What::Unassigned
            | What::CustomerWrote
            | What::ThirdPartyWrote
            | What::OutsiderWrote
            | What::ParticularsComplete
            | What::ParticularsLapsed
            | What::Reached { .. }
            | What::HandOffAnswered { .. }
            | What::MediationOwed
            | What::Mediator
            | What::Unreachable { .. }
            | What::PassOn { .. }
            | What::Unproven
            | What::Extended { .. }
            | What::Overridden { .. }
            | What::Noted
            | What::Held
            | What::HoldEnded
            | What::Litigated
            | What::Closed { .. }
            | What::Reopened => false,
        }
    }

    /// Whether it says no more than that there are new words, which every notice of the same event shows too.
    pub(super) fn is_words_alone(&self) -> bool {
        matches!(self, What::CustomerWrote | What::Noted)
    }
}
