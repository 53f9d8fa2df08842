//! `redress case`: look at cases.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use super::operator::look;
use super::show::{List, cut, json, or_dash, time};
use super::{DATA, Failure, NO_INPUT, Page, open};
use crate::case::{CaseRef, Clock, ClockKey, Entry, Look};
use crate::config::Config;
use crate::policy::Stage;
use crate::store::Store;
use crate::store::cases::{CaseLine, CaseMessage};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List cases, newest first.
    List {
        #[command(flatten)]
        page: Page,
        /// Only cases opened before this one: the next page.
        #[arg(long, value_name = "REFERENCE")]
        before: Option<CaseRef>,
        /// Only cases at this stage.
        #[arg(long, value_parser = stage)]
        stage: Option<Stage>,
    },
    /// Find cases by what was written on them.
    Search(super::search::Arguments),
    /// Show one case: its messages, its letters and its history. That it was shown is put on record.
    Show {
        /// Such as C-2026-000017-9.
        reference: CaseRef,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Do something on a case in the name of a member of staff.
    Act(super::act::Arguments),
    /// Make a dossier of a case: mails, letters, files and history, to be checked by `redress audit verify`.
    Export(super::export::Arguments),
    /// Check that cases are what their histories say, and that no history was changed.
    Verify {
        /// Such as C-2026-000017-9.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        reference: Option<CaseRef>,
        /// Every case there is.
        #[arg(long)]
        all: bool,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let store = open(config).await?;
    match command {
        Command::List {
            page,
            before,
            stage,
        } => list(&store, config, &page, before, stage).await,
        Command::Show { reference, json } => show(&store, config, reference, json).await,
        Command::Act(arguments) => super::act::run(arguments, config).await,
        Command::Verify {
            reference,
            all: _,
            json,
        } => {
            let only = match reference {
                None => None,
                Some(reference) => Some(find(&store, reference).await?.id),
            };
            super::audit::verify_cases(&store, only, None, json).await
        }
        Command::Search(arguments) => super::search::run(&arguments, &store, config).await,
        Command::Export(arguments) => super::export::run(&arguments, &store, config).await,
    }
}

/// A case that must be there.
async fn find(store: &Store, reference: CaseRef) -> Result<CaseLine, Failure> {
    store
        .case(reference)
        .await?
        .ok_or_else(|| Failure::new(NO_INPUT, format!("there is no case {reference}")))
}

fn stage(name: &str) -> Result<Stage, String> {
    Stage::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
        format!("there is no such stage; there are {}", known.join(", "))
    })
}

async fn list(
    store: &Store,
    config: &Config,
    page: &Page,
    before: Option<CaseRef>,
    stage: Option<Stage>,
) -> Result<(), Failure> {
    let zone = config.company.time_zone;
    let lines = store.cases(before, stage, page.limit + 1).await?;
    let list = List {
        page,
        lines,
        name: "cases",
        command: "case list",
    };
    list.print(
        &[
            "case",
            "received",
            "stage",
            "language",
            "customer",
            "acknowledgement",
            "messages",
            "subject",
        ],
        |case| json!(case.reference),
        case_json,
        |case| {
            vec![
                case.reference.clone(),
                time(case.received_at, zone),
                case.stage.clone(),
                case.language.clone(),
                or_dash(case.customer.as_deref()),
                case.acknowledgement.clone(),
                case.messages.to_string(),
                cut(case.subject.as_deref().unwrap_or("–"), 40),
            ]
        },
    )
}

