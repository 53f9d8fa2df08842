//! Reminders of actions: before they are due to their owner, overdue to supervisors too, overdue for long to
//! managers (§4.4, §8). Each is said once.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::Jobs;
use crate::case::Person;
use crate::policy::Role;
use crate::staff::Tongue;
use crate::store::Transaction;
use crate::store::actions::{self, Action, Which};
use crate::work::WorkError;
use crate::work::to_staff::Page;

/// How long before it is due an owner is reminded.
const BEFORE: TimeDelta = TimeDelta::days(3);

/// How long something may be overdue, or wait to be looked at, before managers are told.
const LONG: TimeDelta = TimeDelta::days(14);

impl Jobs {
    pub(super) async fn remind_of_actions(
        &self,
        tx: &mut Transaction,
    ) -> Result<String, WorkError> {
        let now = self.store.now().await?;
        let today = now.with_timezone(&self.time_zone).date_naive();
        let open = actions::find(tx, Which::Open).await?;
        let mut pages = Vec::new();
        let mut told = 0;
        for action in &open {
            let rung = rung(action, today);
            if rung <= action.reminded {
                continue;
            }
            actions::reminded(tx, action.number, rung).await?;
            told += 1;
            for person in self.told(action, rung, today) {
                let Some(member) = self.post.directory.member(&person) else {
                    continue;
                };
                let page = page(action, rung, &person, member.tongue());
                pages.push((person, page));
            }
        }
        self.post.send_pages(tx, pages, now).await?;
        Ok(format!(
            "{told} of {} open actions were reminded of",
            open.len()
        ))
    }

    /// Who is told at a rung, or who stands in for them; but nobody who is recused from the case.
    fn told(&self, action: &Action, rung: i16, today: NaiveDate) -> BTreeSet<Person> {
        let (directory, recused) = (&self.post.directory, &action.recused);
        let concerned = if action.done_at.is_none() {
            &action.owner
        } else {
            &action.raised_by
        };
        let on_duty = directory.on_duty(concerned, today);
        let there = on_duty.map_or(concerned, |member| &member.person);
        let mut people: BTreeSet<Person> = [there, concerned]
            .into_iter()
            .find(|person| !recused.contains(*person))
            .cloned()
            .into_iter()
            .collect();
        // what whoever has it isn't told waits for nobody else
        if rung >= 2 || people.is_empty() {
            people.extend(directory.supervisors(today, recused));
        }
        if rung >= 3 {
            people.extend(directory.role(Role::Manager, today, recused));
        }
        people
    }
}

/// How far an action's reminders have come on a day: 1 before it is due, 2 overdue, 3 overdue for long.
fn rung(action: &Action, today: NaiveDate) -> i16 {
    if action.due + LONG < today {
        3
    } else if action.due < today {
        2
    } else if action.done_at.is_none() && action.due - BEFORE <= today {
        1
    } else {
        0
    }
}

fn page(action: &Action, rung: i16, reader: &Person, tongue: Tongue) -> Page {
    let Action {
        number, due, owner, ..
    } = action;
    let (overdue, done) = (rung >= 2, action.done_at.is_some());
    let own = owner == reader;
    let case = action.case.map(|(_, reference)| reference.to_string());
    let subject = match (tongue, done, overdue) {
        (Tongue::English, true, _) => format!("Action {number} is done: please look, and verify"),
        (Tongue::English, false, true) => format!("Overdue: action {number}, was due {due}"),
        (Tongue::English, false, false) => format!("Reminder: action {number}, due {due}"),
        (Tongue::Chinese, true, _) => format!("第{number}号整改已完成：请验收"),
        (Tongue::Chinese, false, true) => format!("已逾期：第{number}号整改，应于{due}前完成"),
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

    fn action(due: &str, done: bool) -> Action {
        Action {
            number: 17,
            case: None,
            kind: ActionKind::Preventive,
            what: "check lids".to_owned(),
            owner: "li.na".parse().unwrap(),
            raised_by: "wu.lei".parse().unwrap(),
            due: due.parse().unwrap(),
            done_at: done.then(chrono::DateTime::<chrono::Utc>::default),
            done_words: None,
            verified_by: None,
            reminded: 0,
            recused: [].into(),
        }
    }

    #[test]
    fn p8_an_action_is_reminded_of_before_it_is_due_and_told_of_when_it_is_late() {
        let today = "2026-11-24".parse().unwrap();
        for (due, done, expected) in [
            ("2026-11-28", false, 0),
            ("2026-11-27", false, 1),
            ("2026-11-24", false, 1),
            ("2026-11-24", true, 0),
            ("2026-11-23", false, 2),
            ("2026-11-23", true, 2),
            ("2026-11-10", false, 2),
            ("2026-11-09", false, 3),
        ] {
            assert_eq!(rung(&action(due, done), today), expected, "{due} {done}");
        }
    }
}
