//! Inbound mail: raw bytes in, a [`Reading`] out. Pure: no I/O, no clock, no randomness.

mod reading;

pub use reading::{Address, Attachment, Bounce, BounceRecipient, Nature, Quarantine, Reading};
