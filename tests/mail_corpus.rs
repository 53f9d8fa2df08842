//! Mail that others wrote, read as its sources say it is meant.
//!
//! The corpus isn't part of the project (its licences differ). It is looked for in `$MAIL_CORPUS`,
//! then beside the project, in `../shared/corpus`; without it there is nothing to hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use redress::mail::{Context, Nature, Reading, read};
use serde_json::Value;

#[path = "mail_corpus/facts.rs"]
mod facts;
#[path = "mail_corpus/signatures.rs"]
mod signatures;

#[test]
fn mail_that_others_wrote_is_read_as_it_is_meant() {
    let Some(corpus) = corpus() else {
        println!("skipped: no corpus in $MAIL_CORPUS or ../shared/corpus");
        return;
    };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for source in folders(&corpus) {
        let tally = tallies.entry(name(&source)).or_default();
        for file in files(&source) {
            let Ok(raw) = std::fs::read(&file) else {
                continue;
            };
            tally.files += 1;
            let reading = of(&raw);
            assert_eq!(reading, of(&raw), "{}: two readings differ", file.display());
        }
    }
    let shares = facts::hold(&corpus, &mut tallies);
    println!(
        "{:<24} {:>5} {:>12} {:>5} {:>6}",
        "source", "files", "expectations", "met", "share"
    );
    for (source, tally) in &tallies {
        println!(
            "{source:<24} {:>5} {:>12} {:>5} {:>6}",
            tally.files,
            tally.expected,
            tally.met,
            tally
                .share()
                .map_or("-".to_owned(), |share| format!("{share:.1} %"))
        );
    }
    for tally in tallies.values() {
        for miss in &tally.missed {
            println!("  missed: {miss}");
        }
    }
    for (kind, tally, least) in shares {
        let share = tally.share().unwrap_or(100.0);
        println!(
            "{kind:<24} {:>18} {:>5} {share:>5.1} %",
            tally.expected, tally.met
        );
        assert!(
            share >= least,
            "{kind}: {share:.1} % met, at least {least} % expected"
        );
    }
}

/// What was held, and what wasn't met.
#[derive(Debug, Default, Clone)]
struct Tally {
    files: usize,
    expected: usize,
    met: usize,
    missed: Vec<String>,
}

impl Tally {
    fn hold(&mut self, met: bool, what: impl FnOnce() -> String) {
        self.expected += 1;
        self.met += usize::from(met);
        if !met {
            self.missed.push(what());
        }
    }

    fn share(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.met as f64 * 100.0 / self.expected as f64)
    }

    fn add(&mut self, other: &Tally) {
        self.expected += other.expected;
        self.met += other.met;
    }
}

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("MAIL_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    named
        .into_iter()
        .chain([beside])
        .find(|folder| folder.join("README.md").is_file())
}

fn of(raw: &[u8]) -> Reading {
    read(raw, &Context::default())
}

fn folders(corpus: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(corpus).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
