//! What clocks and ladders must keep to.

use super::{is_code, stage_of};
use crate::policy::problem::Finds;
use crate::policy::profile::{ClockRule, Extension, Profile, Rung};
use crate::policy::words::{ClockKind, Letter, Mark, Pause, Role, RungAct, Stage};

/// The highest rung that a ladder can have: ten times the term.
const HIGHEST: u16 = 1000;

/// A clock: that it can start and stop, its terms and extensions, and what its rungs do.
pub(super) fn clock(key: &str, rule: &ClockRule, profile: &Profile, finds: &mut Finds<'_>) {
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

/// A ladder: rungs in order, each of which does something, and what its kind of clock needs.
pub(in crate::policy) fn ladder(
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
                    "{what}: the rung at {at} % comes after one at {} %: rungs ascend",
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
