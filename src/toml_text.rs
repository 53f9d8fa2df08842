//! TOML, and where in it a setting stands: so that an error can name the line.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// A TOML text that has been read.
#[derive(Debug)]
pub struct TomlText<'a> {
    text: &'a str,
    document: Spanned<DeTable<'a>>,
    pub table: Table,
}

/// A text that is no TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoToml {
    pub line: usize,
    pub message: String,
}

/// A setting that isn't what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Dotted: `mailbox.0.port`. Empty for the whole text.
    pub key: String,
    pub message: String,
}

impl<'a> TomlText<'a> {
    pub fn new(text: &'a str) -> Result<TomlText<'a>, NoToml> {
        let syntax = |error: &toml::de::Error| NoToml {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        };
        Ok(TomlText {
            text,
            document: DeTable::parse(text).map_err(|error| syntax(&error))?,
            table: text.parse().map_err(|error| syntax(&error))?,
        })
    }

    /// The line of a dotted key, or of the innermost table that should hold it.
    pub fn line(&self, key: &str) -> usize {
        let mut at = 0;
        let mut table = Some(self.document.get_ref());
        let mut list: Option<&toml::de::DeArray<'_>> = None;
        for part in key.split('.') {
            let value = match (table, list) {
                (Some(table), _) => {
                    let Some((name, value)) = table
                        .iter()
                        .find(|(name, _)| name.get_ref().as_ref() == part)
                    else {
                        break;
                    };
                    at = name.span().start;
                    value
                }
                (None, Some(list)) => {
                    let Some(value) = part.parse::<usize>().ok().and_then(|n| list.get(n)) else {
                        break;
                    };
                    at = value.span().start;
                    value
                }
                (None, None) => break,
            };
            (table, list) = match value.get_ref() {
                DeValue::Table(table) => (Some(table), None),
                DeValue::Array(list) => (None, Some(list)),
                _ => (None, None),
            };
        }
        line_of(self.text, at)
    }
}

/// Turns a table into settings, or says which of them doesn't fit.
pub fn fit<T: DeserializeOwned>(table: Table) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        // `mailbox[0].port` as `mailbox.0.port`; `.` alone is the whole file
        let path = error.path().to_string().replace('[', ".").replace(']', "");
        Misfit {
            key: path.trim_matches('.').to_owned(),
            message: error.inner().message().trim().to_owned(),
        }
    })
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}
