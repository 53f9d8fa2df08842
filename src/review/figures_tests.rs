use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::review::limits::Verdict;
use crate::review::rows::{
    ActionRow, BreachRow, ClockRow, EscalationRow, OverrideRow, RepeatRow, TrendRow, VerdictRow,
};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// March 2026 of a company in Shanghai, looked at in May.
fn review(rows: &Rows) -> Review {
    let policies = Policies::built_in();
    let day = |text: &str| text.parse().unwrap();
    let today = day("2026-05-04");
    let frame = Frame {
        period: Period::days(day("2026-03-01"), day("2026-03-31"), today).unwrap(),
        zone: Tz::Asia__Shanghai,
        now: at("2026-05-04T10:00:00+08:00"),
        policies: &policies,
        profile: None,
    };
    Review::new(
        rows,
        &BTreeMap::from([("aa".to_owned(), "The van broke down".to_owned())]),
        &frame,
    )
}

fn case(customer: i64, received: &str) -> CaseRow {
    CaseRow {
        customer: Some(customer),
        profile: "default".into(),
        channel: "email".into(),
        received_at: at(received),
        ..CaseRow::default()
    }
}

#[test]
fn a_case_counts_where_its_steps_lie_in_the_companys_days() {
    for (received, closed, counts) in [
        // the first moment of March in Shanghai, and the last of February
        ("2026-03-01T00:00:00+08:00", None, [1, 1, 0]),
        ("2026-02-28T23:59:59+08:00", None, [0, 1, 0]),
        ("2026-03-31T23:59:59+08:00", None, [1, 1, 0]),
        (
            "2026-02-10T09:00:00+08:00",
            Some("2026-03-31T23:59:59+08:00"),
            [0, 0, 1],
        ),
        (
            "2026-03-10T09:00:00+08:00",
            Some("2026-03-12T09:00:00+08:00"),
            [1, 0, 1],
        ),
        (
            "2026-02-10T09:00:00+08:00",
            Some("2026-02-28T09:00:00+08:00"),
            [0, 0, 0],
        ),
    ] {
        let row = CaseRow {
            closed_at: closed.map(at),
            ..case(1, received)
        };
        let totals = review(&Rows {
            cases: vec![row],
            ..Rows::default()
        })
        .totals;
        assert_eq!(
            [totals.received, totals.open, totals.closed],
            counts,
            "{received}"
        );
    }
}

#[test]
fn times_are_elapsed_days_and_open_hours() {
    // received on Monday morning, accepted a day, two, … later: Tuesday to Saturday
    let cases = (1..=5).map(|n| CaseRow {
        accepted_at: Some(at(&format!("2026-03-{:02}T10:00:00+08:00", 16 + n))),
        ..case(n, "2026-03-16T10:00:00+08:00")
    });
    let review = review(&Rows {
        cases: cases.collect(),
        ..Rows::default()
    });
    let accept = review
        .times
        .iter()
        .find(|time| time.step == "accept")
        .unwrap();
    assert_eq!((accept.cases, accept.median_days), (5, Some(3.0)));
    assert!((accept.p90_days.unwrap() - 4.6).abs() < 1e-9);
    // 9 hours a day: after three days 27, after Friday evening no more than 44
    assert_eq!(accept.median_open_hours, Some(27.0));
    assert!((accept.p90_open_hours.unwrap() - (36.0 + 0.6 * 8.0)).abs() < 1e-9);
    let resolve = review
        .times
        .iter()
        .find(|time| time.step == "resolve")
        .unwrap();
    assert_eq!((resolve.cases, resolve.median_days), (0, None));
}

#[test]
fn no_median_is_told_of_few() {
    let cases = (1..=4).map(|n| CaseRow {
        resolved_at: Some(at("2026-03-20T10:00:00+08:00")),
        ..case(n, "2026-03-16T10:00:00+08:00")
    });
    let review = review(&Rows {
        cases: cases.collect(),
        ..Rows::default()
    });
    assert_eq!(
        (review.times[2].cases, review.times[2].median_days),
        (4, None)
    );
}

