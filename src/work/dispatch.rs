//! Dispatch: what is in the outbox is delivered, over a few connections that are used again and again.
//!
//! Each sender claims mails only once it holds a connection that works, so that a server that is down costs
//! no mail an attempt. How each attempt ended goes to one recorder, which writes many at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify, mpsc, watch};
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::pause::{Pauses, retry_delay};
use super::stop::Stop;
use super::{Wakes, WorkError};
use crate::alarm::Alarm;
use crate::failpoint::failpoint;
use crate::ids::DaemonId;
use crate::measures::MEASURES;
use crate::net::smtp::{Connection, Delivery, Settings, SmtpError};
use crate::store::Store;
use crate::store::outbox::{Attempt, Mail, Outcome};

/// Most mails a sender claims at a time.
const CLAIM: u16 = 25;

/// Most attempts recorded in one statement.
const RECORD: usize = 200;

/// Longest time between looks at the outbox, were nobody to wake us.
const POLL: Duration = Duration::from_secs(2);

/// A connection unused for so long is closed.
const IDLE: Duration = Duration::from_secs(20);

/// How long a mail that is under way may take once it is time to stop.
const LAST_MAIL: Duration = Duration::from_secs(15);

/// How often automatic mail is counted for the breaker.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Everything that dispatch needs to know.
#[derive(Debug)]
pub struct Dispatch {
    pub store: Store,
    pub daemon: DaemonId,
    pub wakes: Wakes,
    pub server: Settings,
    pub connections: usize,
    pub give_up_after: Duration,
    /// Most automatic mails an hour; 0 is no limit.
    pub all_per_hour: u32,
}

/// What the senders share.
struct Shared<'a> {
    stop: &'a Stop,
    breaker: Mutex<Breaker>,
    /// Woken when there is more than one sender's worth.
    more: Notify,
    /// The server can't be reached, and that has been said.
    unreachable: AtomicBool,
    /// One of us has failed: the others end what they have in hand, and no mail is left in doubt.
    failed: watch::Sender<bool>,
}

/// How much automatic mail may still go out (promise 6: a breaker for all).
struct Breaker {
    counted: Option<Instant>,
    left: u32,
    said: bool,
}

impl Dispatch {
    /// Works until told to stop.
    pub async fn run(&self, stop: &Stop) -> Result<(), WorkError> {
        // what was under way when an earlier run failed is claimed still, and nobody else may send it
        let store = &self.store;
        store.answered(store.release_own_mails(self.daemon)).await?;
        let shared = Shared {
            stop,
            breaker: Mutex::new(Breaker {
                counted: None,
                left: 0,
                said: false,
            }),
            more: Notify::new(),
            unreachable: AtomicBool::new(false),
            failed: watch::Sender::new(false),
        };
        let (ended, mut to_record) = mpsc::channel(RECORD * 2);
        let senders = async {
            let each =
                (0..self.connections).map(|number| self.sender(number, &shared, ended.clone()));
            let each = each.map(|sender| shared.watched(sender));
            let all = futures_util::future::join_all(each).await;
            drop(ended);
            all.into_iter().collect::<Result<(), WorkError>>()
        };
        let recorder = shared.watched(self.record(&mut to_record));
        let (sent, recorded) = tokio::join!(senders, recorder);
        sent.and(recorded)
    }

