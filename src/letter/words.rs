//! What a language brings besides its letters: names of things, answers, and how it writes dates
//! (`config/letters/<language>/words.toml`).

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::policy::{CloseReason, Finding, Letter, Particular};

/// The words of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// The HTML `lang` attribute; the folder's name where it isn't given.
    pub lang: Option<String>,
    #[serde(default)]
    pub direction: Direction,
    pub answers: Answers,
    pub particulars: BTreeMap<Particular, Named>,
    pub findings: BTreeMap<Finding, String>,
    pub close_reasons: BTreeMap<CloseReason, String>,
    dates: Option<Dates>,
    /// What a preview shows where a case has words of its own.
    pub sample: Option<Sample>,
}

/// Names and texts of a case that never was.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    pub handler: String,
    pub mediator: String,
    pub remedy: String,
    pub rights: Vec<String>,
    /// What staff wrote, by letter.
    pub words: BTreeMap<Letter, String>,
}

/// Which way a script runs (the HTML `dir` attribute).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    #[default]
    Ltr,
    Rtl,
}

/// The one-word answers to the question whether the customer is satisfied (§4.4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub yes: String,
    pub no: String,
}

/// A particular: what it is called, and how it is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub name: String,
    pub ask: String,
}

/// How a language writes dates. Without it they are ISO 8601, which everybody can read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    /// Of `{weekday} {day} {month} {year}`.
    day: String,
    /// Of `{date} {time} {zone}`.
    moment: String,
    /// From Monday.
    weekdays: [String; 7],
    /// From January; their numbers where they have no names.
    months: Option<[String; 12]>,
}

impl Words {
    /// Reads a words file.
    ///
    /// # Errors
    /// The line, and what is wrong there.
    pub(super) fn read(text: &str) -> Result<Words, (usize, String)> {
        let words: Words = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            (line, error.message().to_owned())
        })?;
        words.check().map_err(|(key, problem)| {
            let line = text
                .lines()
                .position(|line| line.trim_start().trim_start_matches('[').starts_with(&key));
            (line.map_or(0, |line| line + 1), problem)
        })?;
        Ok(words)
    }

    /// What the format can't say; the key where it should stand.
    fn check(&self) -> Result<(), (String, String)> {
        let missing = |table: &str, key: &str| {
            let problem = format!("[{table}] lacks `{key}`");
            (table.to_owned(), problem)
        };
        for one in Particular::ALL {
            if !self.particulars.contains_key(one) {
                return Err(missing("particulars", one.as_str()));
            }
        }
        for one in Finding::ALL {
            if !self.findings.contains_key(one) {
                return Err(missing("findings", one.as_str()));
            }
        }
        for one in CloseReason::ALL {
            if !self.close_reasons.contains_key(one) {
                return Err(missing("close_reasons", one.as_str()));
            }
        }
        for (key, answer) in [("yes", &self.answers.yes), ("no", &self.answers.no)] {
            if answer.trim().is_empty() || answer.contains(char::is_whitespace) {
                let problem = format!("`{key}` must be one word, since that is what is asked for");
                return Err((key.to_owned(), problem));
            }
        }
        if let Some(dates) = &self.dates {
            only("day", &dates.day, &["weekday", "day", "month", "year"])?;
            only("moment", &dates.moment, &["date", "time", "zone"])?;
        }
        Ok(())
    }

    /// A day, with its weekday: what we promise to do by then is done that day.
    pub(super) fn day(&self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let Some(dates) = &self.dates else {
            return local.format("%Y-%m-%d").to_string();
        };
        let month = dates.months.as_ref().map_or_else(
            || local.month().to_string(),
            |months| months[local.month0() as usize].clone(),
        );
        let weekday = local.weekday().num_days_from_monday() as usize;
        dates
            .day
            .replace("{weekday}", &dates.weekdays[weekday])
            .replace("{day}", &local.day().to_string())
            .replace("{month}", &month)
            .replace("{year}", &local.year().to_string())
    }

    /// A day and the time of that day, with the zone: people elsewhere read it too.
    pub(super) fn moment(&self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let Some(dates) = &self.dates else {
            return local.format("%Y-%m-%d %H:%M UTC%:z").to_string();
        };
        dates
            .moment
            .replace("{date}", &self.day(at, zone))
            .replace("{time}", &local.format("%H:%M").to_string())
            .replace("{zone}", &local.format("UTC%:z").to_string())
    }

    /// Until when we wait: the day alone where all of it counts, else to the minute, so that no
    /// answer comes too late that the letter called in time.
    pub(super) fn deadline(&self, at: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        if (local.hour(), local.minute()) == (23, 59) {
            self.day(at, zone)
        } else {
            self.moment(at, zone)
        }
    }
}

/// Whether a date style holds only placeholders that exist.
fn only(key: &str, style: &str, known: &[&str]) -> Result<(), (String, String)> {
    let unknown = style
        .split('{')
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or(rest))
        .find(|name| !known.contains(name));
    match unknown {
        None => Ok(()),
        Some(name) => Err((
            key.to_owned(),
            format!(
                "`{{{name}}}` is no part of a date here; there are: {{{}}}",
                known.join("} {")
            ),
        )),
    }
}
