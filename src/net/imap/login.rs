//! From a connection to a session that is logged in.

use std::time::Duration;

use async_imap::error::Error;
use async_imap::imap_proto::{Capability, Outcome, Response, ResponseCode, Status};

use super::bounded::Bounded;
use super::wire::{Connection, failed, is_passing, line, lost, within, words};
use super::{ImapError, Settings, starttls};
use crate::net::tls::{Security, Stream};

type Client = async_imap::Client<Bounded<Stream>>;

/// Connects and logs in. Also the version of TLS; `None` where nothing is encrypted.
pub(super) async fn open(settings: &Settings) -> Result<(Connection, Option<String>), ImapError> {
    let patience = settings.timeout;
    let endpoint = &settings.endpoint;
    let (stream, greeted) = match (endpoint.security, endpoint.connect(patience).await?) {
        (Security::Starttls, Stream::Plain(mut tcp)) => {
            starttls::agree(&mut tcp, patience).await?;
            (endpoint.encrypt(tcp, patience).await?, true)
        }
        (_, stream) => (stream, false),
    };
    let protocol = stream.protocol();
    let mut client = async_imap::Client::new(Bounded::new(stream));
    if !greeted {
        greet(&mut client, patience).await?;
    }
    Ok((login(client, settings).await?, protocol))
}

async fn greet(client: &mut Client, patience: Duration) -> Result<(), ImapError> {
    const NAME: &str = "connecting";
    let greeting = within(NAME, patience, client.read_response())
        .await?
        .map_err(|error| failed(NAME, &error.into()))?
        .ok_or_else(|| lost(NAME, "closed by the server"))?;
    match greeting.parsed() {
        Response::Data {
            status: Status::Ok,
            outcome,
            ..
        } if refuses_passwords(outcome) => Err(ImapError::LoginDisabled),
        Response::Data {
            status: Status::Ok, ..
        } => Ok(()),
        Response::Data {
            status: Status::PreAuth,
            ..
        } => Err(ImapError::PreAuth),
        Response::Data {
            status: Status::Bye,
            outcome,
        } => Err(lost(NAME, &words(outcome))),
        _ => Err(ImapError::Garbled { command: NAME }),
    }
}

/// Whether a greeting says LOGINDISABLED: then no LOGIN may be tried (RFC 3501 §6.2.3), for the password
/// would be sent only to be read on the way.
fn refuses_passwords(greeting: &Outcome<'_>) -> bool {
    let Some(ResponseCode::Capabilities(all)) = &greeting.code else {
        return false;
    };
    all.iter().any(|capability| {
        matches!(capability, Capability::Atom(name) if name.eq_ignore_ascii_case("LOGINDISABLED"))
    })
}

async fn login(client: Client, settings: &Settings) -> Result<Connection, ImapError> {
    const NAME: &str = "LOGIN";
    let password = settings.password.reveal();
    let login = client.login(&settings.user, password);
    let refused = |words: String| ImapError::Login { words };
    within(NAME, settings.timeout, login)
        .await?
        .map_err(|(error, _)| match error {
            Error::No(text) | Error::Bad(text) => match reason(&text, password) {
                // it has nothing against our password
                words if is_passing(&words) => ImapError::No {
                    command: NAME,
                    words,
                },
                words => refused(words),
            },
            Error::Validate(_) => refused("user or password holds a line break".to_owned()),
            other => failed(NAME, &other),
        })
}

/// The server's own words from async-imap's account of a refusal: `code: None, info: Some("No such user")`.
fn reason(text: &str, password: &str) -> String {
    let words = text
        .split_once("info: Some(\"")
        .and_then(|(_, words)| words.strip_suffix("\")"))
        .map(|words| line(&words.replace("\\\"", "\"").replace("\\\\", "\\")));
    match words {
        // no server in order repeats a password, but it would end in the log
        Some(words) if !words.is_empty() && !words.contains(password) => words,
        _ => "without a reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn the_reason_is_the_servers_own_words_without_the_password() {
        for (text, expected) in [
            (
                r#"code: None, info: Some("Application-specific password required")"#,
                "Application-specific password required",
            ),
            (
                r#"code: None, info: Some("[UNAVAILABLE] say \"please\"")"#,
                "[UNAVAILABLE] say \"please\"",
            ),
            ("code: None, info: None", "without a reason"),
            (r#"code: None, info: Some("")"#, "without a reason"),
            (
                r#"code: None, info: Some("swordfish is wrong")"#,
                "without a reason",
            ),
            ("something else in a later version", "without a reason"),
        ] {
            assert_eq!(reason(text, "swordfish"), expected, "{text}");
        }
    }
}
