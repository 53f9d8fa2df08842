//! `redress party`: people, as far as something is kept of them.

mod erase;
mod export;

use clap::Subcommand;

use super::Failure;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Hand out what is kept about a person who asks for it: their cases, the mails from their address and the
    /// letters to it, and what is recorded of what they did. No notes and findings of staff, nothing of others.
    Export(export::Export),
    /// Erase what is kept of a customer who asks for it (§7): their closed cases and their mail without a case.
    ///
    /// A case that is open, under legal hold, or kept by a law that its policy profile names (`kept_by`) is
    /// refused with the reason; the status is then 65, and the others are erased all the same. Mail that comes
    /// from the address later is somebody new.
    Erase(erase::Erase),
}

pub(super) async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Export(arguments) => export::export(&arguments, config).await,
        Command::Erase(arguments) => erase::erase(arguments, config).await,
    }
}
