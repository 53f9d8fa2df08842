//! What staff do by mail: who they are, what a mail of theirs orders, whether it is theirs at all, and what they
//! are answered. Pure: no I/O, no clock.
//!
//! A mail's new text becomes commands ([`command::parse`]); a command's names, dates and codes become what the
//! core understands ([`command::resolve`]); [`proof`] says whether any of it counts. [`answer`] and
//! [`help`] say in words what can't be done, and what can.

pub mod answer;
mod assign;
pub mod command;
pub mod digest;
mod directory;
pub mod flood;
pub mod help;
pub mod notice;
pub mod proof;
mod tongue;
mod typed;
pub mod values;

pub use directory::{Absence, Directory, Member, NoOne, Unknown, mail_address};
pub use tongue::Tongue;
