//! The policy's own words: stages, letters, roles, and the other closed lists that rules are written in.
//!
//! Each is an enum with one name, used in configuration, database, history and documents alike.

use serde::{Deserialize, Serialize};

/// Makes enums of words: one name each, everywhere.
macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the policy.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name in configuration, database and history.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use words;

words! {
    /// Where a case stands (policy: *Stages and events*).
    Stage {
        /// Registered; clocks run.
        Received = "received",
        /// The customer was asked for name, contact, details or evidence (§4.1).
        AwaitingParticulars = "awaiting_particulars",
        /// Facts are being established (§4.2).
        Investigating = "investigating",
        /// A proposal is with the customer, or their view is being heard (§4.3).
        Negotiating = "negotiating",
        /// The outcome letter is written (§4.4).
        Resolved = "resolved",
        /// A neutral mediator works with both sides (§5.1).
        Mediating = "mediating",
        /// Before a court or regulator; legal hold (§5.2).
        Litigation = "litigation",
        Closed = "closed",
    }

    /// The letters. Each is a folder of templates of this name.
    Letter {
        Acknowledgement = "acknowledgement",
        ParticularsRequest = "particulars_request",
        ParticularsReminder = "particulars_reminder",
        /// What a handler writes to the customer in between.
        Update = "update",
        /// Why it takes longer, and until when.
        Extension = "extension",
        Proposal = "proposal",
        /// The written outcome, with reasons, remedy and further rights (§4.4, §5.2).
        Outcome = "outcome",
        /// In place of the outcome where the customer has agreed within a regime's early days.
        SummaryResolution = "summary_resolution",
        SatisfactionQuestion = "satisfaction_question",
        SatisfactionReminder = "satisfaction_reminder",
        /// Who mediates, and how they are neutral (§5.1).
        MediationOpened = "mediation_opened",
        MediationOutcome = "mediation_outcome",
        WithdrawalConfirmed = "withdrawal_confirmed",
        Closed = "closed",
        Reopened = "reopened",
        /// To a third party that is asked to help (§4.3): the only letter that isn't for the customer.
        Invitation = "invitation",
    }

    /// What staff can be.
    Role {
        Handler = "handler",
        Supervisor = "supervisor",
        Manager = "manager",
        Executive = "executive",
        Mediator = "mediator",
        Legal = "legal",
        Auditor = "auditor",
        Department = "department",
    }

    /// Something that starts or stops a clock, or owes the customer a letter.
    Mark {
        /// The complaint was received: the mail server's time (INTERNALDATE).
        Received = "received",
        /// The customer's mail server accepted the acknowledgement.
        Acknowledged = "acknowledged",
        /// A handler accepted the case.
        Accepted = "accepted",
        ParticularsAsked = "particulars_asked",
        /// All that was asked for is there.
        ParticularsComplete = "particulars_complete",
        /// The customer didn't answer in time; the case goes on with a note.
        ParticularsLapsed = "particulars_lapsed",
        /// Findings were recorded (§4.2).
        Findings = "findings",
        /// A proposal was put to the customer (§4.3).
        Proposed = "proposed",
        /// The outcome was decided; its letter is written.
        Resolved = "resolved",
        /// The outcome letter was accepted by the customer's mail server, or handed over otherwise.
        OutcomeSent = "outcome_sent",
        /// The customer said whether they are satisfied.
        SatisfactionAnswered = "satisfaction_answered",
        /// The customer isn't satisfied and mediation is owed (§5.1).
        MediationOwed = "mediation_owed",
        MediatorNamed = "mediator_named",
        /// The outcome of the mediation was decided; its letter is written.
        Mediated = "mediated",
        /// The letter with the mediation's outcome was accepted, or handed over otherwise.
        MediationOutcomeSent = "mediation_outcome_sent",
        /// A question went to a department (§4.2).
        HandedOff = "handed_off",
        HandOffAnswered = "hand_off_answered",
        /// A mail to the customer, written by a person.
        WroteToCustomer = "wrote_to_customer",
        CustomerWrote = "customer_wrote",
        /// A clock was extended.
        Extended = "extended",
        /// The matter is before a court or regulator (§5.2).
        Litigated = "litigated",
        Ruled = "ruled",
        Withdrawn = "withdrawn",
        Reopened = "reopened",
        /// Closed, for whatever reason.
        Closed = "closed",
    }

    /// A state of the case during which a clock stands still.
    Pause {
        AwaitingParticulars = "awaiting_particulars",
        /// An invited third party is working on the case.
        ThirdParty = "third_party",
        /// The outcome is with the customer.
        Resolved = "resolved",
        /// A supervisor has put the case on hold.
        Hold = "hold",
    }

    /// What a complaint must say (§4.1).
    Particular {
        Name = "name",
        Contact = "contact",
        Details = "details",
        Evidence = "evidence",
    }

    /// How a complaint was decided.
    Finding {
        Upheld = "upheld",
        Partly = "partly",
        Rejected = "rejected",
    }

    /// How much work a complaint looks like (ISO 10002: initial assessment).
    Complexity {
        Simple = "simple",
        Complex = "complex",
    }

    /// Why a case is closed.
    CloseReason {
        Satisfied = "satisfied",
        NoAnswer = "no_answer",
        /// Not satisfied after the mediation too; the further rights are stated (§5.2).
        NotSatisfied = "not_satisfied",
        Withdrawn = "withdrawn",
        Duplicate = "duplicate",
        NotAComplaint = "not_a_complaint",
        OutOfScope = "out_of_scope",
        Ruling = "ruling",
    }

    /// What a rung of a ladder does besides telling people.
    RungAct {
        /// Asks the customer whether they are satisfied.
        AskSatisfaction = "ask_satisfaction",
        /// Reminds the customer of what is being waited for.
        Remind = "remind",
        /// Goes on without the particulars.
        Lapse = "lapse",
        /// Closes the case: no answer.
        Close = "close",
    }

    /// From when on a law has records kept.
    KeptFrom {
        Received = "received",
        Closed = "closed",
    }

    /// Whether a clock counts what we owe or what we wait for.
    ClockKind {
        /// Ours: when it runs out, that is a breach.
        Obligation = "obligation",
        /// The customer's: when it runs out, nobody has failed.
        Waiting = "waiting",
    }
}

impl Letter {
    /// What it brings about once it has reached the customer.
    pub fn brings(self) -> Option<Mark> {
        match self {
            Letter::Acknowledgement => Some(Mark::Acknowledged),
            Letter::Outcome | Letter::SummaryResolution => Some(Mark::OutcomeSent),
            Letter::MediationOutcome => Some(Mark::MediationOutcomeSent),
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
            | Letter::Reopened
            | Letter::Invitation => None,
        }
    }

    /// Whether Redress writes it by itself: such mail is marked as automatic (RFC 3834), is capped, and
    /// counts as no mail by a person.
    pub fn is_automatic(self) -> bool {
        match self {
            Letter::Acknowledgement
            | Letter::ParticularsReminder
            | Letter::SatisfactionQuestion
            | Letter::SatisfactionReminder
            | Letter::WithdrawalConfirmed
            | Letter::Closed
            | Letter::Reopened => true,
            Letter::ParticularsRequest
            | Letter::Update
            | Letter::Extension
            | Letter::Proposal
            | Letter::Outcome
            | Letter::SummaryResolution
            | Letter::MediationOpened
            | Letter::MediationOutcome
            | Letter::Invitation => false,
        }
    }
}
