//! A policy profile: stages, clocks, letters and words of one regime, as data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::Calendar;
use super::course::Course;
use super::term::Term;
use super::words::{
    ClockKind, CloseReason, Complexity, KeptFrom, Letter, Mark, Particular, Pause, Role, RungAct,
    Stage,
};
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
    /// Laws that keep it, whatever a customer asks for.
    pub kept_by: Vec<Law>,
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

/// A law that has records of complaints kept for a time (§7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// Its name, as a customer may be told it.
    pub rule: String,
    pub term: Term,
    pub from: KeptFrom,
    /// The cases that it is for; empty: all.
    pub categories: BTreeSet<String>,
}

impl Profile {
    /// When personal data of a case that was closed then has to go.
    pub fn erased_after(&self, closed_at: DateTime<Utc>) -> DateTime<Utc> {
        Course::plain(closed_at, self.retention).due_at(&self.calendar)
    }

    /// No case that was closed later than this has to go by `now`: what needn't be looked at.
    pub fn may_be_erased_before(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let days = TimeDelta::days(self.retention.at_least_days() - 1);
        now.checked_sub_signed(days)
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// The law that keeps a case the longest, and until when.
    pub fn kept_until(
        &self,
        category: Option<&str>,
        received_at: DateTime<Utc>,
        closed_at: DateTime<Utc>,
    ) -> Option<(&Law, DateTime<Utc>)> {
        let laws = self.kept_by.iter().filter(|law| {
            // what hasn't been told apart may be what the law is for
            law.categories.is_empty() || category.is_none_or(|code| law.categories.contains(code))
        });
        let until = laws.map(|law| {
            let from = match law.from {
                KeptFrom::Received => received_at,
                KeptFrom::Closed => closed_at,
            };
            (law, Course::plain(from, law.term).due_at(&self.calendar))
        });
        until.max_by_key(|(_, until)| *until)
    }

    /// The further rights that a letter about a case states, by language (§5.2). A closing letter states
    /// them only where the customer wasn't satisfied: else the outcome letter did, or nothing was decided.
    pub fn rights_in(
        &self,
        letter: Letter,
        closed_as: Option<CloseReason>,
        round: u8,
    ) -> Option<&BTreeMap<Language, Vec<String>>> {
        let not_satisfied = closed_as == Some(CloseReason::NotSatisfied);
        match letter {
            Letter::Extension => Some(&self.delay_rights),
            Letter::MediationOutcome => Some(&self.rights_after_mediation),
            Letter::Closed if !not_satisfied => None,
            _ if not_satisfied && round > 1 => Some(&self.rights_after_mediation),
            _ => Some(&self.rights),
        }
    }

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
