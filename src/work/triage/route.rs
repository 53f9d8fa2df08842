//! Where a message belongs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::staff::waits_for_dns;
use super::{Read, Triage};
use crate::case::CaseRef;
use crate::ids::{CaseId, PartyId};
use crate::letter::{Audience, Proven, SignedAddress};
use crate::mail::{Nature, Reading};
use crate::policy::{Course, Letter};
use crate::store::cases::Standing;
use crate::store::messages::MatchedBy;
use crate::store::outbox::Answered;
use crate::work::WorkError;

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// A case of its own, perhaps one that goes on from another, closed too long ago.
    Open {
        follows: Option<CaseRef>,
    },
    Case(Found),
    /// To an address that was made for a member of staff, or an answer to a mail that was sent to one.
    Staff {
        /// `None`: about no case.
        case: Option<CaseId>,
        /// Whether it answers a mail that was sent to its author's address alone.
        answers_ours: bool,
    },
    NoCase,
    /// Its author's domain couldn't be asked: to be looked at again.
    Wait,
    Quarantine,
}

/// The case that a message belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub case: CaseId,
    pub by: MatchedBy,
    /// The letter of ours that came back.
    pub letter: Option<Letter>,
    /// Whose letter it answers, by what was in that letter alone: nobody else can know it.
    pub letter_to: Option<PartyId>,
}

/// Longest time that a member's mail waits for an answer from DNS; then it counts as unproven.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

/// What messages may refer to, looked up for all of them at once.
struct Known {
    by_id: HashMap<String, Answered>,
    by_notice: HashMap<String, (CaseId, String)>,
    by_thread: HashMap<(String, String), CaseId>,
    by_reference: HashMap<String, (CaseId, Option<String>)>,
    /// Cases of signed addresses that are there: one may be gone with a database of which a backup was restored.
    there: HashSet<CaseId>,
}

impl Triage {
    /// Where each message belongs: by a signed address it was sent to, a Message-ID of ours that it
    /// answers, a Message-ID of its sender's own on a case of theirs, or the reference in its subject
    /// where its sender is that case's customer.
    pub(super) async fn routes(
        &self,
        messages: &[Read],
        now: DateTime<Utc>,
    ) -> Result<Vec<Route>, WorkError> {
        let mut ids: Vec<&str> = Vec::new();
        let mut references: Vec<CaseRef> = Vec::new();
        let signed: Vec<Vec<Proven>> = messages
            .iter()
            .map(|one| self.signed_addresses(&one.reading))
            .collect();
        for Read { reading, .. } in messages {
            ids.extend(reading.in_reply_to.iter().map(String::as_str));
            ids.extend(reading.references.iter().map(String::as_str));
            ids.extend(
                reading
                    .bounce
                    .iter()
                    .filter_map(|b| b.original_message_id.as_deref()),
            );
            references.extend(CaseRef::find(&reading.subject));
        }
        let named = signed.iter().flatten();
        let named: Vec<CaseId> = named.filter_map(|proven| proven.signed.case).collect();
        let known = Known {
            by_id: match ids.as_slice() {
                [] => HashMap::new(),
                ids => self.store.cases_by_message_id(ids).await?,
            },
            by_notice: match ids.as_slice() {
                [] => HashMap::new(),
                _ if self.post.members.is_empty() => HashMap::new(),
                ids => self.store.notices_by_message_id(ids).await?,
            },
            by_thread: match ids.as_slice() {
                [] => HashMap::new(),
                ids => self.store.cases_by_customers_message_id(ids).await?,
            },
            by_reference: match references.as_slice() {
                [] => HashMap::new(),
                references => self.store.cases_by_reference(references).await?,
            },
            there: match named.as_slice() {
                [] => HashSet::new(),
                ids => self.store.cases_there(ids).await?,
            },
        };
        let waits = |one: &Read, route| match route {
            Route::Staff { .. }
                if waits_for_dns(&one.reading) && now - one.received_at < LONGEST_WAIT =>
            {
                Route::Wait
            }
            route => route,
        };
        let routes = messages
            .iter()
            .zip(&signed)
            .map(|(one, signed)| waits(one, self.route(one, signed, &known)));
        let mut routes: Vec<Route> = routes.collect();
        self.follow(messages, &mut routes, now).await?;
        Ok(routes)
    }

    /// Follows duplicates to the case they are of, and leaves cases alone that were closed too long ago.
    async fn follow(
        &self,
        messages: &[Read],
        routes: &mut [Route],
        now: DateTime<Utc>,
    ) -> Result<(), WorkError> {
        let cases = routes.iter().filter_map(|route| match route {
            Route::Case(found) => Some(found.case),
            Route::Open { .. }
            | Route::Staff { .. }
            | Route::NoCase
            | Route::Wait
            | Route::Quarantine => None,
        });
        let cases: Vec<CaseId> = cases.collect();
        if cases.is_empty() {
            return Ok(());
        }
        let standings = self.store.standings(&cases).await?;
        for (message, route) in messages.iter().zip(routes) {
            let Route::Case(found) = route else {
                continue;
            };
            let Some(standing) = standings.get(&found.case) else {
                continue;
            };
            if found.by == MatchedBy::Bounce && found.letter.is_none() {
                found.letter = standing.latest_letter;
            }
            let reading = &message.reading;
            if standing.erased {
                // who it was about is nobody's to know any more: it is a matter of its own
                *route = match reading.nature {
                    Nature::Human => Route::Open { follows: None },
                    Nature::AutoReply
                    | Nature::Bounce
                    | Nature::MailingList
                    | Nature::Report
                    | Nature::Own => Route::NoCase,
                };
                continue;
            }
            found.case = standing.id;
            let customers = reading.nature == Nature::Human
                && standing.customer_address.is_some()
                && sender(reading) == standing.customer_address;
            if customers && self.is_over(standing, now) {
                *route = Route::Open {
                    follows: Some(standing.reference),
                };
            }
        }
        Ok(())
    }

