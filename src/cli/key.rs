//! `redress key`: the keys of signed addresses.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use clap::Subcommand;
use data_encoding::HEXLOWER;

use super::{CONFIG, DATA, Failure, NO_INPUT, UNAVAILABLE, open};
use crate::config::Config;
use crate::letter::ReplyAddresses;
use crate::random::Random;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Begin a new epoch: a new key signs from now on.
    ///
    /// The one before it still counts for staff for `reply.previous_key_for`; for customers all keys in the
    /// file count, so that an answer to an old letter finds its case. Tell running daemons by SIGHUP.
    Rotate,
}

/// Most keys that a file can hold: epochs are one byte.
const LAST_EPOCH: u8 = 255;

impl Command {
    pub(super) async fn run(self, config: &Config) -> Result<(), Failure> {
        match self {
            Command::Rotate => rotate(config).await,
        }
    }
}

async fn rotate(config: &Config) -> Result<(), Failure> {
    let Some(path) = &config.reply.keys_file else {
        return Err(Failure::new(
            CONFIG,
            "there are no keys to rotate: set keys_file in [reply]".to_owned(),
        ));
    };
    let unreadable = |error| Failure::new(NO_INPUT, format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let today = open(config).await?.now().await?;
    let today = today.with_timezone(&config.company.time_zone).date_naive();
    let mut key = [0; 32];
    Random::system()
        .fill(&mut key)
        .map_err(|error| Failure::new(UNAVAILABLE, error.to_string()))?;
    let (epoch, text) = with_new_key(&text, &HEXLOWER.encode(&key), &today.to_string())
        .map_err(|why| Failure::new(DATA, format!("{}: {why}", path.display())))?;
    replace(path, &text).map_err(unreadable)?;
    println!("{}: key {epoch} signs from now on", path.display());
    println!("Tell running daemons: systemctl reload redress (SIGHUP)");
    println!(
        "Addresses of staff signed by the key before it count until {} days from today",
        config.reply.previous_key_for.0.as_secs() / 86_400
    );
    Ok(())
}

/// A key file with one more key, and its epoch.
fn with_new_key(text: &str, key: &str, today: &str) -> Result<(u8, String), String> {
    let known = ReplyAddresses::from_key_file(text).map_err(|error| error.to_string())?;
    let last = known.epoch();
    if last == LAST_EPOCH {
        return Err(format!(
            "epoch {LAST_EPOCH} is the last: take keys away that no letter of yours holds any more, and number the others anew"
        ));
    }
    let epoch = last + 1;
    let mut text = text.to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{epoch} {key} {today}\n"));
    ReplyAddresses::from_key_file(&text).map_err(|error| error.to_string())?;
    Ok((epoch, text))
}

/// Replaces a file whole or not at all, with the mode and owner that it had.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let before = std::fs::metadata(path)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(before.mode() & 0o777)
        .open(new)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::os::unix::fs::fchown(&file, Some(before.uid()), Some(before.gid())))
        .and_then(|()| std::fs::rename(new, path));
    if written.is_err() {
        // what is left behind would be in the way of the next try
        let _ = std::fs::remove_file(new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_takes_the_next_epoch_and_leaves_the_others() {
        let old = format!("# ours\n1 {}\n3 {}", "ab".repeat(32), "cd".repeat(32));
        let (epoch, text) = with_new_key(&old, &"ef".repeat(32), "2026-11-24").unwrap();
        assert_eq!(epoch, 4);
        assert_eq!(text, format!("{old}\n4 {} 2026-11-24\n", "ef".repeat(32)));
        let last = format!("255 {}\n", "ab".repeat(32));
        let error = with_new_key(&last, &"ef".repeat(32), "2026-11-24").unwrap_err();
        assert!(error.contains("is the last"), "{error}");
    }
}
