//! One session on an open folder: what is new lands, and what has landed is settled.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info, warn};

use super::{Intake, Settle};
use crate::alarm::Alarm;
use crate::failpoint::failpoint;
use crate::measures::MEASURES;
use crate::net::imap::{Described, Folder, ImapError, Session};
use crate::store::landed::{Content, Landing};
use crate::store::mailboxes::Lease;
use crate::work::WorkError;
use crate::work::stop::Stop;

/// Most messages and bytes fetched and committed together.
const MOST_MESSAGES: usize = 200;
const MOST_BYTES: u64 = 2_000_000;

/// Most messages described at a time.
const DESCRIBE: usize = 1000;

/// Most bytes of headers kept of a mail over the limit.
const MOST_HEAD: u32 = 262_144;

/// A message that can't be fetched so often is put before staff.
const MOST_FAILURES: u32 = 3;

/// What is remembered of a mailbox between sessions.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Messages that couldn't be described or fetched alone, and how often that was their own fault.
    failures: HashMap<u32, u32>,
    /// Those of which not even size and date can be had.
    undescribed: HashSet<u32>,
    /// Describe and fetch one at a time: the last batch failed, and one of it may be at fault.
    careful: bool,
    keywords_refused: bool,
}

impl Memory {
    /// Whether the server has failed so often to hand it over that it goes before staff without its bytes.
    fn is_given_up(&self, uid: u32) -> bool {
        self.failures.get(&uid).is_some_and(|n| *n >= MOST_FAILURES)
    }

    /// Whether nothing at all of it can be had, so that it isn't asked for any more.
    fn is_beyond_describing(&self, uid: u32) -> bool {
        self.is_given_up(uid) && self.undescribed.contains(&uid)
    }

    /// UIDs mean other messages from now on.
    pub(super) fn forget_messages(&mut self) {
        self.failures.clear();
        self.undescribed.clear();
    }
}

/// One session on the open folder.
pub(super) struct Reader<'a> {
    intake: &'a Intake,
    lease: Lease,
    session: Session,
    folder: Folder,
    memory: &'a mut Memory,
    reconciled: Option<Instant>,
    /// The server has handed over a message in this session.
    came: bool,
}

