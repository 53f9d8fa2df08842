//! `redress run`: the daemon.

use std::path::PathBuf;

use super::{Failure, log};
use crate::config::Config;
use crate::daemon;

pub(super) async fn run(path: PathBuf) -> Result<(), Failure> {
    let config = Config::load(&path)?;
    log::start(&config.log);
    daemon::run(path, config).await?;
    Ok(())
}
