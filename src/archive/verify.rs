//! Whether a dossier is whole and unchanged, by itself.
//!
//! The index vouches for the files, the chain of hashes for the history, the hashes in the history for words, and
//! the history for which mails and letters there are. Whoever makes all of it anew is told by the index's own
//! hash, which is shown when the dossier is made, or by an anchor of the database that it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::index::{INDEX, Index, Kind};
use super::record::{HISTORY, Record, named_texts};
use super::sha256;
use crate::case::{CaseRef, Entry, Fact, TextId, replay};

/// What was found in a folder or a zip file: the index and the history as they are, of everything else size and hash.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    pub index: Option<Vec<u8>>,
    pub history: Option<Vec<u8>>,
    pub files: BTreeMap<String, Seen>,
    /// What was found wrong while it was read.
    pub findings: Vec<Finding>,
}

/// A file as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub size: u64,
    pub sha256: String,
}

/// Something that isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, or what it is about.
    pub place: String,
    pub what: String,
}

impl Finding {
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Finding {
        Finding {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Everything that is wrong with a dossier; and its index, where that can be read.
pub fn verify(contents: &Contents) -> (Option<Index>, Vec<Finding>) {
    let mut findings = contents.findings.clone();
    let Some(bytes) = &contents.index else {
        findings.push(Finding::new(INDEX, "is missing: this is no dossier"));
        return (None, findings);
    };
    let index = match Index::read(bytes) {
        Ok(index) => index,
        Err(problem) => {
            findings.push(Finding::new(INDEX, problem));
            return (None, findings);
        }
    };
    against_index(&index, contents, &mut findings);
    if index.kind == Kind::Case {
        match &contents.history {
            None => findings.push(Finding::new(HISTORY, "is missing")),
            Some(bytes) => match serde_json::from_slice::<Record>(bytes) {
                Ok(record) => of_record(&index, &record, &mut findings),
                Err(error) => {
                    findings.push(Finding::new(HISTORY, format!("can't be read: {error}")));
                }
            },
        }
    }
    findings.sort();
    findings.dedup();
    (Some(index), findings)
}

fn against_index(index: &Index, contents: &Contents, findings: &mut Vec<Finding>) {
    let mut listed = BTreeSet::new();
    for file in &index.files {
        if !listed.insert(file.path.as_str()) {
            findings.push(Finding::new(&file.path, "is in the index twice"));
        }
        match contents.files.get(&file.path) {
            None => findings.push(Finding::new(&file.path, "is missing")),
            Some(seen) if seen.size != file.size => findings.push(Finding::new(
                &file.path,
                format!(
                    "was changed: it has {} bytes instead of {}",
                    seen.size, file.size
                ),
            )),
            Some(seen) if seen.sha256 != file.sha256 => {
                findings.push(Finding::new(&file.path, "was changed: its SHA-256 differs"));
            }
            Some(_) => {}
        }
    }
    for path in contents.files.keys() {
        if !listed.contains(path.as_str()) {
            findings.push(Finding::new(path, "was added: the index doesn't know it"));
        }
    }
}

/// The history, and what it says of everything else.
fn of_record(index: &Index, record: &Record, findings: &mut Vec<Finding>) {
    let mut wrong = |what: String| findings.push(Finding::new(HISTORY, what));
    if record.reference != index.of {
        wrong(format!(
            "is of case {}, the index of {}",
            record.reference, index.of
        ));
    }
    let entries = match record.entries() {
        Ok(entries) => entries,
        Err(problem) => return wrong(problem),
    };
    let Ok(reference) = record.reference.parse::<CaseRef>() else {
        return wrong("its reference is none".to_owned());
    };
    if let Err(at) = Entry::verify(reference, &entries) {
        wrong(format!("the chain of hashes breaks at entry {at}"));
    } else if let Err(problem) = replay(&entries) {
        wrong(format!("gives no case: {problem}"));
    }
    // whoever made it is on record
    let by = |entry: &Entry| entry.event == "looked" && entry.actor == index.exported_by;
    if !entries.iter().any(by) {
        wrong(format!(
            "doesn't know that it was exported by {}",
            index.exported_by
        ));
    }
    let named = named_texts(&entries);
    for (hash, text) in &record.texts {
        if TextId::of(text).to_string() != *hash {
            wrong(format!("the words {hash} were changed"));
        }
        if !named.contains(hash) {
            wrong(format!(
                "the words {hash} were added: no entry refers to them"
            ));
        }
    }
    for hash in &named {
        match (
            record.texts.contains_key(hash),
            record.erased.contains(hash),
        ) {
            (false, false) => wrong(format!("the words {hash} are missing")),
            (true, true) => wrong(format!(
                "the words {hash} are said to be erased, and are there"
            )),
            (true, false) | (false, true) => {}
        }
    }
    let named_mails = entries
        .iter()
        .filter_map(|entry| super::tell(&entry.fact().ok()?).mail);
    let named_mails: BTreeSet<i64> = named_mails.map(|landed| landed.0).collect();
    let there: BTreeSet<i64> = record.mails.iter().map(|mail| mail.message).collect();
    for missing in named_mails.difference(&there) {
        wrong(format!("mail {missing} of the history is missing"));
    }
    letters(&entries, record, &mut wrong);
    let listed: BTreeMap<&str, &str> = index
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.sha256.as_str()))
        .collect();
    let mut named_files: BTreeSet<&str> = BTreeSet::new();
    for mail in &record.mails {
        named_files.extend(mail.attachments.iter().map(String::as_str));
        let Some(file) = &mail.file else { continue };
        named_files.insert(file);
        if listed.get(file.as_str()).copied() != mail.sha256.as_deref() {
            wrong(format!("mail {} isn't the one in {file}", mail.message));
        }
    }
    named_files.extend(
        record
            .letters
            .iter()
            .filter_map(|letter| letter.file.as_deref()),
    );
    for file in &named_files {
        if !listed.contains_key(file) {
            wrong(format!("{file} isn't in the index"));
        }
    }
    for file in listed.keys() {
        let of_case = ["mails/", "attachments/", "letters/"];
        if of_case.iter().any(|folder| file.starts_with(folder)) && !named_files.contains(file) {
            wrong(format!("doesn't name {file}"));
        }
    }
}

/// As many letters of each kind as were written.
fn letters(entries: &[Entry], record: &Record, wrong: &mut impl FnMut(String)) {
    let mut written: BTreeMap<&'static str, usize> = BTreeMap::new();
    for entry in entries {
        if let Ok(Fact::LetterQueued { letter }) = entry.fact() {
            *written.entry(letter.as_str()).or_default() += 1;
        }
    }
    for (letter, count) in written {
        let there = record.letters.iter().filter(|kept| kept.letter == letter);
        let there = there.count();
        if there < count {
            wrong(format!(
                "letters are missing: {count} of kind {letter} were written, {there} are here"
            ));
        }
    }
}

/// The hash of an index, by which a dossier made anew is told.
impl Contents {
    pub fn index_sha256(&self) -> Option<String> {
        self.index.as_deref().map(sha256)
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
