//! Private servers for the demo, the bench and the tests: Postgres, Dovecot, and an SMTP server of our own.
//!
//! Each lives in a folder of its own, on loopback and on ports that were free, runs as an unprivileged user
//! where we are root, and ends with the process that started it, whatever ends that. Nothing that
//! was there before is touched.

pub mod authority;
pub mod dovecot;
mod home;
pub mod lmtp;
pub mod postgres;
mod process;
pub mod smtp_server;

pub use home::Home;

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// Debian packages that hold the servers, of those that are missing here.
pub fn missing_packages() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if postgres::programs().is_err() {
        missing.push("postgresql");
    }
    if !process::is_installed("dovecot") {
        missing.push("dovecot-imapd");
    }
    if !std::path::Path::new("/usr/lib/dovecot/lmtp").exists() {
        missing.push("dovecot-lmtpd");
    }
    if !process::is_installed("openssl") {
        missing.push("openssl");
    }
    missing
}

/// A port that is free now. Somebody may take it before it is used, so users of it try again.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
