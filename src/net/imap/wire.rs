//! One command at a time, response by response, up to its tagged end.

use std::time::Duration;

use async_imap::imap_proto::{MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status};
use tokio::time::timeout;

use super::ImapError;
use super::bounded::{Bounded, OverLimit, SMALL};
use crate::net::tls::Stream;

/// A connection that is logged in, as async-imap has it.
pub(super) type Connection = async_imap::Session<Bounded<Stream>>;

/// A connection that is logged in. It is gone after the first time-out, loss or garble, so that
/// nobody goes on in the middle of an answer.
#[derive(Debug)]
pub(super) struct Wire {
    session: Option<Connection>,
    /// The server has said that the folder has grown. It says so once, in whatever answer comes next, and
    /// an IDLE begun after that hears nothing of it.
    pub(super) news: bool,
}

/// Why an IDLE ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idled {
    News,
    Elapsed,
    Stopped,
}

/// What one response means to the command that runs.
enum Step {
    /// Its tagged end.
    End(Result<(), ImapError>),
    /// `+`: the server waits for us.
    Continue,
    /// Anything else, with the verdict of whoever looked at it.
    Other(bool),
}

impl Wire {
    pub(super) fn new(session: Connection) -> Wire {
        Wire {
            session: Some(session),
            news: false,
        }
    }

