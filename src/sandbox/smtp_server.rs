//! A small SMTP server of our own (RFC 5321): it files mail, keeps it, or counts it; and fails on demand.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::authority::Authority;
use super::lmtp;

/// Largest mail taken, in bytes.
const MOST_BYTES: usize = 60_000_000;

/// Longest command line taken, in bytes.
const LONGEST_LINE: usize = 4096;

/// What becomes of mail that was accepted.
#[derive(Debug, Clone, Copy)]
pub enum Keep {
    /// Handed to Dovecot's LMTP on this port. Mail to `gone@…` is accepted, and then returned to its envelope
    /// sender, as relays do.
    File { lmtp_port: u16 },
    /// Kept in memory.
    Record,
    /// Counted and dropped.
    Count,
}

/// How a connection goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The recipient is refused with this answer.
    Recipient(&'static str),
    /// The mail is refused after the final dot with this answer.
    Data(&'static str),
    /// The connection is closed once the recipient is named.
    CloseBeforeData,
    /// It is closed in the middle of the mail.
    CloseInData,
    /// The mail is taken, and the connection closed without an answer.
    CloseAfterDot,
    /// The mail is taken, and no answer ever comes.
    SilentAfterDot,
}

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub sender: String,
    pub recipient: String,
    pub bytes: Vec<u8>,
}

/// A running server; it ends when dropped.
pub struct SmtpServer {
    port: u16,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

struct State {
    keep: Keep,
    tls: Option<TlsAcceptor>,
    /// By recipient; each is used up by one mail, but for those that end in `!`.
    faults: Mutex<HashMap<String, Vec<Fault>>>,
    received: Mutex<Vec<Received>>,
    accepted: AtomicU64,
    news: Notify,
}

impl SmtpServer {
    /// Listens on loopback, on a port of the system's choice. With an authority it speaks TLS from the first byte.
    pub async fn start(keep: Keep, authority: Option<&Authority>) -> Result<SmtpServer> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no port is free")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            keep,
            tls: authority.map(Authority::acceptor).transpose()?,
            faults: Mutex::default(),
            received: Mutex::default(),
            accepted: AtomicU64::new(0),
            news: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, Arc::clone(&state)));
        Ok(SmtpServer {
            port,
            state,
            _tasks: tasks,
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets the next mails to a recipient go wrong, in this order.
    pub fn fail(&self, recipient: &str, faults: &[Fault]) {
        lock(&self.state.faults)
            .entry(recipient.to_owned())
            .or_default()
            .extend(faults);
    }

    /// Mails accepted so far.
    pub fn accepted(&self) -> u64 {
        self.state.accepted.load(Ordering::Acquire)
    }

    /// Every mail whose final dot was reached, in order ([`Keep::Record`] only).
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// Waits until so many mails were taken (their final dot reached); false where it takes too long.
    pub async fn wait_for(&self, count: usize, longest: Duration) -> bool {
        let enough = async {
            loop {
                let news = self.state.news.notified();
                let taken = match self.state.keep {
                    Keep::Record => lock(&self.state.received).len(),
                    Keep::File { .. } | Keep::Count => {
                        usize::try_from(self.accepted()).unwrap_or(usize::MAX)
                    }
                };
                if taken >= count {
                    return;
                }
                // a mail may come between the look and the wait
                let _ = tokio::time::timeout(Duration::from_millis(50), news).await;
            }
        };
        tokio::time::timeout(longest, enough).await.is_ok()
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer on port {}", self.port)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    // connections end with the listener
    let mut connections = JoinSet::new();
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            continue;
        };
        while connections.try_join_next().is_some() {}
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // a client that goes away in the middle is nothing to report
            let _ = connection(tcp, &state).await;
        });
    }
}

