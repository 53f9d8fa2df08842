//! What management is told is what happened: a review of cases that went their whole way, held against an
//! independent count.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::story::STAFF;
use crate::support::{Site, complaint, wait};

/// The history as it stands, read without any of the review's own SQL.
struct Happened {
    case: i64,
    at: DateTime<Utc>,
    event: String,
    data: Value,
}

/// Name, when it stopped, since when it stands still, when it is due.
type ClockLine = (
    String,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    DateTime<Utc>,
);

async fn history(site: &Site) -> Vec<Happened> {
    let rows: Vec<(i64, DateTime<Utc>, String, String)> = sqlx::query_as(
        "select case_id, at, event, data::text from history order by case_id, sequence",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap();
    let read = |(case, at, event, data): (_, _, _, String)| Happened {
        case,
        at,
        event,
        data: serde_json::from_str(&data).unwrap(),
    };
    rows.into_iter().map(read).collect()
}

/// Something done by a member of staff; its exit status.
async fn act(site: &Site, reference: &str, who: &str, words: &[&str]) -> i32 {
    let mut arguments = vec!["case", "act", reference, "--as", who];
    arguments.extend(words);
    let (status, out, error) = site.redress(&arguments).await;
    assert!(status == 0 || status == 65, "{words:?}: {out}{error}");
    status
}

async fn review(site: &Site, arguments: &[&str]) -> Value {
    let mut all = vec!["review", "--json"];
    all.extend(arguments);
    let (status, out, error) = site.redress(&all).await;
    assert_eq!(status, 0, "{error}");
    serde_json::from_str(&out).unwrap()
}

async fn today(site: &Site) -> chrono::NaiveDate {
    let now: DateTime<Utc> = sqlx::query_scalar("select public.now()")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    now.with_timezone(&chrono_tz::Tz::Asia__Shanghai)
        .date_naive()
}

#[tokio::test]
async fn a_review_tells_what_the_histories_say() {
    let site = Site::new().await;
    site.configure("", "", STAFF);
    site.drive_time().await;
    let daemon = site.daemon();
    let first_day = today(&site).await;
    for number in 1..=7 {
        site.deliver(&complaint(number));
    }
    let acknowledged = "select count(*) from history where event = 'letter_delivered'
         and data->>'letter' = 'acknowledgement'";
    site.until(acknowledged, 7).await;
    let references: Vec<String> = sqlx::query_scalar("select reference from cases order by id")
        .fetch_all(&site.sql)
        .await
        .unwrap();

    // out of order, three times: refused, on record, and a need to learn
    for _ in 0..3 {
        assert_eq!(
            act(&site, &references[0], "li.na", &["find", "it broke"]).await,
            65
        );
    }
    for reference in &references[..6] {
        assert_eq!(act(&site, reference, "li.na", &["accept"]).await, 0);
        assert_eq!(
            act(&site, reference, "li.na", &["category", "delivery"]).await,
            0
        );
    }
    for reference in &references[..5] {
        let verdict = [
            "resolve",
            "upheld",
            "The parcel was damaged.",
            "--remedy",
            "Refund",
            "--cause",
            "delay",
            "--cost",
            "CNY 120.50",
        ];
        assert_eq!(act(&site, reference, "li.na", &verdict).await, 0);
    }
    // §9: in the handler's place, with a reason
    let overriding = [
        "resolve",
        "rejected",
        "It was not ours.",
        "--reason",
        "li.na is ill",
    ];
    assert_eq!(act(&site, &references[5], "wu.lei", &overriding).await, 0);
    let delivered = "select count(*) from history where event = 'letter_delivered'
         and data->>'letter' = 'outcome'";
    site.until(delivered, 6).await;
    for reference in &references[..5] {
        assert_eq!(
            act(&site, reference, "li.na", &["satisfaction", "yes"]).await,
            0
        );
    }
    let words = ["suggest", "=Answer the phone, please"];
    assert_eq!(act(&site, &references[0], "li.na", &words).await, 0);
    let due = first_day.to_string();
    let action = ["raise", "training", "li.na", &due, "How parcels are packed"];
    assert_eq!(act(&site, &references[0], "li.na", &action).await, 0);

    // nobody looks at the seventh for two months
    assert_eq!(daemon.terminate().await, 0);
    site.advance(Duration::from_secs(60 * 86_400)).await;
    let daemon = site.daemon();
    site.until(
        "select count(*) from clock where next_at <= public.now()",
        0,
    )
    .await;
    let breached = site
        .count("select count(*) from history where event = 'breached'")
        .await;
    assert!(breached >= 2, "{breached}");
    let explain = ["explain", "I was ill", "--of", "confirm"];
    assert_eq!(act(&site, &references[6], "li.na", &explain).await, 0);
    // and then the customer is told, and it is closed, opened again, and closed
    assert_eq!(act(&site, &references[6], "li.na", &["accept"]).await, 0);
    let told = ["reply", "We are looking into it."];
    assert_eq!(act(&site, &references[6], "li.na", &told).await, 0);
    let unsent = "select count(*) from outbox where state in ('queued', 'sending') or not told";
    site.until(unsent, 0).await;
    for words in [
        &["close", "out_of_scope", "--words", "Not ours."][..],
        &["reopen", "--reason", "It was ours."],
        &["withdraw"],
    ] {
        assert_eq!(
            act(&site, &references[6], "li.na", words).await,
            0,
            "{words:?}"
        );
    }

    let last_day = today(&site).await;
    let (from, to) = (first_day.to_string(), last_day.to_string());
    let told = review(&site, &["--from", &from, "--to", &to]).await;

    let happened = history(&site).await;
    let count = |event: &str| happened.iter().filter(|one| one.event == event).count();
    assert_eq!(told["totals"]["received"], 7);
    assert_eq!(told["totals"]["resolved"], 6);
    assert_eq!(told["totals"]["decided"], 6);
    assert_eq!(told["totals"]["reopened"], count("reopened"));
    let mut ends: BTreeMap<i64, &str> = BTreeMap::new();
    for one in happened
        .iter()
        .filter(|one| ["closed", "reopened"].contains(&one.event.as_str()))
    {
        ends.insert(one.case, &one.event);
    }
    let closed = ends.values().filter(|event| **event == "closed").count();
    assert_eq!(told["totals"]["closed"], closed);
    assert_eq!(told["totals"]["open"], 7 - closed);
    assert_eq!(told["breaches"]["total"], count("breached"));
    assert_eq!(told["breaches"]["unexplained"], count("breached") - 1);
    assert_eq!(told["overrides"]["total"], count("overrode"));
    assert_eq!(told["refused_steps"][0]["count"], 3);
    assert_eq!(told["refused_steps"][0]["person"], "li.na");
    let explained = told["breaches"]["each"].as_array().unwrap().iter();
    let explanations: Vec<&Value> = explained
        .filter(|one| one["is_explained"] == true)
        .map(|one| &one["explanation"])
        .collect();
    assert_eq!(explanations, ["I was ill"]);
    lateness_is_told(&told, &happened);

    // every rung at or over the whole of what is owed
    let rungs = happened
        .iter()
        .flat_map(|one| one.data["changes"].as_array().into_iter().flatten());
    let escalated = rungs
        .filter(|change| change["change"] == "reached" && change["percent"].as_u64() >= Some(100))
        .filter(|change| {
            !["satisfaction", "particulars"].contains(&change["name"].as_str().unwrap())
        });
    let counts = told["escalations"].as_array().unwrap().iter();
    let told_rungs: u64 = counts.filter_map(|one| one["count"].as_u64()).sum();
    assert_eq!(told_rungs, escalated.count() as u64);

    // each clock once: kept where it stopped in time, missed otherwise
    let clocks: Vec<ClockLine> =
        sqlx::query_as("select name, stopped_at, paused_at, due_at from clock")
            .fetch_all(&site.sql)
            .await
            .unwrap();
    let now: DateTime<Utc> = sqlx::query_scalar("select public.now()")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    let mut shares: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (name, stopped, paused, due) in clocks {
        if ["satisfaction", "particulars"].contains(&name.as_str()) {
            continue;
        }
        match stopped {
            Some(stopped) if stopped <= due => shares.entry(name).or_default().0 += 1,
            Some(_) => shares.entry(name).or_default().1 += 1,
            None if paused.is_none() && due <= now => shares.entry(name).or_default().1 += 1,
            None => {}
        }
    }
    let told_shares: BTreeMap<String, (u64, u64)> = told["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let number = |name: &str| one[name].as_u64().unwrap();
            (
                one["clock"].as_str().unwrap().to_owned(),
                (number("kept"), number("missed")),
            )
        })
        .collect();
    assert_eq!(told_shares, shares);

    // the median of days until the outcome, reckoned anew
    let received: BTreeMap<i64, DateTime<Utc>> =
        sqlx::query_as("select id, received_at from cases")
            .fetch_all(&site.sql)
            .await
            .unwrap()
            .into_iter()
            .collect();
    let outcomes = happened
        .iter()
        .filter(|one| one.event == "letter_delivered" && one.data["letter"] == "outcome");
    let mut days: Vec<f64> = outcomes
        .map(|one| (one.at - received[&one.case]).num_seconds() as f64 / 86_400.0)
        .collect();
    days.sort_by(f64::total_cmp);
    let median = (days[2] + days[3]) / 2.0;
    let resolve = told["times"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["step"] == "resolve")
        .unwrap();
    assert!((resolve["median_days"].as_f64().unwrap() - median).abs() < 1e-6);

    // five customers: may be told; the one whose complaint was rejected: never
    assert_eq!(
        told["remedies"]["costs"][0]["amount_minor_units"],
        5 * 12_050
    );
    let findings = told["findings"].as_array().unwrap();
    let of = |code: &str| &findings.iter().find(|one| one["code"] == code).unwrap()["counts"][0];
    assert_eq!(of("rejected"), "<5");
    assert_eq!(of("upheld"), "withheld");
    assert_eq!(told["suggestions"][0]["words"], "=Answer the phone, please");
    let training = &told["actions"].as_array().unwrap()[2];
    assert_eq!(
        (&training["kind"], &training["overdue"]),
        (&"training".into(), &1.into())
    );
    let needs: BTreeSet<&str> = told["training_needs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["reason"].as_str().unwrap())
        .collect();
    assert!(needs.contains("refused_steps"), "{needs:?}");

    // the first day alone is what it was then: the seventh case was still open
    let day = review(&site, &["--from", &from, "--to", &from]).await;
    let closed_then = happened.iter().filter(|one| {
        let day = one
            .at
            .with_timezone(&chrono_tz::Tz::Asia__Shanghai)
            .date_naive();
        one.event == "closed" && day == first_day
    });
    assert_eq!(day["totals"]["closed"], closed_then.count());
    assert_eq!(
        day["totals"]["open"],
        7 - day["totals"]["closed"].as_u64().unwrap()
    );
    files_are_written(&site, &from, &to).await;
    periods_are_told_of_in_words(&site).await;
    assert_eq!(daemon.terminate().await, 0);
}

/// §9: by how long each deadline was missed, also where the clock has started anew since.
fn lateness_is_told(told: &Value, happened: &[Happened]) {
    let mut expected: Vec<(String, Option<i64>)> = vec![];
    for (place, breach) in happened.iter().enumerate() {
        if breach.event != "breached" {
            continue;
        }
        let clock = &breach.data["clock"];
        let ends = |one: &&Happened| {
            let changes = one.data["changes"].as_array().into_iter().flatten();
            let mut these = changes.filter(|change| {
                (&change["name"], &change["number"]) == (&clock["name"], &clock["number"])
            });
            let ends =
                |change: &Value| change["change"] == "stopped" || change["change"] == "started";
            one.case == breach.case && these.any(ends)
        };
        let due = breach.data["due_at"].as_str().unwrap();
        let due: DateTime<Utc> = due.parse().unwrap();
        let done = happened.iter().skip(place).find(ends);
        let late = done.map(|done| (done.at - due).num_seconds().max(0));
        expected.push((clock["name"].as_str().unwrap().to_owned(), late));
    }
    let each = told["breaches"]["each"].as_array().unwrap().iter();
    let mut found: Vec<(String, Option<i64>)> = each
        .map(|one| {
            let late = one["late_hours"].as_f64();
            let seconds = late.map(|hours| (hours * 3600.0).round() as i64);
            (one["clock"].as_str().unwrap().to_owned(), seconds)
        })
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let made_good = |(clock, late): &(String, Option<i64>)| clock == "update" && late.is_some();
    assert!(found.iter().any(made_good), "{found:?}");
}

/// One file that needs nothing else, and tables that no spreadsheet takes for formulas.
async fn files_are_written(site: &Site, from: &str, to: &str) {
    let (page, tables) = (
        site.folder.path().join("review.html"),
        site.folder.path().join("tables"),
    );
    let (page_name, tables_name) = (page.display().to_string(), tables.display().to_string());
    let arguments = [
        "review",
        "--from",
        from,
        "--to",
        to,
        "--lang",
        "zh",
        "--html",
        &page_name,
        "--csv",
        &tables_name,
    ];
    let (status, out, error) = site.redress(&arguments).await;
    assert_eq!((status, out.as_str()), (0, ""), "{error}");
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("<svg") && html.contains("按类别"), "{html}");
    let lower = html
        .to_lowercase()
        .replace("http://www.w3.org/2000/svg", "");
    for loads in [
        "<script", "http://", "https://", "url(", "@import", "src=", "<link",
    ] {
        assert!(!lower.contains(loads), "{loads}");
    }
    for private in ["customers.test", "Customer 1", "The parcel was damaged"] {
        assert!(!html.contains(private), "{private}");
    }
    let suggestions = std::fs::read_to_string(tables.join("suggestions.csv")).unwrap();
    assert!(
        suggestions.contains("\"'=Answer the phone, please\"\r\n"),
        "{suggestions}"
    );
    let (status, text, _) = site.redress(&["review", "--from", from, "--to", to]).await;
    assert_eq!(status, 0);
    let widest = text
        .lines()
        .map(unicode_width::UnicodeWidthStr::width)
        .max();
    assert!(widest <= Some(78), "{text}");
}

