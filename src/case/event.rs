//! What can happen to a case, as told to the core.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::clock::ClockKey;
use super::person::{Person, Staff};
use super::{Answer, CaseRef, Money};
use crate::ids::LandedId;
use crate::language::Language;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, Term, words};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Received(Received),
    /// A mail was filed on the case.
    Wrote(Wrote),
    /// A mail that is a member's own word was filed on the case; what it orders are events of their own.
    StaffWrote {
        landed: LandedId,
        /// What its proof rests on.
        rests: String,
    },
    /// A mail that claims to be a member's, and isn't proven to be: a possible forgery.
    Unproven {
        landed: LandedId,
        doubt: String,
    },
    /// The customer's mail server accepted the letter.
    Delivered {
        letter: Letter,
    },
    /// The letter was refused for good, given up, or came back; with the server's words.
    DeliveryFailed {
        letter: Letter,
        words: String,
    },
    /// The letter was taken out of the outbox before it was sent.
    Cancelled {
        letter: Letter,
    },
    /// A clock has come to the next rung of its ladder.
    ClockReached {
        clock: ClockKey,
        percent: u16,
    },
    /// Nobody needs to know any more who it was about (§7).
    Erased {
        rule: String,
    },
    /// A member of staff did something.
    Acted {
        by: Staff,
        act: Act,
        /// Why, where that is owed: an override, a hold, an extension (§9).
        reason: Option<String>,
    },
}

words! {
    /// How a complaint came (§3).
    Channel {
        Email = "email",
        Phone = "phone",
        Web = "web",
    }

    /// Who wrote a mail that was filed on a case. Authority comes from none of them (promise 9).
    Author {
        /// The case's own customer, by address.
        Customer = "customer",
        /// A third party that was invited to the case (§4.3).
        ThirdParty = "third_party",
        /// Anybody else: filed, and gains nothing by it.
        Outsider = "outsider",
        /// A robot: an out-of-office, a receipt. Filed, and never answered.
        Robot = "robot",
    }

    /// How a case's content was looked at from the command line (§7).
    Look {
        Show = "show",
        /// A dossier of it was made.
        Export = "export",
        /// A letter was shown with what the case is.
        Letter = "letter",
        /// What is kept about its customer was handed out.
        PartyExport = "party_export",
    }

    /// Why a letter that was due isn't written.
    Withheld {
        /// The address has had its share of automatic mail for the day (promise 6).
        DailyLimit = "daily_limit",
        /// There is no address to write to.
        NoAddress = "no_address",
        /// What it would answer came from a robot, and was let out of quarantine by staff.
        Automatic = "automatic",
        /// It was cancelled before it could be sent.
        Cancelled = "cancelled",
        /// The matter is before a court: automatic mail has stopped (§5.2).
        LegalHold = "legal_hold",
    }
}

/// A complaint that starts a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The mail it came by, where it did.
    pub landed: Option<LandedId>,
    /// The mail server's time: clocks start here (policy: INTERNALDATE).
    pub received_at: DateTime<Utc>,
    pub channel: Channel,
    pub language: Language,
    /// What was said, where it came by no mail.
    pub words: Option<String>,
    /// Which of the particulars it gives (§4.1).
    pub gives: BTreeSet<Particular>,
    /// An earlier case of the same customer that it goes on from, closed too long ago to be reopened.
    pub follows: Option<CaseRef>,
    /// Whom it is given to.
    pub assign: Option<Person>,
    /// An open case of the same customer that looks like the same matter: proposed to staff, never
    /// merged unasked.
    pub resembles: Option<CaseRef>,
    /// Its customer had written more that day than staff are told of one by one.
    pub flood: bool,
}

/// A mail filed on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    pub landed: LandedId,
    pub by: Author,
    /// Whether it came to a signed address or answers a Message-ID of ours: both were told to the
    /// customer alone. A reference in the subject isn't enough for an answer to count.
    pub proven: bool,
    /// What it says where it says nothing else.
    pub answer: Option<Answer>,
    /// Which of the particulars it gives.
    pub gives: BTreeSet<Particular>,
}