    /// Runs a command. `each` sees every response, the tagged one included (its code is news like any
    /// other: `[COPYUID …]`); each must come within `patience`.
    ///
    /// # Errors
    /// Anything but a tagged OK.
    pub(super) async fn run(
        &mut self,
        name: &'static str,
        command: &str,
        patience: Duration,
        each: impl FnMut(&Response<'_>) -> Result<(), ImapError>,
    ) -> Result<(), ImapError> {
        self.run_for(name, command, patience, SMALL, each).await
    }

    /// Runs a command whose responses may each hold `most` bytes of literals.
    pub(super) async fn run_for(
        &mut self,
        name: &'static str,
        command: &str,
        patience: Duration,
        most: u64,
        mut each: impl FnMut(&Response<'_>) -> Result<(), ImapError>,
    ) -> Result<(), ImapError> {
        let mut session = self.take(name)?;
        session.as_mut().limit(most);
        let tag = send(&mut session, name, command, patience).await?;
        let mut refused = None;
        let mut news = false;
        loop {
            let step = next(&mut session, name, patience, &tag, |response| {
                news |= is_news(response);
                // the rest of the answer is read to its end even where something in it was wrong
                if let Err(error) = each(response) {
                    refused.get_or_insert(error);
                }
                false
            });
            if let Step::End(result) = step.await? {
                self.news |= news;
                self.session = Some(session);
                return match refused {
                    Some(error) => Err(error),
                    None => result,
                };
            }
        }
    }

    /// Waits in IDLE (RFC 2177) until there is news, `longest` has passed, or `stop` comes true.
    pub(super) async fn idle(
        &mut self,
        longest: Duration,
        patience: Duration,
        stop: impl Future<Output = ()>,
    ) -> Result<Idled, ImapError> {
        const NAME: &str = "IDLE";
        let mut session = self.take(NAME)?;
        session.as_mut().limit(SMALL);
        let tag = send(&mut session, NAME, NAME, patience).await?;
        let mut news = false;
        loop {
            match next(&mut session, NAME, patience, &tag, is_news).await? {
                Step::Continue => break,
                Step::Other(some) => news |= some,
                Step::End(result) => {
                    self.session = Some(session);
                    self.news |= news;
                    let words = "ended at once".to_owned();
                    return Err(result.err().unwrap_or(ImapError::No {
                        command: NAME,
                        words,
                    }));
                }
            }
        }
        let sleep = tokio::time::sleep(longest);
        tokio::pin!(sleep, stop);
        let mut stopped = false;
        while !news && !stopped {
            tokio::select! {
                () = &mut sleep => break,
                () = &mut stop => stopped = true,
                // `* OK still here` is no news; how long it may be quiet is `longest`'s to say
                step = next(&mut session, NAME, Duration::MAX, &tag, is_news) => match step? {
                    Step::Other(some) => news |= some,
                    Step::Continue => {}
                    Step::End(_) => return Err(lost(NAME, "ended by the server")),
                },
            }
        }
        within(NAME, patience, session.run_command_untagged("DONE"))
            .await?
            .map_err(|error| failed(NAME, &error))?;
        loop {
            match next(&mut session, NAME, patience, &tag, is_news).await? {
                Step::End(result) => {
                    self.session = Some(session);
                    result?;
                    return Ok(match (news, stopped) {
                        (_, true) => Idled::Stopped,
                        (true, false) => Idled::News,
                        (false, false) => Idled::Elapsed,
                    });
                }
                Step::Other(some) => news |= some,
                Step::Continue => {}
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Result<Connection, ImapError> {
        self.session
            .take()
            .ok_or_else(|| lost(name, "closed before"))
    }
}

/// Whether a response says that the folder has grown.
fn is_news(response: &Response<'_>) -> bool {
    matches!(response, Response::MailboxData(MailboxDatum::Exists(_)))
}

async fn send(
    session: &mut Connection,
    name: &'static str,
    command: &str,
    patience: Duration,
) -> Result<RequestId, ImapError> {
    within(name, patience, session.run_command(command))
        .await?
        .map_err(|error| failed(name, &error))
}

/// Reads one response. Safe to drop and call again: what was read so far stays with the session.
async fn next(
    session: &mut Connection,
    name: &'static str,
    patience: Duration,
    tag: &RequestId,
    look: impl FnOnce(&Response<'_>) -> bool,
) -> Result<Step, ImapError> {
    let response = within(name, patience, session.read_response())
        .await?
        .map_err(|error| failed(name, &error.into()))?
        .ok_or_else(|| lost(name, "closed by the server"))?;
    match response.parsed() {
        Response::Done {
            tag: its_tag,
            status,
            outcome,
        } if its_tag == tag => {
            look(response.parsed());
            match status {
                Status::Ok => Ok(Step::End(Ok(()))),
                Status::No | Status::Bad => Ok(Step::End(Err(ImapError::No {
                    command: name,
                    words: words(outcome),
                }))),
                Status::PreAuth | Status::Bye => Err(ImapError::Garbled { command: name }),
            }
        }
        Response::Done { .. } => Err(ImapError::Garbled { command: name }),
        Response::Data {
            status: Status::Bye,
            outcome,
        } => Err(lost(name, &words(outcome))),
        Response::Continue(_) => Ok(Step::Continue),
        other => Ok(Step::Other(look(other))),
    }
}

pub(super) async fn within<T>(
    command: &'static str,
    patience: Duration,
    future: impl Future<Output = T>,
) -> Result<T, ImapError> {
    timeout(patience, future)
        .await
        .map_err(|_| ImapError::Silent {
            command,
            seconds: patience.as_secs(),
        })
}

/// An error of async-imap without what it holds: its texts may repeat raw bytes of a mail.
pub(super) fn failed(command: &'static str, error: &async_imap::error::Error) -> ImapError {
    use async_imap::error::Error;
    if let Error::Io(error) = error
        && let Some(OverLimit { limit }) = over_limit(error)
    {
        let limit = *limit;
        return ImapError::TooLarge { command, limit };
    }
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::Other => {
            ImapError::Garbled { command }
        }
        Error::Io(error) => lost(command, &error.kind().to_string()),
        Error::No(_) | Error::Bad(_) => ImapError::No {
            command,
            words: "without a reason".to_owned(),
        },
        Error::ConnectionLost => lost(command, "closed by the server"),
        _ => ImapError::Garbled { command },
    }
}

fn over_limit(error: &std::io::Error) -> Option<&OverLimit> {
    error.get_ref()?.downcast_ref()
}

pub(super) fn lost(command: &'static str, words: &str) -> ImapError {
    ImapError::Lost {
        command,
        words: words.to_owned(),
    }
}

/// The server's own words, on one short line.
pub(super) fn words(outcome: &Outcome<'_>) -> String {
    let code = match outcome.code {
        Some(ResponseCode::Alert) => "alert: ",
        Some(ResponseCode::TryCreate) => "no such folder: ",
        _ => "",
    };
    let information = outcome.information.as_deref().unwrap_or("without a reason");
    format!("{code}{}", line(information))
}

/// Whether a refusal speaks of how the server is now, by its code (RFC 5530 §3, and `THROTTLED`, which some say),
/// rather than of what it was asked. async-imap leaves these codes in the text.
pub(super) fn is_passing(words: &str) -> bool {
    const CODES: [&str; 5] = ["UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "THROTTLED"];
    let code = words
        .strip_prefix('[')
        .and_then(|rest| rest.split([']', ' ']).next());
    code.is_some_and(|code| CODES.iter().any(|one| one.eq_ignore_ascii_case(code)))
}

/// A server's words on one short line.
pub(super) fn line(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}
