//! What follows from messages, written in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use tracing::{info, warn};

use super::floods::Written;
use super::news::news;
use super::route::{Found, Route, sender};
use super::staff::Before;
use super::{Read, Triage};
use crate::alarm::Alarm;
use crate::case::{
    Actor, Author, CaseRef, Channel, Complaint, Event, Received, Shown, TextId, Withheld, Wrote,
    given, read_answer,
};
use crate::failpoint::failpoint;
use crate::ids::{CaseId, LandedId};
use crate::language::Language;
use crate::mail::standing::Verdict;
use crate::mail::{Attachment, Nature, Reading};
use crate::measures::MEASURES;
use crate::store::cases::LockedCase;
use crate::store::landed;
use crate::store::messages::{Filed, MatchedBy};
use crate::store::{cases, members, parties, quarantine, restored};
use crate::work::WorkError;
use crate::work::changes::Changes;
use crate::work::to_staff::News;

/// When a mail is looked at again whose author's domain couldn't be asked.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(1);

impl Triage {
    /// One transaction for the effects of all these messages; `again` where they may have had them before.
    pub(super) async fn write(
        &self,
        messages: &[Read],
        routes: &[Route],
        now: DateTime<Utc>,
        again: bool,
    ) -> Result<(), WorkError> {
        let mut tx = self.store.begin().await?;
        if again {
            restored::again(&mut tx).await?;
        }
        let kept: Vec<(&Read, Route)> = messages
            .iter()
            .zip(routes.iter().copied())
            .filter(|(_, route)| !matches!(route, Route::Quarantine | Route::Wait))
            .collect();
        let quarantined: Vec<(LandedId, String)> = messages
            .iter()
            .zip(routes)
            .filter(|(_, route)| **route == Route::Quarantine)
            .map(|(message, _)| {
                let reason = message
                    .reading
                    .quarantine
                    .as_ref()
                    .map(|q| q.reason.clone());
                (message.id, reason.unwrap_or_default())
            })
            .collect();
        if !quarantined.is_empty() {
            quarantine::quarantine_many(&mut tx, self.daemon, &quarantined).await?;
        }
        let waiting = messages.iter().zip(routes);
        let waiting = waiting.filter(|(_, route)| **route == Route::Wait);
        let waiting: Vec<LandedId> = waiting.map(|(message, _)| message.id).collect();
        if !waiting.is_empty() {
            landed::wait_many(&mut tx, self.daemon, &waiting, now + ASK_AGAIN).await?;
        }
        let filed: Vec<LandedId> = kept.iter().map(|(message, _)| message.id).collect();
        landed::file_many(&mut tx, self.daemon, &filed).await?;
        failpoint("triage.filed")?;

        let existing: Vec<CaseId> = kept
            .iter()
            .filter_map(|(_, route)| match route {
                Route::Case(found) => Some(found.case),
                Route::Staff { case, .. } => *case,
                Route::Open { .. } | Route::NoCase | Route::Wait | Route::Quarantine => None,
            })
            .collect();
        let mut locked = cases::lock(&mut tx, &existing).await?;
        // one that was erased since the mail was read isn't there any more either
        locked.retain(|_, one| one.case.erased_at.is_none());
        // a signed address of a case that isn't there any more proves nothing
        let opens = |message: &Read, route: &Route| match route {
            Route::Open { .. } => true,
            Route::Case(found) => {
                message.reading.nature == Nature::Human && !locked.contains_key(&found.case)
            }
            Route::Staff { .. } | Route::NoCase | Route::Wait | Route::Quarantine => false,
        };
        let opening: Vec<(&Read, Option<CaseRef>)> = kept
            .iter()
            .filter(|(message, route)| opens(message, route))
            .map(|(message, route)| match route {
                Route::Open { follows } => (*message, *follows),
                Route::Case(_)
                | Route::Staff { .. }
                | Route::NoCase
                | Route::Wait
                | Route::Quarantine => (*message, None),
            })
            .collect();
        let senders = opening
            .iter()
            .filter_map(|(message, _)| sender(&message.reading));
        let senders: Vec<String> = senders.collect();
        let opened: Vec<LandedId> = opening.iter().map(|(message, _)| message.id).collect();
        let seen = self.seen_before(&mut tx, &kept).await?;
        let by_people = kept.iter().filter(|(message, route)| {
            message.reading.nature == Nature::Human && !matches!(route, Route::Staff { .. })
        });
        let by_people: Vec<&Read> = by_people.map(|(message, _)| *message).collect();
        let most = self.post.told_per_address_per_day;
        let mut written = Written::before(&mut tx, &by_people, most, now).await?;
        let mut changes =
            Changes::new(&mut tx, &self.post, now, locked, senders.into_iter()).await?;
        for (message, route) in &kept {
            match route {
                Route::Case(found) if changes.case(found.case).is_some() => {
                    changes.hush(written.is_beyond(message));
                    self.on_case(&mut changes, message, *found)?;
                    changes.hush(false);
                }
                Route::Staff { case, answers_ours }
                    if case.is_none_or(|case| changes.case(case).is_some()) =>
                {
                    let seen = seen.contains(&message.id);
                    let before = Before {
                        answers_ours: *answers_ours,
                        seen,
                    };
                    self.on_staff(&mut tx, &mut changes, message, *case, before, now)
                        .await?;
                }
                Route::Open { .. } => {}
                Route::Case(_) if opened.contains(&message.id) => {}
                // about a case that isn't there any more
                Route::Staff { .. } => changes.file(Filed {
                    landed: message.id,
                    case: None,
                    matched_by: MatchedBy::ReplyAddress,
                    reading: &message.reading,
                }),
                Route::Case(_) | Route::NoCase | Route::Wait | Route::Quarantine => {
                    changes.file(Filed {
                        landed: message.id,
                        case: None,
                        matched_by: MatchedBy::None,
                        reading: &message.reading,
                    })
                }
            }
        }
        if !opening.is_empty() {
            self.open_cases(&mut tx, &mut changes, &opening, &mut written, now)
                .await?;
        }
        let letters = changes.write(&mut tx).await?;
        written.note(&mut tx, now).await?;
        failpoint("triage.writing")?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        failpoint("triage.written")?;
        for (message, reason) in &quarantined {
            MEASURES.trouble(Alarm::Quarantined);
            warn!(%message, reason, "a message was put in quarantine: see `redress quarantine list`");
        }
        if letters > 0 {
            self.wakes.dispatch.notify_one();
        }
        if !opening.is_empty() || !existing.is_empty() {
            self.wakes.clock.notify_one();
        }
        let filed = kept.len();
        MEASURES.filed.add(filed as u64);
        info!(
            messages = messages.len(),
            opened = opening.len(),
            quarantined = quarantined.len(),
            "messages were read"
        );
        Ok(())
    }

