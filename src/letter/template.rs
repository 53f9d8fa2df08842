//! The texts of letters: `<language>/<letter>/{subject.txt, body.txt, body.html}`, built in, and
//! replaced one by one by a company's own.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::case::CaseRef;
use crate::language::Language;
use crate::policy::Letter;

/// Every letter in every language, checked.
#[derive(Debug)]
pub struct Letters {
    templates: Environment<'static>,
}

/// A template that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("letter template {name}, line {line}: {problem}")]
    Broken {
        name: String,
        line: usize,
        problem: String,
    },
    #[error("letter template {name}: the subject must be one line of text")]
    Subject { name: String },
    #[error(
        "letter template {name}: the case reference is missing: write {{{{ reference }}}} where it belongs"
    )]
    NoReference { name: String },
    #[error("{name} is no letter template; there are: {known}")]
    Unknown { name: String, known: String },
}

/// What a template may say. Nothing in it was written by a sender (mail-bomb lesson: an
/// acknowledgement repeats no text that a stranger chose).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Particulars<'a> {
    pub reference: String,
    /// When the complaint was received, in the company's time zone, with the zone.
    pub received: String,
    pub company: &'a str,
    pub phone: Option<&'a str>,
    pub website: Option<&'a str>,
    /// Business days until a handler accepts the case.
    pub confirm_days: u32,
    /// Business days until the outcome letter.
    pub resolve_days: u32,
}

/// The three parts of a letter as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../config/letters/", $name)))),*]
    };
}

const BUILT_IN: [(&str, &str); 6] = built_in![
    "en/acknowledgement/subject.txt",
    "en/acknowledgement/body.txt",
    "en/acknowledgement/body.html",
    "zh/acknowledgement/subject.txt",
    "zh/acknowledgement/body.txt",
    "zh/acknowledgement/body.html",
];

impl Letters {
    /// The built-in letters, with a company's own in place of those they are named like.
    ///
    /// # Errors
    /// A template of an unknown name, one that doesn't parse, uses an unknown variable, lacks the
    /// case reference, or has more than one line of subject.
    pub fn new(own: BTreeMap<String, String>) -> Result<Letters, TemplateError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut texts: BTreeMap<String, String> = BUILT_IN
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        for (name, text) in own {
            if !texts.contains_key(&name) {
                let known = BUILT_IN.map(|(name, _)| name).join(", ");
                return Err(TemplateError::Unknown { name, known });
            }
            texts.insert(name, text);
        }
        for (name, text) in texts {
            templates
                .add_template_owned(name.clone(), text)
                .map_err(|error| broken(&name, &error))?;
        }
        let letters = Letters { templates };
        letters.check()?;
        Ok(letters)
    }

    pub(super) fn render(
        &self,
        letter: Letter,
        language: Language,
        particulars: &Particulars<'_>,
    ) -> Result<Text, TemplateError> {
        let part = |file: &str| {
            let name = format!("{}/{}/{file}", language.as_str(), letter.as_str());
            self.templates
                .get_template(&name)
                .and_then(|template| template.render(Serde(particulars)))
                .map_err(|error| broken(&name, &error))
        };
        Ok(Text {
            subject: part("subject.txt")?.trim().to_owned(),
            plain: part("body.txt")?,
            html: part("body.html")?,
        })
    }

    /// Renders every letter with sample particulars, so that a broken one is found at start.
    fn check(&self) -> Result<(), TemplateError> {
        let reference = CaseRef::new(2026, 17).to_string();
        for (phone, website) in [
            (None, None),
            (Some("+1 555 0100"), Some("https://example.com")),
        ] {
            let sample = Particulars {
                reference: reference.clone(),
                received: "24 November 2026, 09:30 (UTC+08:00)".to_owned(),
                company: "Example",
                phone,
                website,
                confirm_days: 2,
                resolve_days: 15,
            };
            for language in Language::BUILT_IN {
                let letter = Letter::Acknowledgement;
                let text = self.render(letter, language, &sample)?;
                let name = |file| format!("{}/{}/{file}", language.as_str(), letter.as_str());
                if text.subject.is_empty() || text.subject.contains(['\r', '\n']) {
                    return Err(TemplateError::Subject {
                        name: name("subject.txt"),
                    });
                }
                for (file, part) in [
                    ("subject.txt", &text.subject),
                    ("body.txt", &text.plain),
                    ("body.html", &text.html),
                ] {
                    if !part.contains(&reference) {
                        return Err(TemplateError::NoReference { name: name(file) });
                    }
                }
            }
        }
        Ok(())
    }
}

fn broken(name: &str, error: &minijinja::Error) -> TemplateError {
    TemplateError::Broken {
        name: name.to_owned(),
        line: error.line().unwrap_or(0),
        problem: match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, text: &str) -> Result<Letters, TemplateError> {
        Letters::new(BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_broken_template_is_named_with_its_line() {
        for (name, text, expected) in [
            (
                "en/acknowledgement/body.txt",
                "a\n{{ refrence }}",
                "body.txt, line 2: undefined",
            ),
            (
                "en/acknowledgement/body.txt",
                "{% if %}",
                "body.txt, line 1: syntax error",
            ),
            (
                "en/acknowledgement/body.txt",
                "Hello",
                "the case reference is missing",
            ),
            (
                "zh/acknowledgement/subject.txt",
                "a\nb {{ reference }}",
                "must be one line",
            ),
            (
                "fr/acknowledgement/body.txt",
                "x",
                "fr/acknowledgement/body.txt is no letter",
            ),
        ] {
            let error = with(name, text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_companys_own_text_replaces_the_built_in_one() {
        let letters = with("en/acknowledgement/subject.txt", "Case {{ reference }}\n").unwrap();
        let particulars = Particulars {
            reference: "C-2026-000017-9".into(),
            received: String::new(),
            company: "A <b> & C",
            phone: None,
            website: None,
            confirm_days: 2,
            resolve_days: 15,
        };
        let text = letters
            .render(Letter::Acknowledgement, Language::EN, &particulars)
            .unwrap();
        assert_eq!(text.subject, "Case C-2026-000017-9");
        assert!(text.html.contains("A &lt;b&gt; &amp; C"), "{}", text.html);
        assert!(text.plain.contains("A <b> & C"));
    }
}
