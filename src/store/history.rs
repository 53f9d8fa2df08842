//! The history of cases: appended to, read, never changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction};
use crate::case::Entry;
use crate::ids::CaseId;

/// Appends entries, each to its case.
pub(crate) async fn append(
    tx: &mut Transaction,
    entries: &[(CaseId, Entry)],
) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = entries
        .iter()
        .map(|(_, entry)| entry.hash.to_vec())
        .collect();
    sqlx::query!(
        "insert into history (case_id, sequence, at, actor, event, data, hash)
         select case_id, sequence, at, actor, event, data::json, hash
         from unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
             $7::bytea[]) as new (case_id, sequence, at, actor, event, data, hash)",
        &entries.iter().map(|(case, _)| case.0).collect::<Vec<_>>(),
        &entries
            .iter()
            .map(|(_, entry)| entry.sequence)
            .collect::<Vec<_>>(),
        &entries
            .iter()
            .map(|(_, entry)| entry.at)
            .collect::<Vec<DateTime<Utc>>>(),
        &entries
            .iter()
            .map(|(_, entry)| entry.actor.as_str())
            .collect::<Vec<_>>() as &[&str],
        &entries
            .iter()
            .map(|(_, entry)| entry.event.as_str())
            .collect::<Vec<_>>() as &[&str],
        &entries
            .iter()
            .map(|(_, entry)| entry.data.as_str())
            .collect::<Vec<_>>() as &[&str],
        &hashes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The histories of cases, each oldest first.
pub(super) async fn of_cases(
    tx: &mut sqlx::PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<Entry>>, StoreError> {
    let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select case_id, sequence, at, actor, event, data::text as "data!", hash
           from history where case_id = any($1) order by case_id, sequence"#,
        &ids
    )
    .fetch_all(tx)
    .await?;
    let mut histories: HashMap<CaseId, Vec<Entry>> = HashMap::new();
    for row in rows {
        let hash = row
            .hash
            .as_slice()
            .try_into()
            .map_err(|_| sqlx::Error::Decode("a hash in history isn't 32 bytes long".into()))?;
        histories
            .entry(CaseId(row.case_id))
            .or_default()
            .push(Entry {
                sequence: row.sequence,
                at: row.at,
                actor: row.actor,
                event: row.event,
                data: row.data,
                hash,
            });
    }
    Ok(histories)
}

/// The history of a case, oldest first, as this transaction sees it.
pub(crate) async fn of_case(
    tx: &mut sqlx::PgConnection,
    case: CaseId,
) -> Result<Vec<Entry>, StoreError> {
    let mut histories = of_cases(tx, &[case]).await?;
    Ok(histories.remove(&case).unwrap_or_default())
}

impl Store {
    /// The history of a case, oldest first.
    pub async fn history(&self, case: CaseId) -> Result<Vec<Entry>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        of_case(&mut connection, case).await
    }
}
