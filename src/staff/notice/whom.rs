//! Who is told of what has happened to a case.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::circle::Circle;
use super::what::{Notice, What};
use crate::case::{ActName, Actor, Author, Case, ClockEvent, ClockKey, Fact, Person, Withheld};
use crate::policy::{ClockKind, Mark, Profile, Role, Stage};
use crate::staff::Directory;
use crate::staff::digest::lists_overdue;

/// Who is told what of the facts that somebody has caused. `case` is what the facts have made of it.
///
/// Nobody is told what they did themselves, nor one thing twice; the recused are told nothing (§5.1).
pub fn notices(
    case: &Case,
    facts: &[Fact],
    actor: &Actor,
    profile: &Profile,
    directory: &Directory,
    today: NaiveDate,
) -> Vec<Notice> {
    let circle = Circle {
        case,
        directory,
        today,
    };
    let mut all = Vec::new();
    for fact in facts {
        circle.of_fact(fact, facts, profile, &mut all);
    }
    let mut told: Vec<Notice> = Vec::new();
    for notice in &all {
        // but a letter that they have to pass on
        let own = matches!(actor, Actor::Staff(person) if *person == notice.to)
            && !matches!(notice.what, What::PassOn { .. });
        // the other mail that they get shows the words as well
        let covered = notice.what.is_words_alone()
            && all
                .iter()
                .any(|other| other.to == notice.to && !other.what.is_words_alone());
        // supervisors were told of all of them at once
        let of_flood = case.flood && matches!(notice.what, What::Reached { .. });
        if !own
            && !covered
            && !circle.is_in_digest(notice)
            && !of_flood
            && !case.recused.contains(&notice.to)
            && !told.contains(notice)
        {
            told.push(notice.clone());
        }
    }
    told
}

/// Whether all that was asked for has come: that ends the wait for it.
fn wait_ended(facts: &[Fact], profile: &Profile) -> bool {
    facts.iter().any(|fact| {
        let Fact::Clocks { changes } = fact else {
            return false;
        };
        changes.iter().any(|change| {
            let rule = profile.clock(&change.key.name);
            change.what == ClockEvent::Stopped {}
                && rule.is_some_and(|rule| rule.stops.contains(&Mark::ParticularsComplete))
        })
    })
}

fn tell(all: &mut Vec<Notice>, people: BTreeSet<Person>, what: &What) {
    all.extend(people.into_iter().map(|to| Notice {
        to,
        what: what.clone(),
    }));
}

