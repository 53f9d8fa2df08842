//! Why something can't be done, in words for whoever tried, and what is possible instead.

use chrono::{DateTime, NaiveDate, Utc};

use super::event::ActName;
use super::person::Person;
use super::table::By;
use super::{CaseRef, Stage};
use crate::policy::{CloseReason, Letter, Role};

/// Why an event can't be. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the case exists already")]
    Exists,
    #[error("there is no such case")]
    Missing,
    #[error("'{act}' isn't possible while the case is at stage '{stage}'; you can: {}", list(.possible))]
    NotNow {
        act: ActName,
        stage: Stage,
        possible: Vec<ActName>,
    },
    #[error("'{act}' is for {}", people(.may))]
    NotYours { act: ActName, may: Vec<By> },
    #[error(
        "'{act}' is for {handler}, who handles the case; a supervisor can assign it to somebody else"
    )]
    Taken { act: ActName, handler: Person },
    #[error("{who} has no part in this case: recused")]
    Recused { who: Person },
    #[error("'{act}' needs a reason")]
    NoReason { act: ActName },
    #[error("'{act}' needs words: what shall be on record, or be told?")]
    NoWords { act: ActName },
    #[error("{who} is no {role}")]
    NoSuchRole { who: Person, role: Role },
    #[error("{who} can't mediate: {why}; name somebody who has had no part in the case (§5.1)")]
    NotNeutral { who: Person, why: Involved },
    #[error("hand-off {number} isn't open; open are: {}", list(.open))]
    NoHandOff { number: u32, open: Vec<u32> },
    #[error("no clock '{clock}' is running on this case; running are: {}", list(.running))]
    NoClock { clock: String, running: Vec<String> },
    #[error("clock '{clock}' can't be extended under profile '{profile}'")]
    NotExtendable { clock: String, profile: String },
    #[error("clock '{clock}' was extended already, as often as profile '{profile}' allows")]
    ExtendedAlready { clock: String, profile: String },
    #[error("clock '{clock}' can be extended by at most {most}, by a {by}")]
    TooLong {
        clock: String,
        most: String,
        by: Role,
    },
    #[error("'{code}' is no {what} of profile '{profile}'; there are: {}", list(.known))]
    UnknownCode {
        what: &'static str,
        code: String,
        profile: String,
        known: Vec<String>,
    },
    #[error("a case at stage '{stage}' can't be closed as '{reason}'; {instead}")]
    NotThisReason {
        reason: CloseReason,
        stage: Stage,
        instead: &'static str,
    },
    #[error("the case is under legal hold: nothing is sent to the customer from here (§5.2)")]
    LegalHold,
    #[error("nothing was asked for: name one or more of name, contact, details, evidence")]
    NothingAsked,
    #[error("case {of} is this very case")]
    SameCase { of: CaseRef },
    #[error("the case was closed as '{reason}' and can't be opened again; {instead}")]
    NotReopened {
        reason: CloseReason,
        instead: &'static str,
    },
    #[error("{0}")]
    AlreadySo(Already),
    #[error("no letter '{letter}' of this case is owed or waits to reach the customer")]
    NoLetter { letter: Letter },
    #[error("the customer's satisfaction was recorded already")]
    Answered,
    #[error("nothing of yours on this case is to be explained")]
    NothingToExplain,
    #[error("name what you explain; open are: {}", list(.open))]
    WhichToExplain { open: Vec<String> },
    #[error("several third parties are at work on the case: name one by its address")]
    WhichThirdParty,
    #[error("{address} is no third party at work on the case")]
    NotInvited { address: String },
    #[error("an action can't be due on {due}, which is past")]
    DueInThePast { due: NaiveDate },
    #[error("the case was erased on {}: a new matter is a new case (§7)", .at.format("%Y-%m-%d"))]
    Erased { at: DateTime<Utc> },
    #[error("the case is open, at stage '{stage}': nothing of it is erased before it is closed")]
    StillOpen { stage: Stage },
    #[error("the case is under legal hold: nothing of it is erased (§5.2)")]
    KeptByHold,
    #[error("the program's profile '{profile}' has no stage '{stage}'")]
    NoStage { profile: String, stage: Stage },
}

impl Refusal {
    /// The same for the history, without what was typed: that may be a customer's address, and a history isn't erased.
    pub fn on_record(&self) -> String {
        match self {
            Refusal::NotInvited { .. } => {
                "the address that was named is no third party at work on the case".to_owned()
            }
            Refusal::NoClock { running, .. } => format!(
                "no clock of the name that was given is running on this case; running are: {}",
                list(running)
            ),
            Refusal::UnknownCode {
                what,
                profile,
                known,
                ..
            } => format!(
                "what was given is no {what} of profile '{profile}'; there are: {}",
                list(known)
            ),
            other => other.to_string(),
        }
    }
}

/// How somebody has had a part in a case already, so that they can't mediate it (§5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Involved {
    #[error("they are complained about, or have an interest in the matter")]
    Recused,
    #[error("they have handled the case")]
    Handled,
    #[error("their department was asked about it")]
    Asked,
}

/// What is so already, or was never so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Already {
    #[error("the case is yours already")]
    Yours,
    #[error("the case is theirs already")]
    Theirs,
    #[error("they mediate already")]
    Mediates,
    #[error("they are recused already")]
    Recused,
    #[error("the case is on hold already")]
    Held,
    #[error("the case isn't on hold")]
    NotHeld,
    #[error("the case is under no legal hold")]
    NoLegalHold,
    #[error("no third party is working on the case")]
    NoThirdParty,
    #[error("none of these is missing, or was asked for")]
    NothingMissing,
    #[error("mail from this address counts as the customer's already")]
    Recognised,
}

fn people(may: &[By]) -> String {
    let words: Vec<&str> = may.iter().map(|by| by.words()).collect();
    words.join("; or ")
}

fn list(items: &[impl ToString]) -> String {
    if items.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_on_no_record() {
        const TYPED: &str = "wang@customers.test";
        let typed = TYPED.to_owned();
        for refusal in [
            Refusal::NotInvited {
                address: typed.clone(),
            },
            Refusal::NoClock {
                clock: typed.clone(),
                running: vec!["resolve".to_owned()],
            },
            Refusal::UnknownCode {
                what: "category",
                code: typed,
                profile: "default".to_owned(),
                known: vec!["delivery".to_owned()],
            },
        ] {
            assert!(refusal.to_string().contains(TYPED));
            assert!(!refusal.on_record().contains(TYPED), "{refusal:?}");
        }
    }
}
