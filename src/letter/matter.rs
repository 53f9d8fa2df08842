//! What a letter says about its case.

use chrono::{DateTime, Utc};

use crate::case::CaseRef;
use crate::language::Language;
use crate::policy::{CloseReason, Finding, Particular};

/// What a letter may say about its case. Each letter uses what it needs of it; nothing in it was
/// written by the customer (mail-bomb lesson: no letter repeats text that a stranger chose).
#[derive(Debug, Clone)]
pub struct Matter {
    pub reference: CaseRef,
    pub language: Language,
    pub received_at: DateTime<Utc>,
    /// The particulars that are there, and those that are asked for (§4.1).
    pub have: Vec<Particular>,
    pub missing: Vec<Particular>,
    /// When a handler takes up the case at the latest.
    pub confirm_by: Option<DateTime<Utc>>,
    /// When the outcome is there at the latest.
    pub resolve_by: Option<DateTime<Utc>>,
    /// Until when the customer's answer is waited for.
    pub answer_by: Option<DateTime<Utc>>,
    /// When the outcome of the mediation is there at the latest.
    pub mediate_by: Option<DateTime<Utc>>,
    /// Until when a mail of the customer opens a closed case again.
    pub reopen_until: Option<DateTime<Utc>>,
    /// Whether the customer can still ask for mediation: the profile has that stage, and it hasn't
    /// been used (§5.1). Without it no letter speaks of mediation to come.
    pub may_mediate: bool,
    /// What a member of staff wrote for this letter: an update, a proposal, the reasons of an
    /// outcome or of a delay. Plain text.
    pub words: Option<String>,
    /// Names of people, as the customer may know them.
    pub handler: Option<String>,
    pub mediator: Option<String>,
    pub finding: Option<Finding>,
    /// What is done for the customer, in the words of staff.
    pub remedy: Option<String>,
    pub close_reason: Option<CloseReason>,
    /// The customer's own case that this one is handled with from now on (closed as a duplicate).
    pub joined_to: Option<CaseRef>,
    /// The further rights, a paragraph each, from the profile (§5.2).
    pub rights: Vec<String>,
}

impl Matter {
    /// A case of which nothing is known but its name: what a letter doesn't know it doesn't say.
    pub fn new(reference: CaseRef, language: Language, received_at: DateTime<Utc>) -> Matter {
        Matter {
            reference,
            language,
            received_at,
            have: vec![],
            missing: vec![],
            confirm_by: None,
            resolve_by: None,
            answer_by: None,
            mediate_by: None,
            reopen_until: None,
            may_mediate: false,
            words: None,
            handler: None,
            mediator: None,
            finding: None,
            remedy: None,
            close_reason: None,
            joined_to: None,
            rights: vec![],
        }
    }
}
