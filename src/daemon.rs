//! The daemon: starts the loops, keeps them running, stops them in order.

mod heart;
mod loops;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use self::heart::{heart, notify};
use self::loops::{Loops, supervise};
use crate::config::{Config, ConfigError, PostError};
use crate::failpoint::failpoint;
use crate::net::dns::{Dns, DnsError};
use crate::store::health::Health;
use crate::store::{Store, StoreError};
use crate::work::Wakes;
use crate::work::WorkError;
use crate::work::clock::Clock;
use crate::work::dispatch::Dispatch;
use crate::work::intake::Intake;
use crate::work::ops::Ops;
use crate::work::pause::Pauses;
use crate::work::post::Post;
use crate::work::pulse::{Pulse, Watched};
use crate::work::stop::{Stopper, stop};
use crate::work::triage::{Excused, Triage};
use crate::work::watch::judge::Known;
use crate::work::watch::{Memory, Watch};
use crate::work::welcome::welcome;

/// How long loops may take to finish what they are doing.
const DRAIN: Duration = Duration::from_secs(25);

/// The longest that a turn of a loop takes while all is well, beside what it waits for by its settings.
const LONGEST_TURN: Duration = Duration::from_secs(5 * 60);

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

impl DaemonError {
    /// Whether the same may well succeed a while later.
    fn is_transient(&self) -> bool {
        match self {
            DaemonError::Store(error) | DaemonError::Post(PostError::Store(error)) => {
                error.is_transient()
            }
            DaemonError::Config(_)
            | DaemonError::Post(_)
            | DaemonError::Profile { .. }
            | DaemonError::Signals(_) => false,
        }
    }
}

/// Why the loops are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Terminated,
    Reload,
    /// This daemon was thought dead, and others have its work.
    Buried,
}

/// What outlives a change of configuration.
struct Process {
    started: Instant,
    memory: Arc<Mutex<Memory>>,
}

