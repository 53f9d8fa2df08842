//! Triage: what has landed is read, matched to a case and decided on; many messages in one transaction.
//!
//! Attempts are counted before anything looks at a message (promise 7). A batch that fails is given back,
//! and its messages come again one by one, so that the one at fault harms no other.

mod actions;
mod carry_out;
mod confirm;
mod desk;
mod doubts;
mod effects;
mod excused;
mod floods;
mod news;
mod route;
mod staff;
mod standing;

pub use confirm::Confirm;
pub use excused::Excused;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tokio::time::Instant;
use tracing::{error, warn};

use super::changes::Changes;
use super::post::Post;
use super::stop::Stop;
use super::to_staff::News;
use super::{Wakes, WorkError};
use crate::alarm::Alarm;
use crate::case::{Actor, Event};
use crate::failpoint::failpoint;
use crate::ids::{CaseId, DaemonId, LandedId, MailboxId, OutboxId};
use crate::language::Language;
use crate::letter::ReplyAddresses;
use crate::mail::{self, Reading};
use crate::measures::MEASURES;
use crate::net::dns::Dns;
use crate::staff::proof::Rules;
use crate::store::landed::Claimed;
use crate::store::outbox::{self, OutboxState};
use crate::store::{Store, cases};

/// Most bytes claimed at a time: bounds memory, since a mail in memory is several times its size.
const MOST_BYTES: u64 = 2_000_000;

/// Most mails of ours whose end is told to their cases in one transaction.
const MOST_TOLD: u32 = 500;

/// Longest time that a batch may take to be read (promise 11: any message within 10 s).
const LONGEST_READING: Duration = Duration::from_secs(20);

/// Longest time between looks at the queue, were nobody to wake us.
const POLL: Duration = Duration::from_secs(2);

/// Everything that triage needs to know.
#[derive(Debug)]
pub struct Triage {
    pub store: Store,
    pub daemon: DaemonId,
    pub wakes: Wakes,
    pub post: Arc<Post>,
    pub reply_addresses: Option<ReplyAddresses>,
    /// What is asked of mail by staff.
    pub rules: Rules,
    /// What is shown to whoever orders it before it is done.
    pub confirm: Confirm,
    /// Where the keys of signatures are looked up; `None`: they aren't checked.
    pub dns: Option<Dns>,
    /// Addresses of the mailboxes in lower case.
    pub own_addresses: Vec<String>,
    pub default_language: Language,
    pub time_zone: Tz,
    /// Most messages at a time.
    pub batch: u16,
    /// A message that fails so often is quarantined.
    pub attempts: i32,
    /// Messages whose attempts the database broke off.
    pub excused: Excused,
}

