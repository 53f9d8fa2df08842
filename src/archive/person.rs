//! What is kept about a person, for them to read (§7): their cases, what they wrote and what was written to them. No
//! notes and findings of staff, and nothing of anybody else.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::page;
use super::record::{LetterKept, MailKept, Record};
use super::story;
use crate::case::Entry;

/// Where it is.
pub const PERSON: &str = "person.json";

/// What is kept about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    pub address: String,
    pub name: Option<String>,
    pub first_seen_at: Option<DateTime<Utc>>,
    pub cases: Vec<TheirCase>,
    /// From their address, on a case or not.
    pub mails: Vec<MailKept>,
    /// To their address.
    pub letters: Vec<LetterKept>,
}

/// A case of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TheirCase {
    pub reference: String,
    pub received_at: DateTime<Utc>,
    pub channel: String,
    pub language: String,
    pub stage: String,
    pub category: Option<String>,
    /// Whether mail reaches them.
    pub reachable: bool,
    pub finding: Option<String>,
    pub satisfied: Option<bool>,
    pub close_reason: Option<String>,
    pub happened: Vec<Happened>,
}

/// What they did on a case, or what reached them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    pub at: DateTime<Utc>,
    pub what: String,
    /// Words, each with what they are; `null` where they were erased.
    pub words: Vec<(String, Option<String>)>,
}

impl TheirCase {
    /// Fills in what happened, from the history and the words that are there.
    pub fn with(mut self, entries: &[Entry], record: &Record) -> TheirCase {
        for entry in entries {
            let Some(told) = entry
                .fact()
                .ok()
                .map(|fact| story::tell(&fact))
                .filter(|told| told.theirs)
            else {
                continue;
            };
            let words = told.words.iter().filter(|said| !said.internal);
            let words = words.map(|said| {
                let text = record.texts.get(&said.text.to_string()).cloned();
                (said.what.to_owned(), text)
            });
            self.happened.push(Happened {
                at: entry.at,
                what: told.what,
                words: words.collect(),
            });
        }
        self
    }
}

/// The same for people.
pub fn person_page(person: &PersonRecord, zone: Tz) -> String {
    let mut body = format!(
        "<p>What is kept about {}{}. Times are of {}.</p>\n",
        page::escape(&person.address),
        person
            .name
            .as_deref()
            .map_or(String::new(), |name| format!(" ({})", page::escape(name))),
        page::escape(zone.name())
    );
    for case in &person.cases {
        body.push_str(&format!(
            "<h2>Case {}</h2>\n<p>Received {} by {}; stage: {}.</p>\n<table>\n<tr><th>Time</th><th>What happened</th></tr>\n",
            page::escape(&case.reference),
            page::time(case.received_at, zone),
            page::escape(&case.channel),
            page::escape(&case.stage.replace('_', " "))
        ));
        for happened in &case.happened {
            let words: String = happened
                .words
                .iter()
                .map(|(what, text)| match text {
                    Some(text) => format!(
                        "<br>{}:<blockquote>{}</blockquote>",
                        page::escape(what),
                        page::escape(text)
                    ),
                    None => format!(
                        "<br>{}: <span class=\"e\">[erased]</span>",
                        page::escape(what)
                    ),
                })
                .collect();
            body.push_str(&format!(
                "<tr><td class=\"t\">{}</td><td>{}{words}</td></tr>\n",
                page::time(happened.at, zone),
                page::escape(&happened.what)
            ));
        }
        body.push_str("</table>\n");
    }
    body.push_str(&page::mails(&person.mails, zone));
    body.push_str(&page::letters(&person.letters, zone));
    page::frame(&format!("What is kept about {}", person.address), &body)
}
