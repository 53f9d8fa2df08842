//! What a tick of the clock costs with a million open cases and none due, and what it costs to verify
//! histories.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use redress::sandbox::Home;
use redress::sandbox::postgres::{Durability, Postgres};
use redress::store::{Settings, Store};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use crate::round;

/// Open cases, with three running clocks each.
const CASES: i64 = 1_000_000;
/// Ticks measured.
const TICKS: u32 = 200;

pub async fn measure() -> Result<Value> {
    let home = Home::new(Path::new("target/bench"))?;
    let postgres = Postgres::start(&home, Durability::Fast).await?;
    let database = postgres.migrated_database().await?;
    let store = Store::connect(&Settings {
        url: database.app,
        password: None,
        connections: 2,
    })
    .await?;
    let sql = PgPoolOptions::new()
        .max_connections(1)
        .connect(&database.owner)
        .await?;
    eprintln!("tick: {CASES} open cases are put in place");
    for statement in [
        "insert into cases (reference, received_at, opened_at, state, history_length, history_hash)
         select 'C-' || i, now(), now(), jsonb_build_object('stage', 'investigating', 'channel', 'email',
             'language', 'en', 'profile', 'default', 'acknowledgement', 'delivered', 'reachable', true),
             0, decode(repeat('00', 32), 'hex')
         from generate_series(1, $1::bigint) i",
        "insert into clock (case_id, name, number, started_at, term, extensions, pauses, due_at, reached,
             next_percent, next_at)
         select c.id, n, 0, now(), '15 business days', '[]', '[]', now() + interval '20 days', 0, 75,
             now() + interval '15 days' + c.id * interval '1 second'
         from cases c, unnest(array['resolve', 'investigate', 'update']) n where $1::bigint > 0",
    ] {
        sqlx::query(statement).bind(CASES).execute(&sql).await?;
    }
    sqlx::query("vacuum analyze clock").execute(&sql).await?;
    let started = Instant::now();
    for _ in 0..TICKS {
        let due = store.due_cases(200).await?;
        ensure!(due.cases.is_empty() && due.next.is_some(), "none is due");
    }
    let tick_ms = started.elapsed().as_secs_f64() * 1000.0 / f64::from(TICKS);
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (analyze, buffers, costs off)
         select case_id from clock where next_at <= now() order by next_at limit 200",
    )
    .fetch_all(&sql)
    .await?;
    eprintln!("tick: {tick_ms:.2} ms with {CASES} open cases and none due");
    for line in &plan {
        eprintln!("  {line}");
    }
    Ok(json!({ "open_cases": CASES, "tick_ms": round(tick_ms), "plan": plan }))
}
