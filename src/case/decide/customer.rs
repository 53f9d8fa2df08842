//! What follows from a mail on a case.

use super::Step;
use crate::case::event::{Author, Wrote};
use crate::case::{Answer, Fact};
use crate::policy::{CloseReason, Mark, Stage};

impl Step<'_> {
    /// §6: filed, whoever wrote it. Only the customer's own mail moves the case.
    pub(super) fn wrote(&mut self, wrote: &Wrote) {
        self.add(Fact::Wrote {
            landed: wrote.landed,
            by: wrote.by,
            proven: wrote.proven,
        });
        match wrote.by {
            Author::ThirdParty | Author::Outsider | Author::Robot => return,
            Author::Customer => self.mark(Mark::CustomerWrote),
        }
        // an answer closes a case or opens a mediation: it counts only from where nobody else can write
        let answer = wrote.answer.filter(|_| wrote.proven);
        match self.case.stage {
            Stage::Closed => self.wrote_on_closed(wrote.answer),
            // a court's case isn't ended by one word (§5.2): a person reads it
            Stage::Litigation => {}
            Stage::Received
            | Stage::AwaitingParticulars
            | Stage::Investigating
            | Stage::Negotiating
            | Stage::Resolved
            | Stage::Mediating
                if answer == Some(Answer::Withdrawn) =>
            {
                self.withdraw();
            }
            Stage::AwaitingParticulars => self.gave(&wrote.gives),
            Stage::Resolved => match answer {
                Some(Answer::Satisfied) => self.satisfied(true),
                Some(Answer::NotSatisfied) => self.satisfied(false),
                // a sentence that is neither goes to a person
                Some(Answer::Withdrawn | Answer::Thanks) | None => {}
            },
            // an answer to a question that wasn't asked
            Stage::Received | Stage::Investigating | Stage::Negotiating | Stage::Mediating => {}
        }
    }

    /// §4.1: what was asked for has come, or some of it.
    pub(super) fn gave(&mut self, given: &std::collections::BTreeSet<crate::policy::Particular>) {
        let waiting = self.case.stage == Stage::AwaitingParticulars;
        let news = if waiting {
            given & &self.case.asked
        } else {
            given - &self.case.have
        };
        if news.is_empty() {
            return;
        }
        let complete = waiting && self.case.asked.is_subset(&news);
        self.add(Fact::ParticularsGiven {
            particulars: news,
            stage: if complete {
                Stage::Investigating
            } else {
                self.case.stage
            },
        });
        if complete {
            self.mark(Mark::ParticularsComplete);
        }
    }

    /// §4.4: satisfied closes; §5.1: not satisfied opens mediation the first time; §5.2: after that the
    /// further rights remain, which every closing letter of this kind states.
    pub(super) fn satisfied(&mut self, satisfied: bool) {
        if self.case.satisfied.is_some() {
            return;
        }
        self.add(Fact::SatisfactionAnswered { satisfied });
        self.mark(Mark::SatisfactionAnswered);
        if satisfied {
            self.close_as(CloseReason::Satisfied, None);
        } else if self.case.round < 2 && self.uses(Stage::Mediating) {
            self.add(Fact::MediationOwed {
                stage: Stage::Mediating,
            });
            self.mark(Mark::MediationOwed);
        } else {
            self.close_as(CloseReason::NotSatisfied, None);
        }
    }

    pub(super) fn withdraw(&mut self) {
        self.add(Fact::Withdrawn {});
        self.mark(Mark::Withdrawn);
        let closed = Fact::Closed {
            reason: CloseReason::Withdrawn,
            words: None,
            of: None,
            stage: Stage::Closed,
        };
        self.close(closed, Mark::Withdrawn, None);
    }

    pub(super) fn close_as(&mut self, reason: CloseReason, words: Option<&str>) {
        let kept = words.map(|words| self.text(words));
        let closed = Fact::Closed {
            reason,
            words: kept,
            of: None,
            stage: Stage::Closed,
        };
        self.close(closed, Mark::Closed, words);
    }

    /// New mail within the window opens the case again, unless it only says thanks.
    fn wrote_on_closed(&mut self, answer: Option<Answer>) {
        let thanks = matches!(answer, Some(Answer::Satisfied | Answer::Thanks));
        let ended = matches!(
            self.case.close_reason,
            Some(CloseReason::Ruling | CloseReason::Duplicate)
        );
        let window = self.context.profile.reopen_within;
        let late = self
            .case
            .closed_at
            .is_none_or(|closed_at| !self.within(window, closed_at));
        if !thanks && !ended && !late && !self.case.legal_hold {
            self.reopen();
        }
    }

    pub(super) fn reopen(&mut self) {
        self.add(Fact::Reopened {
            stage: Stage::Investigating,
        });
        self.mark(Mark::Reopened);
        self.owe(Mark::Reopened, |_| {});
    }
}
