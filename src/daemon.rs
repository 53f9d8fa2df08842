//! The daemon: starts the loops, keeps them running, stops them in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use crate::config::{Config, ConfigError, PostError};
use crate::failpoint::failpoint;
use crate::ids::DaemonId;
use crate::net::dns::{Dns, DnsError};
use crate::store::{Store, StoreError};
use crate::work::clock::Clock;
use crate::work::dispatch::Dispatch;
use crate::work::intake::Intake;
use crate::work::pause::Pauses;
use crate::work::stop::{Stop, Stopper, stop};
use crate::work::triage::{Excused, Triage};
use crate::work::welcome::welcome;
use crate::work::{Wakes, WorkError};

/// How long loops may take to finish what they are doing.
const DRAIN: Duration = Duration::from_secs(25);

/// How often the age of unfinished work is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A calendar that knows its holidays for less than this is an alarm: a clock may run that long.
const KNOWN_AHEAD: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Work older than this is an alarm (promise 12).
const TOO_OLD: Duration = Duration::from_secs(15 * 60);

/// Why the daemon couldn't start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Post(#[from] PostError),
    #[error(
        "{cases} cases are handled by policy profile '{profile}', which isn't configured: put it back"
    )]
    Profile { profile: String, cases: i64 },
    #[error("signals can't be listened to: {0}")]
    Signals(#[from] std::io::Error),
}

/// Why the loops are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Terminated,
    Reload,
    /// This daemon was thought dead, and others have its work.
    Buried,
}

/// Runs until told to stop by SIGTERM or SIGINT; SIGHUP reads the configuration again.
pub async fn run(path: PathBuf, mut config: Config) -> Result<(), DaemonError> {
    let mut signals = Signals::new()?;
    let store =
        Store::connect_within(&config.database.settings(), config.database.timeout.0).await?;
    store.check_schema().await?;
    info!(version = env!("CARGO_PKG_VERSION"), "redress has started");
    loop {
        let why = generation(&store, &config, &mut signals).await?;
        match why {
            Why::Terminated => break,
            Why::Buried => warn!("this daemon wasn't heard of for too long; it starts over"),
            Why::Reload => match Config::load(&path) {
                Ok(new) => {
                    if new.database.url != config.database.url {
                        warn!("database.url has changed: that takes a restart");
                    }
                    config = new;
                    info!("the configuration was read again");
                }
                Err(problem) => {
                    error!(%problem, "the new configuration is wrong; the old one stays in force");
                }
            },
        }
    }
    store.close().await;
    info!("redress has stopped");
    Ok(())
}

