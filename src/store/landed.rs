//! Messages as they came: landing them, and the queue to triage.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};

use super::mailboxes::{Lease, hold};
use super::restored::{self, Restored};
use super::{Store, StoreError, Transaction};
use crate::failpoint::failpoint;
use crate::ids::{DaemonId, LandedId, MailboxId};
use crate::letter::seems_by_staff;

/// A message on its way from the server to the database.
#[derive(Debug, Clone)]
pub struct Landing {
    pub uid: u32,
    /// Octets on the server.
    pub size: u64,
    /// INTERNALDATE.
    pub received_at: Option<DateTime<Utc>>,
    /// Whether the server keeps our mark with it; `None` where it keeps none.
    pub marked: Option<bool>,
    pub content: Content,
}

/// What could be had of a message.
#[derive(Debug, Clone)]
pub enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// Its headers, or nothing at all: the rest stays on the server, and staff are told why.
    Part {
        head: Option<Vec<u8>>,
        reason: String,
    },
    /// It was listed, and gone before it could be read.
    Vanished,
}

/// What became of a batch that landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Landed {
    /// Rows that are new.
    pub new: u64,
    /// Of these, bytes that were known already.
    pub duplicates: u64,
    /// They tell that a backup was restored.
    pub restored: Option<Restored>,
}

/// A message claimed for triage.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: LandedId,
    pub mailbox: MailboxId,
    /// Including this one.
    pub attempts: i32,
    pub received_at: DateTime<Utc>,
    /// Let out of quarantine by staff.
    pub released: bool,
    /// A database that is gone has read it already.
    pub read_before: bool,
    pub bytes: Vec<u8>,
}

