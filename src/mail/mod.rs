//! Inbound mail: raw bytes in, a [`Reading`] out. Pure: no I/O, no clock, no randomness.
//!
//! A message passes, in this order: the screen (bounds, before anything else sees it), its structure,
//! addresses, text and attachments, the new text in it, the question of what kind of sender wrote it,
//! and whether that sender is proven.

pub mod address;
mod addresses;
mod attachments;
mod body;
mod bounce;
mod broken;
mod calendar;
mod charset;
pub mod clean;
mod embedded;
mod flowed;
mod forwarded;
mod headers;
mod html;
mod language;
mod nature;
mod params;
mod read;
mod reading;
mod reply;
mod rtf;
mod screen;
mod smime;
mod sniff;
pub mod standing;
mod structure;
mod tnef;
mod transfer;
mod words;

pub use read::{Context, files, read};
pub use reading::{
    Address, Attachment, Bounce, BounceRecipient, Nature, Quarantine, Reading, Resent,
};
pub use standing::Standing;
