//! LMTP (RFC 2033), just enough to hand a mail to Dovecot.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Delivers one mail to one recipient, whose address stays in X-Original-To. The server's words where it
/// refuses.
pub async fn deliver(port: u16, sender: &str, recipient: &str, bytes: &[u8]) -> Result<()> {
    let trace = format!("X-Original-To: {recipient}\r\n");
    let bytes = [trace.as_bytes(), bytes].concat();
    let (bytes, recipient) = (bytes.as_slice(), &super::dovecot::user(recipient));
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .context("no LMTP server")?;
    let mut stream = BufReader::new(stream);
    answer(&mut stream, '2').await?;
    for (line, expected) in [
        ("LHLO localhost".to_owned(), '2'),
        (format!("MAIL FROM:<{sender}>"), '2'),
        (format!("RCPT TO:<{recipient}>"), '2'),
        ("DATA".to_owned(), '3'),
    ] {
        stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        answer(&mut stream, expected).await?;
    }
    let mut stuffed = Vec::with_capacity(bytes.len() + 64);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        // every line ends in CRLF, or a dot after a bare LF could end the mail early
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        stuffed.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed.extend_from_slice(b".\r\n");
    stream.write_all(&stuffed).await?;
    answer(&mut stream, '2').await?;
    stream.write_all(b"QUIT\r\n").await?;
    Ok(())
}

async fn answer(stream: &mut BufReader<TcpStream>, expected: char) -> Result<()> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            bail!("the LMTP server hung up");
        }
        if line.as_bytes().get(3) == Some(&b'-') {
            continue;
        }
        if !line.starts_with(expected) {
            bail!("{}", line.trim_end());
        }
        return Ok(());
    }
}
