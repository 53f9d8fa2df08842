//! `redress migrate`: the database's schema.

use std::io::IsTerminal;

use super::Failure;
use crate::config::Config;
use crate::store::Store;

pub(super) async fn migrate(config: &Config) -> Result<(), Failure> {
    let store = Store::connect(&config.database.settings()).await?;
    let applied = store.migrate().await?;
    let version = Store::needed_version();
    match applied.len() {
        0 => println!("the database is at schema version {version} already"),
        1 => println!("the database is at schema version {version} now (1 migration applied)"),
        n => println!("the database is at schema version {version} now ({n} migrations applied)"),
    }
    let terminal = std::io::stderr().is_terminal();
    let indexed = store
        .index_missing(|so_far| {
            if terminal {
                eprint!("\r{so_far} cases made findable");
            }
        })
        .await?;
    if terminal && indexed > 0 {
        eprint!("\r\x1b[K");
    }
    if indexed > 0 {
        println!("{indexed} older cases can be found by their words now");
    }
    Ok(())
}
