//! What is compared from period to period.

use super::Window;
use crate::review::rows::{ClockRow, TrendRow};
use crate::store::{StoreError, Transaction};

/// A row for each period between two boundaries.
pub(super) async fn trend(
    tx: &mut Transaction,
    window: &Window<'_>,
) -> Result<Vec<TrendRow>, StoreError> {
    let boundaries = window.boundaries;
    let first = boundaries.first().copied().unwrap_or_default();
    let mut trend = vec![TrendRow::default(); boundaries.len().saturating_sub(1)];
    let place = |bucket: i32| usize::try_from(bucket - 1).unwrap_or(usize::MAX);

    let received = sqlx::query!(
        r#"select width_bucket(received_at, $1::timestamptz[]) as "bucket!", count(*) as "count!"
           from cases where received_at >= $2 and received_at < $3
             and ($4::text is null or profile = $4) group by 1"#,
        boundaries,
        first,
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in received {
        if let Some(one) = trend.get_mut(place(row.bucket)) {
            one.received = row.count.unsigned_abs();
        }
    }

    let facts = sqlx::query!(
        r#"select width_bucket(h.at, $1::timestamptz[]) as "bucket!",
                  count(*) filter (where h.event = 'reopened') as "reopened!",
                  count(*) filter (where h.event = 'breached') as "breaches!",
                  count(*) filter (where h.event = 'satisfaction_answered') as "answered!",
                  count(*) filter (where h.event = 'satisfaction_answered'
                      and (h.data->>'satisfied')::boolean) as "satisfied!",
                  -- a case that was closed is opened again by a court as well (§5.2)
                  coalesce(sum(case
                      when h.event = 'closed' then 1
                      when h.event = 'reopened' then -1
                      when h.event = 'litigated' and (select before.event from history before
                          where before.case_id = h.case_id and before.sequence < h.sequence
                            and before.event in ('closed', 'reopened', 'litigated')
                          order by before.sequence desc limit 1) = 'closed' then -1
                      else 0 end), 0)::bigint as "settled!"
           from history h join cases c on c.id = h.case_id
           where h.event in ('closed', 'reopened', 'litigated', 'breached', 'satisfaction_answered')
             and h.at >= $2 and h.at < $3 and ($4::text is null or c.profile = $4)
           group by 1"#,
        boundaries,
        first,
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in facts {
        if let Some(one) = trend.get_mut(place(row.bucket)) {
            one.reopened = row.reopened.unsigned_abs();
            one.breaches = row.breaches.unsigned_abs();
            one.answered = row.answered.unsigned_abs();
            one.satisfied = row.satisfied.unsigned_abs();
            one.settled = row.settled;
        }
    }

    // closed at the end of the period, and in it
    let closed = sqlx::query!(
        r#"select bucket as "bucket!", count(*) as "count!" from (
             select distinct on (h.case_id, width_bucket(h.at, $1::timestamptz[]))
                 width_bucket(h.at, $1::timestamptz[]) as bucket, h.event
             from history h join cases c on c.id = h.case_id
             where h.event in ('closed', 'reopened', 'litigated') and h.at >= $2 and h.at < $3
               and ($4::text is null or c.profile = $4)
             order by h.case_id, width_bucket(h.at, $1::timestamptz[]), h.sequence desc) last
           where event = 'closed' group by 1"#,
        boundaries,
        first,
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in closed {
        if let Some(one) = trend.get_mut(place(row.bucket)) {
            one.closed = row.count.unsigned_abs();
        }
    }

    let resolved = sqlx::query!(
        r#"select width_bucket(f.at, $1::timestamptz[]) as "bucket!", count(*) as "count!",
                  (percentile_cont(0.5) within group (
                      order by extract(epoch from f.at - c.received_at)) / 86400)::float8 as median
           from (
             select case_id, min(at) as at from history
             where event in ('letter_delivered', 'letter_handed_over')
               and data->>'letter' in ('outcome', 'summary_resolution')
               and at >= $2 and at < $3
             group by case_id) f
           join cases c on c.id = f.case_id
           where ($4::text is null or c.profile = $4)
             -- only the first outcome of a case
             and not exists (select 1 from history before where before.case_id = f.case_id
                 and before.event in ('letter_delivered', 'letter_handed_over')
                 and before.data->>'letter' in ('outcome', 'summary_resolution') and before.at < $2)
           group by 1"#,
        boundaries,
        first,
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in resolved {
        if let Some(one) = trend.get_mut(place(row.bucket)) {
            one.resolved = row.count.unsigned_abs();
            one.median_days = row.median;
        }
    }

    // a clock is decided once: when it stops in time, or else when it falls due
    let clocks = sqlx::query!(
        r#"select width_bucket(least(k.stopped_at, k.due_at), $1::timestamptz[]) as "bucket!",
                  c.profile as "profile!", k.name as "clock!",
                  count(*) filter (where k.stopped_at <= k.due_at) as "kept!",
                  count(*) filter (where k.stopped_at is null or k.stopped_at > k.due_at) as "missed!"
           from clock k join cases c on c.id = k.case_id
           where least(k.stopped_at, k.due_at) >= $2 and least(k.stopped_at, k.due_at) < $3
             and (k.stopped_at is not null or (k.paused_at is null and k.due_at <= (select now())))
             and ($4::text is null or c.profile = $4)
           group by 1, 2, 3 order by 1, 2, 3"#,
        boundaries,
        first,
        window.to(),
        window.profile
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in clocks {
        if let Some(one) = trend.get_mut(place(row.bucket)) {
            one.clocks.push(ClockRow {
                profile: row.profile,
                clock: row.clock,
                kept: row.kept.unsigned_abs(),
                missed: row.missed.unsigned_abs(),
            });
        }
    }
    Ok(trend)
}
