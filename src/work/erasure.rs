//! Erasing cases (§7): whether one may be, and what happens to those that are. A customer's own request.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::WorkError;
use super::changes::Changes;
use super::post::Post;
use super::to_staff::News;
use crate::archive::terms::Terms;
use crate::case::{Actor, Event};
use crate::ids::{CaseId, LandedId};
use crate::store::erasure::{Erasing, Standing, erase_cases, standings};
use crate::store::{Store, StoreError, cases, search};

/// Why a case isn't erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Open {
        stage: String,
    },
    /// §5.2: nothing is erased under legal hold.
    LegalHold,
    /// A law has it kept.
    Law {
        rule: String,
        until: DateTime<Utc>,
    },
    /// An open or held case needs it.
    NeededBy {
        reference: String,
    },
    MailOnItsWay,
    /// Nobody knows how long it is kept.
    NoProfile {
        profile: String,
    },
    /// Its term of retention isn't over.
    Until(DateTime<Utc>),
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kept::Open { stage } => write!(f, "it is open, at stage '{stage}': close it first"),
            Kept::LegalHold => f.write_str("it is under legal hold (§5.2)"),
            Kept::Law { rule, until } => {
                write!(f, "{rule} has it kept until {}", until.format("%Y-%m-%d"))
            }
            Kept::NeededBy { reference } => write!(
                f,
                "case {reference}, which is open or under legal hold, is about the same matter"
            ),
            Kept::MailOnItsWay => {
                f.write_str("mail of it is on its way: try again when it has come to its end")
            }
            Kept::NoProfile { profile } => {
                write!(
                    f,
                    "its policy profile '{profile}' isn't configured: put it back"
                )
            }
            Kept::Until(until) => write!(f, "it is kept until {}", until.format("%Y-%m-%d")),
        }
    }
}

/// Why a case can't be erased now, whoever asks for it.
pub(super) fn kept(case: &Standing, post: &Post, now: DateTime<Utc>) -> Option<Kept> {
    let Some(closed_at) = case.closed_at.filter(|_| case.stage == "closed") else {
        let stage = case.stage.clone();
        return Some(Kept::Open { stage });
    };
    if case.legal_hold {
        return Some(Kept::LegalHold);
    }
    let Some(profile) = post.policies.profile(&case.profile) else {
        let profile = case.profile.clone();
        return Some(Kept::NoProfile { profile });
    };
    let law = profile.kept_until(case.category.as_deref(), case.received_at, closed_at);
    if let Some((law, until)) = law.filter(|(_, until)| *until >= now) {
        let rule = law.rule.clone();
        return Some(Kept::Law { rule, until });
    }
    if let Some(reference) = case.needed_by.clone() {
        return Some(Kept::NeededBy { reference });
    }
    case.mail_on_its_way.then_some(Kept::MailOnItsWay)
}

/// Erases the cases of these that are for erasure by `keep`, in one transaction; their references.
pub(super) async fn erase(
    store: &Store,
    post: &Post,
    ids: &[CaseId],
    (actor, rule, reason): (&Actor, &str, Option<&str>),
    keep: impl Fn(&Standing, DateTime<Utc>) -> Option<Kept>,
) -> Result<Vec<String>, WorkError> {
    let now = store.now().await?;
    let mut tx = store.begin().await?;
    let locked = cases::lock(&mut tx, ids).await?;
    let standings = standings(&mut tx, ids).await?;
    let mut changes = Changes::new(&mut tx, post, now, locked, std::iter::empty()).await?;
    let event = Event::Erased {
        rule: rule.to_owned(),
    };
    let (mut gone, mut references) = (vec![], vec![]);
    for case in standings {
        // looked at again, now that nobody else can change it
        if case.erased || keep(&case, now).is_some() {
            continue;
        }
        if changes
            .tell(case.id, actor, &event, &News::default())?
            .is_ok()
        {
            gone.push(case.id);
            references.push(case.reference.to_string());
        }
    }
    if gone.is_empty() {
        return Ok(references);
    }
    changes.write(&mut tx).await?;
    let who = actor.to_string();
    let erasing = Erasing {
        now,
        actor: &who,
        rule,
        reason,
    };
    erase_cases(&mut tx, &gone, erasing).await?;
    // what is left to find them by
    let mut found_by: BTreeMap<CaseId, Terms> = BTreeMap::new();
    for (id, reference) in gone.iter().zip(&references) {
        found_by.entry(*id).or_default().add(reference);
    }
    search::add(&mut tx, &found_by).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(references)
}

/// A customer's request that what is kept of them be erased.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub address: &'a str,
    /// Why, for the record; must not say who they are.
    pub reason: Option<&'a str>,
    pub by: &'a Actor,
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// Cases that were erased, or would be.
    pub erased: Vec<String>,
    pub refused: Vec<(String, Kept)>,
    /// Mails without a case.
    pub mails: u64,
    /// Cases of others that mail from this address was filed on: it goes with those.
    pub elsewhere: Vec<String>,
    /// Nothing is kept of this address.
    pub unknown: bool,
}

