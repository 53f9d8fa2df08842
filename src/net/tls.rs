//! TLS as both wires use it: the system's roots, or one private CA; never an unverified peer.

use std::path::PathBuf;

use serde::Deserialize;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// TLS from the first byte (RFC 8314). The default.
    #[default]
    Tls,
    /// STARTTLS; ends with an error where the server doesn't offer it. Nothing read before TLS is kept.
    Starttls,
    /// No encryption at all: for loopback, or a tunnel of your own.
    PlainWithoutEncryption,
}

/// Where to connect and how to trust who answers.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// PEM file of a private certificate authority, trusted instead of the system's roots.
    pub ca_file: Option<PathBuf>,
}
