//! What a notice is about, for whom it is, and what that shows them.

use chrono::{DateTime, Utc};

use super::circle::Access;
use super::text::one_line;
use super::what::What;
use crate::case::{ActName, Case, CaseRef, Person, Staff};
use crate::policy::{ClockKind, ClockRule, Mark, Profile, Stage};
use crate::staff::Directory;

/// What a notice is about, and for whom it is.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub reference: CaseRef,
    pub case: &'a Case,
    pub profile: &'a Profile,
    pub directory: &'a Directory,
    /// The customer's name, or their address.
    pub customer: Option<&'a str>,
    /// The subject of the complaint.
    pub topic: &'a str,
    /// What the customer has just written; of a hand-off the question or the answer.
    pub new_words: Option<&'a str>,
    /// Names of attachments.
    pub files: &'a [String],
    pub to: &'a Staff,
    /// What they may see.
    pub access: Access,
    /// The second address: what is written there goes to the customer.
    pub to_customer: Option<&'a str>,
    /// Whether commands are taken from an answer to this mail.
    pub can_command: bool,
}

impl About<'_> {
    /// Whether the receiver learns no more than their department's question, or nothing (§7).
    pub(super) fn is_narrow(&self) -> bool {
        self.access != Access::Case
    }

    /// When what is wanted is due.
    pub(super) fn due(&self, what: &What) -> Option<DateTime<Utc>> {
        let next = || self.next_due().map(|(_, due_at)| due_at);
        match what {
            What::Reached { due_at, .. }
            | What::AnswerDue { due_at, .. }
            | What::Extended { due_at, .. } => Some(*due_at),
            What::HandedOff { number } => self.answer_due(*number),
            What::Assigned | What::Unassigned => self.due_for(Mark::Accepted).or_else(next),
            What::CustomerWrote => self.due_for(Mark::WroteToCustomer).or_else(next),
            What::ParticularsComplete | What::ParticularsLapsed | What::Reopened => {
                self.due_for(Mark::Findings).or_else(next)
            }
            What::HandOffAnswered { .. } | What::HoldEnded => next(),
            What::MediationOwed => self.due_for(Mark::MediatorNamed),
            What::Mediator => self.due_for(Mark::MediationOutcomeSent).or_else(next),
            What::ThirdPartyWrote
            | What::OutsiderWrote
            | What::QuestionDropped { .. }
            | What::Unreachable { .. }
            | What::PassOn { .. }
            | What::Unproven
            | What::Overridden { .. }
            | What::Noted
            | What::Held
            | What::Litigated
            | What::Closed { .. } => None,
        }
    }

    /// The first date by which we owe this.
    fn due_for(&self, mark: Mark) -> Option<DateTime<Utc>> {
        let obligations = self.obligations();
        let stopped = obligations.filter(|(rule, ..)| rule.stops.contains(&mark));
        stopped.map(|(_, _, due_at)| due_at).min()
    }

    /// When a department's answer is due.
    fn answer_due(&self, number: u32) -> Option<DateTime<Utc>> {
        self.obligations()
            .find(|(rule, its, _)| *its == number && rule.starts.contains(&Mark::HandedOff))
            .map(|(_, _, due_at)| due_at)
    }

    /// What is due next of all that we owe, by its clock. Redress acknowledges by itself, so that counts last.
    pub(super) fn next_due(&self) -> Option<(&str, DateTime<Utc>)> {
        self.obligations()
            .min_by_key(|(rule, number, due_at)| {
                (
                    rule.stops.contains(&Mark::Acknowledged),
                    *due_at,
                    *number > 0,
                )
            })
            .map(|(rule, _, due_at)| (rule.name.as_str(), due_at))
    }

    /// The clocks that run against us, with their numbers and due dates.
    fn obligations(&self) -> impl Iterator<Item = (&ClockRule, u32, DateTime<Utc>)> {
        let ticking = self
            .case
            .clocks
            .iter()
            .filter(|(_, clock)| clock.is_ticking());
        ticking.filter_map(|(key, clock)| {
            let rule = self.profile.clock(&key.name)?;
            (rule.kind == ClockKind::Obligation).then_some((rule, key.number, clock.due_at))
        })
    }

    /// Whether nobody has taken up the case.
    pub(super) fn is_untaken(&self) -> bool {
        matches!(
            self.case.stage,
            Stage::Received | Stage::AwaitingParticulars
        )
    }

    /// Whether something that the receiver may do at this stage would change nothing as the case is.
    pub(super) fn is_idle(&self, act: ActName) -> bool {
        let case = self.case;
        let theirs = case.handler.as_ref() == Some(&self.to.person);
        let complete = case.asked.is_empty() && self.profile.particulars.is_subset(&case.have);
        [
            (ActName::Accept, theirs && !self.is_untaken()),
            (ActName::Complete, complete),
            (
                ActName::AnswerHandOff,
                case.hand_offs.values().all(|one| one.answered),
            ),
            (ActName::Dismiss, !case.has_third_party()),
            (ActName::Satisfaction, case.satisfied.is_some()),
            (ActName::Hold, case.held),
            (ActName::Unhold, !case.held),
            (ActName::Release, !case.legal_hold),
            // always possible: the page of help has them
            (ActName::Recognise, true),
            (ActName::Suggest, true),
            (ActName::Raise, true),
        ]
        .contains(&(act, true))
    }

    /// The name of somebody on the staff.
    pub(super) fn name(&self, person: &Person) -> String {
        one_line(self.directory.name(person), 60)
    }
}
