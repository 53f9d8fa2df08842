//! Promise 12: silence is loud. Each alarm is caused for real, and arrives by another mail server and by a command.

mod figures;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use redress::sandbox::Home;
use redress::sandbox::dovecot::{Dovecot, PASSWORD};
use redress::sandbox::postgres::{Durability, Postgres};
use redress::sandbox::smtp_server::{Fault, Keep, SmtpServer};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{LONGEST, Site, complaint, wait};

/// A site with a second way for its alarms, and a port for its measures.
pub struct Watched {
    pub site: Site,
    /// The mail server that alarms go by.
    second: SmtpServer,
    pub port: u16,
}

impl Watched {
    pub async fn new() -> Watched {
        let watched = Watched {
            site: Site::new().await,
            second: SmtpServer::start(Keep::Record, None).await.unwrap(),
            port: free_port(),
        };
        let script = format!(
            "#!/bin/sh\necho \"$REDRESS_ALARM $REDRESS_ALARM_STATE\" >> '{0}'\ncat >> '{0}.texts'\n",
            watched.file().display()
        );
        let program = watched.site.folder.path().join("page");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        watched.configure("", "", "");
        watched
    }

    fn file(&self) -> std::path::PathBuf {
        self.site.folder.path().join("paged")
    }

    /// Alarms with these settings, looked at each second, and told at once unless they say otherwise.
    pub fn configure(&self, smtp: &str, alarm: &str, sections: &str) {
        let sections = format!(
            "{sections}\n[metrics]\nlisten = \"127.0.0.1:{}\"\n\
             [alarm]\nlook_every = \"1s\"\n{often}\ncommand = [\"{}\"]\n{alarm}\n\
             [alarm.smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain-without-encryption\"\n\
             from = \"redress@example.net\"\nto = [\"on-call@example.net\"]\n",
            self.port,
            self.site.folder.path().join("page").display(),
            self.second.port(),
            often = if alarm.contains("at_most_every") {
                ""
            } else {
                "at_most_every = \"1s\""
            },
        );
        self.site.configure("", smtp, &sections);
    }

    /// How often an alarm came by the second mail server, and by the command.
    pub fn told(&self, alarm: &str, state: &str) -> (usize, usize) {
        let subject = match state {
            "over" => format!("Subject: Redress alarm {alarm} is over\r\n"),
            _ => format!("Subject: Redress alarm {alarm}: "),
        };
        let mails = self.second.received();
        let by_mail = mails
            .iter()
            .filter(|mail| String::from_utf8_lossy(&mail.bytes).contains(&subject))
            .count();
        let paged = std::fs::read_to_string(self.file()).unwrap_or_default();
        let line = format!("{alarm} {state}");
        (by_mail, paged.lines().filter(|one| **one == line).count())
    }

    /// Waits until an alarm has come so often by each way.
    pub async fn until_told(&self, alarm: &str, state: &str, times: usize) {
        let came = wait(async || self.told(alarm, state) == (times, times)).await;
        assert!(
            came,
            "{alarm} {state}: {:?} instead of {times}\n{}",
            self.told(alarm, state),
            self.site.logs()
        );
    }

    /// Every text that was told.
    fn texts(&self) -> String {
        let mails = self.second.received();
        let mails = mails
            .iter()
            .map(|mail| String::from_utf8_lossy(&mail.bytes).into_owned());
        let paged = std::fs::read_to_string(self.file().with_extension("texts"));
        mails.chain(paged).collect()
    }

    /// Status and text of what a daemon answers; 0 where none does.
    pub async fn get(&self, path: &str) -> (u16, String) {
        get(self.port, path).await.unwrap_or_default()
    }

    pub async fn until_status(&self, path: &str, expected: u16) {
        let mut last = Default::default();
        let came = wait(async || {
            last = self.get(path).await;
            last.0 == expected
        })
        .await;
        assert!(came, "{path}: {last:?}\n{}", self.site.logs());
    }
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

async fn get(port: u16, path: &str) -> std::io::Result<(u16, String)> {
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    tcp.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    tcp.read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.unwrap_or(0), body.to_owned()))
}

