//! Intake: bytes go from a mailbox into the database, and nothing else. It never looks into a message.
//!
//! Only what is committed is flagged or moved on the server (promise 1). Every UID that was ever listed
//! ends in a row (promise 2): what can't be fetched is tried alone, and in the end put before staff.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info, warn};

use super::pause::Pauses;
use super::stop::Stop;
use super::{Wakes, WorkError};
use crate::ids::{DaemonId, MailboxId};
use crate::net::imap::{Described, Folder, ImapError, Session, Settings};
use crate::store::Store;
use crate::store::landed::{Content, Landing};
use crate::store::mailboxes::Lease;

/// Most messages and bytes fetched and committed together.
const MOST_MESSAGES: usize = 200;
const MOST_BYTES: u64 = 8_000_000;

/// Most messages described at a time.
const DESCRIBE: usize = 1000;

/// Most bytes of headers kept of a mail over the limit.
const MOST_HEAD: u32 = 262_144;

/// A message that can't be fetched so often is put before staff.
const MOST_FAILURES: u32 = 3;

/// What happens on the server to mail that is safely in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// Give it this keyword.
    Flag(String),
    /// Move it to this folder.
    Move(String),
}

/// Everything that intake needs to know of one mailbox.
#[derive(Debug)]
pub struct Intake {
    pub store: Store,
    pub daemon: DaemonId,
    pub wakes: Wakes,
    pub name: String,
    pub mailbox: MailboxId,
    pub server: Settings,
    pub settle: Settle,
    pub poll_every: Duration,
    pub reconcile_every: Duration,
    pub idle: bool,
    /// Bytes.
    pub max_size: u64,
    pub lease: Duration,
}

/// What is remembered of a mailbox between sessions.
#[derive(Debug, Default)]
struct Memory {
    /// How often each message couldn't be fetched.
    failures: HashMap<u32, u32>,
    /// Fetch one at a time: the last batch failed, and one of it may be at fault.
    careful: bool,
    /// What was being fetched alone when the session ended.
    alone: Option<u32>,
    keywords_refused: bool,
}

/// One session on the open folder.
struct Reader<'a> {
    intake: &'a Intake,
    lease: Lease,
    session: Session,
    folder: Folder,
    memory: &'a mut Memory,
    reconciled: Option<Instant>,
}

