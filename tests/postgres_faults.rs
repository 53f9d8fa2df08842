//! Whatever Postgres does to us, whole transactions go again with the same keys, and nothing is lost or done twice.

use std::path::Path;
use std::time::Duration;

use redress::sandbox::Home;
use redress::sandbox::postgres::{Durability, Postgres};
use redress::store::landed::{Content, Landing};
use sqlx::postgres::PgPoolOptions;

use crate::support::{Site, complaint, wait};

/// So many complaints, each of them one case and one letter, and nothing else.
async fn all_is_well(site: &Site, mails: i64) {
    site.acknowledged(mails).await;
    site.until("select count(*) from landed where state = 'filed'", mails)
        .await;
    for (sql, expected) in [
        ("select count(*) from cases", mails),
        ("select count(*) from landed", mails),
        ("select count(*) from message", mails),
        ("select count(*) from outbox", mails),
        ("select last::bigint from case_number", mails),
    ] {
        assert_eq!(site.count(sql).await, expected, "{sql}\n{}", site.logs());
    }
    site.verified().await;
}

async fn run(site: &Site, statements: &[&str]) {
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe((*statement).to_owned()))
            .execute(&site.sql)
            .await
            .unwrap();
    }
}

/// A site with a Postgres of its own, to be stopped and started.
async fn own_postgres(home: &Home) -> (Postgres, Site) {
    let postgres = Postgres::start(home, Durability::Safe).await.unwrap();
    let roles = postgres.migrated_database().await.unwrap();
    let mut site = Site::new().await;
    site.sql = PgPoolOptions::new()
        .max_connections(2)
        .connect(&roles.owner)
        .await
        .unwrap();
    site.database = roles.app.clone();
    site.roles = roles;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 10");
    (postgres, site)
}

