//! Reminders of actions: before they are due to their owner, overdue to supervisors too, overdue for long to
//! managers (§4.4, §8). Each is said once.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::Jobs;
use crate::case::Person;
use crate::policy::Role;
use crate::store::Transaction;
use crate::store::actions::{self, Action, Which};
use crate::work::WorkError;
use crate::work::actions::{outside, page, whose_turn};

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
            let rung = rung(action, today, self.time_zone);
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

    /// Who is told at a rung, or who stands in for them.
    fn told(&self, action: &Action, rung: i16, today: NaiveDate) -> BTreeSet<Person> {
        let (directory, outside) = (&self.post.directory, outside(action));
        let mut people = whose_turn(action, directory, today);
        if rung >= 2 {
            people.extend(directory.supervisors(today, &outside));
        }
        if rung >= 3 {
            people.extend(directory.role(Role::Manager, today, &outside));
        }
        people
    }
}

/// How far an action's reminders have come on a day: 1 before it is due, 2 overdue, 3 overdue for long. What is done
/// waits to be verified from its last day on, or from when it was done, where that was later.
fn rung(action: &Action, today: NaiveDate, zone: Tz) -> i16 {
    let done = action
        .done_at
        .map(|at| at.with_timezone(&zone).date_naive());
    let since = done.unwrap_or(action.due).max(action.due);
    if since + LONG < today {
        3
    } else if since < today {
        2
    } else if done.is_none() && action.due - BEFORE <= today {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::ActionKind;

    fn action(due: &str, done: Option<&str>) -> Action {
        Action {
            number: 17,
            case: None,
            kind: ActionKind::Preventive,
            what: "check lids".to_owned(),
            owner: "li.na".parse().unwrap(),
            raised_by: "wu.lei".parse().unwrap(),
            due: due.parse().unwrap(),
            done_at: done.map(|day| format!("{day}T09:00:00+08:00").parse().unwrap()),
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
            ("2026-11-28", None, 0),
            ("2026-11-27", None, 1),
            ("2026-11-24", None, 1),
            ("2026-11-24", Some("2026-11-20"), 0),
            ("2026-11-23", None, 2),
            ("2026-11-23", Some("2026-11-20"), 2),
            ("2026-11-10", None, 2),
            ("2026-11-09", None, 3),
            // done late, it waits from then on
            ("2026-11-09", Some("2026-11-24"), 0),
            ("2026-11-09", Some("2026-11-23"), 2),
            ("2026-10-01", Some("2026-11-09"), 3),
        ] {
            let action = action(due, done);
            let rung = rung(&action, today, Tz::Asia__Shanghai);
            assert_eq!(rung, expected, "{due} {done:?}");
        }
    }
}
