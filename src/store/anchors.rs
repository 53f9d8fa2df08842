//! Anchors of the whole history: made, and held against what the database holds now.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;

use super::verify::Difference;
use super::{Store, StoreError, Transaction, known};
use crate::archive::anchor::{Anchor, Reckoning};

/// Most differences named.
const MOST_NAMED: usize = 100;

/// What became of an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchored {
    /// The database holds all that it held then.
    Holds(Anchor),
    /// It doesn't; the cases that differ, as far as they can be named.
    Differs(Anchor, Vec<Difference>),
    /// The database has no record of such an anchor: it was taken out, or it is another's.
    Unknown,
}

impl Store {
    /// Makes an anchor of all histories as they are now, to be kept by somebody who has no part in running
    /// the database; its text (`to_string`) is what they are sent.
    pub async fn anchor(&self) -> Result<Anchor, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read")
            .execute(&mut *tx)
            .await?;
        // before the first look: what follows sees every earlier anchor
        sqlx::query!("lock table anchor in exclusive mode")
            .execute(&mut *tx)
            .await?;
        let last = sqlx::query!("select id, hash from anchor order by id desc limit 1")
            .fetch_optional(&mut *tx)
            .await?;
        let number = last.as_ref().map_or(1, |last| last.id + 1);
        let before = last.map_or(Ok([0; 32]), |last| hash_of(&last.hash))?;
        let at = sqlx::query_scalar!(r#"select now() as "now!""#)
            .fetch_one(&mut *tx)
            .await?;
        let mut reckoning = Reckoning::new(number, at, &before);
        {
            let mut rows = sqlx::query!(
                r#"select reference, history_length, history_hash from cases
                   order by reference collate "C""#
            )
            .fetch(&mut *tx);
            while let Some(row) = rows.try_next().await? {
                let length = u32::try_from(row.history_length).unwrap_or(0);
                reckoning.case(&row.reference, length, &row.history_hash);
            }
        }
        let (cases, entries, hash) = reckoning.end();
        sqlx::query!(
            "insert into anchor (id, at, cases, entries, hash) values ($1, $2, $3, $4, $5)",
            number,
            at,
            i64::try_from(cases).unwrap_or(i64::MAX),
            i64::try_from(entries).unwrap_or(i64::MAX),
            &hash[..]
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into anchor_case (case_id, anchor, length, hash)
             select c.id, $1, c.history_length, c.history_hash
             from cases c left join lateral (
                 select length, hash from anchor_case a where a.case_id = c.id
                 order by a.anchor desc limit 1) known on true
             where known.length is distinct from c.history_length
                or known.hash is distinct from c.history_hash",
            number
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Anchor {
            number,
            at,
            cases,
            entries,
            hash,
        })
    }

    /// Whether the database still holds all that it held when an anchor was made.
    pub async fn check_anchor(&self, hash: &[u8; 32]) -> Result<Anchored, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read, read only")
            .execute(&mut *tx)
            .await?;
        let Some(row) = sqlx::query!(
            "select id, at, cases, entries, hash from anchor where hash = $1",
            &hash[..]
        )
        .fetch_optional(&mut *tx)
        .await?
        else {
            return Ok(Anchored::Unknown);
        };
        let before = sqlx::query_scalar!("select hash from anchor where id = $1", row.id - 1)
            .fetch_optional(&mut *tx)
            .await?;
        let before = before.map_or(Ok([0; 32]), |before| hash_of(&before))?;
        let anchor = Anchor {
            number: row.id,
            at: row.at,
            cases: row.cases.unsigned_abs(),
            entries: row.entries.unsigned_abs(),
            hash: hash_of(&row.hash)?,
        };
        let (reckoned, mut differences) = reckon(&mut tx, row.id, row.at, &before).await?;
        if reckoned == *hash {
            return Ok(Anchored::Holds(anchor));
        }
        if differences.is_empty() {
            let what = "what the anchor was made of isn't there any more: the record of it was changed, \
                        or an anchor or a case before it";
            differences.push(Difference {
                reference: format!("anchor {}", row.id),
                what: what.to_owned(),
            });
        }
        Ok(Anchored::Differs(anchor, differences))
    }
}

/// An anchor made anew from what is there now, as far as its own record says; and the cases whose entry at
/// that place isn't the one that was there.
async fn reckon(
    tx: &mut Transaction,
    number: i64,
    at: DateTime<Utc>,
    before: &[u8; 32],
) -> Result<([u8; 32], Vec<Difference>), StoreError> {
    let mut reckoning = Reckoning::new(number, at, before);
    let mut differences = Vec::new();
    let mut rows = sqlx::query!(
        r#"select c.reference as "reference!", a.length as "length!", a.hash as "noted!", h.hash as "now?"
           from (select distinct on (case_id) case_id, length, hash from anchor_case
                 where anchor <= $1 order by case_id, anchor desc) a
           join cases c on c.id = a.case_id
           left join history h on h.case_id = a.case_id and h.sequence = a.length
           order by c.reference collate "C""#,
        number
    )
    .fetch(&mut **tx);
    while let Some(row) = rows.try_next().await? {
        let now = row.now.unwrap_or_else(|| vec![0; 32]);
        reckoning.case(&row.reference, u32::try_from(row.length).unwrap_or(0), &now);
        if now != row.noted && differences.len() < MOST_NAMED {
            differences.push(Difference {
                reference: row.reference,
                what: format!(
                    "its history up to entry {} isn't the one that was anchored",
                    row.length
                ),
            });
        }
    }
    let (_, _, hash) = reckoning.end();
    Ok((hash, differences))
}

fn hash_of(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    known(bytes.try_into().ok(), "the hash of", "an anchor")
}
