//! Cases as they are looked at: in lists, one by one, and by mail that refers to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::case_of;
use crate::case::{Case, CaseRef};
use crate::ids::{CaseId, LandedId};
use crate::policy::{Letter, Stage};
use crate::store::{Store, StoreError, archive, known};

/// Where a case stands, for mail that refers to it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Of the case that mail belongs to: the one that this is a duplicate of, if so.
    pub id: CaseId,
    pub reference: CaseRef,
    pub profile: String,
    pub closed_at: Option<DateTime<Utc>>,
    /// Mail that refers to it is somebody's new matter.
    pub erased: bool,
    /// In lower case.
    pub customer_address: Option<String>,
    /// The last letter written on it.
    pub latest_letter: Option<Letter>,
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
    pub erased_at: Option<DateTime<Utc>>,
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

    /// The policy profiles that cases are handled by, with the number of cases: of open ones, and of those that are
    /// still to be told how a letter ended.
    pub async fn profiles_in_use(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select profile as "profile!", count(*) as "cases!" from (
                 select id, profile from cases where stage <> 'closed'
                 union
                 select c.id, c.profile from cases c join outbox o on o.case_id = c.id
                 where o.letter is not null and o.state = 'queued'
                 union
                 select c.id, c.profile from cases c join outbox o on o.case_id = c.id
                 where o.letter is not null and o.state = 'sending'
                 union
                 select c.id, c.profile from cases c join outbox o on o.case_id = c.id
                 where o.state in ('sent', 'failed', 'cancelled') and not o.told) used
               group by profile order by profile"#
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

    /// Which of these cases there are.
    pub(crate) async fn cases_there(
        &self,
        cases: &[CaseId],
    ) -> Result<HashSet<CaseId>, StoreError> {
        let cases: Vec<i64> = cases.iter().map(|id| id.0).collect();
        let there = sqlx::query_scalar!("select id from cases where id = any($1)", &cases)
            .fetch_all(&self.pool)
            .await?;
        Ok(there.into_iter().map(CaseId).collect())
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
                 join cases target on target.reference = c.duplicate_of
                 where f.depth < 10
             ), last as (
                 select distinct on (asked) asked, id from followed order by asked, depth desc
             )
             select l.asked as "asked!", c.id as "id!", c.reference as "reference!",
                    c.profile as "profile!", c.erased as "erased!", c.closed_at::timestamptz as closed_at,
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
                    erased: row.erased,
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
                      (c.state->>'erased_at')::timestamptz as erased_at,
                      topic(c.id) as subject,
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
        let mut connection = self.pool.acquire().await?;
        archive::texts(&mut connection, case).await
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
