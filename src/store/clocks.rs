//! Clocks of cases, and which of them are due.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Store, StoreError, Transaction, duration, known};
use crate::case::{Clock, ClockKey, Clocks, Next};
use crate::ids::CaseId;

/// The clocks of these cases.
pub(crate) async fn of_cases(
    tx: &mut sqlx::PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Clocks>, StoreError> {
    let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select case_id, name, number, started_at, term, extensions, pauses, paused_at, due_at,
             reached, next_percent, next_at, breached_at, stopped_at
         from clock where case_id = any($1)",
        &ids
    )
    .fetch_all(tx)
    .await?;
    let mut clocks: HashMap<CaseId, Clocks> = HashMap::new();
    for row in rows {
        let next = row.next_percent.zip(row.next_at).map(|(percent, at)| Next {
            percent: percent.unsigned_abs() as u16,
            at,
        });
        let clock = Clock {
            started_at: row.started_at,
            term: read("term", Value::String(row.term))?,
            extensions: read("extensions", row.extensions)?,
            pauses: read("pauses", row.pauses)?,
            paused_at: row.paused_at,
            due_at: row.due_at,
            reached: row.reached.unsigned_abs() as u16,
            next,
            breached_at: row.breached_at,
            stopped_at: row.stopped_at,
        };
        let key = ClockKey {
            name: row.name,
            number: row.number.unsigned_abs(),
        };
        clocks
            .entry(CaseId(row.case_id))
            .or_default()
            .insert(key, clock);
    }
    Ok(clocks)
}

fn read<T: serde::de::DeserializeOwned>(what: &str, value: Value) -> Result<T, StoreError> {
    let text = value.to_string();
    known(serde_json::from_value(value).ok(), what, &text)
}

/// Writes what clocks have become.
pub(crate) async fn write(
    tx: &mut Transaction,
    clocks: &[(CaseId, &ClockKey, &Clock)],
) -> Result<(), StoreError> {
    let of = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let numbers: Vec<i32> = clocks
        .iter()
        .map(|(_, key, _)| of(key.number.into()))
        .collect();
    let next = |clock: &Clock| clock.next.map(|next| i32::from(next.percent));
    sqlx::query!(
        "insert into clock (case_id, name, number, started_at, term, extensions, pauses, paused_at,
             due_at, reached, next_percent, next_at, breached_at, stopped_at)
         select case_id, name, number, started_at, term, extensions, pauses, paused_at, due_at,
             reached, next_percent, next_at, breached_at, stopped_at
         from unnest($1::bigint[], $2::text[], $3::int[], $4::timestamptz[], $5::text[],
             $6::jsonb[], $7::jsonb[], $8::timestamptz[], $9::timestamptz[], $10::int[], $11::int[],
             $12::timestamptz[], $13::timestamptz[], $14::timestamptz[])
             as new (case_id, name, number, started_at, term, extensions, pauses, paused_at, due_at,
                 reached, next_percent, next_at, breached_at, stopped_at)
         on conflict (case_id, name, number) do update
         set started_at = excluded.started_at, term = excluded.term,
             extensions = excluded.extensions, pauses = excluded.pauses,
             paused_at = excluded.paused_at, due_at = excluded.due_at, reached = excluded.reached,
             next_percent = excluded.next_percent, next_at = excluded.next_at,
             breached_at = excluded.breached_at, stopped_at = excluded.stopped_at",
        &clocks.iter().map(|(case, _, _)| case.0).collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, key, _)| key.name.as_str())
            .collect::<Vec<_>>() as &[&str],
        &numbers,
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.started_at)
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.term.to_string())
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| json!(clock.extensions))
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| json!(clock.pauses))
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.paused_at)
            .collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.due_at)
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| i32::from(clock.reached))
            .collect::<Vec<_>>(),
        &clocks
            .iter()
            .map(|(_, _, clock)| next(clock))
            .collect::<Vec<_>>() as &[Option<i32>],
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.next.map(|next| next.at))
            .collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.breached_at)
            .collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &clocks
            .iter()
            .map(|(_, _, clock)| clock.stopped_at)
            .collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the clock loop does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Cases with a clock that has come to a rung, the longest due first.
    pub cases: Vec<CaseId>,
    /// How long until the next clock comes to one; `None` where none ticks, or where some have come to one already.
    pub next: Option<Duration>,
}

impl Store {
    /// The clocks of a case.
    pub async fn clocks(&self, case: CaseId) -> Result<Clocks, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut clocks = of_cases(&mut connection, &[case]).await?;
        Ok(clocks.remove(&case).unwrap_or_default())
    }

    /// Cases with clocks that have come to a rung. Costs by what is due, not by what there is.
    pub async fn due_cases(&self, most: u16) -> Result<Due, StoreError> {
        let rows = sqlx::query_scalar!(
            "select case_id from clock where next_at <= now() order by next_at limit $1",
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut cases: Vec<CaseId> = Vec::new();
        for id in rows.into_iter().map(CaseId) {
            if !cases.contains(&id) {
                cases.push(id);
            }
        }
        if !cases.is_empty() {
            return Ok(Due { cases, next: None });
        }
        let seconds = sqlx::query_scalar!(
            r#"select extract(epoch from min(next_at) - now())::float8 as seconds
               from clock where next_at > now()"#
        )
        .fetch_one(&self.pool)
        .await?;
        let next = seconds.map(duration);
        Ok(Due { cases, next })
    }

    /// Lets ladders rest after the database's time has jumped.
    pub async fn rest_ladders(&self, rest: Duration) -> Result<(), StoreError> {
        sqlx::query!(
            "update tick set jumped_at = now(), rest_until = now() + make_interval(secs => $1)",
            rest.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether ladders rest now. A jump back to where time was before ends the rest.
    pub async fn ladders_rest(&self) -> Result<bool, StoreError> {
        let rest = sqlx::query_scalar!(
            r#"select coalesce(now() between jumped_at and rest_until, false) as "rest!" from tick"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(rest)
    }
}
