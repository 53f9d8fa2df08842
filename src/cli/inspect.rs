//! `redress inspect`: what Redress reads in a mail.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, NO_INPUT, SOFTWARE, UNAVAILABLE};
use crate::config::Config;
use crate::mail::{self, Reading, standing};
use crate::net::dns::{self, Dns};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Mails to read (RFC 5322, as `.eml` files hold them); `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one line of JSON for each file.
    #[arg(long)]
    json: bool,
    /// Look up the keys of signatures in DNS. Without it nobody is asked anything.
    #[arg(long)]
    dns: bool,
}

/// Longest wait for the keys of one mail, where the configuration sets none.
const WITHIN: Duration = Duration::from_secs(3);

/// One file after the other; what can't be read is said in its place.
pub(super) async fn inspect(arguments: &Arguments, config: &Path) -> Result<ExitCode, Failure> {
    // our own addresses make mail of ours known as such; without a configuration there are none
    let config = Config::load(config).ok();
    let mailboxes = config.iter().flat_map(|config| &config.mailboxes);
    let own: Vec<String> = mailboxes
        .clone()
        .map(|m| m.address.to_lowercase())
        .collect();
    let authserv_ids: Vec<String> = mailboxes.flat_map(|m| m.authserv_id.clone()).collect();
    let context = mail::Context {
        own_addresses: &own,
        authserv_ids: &authserv_ids,
    };
    let dns = match arguments.dns {
        true => Some(resolver(config.as_ref())?),
        false => None,
    };
    let mut unread = 0;
    let mut out = std::io::stdout();
    for file in &arguments.files {
        let shown = file.display().to_string();
        let mut reading = bytes(file).map(|bytes| mail::read(&bytes, &context));
        if let (Ok(reading), Some(dns)) = (&mut reading, &dns) {
            settle(reading, dns).await;
        }
        unread += usize::from(reading.is_err());
        let text = match (&reading, arguments.json) {
            (Ok(reading), true) => line(&shown, reading)?,
            (Err(error), true) => json!({ "file": shown, "error": error }).to_string() + "\n",
            (Ok(reading), false) => for_people(&shown, reading)?,
            (Err(error), false) => format!("{shown}: can't be read: {error}\n"),
        };
        if out.write_all(text.as_bytes()).is_err() {
            // a reader who has seen enough closes the pipe
            break;
        }
    }
    Ok(if unread == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO_INPUT)
    })
}

fn resolver(config: Option<&Config>) -> Result<Dns, Failure> {
    let settings = dns::Settings {
        servers: config.map_or_else(Vec::new, |config| config.dns.servers.clone()),
        within: config.map_or(WITHIN, |config| config.dns.timeout.0),
    };
    Dns::new(&settings).map_err(|error| Failure::new(UNAVAILABLE, error.to_string()))
}

/// Looks up the keys of one mail. When it came isn't known, so the times of signatures aren't judged.
async fn settle(reading: &mut Reading, dns: &Dns) {
    let names = reading.claims.iter().map(|claim| claim.key_name.clone());
    let answers = dns.txt(names.collect()).await;
    reading.standing = standing::settle(&reading.standing, &reading.claims, &answers, None);
}

fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        return read.map(|_| bytes).map_err(|error| error.to_string());
    }
    std::fs::read(file).map_err(|error| error.to_string())
}

fn value(file: &str, reading: &Reading) -> Result<Value, Failure> {
    let mut value =
        serde_json::to_value(reading).map_err(|error| Failure::new(SOFTWARE, error.to_string()))?;
    value["file"] = json!(file);
    Ok(value)
}

fn line(file: &str, reading: &Reading) -> Result<String, Failure> {
    Ok(value(file, reading)?.to_string() + "\n")
}

fn for_people(file: &str, reading: &Reading) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(&value(file, reading)?)
        .map_err(|error| Failure::new(SOFTWARE, error.to_string()))?;
    Ok(text + "\n")
}
