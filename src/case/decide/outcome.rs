//! Acts that decide a complaint, mediate, close or open it again.

use super::Step;
use crate::case::event::{ActName, Verdict};
use crate::case::person::Staff;
use crate::case::{Already, CaseRef, Fact, Involved, Refusal, TextId};
use crate::policy::{CloseReason, Letter, Mark, Role, RungAct, Stage};

impl Step<'_> {
    fn verdict(
        &mut self,
        act: ActName,
        verdict: &Verdict,
    ) -> Result<(TextId, Option<TextId>), Refusal> {
        self.not_on_legal_hold()?;
        if let Some(cause) = &verdict.cause {
            self.known("cause", cause, &self.context.profile.causes)?;
        }
        let reasons = self.words(act, &verdict.reasons)?;
        let remedy = verdict.remedy.as_ref().map(|remedy| self.text(remedy));
        Ok((reasons, remedy))
    }

    /// §4.4: the outcome goes out in writing, with reasons, remedy and further rights.
    pub(super) fn resolve(&mut self, verdict: &Verdict, stage: Stage) -> Result<(), Refusal> {
        let (reasons, remedy) = self.verdict(ActName::Resolve, verdict)?;
        self.add(Fact::Resolved {
            finding: verdict.finding,
            reasons,
            remedy,
            cause: verdict.cause.clone(),
            cost: verdict.cost,
            agreed: verdict.agreed,
            stage,
        });
        self.mark(Mark::Resolved);
        let received_at = self.case.received_at;
        let early = self.context.profile.early;
        if verdict.agreed && early.is_some_and(|term| self.within(term, received_at)) {
            self.write(Letter::SummaryResolution, verdict.fill());
        } else {
            self.owe(Mark::Resolved, verdict.fill());
        }
        Ok(())
    }

    pub(super) fn mediated(&mut self, verdict: &Verdict, stage: Stage) -> Result<(), Refusal> {
        let (reasons, remedy) = self.verdict(ActName::Mediated, verdict)?;
        self.add(Fact::Mediated {
            finding: verdict.finding,
            reasons,
            remedy,
            cause: verdict.cause.clone(),
            cost: verdict.cost,
            stage,
        });
        self.mark(Mark::Mediated);
        self.owe(Mark::Mediated, verdict.fill());
        Ok(())
    }

    /// §5.1: the mediator is neither the handler, nor was, nor has an interest in the matter.
    pub(super) fn mediate(&mut self, who: &Staff) -> Result<(), Refusal> {
        Step::role(who, Role::Mediator)?;
        let person = &who.person;
        let not_neutral = |why| Refusal::NotNeutral {
            who: person.clone(),
            why,
        };
        if self.case.recused.contains(person) {
            return Err(not_neutral(Involved::Recused));
        }
        if self.case.handlers.contains(person) {
            return Err(not_neutral(Involved::Handled));
        }
        if self
            .case
            .hand_offs
            .values()
            .any(|hand_off| hand_off.to == *person)
        {
            return Err(not_neutral(Involved::Asked));
        }
        if self.case.mediator.as_ref() == Some(person) {
            return Err(Refusal::AlreadySo(Already::Mediates));
        }
        self.add(Fact::MediatorNamed {
            mediator: person.clone(),
        });
        self.mark(Mark::MediatorNamed);
        self.owe(Mark::MediatorNamed, |_| {});
        Ok(())
    }

    pub(super) fn close_by_staff(
        &mut self,
        reason: CloseReason,
        words: Option<&str>,
    ) -> Result<(), Refusal> {
        let stage = self.case.stage;
        let refuse = |instead| {
            Err(Refusal::NotThisReason {
                reason,
                stage,
                instead,
            })
        };
        match reason {
            CloseReason::NotAComplaint | CloseReason::OutOfScope => {
                if stage == Stage::Resolved {
                    return refuse(
                        "its outcome was decided: record whether the customer is satisfied",
                    );
                }
                let words = words.filter(|words| !words.trim().is_empty());
                let words = words.ok_or(Refusal::NoWords {
                    act: ActName::Close,
                })?;
                self.close_as(reason, Some(words));
                Ok(())
            }
            CloseReason::NoAnswer => {
                let waits = self.case.clocks.iter().any(|(key, clock)| {
                    let rule = self.context.profile.clock(&key.name);
                    clock.is_ticking()
                        && rule.is_some_and(|rule| {
                            rule.ladder
                                .iter()
                                .any(|rung| rung.act == Some(RungAct::Close))
                        })
                });
                if stage != Stage::Resolved {
                    return refuse("only an outcome that stays unanswered closes so");
                }
                if waits || self.case.satisfied.is_some() {
                    return refuse("the clock that waits for the answer closes it by itself");
                }
                self.close_as(reason, words);
                Ok(())
            }
            CloseReason::Satisfied | CloseReason::NotSatisfied => {
                refuse("record what the customer said with 'satisfaction'")
            }
            CloseReason::Withdrawn => refuse("use 'withdraw'"),
            CloseReason::Duplicate => refuse("use 'duplicate' and name the other case"),
            CloseReason::Ruling => refuse("use 'litigate' and then 'rule'"),
        }
    }

    pub(super) fn duplicate(&mut self, of: CaseRef) -> Result<(), Refusal> {
        let closed = Fact::Closed {
            reason: CloseReason::Duplicate,
            words: None,
            of: Some(of),
            stage: Stage::Closed,
        };
        self.close(closed, Mark::Closed, None);
        Ok(())
    }

    pub(super) fn reopen_by_staff(&mut self) -> Result<(), Refusal> {
        let instead = match self.case.close_reason {
            Some(CloseReason::Ruling) => Some("a court has ruled"),
            Some(CloseReason::Duplicate) => Some("go on with the case it is a duplicate of"),
            Some(
                CloseReason::Satisfied
                | CloseReason::NoAnswer
                | CloseReason::NotSatisfied
                | CloseReason::Withdrawn
                | CloseReason::NotAComplaint
                | CloseReason::OutOfScope,
            )
            | None => None,
        };
        if let (Some(instead), Some(reason)) = (instead, self.case.close_reason) {
            return Err(Refusal::NotReopened { reason, instead });
        }
        self.not_on_legal_hold()?;
        self.reopen();
        Ok(())
    }

    /// A letter that couldn't be mailed reached the customer on paper or by phone.
    pub(super) fn hand_over(&mut self, letter: Letter) -> Result<(), Refusal> {
        let written = match letter {
            Letter::Acknowledgement => true,
            Letter::Outcome | Letter::SummaryResolution => self.case.round >= 1,
            Letter::MediationOutcome => self.case.round >= 2,
            Letter::ParticularsRequest
            | Letter::ParticularsReminder
            | Letter::Update
            | Letter::Extension
            | Letter::Proposal
            | Letter::SatisfactionQuestion
            | Letter::SatisfactionReminder
            | Letter::MediationOpened
            | Letter::WithdrawalConfirmed
            | Letter::Closed
            | Letter::Reopened => self.case.handler.is_some(),
            Letter::Invitation => !self.case.third_parties.is_empty(),
        };
        if !written {
            return Err(Refusal::NoLetter { letter });
        }
        self.add(Fact::LetterHandedOver { letter });
        self.arrived(letter);
        Ok(())
    }
}
impl Verdict {
    fn fill(&self) -> impl FnOnce(&mut super::Writing) {
        let verdict = self.clone();
        move |writing| {
            writing.words = Some(verdict.reasons);
            writing.remedy = verdict.remedy;
            writing.finding = Some(verdict.finding);
        }
    }
}
