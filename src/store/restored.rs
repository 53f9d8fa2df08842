//! Backups that were restored: what the database that is gone may have done since is *uncertain*.
//!
//! Mail is marked on the server only once a database knows it (promise 1). So mail that bears our mark and that this
//! database doesn't know was read by another, which isn't there any more.

use chrono::{DateTime, Utc};

use super::mailboxes::Lease;
use super::{Store, StoreError, Transaction};

/// What came of noticing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// When this database was last at work before; `None`: it never was.
    pub backup_at: Option<DateTime<Utc>>,
    /// Mails that it held, and that may have been sent since.
    pub mails: u64,
}

/// Held by whoever writes what was due before, so that noticing waits for them or they see what was noticed.
const LOCK: i64 = 0x7265_6472_6573_7302;

/// So many cases can't have been opened since the backup.
const CASES: i32 = 100_000;

impl Store {
    /// An operator says that a backup of this time was restored: for mailboxes whose server keeps no mark of ours.
    pub async fn say_restored(&self, backup_at: DateTime<Utc>) -> Result<Restored, StoreError> {
        let mut tx = self.begin().await?;
        let restored = note(&mut tx, Some(backup_at), None).await?;
        tx.commit().await?;
        Ok(restored)
    }
}

/// What this transaction writes to the outbox from here on may have been sent before.
pub(crate) async fn again(tx: &mut Transaction) -> Result<(), StoreError> {
    sqlx::query_scalar!("select set_config('redress.again', 'on', true)")
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// The same, if it is due since a moment that a database which is gone has seen.
pub(crate) async fn again_if_due(
    tx: &mut Transaction,
    due: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1)", LOCK)
        .execute(&mut **tx)
        .await?;
    let seen = sqlx::query_scalar!(
        r#"select exists (select from restored where noticed_at >= $1) as "seen!""#,
        due
    )
    .fetch_one(&mut **tx)
    .await?;
    if seen { again(tx).await } else { Ok(()) }
}

/// Notes that a mailbox held mail read by a database that is gone, the latest received at `latest`. `None` where
/// that was known: the rest of its mail lands later.
pub(super) async fn notice(
    tx: &mut Transaction,
    lease: Lease,
    latest: DateTime<Utc>,
) -> Result<Option<Restored>, StoreError> {
    let last_work = sqlx::query!(
        r#"select exists (select from restored where noticed_at >= $3) as "known!",
                  greatest(m.last_poll_at, (select max(d.seen_at) from daemon d where d.seen_at < reader.started_at))
                      as backup_at
           from mailbox m, daemon reader where m.id = $1 and reader.id = $2"#,
        lease.mailbox.0,
        lease.daemon.0,
        latest
    )
    .fetch_one(&mut **tx)
    .await?;
    if last_work.known {
        return Ok(None);
    }
    let restored = note(tx, last_work.backup_at, Some(lease)).await?;
    Ok(Some(restored))
}

/// Marks mail that had come to no end in the backup; what came to one since was perhaps sent a second time. Cases
/// that were opened since are new, unless what opened them was read before.
async fn note(
    tx: &mut Transaction,
    backup_at: Option<DateTime<Utc>>,
    lease: Option<Lease>,
) -> Result<Restored, StoreError> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into restored (noticed_at, backup_at, mailbox_id) values (now(), $1, $2)",
        backup_at,
        lease.map(|lease| lease.mailbox.0)
    )
    .execute(&mut **tx)
    .await?;
    // addresses that the other one signed name cases by these: no other case may be found by them
    sqlx::query!(
        "select count(nextval(pg_get_serial_sequence('cases', 'id'))) from generate_series(1, $1::int)",
        CASES
    )
    .fetch_one(&mut **tx)
    .await?;
    let marked = sqlx::query!(
        "update outbox o set uncertain = true, untold_doubt = true
         where state <> 'cancelled' and erased_by is null
           and (ended_at is null or ended_at > coalesce($1::timestamptz, '-infinity'))
           and not exists (select from cases c
               where c.id = o.case_id and c.opened_at > coalesce($1::timestamptz, '-infinity'))",
        backup_at as Option<DateTime<Utc>>
    )
    .execute(&mut **tx)
    .await?;
    Ok(Restored {
        backup_at,
        mails: marked.rows_affected(),
    })
}
