//! Nothing is lost and nothing happens twice, wherever a daemon is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::{Site, complaint, wait};

const MESSAGES: usize = 200;
const KILLS: usize = 20;

/// An extra copy of an acknowledgement may exist only where a kill fell between the final dot and the
/// mark: for mail that was under way when the daemon died.
#[tokio::test]
async fn twenty_kills_lose_nothing_and_repeat_nothing() {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 20");
    std::fs::write(
        site.config(),
        std::fs::read_to_string(site.config())
            .unwrap()
            .replace("lease = \"3s\"", "lease = \"1s\""),
    )
    .unwrap();
    let mut under_way: BTreeSet<String> = BTreeSet::new();
    let mut random = u64::from(std::process::id()) * 7919 + 1;
    println!("seed {random}");
    for kill in 0..KILLS {
        for number in 0..MESSAGES / KILLS {
            site.deliver(&complaint(kill * MESSAGES / KILLS + number));
        }
        let daemon = site.daemon();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // the first moments matter as much as those after a second, when claims of the dead are taken over
        let life = Duration::from_millis(20 + (random >> 33) % 1500);
        tokio::time::sleep(life).await;
        daemon.kill();
        let sending: Vec<String> =
            sqlx::query_scalar("select recipient from outbox where state = 'sending'")
                .fetch_all(&site.sql)
                .await
                .unwrap();
        under_way.extend(sending);
    }
    let daemon = site.daemon();
    assert!(
        wait(async || daemon.log().contains("reads the mailbox now")).await,
        "{}",
        site.logs()
    );
    site.until(
        "select count(*) from landed where state = 'filed'",
        MESSAGES as i64,
    )
    .await;
    site.until(
        "select count(*) from outbox where state = 'sent' and told",
        MESSAGES as i64,
    )
    .await;
    assert_eq!(daemon.terminate().await, 0);

    assert_eq!(
        site.count("select count(*) from cases").await,
        MESSAGES as i64
    );
    assert_eq!(
        site.count("select count(*) from message").await,
        MESSAGES as i64
    );
    assert_eq!(
        site.count("select count(distinct customer_id) from cases")
            .await,
        MESSAGES as i64
    );
    assert_eq!(
        site.count("select count(*) from cases where acknowledgement <> 'delivered'")
            .await,
        0
    );
    assert_eq!(
        site.count("select last::bigint from case_number").await,
        MESSAGES as i64,
        "case numbers have no gaps"
    );
    let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for mail in site.smtp.received() {
        copies.entry(mail.recipient).or_default().push(mail.bytes);
    }
    assert_eq!(copies.len(), MESSAGES);
    for (recipient, mails) in &copies {
        let lives = mails.len();
        assert!(
            lives == 1 || under_way.contains(recipient),
            "{recipient} got {lives} copies"
        );
        assert!(
            mails.iter().all(|mail| *mail == mails[0]),
            "a copy is the same mail"
        );
    }
}
