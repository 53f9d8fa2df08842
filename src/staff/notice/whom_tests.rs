use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::super::fixture::{at, case, default, directory, fact_reached, person, words};
use super::super::{What, notices};
use super::*;
use crate::case::{ClockChange, Next};
use crate::ids::LandedId;
use crate::policy::{CloseReason, Letter, Term};

fn told(case: &Case, facts: &[Fact], actor: &str) -> Vec<(String, What)> {
    told_on(case, facts, actor, "2026-03-09")
}

/// `actor` as the history has it.
fn told_on(case: &Case, facts: &[Fact], actor: &str, day: &str) -> Vec<(String, What)> {
    let actor = match actor {
        "customer" => Actor::Customer,
        "outsider" => Actor::Outsider,
        "robot" => Actor::Robot,
        "redress" => Actor::Redress,
        id => Actor::Staff(person(id)),
    };
    let today = day.parse().unwrap();
    notices(case, facts, &actor, default(), &directory(), today)
        .into_iter()
        .map(|notice| (notice.to.to_string(), notice.what))
        .collect()
}

fn to(people: &[&str], what: &What) -> Vec<(String, What)> {
    people
        .iter()
        .map(|id| ((*id).to_owned(), what.clone()))
        .collect()
}

fn wrote(by: Author) -> Fact {
    Fact::Wrote {
        landed: LandedId(7),
        by,
        proven: true,
    }
}

fn clocks(name: &str, number: u32, what: ClockEvent) -> Fact {
    let key = ClockKey {
        name: name.to_owned(),
        number,
    };
    Fact::Clocks {
        changes: vec![ClockChange { key, what }],
    }
}

fn due() -> DateTime<Utc> {
    at("2026-03-23 18:00")
}

fn reached(name: &str, percent: u16, breach: bool) -> What {
    let clock = ClockKey {
        name: name.to_owned(),
        number: 0,
    };
    What::Reached {
        clock,
        percent,
        breach,
        due_at: due(),
    }
}

#[test]
fn a_department_is_told_of_its_own_question_alone() {
    let mut case = case();
    let late = fact_reached("department_answer", 1, 100, true);
    let all = told(&case, std::slice::from_ref(&late), "redress");
    let department: Vec<&What> = all
        .iter()
        .filter(|(to, _)| to == "warehouse")
        .map(|(_, what)| what)
        .collect();
    assert_eq!(
        department,
        [&What::AnswerDue {
            number: 1,
            late: true,
            due_at: due()
        }]
    );
    let others: BTreeSet<&str> = all.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(
        others,
        BTreeSet::from(["he.jing", "li.na", "warehouse", "wu.lei"])
    );

    let closed = Fact::Closed {
        reason: CloseReason::Withdrawn,
        words: None,
        of: None,
        stage: Stage::Closed,
    };
    let all = told(&case, std::slice::from_ref(&closed), "li.na");
    assert_eq!(
        all,
        to(&["warehouse"], &What::QuestionDropped { number: 1 })
    );
    case.hand_offs.get_mut(&1).unwrap().answered = true;
    assert_eq!(told(&case, &[closed], "li.na"), []);
}

#[test]
fn nobody_is_told_what_they_did_themselves() {
    let case = case();
    let accepted = Fact::Accepted {
        handler: person("li.na"),
        stage: Stage::Investigating,
    };
    assert_eq!(told(&case, &[accepted], "li.na"), []);
    assert_eq!(told(&case, &[Fact::Noted { words: words() }], "li.na"), []);
    // nor is their supervisor in their stead
    let answered = Fact::HandOffAnswered {
        number: 1,
        words: words(),
    };
    assert_eq!(told(&case, &[answered], "li.na"), []);
}

#[test]
fn the_recused_are_told_nothing() {
    let mut case = case();
    case.recused = [person("wu.lei"), person("ma.li")].into();
    let all = told(&case, &[fact_reached("resolve", 0, 100, true)], "redress");
    assert_eq!(
        all,
        to(&["li.na", "he.jing"], &reached("resolve", 100, true))
    );
    assert_eq!(
        told(&case, &[fact_reached("resolve", 0, 150, false)], "redress"),
        []
    );
    // no supervisor is left: the managers
    case.recused = [person("wu.lei"), person("he.jing")].into();
    let owed = Fact::MediationOwed {
        stage: Stage::Mediating,
    };
    assert_eq!(
        told(&case, &[owed], "customer"),
        to(&["ma.li"], &What::MediationOwed)
    );
    // the handler leaves, and nobody is there in their place
    case.recused = [person("li.na")].into();
    case.handler = None;
    let recused = Fact::Recused {
        who: person("li.na"),
        reason: words(),
    };
    assert_eq!(
        told(&case, &[recused], "li.na"),
        to(&["he.jing", "wu.lei"], &What::Unassigned)
    );
}

#[test]
fn a_deputy_is_told_in_place_of_who_is_away() {
    let mut case = case();
    let wrote = [wrote(Author::Customer)];
    // li.na is away from the 16th, and wang does her work; from the 24th wang is away too, with nobody
    for (day, people) in [
        ("2026-03-15", &["li.na"][..]),
        ("2026-03-16", &["wang"][..]),
        ("2026-03-24", &["he.jing", "li.na", "wu.lei"][..]),
    ] {
        assert_eq!(
            told_on(&case, &wrote, "customer", day),
            to(people, &What::CustomerWrote),
            "{day}"
        );
    }
    // a recused deputy sees nothing
    case.recused = [person("wang")].into();
    let all = told_on(&case, &wrote, "customer", "2026-03-16");
    assert_eq!(
        all,
        to(&["he.jing", "li.na", "wu.lei"], &What::CustomerWrote)
    );
}

