//! What reviews are reckoned from (§6): figures of a period, without words and addresses of customers.
//!
//! Nothing here reads `words`, `message`, `raw` or `party`, but [`Store::words_for_review`]: a role may do
//! reviews without access to content.

mod trend;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Store, StoreError, Transaction};
use crate::review::rows::{
    ActionRow, BreachRow, CaseRow, EscalationRow, OverrideRow, RefusalRow, RepeatRow, Rows,
    SuggestionRow, VerdictRow,
};

/// Which facts are looked at.
#[derive(Debug, Clone)]
pub struct Window<'a> {
    /// Where each period begins that is compared, the oldest first; the last two are the reviewed period's
    /// beginning and the first moment after it.
    pub boundaries: &'a [DateTime<Utc>],
    /// Only cases of this profile.
    pub profile: Option<&'a str>,
}

impl Window<'_> {
    fn from(&self) -> DateTime<Utc> {
        let before = self.boundaries.len().checked_sub(2);
        before
            .and_then(|at| self.boundaries.get(at).copied())
            .unwrap_or_default()
    }

    fn to(&self) -> DateTime<Utc> {
        self.boundaries.last().copied().unwrap_or_default()
    }
}

impl Store {
    /// All that a review is made of, as it is at one moment.
    pub async fn rows_for_review(&self, window: &Window<'_>) -> Result<Rows, StoreError> {
        let mut tx = self.begin().await?;
        for setting in [
            "set transaction isolation level repeatable read, read only",
            // the plans are sums over many rows: compiling them takes longer than they do
            "set local jit = off",
            "set local work_mem = '64MB'",
        ] {
            sqlx::query(setting).execute(&mut *tx).await?;
        }
        let mut rows = Rows {
            cases: cases(&mut tx, window).await?,
            clocks: vec![],
            breaches: breaches(&mut tx, window).await?,
            overrides: overrides(&mut tx, window).await?,
            refusals: refusals(&mut tx, window).await?,
            escalations: escalations(&mut tx, window).await?,
            verdicts: verdicts(&mut tx, window).await?,
            repeats: repeats(&mut tx, window).await?,
            suggestions: suggestions(&mut tx, window).await?,
            actions: actions(&mut tx, window).await?,
            trend: trend::trend(&mut tx, window).await?,
            ..Rows::default()
        };
        rows.clocks = rows
            .trend
            .last()
            .map(|row| row.clocks.clone())
            .unwrap_or_default();
        events(&mut tx, window, &mut rows).await?;
        rows.since = sqlx::query_scalar!("select min(received_at) from cases")
            .fetch_one(&mut *tx)
            .await?;
        Ok(rows)
    }

    /// Words by their SHA-256 in hexadecimal digits: what customers suggest (§10), how staff explain a
    /// breach (§9). Those that were erased are missing.
    pub async fn words_for_review(
        &self,
        hashes: &[String],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let rows = sqlx::query!(
            r#"select encode(sha256, 'hex') as "hash!", min(body) as "body!" from words
               where sha256 in (select decode(hash, 'hex') from unnest($1::text[]) as hash)
                 and erased_by is null
               group by sha256"#,
            hashes
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.hash, row.body)).collect())
    }
}

