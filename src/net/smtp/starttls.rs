//! STARTTLS before anything else is said (RFC 3207), on the bare socket, so that nothing that was read
//! without encryption outlives it. lettre keeps its read buffer across the handshake; here there is none.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::SmtpError;
use crate::net::lines::{Lines, LinesError};
use crate::net::tls::Stream;

/// Agrees on STARTTLS. The socket is then ready for the TLS handshake.
pub(super) async fn agree(
    tcp: &mut TcpStream,
    hello_name: &str,
    longest: Duration,
) -> Result<(), SmtpError> {
    let mut lines = Lines::new(tcp, longest);
    answer(&mut lines, "the greeting").await?;
    lines
        .send(&format!("EHLO {hello_name}\r\n"))
        .await
        .map_err(|error| lost("EHLO", error))?;
    let offered = answer(&mut lines, "EHLO").await?;
    if !offered
        .iter()
        .any(|line| line.eq_ignore_ascii_case("STARTTLS"))
    {
        return Err(SmtpError::NoStartTls);
    }
    lines
        .send("STARTTLS\r\n")
        .await
        .map_err(|error| lost("STARTTLS", error))?;
    answer(&mut lines, "STARTTLS").await?;
    if lines.is_drained() {
        Ok(())
    } else {
        Err(SmtpError::Injected)
    }
}

/// The texts of a positive answer's lines.
async fn answer(lines: &mut Lines<'_>, stage: &'static str) -> Result<Vec<String>, SmtpError> {
    let mut texts = Vec::new();
    loop {
        let line = lines.next().await.map_err(|error| lost(stage, error))?;
        let (code, more) = (line.get(..3).unwrap_or(""), line.get(3..4) == Some("-"));
        if !code.starts_with('2') {
            return Err(SmtpError::Refused {
                stage,
                words: super::one_line(&line),
            });
        }
        texts.push(line.get(4..).unwrap_or("").to_owned());
        if !more {
            return Ok(texts);
        }
    }
}

fn lost(stage: &'static str, error: LinesError) -> SmtpError {
    match error {
        LinesError::Silent(longest) => super::silent(stage, longest),
        LinesError::Lost(words) => SmtpError::Refused { stage, words },
    }
}

/// An encrypted connection whose greeting was read before: lettre expects one, and gets this.
#[derive(Debug)]
pub(super) struct Greeted {
    stream: Stream,
    greeting: &'static [u8],
}

impl Greeted {
    pub(super) fn new(stream: Stream) -> Greeted {
        Greeted {
            stream,
            greeting: b"220 encrypted now\r\n",
        }
    }
}

impl AsyncRead for Greeted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.greeting.len().min(buffer.remaining());
        buffer.put_slice(&self.greeting[..count]);
        self.greeting = &self.greeting[count..];
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Greeted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
