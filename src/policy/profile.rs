//! A policy profile: stages, clocks, letters and words of one regime, as data.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Calendar;
use super::term::Term;
use super::words::{ClockKind, Complexity, Letter, Mark, Particular, Pause, Role, RungAct, Stage};
use crate::language::Language;

/// The rules that a complaint is handled by. Checked when it is made: every clock can stop, every
/// letter is known, every rung tells somebody or does something.
#[derive(Debug, Clone)]
pub struct Profile {
    /// As in `config/policy/<name>.toml`.
    pub name: String,
    /// What it is, for people, by language.
    pub title: BTreeMap<Language, String>,
    /// Where its rules come from.
    pub sources: Vec<String>,
    pub calendar: Calendar,
    /// The stages in use.
    pub stages: BTreeSet<Stage>,
    pub clocks: Vec<ClockRule>,
    /// The letter owed to the customer at each step.
    pub letters: BTreeMap<Mark, Letter>,
    /// Where the customer agrees so soon after receipt, a summary is owed in place of the outcome letter.
    pub early: Option<Term>,
    /// What a complaint must say before its particulars are complete.
    pub particulars: BTreeSet<Particular>,
    /// Codes, each with its name by language.
    pub categories: BTreeMap<String, BTreeMap<Language, String>>,
    pub causes: BTreeMap<String, BTreeMap<Language, String>>,
    pub remedies: BTreeMap<String, BTreeMap<Language, String>>,
    pub severities: BTreeMap<String, BTreeMap<Language, String>>,
    /// How long a closed case can be opened again by a mail of its customer.
    pub reopen_within: Term,
    /// How long personal data is kept after closing.
    pub retention: Term,
    /// The further rights that every outcome letter states, a paragraph each, by language.
    pub rights: BTreeMap<Language, Vec<String>>,
    /// Those that the letter with a mediation's outcome states: it has no mediation to offer.
    pub rights_after_mediation: BTreeMap<Language, Vec<String>>,
    /// What a regime wants said when an answer takes longer, a paragraph each, by language.
    pub delay_rights: BTreeMap<Language, Vec<String>>,
}

/// A clock: what starts and stops it, how long it runs, and who is told when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRule {
    pub name: String,
    pub kind: ClockKind,
    pub starts: BTreeSet<Mark>,
    /// A mark that starts it too starts it anew.
    pub stops: BTreeSet<Mark>,
    pub pauses: BTreeSet<Pause>,
    /// How long it runs, unless one of `terms` says otherwise.
    pub term: Term,
    /// Other terms for some cases; the first that fits counts.
    pub terms: Vec<TermFor>,
    pub extension: Option<Extension>,
    /// In ascending order.
    pub ladder: Vec<Rung>,
}

/// A term for cases of some categories, or of a complexity. What isn't given fits any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermFor {
    pub categories: BTreeSet<String>,
    pub complexity: Option<Complexity>,
    pub term: Term,
    /// In place of the clock's own.
    pub extension: Option<Extension>,
}

/// Who may extend a clock, by how much and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub by: Role,
    /// The most at a time.
    pub term: Term,
    pub times: u8,
}

/// One step of the escalation ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Percent of the term used: 75, 100, 150.
    pub at: u16,
    pub tell: BTreeSet<Role>,
    pub act: Option<RungAct>,
}

impl Profile {
    /// The rule of a clock.
    pub fn clock(&self, name: &str) -> Option<&ClockRule> {
        self.clocks.iter().find(|rule| rule.name == name)
    }
}

impl ClockRule {
    /// How long it runs for a case of this category and complexity.
    pub fn term_for(&self, category: Option<&str>, complexity: Option<Complexity>) -> Term {
        self.other(category, complexity)
            .map_or(self.term, |other| other.term)
    }

    /// How it may be extended for a case of this category and complexity.
    pub fn extension_for(
        &self,
        category: Option<&str>,
        complexity: Option<Complexity>,
    ) -> Option<&Extension> {
        self.other(category, complexity)
            .and_then(|other| other.extension.as_ref())
            .or(self.extension.as_ref())
    }

    /// The percentage of the first rung before it falls due.
    pub fn warns_at(&self) -> Option<u16> {
        let first = self.ladder.first()?;
        (first.at < 100).then_some(first.at)
    }

    fn other(&self, category: Option<&str>, complexity: Option<Complexity>) -> Option<&TermFor> {
        self.terms.iter().find(|other| {
            let category_fits = other.categories.is_empty()
                || category.is_some_and(|category| other.categories.contains(category));
            let complexity_fits = other.complexity.is_none() || other.complexity == complexity;
            category_fits && complexity_fits
        })
    }
}
