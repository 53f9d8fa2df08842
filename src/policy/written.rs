//! A profile as it is written in TOML.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::Deserialize;

use super::calendar::{Calendar, DayList, Hours, WEEKDAYS, Week};
use super::check;
use super::problem::{Finds, PolicyProblem};
use super::profile::{ClockRule, Extension, Law, Profile, Rung, TermFor};
use super::term::Term;
use super::words::{
    ClockKind, Complexity, KeptFrom, Letter, Mark, Particular, Pause, Role, RungAct, Stage,
};
use crate::language::Language;
use crate::toml_text::{self, TomlText};

type Names = BTreeMap<Language, String>;
type Paragraphs = BTreeMap<Language, Vec<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: Names,
    sources: Vec<String>,
    calendar: WrittenCalendar,
    stages: BTreeSet<Stage>,
    particulars: BTreeSet<Particular>,
    early: Option<Term>,
    reopen_within: Term,
    retention: Term,
    #[serde(default)]
    kept_by: Vec<WrittenLaw>,
    /// Of every obligation that has none of its own.
    ladder: Vec<WrittenRung>,
    #[serde(rename = "clock")]
    clocks: Vec<WrittenClock>,
    /// By mark.
    letters: BTreeMap<String, Letter>,
    categories: BTreeMap<String, Names>,
    causes: BTreeMap<String, Names>,
    remedies: BTreeMap<String, Names>,
    severities: BTreeMap<String, Names>,
    rights: Paragraphs,
    #[serde(default)]
    rights_after_mediation: Paragraphs,
    #[serde(default)]
    delay_rights: Paragraphs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCalendar {
    zone: String,
    #[serde(default)]
    days: Vec<String>,
    hours: WrittenWeek,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct WrittenWeek {
    monday: Vec<String>,
    tuesday: Vec<String>,
    wednesday: Vec<String>,
    thursday: Vec<String>,
    friday: Vec<String>,
    saturday: Vec<String>,
    sunday: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenClock {
    name: String,
    #[serde(default = "obligation")]
    kind: ClockKind,
    starts: BTreeSet<Mark>,
    stops: BTreeSet<Mark>,
    #[serde(default)]
    pauses: BTreeSet<Pause>,
    term: Term,
    #[serde(default)]
    terms: Vec<WrittenTerm>,
    extension: Option<WrittenExtension>,
    ladder: Option<Vec<WrittenRung>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTerm {
    #[serde(default)]
    categories: BTreeSet<String>,
    complexity: Option<Complexity>,
    term: Term,
    extension: Option<WrittenExtension>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExtension {
    by: Role,
    term: Term,
    #[serde(default = "once")]
    times: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLaw {
    rule: String,
    term: Term,
    from: KeptFrom,
    #[serde(default)]
    categories: BTreeSet<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRung {
    at: u16,
    #[serde(default)]
    tell: BTreeSet<Role>,
    act: Option<RungAct>,
}

/// Reads a profile and checks it. `days` are the lists of days that it can name.
///
/// # Errors
/// Everything that is wrong with it, with line and key.
pub(super) fn read(
    name: &str,
    file: &str,
    text: &str,
    days: &BTreeMap<String, DayList>,
) -> Result<Profile, Vec<PolicyProblem>> {
    let text = TomlText::new(text).map_err(|error| vec![PolicyProblem::no_toml(file, error)])?;
    let mut finds = Finds::new(file, &text);
    let written: Written = match toml_text::fit(text.table.clone()) {
        Ok(written) => written,
        Err(misfit) => {
            finds.refuse(misfit.key, misfit.message);
            return Err(finds.found);
        }
    };
    let calendar = written.calendar.calendar(days, &mut finds);
    let ladder: Vec<Rung> = written.ladder.into_iter().map(Rung::from).collect();
    check::ladder(
        "ladder",
        "the ladder",
        ClockKind::Obligation,
        &ladder,
        &mut finds,
    );
    let clocks = written.clocks.into_iter().enumerate();
    let clocks = clocks
        .map(|(number, clock)| clock.rule(number, &ladder, &mut finds))
        .collect();
    let profile = Profile {
        name: name.to_owned(),
        title: written.title,
        sources: written.sources,
        // stands in for one that can't be, so that the rest is checked all the same
        calendar: calendar.unwrap_or_else(|| Calendar::plain(Tz::UTC)),
        stages: written.stages,
        clocks,
        letters: letters(written.letters, &mut finds),
        early: written.early,
        particulars: written.particulars,
        categories: written.categories,
        causes: written.causes,
        remedies: written.remedies,
        severities: written.severities,
        reopen_within: written.reopen_within,
        retention: written.retention,
        kept_by: written.kept_by.into_iter().map(Law::from).collect(),
        rights: written.rights,
        rights_after_mediation: written.rights_after_mediation,
        delay_rights: written.delay_rights,
    };
    check::profile(&profile, &mut finds);
    if finds.found.is_empty() {
        Ok(profile)
    } else {
        Err(finds.found)
    }
}

fn letters(written: BTreeMap<String, Letter>, finds: &mut Finds<'_>) -> BTreeMap<Mark, Letter> {
    let mut letters = BTreeMap::new();
    for (name, letter) in written {
        match Mark::from_name(&name) {
            Some(mark) => {
                letters.insert(mark, letter);
            }
            None => {
                let known: Vec<&str> = Mark::ALL.iter().map(|mark| mark.as_str()).collect();
                finds.refuse(
                    format!("letters.{name}"),
                    format!(
                        "nothing of that name happens; letters are owed at {}",
                        known.join(", ")
                    ),
                );
            }
        }
    }
    letters
}

impl WrittenCalendar {
    fn calendar(
        self,
        known: &BTreeMap<String, DayList>,
        finds: &mut Finds<'_>,
    ) -> Option<Calendar> {
        let before = finds.found.len();
        let zone = self.zone.parse::<Tz>();
        if zone.is_err() {
            finds.refuse(
                "calendar.zone",
                format!(
                    "'{}' is no time zone: write an IANA name such as \"Asia/Shanghai\" or \"Europe/London\"",
                    self.zone
                ),
            );
        }
        let mut lists = Vec::with_capacity(self.days.len());
        for (number, name) in self.days.iter().enumerate() {
            match known.get(name) {
                Some(list) => lists.push(list.clone()),
                None => {
                    let known: Vec<&str> = known.keys().map(String::as_str).collect();
                    finds.refuse(
                        format!("calendar.days.{number}"),
                        format!(
                            "there is no list of days '{name}': add calendars/{name}.toml or calendars/{name}.ics, or name one of {}",
                            known.join(", ")
                        ),
                    );
                }
            }
        }
        let week = self.hours.week(finds);
        if finds.found.len() > before {
            return None;
        }
        Calendar::new(zone.ok()?, week, &lists)
            .map_err(|error| finds.refuse("calendar", error.to_string()))
            .ok()
    }
}

impl WrittenWeek {
    fn week(self, finds: &mut Finds<'_>) -> Week {
        let days = [
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        ];
        let mut names = WEEKDAYS.iter().map(|(_, name)| name.to_ascii_lowercase());
        Week::new(days.map(|texts| {
            let name = names.next().unwrap_or_default();
            Hours::new(&texts).unwrap_or_else(|error| {
                finds.refuse(format!("calendar.hours.{name}"), error.to_string());
                Hours::default()
            })
        }))
    }
}

impl WrittenClock {
    fn rule(self, number: usize, ladder: &[Rung], finds: &mut Finds<'_>) -> ClockRule {
        let ladder = match (self.ladder, self.kind) {
            (Some(own), kind) => {
                let own: Vec<Rung> = own.into_iter().map(Rung::from).collect();
                let what = format!("the ladder of {}", self.name);
                check::ladder(&format!("clock.{number}.ladder"), &what, kind, &own, finds);
                own
            }
            (None, ClockKind::Obligation) => ladder.to_vec(),
            (None, ClockKind::Waiting) => {
                finds.refuse(
                    format!("clock.{number}.ladder"),
                    format!(
                        "the waiting clock {} needs a ladder of its own: the common one is for obligations",
                        self.name
                    ),
                );
                vec![]
            }
        };
        ClockRule {
            name: self.name,
            kind: self.kind,
            starts: self.starts,
            stops: self.stops,
            pauses: self.pauses,
            term: self.term,
            terms: self.terms.into_iter().map(TermFor::from).collect(),
            extension: self.extension.map(Extension::from),
            ladder,
        }
    }
}

impl From<WrittenTerm> for TermFor {
    fn from(written: WrittenTerm) -> TermFor {
        TermFor {
            categories: written.categories,
            complexity: written.complexity,
            term: written.term,
            extension: written.extension.map(Extension::from),
        }
    }
}

impl From<WrittenExtension> for Extension {
    fn from(written: WrittenExtension) -> Extension {
        Extension {
            by: written.by,
            term: written.term,
            times: written.times,
        }
    }
}

impl From<WrittenLaw> for Law {
    fn from(written: WrittenLaw) -> Law {
        Law {
            rule: written.rule,
            term: written.term,
            from: written.from,
            categories: written.categories,
        }
    }
}

impl From<WrittenRung> for Rung {
    fn from(written: WrittenRung) -> Rung {
        Rung {
            at: written.at,
            tell: written.tell,
            act: written.act,
        }
    }
}

fn obligation() -> ClockKind {
    ClockKind::Obligation
}

fn once() -> u8 {
    1
}