    /// Messages to staff's addresses whose author has sent a mail of that Message-ID before.
    async fn seen_before(
        &self,
        tx: &mut crate::store::Transaction,
        kept: &[(&Read, Route)],
    ) -> Result<Vec<LandedId>, WorkError> {
        let to_staff = kept
            .iter()
            .filter(|(_, route)| matches!(route, Route::Staff { .. }));
        let named: Vec<(LandedId, String, &str)> = to_staff
            .filter_map(|(message, _)| {
                let id = message.reading.message_id.as_deref()?;
                Some((message.id, sender(&message.reading)?, id))
            })
            .collect();
        if named.is_empty() {
            return Ok(vec![]);
        }
        let mails: Vec<(&str, &str)> = named
            .iter()
            .map(|(_, author, id)| (author.as_str(), *id))
            .collect();
        let seen = members::seen_before(tx, &mails).await?;
        let again = named.iter().enumerate().filter(|(place, (_, author, id))| {
            let earlier = mails.iter().take(*place);
            let in_batch = earlier
                .into_iter()
                .any(|mail| *mail == (author.as_str(), *id));
            in_batch || seen.get(*place).copied().unwrap_or(false)
        });
        Ok(again.map(|(_, (landed, _, _))| *landed).collect())
    }

    fn on_case<'a>(
        &self,
        changes: &mut Changes<'a>,
        message: &'a Read,
        found: Found,
    ) -> Result<(), WorkError> {
        let Found {
            case, by, letter, ..
        } = found;
        let reading = &message.reading;
        let customer = changes
            .case(case)
            .and_then(|locked| locked.customer_address.clone());
        let author = match (reading.nature, sender(reading), changes.case(case)) {
            (Nature::Human, Some(sender), _) if customer.as_ref() == Some(&sender) => {
                Author::Customer
            }
            (Nature::Human, Some(sender), Some(locked)) => {
                let sender = TextId::of(&sender);
                if locked.case.addresses.contains(&sender) {
                    Author::Customer
                } else if locked.case.third_parties.get(&sender) == Some(&true) {
                    Author::ThirdParty
                } else {
                    Author::Outsider
                }
            }
            (Nature::Human, _, _) => Author::Outsider,
            (
                Nature::AutoReply
                | Nature::Bounce
                | Nature::MailingList
                | Nature::Report
                | Nature::Own,
                _,
                _,
            ) => Author::Robot,
        };
        let actor = match author {
            Author::Customer => Actor::Customer,
            Author::ThirdParty | Author::Outsider => Actor::Outsider,
            Author::Robot => Actor::Robot,
        };
        let language = changes.case(case).map(|locked| locked.case.language);
        let answers = language.and_then(|language| self.post.composer.answers(language));
        let answers = answers.map(|answers| (answers.yes.as_str(), answers.no.as_str()));
        let wrote = Event::Wrote(Wrote {
            landed: message.id,
            by: author,
            proven: proves(found, reading, changes.case(case)),
            answer: read_answer(&reading.new_text, answers),
            gives: given(&Shown {
                name: None,
                address: false,
                new_text: &reading.new_text,
                files: files(reading),
            }),
        });
        // a mail is never refused: what it can't do it doesn't, and it is filed
        let news = news(message);
        let _ = changes.tell(case, &actor, &wrote, &news)?;
        if let (Some(letter), Some(bounce)) = (letter, &reading.bounce)
            && let Some(failed) = bounce
                .recipients
                .iter()
                .find(|recipient| recipient.permanent)
        {
            let words = failed.diagnostic.clone().or_else(|| failed.status.clone());
            let words = words.unwrap_or_else(|| "returned without a reason".to_owned());
            let event = Event::DeliveryFailed { letter, words };
            let _ = changes.tell(case, &Actor::Redress, &event, &News::default())?;
        }
        changes.file(Filed {
            landed: message.id,
            case: Some(case),
            matched_by: by,
            reading,
        });
        Ok(())
    }

    /// Numbers for so many cases to be opened this year, as the company counts years.
    pub(super) async fn numbers(
        &self,
        tx: &mut crate::store::Transaction,
        how_many: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<(CaseId, CaseRef)>, WorkError> {
        let year = now.with_timezone(&self.time_zone).year();
        let year = u16::try_from(year).unwrap_or(9999);
        Ok(cases::number(tx, year, how_many).await?)
    }

    async fn open_cases<'a>(
        &self,
        tx: &mut crate::store::Transaction,
        changes: &mut Changes<'a>,
        messages: &[(&'a Read, Option<CaseRef>)],
        written: &mut Written,
        now: DateTime<Utc>,
    ) -> Result<(), WorkError> {
        let mut named: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (message, _) in messages {
            if let (Some(address), Some(from)) = (sender(&message.reading), &message.reading.from) {
                let name = named.entry(address).or_default();
                *name = name.take().or_else(|| from.name.clone());
            }
        }
        let customers = parties::customers(tx, &named).await?;
        let ids: Vec<_> = customers.values().copied().collect();
        let open = cases::open_cases_of(tx, &ids).await?;
        let numbers = self.numbers(tx, messages.len(), now).await?;
        let known = self.post.composer.languages();
        let nobody = BTreeSet::new();
        let mut work = if self.post.directory.members().is_empty() {
            HashMap::new()
        } else {
            members::open_work(tx).await?
        };
        for ((message, follows), (id, reference)) in messages.iter().zip(numbers) {
            let reading = &message.reading;
            let address = sender(reading);
            let customer = address
                .as_deref()
                .and_then(|address| Some((*customers.get(address)?, address)));
            let language = reading.language.as_deref();
            let language = language.and_then(|tag| Language::best(tag, known.iter().copied()));
            let complaint = Complaint {
                subject: &reading.subject,
                text: &reading.new_text,
            };
            let alike = open.iter().find(|other| {
                customer.is_some_and(|(id, _)| id == other.customer)
                    && complaint.resembles(&Complaint {
                        subject: &other.subject,
                        text: &other.text,
                    })
            });
            let profile = self.post.profile_of(Some(message.mailbox))?;
            let today = now.with_timezone(&profile.calendar.zone).date_naive();
            let language = language.unwrap_or(self.default_language);
            let handler = self
                .post
                .directory
                .assign(None, language, &nobody, &work, today);
            let handler = handler.map(|member| member.person.clone());
            if let Some(handler) = &handler {
                *work.entry(handler.clone()).or_default() += 1;
            }
            let flood = written.is_beyond(message);
            let event = Event::Received(Received {
                landed: Some(message.id),
                received_at: message.received_at,
                channel: Channel::Email,
                language,
                gives: given(&Shown {
                    name: reading.from.as_ref().and_then(|from| from.name.as_deref()),
                    address: address.is_some(),
                    new_text: &reading.new_text,
                    files: files(reading),
                }),
                follows: *follows,
                assign: handler,
                words: None,
                resembles: alike.map(|other| other.reference),
                flood,
            });
            let quiet = (reading.nature != Nature::Human).then_some(Withheld::Automatic);
            let customer = (customer, &Actor::Customer);
            changes.hush(flood);
            changes.open(
                (id, reference),
                profile,
                &event,
                customer,
                quiet,
                &news(message),
            )?;
            changes.hush(false);
            changes.file(Filed {
                landed: message.id,
                case: Some(id),
                matched_by: MatchedBy::New,
                reading,
            });
        }
        Ok(())
    }
}

/// Whether files came with a mail that aren't part of its layout: small pictures in a signature are.
fn files(reading: &Reading) -> bool {
    const DECORATION: u64 = 10_000;
    let is_file = |file: &Attachment| {
        let picture = file.content_type.starts_with("image/");
        !(file.inline && picture && file.size < DECORATION)
    };
    reading.attachments.iter().any(is_file)
}

/// Whether a mail comes from where the case's customer alone can write: it answers a letter to them, and their domain
/// doesn't say that it is forged. What was written to the customer of one case proves nothing on another's, of which
/// that is a duplicate.
fn proves(found: Found, reading: &Reading, locked: Option<&LockedCase>) -> bool {
    let customer = locked.and_then(|locked| locked.customer);
    found.letter_to.is_some()
        && found.letter_to == customer
        && reading.standing.verdict != Verdict::Failed
}