#[test]
fn who_mediates_is_told_in_place_of_the_handler() {
    let mut case = case();
    case.mediator = Some(person("sun.yu"));
    case.stage = Stage::Mediating;
    let wrote = [wrote(Author::Customer)];
    assert_eq!(
        told(&case, &wrote, "customer"),
        to(&["sun.yu"], &What::CustomerWrote)
    );
    let rung = [fact_reached("mediate", 0, 75, false)];
    assert_eq!(
        told(&case, &rung, "redress"),
        to(&["sun.yu"], &reached("mediate", 75, false))
    );
    // sun.yu is away from the 20th; the deputy, wang, mediates unless wang has handled the case (§5.1)
    assert_eq!(
        told_on(&case, &wrote, "customer", "2026-03-20"),
        to(&["wang"], &What::CustomerWrote)
    );
    case.handlers.insert(person("wang"));
    let all = told_on(&case, &wrote, "customer", "2026-03-20");
    assert_eq!(
        all,
        to(&["he.jing", "sun.yu", "wu.lei"], &What::CustomerWrote)
    );
    // after the mediation either may answer
    (case.stage, case.round) = (Stage::Resolved, 2);
    assert_eq!(
        told(&case, &wrote, "customer"),
        to(&["li.na", "sun.yu"], &What::CustomerWrote)
    );
}

#[test]
fn without_a_handler_all_supervisors_are_told() {
    let mut case = case();
    (case.handler, case.stage) = (None, Stage::Received);
    let received = Fact::Received {
        landed: None,
        received_at: case.received_at,
        channel: case.channel,
        language: case.language,
        profile: case.profile.clone(),
        gives: BTreeSet::new(),
        words: None,
        follows: None,
        resembles: None,
        flood: false,
    };
    let supervisors = ["he.jing", "wu.lei"];
    assert_eq!(
        told(&case, &[received], "customer"),
        to(&supervisors, &What::Unassigned)
    );
    assert_eq!(
        told(&case, &[wrote(Author::Customer)], "customer"),
        to(&supervisors, &What::CustomerWrote)
    );
    let all = told(&case, &[fact_reached("resolve", 0, 100, true)], "redress");
    assert_eq!(all, to(&supervisors, &reached("resolve", 100, true)));
}

#[test]
fn a_court_concerns_legal_too() {
    let litigated = Fact::Litigated {
        words: words(),
        stage: Stage::Litigation,
    };
    let mut all = told(&case(), &[litigated], "wu.lei");
    assert_eq!(
        all.pop(),
        Some(("warehouse".to_owned(), What::QuestionDropped { number: 1 }))
    );
    assert_eq!(all, to(&["he.fa", "li.na"], &What::Litigated));
}

#[test]
fn a_forgery_is_shown_to_who_works_on_the_case() {
    let mut case = case();
    let forged = [Fact::Unproven {
        landed: LandedId(9),
        doubt: "nothing vouches for its author".to_owned(),
    }];
    assert_eq!(
        told(&case, &forged, "outsider"),
        to(&["li.na"], &What::Unproven)
    );
    case.recused.insert(person("li.na"));
    case.handler = None;
    assert_eq!(
        told(&case, &forged, "outsider"),
        to(&["he.jing", "wu.lei"], &What::Unproven)
    );
}

#[test]
fn a_rung_that_nobody_knows_any_more_tells_nobody() {
    let next = Some(Next {
        percent: 100,
        at: due(),
    });
    let odd = clocks(
        "gone",
        0,
        ClockEvent::Reached {
            percent: 75,
            breach: false,
            next,
        },
    );
    assert_eq!(told(&case(), &[odd], "redress"), []);
    assert_eq!(
        told(&case(), &[fact_reached("resolve", 0, 33, false)], "redress"),
        []
    );
}

#[path = "whom_table_tests.rs"]
mod table;

#[test]
fn p9_a_rung_comes_by_itself_to_whose_digest_does_not_show_the_case() {
    let digests = |day: &str, absent: &[&str]| {
        let company = directory();
        let members = company.members().iter().map(|member| {
            let mut member = member.clone();
            member.digest = true;
            if absent.contains(&member.person.as_str()) {
                member.absence = Some(crate::staff::Absence {
                    from: day.parse().unwrap(),
                    until: day.parse().unwrap(),
                    deputy: Some(person("wang")),
                });
            }
            member
        });
        Directory::new(members.collect())
    };
    let told = |percent, day: &str, absent: &[&str]| -> Vec<String> {
        let fact = fact_reached("resolve", 0, percent, percent == 100);
        let directory = digests(day, absent);
        let all = notices(
            &case(),
            &[fact],
            &Actor::Redress,
            default(),
            &directory,
            day.parse().unwrap(),
        );
        all.iter().map(|notice| notice.to.to_string()).collect()
    };
    for (percent, day, absent, expected) in [
        (75, "2026-03-09", [].as_slice(), [].as_slice()),
        (100, "2026-03-09", &[], &[]),
        (150, "2026-03-09", &[], &[]),
        // an executive's digest lists nothing of others
        (200, "2026-03-09", &[], &["ceo"]),
        // nor does that of a handler who stands in for those who oversee
        (100, "2026-03-09", &["wu.lei"], &["wang"]),
        (150, "2026-03-09", &["ma.li"], &["wang"]),
        // but it does, of a handler for whom they stand in
        (100, "2026-03-17", &[], &[]),
    ] {
        assert_eq!(told(percent, day, absent), expected, "{percent} {day}");
    }
}