impl Store {
    /// Lands a batch in one transaction (promises 1 to 3). A UID that has a row already keeps it, so
    /// that a second try after a lost answer changes nothing.
    pub async fn land(
        &self,
        lease: Lease,
        uid_validity: i64,
        batch: Vec<Landing>,
        up_to: Option<u32>,
    ) -> Result<Landed, StoreError> {
        let mut tx = self.begin().await?;
        hold(&mut tx, lease).await?;
        let rows = insert_raw(&mut tx, batch).await?;
        failpoint("intake.inserted")?;
        let new = sqlx::query!(
            r#"insert into landed (mailbox_id, uid_validity, uid, sha256, size, whole, received_at, state, reason,
                    staff, read_before, landed_at)
               select $1, $2, uid, sha256, size, whole, received_at, state, reason, staff,
                    state <> 'duplicate' and coalesce(marked,
                        exists (select from restored r where r.mailbox_id is null and r.noticed_at >= received_at)),
                    now()
               from unnest($3::bigint[], $4::bytea[], $5::bigint[], $6::boolean[], $7::timestamptz[],
                    $8::text[], $9::text[], $10::boolean[], $11::boolean[])
                    as new (uid, sha256, size, whole, received_at, state, reason, staff, marked)
               order by uid
               on conflict (mailbox_id, uid_validity, uid) do nothing
               returning state, case when read_before then received_at end as read_before"#,
            lease.mailbox.0,
            uid_validity,
            &rows.uids,
            &rows.hashes as &[Option<Vec<u8>>],
            &rows.sizes,
            &rows.wholes,
            &rows.dates as &[Option<DateTime<Utc>>],
            &rows.states as &[&str],
            &rows.reasons as &[Option<String>],
            &rows.by_staff,
            &rows.marked as &[Option<bool>],
        )
        .fetch_all(&mut *tx)
        .await?;
        if let Some(uid) = up_to {
            sqlx::query!(
                "update mailbox set landed_up_to = greatest(landed_up_to, $2)
                 where id = $1 and uid_validity = $3",
                lease.mailbox.0,
                i64::from(uid),
                uid_validity
            )
            .execute(&mut *tx)
            .await?;
        }
        let restored = match new.iter().filter_map(|row| row.read_before).max() {
            Some(latest) => restored::notice(&mut tx, lease, latest).await?,
            None => None,
        };
        failpoint("intake.landing")?;
        tx.commit().await?;
        let known = new.iter().filter(|row| row.state == "duplicate");
        Ok(Landed {
            new: new.len() as u64,
            duplicates: known.count() as u64,
            restored,
        })
    }

    /// The UIDs of a mailbox that have a row, and whether all of the message landed.
    pub async fn known_uids(
        &self,
        mailbox: MailboxId,
        uid_validity: i64,
    ) -> Result<HashMap<u32, bool>, StoreError> {
        let rows = sqlx::query!(
            "select uid, whole from landed where mailbox_id = $1 and uid_validity = $2",
            mailbox.0,
            uid_validity,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((u32::try_from(row.uid).ok()?, row.whole)))
            .collect())
    }

    /// Claims waiting messages, those that seem to be by staff first, then the oldest, up to a number and about so many bytes. Each counts as
    /// attempted from here on, before anything looks at it (promise 7). A daemon that was buried gets none: the lock
    /// on its row lets its burial free what it has claimed, or comes too late.
    pub async fn claim_fresh(
        &self,
        daemon: DaemonId,
        most: u16,
        most_bytes: u64,
    ) -> Result<Vec<Claimed>, StoreError> {
        let mut claimed = sqlx::query_as!(
            Claimed,
            r#"with alive as (
                   select id from daemon where id = $1 and buried_at is null for share
               ), due as (
                   select id, size, staff from landed
                   where exists (select from alive) and state = 'waiting' and claimed_by is null and attempts = 0
                     and (not_before is null or not_before <= now())
                   order by staff desc, id limit $2
                   for update skip locked
               ), taken as (
                   select id from (
                       select id, sum(size) over (order by staff desc, id) - size as before from due
                   ) sized where before < $3::bigint
               )
               update landed l set claimed_by = $1, attempts = attempts + 1
               from taken t, raw r
               where l.id = t.id and r.sha256 = l.sha256
               returning l.id as "id: LandedId", l.mailbox_id as "mailbox: MailboxId", l.attempts,
                         l.received_at as "received_at!",
                         l.released_at is not null as "released!", l.read_before, r.bytes"#,
            daemon.0,
            i64::from(most),
            i64::try_from(most_bytes).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool)
        .await?;
        claimed.sort_by_key(|message| message.id);
        Ok(claimed)
    }

    /// Claims one message that was tried before: alone, so that it can harm no other.
    pub async fn claim_suspect(&self, daemon: DaemonId) -> Result<Option<Claimed>, StoreError> {
        let claimed = sqlx::query_as!(
            Claimed,
            r#"with alive as (
                   select id from daemon where id = $1 and buried_at is null for share
               ), due as (
                   select id from landed
                   where exists (select from alive) and state = 'waiting' and claimed_by is null and attempts > 0
                   order by attempts, id limit 1
                   for update skip locked
               )
               update landed l set claimed_by = $1, attempts = attempts + 1
               from due t, raw r
               where l.id = t.id and r.sha256 = l.sha256
               returning l.id as "id: LandedId", l.mailbox_id as "mailbox: MailboxId", l.attempts,
                         l.received_at as "received_at!",
                         l.released_at is not null as "released!", l.read_before, r.bytes"#,
            daemon.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(claimed)
    }

    /// Gives back what a daemon has claimed, to be tried again one message at a time.
    pub async fn give_back(&self, daemon: DaemonId) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            "update landed set claimed_by = null where claimed_by = $1 and state = 'waiting'",
            daemon.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Gives back what a daemon has claimed; the attempts at some of these don't count.
    pub(crate) async fn give_back_excused(
        &self,
        daemon: DaemonId,
        excused: &[LandedId],
    ) -> Result<u64, StoreError> {
        let excused: Vec<i64> = excused.iter().map(|id| id.0).collect();
        let done = sqlx::query!(
            "update landed set claimed_by = null,
                    attempts = case when id = any($2) then greatest(attempts - 1, 0) else attempts end
             where claimed_by = $1 and state = 'waiting'",
            daemon.0,
            &excused
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// How many messages there are in each state.
    pub async fn landed_counts(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = sqlx::query!(r#"select state, count(*) as "count!" from landed group by state"#)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
    }
}

/// Marks claimed messages as filed.
pub(crate) async fn file_many(
    tx: &mut Transaction,
    daemon: DaemonId,
    ids: &[LandedId],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let done = sqlx::query!(
        "update landed set state = 'filed', claimed_by = null
         where id = any($2) and claimed_by = $1 and state = 'waiting'",
        daemon.0,
        &ids
    )
    .execute(&mut **tx)
    .await?;
    all_still_ours(done.rows_affected(), ids.len())
}

/// Gives messages back as if they hadn't been looked at, to be looked at again after a while.
pub(crate) async fn wait_many(
    tx: &mut Transaction,
    daemon: DaemonId,
    ids: &[LandedId],
    again_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let done = sqlx::query!(
        "update landed set claimed_by = null, attempts = 0, not_before = $3
         where id = any($2) and claimed_by = $1 and state = 'waiting'",
        daemon.0,
        &ids,
        again_at
    )
    .execute(&mut **tx)
    .await?;
    all_still_ours(done.rows_affected(), ids.len())
}

pub(super) fn all_still_ours(rows: u64, expected: usize) -> Result<(), StoreError> {
    if rows == expected as u64 {
        Ok(())
    } else {
        Err(StoreError::Fenced(
            "messages claimed by this daemon were given to another",
        ))
    }
}

/// Columns of rows to insert.
#[derive(Default)]
struct Rows {
    uids: Vec<i64>,
    hashes: Vec<Option<Vec<u8>>>,
    sizes: Vec<i64>,
    wholes: Vec<bool>,
    dates: Vec<Option<DateTime<Utc>>>,
    states: Vec<&'static str>,
    reasons: Vec<Option<String>>,
    by_staff: Vec<bool>,
    marked: Vec<Option<bool>>,
}

/// Keeps bytes once by hash. Whoever inserts a hash first has the message; any later row with the
/// same bytes is a duplicate (promise 3), across mailboxes, UIDVALIDITY and daemons.
async fn insert_raw(tx: &mut Transaction, batch: Vec<Landing>) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    // in order of the hash, so that two daemons never wait for each other
    let mut raw: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for landing in batch {
        let whole = matches!(landing.content, Content::Whole(_));
        let (bytes, state, reason) = match landing.content {
            Content::Whole(bytes) => (Some(bytes), "waiting", None),
            Content::Part { head, reason } => (head, "quarantined", Some(reason)),
            Content::Vanished => (None, "vanished", None),
        };
        // a message without a date of receipt can start no clock: staff have to look at it
        let (state, reason) = match (state, landing.received_at) {
            ("waiting", None) => ("quarantined", Some("no date of receipt".to_owned())),
            _ => (state, reason),
        };
        let hash = bytes
            .as_ref()
            .map(|bytes| digest(&SHA256, bytes).as_ref().to_vec());
        rows.by_staff
            .push(bytes.as_deref().is_some_and(seems_by_staff));
        rows.uids.push(i64::from(landing.uid));
        rows.wholes.push(whole);
        rows.marked.push(landing.marked);
        rows.sizes
            .push(i64::try_from(landing.size).unwrap_or(i64::MAX));
        rows.dates.push(landing.received_at);
        rows.states.push(state);
        rows.reasons.push(reason);
        if let (Some(hash), Some(bytes)) = (&hash, bytes) {
            raw.entry(hash.clone()).or_insert(bytes);
        }
        rows.hashes.push(hash);
    }
    let (hashes, bytes): (Vec<Vec<u8>>, Vec<Vec<u8>>) = raw.into_iter().unzip();
    let inserted = sqlx::query_scalar!(
        "insert into raw (sha256, bytes)
         select sha256, bytes from unnest($1::bytea[], $2::bytea[]) as new (sha256, bytes)
         on conflict (sha256) do nothing
         returning sha256",
        &hashes,
        &bytes
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut first: HashSet<Vec<u8>> = inserted.into_iter().collect();
    for (hash, state) in rows.hashes.iter().zip(&mut rows.states) {
        if let Some(hash) = hash
            && *state == "waiting"
            && !first.remove(hash)
        {
            *state = "duplicate";
        }
    }
    Ok(rows)
}
