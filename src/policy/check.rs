//! What a profile must keep to, beyond what its words can say.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Finds;
use super::profile::{ClockRule, Extension, Profile, Rung};
use super::words::{ClockKind, Letter, Mark, Pause, Role, RungAct, Stage};
use crate::language::Language;

/// The highest rung that a ladder can have: ten times the term.
const HIGHEST: u16 = 1000;

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
        clock(&key, rule, profile, finds);
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
    paragraphs("rights", &profile.rights, profile, finds);
    if profile.stages.contains(&Stage::Mediating) {
        let texts = &profile.rights_after_mediation;
        paragraphs("rights_after_mediation", texts, profile, finds);
    }
    if !profile.delay_rights.is_empty() {
        paragraphs("delay_rights", &profile.delay_rights, profile, finds);
    }
}

/// A ladder: rungs in order, each of which does something, and what its kind of clock needs.
pub(super) fn ladder(
    key: &str,
    what: &str,
    kind: ClockKind,
    rungs: &[Rung],
    finds: &mut Finds<'_>,
) {
    for (number, rung) in rungs.iter().enumerate() {
        let key = format!("{key}.{number}");
        let at = rung.at;
        if !(1..=HIGHEST).contains(&at) {
            finds.refuse(
                &key,
                format!("{what}: at must be from 1 to {HIGHEST} percent, not {at}"),
            );
        }
        if number > 0 && rungs[number - 1].at >= at {
            finds.refuse(
                &key,
                format!(
                    "{what}: the rung at {at} % must stand before the one at {} %: rungs ascend",
                    rungs[number - 1].at
                ),
            );
        }
        if rung.tell.is_empty() && rung.act.is_none() {
            finds.refuse(
                &key,
                format!("{what}: the rung at {at} % tells nobody and does nothing: give it tell = [\"handler\"] or an act"),
            );
        }
        match (kind, rung.act) {
            (ClockKind::Obligation, Some(act)) => finds.refuse(
                &key,
                format!(
                    "{what}: act = \"{act}\" is for a waiting clock; an obligation tells people"
                ),
            ),
            (ClockKind::Obligation | ClockKind::Waiting, None) | (ClockKind::Waiting, Some(_)) => {}
        }
        if kind == ClockKind::Waiting {
            // nobody has failed where a customer doesn't answer
            if at > 100 {
                finds.refuse(
                    &key,
                    format!("{what}: a waiting clock has no rung over 100 %: when it runs out, nobody has failed"),
                );
            }
            for role in [Role::Manager, Role::Executive] {
                if rung.tell.contains(&role) {
                    finds.refuse(
                        &key,
                        format!("{what}: a waiting clock isn't escalated to the {role}: nobody has failed"),
                    );
                }
            }
        }
    }
    if !rungs.iter().any(|rung| rung.at == 100) {
        finds.refuse(
            key,
            match kind {
                ClockKind::Obligation => {
                    format!("{what} has no rung at 100 %: nobody would hear of the breach (§9)")
                }
                ClockKind::Waiting => {
                    format!("{what} has no rung at 100 %: nothing would happen when it runs out")
                }
            },
        );
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

fn clock(key: &str, rule: &ClockRule, profile: &Profile, finds: &mut Finds<'_>) {
    let name = &rule.name;
    if !is_code(name) {
        finds.refuse(
            format!("{key}.name"),
            format!("'{name}' must be lower-case letters, digits and _"),
        );
    }
    for (what, marks, without) in [
        ("starts", &rule.starts, "nothing starts"),
        ("stops", &rule.stops, "nothing stops"),
    ] {
        let usable =
            |mark: &&Mark| stage_of(**mark).is_none_or(|stage| profile.stages.contains(&stage));
        if marks.iter().any(|mark| usable(&mark)) {
            continue;
        }
        let why = match marks.first().and_then(|mark| stage_of(*mark)) {
            Some(stage) => format!("the stage {stage} isn't in use"),
            None => "the list is empty".to_owned(),
        };
        finds.refuse(
            format!("{key}.{what}"),
            format!("{without} the clock {name}: {why}"),
        );
    }
    if rule.pauses.contains(&Pause::AwaitingParticulars)
        && !profile.stages.contains(&Stage::AwaitingParticulars)
    {
        finds.refuse(
            format!("{key}.pauses"),
            format!("the clock {name} pauses in awaiting_particulars, a stage that isn't in use"),
        );
    }
    terms(key, rule, profile, finds);
    if let Some(extension) = &rule.extension {
        self::extension(&format!("{key}.extension"), rule, extension, profile, finds);
    }
    for (number, rung) in rule.ladder.iter().enumerate() {
        let misplaced = match rung.act {
            Some(RungAct::AskSatisfaction) if !rule.stops.contains(&Mark::SatisfactionAnswered) => {
                "satisfaction is asked by a clock that stops at satisfaction_answered"
            }
            Some(RungAct::Lapse) if !rule.starts.contains(&Mark::ParticularsAsked) => {
                "what lapses is a wait for particulars: the clock must start at particulars_asked"
            }
            Some(RungAct::AskSatisfaction | RungAct::Lapse | RungAct::Remind | RungAct::Close)
            | None => continue,
        };
        finds.refuse(
            format!("{key}.ladder.{number}"),
            format!("the ladder of {name}: {misplaced}"),
        );
    }
}

fn terms(key: &str, rule: &ClockRule, profile: &Profile, finds: &mut Finds<'_>) {
    let name = &rule.name;
    for (number, other) in rule.terms.iter().enumerate() {
        let key = format!("{key}.terms.{number}");
        if other.categories.is_empty() && other.complexity.is_none() {
            finds.refuse(
                &key,
                format!(
                    "the clock {name}: say for which categories or which complexity this term is"
                ),
            );
        }
        for category in &other.categories {
            if !profile.categories.contains_key(category) {
                let known: Vec<&str> = profile.categories.keys().map(String::as_str).collect();
                finds.refuse(
                    &key,
                    format!(
                        "the clock {name}: there is no category '{category}'; there are: {}",
                        known.join(", ")
                    ),
                );
            }
        }
        let hidden = rule.terms[..number].iter().any(|first| {
            let categories = first.categories.is_empty()
                || (!other.categories.is_empty()
                    && first.categories.is_superset(&other.categories));
            categories && (first.complexity.is_none() || first.complexity == other.complexity)
        });
        if hidden {
            finds.refuse(
                &key,
                format!("the clock {name}: a term above fits all of these cases first"),
            );
        }
        if let Some(extension) = &other.extension {
            self::extension(&format!("{key}.extension"), rule, extension, profile, finds);
        }
    }
}

fn extension(
    key: &str,
    rule: &ClockRule,
    extension: &Extension,
    profile: &Profile,
    finds: &mut Finds<'_>,
) {
    let name = &rule.name;
    if extension.times == 0 {
        finds.refuse(
            key,
            format!("the clock {name}: times must be 1 or more; leave the extension out for none"),
        );
    }
    if rule.kind == ClockKind::Waiting {
        finds.refuse(
            key,
            format!(
                "the clock {name} waits for the customer: only what the company owes is extended"
            ),
        );
    }
    match extension.by {
        Role::Handler | Role::Supervisor | Role::Manager | Role::Executive | Role::Mediator => {}
        role @ (Role::Legal | Role::Auditor | Role::Department) => finds.refuse(
            key,
            format!("the clock {name}: the {role} can't extend a clock; a handler, mediator, supervisor, manager or executive can"),
        ),
    }
    // policy: *Clocks*, "with a letter that says why"
    if profile.letters.get(&Mark::Extended) != Some(&Letter::Extension) {
        finds.refuse(
            "letters",
            format!("extended = \"extension\" is missing: the clock {name} can be extended, and the customer is owed the reason"),
        );
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
