//! A letter of a case that never was, for those who look at its words, and for tests.

use chrono::{DateTime, TimeDelta, Utc};

use super::compose::{Composer, Thread, ToCustomer};
use super::matter::Matter;
use super::template::TemplateError;
use crate::case::CaseRef;
use crate::ids::{CaseId, PartyId};
use crate::language::Language;
use crate::policy::{CloseReason, Finding, Letter, Particular};

/// 24 November 2026, 14:00 in Shanghai: a Tuesday.
const RECEIVED: i64 = 1_795_500_000;

/// 18:00 there, the close of business of the same day.
const CLOSE_OF_BUSINESS: i64 = RECEIVED + 4 * 3600;

impl Composer {
    /// What a letter could be about, with telling values for all that it may say.
    ///
    /// # Errors
    /// A language that there are no letters in.
    pub fn sample(&self, letter: Letter, language: Language) -> Result<Matter, TemplateError> {
        let letters = self.letters();
        let words = match &letters.words(language)?.sample {
            Some(sample) => Some(sample),
            // a language without a sample borrows the one that is always there
            None => letters.words(Language::EN)?.sample.as_ref(),
        };
        let by = |days| Some(after(days));
        let mut matter = Matter {
            have: vec![Particular::Name, Particular::Contact],
            missing: vec![Particular::Details, Particular::Evidence],
            confirm_by: by(2),
            resolve_by: by(21),
            answer_by: by(8),
            mediate_by: by(28),
            reopen_until: by(30),
            may_mediate: true,
            finding: Some(Finding::Partly),
            close_reason: Some(CloseReason::OutOfScope),
            ..Matter::new(CaseRef::new(2026, 17), language, at(RECEIVED))
        };
        if let Some(sample) = words {
            matter.handler = Some(sample.handler.clone());
            matter.mediator = Some(sample.mediator.clone());
            matter.remedy = Some(sample.remedy.clone());
            matter.rights.clone_from(&sample.rights);
            matter.words = sample.words.get(&letter).cloned();
        }
        match letter {
            // an update comes before there is a mediation
            Letter::Update => matter.mediate_by = None,
            // the first right is the mediation itself
            Letter::MediationOutcome => {
                matter.may_mediate = false;
                matter.rights.drain(..matter.rights.len().min(1));
            }
            Letter::Closed => matter.rights.clear(),
            Letter::Acknowledgement
            | Letter::ParticularsRequest
            | Letter::ParticularsReminder
            | Letter::Extension
            | Letter::Proposal
            | Letter::Outcome
            | Letter::SummaryResolution
            | Letter::SatisfactionQuestion
            | Letter::SatisfactionReminder
            | Letter::MediationOpened
            | Letter::WithdrawalConfirmed
            | Letter::Reopened
            | Letter::Invitation => {}
        }
        Ok(matter)
    }
}

impl ToCustomer {
    /// A letter to look at: to nobody, from an address of no mailbox.
    pub fn example(letter: Letter, matter: Matter) -> ToCustomer {
        let received = matter.received_at;
        ToCustomer {
            letter,
            from: "complaints@example.com".to_owned(),
            case: CaseId(17),
            matter,
            customer: PartyId(42),
            address: "customer@example.net".to_owned(),
            thread: Thread {
                message_id: Some("second@mail.example.net".to_owned()),
                references: vec!["first@mail.example.net".to_owned()],
            },
            token: "0123456789abcdef0123456789abcdef".to_owned(),
            now: received + TimeDelta::seconds(7),
            zone: None,
        }
    }
}

fn after(days: i64) -> DateTime<Utc> {
    at(CLOSE_OF_BUSINESS + days * 86_400)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}
