//! Signs of life of a daemon: to the database, to other daemons' benefit, and to systemd.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::alarm::Alarm;
use crate::ids::DaemonId;
use crate::measures::MEASURES;
use crate::store::health::Health;
use crate::store::{Store, StoreError};
use crate::work::pulse::Pulse;

/// Says that this daemon is alive, to the database and to systemd, and looks after what others left behind.
/// Ends only when this daemon counts as dead.
pub(super) async fn heart(
    store: &Store,
    daemon: DaemonId,
    lease: Duration,
    (turns, heard): (&Pulse, &Pulse),
    health: &watch::Receiver<Option<Health>>,
) {
    let mut away = false;
    loop {
        turns.beat();
        match store.answered(store.beat(daemon)).await {
            Ok(()) => {
                heard.beat();
                if std::mem::take(&mut away) {
                    info!("the database can be reached again");
                }
                match store.answered(store.bury_dead(lease)).await {
                    Ok(released) if released.daemons > 0 => {
                        MEASURES.trouble(Alarm::DaemonDied);
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
        let status = health
            .borrow()
            .as_ref()
            .map(|health| format!("{} to read, {} to send", health.waiting, health.due));
        if let Some(status) = status {
            notify(&[NotifyState::Status(&status)]);
        }
        // systemd watches that we are alive, not that the database is
        notify(&[NotifyState::Watchdog]);
        tokio::time::sleep((lease / 4).min(Duration::from_secs(10))).await;
    }
}

/// Tells systemd; nobody minds where there is none.
pub(super) fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