/// One life of the loops under one configuration.
async fn generation(
    store: &Store,
    config: &Config,
    signals: &mut Signals,
) -> Result<Why, DaemonError> {
    let post = Arc::new(config.post(store).await?);
    let profiles = store.profiles_in_use().await?;
    if let Some((profile, cases)) = profiles
        .into_iter()
        .find(|(profile, _)| post.policies.profile(profile).is_none())
    {
        return Err(DaemonError::Profile { profile, cases });
    }
    let today = store.now().await?;
    for profile in post.policies.all() {
        let used = profile.name == post.profile
            || post.mailboxes.iter().any(|own| own.profile == profile.name);
        let zone = profile.calendar.zone;
        let soon = (today + KNOWN_AHEAD).with_timezone(&zone).date_naive();
        if used && profile.calendar.is_beyond_known(soon) {
            warn!(
                profile = profile.name,
                known_until = profile.calendar.known_until().map(tracing::field::display),
                "public holidays are known for too short a time: add the next year's to its calendar, or due dates come too early"
            );
        }
    }
    // a database that is away for a moment is no reason not to start: the next start sends it
    if let Err(problem) = welcome(store, &post).await {
        warn!(%problem, "new members of staff weren't sent the page of help");
    }
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let version = env!("CARGO_PKG_VERSION");
    let daemon = store
        .register_daemon(&host, std::process::id(), version)
        .await?;
    failpoint("daemon.registered").map_err(StoreError::from)?;
    let lease = config.daemon.lease.0;
    // what a daemon left behind that died before us is free at once, if its lease is over
    store.bury_dead(lease).await?;
    failpoint("daemon.buried").map_err(StoreError::from)?;

    let (stopper, stop) = stop();
    let wakes = Wakes::default();
    let mut loops = JoinSet::new();
    for (mailbox, own) in config.mailboxes.iter().zip(&post.mailboxes) {
        let intake = Arc::new(Intake {
            store: store.clone(),
            daemon,
            wakes: wakes.clone(),
            name: mailbox.name.clone(),
            mailbox: own.id,
            server: mailbox.settings(),
            settle: mailbox.settle(),
            poll_every: mailbox.poll_every.0,
            reconcile_every: mailbox.reconcile_every.0,
            idle: mailbox.idle,
            max_size: mailbox.max_size.0,
            lease,
        });
        let name = format!("intake of {}", mailbox.name);
        loops.spawn(supervise(name, stop.clone(), move |stop| {
            let intake = Arc::clone(&intake);
            async move { intake.run(&stop).await }
        }));
    }
    let own_addresses = config
        .mailboxes
        .iter()
        .map(|m| m.address.to_lowercase())
        .collect();
    let triage = Arc::new(Triage {
        store: store.clone(),
        daemon,
        wakes: wakes.clone(),
        post: Arc::clone(&post),
        reply_addresses: config.reply.addresses.clone(),
        rules: config.proof_rules(),
        confirm: config.confirm(),
        dns: dns(config),
        own_addresses,
        default_language: config.company.language,
        time_zone: config.company.time_zone,
        batch: config.triage.batch,
        attempts: i32::from(config.triage.attempts),
        excused: Excused::default(),
    });
    loops.spawn(supervise("triage".to_owned(), stop.clone(), move |stop| {
        let triage = Arc::clone(&triage);
        async move { triage.run(&stop).await }
    }));
    let clock = Arc::new(Clock {
        store: store.clone(),
        wakes: wakes.clone(),
        post: Arc::clone(&post),
    });
    loops.spawn(supervise("clock".to_owned(), stop.clone(), move |stop| {
        let clock = Arc::clone(&clock);
        async move { clock.run(&stop).await }
    }));
    let jobs = config.job_runner(store, Some(daemon), wakes.clone(), Arc::clone(&post));
    let jobs = Arc::new(jobs);
    loops.spawn(supervise("jobs".to_owned(), stop.clone(), move |stop| {
        let jobs = Arc::clone(&jobs);
        async move { jobs.run(&stop).await }
    }));
    let dispatch = Arc::new(Dispatch {
        store: store.clone(),
        daemon,
        wakes: wakes.clone(),
        server: config.mail_server(),
        connections: config.smtp.connections,
        give_up_after: config.smtp.give_up_after.0,
        all_per_hour: config.quiet.all_per_hour,
    });
    loops.spawn(supervise(
        "dispatch".to_owned(),
        stop.clone(),
        move |stop| {
            let dispatch = Arc::clone(&dispatch);
            async move { dispatch.run(&stop).await }
        },
    ));

    notify(&[NotifyState::Ready]);
    let why = tokio::select! {
        why = signals.next() => why,
        () = heart(store, daemon, lease) => Why::Buried,
    };
    end(&stopper, loops, why).await;
    match store.answered(store.retire(daemon)).await {
        Ok(_) => {}
        // others find out by the lease
        Err(problem) => warn!(%problem, "this daemon couldn't sign off"),
    }
    Ok(why)
}

/// Where keys are looked up. Without it authors are proven less often, and everything else goes on.
fn dns(config: &Config) -> Option<Dns> {
    let dns = Dns::new(&config.dns.settings()?);
    dns.inspect_err(|problem: &DnsError| error!(%problem, "signatures aren't checked"))
        .ok()
}

