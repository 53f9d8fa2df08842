//! The whole configuration: one TOML file, overridden by `REDRESS_…` variables.
//!
//! Each setting's meaning, unit and default stand in `config/redress.toml`, which is also what an
//! operator copies. A setting that can't be is refused with the file, the line, the key and what
//! is allowed; nothing starts on half a configuration.

mod alarm;
mod check;
mod load;
mod settings;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

pub use alarm::{Alarm, AlarmSmtp, Metrics};
pub use load::{ConfigError, Problem};
pub use settings::PostError;
pub use units::{At, Size, Span};

use crate::case::{ActName, Person};
use crate::language::Language;
use crate::letter::ReplyAddresses;
use crate::net::tls::Security;
use crate::policy::Role;
use crate::secret::Secret;
use crate::staff::proof::Strictness;
use crate::work::jobs::{CatchUp, JobName};

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub database: Database,
    pub company: Company,
    #[serde(rename = "mailbox")]
    pub mailboxes: Vec<Mailbox>,
    pub smtp: Smtp,
    #[serde(default)]
    pub staff: Vec<Member>,
    #[serde(default)]
    pub letters: Letters,
    #[serde(default)]
    pub proof: Proof,
    #[serde(default)]
    pub confirm: Confirm,
    #[serde(default)]
    pub policy: Policy,
    #[serde(default)]
    pub review: Review,
    #[serde(default)]
    pub jobs: BTreeMap<JobName, Job>,
    #[serde(default)]
    pub reply: Reply,
    #[serde(default)]
    pub quiet: Quiet,
    #[serde(default)]
    pub triage: Triage,
    #[serde(default)]
    pub retention: Retention,
    #[serde(default)]
    pub dns: Dns,
    #[serde(default)]
    pub daemon: Daemon,
    #[serde(default)]
    pub alarm: Alarm,
    #[serde(default)]
    pub metrics: Metrics,
    #[serde(default)]
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Without a password: that goes into `password_file`.
    pub url: String,
    pub password_file: Option<PathBuf>,
    #[serde(skip)]
    pub password: Option<Secret>,
    #[serde(default = "Database::connections")]
    pub connections: u32,
    #[serde(default = "Database::timeout")]
    pub timeout: Span,
    /// Whom `redress migrate` connects as; `url` where there is none.
    pub owner_url: Option<String>,
    pub owner_password_file: Option<PathBuf>,
    #[serde(skip)]
    pub owner_password: Option<Secret>,
    #[serde(default = "Database::app_role")]
    pub app_role: String,
    #[serde(default = "Database::reports_role")]
    pub reports_role: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    pub name: String,
    pub name_zh: Option<String>,
    #[serde(default = "Company::language")]
    pub language: Language,
    #[serde(default = "Company::time_zone", deserialize_with = "units::time_zone")]
    pub time_zone: Tz,
    pub phone: Option<String>,
    pub website: Option<String>,
}

/// A mailbox to read, and the address that customers know it by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    pub name: String,
    pub address: String,
    pub host: String,
    pub port: Option<u16>,
    #[serde(default)]
    pub security: Security,
    pub ca_file: Option<PathBuf>,
    pub user: String,
    pub password_file: PathBuf,
    #[serde(skip)]
    pub password: Secret,
    #[serde(default = "Mailbox::folder")]
    pub folder: String,
    #[serde(default)]
    pub after_landing: AfterLanding,
    #[serde(default = "Mailbox::keyword")]
    pub keyword: String,
    #[serde(default = "Mailbox::move_to")]
    pub move_to: String,
    #[serde(default = "Mailbox::poll_every")]
    pub poll_every: Span,
    #[serde(default = "Mailbox::reconcile_every")]
    pub reconcile_every: Span,
    #[serde(default = "yes")]
    pub idle: bool,
    #[serde(default = "Mailbox::max_size")]
    pub max_size: Size,
    #[serde(default = "Mailbox::timeout")]
    pub timeout: Span,
    /// The policy profile of complaints that come here; that of `policy` where there is none.
    pub profile: Option<String>,
    #[serde(default, deserialize_with = "units::one_or_several")]
    pub authserv_id: Vec<String>,
}

