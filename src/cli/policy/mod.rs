//! `redress policy`: what a profile says, and when its clocks fall due. Needs no database.

mod explain;
mod show;

use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Datelike, Utc};
use clap::Subcommand;
use serde_json::json;
use unicode_width::UnicodeWidthChar;

use super::show::Table;
use super::{CONFIG, Failure, NO_INPUT};
use crate::config::Config;
use crate::language::Language;
use crate::policy::{Policies, Profile};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The profiles that there are.
    List {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// A profile in words.
    Show {
        /// `default`, `uk-disp`, …: see `redress policy list`.
        name: String,
    },
    /// Who may do what at which stage of a case (Markdown; kept in config/policy/STAGES.md).
    Stages,
    /// When each clock of a complaint would warn and fall due, and why.
    Explain {
        /// Default: the one that the configuration names, or `default`.
        #[arg(long)]
        profile: Option<String>,
        /// When the complaint was received (RFC 3339): 2026-09-30T10:00:00+08:00. Default: now.
        #[arg(long, value_parser = moment)]
        received: Option<DateTime<Utc>>,
        /// Print JSON, a list of clocks, instead of text.
        #[arg(long)]
        json: bool,
    },
}

/// `config` is a file that was named; `usual` the one that is read where it is there.
pub(super) fn run(command: Command, config: Option<&Path>, usual: &Path) -> Result<(), Failure> {
    let (policies, used) = match config {
        Some(path) => Config::load_policies(path)?,
        None if usual.exists() => Config::load_policies(usual)?,
        // somebody who is still making up their mind has none
        None => {
            let policies = Policies::new(std::collections::BTreeMap::new());
            let policies = policies.map_err(|error| Failure::new(CONFIG, error.to_string()))?;
            (policies, "default".to_owned())
        }
    };
    let find = |name: &str| {
        policies
            .profile(name)
            .ok_or_else(|| Failure::new(NO_INPUT, policies.unknown(name)))
    };
    let text = match command {
        Command::List { json } => list(&policies, &used, json)?,
        Command::Stages => crate::case::stages_table(),
        Command::Show { name } => show::in_words(find(&name)?),
        Command::Explain {
            profile,
            received,
            json,
        } => {
            let profile = find(profile.as_deref().unwrap_or(&used))?;
            let received = received.unwrap_or_else(now);
            if json {
                explain::as_json(profile, received)?
            } else {
                explain::as_text(profile, received)
            }
        }
    };
    // a reader who has seen enough closes the pipe
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(())
}

fn list(policies: &Policies, used: &str, as_json: bool) -> Result<String, Failure> {
    if as_json {
        let profiles: Vec<_> = policies
            .all()
            .map(|profile| {
                json!({
                    "name": profile.name,
                    "title": profile.title,
                    "zone": profile.calendar.zone.name(),
                    "used": profile.name == used,
                })
            })
            .collect();
        return Ok(super::show::json(&json!({ "profiles": profiles }))? + "\n");
    }
    let mut table = Table::new(&["profile", "zone", "what it is"]);
    for profile in policies.all() {
        let mark = if profile.name == used { " *" } else { "" };
        table.row(vec![
            format!("{}{mark}", profile.name),
            profile.calendar.zone.name().to_owned(),
            title(profile).to_owned(),
        ]);
    }
    Ok(table.text() + "\n* complaints are handled by this one, unless their mailbox has another\n")
}

fn title(profile: &Profile) -> &str {
    profile.title.get(&Language::EN).map_or("", String::as_str)
}

/// Within these years time zones are known well enough.
pub(super) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|error| {
        format!("{error}; write a moment with its offset, such as 2026-09-30T10:00:00+08:00")
    })?;
    if (1970..2200).contains(&at.year()) {
        Ok(at.to_utc())
    } else {
        Err("the year must be from 1970 to 2199".to_owned())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing is recorded by it: a person asks about a complaint of this moment, perhaps without any database"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Text in lines of at most 100 columns, each after `indent` spaces, the first after `first`. Breaks at
/// spaces, and between Chinese characters.
fn wrapped(first: &str, indent: usize, text: &str) -> String {
    const COLUMNS: usize = 100;
    let mut out = first.to_owned();
    let mut column = indent;
    for word in words(text) {
        let width = |text: &str| {
            text.chars()
                .filter_map(UnicodeWidthChar::width)
                .sum::<usize>()
        };
        if column + width(word.trim_end()) > COLUMNS && column > indent {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        }
        out.push_str(word);
        column += width(word);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Pieces that a line can be broken after. No line begins with closing punctuation.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begins = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let wide = |c: char| c.width() == Some(2);
        let next = chars.peek().map(|(_, next)| *next);
        let breaks = c == ' '
            || wide(c)
                && !"（《“".contains(c)
                && next.is_some_and(|next| wide(next) && !"，。、；：）》”".contains(next));
        if breaks {
            let ends = at + c.len_utf8();
            words.push(&text[begins..ends]);
            begins = ends;
        }
    }
    words.push(&text[begins..]);
    words
}