impl Circle<'_> {
    fn of_fact(&self, fact: &Fact, facts: &[Fact], profile: &Profile, all: &mut Vec<Notice>) {
        match fact {
            Fact::Received { .. } => {
                if self.case.handler.is_none() && self.case.is_open() {
                    tell(all, self.supervisors(), &What::Unassigned);
                }
            }
            Fact::Wrote { by, .. } => match by {
                Author::Customer => tell(all, self.workers(), &What::CustomerWrote),
                Author::ThirdParty => tell(all, self.workers(), &What::ThirdPartyWrote),
                Author::Outsider => tell(all, self.workers(), &What::OutsiderWrote),
                // an out-of-office needs nobody
                Author::Robot => {}
            },
            // a mail in a colleague's name that isn't proven theirs
            Fact::Unproven { .. } => tell(all, self.workers(), &What::Unproven),
            Fact::Accepted { handler, .. } | Fact::Assigned { handler } => {
                // what a later fact of the same event took away isn't theirs any more
                if self.case.handler.as_ref() == Some(handler) {
                    tell(all, self.handler(handler), &What::Assigned);
                }
            }
            Fact::ParticularsGiven { stage, .. } => {
                let complete = profile.particulars.is_subset(&self.case.have);
                let waiting = *stage == Stage::AwaitingParticulars;
                if !waiting && (complete || wait_ended(facts, profile)) {
                    tell(all, self.workers(), &What::ParticularsComplete);
                }
            }
            Fact::ParticularsLapsed { .. } => {
                tell(all, self.workers(), &What::ParticularsLapsed);
            }
            Fact::HandedOff { number, to, .. } => {
                let what = What::HandedOff { number: *number };
                tell(all, self.department(to), &what);
            }
            Fact::HandOffAnswered { number, .. } => {
                let what = What::HandOffAnswered { number: *number };
                tell(all, self.workers(), &what);
            }
            Fact::MediationOwed { .. } => tell(all, self.supervisors(), &What::MediationOwed),
            Fact::MediatorNamed { mediator } => {
                tell(all, self.mediator(mediator), &What::Mediator);
            }
            Fact::LetterFailed { letter, .. } => {
                let what = What::Unreachable { letter: *letter };
                tell(all, self.workers(), &what);
            }
            Fact::LetterWithheld {
                letter,
                why: Withheld::NoAddress,
            } => tell(all, self.workers(), &What::PassOn { letter: *letter }),
            Fact::Litigated { .. } => {
                tell(all, self.role(Role::Legal), &What::Litigated);
                tell(all, self.workers(), &What::Litigated);
                self.drop_questions(all);
            }
            Fact::Closed { reason, .. } => {
                let what = What::Closed { reason: *reason };
                tell(all, self.workers(), &what);
                if let Some(mediator) = &self.case.mediator {
                    tell(all, self.mediator(mediator), &what);
                }
                self.drop_questions(all);
            }
            Fact::Reopened { .. } => tell(all, self.workers(), &What::Reopened),
            Fact::Recused { who, .. } => self.recused(who, all),
            Fact::Noted { .. } => tell(all, self.workers(), &What::Noted),
            Fact::Held { .. } => tell(all, self.workers(), &What::Held),
            Fact::HoldEnded {} => tell(all, self.workers(), &What::HoldEnded),
            Fact::Overrode { act, .. } => {
                // they see it by what they get, or lose
                if *act != ActName::Assign {
                    tell(all, self.workers(), &What::Overridden { act: *act });
                }
            }
            Fact::Clocks { changes } => {
                for change in changes {
                    self.of_clock(&change.key, &change.what, facts, profile, all);
                }
            }
            // what staff do without anybody else having to do something for it, and what Redress sends
            Fact::StaffWrote { .. }
            | Fact::Looked { .. }
            | Fact::LetterUncertain { .. }
            | Fact::LetterQueued { .. }
            | Fact::LetterWithheld { .. }
            | Fact::LetterDelivered { .. }
            | Fact::LetterHandedOver { .. }
            | Fact::Replied { .. }
            | Fact::ParticularsAsked { .. }
            | Fact::Found { .. }
            | Fact::Proposed { .. }
            | Fact::Viewed { .. }
            | Fact::Resolved { .. }
            | Fact::Mediated { .. }
            | Fact::ThirdPartyInvited { .. }
            | Fact::ThirdPartyDone { .. }
            | Fact::AddressRecognised { .. }
            | Fact::Breached { .. }
            | Fact::Explained { .. }
            | Fact::Suggested { .. }
            | Fact::ActionRaised { .. }
            | Fact::ActionDone { .. }
            | Fact::ActionVerified { .. }
            | Fact::AccessRefused { .. }
            | Fact::Ruled { .. }
            | Fact::Released {}
            | Fact::SatisfactionAnswered { .. }
            | Fact::Withdrawn {}
            | Fact::Categorised { .. }
            | Fact::SeveritySet { .. }
            | Fact::ComplexitySet { .. }
            | Fact::CauseSet { .. }
            | Fact::Extended { .. }
            | Fact::Erased { .. }
            | Fact::Refused { .. } => {}
        }
    }

    fn of_clock(
        &self,
        key: &ClockKey,
        event: &ClockEvent,
        facts: &[Fact],
        profile: &Profile,
        all: &mut Vec<Notice>,
    ) {
        match event {
            ClockEvent::Extended { due_at, .. } => {
                // a clock is extended by somebody's decision, and else only moved with it
                let decided = facts
                    .iter()
                    .any(|fact| matches!(fact, Fact::Extended { clock, .. } if *clock == key.name));
                if decided {
                    let what = What::Extended {
                        clock: key.clone(),
                        due_at: *due_at,
                    };
                    tell(all, self.workers(), &what);
                }
            }
            ClockEvent::Reached {
                percent, breach, ..
            } => self.of_rung(key, *percent, *breach, facts, profile, all),
            ClockEvent::Started { .. }
            | ClockEvent::Paused {}
            | ClockEvent::Resumed { .. }
            | ClockEvent::Changed { .. }
            | ClockEvent::Stopped {} => {}
        }
    }

    /// Whether whoever prefers a digest finds this there: as far as it goes, the digest takes the place of reminders.
    fn is_in_digest(&self, notice: &Notice) -> bool {
        let (directory, today) = (self.directory, self.today);
        let reader = directory.member(&notice.to);
        let Some(reader) = reader.filter(|one| one.digest && one.absence_on(today).is_none())
        else {
            return false;
        };
        let does_the_work_of = |person: &Person| {
            let on_duty = directory.on_duty(person, today);
            on_duty.is_some_and(|one| one.person == reader.person)
        };
        match &notice.what {
            What::AnswerDue { .. } => true,
            What::Reached { percent, .. } => {
                let mut workers = [&self.case.handler, &self.case.mediator]
                    .into_iter()
                    .flatten();
                workers.any(does_the_work_of) || (*percent >= 100 && lists_overdue(reader))
            }
            _ => false,
        }
    }

    /// §9: those whom the ladder names.
    fn of_rung(
        &self,
        key: &ClockKey,
        percent: u16,
        breach: bool,
        facts: &[Fact],
        profile: &Profile,
        all: &mut Vec<Notice>,
    ) {
        let (Some(rule), Some(clock)) = (profile.clock(&key.name), self.case.clocks.get(key))
        else {
            return;
        };
        let Some(rung) = rule.ladder.iter().find(|rung| rung.at == percent) else {
            return;
        };
        // where the end of a wait does something, that is what they are told
        let ends = facts
            .iter()
            .any(|fact| matches!(fact, Fact::ParticularsLapsed { .. } | Fact::Closed { .. }));
        if ends && rule.kind == ClockKind::Waiting {
            return;
        }
        if self.case.is_answering(rule) {
            return;
        }
        let what = What::Reached {
            clock: key.clone(),
            percent,
            breach,
            due_at: clock.due_at,
        };
        for role in &rung.tell {
            match role {
                Role::Handler => tell(all, self.workers(), &what),
                Role::Supervisor => tell(all, self.supervisors(), &what),
                Role::Mediator => tell(all, self.mediators(), &what),
                Role::Manager | Role::Executive | Role::Legal | Role::Auditor => {
                    tell(all, self.role(*role), &what);
                }
                Role::Department => {
                    let what = What::AnswerDue {
                        number: key.number,
                        late: percent >= 100,
                        due_at: clock.due_at,
                    };
                    if let Some(asked) = self.case.hand_offs.get(&key.number)
                        && !asked.answered
                    {
                        tell(all, self.department(&asked.to), &what);
                    }
                }
            }
        }
    }

    /// Somebody left the case: where nobody came in their place, supervisors find somebody.
    fn recused(&self, who: &Person, all: &mut Vec<Notice>) {
        let case = self.case;
        if case.is_open() && case.handler.is_none() && case.handlers.contains(who) {
            tell(all, self.supervisors(), &What::Unassigned);
        }
        let mediates = |who| {
            let member = self.directory.member(who);
            member.is_some_and(|member| member.roles.contains(&Role::Mediator))
        };
        if case.stage == Stage::Mediating && case.mediator.is_none() && mediates(who) {
            tell(all, self.supervisors(), &What::MediationOwed);
        }
    }

    fn drop_questions(&self, all: &mut Vec<Notice>) {
        for (number, asked) in &self.case.hand_offs {
            if !asked.answered {
                let what = What::QuestionDropped { number: *number };
                tell(all, self.department(&asked.to), &what);
            }
        }
    }
}

#[cfg(test)]
#[path = "whom_tests.rs"]
mod tests;