/// A batch fetched, and not yet committed.
struct Fetched {
    landings: Vec<Landing>,
    /// Every UID up to this one has a row once the batch is committed.
    up_to: Option<u32>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        intake: &'a Intake,
        lease: Lease,
        session: Session,
        folder: Folder,
        memory: &'a mut Memory,
    ) -> Reader<'a> {
        Reader {
            intake,
            lease,
            session,
            folder,
            memory,
            reconciled: None,
            came: false,
        }
    }

    /// Reads until told to stop.
    pub(super) async fn read(mut self, stop: &Stop) -> Result<(), WorkError> {
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
            let polled = self.intake.store.polled(self.lease, due);
            self.intake.store.answered(polled).await?;
            failpoint("intake.polled")?;
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
        let store = &self.intake.store;
        let progress = store.answered(store.progress(self.lease)).await?;
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
        let known = store.known_uids(self.lease.mailbox, self.validity());
        let known = store.answered(known).await?;
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
            failpoint("intake.reconciled")?;
            self.reconciled = Some(Instant::now());
        }
        Ok(())
    }

    /// Lands messages, oldest first, in batches: the database takes one while the server sends the next. Those that
    /// couldn't be fetched alone come last, so that they hold up no other.
    /// Every UID below them has a row already.
    async fn land_all(&mut self, uids: &[u32], stop: &Stop) -> Result<(), WorkError> {
        let total = uids.len();
        let mut uids = uids.to_vec();
        uids.sort_by_key(|uid| (self.memory.failures.get(uid).copied(), *uid));
        let in_order = uids.is_sorted();
        let mut done = 0;
        let mut said = Instant::now();
        let mut fetched: Option<Fetched> = None;
        let at_a_time = if self.memory.careful { 1 } else { DESCRIBE };
        for some in uids.chunks(at_a_time) {
            failpoint("intake.listed")?;
            let mut ascending = some.to_vec();
            ascending.sort_unstable();
            let described = match self.describe(&ascending).await {
                Ok(described) => described,
                Err(problem) => {
                    // what was fetched before it isn't held up
                    commit(self.intake, self.lease, self.validity(), fetched).await?;
                    return Err(problem.into());
                }
            };
            failpoint("intake.described")?;
            for batch in self.batches(some, described) {
                if stop.is_requested() {
                    break;
                }
                let (intake, lease, validity) = (self.intake, self.lease, self.validity());
                let (landed, next) = tokio::join!(
                    commit(intake, lease, validity, fetched.take()),
                    self.fetch(batch)
                );
                let (landed, landings) = (landed?, next?);
                failpoint("intake.fetched")?;
                self.settle(&landed).await?;
                done += landed.len();
                let up_to = landings.last().map(|landing| landing.uid);
                fetched = Some(Fetched {
                    landings,
                    up_to: up_to.filter(|_| in_order),
                });
                if said.elapsed() > Duration::from_secs(10) {
                    info!(mailbox = self.intake.name, done, total, "reading mail");
                    said = Instant::now();
                }
            }
        }
        if let Some(last) = &mut fetched
            && !stop.is_requested()
        {
            last.up_to = uids.iter().copied().max();
        }
        let landed = commit(self.intake, self.lease, self.validity(), fetched).await?;
        self.settle(&landed).await?;
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

    /// Sizes and dates of messages; not of one that is given up, and of which they can't be had.
    async fn describe(&mut self, uids: &[u32]) -> Result<Vec<Described>, ImapError> {
        let alone = match uids {
            [uid] if self.memory.careful => Some(*uid),
            _ => None,
        };
        if alone.is_some_and(|uid| self.memory.is_beyond_describing(uid)) {
            return Ok(vec![]);
        }
        let described = self.session.describe(uids).await;
        if let Err(problem) = &described {
            self.blame(alone, problem);
            self.memory.undescribed.extend(alone);
        }
        described
    }

    /// Where a batch fails, the next attempt is at one message at a time; where one fails alone, it is at fault, unless
    /// it may be the server that hands over nothing at all.
    fn blame(&mut self, alone: Option<u32>, problem: &ImapError) {
        self.memory.careful = true;
        if let Some(uid) = alone {
            let own_fault = self.came || !problem.may_be_the_servers();
            *self.memory.failures.entry(uid).or_default() += u32::from(own_fault);
        }
    }

    /// Fetches a batch.
    async fn fetch(
        &mut self,
        batch: Vec<(u32, Option<Described>)>,
    ) -> Result<Vec<Landing>, ImapError> {
        let alone = match batch.as_slice() {
            [(uid, _)] if self.memory.careful => Some(*uid),
            _ => None,
        };
        let brought = self.bring(batch).await;
        match &brought {
            Ok(landings) => {
                let whole = |landing: &Landing| matches!(landing.content, Content::Whole(_));
                self.came |= landings.iter().any(whole);
                if let Some(uid) = alone {
                    self.memory.failures.remove(&uid);
                    self.memory.undescribed.remove(&uid);
                }
            }
            Err(problem) => self.blame(alone, problem),
        }
        brought
    }

    fn validity(&self) -> i64 {
        i64::from(self.folder.uid_validity)
    }

    async fn bring(
        &mut self,
        batch: Vec<(u32, Option<Described>)>,
    ) -> Result<Vec<Landing>, ImapError> {
        let mailbox = &self.intake.name;
        let mut landings = Vec::with_capacity(batch.len());
        let mut wanted = Vec::with_capacity(batch.len());
        for (uid, described) in batch {
            let given_up = match described {
                Some(_) => self.memory.is_given_up(uid),
                None => self.memory.is_beyond_describing(uid),
            };
            match described {
                described if given_up => landings.push(self.given_up(uid, described.as_ref())),
                None => landings.push(vanished(mailbox, uid)),
                Some(one) if u64::from(one.size) > self.intake.max_size => {
                    let limit = crate::config::Size(self.intake.max_size);
                    let size = crate::config::Size(u64::from(one.size));
                    let reason = format!("over the size limit of {limit}: {size}");
                    MEASURES.trouble(Alarm::Quarantined);
                    landings.push(self.part(&one, reason).await?);
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
                    marked: self.marked(&one),
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

    /// Whether the server keeps our mark with a message; `None` where it keeps none.
    fn marked(&self, message: &Described) -> Option<bool> {
        match &self.intake.settle {
            Settle::Flag(keyword) if self.folder.keywords_allowed => {
                Some(message.has_keyword(keyword))
            }
            Settle::Flag(_) | Settle::Move(_) => None,
        }
    }

    /// One that the server fails to hand over, with what it says of it.
    fn given_up(&self, uid: u32, described: Option<&Described>) -> Landing {
        let mailbox = &self.intake.name;
        let reason = format!("the server failed {MOST_FAILURES} times to hand it over");
        MEASURES.trouble(Alarm::Quarantined);
        error!(
            mailbox,
            uid, reason, "a message can't be fetched; it is put before staff"
        );
        Landing {
            uid,
            size: described.map_or(0, |one| u64::from(one.size)),
            received_at: described.and_then(|one| Some(one.received_at?.to_utc())),
            marked: described.and_then(|one| self.marked(one)),
            content: Content::Part { head: None, reason },
        }
    }

    /// The headers alone of a message that stays on the server.
    async fn part(&mut self, message: &Described, reason: String) -> Result<Landing, ImapError> {
        let head = self.session.head(message.uid, MOST_HEAD).await?;
        Ok(Landing {
            uid: message.uid,
            size: u64::from(message.size),
            received_at: message.received_at.map(|at| at.to_utc()),
            marked: self.marked(message),
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
            other => {
                other?;
                Ok(failpoint("intake.settled")?)
            }
        }
    }
}

fn vanished(mailbox: &str, uid: u32) -> Landing {
    MEASURES.trouble(Alarm::Vanished);
    error!(
        mailbox,
        uid, "a message vanished before it could be read: moved or deleted by somebody"
    );
    Landing {
        uid,
        size: 0,
        received_at: None,
        marked: None,
        content: Content::Vanished,
    }
}

/// Commits what was fetched, and wakes triage; the UIDs that may be settled on the server now (promise 1).
async fn commit(
    intake: &Intake,
    lease: Lease,
    validity: i64,
    fetched: Option<Fetched>,
) -> Result<Vec<u32>, WorkError> {
    let Some(Fetched { landings, up_to }) = fetched else {
        return Ok(vec![]);
    };
    let whole = landings
        .iter()
        .filter(|landing| matches!(landing.content, Content::Whole(_)))
        .map(|landing| landing.uid)
        .collect();
    let landed = intake.store.land(lease, validity, landings, up_to);
    let landed = intake.store.answered(landed).await?;
    failpoint("intake.landed")?;
    intake.wakes.triage.notify_one();
    if let Some(restored) = landed.restored {
        MEASURES.trouble(Alarm::Restored);
        error!(
            mailbox = intake.name,
            backup_at = restored.backup_at.map(tracing::field::display),
            mails = restored.mails,
            "this database is older than what the mailbox says it has read: a backup was restored. Mail of ours that may have been sent since is marked: see `redress outbox list --uncertain`"
        );
    }
    MEASURES.landed.add(landed.new);
    MEASURES.known_before.add(landed.duplicates);
    info!(
        mailbox = intake.name,
        messages = landed.new,
        known_before = landed.duplicates,
        "mail has landed"
    );
    Ok(whole)
}
