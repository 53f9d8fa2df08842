//! What a profile must keep to, beyond what its words can say.

mod clocks;

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Finds;
use super::profile::Profile;
use super::words::{Letter, Mark, Stage};
use crate::language::Language;

pub(super) use clocks::ladder;

pub(super) fn profile(profile: &Profile, finds: &mut Finds<'_>) {
    sources(profile, finds);
    stages(&profile.stages, finds);
    if profile.stages.contains(&Stage::AwaitingParticulars) && profile.particulars.is_empty() {
        finds.refuse(
            "particulars",
            "must name at least one, since the stage awaiting_particulars is in use",
        );
    }
    if profile.clocks.is_empty() {
        finds.refuse("clock", "there must be at least one [[clock]]");
    }
    for (number, rule) in profile.clocks.iter().enumerate() {
        let key = format!("clock.{number}");
        if profile.clocks[..number]
            .iter()
            .any(|other| other.name == rule.name)
        {
            finds.refuse(
                format!("{key}.name"),
                format!("there is a clock {} above already", rule.name),
            );
        }
        clocks::clock(&key, rule, profile, finds);
    }
    letters(profile, finds);
    for (key, words) in [
        ("categories", &profile.categories),
        ("causes", &profile.causes),
        ("remedies", &profile.remedies),
        ("severities", &profile.severities),
    ] {
        codes(key, words, profile, finds);
    }
    if profile.retention.about_days() < profile.reopen_within.about_days() {
        finds.refuse(
            "retention",
            format!(
                "{} is shorter than reopen_within, {}: a case would be erased while it can be reopened",
                profile.retention, profile.reopen_within
            ),
        );
    }
    laws(profile, finds);
    paragraphs("rights", &profile.rights, profile, finds);
    if profile.stages.contains(&Stage::Mediating) {
        let texts = &profile.rights_after_mediation;
        paragraphs("rights_after_mediation", texts, profile, finds);
    }
    if !profile.delay_rights.is_empty() {
        paragraphs("delay_rights", &profile.delay_rights, profile, finds);
    }
}

/// §7: retention and the laws that it must not undercut.
fn laws(profile: &Profile, finds: &mut Finds<'_>) {
    for (number, law) in profile.kept_by.iter().enumerate() {
        let key = format!("kept_by.{number}");
        if law.rule.trim().is_empty() {
            finds.refuse(
                format!("{key}.rule"),
                "must name the law: customers are told it",
            );
        }
        for code in &law.categories {
            if !profile.categories.contains_key(code) {
                finds.refuse(
                    format!("{key}.categories"),
                    format!("there is no category '{code}' in this profile"),
                );
            }
        }
        if profile.retention.about_days() < law.term.about_days() {
            finds.refuse(
                "retention",
                format!(
                    "{} is shorter than {}, for which {} has it kept",
                    profile.retention, law.term, law.rule
                ),
            );
        }
    }
}

fn sources(profile: &Profile, finds: &mut Finds<'_>) {
    if profile
        .sources
        .iter()
        .all(|source| source.trim().is_empty())
    {
        finds.refuse("sources", "must name where the rules come from");
    }
    for language in Language::BUILT_IN {
        if !profile.title.contains_key(&language) {
            finds.refuse("title", format!("has no text for {language}"));
        }
    }
}

/// Where a case can go from a stage (policy: *Stages and events*). Withdrawal, which closes a case from
/// anywhere, is no way through.
fn leads_to(stage: Stage) -> &'static [Stage] {
    match stage {
        Stage::Received => &[Stage::AwaitingParticulars, Stage::Investigating],
        Stage::AwaitingParticulars => &[Stage::Investigating],
        Stage::Investigating => &[Stage::Negotiating, Stage::Resolved],
        Stage::Negotiating | Stage::Mediating => &[Stage::Resolved],
        Stage::Resolved => &[Stage::Mediating, Stage::Litigation, Stage::Closed],
        Stage::Litigation => &[Stage::Closed],
        Stage::Closed => &[],
    }
}

