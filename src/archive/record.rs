//! `history.json`: all that is needed to verify a case's history without the database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{CaseRef, Entry};

/// Where it is.
pub const HISTORY: &str = "history.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub reference: String,
    /// How the chain is made, for whoever has to write a program for it.
    pub chain: String,
    pub history: Vec<Line>,
    /// Words that the history refers to, by the SHA-256 of their UTF-8.
    pub texts: BTreeMap<String, String>,
    /// Words that were erased (§7): the history still refers to them.
    pub erased: BTreeSet<String>,
    pub mails: Vec<MailKept>,
    pub letters: Vec<LetterKept>,
}

/// An entry of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub sequence: i32,
    /// To the microsecond.
    pub at: String,
    pub actor: String,
    pub event: String,
    /// JSON, hashed exactly as it stands.
    pub data: String,
    pub hash: String,
}

/// A mail of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailKept {
    /// The number by which the history names it.
    pub message: i64,
    pub received_at: Option<DateTime<Utc>>,
    pub from: Option<String>,
    pub subject: String,
    pub nature: String,
    /// Of its bytes.
    pub sha256: Option<String>,
    /// Whether these are all its bytes: of a mail over the size limit only the headers are kept.
    pub whole: bool,
    /// Where it is; `null` where its bytes were erased.
    pub file: Option<String>,
    pub attachments: Vec<String>,
}

/// A letter to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterKept {
    pub letter: String,
    pub message_id: String,
    pub to: String,
    /// `sent`, `queued`, `sending`, `failed` or `cancelled`.
    pub state: String,
    pub written_at: DateTime<Utc>,
    /// When the mail server took it, or refused it for good.
    pub ended_at: Option<DateTime<Utc>>,
    /// The server's words.
    pub reply: Option<String>,
    pub file: Option<String>,
}

const CHAIN: &str = "hash = SHA-256 of the hash before (32 zero bytes before the first), then of reference, sequence \
    (4 bytes), at (microseconds since 1970, 8 bytes), actor, event and data, each behind its length as 8 bytes; \
    numbers are big-endian";

impl Record {
    /// `texts` are all that are there; which are missing is found out from the history.
    pub fn new(
        reference: CaseRef,
        entries: &[Entry],
        texts: BTreeMap<String, String>,
        mails: Vec<MailKept>,
        letters: Vec<LetterKept>,
    ) -> Record {
        let named = named_texts(entries);
        let erased = named
            .into_iter()
            .filter(|hash| !texts.contains_key(hash))
            .collect();
        Record {
            reference: reference.to_string(),
            chain: CHAIN.to_owned(),
            history: entries.iter().map(Line::of).collect(),
            texts,
            erased,
            mails,
            letters,
        }
    }

    /// The history as the core knows it; what is wrong with it, if it can't be.
    pub fn entries(&self) -> Result<Vec<Entry>, String> {
        self.history.iter().map(Line::entry).collect()
    }
}

impl Line {
    fn of(entry: &Entry) -> Line {
        Line {
            sequence: entry.sequence,
            at: entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            actor: entry.actor.clone(),
            event: entry.event.clone(),
            data: entry.data.clone(),
            hash: HEXLOWER.encode(&entry.hash),
        }
    }

    fn entry(&self) -> Result<Entry, String> {
        let at = DateTime::parse_from_rfc3339(&self.at)
            .map_err(|error| format!("entry {}: its time can't be read: {error}", self.sequence))?;
        let hash = HEXLOWER.decode(self.hash.as_bytes()).ok();
        let hash = hash.and_then(|hash| hash.try_into().ok());
        Ok(Entry {
            sequence: self.sequence,
            at: at.to_utc(),
            actor: self.actor.clone(),
            event: self.event.clone(),
            data: self.data.clone(),
            hash: hash.ok_or_else(|| format!("entry {}: its hash is no SHA-256", self.sequence))?,
        })
    }
}

/// The texts that a history refers to: every SHA-256 in its data.
pub(super) fn named_texts(entries: &[Entry]) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.len() == 64 && HEXLOWER.decode(text.as_bytes()).is_ok() => {
                found.insert(text.clone());
            }
            Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
            Value::Object(all) => all.values().for_each(|one| collect(one, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for entry in entries {
        if let Ok(value) = serde_json::from_str(&entry.data) {
            collect(&value, &mut found);
        }
    }
    found
}
