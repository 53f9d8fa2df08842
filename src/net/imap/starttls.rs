//! STARTTLS before anything else is said (RFC 3501 §6.2.1), on the bare socket, so that nothing that
//! was read without encryption outlives it ("NO STARTTLS", USENIX Security 2021).

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::ImapError;

const COMMAND: &str = "STARTTLS";

/// Longest greeting or answer taken without encryption.
const MOST_BYTES: usize = 8192;

/// Agrees on STARTTLS. The socket is then ready for the TLS handshake.
pub(super) async fn agree(tcp: &mut TcpStream, longest: Duration) -> Result<(), ImapError> {
    let mut lines = Lines {
        tcp,
        longest,
        read: Vec::new(),
    };
    let greeting = lines.next().await?;
    // a server that says we are logged in already would take commands without encryption
    if !greeting.to_ascii_uppercase().starts_with("* OK") {
        return Err(ImapError::NoStartTls);
    }
    timeout(longest, lines.tcp.write_all(b"S1 STARTTLS\r\n"))
        .await
        .map_err(|_| ImapError::Silent {
            command: COMMAND,
            seconds: longest.as_secs(),
        })?
        .map_err(|error| ImapError::Lost {
            command: COMMAND,
            words: error.kind().to_string(),
        })?;
    loop {
        let line = lines.next().await?.to_ascii_uppercase();
        if line.starts_with("S1 OK") {
            break;
        }
        if line.starts_with("S1 ") {
            return Err(ImapError::NoStartTls);
        }
    }
    if lines.read.is_empty() {
        Ok(())
    } else {
        Err(ImapError::Injected)
    }
}

struct Lines<'a> {
    tcp: &'a mut TcpStream,
    longest: Duration,
    /// Read, but not yet taken as a line.
    read: Vec<u8>,
}

impl Lines<'_> {
    async fn next(&mut self) -> Result<String, ImapError> {
        loop {
            if let Some(end) = self.read.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.read.len() > MOST_BYTES {
                return Err(ImapError::Garbled { command: COMMAND });
            }
            let count = timeout(self.longest, self.tcp.read_buf(&mut self.read))
                .await
                .map_err(|_| ImapError::Silent {
                    command: COMMAND,
                    seconds: self.longest.as_secs(),
                })?
                .map_err(|error| ImapError::Lost {
                    command: COMMAND,
                    words: error.kind().to_string(),
                })?;
            if count == 0 {
                let words = "closed by the server".to_owned();
                return Err(ImapError::Lost {
                    command: COMMAND,
                    words,
                });
            }
        }
    }
}