    /// Sends until told to stop.
    async fn sender(
        &self,
        number: usize,
        shared: &Shared<'_>,
        ended: mpsc::Sender<Attempt>,
    ) -> Result<(), WorkError> {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));
        let mut connection: Option<Connection> = None;
        let mut used = Instant::now();
        while !shared.is_over() {
            let mut due = self.store.answered(self.store.next_mail_due()).await?;
            let mut share = 0;
            if due == Some(Duration::ZERO) {
                share = self.share(shared).await?;
                if share == 0 {
                    let of_people = self.store.next_mail_of_people_due();
                    due = self.store.answered(of_people).await?;
                }
            }
            if due != Some(Duration::ZERO) {
                if used.elapsed() > IDLE
                    && let Some(old) = connection.take()
                {
                    old.close().await;
                }
                self.rest(number, shared, due).await;
                continue;
            }
            let mut ready = match connection.take() {
                Some(old) if old.is_usable() && used.elapsed() < IDLE / 4 => Some(old),
                Some(mut old) => {
                    if old.is_usable() && old.is_alive().await {
                        Some(old)
                    } else {
                        None
                    }
                }
                None => None,
            };
            if ready.is_none() {
                match Connection::open(&self.server).await {
                    Ok(new) => {
                        pauses.succeeded();
                        if shared.unreachable.swap(false, Ordering::Relaxed) {
                            info!("the mail server can be reached again");
                        }
                        ready = Some(new);
                    }
                    Err(problem) => {
                        if matches!(problem, SmtpError::Login(_)) {
                            MEASURES.trouble(Alarm::LoginRefused);
                        }
                        if !shared.unreachable.swap(true, Ordering::Relaxed) {
                            error!(%problem, "no mail can be sent; it waits");
                        }
                        self.give_back(shared, share.into()).await;
                        tokio::select! {
                            _ = shared.stop.sleep(pauses.failed()) => {}
                            () = shared.over() => {}
                        }
                        continue;
                    }
                }
            }
            let Some(mut ready) = ready else { continue };
            failpoint("dispatch.connected")?;
            let claimed = self.store.claim_mails(self.daemon, CLAIM, share);
            let mails = self.store.answered(claimed).await?;
            failpoint("dispatch.claimed")?;
            let automatic = mails.iter().filter(|mail| mail.automatic).count();
            self.give_back(shared, usize::from(share).saturating_sub(automatic))
                .await;
            if mails.len() == usize::from(CLAIM) {
                shared.more.notify_waiters();
            }
            for mail in mails {
                let attempt = if shared.is_over() || !ready.is_usable() {
                    Attempt {
                        id: mail.id,
                        outcome: Outcome::NotTried,
                        reply: String::new(),
                    }
                } else {
                    failpoint("dispatch.offering")?;
                    let offered = offer(&mut ready, &mail, shared.stop).await;
                    failpoint("dispatch.offered")?;
                    offered
                };
                if ended.send(attempt).await.is_err() {
                    // the recorder has failed; what was offered meanwhile is uncertain
                    return Ok(());
                }
            }
            used = Instant::now();
            connection = Some(ready).filter(Connection::is_usable);
        }
        if let Some(last) = connection {
            last.close().await;
        }
        Ok(())
    }

    /// Waits for more to do: the first sender looks by itself, the others are woken where one isn't enough.
    async fn rest(&self, number: usize, shared: &Shared<'_>, due: Option<Duration>) {
        if number == 0 {
            tokio::select! {
                () = self.wakes.dispatch.notified() => {}
                () = tokio::time::sleep(due.unwrap_or(POLL).min(POLL)) => {}
                () = shared.over() => {}
            }
        } else {
            tokio::select! {
                () = shared.more.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
                () = shared.over() => {}
            }
        }
    }

    /// Takes a share of the automatic mail that may still go out in this hour: as much as one sender claims
    /// at a time, or what is left.
    async fn share(&self, shared: &Shared<'_>) -> Result<u16, WorkError> {
        if self.all_per_hour == 0 {
            return Ok(CLAIM);
        }
        let mut breaker = shared.breaker.lock().await;
        if breaker.counted.is_none_or(|at| at.elapsed() > COUNT_EVERY) {
            let counted = self.store.automatic_mail_of_the_hour();
            let count = self.store.answered(counted).await?;
            breaker.counted = Some(Instant::now());
            breaker.left = self
                .all_per_hour
                .saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        }
        if breaker.left == 0 && !std::mem::replace(&mut breaker.said, true) {
            error!(
                all_per_hour = self.all_per_hour,
                "automatic mail is held: this is as much as may go out in an hour; look for a loop"
            );
        }
        let share = CLAIM.min(u16::try_from(breaker.left).unwrap_or(CLAIM));
        breaker.left -= u32::from(share);
        breaker.said &= share == 0;
        Ok(share)
    }

    /// Gives back what wasn't needed of a share.
    async fn give_back(&self, shared: &Shared<'_>, unused: usize) {
        let mut breaker = shared.breaker.lock().await;
        breaker.left = breaker
            .left
            .saturating_add(u32::try_from(unused).unwrap_or(0));
    }

    /// Records how attempts ended, as many at a time as there are.
    async fn record(&self, ended: &mut mpsc::Receiver<Attempt>) -> Result<(), WorkError> {
        let mut attempts = Vec::with_capacity(RECORD);
        while ended.recv_many(&mut attempts, RECORD).await > 0 {
            let mut pauses = Pauses::new(Duration::from_millis(200), Duration::from_secs(5));
            failpoint("dispatch.recording")?;
            loop {
                let recorded =
                    self.store
                        .record_attempts(self.daemon, &attempts, self.give_up_after);
                match self.store.answered(recorded).await {
                    Ok(_) => break,
                    // what a mail server accepted must not be forgotten because the database is away
                    Err(problem) if problem.is_transient() => {
                        warn!(%problem, mails = attempts.len(), "what became of mails can't be recorded yet");
                        tokio::time::sleep(pauses.failed()).await;
                    }
                    Err(problem) => return Err(problem.into()),
                }
            }
            failpoint("dispatch.recorded")?;
            for attempt in &attempts {
                report(attempt);
            }
            attempts.clear();
            self.wakes.triage.notify_one();
        }
        Ok(())
    }
}

