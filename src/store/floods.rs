//! Addresses that write more in a day than staff are told of one by one.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{StoreError, Transaction};
use crate::ids::LandedId;

/// What is counted, and how long nothing is told of an address again.
pub(crate) const DAY: TimeDelta = TimeDelta::hours(24);

/// What an address has written within a day before now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flood {
    id: LandedId,
    /// In lower case.
    pub address: String,
    pub mails: i64,
    pub since: DateTime<Utc>,
    /// The first of the cases that it opened.
    pub first_case: Option<String>,
    pub cases: i64,
    /// Of them, those without an acknowledgement.
    pub unanswered: i64,
}

/// Mails on cases that each of these addresses (in lower case) wrote in the day before `now`, counted up to so many.
pub(crate) async fn written_by(
    tx: &mut Transaction,
    addresses: &[&str],
    most: i64,
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query!(
        r#"select author.address as "address!", written.count as "count!"
           from unnest($1::text[]) as author (address),
                lateral (select count(*) as count from (
                    select from message
                    where case_id is not null and lower(from_address) = author.address and read_at > $2
                    limit $3) counted) written"#,
        addresses as &[&str],
        now - DAY,
        most
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.address, row.count))
        .collect())
}

/// Notes the first mails beyond; one of an address that was noted within the last day adds nothing.
pub(crate) async fn notice(
    tx: &mut Transaction,
    mails: &[LandedId],
    now: DateTime<Utc>,
    tell_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mails: Vec<i64> = mails.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into flood (landed_id, noticed_at, tell_at)
         select m.landed_id, $2, $3 from message m
         where m.landed_id = any($1) and not exists (
             select from flood f join message before on before.landed_id = f.landed_id
             where f.noticed_at > $4 and lower(before.from_address) = lower(m.from_address))",
        &mails,
        now,
        tell_at,
        now - DAY
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Floods that are to be told by now, locked.
pub(crate) async fn untold(tx: &mut Transaction) -> Result<Vec<Flood>, StoreError> {
    let rows = sqlx::query!(
        r#"with due as (
               select landed_id from flood where told_at is null and tell_at <= now()
               order by landed_id limit 50 for update skip locked
           )
           select due.landed_id as "id!: LandedId", lower(author.from_address) as "address!", count(*) as "mails!",
                  min(m.read_at) as "since!", (array_agg(c.reference order by c.id)
                      filter (where m.matched_by = 'new'))[1] as first_case,
                  count(*) filter (where m.matched_by = 'new') as "cases!",
                  count(*) filter (where m.matched_by = 'new' and c.acknowledgement = 'withheld') as "unanswered!"
           from due join message author on author.landed_id = due.landed_id
                join message m on lower(m.from_address) = lower(author.from_address)
                     and m.case_id is not null and m.read_at > now() - make_interval(secs => $1)
                join cases c on c.id = m.case_id
           group by 1, 2"#,
        DAY.as_seconds_f64()
    )
    .fetch_all(&mut **tx)
    .await?;
    let floods = rows.into_iter().map(|row| Flood {
        id: row.id,
        address: row.address,
        mails: row.mails,
        since: row.since,
        first_case: row.first_case,
        cases: row.cases,
        unanswered: row.unanswered,
    });
    Ok(floods.collect())
}

/// Notes that supervisors have been told.
pub(crate) async fn told(
    tx: &mut Transaction,
    floods: &[Flood],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = floods.iter().map(|flood| flood.id.0).collect();
    sqlx::query!(
        "update flood set told_at = $2 where landed_id = any($1)",
        &ids,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
