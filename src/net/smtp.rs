//! SMTP (RFC 5321): one mail to one recipient at a time, and exact knowledge of how far it came.
//!
//! lettre does the wire format. Its transport, though, has no time-out but for connecting and tells
//! nothing of the stage reached, so its connection is driven here stage by stage.

mod bounded;
mod starttls;

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::tls::{ConnectError, Endpoint, Security, Stream};
use crate::secret::Secret;

/// How to reach the server that takes our mail.
#[derive(Debug, Clone)]
pub struct Settings {
    pub endpoint: Endpoint,
    pub login: Option<(String, Secret)>,
    /// The name we greet with.
    pub hello_name: String,
    /// Longest wait for any one answer.
    pub timeout: Duration,
    /// Longest wait for the answer to the final dot (RFC 5321 §4.5.3.2.6: ten minutes).
    pub accept_timeout: Duration,
}

/// How offering a mail ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// 2xx after the final dot: the server answers for the mail now.
    Accepted(String),
    /// A refusal that may pass: 4xx, or any that is about us rather than the recipient.
    Later(String),
    /// A refusal for good: 5xx for this recipient or this mail.
    Final(String),
    /// Cut off before the server could have accepted the mail.
    Broken(String),
    /// Cut off after the mail had been handed over: it may have been accepted.
    Uncertain(String),
}

