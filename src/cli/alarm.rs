//! `redress alarm`: which alarms last, and whether they arrive.

use chrono::TimeDelta;
use clap::Subcommand;
use serde_json::json;

use super::show::{Table, json, time};
use super::{CONFIG, Failure, UNAVAILABLE, open};
use crate::alarm::Alarm;
use crate::config::Config;
use crate::work::watch::{Notice, State};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the alarms that last.
    List {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Send a test alarm by each way that is configured. Needs no database.
    Test,
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        match self {
            Command::List { json } => list(config, json).await,
            Command::Test => test(config).await,
        }
    }
}

async fn list(config: &Config, as_json: bool) -> Result<(), Failure> {
    let store = open(config).await?;
    let now = store.now().await?;
    let zone = config.company.time_zone;
    let mut table = Table::new(&["alarm", "about", "since", "last seen", "means"]);
    let mut values = Vec::new();
    for one in store.lasting_alarms().await? {
        let meaning = Alarm::from_name(&one.name).map_or("", Alarm::meaning);
        let unseen = TimeDelta::from_std(one.unseen_for).unwrap_or_default();
        let seen_at = now.checked_sub_signed(unseen).unwrap_or(now);
        let of_profile = one.name == Alarm::Calendar.as_str();
        if as_json {
            let subject = Some(one.subject).filter(|subject| !subject.is_empty());
            values.push(json!({
                "alarm": one.name,
                "mailbox": subject.clone().filter(|_| !of_profile),
                "profile": subject.filter(|_| of_profile),
                "since": one.began_at,
                "last_seen": seen_at,
                "means": meaning,
            }));
        } else {
            table.row(vec![
                one.name,
                one.subject,
                time(one.began_at, zone),
                time(seen_at, zone),
                meaning.to_owned(),
            ]);
        }
    }
    if as_json {
        println!("{}", json(&json!(values))?);
    } else {
        print!("{}", table.text());
    }
    Ok(())
}

async fn test(config: &Config) -> Result<(), Failure> {
    let paths = config.alarm.paths();
    if paths.is_empty() {
        return Err(Failure::new(
            CONFIG,
            "no way is configured by which alarms go out: set alarm.command, or [alarm.smtp]",
        ));
    }
    let notice = Notice {
        alarm: None,
        subject: String::new(),
        state: State::Raised,
        figures: String::new(),
        since: None,
        host: host(),
    };
    let mut failed = false;
    for (path, told) in paths.try_each(&notice).await {
        match told {
            Ok(how) => println!("ok     {path}  {how}"),
            Err(problem) => {
                failed = true;
                println!("WRONG  {path}  {problem}");
            }
        }
    }
    if failed {
        return Err(Failure::new(
            UNAVAILABLE,
            "an alarm wouldn't arrive by every way",
        ));
    }
    Ok(())
}

fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}
