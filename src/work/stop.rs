//! Being told to stop.

use tokio::sync::watch;

use super::pulse::Pulse;

/// Tells loops to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears that it is time to stop. Clones hear the same.
#[derive(Debug, Clone)]
pub struct Stop {
    receiver: watch::Receiver<bool>,
    /// A loop that asks whether to stop turns: asking is its sign of life.
    pulse: Option<Pulse>,
}

/// A pair of teller and hearer.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (
        Stopper(sender),
        Stop {
            receiver,
            pulse: None,
        },
    )
}

impl Stopper {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// The same for a loop that is watched.
    pub fn watched(&self, pulse: Pulse) -> Stop {
        Stop {
            receiver: self.receiver.clone(),
            pulse: Some(pulse),
        }
    }

    pub fn is_requested(&self) -> bool {
        self.pulse.iter().for_each(Pulse::beat);
        *self.receiver.borrow()
    }

    /// Comes back once stopping is requested, or nobody is left to request it.
    pub async fn requested(&self) {
        let mut receiver = self.receiver.clone();
        // an error means that the Stopper is gone: that is a stop too
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }

    /// Sleeps, unless it is time to stop; whether it is.
    pub async fn sleep(&self, length: std::time::Duration) -> bool {
        self.pulse.iter().for_each(Pulse::beat);
        tokio::select! {
            () = tokio::time::sleep(length) => false,
            () = self.requested() => true,
        }
    }
}
