//! Whether a mail is a member of staff's own word: only then does it change a case or write to a customer (promise 9).
//!
//! Four things are asked, and none is taken for another: exactly one author, who is a member; the standing of the
//! author's domain; the signed address that the mail came to, made for this person and this case; and that the
//! mail is fresh. What fails is filed on the case as unproven and shown to the handler; it is never acted on,
//! and whoever sent it is never answered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Directory, Member};
use crate::case::Person;
use crate::ids::CaseId;
use crate::mail::standing::Verdict as Vouched;
use crate::mail::{Nature, Standing};
use crate::policy::{Role, words};

/// What is known of a mail.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// All addresses in all From fields.
    pub from: &'a [&'a str],
    pub nature: Nature,
    pub standing: &'a Standing,
    /// The signed addresses that it came to, with signatures that hold.
    pub came_to: &'a [CameTo],
    /// The case that it would be filed on.
    pub case: Option<CaseId>,
    /// Whether it answers a Message-ID that was told to this member alone, of a mail about this case.
    pub answers_ours: bool,
    /// The mail server's time.
    pub received_at: DateTime<Utc>,
    /// Whether this Message-ID of this author came in a mail before; `None`: it has none, or several.
    pub seen_before: Option<bool>,
}

/// What a signed address was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameTo {
    pub made_for: MadeFor,
    pub case: Option<CaseId>,
    pub key: Key,
}

/// Whom a signed address was made for, and so what mail to it can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeFor {
    Staff(Person, Purpose),
    Customer,
    ThirdParty,
    /// A mail server, to return what it can't deliver.
    Bounce,
}

/// What a member was given an address for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Commands and notes on a case.
    Work,
    /// The second, clearly marked address of a notification: what is written there is for the customer.
    ToCustomer,
    /// No case: lists, search, complaints by phone.
    Desk,
}

/// The age of the key that signed an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Current,
    /// The one before, within the time that it is still accepted.
    Previous,
    Old,
}

/// What is asked of a member's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// The signed address, and From: where the members' domain vouches for nothing.
    Address,
    /// The standing, and the signed address or an answer to a mail of ours: where plus-addressing isn't to be had.
    Thread,
    /// The standing and the signed address.
    #[default]
    Strict,
}

/// What is asked of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Of somebody with several roles the strictest is asked.
    pub by_role: BTreeMap<Role, Strictness>,
    /// Of the other roles.
    pub otherwise: Strictness,
    /// How long after it was signed a mail counts.
    pub fresh_for: TimeDelta,
    /// How long after it was replaced the key before the current one counts.
    pub previous_key_for: TimeDelta,
}

/// Whether a mail is somebody's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Proven {
        person: Person,
        purpose: Purpose,
        case: Option<CaseId>,
        /// For the history: what it rests on.
        by: Rests,
    },
    /// DNS didn't answer: to be asked again, and not acted on before.
    Later {
        person: Person,
    },
    Unproven {
        reason: Doubt,
    },
}

words! {
    /// What a proof rests on.
    Rests {
        StandingAndAddress = "standing_and_address",
        StandingAndThread = "standing_and_thread",
        Address = "address",
    }
}

/// Why a mail isn't anybody's proven word. Never holds what the sender wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    #[error("From doesn't name exactly one author who can be written to")]
    NoAuthor,
    #[error("From names several addresses")]
    SeveralAuthors,
    #[error("its author is no member of staff")]
    NotStaff,
    #[error("a program wrote it")]
    Robot,
    #[error("the author's domain denies it: {0}")]
    Denied(String),
    #[error("nothing vouches for its author: {0}")]
    Unvouched(String),
    #[error("it came to no signed address of ours")]
    NoAddress,
    #[error("it came to several signed addresses that don't go together")]
    SeveralAddresses,
    #[error("it came to an address that was made for {0}")]
    AnotherPersons(Person),
    #[error(
        "it came to an address that was made for the customer, for a third party or for returned mail"
    )]
    NotForStaff,
    #[error("it came to an address that was made for another case")]
    AnotherCases,
    #[error("it came to an address that was signed with a key no longer in use")]
    OldKey,
    #[error("it was signed too long before it came")]
    Stale,
    #[error("it was signed later than it came")]
    FromTheFuture,
    #[error("the same mail came before")]
    Replayed,
    #[error("it hasn't exactly one Message-ID: whether it came before can't be told")]
    NoMessageId,
}

impl Default for Rules {
    /// Everything is asked of everybody; a mail counts for a week (mail-facts: replays).
    fn default() -> Rules {
        Rules {
            by_role: BTreeMap::new(),
            otherwise: Strictness::default(),
            fresh_for: TimeDelta::days(7),
            previous_key_for: TimeDelta::days(90),
        }
    }
}

