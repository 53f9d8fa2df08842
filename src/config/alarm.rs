//! What is watched, and by which ways somebody is told: `[alarm]` and `[metrics]`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Config, Mailbox, Span};
use crate::alarm;
use crate::net::smtp;
use crate::net::tls::{Endpoint, Security};
use crate::secret::Secret;
use crate::store::alarms::Often;
use crate::work::watch::judge::Limits;
use crate::work::watch::{self, CommandPath, Paths, SmtpPath};

/// From when on a measure is an alarm, and how it is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    pub look_every: Span,
    pub unread: Span,
    pub unsent: Span,
    pub undelivered: Span,
    pub unpolled: Span,
    pub tick: Span,
    pub jobs: Span,
    pub database: Span,
    pub at_most_every: Span,
    pub again_after: Span,
    pub calm: Span,
    pub off: BTreeSet<alarm::Alarm>,
    /// A program and its arguments.
    pub command: Vec<String>,
    pub command_timeout: Span,
    pub smtp: Option<AlarmSmtp>,
}

/// A mail server for alarms, other than that of `[smtp]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmSmtp {
    pub host: String,
    pub port: Option<u16>,
    #[serde(default)]
    pub security: Security,
    pub ca_file: Option<PathBuf>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    #[serde(skip)]
    pub password: Option<Secret>,
    pub from: String,
    pub to: Vec<String>,
    pub hello_name: Option<String>,
    #[serde(default = "AlarmSmtp::timeout")]
    pub timeout: Span,
}

/// Where measures are served.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// `None`: nowhere.
    pub listen: Option<SocketAddr>,
    pub allow_remote: bool,
}

impl Default for Alarm {
    fn default() -> Alarm {
        let minutes = |n: u64| Span(Duration::from_secs(n * 60));
        Alarm {
            look_every: Span(Duration::from_secs(30)),
            unread: minutes(15),
            unsent: minutes(15),
            undelivered: minutes(6 * 60),
            unpolled: minutes(15),
            tick: minutes(5),
            jobs: minutes(20),
            database: minutes(1),
            at_most_every: minutes(15),
            again_after: minutes(4 * 60),
            calm: minutes(30),
            off: BTreeSet::new(),
            command: vec![],
            command_timeout: Span(Duration::from_secs(30)),
            smtp: None,
        }
    }
}

impl AlarmSmtp {
    fn timeout() -> Span {
        Span(Duration::from_secs(20))
    }

    /// Where it is. The port is that of the protection, unless another is set.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            host: self.host.clone(),
            port: self.port.unwrap_or(self.security.smtp_port()),
            security: self.security,
            ca_file: self.ca_file.clone(),
        }
    }

    fn path(&self) -> SmtpPath {
        let domain = self
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        SmtpPath {
            server: smtp::Settings {
                endpoint: self.endpoint(),
                login: self.user.clone().zip(self.password.clone()),
                hello_name: self.hello_name.clone().unwrap_or(domain.to_owned()),
                timeout: self.timeout.0,
                accept_timeout: self.timeout.0 * 3,
            },
            from: self.from.clone(),
            to: self.to.clone(),
        }
    }
}

impl Alarm {
    /// The ways by which alarms go out.
    pub fn paths(&self) -> Paths {
        Paths {
            smtp: self.smtp.as_ref().map(AlarmSmtp::path),
            command: (!self.command.is_empty()).then(|| CommandPath {
                words: self.command.clone(),
                within: self.command_timeout.0,
            }),
        }
    }
}

impl Config {
    /// How alarms are raised and told.
    pub fn watch(&self) -> watch::Settings {
        let alarm = &self.alarm;
        watch::Settings {
            look_every: alarm.look_every.0,
            limits: self.limits(),
            often: Often {
                at_most_every: alarm.at_most_every.0,
                again_after: alarm.again_after.0,
            },
            calm: alarm.calm.0,
            off: alarm.off.clone(),
            paths: alarm.paths(),
        }
    }

    /// From when on a measure is an alarm.
    pub fn limits(&self) -> Limits {
        let alarm = &self.alarm;
        let poll_every = |mailbox: &Mailbox| (mailbox.name.clone(), mailbox.poll_every.0);
        let longest_job = self.jobs().into_values().map(|job| job.within).max();
        Limits {
            unread: alarm.unread.0,
            unsent: alarm.unsent.0,
            undelivered: alarm.undelivered.0,
            unpolled: alarm.unpolled.0,
            tick: alarm.tick.0,
            // nobody looks while a job runs
            jobs: alarm.jobs.0.max(longest_job.unwrap_or_default()),
            database: alarm.database.0,
            poll_every: self.mailboxes.iter().map(poll_every).collect(),
        }
    }
}