fn home() -> Home {
    Home::new(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

#[tokio::test]
async fn postgres_restarts_under_load_and_nothing_is_lost() {
    let home = home();
    let (mut postgres, site) = own_postgres(&home).await;
    let daemon = site.daemon();
    for round in 0..3 {
        for number in 0..30 {
            site.deliver(&complaint(round * 30 + number));
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        postgres.stop().unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        postgres.start_again(&home).await.unwrap();
    }
    all_is_well(&site, 90).await;
    assert_eq!(daemon.terminate().await, 0);
}

/// A server that breaks off every fourth transaction that files a message, with the error of a deadlock, of a
/// serialisation failure, and of a lock that isn't to be had.
#[tokio::test]
async fn deadlock_serialisation_failure_and_lock_time_out_repeat_the_whole_transaction() {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 5");
    run(
        &site,
        &[
            "create sequence tries",
            "grant usage on sequence tries to public",
            "create function trouble() returns trigger language plpgsql as $$
             declare nth bigint := nextval('tries');
             begin
                if nth % 12 = 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
                if nth % 12 = 7 then raise exception 'could not serialize access' using errcode = '40001'; end if;
                if nth % 12 = 11 then raise exception 'lock timeout' using errcode = '55P03'; end if;
                return null;
             end $$",
            "create trigger trouble_filing after insert on message for each statement execute function trouble()",
            "create trigger trouble_landing after insert on landed for each statement execute function trouble()",
        ],
    )
    .await;
    for number in 0..40 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    all_is_well(&site, 40).await;
    assert!(site.logs().contains("work has failed and will start again"));
    assert_eq!(daemon.terminate().await, 0);
}

/// A real one: somebody holds the lock that is needed for longer than we wait.
#[tokio::test]
async fn a_lock_held_by_somebody_else_is_waited_for_in_vain_and_tried_again() {
    let site = Site::new().await;
    let text = std::fs::read_to_string(site.config()).unwrap();
    let text = text.replace("owner_url", "timeout = \"2s\"\nowner_url");
    std::fs::write(site.config(), text).unwrap();
    let daemon = site.daemon();
    site.until(
        "select count(*) from mailbox where last_poll_at is not null",
        1,
    )
    .await;
    let mut held = site.sql.begin().await.unwrap();
    sqlx::query("lock table cases in access exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    for number in 0..5 {
        site.deliver(&complaint(number));
    }
    let refused = wait(async || daemon.log().contains("lock timeout")).await;
    assert!(refused, "{}", site.logs());
    held.rollback().await.unwrap();
    all_is_well(&site, 5).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_database_that_became_read_only_is_waited_for() {
    let site = Site::new().await;
    let daemon = site.daemon();
    site.deliver(&complaint(0));
    site.acknowledged(1).await;
    let name = site.database.rsplit('/').next().unwrap().to_owned();
    let end_sessions = "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'redress'";
    let superuser = site.database.replace("redress_app@", "redress@");
    let superuser = sqlx::PgPool::connect(&superuser).await.unwrap();
    let set = async |value: &str| {
        let alter = format!("alter database {name} set default_transaction_read_only = {value}");
        sqlx::query(sqlx::AssertSqlSafe(alter))
            .execute(&superuser)
            .await
            .unwrap();
        sqlx::query(end_sessions).execute(&superuser).await.unwrap();
    };
    set("on").await;
    for number in 1..6 {
        site.deliver(&complaint(number));
    }
    let said = wait(async || daemon.log().contains("read-only transaction")).await;
    assert!(said, "{}", site.logs());
    assert_eq!(site.count("select count(*) from landed").await, 1);
    set("off").await;
    all_is_well(&site, 6).await;
    assert_eq!(daemon.terminate().await, 0);
}

/// A small file system of its own; unmounted when dropped.
struct Small(tempfile::TempDir);

impl Small {
    fn new() -> Option<Small> {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=200m,mode=755", "redress-test"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Small(folder)),
            _ => {
                println!("skipped: a disk that gets full takes the right to mount one (root)");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .output();
    }
}

#[tokio::test]
async fn disk_full_fetches_nothing_mail_waits_on_the_server_and_it_resumes_alone() {
    let Some(disk) = Small::new() else { return };
    let permissions = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(disk.0.path(), permissions).unwrap();
    let home = Home::new(disk.0.path()).unwrap();
    assert!(home.path().starts_with(disk.0.path()), "{:?}", home.path());
    let (mut postgres, site) = own_postgres(&home).await;
    let daemon = site.daemon();
    site.deliver(&complaint(0));
    site.acknowledged(1).await;
    // the rest of the disk is somebody else's
    let ballast = disk.0.path().join("ballast");
    let fill = || {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&ballast)
            .unwrap();
        while file.write_all(&[7; 65_536]).is_ok() {}
        while file.write_all(&[7; 512]).is_ok() {}
    };
    fill();
    // mails big enough to need room at once
    let big = |number: usize| {
        format!(
            "{}{}\n",
            complaint(number),
            "All of it is broken. \n".repeat(40_000)
        )
    };
    for number in 1..6 {
        site.deliver(&big(number));
    }
    // a server that can't even write its log panics, and is started again by whoever looks after it
    let full = wait(async || {
        fill();
        let log = daemon.log();
        log.contains("No space left")
            || log.contains("could not extend")
            || log.contains("can't be reached")
    })
    .await;
    assert!(full, "{}", site.logs());
    std::fs::remove_file(&ballast).unwrap();
    let up = sqlx::PgPool::connect(&site.roles.owner).await;
    if up.is_err() {
        let _ = postgres.stop();
        postgres.start_again(&home).await.unwrap();
    }
    all_is_well(&site, 6).await;
    assert_eq!(daemon.terminate().await, 0);
}

/// What is committed and whose answer is lost meets the unique key.
#[tokio::test]
async fn a_batch_that_lands_twice_is_there_once() {
    let site = Site::new().await;
    let store = site.store().await;
    let daemon = store.register_daemon("here", 1, "test").await.unwrap();
    let mailbox = store.mailbox("twice").await.unwrap();
    let lease = store.take_mailbox(mailbox, daemon).await.unwrap().unwrap();
    store.begin_uid_validity(lease, 7).await.unwrap();
    let now = store.now().await.unwrap();
    let batch = || {
        (1..50)
            .map(|uid| Landing {
                uid,
                size: 3,
                received_at: Some(now),
                marked: None,
                content: Content::Whole(format!("mail {uid}").into_bytes()),
            })
            .collect::<Vec<_>>()
    };
    let first = store.land(lease, 7, batch(), Some(49)).await.unwrap();
    let second = store.land(lease, 7, batch(), Some(49)).await.unwrap();
    assert_eq!((first.new, second.new), (49, 0));
    let waiting = "select count(*) from landed where state = 'waiting'";
    assert_eq!(site.count(waiting).await, 49);
}
