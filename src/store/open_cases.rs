//! Open cases as a digest looks at them.

use chrono::{DateTime, Utc};

use super::{StoreError, Transaction};
use crate::case::{Case, Person};

/// An open case with what runs on it.
#[derive(Debug, Clone)]
pub(crate) struct OpenCase {
    pub reference: String,
    /// Without its clocks.
    pub case: Case,
    /// Subject of the mail that opened it.
    pub topic: String,
    /// The running clocks: name, number, due.
    pub running: Vec<(String, i32, DateTime<Utc>)>,
}

/// Open cases that these people handle, mediate or are asked about; and, where wanted, all that are overdue.
pub(crate) async fn of(
    tx: &mut Transaction,
    people: &[&Person],
    overdue_too: bool,
    now: DateTime<Utc>,
) -> Result<Vec<OpenCase>, StoreError> {
    let people: Vec<&str> = people.iter().map(|person| person.as_str()).collect();
    let rows = sqlx::query!(
        r#"select c.reference, c.state as "state!: sqlx::types::Json<Case>",
                  coalesce(topic(c.id), '') as "topic!",
                  array(select k.name from clock k where k.case_id = c.id and k.stopped_at is null
                        and k.paused_at is null order by k.due_at, k.name, k.number) as "names!",
                  array(select k.number from clock k where k.case_id = c.id and k.stopped_at is null
                        and k.paused_at is null order by k.due_at, k.name, k.number) as "numbers!",
                  array(select k.due_at from clock k where k.case_id = c.id and k.stopped_at is null
                        and k.paused_at is null order by k.due_at, k.name, k.number) as "dues!"
           from cases c
           where c.stage <> 'closed'
             and (c.handler = any($1) or c.mediator = any($1)
                  or exists (select 1 from jsonb_each(c.state->'hand_offs') asked
                             where asked.value->>'to' = any($1)
                               and not (asked.value->>'answered')::boolean)
                  or ($2 and exists (select 1 from clock k where k.case_id = c.id
                                     and k.stopped_at is null and k.paused_at is null
                                     and k.due_at < $3)))
           order by c.id"#,
        &people as &[&str],
        overdue_too,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenCase {
            reference: row.reference,
            case: row.state.0,
            topic: row.topic,
            running: row
                .names
                .into_iter()
                .zip(row.numbers)
                .zip(row.dues)
                .map(|((name, number), due_at)| (name, number, due_at))
                .collect(),
        })
        .collect())
}
