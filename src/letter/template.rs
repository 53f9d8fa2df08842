//! The texts of letters: a folder for each language, built in or a company's own, file by file.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};

use super::built_in::built_in;
use super::values::Values;
use super::words::{Answers, Words};
use super::{check, escape, lines};
use crate::language::Language;
use crate::mail::clean;
use crate::policy::Letter;

/// Every letter in every language, checked.
#[derive(Debug)]
pub struct Letters {
    pub(super) templates: Environment<'static>,
    words: BTreeMap<Language, Words>,
    languages: Vec<Language>,
    own: BTreeSet<String>,
}

/// A letter that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("letter template {name}, line {line}: {problem}")]
    Broken {
        name: String,
        line: usize,
        problem: String,
    },
    #[error("letter template {name}: {problem}")]
    Wrong { name: String, problem: String },
    #[error("{name} is no letter template: {advice}")]
    Unknown { name: String, advice: String },
    #[error(
        "letters in {language} aren't complete: {} {}: write what is missing, or take the folder away",
        list(.missing), if .missing.len() == 1 { "is missing" } else { "are missing" }
    )]
    Incomplete {
        language: Language,
        missing: Vec<String>,
    },
    #[error(
        "letter {letter} in {language} can't be written without the further rights (§5.2): the policy profile must state them in this language"
    )]
    NoRights { letter: Letter, language: Language },
    #[error("letter {letter} in {language} can't be made a mail: {problem}")]
    Mail {
        letter: Letter,
        language: Language,
        problem: String,
    },
    #[error("a notice to a member of staff can't be made a mail: {0}")]
    Notice(String),
}

/// The three parts of a letter as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// The text part, folded.
    pub plain: String,
    /// The HTML part.
    pub html: String,
}

/// Most characters of a subject: more is cut off by mail clients, and RFC 5322 §2.1.1 has bounds.
pub(super) const LONGEST_SUBJECT: usize = 150;

/// Files that a language's folder holds beside those of each letter.
const OF_A_LANGUAGE: [&str; 4] = ["words.toml", "subject.txt", "layout.txt", "layout.html"];

/// Files of a letter's folder. Without a subject it has the language's own.
const OF_A_LETTER: [&str; 3] = ["subject.txt", "body.txt", "body.html"];

/// The file that the letters of all languages share.
const SHARED: &str = "frame.html";

impl Letters {
    /// The built-in letters, with a company's own in place of those they are named like, and its
    /// own languages beside them.
    ///
    /// # Errors
    /// A file of an unknown name, a language that lacks letters, a template that doesn't parse, uses
    /// an unknown variable, or doesn't say what its letter must say.
    pub fn new(own: BTreeMap<String, String>) -> Result<Letters, TemplateError> {
        let mut files: BTreeMap<String, String> = built_in()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        let mut languages: BTreeSet<Language> = Language::BUILT_IN.into();
        for name in own.keys() {
            languages.extend(language_of(name)?);
        }
        let names: BTreeSet<String> = own.keys().cloned().collect();
        files.extend(own);
        for language in &languages {
            complete(*language, &files)?;
        }
        let mut letters = Letters {
            templates: Environment::new(),
            words: BTreeMap::new(),
            languages: in_order(languages),
            own: names,
        };
        letters
            .templates
            .set_undefined_behavior(UndefinedBehavior::Strict);
        escape::set_up(&mut letters.templates);
        for (name, text) in files {
            letters.add(&name, &text)?;
        }
        check::check(&letters)?;
        Ok(letters)
    }

    /// The languages that every letter is there in: the built-in ones first.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The one-word answers that letters of a language ask for (§4.4).
    pub fn answers(&self, language: Language) -> Option<&Answers> {
        self.words.get(&language).map(|words| &words.answers)
    }

    /// Whether a company has a text of its own for any part of a letter.
    pub fn is_own(&self, letter: Letter, language: Language) -> bool {
        OF_A_LETTER
            .iter()
            .any(|file| self.own.contains(&format!("{language}/{letter}/{file}")))
    }

    /// A language that there are letters in. The folder of a company's own language may be taken
    /// away while cases in it are open: their letters must still be written.
    pub(super) fn nearest(&self, language: Language) -> Language {
        Language::best(language.as_str(), self.languages.iter().copied()).unwrap_or(Language::EN)
    }

    pub(super) fn words(&self, language: Language) -> Result<&Words, TemplateError> {
        self.words
            .get(&language)
            .ok_or_else(|| TemplateError::Incomplete {
                language,
                missing: vec![format!("{language}/words.toml")],
            })
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        if let Some(language) = name.strip_suffix("/words.toml") {
            let words = Words::read(text).map_err(|(line, problem)| TemplateError::Broken {
                name: name.to_owned(),
                line,
                problem,
            })?;
            if let Ok(language) = language.parse() {
                self.words.insert(language, words);
            }
            return Ok(());
        }
        self.templates
            .add_template_owned(name.to_owned(), without_tag_lines(text))
            .map_err(|error| broken(name, &error))
    }

    /// The subject of a letter in a language, before anything is known of the case but its values.
    pub(super) fn subject(
        &self,
        letter: Letter,
        language: Language,
        values: &Values,
    ) -> Result<String, TemplateError> {
        let subject = self.part(&self.subject_name(letter, language), &Serde(values).into())?;
        Ok(clean::line(&subject, LONGEST_SUBJECT))
    }

