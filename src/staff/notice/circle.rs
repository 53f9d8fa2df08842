//! The people around a case on a day, with those who stand in for somebody who is away.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::case::{Case, Person};
use crate::policy::{Role, Stage};
use crate::staff::Directory;

/// What somebody may see of a case (§7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// All of it: they work on it, oversee it, or may take it up.
    Case,
    /// Their department's question and their own answer.
    Question,
    Nothing,
}

/// What a member of staff may see of a case on a day. Everything that is sent is checked against it at the last step.
pub fn access(case: &Case, who: &Person, directory: &Directory, today: NaiveDate) -> Access {
    let circle = Circle {
        case,
        directory,
        today,
    };
    circle.access(who)
}

/// Who sees every case but those they are recused from.
const OVERSEE: [Role; 5] = [
    Role::Supervisor,
    Role::Manager,
    Role::Executive,
    Role::Legal,
    Role::Auditor,
];

pub(super) struct Circle<'a> {
    pub case: &'a Case,
    pub directory: &'a Directory,
    pub today: NaiveDate,
}

impl Circle<'_> {
    /// Who works on the case now: its handler; while somebody mediates, the mediator alone (§5.1); after the
    /// mediation both, since either may answer. Supervisors where there is nobody.
    pub(super) fn workers(&self) -> BTreeSet<Person> {
        let case = self.case;
        let mut people = BTreeSet::new();
        let mediated =
            case.stage == Stage::Mediating || (case.stage == Stage::Resolved && case.round >= 2);
        if let Some(mediator) = case.mediator.as_ref().filter(|_| mediated) {
            people.extend(self.mediator(mediator));
        }
        if people.is_empty() || case.stage != Stage::Mediating {
            if let Some(handler) = &case.handler {
                people.extend(self.handler(handler));
            } else if people.is_empty() {
                people.extend(self.supervisors());
            }
        }
        people
    }

    /// A handler, or who stands in for them; with nobody there, themselves and the supervisors, so that nothing
    /// waits unseen.
    pub(super) fn handler(&self, handler: &Person) -> BTreeSet<Person> {
        match self.on_duty(handler) {
            Some(person) => BTreeSet::from([person]),
            None => &self.supervisors() | &self.known(handler),
        }
    }

    /// A mediator, or who stands in for them; but nobody who has had a part in the case (§5.1).
    pub(super) fn mediator(&self, mediator: &Person) -> BTreeSet<Person> {
        let neutral = |person: &Person| {
            person == mediator || !(self.case.handlers.contains(person) || self.was_asked(person))
        };
        match self.on_duty(mediator).filter(neutral) {
            Some(person) => BTreeSet::from([person]),
            None => &self.supervisors() | &self.known(mediator),
        }
    }

    pub(super) fn mediators(&self) -> BTreeSet<Person> {
        match &self.case.mediator {
            Some(mediator) => self.mediator(mediator),
            None => self.supervisors(),
        }
    }

    /// A department, or who stands in for it: supervisors are told by the clock if nobody answers.
    pub(super) fn department(&self, asked: &Person) -> BTreeSet<Person> {
        match self.on_duty(asked) {
            Some(person) => BTreeSet::from([person]),
            None => self.known(asked),
        }
    }

    /// All supervisors; where there are none who may see the case, the managers.
    pub(super) fn supervisors(&self) -> BTreeSet<Person> {
        self.directory.supervisors(self.today, &self.case.recused)
    }

    /// All who are this, or who stand in for them, but the recused.
    pub(super) fn role(&self, role: Role) -> BTreeSet<Person> {
        self.directory.role(role, self.today, &self.case.recused)
    }

    /// Who does somebody's work today, unless they are recused.
    fn on_duty(&self, person: &Person) -> Option<Person> {
        let member = self.directory.on_duty(person, self.today)?;
        Some(member.person.clone()).filter(|person| !self.case.recused.contains(person))
    }

    /// Somebody as long as they are a member of staff.
    fn known(&self, person: &Person) -> BTreeSet<Person> {
        let member = self.directory.member(person);
        member
            .map(|member| member.person.clone())
            .into_iter()
            .collect()
    }

    fn access(&self, who: &Person) -> Access {
        let (case, directory) = (self.case, self.directory);
        if case.recused.contains(who) {
            return Access::Nothing;
        }
        let stands_for = |other: &Person| other == who || self.on_duty(other).as_ref() == Some(who);
        let works = [&case.handler, &case.mediator].into_iter().flatten();
        let oversees = directory.members().iter().filter(|member| {
            let mut roles = member.roles.iter();
            roles.any(|role| OVERSEE.contains(role))
        });
        let may_take_it = || {
            let member = directory.member(who);
            case.handler.is_none()
                && member.is_some_and(|member| member.roles.contains(&Role::Handler))
        };
        if works
            .chain(oversees.map(|member| &member.person))
            .any(stands_for)
            || may_take_it()
        {
            return Access::Case;
        }
        let mut asked = case.hand_offs.values();
        if asked.any(|hand_off| stands_for(&hand_off.to)) {
            return Access::Question;
        }
        Access::Nothing
    }

    fn was_asked(&self, person: &Person) -> bool {
        let mut asked = self.case.hand_offs.values();
        asked.any(|hand_off| hand_off.to == *person)
    }
}
