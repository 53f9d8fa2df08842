//! The command line: one file a subcommand.

mod act;
mod alarm;
mod audit;
mod case;
mod check;
mod demo;
mod dossier;
mod export;
mod inspect;
mod job;
mod key;
mod letter;
mod log;
mod migrate;
mod operator;
mod outbox;
mod party;
mod policy;
mod quarantine;
mod retention;
mod review;
mod run;
mod search;
mod show;
mod unpack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, PostError};
use crate::daemon::DaemonError;
use crate::letter::TemplateError;
use crate::store::{Store, StoreError};
use crate::work::WorkError;

/// The complaints mailbox that keeps its promises.
///
/// Reads a complaints mailbox over IMAP, keeps every complaint as a case in Postgres, and
/// acknowledges it over SMTP.
#[derive(Debug, Parser)]
#[command(name = "redress", version, max_term_width = 100)]
struct CommandLine {
    /// The configuration file [default: /etc/redress/redress.toml].
    #[arg(long, global = true, env = "REDRESS_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: read mail, open cases, send letters, until SIGTERM. SIGHUP reads the configuration again.
    Run,
    /// Check the configuration, then try every connection.
    Check,
    /// Bring the database up to the schema that this program needs, and give its roles their rights.
    Migrate,
    /// Look at cases.
    #[command(subcommand)]
    Case(case::Command),
    /// Check dossiers and histories, and anchor them.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look at mail to be sent, try it again, or cancel it.
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Look at messages that were put aside, and let them out.
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// Erase what is past its term.
    #[command(subcommand)]
    Retention(retention::Command),
    /// Hand out or erase what is kept of a person who asks for it.
    #[command(subcommand)]
    Party(party::Command),
    /// Look at the letters to customers.
    #[command(subcommand)]
    Letter(letter::Command),
    /// Look at what is done by the calendar, or do it now.
    #[command(subcommand)]
    Job(job::Command),
    /// Alarms: which last, and whether they arrive.
    #[command(subcommand)]
    Alarm(alarm::Command),
    /// The keys of signed addresses.
    #[command(subcommand)]
    Key(key::Command),
    /// Look at policy profiles, and at when their clocks fall due. Needs no database.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Show what complaints came to in a period: figures, trends, causes, breaches, in text, HTML, CSV or JSON.
    Review(review::Arguments),
    /// Show what Redress reads in a mail, without storing anything.
    Inspect(inspect::Arguments),
    /// Show the main job on private servers, with mail to watch.
    Demo(demo::Arguments),
}

/// Where the configuration is, unless another is named.
const USUAL_CONFIG: &str = "/etc/redress/redress.toml";

/// A page of a list.
#[derive(Debug, Args)]
struct Page {
    /// Most lines shown.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Why a command failed, with the exit status of sysexits.h that says what kind of failure it is.
#[derive(Debug)]
struct Failure {
    status: u8,
    message: String,
}

/// The command was used wrongly.
const USAGE: u8 = 64;
/// The data given is wrong.
const DATA: u8 = 65;
/// A file given can't be read.
const NO_INPUT: u8 = 66;
/// Something that is needed can't be reached.
const UNAVAILABLE: u8 = 69;
/// A mistake in Redress.
const SOFTWARE: u8 = 70;
/// A file can't be written.
const CANNOT_CREATE: u8 = 73;
/// The configuration is wrong.
const CONFIG: u8 = 78;

/// Most threads of a kind.
const MOST_THREADS: usize = 12;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // where the terminal is gone, there is nobody to tell
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let runtime = match threads() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("redress: no threads can be started: {error}");
            return ExitCode::from(SOFTWARE);
        }
    };
    let result = runtime.block_on(line.run());
    // a thread that still reads a mail it can't get through must not keep the program alive
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match result {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("redress: {}", failure.message);
            ExitCode::from(failure.status)
        }
    }
}

