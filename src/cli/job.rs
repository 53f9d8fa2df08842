//! `redress job`: what is done by the calendar, and doing it now.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::show::{Table, json, time};
use super::{DATA, Failure, SOFTWARE, open};
use crate::config::Config;
use crate::schedule::local;
use crate::work::Wakes;
use crate::work::jobs::{JobName, Ran};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the jobs: when each runs next, and how it went the last time.
    List {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Show the latest runs of a job.
    Show {
        #[arg(value_parser = job_name)]
        name: JobName,
        /// Most lines shown.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Run a job now, besides its schedule.
    Run {
        #[arg(value_parser = job_name)]
        name: JobName,
    },
}

fn job_name(text: &str) -> Result<JobName, String> {
    JobName::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = JobName::ALL.iter().map(|one| one.as_str()).collect();
        format!("there are {}", known.join(", "))
    })
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        match self {
            Command::List { json } => list(config, json).await,
            Command::Show { name, limit, json } => show(config, name, limit, json).await,
            Command::Run { name } => run(config, name).await,
        }
    }
}

async fn list(config: &Config, as_json: bool) -> Result<(), Failure> {
    let store = open(config).await?;
    let zone = config.company.time_zone;
    let now = store.now().await?;
    let settings = config.jobs();
    let mut table = Table::new(&["job", "schedule", "next", "last", "result"]);
    let mut values = Vec::new();
    for name in JobName::ALL {
        let at = settings.get(name).and_then(|one| one.at.as_ref());
        let next = at.and_then(|at| at.next(now, zone));
        let last = store.slots(name.as_str(), 1).await?.into_iter().next();
        let seconds = last
            .as_ref()
            .and_then(|last| Some((last.ended_at? - last.started_at).as_seconds_f64()));
        if as_json {
            values.push(json!({
                "name": name,
                "purpose": name.purpose(),
                "schedule": at.map(ToString::to_string),
                "next": next.map(|(_, at)| at),
                "last_slot": last.as_ref().map(|last| last.slot),
                "last_state": last.as_ref().map(|last| last.state),
                "last_seconds": seconds,
                "last_result": last.as_ref().and_then(|last| last.result.clone()),
            }));
            continue;
        }
        table.row(vec![
            name.to_string(),
            at.map_or("never".to_owned(), ToString::to_string),
            next.map_or("–".to_owned(), |(_, at)| time(at, zone)),
            last.as_ref().map_or("–".to_owned(), |last| {
                format!("{} {}", last.slot.format("%Y-%m-%d %H:%M"), last.state)
            }),
            last.and_then(|last| last.result).unwrap_or_default(),
        ]);
    }
    if as_json {
        println!("{}", json(&json!(values))?);
    } else {
        print!("{}", table.text());
    }
    Ok(())
}

async fn show(config: &Config, name: JobName, limit: u32, as_json: bool) -> Result<(), Failure> {
    let store = open(config).await?;
    let zone = config.company.time_zone;
    let slots = store.slots(name.as_str(), limit).await?;
    if as_json {
        let values: Vec<_> = slots
            .iter()
            .map(|slot| {
                json!({
                    "slot": slot.slot,
                    "state": slot.state,
                    "run_by": slot.run_by,
                    "attempts": slot.attempts,
                    "started_at": slot.started_at,
                    "ended_at": slot.ended_at,
                    "result": slot.result,
                })
            })
            .collect();
        println!("{}", json(&json!(values))?);
        return Ok(());
    }
    let mut table = Table::new(&["slot", "state", "by", "started", "result"]);
    for slot in slots {
        table.row(vec![
            slot.slot.format("%Y-%m-%d %H:%M").to_string(),
            slot.state.to_string(),
            slot.run_by.unwrap_or("schedule".to_owned()),
            time(slot.started_at, zone),
            slot.result.unwrap_or_default(),
        ]);
    }
    print!("{}", table.text());
    Ok(())
}

async fn run(config: &Config, name: JobName) -> Result<(), Failure> {
    let store = open(config).await?;
    let now = store.now().await?;
    let post = Arc::new(config.post(&store).await?);
    let jobs = config.job_runner(&store, None, Wakes::default(), post);
    match jobs.run_now(name, "operator").await? {
        Ran::Done(result) => {
            println!("{name}: {result}");
            Ok(())
        }
        Ran::Failed(why) => Err(Failure::new(SOFTWARE, format!("{name}: {why}"))),
        Ran::Taken => {
            let slot = local(now, config.company.time_zone);
            Err(Failure::new(
                DATA,
                format!("{name}: somebody has run it at {slot} already"),
            ))
        }
    }
}
