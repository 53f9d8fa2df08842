//! The outbox as operators see and change it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::OutboxState;
use crate::ids::{CaseId, OutboxId};
use crate::store::{Store, StoreError};

/// A mail in a list.
#[derive(Debug, Clone)]
pub struct OutboxLine {
    pub id: OutboxId,
    pub reference: Option<String>,
    pub letter: String,
    pub recipient: String,
    pub state: String,
    pub attempts: i32,
    pub outcome: Option<String>,
    /// It may have been sent before.
    pub uncertain: bool,
    pub reply: Option<String>,
    pub created_at: DateTime<Utc>,
    pub not_before: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Mails, newest first, older than a given one; of one case or state where given, or only those that are
    /// uncertain.
    pub async fn outbox(
        &self,
        (state, uncertain): (Option<OutboxState>, bool),
        case: Option<CaseId>,
        before: Option<OutboxId>,
        limit: u32,
    ) -> Result<Vec<OutboxLine>, StoreError> {
        let lines = sqlx::query_as!(
            OutboxLine,
            r#"select o.id as "id!: OutboxId", c.reference as "reference?", coalesce(o.letter, 'notice') as "letter!",
                      o.recipient as "recipient!", o.state as "state!", o.attempts as "attempts!",
                      o.outcome as "outcome?", o.uncertain as "uncertain!", o.reply as "reply?", o.created_at as "created_at!",
                      o.not_before as "not_before!", o.ended_at as "ended_at?"
               from outbox o left join cases c on c.id = o.case_id
               where ($1::text is null or o.state = $1) and ($2::bigint is null or o.case_id = $2)
                 and ($3::bigint is null or o.id < $3) and (o.uncertain or not $5)
               order by o.id desc limit $4"#,
            state.map(OutboxState::as_str),
            case.map(|id| id.0),
            before.map(|id| id.0),
            i64::from(limit),
            uncertain
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(lines)
    }

    /// Lets a mail be tried again at once, with a new term until it is given up: one that waits, failed
    /// or was cancelled. The state it was in; `None` where there is no such mail. One that was sent,
    /// is being sent or was erased stays as it is.
    pub async fn retry_mail(&self, id: OutboxId) -> Result<Option<String>, StoreError> {
        let state = sqlx::query_scalar!(
            r#"update outbox o
             set state = case when was.retry then 'queued' else o.state end,
                 not_before = case when was.retry then now() else o.not_before end,
                 created_at = case when was.retry then now() else o.created_at end,
                 ended_at = case when was.retry then null else o.ended_at end,
                 told = case when was.retry then o.letter is null else o.told end
             from (select id, state, state in ('queued', 'failed', 'cancelled') and erased_by is null as retry
                   from outbox where id = $1 for update) was
             where o.id = was.id
             returning case when o.erased_by is null then was.state else 'erased' end as "state!""#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(state)
    }

    /// Cancels a mail that waits. The state it was in; `None` where there is no such mail. Any other
    /// stays as it is.
    pub async fn cancel_mail(&self, id: OutboxId) -> Result<Option<String>, StoreError> {
        let state = sqlx::query_scalar!(
            "update outbox o
             set state = case when was.state = 'queued' then 'cancelled' else o.state end,
                 told = case when was.state = 'queued' then o.letter is null else o.told end,
                 ended_at = case when was.state = 'queued' then now() else o.ended_at end
             from (select id, state from outbox where id = $1 for update) was
             where o.id = was.id
             returning was.state",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(state)
    }

    /// How many mails there are in each state.
    pub async fn outbox_counts(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = sqlx::query!(r#"select state, count(*) as "count!" from outbox group by state"#)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
    }
}
