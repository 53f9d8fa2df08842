//! What starts, pauses, stops and extends clocks, and what follows when they run out.

use super::Step;
use crate::case::clock::{self, ClockChange, ClockEvent, ClockKey};
use crate::case::event::ActName;
use crate::case::person::{Person, Staff};
use crate::case::{Fact, Refusal};
use crate::policy::{ClockKind, ClockRule, CloseReason, Letter, Mark, Role, RungAct, Stage, Term};

impl Step<'_> {
    /// What the marks of this decision, and the case as it has become, make of the clocks.
    pub(super) fn clock_changes(&self) -> Vec<ClockChange> {
        let mut changes = Vec::new();
        let ended = self.marked(Mark::Closed) || self.marked(Mark::Litigated);
        for rule in &self.context.profile.clocks {
            if rule.starts.contains(&Mark::HandedOff) {
                self.hand_off_changes(rule, ended, &mut changes);
            } else {
                let key = ClockKey {
                    name: rule.name.clone(),
                    number: 0,
                };
                let starts = rule.starts.iter().any(|mark| self.marked(*mark));
                let stops = rule.stops.iter().any(|mark| self.marked(*mark));
                changes.extend(self.change(rule, &key, starts, stops, ended));
            }
        }
        changes
    }

    fn marked(&self, mark: Mark) -> bool {
        self.marks.iter().any(|(marked, _)| *marked == mark)
    }

    fn hand_off_changes(&self, rule: &ClockRule, ended: bool, changes: &mut Vec<ClockChange>) {
        let started = self
            .marks
            .iter()
            .filter(|(mark, _)| *mark == Mark::HandedOff);
        let mut numbers: Vec<u32> = started.map(|(_, number)| *number).collect();
        let known = self.case.clocks.iter();
        let running = known.filter(|(key, clock)| key.name == rule.name && clock.is_running());
        numbers.extend(running.map(|(key, _)| key.number));
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let key = ClockKey {
                name: rule.name.clone(),
                number,
            };
            let about = |marks: &std::collections::BTreeSet<Mark>| {
                let mut these = self.marks.iter();
                these.any(|(mark, its)| marks.contains(mark) && (*its == number || *its == 0))
            };
            // a clock that a person has set another date for is started already
            let starts = about(&rule.starts) && !self.case.clocks.contains_key(&key);
            changes.extend(self.change(rule, &key, starts, about(&rule.stops), ended));
        }
    }

    /// What becomes of one clock.
    fn change(
        &self,
        rule: &ClockRule,
        key: &ClockKey,
        starts: bool,
        stops: bool,
        ended: bool,
    ) -> Vec<ClockChange> {
        let (case, now) = (&self.case, self.context.now);
        let calendar = &self.context.profile.calendar;
        let change = |what| ClockChange {
            key: key.clone(),
            what,
        };
        let running = case.clocks.get(key).filter(|clock| clock.is_running());
        if ended {
            return running
                .map(|_| change(ClockEvent::Stopped {}))
                .into_iter()
                .collect();
        }
        let paused = rule.pauses.iter().any(|pause| case.is(*pause));
        let term = rule.term_for(case.category.as_deref(), case.complexity);
        let Some(clock) = running.filter(|_| !(starts && stops)) else {
            // a letter may arrive after the case was closed, or went before a court
            if !starts || matches!(case.stage, Stage::Closed | Stage::Litigation) {
                return vec![];
            }
            // the receipt time is the mail server's; everything else happens now
            let from = if self.marked(Mark::Received) && rule.starts.contains(&Mark::Received) {
                case.received_at
            } else {
                now
            };
            let mut changes = vec![change(clock::started(rule, from, term, calendar))];
            if paused {
                changes.push(change(ClockEvent::Paused {}));
            }
            return changes;
        };
        if stops {
            return vec![change(ClockEvent::Stopped {})];
        }
        let mut changes = Vec::new();
        if clock.term != term && !rule.starts.contains(&Mark::HandedOff) {
            changes.push(change(clock::changed(clock, term, rule, now, calendar)));
        }
        if paused && clock.paused_at.is_none() {
            changes.push(change(ClockEvent::Paused {}));
        } else if !paused && clock.paused_at.is_some() {
            changes.push(change(clock::resumed(clock, rule, now, calendar)));
        }
        changes
    }

    /// A clock has come to a rung. One that has been climbed, or isn't reached yet, changes nothing,
    /// however often it is said.
    pub(super) fn clock_reached(&mut self, key: &ClockKey, percent: u16) {
        let profile = self.context.profile;
        let Some(clock) = self.case.clocks.get(key).filter(|clock| clock.is_ticking()) else {
            return;
        };
        let is_next = clock
            .next
            .is_some_and(|next| next.percent == percent && next.at <= self.context.now);
        if !is_next {
            return;
        }
        let Some(rule) = profile.clock(&key.name) else {
            // the profile was changed, and has no such clock any more
            self.add(Fact::Clocks {
                changes: vec![ClockChange {
                    key: key.clone(),
                    what: ClockEvent::Stopped {},
                }],
            });
            return;
        };
        let breach = percent == 100 && rule.kind == ClockKind::Obligation;
        let what = clock::reached(clock, percent, breach, rule, &profile.calendar);
        let due_at = clock.due_at;
        self.add(Fact::Clocks {
            changes: vec![ClockChange {
                key: key.clone(),
                what,
            }],
        });
        if breach {
            self.add(Fact::Breached {
                clock: key.clone(),
                by: self.obliged(rule, key),
                due_at,
            });
        }
        let act = rule.ladder.iter().find(|rung| rung.at == percent);
        match act.and_then(|rung| rung.act) {
            Some(RungAct::AskSatisfaction) => self.ask(Letter::SatisfactionQuestion),
            Some(RungAct::Remind) => self.remind(),
            Some(RungAct::Lapse) => self.lapse(),
            Some(RungAct::Close) if self.unanswered() => {
                self.close_as(CloseReason::NoAnswer, None);
            }
            Some(RungAct::Close) | None => {}
        }
    }

    /// Whose a clock is: the department's that was asked, the mediator's, else the handler's.
    fn obliged(&self, rule: &ClockRule, key: &ClockKey) -> Option<Person> {
        if rule.starts.contains(&Mark::HandedOff) {
            let hand_off = self.case.hand_offs.get(&key.number);
            return hand_off.map(|hand_off| hand_off.to.clone());
        }
        if rule.starts.contains(&Mark::MediatorNamed) {
            return self.case.mediator.clone();
        }
        self.case.handler.clone()
    }

    fn unanswered(&self) -> bool {
        self.case.stage == Stage::Resolved && self.case.satisfied.is_none()
    }

    fn ask(&mut self, letter: Letter) {
        if self.unanswered() {
            self.write(letter, |_| {});
        }
    }

    fn remind(&mut self) {
        if self.case.stage == Stage::AwaitingParticulars {
            let missing = self.case.asked.clone();
            self.write(Letter::ParticularsReminder, |writing| {
                writing.missing = missing;
            });
        } else {
            self.ask(Letter::SatisfactionReminder);
        }
    }

    /// §4.1: no complaint is refused for what it lacks; the case goes on with a note.
    fn lapse(&mut self) {
        if self.case.stage == Stage::AwaitingParticulars {
            self.add(Fact::ParticularsLapsed {
                missing: self.case.asked.clone(),
                stage: Stage::Investigating,
            });
            self.mark(Mark::ParticularsLapsed);
        }
    }

    /// More time, told to the customer with the reason and the new date.
    pub(super) fn extend(
        &mut self,
        by: &Staff,
        name: &str,
        term: Option<Term>,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let profile = self.context.profile;
        let reason = reason.ok_or(Refusal::NoReason {
            act: ActName::Extend,
        })?;
        let running = || {
            self.case
                .clocks
                .iter()
                .filter(|(_, clock)| clock.is_running())
        };
        let Some((key, clock)) = running().find(|(key, _)| key.name == name) else {
            return Err(Refusal::NoClock {
                clock: name.to_owned(),
                running: running().map(|(key, _)| key.to_string()).collect(),
            });
        };
        let (category, complexity) = (self.case.category.as_deref(), self.case.complexity);
        let rule = profile.clock(name);
        let extension = rule.and_then(|rule| rule.extension_for(category, complexity));
        let (Some(rule), Some(extension)) = (rule, extension) else {
            return Err(Refusal::NotExtendable {
                clock: name.to_owned(),
                profile: profile.name.clone(),
            });
        };
        let allowed = by.is(extension.by) || by.is(Role::Manager) || by.is(Role::Executive);
        let term = term.unwrap_or(extension.term);
        let fits =
            term.unit == extension.term.unit && (1..=extension.term.amount).contains(&term.amount);
        if !allowed || !fits {
            return Err(Refusal::TooLong {
                clock: name.to_owned(),
                most: extension.term.to_string(),
                by: extension.by,
            });
        }
        if clock.extensions.len() >= usize::from(extension.times) {
            return Err(Refusal::ExtendedAlready {
                clock: name.to_owned(),
                profile: profile.name.clone(),
            });
        }
        let what = clock::extended(clock, term, rule, self.context.now, &profile.calendar);
        let change = ClockChange {
            key: key.clone(),
            what,
        };
        let kept = self.text(reason);
        self.add(Fact::Extended {
            clock: name.to_owned(),
            reason: kept,
        });
        self.add(Fact::Clocks {
            changes: vec![change],
        });
        self.mark(Mark::Extended);
        let words = reason.to_owned();
        self.owe(Mark::Extended, |writing| writing.words = Some(words));
        Ok(())
    }
}
