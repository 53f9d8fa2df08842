use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeZone;

use super::*;
use crate::case::{Act, HandOff, TextId};
use crate::language::Language;
use crate::policy::{Finding, Policies, Term, Unit};
use crate::staff::command::{Parsed, parse};
use crate::staff::values::NoLength;

fn person(id: &str) -> Person {
    id.parse().unwrap()
}

fn directory() -> Directory {
    let member = |id: &str, name: &str, role| Member {
        person: person(id),
        name: name.to_owned(),
        addresses: vec![format!("{id}@example.com")],
        roles: BTreeSet::from([role]),
        languages: vec![],
        categories: BTreeSet::new(),
        absence: None,
        working_days: vec![],
        digest: false,
    };
    Directory::new(vec![
        member("li.na", "李娜", Role::Handler),
        member("chen", "Chen Bo", Role::Handler),
        member("store", "仓库", Role::Department),
        member("zhao", "Zhao Min", Role::Mediator),
    ])
}

fn case(hand_offs: &[(u32, &str, bool)]) -> Case {
    let fact = crate::case::Fact::Received {
        landed: None,
        received_at: now(),
        channel: crate::case::Channel::Email,
        language: Language::EN,
        profile: "default".to_owned(),
        gives: BTreeSet::new(),
        follows: None,
        resembles: None,
        flood: false,
        words: None,
    };
    let mut case = Case::open(&fact).unwrap();
    case.hand_offs = hand_offs
        .iter()
        .map(|(number, to, answered)| {
            let to = person(to);
            let answered = *answered;
            let question = TextId::of("when?");
            let hand_off = HandOff {
                to,
                question,
                answered,
            };
            (*number, hand_off)
        })
        .collect::<BTreeMap<_, _>>();
    case
}

/// Tuesday morning in Shanghai.
fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 2, 0, 0).unwrap()
}

fn on(case: &Case, text: &str) -> Result<Vec<Order>, Vec<Wrong>> {
    let policies = Policies::built_in();
    let Ok(Parsed::Commands(written)) = parse(text, &[]) else {
        panic!("{text}");
    };
    let context = Context {
        directory: &directory(),
        profile: policies.profile("default").unwrap(),
        now: now(),
        by: &person("li.na"),
        case: Some(case),
    };
    resolve(&written, &context)
        .map_err(|mistakes| mistakes.into_iter().map(|one| one.wrong).collect())
}

