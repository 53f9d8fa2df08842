//! A network that cuts, falls silent, drips or talks rubbish, anywhere: nothing advances that shouldn't, nothing
//! hangs longer than the time-outs, and all of it ends well by itself.
//!
//! Each wire is cut after every byte of a short session in `make soak`, and after a spread of them, both ends and
//! the boundaries of what was said among them, in `make test`.

use std::collections::BTreeSet;
use std::time::Duration;

use redress::ids::{DaemonId, MailboxId};
use redress::net::imap;
use redress::net::smtp::{self, Connection, Delivery};
use redress::net::tls::{Endpoint, Security};
use redress::sandbox::dovecot::PASSWORD;
use redress::secret::Secret;
use redress::store::landed::{Content, Landing};
use redress::store::{self, Store};
use redress::work::Wakes;
use redress::work::intake::{Intake, Settle};
use redress::work::stop::stop;

use crate::support::proxy::{Harm, Proxy};
use crate::support::{ACKNOWLEDGED, Site, complaint, wait};

/// Places to cut at in `make test`, each way.
const SPREAD: u64 = 40;

/// Cuts that are played side by side.
const SIDE_BY_SIDE: usize = 12;

/// Where to cut what was said in so many bytes.
fn places(total: u64, boundaries: &[u64], every: bool) -> BTreeSet<u64> {
    if every {
        return (0..=total).collect();
    }
    let mut places: BTreeSet<u64> = (0..=SPREAD).map(|n| total * n / SPREAD).collect();
    for at in boundaries.iter().take(SPREAD as usize) {
        places.extend([at.saturating_sub(1), *at, at + 1]);
    }
    places.retain(|at| *at <= total);
    places
}

/// Both ways of cutting, everywhere that was asked for.
fn harms(proxy: &Proxy, every: bool) -> Vec<Harm> {
    let (answers, questions) = proxy.said();
    let (heard, asked) = proxy.boundaries();
    let answers = places(answers, &heard, every);
    let questions = places(questions, &asked, every);
    let answers = answers.into_iter().map(Harm::CutAnswers);
    answers
        .chain(questions.into_iter().map(Harm::CutQuestions))
        .collect()
}

async fn side_by_side<T>(work: impl IntoIterator<Item = T>)
where
    T: Future<Output = ()>,
{
    use futures_util::StreamExt;
    futures_util::stream::iter(work)
        .for_each_concurrent(SIDE_BY_SIDE, |one| one)
        .await;
}

async fn store_at(url: &str) -> Result<Store, store::StoreError> {
    Store::connect(&store::Settings {
        url: url.to_owned(),
        password: None,
        connections: 4,
    })
    .await
}

struct Reading<'a> {
    site: &'a Site,
    store: &'a Store,
    daemon: DaemonId,
}