/// A member of staff.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub id: Person,
    /// As customers may know them.
    pub name: String,
    pub roles: BTreeSet<Role>,
    /// What they write from; the first is where they are written to.
    #[serde(default)]
    pub addresses: Vec<String>,
    #[serde(default)]
    pub languages: Vec<Language>,
    /// Codes of the profile.
    #[serde(default)]
    pub categories: BTreeSet<String>,
    /// Days of the week, as `"Mon"`.
    #[serde(default)]
    pub working_days: Vec<Weekday>,
    pub absence: Option<Absence>,
    #[serde(default)]
    pub digest: bool,
}

/// When a member of staff is away.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The first and the last day, as `"2026-12-24"`.
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub deputy: Option<Person>,
}

/// What happens on the server to mail that is safely in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterLanding {
    /// It gets a keyword and stays where it is.
    #[default]
    Flag,
    /// It is moved to a folder (needs the server's MOVE, RFC 6851).
    Move,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    pub port: Option<u16>,
    #[serde(default)]
    pub security: Security,
    pub ca_file: Option<PathBuf>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    #[serde(skip)]
    pub password: Option<Secret>,
    pub hello_name: Option<String>,
    #[serde(default = "Smtp::connections")]
    pub connections: usize,
    #[serde(default = "Smtp::timeout")]
    pub timeout: Span,
    #[serde(default = "Smtp::accept_timeout")]
    pub accept_timeout: Span,
    #[serde(default = "Smtp::give_up_after")]
    pub give_up_after: Span,
    #[serde(default)]
    pub return_path: ReturnPath,
}

/// The envelope sender of automatic mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnPath {
    /// The null reverse-path (RFC 3834 §3.3): no mail system ever answers it.
    #[default]
    Null,
    /// A signed address of the mailbox, to which mail that can't be delivered is returned.
    Signed,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    pub folder: Option<PathBuf>,
    /// The texts in that folder by name, such as `en/acknowledgement/body.txt`.
    #[serde(skip)]
    pub own: BTreeMap<String, String>,
}

/// What proves that a mail is a member's own word.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proof {
    pub otherwise: Strictness,
    pub by_role: BTreeMap<Role, Strictness>,
    pub fresh_for: Span,
}

/// What is shown to whoever orders it before it is done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Confirm {
    pub acts: BTreeSet<ActName>,
    pub after: Option<Span>,
}

/// The rules that complaints are handled by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub folder: Option<PathBuf>,
    /// The files in that folder by name, such as `retail.toml` or `calendars/victoria.ics`.
    #[serde(skip)]
    pub own: BTreeMap<String, String>,
    pub profile: String,
    pub notice_file: Option<PathBuf>,
    /// The text in that file.
    #[serde(skip)]
    pub notice: Option<String>,
}

/// Reviews to management (§6).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// Whoever has one of these roles gets them.
    pub recipients: BTreeSet<Role>,
    /// Of `redress review`, and of mails to whoever has no language of their own.
    pub language: Option<Language>,
}

/// When and how a job runs. What isn't set is as the job has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Job {
    pub at: Option<At>,
    pub catch_up: Option<CatchUp>,
    pub within: Option<Span>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    pub keys_file: Option<PathBuf>,
    pub previous_key_for: Span,
    #[serde(skip)]
    pub addresses: Option<ReplyAddresses>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quiet {
    pub per_address_per_day: u32,
    pub told_per_address_per_day: u32,
    pub all_per_hour: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    pub batch: u16,
    pub attempts: u16,
}

/// How long is kept what no policy profile has a term for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Mail that belongs to no case, from when it landed.
    pub mail_without_case: Span,
}

