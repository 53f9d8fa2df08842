//! What there is to know about each letter: when it is sent, by whom, what it must hold, and what its
//! templates can say. `config/letters/README.md` is compared with it.

use crate::policy::Letter;

/// Whether an automatic letter answers a mail of the customer (`auto-replied`), or comes of itself
/// (`auto-generated`, RFC 3834 §5).
pub(super) const fn answers_a_mail(letter: Letter) -> bool {
    match letter {
        Letter::Acknowledgement | Letter::WithdrawalConfirmed | Letter::Reopened => true,
        Letter::ParticularsRequest
        | Letter::ParticularsReminder
        | Letter::Update
        | Letter::Extension
        | Letter::Proposal
        | Letter::Outcome
        | Letter::SummaryResolution
        | Letter::SatisfactionQuestion
        | Letter::SatisfactionReminder
        | Letter::MediationOpened
        | Letter::MediationOutcome
        | Letter::Closed
        | Letter::Invitation => false,
    }
}

/// Whether its template must show the further rights where there are any (§5.2).
pub(super) const fn shows_rights(letter: Letter) -> bool {
    match letter {
        Letter::Outcome
        | Letter::SummaryResolution
        | Letter::MediationOutcome
        | Letter::Extension
        | Letter::Closed => true,
        Letter::Acknowledgement
        | Letter::ParticularsRequest
        | Letter::ParticularsReminder
        | Letter::Update
        | Letter::Proposal
        | Letter::SatisfactionQuestion
        | Letter::SatisfactionReminder
        | Letter::MediationOpened
        | Letter::WithdrawalConfirmed
        | Letter::Reopened
        | Letter::Invitation => false,
    }
}

/// Whether it may not be sent without the further rights. An extension owes them only where a regime
/// says so, a closing only after a customer wasn't satisfied: both are the profile's and the core's.
pub(super) const fn owes_rights(letter: Letter) -> bool {
    matches!(
        letter,
        Letter::Outcome | Letter::SummaryResolution | Letter::MediationOutcome
    )
}

/// Whether its template must show what a member of staff wrote for it: most are there for nothing else,
/// and whoever closes a case may say why.
pub(super) const fn shows_words(letter: Letter) -> bool {
    match letter {
        Letter::ParticularsRequest
        | Letter::Update
        | Letter::Extension
        | Letter::Proposal
        | Letter::Outcome
        | Letter::SummaryResolution
        | Letter::MediationOpened
        | Letter::MediationOutcome
        | Letter::Closed
        | Letter::Invitation => true,
        Letter::Acknowledgement
        | Letter::ParticularsReminder
        | Letter::SatisfactionQuestion
        | Letter::SatisfactionReminder
        | Letter::WithdrawalConfirmed
        | Letter::Reopened => false,
    }
}

/// Whether it asks if the customer is satisfied, and so needs both answers (§4.4).
pub(super) const fn asks_satisfaction(letter: Letter) -> bool {
    matches!(
        letter,
        Letter::SatisfactionQuestion | Letter::SatisfactionReminder
    )
}

/// When it is sent.
pub const fn purpose(letter: Letter) -> &'static str {
    match letter {
        Letter::Acknowledgement => {
            "at once, when a complaint was received: its reference, which particulars are there and which are missing"
        }
        Letter::ParticularsRequest => "a handler asks for particulars or evidence",
        Letter::ParticularsReminder => "what was asked for hasn't come",
        Letter::Update => "a handler tells how the case stands",
        Letter::Extension => "it takes longer: why, and until when",
        Letter::Proposal => "a solution is proposed to the customer",
        Letter::Outcome => "the decision, with reasons, remedy and further rights",
        Letter::SummaryResolution => {
            "in place of the outcome, where the customer has agreed within a regime's first days"
        }
        Letter::SatisfactionQuestion => "whether the customer is satisfied with the outcome",
        Letter::SatisfactionReminder => "the same once more, and when the case is closed",
        Letter::MediationOpened => "who mediates, how they are neutral, and by when",
        Letter::MediationOutcome => "what came of the mediation, with the further rights",
        Letter::WithdrawalConfirmed => "the customer withdrew the complaint",
        Letter::Closed => {
            "the case was closed: why, what staff wrote about it, and how to have it reopened"
        }
        Letter::Reopened => "a closed case goes on, because its customer wrote again",
        Letter::Invitation => {
            "to a third party, not the customer: what it is asked, and nothing else of the case"
        }
    }
}

