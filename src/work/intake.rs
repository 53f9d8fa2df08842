//! Intake: bytes go from a mailbox into the database, and nothing else. It never looks into a message.
//!
//! Only what is committed is flagged or moved on the server (promise 1). Every UID that was ever listed
//! ends in a row (promise 2): what can't be fetched is tried alone, and in the end put before staff. A server that
//! hands over nothing at all is waited for.

mod reader;

use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use self::reader::{Memory, Reader};
use super::pause::Pauses;
use super::stop::Stop;
use super::{Wakes, WorkError};
use crate::alarm::Alarm;
use crate::failpoint::failpoint;
use crate::ids::{DaemonId, MailboxId};
use crate::measures::MEASURES;
use crate::net::imap::{ImapError, Session, Settings};
use crate::store::Store;
use crate::store::mailboxes::Lease;

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
                    if matches!(problem, ImapError::Login { .. }) {
                        MEASURES.trouble(Alarm::LoginRefused);
                    }
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
            let taken = self.store.take_mailbox(self.mailbox, self.daemon);
            if let Some(lease) = self.store.answered(taken).await? {
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
        let progress = self.store.answered(self.store.progress(lease)).await?;
        let validity = i64::from(folder.uid_validity);
        if progress.uid_validity != validity {
            if progress.uid_validity != 0 {
                warn!(
                    mailbox = self.name,
                    "the folder was rebuilt (new UIDVALIDITY): all of it is read again, known mail is recognised"
                );
            }
            let begun = self.store.begin_uid_validity(lease, validity);
            self.store.answered(begun).await?;
            memory.forget_messages();
        }
        failpoint("intake.opened")?;
        Reader::new(self, lease, session, folder, memory)
            .read(stop)
            .await
    }
}