/// What a member of staff can do. Words are as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Accept,
    Assign {
        to: Staff,
    },
    Note {
        words: String,
    },
    /// A mail to the customer in one's own words.
    Reply {
        words: String,
    },
    Ask {
        particulars: BTreeSet<Particular>,
        words: Option<String>,
    },
    /// The customer gave these otherwise than by mail.
    Complete {
        particulars: BTreeSet<Particular>,
    },
    HandOff {
        to: Staff,
        question: String,
        /// Instead of the profile's term.
        by: Option<NaiveDate>,
    },
    AnswerHandOff {
        number: u32,
        words: String,
    },
    Find {
        words: String,
    },
    Propose {
        words: String,
        remedy: Option<String>,
    },
    /// What the customer thinks of a proposal, told otherwise than by mail (§4.3).
    View {
        words: String,
    },
    Resolve(Verdict),
    Extend {
        clock: String,
        by: Option<Term>,
    },
    Mediate {
        who: Staff,
    },
    Mediated(Verdict),
    /// A third party helps (§4.3); by address, in lower case. It is sent these words, and nothing else of the case.
    Invite {
        address: String,
        words: String,
    },
    /// A third party has done its part; which one, where there are several.
    Dismiss {
        address: Option<String>,
    },
    Litigate {
        words: String,
    },
    Rule {
        words: String,
    },
    /// The legal hold ends: retention counts again.
    Release,
    Close {
        reason: CloseReason,
        words: Option<String>,
    },
    /// The customer withdrew, told otherwise than by mail.
    Withdraw,
    Duplicate {
        of: CaseRef,
    },
    SetCategory {
        code: String,
    },
    SetSeverity {
        code: String,
    },
    SetComplexity {
        complexity: Complexity,
    },
    SetCause {
        code: String,
    },
    /// Somebody is complained about or has an interest in the matter.
    Recuse {
        who: Person,
    },
    Hold,
    Unhold,
    Reopen,
    /// Whether the customer is satisfied, told otherwise than by mail.
    RecordSatisfaction {
        satisfied: bool,
    },
    /// A letter reached the customer otherwise than by mail.
    HandOver {
        letter: Letter,
    },
    /// The customer writes from this address too, in lower case (§7).
    Recognise {
        address: String,
    },
    /// Why a deadline was missed or a step overridden, by whoever it concerns (§9); of which, where there
    /// are several.
    Explain {
        of: Option<String>,
        words: String,
    },
    /// What the customer suggests about the complaint process itself (§10).
    Suggest {
        words: String,
    },
    /// Something to put right or to learn from the case (§4.4, §8).
    Raise {
        number: u32,
        kind: ActionKind,
        owner: Staff,
        due: NaiveDate,
        what: String,
    },
}

/// How a complaint was decided, for the customer to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub finding: Finding,
    /// The reasons, in words for the customer.
    pub reasons: String,
    /// What is done for the customer, in words.
    pub remedy: Option<String>,
    /// Code of the profile.
    pub cause: Option<String>,
    /// What it costs.
    pub cost: Option<Money>,
    /// Whether the customer has agreed to it already.
    pub agreed: bool,
}

words! {
    /// What an action is for (§4.4, §8).
    ActionKind {
        /// Puts right what went wrong.
        Corrective = "corrective",
        /// Keeps it from happening again.
        Preventive = "preventive",
        /// Teaches somebody what they need.
        Training = "training",
    }

    /// The acts of staff by name.
    ActName {
        Accept = "accept",
        Assign = "assign",
        Note = "note",
        Reply = "reply",
        Ask = "ask",
        Complete = "complete",
        HandOff = "hand_off",
        AnswerHandOff = "answer_hand_off",
        Find = "find",
        Propose = "propose",
        View = "view",
        Resolve = "resolve",
        Extend = "extend",
        Mediate = "mediate",
        Mediated = "mediated",
        Invite = "invite",
        Dismiss = "dismiss",
        Litigate = "litigate",
        Rule = "rule",
        Release = "release",
        Close = "close",
        Withdraw = "withdraw",
        Duplicate = "duplicate",
        Category = "category",
        Severity = "severity",
        Complexity = "complexity",
        Cause = "cause",
        Recuse = "recuse",
        Hold = "hold",
        Unhold = "unhold",
        Reopen = "reopen",
        Satisfaction = "satisfaction",
        HandOver = "hand_over",
        Recognise = "recognise",
        Explain = "explain",
        Suggest = "suggest",
        Raise = "raise",
    }
}

impl Act {
    pub fn name(&self) -> ActName {
        match self {
            Act::Accept => ActName::Accept,
            Act::Assign { .. } => ActName::Assign,
            Act::Note { .. } => ActName::Note,
            Act::Reply { .. } => ActName::Reply,
            Act::Ask { .. } => ActName::Ask,
            Act::Complete { .. } => ActName::Complete,
            Act::HandOff { .. } => ActName::HandOff,
            Act::AnswerHandOff { .. } => ActName::AnswerHandOff,
            Act::Find { .. } => ActName::Find,
            Act::Propose { .. } => ActName::Propose,
            Act::View { .. } => ActName::View,
            Act::Resolve(_) => ActName::Resolve,
            Act::Extend { .. } => ActName::Extend,
            Act::Mediate { .. } => ActName::Mediate,
            Act::Mediated(_) => ActName::Mediated,
            Act::Invite { .. } => ActName::Invite,
            Act::Dismiss { .. } => ActName::Dismiss,
            Act::Litigate { .. } => ActName::Litigate,
            Act::Rule { .. } => ActName::Rule,
            Act::Release => ActName::Release,
            Act::Close { .. } => ActName::Close,
            Act::Withdraw => ActName::Withdraw,
            Act::Duplicate { .. } => ActName::Duplicate,
            Act::SetCategory { .. } => ActName::Category,
            Act::SetSeverity { .. } => ActName::Severity,
            Act::SetComplexity { .. } => ActName::Complexity,
            Act::SetCause { .. } => ActName::Cause,
            Act::Recuse { .. } => ActName::Recuse,
            Act::Hold => ActName::Hold,
            Act::Unhold => ActName::Unhold,
            Act::Reopen => ActName::Reopen,
            Act::RecordSatisfaction { .. } => ActName::Satisfaction,
            Act::HandOver { .. } => ActName::HandOver,
            Act::Recognise { .. } => ActName::Recognise,
            Act::Explain { .. } => ActName::Explain,
            Act::Suggest { .. } => ActName::Suggest,
            Act::Raise { .. } => ActName::Raise,
        }
    }
}
