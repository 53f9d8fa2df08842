//! Erasing what people wrote, their names and addresses (§7): what may go, and that it goes. Rows stay, with a
//! mark. The database's own functions carry it out, since the app may neither delete nor change bytes.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction, known};
use crate::case::CaseRef;
use crate::ids::{CaseId, LandedId, PartyId};

/// What decides whether a case can be erased.
#[derive(Debug, Clone)]
pub struct Standing {
    pub id: CaseId,
    pub reference: CaseRef,
    pub stage: String,
    pub profile: String,
    pub category: Option<String>,
    pub received_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub legal_hold: bool,
    pub erased: bool,
    /// Mail of the case waits to be sent, or the case hasn't been told how it ended.
    pub mail_on_its_way: bool,
    /// An open or held case that needs this one: one that it is a duplicate of or that is one of it, or one
    /// that goes on from it.
    pub needed_by: Option<String>,
    /// When the case was closed that this is a duplicate of: its mail belongs to that matter.
    pub matter_closed_at: Option<DateTime<Utc>>,
}

/// Where a list of closed cases goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct After {
    closed_at: String,
    id: i64,
}

/// Who erases, when, and by which rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Erasing<'a> {
    pub now: DateTime<Utc>,
    pub actor: &'a str,
    pub rule: &'a str,
    pub reason: Option<&'a str>,
}

/// A person, as far as an erasure needs to know them.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub party: Option<PartyId>,
    pub name: Option<String>,
    pub cases: Vec<CaseId>,
    /// Mail from their address that belongs to no case.
    pub mails: Vec<LandedId>,
    /// Cases of others that mail from their address was filed on.
    pub elsewhere: Vec<String>,
}

impl Store {
    /// Cases of a profile that were closed before a moment and aren't erased, the first closed first.
    pub(crate) async fn closed_cases(
        &self,
        profile: &str,
        before: DateTime<Utc>,
        after: &After,
        limit: i64,
    ) -> Result<(Vec<CaseId>, After), StoreError> {
        let rows = sqlx::query!(
            r#"select id as "id!", closed_at as "closed_at!" from cases
               where profile = $1 and stage = 'closed' and not erased
                 and closed_at < $2 and (closed_at, id) > ($3, $4)
               order by closed_at, id limit $5"#,
            profile,
            before.format("%Y-%m-%dT%H:%M:%S").to_string(),
            after.closed_at,
            after.id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let last = rows.last().map_or_else(
            || after.clone(),
            |row| After {
                closed_at: row.closed_at.clone(),
                id: row.id,
            },
        );
        Ok((rows.into_iter().map(|row| CaseId(row.id)).collect(), last))
    }

    /// What decides whether these cases can be erased.
    pub(crate) async fn erasable(&self, cases: &[CaseId]) -> Result<Vec<Standing>, StoreError> {
        let mut tx = self.begin().await?;
        standings(&mut tx, cases).await
    }

    /// Closed cases that aren't erased, by profile.
    pub(crate) async fn closed_by_profile(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select profile as "profile!", count(*) as "cases!" from cases
               where stage = 'closed' and not erased group by profile order by profile"#
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (row.profile, row.cases)).collect())
    }

    /// Mail that belongs to no case, landed before a moment: the oldest ones, with how many there are.
    pub(crate) async fn mail_without_case(
        &self,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<LandedId>, StoreError> {
        let ids = sqlx::query_scalar!(
            r#"(select l.id as "id!" from landed l
                where l.state = 'quarantined' and l.erased_by is null
                  and coalesce(l.released_at, l.landed_at) < $1
                order by l.landed_at, l.id limit $2)
               union all
               (select m.landed_id from message m join landed l on l.id = m.landed_id
                where m.case_id is null and m.erased_by is null and l.state = 'filed'
                  and coalesce(l.released_at, l.landed_at) < $1
                order by m.landed_id limit $2)"#,
            before,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(LandedId).collect())
    }

    /// How many mails that is.
    pub(crate) async fn count_mail_without_case(
        &self,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select (select count(*) from landed l
                       where l.state = 'quarantined' and l.erased_by is null
                         and coalesce(l.released_at, l.landed_at) < $1)
                    + (select count(*) from message m join landed l on l.id = m.landed_id
                       where m.case_id is null and m.erased_by is null and l.state = 'filed'
                         and coalesce(l.released_at, l.landed_at) < $1)
                    + (select count(*) from outbox
                       where case_id is null and erased_by is null and ended_at < $1
                         and state in ('sent', 'failed', 'cancelled')) as "count!""#,
            before
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Erases mail that belongs to no case; how many were.
    pub(crate) async fn erase_mail(
        &self,
        mails: &[LandedId],
        erasing: Erasing<'_>,
    ) -> Result<u64, StoreError> {
        let ids: Vec<i64> = mails.iter().map(|id| id.0).collect();
        let count = sqlx::query_scalar!(
            r#"select erase_mail($1, $2, $3, $4, $5) as "count!""#,
            &ids,
            erasing.now,
            erasing.actor,
            erasing.rule,
            erasing.reason as Option<&str>
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Erases what was mailed to staff about no case, or about several, and was sent before a moment; how many mails.
    pub(crate) async fn erase_own_mail(
        &self,
        before: DateTime<Utc>,
        erasing: Erasing<'_>,
    ) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select erase_own_mail($1, $2, $3, $4, $5) as "count!""#,
            before,
            erasing.now,
            erasing.actor,
            erasing.rule,
            erasing.reason as Option<&str>
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Mail about no case that may quote what was mailed to staff: their answers to it, and what came back.
    pub(crate) async fn mail_that_quotes_ours(&self) -> Result<Vec<LandedId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "select m.landed_id from message m join landed l on l.id = m.landed_id
             where m.case_id is null and m.erased_by is null and l.state = 'filed'
               and (m.matched_by = 'reply_address' or m.nature = 'bounce')
             order by m.landed_id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(LandedId).collect())
    }

    /// What is kept of a person, by their address in lower case; but for mail in quarantine.
    pub(crate) async fn known_person(&self, address: &str) -> Result<Known, StoreError> {
        let party = sqlx::query!(
            "select id, name from party where lower(address) = $1",
            address
        )
        .fetch_optional(&self.pool)
        .await?;
        let cases = sqlx::query_scalar!(
            "select id from cases where customer_id = $1 and not erased order by id",
            party.as_ref().map(|party| party.id)
        )
        .fetch_all(&self.pool)
        .await?;
        let mails = sqlx::query!(
            r#"select m.landed_id, c.reference as "reference?" from message m
               left join cases c on c.id = m.case_id
               where lower(m.from_address) = $1
                 and (m.case_id is null or c.customer_id is distinct from $2)
               order by m.landed_id"#,
            address,
            party.as_ref().map(|party| party.id)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut elsewhere: Vec<String> = mails
            .iter()
            .filter_map(|mail| mail.reference.clone())
            .collect();
        elsewhere.dedup();
        let without_case = mails.iter().filter(|mail| mail.reference.is_none());
        Ok(Known {
            party: party.as_ref().map(|party| PartyId(party.id)),
            name: party.and_then(|party| party.name),
            cases: cases.into_iter().map(CaseId).collect(),
            mails: without_case.map(|mail| LandedId(mail.landed_id)).collect(),
            elsewhere,
        })
    }

    /// The first bytes of mail in quarantine, a page of it.
    pub(crate) async fn heads_in_quarantine(
        &self,
        after: LandedId,
        bytes: i32,
        limit: i64,
    ) -> Result<Vec<(LandedId, Vec<u8>)>, StoreError> {
        let rows = sqlx::query!(
            r#"select l.id, substring(r.bytes from 1 for $2) as "head!"
               from landed l join raw r on r.sha256 = l.sha256
               where l.state = 'quarantined' and l.erased_by is null and l.id > $1
               order by l.id limit $3"#,
            after.0,
            bytes,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (LandedId(row.id), row.head)).collect())
    }
}

