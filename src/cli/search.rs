//! `redress case search`: cases by what was written on them.

use clap::Args;
use serde_json::{Value, json};

use super::show::{Table, cut, json as to_json, or_dash, time};
use super::{Failure, USAGE};
use crate::archive::terms::Query;
use crate::config::Config;
use crate::store::Store;
use crate::store::search::{Hit, Scope};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Words that a case has to hold, all of them: in messages, subjects, names, addresses, file names, its
    /// reference, or words of staff. Case and width don't count; Chinese is found from one character on.
    #[arg(required = true)]
    words: Vec<String>,
    /// Most cases shown.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &Arguments,
    store: &Store,
    config: &Config,
) -> Result<(), Failure> {
    let words = arguments.words.join(" ");
    let Some(query) = Query::of(&words) else {
        let message = format!("'{words}' holds no word to look for");
        return Err(Failure::new(USAGE, message));
    };
    // one more, to know whether there are more
    let mut hits = store
        .search(Scope::All, &query, arguments.limit + 1)
        .await?;
    let more = hits.len() > arguments.limit as usize;
    hits.truncate(arguments.limit as usize);
    if arguments.json {
        let list: Vec<Value> = hits.iter().map(hit_json).collect();
        println!("{}", to_json(&json!({ "cases": list, "more": more }))?);
        return Ok(());
    }
    if hits.is_empty() {
        println!("no case holds all of these words");
        return Ok(());
    }
    let zone = config.company.time_zone;
    let mut table = Table::new(&["case", "stage", "handler", "written", "in", "words"]);
    for hit in &hits {
        table.row(vec![
            hit.reference.clone(),
            hit.stage.clone(),
            or_dash(hit.handler.as_deref()),
            time(hit.at, zone),
            hit.place.clone(),
            cut(&hit.snippet, 100),
        ]);
    }
    print!("{}", table.text());
    if more {
        println!("\nthere are more: name more words, or --limit");
    }
    Ok(())
}

fn hit_json(hit: &Hit) -> Value {
    json!({
        "reference": hit.reference,
        "stage": hit.stage,
        "handler": hit.handler,
        "at": hit.at,
        "in": hit.place,
        "snippet": hit.snippet,
        "subject": hit.topic,
        "due_at": hit.due_at,
    })
}
