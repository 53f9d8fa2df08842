//! What a search costs among a million messages, in Chinese and English, with words that are rare, common, and never
//! together.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use redress::archive::terms::Query;
use redress::sandbox::Home;
use redress::sandbox::postgres::{Durability, Postgres};
use redress::store::search::{Scope, Seen};
use redress::store::{Settings, Store};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use crate::round;

/// Messages of a case.
const MESSAGES: usize = 4;
/// Times that each search is made.
const TIMES: usize = 20;

/// Mails of about 60 words and of about 120 characters, by turns: some words in nearly all, most in few, some of
/// the first half of all cases only.
const CASES: [&str; 4] = [
    "insert into raw (sha256, bytes) values (sha256('x'), 'x')",
    "insert into mailbox (name) values ('bench')",
    "insert into cases (reference, received_at, opened_at, state, history_length, history_hash)
     select 'C-2026-' || lpad(i::text, 6, '0') || '-0', now(), now(), jsonb_build_object('stage', 'investigating',
         'channel', 'email', 'language', 'en', 'profile', 'default', 'acknowledgement', 'delivered',
         'reachable', true, 'recused', '[]'::jsonb, 'handler', 'handler' || i % 50), 0,
         decode(repeat('00', 32), 'hex')
     from generate_series(1, $1::bigint) i",
    "insert into landed (mailbox_id, uid_validity, uid, sha256, size, whole, received_at, state)
     select 1, 1, i, sha256('x'), 1, true, now(), 'filed' from generate_series(1, $1::bigint * 4) i",
];

const MESSAGES_OF_CASES: &str = "
    insert into message (landed_id, case_id, nature, nature_evidence, from_name, from_address, subject, text,
        attachments, warnings, details, matched_by, read_at)
    select l, 1 + (l - 1) / 4, 'human', '', 'Customer ' || l, 'customer' || l || '@customers.test',
        'Order ' || l,
        case when l % 2 = 0 then
            'Please refund my order, the parcel ' || l || case when l < 2 * $1::bigint then ' arrived ' else ' vanished ' end
            || (select string_agg('w' || substr(md5((l * 60 + n)::text), 1, 1 + n % 4), ' ') from generate_series(1, 60) n)
        else
            '您好，我的订单' || l || '一直没有收到，要求退款。' || (select string_agg(
                chr(19968 + ((l * 7919 + n * n * 31) % 3000)::int), '') from generate_series(1, 90) n)
        end,
        '[]', '[]', '{}', 'new', now()
    from generate_series(1, $1::bigint * 4) l";

pub async fn measure(messages: usize) -> Result<Value> {
    let home = Home::new(Path::new("target/bench"))?;
    let postgres = Postgres::start(&home, Durability::Fast).await?;
    let database = postgres.migrated_database().await?;
    let store = Store::connect(&Settings {
        url: database.app.clone(),
        password: None,
        connections: 2,
    })
    .await?;
    let sql = PgPoolOptions::new()
        .max_connections(1)
        .connect(&database.owner)
        .await?;
    let cases = i64::try_from(messages / MESSAGES)?;
    eprintln!("search: {messages} messages are put in place");
    for statement in &CASES[..2] {
        sqlx::query(*statement).execute(&sql).await?;
    }
    for statement in CASES[2..].iter().chain([&MESSAGES_OF_CASES]) {
        sqlx::query(*statement).bind(cases).execute(&sql).await?;
    }
    sqlx::query("analyze").execute(&sql).await?;
    // one by one is what triage does, and `make bench` measures there
    sqlx::query("drop index search_words").execute(&sql).await?;
    let indexed = store
        .index_missing(|so_far| {
            if so_far % 50_000 == 0 {
                eprintln!("search: {so_far} cases indexed");
            }
        })
        .await?;
    for statement in [
        "set maintenance_work_mem = '1GB'",
        "create index search_words on search using gin (words) with (gin_pending_list_limit = 1024)",
    ] {
        sqlx::query(statement).execute(&sql).await?;
    }
    ensure!(indexed == cases.unsigned_abs(), "every case is indexed");
    sqlx::query("vacuum analyze search").execute(&sql).await?;
    let sizes: (i64, i64) =
        sqlx::query_as("select pg_relation_size('search_words'), pg_total_relation_size('search')")
            .fetch_one(&sql)
            .await?;
    eprintln!(
        "search: the index has {} MB, with its table {} MB",
        sizes.0 >> 20,
        sizes.1 >> 20
    );
    let rare = (messages / 3 / 2 * 2).to_string();
    let handler = "handler7".parse()?;
    let all = Scope::All;
    let own = Scope::Of(Seen {
        person: &handler,
        all: false,
    });
    let mut figures = serde_json::Map::new();
    let mut worst = 0.0_f64;
    for (name, words, scope, expected) in [
        ("rare", rare.as_str(), all, Some(1)),
        ("rare_chinese", "订单收到 龘", all, None),
        ("common", "refund parcel", all, Some(21)),
        ("common_chinese", "订单 要求退款", all, Some(21)),
        ("one_character", "退", all, Some(21)),
        ("mixed", "refund 订单", all, Some(21)),
        ("early", "arrived", all, Some(21)),
        ("never_together", "arrived vanished", all, None),
        ("nowhere", "quokka", all, Some(0)),
        ("own_common", "refund 退款", own, Some(21)),
        ("own_early", "arrived", own, Some(21)),
        ("own_nowhere", "arrived quokka", own, Some(0)),
    ] {
        let query = Query::of(words).expect("there are words");
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let started = Instant::now();
            let hits = store.search(scope, &query, 21).await?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            ensure!(
                expected.is_none_or(|expected| hits.len() == expected),
                "{name}: {} found",
                hits.len()
            );
        }
        times.sort_by(f64::total_cmp);
        let (median, most) = (times[TIMES / 2], times[TIMES - 1]);
        worst = worst.max(most);
        eprintln!("search: {name} ({words}): {median:.1} ms, at most {most:.1} ms");
        figures.insert(
            name.to_owned(),
            json!({ "median_ms": round(median), "most_ms": round(most) }),
        );
    }
    Ok(json!({
        "messages": messages,
        "cases": cases,
        "worst_ms": round(worst),
        "index_mb": sizes.0 >> 20,
        "searches": figures,
    }))
}