#[test]
fn quantiles_are_those_of_sql() {
    for (values, share, expected) in [
        (&[][..], 0.5, None),
        (&[7.0], 0.9, Some(7.0)),
        (&[1.0, 3.0], 0.5, Some(2.0)),
        (&[4.0, 1.0, 3.0, 2.0], 0.5, Some(2.5)),
    ] {
        assert_eq!(
            quantile(&mut values.to_vec(), share),
            expected,
            "{values:?}"
        );
    }
}

#[test]
fn breaches_are_told_by_clock_and_person_with_their_explanations() {
    let breach = |clock: &str, by: Option<&str>, explanation: Option<&str>| BreachRow {
        case: "C-2026-000001-5".into(),
        clock: clock.into(),
        number: u32::from(clock == "department_answer"),
        by: by.map(str::to_owned),
        due_at: at("2026-03-10T18:00:00+08:00"),
        done_at: Some(at("2026-03-11T06:00:00+08:00")),
        explanation: explanation.map(str::to_owned),
    };
    let review = review(&Rows {
        breaches: vec![
            breach("resolve", Some("li.na"), None),
            breach("department_answer", Some("logistics"), Some("aa")),
            breach("department_answer", Some("logistics"), Some("erased")),
            breach("confirm", None, None),
        ],
        overrides: vec![
            OverrideRow {
                act: "resolve".into(),
                by: "wu.lei".into(),
                explained: false,
            };
            2
        ],
        escalations: vec![
            EscalationRow {
                clock: "resolve".into(),
                percent: 150,
                count: 2,
            },
            // the customer's wait: nobody has failed
            EscalationRow {
                clock: "satisfaction".into(),
                percent: 100,
                count: 9,
            },
        ],
        ..Rows::default()
    });
    let breaches = &review.breaches;
    assert_eq!((breaches.total, breaches.unexplained), (4, 2));
    assert_eq!(breaches.groups[0].person.as_deref(), Some("logistics"));
    assert_eq!(
        (breaches.groups[0].count, breaches.groups[0].unexplained),
        (2, 0)
    );
    assert_eq!(breaches.each[1].clock, "department_answer 1");
    assert_eq!(
        breaches.each[1].explanation.as_deref(),
        Some("The van broke down")
    );
    assert_eq!(breaches.each[1].late_hours, Some(12.0));
    assert_eq!(
        (breaches.each[2].is_explained, &breaches.each[2].explanation),
        (true, &None)
    );
    assert_eq!(
        (review.overrides.total, review.overrides.by[0].count),
        (2, 2)
    );
    assert_eq!(review.escalations.len(), 1);
}

#[test]
fn clocks_count_what_is_owed() {
    let clock = |clock: &str, kept, missed| ClockRow {
        profile: "default".into(),
        clock: clock.into(),
        kept,
        missed,
    };
    let review = review(&Rows {
        clocks: vec![
            clock("satisfaction", 9, 9),
            clock("resolve", 3, 1),
            clock("confirm", 0, 0),
        ],
        ..Rows::default()
    });
    let names: Vec<&str> = review.clocks.iter().map(|one| one.clock.as_str()).collect();
    assert_eq!(names, ["confirm", "resolve"], "in the order of the policy");
    assert_eq!(review.clocks[0].share_kept, None);
    assert_eq!(review.clocks[1].share_kept, Some(0.75));
}

