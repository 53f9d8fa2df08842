//! What Redress promises, looked at after a year.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Weekday};
use futures_util::TryStreamExt;
use redress::work::jobs::JobName;

use super::Settings;
use super::mails;
use super::office::Office;
use super::people::{DAILY, KEPT_DAYS, address};
use super::world::World;

pub async fn check(world: &World, office: &Office, settings: Settings) -> Result<()> {
    landed(world, office).await?;
    cases(world, office).await?;
    letters(world, office).await?;
    rungs(office).await?;
    jobs(office, settings.thorough).await?;
    recused(world, office).await?;
    waits(office).await?;
    erased(world, office).await?;
    let verified = office.store.verify(None, |_| {}).await?;
    ensure!(
        verified.differences.is_empty() && verified.cases == world.cases.len() as u64,
        "{} cases, and not what their histories say: {:?}",
        verified.cases,
        verified.differences
    );
    Ok(())
}

async fn number(office: &Office, sql: &'static str) -> Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(&office.sql).await?)
}

/// Every mail that landed has come to one end.
async fn landed(world: &World, office: &Office) -> Result<()> {
    let counts = office.store.landed_counts().await?;
    let expected = BTreeMap::from([
        ("duplicate".to_owned(), world.duplicates as i64),
        ("filed".to_owned(), (world.landed - world.duplicates) as i64),
    ]);
    let expected: BTreeMap<String, i64> = expected
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    ensure!(counts == expected, "landed: {counts:?}, not {expected:?}");
    let filed = number(office, "select count(*) from message").await?;
    ensure!(
        filed == (world.landed - world.duplicates) as i64,
        "each is filed once"
    );
    Ok(())
}

/// The cases are those of the account, and stand where it says.
async fn cases(world: &World, office: &Office) -> Result<()> {
    let rows: Vec<(String, String, Option<String>)> =
        sqlx::query_as("select reference, stage, handler from cases order by id")
            .fetch_all(&office.sql)
            .await?;
    ensure!(rows.len() == world.cases.len(), "{} cases", rows.len());
    for (case, (reference, stage, handler)) in world.cases.iter().zip(rows) {
        let known = case
            .handler
            .map(|one| super::people::STAFF[one].id.to_owned());
        ensure!(
            case.reference.to_string() == reference
                && case.stage.as_str() == stage
                && known == handler,
            "{reference} is {stage}, of {handler:?}; it should be {}, of {known:?}",
            case.stage
        );
    }
    Ok(())
}

/// Exactly the letters that were decided on: one acknowledgement a case, and none beyond the daily share.
async fn letters(world: &World, office: &Office) -> Result<()> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "select case_id, letter, count(*) from outbox where letter is not null group by 1, 2",
    )
    .fetch_all(&office.sql)
    .await?;
    let mut written: BTreeMap<(usize, String), u64> = BTreeMap::new();
    for (case, letter, count) in rows {
        written.insert((case as usize - 1, letter), count.unsigned_abs());
    }
    let mut decided: BTreeMap<(usize, String), u64> = BTreeMap::new();
    for (id, case) in world.cases.iter().enumerate() {
        for (letter, count) in &case.letters {
            decided.insert((id, letter.as_str().to_owned()), *count);
        }
        let acknowledgements = case.letters.get(&redress::policy::Letter::Acknowledgement);
        ensure!(
            acknowledgements.is_none_or(|count| *count == 1),
            "one acknowledgement"
        );
    }
    for key in written.keys().chain(decided.keys()) {
        let (is, should) = (written.get(key), decided.get(key));
        let reference = world.cases[key.0].reference;
        ensure!(
            is == should,
            "{reference}: {} {is:?} times, not {should:?}",
            key.1
        );
    }
    let most: i64 = sqlx::query_scalar(
        "select coalesce(max(count), 0) from (select count(*) over (partition by recipient
             order by created_at range between interval '86399 seconds' preceding and current row) as count
         from outbox where letter is not null and automatic and erased_by is null) within_a_day",
    )
    .fetch_one(&office.sql)
    .await?;
    ensure!(
        most <= DAILY as i64,
        "{most} automatic letters to one address in a day"
    );
    Ok(())
}

