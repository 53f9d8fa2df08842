//! Watched folders: who reads each, and how far.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction};
use crate::ids::{DaemonId, MailboxId};

/// The right to read a mailbox. Every write of the reader proves it (a fencing epoch), so that one who
/// was thought dead and woke up again writes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub mailbox: MailboxId,
    pub daemon: DaemonId,
    pub epoch: i64,
}

/// How far a mailbox has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// 0 before the folder was ever opened.
    pub uid_validity: i64,
    /// Every UID up to this one has a row.
    pub landed_up_to: i64,
}

/// How a mailbox is doing.
#[derive(Debug, Clone)]
pub struct MailboxState {
    pub name: String,
    pub reader: Option<String>,
    pub last_poll_at: Option<DateTime<Utc>>,
    pub reconciled_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The mailbox of this name, registered where it is new.
    pub async fn mailbox(&self, name: &str) -> Result<MailboxId, StoreError> {
        let id = sqlx::query_scalar!(
            "insert into mailbox (name) values ($1)
             on conflict (name) do update set name = excluded.name
             returning id",
            name
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(MailboxId(id))
    }

    /// Takes a mailbox that nobody reads who lives. `None` where somebody does, or where this daemon was buried
    /// meanwhile: what it took then, nobody would ever take from it.
    pub async fn take_mailbox(
        &self,
        mailbox: MailboxId,
        daemon: DaemonId,
    ) -> Result<Option<Lease>, StoreError> {
        let epoch = sqlx::query_scalar!(
            "with alive as (
                 select id from daemon where id = $2 and buried_at is null for share
             )
             update mailbox m set reader = $2, epoch = epoch + 1
             where m.id = $1 and exists (select from alive)
               and (reader is null or reader = $2
                    or exists (select from daemon d where d.id = m.reader and d.buried_at is not null))
             returning epoch",
            mailbox.0,
            daemon.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(epoch.map(|epoch| Lease {
            mailbox,
            daemon,
            epoch,
        }))
    }

    /// How far a mailbox has been read.
    pub async fn progress(&self, lease: Lease) -> Result<Progress, StoreError> {
        let progress = sqlx::query_as!(
            Progress,
            "select uid_validity, landed_up_to from mailbox
             where id = $1 and reader = $2 and epoch = $3",
            lease.mailbox.0,
            lease.daemon.0,
            lease.epoch
        )
        .fetch_optional(&self.pool)
        .await?;
        progress.ok_or(StoreError::Fenced("the mailbox has another reader"))
    }

    /// Starts over under a new UIDVALIDITY: no UID known from before means anything now (RFC 3501 §2.3.1.1).
    pub async fn begin_uid_validity(
        &self,
        lease: Lease,
        uid_validity: i64,
    ) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update mailbox set uid_validity = $4, landed_up_to = 0, reconciled_at = null
             where id = $1 and reader = $2 and epoch = $3",
            lease.mailbox.0,
            lease.daemon.0,
            lease.epoch,
            uid_validity
        )
        .execute(&self.pool)
        .await?;
        fenced(done.rows_affected())
    }

    /// Notes that the server was asked and answered.
    pub async fn polled(&self, lease: Lease, reconciled: bool) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update mailbox set last_poll_at = now(),
                    reconciled_at = case when $4 then now() else reconciled_at end
             where id = $1 and reader = $2 and epoch = $3",
            lease.mailbox.0,
            lease.daemon.0,
            lease.epoch,
            reconciled
        )
        .execute(&self.pool)
        .await?;
        fenced(done.rows_affected())
    }

    /// Every mailbox known, by name.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxState>, StoreError> {
        let all = sqlx::query_as!(
            MailboxState,
            r#"select m.name as "name!", d.host || ' (process ' || d.pid || ')' as "reader?",
                      m.last_poll_at as "last_poll_at?", m.reconciled_at as "reconciled_at?"
               from mailbox m left join daemon d on d.id = m.reader
               order by m.name"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(all)
    }
}

/// Holds the lease for the length of a transaction, or fails.
pub(super) async fn hold(tx: &mut Transaction, lease: Lease) -> Result<(), StoreError> {
    let held = sqlx::query_scalar!(
        "select id from mailbox where id = $1 and reader = $2 and epoch = $3 for no key update",
        lease.mailbox.0,
        lease.daemon.0,
        lease.epoch
    )
    .fetch_optional(&mut **tx)
    .await?;
    fenced(u64::from(held.is_some()))
}

fn fenced(rows: u64) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::Fenced("the mailbox has another reader")),
        _ => Ok(()),
    }
}