#[test]
fn costs_add_up_by_currency_where_they_are_nobodys_own() {
    let verdict = |customer, currency: &str, minor| VerdictRow {
        customer: Some(customer),
        mediated: customer % 2 == 0,
        finding: "upheld".into(),
        remedied: true,
        cost: Some((currency.to_owned(), minor)),
    };
    let mut verdicts: Vec<VerdictRow> = (0..12).map(|n| verdict(n, "CNY", 1000)).collect();
    verdicts.extend((20..30).map(|n| verdict(n, "JPY", 7)));
    let review = review(&Rows {
        verdicts,
        ..Rows::default()
    });
    let cost = |currency: &str| {
        let mut costs = review.remedies.costs.iter();
        costs
            .find(|cost| cost.currency == currency)
            .unwrap()
            .amount_minor_units
    };
    assert_eq!((cost("CNY"), cost("JPY")), (Some(12_000), Some(70)));
    assert_eq!(
        (review.mediation.decided, review.remedies.decided),
        (11, 22)
    );
    let few = self::review(&Rows {
        verdicts: vec![verdict(1, "CNY", 1000); 9],
        ..Rows::default()
    });
    assert_eq!(few.remedies.costs[0].amount_minor_units, None);
    assert_eq!(few.remedies.costs[0].outcomes, Shown::Few);
}

#[test]
fn repeat_complainants_are_counted_and_never_few() {
    let rows = |customers| Rows {
        repeats: vec![
            RepeatRow {
                complaints: 2,
                customers,
            },
            RepeatRow {
                complaints: 5,
                customers: 1,
            },
        ],
        ..Rows::default()
    };
    let many = review(&rows(9)).repeats;
    assert_eq!(
        (many.customers, many.complaints),
        (Shown::Count(10), Some(23))
    );
    let few = review(&rows(2)).repeats;
    assert_eq!((few.customers, few.complaints), (Shown::Few, None));
}

#[test]
fn actions_are_overdue_once_their_last_day_is_over() {
    let action = |number, due: &str, done: Option<&str>| ActionRow {
        number,
        kind: "corrective".into(),
        owner: "li.na".into(),
        due: due.parse().unwrap(),
        done_at: done.map(at),
        verified_at: None,
    };
    let review = review(&Rows {
        actions: vec![
            action(1, "2026-03-31", None),
            action(2, "2026-04-01", None),
            action(3, "2026-03-02", Some("2026-03-30T09:00:00+08:00")),
            action(4, "2026-02-02", Some("2026-02-20T09:00:00+08:00")),
        ],
        ..Rows::default()
    });
    let corrective = &review.actions[0];
    assert_eq!(
        (corrective.open, corrective.overdue, corrective.done),
        (2, 1, 1)
    );
    // however long ago it was done
    assert_eq!(corrective.to_verify, 2);
    assert_eq!(review.overdue_actions[0].number, 1);
}

#[test]
fn records_lack_what_a_case_should_hold() {
    let closed = |reason: &str| CaseRow {
        closed_at: Some(at("2026-03-20T09:00:00+08:00")),
        close_reason: Some(reason.into()),
        ..case(1, "2026-02-02T09:00:00+08:00")
    };
    let review = review(&Rows {
        cases: vec![
            CaseRow {
                particulars: ["name", "contact", "details", "evidence"]
                    .map(str::to_owned)
                    .into(),
                ..case(1, "2026-03-02T09:00:00+08:00")
            },
            case(2, "2026-03-02T09:00:00+08:00"),
            CaseRow {
                category: Some("delivery".into()),
                ..closed("satisfied")
            },
            closed("withdrawn"),
            closed("duplicate"),
        ],
        ..Rows::default()
    });
    let of = |record: &str| {
        let found = review
            .records
            .iter()
            .find(|one| one.record == record)
            .unwrap();
        (found.complete, found.of)
    };
    assert_eq!(of("particulars"), (1, 2));
    assert_eq!(of("category"), (1, 2), "a duplicate needs none");
    assert_eq!(of("outcome_letter"), (0, 1), "who withdrew is owed none");
    assert_eq!(of("finding"), (0, 1));
}

