//! Mail to members of staff about actions (§4.4, §8).

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::to_staff::Page;
use crate::case::Person;
use crate::staff::{Directory, Tongue};
use crate::store::actions::Action;

/// Whose turn it is on a day: its owner's, and once it is done whoever's has raised it, or who stands in for them.
/// Supervisors' where there is nobody who may see it, or where it is looked at by nobody else.
pub(super) fn whose_turn(
    action: &Action,
    directory: &Directory,
    today: NaiveDate,
) -> BTreeSet<Person> {
    let person = if action.done_at.is_none() {
        &action.owner
    } else {
        &action.raised_by
    };
    let outside = outside(action);
    let on_duty = directory.on_duty(person, today);
    let mut people = on_duty.or(directory.member(person)).into_iter();
    match people.find(|member| !outside.contains(&member.person)) {
        Some(member) => [member.person.clone()].into(),
        None => directory.supervisors(today, &outside),
    }
}

/// Who isn't told of it: the recused (§5.1), and once it is done its owner, who can't verify it.
pub(super) fn outside(action: &Action) -> BTreeSet<Person> {
    let mut people = action.recused.clone();
    if action.done_at.is_some() {
        people.insert(action.owner.clone());
    }
    people
}

/// Word of an action: new to its owner, due, overdue, or done and to be verified.
pub(super) fn page(action: &Action, rung: i16, reader: &Person, tongue: Tongue) -> Page {
    let Action {
        number, due, owner, ..
    } = action;
    let (overdue, done) = (rung >= 2, action.done_at.is_some());
    let new = rung == 0;
    let own = owner == reader;
    let case = action.case.map(|(_, reference)| reference.to_string());
    let subject = match (tongue, done, overdue) {
        (Tongue::English, true, _) => format!("Action {number} is done: please look, and verify"),
        (Tongue::English, false, true) => format!("Overdue: action {number}, was due {due}"),
        (Tongue::English, false, false) if new => format!("New: action {number}, due {due}"),
        (Tongue::English, false, false) => format!("Reminder: action {number}, due {due}"),
        (Tongue::Chinese, true, _) => format!("第{number}号整改已完成：请验收"),
        (Tongue::Chinese, false, true) => format!("已逾期：第{number}号整改，应于{due}前完成"),
        (Tongue::Chinese, false, false) if new => format!("新布置：第{number}号整改，{due}前完成"),
        (Tongue::Chinese, false, false) => format!("提醒：第{number}号整改，{due}前完成"),
    };
    let what = action.what.trim();
    let how = match (tongue, done, own) {
        (Tongue::English, true, _) => format!("When you have looked: /verify {number}"),
        (Tongue::English, false, true) => format!("When it is done: /done {number}: what was done"),
        (Tongue::English, false, false) => format!("{owner} has it."),
        (Tongue::Chinese, true, _) => format!("核实后请回复：/验收 {number}"),
        (Tongue::Chinese, false, true) => format!("完成后请回复：/完成 {number}：完成情况"),
        (Tongue::Chinese, false, false) => format!("负责人：{owner}"),
    };
    let from = match (tongue, case) {
        (Tongue::English, Some(case)) => format!("From case {case} (§4.4).\n"),
        (Tongue::English, None) => "From a review (§8).\n".to_owned(),
        (Tongue::Chinese, Some(case)) => format!("来自案件 {case}（§4.4）。\n"),
        (Tongue::Chinese, None) => "来自复盘（§8）。\n".to_owned(),
    };
    Page {
        subject,
        text: format!("{what}\n\n{from}{how}\n"),
        ..Page::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::ActionKind;
    use crate::policy::Role;
    use crate::staff::Member;

    fn directory() -> Directory {
        let member = |id: &str, role| Member {
            person: id.parse().unwrap(),
            name: id.to_owned(),
            addresses: vec![],
            roles: [role].into(),
            languages: vec![],
            categories: [].into(),
            absence: None,
            working_days: vec![],
            digest: false,
        };
        Directory::new(vec![
            member("li.na", Role::Handler),
            member("ann.lee", Role::Handler),
            member("wu.lei", Role::Supervisor),
            member("he.jing", Role::Supervisor),
            member("ma.li", Role::Manager),
        ])
    }

    #[test]
    fn p8_it_is_the_owners_turn_and_then_that_of_somebody_else_who_may_see_it() {
        let whose = |owner: &str, raised_by: &str, done: bool, recused: &[&str]| {
            let action = Action {
                number: 17,
                case: None,
                kind: ActionKind::Training,
                what: "check lids".to_owned(),
                owner: owner.parse().unwrap(),
                raised_by: raised_by.parse().unwrap(),
                due: "2026-11-24".parse().unwrap(),
                done_at: done.then(Default::default),
                done_words: None,
                verified_by: None,
                reminded: 0,
                recused: recused.iter().map(|id| id.parse().unwrap()).collect(),
            };
            let people = whose_turn(&action, &directory(), "2026-11-20".parse().unwrap());
            let people: Vec<String> = people.iter().map(Person::to_string).collect();
            people.join(" ")
        };
        for (owner, raised_by, done, recused, expected) in [
            ("li.na", "ann.lee", false, [].as_slice(), "li.na"),
            ("li.na", "ann.lee", true, &[], "ann.lee"),
            ("li.na", "li.na", true, &[], "he.jing wu.lei"),
            ("wu.lei", "wu.lei", true, &[], "he.jing"),
            ("wu.lei", "wu.lei", true, &["he.jing"], "ma.li"),
            ("li.na", "ann.lee", false, &["li.na", "wu.lei"], "he.jing"),
            ("li.na", "ann.lee", true, &["ann.lee"], "he.jing wu.lei"),
            ("li.na", "somebody.gone", true, &[], "he.jing wu.lei"),
        ] {
            let found = whose(owner, raised_by, done, recused);
            assert_eq!(found, expected, "{owner} {raised_by} {done} {recused:?}");
        }
    }
}