async fn connection(tcp: TcpStream, state: &State) -> Result<()> {
    tcp.set_nodelay(true)?;
    match &state.tls {
        Some(acceptor) => converse(acceptor.accept(tcp).await?, state).await,
        None => converse(tcp, state).await,
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, state: &State) -> Result<()> {
    let mut stream = BufReader::with_capacity(32_768, stream);
    stream
        .write_all(b"220 localhost ESMTP Redress sandbox\r\n")
        .await?;
    let (mut sender, mut recipient): (Option<String>, Option<String>) = (None, None);
    let mut line = Vec::new();
    loop {
        stream.flush().await?;
        line.clear();
        if !read_line(&mut stream, &mut line).await? {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        let upper = text.to_ascii_uppercase();
        let reply: &[u8] = if upper.starts_with("EHLO") {
            b"250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 60000000\r\n250 SMTPUTF8\r\n"
        } else if upper.starts_with("HELO") {
            b"250 localhost\r\n"
        } else if upper.starts_with("MAIL FROM:") {
            sender = address(&text);
            recipient = None;
            if sender.is_some() {
                b"250 2.1.0 ok\r\n"
            } else {
                b"501 5.1.7 bad address\r\n"
            }
        } else if upper.starts_with("RCPT TO:") {
            match (&sender, address(&text).filter(|to| to.contains('@'))) {
                (None, _) => b"503 5.5.1 MAIL first\r\n",
                (_, None) => b"501 5.1.3 bad address\r\n",
                (Some(_), Some(to)) => match state.fault(&to, |f| matches!(f, Fault::Recipient(_)))
                {
                    Some(Fault::Recipient(answer)) => {
                        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
                        continue;
                    }
                    _ => {
                        if state.fault(&to, |f| f == Fault::CloseBeforeData).is_some() {
                            return Ok(());
                        }
                        recipient = Some(to);
                        b"250 2.1.5 ok\r\n"
                    }
                },
            }
        } else if upper == "DATA" {
            let (Some(from), Some(to)) = (sender.take(), recipient.take()) else {
                stream.write_all(b"503 5.5.1 RCPT first\r\n").await?;
                continue;
            };
            stream.write_all(b"354 go on\r\n").await?;
            stream.flush().await?;
            if state.fault(&to, |f| f == Fault::CloseInData).is_some() {
                read_line(&mut stream, &mut line).await?;
                return Ok(());
            }
            let Some(bytes) = read_mail(&mut stream).await? else {
                return Ok(());
            };
            let Some(answer) = state.take(from, to, bytes).await else {
                return Ok(());
            };
            stream.write_all(answer.as_bytes()).await?;
            continue;
        } else if upper == "RSET" {
            (sender, recipient) = (None, None);
            b"250 2.0.0 ok\r\n"
        } else if upper == "NOOP" {
            b"250 2.0.0 ok\r\n"
        } else if upper == "QUIT" {
            stream.write_all(b"221 2.0.0 bye\r\n").await?;
            stream.flush().await?;
            return Ok(());
        } else {
            b"500 5.5.2 unknown command\r\n"
        };
        stream.write_all(reply).await?;
    }
}

/// One line without its end; false where the client is gone.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    if stream.read_until(b'\n', line).await? == 0 || line.len() > LONGEST_LINE {
        return Ok(false);
    }
    while line.ends_with(b"\n") || line.ends_with(b"\r") {
        line.pop();
    }
    Ok(true)
}

/// A mail up to its final dot, the dots before lines taken off (§4.5.2); `None` where the client is gone.
async fn read_mail(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(8192);
    loop {
        let start = bytes.len();
        if stream.read_until(b'\n', &mut bytes).await? == 0 || bytes.len() > MOST_BYTES {
            return Ok(None);
        }
        let at_line_start = start == 0 || bytes[..start].ends_with(b"\r\n");
        if at_line_start && bytes[start..] == *b".\r\n" {
            bytes.truncate(start);
            return Ok(Some(bytes));
        }
        if at_line_start && bytes[start] == b'.' {
            bytes.remove(start);
        }
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    let clean = address.len() <= 320 && !address.chars().any(|c| c.is_control() || c == ' ');
    clean.then(|| address.to_owned())
}

impl State {
    /// The next fault for a recipient, if it is of the wanted kind.
    fn fault(&self, recipient: &str, wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let queue = faults.get_mut(recipient)?;
        let next = *queue.first()?;
        wanted(next).then(|| queue.remove(0))
    }

    /// Takes a mail whose final dot was reached; the answer, or `None` where the connection just ends.
    async fn take(&self, sender: String, recipient: String, bytes: Vec<u8>) -> Option<String> {
        let fault = self.fault(&recipient, |fault| !matches!(fault, Fault::Recipient(_)));
        if let Some(Fault::Data(answer)) = fault {
            return Some(format!("{answer}\r\n"));
        }
        let filed = match self.keep {
            Keep::Count => Ok(()),
            Keep::Record => {
                lock(&self.received).push(Received {
                    sender,
                    recipient,
                    bytes,
                });
                Ok(())
            }
            Keep::File { lmtp_port } => file(lmtp_port, &sender, &recipient, bytes).await,
        };
        if let Err(error) = filed {
            return Some(format!("451 4.3.0 {error}\r\n"));
        }
        let number = self.accepted.fetch_add(1, Ordering::AcqRel) + 1;
        self.news.notify_waiters();
        match fault {
            Some(Fault::CloseAfterDot) => None,
            Some(Fault::SilentAfterDot) => std::future::pending().await,
            _ => Some(format!("250 2.0.0 ok, mail {number}\r\n")),
        }
    }
}

async fn file(port: u16, sender: &str, recipient: &str, bytes: Vec<u8>) -> Result<()> {
    if !recipient.starts_with("gone@") {
        return lmtp::deliver(port, sender, recipient, &bytes).await;
    }
    // a null reverse-path is never answered (RFC 5321 §6.1)
    if sender.is_empty() {
        return Ok(());
    }
    let head =
        String::from_utf8_lossy(&bytes[..memchr::memmem::find(&bytes, b"\r\n\r\n").unwrap_or(0)])
            .into_owned();
    let report = format!(
        "From: Mail Delivery System <MAILER-DAEMON@localhost>\r\nTo: <{sender}>\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_report\"\r\n\r\n\
         --=_report\r\nContent-Type: text/plain\r\n\r\nThe mail below could not be delivered.\r\n\
         --=_report\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; localhost\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user here\r\n\r\n\
         --=_report\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--=_report--\r\n"
    );
    lmtp::deliver(port, "", sender, report.as_bytes()).await
}
