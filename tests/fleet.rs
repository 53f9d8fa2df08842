//! Three daemons on one database, stopped, woken and killed at random: it comes out as with one.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{ACKNOWLEDGED, Daemon, Site, complaint, wait};

/// A row of numbers that looks like chance, and can be had again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

async fn three_daemons(length: Duration) {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 10");
    let text = std::fs::read_to_string(site.config()).unwrap();
    let text = text.replace("lease = \"3s\"", "lease = \"1s\"");
    std::fs::write(site.config(), text).unwrap();
    let mut chance = Chance(u64::from(std::process::id()) * 7919 + 1);
    println!("seed {}", chance.0);
    let mut daemons: Vec<Daemon> = (0..3).map(|_| site.daemon()).collect();
    let mut stopped = [false; 3];
    let (mut mails, mut events) = (0, 0);
    // mails that were being sent when something happened: each may be there once more for each time
    let mut under_way: BTreeMap<String, usize> = BTreeMap::new();
    let end = tokio::time::Instant::now() + length;
    while tokio::time::Instant::now() < end {
        for _ in 0..chance.below(4) {
            site.deliver(&complaint(mails));
            mails += 1;
        }
        let which = usize::try_from(chance.below(3)).unwrap();
        let other = (0..3).filter(|one| stopped[*one] && *one != which).count();
        match chance.below(3) {
            0 => {
                let new = site.daemon();
                std::mem::replace(&mut daemons[which], new).kill();
                stopped[which] = false;
            }
            // one at least goes on
            1 if !stopped[which] && other < 2 => {
                daemons[which].signal(Signal::STOP);
                stopped[which] = true;
            }
            _ => {
                daemons[which].signal(Signal::CONT);
                stopped[which] = false;
            }
        }
        events += 1;
        let sending: Vec<String> =
            sqlx::query_scalar("select recipient from outbox where state = 'sending'")
                .fetch_all(&site.sql)
                .await
                .unwrap();
        for recipient in sending {
            *under_way.entry(recipient).or_default() += 1;
        }
        tokio::time::sleep(Duration::from_millis(100 + chance.below(900))).await;
    }
    for daemon in &daemons {
        daemon.signal(Signal::CONT);
    }
    println!("{mails} mails, {events} events");
    let mails = mails as i64;
    // mail that may have been taken goes again at once when its daemon is buried, so nothing waits for a minute
    if !wait(async || site.count(ACKNOWLEDGED).await == mails).await {
        // whoever looks into it wants to know who holds what
        for sql in [
            "select string_agg(x::text, E'\\n') from (select id, pid, buried_at is null as lives, now() - seen_at as seen from daemon order by id) x",
            "select string_agg(x::text, E'\\n') from (select state, claimed_by, attempts, count(*) from landed group by 1, 2, 3) x",
            "select string_agg(x::text, E'\\n') from (select state, claimed_by, told, not_before - now() as due, count(*) from outbox group by 1, 2, 3, 4) x",
            "select string_agg(x::text, E'\\n') from (select name, reader, epoch, uid_validity, landed_up_to, now() - last_poll_at from mailbox) x",
            "select string_agg(x::text, E'\\n') from (select pid, state, wait_event, now() - xact_start, left(query, 60) from pg_stat_activity where datname = current_database() and application_name = 'redress') x",
        ] {
            let rows: Option<String> = sqlx::query_scalar(sql).fetch_one(&site.sql).await.unwrap();
            println!("{}", rows.unwrap_or_default());
        }
        panic!("it doesn't come to rest\n{}", site.logs());
    }
    site.until("select count(*) from landed where state = 'filed'", mails)
        .await;
    for (sql, expected) in [
        ("select count(*) from cases", mails),
        ("select count(*) from landed", mails),
        ("select count(*) from message", mails),
        ("select count(*) from outbox where state = 'sent'", mails),
        ("select count(distinct customer_id) from cases", mails),
        ("select last::bigint from case_number", mails),
    ] {
        assert_eq!(site.count(sql).await, expected, "{sql}\n{}", site.logs());
    }
    let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for mail in site.smtp.received() {
        copies.entry(mail.recipient).or_default().push(mail.bytes);
    }
    assert_eq!(copies.len() as i64, mails);
    for (recipient, bytes) in copies {
        let most = 1 + under_way.get(&recipient).copied().unwrap_or(0);
        assert!(bytes.len() <= most, "{recipient}: {} copies", bytes.len());
        assert!(bytes.iter().all(|one| *one == bytes[0]));
    }
    site.verified().await;
}

#[tokio::test]
async fn two_daemons_and_more_stopped_woken_and_killed_at_random_end_as_one() {
    three_daemons(Duration::from_secs(20)).await;
}

#[tokio::test]
#[ignore = "takes ten minutes: make soak"]
async fn two_daemons_and_more_stopped_woken_and_killed_for_ten_minutes_end_as_one() {
    three_daemons(Duration::from_secs(600)).await;
}
