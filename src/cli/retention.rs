//! `redress retention`: personal data goes when its term is over.

use std::io::IsTerminal;

use clap::Subcommand;
use serde_json::{Value, json};

use super::show::json;
use super::{Failure, open};
use crate::config::Config;
use crate::work::erasure::Kept;
use crate::work::retention::{Report, run as erase};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase what is past its term: raw mail, texts, names and addresses of closed cases, by the term of their
    /// policy profile (`retention`), and mail without a case, by retention.mail_without_case. Stages, times and
    /// figures stay. A run that is cut off is gone on with by the next.
    Run {
        /// Change nothing; say what would be erased.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let Command::Run {
        dry_run,
        json: as_json,
    } = command;
    let store = open(config).await?;
    let post = config.post(&store).await?;
    let terminal = std::io::stderr().is_terminal();
    let report = erase(
        &store,
        &post,
        config.retention.settings(dry_run),
        |so_far| {
            if terminal {
                eprint!("\r{}", counted(so_far));
            }
        },
    )
    .await?;
    if terminal {
        eprint!("\r\x1b[K");
    }
    if as_json {
        println!("{}", json(&report_json(&report, dry_run))?);
        return Ok(());
    }
    if dry_run {
        for reference in &report.cases {
            println!("{reference}: would be erased");
        }
    }
    for (reference, why) in &report.kept {
        println!("{reference}: past its term, and kept: {why}");
    }
    for (profile, cases) in &report.without_profile {
        println!(
            "{cases} closed cases are kept: their policy profile '{profile}' isn't configured, so nobody knows for how long"
        );
    }
    let verb = if dry_run { "would be" } else { "were" };
    println!("{} {verb} erased", counted(&report));
    Ok(())
}

fn counted(report: &Report) -> String {
    format!(
        "{} cases and {} mails without a case",
        report.cases.len(),
        report.mails
    )
}

fn report_json(report: &Report, dry_run: bool) -> Value {
    let without = report
        .without_profile
        .iter()
        .map(|(profile, cases)| json!({ "profile": profile, "cases": cases }));
    json!({
        "dry_run": dry_run,
        "cases": report.cases,
        "mails": report.mails,
        "kept": kept_json(&report.kept),
        "without_profile": without.collect::<Vec<_>>(),
    })
}

pub(super) fn kept_json(kept: &[(String, Kept)]) -> Vec<Value> {
    let kept = kept.iter();
    kept.map(|(reference, why)| json!({ "reference": reference, "why": why.to_string() }))
        .collect()
}
