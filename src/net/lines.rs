//! Lines read from a bare socket before TLS: few, short, and each within its time.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Most bytes taken without encryption before a line ends.
const MOST_BYTES: usize = 8192;

/// A socket read line by line.
pub(super) struct Lines<'a> {
    tcp: &'a mut TcpStream,
    longest: Duration,
    /// Read, but not yet taken as a line.
    read: Vec<u8>,
}

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum LinesError {
    /// Nothing came for so long.
    Silent(Duration),
    Lost(String),
}

impl<'a> Lines<'a> {
    pub(super) fn new(tcp: &'a mut TcpStream, longest: Duration) -> Lines<'a> {
        Lines {
            tcp,
            longest,
            read: Vec::new(),
        }
    }

    /// The next line without its end.
    pub(super) async fn next(&mut self) -> Result<String, LinesError> {
        loop {
            if let Some(end) = self.read.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.read.len() > MOST_BYTES {
                return Err(LinesError::Lost("a line without an end".to_owned()));
            }
            match timeout(self.longest, self.tcp.read_buf(&mut self.read)).await {
                Ok(Ok(0)) => return Err(LinesError::Lost("closed by the server".to_owned())),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(LinesError::Lost(error.kind().to_string())),
                Err(_) => return Err(LinesError::Silent(self.longest)),
            }
        }
    }

    pub(super) async fn send(&mut self, line: &str) -> Result<(), LinesError> {
        timeout(self.longest, self.tcp.write_all(line.as_bytes()))
            .await
            .map_err(|_| LinesError::Silent(self.longest))?
            .map_err(|error| LinesError::Lost(error.kind().to_string()))
    }

    /// Whether everything read was taken: what is left was sent before TLS, and not by a server in order.
    pub(super) fn is_drained(&self) -> bool {
        self.read.is_empty()
    }
}
