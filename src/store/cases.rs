//! Complaints.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Store, StoreError, Transaction, clocks, known};
use crate::case::{Case, CaseRef, Chain, Clocks, TextId};
use crate::ids::{CaseId, LandedId, PartyId};
use crate::policy::{Letter, Stage};

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
    /// In lower case.
    pub customer_address: Option<String>,
}

/// Where a case stands, for mail that refers to it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Of the case that mail belongs to: the one that this is a duplicate of, if so.
    pub id: CaseId,
    pub reference: CaseRef,
    pub profile: String,
    pub closed_at: Option<DateTime<Utc>>,
    /// In lower case.
    pub customer_address: Option<String>,
    /// The last letter written on it.
    pub latest_letter: Option<Letter>,
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

/// A case in a list.
#[derive(Debug, Clone)]
pub struct CaseLine {
    pub id: CaseId,
    pub reference: String,
    pub stage: String,
    pub language: String,
    pub customer: Option<String>,
    pub subject: Option<String>,
    pub acknowledgement: String,
    pub profile: String,
    pub category: Option<String>,
    pub handler: Option<String>,
    pub reachable: bool,
    pub received_at: DateTime<Utc>,
    pub messages: i64,
}

/// A message on a case.
#[derive(Debug, Clone)]
pub struct CaseMessage {
    pub landed: LandedId,
    pub received_at: Option<DateTime<Utc>>,
    pub from_name: Option<String>,
    pub from_address: Option<String>,
    pub subject: String,
    pub nature: String,
    pub matched_by: String,
    pub text: String,
    pub attachments: serde_json::Value,
    pub warnings: serde_json::Value,
    pub standing: String,
    pub standing_by: String,
    pub standing_domain: Option<String>,
    pub standing_reason: String,
    pub signed_at: Option<DateTime<Utc>>,
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
                  lower(p.address) as "address?"
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
                customer_address: row.address,
            };
            Ok((id, locked))
        })
        .collect()
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
        "select body from words where case_id = $1 and sha256 = $2",
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

