//! `redress party`: people, as far as something is kept of them.

use clap::Subcommand;
use serde_json::json;

use super::retention::kept_json;
use super::show::json;
use super::{DATA, Failure, NO_INPUT, USAGE, open};
use crate::case::Actor;
use crate::config::Config;
use crate::work::erasure::{Answered, Request, party};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase what is kept of a customer who asks for it (§7): their closed cases and their mail without a case.
    ///
    /// A case that is open, under legal hold, or kept by a law that its policy profile names (`kept_by`) is
    /// refused with the reason; the status is then 65, and the others are erased all the same. Mail that comes
    /// from the address later is somebody new.
    Erase {
        /// Whose: the address that they wrote from.
        address: String,
        /// Change nothing; say what would be erased and what refused.
        #[arg(long)]
        dry_run: bool,
        /// Why, for the record, which is kept: without name or address.
        #[arg(long)]
        reason: Option<String>,
        /// Who does it, by the id in the configuration ([[staff]]) [default: Redress itself].
        #[arg(long = "as", value_name = "ID")]
        by: Option<String>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let Command::Erase {
        address,
        dry_run,
        reason,
        by,
        json: as_json,
    } = command;
    if !address.contains('@') {
        let message = format!("'{address}' is no address: write name@example.com");
        return Err(Failure::new(USAGE, message));
    }
    let by = match by {
        None => Actor::Redress,
        Some(id) => {
            let member = config.directory().find(&id);
            let member = member.map_err(|unknown| Failure::new(USAGE, unknown.to_string()))?;
            Actor::Staff(member.person)
        }
    };
    let store = open(config).await?;
    let post = config.post(&store).await?;
    let request = Request {
        address: &address,
        reason: reason.as_deref(),
        by: &by,
        dry_run,
    };
    let answered = party(&store, &post, request)
        .await?
        .map_err(|telling| Failure::new(USAGE, telling.to_string()))?;
    if answered.unknown {
        let message = format!("nothing is kept of {address}");
        return Err(Failure::new(NO_INPUT, message));
    }
    if as_json {
        let value = json!({
            "dry_run": dry_run,
            "cases": answered.erased,
            "mails": answered.mails,
            "refused": kept_json(&answered.refused),
            "elsewhere": answered.elsewhere,
        });
        println!("{}", json(&value)?);
    } else {
        say(&answered, dry_run);
    }
    match answered.refused.len() {
        0 => Ok(()),
        count => Err(Failure::new(
            DATA,
            format!("{count} cases are kept; tell the customer why"),
        )),
    }
}

fn say(answered: &Answered, dry_run: bool) {
    let verb = if dry_run { "would be" } else { "was" };
    for reference in &answered.erased {
        println!("{reference}: {verb} erased");
    }
    if answered.mails > 0 {
        println!("{} mails without a case: {verb} erased", answered.mails);
    }
    for (reference, why) in &answered.refused {
        println!("{reference}: refused: {why}");
    }
    for reference in &answered.elsewhere {
        println!(
            "{reference}: mail from this address is on this case of somebody else, and goes with it"
        );
    }
    if answered.erased.is_empty() && answered.refused.is_empty() && answered.mails == 0 {
        println!("nothing of it is left to erase");
    }
}