/// Those that wait for servers, and those that write mails: however many cores there are, no more than the systemd unit
/// allows (`TasksMax`), with room for mails that are being read.
fn threads() -> Result<tokio::runtime::Runtime, Box<dyn std::error::Error>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let most = cores.min(MOST_THREADS);
    rayon::ThreadPoolBuilder::new()
        .num_threads(most)
        .build_global()?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    Ok(runtime.worker_threads(most).enable_all().build()?)
}

impl CommandLine {
    async fn run(self) -> Result<ExitCode, Failure> {
        let path = self.config.clone().unwrap_or(USUAL_CONFIG.into());
        match self.command {
            Command::Run => run::run(path).await?,
            Command::Check => return check::check(&path).await,
            Command::Migrate => migrate::migrate(&Config::load(&path)?).await?,
            Command::Case(command) => case::run(command, &Config::load(&path)?).await?,
            Command::Audit(command) => audit::run(&command, &path).await?,
            Command::Outbox(command) => outbox::run(command, &Config::load(&path)?).await?,
            Command::Quarantine(command) => {
                quarantine::run(command, &Config::load(&path)?).await?;
            }
            Command::Retention(command) => {
                retention::run(command, &Config::load(&path)?).await?;
            }
            Command::Party(command) => party::run(command, &Config::load(&path)?).await?,
            Command::Policy(command) => {
                policy::run(command, self.config.as_deref(), Path::new(USUAL_CONFIG))?;
            }
            Command::Review(arguments) => review::run(arguments, &path).await?,
            Command::Job(command) => command.run(&Config::load(&path)?).await?,
            Command::Alarm(command) => command.run(&Config::load(&path)?).await?,
            Command::Key(command) => command.run(&Config::load(&path)?).await?,
            Command::Demo(arguments) => return demo::demo(&arguments).await,
            Command::Letter(command) => letter::run(&command, &path).await?,
            Command::Inspect(arguments) => return inspect::inspect(&arguments, &path).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The database of a configuration, once its schema is known to be ours.
async fn open(config: &Config) -> Result<Store, Failure> {
    let store = Store::connect(&config.database.settings()).await?;
    store.check_schema().await?;
    Ok(store)
}

impl Failure {
    fn new(status: u8, message: impl Into<String>) -> Failure {
        Failure {
            status,
            message: message.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::new(CONFIG, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let advice = match &error {
            StoreError::Database(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut)
            | StoreError::Silent { .. } => "; is the server up, and database.url right?",
            StoreError::Database(_)
            | StoreError::Migration(_)
            | StoreError::Schema(_)
            | StoreError::Fenced(_) => "",
        };
        Failure::new(UNAVAILABLE, format!("{error}{advice}"))
    }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Failure {
        match error {
            WorkError::Store(error) => error.into(),
            WorkError::NoProfile { .. } | WorkError::Letter(_) => {
                Failure::new(CONFIG, error.to_string())
            }
            WorkError::Imap(_) | WorkError::Smtp(_) | WorkError::Listen { .. } => {
                Failure::new(UNAVAILABLE, error.to_string())
            }
            WorkError::Refused(_) => Failure::new(DATA, error.to_string()),
            WorkError::Random(_)
            | WorkError::Picture(_)
            | WorkError::Panicked { .. }
            | WorkError::Slow { .. } => Failure::new(SOFTWARE, error.to_string()),
        }
    }
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Failure {
        match error {
            PostError::Store(error) => error.into(),
            PostError::Letters(_) | PostError::Policies(_) | PostError::NoRights { .. } => {
                Failure::new(CONFIG, error.to_string())
            }
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Failure {
        Failure::new(CONFIG, error.to_string())
    }
}

impl From<DaemonError> for Failure {
    fn from(error: DaemonError) -> Failure {
        match error {
            DaemonError::Config(error) => error.into(),
            DaemonError::Store(error) => error.into(),
            DaemonError::Profile { .. } => Failure::new(CONFIG, error.to_string()),
            DaemonError::Post(error) => error.into(),
            DaemonError::Signals(error) => Failure::new(SOFTWARE, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        CommandLine::command().debug_assert();
    }
}
