//! `redress outbox`: mail to be sent.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::show::{List, cut, or_dash, time};
use super::{DATA, Failure, NO_INPUT, Page, open};
use crate::config::Config;
use crate::ids::OutboxId;
use crate::store::Store;
use crate::store::outbox::{OutboxLine, OutboxState};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List mails, newest first.
    List {
        #[command(flatten)]
        page: Page,
        /// Only mails older than this one: the next page.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// Only mails in this state: queued, sending, sent, failed or cancelled.
        #[arg(long, value_parser = state)]
        state: Option<OutboxState>,
        /// Only mails that may have been sent more than once.
        #[arg(long)]
        uncertain: bool,
    },
    /// Say that a backup of that time was restored: what may have been sent since is marked as uncertain. Redress finds
    /// that out by itself, but for mailboxes whose mail is moved or whose server keeps no keywords.
    Uncertain {
        /// When the backup was made: 2026-03-02T03:00:00+08:00
        #[arg(long, value_name = "TIME", value_parser = super::policy::moment)]
        since: DateTime<Utc>,
    },
    /// Try a mail again now: one that waits, has failed or was cancelled. The very same bytes are sent.
    Retry { id: i64 },
    /// Cancel a mail that waits.
    Cancel { id: i64 },
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    let store = open(config).await?;
    match command {
        Command::List {
            page,
            before,
            state,
            uncertain,
        } => {
            let which = (state, uncertain);
            list(&store, config, &page, before.map(OutboxId), which).await
        }
        Command::Uncertain { since } => {
            let restored = store.say_restored(since).await?;
            println!("{} mails are marked as uncertain", restored.mails);
            Ok(())
        }
        Command::Retry { id } => {
            let was = store.retry_mail(OutboxId(id)).await?;
            changed(
                id,
                was.as_deref(),
                &["queued", "failed", "cancelled"],
                "will be tried again now",
            )
        }
        Command::Cancel { id } => {
            let was = store.cancel_mail(OutboxId(id)).await?;
            changed(id, was.as_deref(), &["queued"], "is cancelled")
        }
    }
}

fn state(name: &str) -> Result<OutboxState, String> {
    OutboxState::from_name(name).ok_or_else(|| {
        "there is no such state; there are queued, sending, sent, failed, cancelled".to_owned()
    })
}

fn changed(id: i64, was: Option<&str>, from: &[&str], what: &str) -> Result<(), Failure> {
    match was {
        None => Err(Failure::new(
            NO_INPUT,
            format!("there is no mail {id} in the outbox"),
        )),
        Some(was) if from.contains(&was) => {
            println!("mail {id} {what}");
            Ok(())
        }
        Some(was) => {
            let from = from.join(" or ");
            let message = format!("mail {id} is {was}; only one that is {from} can be changed so");
            Err(Failure::new(DATA, message))
        }
    }
}

async fn list(
    store: &Store,
    config: &Config,
    page: &Page,
    before: Option<OutboxId>,
    which: (Option<OutboxState>, bool),
) -> Result<(), Failure> {
    let zone = config.company.time_zone;
    let lines = store.outbox(which, None, before, page.limit + 1).await?;
    let list = List {
        page,
        lines,
        name: "mails",
        command: "outbox list",
    };
    list.print(
        &[
            "id",
            "written",
            "case",
            "letter",
            "to",
            "state",
            "attempts",
            "next try or end",
            "answer",
        ],
        |mail| json!(mail.id),
        line_json,
        |mail| {
            vec![
                mail.id.to_string(),
                time(mail.created_at, zone),
                or_dash(mail.reference.as_deref()),
                mail.letter.clone(),
                mail.recipient.clone(),
                state_of(mail),
                mail.attempts.to_string(),
                time(mail.ended_at.unwrap_or(mail.not_before), zone),
                cut(mail.reply.as_deref().unwrap_or("–"), 60),
            ]
        },
    )
}

/// Where a mail stands, and whether it may have been sent before.
pub(super) fn state_of(mail: &OutboxLine) -> String {
    let uncertain = if mail.uncertain { ", uncertain" } else { "" };
    format!("{}{uncertain}", mail.state)
}

pub(super) fn line_json(mail: &OutboxLine) -> Value {
    json!({
        "id": mail.id,
        "case": mail.reference,
        "letter": mail.letter,
        "recipient": mail.recipient,
        "state": mail.state,
        "attempts": mail.attempts,
        "outcome": mail.outcome,
        "uncertain": mail.uncertain,
        "reply": mail.reply,
        "created_at": mail.created_at,
        "not_before": mail.not_before,
        "ended_at": mail.ended_at,
    })
}