/// Every variable of a template, and what it is. Those that may be absent end in `?`, lists in `[]`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("reference", "the case's reference, such as C-2026-000017-9"),
    (
        "received",
        "when the complaint was received: day, time and zone",
    ),
    ("have[]", "the particulars that are there, by name"),
    (
        "missing[]",
        "the particulars that are asked for, as a request",
    ),
    (
        "confirm_by?",
        "the day by which a handler takes up the case",
    ),
    ("resolve_by?", "the day by which the outcome is there"),
    (
        "answer_by?",
        "until when the customer's answer is waited for",
    ),
    ("mediate_by?", "the day by which the mediation ends"),
    (
        "reopen_until?",
        "until when a reply opens a closed case again",
    ),
    (
        "may_mediate",
        "true while the customer can still ask for mediation; for conditions",
    ),
    (
        "words?",
        "what a member of staff wrote for this letter: write it with the filter paragraphs",
    ),
    (
        "remedy?",
        "what is done for the customer: write it with the filter paragraphs",
    ),
    ("handler?", "the handler's name"),
    ("mediator?", "the mediator's name"),
    (
        "signer?",
        "who signs: the handler, the mediator after a mediation, nobody in automatic letters",
    ),
    ("finding?", "the decision as a sentence, from words.toml"),
    (
        "finding_code?",
        "upheld, partly or rejected; for conditions",
    ),
    (
        "close_reason?",
        "why the case was closed as a sentence, from words.toml",
    ),
    (
        "close_reason_code?",
        "satisfied, no_answer, not_satisfied, withdrawn, duplicate, not_a_complaint, out_of_scope or ruling; for conditions",
    ),
    (
        "joined_to?",
        "the reference of the case that a duplicate is handled with",
    ),
    (
        "rights[]",
        "the further rights from the policy profile, a paragraph each: write them with the filter paragraphs; in `closed` only where the customer wasn't satisfied",
    ),
    (
        "yes",
        "the one-word answer of a satisfied customer, from words.toml",
    ),
    ("no", "the one-word answer of one who isn't"),
    ("yes_link", "a mailto link that sends the word yes"),
    ("no_link", "a mailto link that sends the word no"),
    ("reply_link", "a mailto link that writes about the case"),
    (
        "third_party",
        "true where the letter goes to a third party and not to the customer; for conditions",
    ),
    (
        "printed",
        "true where the letter is printed for a customer without an address; for conditions",
    ),
    (
        "automatic",
        "true where nobody wrote the letter; for conditions",
    ),
    ("company", "the company's name in this language"),
    ("phone?", "company.phone"),
    ("website?", "company.website"),
    ("lang", "the language, for the HTML lang attribute"),
    ("direction", "ltr or rtl, for the HTML dir attribute"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_letter_and_every_variable() {
        let readme = include_str!("../../config/letters/README.md");
        let mut rows = Vec::new();
        for letter in Letter::ALL.iter().copied() {
            let by = if letter.is_automatic() {
                "Redress"
            } else {
                "a person"
            };
            rows.push(format!("| `{letter}` | {} | {by} |", purpose(letter)));
        }
        rows.extend(
            VARIABLES
                .iter()
                .map(|(name, what)| format!("| `{name}` | {what} |")),
        );
        for row in &rows {
            assert!(
                readme.contains(row),
                "config/letters/README.md lacks:\n{row}"
            );
        }
        let (_, tables) = readme.split_once("## The letters").unwrap();
        let shown = tables
            .lines()
            .filter(|line| line.starts_with("| `"))
            .count();
        assert_eq!(
            shown,
            rows.len(),
            "a row that there is no letter or variable for"
        );
    }
}