/// A message read, and where it belongs.
#[derive(Debug)]
struct Read {
    id: LandedId,
    mailbox: MailboxId,
    received_at: DateTime<Utc>,
    released: bool,
    reading: Reading,
    /// The raw message where its files may be passed on to staff; else empty.
    raw: Vec<u8>,
}
impl Triage {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        let excused = self.excused.waiting();
        let given_back = self.store.give_back_excused(self.daemon, &excused);
        self.store.answered(given_back).await?;
        self.excused.given_back();
        while !stop.is_requested() {
            if !self.store.answered(self.round()).await? {
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
        let waiting = self.store.waiting().await?;
        let mut told = 0;
        if waiting.doubts {
            told += self.tell_doubts().await?;
        }
        if waiting.ends {
            told += self.tell_ends().await?;
        }
        if waiting.orders {
            told += self.do_due().await?;
        }
        if waiting.floods {
            told += self.tell_floods().await?;
        }
        if !waiting.messages {
            return Ok(told > 0);
        }
        let fresh = self
            .store
            .claim_fresh(self.daemon, self.batch, MOST_BYTES)
            .await?;
        if !fresh.is_empty() {
            let (count, begun) = (fresh.len(), Instant::now());
            let ids: Vec<LandedId> = fresh.iter().map(|message| message.id).collect();
            failpoint("triage.claimed")?;
            if let Err(problem) = self.process(fresh).await {
                if problem.is_transient() || problem.is_fenced() {
                    self.excused.excuse(&ids);
                    return Err(problem);
                }
                warn!(messages = count, %problem, "a batch failed; its messages are tried one by one");
                failpoint("triage.failed")?;
                self.store.give_back(self.daemon).await?;
                failpoint("triage.given_back")?;
            }
            MEASURES.triage.note(begun.elapsed());
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
        failpoint("triage.suspected")?;
        if attempts > self.attempts {
            return self
                .give_up(id, "reading it ended the program several times")
                .await;
        }
        let Err(problem) = self.process(vec![suspect]).await else {
            self.excused.forget(id);
            return Ok(());
        };
        if problem.is_transient() || problem.is_fenced() {
            self.excused.excuse(&[id]);
            return Err(problem);
        }
        if attempts >= self.attempts {
            return self
                .give_up(id, &format!("it failed {attempts} times: {problem}"))
                .await;
        }
        warn!(landed = %id, attempts, %problem, "a message failed; it will be tried again");
        self.store.give_back(self.daemon).await?;
        Ok(())
    }

    async fn give_up(&self, id: LandedId, reason: &str) -> Result<(), WorkError> {
        MEASURES.trouble(Alarm::Quarantined);
        error!(landed = %id, reason, "a message was put in quarantine: see `redress quarantine list`");
        failpoint("triage.giving_up")?;
        self.store.quarantine(self.daemon, id, reason).await?;
        Ok(failpoint("triage.quarantined")?)
    }

    /// Reads, matches, decides and writes. What a database that is gone has read before is written by itself, since
    /// it may have been answered before.
    async fn process(&self, claimed: Vec<Claimed>) -> Result<(), WorkError> {
        let (before, new): (Vec<Claimed>, Vec<Claimed>) =
            claimed.into_iter().partition(|message| message.read_before);
        for (messages, again) in [(before, true), (new, false)] {
            if !messages.is_empty() {
                self.process_some(messages, again).await?;
            }
        }
        Ok(())
    }

    async fn process_some(&self, claimed: Vec<Claimed>, again: bool) -> Result<(), WorkError> {
        let own = self.own_addresses.clone();
        let mailboxes = self.post.mailboxes.clone();
        let staffed = !self.post.directory.members().is_empty();
        let reading = tokio::task::spawn_blocking(move || {
            let read = |message: Claimed| {
                let mailbox = mailboxes.iter().find(|own| own.id == message.mailbox);
                let context = mail::Context {
                    own_addresses: &own,
                    authserv_ids: mailbox.map_or(&[], |own| own.authserv_ids.as_slice()),
                };
                let reading = mail::read(&message.bytes, &context);
                let raw = if staffed && !reading.attachments.is_empty() {
                    message.bytes
                } else {
                    vec![]
                };
                Read {
                    id: message.id,
                    mailbox: message.mailbox,
                    received_at: message.received_at,
                    released: message.released,
                    reading,
                    raw,
                }
            };
            claimed.into_iter().map(read).collect::<Vec<Read>>()
        });
        let what = "reading a message";
        // a thread can't be stopped; one that goes on too long is left behind, and its message put aside
        let mut read = tokio::time::timeout(LONGEST_READING, reading)
            .await
            .map_err(|_| WorkError::Slow {
                what,
                seconds: LONGEST_READING.as_secs(),
            })?
            .map_err(|_| WorkError::Panicked { what })?;
        failpoint("triage.read")?;
        self.settle(&mut read).await;
        let now = self.store.now().await?;
        let routes = self.routes(&read, now).await?;
        failpoint("triage.routed")?;
        self.write(&read, &routes, now, again).await
    }
    /// Tells cases what became of their letters; how many.
    async fn tell_ends(&self) -> Result<usize, WorkError> {
        let mut tx = self.store.begin().await?;
        let ended = outbox::untold(&mut tx, MOST_TOLD).await?;
        if ended.is_empty() {
            return Ok(0);
        }
        let now = self.store.now().await?;
        let ids: Vec<CaseId> = ended.iter().filter_map(|mail| mail.case).collect();
        let locked = cases::lock(&mut tx, &ids).await?;
        let mut changes =
            Changes::new(&mut tx, &self.post, now, locked, std::iter::empty()).await?;
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
                let _ = changes.tell(case, &Actor::Redress, &event, &News::default())?;
            }
        }
        let letters = changes.write(&mut tx).await?;
        let told: Vec<OutboxId> = ended.iter().map(|mail| mail.id).collect();
        outbox::told(&mut tx, &told).await?;
        failpoint("triage.telling")?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        failpoint("triage.told")?;
        if letters > 0 {
            self.wakes.dispatch.notify_one();
        }
        self.wakes.clock.notify_one();
        Ok(told.len())
    }
}
