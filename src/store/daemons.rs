//! Running daemons: who is alive, and what becomes of the claims of one that isn't.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;

use super::{Store, StoreError, Transaction};
use crate::ids::DaemonId;

/// What a dead daemon left behind, now free for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Released {
    pub daemons: u64,
    pub mailboxes: u64,
    pub landed: u64,
    /// Mails that were being sent: each may have arrived, so each is *uncertain*.
    pub mails: u64,
}

impl Store {
    /// Registers a daemon that has just started.
    pub async fn register_daemon(
        &self,
        host: &str,
        pid: u32,
        version: &str,
    ) -> Result<DaemonId, StoreError> {
        let id = sqlx::query_scalar!(
            "insert into daemon (host, pid, version, started_at, seen_at)
             values ($1, $2, $3, now(), now()) returning id",
            host,
            i32::try_from(pid).unwrap_or(0),
            version
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(DaemonId(id))
    }

    /// Says that a daemon is alive. An error where it was buried meanwhile: it must not go on.
    pub async fn beat(&self, daemon: DaemonId) -> Result<(), StoreError> {
        let seen = sqlx::query!(
            "update daemon set seen_at = now() where id = $1 and buried_at is null",
            daemon.0
        )
        .execute(&self.pool)
        .await?;
        match seen.rows_affected() {
            0 => Err(StoreError::Fenced(
                "this daemon counts as dead, since it wasn't heard of for too long",
            )),
            _ => Ok(()),
        }
    }

    /// Buries the daemons that haven't been heard of for a lease, and frees what they had claimed.
    pub async fn bury_dead(&self, lease: Duration) -> Result<Released, StoreError> {
        let lease = PgInterval::try_from(lease).map_err(sqlx::Error::Encode)?;
        let dead = sqlx::query_scalar!(
            "select id from daemon where buried_at is null and seen_at < now() - $1::interval",
            lease as PgInterval
        )
        .fetch_all(&self.pool)
        .await?;
        let mut released = Released::default();
        for id in dead {
            let one = self.bury(DaemonId(id), Some(lease)).await?;
            released.daemons += one.daemons;
            released.mailboxes += one.mailboxes;
            released.landed += one.landed;
            released.mails += one.mails;
        }
        Ok(released)
    }

    /// Frees the mails that a daemon was sending when its dispatch ended early: each may have arrived, so each
    /// is *uncertain*, and goes again.
    pub async fn release_own_mails(&self, daemon: DaemonId) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let mails = release_mails(&mut tx, daemon).await?;
        tx.commit().await?;
        Ok(mails)
    }

    /// Signs a daemon off that stops in order: nothing it had claimed was begun in vain.
    pub async fn retire(&self, daemon: DaemonId) -> Result<Released, StoreError> {
        self.bury(daemon, None).await
    }

    /// `unheard` is the lease for one that is thought dead; it is looked at again under lock.
    async fn bury(
        &self,
        daemon: DaemonId,
        unheard: Option<PgInterval>,
    ) -> Result<Released, StoreError> {
        let died = unheard.is_some();
        let mut tx = self.begin().await?;
        let buried = sqlx::query!(
            "update daemon set buried_at = now(), seen_at = case when $2::interval is null then now() else seen_at end
             where id = $1 and buried_at is null
               and ($2::interval is null or seen_at < now() - $2::interval)",
            daemon.0,
            unheard as Option<PgInterval>
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if buried == 0 {
            return Ok(Released::default());
        }
        let mailboxes = sqlx::query!(
            "update mailbox set reader = null where reader = $1",
            daemon.0
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        // an attempt that was cut off counts (promise 7); one that was given back doesn't
        let landed = sqlx::query!(
            "update landed set claimed_by = null,
                    attempts = case when $2 then attempts else attempts - 1 end
             where claimed_by = $1 and state = 'waiting'",
            daemon.0,
            died
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let mails = release_mails(&mut tx, daemon).await?;
        tx.commit().await?;
        Ok(Released {
            daemons: 1,
            mailboxes,
            landed,
            mails,
        })
    }
}

async fn release_mails(tx: &mut Transaction, daemon: DaemonId) -> Result<u64, StoreError> {
    let mails = sqlx::query!(
        "update outbox set state = 'queued', claimed_by = null, outcome = 'uncertain', uncertain = true,
                    reply = 'the daemon stopped before it knew whether the mail was accepted'
             where claimed_by = $1 and state = 'sending'",
        daemon.0
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    Ok(mails)
}