/// Erases cases whose history says, as of `erasing.now`, that they are.
pub(crate) async fn erase_cases(
    tx: &mut Transaction,
    cases: &[CaseId],
    erasing: Erasing<'_>,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        "select erase_cases($1, $2, $3, $4, $5)",
        &ids,
        erasing.now,
        erasing.actor,
        erasing.rule,
        erasing.reason as Option<&str>
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// What decides whether these cases can be erased, as this transaction sees them.
pub(crate) async fn standings(
    tx: &mut Transaction,
    cases: &[CaseId],
) -> Result<Vec<Standing>, StoreError> {
    let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"with recursive matter (asked, id, depth) as (
             select id, id, 0 from unnest($1::bigint[]) as these (id)
             union all
             select m.asked, target.id, m.depth + 1
             from matter m join cases c on c.id = m.id
             join cases target on target.reference = c.duplicate_of
             where m.depth < 10
           ), around (asked, id) as (
             select asked, id from matter where depth > 0
             union
             select c.id, other.id from cases c
             join cases other on other.duplicate_of = c.reference where c.id = any($1)
             union
             select c.id, other.id from cases c
             join cases other on other.follows = c.reference where c.id = any($1)
           )
           select c.id as "id!", c.reference as "reference!", c.stage as "stage!", c.profile as "profile!",
                  c.category as "category?", c.received_at as "received_at!", c.erased as "erased!",
                  c.closed_at::timestamptz as closed_at,
                  (c.state->>'legal_hold')::boolean as "legal_hold!",
                  exists (select 1 from outbox o where o.case_id = c.id
                          and (o.state in ('queued', 'sending') or not o.told)) as "mail_on_its_way!",
                  (select other.reference from around a join cases other on other.id = a.id
                   where a.asked = c.id and a.id <> c.id and not other.erased
                     and (other.stage <> 'closed' or (other.state->>'legal_hold')::boolean)
                   order by other.id limit 1) as needed_by,
                  (select max(other.closed_at::timestamptz)
                   from matter m join cases other on other.id = m.id
                   where m.asked = c.id and m.depth > 0 and not other.erased) as matter_closed_at
           from cases c where c.id = any($1) order by c.id"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Standing {
                id: CaseId(row.id),
                reference: known(row.reference.parse().ok(), "reference", &row.reference)?,
                stage: row.stage,
                profile: row.profile,
                category: row.category,
                received_at: row.received_at,
                closed_at: row.closed_at,
                legal_hold: row.legal_hold,
                erased: row.erased,
                mail_on_its_way: row.mail_on_its_way,
                needed_by: row.needed_by,
                matter_closed_at: row.matter_closed_at,
            })
        })
        .collect()
}
