//! Redress: the complaints mailbox that keeps its promises.

pub mod mail;
pub mod net;
pub mod sandbox;