fn acts(text: &str) -> Vec<Act> {
    let orders = on(&case(&[]), text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    orders
        .into_iter()
        .map(|order| match order {
            Order::Act { act, .. } => act,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn wrong(text: &str) -> Vec<Wrong> {
    on(&case(&[]), text).expect_err(text)
}

#[test]
fn names_days_and_codes_are_understood() {
    let directory = directory();
    let staff = |id: &str| directory.find(id).unwrap();
    let day = |text: &str| Some(text.parse().unwrap());
    let asks = |question: &str, by| Act::HandOff {
        to: staff("store"),
        question: question.to_owned(),
        by,
    };
    let extend = |clock: &str, amount, unit| Act::Extend {
        clock: clock.to_owned(),
        by: Some(Term { amount, unit }),
    };
    let business = Unit::BusinessDays;
    for (text, act) in [
        ("/assign chen", Act::Assign { to: staff("chen") }),
        ("/assign Chen Bo", Act::Assign { to: staff("chen") }),
        (
            "/assign CHEN@example.com",
            Act::Assign { to: staff("chen") },
        ),
        ("/分派李娜", Act::Assign { to: staff("li.na") }),
        ("/assign me", Act::Assign { to: staff("li.na") }),
        ("/mediate Zhao Min", Act::Mediate { who: staff("zhao") }),
        ("/handoff store: where is it?", asks("where is it?", None)),
        ("/handoff store where is it?", asks("where is it?", None)),
        (
            "/handoff store by 3 Dec: where is it?",
            asks("where is it?", day("2026-12-03")),
        ),
        (
            "/handoff store, next Friday: where?",
            asks("where?", day("2026-12-04")),
        ),
        (
            "/handoff store by 2 Dec\nWhere is it?\nAnd why?",
            asks("Where is it?\nAnd why?", day("2026-12-02")),
        ),
        (
            "/handoff store within 3 working days: x",
            asks("x", day("2026-11-27")),
        ),
        (
            "/handoff store order 12: where is it?",
            asks("order 12: where is it?", None),
        ),
        (
            "/handoff store: see http://x.example/: odd",
            asks("see http://x.example/: odd", None),
        ),
        (
            "/handoff store by next Friday where is it?",
            asks("where is it?", day("2026-12-04")),
        ),
        (
            "/协查 仓库 12月3日前 何时发出？",
            asks("何时发出？", day("2026-12-03")),
        ),
        (
            "/协查 仓库 12月3日前：何时发出？",
            asks("何时发出？", day("2026-12-03")),
        ),
        ("/协查仓库：何时发出？", asks("何时发出？", None)),
        (
            "/extend 5 working days: lab",
            extend("resolve", 5, business),
        ),
        ("/extend 5: lab", extend("resolve", 5, business)),
        (
            "/extend resolve by 2 weeks: lab",
            extend("resolve", 2, Unit::Weeks),
        ),
        (
            "/extend investigation 3 days: lab",
            extend("investigate", 3, Unit::Days),
        ),
        ("/延期 结案 5个工作日：检测", extend("resolve", 5, business)),
        (
            "/extend resolve: lab",
            Act::Extend {
                clock: "resolve".to_owned(),
                by: None,
            },
        ),
        (
            "/recuse chen: a friend",
            Act::Recuse {
                who: person("chen"),
            },
        ),
        (
            "/recuse me: a friend",
            Act::Recuse {
                who: person("li.na"),
            },
        ),
        (
            "/recuse left.long.ago: a friend",
            Act::Recuse {
                who: person("left.long.ago"),
            },
        ),
        (
            "/invite <Expert@Example.org>: is it safe?",
            Act::Invite {
                address: "expert@example.org".to_owned(),
                words: "is it safe?".to_owned(),
            },
        ),
    ] {
        assert_eq!(acts(text), [act], "{text}");
    }
}

#[test]
fn codes_go_by_their_names_in_any_language() {
    let policies = Policies::built_in();
    let profile = policies.profile("default").unwrap();
    for (code, names) in &profile.categories {
        for name in names.values().chain([code]) {
            let act = Act::SetCategory { code: code.clone() };
            assert_eq!(acts(&format!("/category {name}")), [act], "{name}");
        }
    }
    for (code, names) in &profile.causes {
        for name in names.values().chain([code]) {
            let text = format!("/结案答复 支持；原因 {name}\n经核实。");
            let [Act::Resolve(verdict)] = &acts(&text)[..] else {
                panic!("{text}");
            };
            assert_eq!(verdict.finding, Finding::Upheld);
            assert_eq!(verdict.cause.as_ref(), Some(code), "{name}");
        }
    }
}

#[test]
fn an_answer_is_for_the_question_that_is_open() {
    let number = |hand_offs: &[(u32, &str, bool)], text: &str| {
        on(&case(hand_offs), text).map(|orders| match &orders[..] {
            [
                Order::Act {
                    act: Act::AnswerHandOff { number, .. },
                    ..
                },
            ] => *number,
            other => panic!("{other:?}"),
        })
    };
    let which = |open: &[u32]| {
        Err(vec![Wrong::WhichHandOff {
            open: open.to_vec(),
        }])
    };
    for (hand_offs, text, expected) in [
        (
            &[(1, "store", true), (2, "store", false)][..],
            "/answer it left",
            Ok(2),
        ),
        // the sender's own comes before others'
        (
            &[(1, "store", false), (2, "li.na", false)],
            "/answer it left",
            Ok(2),
        ),
        (
            &[(1, "store", false), (2, "store", false)],
            "/answer it left",
            which(&[1, 2]),
        ),
        (
            &[(1, "store", false), (2, "store", false)],
            "/answer 1: it left",
            Ok(1),
        ),
        (&[(1, "store", true)], "/answer it left", which(&[])),
    ] {
        assert_eq!(number(hand_offs, text), expected, "{text}");
    }
}

#[test]
fn what_cant_be_understood_undoes_the_mail() {
    let known = || ["li.na", "chen", "store", "zhao"].map(person).to_vec();
    let nobody = |typed: &str| Wrong::Nobody {
        typed: typed.to_owned(),
        departments: false,
        known: known(),
    };
    assert_eq!(wrong("/accept\n/assign somebody"), [nobody("somebody")]);
    assert_eq!(wrong("/assign chen please"), [nobody("chen please")]);
    assert_eq!(wrong("/assign 13.9"), [nobody("13.9")]);
    let asked = wrong("/handoff accounting by Friday: x");
    let department = Wrong::Nobody {
        typed: "accounting by Friday".to_owned(),
        departments: true,
        known: vec![person("store")],
    };
    assert_eq!(asked, [department]);
    for (text, why) in [
        (
            "/handoff store by 3/12: x",
            NoDate::Which("2026-12-03".parse().unwrap(), "2027-03-12".parse().unwrap()),
        ),
        (
            "/handoff store by 2026-11-01: x",
            NoDate::Past("2026-11-01".parse().unwrap()),
        ),
        ("/handoff store by someday: x", NoDate::Unreadable),
        ("/协查 仓库 改天前：x", NoDate::Unreadable),
    ] {
        let [Wrong::NoDate { why: found, .. }] = &wrong(text)[..] else {
            panic!("{text}");
        };
        assert_eq!(*found, why, "{text}");
    }
    assert!(matches!(
        wrong("/handoff store by the way where is it?")[..],
        [Wrong::NoDate { .. }]
    ));
    assert!(matches!(
        wrong("/extend soon: x")[..],
        [Wrong::NoLength { .. }]
    ));
    assert!(matches!(
        wrong("/extend update 5: x")[..],
        [Wrong::NoLength {
            why: NoLength::Unitless(5),
            ..
        }]
    ));
    assert!(matches!(
        wrong("/category nonsense")[..],
        [Wrong::NoCode {
            of: Code::Category,
            ..
        }]
    ));
    assert!(matches!(
        wrong("/invite nobody: please")[..],
        [Wrong::NoAddress { .. }]
    ));
    assert!(matches!(
        wrong("/handoff store by Friday:")[..],
        [Wrong::Incomplete {
            word: Word::HandOff
        }]
    ));
}

#[test]
fn what_the_examples_name_is_there_in_the_shipped_profile() {
    for row in TABLE {
        let codes = matches!(
            row.word,
            Word::Category | Word::Severity | Word::Cause | Word::Resolve | Word::Outcome
        );
        for example in row.example.iter().filter(|_| codes) {
            let text = format!("{example}\nIt was lost.");
            assert!(on(&case(&[]), &text).is_ok(), "{example}");
        }
    }
}