impl Reading<'_> {
    /// A mailbox of its own is read through a proxy until two mails have landed and are flagged.
    async fn read(&self, name: &str, proxy: &Proxy, harm: Harm) {
        let user = format!("{name}@example.com");
        for number in 0..2 {
            let mail = complaint(number).replace("Order", name);
            let dovecot = &self.site.servers.dovecot;
            dovecot.deliver(&user, mail.as_bytes()).unwrap();
        }
        if harm != Harm::None {
            proxy.next(harm);
        }
        let mailbox = self.store.mailbox(name).await.unwrap();
        let intake = Intake {
            store: self.store.clone(),
            daemon: self.daemon,
            wakes: Wakes::default(),
            name: name.to_owned(),
            mailbox,
            server: imap::Settings {
                endpoint: endpoint(proxy.port),
                user: user.clone(),
                password: Secret::new(PASSWORD.to_owned()),
                folder: "INBOX".to_owned(),
                timeout: Duration::from_secs(5),
            },
            settle: Settle::Flag("$RedressLanded".to_owned()),
            poll_every: Duration::from_millis(100),
            reconcile_every: Duration::from_secs(1),
            idle: true,
            max_size: 1_000_000,
            lease: Duration::from_secs(5),
        };
        let (stopper, stopped) = stop();
        let folder = self.site.servers.dovecot.maildir(&user).join("cur");
        let done = async {
            let flagged = wait(async || {
                let names = std::fs::read_dir(&folder).into_iter().flatten();
                names
                    .filter(|entry| {
                        let name = entry.as_ref().unwrap().file_name();
                        name.to_string_lossy().ends_with(":2,a")
                    })
                    .count()
                    == 2
            })
            .await;
            assert!(flagged, "{harm:?}: the mails aren't flagged");
            stopper.stop();
        };
        let (ran, ()) = tokio::join!(intake.run(&stopped), done);
        ran.unwrap();
        self.assert_landed(mailbox, harm).await;
    }

    /// Both mails, whole and once, and nothing else.
    async fn assert_landed(&self, mailbox: MailboxId, harm: Harm) {
        let rows: Vec<(String, bool, i64, i32)> = sqlx::query_as(
            "select state, whole, size, length(bytes) from landed join raw using (sha256)
             where mailbox_id = $1 order by uid",
        )
        .bind(mailbox.0)
        .fetch_all(&self.site.sql)
        .await
        .unwrap();
        assert_eq!(rows.len(), 2, "{harm:?}");
        for (state, whole, size, length) in rows {
            assert_eq!((state.as_str(), whole), ("waiting", true), "{harm:?}");
            assert_eq!(size, i64::from(length), "{harm:?}");
        }
        let vanished = "select count(*) from landed where sha256 is null";
        assert_eq!(self.site.count(vanished).await, 0, "{harm:?}");
    }
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::PlainWithoutEncryption,
        ca_file: None,
    }
}