async fn show(
    store: &Store,
    config: &Config,
    reference: CaseRef,
    as_json: bool,
) -> Result<(), Failure> {
    let zone = config.company.time_zone;
    let case = find(store, reference).await?;
    look(store, &[case.id], Look::Show).await?;
    let messages = store.case_messages(case.id).await?;
    let history = store.history(case.id).await?;
    let letters = store
        .outbox((None, false), Some(case.id), None, 1000)
        .await?;
    let clocks = store.clocks(case.id).await?;
    let texts = store.texts(case.id).await?;
    let chain = Entry::verify(reference, &history);
    if as_json {
        let mut value = case_json(&case);
        value["messages"] = messages.iter().map(message_json).collect();
        value["letters"] = letters.iter().map(super::outbox::line_json).collect();
        value["clocks"] = clocks.iter().map(clock_json).collect();
        value["history"] = history
            .iter()
            .map(|entry| entry_json(entry, &texts))
            .collect();
        value["history_intact"] = json!(chain.is_ok());
        println!("{}", json(&value)?);
        return broken(&case, chain);
    }
    println!(
        "{}  {}",
        case.reference,
        case.subject.as_deref().unwrap_or("")
    );
    println!("  stage            {}", case.stage);
    println!("  customer         {}", or_dash(case.customer.as_deref()));
    println!("  received         {}", time(case.received_at, zone));
    println!("  language         {}", case.language);
    println!("  acknowledgement  {}", case.acknowledgement);
    println!("  profile          {}", case.profile);
    println!("  handler          {}", or_dash(case.handler.as_deref()));
    if let Some(at) = case.erased_at {
        println!("  erased           {}", time(at, zone));
    }
    println!("  category         {}", or_dash(case.category.as_deref()));
    if !case.reachable {
        println!("  note             the customer is unreachable by mail");
    }
    for message in &messages {
        let at = message
            .received_at
            .map_or_else(|| "–".to_owned(), |at| time(at, zone));
        println!("\nmessage {}  {at}  {}", message.landed, message.nature);
        println!("  from     {}", from_text(message));
        println!(
            "  author   {}: {}",
            message.standing, message.standing_reason
        );
        println!("  subject  {}", message.subject);
        for file in message.attachments.as_array().into_iter().flatten() {
            let name = file["filename"].as_str().unwrap_or("(no name)");
            let kind = file["content_type"].as_str().unwrap_or("");
            println!("  file     {name}  {kind}  {} bytes", file["size"]);
        }
        for line in message.text.lines() {
            println!("  | {line}");
        }
    }
    println!("\nletters");
    for letter in &letters {
        let reply = letter.reply.as_deref().unwrap_or("");
        println!(
            "  {}  {}  to {}  {}  {reply}",
            letter.id,
            letter.letter,
            letter.recipient,
            super::outbox::state_of(letter)
        );
    }
    println!("\nclocks");
    for (key, clock) in &clocks {
        let state = match (clock.stopped_at, clock.paused_at) {
            (Some(at), _) => format!("stopped {}", time(at, zone)),
            (None, Some(at)) => format!("paused since {}", time(at, zone)),
            (None, None) => format!("due {}", time(clock.due_at, zone)),
        };
        let breach = if clock.breached_at.is_some() {
            ", breached"
        } else {
            ""
        };
        println!("  {key}  {state}{breach}");
    }
    println!("\nhistory");
    for entry in &history {
        let at = time(entry.at, zone);
        println!(
            "  {}  {at}  {}  {}  {}",
            entry.sequence, entry.actor, entry.event, entry.data
        );
        for (hash, text) in texts
            .iter()
            .filter(|(hash, _)| entry.data.contains(hash.as_str()))
        {
            println!("      {}:", &hash[..8]);
            for line in text.lines() {
                println!("      | {line}");
            }
        }
    }
    broken(&case, chain)
}

/// A history that was tampered with is an error, whatever else there is to see.
fn broken(case: &CaseLine, chain: Result<(), i32>) -> Result<(), Failure> {
    chain.map_err(|at| {
        let reference = &case.reference;
        let message = format!(
            "the history of case {reference} was changed: its chain of hashes breaks at entry {at}"
        );
        Failure::new(DATA, message)
    })
}

fn from_text(message: &CaseMessage) -> String {
    match (&message.from_name, &message.from_address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.clone(),
        (_, None) => "–".to_owned(),
    }
}

fn case_json(case: &CaseLine) -> Value {
    json!({
        "reference": case.reference,
        "stage": case.stage,
        "language": case.language,
        "customer": case.customer,
        "subject": case.subject,
        "acknowledgement": case.acknowledgement,
        "profile": case.profile,
        "category": case.category,
        "handler": case.handler,
        "reachable": case.reachable,
        "received_at": case.received_at,
        "erased_at": case.erased_at,
        "message_count": case.messages,
    })
}

fn message_json(message: &CaseMessage) -> Value {
    json!({
        "id": message.landed,
        "received_at": message.received_at,
        "from": { "name": message.from_name, "address": message.from_address },
        "subject": message.subject,
        "nature": message.nature,
        "matched_by": message.matched_by,
        "text": message.text,
        "attachments": message.attachments,
        "warnings": message.warnings,
        "standing": {
            "verdict": message.standing,
            "by": message.standing_by,
            "domain": message.standing_domain,
            "reason": message.standing_reason,
            "signed_at": message.signed_at,
        },
    })
}

fn clock_json((key, clock): (&ClockKey, &Clock)) -> Value {
    json!({
        "clock": key.name,
        "number": key.number,
        "term": clock.term.to_string(),
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "paused_at": clock.paused_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "next": clock.next,
    })
}

/// `texts` are the words that the data refers to, by their hash.
fn entry_json(entry: &Entry, texts: &BTreeMap<String, String>) -> Value {
    let words: BTreeMap<&String, &String> = texts
        .iter()
        .filter(|(hash, _)| entry.data.contains(hash.as_str()))
        .collect();
    json!({
        "words": words,
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": entry.actor,
        "event": entry.event,
        "data": serde_json::from_str::<Value>(&entry.data).unwrap_or(Value::Null),
        "hash": data_encoding::HEXLOWER.encode(&entry.hash),
    })
}
