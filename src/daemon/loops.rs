//! The loops of a daemon: started, watched, and started again where they fail.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::error;

use crate::alarm::Alarm;
use crate::measures::MEASURES;
use crate::work::WorkError;
use crate::work::pause::Pauses;
use crate::work::pulse::{Pulse, Watched};
use crate::work::stop::Stop;

/// The loops of one generation, and their signs of life.
pub(super) struct Loops {
    pub(super) set: JoinSet<()>,
    pub(super) stop: Stop,
    pub(super) watched: Vec<Watched>,
}

impl Loops {
    /// Starts a loop, a turn of which takes no longer than this while all is well.
    pub(super) fn start<F, Fut>(&mut self, name: String, longest: Duration, run: F)
    where
        F: Fn(Stop) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), WorkError>> + Send + 'static,
    {
        let pulse = Pulse::new();
        let stop = self.stop.watched(pulse.clone());
        self.watched.push(Watched {
            name: name.clone(),
            longest,
            pulse,
        });
        self.set.spawn(supervise(name, stop, run));
    }
}

/// Runs a loop until it ends in order; after a failure again, with growing pauses.
pub(super) async fn supervise<F, Fut>(name: String, stop: Stop, run: F)
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
        MEASURES.trouble(Alarm::WorkFailed);
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
