//! Inbound mail: raw bytes in, a [`Reading`] out. Pure: no I/O, no clock, no randomness.
//!
//! A message passes, in this order: the screen (bounds, before any parser sees it), the parser,
//! addresses, text and attachments, and the question of what kind of sender wrote it.

pub mod address;
mod attachments;
mod bounce;
pub mod clean;
mod headers;
mod language;
mod nature;
mod read;
mod reading;
mod screen;

pub use read::{Context, read};
pub use reading::{Address, Attachment, Bounce, BounceRecipient, Nature, Quarantine, Reading};
