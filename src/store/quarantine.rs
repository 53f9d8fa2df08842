//! Messages put aside for people to look at: in quarantine, or filed without a case.

use chrono::{DateTime, Utc};

use super::landed::all_still_ours;
use super::{Store, StoreError, Transaction};
use crate::ids::{DaemonId, LandedId};

/// A message in quarantine, or one that was filed without a case.
#[derive(Debug, Clone)]
pub struct Quarantined {
    pub id: LandedId,
    pub mailbox: String,
    pub uid: i64,
    pub size: i64,
    pub received_at: Option<DateTime<Utc>>,
    pub landed_at: DateTime<Utc>,
    pub attempts: i32,
    /// Why it was quarantined, or what showed that nobody waits for an answer.
    pub reason: String,
}

impl Store {
    /// Puts a claimed message in quarantine.
    pub async fn quarantine(
        &self,
        daemon: DaemonId,
        id: LandedId,
        reason: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        quarantine_many(&mut tx, daemon, &[(id, reason.to_owned())]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Messages in quarantine, newest first, older than a given one.
    pub async fn quarantined(
        &self,
        before: Option<LandedId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError> {
        self.in_quarantine(None, before, limit).await
    }

    async fn in_quarantine(
        &self,
        only: Option<LandedId>,
        before: Option<LandedId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let messages = sqlx::query_as!(
            Quarantined,
            r#"select l.id as "id: LandedId", m.name as mailbox, l.uid, l.size, l.received_at,
                      l.landed_at, l.attempts, l.reason as "reason!"
               from landed l join mailbox m on m.id = l.mailbox_id
               where l.state = 'quarantined' and l.erased_by is null and ($1::bigint is null or l.id = $1)
                 and ($2::bigint is null or l.id < $2)
               order by l.id desc limit $3"#,
            only.map(|id| id.0),
            before.map(|id| id.0),
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(messages)
    }

    /// Messages that were filed without a case, since nobody waits for an answer: robots, lists, reports.
    /// Newest first, older than a given one.
    pub async fn filed_without_case(
        &self,
        before: Option<LandedId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError> {
        self.without_case(None, before, limit).await
    }

    async fn without_case(
        &self,
        only: Option<LandedId>,
        before: Option<LandedId>,
        limit: u32,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let messages = sqlx::query_as!(
            Quarantined,
            r#"select l.id as "id: LandedId", m.name as mailbox, l.uid, l.size, l.received_at,
                      l.landed_at, l.attempts,
                      f.nature || ' (' || f.nature_evidence || ')' as "reason!"
               from message f join landed l on l.id = f.landed_id join mailbox m on m.id = l.mailbox_id
               where f.case_id is null and f.erased_by is null and l.state = 'filed' and ($1::bigint is null or f.landed_id = $1)
                 and ($2::bigint is null or f.landed_id < $2)
               order by f.landed_id desc limit $3"#,
            only.map(|id| id.0),
            before.map(|id| id.0),
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(messages)
    }

    /// One message put aside with what is there of its bytes; `None` where it is neither in quarantine nor
    /// filed without a case.
    pub async fn quarantined_message(
        &self,
        id: LandedId,
    ) -> Result<Option<(Quarantined, Option<Vec<u8>>)>, StoreError> {
        let mut found = self.in_quarantine(Some(id), None, 1).await?;
        found.extend(self.without_case(Some(id), None, 1).await?);
        let Some(message) = found.pop() else {
            return Ok(None);
        };
        let bytes = sqlx::query_scalar!(
            "select r.bytes from landed l join raw r on r.sha256 = l.sha256 where l.id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(Some((message, bytes)))
    }

    /// Lets a message out of quarantine, or out of what was filed without a case: it becomes a case, whatever
    /// it is. False where it is neither, or nothing of it could be read from the server.
    pub async fn release(&self, id: LandedId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // it is read anew, and then written over; until then nothing finds it by its Message-ID
        let filed = sqlx::query!(
            "update message set message_id = null
             where landed_id = $1 and case_id is null and erased_by is null",
            id.0
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        let done = sqlx::query!(
            "update landed set state = 'waiting', attempts = 0, claimed_by = null, reason = null,
                    released_at = now()
             where id = $1 and (state = 'quarantined' or (state = 'filed' and $2))
               and sha256 is not null and received_at is not null and erased_by is null
               -- the same bytes may have been erased with another message
               and not exists (select 1 from raw r where r.sha256 = landed.sha256
                               and r.erased_by is not null)",
            id.0,
            filed
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            tx.commit().await?;
        }
        Ok(done.rows_affected() == 1)
    }
}

/// Puts claimed messages in quarantine, each with its reason.
pub(crate) async fn quarantine_many(
    tx: &mut Transaction,
    daemon: DaemonId,
    messages: &[(LandedId, String)],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = messages.iter().map(|(id, _)| id.0).collect();
    let reasons: Vec<&str> = messages.iter().map(|(_, reason)| reason.as_str()).collect();
    let done = sqlx::query!(
        "update landed l set state = 'quarantined', claimed_by = null, reason = q.reason
         from unnest($2::bigint[], $3::text[]) as q (id, reason)
         where l.id = q.id and l.claimed_by = $1 and l.state = 'waiting'",
        daemon.0,
        &ids,
        &reasons as &[&str]
    )
    .execute(&mut **tx)
    .await?;
    all_still_ours(done.rows_affected(), ids.len())
}
