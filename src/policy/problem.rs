//! What is wrong with a profile or a list of days, and where.

use std::fmt;

use crate::toml_text::{NoToml, TomlText};

/// What is wrong with profiles and lists of days: everything at once where possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    pub problems: Vec<PolicyProblem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The file's name in its folder: `retail.toml`, `calendars/victoria.ics`.
    pub file: String,
    pub line: Option<usize>,
    /// `clock.2.term`; empty where it is the whole file.
    pub key: String,
    pub message: String,
}

/// Collects what is wrong with one file.
#[derive(Debug)]
pub(super) struct Finds<'a> {
    file: &'a str,
    text: &'a TomlText<'a>,
    pub found: Vec<PolicyProblem>,
}

impl<'a> Finds<'a> {
    pub(super) fn new(file: &'a str, text: &'a TomlText<'a>) -> Finds<'a> {
        Finds {
            file,
            text,
            found: vec![],
        }
    }

    pub(super) fn refuse(&mut self, key: impl Into<String>, message: impl Into<String>) {
        let key = key.into();
        self.found.push(PolicyProblem {
            file: self.file.to_owned(),
            line: Some(self.text.line(&key)),
            key,
            message: message.into(),
        });
    }
}

impl PolicyProblem {
    pub(super) fn no_toml(file: &str, error: NoToml) -> PolicyProblem {
        PolicyProblem {
            file: file.to_owned(),
            line: Some(error.line),
            key: String::new(),
            message: error.message,
        }
    }

    pub(super) fn at_line(file: &str, line: usize, message: impl Into<String>) -> PolicyProblem {
        PolicyProblem {
            file: file.to_owned(),
            line: Some(line),
            key: String::new(),
            message: message.into(),
        }
    }

    pub(super) fn of_file(file: &str, message: impl Into<String>) -> PolicyProblem {
        PolicyProblem {
            file: file.to_owned(),
            line: None,
            key: String::new(),
            message: message.into(),
        }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}