/// A reason that says who the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the reason is kept for good: it must not hold the name or the address of whoever is erased"
)]
pub struct TellingReason;

/// The rule by which a request erases.
const REQUEST: &str = "request of the customer (§7)";
/// Cases erased in one transaction.
pub(super) const BATCH: usize = 50;
/// How much of a mail is looked at for its author.
const HEAD: i32 = 64 * 1024;
const PAGE: i64 = 200;

/// Erases what is kept of a customer, but for what a law, a hold or an open case keeps.
pub async fn party(
    store: &Store,
    post: &Post,
    request: Request<'_>,
) -> Result<Result<Answered, TellingReason>, WorkError> {
    let address = request.address.trim().to_lowercase();
    let person = store.known_person(&address).await?;
    if let Some(reason) = request.reason.map(str::to_lowercase) {
        let name = person.name.as_deref().map(str::trim).unwrap_or_default();
        let names = !name.is_empty() && reason.contains(&name.to_lowercase());
        if names || reason.contains(&address) {
            return Ok(Err(TellingReason));
        }
    }
    let mut mails = person.mails;
    mails.extend(in_quarantine(store, &address).await?);
    let mut answered = Answered {
        unknown: person.party.is_none() && mails.is_empty() && person.elsewhere.is_empty(),
        elsewhere: person.elsewhere,
        ..Answered::default()
    };
    let keep = |case: &Standing, now| kept(case, post, now);
    let mut going = vec![];
    let now = store.now().await?;
    for page in person.cases.chunks(BATCH) {
        for case in store.erasable(page).await? {
            match keep(&case, now) {
                Some(why) => answered.refused.push((case.reference.to_string(), why)),
                None => going.push((case.id, case.reference.to_string())),
            }
        }
    }
    if request.dry_run {
        answered.erased = going.into_iter().map(|(_, reference)| reference).collect();
        answered.mails = mails.len() as u64;
        return Ok(Ok(answered));
    }
    for page in going.chunks(BATCH) {
        let ids: Vec<CaseId> = page.iter().map(|(id, _)| *id).collect();
        let by = (request.by, REQUEST, request.reason);
        let erased = erase(store, post, &ids, by, keep).await?;
        answered.erased.extend(erased);
    }
    let who = request.by.to_string();
    let erasing = |now| Erasing {
        now,
        actor: &who,
        rule: REQUEST,
        reason: request.reason,
    };
    for page in mails.chunks(BATCH) {
        let now = store.now().await?;
        answered.mails += store.erase_mail(page, erasing(now)).await?;
    }
    if !answered.erased.is_empty() {
        // lists and digests tell of many: who was in which is nothing to be kept, nor what quotes them
        let now = store.now().await?;
        store.erase_own_mail(now, erasing(now)).await?;
        for page in store.mail_that_quotes_ours().await?.chunks(BATCH) {
            let now = store.now().await?;
            store.erase_mail(page, erasing(now)).await?;
        }
    }
    Ok(Ok(answered))
}

/// Mail in quarantine whose header says that it is from this address.
async fn in_quarantine(store: &Store, address: &str) -> Result<Vec<LandedId>, WorkError> {
    let (mut found, mut after) = (vec![], LandedId(0));
    loop {
        let page = store.heads_in_quarantine(after, HEAD, PAGE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(found);
        };
        after = *last;
        let from = page.iter().filter(|(_, head)| is_from(head, address));
        found.extend(from.map(|(id, _)| *id));
    }
}

/// Whether a header names an address (in lower case) as author or sender. What can't be read elsewhere can be
/// looked at like this.
fn is_from(head: &[u8], address: &str) -> bool {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let mut counts = false;
    for line in text.lines() {
        if line.is_empty() {
            return false;
        }
        if !line.starts_with([' ', '\t']) {
            counts = ["from:", "sender:", "reply-to:"]
                .iter()
                .any(|field| line.starts_with(field));
        }
        if counts && names(line, address) {
            return true;
        }
    }
    false
}

/// Whether a line holds the address as a whole: not as the end or the beginning of another.
fn names(line: &str, address: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
    line.match_indices(address).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + address.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::is_from;

    #[test]
    fn the_author_is_found_in_a_header() {
        for (head, expected) in [
            ("From: Wei <wei@x.test>\n\nhello", true),
            (
                "Subject: x\r\nFROM:\r\n \"W\" <Wei@X.test>\r\n\r\nhello",
                true,
            ),
            ("Reply-To: wei@x.test\n\n", true),
            ("From: <li.wei@x.test>\n\n", false),
            ("From: <wei@x.test.example>\n\n", false),
            ("To: wei@x.test\n\n", false),
            ("Subject: x\n\nFrom: wei@x.test\n", false),
        ] {
            assert_eq!(is_from(head.as_bytes(), "wei@x.test"), expected, "{head}");
        }
    }
}