/// Stops the loops in order: no new work is begun, what is under way is finished.
async fn end(stopper: &Stopper, mut loops: JoinSet<()>, why: Why) {
    match why {
        Why::Terminated => notify(&[NotifyState::Stopping]),
        Why::Reload | Why::Buried => notify(&[NotifyState::Status("starting over")]),
    }
    info!(?why, "stopping: what is under way is finished first");
    stopper.stop();
    let drained = timeout(DRAIN, async { while loops.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        warn!("some work didn't end in time; it is taken up again at the next start");
        loops.shutdown().await;
    }
}

/// Runs a loop until it ends in order; after a failure again, with growing pauses.
async fn supervise<F, Fut>(name: String, stop: Stop, run: F)
where
    F: Fn(Stop) -> Fut,
    Fut: Future<Output = Result<(), WorkError>> + Send + 'static,
{
    let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));
    loop {
        let started = Instant::now();
        // a task of its own, so that a panic ends the attempt and not the daemon
        let problem = match tokio::spawn(run(stop.clone())).await {
            Ok(Ok(())) => return,
            Ok(Err(problem)) => problem.to_string(),
            Err(_) => "it panicked: this is a mistake in Redress".to_owned(),
        };
        if started.elapsed() > Duration::from_secs(60) {
            pauses.succeeded();
        }
        let pause = pauses.failed();
        error!(
            work = name,
            problem,
            again_in_s = pause.as_secs(),
            "work has failed and will start again"
        );
        if stop.sleep(pause).await {
            return;
        }
    }
}

/// Says that this daemon is alive, to the database and to systemd, and looks after what others left behind.
/// Ends only when this daemon counts as dead.
async fn heart(store: &Store, daemon: DaemonId, lease: Duration) {
    let mut looked = None::<Instant>;
    let mut away = false;
    loop {
        match store.answered(store.beat(daemon)).await {
            Ok(()) => {
                if std::mem::take(&mut away) {
                    info!("the database can be reached again");
                }
                match store.answered(store.bury_dead(lease)).await {
                    Ok(released) if released.daemons > 0 => {
                        warn!(?released, "a daemon has died; its work is taken over");
                    }
                    Ok(_) => {}
                    Err(problem) => warn!(%problem, "dead daemons can't be looked for"),
                }
            }
            Err(StoreError::Fenced(_)) => return,
            Err(problem) => {
                if !std::mem::replace(&mut away, true) {
                    error!(%problem, "the database can't be reached; mail waits on the server");
                }
            }
        }
        if !away && looked.is_none_or(|at| at.elapsed() > LOOK_EVERY) {
            looked = Some(Instant::now());
            look(store).await;
        }
        // systemd watches that we are alive, not that the database is
        notify(&[NotifyState::Watchdog]);
        tokio::time::sleep((lease / 4).min(Duration::from_secs(10))).await;
    }
}

/// Measures the age of unfinished work, and is loud where it is too old.
async fn look(store: &Store) {
    let health = match store.answered(store.health()).await {
        Ok(health) => health,
        Err(problem) => return warn!(%problem, "the age of unfinished work can't be measured"),
    };
    let minutes = |age: Duration| age.as_secs() / 60;
    if let Some(age) = health.oldest_unread.filter(|age| *age > TOO_OLD) {
        error!(
            minutes = minutes(age),
            messages = health.waiting,
            "landed mail waits too long to be read"
        );
    }
    if let Some(age) = health.oldest_unsent.filter(|age| *age > TOO_OLD) {
        error!(
            minutes = minutes(age),
            mails = health.due,
            "mail waits too long to be sent"
        );
    }
    for (mailbox, age) in &health.last_poll {
        if let Some(age) = age.filter(|age| *age > TOO_OLD) {
            error!(
                mailbox,
                minutes = minutes(age),
                "the mailbox hasn't been read for too long"
            );
        }
    }
    let status = format!("{} to read, {} to send", health.waiting, health.due);
    notify(&[NotifyState::Status(&status)]);
}

/// Tells systemd; nobody minds where there is none.
fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Why {
        tokio::select! {
            _ = self.terminate.recv() => Why::Terminated,
            _ = self.interrupt.recv() => Why::Terminated,
            _ = self.hangup.recv() => Why::Reload,
        }
    }
}
