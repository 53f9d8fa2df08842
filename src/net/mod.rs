//! The wires: IMAP in, SMTP out, TLS under both, and DNS.

pub mod dns;
pub mod http;
pub mod imap;
mod lines;
pub mod smtp;
pub mod tls;
