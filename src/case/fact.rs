//! What happened to a case, as its history keeps it.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::clock::{ClockChange, ClockKey};
use super::event::{ActName, ActionKind, Author, Channel, Look, Withheld};
use super::person::Person;
use super::text::TextId;
use super::{CaseRef, Money, Stage};
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
        /// Staff weren't told, since its customer had written so much that day.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        flood: bool,
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
    /// A letter may have been sent before, by a database of which a backup was restored.
    LetterUncertain {
        letter: Letter,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost: Option<Money>,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost: Option<Money>,
        stage: Stage,
    },
    /// A third party was sent these words, and may answer them.
    ThirdPartyInvited {
        address: TextId,
        words: TextId,
    },
    ThirdPartyDone {
        address: TextId,
    },
    /// The customer writes from this address too.
    AddressRecognised {
        address: TextId,
    },
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
        by: Person,
        reason: TextId,
    },
    /// An obligation wasn't met in time, and whose it was (§9); by how long shows when its clock stops.
    Breached {
        clock: ClockKey,
        by: Option<Person>,
        due_at: DateTime<Utc>,
    },
    /// Why that was, in the words of the person concerned (§9).
    Explained {
        of: Concern,
        by: Person,
        words: TextId,
    },
    /// What the customer suggests about the process (§10).
    Suggested {
        words: TextId,
    },
    /// An action was raised from the case (§4.4, §8); it is kept in a table of its own by its number.
    ActionRaised {
        number: u32,
        kind: ActionKind,
        owner: Person,
        due: NaiveDate,
        what: TextId,
    },
    ActionDone {
        number: u32,
        words: Option<TextId>,
    },
    /// Somebody else than its owner has looked whether it is done.
    ActionVerified {
        number: u32,
    },
    /// Somebody who has no part in the case wanted to see it, and didn't (§7).
    AccessRefused {
        /// The case that they named, where it is another than this.
        of: Option<CaseRef>,
    },
    /// What was asked for can't be done at this stage or by this person; nothing changed (§9).
    Refused {
        act: ActName,
        why: String,
    },
    /// What people wrote, their names and addresses were erased, by this rule (§7); the history and what the
    /// reviews need stay.
    Erased {
        rule: String,
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

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Concern::Breach(clock) => clock.fmt(f),
            Concern::Override(act) => act.fmt(f),
        }
    }
}

/// What is to be explained (§9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    Breach(ClockKey),
    Override(ActName),
}
