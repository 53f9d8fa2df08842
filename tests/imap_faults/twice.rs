//! A UID that a server gives twice is one message, unless the server says two different things of it: then nobody
//! knows what it is, and none of it is taken for the message.

use redress::net::imap::ImapError;
use redress::sandbox::dovecot::PASSWORD;

use super::described;
use crate::support::between::Between;
use crate::support::scripted::Scripted;
use crate::support::scripted::Step::{Hear, Say};
use crate::support::{Site, complaint};

#[tokio::test]
async fn duplicate_uids_of_a_search_are_listed_once() {
    let server = Scripted::imap(vec![
        Hear("UID SEARCH UID 1:*"),
        Say("* SEARCH 2 1 2 2\n* SEARCH 2 3\n@ OK done\n"),
        Hear("UID SEARCH UID 1:* UNKEYWORD Redress"),
        Say("* SEARCH 3 3\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    assert_eq!(session.list_from(1).await.unwrap(), [1, 2, 3]);
    assert_eq!(session.list_without("Redress").await.unwrap(), [3]);
}

#[tokio::test]
async fn duplicate_uids_of_sizes_count_as_the_larger_and_the_earlier() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 1:2"),
        Say(
            "* 1 FETCH (UID 1 RFC822.SIZE 900 INTERNALDATE \" 7-Feb-2026 21:52:25 +0800\")\n\
             * 2 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE \" 8-Feb-2026 21:52:25 +0800\")\n\
             * 3 FETCH (UID 2 RFC822.SIZE 7)\n* 3 FETCH (UID 2 RFC822.SIZE 7)\n@ OK done\n",
        ),
    ])
    .await;
    let mut session = server.session().await;
    let found = session.describe(&[1, 2]).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].uid, found[0].size), (1, 900));
    let received_at = found[0].received_at.unwrap().to_rfc3339();
    assert_eq!(received_at, "2026-02-07T21:52:25+08:00");
    assert_eq!(found[1], described(2, 7));
}

#[tokio::test]
async fn duplicate_uids_of_bodies_are_one_message_or_none() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 1:2"),
        Say(
            "* 1 FETCH (UID 1 BODY[] {5}\nhello)\n* 2 FETCH (UID 2 BODY[] {3}\nxyz)\n\
             * 1 FETCH (UID 1 BODY[] {5}\nhello)\n@ OK done\n",
        ),
        Hear("UID FETCH 1:2"),
        Say(
            "* 1 FETCH (UID 1 BODY[] {5}\nhello)\n* 2 FETCH (UID 2 BODY[] {3}\nxyz)\n\
             * 1 FETCH (UID 1 BODY[] {5}\nhullo)\n@ OK done\n",
        ),
        Hear("UID FETCH 1"),
        Say(
            "* 1 FETCH (UID 1 BODY[HEADER]<0> {6}\nA: b\n)\n* 1 FETCH (UID 1 BODY[HEADER]<0> {6}\nA: c\n)\n@ OK done\n",
        ),
    ])
    .await;
    let mut session = server.session().await;
    let wanted = [described(1, 5), described(2, 3)];
    let bodies = session.bodies(&wanted).await.unwrap();
    let bodies: Vec<(u32, &[u8])> = bodies.iter().map(|b| (b.uid, &b.bytes[..])).collect();
    assert_eq!(bodies, [(1, &b"hello"[..]), (2, b"xyz")]);
    let error = session.bodies(&wanted).await.unwrap_err();
    assert!(
        matches!(error, ImapError::Contradiction { uid: 1 }),
        "{error}"
    );
    let error = session.head(1, 100).await.unwrap_err();
    assert!(
        matches!(error, ImapError::Contradiction { uid: 1 }),
        "{error}"
    );
}

#[tokio::test]
async fn duplicate_uids_land_once_and_with_different_bytes_go_before_staff() {
    let site = Site::new().await;
    let between = Between::start(&site).await;
    for number in 0..3 {
        site.deliver(&complaint(number));
    }
    between.answer(
        "UID SEARCH",
        "* SEARCH 3 2 1 2 3\n* SEARCH 1 1\n@ OK done\n",
        1,
    );
    let body = |uid: u32, text: &str| {
        let length = text.len() + text.matches('\n').count();
        format!("* {uid} FETCH (UID {uid} BODY[] {{{length}}}\n{text})\n")
    };
    let different = [body(1, "hello"), body(1, "hullo"), "@ OK done\n".to_owned()].concat();
    for set in ["1:3", "1"] {
        let command = format!("UID FETCH {set} (UID BODY.PEEK[])");
        between.answer(&command, &different, usize::MAX);
    }
    let same = body(2, &complaint(7)).repeat(2) + "@ OK done\n";
    between.answer("UID FETCH 2 (UID BODY.PEEK[])", &same, 1);
    let daemon = site.daemon();
    site.acknowledged(2).await;
    site.until(
        "select count(*) from landed where state = 'quarantined' and uid = 1 and sha256 is null",
        1,
    )
    .await;
    assert_eq!(site.count("select count(*) from landed").await, 3);
    assert_eq!(site.count("select count(*) from cases").await, 2);
    let twice = "select count(*) from message where message_id = '7.complaint@customers.test'";
    assert_eq!(site.count(twice).await, 1);
    let log = daemon.log();
    assert!(
        log.contains("the server gives two different messages for UID 1"),
        "{log}"
    );
    assert!(!log.contains("hullo") && !log.contains(PASSWORD), "{log}");
    // it stays where it is, unmarked
    assert_eq!(between.heard("UID STORE 1").len(), 0);
    assert_eq!(daemon.terminate().await, 0);
}
