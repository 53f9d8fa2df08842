//! `redress quarantine`: messages put aside for people to look at.

use clap::Subcommand;
use serde_json::{Value, json};

use super::show::{List, json, time};
use super::{DATA, Failure, NO_INPUT, Page, open};
use crate::config::{Config, Size};
use crate::ids::LandedId;
use crate::mail;
use crate::store::Store;
use crate::store::quarantine::Quarantined;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List messages in quarantine, newest first.
    List {
        #[command(flatten)]
        page: Page,
        /// Only messages older than this one: the next page.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// Messages that were filed without a case instead: robots, lists, reports.
        #[arg(long)]
        filed: bool,
    },
    /// Show what can be read of a message that was put aside.
    Show {
        id: i64,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
        /// Print the raw bytes instead.
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Let a message out: it becomes a case, or is filed on the case that it belongs to. Works for one that was filed
    /// without a case, too.
    Release { id: i64 },
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let store = open(config).await?;
    match command {
        Command::List {
            page,
            before,
            filed,
        } => list(&store, config, &page, before.map(LandedId), filed).await,
        Command::Show { id, json, raw } => show(&store, config, id, json, raw).await,
        Command::Release { id } => release(&store, id).await,
    }
}

async fn list(
    store: &Store,
    config: &Config,
    page: &Page,
    before: Option<LandedId>,
    filed: bool,
) -> Result<(), Failure> {
    let zone = config.company.time_zone;
    let (lines, command) = if filed {
        (
            store.filed_without_case(before, page.limit + 1).await?,
            "quarantine list --filed",
        )
    } else {
        (
            store.quarantined(before, page.limit + 1).await?,
            "quarantine list",
        )
    };
    let list = List {
        page,
        lines,
        name: "messages",
        command,
    };
    list.print(
        &["id", "received", "mailbox", "uid", "bytes", "reason"],
        |message| json!(message.id),
        line_json,
        |message| {
            vec![
                message.id.to_string(),
                time(message.received_at.unwrap_or(message.landed_at), zone),
                message.mailbox.clone(),
                message.uid.to_string(),
                message.size.to_string(),
                message.reason.clone(),
            ]
        },
    )
}

async fn show(
    store: &Store,
    config: &Config,
    id: i64,
    as_json: bool,
    raw: bool,
) -> Result<(), Failure> {
    let Some((message, bytes)) = store.quarantined_message(LandedId(id)).await? else {
        return Err(missing(id));
    };
    if raw {
        use std::io::Write;
        let bytes = bytes.unwrap_or_default();
        // a reader who has seen enough closes the pipe
        let _ = std::io::stdout().lock().write_all(&bytes);
        return Ok(());
    }
    let own: Vec<String> = config
        .mailboxes
        .iter()
        .map(|m| m.address.to_lowercase())
        .collect();
    let servers = config.mailboxes.iter().flat_map(|m| m.authserv_id.clone());
    let context = mail::Context {
        own_addresses: &own,
        authserv_ids: &servers.collect::<Vec<String>>(),
    };
    let reading = bytes.as_deref().map(|bytes| mail::read(bytes, &context));
    if as_json {
        let mut value = line_json(&message);
        value["reading"] = json!(reading);
        println!("{}", json(&value)?);
        return Ok(());
    }
    let zone = config.company.time_zone;
    println!("message {}  put aside: {}", message.id, message.reason);
    println!("  mailbox   {}, UID {}", message.mailbox, message.uid);
    println!(
        "  received  {}",
        time(message.received_at.unwrap_or(message.landed_at), zone)
    );
    println!(
        "  size      {} bytes ({})",
        message.size,
        Size(message.size.unsigned_abs())
    );
    println!("  attempts  {}", message.attempts);
    match reading {
        None => println!("  nothing of it could be fetched; it is in the mailbox on the server"),
        Some(reading) => {
            let from = reading
                .from
                .map_or_else(|| "–".to_owned(), |from| from.address);
            println!("  from      {from}");
            println!("  subject   {}", reading.subject);
            for line in reading.text.lines() {
                println!("  | {line}");
            }
        }
    }
    println!("\nlet it out: redress quarantine release {}", message.id);
    Ok(())
}

async fn release(store: &Store, id: i64) -> Result<(), Failure> {
    if store.release(LandedId(id)).await? {
        println!("message {id} is released: it becomes a case as soon as a daemon runs");
        return Ok(());
    }
    match store.quarantined_message(LandedId(id)).await? {
        None => Err(missing(id)),
        Some(_) => Err(Failure::new(
            DATA,
            format!(
                "nothing of message {id} could be fetched: deal with it in the mailbox on the server"
            ),
        )),
    }
}

fn missing(id: i64) -> Failure {
    Failure::new(
        NO_INPUT,
        format!("there is no message {id} in quarantine: see `redress quarantine list`"),
    )
}

fn line_json(message: &Quarantined) -> Value {
    json!({
        "id": message.id,
        "mailbox": message.mailbox,
        "uid": message.uid,
        "size": message.size,
        "received_at": message.received_at,
        "landed_at": message.landed_at,
        "attempts": message.attempts,
        "reason": message.reason,
    })
}