impl Rules {
    /// What is asked of a member.
    pub fn of(&self, member: &Member) -> Strictness {
        let asked = member.roles.iter().map(|role| {
            let own = self.by_role.get(role);
            own.copied().unwrap_or(self.otherwise)
        });
        asked.max().unwrap_or(self.otherwise)
    }
}

/// Judges a mail that may be a member's.
pub fn judge(evidence: &Evidence<'_>, directory: &Directory, rules: &Rules) -> Verdict {
    match prove(evidence, directory, rules) {
        Ok(verdict) => verdict,
        Err(reason) => Verdict::Unproven { reason },
    }
}

fn prove(mail: &Evidence<'_>, directory: &Directory, rules: &Rules) -> Result<Verdict, Doubt> {
    // two authors are nobody's word, even where both are the same (Forem CVE-2026-48780)
    let author = match mail.from {
        [] => return Err(Doubt::NoAuthor),
        [one] => one,
        _ => return Err(Doubt::SeveralAuthors),
    };
    let member = directory.by_address(author).ok_or(Doubt::NotStaff)?;
    match mail.nature {
        Nature::Human => {}
        Nature::AutoReply | Nature::Bounce | Nature::MailingList | Nature::Report | Nature::Own => {
            return Err(Doubt::Robot);
        }
    }
    let standing = mail.standing;
    if standing.verdict == Vouched::Failed {
        return Err(Doubt::Denied(standing.reason.clone()));
    }
    let strictness = rules.of(member);
    let address = address(mail, member)?;
    let thread = mail.answers_ours && mail.case.is_some();
    let purpose = match (&address, strictness) {
        (Some(purpose), _) => *purpose,
        (None, Strictness::Thread) if thread => Purpose::Work,
        (None, Strictness::Thread | Strictness::Strict | Strictness::Address) => {
            return Err(Doubt::NoAddress);
        }
    };
    fresh(mail, rules)?;
    let proven = |by| {
        Ok(Verdict::Proven {
            person: member.person.clone(),
            purpose,
            case: mail.case,
            by,
        })
    };
    match (standing.verdict, strictness) {
        (Vouched::Proven, _) if address.is_some() => proven(Rests::StandingAndAddress),
        (Vouched::Proven, _) => proven(Rests::StandingAndThread),
        (Vouched::Temporary | Vouched::Unproven, Strictness::Address) => proven(Rests::Address),
        (Vouched::Temporary, Strictness::Thread | Strictness::Strict) => Ok(Verdict::Later {
            person: member.person.clone(),
        }),
        (Vouched::Unproven, Strictness::Thread | Strictness::Strict) => {
            Err(Doubt::Unvouched(standing.reason.clone()))
        }
        (Vouched::Failed, _) => Err(Doubt::Denied(standing.reason.clone())),
    }
}

/// What the signed address was made for; `None` where the mail came to none. One that was made for something else
/// is worse than none: somebody has got hold of it.
fn address(mail: &Evidence<'_>, member: &Member) -> Result<Option<Purpose>, Doubt> {
    let Some(first) = mail.came_to.first() else {
        return Ok(None);
    };
    if mail.came_to.iter().any(|other| other != first) {
        return Err(Doubt::SeveralAddresses);
    }
    let purpose = match &first.made_for {
        MadeFor::Customer | MadeFor::ThirdParty | MadeFor::Bounce => {
            return Err(Doubt::NotForStaff);
        }
        MadeFor::Staff(person, _) if *person != member.person => {
            return Err(Doubt::AnotherPersons(person.clone()));
        }
        MadeFor::Staff(_, purpose) => *purpose,
    };
    match first.key {
        Key::Current | Key::Previous => {}
        Key::Old => return Err(Doubt::OldKey),
    }
    let fits = match purpose {
        Purpose::Work | Purpose::ToCustomer => mail.case.is_some() && first.case == mail.case,
        Purpose::Desk => mail.case.is_none() && first.case.is_none(),
    };
    if fits {
        Ok(Some(purpose))
    } else {
        Err(Doubt::AnotherCases)
    }
}

/// One use, within days of being signed: what was caught on the way can't be sent again.
fn fresh(mail: &Evidence<'_>, rules: &Rules) -> Result<(), Doubt> {
    match mail.seen_before {
        Some(false) => {}
        Some(true) => return Err(Doubt::Replayed),
        None => return Err(Doubt::NoMessageId),
    }
    let Some(signed_at) = mail.standing.signed_at else {
        return Ok(());
    };
    let age = mail.received_at - signed_at;
    if age > rules.fresh_for {
        return Err(Doubt::Stale);
    }
    // clocks differ, though not by a day
    if age < -TimeDelta::days(1) {
        return Err(Doubt::FromTheFuture);
    }
    Ok(())
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
