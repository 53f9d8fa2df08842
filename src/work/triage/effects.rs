//! What follows from messages, written in one transaction.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Utc};
use tracing::{info, warn};

use super::route::{Route, sender};
use super::{Read, Triage};
use crate::case::{Author, Event, Received, Withheld};
use crate::ids::{CaseId, LandedId, MailboxId};
use crate::language::Language;
use crate::letter::{Matter, Thread, ToCustomer};
use crate::mail::Nature;
use crate::policy::Letter;
use crate::store::landed;
use crate::store::messages::{Filed, MatchedBy};
use crate::store::{cases, outbox, parties, quarantine};
use crate::work::WorkError;
use crate::work::changes::{Changes, REDRESS};

impl Triage {
    /// One transaction for the effects of all these messages.
    pub(super) async fn write(&self, messages: &[Read], routes: &[Route]) -> Result<(), WorkError> {
        let now = self.store.now().await?;
        let mut tx = self.store.begin().await?;
        let kept: Vec<(&Read, Route)> = messages
            .iter()
            .zip(routes.iter().copied())
            .filter(|(_, route)| *route != Route::Quarantine)
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
        let filed: Vec<LandedId> = kept.iter().map(|(message, _)| message.id).collect();
        landed::file_many(&mut tx, self.daemon, &filed).await?;

        let existing: Vec<CaseId> = kept
            .iter()
            .filter_map(|(_, route)| match route {
                Route::Case { case, .. } => Some(*case),
                Route::Open | Route::NoCase | Route::Quarantine => None,
            })
            .collect();
        let locked = match existing.as_slice() {
            [] => HashMap::new(),
            ids => cases::lock(&mut tx, ids).await?,
        };
        let mut changes = Changes::new(now, locked);
        let mut opening = Vec::new();
        for (message, route) in &kept {
            match route {
                Route::Case { case, by, letter } if changes.case(*case).is_some() => {
                    self.on_case(&mut changes, message, (*case, *by, *letter));
                }
                Route::Open => opening.push(*message),
                // a signed address of a case that isn't there any more proves nothing
                Route::Case { .. } if message.reading.nature == Nature::Human => {
                    opening.push(*message);
                }
                Route::Case { .. } | Route::NoCase | Route::Quarantine => changes.file(Filed {
                    landed: message.id,
                    case: None,
                    matched_by: MatchedBy::None,
                    reading: &message.reading,
                }),
            }
        }
        if !opening.is_empty() {
            self.open_cases(&mut tx, &mut changes, &opening, now)
                .await?;
        }
        changes.write(&mut tx).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        for (message, reason) in &quarantined {
            warn!(%message, reason, "a message was put in quarantine: see `redress quarantine list`");
        }
        if changes.letters_written() > 0 {
            self.wakes.dispatch.notify_one();
        }
        info!(
            messages = messages.len(),
            opened = opening.len(),
            quarantined = quarantined.len(),
            "messages were read"
        );
        Ok(())
    }

    fn on_case<'a>(
        &self,
        changes: &mut Changes<'a>,
        message: &'a Read,
        (case, by, letter): (CaseId, MatchedBy, Option<Letter>),
    ) {
        let reading = &message.reading;
        let customer = changes
            .case(case)
            .and_then(|locked| locked.customer_address.clone());
        let author = match reading.nature {
            Nature::Human if customer.is_some() && sender(reading) == customer => Author::Customer,
            Nature::Human => Author::Other,
            Nature::AutoReply
            | Nature::Bounce
            | Nature::MailingList
            | Nature::Report
            | Nature::Own => Author::Robot,
        };
        let actor = match author {
            Author::Customer => "customer",
            Author::Other => "third party",
            Author::Robot => "robot",
        };
        changes.tell(
            case,
            actor,
            &Event::Wrote {
                landed: message.id,
                by: author,
            },
        );
        if let (Some(letter), Some(bounce)) = (letter, &reading.bounce)
            && let Some(failed) = bounce
                .recipients
                .iter()
                .find(|recipient| recipient.permanent)
        {
            let words = failed.diagnostic.clone().or_else(|| failed.status.clone());
            let words = words.unwrap_or_else(|| "returned without a reason".to_owned());
            changes.tell(case, REDRESS, &Event::DeliveryFailed { letter, words });
        }
        changes.file(Filed {
            landed: message.id,
            case: Some(case),
            matched_by: by,
            reading,
        });
    }

    async fn open_cases<'a>(
        &self,
        tx: &mut crate::store::Transaction,
        changes: &mut Changes<'a>,
        messages: &[&'a Read],
        now: DateTime<Utc>,
    ) -> Result<(), WorkError> {
        let mut named: BTreeMap<String, Option<String>> = BTreeMap::new();
        for message in messages {
            if let (Some(address), Some(from)) = (sender(&message.reading), &message.reading.from) {
                let name = named.entry(address).or_default();
                *name = name.take().or_else(|| from.name.clone());
            }
        }
        let customers = parties::customers(tx, &named).await?;
        let addresses: Vec<&str> = named.keys().map(String::as_str).collect();
        let mut sent = outbox::automatic_mail_of_the_day(tx, &addresses, now).await?;
        let year = now.with_timezone(&self.time_zone).year();
        let year = u16::try_from(year).unwrap_or(9999);
        let numbers = cases::number(tx, year, messages.len()).await?;
        for (message, (id, reference)) in messages.iter().zip(numbers) {
            let reading = &message.reading;
            let address = sender(reading);
            let customer = address
                .as_ref()
                .and_then(|address| customers.get(address))
                .copied();
            let language = reading.language.as_deref();
            let language = language
                .and_then(|tag| Language::best(tag, self.composer.languages().iter().copied()));
            let language = language.unwrap_or(self.default_language);
            let today = address
                .as_ref()
                .map(|address| sent.entry(address.clone()).or_default());
            let withhold = match today {
                None => Some(Withheld::NoAddress),
                Some(_) if reading.nature != Nature::Human => Some(Withheld::Automatic),
                Some(count) if *count >= i64::from(self.per_address_per_day) => {
                    Some(Withheld::DailyLimit)
                }
                Some(count) => {
                    *count += 1;
                    None
                }
            };
            let event = Event::Received(Received {
                landed: message.id,
                language,
                withhold,
            });
            let letters = changes.open((id, reference), &event, customer, message.received_at);
            for letter in letters {
                let (Some(customer), Some(from)) = (customer, &reading.from) else {
                    continue;
                };
                let mail = self.composer.write(&ToCustomer {
                    letter,
                    from: self.address_of(message.mailbox),
                    case: id,
                    matter: Matter::new(reference, language, message.received_at),
                    customer,
                    address: from.address.clone(),
                    thread: Thread {
                        message_id: reading.message_id.clone(),
                        references: reading.references.clone(),
                    },
                    token: self.random.token()?,
                    now,
                    zone: None,
                })?;
                changes.letter(id, letter, mail);
            }
            let matched_by = MatchedBy::New;
            changes.file(Filed {
                landed: message.id,
                case: Some(id),
                matched_by,
                reading,
            });
        }
        Ok(())
    }

    fn address_of(&self, mailbox: MailboxId) -> String {
        let own = self
            .mailboxes
            .iter()
            .find(|own| own.id == mailbox)
            .or(self.mailboxes.first());
        own.map(|own| own.address.clone()).unwrap_or_default()
    }
}
