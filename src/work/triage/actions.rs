//! Actions by mail (§4.4, §8): raised, done, looked at, listed.

use crate::case::{Act, Actor, Fact, TextId};
use crate::policy::Role;
use crate::store::Transaction;
use crate::store::actions::{self, Action, NewAction, Which};
use crate::work::WorkError;
use crate::work::changes::Changes;

use super::desk::{Desk, Unable};

impl Desk<'_> {
    /// Raises an action from no case: of a review (§6), by whoever supervises.
    pub(super) fn raise(&self, changes: &mut Changes<'_>, act: &Act) -> Result<(), String> {
        let Act::Raise {
            number,
            kind,
            owner,
            due,
            what,
        } = act
        else {
            return Ok(());
        };
        let roles = [
            Role::Supervisor,
            Role::Manager,
            Role::Executive,
            Role::Auditor,
        ];
        if !roles.iter().any(|role| self.member.roles.contains(role)) {
            return Err(self.pick(
                "an action that belongs to no case is raised by a supervisor, a manager, an executive or an auditor; for one of a case, answer a mail about the case",
                "不属于任何案件的整改由主管、经理、高管或审计布置；针对案件的整改，请回复该案件的邮件",
            ));
        }
        changes.raise(NewAction {
            number: *number,
            case: None,
            kind: *kind,
            what: what.clone(),
            owner: owner.person.clone(),
            raised_by: self.member.person.clone(),
            due: *due,
        });
        Ok(())
    }

    /// An action of theirs is done.
    pub(super) async fn done(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        number: Option<u32>,
        words: &str,
    ) -> Result<Result<Vec<String>, Unable>, WorkError> {
        let me = &self.member.person;
        let which = number.map_or(Which::OpenOf(me), Which::Number);
        let mut found = actions::find(tx, which).await?;
        found.retain(|action| action.owner == *me && action.done_at.is_none());
        let [action] = found.as_slice() else {
            let reason = match (number, found.as_slice()) {
                (Some(number), _) => self.pick(
                    &format!("no open action {number} is yours"),
                    &format!("您没有待完成的第{number}号整改"),
                ),
                (None, []) => self.pick("no open action is yours", "您没有待完成的整改"),
                (None, several) => {
                    let numbers: Vec<String> =
                        several.iter().map(|one| one.number.to_string()).collect();
                    self.pick(
                        &format!(
                            "which of your actions? {}: write its number first",
                            numbers.join(", ")
                        ),
                        &format!("是哪一项？{}：请先写编号", numbers.join("、")),
                    )
                }
            };
            return Ok(Err(reason.into()));
        };
        actions::done(tx, action.number, words, self.now).await?;
        let kept = (!words.is_empty()).then(|| TextId::of(words));
        let fact = Fact::ActionDone {
            number: action.number,
            words: kept,
        };
        self.on_record(changes, action, fact, words);
        let done = Action {
            done_at: Some(self.now),
            ..action.clone()
        };
        changes.tell_of(&done, me);
        let number = action.number;
        Ok(Ok(vec![self.pick(
            &format!("action {number} is done; somebody else looks whether it helps"),
            &format!("第{number}号整改已完成，将由他人验收"),
        )]))
    }

    /// Somebody else's action is done: they have looked (§8).
    pub(super) async fn verify(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        number: u32,
    ) -> Result<Result<Vec<String>, Unable>, WorkError> {
        let me = &self.member.person;
        let mut found = actions::find(tx, Which::Number(number)).await?;
        // of a case that they have no part in they learn nothing (§5.1)
        found.retain(|action| !action.recused.contains(me));
        let Some(action) = found.into_iter().next() else {
            let reason = self.pick(
                &format!("there is no action {number}"),
                &format!("没有第{number}号整改"),
            );
            return Ok(Err(reason.into()));
        };
        let supervises = [Role::Supervisor, Role::Manager, Role::Auditor]
            .into_iter()
            .any(|role| self.member.roles.contains(&role));
        let zone = self.triage.time_zone;
        let today = self.now.with_timezone(&zone).date_naive();
        let raiser = self.triage.post.directory.on_duty(&action.raised_by, today);
        let raised = action.raised_by == *me || raiser.is_some_and(|one| one.person == *me);
        if action.owner == *me || !(raised || supervises) {
            return Ok(Err(self.pick(
                "somebody else than its owner looks whether it is done: whoever raised it, a supervisor, a manager or an auditor",
                "应由负责人以外的人验收：布置人、主管、经理或审计",
            ).into()));
        }
        if action.done_at.is_none() || action.verified_by.is_some() {
            return Ok(Err(self
                .pick(
                    &format!("action {number} isn't waiting to be looked at"),
                    &format!("第{number}号整改不在待验收状态"),
                )
                .into()));
        }
        actions::verified(tx, number, me, self.now).await?;
        self.on_record(changes, &action, Fact::ActionVerified { number }, "");
        Ok(Ok(vec![self.pick(
            &format!("action {number} is done, and looked at"),
            &format!("第{number}号整改已验收"),
        )]))
    }

    /// On the history of the case that the action came from, where it did and this mail is about it; the
    /// action's own row says the rest.
    fn on_record(&self, changes: &mut Changes<'_>, action: &Action, fact: Fact, words: &str) {
        let Some((case, _)) = action.case.filter(|(case, _)| self.case == Some(*case)) else {
            return;
        };
        let actor = Actor::Staff(self.member.person.clone());
        changes.record(case, &actor, fact);
        if !words.is_empty() {
            changes.keep(case, words);
        }
    }

    /// Open actions: all of them for those who supervise, else one's own.
    pub(super) async fn actions(&self, tx: &mut Transaction) -> Result<Vec<String>, WorkError> {
        let mut found = actions::find(tx, Which::Open).await?;
        let me = &self.member.person;
        found.retain(|one| {
            let theirs = self.oversees() || one.owner == *me || one.raised_by == *me;
            theirs && !one.recused.contains(me)
        });
        if found.is_empty() {
            return Ok(vec![self.pick("No action is open.", "没有未完成的整改。")]);
        }
        let line = |one: &Action| {
            let case = one
                .case
                .map_or("–".to_owned(), |(_, reference)| reference.to_string());
            let state = match one.done_at {
                Some(_) => self.pick("done, to be verified", "已完成，待验收"),
                None => one.due.to_string(),
            };
            let what: String = one.what.chars().take(80).collect();
            format!("{}  {state}  {}  {case}  {what}", one.number, one.owner)
        };
        Ok(found.iter().map(line).collect())
    }
}
