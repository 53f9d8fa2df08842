//! Telling an alarm: by a mail server of its own, and by a command. Neither goes by the mailbox or the server that
//! it is about.
//!
//! An alarm holds names of alarms, mailboxes and profiles, numbers, and times. Its Date is the host's, set by lettre: an
//! alarm goes out when the database is away, and nothing is ever decided by it.

use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;
use tracing::{error, info};

use crate::alarm::{Alarm, Nature};
use crate::measures::MEASURES;
use crate::net::smtp::{Connection, Delivery, Settings, SmtpError};
use crate::random::Random;

/// Longest time for a path. A claim of an alarm lasts longer (`store/alarms`).
const LONGEST: Duration = Duration::from_secs(120);

/// The ways by which alarms go out.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    pub smtp: Option<SmtpPath>,
    pub command: Option<CommandPath>,
}

/// A mail server, other than the one that letters go by.
#[derive(Debug, Clone)]
pub struct SmtpPath {
    pub server: Settings,
    pub from: String,
    pub to: Vec<String>,
}

/// A program that is given the text.
#[derive(Debug, Clone)]
pub struct CommandPath {
    /// The program and its arguments.
    pub words: Vec<String>,
    pub within: Duration,
}

/// What is told of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is so: begun, or told again since it lasts.
    Raised,
    Over,
}

/// An alarm to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// `None`: a test.
    pub alarm: Option<Alarm>,
    /// Which mailbox, or which profile; empty where there is only one.
    pub subject: String,
    pub state: State,
    pub figures: String,
    pub since: Option<DateTime<Utc>>,
    /// Who tells it.
    pub host: String,
}

/// Why a path didn't take an alarm.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    #[error("{0}")]
    Smtp(#[from] SmtpError),
    #[error("the mail server didn't take it: {0}")]
    Refused(String),
    #[error("the mail can't be written: {0}")]
    Mail(String),
    #[error("the mail server took longer than {} s", LONGEST.as_secs())]
    Slow,
    #[error("{program} can't be started: {source}")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("{program} {how}")]
    Command { program: String, how: String },
}

