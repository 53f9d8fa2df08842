//! Being told to stop.

use tokio::sync::watch;

/// Tells loops to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears that it is time to stop. Clones hear the same.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A pair of teller and hearer.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes back once stopping is requested, or nobody is left to request it.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        // an error means that the Stopper is gone: that is a stop too
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }

    /// Sleeps, unless it is time to stop; whether it is.
    pub async fn sleep(&self, length: std::time::Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(length) => false,
            () = self.requested() => true,
        }
    }
}
