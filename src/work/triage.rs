//! Triage: what has landed is read, matched to a case and decided on; many messages in one transaction.
//!
//! Attempts are counted before anything looks at a message (promise 7). A batch that fails is given back,
//! and its messages come again one by one, so that the one at fault harms no other.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use tracing::{error, info, warn};

use super::changes::{Changes, REDRESS};
use super::stop::Stop;
use super::{Wakes, WorkError};
use crate::case::{Author, CaseRef, Event, Language, Letter, Received, Withheld};
use crate::ids::{CaseId, DaemonId, LandedId, MailboxId, OutboxId};
use crate::letter::{Audience, Composer, ReplyAddresses, Thread, ToCustomer};
use crate::mail::{self, Nature, Reading};
use crate::random::Random;
use crate::store::landed::{self, Claimed};
use crate::store::messages::{Filed, MatchedBy};
use crate::store::outbox::{self, OutboxState};
use crate::store::{Store, cases, parties};

/// Most bytes claimed at a time: bounds memory, since a mail in memory is several times its size.
const MOST_BYTES: u64 = 4_000_000;

/// Most mails of ours whose end is told to their cases in one transaction.
const MOST_TOLD: u32 = 500;

/// Longest time between looks at the queue, were nobody to wake us.
const POLL: Duration = Duration::from_secs(2);

/// A mailbox of ours.
#[derive(Debug, Clone)]
pub struct OwnMailbox {
    pub id: MailboxId,
    pub address: String,
}

/// Everything that triage needs to know.
#[derive(Debug)]
pub struct Triage {
    pub store: Store,
    pub daemon: DaemonId,
    pub wakes: Wakes,
    pub random: Random,
    pub composer: Composer,
    pub reply_addresses: Option<ReplyAddresses>,
    pub mailboxes: Vec<OwnMailbox>,
    /// Addresses of the mailboxes in lower case.
    pub own_addresses: Vec<String>,
    pub default_language: Language,
    pub time_zone: Tz,
    /// Most messages at a time.
    pub batch: u16,
    /// A message that fails so often is quarantined.
    pub attempts: i32,
    /// Most automatic mails to one address in 24 hours.
    pub per_address_per_day: u32,
}

/// A message read, and where it belongs.
#[derive(Debug)]
struct Read {
    id: LandedId,
    mailbox: MailboxId,
    received_at: DateTime<Utc>,
    released: bool,
    reading: Reading,
}

/// Where a message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Open,
    Case {
        case: CaseId,
        by: MatchedBy,
        letter: Option<Letter>,
    },
    NoCase,
    Quarantine,
}