impl Intake {
    /// Reads the mailbox until told to stop, or until another daemon has taken it over.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        let Some(lease) = self.take(stop).await? else {
            return Ok(());
        };
        let mut memory = Memory::default();
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(300));
        while !stop.is_requested() {
            let started = Instant::now();
            match self.session(lease, &mut memory, stop).await {
                Ok(()) => {}
                Err(WorkError::Imap(problem)) => {
                    // a session that worked for a while and was then lost is nothing unusual
                    if started.elapsed() > Duration::from_secs(60) {
                        pauses.succeeded();
                    }
                    let pause = pauses.failed();
                    let mailbox = &self.name;
                    warn!(mailbox, %problem, again_in_s = pause.as_secs(), "the mailbox can't be read; mail waits there");
                    stop.sleep(pause).await;
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }

    /// Becomes the mailbox's one reader, once nobody else is.
    async fn take(&self, stop: &Stop) -> Result<Option<Lease>, WorkError> {
        let mut said = false;
        loop {
            if let Some(lease) = self.store.take_mailbox(self.mailbox, self.daemon).await? {
                info!(mailbox = self.name, "this daemon reads the mailbox now");
                return Ok(Some(lease));
            }
            if !said {
                info!(
                    mailbox = self.name,
                    "another daemon reads the mailbox; this one stands by"
                );
                said = true;
            }
            if stop.sleep(self.lease / 4).await {
                return Ok(None);
            }
        }
    }

    async fn session(
        &self,
        lease: Lease,
        memory: &mut Memory,
        stop: &Stop,
    ) -> Result<(), WorkError> {
        let mut session = Session::open(&self.server).await?;
        let folder = session.select().await?;
        if matches!(self.settle, Settle::Move(_)) && !session.capabilities().moves {
            return Err(ImapError::CannotMove.into());
        }
        let progress = self.store.progress(lease).await?;
        let validity = i64::from(folder.uid_validity);
        if progress.uid_validity != validity {
            if progress.uid_validity != 0 {
                warn!(
                    mailbox = self.name,
                    "the folder was rebuilt (new UIDVALIDITY): all of it is read again, known mail is recognised"
                );
            }
            self.store.begin_uid_validity(lease, validity).await?;
            memory.failures.clear();
        }
        let reader = Reader {
            intake: self,
            lease,
            session,
            folder,
            memory,
            reconciled: None,
        };
        reader.read(stop).await
    }
}

impl Reader<'_> {
    async fn read(mut self, stop: &Stop) -> Result<(), WorkError> {
        // what was being fetched alone when the last session broke off is the likely cause
        if let Some(uid) = self.memory.alone.take() {
            *self.memory.failures.entry(uid).or_default() += 1;
        }
        while !stop.is_requested() {
            let due = self
                .reconciled
                .is_none_or(|at| at.elapsed() >= self.intake.reconcile_every);
            if due {
                self.reconcile(stop).await?;
            } else {
                self.new_mail(stop).await?;
            }
            if stop.is_requested() {
                break;
            }
            self.intake.store.polled(self.lease, due).await?;
            let stopped = async { stop.requested().await };
            self.session
                .wait(self.intake.poll_every, self.intake.idle, stopped)
                .await?;
        }
        self.session.close().await;
        Ok(())
    }

    /// Lands what is new since the last UID.
    async fn new_mail(&mut self, stop: &Stop) -> Result<(), WorkError> {
        let progress = self.intake.store.progress(self.lease).await?;
        let first = u32::try_from(progress.landed_up_to)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let uids = self.session.list_from(first).await?;
        self.land_all(&uids, stop).await
    }

    /// Compares the whole folder with the database: lands what is missing, settles what isn't.
    async fn reconcile(&mut self, stop: &Stop) -> Result<(), WorkError> {
        let listed = self.session.list_from(1).await?;
        let store = &self.intake.store;
        let known = store
            .known_uids(self.lease.mailbox, i64::from(self.folder.uid_validity))
            .await?;
        let missing: Vec<u32> = listed
            .iter()
            .copied()
            .filter(|uid| !known.contains_key(uid))
            .collect();
        let unsettled: Vec<u32> = match &self.intake.settle {
            Settle::Flag(keyword) if self.folder.keywords_allowed => {
                self.session.list_without(keyword).await?
            }
            Settle::Flag(_) => vec![],
            Settle::Move(_) => listed,
        };
        let unsettled: Vec<u32> = unsettled
            .into_iter()
            .filter(|uid| known.get(uid).is_some_and(|whole| *whole))
            .collect();
        self.settle(&unsettled).await?;
        self.land_all(&missing, stop).await?;
        if !stop.is_requested() {
            self.reconciled = Some(Instant::now());
        }
        Ok(())
    }

    /// Lands messages, oldest first, in batches. Every UID below them has a row already.
    async fn land_all(&mut self, uids: &[u32], stop: &Stop) -> Result<(), WorkError> {
        let total = uids.len();
        let mut done = 0;
        let mut said = Instant::now();
        for some in uids.chunks(DESCRIBE) {
            let described = self.session.describe(some).await?;
            for batch in self.batches(some, described) {
                if stop.is_requested() {
                    return Ok(());
                }
                let up_to = batch.last().map(|(uid, _)| *uid);
                done += batch.len();
                self.land(batch, up_to).await?;
                if said.elapsed() > Duration::from_secs(10) {
                    info!(mailbox = self.intake.name, done, total, "reading mail");
                    said = Instant::now();
                }
            }
        }
        self.memory.careful = false;
        Ok(())
    }

    /// Messages listed, those described among them, cut into batches.
    fn batches(
        &self,
        listed: &[u32],
        described: Vec<Described>,
    ) -> Vec<Vec<(u32, Option<Described>)>> {
        let mut by_uid: HashMap<u32, Described> =
            described.into_iter().map(|one| (one.uid, one)).collect();
        let mut batches = vec![vec![]];
        let mut bytes = 0;
        for uid in listed {
            let described = by_uid.remove(uid);
            let size = described.as_ref().map_or(0, |one| u64::from(one.size));
            let size = if size > self.intake.max_size {
                u64::from(MOST_HEAD)
            } else {
                size
            };
            let batch = batches.last().map_or(0, Vec::len);
            let full = batch >= MOST_MESSAGES || bytes + size > MOST_BYTES;
            if batch > 0 && (full || self.memory.careful) {
                batches.push(vec![]);
                bytes = 0;
            }
            bytes += size;
            if let Some(batch) = batches.last_mut() {
                batch.push((*uid, described));
            }
        }
        batches.retain(|batch| !batch.is_empty());
        batches
    }

    /// Fetches a batch, commits it, and only then settles it on the server.
    async fn land(
        &mut self,
        batch: Vec<(u32, Option<Described>)>,
        up_to: Option<u32>,
    ) -> Result<(), WorkError> {
        if let [(uid, _)] = batch.as_slice()
            && self.memory.careful
        {
            self.memory.alone = Some(*uid);
        }
        let fetched = self.fetch(batch).await;
        if fetched.is_err() {
            self.memory.careful = true;
        }
        let landings = fetched?;
        self.memory.alone = None;
        let whole: Vec<u32> = landings
            .iter()
            .filter(|landing| matches!(landing.content, Content::Whole(_)))
            .map(|landing| landing.uid)
            .collect();
        let validity = i64::from(self.folder.uid_validity);
        let landed = self
            .intake
            .store
            .land(self.lease, validity, landings, up_to)
            .await?;
        self.intake.wakes.triage.notify_one();
        info!(
            mailbox = self.intake.name,
            messages = landed.new,
            known_before = landed.duplicates,
            "mail has landed"
        );
        self.settle(&whole).await
    }

    async fn fetch(
        &mut self,
        batch: Vec<(u32, Option<Described>)>,
    ) -> Result<Vec<Landing>, ImapError> {
        let mailbox = &self.intake.name;
        let mut landings = Vec::with_capacity(batch.len());
        let mut wanted = Vec::with_capacity(batch.len());
        for (uid, described) in batch {
            match described {
                None => landings.push(vanished(mailbox, uid)),
                Some(one) if u64::from(one.size) > self.intake.max_size => {
                    let limit = crate::config::Size(self.intake.max_size);
                    let size = crate::config::Size(u64::from(one.size));
                    let reason = format!("over the size limit of {limit}: {size}");
                    landings.push(self.part(&one, reason).await?);
                }
                Some(one)
                    if self
                        .memory
                        .failures
                        .get(&uid)
                        .is_some_and(|n| *n >= MOST_FAILURES) =>
                {
                    let reason = format!("the server failed {MOST_FAILURES} times to hand it over");
                    error!(
                        mailbox,
                        uid, reason, "a message can't be fetched; it is put before staff"
                    );
                    let size = u64::from(one.size);
                    let content = Content::Part { head: None, reason };
                    let received_at = one.received_at.map(|at| at.to_utc());
                    landings.push(Landing {
                        uid,
                        size,
                        received_at,
                        content,
                    });
                }
                Some(one) => wanted.push(one),
            }
        }
        let mut bodies: HashMap<u32, Vec<u8>> = self
            .session
            .bodies(&wanted)
            .await?
            .into_iter()
            .map(|body| (body.uid, body.bytes))
            .collect();
        for one in wanted {
            match bodies.remove(&one.uid) {
                Some(bytes) => landings.push(Landing {
                    uid: one.uid,
                    size: u64::from(one.size),
                    received_at: one.received_at.map(|at| at.to_utc()),
                    content: Content::Whole(bytes),
                }),
                // described a moment ago, and not there: gone, or the server is at fault
                None if self.session.describe(&[one.uid]).await?.is_empty() => {
                    landings.push(vanished(mailbox, one.uid));
                }
                None => return Err(ImapError::Garbled { command: "FETCH" }),
            }
        }
        landings.sort_by_key(|landing| landing.uid);
        Ok(landings)
    }

    /// The headers alone of a message that stays on the server.
    async fn part(&mut self, message: &Described, reason: String) -> Result<Landing, ImapError> {
        let head = self.session.head(message.uid, MOST_HEAD).await?;
        Ok(Landing {
            uid: message.uid,
            size: u64::from(message.size),
            received_at: message.received_at.map(|at| at.to_utc()),
            content: Content::Part { head, reason },
        })
    }

    /// Flags or moves what is committed. Where that fails it is made up for at the next comparison.
    async fn settle(&mut self, uids: &[u32]) -> Result<(), WorkError> {
        if uids.is_empty() {
            return Ok(());
        }
        let mailbox = &self.intake.name;
        let settled = match &self.intake.settle {
            Settle::Flag(keyword) if self.folder.keywords_allowed => {
                self.session.flag(uids, keyword).await
            }
            Settle::Flag(_) => {
                if !std::mem::replace(&mut self.memory.keywords_refused, true) {
                    warn!(
                        mailbox,
                        "the server keeps no keywords: mail that has landed isn't marked there"
                    );
                }
                Ok(())
            }
            Settle::Move(folder) => self.session.move_to(uids, folder).await,
        };
        match settled {
            Err(problem @ ImapError::No { .. }) => {
                warn!(mailbox, %problem, "landed mail can't be marked on the server; tried again later");
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

fn vanished(mailbox: &str, uid: u32) -> Landing {
    error!(
        mailbox,
        uid, "a message vanished before it could be read: moved or deleted by somebody"
    );
    Landing {
        uid,
        size: 0,
        received_at: None,
        content: Content::Vanished,
    }
}
