//! What follows from an act of a member of staff: one arm an act, one rule each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Recipient, Step};
use crate::case::clock::{self, ClockChange, ClockKey};
use crate::case::event::{Act, ActName};
use crate::case::person::{Person, Staff};
use crate::case::table::allow;
use crate::case::{Already, Concern, Fact, Refusal, TextId};
use crate::language::Language;
use crate::policy::{CloseReason, Letter, Mark, Particular, Role, Stage, Term, Unit};

impl Step<'_> {
    /// §9: only what the table allows; a supervisor's override needs a reason and is on record.
    pub(super) fn acted(
        &mut self,
        by: &Staff,
        act: &Act,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let name = act.name();
        let allowed = allow(&self.case, name, by)?;
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        if allowed.overriding {
            let reason = reason.ok_or(Refusal::NoReason { act: name })?;
            let reason = self.text(reason);
            self.add(Fact::Overrode {
                act: name,
                by: by.person.clone(),
                reason,
            });
        }
        let to = allowed.to.unwrap_or(self.case.stage);
        if !self.uses(to) {
            return Err(Refusal::NoStage {
                profile: self.context.profile.name.clone(),
                stage: to,
            });
        }
        match act {
            Act::Accept => self.accept(by, to),
            Act::Assign { to } => self.assign(to),
            Act::Note { words } => {
                let words = self.words(name, words)?;
                self.add(Fact::Noted { words });
                Ok(())
            }
            Act::Reply { words } => self.reply(words),
            Act::Ask { particulars, words } => self.ask_for(by, particulars, words.as_deref(), to),
            Act::Complete { particulars } => self.complete(particulars),
            Act::HandOff { to, question, by } => self.hand_off(to, question, *by),
            Act::AnswerHandOff { number, words } => self.answer_hand_off(*number, words),
            Act::Find { words } => {
                let words = self.words(name, words)?;
                self.add(Fact::Found { words, stage: to });
                self.mark(Mark::Findings);
                Ok(())
            }
            Act::Propose { words, remedy } => self.propose(words, remedy.as_deref()),
            Act::View { words } => {
                let words = self.words(name, words)?;
                self.add(Fact::Viewed { words });
                Ok(())
            }
            Act::Resolve(verdict) => self.resolve(verdict, to),
            Act::Extend { clock, by: term } => self.extend(by, clock, *term, reason),
            Act::Mediate { who } => self.mediate(who),
            Act::Mediated(verdict) => self.mediated(verdict, to),
            Act::Invite { address, words } => self.invite(address, words),
            Act::Dismiss { address } => self.dismiss(address.as_deref()),
            Act::Litigate { words } => {
                let words = self.words(name, words)?;
                self.add(Fact::Litigated { words, stage: to });
                self.mark(Mark::Litigated);
                Ok(())
            }
            Act::Rule { words } => {
                let kept = self.words(name, words)?;
                self.add(Fact::Ruled { words: kept });
                self.mark(Mark::Ruled);
                self.close_as(CloseReason::Ruling, None);
                Ok(())
            }
            Act::Release => {
                if !self.case.legal_hold {
                    return Err(Refusal::AlreadySo(Already::NoLegalHold));
                }
                self.add(Fact::Released {});
                Ok(())
            }
            Act::Close { reason, words } => self.close_by_staff(*reason, words.as_deref()),
            Act::Withdraw => {
                self.withdraw();
                Ok(())
            }
            Act::Duplicate { of } => self.duplicate(*of),
            Act::SetCategory { code } => {
                let known = &self.context.profile.categories;
                self.known("category", code, known)?;
                self.add(Fact::Categorised { code: code.clone() });
                Ok(())
            }
            Act::SetSeverity { code } => {
                self.known("severity", code, &self.context.profile.severities)?;
                self.add(Fact::SeveritySet { code: code.clone() });
                Ok(())
            }
            Act::SetComplexity { complexity } => {
                let complexity = *complexity;
                self.add(Fact::ComplexitySet { complexity });
                Ok(())
            }
            Act::SetCause { code } => {
                self.known("cause", code, &self.context.profile.causes)?;
                self.add(Fact::CauseSet { code: code.clone() });
                Ok(())
            }
            Act::Recuse { who } => self.recuse(who, reason),
            Act::Hold => {
                if self.case.held {
                    return Err(Refusal::AlreadySo(Already::Held));
                }
                let reason = reason.ok_or(Refusal::NoReason { act: name })?;
                let reason = self.text(reason);
                self.add(Fact::Held { reason });
                Ok(())
            }
            Act::Unhold => {
                if !self.case.held {
                    return Err(Refusal::AlreadySo(Already::NotHeld));
                }
                self.add(Fact::HoldEnded {});
                Ok(())
            }
            Act::Reopen => self.reopen_by_staff(),
            Act::RecordSatisfaction { satisfied } => {
                if self.case.satisfied.is_some() {
                    return Err(Refusal::Answered);
                }
                self.satisfied(*satisfied);
                Ok(())
            }
            Act::HandOver { letter } => self.hand_over(*letter),
            Act::Recognise { address } => {
                if self.case.addresses.contains(&TextId::of(address)) {
                    return Err(Refusal::AlreadySo(Already::Recognised));
                }
                let address = self.words(name, address)?;
                self.add(Fact::AddressRecognised { address });
                Ok(())
            }
            Act::Explain { of, words } => self.explain(by, of.as_deref(), words),
            Act::Suggest { words } => {
                let words = self.words(name, words)?;
                self.add(Fact::Suggested { words });
                Ok(())
            }
            Act::Raise {
                number,
                kind,
                owner,
                due,
                what,
            } => {
                self.not_past(*due)?;
                let what = self.words(name, what)?;
                self.add(Fact::ActionRaised {
                    number: *number,
                    kind: *kind,
                    owner: owner.person.clone(),
                    due: *due,
                    what,
                });
                Ok(())
            }
        }
    }

    /// Keeps words that must not be empty.
    pub(super) fn words(
        &mut self,
        act: ActName,
        words: &str,
    ) -> Result<crate::case::TextId, Refusal> {
        if words.trim().is_empty() {
            return Err(Refusal::NoWords { act });
        }
        Ok(self.text(words))
    }

    pub(super) fn known(
        &self,
        what: &'static str,
        code: &str,
        known: &BTreeMap<String, BTreeMap<Language, String>>,
    ) -> Result<(), Refusal> {
        if known.contains_key(code) {
            return Ok(());
        }
        Err(Refusal::UnknownCode {
            what,
            code: code.to_owned(),
            profile: self.context.profile.name.clone(),
            known: known.keys().cloned().collect(),
        })
    }

    pub(super) fn role(who: &Staff, role: Role) -> Result<(), Refusal> {
        if who.is(role) {
            return Ok(());
        }
        Err(Refusal::NoSuchRole {
            who: who.person.clone(),
            role,
        })
    }

    pub(super) fn not_recused(&self, who: &Person) -> Result<(), Refusal> {
        if self.case.recused.contains(who) {
            return Err(Refusal::Recused { who: who.clone() });
        }
        Ok(())
    }

    fn accept(&mut self, by: &Staff, stage: Stage) -> Result<(), Refusal> {
        let anew = self.case.handler.as_ref() == Some(&by.person) && stage == self.case.stage;
        if anew {
            return Err(Refusal::AlreadySo(Already::Yours));
        }
        self.add(Fact::Accepted {
            handler: by.person.clone(),
            stage,
        });
        self.mark(Mark::Accepted);
        Ok(())
    }

    fn assign(&mut self, to: &Staff) -> Result<(), Refusal> {
        Step::role(to, Role::Handler)?;
        self.not_recused(&to.person)?;
        if self.case.handler.as_ref() == Some(&to.person) {
            return Err(Refusal::AlreadySo(Already::Theirs));
        }
        self.add(Fact::Assigned {
            handler: to.person.clone(),
        });
        Ok(())
    }

    pub(super) fn not_on_legal_hold(&self) -> Result<(), Refusal> {
        if self.case.legal_hold {
            return Err(Refusal::LegalHold);
        }
        Ok(())
    }

    fn reply(&mut self, words: &str) -> Result<(), Refusal> {
        self.not_on_legal_hold()?;
        let kept = self.words(ActName::Reply, words)?;
        self.add(Fact::Replied { words: kept });
        let words = words.to_owned();
        self.write(Letter::Update, |writing| writing.words = Some(words));
        Ok(())
    }

    /// §4.1. Whoever asks has taken up the case.
    fn ask_for(
        &mut self,
        by: &Staff,
        particulars: &BTreeSet<Particular>,
        words: Option<&str>,
        stage: Stage,
    ) -> Result<(), Refusal> {
        self.not_on_legal_hold()?;
        if particulars.is_empty() {
            return Err(Refusal::NothingAsked);
        }
        if self.case.stage == Stage::Received {
            self.accept(by, Stage::Investigating)?;
        }
        let words = words.filter(|words| !words.trim().is_empty());
        let kept = words.map(|words| self.text(words));
        self.add(Fact::ParticularsAsked {
            particulars: particulars.clone(),
            words: kept,
            stage,
        });
        self.mark(Mark::ParticularsAsked);
        let (words, missing) = (words.map(str::to_owned), self.case.asked.clone());
        self.owe(Mark::ParticularsAsked, |writing| {
            writing.words = words;
            writing.missing = missing;
        });
        Ok(())
    }

    fn complete(&mut self, particulars: &BTreeSet<Particular>) -> Result<(), Refusal> {
        if particulars.is_empty() {
            return Err(Refusal::NothingAsked);
        }
        let before = self.facts.len();
        self.gave(particulars);
        if self.facts.len() == before {
            return Err(Refusal::AlreadySo(Already::NothingMissing));
        }
        Ok(())
    }

    fn hand_off(
        &mut self,
        to: &Staff,
        question: &str,
        by: Option<NaiveDate>,
    ) -> Result<(), Refusal> {
        Step::role(to, Role::Department)?;
        self.not_recused(&to.person)?;
        let profile = self.context.profile;
        let question = self.words(ActName::HandOff, question)?;
        let number = self
            .case
            .hand_offs
            .keys()
            .next_back()
            .map_or(1, |last| last + 1);
        self.add(Fact::HandedOff {
            number,
            to: to.person.clone(),
            question,
        });
        self.marks.push((Mark::HandedOff, number));
        let rule = profile
            .clocks
            .iter()
            .find(|rule| rule.starts.contains(&Mark::HandedOff));
        if let (Some(date), Some(rule)) = (by, rule) {
            let now = self.context.now;
            let today = now.with_timezone(&profile.calendar.zone).date_naive();
            let days = u32::try_from((date - today).num_days()).unwrap_or(0);
            let term = Term {
                amount: days,
                unit: Unit::Days,
            };
            let what = clock::started(rule, now, term, &profile.calendar);
            let key = ClockKey {
                name: rule.name.clone(),
                number,
            };
            self.add(Fact::Clocks {
                changes: vec![ClockChange { key, what }],
            });
        }
        Ok(())
    }

    fn answer_hand_off(&mut self, number: u32, words: &str) -> Result<(), Refusal> {
        let hand_offs = self.case.hand_offs.iter();
        let open: Vec<u32> = hand_offs
            .filter(|(_, hand_off)| !hand_off.answered)
            .map(|(number, _)| *number)
            .collect();
        if !open.contains(&number) {
            return Err(Refusal::NoHandOff { number, open });
        }
        let words = self.words(ActName::AnswerHandOff, words)?;
        self.add(Fact::HandOffAnswered { number, words });
        self.marks.push((Mark::HandOffAnswered, number));
        Ok(())
    }

    fn propose(&mut self, words: &str, remedy: Option<&str>) -> Result<(), Refusal> {
        let kept = self.words(ActName::Propose, words)?;
        let kept_remedy = remedy.map(|remedy| self.text(remedy));
        self.add(Fact::Proposed {
            words: kept,
            remedy: kept_remedy,
        });
        self.mark(Mark::Proposed);
        let (words, remedy) = (words.to_owned(), remedy.map(str::to_owned));
        self.owe(Mark::Proposed, |writing| {
            writing.words = Some(words);
            writing.remedy = remedy;
        });
        Ok(())
    }

    /// §4.3: a third party gets what is written for it, and nothing else of the case (§7).
    fn invite(&mut self, address: &str, words: &str) -> Result<(), Refusal> {
        self.not_on_legal_hold()?;
        let kept = self.words(ActName::Invite, words)?;
        let known = self.text(address);
        self.add(Fact::ThirdPartyInvited {
            address: known,
            words: kept,
        });
        let (words, address) = (words.to_owned(), address.to_owned());
        self.write(Letter::Invitation, |writing| {
            writing.words = Some(words);
            writing.to = Recipient::ThirdParty(address);
        });
        Ok(())
    }

    fn dismiss(&mut self, address: Option<&str>) -> Result<(), Refusal> {
        let at_work = self
            .case
            .third_parties
            .iter()
            .filter(|(_, at_work)| **at_work);
        let at_work: Vec<TextId> = at_work.map(|(id, _)| *id).collect();
        let address = match (address, at_work.as_slice()) {
            (_, []) => return Err(Refusal::AlreadySo(Already::NoThirdParty)),
            (Some(address), known) => {
                let id = TextId::of(address);
                if !known.contains(&id) {
                    let address = address.to_owned();
                    return Err(Refusal::NotInvited { address });
                }
                id
            }
            (None, [one]) => *one,
            (None, _) => return Err(Refusal::WhichThirdParty),
        };
        self.add(Fact::ThirdPartyDone { address });
        Ok(())
    }

    /// §9: the words of whoever it concerns stand beside what is on record.
    fn explain(&mut self, by: &Staff, of: Option<&str>, words: &str) -> Result<(), Refusal> {
        let open = self.case.lapses.iter();
        let open = open.filter(|lapse| !lapse.explained && lapse.by.as_ref() == Some(&by.person));
        // a clock that was missed again, before and after another one, is one concern
        let mut concerns: Vec<Concern> = Vec::new();
        for lapse in open {
            if !concerns.contains(&lapse.of) {
                concerns.push(lapse.of.clone());
            }
        }
        let open = concerns;
        let named = |concern: &Concern| of.is_none_or(|of| concern.to_string() == of);
        let fit: Vec<&Concern> = open.iter().filter(|concern| named(concern)).collect();
        let of = match fit.as_slice() {
            [one] => (*one).clone(),
            [] if open.is_empty() => return Err(Refusal::NothingToExplain),
            _ => {
                let open = open.iter().map(ToString::to_string).collect();
                return Err(Refusal::WhichToExplain { open });
            }
        };
        let words = self.words(ActName::Explain, words)?;
        self.add(Fact::Explained { of, words });
        Ok(())
    }

    fn not_past(&self, due: NaiveDate) -> Result<(), Refusal> {
        let zone = &self.context.profile.calendar.zone;
        if due < self.context.now.with_timezone(zone).date_naive() {
            return Err(Refusal::DueInThePast { due });
        }
        Ok(())
    }

    fn recuse(&mut self, who: &Person, reason: Option<&str>) -> Result<(), Refusal> {
        let reason = reason.ok_or(Refusal::NoReason {
            act: ActName::Recuse,
        })?;
        if self.case.recused.contains(who) {
            return Err(Refusal::AlreadySo(Already::Recused));
        }
        let reason = self.text(reason);
        self.add(Fact::Recused {
            who: who.clone(),
            reason,
        });
        Ok(())
    }
}