    /// Whether a case was closed so long ago that a mail doesn't open it again, or by a profile that is there no more.
    fn is_over(&self, standing: &Standing, now: DateTime<Utc>) -> bool {
        let Some(closed_at) = standing.closed_at else {
            return false;
        };
        let Some(profile) = self.post.policies.profile(&standing.profile) else {
            return true;
        };
        let course = Course::plain(closed_at, profile.reopen_within);
        now > course.due_at(&profile.calendar)
    }

    fn route(&self, message: &Read, signed: &[Proven], known: &Known) -> Route {
        let reading = &message.reading;
        let for_staff = |proven: &&Proven| match proven.signed.audience {
            Audience::Work(_) | Audience::ToCustomer(_) | Audience::Desk(_) => true,
            Audience::Customer(_) | Audience::ThirdParty(_) | Audience::Bounce(_) => false,
        };
        let to_staff = signed.iter().find(for_staff);
        // one without exactly one author, to an address of staff, is a possible forgery: its handler sees it there
        if reading.quarantine.is_some() && !message.released && to_staff.is_none() {
            return Route::Quarantine;
        }
        let bounced = reading
            .bounce
            .as_ref()
            .and_then(|b| b.original_message_id.as_ref());
        if let Some(returned) = bounced.and_then(|id| known.by_id.get(id)) {
            return Route::Case(Found {
                case: returned.case,
                by: MatchedBy::Bounce,
                letter: Some(returned.letter),
                letter_to: None,
            });
        }
        if let Some(proven) = to_staff {
            return Route::Staff {
                case: proven.signed.case,
                answers_ours: false,
            };
        }
        let mut signed = signed.iter().map(|proven| proven.signed);
        if let Some(SignedAddress {
            audience,
            case: Some(case),
        }) = signed.find(|one| one.case.is_some_and(|case| known.there.contains(&case)))
        {
            let (by, letter_to) = match audience {
                Audience::Bounce(_) if reading.nature == Nature::Bounce => {
                    (MatchedBy::Bounce, None)
                }
                Audience::ThirdParty(_) => (MatchedBy::ThirdParty, None),
                Audience::Customer(party) => (MatchedBy::ReplyAddress, Some(party)),
                // an envelope sender: third parties see theirs too
                _ => (MatchedBy::ReplyAddress, None),
            };
            return Route::Case(Found {
                case,
                by,
                letter: None,
                letter_to,
            });
        }
        // the latest answered first
        let answered = reading
            .in_reply_to
            .iter()
            .chain(reading.references.iter().rev());
        if let Some(answered) = answered.clone().find_map(|id| known.by_id.get(id)) {
            let (by, letter_to) = match answered.letter {
                Letter::Invitation => (MatchedBy::ThirdParty, None),
                _ => (MatchedBy::MessageId, answered.customer),
            };
            return Route::Case(Found {
                case: answered.case,
                by,
                letter: None,
                letter_to,
            });
        }
        // what was sent to a member of staff is answered by staff, or by somebody who has got hold of it
        if let Some((case, recipient)) = answered.clone().find_map(|id| known.by_notice.get(id)) {
            return Route::Staff {
                case: Some(*case),
                answers_ours: sender(reading).as_ref() == Some(recipient),
            };
        }
        // customers answer their own mail too; a Message-ID that a stranger chose proves nothing, so
        // it counts for its own sender alone
        if let Some(sender) = sender(reading).filter(|_| reading.nature == Nature::Human)
            && let Some(case) = answered
                .clone()
                .find_map(|id| known.by_thread.get(&(id.clone(), sender.clone())))
        {
            return Route::Case(Found {
                case: *case,
                by: MatchedBy::Thread,
                letter: None,
                letter_to: None,
            });
        }
        if reading.nature == Nature::Human
            && let Some(reference) = CaseRef::find(&reading.subject)
            && let Some((case, Some(customer))) = known.by_reference.get(&reference.to_string())
            && sender(reading).as_ref() == Some(customer)
        {
            return Route::Case(Found {
                case: *case,
                by: MatchedBy::Reference,
                letter: None,
                letter_to: None,
            });
        }
        if reading.nature == Nature::Human || message.released {
            Route::Open { follows: None }
        } else {
            Route::NoCase
        }
    }

    /// The signed addresses of ours that a message came to, each once.
    pub(super) fn signed_addresses(&self, reading: &Reading) -> Vec<Proven> {
        let Some(keys) = &self.reply_addresses else {
            return vec![];
        };
        let written = reading.to.iter().chain(&reading.cc).map(|to| &to.address);
        let mut found: Vec<Proven> = Vec::new();
        for address in reading.delivered_to.iter().chain(written) {
            let mut own = self.own_addresses.iter();
            let proven = own.find_map(|own| keys.prove(own, address));
            found.extend(proven.filter(|proven| !found.contains(proven)));
        }
        found
    }
}

/// Whose mail it is: the author's address in lower case.
pub(super) fn sender(reading: &Reading) -> Option<String> {
    reading
        .from
        .as_ref()
        .map(|from| from.address.to_lowercase())
}
