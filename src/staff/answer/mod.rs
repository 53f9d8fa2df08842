//! What staff are answered, in their own language: why something can't be done, and what is possible instead.
//!
//! An answer names the thing and says what to do. It shows of a mail the offending line alone (§7).

mod chinese;
mod english;
mod names;

use super::Tongue;
use super::command::{Mistake, Row, TABLE};
use super::proof::Doubt;
use crate::case::{ActName, Refusal};

pub(super) use names::{clock_names, stage, stage_english};

/// Why something can't be done on the case.
pub fn refusal(refusal: &Refusal, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => english::refusal(refusal),
        Tongue::Chinese => chinese::refusal(refusal),
    }
}

/// What is wrong with a line of a mail, and what to write instead.
pub fn mistake(mistake: &Mistake, tongue: Tongue) -> String {
    let Mistake { line, text, wrong } = mistake;
    match tongue {
        Tongue::English => format!("line {line}, “{text}”: {}", english::wrong(wrong)),
        Tongue::Chinese => format!("第{line}行“{text}”：{}", chinese::wrong(wrong)),
    }
}

/// Why a mail isn't a member's proven word: for the handler, to whom it is shown as a possible forgery.
pub fn doubt(doubt: &Doubt, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => doubt.to_string(),
        Tongue::Chinese => chinese::doubt(doubt),
    }
}

/// The acts that are possible now, one a line, each with an example to copy.
pub fn possible(acts: &[ActName], tongue: Tongue) -> String {
    let rows = TABLE
        .iter()
        .filter(|row| row.act.is_some_and(|act| acts.contains(&act)));
    let lines: Vec<String> = rows.map(|row| line(row, tongue)).collect();
    lines.join("\n")
}

/// A command with what it does: `/accept — take up the case`.
pub(super) fn line(row: &Row, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => format!("{} — {}", row.example[0], row.does[0]),
        Tongue::Chinese => format!("{} —— {}", row.example[1], row.does[1]),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
