//! Each regime's clocks against dates that were worked out by hand from its rules.

use std::collections::BTreeMap;

use super::*;
use crate::policy::{Complexity, Policies};

fn policies() -> Policies {
    Policies::new(BTreeMap::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// A clock of a case, its due date, and the one if it is extended as far as may be.
fn due(
    profile: &Profile,
    received: &str,
    clock: &str,
    category: Option<&str>,
    complexity: Option<Complexity>,
) -> (String, Option<String>) {
    let clocks = explain(profile, at(received));
    let clock = clocks
        .iter()
        .find(|found| found.rule.name == clock)
        .unwrap();
    let rule = clock.rule;
    let run = super::run(
        rule,
        rule.term_for(category, complexity),
        rule.extension_for(category, complexity),
        clock.run.starts_at,
        &profile.calendar,
    );
    let shown = |at: DateTime<Utc>| at.with_timezone(&profile.calendar.zone).to_rfc3339();
    (shown(run.due_at), run.extended.map(|(_, at)| shown(at)))
}

/// Policy, *Clocks*. Monday 1 June 2026, 10:00 in Shanghai; 19–21 June is the Dragon Boat Festival.
#[test]
fn the_default_clocks_fall_due_as_the_policy_says() {
    let policies = policies();
    let profile = policies.profile("default").unwrap();
    for (clock, expected) in [
        ("acknowledge", "2026-06-02"),
        ("confirm", "2026-06-03"),
        ("investigate", "2026-06-10"),
        ("update", "2026-06-15"),
        // 2–5, 8–12, 15–18, 22, 23
        ("resolve", "2026-06-23"),
        ("satisfaction", "2026-06-15"),
        ("particulars", "2026-06-15"),
        // 24–26, 29, 30
        ("mediate", "2026-06-30"),
        ("department_answer", "2026-06-04"),
    ] {
        let (found, extended) = due(profile, "2026-06-01T10:00:00+08:00", clock, None, None);
        assert_eq!(found, format!("{expected}T18:00:00+08:00"), "{clock}");
        // once +15 by a supervisor: 24–26, 29–3 July, 6–10, 13, 14
        let expected = (clock == "resolve").then(|| "2026-07-14T18:00:00+08:00".to_owned());
        assert_eq!(extended, expected, "{clock}");
    }
}

/// Policy, *Clocks*: reminder after 5 business days, close after 10.
#[test]
fn satisfaction_is_asked_reminded_and_given_up() {
    let policies = policies();
    let profile = policies.profile("default").unwrap();
    // sent on Sunday evening: ten whole days of 9 hours
    let clocks = explain(profile, at("2026-05-31T20:00:00+08:00"));
    let clock = clocks
        .iter()
        .find(|clock| clock.rule.name == "satisfaction")
        .unwrap();
    let rungs: Vec<_> = clock
        .run
        .ladder
        .iter()
        .map(|(rung, at)| {
            let at = at.with_timezone(&profile.calendar.zone).to_rfc3339();
            (rung.act.unwrap().as_str(), at)
        })
        .collect();
    let expected = [
        ("ask_satisfaction", "2026-06-01T18:00:00+08:00"),
        ("remind", "2026-06-05T18:00:00+08:00"),
        ("close", "2026-06-12T18:00:00+08:00"),
    ];
    assert_eq!(rungs, expected.map(|(act, at)| (act, at.to_owned())));
    assert_eq!(clock.assumes, Some(Mark::OutcomeSent));
}

/// DISP 1.6: 8 weeks; payment services 15 business days, 35 in exceptional circumstances.
#[test]
fn uk_disp_1_6_a_final_response_is_due_after_8_weeks() {
    let policies = policies();
    let profile = policies.profile("uk-disp").unwrap();
    let payment = Some("payment_services");
    for (received, category, expected, extended) in [
        // a Tuesday in winter; summer time begins on 29 March, Easter is 3 to 6 April
        (
            "2026-03-10T16:30:00Z",
            None,
            "2026-05-05T23:59:59+01:00",
            "2026-06-02T23:59:59+01:00",
        ),
        // 11–13, 16–20, 23–27, 30, 31; then 1, 2, 7–10, 13–17, 20–24, 27–30: the 35th
        (
            "2026-03-10T16:30:00Z",
            payment,
            "2026-03-31T17:00:00+01:00",
            "2026-04-30T17:00:00+01:00",
        ),
        // other categories have the usual term
        (
            "2026-03-10T16:30:00Z",
            Some("lending"),
            "2026-05-05T23:59:59+01:00",
            "2026-06-02T23:59:59+01:00",
        ),
        // the turn of the year; summer time ends on 25 October
        (
            "2026-12-01T09:00:00Z",
            None,
            "2027-01-26T23:59:59+00:00",
            "2027-02-23T23:59:59+00:00",
        ),
        (
            "2026-09-01T23:30:00Z",
            None,
            "2026-10-28T23:59:59+00:00",
            "2026-11-25T23:59:59+00:00",
        ),
        // 11, 14–18, 21–24, 29–31, 4, 5 January
        (
            "2026-12-10T09:00:00Z",
            payment,
            "2027-01-05T17:00:00+00:00",
            "2027-02-02T17:00:00+00:00",
        ),
    ] {
        let found = due(profile, received, "resolve", category, None);
        assert_eq!(
            found,
            (expected.to_owned(), Some(extended.to_owned())),
            "{received} {category:?}"
        );
    }
}

/// DISP 1.5: by close of the third business day after receipt.
#[test]
fn uk_disp_1_5_a_summary_is_enough_until_the_third_business_day() {
    let policies = policies();
    let profile = policies.profile("uk-disp").unwrap();
    for (received, expected) in [
        ("2026-03-10T16:30:00Z", "2026-03-13T17:00:00+00:00"),
        // Maundy Thursday: 7, 8, 9 April
        ("2026-04-02T09:00:00+01:00", "2026-04-09T17:00:00+01:00"),
        // Christmas Eve: 29, 30, 31 December
        ("2026-12-24T09:00:00Z", "2026-12-31T17:00:00+00:00"),
    ] {
        let course = Course {
            started_at: at(received),
            term: profile.early.unwrap(),
            extensions: &[],
            pauses: &[],
        };
        let found = course
            .due_at(&profile.calendar)
            .with_timezone(&profile.calendar.zone);
        assert_eq!(found.to_rfc3339(), expected, "{received}");
    }
}

/// RG 271: 24 hours; 30 calendar days, 45 for superannuation, 21 for some credit notices.
#[test]
fn au_rg_271_counts_hours_and_days_of_the_calendar() {
    let policies = policies();
    let profile = policies.profile("au-rg271").unwrap();
    // daylight saving time ends on 5 April 2026
    let received = "2026-04-04T12:00:00+11:00";
    for (clock, category, expected, extended) in [
        ("acknowledge", None, "2026-04-05T11:00:00+10:00", None),
        (
            "resolve",
            None,
            "2026-05-04T23:59:59+10:00",
            Some("2026-06-03T23:59:59+10:00"),
        ),
        (
            "resolve",
            Some("superannuation"),
            "2026-05-19T23:59:59+10:00",
            Some("2026-06-18T23:59:59+10:00"),
        ),
        (
            "resolve",
            Some("credit_notice"),
            "2026-04-25T23:59:59+10:00",
            Some("2026-05-25T23:59:59+10:00"),
        ),
    ] {
        let found = due(profile, received, clock, category, None);
        let expected = (expected.to_owned(), extended.map(str::to_owned));
        assert_eq!(found, expected, "{clock} {category:?}");
    }
    // a leap year: 19 days of February are left, and 11 of March
    let (found, _) = due(profile, "2028-02-10T09:00:00+11:00", "resolve", None, None);
    assert_eq!(found, "2028-03-11T23:59:59+11:00");
    // the five business days over Easter: 7–10 and 13 April
    let course = Course {
        started_at: at("2026-04-02T09:00:00+11:00"),
        term: profile.early.unwrap(),
        extensions: &[],
        pauses: &[],
    };
    let found = course
        .due_at(&profile.calendar)
        .with_timezone(&profile.calendar.zone);
    assert_eq!(found.to_rfc3339(), "2026-04-13T17:00:00+10:00");
}

/// 银行业保险业消费投诉处理管理办法: 15 days, 30 where complex, once 30 more after approval.
#[test]
fn cn_finance_decides_in_15_days_or_in_30_where_it_is_complex() {
    let policies = policies();
    let profile = policies.profile("cn-finance").unwrap();
    let complex = Some(Complexity::Complex);
    for (received, complexity, expected, extended) in [
        // National Day doesn't matter: days of the calendar
        (
            "2026-09-28T15:00:00+08:00",
            Some(Complexity::Simple),
            "2026-10-13",
            "2026-11-12",
        ),
        (
            "2026-09-28T15:00:00+08:00",
            None,
            "2026-10-13",
            "2026-11-12",
        ),
        (
            "2026-09-28T15:00:00+08:00",
            complex,
            "2026-10-28",
            "2026-11-27",
        ),
        (
            "2026-12-20T15:00:00+08:00",
            None,
            "2027-01-04",
            "2027-02-03",
        ),
        (
            "2026-12-20T15:00:00+08:00",
            complex,
            "2027-01-19",
            "2027-02-18",
        ),
    ] {
        let day = |date: &str| format!("{date}T23:59:59+08:00");
        let found = due(profile, received, "resolve", None, complexity);
        assert_eq!(
            found,
            (day(expected), Some(day(extended))),
            "{received} {complexity:?}"
        );
    }
    assert_eq!(
        profile
            .clock("resolve")
            .and_then(|rule| rule.extension.as_ref())
            .map(|extension| extension.by),
        Some(crate::policy::Role::Manager)
    );
}

#[test]
fn a_clock_that_runs_past_what_is_known_says_so() {
    let policies = policies();
    let profile = policies.profile("default").unwrap();
    for (received, clock, expected) in [
        ("2026-12-30T10:00:00+08:00", "acknowledge", false),
        ("2026-12-30T10:00:00+08:00", "confirm", true),
        ("2025-12-30T10:00:00+08:00", "acknowledge", true),
        ("2026-06-01T10:00:00+08:00", "resolve", false),
    ] {
        let clocks = explain(profile, at(received));
        let found = clocks
            .iter()
            .find(|found| found.rule.name == clock)
            .unwrap();
        assert_eq!(found.run.beyond_known, expected, "{received} {clock}");
    }
}
