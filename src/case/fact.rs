//! What happened to a case, as its history keeps it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::clock::ClockChange;
use super::event::{ActName, Author, Channel, Look, Withheld};
use super::person::Person;
use super::text::TextId;
use super::{CaseRef, Stage};
use crate::ids::LandedId;
use crate::language::Language;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular};

/// One thing that happened to a case. The case is what its facts have made of it
/// ([`Case::apply`](super::Case::apply)), so a fact says all that it changes.
///
/// Serialised as `{"event": "<name>", "data": {…}}`. What is written is never changed, so a variant
/// may gain optional fields but never lose or rename one. Words of people stand elsewhere, by their hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Fact {
    /// The complaint was received and the case opened (§2.1, §4.1).
    Received {
        landed: Option<LandedId>,
        received_at: DateTime<Utc>,
        channel: Channel,
        language: Language,
        profile: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<TextId>,
        gives: BTreeSet<Particular>,
        follows: Option<CaseRef>,
        resembles: Option<CaseRef>,
    },
    /// A mail was filed on the case.
    Wrote {
        landed: LandedId,
        by: Author,
        proven: bool,
    },
    /// A member's own word, filed; with what its proof rests on.
    StaffWrote {
        landed: LandedId,
        rests: String,
    },
    /// Filed as a possible forgery: it claims to be a member's word, and isn't proven to be.
    Unproven {
        landed: LandedId,
        doubt: String,
    },
    LetterQueued {
        letter: Letter,
    },
    /// No letter was written, and why.
    LetterWithheld {
        letter: Letter,
        why: Withheld,
    },
    /// The customer's mail server accepted a letter.
    LetterDelivered {
        letter: Letter,
    },
    /// A letter can't be delivered: the customer is unreachable by mail.
    LetterFailed {
        letter: Letter,
        words: TextId,
    },
    /// A letter reached the customer otherwise than by mail.
    LetterHandedOver {
        letter: Letter,
    },
    Accepted {
        handler: Person,
        stage: Stage,
    },
    Assigned {
        handler: Person,
    },
    Noted {
        words: TextId,
    },
    Replied {
        words: TextId,
    },
    ParticularsAsked {
        particulars: BTreeSet<Particular>,
        words: Option<TextId>,
        stage: Stage,
    },
    ParticularsGiven {
        particulars: BTreeSet<Particular>,
        stage: Stage,
    },
    /// The customer didn't answer in time: the case goes on without them.
    ParticularsLapsed {
        missing: BTreeSet<Particular>,
        stage: Stage,
    },
    HandedOff {
        number: u32,
        to: Person,
        question: TextId,
    },
    HandOffAnswered {
        number: u32,
        words: TextId,
    },
    Found {
        words: TextId,
        stage: Stage,
    },
    Proposed {
        words: TextId,
        remedy: Option<TextId>,
    },
    Viewed {
        words: TextId,
    },
    Resolved {
        finding: Finding,
        reasons: TextId,
        remedy: Option<TextId>,
        cause: Option<String>,
        agreed: bool,
        stage: Stage,
    },
    /// The customer isn't satisfied: somebody neutral mediates (§5.1).
    MediationOwed {
        stage: Stage,
    },
    MediatorNamed {
        mediator: Person,
    },
    Mediated {
        finding: Finding,
        reasons: TextId,
        remedy: Option<TextId>,
        cause: Option<String>,
        stage: Stage,
    },
    ThirdPartyInvited {
        address: TextId,
    },
    ThirdPartyDone {},
    Litigated {
        words: TextId,
        stage: Stage,
    },
    Ruled {
        words: TextId,
    },
    /// The legal hold has ended.
    Released {},
    SatisfactionAnswered {
        satisfied: bool,
    },
    Withdrawn {},
    Closed {
        reason: CloseReason,
        words: Option<TextId>,
        of: Option<CaseRef>,
        stage: Stage,
    },
    Reopened {
        stage: Stage,
    },
    Categorised {
        code: String,
    },
    SeveritySet {
        code: String,
    },
    ComplexitySet {
        complexity: Complexity,
    },
    CauseSet {
        code: String,
    },
    Recused {
        who: Person,
        reason: TextId,
    },
    Held {
        reason: TextId,
    },
    HoldEnded {},
    /// A clock was extended, and why (§4.4 tells the customer).
    Extended {
        clock: String,
        reason: TextId,
    },
    /// A supervisor did what is somebody else's to do; on record with the reason (§9).
    Overrode {
        act: ActName,
        reason: TextId,
    },
    /// What was asked for can't be done at this stage or by this person; nothing changed (§9).
    Refused {
        act: ActName,
        why: String,
    },
    /// Somebody looked at the case from the command line (§7); nothing changed.
    Looked {
        how: Look,
    },
    /// What happened to clocks by what stands before this.
    Clocks {
        changes: Vec<ClockChange>,
    },
}
