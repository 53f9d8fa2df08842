//! The policy as it was mailed to staff, and who has read it (§10).

use chrono::{DateTime, Utc};

use super::{StoreError, Transaction};
use crate::case::{Person, TextId};

/// A notice that somebody hasn't confirmed to have read.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    pub notice: i64,
    pub person: Person,
    pub body: String,
    pub sent_at: DateTime<Utc>,
    pub reminded: i16,
}

/// Keeps a notice; its number.
pub(crate) async fn send(
    tx: &mut Transaction,
    body: &str,
    people: &[&Person],
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let id = sqlx::query_scalar!(
        "insert into policy_notice (sha256, body, sent_at) values ($1, $2, $3) returning id",
        &TextId::of(body).0[..],
        body,
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    let people: Vec<&str> = people.iter().map(|person| person.as_str()).collect();
    sqlx::query!(
        "insert into policy_reading (notice_id, person, sent_at) select $1, unnest($2::text[]), $3",
        id,
        &people as &[&str],
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Who hasn't read what, of the latest notice alone: an older text is out of date.
pub(crate) async fn unread(tx: &mut Transaction) -> Result<Vec<Unread>, StoreError> {
    let rows = sqlx::query!(
        "select r.notice_id, r.person, n.body, r.sent_at, r.reminded
         from policy_reading r join policy_notice n on n.id = r.notice_id
         where r.read_at is null and r.notice_id = (select max(id) from policy_notice)
         order by r.person for update of r"
    )
    .fetch_all(&mut **tx)
    .await?;
    let unread = rows.into_iter().filter_map(|row| {
        Some(Unread {
            notice: row.notice_id,
            person: row.person.parse().ok()?,
            body: row.body,
            sent_at: row.sent_at,
            reminded: row.reminded,
        })
    });
    Ok(unread.collect())
}

/// Somebody has read whatever they were sent; how many notices that were.
pub(crate) async fn read(
    tx: &mut Transaction,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let read = sqlx::query!(
        "update policy_reading set read_at = $2 where person = $1 and read_at is null",
        person.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(read.rows_affected())
}

/// Notes that somebody was reminded.
pub(crate) async fn reminded(
    tx: &mut Transaction,
    notice: i64,
    person: &Person,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update policy_reading set reminded = reminded + 1 where notice_id = $1 and person = $2",
        notice,
        person.as_str()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
