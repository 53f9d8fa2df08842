//! What must be true of every letter before the first is written.
//!
//! Each is rendered with everything that a case may know, with nothing of it, and with each thing
//! there or absent by itself: a template that fails, or doesn't say what its letter owes, stops the
//! start and not a customer's letter.

use std::collections::BTreeSet;

use minijinja::value::{Serde, Value};

use super::escape::mailto;
use super::guide::{VARIABLES, asks_satisfaction, shows_rights, shows_words};
use super::template::{LONGEST_SUBJECT, Letters, TemplateError};
use super::values::Values;
use super::words::{Direction, Words};
use crate::language::Language;
use crate::policy::{CloseReason, Finding, Letter};

/// Names that the template language itself knows.
const OF_THE_LANGUAGE: [&str; 5] = ["loop", "self", "super", "range", "namespace"];

const REFERENCE: &str = "C-2026-000017-9";
const WORDS: &str = "what-staff-wrote";
const RIGHTS: [&str; 2] = ["the-first-right", "the-second-right"];
const NEW_DATE: &str = "the-new-date";

/// A change of what is known.
type Change = fn(&mut Values);

/// Checks every letter in every language.
pub(super) fn check(letters: &Letters) -> Result<(), TemplateError> {
    known_variables(letters)?;
    for language in letters.languages() {
        let words = letters.words(*language)?;
        for letter in Letter::ALL {
            for values in cases(*letter, *language, words) {
                one(letters, *letter, *language, &values)?;
            }
        }
    }
    Ok(())
}

/// Finds unknown variables in places that no sample reaches too.
fn known_variables(letters: &Letters) -> Result<(), TemplateError> {
    let known: BTreeSet<&str> = VARIABLES
        .iter()
        .map(|(name, _)| name.trim_end_matches(['?', '[', ']']))
        .chain(OF_THE_LANGUAGE)
        .collect();
    for (name, template) in letters.templates.templates() {
        let mut unknown: Vec<String> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|variable| !known.contains(variable.as_str()))
            .collect();
        unknown.sort();
        let Some(variable) = unknown.first() else {
            continue;
        };
        return Err(TemplateError::Broken {
            name: name.to_owned(),
            line: line_with(template.source(), variable),
            problem: format!(
                "there is no variable `{variable}`; there are: {}",
                VARIABLES
                    .iter()
                    .map(|(name, _)| name.trim_end_matches(['?', '[', ']']))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        });
    }
    Ok(())
}

/// The first line with this word in a tag.
fn line_with(source: &str, word: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let position = source.lines().position(|line| {
        line.contains('{') && line.split(|c: char| !part(c)).any(|one| one == word)
    });
    position.map_or(0, |at| at + 1)
}

/// One letter of one case.
fn one(
    letters: &Letters,
    letter: Letter,
    language: Language,
    values: &Values,
) -> Result<(), TemplateError> {
    let wrong = |name: &str, problem: String| {
        Err(TemplateError::Wrong {
            name: name.to_owned(),
            problem,
        })
    };
    let name = letters.subject_name(letter, language);
    let context: Value = Serde(values).into();
    let subject = letters.part(&name, &context)?;
    let subject = subject.trim();
    if subject.is_empty() || subject.contains(['\r', '\n']) {
        return wrong(&name, "the subject must be one line of text".to_owned());
    }
    if subject.chars().count() > LONGEST_SUBJECT {
        let problem = format!("the subject is longer than {LONGEST_SUBJECT} characters");
        return wrong(&name, problem);
    }
    if !subject.contains(REFERENCE) {
        return wrong(&name, no_reference());
    }
    let text = letters.render(letter, language, values)?;
    for (file, part) in [("body.txt", &text.plain), ("body.html", &text.html)] {
        let name = format!("{language}/{letter}/{file}");
        if !part.contains(REFERENCE) {
            return wrong(&name, no_reference());
        }
        if shows_rights(letter) && values.rights.iter().any(|right| !part.contains(right)) {
            let problem = "the further rights are missing (§5.2): write {{ rights|paragraphs }} where they belong";
            return wrong(&name, problem.to_owned());
        }
        if shows_words(letter) && values.words.as_ref().is_some_and(|w| !part.contains(w)) {
            let problem = "what a member of staff wrote is missing: write {{ words|paragraphs }} where it belongs";
            return wrong(&name, problem.to_owned());
        }
        if letter == Letter::Extension
            && values
                .resolve_by
                .as_ref()
                .is_some_and(|day| !part.contains(day))
        {
            let problem = "the new date is missing: write {{ resolve_by }} where it belongs";
            return wrong(&name, problem.to_owned());
        }
    }
    if asks_satisfaction(letter) {
        let html = format!("{language}/{letter}/body.html");
        for (variable, link) in [("yes_link", &values.yes_link), ("no_link", &values.no_link)] {
            if !text.html.contains(&link.replace('&', "&amp;")) {
                let problem = format!("write <a href=\"{{{{ {variable} }}}}\"> for that answer");
                return wrong(&html, problem);
            }
        }
        let plain = format!("{language}/{letter}/body.txt");
        for (variable, answer) in [("yes", &values.yes), ("no", &values.no)] {
            if !text.plain.contains(answer.as_str()) {
                let problem = format!("write {{{{ {variable} }}}}, the word to answer with");
                return wrong(&plain, problem);
            }
        }
    }
    Ok(())
}