    /// A letter's own subject, else that of all letters of its language.
    pub(super) fn subject_name(&self, letter: Letter, language: Language) -> String {
        let own = format!("{language}/{letter}/subject.txt");
        if self.own.contains(&own) {
            own
        } else {
            format!("{language}/subject.txt")
        }
    }

    pub(super) fn render(
        &self,
        letter: Letter,
        language: Language,
        values: &Values,
    ) -> Result<Text, TemplateError> {
        let subject = self.subject(letter, language, values)?;
        let values: Value = Serde(values).into();
        let plain = self.part(&format!("{language}/{letter}/body.txt"), &values)?;
        Ok(Text {
            subject,
            plain: lines::tidy(&plain),
            html: self.part(&format!("{language}/{letter}/body.html"), &values)?,
        })
    }

    /// One template as it renders.
    pub(super) fn part(&self, name: &str, values: &Value) -> Result<String, TemplateError> {
        self.templates
            .get_template(name)
            .and_then(|template| template.render(values.clone()))
            .map_err(|error| broken(name, &error))
    }
}

/// The language that a file belongs to; none is that of all. An error is a file that can't be meant.
fn language_of(name: &str) -> Result<Option<Language>, TemplateError> {
    let unknown = |advice: String| TemplateError::Unknown {
        name: name.to_owned(),
        advice,
    };
    if name == SHARED {
        return Ok(None);
    }
    let parts: Vec<&str> = name.split('/').collect();
    let language = match parts.as_slice() {
        [language, file] if OF_A_LANGUAGE.contains(file) => language,
        [language, letter, file] if OF_A_LETTER.contains(file) => {
            if Letter::from_name(letter).is_none() {
                let known: Vec<&str> = Letter::ALL.iter().map(|letter| letter.as_str()).collect();
                return Err(unknown(format!("the letters are {}", known.join(", "))));
            }
            language
        }
        [_, _, _] => return Err(unknown(format!("a letter is {}", OF_A_LETTER.join(", ")))),
        _ => {
            return Err(unknown(format!(
                "beside {SHARED} and the folders of languages with {} there are only folders of letters in those",
                OF_A_LANGUAGE.join(", ")
            )));
        }
    };
    match language.parse::<Language>() {
        Ok(parsed) if parsed.as_str() == *language => Ok(Some(parsed)),
        Ok(_) | Err(_) => Err(unknown(format!(
            "'{language}' is no language; one is two or three small letters, perhaps with one subtag: en, zh, zh-hant"
        ))),
    }
}

/// Whether every letter of a language is there.
fn complete(language: Language, files: &BTreeMap<String, String>) -> Result<(), TemplateError> {
    let mut needed = vec![format!("{language}/words.toml")];
    let subject = format!("{language}/subject.txt");
    for letter in Letter::ALL {
        let own = format!("{language}/{letter}/subject.txt");
        if !files.contains_key(&own) && !needed.contains(&subject) {
            needed.push(subject.clone());
        }
        for file in ["body.txt", "body.html"] {
            needed.push(format!("{language}/{letter}/{file}"));
        }
    }
    needed.retain(|name| !files.contains_key(name));
    if needed.is_empty() {
        Ok(())
    } else {
        Err(TemplateError::Incomplete {
            language,
            missing: needed,
        })
    }
}

fn in_order(languages: BTreeSet<Language>) -> Vec<Language> {
    let own = languages
        .into_iter()
        .filter(|language| !Language::BUILT_IN.contains(language));
    Language::BUILT_IN.into_iter().chain(own).collect()
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

/// Tags that steer and write nothing themselves.
const STEERING: [&str; 16] = [
    "if", "elif", "else", "endif", "for", "endfor", "block", "endblock", "extends", "import",
    "from", "set", "endset", "macro", "endmacro", "endcall",
];

/// A line that holds nothing but one steering tag or comment leaves no line behind: its end goes into
/// the tag, where it says nothing, and the numbers of lines stay as they are.
fn without_tag_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match steering(line.trim()) {
            Some((head, end)) if line.ends_with('\n') => {
                out.push_str(head);
                out.push('\n');
                out.push_str(end);
            }
            Some(_) | None => out.push_str(line),
        }
    }
    out
}

/// A single tag that steers, in two: all of it, and how it ends.
fn steering(line: &str) -> Option<(&str, &str)> {
    let tag = line
        .strip_prefix("{%")
        .and_then(|rest| rest.strip_suffix("%}"));
    let comment = line
        .strip_prefix("{#")
        .and_then(|rest| rest.strip_suffix("#}"));
    let inside = tag.or(comment)?;
    // `{%-`, `-%}` and their like say themselves what becomes of the line
    let says_itself = inside.starts_with(['-', '+']) || inside.ends_with(['-', '+']);
    if inside.contains("%}") || inside.contains("#}") || says_itself {
        return None;
    }
    let word = inside.split_whitespace().next();
    let steers = comment.is_some() || word.is_some_and(|word| STEERING.contains(&word));
    steers.then(|| line.split_at(line.len() - 2))
}

/// The error as close to its cause as the template engine knows: a letter's file, or what it extends.
pub(super) fn broken(name: &str, error: &minijinja::Error) -> TemplateError {
    let mut innermost = error;
    while let Some(source) =
        std::error::Error::source(innermost).and_then(|s| s.downcast_ref::<minijinja::Error>())
    {
        innermost = source;
    }
    TemplateError::Broken {
        name: innermost.name().unwrap_or(name).to_owned(),
        line: innermost.line().unwrap_or(0),
        problem: match innermost.detail() {
            Some(detail) => format!("{}: {detail}", innermost.kind()),
            None => innermost.kind().to_string(),
        },
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