/// Cases that the period touches, each as it stood at its end.
async fn cases(tx: &mut Transaction, window: &Window<'_>) -> Result<Vec<CaseRow>, StoreError> {
    let rows = sqlx::query!(
        r#"with touched as (
             select id from cases where received_at >= $1 and received_at < $2
             union
             select case_id from history
             where event in ('accepted', 'closed', 'resolved', 'mediated', 'satisfaction_answered')
               and at >= $1 and at < $2
             union
             select case_id from history
             where event in ('letter_delivered', 'letter_handed_over')
               and data->>'letter' in ('acknowledgement', 'outcome', 'summary_resolution',
                   'satisfaction_question')
               and at >= $1 and at < $2
             -- what may have been open at the end: is open now, or was closed since
             union
             select id from cases where stage <> 'closed' and received_at < $2
             union
             select case_id from history where event = 'closed' and at >= $2
           ), facts as (
             -- offset 0: a letter's name is read out of its data once
             select h.case_id, h.sequence, h.at, h.event, h.data,
                 case when h.event in ('letter_delivered', 'letter_handed_over') then h.data->>'letter' end
                     as letter
             from history h join touched t on t.id = h.case_id
             where h.event in ('accepted', 'closed', 'reopened', 'litigated', 'resolved', 'mediated',
                   'satisfaction_answered', 'letter_delivered', 'letter_handed_over')
               and h.at < $2
             offset 0
           ), steps as (
             select f.case_id,
                 min(f.at) filter (where f.letter = 'acknowledgement') as acknowledged_at,
                 min(f.at) filter (where f.letter in ('outcome', 'summary_resolution')) as resolved_at,
                 max(f.at) filter (where f.letter = 'satisfaction_question' and f.at >= $1) as asked_at,
                 min(f.at) filter (where f.event = 'accepted') as accepted_at,
                 max(f.sequence) filter (where f.event = 'closed') as closed,
                 max(f.sequence) filter (where f.event in ('reopened', 'litigated')) as opened,
                 max(f.at) filter (where f.event = 'closed') as closed_at,
                 max(f.at) filter (where f.event in ('resolved', 'mediated')) as decided_at,
                 max(f.at) filter (where f.event = 'satisfaction_answered') as answered_at,
                 -- what the last of each says: nine digits of its place, then the word
                 max(to_char(f.sequence, 'FM000000000') || (f.data->>'reason'))
                     filter (where f.event = 'closed') as reason,
                 max(to_char(f.sequence, 'FM000000000') || (f.data->>'finding'))
                     filter (where f.event in ('resolved', 'mediated')) as finding,
                 max(to_char(f.sequence, 'FM000000000') || (f.data->>'satisfied'))
                     filter (where f.event = 'satisfaction_answered') as satisfied
             from facts f
             group by f.case_id
           )
           select c.customer_id as "customer?", c.profile as "profile!", c.channel as "channel!",
                  c.category as "category?", c.state->>'cause' as cause, coalesce(c.state->'have', '[]') as "have!",
                  c.received_at as "received_at!", s.acknowledged_at as "acknowledged_at?",
                  s.accepted_at as "accepted_at?", s.resolved_at as "resolved_at?",
                  case when s.closed > coalesce(s.opened, 0) then s.closed_at end as closed_at,
                  case when s.closed > coalesce(s.opened, 0) then substr(s.reason, 10) end
                      as close_reason,
                  s.decided_at as "decided_at?", substr(s.finding, 10) as finding,
                  s.asked_at as "asked_at?", s.answered_at as "answered_at?",
                  substr(s.satisfied, 10) = 'true' as satisfied
           from touched t join cases c on c.id = t.id
           left join steps s on s.case_id = t.id
           where c.received_at < $2 and ($3::text is null or c.profile = $3)"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let cases = rows.into_iter().map(|row| CaseRow {
        customer: row.customer,
        profile: row.profile,
        channel: row.channel,
        category: row.category,
        cause: row.cause,
        particulars: serde_json::from_value(row.have).unwrap_or_default(),
        received_at: row.received_at,
        acknowledged_at: row.acknowledged_at,
        accepted_at: row.accepted_at,
        resolved_at: row.resolved_at,
        closed_at: row.closed_at,
        close_reason: row.close_reason,
        decided_at: row.decided_at,
        finding: row.finding,
        asked_at: row.asked_at,
        answered_at: row.answered_at,
        satisfied: row.satisfied,
    });
    Ok(cases.collect())
}

/// Deadlines that were missed, with the explanation where there is one by now (§9).
async fn breaches(tx: &mut Transaction, window: &Window<'_>) -> Result<Vec<BreachRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.reference as "reference!", b.data->'clock'->>'name' as "clock!",
                  (b.data->'clock'->>'number')::int as "number!", b.data->>'by' as by,
                  (b.data->>'due_at')::timestamptz as "due_at!",
                  -- what ends a clock may start it anew, and then its row says nothing of this breach
                  (select s.at from history s
                   where s.case_id = b.case_id and s.sequence > b.sequence and s.event = 'clocks' and s.at < $2
                     and exists (select 1
                         from json_to_recordset(s.data->'changes') as change (change text, name text, number int)
                         where change.change in ('stopped', 'started')
                           and change.name = b.data->'clock'->>'name'
                           and change.number = (b.data->'clock'->>'number')::int)
                   order by s.sequence limit 1) as done_at,
                  (select e.data->>'words' from history e
                   where e.case_id = b.case_id and e.sequence > b.sequence and e.event = 'explained'
                     and (e.data->'of'->'breach')::jsonb = (b.data->'clock')::jsonb
                     and e.data->>'by' = b.data->>'by'
                   order by e.sequence desc limit 1) as explanation
           from history b join cases c on c.id = b.case_id
           where b.event = 'breached' and b.at >= $1 and b.at < $2
             and ($3::text is null or c.profile = $3)
           order by b.at, b.case_id, b.sequence"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let breaches = rows.into_iter().map(|row| BreachRow {
        case: row.reference,
        clock: row.clock,
        number: row.number.unsigned_abs(),
        by: row.by,
        due_at: row.due_at,
        done_at: row.done_at,
        explanation: row.explanation,
    });
    Ok(breaches.collect())
}

async fn overrides(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<OverrideRow>, StoreError> {
    let rows = sqlx::query_as!(
        OverrideRow,
        r#"select o.data->>'act' as "act!", o.data->>'by' as "by!",
                  exists (select 1 from history e
                   where e.case_id = o.case_id and e.sequence > o.sequence and e.event = 'explained'
                     and e.data->'of'->>'override' = o.data->>'act'
                     and e.data->>'by' = o.data->>'by') as "explained!"
           from history o join cases c on c.id = o.case_id
           where o.event = 'overrode' and o.at >= $1 and o.at < $2
             and ($3::text is null or c.profile = $3)"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows)
}

async fn refusals(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<RefusalRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select h.data->>'act' as "act!", h.actor as "actor!", count(*) as "count!"
           from history h join cases c on c.id = h.case_id
           where h.event = 'refused' and h.at >= $1 and h.at < $2
             and ($3::text is null or c.profile = $3)
           group by 1, 2 order by 3 desc, 1, 2"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let refusals = rows.into_iter().map(|row| RefusalRow {
        act: row.act,
        by: row.actor,
        count: row.count.unsigned_abs(),
    });
    Ok(refusals.collect())
}

