//! `redress audit`: whether dossiers and the database are what they were.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::show::json as to_json;
use super::{DATA, Failure, NO_INPUT, USAGE, open, unpack};
use crate::archive::{self, Finding, anchor};
use crate::config::Config;
use crate::ids::CaseId;
use crate::store::Store;
use crate::store::anchors::Anchored;
use crate::store::verify::{Difference, Verified};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a dossier, without a database; or every case of the database.
    Verify(Verify),
    /// Make an anchor: one hash over the history of all cases, for somebody else to keep.
    Anchor {
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A dossier: a folder or a zip file.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    dossier: Option<PathBuf>,
    /// Replay the history of every case in the database instead.
    #[arg(long)]
    all: bool,
    /// An earlier anchor: its hash, or a file that holds it. Whether the database still holds all that it held then.
    #[arg(long, requires = "all", value_name = "FILE|HASH")]
    anchor: Option<String>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Dossiers are checked without a configuration.
pub(super) async fn run(command: &Command, path: &Path) -> Result<(), Failure> {
    match command {
        Command::Verify(arguments) => match &arguments.dossier {
            Some(dossier) => verify_dossier(dossier, arguments.json),
            None => {
                let hash = arguments.anchor.as_deref().map(anchor_of).transpose()?;
                let store = open(&Config::load(path)?).await?;
                verify_cases(&store, None, hash.as_ref(), arguments.json).await
            }
        },
        Command::Anchor { json } => {
            let store = open(&Config::load(path)?).await?;
            let anchor = store.anchor().await?;
            if *json {
                println!("{}", to_json(&anchor.json())?);
            } else {
                print!("{anchor}");
            }
            Ok(())
        }
    }
}

fn verify_dossier(path: &Path, as_json: bool) -> Result<(), Failure> {
    let contents = unpack::contents(path)?;
    let (index, findings) = archive::verify(&contents);
    let hash = contents.index_sha256();
    if as_json {
        let list: Vec<Value> = findings
            .iter()
            .map(|one| json!({ "place": one.place, "what": one.what }))
            .collect();
        let value = json!({
            "whole": findings.is_empty(),
            "index_sha256": hash,
            "of": index.as_ref().map(|index| &index.of),
            "exported_at": index.as_ref().map(|index| &index.exported_at),
            "exported_by": index.as_ref().map(|index| &index.exported_by),
            "files": contents.files.len(),
            "findings": list,
        });
        println!("{}", to_json(&value)?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        if let (Some(index), true) = (&index, findings.is_empty()) {
            println!(
                "{}, exported {} by {}, is whole: {} files, none changed, missing or added",
                index.of,
                index.exported_at,
                index.exported_by,
                contents.files.len()
            );
        }
        if let Some(hash) = hash {
            println!("SHA-256 of its index: {hash}");
        }
    }
    failed_if(&findings, path)
}

fn failed_if(findings: &[Finding], path: &Path) -> Result<(), Failure> {
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::new(
            DATA,
            format!(
                "{} isn't the dossier that was made: {count} finding(s)",
                path.display()
            ),
        )),
    }
}

/// The hash that somebody kept.
fn anchor_of(text: &str) -> Result<[u8; 32], Failure> {
    if let Some(hash) = anchor::hash_in(text) {
        return Ok(hash);
    }
    if text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        let message = format!("'{text}' is no anchor: one is 64 hexadecimal digits");
        return Err(Failure::new(USAGE, message));
    }
    let bytes = std::fs::read(text)
        .map_err(|error| Failure::new(NO_INPUT, format!("{text} can't be read: {error}")))?;
    anchor::hash_in(&String::from_utf8_lossy(&bytes))
        .ok_or_else(|| Failure::new(DATA, format!("there is no anchor in {text}")))
}

/// Replays histories, and says the first difference of each case that has one; then holds an anchor against them.
pub(super) async fn verify_cases(
    store: &Store,
    only: Option<CaseId>,
    anchor: Option<&[u8; 32]>,
    as_json: bool,
) -> Result<(), Failure> {
    let terminal = std::io::stderr().is_terminal();
    let verified = store
        .verify(only, |so_far| {
            if terminal {
                eprint!("\r{} cases verified", so_far.cases);
            }
        })
        .await?;
    if terminal {
        eprint!("\r\x1b[K");
    }
    let anchored = match anchor {
        None => None,
        Some(hash) => Some(store.check_anchor(hash).await?),
    };
    if as_json {
        println!("{}", to_json(&verified_json(&verified, anchored.as_ref()))?);
    } else {
        tell(&verified, anchored.as_ref());
    }
    let differ = verified.differences.len();
    match (differ, anchored) {
        (0, None | Some(Anchored::Holds(_))) => Ok(()),
        (0, Some(Anchored::Unknown)) => Err(Failure::new(
            DATA,
            "the database knows no such anchor: it isn't its own, or the database was made anew since, from an \
             older backup or by somebody who changed it",
        )),
        (0, Some(Anchored::Differs(..))) => Err(Failure::new(
            DATA,
            "the database doesn't hold what was anchored: somebody changed it",
        )),
        (count, _) => Err(Failure::new(
            DATA,
            format!("{count} cases aren't what their histories say: somebody changed the database"),
        )),
    }
}

fn tell(verified: &Verified, anchored: Option<&Anchored>) {
    for one in &verified.differences {
        println!("{}: {}", one.reference, one.what);
    }
    println!(
        "{} cases with {} entries of history verified, {} differ",
        verified.cases,
        verified.entries,
        verified.differences.len()
    );
    match anchored {
        Some(Anchored::Holds(anchor)) => println!(
            "anchor {} of {} holds: {} cases with {} entries are as they were",
            anchor.number,
            anchor.at.to_rfc3339(),
            anchor.cases,
            anchor.entries
        ),
        Some(Anchored::Differs(anchor, differences)) => {
            for one in differences {
                println!("{}: {}", one.reference, one.what);
            }
            println!(
                "anchor {} of {} doesn't hold",
                anchor.number,
                anchor.at.to_rfc3339()
            );
        }
        Some(Anchored::Unknown) => println!("the anchor is unknown"),
        None => {}
    }
}

fn verified_json(verified: &Verified, anchored: Option<&Anchored>) -> Value {
    let list = |differences: &[Difference]| -> Vec<Value> {
        differences
            .iter()
            .map(|one| json!({ "reference": one.reference, "difference": one.what }))
            .collect()
    };
    let mut value = json!({
        "cases": verified.cases,
        "entries": verified.entries,
        "differences": list(&verified.differences),
    });
    let of_anchor = match anchored {
        None => return value,
        Some(Anchored::Holds(anchor)) => json!({ "verdict": "holds", "anchor": anchor.json() }),
        Some(Anchored::Differs(anchor, differences)) => json!({
            "verdict": "differs",
            "anchor": anchor.json(),
            "differences": list(differences),
        }),
        Some(Anchored::Unknown) => json!({ "verdict": "unknown" }),
    };
    value["anchor"] = of_anchor;
    value
}
