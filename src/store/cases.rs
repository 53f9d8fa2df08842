//! Complaints.

mod look;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::members::Seen;
use super::{StoreError, Transaction, clocks, known};
use crate::case::{Case, CaseRef, Chain, Clocks, TextId};
use crate::ids::{CaseId, PartyId};

pub use look::{CaseLine, CaseMessage, Standing};

/// A case to be opened.
#[derive(Debug, Clone)]
pub(crate) struct NewCase {
    pub id: CaseId,
    pub reference: CaseRef,
    pub case: Case,
    pub customer: Option<PartyId>,
    pub chain: Chain,
}

/// A case that this transaction alone may change.
#[derive(Debug, Clone)]
pub(crate) struct LockedCase {
    pub id: CaseId,
    pub reference: CaseRef,
    pub case: Case,
    pub chain: Chain,
    pub customer: Option<PartyId>,
    /// In lower case.
    pub customer_address: Option<String>,
}

/// An open case of a customer.
#[derive(Debug, Clone)]
pub struct OpenCase {
    pub customer: PartyId,
    pub reference: CaseRef,
    /// Of the mail that opened it.
    pub subject: String,
    pub text: String,
}

/// Gives out ids and numbers for cases to be opened in a year.
pub(crate) async fn number(
    tx: &mut Transaction,
    year: u16,
    how_many: usize,
) -> Result<Vec<(CaseId, CaseRef)>, StoreError> {
    let count = i32::try_from(how_many).unwrap_or(i32::MAX);
    let last = sqlx::query_scalar!(
        "insert into case_number (year, last) values ($1, $2)
         on conflict (year) do update set last = case_number.last + excluded.last
         returning last",
        i32::from(year),
        count
    )
    .fetch_one(&mut **tx)
    .await?;
    let ids = sqlx::query_scalar!(
        r#"select nextval(pg_get_serial_sequence('cases', 'id')) as "id!"
           from generate_series(1, $1::int)"#,
        count
    )
    .fetch_all(&mut **tx)
    .await?;
    let numbers = (last - count + 1)..=last;
    Ok(ids
        .into_iter()
        .zip(numbers)
        .map(|(id, number)| (CaseId(id), CaseRef::new(year, number.unsigned_abs())))
        .collect())
}

/// Opens cases.
pub(crate) async fn open(
    tx: &mut Transaction,
    cases: &[NewCase],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let references: Vec<String> = cases.iter().map(|new| new.reference.to_string()).collect();
    let hashes: Vec<Vec<u8>> = cases.iter().map(|new| new.chain.hash.to_vec()).collect();
    sqlx::query!(
        "insert into cases (id, reference, customer_id, received_at, opened_at, state,
             history_length, history_hash)
         overriding system value
         select id, reference, customer_id, received_at, $8, state, history_length, history_hash
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[], $5::jsonb[],
             $6::int[], $7::bytea[])
             as new (id, reference, customer_id, received_at, state, history_length, history_hash)",
        &cases.iter().map(|new| new.id.0).collect::<Vec<_>>(),
        &references,
        &cases
            .iter()
            .map(|new| new.customer.map(|id| id.0))
            .collect::<Vec<_>>() as &[Option<i64>],
        &cases
            .iter()
            .map(|new| new.case.received_at)
            .collect::<Vec<_>>(),
        &cases.iter().map(|new| json!(new.case)).collect::<Vec<_>>(),
        &cases.iter().map(|new| new.chain.length).collect::<Vec<_>>(),
        &hashes,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks cases, in order of their id so that no two transactions wait for each other. Those that
/// don't exist are missing from the answer.
pub(crate) async fn lock(
    tx: &mut Transaction,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, LockedCase>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let plain: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.id as "id!", c.reference as "reference!", c.state as "state!",
                  c.history_length as "history_length!", c.history_hash as "history_hash!",
                  c.customer_id, lower(p.address) as "address?"
           from cases c left join party p on p.id = c.customer_id
           where c.id = any($1) order by c.id for no key update of c"#,
        &plain
    )
    .fetch_all(&mut **tx)
    .await?;
    // read once they are locked: the locks guard the clocks too
    let mut clocks = clocks::of_cases(tx, ids).await?;
    rows.into_iter()
        .map(|row| {
            let id = CaseId(row.id);
            let clocks = clocks.remove(&id).unwrap_or_default();
            let case = case_of(&row.reference, row.state, clocks)?;
            let hash = <[u8; 32]>::try_from(row.history_hash.as_slice());
            let hash = known(hash.ok(), "history hash of case", &row.reference)?;
            let locked = LockedCase {
                id,
                case,
                reference: known(row.reference.parse().ok(), "reference", &row.reference)?,
                chain: Chain {
                    length: row.history_length,
                    hash,
                },
                customer: row.customer_id.map(PartyId),
                customer_address: row.address,
            };
            Ok((id, locked))
        })
        .collect()
}