impl Shared<'_> {
    /// Tells the others when this one fails.
    async fn watched(
        &self,
        work: impl Future<Output = Result<(), WorkError>>,
    ) -> Result<(), WorkError> {
        let result = work.await;
        if result.is_err() {
            self.failed.send_replace(true);
        }
        result
    }

    /// Whether it is time to stop, or one of us has failed.
    fn is_over(&self) -> bool {
        self.stop.is_requested() || *self.failed.borrow()
    }

    /// Comes back once it is over.
    async fn over(&self) {
        let mut failed = self.failed.subscribe();
        tokio::select! {
            () = self.stop.requested() => {}
            _ = failed.wait_for(|failed| *failed) => {}
        }
    }
}

/// Offers one mail. Once it is time to stop, it has a while left; cut off then, it is uncertain.
async fn offer(connection: &mut Connection, mail: &Mail, stop: &Stop) -> Attempt {
    let offered = connection.offer(&mail.sender, &mail.recipient, &mail.bytes);
    let too_late = async {
        stop.requested().await;
        tokio::time::sleep(LAST_MAIL).await;
    };
    let begun = Instant::now();
    let delivery = tokio::select! {
        delivery = offered => delivery,
        () = too_late => Delivery::Uncertain("the daemon stopped before the server answered".to_owned()),
    };
    MEASURES.sending.note(begun.elapsed());
    let delay = retry_delay(mail.attempts);
    let (outcome, reply) = match delivery {
        Delivery::Accepted(reply) => (Outcome::Sent, reply),
        Delivery::Final(reply) => (Outcome::Final, reply),
        Delivery::Later(reply) | Delivery::Broken(reply) => (Outcome::Later(delay), reply),
        Delivery::Uncertain(reply) => (Outcome::Uncertain(delay), reply),
    };
    Attempt {
        id: mail.id,
        outcome,
        reply,
    }
}

/// A server's words without the addresses in them: who wrote to us is nothing for the log.
fn without_addresses(words: &str) -> String {
    let words = words.split(' ').map(|word| {
        if word.contains('@') {
            "<address>"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn report(attempt: &Attempt) {
    let (mail, reply) = (attempt.id, without_addresses(&attempt.reply));
    match attempt.outcome {
        Outcome::Sent => MEASURES.sent.add(1),
        Outcome::Later(_) => MEASURES.put_off.add(1),
        Outcome::Uncertain(_) => MEASURES.uncertain.add(1),
        Outcome::Final => MEASURES.refused.add(1),
        Outcome::NotTried => {}
    }
    match attempt.outcome {
        Outcome::Sent => tracing::debug!(%mail, reply, "a mail was accepted"),
        Outcome::NotTried => {}
        Outcome::Later(delay) => {
            warn!(%mail, reply, again_in_s = delay.as_secs(), "a mail was refused for now");
        }
        Outcome::Uncertain(delay) => {
            warn!(%mail, reply, again_in_s = delay.as_secs(), "a mail may or may not have been accepted");
        }
        Outcome::Final => {
            error!(%mail, reply, "a mail was refused for good: see `redress outbox list --state failed`");
        }
    }
}
