//! STARTTLS before anything else is said (RFC 3501 §6.2.1), on the bare socket, so that nothing that
//! was read without encryption outlives it ("NO STARTTLS", USENIX Security 2021).

use std::time::Duration;

use tokio::net::TcpStream;

use super::ImapError;
use super::wire::line;
use crate::net::lines::{Lines, LinesError};

const COMMAND: &str = "STARTTLS";

/// Agrees on STARTTLS. The socket is then ready for the TLS handshake.
pub(super) async fn agree(tcp: &mut TcpStream, longest: Duration) -> Result<(), ImapError> {
    let mut lines = Lines::new(tcp, longest);
    let greeting = lines.next().await.map_err(lost)?;
    if greeting.to_ascii_uppercase().starts_with("* BYE") {
        return Err(ImapError::Lost {
            command: COMMAND,
            words: line(greeting[5..].trim()),
        });
    }
    // logged in already, we may not ask for STARTTLS any more (RFC 9051 §7.1.4)
    if greeting.to_ascii_uppercase().starts_with("* PREAUTH") {
        return Err(ImapError::PreAuth);
    }
    if !greeting.to_ascii_uppercase().starts_with("* OK") {
        return Err(ImapError::NoStartTls);
    }
    lines.send("S1 STARTTLS\r\n").await.map_err(lost)?;
    loop {
        let line = lines.next().await.map_err(lost)?.to_ascii_uppercase();
        if line.starts_with("S1 OK") {
            break;
        }
        if line.starts_with("S1 ") {
            return Err(ImapError::NoStartTls);
        }
    }
    if lines.is_drained() {
        Ok(())
    } else {
        Err(ImapError::Injected)
    }
}

fn lost(error: LinesError) -> ImapError {
    match error {
        LinesError::Silent(longest) => ImapError::Silent {
            command: COMMAND,
            seconds: longest.as_secs(),
        },
        LinesError::Lost(words) => ImapError::Lost {
            command: COMMAND,
            words,
        },
    }
}
