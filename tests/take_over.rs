//! A second daemon stands by, takes over from one that dies, and one that was thought dead writes nothing.

use rustix::process::Signal;

use crate::support::{Site, complaint, wait};

#[tokio::test]
async fn a_second_daemon_takes_over_when_the_first_dies() {
    let site = Site::new().await;
    let first = site.daemon();
    site.until(
        "select count(*) from mailbox where reader = 1 and last_poll_at is not null",
        1,
    )
    .await;
    let second = site.daemon();
    assert!(
        wait(async || second.log().contains("stands by")).await,
        "{}",
        site.logs()
    );
    first.kill();
    site.deliver(&complaint(1));
    site.acknowledged(1).await;
    assert!(
        second.log().contains("a daemon has died"),
        "{}",
        second.log()
    );
    assert_eq!(site.count("select reader from mailbox").await, 2);
    assert_eq!(second.terminate().await, 0);
}

#[tokio::test]
async fn one_that_stops_in_order_hands_over_at_once() {
    let site = Site::new().await;
    let first = site.daemon();
    site.until(
        "select count(*) from mailbox where reader = 1 and last_poll_at is not null",
        1,
    )
    .await;
    assert_eq!(first.terminate().await, 0);
    assert_eq!(
        site.count("select count(*) from mailbox where reader is null")
            .await,
        1
    );
    assert_eq!(
        site.count("select count(*) from daemon where buried_at is null")
            .await,
        0
    );
}

#[tokio::test]
async fn a_daemon_that_was_thought_dead_starts_over_and_repeats_nothing() {
    let site = Site::new().await;
    let first = site.daemon();
    site.until(
        "select count(*) from mailbox where reader = 1 and last_poll_at is not null",
        1,
    )
    .await;
    first.signal(Signal::STOP);
    for number in 0..20 {
        site.deliver(&complaint(number));
    }
    let second = site.daemon();
    site.acknowledged(20).await;
    first.signal(Signal::CONT);
    assert!(
        wait(async || first.log().contains("it starts over")).await,
        "{}",
        site.logs()
    );
    site.until("select count(*) from daemon where buried_at is null", 2)
        .await;
    site.deliver(&complaint(20));
    site.acknowledged(21).await;
    assert_eq!(site.smtp.received().len(), 21);
    assert_eq!(first.terminate().await, 0);
    assert_eq!(second.terminate().await, 0);
}

#[tokio::test]
async fn a_changed_configuration_is_taken_up_on_sighup_and_a_wrong_one_is_not() {
    let site = Site::new().await;
    let daemon = site.daemon();
    site.until(
        "select count(*) from mailbox where last_poll_at is not null",
        1,
    )
    .await;
    site.configure("", "", "[nonsense]");
    daemon.signal(Signal::HUP);
    assert!(wait(async || daemon.log().contains("the old one stays in force")).await);
    site.configure("", "return_path = \"signed\"", "");
    daemon.signal(Signal::HUP);
    assert!(
        wait(async || daemon.log().contains("was read again")).await,
        "{}",
        site.logs()
    );
    site.deliver(&complaint(1));
    site.acknowledged(1).await;
    let sender = site.smtp.received()[0].sender.clone();
    assert!(sender.contains("+b1."), "{sender}");
    assert_eq!(daemon.terminate().await, 0);
}

/// Woken after its burial and before its heart has noticed, it would take what nobody would ever take from it.
#[tokio::test]
async fn one_that_was_buried_claims_nothing() {
    let site = Site::new().await;
    let store = site.store().await;
    let dead = store.register_daemon("here", 1, "test").await.unwrap();
    let mailbox = store.mailbox("complaints").await.unwrap();
    sqlx::query("update daemon set seen_at = seen_at - interval '1 hour'")
        .execute(&site.sql)
        .await
        .unwrap();
    let lease = std::time::Duration::from_secs(3);
    assert_eq!(store.bury_dead(lease).await.unwrap().daemons, 1);
    assert!(store.take_mailbox(mailbox, dead).await.unwrap().is_none());
    assert!(store.claim_mails(dead, 10, 10).await.unwrap().is_empty());
    assert!(store.claim_suspect(dead).await.unwrap().is_none());
    assert!(store.claim_fresh(dead, 10, 1000).await.unwrap().is_empty());
    // a database in which that had happened heals by itself
    sqlx::query("update mailbox set reader = 1")
        .execute(&site.sql)
        .await
        .unwrap();
    let alive = store.register_daemon("here", 2, "test").await.unwrap();
    assert!(store.take_mailbox(mailbox, alive).await.unwrap().is_some());
}
