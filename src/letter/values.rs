//! The variables of a template, made from the facts of a case.

use chrono_tz::Tz;
use serde::Serialize;

use super::matter::Matter;
use super::words::{Direction, Words};
use crate::language::Language;
use crate::mail::clean;
use crate::policy::Letter;

/// What a template can say. Every text is clean: no control characters, nothing invisible, and one
/// line but for `words`, `remedy` and the paragraphs of `rights`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Values {
    pub lang: String,
    pub direction: Direction,
    pub company: String,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub automatic: bool,
    pub third_party: bool,
    pub printed: bool,
    pub signer: Option<String>,
    pub reference: String,
    pub received: String,
    pub have: Vec<String>,
    pub missing: Vec<String>,
    pub confirm_by: Option<String>,
    pub resolve_by: Option<String>,
    pub answer_by: Option<String>,
    pub mediate_by: Option<String>,
    pub reopen_until: Option<String>,
    pub may_mediate: bool,
    pub words: Option<String>,
    pub handler: Option<String>,
    pub mediator: Option<String>,
    pub finding: Option<String>,
    pub finding_code: Option<&'static str>,
    pub remedy: Option<String>,
    pub close_reason: Option<String>,
    pub close_reason_code: Option<&'static str>,
    pub joined_to: Option<String>,
    pub rights: Vec<String>,
    pub yes: String,
    pub no: String,
    pub yes_link: String,
    pub no_link: String,
    pub reply_link: String,
}

/// What a letter says of the company that writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    /// The language it is written in.
    pub language: Language,
    pub company: &'a str,
    pub phone: Option<&'a str>,
    pub website: Option<&'a str>,
    /// The zone that dates are told in.
    pub zone: Tz,
}

/// Longest name of a person or company in a letter.
pub(super) const LONGEST_NAME: usize = 100;

/// Most characters of what staff wrote for one letter.
const LONGEST_TEXT: usize = 50_000;

impl Values {
    /// The variables of a letter, all but its links.
    pub(super) fn new(letter: Letter, matter: &Matter, words: &Words, from: From<'_>) -> Values {
        let name = |name: &Option<String>| one_line(name.as_deref());
        let day = |at: Option<_>| at.map(|at| words.day(at, from.zone));
        let deadline = |at: Option<_>| at.map(|at| words.deadline(at, from.zone));
        let handler = name(&matter.handler);
        let mediator = name(&matter.mediator);
        Values {
            lang: words
                .lang
                .clone()
                .unwrap_or_else(|| from.language.to_string()),
            direction: words.direction,
            company: clean::line(from.company, LONGEST_NAME),
            phone: one_line(from.phone),
            website: one_line(from.website),
            automatic: letter.is_automatic(),
            third_party: letter == Letter::Invitation,
            printed: false,
            signer: signer(letter, handler.as_ref(), mediator.as_ref()),
            reference: matter.reference.to_string(),
            received: words.moment(matter.received_at, from.zone),
            have: matter
                .have
                .iter()
                .filter_map(|one| words.particulars.get(one))
                .map(|named| named.name.clone())
                .collect(),
            missing: matter
                .missing
                .iter()
                .filter_map(|one| words.particulars.get(one))
                .map(|named| named.ask.clone())
                .collect(),
            confirm_by: day(matter.confirm_by),
            resolve_by: day(matter.resolve_by),
            answer_by: deadline(matter.answer_by),
            mediate_by: day(matter.mediate_by),
            reopen_until: deadline(matter.reopen_until),
            may_mediate: matter.may_mediate,
            words: many_lines(matter.words.as_deref()),
            handler,
            mediator,
            finding: matter
                .finding
                .and_then(|finding| words.findings.get(&finding).cloned()),
            finding_code: matter.finding.map(|finding| finding.as_str()),
            remedy: many_lines(matter.remedy.as_deref()),
            close_reason: matter
                .close_reason
                .and_then(|reason| words.close_reasons.get(&reason).cloned()),
            close_reason_code: matter.close_reason.map(|reason| reason.as_str()),
            joined_to: matter.joined_to.map(|reference| reference.to_string()),
            rights: matter
                .rights
                .iter()
                .filter_map(|right| many_lines(Some(right)))
                .collect(),
            yes: words.answers.yes.clone(),
            no: words.answers.no.clone(),
            yes_link: String::new(),
            no_link: String::new(),
            reply_link: String::new(),
        }
    }
}

/// Who signs: the person who wrote it. What nobody wrote is signed by the company alone.
fn signer(letter: Letter, handler: Option<&String>, mediator: Option<&String>) -> Option<String> {
    match letter {
        Letter::ParticularsRequest
        | Letter::Update
        | Letter::Extension
        | Letter::Proposal
        | Letter::Outcome
        | Letter::SummaryResolution => handler.cloned(),
        Letter::MediationOutcome => mediator.cloned(),
        // whoever works on the case asks for help
        Letter::Invitation => mediator.or(handler).cloned(),
        // the company names the mediator; the handler has no part in that (§5.1)
        Letter::MediationOpened
        | Letter::Acknowledgement
        | Letter::ParticularsReminder
        | Letter::SatisfactionQuestion
        | Letter::SatisfactionReminder
        | Letter::WithdrawalConfirmed
        | Letter::Closed
        | Letter::Reopened => None,
    }
}

fn one_line(text: Option<&str>) -> Option<String> {
    text.map(|text| clean::line(text, LONGEST_NAME * 2))
        .filter(|text| !text.is_empty())
}

fn many_lines(text: Option<&str>) -> Option<String> {
    text.map(clean::text)
        .map(|text| text.chars().take(LONGEST_TEXT).collect::<String>())
        .filter(|text| !text.trim().is_empty())
}