impl Triage {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        self.store.give_back(self.daemon).await?;
        while !stop.is_requested() {
            if !self.round().await? {
                tokio::select! {
                    () = self.wakes.triage.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.requested() => {}
                }
            }
        }
        Ok(())
    }

    /// One round over what is there; whether there was anything.
    pub async fn round(&self) -> Result<bool, WorkError> {
        let told = self.tell_ends().await?;
        let fresh = self
            .store
            .claim_fresh(self.daemon, self.batch, MOST_BYTES)
            .await?;
        if !fresh.is_empty() {
            let count = fresh.len();
            if let Err(problem) = self.process(fresh).await {
                if problem.is_transient() || problem.is_fenced() {
                    return Err(problem);
                }
                warn!(messages = count, %problem, "a batch failed; its messages are tried one by one");
                self.store.give_back(self.daemon).await?;
            }
            return Ok(true);
        }
        let Some(suspect) = self.store.claim_suspect(self.daemon).await? else {
            return Ok(told > 0);
        };
        self.suspect(suspect).await?;
        Ok(true)
    }

    /// One message that was tried before.
    async fn suspect(&self, suspect: Claimed) -> Result<(), WorkError> {
        let (id, attempts) = (suspect.id, suspect.attempts);
        if attempts > self.attempts {
            return self
                .give_up(id, "reading it ended the program several times")
                .await;
        }
        let Err(problem) = self.process(vec![suspect]).await else {
            return Ok(());
        };
        if problem.is_transient() || problem.is_fenced() {
            return Err(problem);
        }
        if attempts >= self.attempts {
            return self
                .give_up(id, &format!("it failed {attempts} times: {problem}"))
                .await;
        }
        warn!(message = %id, attempts, %problem, "a message failed; it will be tried again");
        self.store.give_back(self.daemon).await?;
        Ok(())
    }

    async fn give_up(&self, id: LandedId, reason: &str) -> Result<(), WorkError> {
        error!(message = %id, reason, "a message was put in quarantine: see `redress quarantine list`");
        self.store.quarantine(self.daemon, id, reason).await?;
        Ok(())
    }

    /// Reads, matches, decides and writes.
    async fn process(&self, claimed: Vec<Claimed>) -> Result<(), WorkError> {
        let own = self.own_addresses.clone();
        let read = tokio::task::spawn_blocking(move || {
            let context = mail::Context {
                own_addresses: &own,
            };
            let read = |message: Claimed| Read {
                id: message.id,
                mailbox: message.mailbox,
                received_at: message.received_at,
                released: message.released,
                reading: mail::read(&message.bytes, &context),
            };
            claimed.into_iter().map(read).collect::<Vec<Read>>()
        })
        .await
        .map_err(|_| WorkError::Panicked {
            what: "reading a message",
        })?;
        let routes = self.routes(&read).await?;
        self.write(&read, &routes).await
    }

    /// Where each message belongs: by a signed address it was sent to, a Message-ID of ours that it
    /// answers, or the reference in its subject where its sender is that case's customer.
    async fn routes(&self, messages: &[Read]) -> Result<Vec<Route>, WorkError> {
        let mut ids: Vec<&str> = Vec::new();
        let mut references: Vec<CaseRef> = Vec::new();
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
        let by_id = match ids.as_slice() {
            [] => HashMap::new(),
            ids => self.store.cases_by_message_id(ids).await?,
        };
        let by_reference = match references.as_slice() {
            [] => HashMap::new(),
            references => self.store.cases_by_reference(references).await?,
        };
        Ok(messages
            .iter()
            .map(|one| self.route(one, &by_id, &by_reference))
            .collect())
    }

    fn route(
        &self,
        message: &Read,
        by_id: &HashMap<String, (CaseId, Letter)>,
        by_reference: &HashMap<String, (CaseId, Option<String>)>,
    ) -> Route {
        let reading = &message.reading;
        if reading.quarantine.is_some() && !message.released {
            return Route::Quarantine;
        }
        let bounced = reading
            .bounce
            .as_ref()
            .and_then(|b| b.original_message_id.as_ref());
        if let Some((case, letter)) = bounced.and_then(|id| by_id.get(id)) {
            return Route::Case {
                case: *case,
                by: MatchedBy::Bounce,
                letter: Some(*letter),
            };
        }
        if let Some((case, audience)) = self.signed_address(reading) {
            let letter = (audience == Audience::Bounce && reading.nature == Nature::Bounce)
                .then_some(Letter::Acknowledgement);
            let by = if letter.is_some() {
                MatchedBy::Bounce
            } else {
                MatchedBy::ReplyAddress
            };
            return Route::Case { case, by, letter };
        }
        // the latest answered first
        let answered = reading
            .in_reply_to
            .iter()
            .chain(reading.references.iter().rev());
        if let Some((case, _)) = answered.filter_map(|id| by_id.get(id)).next() {
            return Route::Case {
                case: *case,
                by: MatchedBy::MessageId,
                letter: None,
            };
        }
        if reading.nature == Nature::Human
            && let Some(reference) = CaseRef::find(&reading.subject)
            && let Some((case, Some(customer))) = by_reference.get(&reference.to_string())
            && sender(reading).as_ref() == Some(customer)
        {
            return Route::Case {
                case: *case,
                by: MatchedBy::Reference,
                letter: None,
            };
        }
        if reading.nature == Nature::Human || message.released {
            Route::Open
        } else {
            Route::NoCase
        }
    }

    fn signed_address(&self, reading: &Reading) -> Option<(CaseId, Audience)> {
        let keys = self.reply_addresses.as_ref()?;
        let written = reading.to.iter().chain(&reading.cc).map(|to| &to.address);
        reading
            .delivered_to
            .iter()
            .chain(written)
            .find_map(|address| {
                let signed = self
                    .own_addresses
                    .iter()
                    .find_map(|own| keys.prove(own, address))?;
                Some((signed.case, signed.audience))
            })
    }

    /// One transaction for the effects of all these messages.
    async fn write(&self, messages: &[Read], routes: &[Route]) -> Result<(), WorkError> {
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
            landed::quarantine_many(&mut tx, self.daemon, &quarantined).await?;
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
            let language = reading.language.as_deref().and_then(Language::from_tag);
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
                    reference,
                    language,
                    received_at: message.received_at,
                    customer,
                    address: from.address.clone(),
                    thread: Thread {
                        message_id: reading.message_id.clone(),
                        references: reading.references.clone(),
                    },
                    token: self.random.token()?,
                    now,
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

    /// Tells cases what became of their letters; how many.
    async fn tell_ends(&self) -> Result<usize, WorkError> {
        let now = self.store.now().await?;
        let mut tx = self.store.begin().await?;
        let ended = outbox::untold(&mut tx, MOST_TOLD).await?;
        if ended.is_empty() {
            return Ok(0);
        }
        let ids: Vec<CaseId> = ended.iter().filter_map(|mail| mail.case).collect();
        let mut changes = Changes::new(now, cases::lock(&mut tx, &ids).await?);
        for mail in &ended {
            let letter = mail.letter;
            let event = match mail.state {
                OutboxState::Sent => Event::Delivered { letter },
                OutboxState::Cancelled => Event::Cancelled { letter },
                OutboxState::Failed | OutboxState::Queued | OutboxState::Sending => {
                    Event::DeliveryFailed {
                        letter,
                        words: mail.reply.clone(),
                    }
                }
            };
            if let Some(case) = mail.case {
                changes.tell(case, REDRESS, &event);
            }
        }
        changes.write(&mut tx).await?;
        let told: Vec<OutboxId> = ended.iter().map(|mail| mail.id).collect();
        outbox::told(&mut tx, &told).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        Ok(told.len())
    }
}

/// Whose mail it is: the author's address in lower case.
fn sender(reading: &Reading) -> Option<String> {
    reading
        .from
        .as_ref()
        .map(|from| from.address.to_lowercase())
}