/// Each rung of a clock is climbed once, unless more time was given since.
async fn rungs(office: &Office) -> Result<()> {
    let twice = number(
        office,
        "with changes as (
             select case_id, sequence, place, change->>'name' as name, change->>'number' as number,
                 change->>'change' as what, change->>'percent' as percent
             from history, json_array_elements(data->'changes') with ordinality as of (change, place)
             where event = 'clocks'
         ), runs as (
             select *, count(*) filter (where what in ('started', 'extended', 'changed'))
                 over (partition by case_id, name, number order by sequence, place) as run
             from changes
         )
         select count(*) from (select 1 from runs where what = 'reached'
             group by case_id, name, number, run, percent having count(*) > 1) twice",
    )
    .await?;
    ensure!(twice == 0, "{twice} rungs were climbed twice");
    Ok(())
}

/// Whether a job has a slot on a day, and when: the schedules as they are documented.
fn slot(job: JobName, date: NaiveDate) -> Option<NaiveDateTime> {
    let monday = date.weekday() == Weekday::Mon;
    let first = date.day() == 1;
    let (has, hour, minute) = match job {
        JobName::Digest => (true, 8, 0),
        JobName::Actions => (true, 7, 0),
        JobName::PolicyNotice => (first && matches!(date.month(), 1 | 7), 9, 0),
        JobName::PolicyReading => (true, 7, 30),
        JobName::Retention => (true, 3, 0),
        JobName::Anchor => (monday, 6, 0),
        JobName::ReviewWeek => (monday, 8, 0),
        JobName::ReviewMonth => (first, 8, 10),
        JobName::ReviewQuarter => (first && matches!(date.month(), 1 | 4 | 7 | 10), 8, 20),
        JobName::ReviewYear => (first && date.month() == 1, 8, 30),
    };
    has.then(|| date.and_hms_opt(hour, minute, 0)).flatten()
}

/// Every slot has a row, and none another end than done, or skipped where nobody ran.
async fn jobs(office: &Office, thorough: bool) -> Result<()> {
    let looks: Vec<NaiveDateTime> = super::moments(thorough)
        .into_iter()
        .map(|at| (at + TimeDelta::hours(8)).naive_utc())
        .filter(|at| at.hour() < 13)
        .collect();
    for job in JobName::ALL {
        if !thorough && matches!(job, JobName::ReviewWeek | JobName::ReviewMonth) {
            continue;
        }
        let rows: Vec<(NaiveDateTime, String)> = sqlx::query_as(
            "select slot, state from job where name = $1 and state <> 'begun' order by slot",
        )
        .bind(job.as_str())
        .fetch_all(&office.sql)
        .await?;
        let mut expected = Vec::new();
        for (before, look) in looks.iter().zip(&looks[1..]) {
            let days = before
                .date()
                .iter_days()
                .take_while(|date| *date <= look.date());
            let due: Vec<NaiveDateTime> = days
                .filter_map(|date| slot(*job, date))
                .filter(|slot| slot > before && slot <= look)
                .collect();
            let last = due.len().saturating_sub(1);
            let ends = due.into_iter().enumerate();
            expected.extend(ends.map(|(at, slot)| {
                let state = if at == last { "done" } else { "skipped" };
                (slot, state.to_owned())
            }));
        }
        let differs = rows.iter().zip(&expected).find(|(is, should)| is != should);
        ensure!(
            rows == expected,
            "{job}: {} slots and not {}, first {differs:?}",
            rows.len(),
            expected.len()
        );
    }
    Ok(())
}