impl Store {
    /// The cases of these references, with the customer's address in lower case.
    pub async fn cases_by_reference(
        &self,
        references: &[CaseRef],
    ) -> Result<HashMap<String, (CaseId, Option<String>)>, StoreError> {
        let references: Vec<String> = references.iter().map(CaseRef::to_string).collect();
        let rows = sqlx::query!(
            r#"select c.id as "id!", c.reference as "reference!", lower(p.address) as "address?"
               from cases c left join party p on p.id = c.customer_id
               where c.reference = any($1)"#,
            &references
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.reference, (CaseId(row.id), row.address)))
            .collect())
    }

    /// The policy profiles that open cases are handled by, with the number of cases.
    pub async fn profiles_in_use(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select profile as "profile!", count(*) as "cases!" from cases
               where stage <> 'closed' group by profile order by profile"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.profile, row.cases))
            .collect())
    }

    /// A case as the core sees it.
    pub async fn case_as_it_is(
        &self,
        reference: CaseRef,
    ) -> Result<Option<(CaseId, Case)>, StoreError> {
        let row = sqlx::query!(
            "select id, state from cases where reference = $1",
            reference.to_string()
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = CaseId(row.id);
        let case = case_of(&reference.to_string(), row.state, self.clocks(id).await?)?;
        Ok(Some((id, case)))
    }

    /// Where these cases stand; duplicates are followed to the case they are of.
    pub async fn standings(
        &self,
        cases: &[CaseId],
    ) -> Result<HashMap<CaseId, Standing>, StoreError> {
        let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"with recursive followed (asked, id, depth) as (
                 select id, id, 0 from unnest($1::bigint[]) as these (id)
                 union all
                 select f.asked, target.id, f.depth + 1
                 from followed f join cases c on c.id = f.id
                 join cases target on target.reference = c.state->>'duplicate_of'
                 where f.depth < 10
             ), last as (
                 select distinct on (asked) asked, id from followed order by asked, depth desc
             )
             select l.asked as "asked!", c.id as "id!", c.reference as "reference!",
                    c.profile as "profile!", (c.state->>'closed_at')::timestamptz as closed_at,
                    lower(p.address) as "address?",
                    (select o.letter from outbox o where o.case_id = c.id and o.letter is not null
                     order by o.id desc limit 1) as "letter?"
             from last l join cases c on c.id = l.id left join party p on p.id = c.customer_id"#,
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let letter = row
                    .letter
                    .map(|letter| known(Letter::from_name(&letter), "letter", &letter));
                let standing = Standing {
                    id: CaseId(row.id),
                    reference: known(row.reference.parse().ok(), "reference", &row.reference)?,
                    profile: row.profile,
                    closed_at: row.closed_at,
                    customer_address: row.address,
                    latest_letter: letter.transpose()?,
                };
                Ok((CaseId(row.asked), standing))
            })
            .collect()
    }

    /// Cases by the Message-IDs of their customers' own mails, with the customer's address in lower
    /// case.
    pub async fn cases_by_customers_message_id(
        &self,
        message_ids: &[&str],
    ) -> Result<HashMap<(String, String), CaseId>, StoreError> {
        let rows = sqlx::query!(
            r#"select m.message_id as "message_id!", lower(p.address) as "address!", c.id
               from message m join cases c on c.id = m.case_id
               join party p on p.id = c.customer_id
               where m.message_id = any($1) and m.case_id is not null
                 and lower(m.from_address) = lower(p.address)
               order by m.landed_id"#,
            message_ids as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ((row.message_id, row.address), CaseId(row.id)))
            .collect())
    }

    /// Cases, newest first, opened before a given one, at one stage where given.
    pub async fn cases(
        &self,
        before: Option<CaseRef>,
        stage: Option<Stage>,
        limit: u32,
    ) -> Result<Vec<CaseLine>, StoreError> {
        self.lines(None, before, stage, limit).await
    }

    /// One case by its reference.
    pub async fn case(&self, reference: CaseRef) -> Result<Option<CaseLine>, StoreError> {
        Ok(self.lines(Some(reference), None, None, 1).await?.pop())
    }

    async fn lines(
        &self,
        only: Option<CaseRef>,
        before: Option<CaseRef>,
        stage: Option<Stage>,
        limit: u32,
    ) -> Result<Vec<CaseLine>, StoreError> {
        let lines = sqlx::query_as!(
            CaseLine,
            r#"select c.id as "id!: CaseId", c.reference as "reference!", c.stage as "stage!",
                      c.language as "language!", p.address as "customer?",
                      c.acknowledgement as "acknowledgement!", c.reachable as "reachable!",
                      c.profile as "profile!", c.category as "category?", c.handler as "handler?",
                      c.received_at as "received_at!",
                      (select m.subject from message m where m.case_id = c.id
                       order by m.landed_id limit 1) as subject,
                      (select count(*) from message m where m.case_id = c.id) as "messages!"
               from cases c left join party p on p.id = c.customer_id
               where ($1::text is null or c.reference = $1)
                 and ($2::text is null or c.id < (select id from cases where reference = $2))
                 and ($3::text is null or c.stage = $3)
               order by c.id desc limit $4"#,
            only.map(|reference| reference.to_string()),
            before.map(|reference| reference.to_string()),
            stage.map(Stage::as_str),
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(lines)
    }

    /// The words that a case's history refers to, by their SHA-256 in hexadecimal digits.
    pub async fn texts(&self, case: CaseId) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = sqlx::query!(
            r#"select encode(sha256, 'hex') as "hash!", body from words where case_id = $1"#,
            case.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.hash, row.body)).collect())
    }

    /// The messages on a case, oldest first.
    pub async fn case_messages(&self, case: CaseId) -> Result<Vec<CaseMessage>, StoreError> {
        let messages = sqlx::query_as!(
            CaseMessage,
            r#"select m.landed_id as "landed: LandedId", l.received_at, m.from_name, m.from_address,
                      m.subject, m.nature, m.matched_by, m.text, m.attachments, m.warnings,
                      m.standing, m.standing_by, m.standing_domain, m.standing_reason, m.signed_at
               from message m join landed l on l.id = m.landed_id
               where m.case_id = $1 order by m.landed_id"#,
            case.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(messages)
    }
}
