//! What a profile calls things: its clocks and codes, by every name that people have for them.

use std::collections::BTreeMap;

use super::Context;
use super::clauses::without_separator;
use super::mistake::{Code, Wrong};
use crate::language::Language;
use crate::policy::Term;
use crate::staff::answer::clock_names;
use crate::staff::typed::{self, folded};
use crate::staff::values::{NoLength, length};

impl Context<'_> {
    /// The clock to extend and by how much: `resolve` where none is named, or the only one that can be; a number
    /// alone counts in the unit that the profile extends it by.
    pub(super) fn extension(&self, text: &str) -> Result<(String, Option<Term>), Wrong> {
        let clocks = || self.profile.clocks.iter();
        let named = clocks().find_map(|rule| {
            let rest = clock_names(&rule.name)
                .into_iter()
                .filter_map(|name| typed::after(text, name))
                .min_by_key(|rest| rest.len())?;
            Some((rule, rest))
        });
        let (rule, rest) = match named {
            Some((rule, rest)) => (rule, rest),
            None => {
                let mut able = clocks().filter(|rule| rule.extension.is_some());
                let first = able.clone().find(|rule| rule.name == "resolve");
                let only = able.next().filter(|_| able.next().is_none());
                let rule = first.or(only).ok_or_else(|| self.no_clock(text))?;
                (rule, text)
            }
        };
        let rest = without_separator(rest);
        let rest = rest.strip_prefix("by ").unwrap_or(rest);
        if rest.is_empty() {
            return Ok((rule.name.clone(), None));
        }
        let term = match (length(rest), &rule.extension) {
            (Ok(term), _) => term,
            (Err(NoLength::Unitless(amount)), Some(extension)) => Term {
                amount,
                unit: extension.term.unit,
            },
            (Err(why), _) => {
                let typed = typed::short(rest, 40);
                return Err(Wrong::NoLength { typed, why });
            }
        };
        Ok((rule.name.clone(), Some(term)))
    }

    fn no_clock(&self, text: &str) -> Wrong {
        Wrong::NoClock {
            typed: typed::short(text, 40),
            known: self
                .profile
                .clocks
                .iter()
                .map(|rule| rule.name.clone())
                .collect(),
        }
    }

    /// A code of the profile, by itself or by its name in any language.
    pub(super) fn code(&self, of: Code, text: &str) -> Result<String, Wrong> {
        let codes: &BTreeMap<String, BTreeMap<Language, String>> = match of {
            Code::Category => &self.profile.categories,
            Code::Severity => &self.profile.severities,
            Code::Cause => &self.profile.causes,
        };
        let wanted = folded(text);
        let wanted = wanted.trim_matches(['.', '。', ' ']);
        let same = |name: &str| {
            let name = folded(name);
            name == wanted || name.replace(['_', '-'], " ") == wanted
        };
        let found = codes
            .iter()
            .find(|(code, names)| same(code) || names.values().any(|name| same(name)));
        found
            .map(|(code, _)| code.clone())
            .ok_or_else(|| Wrong::NoCode {
                of,
                typed: typed::short(text, 40),
                known: codes.keys().cloned().collect(),
            })
    }
}