/// How each path that there is took an alarm.
pub type Told = Vec<(&'static str, Result<String, TellError>)>;

impl Paths {
    pub fn is_empty(&self) -> bool {
        self.smtp.is_none() && self.command.is_none()
    }

    /// Tells by every path at once.
    pub async fn try_each(&self, notice: &Notice) -> Told {
        let smtp = async {
            match &self.smtp {
                Some(path) => {
                    let told = timeout(LONGEST, path.tell(notice)).await;
                    Some(("smtp", told.unwrap_or(Err(TellError::Slow))))
                }
                None => None,
            }
        };
        let command = async {
            match &self.command {
                Some(path) => Some(("command", path.tell(notice).await)),
                None => None,
            }
        };
        let (smtp, command) = tokio::join!(smtp, command);
        smtp.into_iter().chain(command).collect()
    }

    /// Tells, counts and logs; whether somebody has it now. Where there is no path, the log has it.
    pub async fn tell(&self, notice: &Notice) -> bool {
        let alarm = notice.name();
        let (subject, figures) = (&notice.subject, &notice.figures);
        match notice.state {
            State::Raised => error!(alarm, subject, figures, "alarm: {}", notice.meaning()),
            State::Over => info!(alarm, subject, "alarm is over: {}", notice.meaning()),
        }
        let told = self.try_each(notice).await;
        let mut arrived = told.is_empty();
        for (path, result) in told {
            match result {
                Ok(_) => {
                    MEASURES.alarms_told.add(1);
                    arrived = true;
                }
                Err(problem) => {
                    MEASURES.alarms_failed.add(1);
                    error!(alarm, path, %problem, "an alarm couldn't be sent by this path");
                }
            }
        }
        arrived
    }
}

impl Notice {
    /// The alarm's name, as in configuration and measures.
    pub fn name(&self) -> &'static str {
        self.alarm.map_or("test", Alarm::as_str)
    }

    fn meaning(&self) -> &'static str {
        self.alarm
            .map_or("this is a test, and nothing is wrong", Alarm::meaning)
    }

    /// One line, without anything but ASCII.
    pub fn headline(&self) -> String {
        match self.state {
            State::Raised => format!("Redress alarm {}: {}", self.name(), self.meaning()),
            State::Over => format!("Redress alarm {} is over", self.name()),
        }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.headline(), String::new()];
        if !self.subject.is_empty() {
            let about = self.alarm.map_or("mailbox", Alarm::about);
            lines.push(format!("{about}: {}", self.subject));
        }
        if !self.figures.is_empty() {
            lines.push(format!("figures: {}", self.figures));
        }
        if let Some(since) = self.since {
            let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
            lines.push(format!("since:   {since}"));
        }
        lines.push(format!(
            "from:    {}, redress {}",
            self.host,
            env!("CARGO_PKG_VERSION")
        ));
        lines.push(String::new());
        lines.push(match (self.alarm, self.state) {
            (None, _) => {
                "Whoever reads this would have been told of trouble. Nothing is to be done."
                    .to_owned()
            }
            (Some(alarm), State::Raised) => alarm.advice().to_owned(),
            (Some(alarm), State::Over) => format!("It was: {}.", alarm.meaning()),
        });
        if self
            .alarm
            .is_some_and(|alarm| alarm.nature() == Nature::Single)
        {
            lines
                .push("This comes of single events: no word will come that it is over.".to_owned());
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

impl SmtpPath {
    /// Offers it to every receiver; how many took it, or why none did.
    async fn tell(&self, notice: &Notice) -> Result<String, TellError> {
        let mut connection = Connection::open(&self.server).await?;
        let (mut taken, mut refused) = (0, String::new());
        for to in &self.to {
            let bytes = self.mail(notice, to)?;
            if !connection.is_usable() {
                break;
            }
            match connection.offer(&self.from, to, &bytes).await {
                Delivery::Accepted(_) => taken += 1,
                Delivery::Later(words)
                | Delivery::Final(words)
                | Delivery::Broken(words)
                | Delivery::Uncertain(words) => refused = words,
            }
        }
        connection.close().await;
        if taken == 0 {
            return Err(TellError::Refused(refused));
        }
        Ok(format!("{taken} of {} receivers", self.to.len()))
    }

    fn mail(&self, notice: &Notice, to: &str) -> Result<Vec<u8>, TellError> {
        let wrong = |problem: String| TellError::Mail(problem);
        let mailbox = |address: &str| {
            let address = address.parse::<Address>();
            address
                .map(|address| Mailbox::new(None, address))
                .map_err(|problem| wrong(problem.to_string()))
        };
        let token = Random::system()
            .token()
            .map_err(|problem| wrong(problem.to_string()))?;
        let domain = self
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let field = |name: &'static str, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let mail = Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(to)?)
            .subject(notice.headline())
            .message_id(Some(format!("<{token}@{domain}>")))
            .raw_header(field("Auto-Submitted", "auto-generated"))
            .raw_header(field("X-Redress-Alarm", notice.name()))
            .header(ContentType::TEXT_PLAIN)
            .body(notice.text())
            .map_err(|problem| wrong(problem.to_string()))?;
        Ok(mail.formatted())
    }
}

impl CommandPath {
    fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Runs it with the text on its standard input. What it says goes where our log goes.
    async fn tell(&self, notice: &Notice) -> Result<String, TellError> {
        let program = || self.program().to_owned();
        let state = match (notice.alarm, notice.state) {
            (None, _) => "test",
            (Some(_), State::Raised) => "raised",
            (Some(_), State::Over) => "over",
        };
        let mut child = Command::new(self.program())
            .args(self.words.iter().skip(1))
            .env("REDRESS_ALARM", notice.name())
            .env("REDRESS_ALARM_STATE", state)
            // it has nothing to say to systemd
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| TellError::Start {
                program: program(),
                source,
            })?;
        let ended = async {
            if let Some(mut stdin) = child.stdin.take() {
                // one that reads nothing has all it needs in its environment
                let _ = stdin.write_all(notice.text().as_bytes()).await;
            }
            child.wait().await
        };
        let how = match timeout(self.within, ended).await {
            Ok(Ok(status)) if status.success() => return Ok("it ended well".to_owned()),
            Ok(Ok(status)) => format!("failed: {status}"),
            Ok(Err(problem)) => format!("was lost: {problem}"),
            Err(_) => format!("took longer than {} s", self.within.as_secs()),
        };
        Err(TellError::Command {
            program: program(),
            how,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(alarm: Option<Alarm>, state: State) -> Notice {
        Notice {
            alarm,
            subject: "投诉".to_owned(),
            state,
            figures: "3 of them".to_owned(),
            since: None,
            host: "h".to_owned(),
        }
    }

    #[test]
    fn every_headline_fits_a_subject_and_every_text_says_what_to_do() {
        for alarm in Alarm::ALL {
            for state in [State::Raised, State::Over] {
                let notice = notice(Some(*alarm), state);
                let line = notice.headline();
                assert!(line.is_ascii() && line.len() <= 78, "{line}");
                let of = match alarm {
                    Alarm::Calendar => "profile",
                    _ => "mailbox",
                };
                let said = format!("{of}: 投诉\nfigures: 3 of them\n");
                assert!(notice.text().contains(&said));
            }
            assert!(
                notice(Some(*alarm), State::Raised)
                    .text()
                    .contains(alarm.advice())
            );
        }
    }

    #[tokio::test]
    async fn a_command_is_given_the_text_and_must_end_well_and_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("said");
        let script = format!(
            "cat > {0}; echo $REDRESS_ALARM $REDRESS_ALARM_STATE >> {0}",
            file.display()
        );
        let command = |script: &str| CommandPath {
            words: ["sh", "-c", script].map(str::to_owned).into(),
            within: Duration::from_millis(300),
        };
        let unread = notice(Some(Alarm::Unread), State::Over);
        // a machine under load may take its time to start a shell
        let patient = CommandPath {
            within: Duration::from_secs(30),
            ..command(&script)
        };
        patient.tell(&unread).await.unwrap();
        let said = std::fs::read_to_string(&file).unwrap();
        assert_eq!(said, format!("{}unread over\n", unread.text()));
        for (script, expected) in [
            ("sleep 60", "took longer"),
            ("kill $$", "failed: signal: 15"),
        ] {
            let patient = script != "sleep 60";
            let within = Duration::from_millis(if patient { 30_000 } else { 300 });
            let path = CommandPath {
                within,
                ..command(script)
            };
            let problem = path.tell(&unread).await.unwrap_err().to_string();
            assert!(problem.contains(expected), "{problem}");
        }
        let missing = CommandPath {
            words: vec!["/nonsense".to_owned()],
            within: Duration::from_secs(1),
        };
        let problem = missing.tell(&unread).await.unwrap_err().to_string();
        assert!(
            problem.starts_with("/nonsense can't be started: "),
            "{problem}"
        );
    }
}
