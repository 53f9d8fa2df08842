//! A mail's lines, told apart: what stands before the first command, and what belongs to each.

use super::greeting::{blank, is_greeting, says_nothing, signature};
use super::head::{Head, head};
use super::mistake::{Mistake, Wrong};
use super::nearest::{nearest, slip};
use super::words::{Takes, Word, row};
use crate::staff::typed::{self, folded};

/// Most greeting lines before the first command.
const MOST_GREETINGS: usize = 3;
/// Lines with words on them in which a command is looked for: further down it is text (mail-facts: commands count
/// only in the first lines).
const FIRST_LINES: usize = 10;
/// Most commands of a mail.
const MOST_COMMANDS: usize = 30;
/// Most mistakes told at once.
const MOST_MISTAKES: usize = 10;
/// Most lines with a slash that are compared with commands: what is beyond is text.
const MOST_COMPARED: usize = 200;

/// What a mail consists of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Clauses<'t> {
    Empty,
    Note(&'t str),
    Some(Vec<Clause<'t>>),
}

/// A command with all that stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause<'t> {
    pub word: Word,
    /// From 1.
    pub number: usize,
    /// The whole line.
    pub line: &'t str,
    /// What stands behind the word on its line.
    pub first: &'t str,
    /// The lines below.
    pub more: Vec<&'t str>,
}

pub(super) fn split<'t>(text: &'t str, names: &[&str]) -> Result<Clauses<'t>, Vec<Mistake>> {
    let lines: Vec<&str> = text.lines().collect();
    let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
    let Some(start) = start(&lines)? else {
        let kept = signature(&lines, &names, true);
        return Ok(if lines[..kept].iter().all(|line| says_nothing(line)) {
            Clauses::Empty
        } else {
            Clauses::Note(typed::bare(text))
        });
    };
    let mut clauses = clauses(&lines, start)?;
    if let Some(last) = clauses.last_mut() {
        let closings = row(last.word).takes != Takes::Letter;
        last.more.truncate(signature(&last.more, &names, closings));
    }
    Ok(Clauses::Some(clauses))
}

/// The place of the first command; `None` where there is none.
fn start(lines: &[&str]) -> Result<Option<usize>, Vec<Mistake>> {
    let (mut greetings, mut words) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        // a quotation above the answer isn't the writer's
        if blank(line) || typed::bare(line).starts_with(['>', '＞']) {
            continue;
        }
        match (head(line, words == 0), words) {
            (Head::Known(_, _), 0) => return Ok(Some(at)),
            (Head::Known(word, _), _) => {
                return Err(vec![mistake(at, line, Wrong::NotFirst { word })]);
            }
            (Head::Unknown(typed), 0) => {
                let nearest = nearest(&typed);
                return Err(vec![mistake(at, line, unknown(&typed, nearest))]);
            }
            (Head::Unknown(typed), _) => {
                if let Some(meant) = slip(&typed) {
                    return Err(vec![mistake(at, line, unknown(&typed, Some(meant)))]);
                }
            }
            (Head::Escaped(_) | Head::Text, _) => {}
        }
        if words == 0 && greetings < MOST_GREETINGS && is_greeting(line) {
            greetings += 1;
        } else {
            words += 1;
        }
        if words == FIRST_LINES {
            break;
        }
    }
    Ok(None)
}

fn clauses<'t>(lines: &[&'t str], start: usize) -> Result<Vec<Clause<'t>>, Vec<Mistake>> {
    let mut clauses: Vec<Clause<'t>> = Vec::new();
    let mut mistakes = Vec::new();
    let mut compared = 0;
    for (at, line) in lines.iter().enumerate().skip(start) {
        let mut text = *line;
        match head(line, at == start) {
            Head::Known(word, first) => {
                if clauses.len() == MOST_COMMANDS {
                    mistakes.push(mistake(
                        at,
                        line,
                        Wrong::TooMany {
                            most: MOST_COMMANDS,
                        },
                    ));
                    break;
                }
                clauses.push(Clause {
                    word,
                    number: at + 1,
                    line,
                    first,
                    more: Vec::new(),
                });
                continue;
            }
            Head::Unknown(typed) => {
                let expects_words =
                    clauses
                        .last()
                        .is_some_and(|clause| match row(clause.word).takes {
                            Takes::Words | Takes::Letter => true,
                            Takes::Nothing | Takes::Reason | Takes::Line => {
                                clause.more.iter().any(|line| !blank(line))
                            }
                        });
                compared += 1;
                if compared <= MOST_COMPARED {
                    // a slip here would tell the customer what was meant for us
                    let meant = if expects_words {
                        slip(&typed)
                    } else {
                        nearest(&typed)
                    };
                    if meant.is_some() || !expects_words {
                        mistakes.push(mistake(at, line, unknown(&typed, meant)));
                    }
                }
            }
            Head::Escaped(escaped) => text = escaped,
            Head::Text => {}
        }
        if mistakes.len() == MOST_MISTAKES {
            break;
        }
        if let Some(clause) = clauses.last_mut() {
            clause.more.push(text);
        }
    }
    if mistakes.is_empty() {
        Ok(clauses)
    } else {
        Err(mistakes)
    }
}

fn unknown(typed: &str, nearest: Option<Word>) -> Wrong {
    Wrong::Unknown {
        typed: typed::short(typed, 30),
        nearest,
    }
}

fn mistake(at: usize, line: &str, wrong: Wrong) -> Mistake {
    Mistake::new(at + 1, line, wrong)
}

impl<'t> Clause<'t> {
    /// What stands behind the word, without what separates the two.
    pub fn argument(&self) -> &'t str {
        without_separator(self.first)
    }

    /// The lines below, joined, without blank ones at either end.
    pub fn below(&self) -> String {
        typed::bare(&self.more.join("\n")).to_owned()
    }

    /// All words of the clause.
    pub fn words(&self) -> String {
        let first = self.argument();
        let mut words = String::from(first);
        for line in &self.more {
            words.push('\n');
            words.push_str(line);
        }
        typed::bare(&words).to_owned()
    }
}

/// Without the colon, comma, quote or full stop that stands between a word and what follows.
pub(super) fn without_separator(text: &str) -> &str {
    let text = text.trim_start_matches(|c| {
        typed::is_blank(c)
            || typed::is_colon(c)
            || typed::is_comma(c)
            || typed::is_semicolon(c)
            || "*\"”。.".contains(c)
    });
    typed::bare(text)
}
