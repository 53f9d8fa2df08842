//! Complaints.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction, known};
use crate::case::{Acknowledgement, Case, CaseRef, Chain, Language, Stage};
use crate::ids::{CaseId, LandedId, PartyId};

/// A case to be opened.
#[derive(Debug, Clone)]
pub(crate) struct NewCase {
    pub id: CaseId,
    pub reference: CaseRef,
    pub case: Case,
    pub customer: Option<PartyId>,
    pub received_at: DateTime<Utc>,
    pub chain: Chain,
}

/// A case that this transaction alone may change.
#[derive(Debug, Clone)]
pub(crate) struct LockedCase {
    pub id: CaseId,
    pub reference: String,
    pub case: Case,
    pub chain: Chain,
    /// In lower case.
    pub customer_address: Option<String>,
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
        "insert into cases (id, reference, stage, language, customer_id, acknowledgement, reachable,
             received_at, opened_at, history_length, history_hash)
         overriding system value
         select id, reference, stage, language, customer_id, acknowledgement, reachable, received_at,
             $11, history_length, history_hash
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
             $7::boolean[], $8::timestamptz[], $9::int[], $10::bytea[])
             as new (id, reference, stage, language, customer_id, acknowledgement, reachable,
                 received_at, history_length, history_hash)",
        &cases.iter().map(|new| new.id.0).collect::<Vec<_>>(),
        &references,
        &cases.iter().map(|new| new.case.stage.as_str()).collect::<Vec<_>>() as &[&str],
        &cases.iter().map(|new| new.case.language.as_str()).collect::<Vec<_>>() as &[&str],
        &cases.iter().map(|new| new.customer.map(|id| id.0)).collect::<Vec<_>>()
            as &[Option<i64>],
        &cases.iter().map(|new| new.case.acknowledgement.as_str()).collect::<Vec<_>>()
            as &[&str],
        &cases.iter().map(|new| new.case.reachable).collect::<Vec<_>>(),
        &cases.iter().map(|new| new.received_at).collect::<Vec<_>>(),
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
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select c.id as "id!", c.reference as "reference!", c.stage as "stage!",
                  c.language as "language!", c.acknowledgement as "acknowledgement!",
                  c.reachable as "reachable!", c.history_length as "history_length!",
                  c.history_hash as "history_hash!", lower(p.address) as "address?"
           from cases c left join party p on p.id = c.customer_id
           where c.id = any($1) order by c.id for no key update of c"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let case = Case {
                stage: known(Stage::from_name(&row.stage), "stage", &row.stage)?,
                language: known(Language::from_tag(&row.language), "language", &row.language)?,
                acknowledgement: known(
                    Acknowledgement::from_name(&row.acknowledgement),
                    "acknowledgement",
                    &row.acknowledgement,
                )?,
                reachable: row.reachable,
            };
            let hash = <[u8; 32]>::try_from(row.history_hash.as_slice());
            let hash = known(hash.ok(), "history hash of case", &row.reference)?;
            let locked = LockedCase {
                id: CaseId(row.id),
                reference: row.reference,
                case,
                chain: Chain {
                    length: row.history_length,
                    hash,
                },
                customer_address: row.address,
            };
            Ok((locked.id, locked))
        })
        .collect()
}

/// Writes what cases have become.
pub(crate) async fn update(tx: &mut Transaction, cases: &[&LockedCase]) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = cases.iter().map(|one| one.chain.hash.to_vec()).collect();
    sqlx::query!(
        "update cases c
         set stage = new.stage, acknowledgement = new.acknowledgement, reachable = new.reachable,
             history_length = new.history_length, history_hash = new.history_hash
         from unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::int[], $6::bytea[])
             as new (id, stage, acknowledgement, reachable, history_length, history_hash)
         where c.id = new.id",
        &cases.iter().map(|one| one.id.0).collect::<Vec<_>>(),
        &cases
            .iter()
            .map(|one| one.case.stage.as_str())
            .collect::<Vec<_>>() as &[&str],
        &cases
            .iter()
            .map(|one| one.case.acknowledgement.as_str())
            .collect::<Vec<_>>() as &[&str],
        &cases
            .iter()
            .map(|one| one.case.reachable)
            .collect::<Vec<_>>(),
        &cases.iter().map(|one| one.chain.length).collect::<Vec<_>>(),
        &hashes,
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
