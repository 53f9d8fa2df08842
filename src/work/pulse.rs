//! Signs of life: whether the loops of a daemon still turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When something last gave a sign of life. Clones are of the same.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Instant>>);

/// A loop that is watched.
#[derive(Debug, Clone)]
pub struct Watched {
    pub name: String,
    /// The longest that a turn of it can take while all is well.
    pub longest: Duration,
    pub pulse: Pulse,
}

impl Pulse {
    /// One that is alive now.
    pub fn new() -> Pulse {
        Pulse(Arc::new(Mutex::new(Instant::now())))
    }

    pub fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Since the last beat.
    pub fn age(&self) -> Duration {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse::new()
    }
}

impl Watched {
    /// Whether it doesn't turn any more.
    pub fn is_stuck(&self) -> bool {
        self.pulse.age() > self.longest
    }
}