/// Why there is no connection to the mail server.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    #[error("{0}")]
    Connect(#[from] ConnectError),
    #[error(
        "the server offers no STARTTLS, or somebody in between hides that it does: nothing was sent; try security = \"tls\", which nobody can hide"
    )]
    NoStartTls,
    #[error(
        "the server sent data between STARTTLS and TLS: somebody may be in between; nothing was sent"
    )]
    Injected,
    #[error("login refused: {0}; check user and password_file")]
    Login(String),
    #[error("{stage} wasn't answered within {seconds} s")]
    Silent { stage: &'static str, seconds: u64 },
    #[error("refused at {stage}: {words}")]
    Refused { stage: &'static str, words: String },
}

/// A connection, greeted and logged in.
pub struct Connection {
    inner: AsyncSmtpConnection,
    protocol: Option<String>,
    timeout: Duration,
    accept_timeout: Duration,
    usable: bool,
}

impl Connection {
    /// Connects, greets and logs in.
    pub async fn open(settings: &Settings) -> Result<Connection, SmtpError> {
        let endpoint = &settings.endpoint;
        let hello = ClientId::Domain(settings.hello_name.clone());
        let stream: Box<dyn AsyncTokioStream> =
            match (endpoint.security, endpoint.connect(settings.timeout).await?) {
                (Security::Starttls, Stream::Plain(mut tcp)) => {
                    starttls::agree(&mut tcp, &settings.hello_name, settings.timeout).await?;
                    let stream = endpoint.encrypt(tcp, settings.timeout).await?;
                    Box::new(starttls::Greeted::new(stream))
                }
                (_, stream) => Box::new(stream),
            };
        let protocol = match (endpoint.security, &stream) {
            (Security::PlainWithoutEncryption, _) => None,
            _ => Some("TLS".to_owned()),
        };
        let stream: Box<dyn AsyncTokioStream> = Box::new(bounded::Bounded::new(stream));
        let greet = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let inner = timeout(settings.timeout, greet)
            .await
            .map_err(|_| silent("the greeting", settings.timeout))?
            .map_err(|error| SmtpError::Refused {
                stage: "the greeting",
                words: words(&error),
            })?;
        let mut connection = Connection {
            inner,
            protocol,
            timeout: settings.timeout,
            accept_timeout: settings.accept_timeout,
            usable: true,
        };
        if let Some((user, password)) = &settings.login {
            connection.log_in(user, password).await?;
        }
        Ok(connection)
    }

    /// What the server says of itself: `TLS` where encrypted, and the extensions that matter to us.
    pub fn features(&self) -> Vec<String> {
        let server = self.inner.server_info();
        let mut features: Vec<String> = self.protocol.iter().cloned().collect();
        if server.supports_feature(Extension::EightBitMime) {
            features.push("8BITMIME".to_owned());
        }
        if server.supports_feature(Extension::SmtpUtfEight) {
            features.push("SMTPUTF8".to_owned());
        }
        features
    }

    /// Whether it can take another mail.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Whether the server still answers.
    pub async fn is_alive(&mut self) -> bool {
        let alive = timeout(self.timeout, self.inner.command(Noop)).await;
        self.usable &= matches!(alive, Ok(Ok(_)));
        self.usable
    }

    /// Offers one mail for one recipient. `sender` is the envelope's; empty is the null reverse-path.
    pub async fn offer(&mut self, sender: &str, recipient: &str, bytes: &[u8]) -> Delivery {
        let Ok(recipient) = recipient.parse::<Address>() else {
            return Delivery::Final("the address can't be written in SMTP".to_owned());
        };
        let from = match sender {
            "" => None,
            sender => match sender.parse::<Address>() {
                Ok(address) => Some(address),
                Err(_) => return Delivery::Later("our own sender address is wrong".to_owned()),
            },
        };
        let mut options = Vec::new();
        if !AsRef::<str>::as_ref(&recipient).is_ascii() {
            if !self
                .inner
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                let words = "the mail server takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)";
                return Delivery::Final(words.to_owned());
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        // what is refused before a recipient is named is about us, not about the customer
        if let Err(ended) = self.stage("MAIL FROM", Mail::new(from, options)).await {
            return self.reset(ended.about_us()).await;
        }
        if let Err(ended) = self.stage("RCPT TO", Rcpt::new(recipient, vec![])).await {
            return self.reset(ended).await;
        }
        if let Err(ended) = self.stage("DATA", Data).await {
            return self.reset(ended).await;
        }
        // the line end before the final dot belongs to the mail (RFC 5321 §4.1.1.4)
        let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        match timeout(self.accept_timeout, self.inner.message(bytes)).await {
            Ok(Ok(response)) => Delivery::Accepted(said(&response)),
            Ok(Err(error)) if error.status().is_some() => {
                let ended = refusal(&error);
                self.usable &= !is_closing(&error);
                ended
            }
            Ok(Err(error)) => {
                self.usable = false;
                Delivery::Uncertain(format!("after the final dot: {}", words(&error)))
            }
            Err(_) => {
                self.usable = false;
                let seconds = self.accept_timeout.as_secs();
                Delivery::Uncertain(format!("no answer to the final dot within {seconds} s"))
            }
        }
    }

    /// Takes leave.
    pub async fn close(mut self) {
        // whether or not the server answers, the connection is done
        let _ = timeout(self.timeout.min(Duration::from_secs(2)), self.inner.quit()).await;
    }

    async fn log_in(&mut self, user: &str, password: &Secret) -> Result<(), SmtpError> {
        let credentials = Credentials::new(user.to_owned(), password.reveal().to_owned());
        let login = self
            .inner
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        timeout(self.timeout, login)
            .await
            .map_err(|_| silent("the login", self.timeout))?
            .map(|_| ())
            .map_err(|error| match words(&error) {
                words if error.is_permanent() => SmtpError::Login(words),
                // it has nothing against our password
                words => SmtpError::Refused {
                    stage: "the login",
                    words,
                },
            })
    }

    async fn stage<C: std::fmt::Display>(
        &mut self,
        name: &'static str,
        command: C,
    ) -> Result<(), Delivery> {
        match timeout(self.timeout, self.inner.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.status().is_some() => {
                self.usable &= !is_closing(&error);
                Err(refusal(&error))
            }
            Ok(Err(error)) => {
                self.usable = false;
                Err(Delivery::Broken(format!("at {name}: {}", words(&error))))
            }
            Err(_) => {
                self.usable = false;
                let seconds = self.timeout.as_secs();
                Err(Delivery::Broken(format!(
                    "no answer to {name} within {seconds} s"
                )))
            }
        }
    }

    /// Readies the connection for another mail after a refusal.
    async fn reset(&mut self, ended: Delivery) -> Delivery {
        if self.usable {
            let reset = timeout(self.timeout, self.inner.command(Rset)).await;
            self.usable = matches!(reset, Ok(Ok(_)));
        }
        ended
    }
}

impl Delivery {
    fn about_us(self) -> Delivery {
        match self {
            Delivery::Final(words) => Delivery::Later(format!("our sender was refused: {words}")),
            other => other,
        }
    }
}

fn refusal(error: &lettre::transport::smtp::Error) -> Delivery {
    if error.is_permanent() {
        Delivery::Final(words(error))
    } else {
        Delivery::Later(words(error))
    }
}

/// 421: the server closes the connection (RFC 5321 §3.8).
fn is_closing(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| code.to_string() == "421")
}

fn said(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    one_line(&format!("{} {}", response.code(), text.join(" ")))
}

/// The server's own words with their code, or what went wrong with the connection.
fn words(error: &lettre::transport::smtp::Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), source) {
        (Some(code), Some(text)) => one_line(&format!("{code} {text}")),
        (Some(code), None) => code.to_string(),
        (None, Some(text)) => one_line(&text),
        (None, None) => "the connection failed".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

fn silent(stage: &'static str, longest: Duration) -> SmtpError {
    SmtpError::Silent {
        stage,
        seconds: longest.as_secs(),
    }
}

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        Stream::peer_addr(self)
    }
}
