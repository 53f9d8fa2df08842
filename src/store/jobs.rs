//! Slots of schedules: each runs once, whoever gets there first.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Store, StoreError, Transaction, known};
use crate::ids::DaemonId;
use serde::{Deserialize, Serialize};

use crate::policy::words;

words! {
    /// What has become of a slot.
    JobState {
        /// From here on slots count: nothing before it was missed.
        Begun = "begun",
        Running = "running",
        Done = "done",
        Failed = "failed",
        /// Missed, and not caught up with.
        Skipped = "skipped",
    }
}

/// A slot and what has become of it.
#[derive(Debug, Clone)]
pub struct Slot {
    pub slot: NaiveDateTime,
    pub state: JobState,
    pub run_by: Option<String>,
    pub attempts: i32,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub result: Option<String>,
}

impl Store {
    /// The latest slot of a schedule. Where it has none, slots count from `now` on.
    pub(crate) async fn latest_slot(
        &self,
        job: &str,
        now: (NaiveDateTime, DateTime<Utc>),
    ) -> Result<NaiveDateTime, StoreError> {
        if let Some(latest) = self.last_slot(job).await? {
            return Ok(latest);
        }
        sqlx::query!(
            "insert into job (name, slot, state, started_at) values ($1, $2, 'begun', $3)
             on conflict do nothing",
            job,
            now.0,
            now.1
        )
        .execute(&self.pool)
        .await?;
        // another daemon may have begun a moment before us
        Ok(self.last_slot(job).await?.unwrap_or(now.0))
    }

    async fn last_slot(&self, job: &str) -> Result<Option<NaiveDateTime>, StoreError> {
        let last = sqlx::query_scalar!(
            "select max(slot) from job where name = $1 and run_by is null",
            job
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(last)
    }

    /// Claims a slot; false where somebody else has it.
    pub(crate) async fn claim_slot(
        &self,
        daemon: Option<DaemonId>,
        (job, slot): (&str, NaiveDateTime),
        run_by: Option<&str>,
    ) -> Result<bool, StoreError> {
        let claimed = sqlx::query!(
            "insert into job (name, slot, state, run_by, daemon, started_at)
             values ($1, $2, 'running', $3, $4, now()) on conflict do nothing",
            job,
            slot,
            run_by,
            daemon.map(|daemon| daemon.0)
        )
        .execute(&self.pool)
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    /// Notes slots that were missed and aren't caught up with.
    pub(crate) async fn skip_slots(
        &self,
        job: &str,
        slots: &[NaiveDateTime],
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into job (name, slot, state, started_at, ended_at, result)
             select $1, unnest($2::timestamp[]), 'skipped', now(), now(), 'missed, and the latest one run instead'
             on conflict do nothing",
            job,
            slots
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A slot that was left while it ran, claimed anew: its daemon has died, or is this one, and the database broke
    /// it off. The latter is no attempt of the job's.
    pub(crate) async fn take_over_slot(
        &self,
        daemon: DaemonId,
    ) -> Result<Option<(String, NaiveDateTime, i32)>, StoreError> {
        let taken = sqlx::query!(
            r#"update job j set daemon = $1, started_at = now(),
                   attempts = attempts + case when j.daemon = $1 then 0 else 1 end
               where (j.name, j.slot) = (
                   select left_.name, left_.slot from job left_ join daemon d on d.id = left_.daemon
                   where left_.state = 'running' and (d.buried_at is not null or d.id = $1)
                   order by left_.slot limit 1 for update of left_ skip locked)
               returning j.name, j.slot, j.attempts"#,
            daemon.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(taken.map(|row| (row.name, row.slot, row.attempts)))
    }

    /// Ends a slot that failed.
    pub(crate) async fn fail_slot(
        &self,
        job: &str,
        slot: NaiveDateTime,
        why: &str,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update job set state = 'failed', ended_at = now(), result = $3
             where name = $1 and slot = $2 and state = 'running'",
            job,
            slot,
            why
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest slots of a job, the newest first.
    pub async fn slots(&self, job: &str, limit: u32) -> Result<Vec<Slot>, StoreError> {
        let rows = sqlx::query!(
            "select slot, state, run_by, attempts, started_at, ended_at, result from job
             where name = $1 and state <> 'begun' order by started_at desc, slot desc limit $2",
            job,
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Slot {
                    slot: row.slot,
                    state: known(JobState::from_name(&row.state), "state", &row.state)?,
                    run_by: row.run_by,
                    attempts: row.attempts,
                    started_at: row.started_at,
                    ended_at: row.ended_at,
                    result: row.result,
                })
            })
            .collect()
    }
}

/// Ends a slot in the transaction that did its work: both are there, or neither.
///
/// # Errors
/// Another daemon has taken it over.
pub(crate) async fn done(
    tx: &mut Transaction,
    daemon: Option<DaemonId>,
    (job, slot): (&str, NaiveDateTime),
    result: &str,
) -> Result<(), StoreError> {
    let ended = sqlx::query!(
        "update job set state = 'done', ended_at = now(), result = $4
         where name = $1 and slot = $2 and state = 'running' and daemon is not distinct from $3",
        job,
        slot,
        daemon.map(|daemon| daemon.0),
        result
    )
    .execute(&mut **tx)
    .await?;
    if ended.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Fenced(
            "a job of this daemon was given to another",
        ))
    }
}