/// Where the case of a reference ends, duplicates followed; where they may see it, or it is the same customer's.
pub(crate) async fn matter_of(
    tx: &mut Transaction,
    case: CaseId,
    reference: CaseRef,
    seen: Seen<'_>,
) -> Result<Option<CaseId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"with recursive followed (id, depth) as (
             select c.id, 0 from cases c
             where c.reference = $2 and not c.state->'recused' ? $3
               and ($4 or c.handler = $3 or c.mediator = $3
                    or c.customer_id = (select customer_id from cases where id = $1))
             union all
             select target.id, f.depth + 1
             from followed f join cases c on c.id = f.id
             join cases target on target.reference = c.duplicate_of
             where f.depth < 10
           )
           select id as "id!" from followed order by depth desc limit 1"#,
        case.0,
        reference.to_string(),
        seen.person.as_str(),
        seen.all
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(id.map(CaseId))
}

/// A case as its row and its clocks hold it.
pub(super) fn case_of(
    reference: &str,
    state: serde_json::Value,
    clocks: Clocks,
) -> Result<Case, StoreError> {
    let mut case: Case = serde_json::from_value(state).map_err(|error| {
        let problem = format!("the state of case {reference} can't be read: {error}");
        sqlx::Error::Decode(problem.into())
    })?;
    case.clocks = clocks;
    Ok(case)
}

/// Writes what cases have become, but for their clocks.
pub(crate) async fn update(tx: &mut Transaction, cases: &[&LockedCase]) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = cases.iter().map(|one| one.chain.hash.to_vec()).collect();
    sqlx::query!(
        "update cases c
         set state = new.state, history_length = new.history_length,
             history_hash = new.history_hash
         from unnest($1::bigint[], $2::jsonb[], $3::int[], $4::bytea[])
             as new (id, state, history_length, history_hash)
         where c.id = new.id",
        &cases.iter().map(|one| one.id.0).collect::<Vec<_>>(),
        &cases.iter().map(|one| json!(one.case)).collect::<Vec<_>>(),
        &cases.iter().map(|one| one.chain.length).collect::<Vec<_>>(),
        &hashes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The latest open cases of these customers, with the mail that opened each.
pub(crate) async fn open_cases_of(
    tx: &mut Transaction,
    customers: &[PartyId],
) -> Result<Vec<OpenCase>, StoreError> {
    let ids: Vec<i64> = customers.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.customer_id as "customer!", c.reference as "reference!",
                  m.subject as "subject!", left(m.text, 4000) as "text!"
           from unnest($1::bigint[]) as these (id)
           join lateral (
               select * from cases c where c.customer_id = these.id and c.stage <> 'closed'
               order by c.id desc limit 5) c on true
           join lateral (
               select subject, text from message m where m.case_id = c.id
               order by m.landed_id limit 1) m on true"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OpenCase {
                customer: PartyId(row.customer),
                reference: known(row.reference.parse().ok(), "reference", &row.reference)?,
                subject: row.subject,
                text: row.text,
            })
        })
        .collect()
}

/// Words that a history refers to; `None` where they were erased.
pub(crate) async fn text(
    tx: &mut Transaction,
    case: CaseId,
    id: TextId,
) -> Result<Option<String>, StoreError> {
    let body = sqlx::query_scalar!(
        "select body from words where case_id = $1 and sha256 = $2 and erased_by is null",
        case.0,
        &id.0[..]
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(body)
}

/// Keeps words that histories refer to.
pub(crate) async fn keep_texts(
    tx: &mut Transaction,
    texts: &[(CaseId, String)],
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into words (case_id, sha256, body)
         select case_id, sha256(convert_to(body, 'UTF8')), body
         from unnest($1::bigint[], $2::text[]) as new (case_id, body)
         on conflict do nothing",
        &texts.iter().map(|(case, _)| case.0).collect::<Vec<_>>(),
        &texts
            .iter()
            .map(|(_, body)| body.as_str())
            .collect::<Vec<_>>() as &[&str],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