fn no_reference() -> String {
    "the case reference is missing: write {{ reference }} where it belongs".to_owned()
}

/// What cases may know and not know.
fn cases(letter: Letter, language: Language, words: &Words) -> Vec<Values> {
    let with = |change: Change| {
        let mut values = everything(letter, language, words);
        change(&mut values);
        values
    };
    let without = |change: Change| {
        let mut values = nothing(everything(letter, language, words));
        change(&mut values);
        values
    };
    let mut cases = vec![with(|_| {}), without(|_| {})];
    let absent: [Change; 18] = [
        |v| v.phone = None,
        |v| v.website = None,
        |v| v.signer = None,
        |v| v.have.clear(),
        |v| v.missing.clear(),
        |v| v.confirm_by = None,
        |v| v.resolve_by = None,
        |v| v.answer_by = None,
        |v| v.mediate_by = None,
        |v| v.reopen_until = None,
        |v| v.may_mediate = false,
        |v| v.words = None,
        |v| v.handler = None,
        |v| v.mediator = None,
        |v| (v.finding, v.finding_code) = (None, None),
        |v| v.remedy = None,
        |v| (v.close_reason, v.close_reason_code) = (None, None),
        |v| v.rights.clear(),
    ];
    cases.extend(absent.into_iter().map(with));
    let present: [Change; 15] = [
        |v| v.phone = text("+1 555 0100"),
        |v| v.website = text("https://example.com"),
        |v| v.signer = text("Li Na"),
        |v| v.have = vec!["your name".to_owned()],
        |v| v.missing = vec!["what happened".to_owned()],
        |v| v.confirm_by = text("Thursday"),
        |v| v.resolve_by = text(NEW_DATE),
        |v| v.answer_by = text("Friday"),
        |v| v.mediate_by = text("Monday"),
        |v| v.reopen_until = text("Tuesday"),
        |v| v.may_mediate = true,
        |v| v.words = text(WORDS),
        |v| v.mediator = text("Chen Yu"),
        |v| v.remedy = text("a refund"),
        |v| v.rights = rights(),
    ];
    cases.extend(present.into_iter().map(without));
    for finding in Finding::ALL {
        let mut values = with(|v| v.joined_to = None);
        values.finding = words.findings.get(finding).cloned();
        values.finding_code = Some(finding.as_str());
        cases.push(values);
    }
    for reason in CloseReason::ALL {
        let mut values = with(|v| v.joined_to = None);
        values.close_reason = words.close_reasons.get(reason).cloned();
        values.close_reason_code = Some(reason.as_str());
        cases.push(values);
    }
    cases
}

fn everything(letter: Letter, language: Language, words: &Words) -> Values {
    let answer = |body: &str| mailto("complaints@example.com", REFERENCE, Some(body));
    Values {
        lang: language.to_string(),
        direction: Direction::Ltr,
        company: "Example".to_owned(),
        phone: text("+1 555 0100"),
        website: text("https://example.com"),
        automatic: letter.is_automatic(),
        third_party: letter == Letter::Invitation,
        printed: false,
        signer: text("Li Na"),
        reference: REFERENCE.to_owned(),
        received: "24 November 2026, 09:30".to_owned(),
        have: vec!["your name".to_owned(), "evidence".to_owned()],
        missing: vec!["what happened".to_owned(), "how to reach you".to_owned()],
        confirm_by: text("Thursday"),
        resolve_by: text(NEW_DATE),
        answer_by: text("Friday"),
        mediate_by: text("Monday"),
        reopen_until: text("Tuesday"),
        may_mediate: true,
        words: text(WORDS),
        handler: text("Li Na"),
        mediator: text("Chen Yu"),
        finding: words.findings.get(&Finding::Upheld).cloned(),
        finding_code: Some(Finding::Upheld.as_str()),
        remedy: text("a refund"),
        close_reason: words.close_reasons.get(&CloseReason::Duplicate).cloned(),
        close_reason_code: Some(CloseReason::Duplicate.as_str()),
        joined_to: text("C-2026-000004-1"),
        rights: rights(),
        yes: words.answers.yes.clone(),
        no: words.answers.no.clone(),
        yes_link: answer(&words.answers.yes),
        no_link: answer(&words.answers.no),
        reply_link: mailto("complaints@example.com", REFERENCE, None),
    }
}

fn nothing(values: Values) -> Values {
    Values {
        phone: None,
        website: None,
        signer: None,
        have: vec![],
        missing: vec![],
        confirm_by: None,
        resolve_by: None,
        answer_by: None,
        mediate_by: None,
        reopen_until: None,
        may_mediate: false,
        words: None,
        handler: None,
        mediator: None,
        finding: None,
        finding_code: None,
        remedy: None,
        close_reason: None,
        close_reason_code: None,
        joined_to: None,
        rights: vec![],
        ..values
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn rights() -> Vec<String> {
    RIGHTS.map(str::to_owned).into()
}
