//! The policy's words as parts of a sentence, for people who read a profile.

use super::words::{Mark, Pause, RungAct, Stage};

impl Stage {
    /// What a case goes through there.
    pub const fn phrase(self) -> &'static str {
        match self {
            Stage::Received => "the complaint is registered and acknowledged",
            Stage::AwaitingParticulars => "the customer has been asked for particulars",
            Stage::Investigating => "the facts are being established",
            Stage::Negotiating => "a proposal is with the customer, or their view is being heard",
            Stage::Resolved => "the outcome is with the customer in writing",
            Stage::Mediating => "a neutral mediator works with both sides",
            Stage::Litigation => "the matter is before a court or regulator; nothing is erased",
            Stage::Closed => "the case is closed",
        }
    }
}

impl Mark {
    /// What happens: `until …`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Mark::Received => "the complaint is received",
            Mark::Acknowledged => "the customer's mail server takes the acknowledgement",
            Mark::Accepted => "a handler accepts the case",
            Mark::ParticularsAsked => "the customer is asked for particulars",
            Mark::ParticularsComplete => "all particulars are there",
            Mark::ParticularsLapsed => "the wait for particulars lapses",
            Mark::Findings => "findings are recorded",
            Mark::Proposed => "a proposal is put to the customer",
            Mark::Resolved => "the outcome is decided",
            Mark::OutcomeSent => "the outcome letter has been sent",
            Mark::SatisfactionAnswered => "the customer says whether they are satisfied",
            Mark::MediationOwed => "mediation is owed",
            Mark::MediatorNamed => "a mediator is named",
            Mark::Mediated => "the mediation's outcome is decided",
            Mark::MediationOutcomeSent => "the letter with the mediation's outcome has been sent",
            Mark::HandedOff => "a department is asked",
            Mark::HandOffAnswered => "the department answers",
            Mark::WroteToCustomer => "a member of staff writes to the customer",
            Mark::CustomerWrote => "the customer writes",
            Mark::Extended => "a clock is extended",
            Mark::Litigated => "the matter goes to a court or regulator",
            Mark::Ruled => "a ruling is recorded",
            Mark::Withdrawn => "the complaint is withdrawn",
            Mark::Reopened => "the case is reopened",
            Mark::Closed => "the case is closed",
        }
    }
}

impl Pause {
    /// What holds: `while …`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Pause::AwaitingParticulars => "particulars are awaited",
            Pause::ThirdParty => "an invited third party is at work",
            Pause::Resolved => "the outcome is with the customer",
            Pause::Hold => "a supervisor has put the case on hold",
        }
    }
}

impl RungAct {
    /// What is done.
    pub const fn phrase(self) -> &'static str {
        match self {
            RungAct::AskSatisfaction => "the customer is asked whether they are satisfied",
            RungAct::Remind => "the customer is reminded",
            RungAct::Lapse => "the case goes on without the particulars",
            RungAct::Close => "the case is closed for want of an answer",
        }
    }
}
