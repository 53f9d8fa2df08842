//! The wires: IMAP in, SMTP out, and TLS under both.

pub mod imap;
mod lines;
pub mod smtp;
pub mod tls;