fn home() -> Home {
    Home::new(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

/// Replaces something in the configuration.
fn replace(site: &Site, from: &str, to: &str) {
    let text = std::fs::read_to_string(site.config()).unwrap();
    assert!(text.contains(from), "{from} isn't in\n{text}");
    std::fs::write(site.config(), text.replace(from, to)).unwrap();
}

#[tokio::test]
async fn a_mailbox_that_falls_silent_is_told_and_so_is_its_end() {
    let watched = Watched::new().await;
    let site = &watched.site;
    let home = home();
    let mut dovecot = Dovecot::start(&home, &site.servers.authority)
        .await
        .unwrap();
    watched.configure("", "unpolled = \"3s\"", "");
    let shared = format!("port = {}\n", site.servers.dovecot.imaps_port());
    replace(site, &shared, &format!("port = {}\n", dovecot.imaps_port()));
    let daemon = site.daemon();
    watched.until_status("/readyz", 200).await;
    dovecot.stop().unwrap();
    watched.until_told("unpolled", "raised", 1).await;
    watched.until_status("/readyz", 503).await;
    // the process lives on, and its loops turn
    assert_eq!(watched.get("/healthz").await, (200, "ok\n".to_owned()));
    let (_, page) = watched.get("/metrics").await;
    assert!(
        page.contains("redress_alarms{alarm=\"unpolled\"} 1\n"),
        "{page}"
    );
    let (status, list, _) = site.redress(&["alarm", "list", "--json"]).await;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((status, &list[0]["mailbox"]), (0, &"complaints".into()));
    dovecot.start_again(&home).await.unwrap();
    watched.until_told("unpolled", "over", 1).await;
    watched.until_status("/readyz", 200).await;
    assert_eq!(watched.told("unpolled", "raised"), (1, 1));
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn mail_that_nobody_takes_is_told_and_so_is_mail_that_is_put_off() {
    let watched = Watched::new().await;
    let site = &watched.site;
    watched.configure("", "unsent = \"2s\"\nundelivered = \"2s\"", "");
    let own = format!("port = {}\nsecurity", site.smtp.port());
    replace(site, &own, "port = 9\nsecurity");
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    watched.until_told("unsent", "raised", 1).await;
    // a mail server that answers again, but not for this one
    let later = Fault::Recipient("451 4.7.1 come again later");
    site.smtp.fail("customer1@customers.test", &[later]);
    replace(site, "port = 9\nsecurity", &own);
    daemon.signal(Signal::HUP);
    watched.until_told("unsent", "over", 1).await;
    watched.until_told("undelivered", "raised", 1).await;
    sqlx::query("update outbox set not_before = now() where state = 'queued'")
        .execute(&site.sql)
        .await
        .unwrap();
    watched.until_told("undelivered", "over", 1).await;
    assert_eq!(daemon.terminate().await, 0);
    let texts = watched.texts();
    assert!(
        !texts.contains("customer1") && !texts.contains("Order 1"),
        "{texts}"
    );
}

#[tokio::test]
async fn messages_clocks_and_jobs_that_are_stuck_are_told_by_one_of_many_daemons() {
    let watched = Watched::new().await;
    let site = &watched.site;
    let short: String = redress::work::jobs::JobName::ALL
        .iter()
        .map(|job| format!("[jobs.{job}]\nat = \"never\"\nwithin = \"1s\"\n"))
        .collect();
    // a daemon that measured before the end and raises after it is kept from telling
    let alarm = "unread = \"3s\"\ntick = \"8s\"\njobs = \"20s\"\nat_most_every = \"10min\"";
    watched.configure("", alarm, &short);
    let first = site.daemon();
    watched.until_status("/readyz", 200).await;
    replace(
        site,
        &format!(":{}\"", watched.port),
        &format!(":{}\"", free_port()),
    );
    let second = site.daemon();
    site.until("select count(*) from daemon where buried_at is null", 2)
        .await;
    // nobody can file a message, nor say that they looked
    let mut tx = site.sql.begin().await.unwrap();
    for statement in [
        "lock table message in exclusive mode",
        "select 1 from tick for update",
    ] {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    site.deliver(&complaint(1));
    for alarm in ["unread", "tick", "jobs"] {
        watched.until_told(alarm, "raised", 1).await;
    }
    tx.rollback().await.unwrap();
    for alarm in ["unread", "tick", "jobs"] {
        watched.until_told(alarm, "over", 1).await;
        assert_eq!(watched.told(alarm, "raised"), (1, 1), "{alarm}");
    }
    for daemon in [first, second] {
        assert_eq!(daemon.terminate().await, 0);
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told_by_each_daemon() {
    let watched = Watched::new().await;
    let site = &watched.site;
    let home = home();
    let mut postgres = Postgres::start(&home, Durability::Fast).await.unwrap();
    let own = postgres.migrated_database().await.unwrap();
    watched.configure("", "database = \"2s\"", "");
    replace(site, &site.database, &own.app);
    let config = std::fs::read_to_string(site.config()).unwrap();
    let first = site.daemon();
    watched.until_status("/readyz", 200).await;
    replace(
        site,
        &format!(":{}\"", watched.port),
        &format!(":{}\"", free_port()),
    );
    let second = site.daemon();
    assert!(wait(async || second.log().contains("measures are served")).await);
    postgres.stop().unwrap();
    watched.until_told("database", "raised", 2).await;
    watched.until_status("/readyz", 503).await;
    // what the process knows by itself it shows all the same
    let (status, page) = watched.get("/metrics").await;
    assert_eq!(status, 200);
    assert!(page.contains("redress_database_up 0\n") && page.contains("redress_loop_turn_age"));
    // one that is told to read its configuration again meanwhile stays, and remembers what it told
    std::fs::write(site.config(), config).unwrap();
    first.signal(Signal::HUP);
    assert!(wait(async || first.log().contains("work can't begin; it is tried again")).await);
    postgres.start_again(&home).await.unwrap();
    watched.until_told("database", "over", 2).await;
    watched.until_status("/readyz", 200).await;
    assert_eq!(watched.told("database", "raised"), (2, 2));
    for daemon in [first, second] {
        assert_eq!(daemon.terminate().await, 0);
    }
}

#[tokio::test]
async fn trouble_that_was_only_logged_is_told_by_its_kind() {
    let watched = Watched::new().await;
    let site = &watched.site;
    site.drive_time().await;
    watched.configure(
        "",
        "calm = \"3s\"",
        "[quiet]\nall_per_hour = 1\n[jobs.actions]\nat = \"* * * * *\"\nwithin = \"1s\"",
    );
    let daemon = site.daemon();
    watched.until_status("/readyz", 200).await;
    site.deliver("Subject: Zanzibar subject\n\nnobody to answer\n");
    watched.until_told("quarantined", "raised", 1).await;
    site.deliver(&complaint(1));
    site.until("select count(*) from outbox where state = 'sent'", 1)
        .await;
    site.deliver(&complaint(2));
    watched.until_told("breaker", "raised", 1).await;
    // a full disk, as the database says it
    for statement in [
        "create function full_disk() returns trigger language plpgsql as
         $$ begin raise exception 'no space left' using errcode = 'disk_full'; end $$",
        "create trigger full_disk before insert on message for each row execute function full_disk()",
    ] {
        sqlx::query(statement).execute(&site.sql).await.unwrap();
    }
    site.deliver(&complaint(3));
    watched.until_told("disk_full", "raised", 1).await;
    watched.until_told("work_failed", "raised", 1).await;
    sqlx::query("drop trigger full_disk on message")
        .execute(&site.sql)
        .await
        .unwrap();
    watched.until_told("disk_full", "over", 1).await;
    site.advance(Duration::from_secs(2 * 3600)).await;
    watched.until_told("clock_jumped", "raised", 1).await;
    // one mail an hour: what waited goes, one by one
    site.until("select count(*) from cases", 3).await;
    site.until("select count(*) from outbox where state = 'sent'", 2)
        .await;
    site.advance(Duration::from_secs(2 * 3600)).await;
    assert!(wait(async || watched.told("breaker", "over").1 > 0).await);
    // a job that takes too long
    let mut tx = site.sql.begin().await.unwrap();
    sqlx::query("lock table action")
        .execute(&mut *tx)
        .await
        .unwrap();
    site.advance(Duration::from_secs(61)).await;
    watched.until_told("job_failed", "raised", 1).await;
    tx.rollback().await.unwrap();
    std::fs::write(site.folder.path().join("password"), "wrong").unwrap();
    daemon.signal(Signal::HUP);
    watched.until_told("login_refused", "raised", 1).await;
    assert_eq!(daemon.terminate().await, 0);
    let texts = watched.texts();
    for word in [
        "Zanzibar",
        "customers.test",
        "swordfish",
        "C-20",
        "example.com",
    ] {
        assert!(!texts.contains(word), "{word} is in\n{texts}");
    }
}

#[tokio::test]
async fn a_daemon_that_dies_is_told_by_another() {
    let watched = Watched::new().await;
    let first = watched.site.daemon();
    watched.until_status("/readyz", 200).await;
    replace(
        &watched.site,
        &format!(":{}\"", watched.port),
        &format!(":{}\"", free_port()),
    );
    let second = watched.site.daemon();
    watched
        .site
        .until("select count(*) from daemon where buried_at is null", 2)
        .await;
    first.kill();
    watched.until_told("daemon_died", "raised", 1).await;
    assert_eq!(second.terminate().await, 0);
}

#[tokio::test]
async fn a_way_that_fails_is_said_by_test_and_check_and_hinders_no_other() {
    let watched = Watched::new().await;
    let site = &watched.site;
    let (status, said, error) = site.redress(&["alarm", "test"]).await;
    assert_eq!(status, 0, "{said}{error}");
    assert!(said.contains("ok     smtp  1 of 1 receivers"), "{said}");
    assert!(said.contains("ok     command"), "{said}");
    assert!(watched.second.wait_for(1, LONGEST).await);
    let mail = String::from_utf8(watched.second.received()[0].bytes.clone()).unwrap();
    for line in [
        "From: redress@example.net\r\n",
        "To: on-call@example.net\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Redress-Alarm: test\r\n",
    ] {
        assert!(mail.contains(line), "{line} isn't in\n{mail}");
    }
    let (_, said, _) = site.redress(&["check"]).await;
    assert!(
        said.contains("ok     alarm mail server  8BITMIME"),
        "{said}"
    );
    assert!(said.contains("ok     alarm command  /"), "{said}");

    let second = format!("port = {}\n", watched.second.port());
    replace(site, &second, "port = 9\n");
    let (status, said, error) = site.redress(&["alarm", "test"]).await;
    assert_eq!(status, 69, "{said}{error}");
    assert!(
        said.contains("WRONG  smtp  127.0.0.1:9 can't be reached"),
        "{said}"
    );
    assert!(said.contains("ok     command"), "{said}");
    let (status, said, _) = site.redress(&["check"]).await;
    assert_eq!(status, 69);
    assert!(
        said.contains("WRONG  alarm mail server  127.0.0.1:9"),
        "{said}"
    );
    // the other way has it, and so it counts as told
    let daemon = site.daemon();
    site.deliver("Subject: x\n\nnobody to answer\n");
    assert!(wait(async || watched.told("quarantined", "raised") == (0, 1)).await);
    assert!(wait(async || daemon.log().contains("couldn't be sent by this path")).await);
    assert!(!daemon.log().contains(PASSWORD));
    assert_eq!(daemon.terminate().await, 0);

    site.configure("", "", "");
    let (status, _, error) = site.redress(&["alarm", "test"]).await;
    assert_eq!(status, 78);
    assert!(
        error.contains("set alarm.command, or [alarm.smtp]"),
        "{error}"
    );
}

#[tokio::test]
async fn a_calendar_that_runs_out_is_told_once_and_is_over_with_the_next_year() {
    let watched = Watched::new().await;
    let today: chrono::NaiveDate =
        sqlx::query_scalar("select (now() at time zone 'Asia/Shanghai')::date")
            .fetch_one(&watched.site.sql)
            .await
            .unwrap();
    let lists = watched
        .site
        .config()
        .with_file_name("policy")
        .join("calendars");
    std::fs::create_dir_all(&lists).unwrap();
    let known = |days: i64| {
        let until = today + chrono::TimeDelta::days(days);
        let list = format!("name = \"China\"\nsource = \"this test\"\nknown_until = {until}\n");
        std::fs::write(lists.join("china.toml"), list).unwrap();
    };
    // it is right at the start, and runs out while the daemon runs
    known(62);
    watched.configure("", "", "[policy]\nfolder = \"policy\"\n");
    watched.site.drive_time().await;
    let daemon = watched.site.daemon();
    watched.until_status("/readyz", 200).await;
    assert_eq!(watched.told("calendar", "raised"), (0, 0));
    watched
        .site
        .advance(Duration::from_secs(3 * 24 * 3600))
        .await;
    watched.until_told("calendar", "raised", 1).await;
    // much longer than what else lasts takes to be told again
    watched.site.advance(Duration::from_secs(24 * 3600)).await;
    let looked = "select count(*) from alarm where name = 'calendar' and subject = 'default'
         and seen_at > told_at + interval '3 seconds'";
    watched.site.until(looked, 1).await;
    assert_eq!(watched.told("calendar", "raised"), (1, 1));
    assert!(watched.texts().contains("profile: default"));
    known(400);
    daemon.signal(Signal::HUP);
    watched.until_told("calendar", "over", 1).await;
    assert_eq!(daemon.terminate().await, 0);
}
