//! Redress: the complaints mailbox that keeps its promises.
//!
//! Mail comes in by IMAP, becomes case history in Postgres, and goes out by SMTP. ARCHITECTURE.md
//! says how the parts fit together and why.

pub mod alarm;
pub mod archive;
pub mod case;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod failpoint;
pub mod ids;
pub mod language;
pub mod letter;
pub mod mail;
mod markup;
pub mod measures;
pub mod net;
pub mod policy;
pub mod random;
pub mod review;
pub mod sandbox;
pub mod schedule;
pub mod secret;
pub mod staff;
pub mod store;
pub mod toml_text;
pub mod work;
