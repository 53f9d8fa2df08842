use std::collections::BTreeMap;

use super::*;
use crate::policy::Policies;
use crate::review::figures::{BreachGroup, Breaches, Completeness, Frame, Point};
use crate::review::period::{Kind, Period};
use crate::review::rows::Rows;
use crate::staff::Directory;

/// A review of nothing, to be filled.
fn empty() -> Review {
    let frame = Frame {
        period: Period::last_complete(Kind::Month, "2026-04-05".parse().unwrap()),
        zone: chrono_tz::Tz::UTC,
        now: "2026-04-05T00:00:00Z".parse().unwrap(),
        policies: &Policies::built_in(),
        profile: None,
    };
    let mut review = Review::new(&Rows::default(), &BTreeMap::new(), &frame);
    review.totals.received = 30;
    review
}

fn said(review: &Review, tongue: Tongue) -> Vec<Sentence> {
    let (policies, directory) = (Policies::built_in(), Directory::default());
    let labels = Labels {
        tongue,
        policies: &policies,
        directory: &directory,
    };
    sentences(review, &labels)
}

/// What one rule says in English and in Chinese.
fn rule(review: &Review, rule: &str) -> Option<(String, String)> {
    let one = |tongue| {
        let found = said(review, tongue)
            .into_iter()
            .find(|one| one.rule == rule);
        found.map(|one| one.text)
    };
    one(Tongue::English).zip(one(Tongue::Chinese))
}

fn breaches(counts: &[(&str, Option<&str>, u64)]) -> Review {
    let groups = counts.iter().map(|(clock, person, count)| BreachGroup {
        clock: (*clock).to_owned(),
        person: person.map(str::to_owned),
        count: *count,
        unexplained: 0,
    });
    let mut review = empty();
    review.breaches = Breaches {
        total: counts.iter().map(|(_, _, count)| count).sum(),
        groups: groups.collect(),
        ..Breaches::default()
    };
    review
}

#[test]
fn most_breaches_are_told_of_only_where_they_are_most() {
    let hand_offs = breaches(&[
        ("department_answer", Some("logistics"), 7),
        ("resolve", None, 2),
    ]);
    let (english, chinese) = rule(&hand_offs, "breaches_mostly").unwrap();
    assert_eq!(english, "7 of 9 breaches were hand-offs to logistics.");
    assert_eq!(
        chinese,
        "9 次超时违规中有 7 次是转交logistics的问题未按时答复。"
    );
    let resolve = breaches(&[("resolve", Some("li.na"), 3), ("confirm", None, 3)]);
    let (english, _) = rule(&resolve, "breaches_mostly").unwrap();
    assert_eq!(english, "3 of 6 breaches were of “Resolve”: li.na.");
    for (counts, why) in [
        (&[("resolve", None, 4)][..], "too few"),
        (
            &[
                ("resolve", None, 4),
                ("confirm", None, 3),
                ("update", None, 3),
            ],
            "less than half",
        ),
        (&[], "none"),
    ] {
        assert_eq!(rule(&breaches(counts), "breaches_mostly"), None, "{why}");
    }
}

fn with_trend(verdict: Verdict) -> Review {
    let mut review = empty();
    let point = |value| Point {
        label: "2026-03".into(),
        value: Some(value),
        lower: Some(10.0),
        upper: Some(33.2),
    };
    review.trend = vec![Series {
        measure: "received",
        chart: "individuals",
        unit: "cases",
        points: vec![point(20.0); 13],
        center: Some(20.0),
        verdict,
    }];
    review.trend[0].points[12].value = Some(41.0);
    review
}

#[test]
fn a_change_is_told_of_only_beyond_the_limits() {
    let (english, chinese) = rule(&with_trend(Verdict::Above), "beyond_limits").unwrap();
    assert_eq!(
        english,
        "Received: 41, above what chance brings (10 to 33.2)."
    );
    assert_eq!(chinese, "新收投诉：41，高于偶然波动的范围（10 至 33.2）。");
    assert_eq!(rule(&with_trend(Verdict::Above), "within_limits"), None);
    for verdict in [Verdict::Within, Verdict::Unknown] {
        assert_eq!(rule(&with_trend(verdict), "beyond_limits"), None);
    }
    assert!(rule(&with_trend(Verdict::Within), "within_limits").is_some());
    assert_eq!(rule(&with_trend(Verdict::Unknown), "within_limits"), None);
    // what isn't over is compared with nothing
    let mut early = with_trend(Verdict::Below);
    early.period.is_over = false;
    assert_eq!(rule(&early, "beyond_limits"), None);
    assert!(rule(&early, "period_not_over").is_some());
}