#[test]
fn what_was_open_before_follows_from_what_came_and_went() {
    let trend = [(5, 2), (4, 6), (3, 1)].map(|(received, settled)| TrendRow {
        received,
        settled,
        ..TrendRow::default()
    });
    let review = review(&Rows {
        trend: trend.into(),
        cases: (0..7)
            .map(|n| case(n, "2026-02-02T09:00:00+08:00"))
            .collect(),
        since: Some(at("2025-01-01T00:00:00Z")),
        ..Rows::default()
    });
    let open = review
        .trend
        .iter()
        .find(|one| one.measure == "open")
        .unwrap();
    let values: Vec<Option<f64>> = open.points.iter().map(|point| point.value).collect();
    // 7 now; March took in 3 and settled 1: 5 before; February took in 4 and settled 6: 7 before
    assert_eq!(values, [Some(7.0), Some(5.0), Some(7.0)]);
    assert_eq!(open.points[2].label, "2026-03");
    assert_eq!(open.verdict, Verdict::Unknown);
}

#[test]
fn periods_before_the_first_complaint_are_no_past() {
    let rows = Rows {
        trend: vec![TrendRow::default(); 13],
        since: Some(at("2026-01-15T00:00:00Z")),
        ..Rows::default()
    };
    // January was no whole month
    assert_eq!(review(&rows).trend[0].points.len(), 2);
    let nothing = Rows {
        since: None,
        ..rows
    };
    assert_eq!(review(&nothing).trend[0].points.len(), 1);
}

fn any_case() -> impl Strategy<Value = CaseRow> {
    let step = || proptest::option::of(0..3000_i64);
    let code = |codes: &'static [&'static str]| {
        proptest::option::of(proptest::sample::select(codes)).prop_map(|one| one.map(str::to_owned))
    };
    let codes = (
        code(&["delivery", "product", "unheard_of"]),
        code(&["delay", "process"]),
        code(&["upheld", "rejected"]),
        code(&["satisfied", "withdrawn"]),
    );
    (0..12_i64, 0..2400_i64, step(), step(), step(), codes).prop_map(
        |(customer, hours, resolved, decided, closed, (category, cause, finding, reason))| {
            let received_at = at("2026-01-20T00:00:00Z") + chrono::TimeDelta::hours(hours);
            let later = |hours: Option<i64>| {
                hours.map(|hours| received_at + chrono::TimeDelta::hours(hours))
            };
            CaseRow {
                customer: (customer > 0).then_some(customer),
                received_at,
                category,
                cause,
                finding,
                close_reason: reason,
                resolved_at: later(resolved),
                decided_at: later(decided),
                closed_at: later(closed),
                ..case(0, "2026-03-01T00:00:00Z")
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is hidden, what is shown never exceeds the total, and equals it where nothing is hidden.
    #[test]
    fn groups_add_up_to_their_totals(cases in proptest::collection::vec(any_case(), 0..60)) {
        let review = review(&Rows { cases, ..Rows::default() });
        let totals = &review.totals;
        let sums = [totals.received, totals.open, totals.closed, totals.decided];
        let mut columns: Vec<(Vec<Shown>, u64)> = Vec::new();
        for (column, sum) in sums.into_iter().take(3).enumerate() {
            columns.push((review.channels.iter().map(|group| group.counts[column]).collect(), sum));
            columns.push((review.categories.iter().map(|group| group.counts[column]).collect(), sum));
        }
        for (column, sum) in sums.into_iter().enumerate() {
            columns.push((review.causes.iter().map(|group| group.counts[column]).collect(), sum));
        }
        columns.push((review.findings.iter().map(|group| group.counts[0]).collect(), totals.decided));
        columns.push((review.close_reasons.iter().map(|group| group.counts[0]).collect(), totals.closed));
        columns.push((review.ages.iter().map(|group| group.counts[0]).collect(), totals.open));
        for (shown, total) in columns {
            let told: u64 = shown.iter().map(|one| if let Shown::Count(count) = one { *count } else { 0 }).sum();
            let hidden = shown.iter().filter(|one| !matches!(one, Shown::Count(_))).count();
            prop_assert!(told <= total);
            prop_assert!(hidden > 0 || told == total, "{told} {total}");
            prop_assert!(hidden != 1 || shown.len() == 1, "one alone is the total less the rest");
        }
    }
}