async fn escalations(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<EscalationRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select h.data->'changes'->0->>'name' as "clock!",
                  (h.data->'changes'->0->>'percent')::integer as "percent!", count(*) as "count!"
           from history h join cases c on c.id = h.case_id
           where h.event = 'clocks' and h.data->'changes'->0->>'change' = 'reached'
             and (h.data->'changes'->0->>'percent')::integer >= 100
             and h.at >= $1 and h.at < $2 and ($3::text is null or c.profile = $3)
           group by 1, 2 order by 1, 2"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let escalations = rows.into_iter().map(|row| EscalationRow {
        clock: row.clock,
        percent: row.percent.unsigned_abs(),
        count: row.count.unsigned_abs(),
    });
    Ok(escalations.collect())
}

async fn verdicts(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<VerdictRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.customer_id as "customer?", h.event = 'mediated' as "mediated!",
                  d.finding as "finding!", d.remedy is not null as "remedied!",
                  d.cost->>'currency' as currency, (d.cost->>'minor')::bigint as minor
           from history h join cases c on c.id = h.case_id
           cross join lateral json_to_record(h.data) as d (finding text, remedy text, cost json)
           where h.event in ('resolved', 'mediated') and h.at >= $1 and h.at < $2
             and ($3::text is null or c.profile = $3)"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let verdicts = rows.into_iter().map(|row| VerdictRow {
        customer: row.customer,
        mediated: row.mediated,
        finding: row.finding,
        remedied: row.remedied,
        cost: row.currency.zip(row.minor.map(i64::unsigned_abs)),
    });
    Ok(verdicts.collect())
}

/// Customers who complained more than once within the year that ends with the period. Duplicates and what is
/// no complaint don't count.
async fn repeats(tx: &mut Transaction, window: &Window<'_>) -> Result<Vec<RepeatRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select complaints as "complaints!", customers as "customers!"
           from repeating_customers($1, $2, $3, $4)"#,
        window.to() - TimeDelta::days(365),
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let repeats = rows.into_iter().map(|row| RepeatRow {
        complaints: row.complaints.unsigned_abs(),
        customers: row.customers.unsigned_abs(),
    });
    Ok(repeats.collect())
}

async fn suggestions(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<SuggestionRow>, StoreError> {
    let rows = sqlx::query_as!(
        SuggestionRow,
        r#"select h.at, c.reference as "case!", h.data->>'words' as "words!"
           from history h join cases c on c.id = h.case_id
           where h.event = 'suggested' and h.at >= $1 and h.at < $2
             and ($3::text is null or c.profile = $3)
           order by h.at, h.case_id, h.sequence"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows)
}

/// Actions that were open at the end of the period, or done or verified in it, as they stood at its end.
async fn actions(tx: &mut Transaction, window: &Window<'_>) -> Result<Vec<ActionRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select a.number, a.kind, a.owner, a.due_on,
                  case when a.done_at < $2 then a.done_at end as done_at,
                  case when a.verified_at < $2 then a.verified_at end as verified_at
           from action a left join cases c on c.id = a.case_id
           where a.raised_at < $2
             and (a.verified_at is null or a.verified_at >= $1)
             and (a.done_at is null or a.done_at >= $1 or a.verified_at is null or a.verified_at >= $1)
             and ($3::text is null or c.profile = $3 or a.case_id is null)
           order by a.due_on, a.number"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    let actions = rows.into_iter().map(|row| ActionRow {
        number: row.number.unsigned_abs(),
        kind: row.kind,
        owner: row.owner,
        due: row.due_on,
        done_at: row.done_at,
        verified_at: row.verified_at,
    });
    Ok(actions.collect())
}

/// Things that are only counted.
async fn events(
    tx: &mut Transaction,
    window: &Window<'_>,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let counts = sqlx::query!(
        r#"select h.event as "event!", count(*) as "count!"
           from history h join cases c on c.id = h.case_id
           where h.event in ('reopened', 'access_refused', 'mediation_owed', 'mediator_named')
             and h.at >= $1 and h.at < $2 and ($3::text is null or c.profile = $3)
           group by 1"#,
        window.from(),
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in counts {
        let count = row.count.unsigned_abs();
        match row.event.as_str() {
            "reopened" => rows.reopened = count,
            "access_refused" => rows.access_refused = count,
            "mediation_owed" => rows.mediations_owed = count,
            _ => rows.mediators_named = count,
        }
    }
    Ok(())
}