/// Nobody who is kept out of a case is told of it.
async fn recused(world: &World, office: &Office) -> Result<()> {
    for (id, case) in world.cases.iter().enumerate() {
        for (who, at) in &case.recused {
            let told: i64 = sqlx::query_scalar(
                "select count(*) from outbox where case_id = $1 and recipient = $2 and created_at > $3",
            )
            .bind(id as i64 + 1)
            .bind(address(*who))
            .bind(at)
            .fetch_one(&office.sql)
            .await?;
            ensure!(
                told == 0,
                "{}: {told} mails to whom is kept out",
                case.reference
            );
        }
    }
    Ok(())
}

/// Personal data past its term is gone, and what people asked to have erased; what is open or held is all there.
async fn erased(world: &World, office: &Office) -> Result<()> {
    let rows: Vec<bool> = sqlx::query_scalar("select erased from cases order by id")
        .fetch_all(&office.sql)
        .await?;
    // a day for the job, and the longest time that nobody ran
    let term = TimeDelta::days(KEPT_DAYS + 6);
    let mut kept = 0;
    for (id, (case, erased)) in world.cases.iter().zip(&rows).enumerate() {
        let mind = &world.minds[id];
        let asked = mind.erased;
        let closed = mind.closed.filter(|_| !case.is_open());
        let over = closed.is_some_and(|at| world.now - at > term);
        ensure!(
            !erased || (closed.is_some() && !case.legal_hold),
            "{} is erased, and it is {}",
            case.reference,
            case.stage
        );
        ensure!(*erased || !asked, "{} was to be erased", case.reference);
        let early = closed.is_none_or(|at| world.now - at < TimeDelta::days(KEPT_DAYS));
        ensure!(
            !erased || asked || !early,
            "{} was erased before its time",
            case.reference
        );
        // one that an open or held case needs is kept
        kept += usize::from(over && !erased && !case.legal_hold);
    }
    let (gone, open) = (
        rows.iter().filter(|erased| **erased).count(),
        world.cases.iter().filter(|case| case.is_open()).count(),
    );
    ensure!(gone > rows.len() / 3, "{gone} of {} are erased", rows.len());
    ensure!(
        kept <= open + rows.len() / 50,
        "{kept} cases are kept past their term"
    );
    let mut texts = sqlx::query_as::<_, (String, Vec<u8>)>(
        "select 'raw ' || encode(sha256, 'hex'), bytes from raw
         union all select 'outbox ' || id, bytes from outbox
         union all select 'message ' || landed_id,
             convert_to(concat(subject, text, new_text, from_name, from_address), 'UTF8') from message
         union all select 'words of ' || case_id, convert_to(body, 'UTF8') from words",
    )
    .fetch(&office.sql);
    while let Some((place, text)) = texts.try_next().await? {
        for number in mails::tokens(&String::from_utf8_lossy(&text)) {
            ensure!(
                !rows.get(number).copied().unwrap_or(false),
                "{place} holds words of case {number}, which is erased"
            );
        }
    }
    Ok(())
}

/// An open case has a clock that runs, or is before a court; nothing is left to be done.
async fn waits(office: &Office) -> Result<()> {
    for (what, sql) in [
        (
            "open cases wait for nothing",
            "select count(*) from cases c where stage not in ('closed', 'litigation') and not exists (
                 select from clock k where k.case_id = c.id and k.stopped_at is null and k.paused_at is null)",
        ),
        (
            "closed cases have clocks that run",
            "select count(*) from cases c join clock k on k.case_id = c.id
             where c.stage = 'closed' and k.stopped_at is null",
        ),
        (
            "rungs are reached and not climbed",
            "select count(*) from clock where next_at <= now()",
        ),
        (
            "mails ended, and their cases weren't told",
            "select count(*) from outbox where not told and state in ('sent', 'failed', 'cancelled')",
        ),
        (
            "orders wait to be confirmed for a month",
            "select count(*) from pending where ended_at is null and ordered_at < now() - interval '30 days'",
        ),
        (
            "mails aren't sent",
            "select count(*) from outbox where state in ('queued', 'sending')
                 and created_at < now() - interval '1 day'",
        ),
    ] {
        let count = number(office, sql).await?;
        ensure!(count == 0, "{count} {what}");
    }
    Ok(())
}