async fn imap_cut(every: bool) {
    let site = Site::new().await;
    let store = store_at(&site.database).await.unwrap();
    let daemon = store.register_daemon("here", 1, "test").await.unwrap();
    let reading = &Reading {
        site: &site,
        store: &store,
        daemon,
    };
    let imap = site.servers.dovecot.imap_port();
    let proxy = Proxy::start(imap).await;
    let tag = site.address.split('@').next().unwrap();
    reading
        .read(&format!("{tag}-whole"), &proxy, Harm::None)
        .await;
    let harms = harms(&proxy, every);
    println!("IMAP: cut at {} places", harms.len());
    side_by_side(
        harms
            .into_iter()
            .enumerate()
            .map(|(number, harm)| async move {
                let proxy = Proxy::start(imap).await;
                reading.read(&format!("{tag}-{number}"), &proxy, harm).await;
            }),
    )
    .await;
    // no mail was read through two mailboxes' cuts into one
    assert_eq!(
        site.count("select count(*) from landed where state <> 'waiting'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imap_cut_in_a_literal_between_items_or_anywhere_loses_nothing() {
    imap_cut(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make soak"]
async fn imap_cut_after_every_single_byte_loses_nothing() {
    imap_cut(true).await;
}

fn mail_server(port: u16) -> smtp::Settings {
    smtp::Settings {
        endpoint: endpoint(port),
        login: None,
        hello_name: "here.test".to_owned(),
        timeout: Duration::from_secs(2),
        accept_timeout: Duration::from_secs(2),
    }
}

async fn offer(port: u16, recipient: &str, mail: &str) -> Option<Delivery> {
    let mut connection = Connection::open(&mail_server(port)).await.ok()?;
    let delivery = connection
        .offer("bounce@example.com", recipient, mail.as_bytes())
        .await;
    connection.close().await;
    Some(delivery)
}

async fn smtp_cut(every: bool) {
    let site = Site::new().await;
    site.without_scan();
    let server = site.smtp.port();
    let mail = complaint(1).replace('\n', "\r\n");
    let proxy = Proxy::start(server).await;
    let whole = offer(proxy.port, "whole@customers.test", &mail).await;
    assert!(matches!(whole, Some(Delivery::Accepted(_))), "{whole:?}");
    let harms = harms(&proxy, every);
    println!("SMTP: cut at {} places", harms.len());
    let (site, mail) = (&site, &mail);
    side_by_side(
        harms
            .into_iter()
            .enumerate()
            .map(|(number, harm)| async move {
                let proxy = Proxy::start(server).await;
                proxy.next(harm);
                let recipient = format!("{number}@customers.test");
                let delivery = offer(proxy.port, &recipient, mail).await;
                // the server may still be taking it
                tokio::time::sleep(Duration::from_millis(30)).await;
                let taken = site.smtp.received();
                let taken: Vec<_> = taken
                    .iter()
                    .filter(|one| one.recipient == recipient)
                    .collect();
                match &delivery {
                    Some(Delivery::Accepted(_)) => assert_eq!(taken.len(), 1, "{harm:?}"),
                    Some(Delivery::Uncertain(_)) => {}
                    // whoever says that it wasn't taken is right
                    Some(Delivery::Broken(_)) | None => {
                        assert_eq!(taken.len(), 0, "{harm:?} {delivery:?}")
                    }
                    Some(Delivery::Later(_) | Delivery::Final(_)) => {
                        panic!("nobody refused it: {harm:?} {delivery:?}")
                    }
                }
                for one in taken {
                    assert_eq!(one.bytes, mail.as_bytes(), "half a mail is none: {harm:?}");
                }
            }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_cut_anywhere_is_never_taken_for_an_answer() {
    smtp_cut(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make soak"]
async fn smtp_cut_after_every_single_byte_is_never_taken_for_an_answer() {
    smtp_cut(true).await;
}

/// One mail lands over a connection to the database; an error where it broke.
async fn land(url: &str, name: &str) -> Result<(), store::StoreError> {
    let store = store_at(url).await?;
    let result = async {
        let daemon = store.register_daemon("here", 1, "test").await?;
        let mailbox = store.mailbox(name).await?;
        let lease = store.take_mailbox(mailbox, daemon).await?;
        let lease = lease.ok_or(store::StoreError::Fenced("somebody reads it"))?;
        store.begin_uid_validity(lease, 7).await?;
        let now = store.now().await?;
        let landing = Landing {
            uid: 1,
            size: 3,
            received_at: Some(now),
            marked: None,
            content: Content::Whole(format!("mail of {name}").into_bytes()),
        };
        store.land(lease, 7, vec![landing], Some(1)).await?;
        store.retire(daemon).await?;
        Ok(())
    }
    .await;
    store.close().await;
    result
}

async fn postgres_cut(every: bool) {
    let site = Site::new().await;
    let server: u16 = port_of(&site.database).parse().unwrap();
    let proxy = Proxy::start(server).await;
    land(&through(&site, &proxy), "whole").await.unwrap();
    let harms = harms(&proxy, every);
    let count = harms.len() as i64;
    println!("Postgres: cut at {count} places");
    let site = &site;
    side_by_side(
        harms
            .into_iter()
            .enumerate()
            .map(|(number, harm)| async move {
                let proxy = Proxy::start(server).await;
                proxy.next(harm);
                let name = format!("mailbox{number}");
                // what was cut is tried again, as a whole and with the same keys; the pool waits for ten seconds at most
                let mut tries = 0;
                while let Err(problem) = land(&through(site, &proxy), &name).await {
                    tries += 1;
                    assert!(
                        problem.is_transient() || matches!(problem, store::StoreError::Fenced(_)),
                        "{harm:?}: {problem}"
                    );
                    assert!(tries < 4, "{harm:?}: {problem}");
                    // as a daemon does with one that has died
                    sqlx::query("update mailbox set reader = null where name = $1")
                        .bind(&name)
                        .execute(&site.sql)
                        .await
                        .unwrap();
                }
            }),
    )
    .await;
    // also where the commit was done and only its answer was lost
    assert_eq!(site.count("select count(*) from landed").await, count + 1);
    assert_eq!(
        site.count("select count(*) from landed where state = 'waiting'")
            .await,
        count + 1
    );
}

fn port_of(url: &str) -> &str {
    let (front, _) = url.rsplit_once('/').unwrap();
    front.rsplit_once(':').unwrap().1
}

/// The site's database by way of a proxy.
fn through(site: &Site, proxy: &Proxy) -> String {
    let port = format!(":{}/", port_of(&site.database));
    site.database.replace(&port, &format!(":{}/", proxy.port))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_done_and_its_answer_lost_or_cut_anywhere_lands_a_mail_once() {
    postgres_cut(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make soak"]
async fn postgres_cut_after_every_single_byte_lands_a_mail_once() {
    postgres_cut(true).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Imap,
    Smtp,
    Postgres,
}

const HARMS: [Harm; 5] = [
    Harm::Garbage,
    Harm::HalfOpen,
    Harm::Drip(Duration::from_millis(100)),
    Harm::Delay(Duration::from_millis(300)),
    Harm::FreezeAnswers(150),
];

/// Harms on one wire, one after the other; mail comes meanwhile, and is answered once it is over.
async fn harmed(wire: Wire, harms: &[Harm]) {
    let site = Site::new().await;
    let imap = Proxy::start(site.servers.dovecot.imap_port()).await;
    let smtp = Proxy::start(site.smtp.port()).await;
    let postgres = Proxy::start(port_of(&site.database).parse().unwrap()).await;
    site.configure(
        "security = \"plain-without-encryption\"\ntimeout = \"2s\"",
        "timeout = \"2s\"\naccept_timeout = \"2s\"",
        "[quiet]\nall_per_hour = 0",
    );
    let text = std::fs::read_to_string(site.config()).unwrap();
    let text = text
        .replace("host = \"localhost\"", "host = \"127.0.0.1\"")
        .replace(
            &format!("port = {}\n", site.servers.dovecot.imaps_port()),
            &format!("port = {}\n", imap.port),
        )
        .replace(
            &format!("port = {}\n", site.smtp.port()),
            &format!("port = {}\n", smtp.port),
        )
        .replace(
            &format!("url = \"{}\"\nowner_url", site.database),
            &format!(
                "url = \"{}\"\ntimeout = \"1s\"\nowner_url",
                through(&site, &postgres)
            ),
        );
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("ca_file"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(site.config(), text).unwrap();
    let daemon = site.daemon();
    site.deliver(&complaint(0));
    site.acknowledged(1).await;
    let proxy = match wire {
        Wire::Imap => &imap,
        Wire::Smtp => &smtp,
        Wire::Postgres => &postgres,
    };
    for (number, harm) in (1..).zip(harms) {
        proxy.all(*harm);
        // whoever holds a connection finds it dead
        proxy.freeze();
        site.deliver(&complaint(number));
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let cases = site.count("select count(*) from cases").await;
        assert!(cases <= number as i64 + 1);
        proxy.all(Harm::None);
        proxy.freeze();
        let healed = tokio::time::Instant::now();
        // a mail that may have been taken goes again after a minute: that isn't what is measured here
        sqlx::query("update outbox set not_before = now() where state = 'queued'")
            .execute(&site.sql)
            .await
            .unwrap();
        let reached = wait(async || {
            sqlx::query(
                "update outbox set not_before = now() where state = 'queued' and attempts > 0",
            )
            .execute(&site.sql)
            .await
            .unwrap();
            site.count(ACKNOWLEDGED).await == number as i64 + 1
        });
        assert!(reached.await, "{wire:?} after {harm:?}\n{}", site.logs());
        println!(
            "{wire:?} after {harm:?}: well again after {:?}",
            healed.elapsed()
        );
    }
    let all = harms.len() as i64 + 1;
    assert_eq!(
        site.count("select count(*) from landed where state = 'filed'")
            .await,
        all
    );
    assert_eq!(site.count("select count(*) from landed").await, all);
    assert_eq!(site.count("select count(*) from outbox").await, all);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imap_silence_rubbish_and_drips_end_by_themselves() {
    harmed(Wire::Imap, &HARMS[..3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_silence_rubbish_and_drips_end_by_themselves() {
    harmed(Wire::Smtp, &HARMS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_that_falls_silent_is_given_up_and_asked_again() {
    harmed(Wire::Postgres, &HARMS[4..]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make soak"]
async fn every_harm_on_every_wire_ends_by_itself() {
    tokio::join!(
        harmed(Wire::Imap, &HARMS),
        harmed(Wire::Smtp, &HARMS),
        harmed(Wire::Postgres, &HARMS)
    );
}
