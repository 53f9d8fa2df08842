//! Outages end, and work goes on where it stood.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::{Site, complaint, wait};

#[tokio::test]
async fn a_database_that_cuts_every_connection_costs_nothing() {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 10");
    let daemon = site.daemon();
    // what nobody else may do to another's connections
    let superuser = site.database.replace("redress_app@", "redress@");
    let superuser = sqlx::PgPool::connect(&superuser).await.unwrap();
    for round in 0..10 {
        for number in 0..20 {
            site.deliver(&complaint(round * 20 + number));
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()
               and application_name = 'redress'",
        )
        .execute(&superuser)
        .await
        .unwrap();
    }
    site.acknowledged(200).await;
    assert_eq!(
        site.count("select count(*) from landed where state <> 'filed'")
            .await,
        0
    );
    assert_eq!(site.count("select count(*) from cases").await, 200);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_daemon_without_its_database_says_so_and_ends() {
    let site = Site::new().await;
    let text = std::fs::read_to_string(site.config()).unwrap();
    let port = site
        .database
        .rsplit_once('/')
        .unwrap()
        .0
        .rsplit_once(':')
        .unwrap()
        .1
        .to_owned();
    std::fs::write(site.config(), text.replace(&port, "9")).unwrap();
    let (status, _, error) = site.redress(&["run"]).await;
    assert_eq!(status, 69);
    assert!(
        error.contains("is the server up, and database.url right?"),
        "{error}"
    );
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_reached_holds_up_no_mail_going_out() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
    // as if it had never been sent, and the mailbox were gone
    sqlx::query("update outbox set state = 'queued', told = false, ended_at = null")
        .execute(&site.sql)
        .await
        .unwrap();
    let text = std::fs::read_to_string(site.config()).unwrap();
    let imaps = format!("port = {}", site.servers.dovecot.imaps_port());
    std::fs::write(site.config(), text.replace(&imaps, "port = 9")).unwrap();
    let daemon = site.daemon();
    site.until("select count(*) from outbox where state = 'sent'", 1)
        .await;
    assert!(wait(async || daemon.log().contains("the mailbox can't be read")).await);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn systemd_is_told_of_readiness_life_and_the_end() {
    let site = Site::new().await;
    let path = site.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let daemon = site.daemon_with(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    let hear = |wanted: &str| {
        let mut bytes = [0; 500];
        loop {
            let length = socket.recv(&mut bytes).unwrap();
            if String::from_utf8_lossy(&bytes[..length]).contains(wanted) {
                return;
            }
        }
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    hear("STATUS=0 to read, 0 to send");
    assert_eq!(daemon.terminate().await, 0);
    hear("STOPPING=1");
}