/// How senders' keys are looked up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    pub check_signatures: bool,
    pub timeout: Span,
    #[serde(deserialize_with = "units::name_servers")]
    pub servers: Vec<SocketAddr>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Daemon {
    pub lease: Span,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, journal lines under systemd.
    #[default]
    Auto,
    Human,
    Json,
    /// One line an event, with the syslog priority that journald reads (`<4>`), without a time.
    Journal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

impl Database {
    fn connections() -> u32 {
        8
    }

    fn timeout() -> Span {
        Span(Duration::from_secs(60))
    }

    fn app_role() -> String {
        "redress_app".to_owned()
    }

    fn reports_role() -> String {
        "redress_reports".to_owned()
    }
}

impl Company {
    /// A company that letters can be shown of where nothing is configured.
    pub fn example() -> Company {
        Company {
            name: "Example Ltd".to_owned(),
            name_zh: Some("示例有限公司".to_owned()),
            language: Company::language(),
            time_zone: Company::time_zone(),
            phone: Some("400-555-0100".to_owned()),
            website: Some("https://example.com".to_owned()),
        }
    }

    fn language() -> Language {
        Language::EN
    }

    fn time_zone() -> Tz {
        Tz::Asia__Shanghai
    }
}

impl Mailbox {
    fn folder() -> String {
        "INBOX".to_owned()
    }

    fn keyword() -> String {
        "Redress".to_owned()
    }

    fn move_to() -> String {
        "Redress".to_owned()
    }

    fn poll_every() -> Span {
        Span(Duration::from_secs(60))
    }

    fn reconcile_every() -> Span {
        Span(Duration::from_secs(15 * 60))
    }

    fn max_size() -> Size {
        Size(50_000_000)
    }

    fn timeout() -> Span {
        Span(Duration::from_secs(60))
    }
}

impl Smtp {
    fn connections() -> usize {
        4
    }

    fn timeout() -> Span {
        Span(Duration::from_secs(60))
    }

    /// RFC 5321 §4.5.3.2.6: ten minutes for the answer to the final dot.
    fn accept_timeout() -> Span {
        Span(Duration::from_secs(10 * 60))
    }

    fn give_up_after() -> Span {
        Span(Duration::from_secs(5 * 24 * 3600))
    }
}

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for Proof {
    /// A week at most, so that a mail that was caught on the way is worth nothing for long.
    fn default() -> Proof {
        Proof {
            otherwise: Strictness::default(),
            by_role: BTreeMap::new(),
            fresh_for: Span(DAY * 7),
        }
    }
}

impl Default for Confirm {
    fn default() -> Confirm {
        let acts = [
            ActName::Resolve,
            ActName::Mediated,
            ActName::Close,
            ActName::Litigate,
            ActName::Rule,
        ];
        Confirm {
            acts: acts.into(),
            after: None,
        }
    }
}

impl Default for Reply {
    fn default() -> Reply {
        Reply {
            keys_file: None,
            previous_key_for: Span(DAY * 90),
            addresses: None,
        }
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            folder: None,
            own: BTreeMap::new(),
            profile: "default".to_owned(),
            notice_file: None,
            notice: None,
        }
    }
}

impl Default for Review {
    fn default() -> Review {
        Review {
            recipients: [Role::Manager, Role::Executive].into(),
            language: None,
        }
    }
}

impl Default for Quiet {
    fn default() -> Quiet {
        Quiet {
            per_address_per_day: 20,
            told_per_address_per_day: 50,
            all_per_hour: 10_000,
        }
    }
}

impl Default for Triage {
    fn default() -> Triage {
        Triage {
            batch: 200,
            attempts: 3,
        }
    }
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            mail_without_case: Span(Duration::from_secs(180 * 24 * 3600)),
        }
    }
}

impl Default for Dns {
    fn default() -> Dns {
        Dns {
            check_signatures: true,
            timeout: Span(Duration::from_secs(3)),
            servers: vec![],
        }
    }
}

impl Default for Daemon {
    fn default() -> Daemon {
        Daemon {
            lease: Span(Duration::from_secs(20)),
        }
    }
}

impl Default for Log {
    fn default() -> Log {
        Log {
            format: LogFormat::Auto,
            level: LogLevel::Info,
        }
    }
}

fn yes() -> bool {
    true
}