async fn periods_are_told_of_in_words(site: &Site) {
    let tomorrow = (today(site).await + TimeDelta::days(1)).to_string();
    for (arguments, expected, says) in [
        (
            &["--from", "2026-02-02", "--to", "2026-02-01"][..],
            64,
            "before it begins",
        ),
        (
            &["--from", &tomorrow, "--to", &tomorrow],
            64,
            "nothing to review yet",
        ),
        (&["--to", "2026-02-01"], 64, "--from"),
        (&["--profile", "retail"], 66, "there is no profile 'retail'"),
        (&["--lang", "fr"], 64, "en and zh"),
        (&["--html", "/nowhere/at/all.html"], 73, "can't be written"),
    ] {
        let mut all = vec!["review"];
        all.extend(arguments);
        let (status, _, error) = site.redress(&all).await;
        assert_eq!(status, expected, "{arguments:?} {error}");
        assert!(error.contains(says), "{error}");
    }
    let (status, out, _) = site
        .redress(&["review", "--from", "2020-01-01", "--to", "2020-01-31"])
        .await;
    assert_eq!(status, 0);
    assert!(
        out.contains("No complaint was received, closed or open"),
        "{out}"
    );
}

/// How long a review of 100,000 cases takes:
/// `cargo test --release --test promises a_hundred_thousand -- --ignored --nocapture`
#[tokio::test]
#[ignore = "measures: takes a minute to fill the database"]
async fn a_hundred_thousand_cases_are_reviewed_in_five_seconds() {
    let site = Site::new().await;
    for statement in [
        include_str!("review/fill.sql"),
        "select fill_review(100000, '2025-01-01', 364)",
        "vacuum analyze",
    ] {
        sqlx::raw_sql(statement).execute(&site.sql).await.unwrap();
    }
    let mut best = Duration::MAX;
    let arguments = [
        "review",
        "--json",
        "--from",
        "2025-01-01",
        "--to",
        "2025-12-31",
    ];
    let fast = wait(async || {
        let begun = Instant::now();
        let (status, out, error) = site.redress(&arguments).await;
        best = best.min(begun.elapsed());
        assert_eq!(status, 0, "{error}");
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["totals"]["received"], 100_000);
        best < Duration::from_secs(5)
    })
    .await;
    println!(
        "100000 cases in a year reviewed in {:.2} s",
        best.as_secs_f64()
    );
    assert!(fast, "{best:?}");
}