fn stages(stages: &BTreeSet<Stage>, finds: &mut Finds<'_>) {
    for needed in [
        Stage::Received,
        Stage::Investigating,
        Stage::Resolved,
        Stage::Closed,
    ] {
        if !stages.contains(&needed) {
            finds.refuse(
                "stages",
                format!("{needed} is missing: no case gets through without it"),
            );
        }
    }
    for stage in stages {
        let reached =
            *stage == Stage::Received || stages.iter().any(|from| leads_to(*from).contains(stage));
        let left =
            *stage == Stage::Closed || leads_to(*stage).iter().any(|next| stages.contains(next));
        let names = |found: Vec<Stage>| {
            let names: Vec<&str> = found.into_iter().map(Stage::as_str).collect();
            names.join(" or ")
        };
        if !reached {
            let from = Stage::ALL.iter().copied();
            let from = from
                .filter(|from| leads_to(*from).contains(stage))
                .collect();
            finds.refuse(
                "stages",
                format!(
                    "{stage} can't be reached: it is entered from {}, which isn't in use",
                    names(from)
                ),
            );
        }
        if !left {
            finds.refuse(
                "stages",
                format!(
                    "{stage} can't be left: it leads to {}, which isn't in use",
                    names(leads_to(*stage).to_vec())
                ),
            );
        }
    }
}

/// The stage that must be in use for a mark to happen.
fn stage_of(mark: Mark) -> Option<Stage> {
    match mark {
        Mark::ParticularsAsked | Mark::ParticularsComplete | Mark::ParticularsLapsed => {
            Some(Stage::AwaitingParticulars)
        }
        Mark::Proposed => Some(Stage::Negotiating),
        Mark::MediationOwed | Mark::MediatorNamed | Mark::Mediated | Mark::MediationOutcomeSent => {
            Some(Stage::Mediating)
        }
        Mark::Litigated | Mark::Ruled => Some(Stage::Litigation),
        Mark::Received
        | Mark::Acknowledged
        | Mark::Accepted
        | Mark::Findings
        | Mark::Resolved
        | Mark::OutcomeSent
        | Mark::SatisfactionAnswered
        | Mark::HandedOff
        | Mark::HandOffAnswered
        | Mark::WroteToCustomer
        | Mark::CustomerWrote
        | Mark::Extended
        | Mark::Withdrawn
        | Mark::Reopened
        | Mark::Closed => None,
    }
}

fn letters(profile: &Profile, finds: &mut Finds<'_>) {
    let mediates = profile.stages.contains(&Stage::Mediating);
    for (mark, letter, needed, why) in [
        (Mark::Received, Letter::Acknowledgement, true, "§4.1"),
        (
            Mark::Resolved,
            Letter::Outcome,
            true,
            "§4.4: the result in writing",
        ),
        (
            Mark::Mediated,
            Letter::MediationOutcome,
            mediates,
            "§5.1: the result in writing",
        ),
    ] {
        if needed && profile.letters.get(&mark) != Some(&letter) {
            finds.refuse(
                "letters",
                format!("{mark} = \"{letter}\" is missing: the customer is owed it ({why})"),
            );
        }
    }
    for mark in profile.letters.keys() {
        if let Some(stage) = stage_of(*mark).filter(|stage| !profile.stages.contains(stage)) {
            finds.refuse(
                format!("letters.{mark}"),
                format!("never happens: the stage {stage} isn't in use"),
            );
        }
    }
}

fn codes(
    key: &str,
    words: &BTreeMap<String, BTreeMap<Language, String>>,
    profile: &Profile,
    finds: &mut Finds<'_>,
) {
    if words.is_empty() {
        finds.refuse(key, "must name at least one");
    }
    for (code, names) in words {
        let key = format!("{key}.{code}");
        if !is_code(code) {
            finds.refuse(
                &key,
                format!("'{code}' must be lower-case letters, digits and _"),
            );
        }
        for language in profile.title.keys() {
            if names
                .get(language)
                .is_none_or(|name| name.trim().is_empty())
            {
                finds.refuse(&key, format!("has no name for {language}"));
            }
        }
    }
}

/// Text that stands in letters: for every language that letters can be written in.
fn paragraphs(
    key: &str,
    texts: &BTreeMap<Language, Vec<String>>,
    profile: &Profile,
    finds: &mut Finds<'_>,
) {
    let languages: BTreeSet<Language> = Language::BUILT_IN
        .into_iter()
        .chain(profile.title.keys().copied())
        .collect();
    for language in languages {
        let text = texts.get(&language);
        if text.is_none_or(|text| text.iter().all(|paragraph| paragraph.trim().is_empty())) {
            finds.refuse(
                key,
                format!(
                    "has no text for {language}: letters in that language must state it (§5.2)"
                ),
            );
        }
    }
}

fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests;
