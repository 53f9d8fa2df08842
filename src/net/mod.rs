//! The wires: IMAP in, SMTP out, and TLS under both.

pub mod imap;
pub mod tls;
