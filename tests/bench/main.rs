//! The way from a full mailbox to all acknowledgements accepted, and beside it the floors: what the same
//! mail costs to fetch, to store and to send, each by itself. Everything runs on this machine.

#![expect(clippy::unwrap_used, reason = "writing to a string can't fail")]

mod floors;
mod mailbox;
mod reading;
mod search;
mod tick;
#[path = "../year/mod.rs"]
mod year;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use redress::sandbox::Home;
use redress::sandbox::authority::Authority;
use redress::sandbox::dovecot::{Dovecot, PASSWORD};
use redress::sandbox::postgres::{Durability, Postgres};
use redress::sandbox::smtp_server::{Keep, SmtpServer};
use redress::store::{Settings, Store};
use serde_json::{Value, json};

use self::mailbox::{Shape, mailbox};

#[derive(Debug, Parser)]
struct Arguments {
    /// A Maildir to read instead of the generated mailboxes.
    #[arg(long)]
    maildir: Option<PathBuf>,
    /// Print the figures as one JSON object.
    #[arg(long)]
    json: bool,
    /// Messages of the small and of the mixed mailbox.
    #[arg(long, default_value_t = 6000)]
    small: usize,
    #[arg(long, default_value_t = 1200)]
    mixed: usize,
    /// Measure searches alone.
    #[arg(long)]
    search: bool,
    /// Messages that are searched.
    #[arg(long, default_value_t = 1_000_000)]
    searched: usize,
    /// Simulate a year of a company alone, and check its promises and reviews.
    #[arg(long)]
    year: bool,
    /// Complaints of that year.
    #[arg(long, default_value_t = 20_000)]
    complaints: usize,
    /// The seed of that year.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What cargo passes.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The servers of one measurement.
pub struct Bench {
    pub smtp: SmtpServer,
    pub dovecot: Dovecot,
    pub postgres: Postgres,
    pub authority: Authority,
    pub home: Home,
}

/// What a run took.
struct Figures {
    messages: usize,
    bytes: u64,
    seconds: f64,
    cpu: f64,
    peak_mb: f64,
    /// Cases replayed and compared a second.
    verified_per_s: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let figures = runtime.block_on(measure(&arguments))?;
    if arguments.json {
        println!("{figures}");
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> Result<Value> {
    if arguments.year {
        // where the daemon's own loops run, too: a thread that blocks would be woken by another at each answer
        return tokio::spawn(a_year(arguments.complaints, arguments.seed)).await?;
    }
    if arguments.search {
        return Ok(json!({ "search": search::measure(arguments.searched).await? }));
    }
    if let Some(maildir) = &arguments.maildir {
        let mails = files(maildir)?;
        let mut read = mails
            .iter()
            .map(|file| std::fs::read(file).unwrap_or_default());
        let (figures, bench) = run("maildir", &mut read).await?;
        let floor = floors::measure(&bench, "maildir", figures.messages).await?;
        let small = figures.bytes / (figures.messages.max(1) as u64) < 20_000;
        let value = figures.json();
        let of = |this: bool| if this { value.clone() } else { Value::Null };
        return Ok(
            json!({ "maildir": value, "small": of(small), "mixed": of(!small), "floor": floor }),
        );
    }
    let (small, bench) = run("small", &mut mailbox(Shape::Small, arguments.small, 1)).await?;
    let floor = floors::measure(&bench, "small", small.messages).await?;
    drop(bench);
    let (mixed, _) = run("mixed", &mut mailbox(Shape::Mixed, arguments.mixed, 2)).await?;
    let reading = reading::measure();
    let tick = tick::measure().await?;
    let search = search::measure(arguments.searched).await?;
    Ok(
        json!({ "small": small.json(), "mixed": mixed.json(), "floor": floor, "reading": reading, "tick": tick, "search": search }),
    )
}

async fn a_year(complaints: usize, seed: u64) -> Result<Value> {
    let settings = year::Settings {
        complaints,
        seed,
        thorough: true,
    };
    let figures = year::run(settings, Path::new("target/bench")).await?;
    eprintln!("year: {}", figures.text());
    Ok(json!({ "year": {
        "cases": figures.cases,
        "landed": figures.landed,
        "sent": figures.sent,
        "breaches": figures.breaches,
        "figures_compared": figures.compared,
        "seconds": round(figures.year.as_secs_f64()),
        "checks_seconds": round(figures.checks.as_secs_f64()),
    } }))
}

fn files(maildir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in ["new", "cur"] {
        for entry in std::fs::read_dir(maildir.join(folder))
            .into_iter()
            .flatten()
        {
            files.push(entry?.path());
        }
    }
    ensure!(
        !files.is_empty(),
        "{} is no Maildir with mail in new/ or cur/",
        maildir.display()
    );
    files.sort();
    Ok(files)
}

/// Fills a mailbox, then lets a daemon loose on it until everything has come to its end.
async fn run(name: &str, mails: &mut dyn Iterator<Item = Vec<u8>>) -> Result<(Figures, Bench)> {
    let home = Home::new(Path::new("target/bench"))?;
    let authority = Authority::new(&home)?;
    let postgres = Postgres::start(&home, Durability::Safe).await?;
    let dovecot = Dovecot::start(&home, &authority).await?;
    let smtp = SmtpServer::start(Keep::Count, None).await?;
    let bench = Bench {
        smtp,
        dovecot,
        postgres,
        authority,
        home,
    };

    let user = user(name);
    let (mut messages, mut bytes) = (0, 0);
    for mail in mails {
        bench.dovecot.deliver(&user, &mail)?;
        messages += 1;
        bytes += mail.len() as u64;
    }
    eprintln!(
        "{name}: {messages} messages, {:.1} MB in the mailbox",
        bytes as f64 / 1e6
    );

    let database = bench.postgres.migrated_database().await?;
    let store = Store::connect(&Settings {
        url: database.app.clone(),
        password: None,
        connections: 2,
    })
    .await?;
    let config = bench.home.path().join("redress.toml");
    std::fs::write(bench.home.path().join("password"), PASSWORD)?;
    std::fs::write(
        bench.home.path().join("keys"),
        format!("1 {}", "5a".repeat(32)),
    )?;
    std::fs::write(&config, configuration(&database.app, &user, &bench))?;
    let started = Instant::now();
    let mut daemon = Daemon::start(&config, &bench.home.path().join("daemon.log"))?;
    let mut said = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let landed = store.landed_counts().await?;
        let outbox = store.outbox_counts().await?;
        let all: i64 = landed.values().sum();
        let count = |of: &std::collections::BTreeMap<String, i64>, name: &str| {
            of.get(name).copied().unwrap_or(0)
        };
        let open = count(&landed, "waiting") + count(&outbox, "queued") + count(&outbox, "sending");
        if all == messages as i64 && open == 0 {
            break;
        }
        if let Some(status) = daemon.child.try_wait()? {
            bail!("the daemon has ended ({status}): {}", daemon.log());
        }
        ensure!(
            started.elapsed() < Duration::from_secs(600),
            "not done in ten minutes: {}",
            daemon.log()
        );
        if said.elapsed() > Duration::from_secs(5) {
            eprintln!("{name}: {all} landed, {} sent", count(&outbox, "sent"));
            said = Instant::now();
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let (cpu, peak_mb) = daemon.cost()?;
    let verifying = Instant::now();
    let verified = store.verify(None, |_| {}).await?;
    ensure!(
        verified.differences.is_empty(),
        "a case isn't what its history says"
    );
    let verified_per_s = verified.cases as f64 / verifying.elapsed().as_secs_f64();
    let figures = Figures {
        messages,
        bytes,
        seconds,
        cpu,
        peak_mb,
        verified_per_s,
    };
    eprintln!(
        "{name}: {verified_per_s:.0} cases/s with {} entries each verified by replay",
        verified.entries / verified.cases.max(1)
    );
    eprintln!(
        "{name}: {:.0} messages/s, {:.1} MB/s, {:.2} CPU s per 1,000, peak memory {:.0} MB, {} acknowledgements accepted",
        figures.rate(),
        bytes as f64 / 1e6 / seconds,
        cpu * 1000.0 / messages as f64,
        peak_mb,
        bench.smtp.accepted()
    );
    Ok((figures, bench))
}

fn user(name: &str) -> String {
    format!("{name}@example.com")
}

fn configuration(url: &str, user: &str, bench: &Bench) -> String {
    format!(
        "[database]\nurl = \"{url}\"\n[company]\nname = \"Example Ltd\"\n[[mailbox]]\nname = \"bench\"\n\
         address = \"{user}\"\nhost = \"localhost\"\nport = {}\nca_file = \"{}\"\nuser = \"{user}\"\n\
         password_file = \"password\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {}\n\
         security = \"plain-without-encryption\"\n[reply]\nkeys_file = \"keys\"\n\
         [quiet]\nper_address_per_day = 1000000\nall_per_hour = 0\n",
        bench.dovecot.imaps_port(),
        bench.authority.ca.display(),
        bench.smtp.port(),
    )
}

impl Figures {
    fn rate(&self) -> f64 {
        self.messages as f64 / self.seconds
    }

    fn json(&self) -> Value {
        json!({
            "messages": self.messages,
            "mb": round(self.bytes as f64 / 1e6),
            "seconds": round(self.seconds),
            "messages_per_s": round(self.rate()),
            "mb_per_s": round(self.bytes as f64 / 1e6 / self.seconds),
            "cpu_s_per_1000": round(self.cpu * 1000.0 / self.messages as f64),
            "peak_rss_mb": round(self.peak_mb),
            "verified_cases_per_s": round(self.verified_per_s),
        })
    }
}

/// To a thousandth.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(config: &Path, log: &Path) -> Result<Daemon> {
        let child = Command::new(env!("CARGO_BIN_EXE_redress"))
            .arg("--config")
            .arg(config)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log)?)
            .spawn()?;
        Ok(Daemon {
            child,
            log: log.to_owned(),
        })
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Seconds of processor time so far, and the most memory ever held, in MB (proc(5)).
    fn cost(&self) -> Result<(f64, f64)> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        let fields: Vec<&str> = stat
            .rsplit_once(") ")
            .context("stat")?
            .1
            .split_whitespace()
            .collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        let status = std::fs::read_to_string(folder.join("status"))?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .context("VmHWM")?;
        let peak: f64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok((ticks / 100.0, peak * 1024.0 / 1e6))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // one that has ended already is what we want
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