#[test]
fn too_little_past_is_said() {
    let mut review = with_trend(Verdict::Unknown);
    assert_eq!(rule(&review, "too_little_past"), None);
    review.trend[0].points.truncate(3);
    let (english, _) = rule(&review, "too_little_past").unwrap();
    assert!(
        english.starts_with("Whole earlier periods to compare with: 2;"),
        "{english}"
    );
}

fn with_causes(counts: &[(&str, Shown)], total: u64) -> Review {
    let mut review = empty();
    review.totals.decided = total;
    let zero = Shown::Count(0);
    review.causes = counts
        .iter()
        .map(|(code, count)| Group {
            code: (*code).to_owned(),
            counts: [zero, zero, zero, *count],
        })
        .collect();
    review
}

#[test]
fn causes_are_told_of_where_few_of_them_make_up_most() {
    let count = Shown::Count;
    let few = [
        ("delay", count(30)),
        ("product_defect", count(12)),
        ("process", count(5)),
        ("system", count(5)),
        ("other", Shown::Few),
    ];
    let (english, chinese) = rule(&with_causes(&few, 55), "causes_mostly").unwrap();
    assert_eq!(
        english,
        "2 causes account for 76 % of the 55 cases decided: Delay, Product defect."
    );
    assert!(
        chinese.contains("76 % 的原因是：延误、产品缺陷"),
        "{chinese}"
    );
    for (causes, total, why) in [
        (&few[..], 100, "most have no cause, or a hidden one"),
        (&[("delay", count(12))][..], 12, "too few cases"),
        (
            &[("delay", count(30)), ("process", count(30))],
            60,
            "all of the causes there are",
        ),
        (
            &[("not_set", count(50)), ("delay", count(10))],
            60,
            "most have none",
        ),
    ] {
        assert_eq!(
            rule(&with_causes(causes, total), "causes_mostly"),
            None,
            "{why}"
        );
    }
}

#[test]
fn nothing_is_said_of_few_customers() {
    let mut review = empty();
    review.satisfaction.answered = Shown::Count(20);
    assert_eq!(rule(&review, "satisfaction"), None, "the share is hidden");
    review.satisfaction.share_satisfied = Some(0.75);
    let (english, chinese) = rule(&review, "satisfaction").unwrap();
    assert_eq!(english, "75 % of 20 answers were satisfied.");
    assert_eq!(chinese, "20 份答复中 75 % 表示满意。");
    review.ages = vec![
        Group {
            code: "61_to_90_days".into(),
            counts: [Shown::Count(6)],
        },
        Group {
            code: "over_90_days".into(),
            counts: [Shown::Few],
        },
    ];
    assert_eq!(rule(&review, "long_open"), None);
    review.ages[1].counts = [Shown::Count(5)];
    review.totals.open = 40;
    assert_eq!(
        rule(&review, "long_open").unwrap().0,
        "11 of 40 open cases are older than 60 days."
    );
}

#[test]
fn what_is_owed_is_told_while_it_is() {
    let mut review = empty();
    for owed in [
        "breaches_unexplained",
        "overrides_unexplained",
        "actions_overdue",
        "records_incomplete",
    ] {
        assert_eq!(rule(&review, owed), None, "{owed}");
    }
    (review.breaches.total, review.breaches.unexplained) = (9, 2);
    (review.overrides.total, review.overrides.unexplained) = (1, 1);
    (review.actions[0].open, review.actions[0].overdue) = (5, 2);
    review.records = vec![Completeness {
        record: "cause",
        complete: 39,
        of: 50,
    }];
    for (owed, expected) in [
        (
            "breaches_unexplained",
            "2 of 9 breaches have not been explained (§9).",
        ),
        (
            "overrides_unexplained",
            "1 of 1 override has not been explained beyond the reason given (§9).",
        ),
        ("actions_overdue", "2 of 5 open actions are overdue."),
        (
            "records_incomplete",
            "Records lack: cause (decided) in 11 of 50.",
        ),
    ] {
        assert_eq!(rule(&review, owed).unwrap().0, expected);
    }
}

#[test]
fn an_empty_period_says_so_and_no_more() {
    let mut review = empty();
    review.totals.received = 0;
    let said: Vec<&str> = said(&review, Tongue::English)
        .iter()
        .map(|one| one.rule)
        .collect();
    assert_eq!(said, ["nothing_happened"]);
}