/// Runs until told to stop by SIGTERM or SIGINT; SIGHUP reads the configuration again.
pub async fn run(path: PathBuf, mut config: Config) -> Result<(), DaemonError> {
    let mut signals = Signals::new()?;
    let store = connect(&config).await?;
    info!(version = env!("CARGO_PKG_VERSION"), "redress has started");
    let process = Process {
        started: Instant::now(),
        memory: Arc::default(),
    };
    let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(30));
    loop {
        let why = match generation(&store, &config, &mut signals, &process).await {
            Ok(why) => {
                pauses.succeeded();
                why
            }
            // a daemon that ended now could tell nobody
            Err(problem) if problem.is_transient() => {
                error!(%problem, "work can't begin; it is tried again");
                watcher(&store, &config, &process, vec![]).0.look().await;
                tokio::select! {
                    why = signals.next() => why,
                    () = tokio::time::sleep(pauses.failed()) => continue,
                }
            }
            Err(problem) => return Err(problem),
        };
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

/// The database, once its schema is known to be ours. One that cuts us off is tried again a few times: it may just
/// be starting itself.
async fn connect(config: &Config) -> Result<Store, DaemonError> {
    let mut pauses = Pauses::new(Duration::from_millis(500), Duration::from_secs(4));
    let mut left = FIRST_TRIES;
    loop {
        left -= 1;
        let connected = async {
            let database = &config.database;
            let store = Store::connect_within(&database.settings(), database.timeout.0).await?;
            store.check_schema().await?;
            Ok::<Store, StoreError>(store)
        };
        match connected.await {
            Ok(store) => return Ok(store),
            Err(problem) if problem.is_transient() && left > 0 => {
                warn!(%problem, "the database can't be reached yet; it is tried again");
                tokio::time::sleep(pauses.failed()).await;
            }
            Err(problem) => return Err(problem.into()),
        }
    }
}

/// How often the database is tried before a daemon that never began gives up; systemd starts it again.
const FIRST_TRIES: u8 = 4;

/// One life of the loops under one configuration.
async fn generation(
    store: &Store,
    config: &Config,
    signals: &mut Signals,
    process: &Process,
) -> Result<Why, DaemonError> {
    let post = Arc::new(config.post(store).await?);
    let profiles = store.profiles_in_use().await?;
    if let Some((profile, cases)) = profiles
        .into_iter()
        .find(|(profile, _)| post.policies.profile(profile).is_none())
    {
        return Err(DaemonError::Profile { profile, cases });
    }
    match welcome(store, &post).await {
        Ok(_) => {}
        // whoever starts us tries again: a member without the page has no address to write to
        Err(WorkError::Store(problem)) if problem.is_transient() => return Err(problem.into()),
        Err(problem) => warn!(%problem, "new members of staff weren't sent the page of help"),
    }
    let version = env!("CARGO_PKG_VERSION");
    let daemon = store
        .register_daemon(&host(), std::process::id(), version)
        .await?;
    failpoint("daemon.registered").map_err(StoreError::from)?;
    let lease = config.daemon.lease.0;
    let limits = config.limits();
    // what a daemon left behind that died before us is free at once, if its lease is over
    store.bury_dead(lease).await?;
    failpoint("daemon.buried").map_err(StoreError::from)?;

    let (stopper, stop) = stop();
    let wakes = Wakes::default();
    let mut loops = Loops {
        set: JoinSet::new(),
        stop: stop.clone(),
        watched: vec![],
    };
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
        // after a failure it rests for five minutes at most
        let longest = mailbox.poll_every.0 + LONGEST_TURN * 2;
        loops.start(name, longest, move |stop| {
            let intake = Arc::clone(&intake);
            async move { intake.run(&stop).await }
        });
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
    loops.start("triage".to_owned(), LONGEST_TURN, move |stop| {
        let triage = Arc::clone(&triage);
        async move { triage.run(&stop).await }
    });
    let clock = Arc::new(Clock {
        store: store.clone(),
        wakes: wakes.clone(),
        post: Arc::clone(&post),
    });
    loops.start("clock".to_owned(), LONGEST_TURN, move |stop| {
        let clock = Arc::clone(&clock);
        async move { clock.run(&stop).await }
    });
    let jobs = config.job_runner(store, Some(daemon), wakes.clone(), Arc::clone(&post));
    let jobs = Arc::new(jobs);
    loops.start("jobs".to_owned(), limits.jobs + LONGEST_TURN, move |stop| {
        let jobs = Arc::clone(&jobs);
        async move { jobs.run(&stop).await }
    });
    let dispatch = Arc::new(Dispatch {
        store: store.clone(),
        daemon,
        wakes: wakes.clone(),
        server: config.mail_server(),
        connections: config.smtp.connections,
        give_up_after: config.smtp.give_up_after.0,
        all_per_hour: config.quiet.all_per_hour,
    });
    let longest = config.smtp.accept_timeout.0 + LONGEST_TURN;
    loops.start("dispatch".to_owned(), longest, move |stop| {
        let dispatch = Arc::clone(&dispatch);
        async move { dispatch.run(&stop).await }
    });
    let (watch, health) = watcher(store, config, process, calendars(&post));
    let watch = Arc::new(watch);
    if watch.settings.paths.is_empty() {
        warn!("nobody is told of alarms but by this log: see [alarm] in the configuration");
    }
    // telling is bounded, however many alarms there are
    loops.start("watch".to_owned(), LONGEST_TURN * 6, move |stop| {
        let watch = Arc::clone(&watch);
        async move { watch.run(&stop).await }
    });
    let heartbeat = Pulse::new();
    let heart_turns = Pulse::new();
    loops.watched.push(Watched {
        name: "heartbeat".to_owned(),
        longest: LONGEST_TURN,
        pulse: heart_turns.clone(),
    });
    if let Some(listen) = config.metrics.listen {
        if !listen.ip().is_loopback() {
            warn!(%listen, "measures are served to whoever can reach this address (metrics.allow_remote)");
        }
        let ops = Arc::new(Ops {
            store: store.clone(),
            listen,
            mailboxes: mailbox_names(config),
            limits,
            lease,
            started: process.started,
            all_per_hour: config.quiet.all_per_hour,
            heartbeat: heartbeat.clone(),
            loops: loops.watched.clone(),
            last_look: Mutex::default(),
        });
        loops
            .set
            .spawn(supervise("measures".to_owned(), stop, move |stop| {
                let ops = Arc::clone(&ops);
                async move { ops.run(&stop).await }
            }));
    }

    notify(&[NotifyState::Ready]);
    let why = tokio::select! {
        why = signals.next() => why,
        () = heart(store, daemon, lease, (&heart_turns, &heartbeat), &health) => Why::Buried,
    };
    end(&stopper, loops.set, why).await;
    match store.answered(store.retire(daemon)).await {
        Ok(_) => {}
        // others find out by the lease
        Err(problem) => warn!(%problem, "this daemon couldn't sign off"),
    }
    Ok(why)
}

/// Who looks at how things stand, and what was seen last.
fn watcher(
    store: &Store,
    config: &Config,
    process: &Process,
    calendars: Vec<Known>,
) -> (Watch, watch::Receiver<Option<Health>>) {
    let (latest, health) = watch::channel(None);
    let watch = Watch {
        store: store.clone(),
        settings: config.watch(),
        mailboxes: mailbox_names(config),
        calendars,
        all_per_hour: config.quiet.all_per_hour,
        host: host(),
        started: process.started,
        memory: Arc::clone(&process.memory),
        latest,
    };
    (watch, health)
}

/// Up to when the profiles that complaints come by know their public holidays.
fn calendars(post: &Post) -> Vec<Known> {
    let used = post.policies.all().filter(|profile| {
        let mut mailboxes = post.mailboxes.iter();
        profile.name == post.profile || mailboxes.any(|own| own.profile == profile.name)
    });
    let known = used.filter_map(|profile| {
        Some(Known {
            profile: profile.name.clone(),
            zone: profile.calendar.zone,
            until: profile.calendar.known_until()?,
        })
    });
    known.collect()
}

fn mailbox_names(config: &Config) -> Vec<String> {
    let mailboxes = config.mailboxes.iter();
    mailboxes.map(|one| one.name.clone()).collect()
}

fn host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
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
