//! No failure of an IMAP server looks like an empty mailbox, and none hangs us or confuses us.

mod busy;
mod listing;
mod opening;
mod twice;

use std::time::{Duration, Instant};

use redress::net::imap::{Described, ImapError, Session, UNTOLD_SIZE, Woken};
use redress::net::tls::Security;

use crate::support::scripted::Scripted;
use crate::support::scripted::Step::{Bytes, Hang, Hear, HearMore, Say};

fn described(uid: u32, size: u32) -> Described {
    Described {
        uid,
        size,
        received_at: None,
        keywords: vec![],
    }
}

#[tokio::test]
async fn a_search_that_fails_is_no_empty_mailbox() {
    for (answer, expected) in [
        (
            vec![Say("@ NO [UNAVAILABLE] try later\n")],
            "SEARCH was refused: [UNAVAILABLE] try later",
        ),
        (vec![Say("@ BAD what?\n")], "SEARCH was refused: what?"),
        (
            vec![Say("* BYE shutting down\n")],
            "the connection was lost at SEARCH: shutting down",
        ),
        (
            vec![],
            "the connection was lost at SEARCH: closed by the server",
        ),
        (
            vec![Say("* SEARCH 1 2")],
            "the connection was lost at SEARCH: unexpected end of file",
        ),
        (
            vec![Say("* SEARCH 1 2\n"), Hang],
            "SEARCH wasn't answered within 2 s",
        ),
        (
            vec![Say("* SEARCH 1 2\nx9 OK done\n")],
            "the answer to SEARCH can't be understood",
        ),
    ] {
        let server = Scripted::imap([vec![Hear("UID SEARCH UID 1:*")], answer].concat()).await;
        let mut session = server.session().await;
        let error = session.list_from(1).await.unwrap_err().to_string();
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_fetch_that_breaks_off_is_no_short_answer() {
    let first = "* 1 FETCH (UID 1 BODY[] {5}\nhello)\n";
    for (answer, expected) in [
        (
            vec![Say(first), Say("@ NO disk error\n")],
            "FETCH was refused: disk error",
        ),
        (
            vec![Say(first), Say("* BYE sorry\n")],
            "the connection was lost at FETCH: sorry",
        ),
        (
            vec![Say(first)],
            "the connection was lost at FETCH: closed by the server",
        ),
        (
            vec![Say(first), Say("* 2 FETCH (UID 2 BODY[] {50}\nhel")],
            "the connection was lost at FETCH: unexpected end of file",
        ),
        (vec![Say(first), Hang], "FETCH wasn't answered within 2 s"),
        (
            vec![Say("* 1 FETCH (UID 1 SECRETS secretly (((\n")],
            "the answer to FETCH can't be understood",
        ),
    ] {
        let server = Scripted::imap([vec![Hear("UID FETCH 1:3")], answer].concat()).await;
        let mut session = server.session().await;
        let wanted = [described(1, 5), described(2, 5), described(3, 5)];
        let error = session.bodies(&wanted).await.unwrap_err().to_string();
        assert_eq!(error, expected);
        assert!(
            !error.contains("secretly") && !error.contains("hello"),
            "no bytes of mail in errors"
        );
        // but for a plain refusal the session is over: nobody reads on in the middle of an answer
        if !expected.contains("refused") {
            let again = session.list_from(1).await.unwrap_err().to_string();
            assert_eq!(again, "the connection was lost at SEARCH: closed before");
        }
    }
}

#[tokio::test]
async fn a_message_that_is_gone_is_missing_from_a_whole_answer() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 1:2 (UID RFC822.SIZE INTERNALDATE FLAGS)"),
        Say("* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE \" 7-Feb-2026 21:52:25 +0800\")\n* 9 FETCH (FLAGS (\\Seen))\n@ OK done\n"),
        Hear("UID FETCH 1:2 (UID BODY.PEEK[])"),
        Say("* 2 FETCH (UID 5 BODY[] {3}\nxyz)\n* 1 FETCH (UID 1 BODY[] {5}\nhello)\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    let found = session.describe(&[1, 2]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].uid, found[0].size), (1, 5));
    assert_eq!(
        found[0].received_at.unwrap().to_rfc3339(),
        "2026-02-07T21:52:25+08:00"
    );
    let bodies = session
        .bodies(&[described(1, 5), described(2, 5)])
        .await
        .unwrap();
    assert_eq!(bodies.len(), 1, "what wasn't asked for isn't taken");
    assert_eq!(bodies[0].bytes, b"hello");
}

#[tokio::test]
async fn a_flood_of_other_news_blocks_nothing() {
    let flood = "* 3 EXISTS\r\n* 1 FETCH (FLAGS ())\r\n* OK [ALERT] noise\r\n".repeat(1000);
    let server = Scripted::imap(vec![
        Hear("UID SEARCH"),
        Bytes(flood.into_bytes()),
        Say("* SEARCH 1 2 3\n@ OK done\n"),
        Hear("UID STORE"),
        Say("@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    assert_eq!(session.list_from(1).await.unwrap(), [1, 2, 3]);
    session.flag(&[1, 2], "Redress").await.unwrap();
}

#[tokio::test]
async fn a_message_far_over_its_announced_size_is_refused_before_it_takes_any_memory() {
    for literal in ["{3000000}", "{500000000}", "{900000000}"] {
        let answer = format!("* 1 FETCH (UID 1 BODY[] {literal}\r\n");
        let script = vec![Hear("UID FETCH"), Bytes(answer.into_bytes()), Hang];
        let server = Scripted::imap(script).await;
        let mut session = server.session().await;
        let error = session.bodies(&[described(1, 5)]).await.unwrap_err();
        assert!(
            matches!(
                error,
                ImapError::TooLarge {
                    command: "FETCH",
                    ..
                }
            ),
            "{literal}: {error}"
        );
    }
}

#[tokio::test]
async fn a_server_that_estimates_sizes_badly_is_believed_within_reason() {
    let body = "x".repeat(900_000);
    let answer = format!("* 1 FETCH (UID 1 BODY[] {{900000}}\r\n{body})\r\n");
    let server = Scripted::imap(vec![
        Hear("UID FETCH"),
        Bytes(answer.into_bytes()),
        Say("@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    let bodies = session.bodies(&[described(1, 5)]).await.unwrap();
    assert_eq!(bodies[0].bytes, body.as_bytes());
}

/// What a server says of a message that is there, without what was asked for, is no sign that it is gone.
#[tokio::test]
async fn a_message_without_its_size_or_bytes_is_not_taken_for_one_that_is_gone() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 1:2"),
        Say("* 1 FETCH (UID 1 RFC822.SIZE 5)\n* 2 FETCH (UID 2 FLAGS (\\Seen))\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    // it is over any limit: it goes before staff, and the others go on
    assert_eq!(
        session.describe(&[1, 2]).await.unwrap(),
        [described(1, 5), described(2, UNTOLD_SIZE)]
    );

    for nothing in ["NIL", "\"\"", "{0}\r\n"] {
        let answer = format!("* 1 FETCH (UID 1 BODY[] {nothing})\r\n");
        let server = Scripted::imap(vec![
            Hear("UID FETCH 1"),
            Bytes(answer.into_bytes()),
            Say("@ OK done\n"),
        ])
        .await;
        let mut session = server.session().await;
        let bodies = session.bodies(&[described(1, 5)]).await.unwrap();
        assert_eq!(bodies, [], "{nothing} is not the message");
    }
}

#[tokio::test]
async fn a_description_in_two_responses_is_whole() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 1"),
        Say("* 1 FETCH (UID 1 FLAGS ())\n* 1 FETCH (UID 1 RFC822.SIZE 5)\n* 1 FETCH (UID 1 FLAGS (\\Seen))\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    assert_eq!(session.describe(&[1]).await.unwrap(), [described(1, 5)]);
}

#[tokio::test]
async fn a_head_is_the_headers_or_nothing() {
    let server = Scripted::imap(vec![
        Hear("UID FETCH 7 (UID BODY.PEEK[HEADER]<0.100>)"),
        Say("* 3 FETCH (UID 7 BODY[HEADER]<0> {6}\nA: b\n)\n@ OK done\n"),
        Hear("UID FETCH 8"),
        Say("@ OK done\n"),
        Hear("UID FETCH 9"),
        Say("* 3 FETCH (UID 9 BODY[HEADER]<0> {101}\n"),
        Hang,
    ])
    .await;
    let mut session = server.session().await;
    let head = session.head(7, 100).await.unwrap();
    assert_eq!(head.as_deref(), Some(&b"A: b\r\n"[..]));
    assert_eq!(session.head(8, 100).await.unwrap(), None);
    let error = session.head(9, 100).await.unwrap_err();
    assert!(
        matches!(error, ImapError::TooLarge { limit: 100, .. }),
        "{error}"
    );
}

/// A server that has too many connections in IDLE goes on being read, and isn't asked each time.
#[tokio::test]
async fn imap_idle_that_is_refused_for_now_gives_way_to_polling() {
    let server = Scripted::imap(vec![
        Hear("UID SEARCH"),
        Say("* SEARCH 1\n@ OK done\n"),
        Hear("IDLE"),
        Say("* 4 EXISTS\n@ NO [LIMIT] too many connections wait\n"),
        Hear("UID SEARCH"),
        Say("* SEARCH 1 4\n@ OK done\n"),
        Hear("UID SEARCH"),
        Say("* SEARCH 1 4\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    let longest = Duration::from_millis(100);
    let never = std::future::pending::<()>;
    for (listed, expected) in [(vec![1], Woken::News), (vec![1, 4], Woken::Elapsed)] {
        assert_eq!(session.list_from(1).await.unwrap(), listed);
        let woken = session.wait(longest, true, never()).await.unwrap();
        assert_eq!(woken, expected);
    }
    assert_eq!(session.list_from(1).await.unwrap(), [1, 4]);
    let stopped = std::future::ready(());
    let woken = session.wait(Duration::from_secs(60), true, stopped).await;
    assert_eq!(woken.unwrap(), Woken::Stopped);
}

#[tokio::test]
async fn idle_wakes_for_new_mail_alone_and_never_trusts_silence() {
    let never = std::future::pending::<()>;
    // a server that says it is still there brings no news; a new message does
    let server = Scripted::imap(vec![
        Hear("UID SEARCH"),
        Say("* SEARCH 1\n@ OK done\n"),
        Hear("IDLE"),
        Say("+ idling\n* OK still here\n* OK still here\n* 4 EXISTS\n"),
        HearMore("DONE"),
        Say("@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    session.list_from(1).await.unwrap();
    let woken = session
        .wait(Duration::from_secs(60), true, never())
        .await
        .unwrap();
    assert_eq!(woken, Woken::News);

    let server = Scripted::imap(vec![
        Hear("UID SEARCH"),
        Say("* SEARCH 1\n@ OK done\n"),
        Hear("UID STORE"),
        // mail that comes while a command runs is told of in its answer, and never again
        Say("* 4 EXISTS\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    session.list_from(1).await.unwrap();
    session.flag(&[1], "Redress").await.unwrap();
    let woken = session
        .wait(Duration::from_secs(60), true, never())
        .await
        .unwrap();
    assert_eq!(woken, Woken::News);

    for (answer, expected) in [
        (
            vec![Say("+ idling\n* BYE going down\n")],
            "the connection was lost at IDLE: going down",
        ),
        (
            vec![Say("+ idling\n")],
            "the connection was lost at IDLE: closed by the server",
        ),
        (vec![Hang], "IDLE wasn't answered within 2 s"),
        (
            vec![Say("+ idling\n"), HearMore("DONE"), Hang],
            "IDLE wasn't answered within 2 s",
        ),
    ] {
        let script = vec![
            Hear("UID SEARCH"),
            Say("* SEARCH 1\n@ OK done\n"),
            Hear("IDLE"),
        ];
        let server = Scripted::imap([script, answer].concat()).await;
        let mut session = server.session().await;
        session.list_from(1).await.unwrap();
        let started = Instant::now();
        let longest = Duration::from_millis(300);
        let error = session
            .wait(longest, true, never())
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(error, expected);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn nothing_is_ever_copied_and_expunged_where_the_server_cannot_move() {
    let script = vec![
        Say("* OK ready\n"),
        Hear("LOGIN"),
        Say("@ OK welcome\n"),
        Hear("CAPABILITY"),
        Say("* CAPABILITY IMAP4rev1 UIDPLUS\n@ OK\n"),
    ];
    let server = Scripted::start(script).await;
    let settings = server.settings(Security::PlainWithoutEncryption);
    let mut session = Session::open(&settings).await.unwrap();
    let error = session.move_to(&[1], "Done").await.unwrap_err();
    assert!(matches!(error, ImapError::CannotMove), "{error}");
}

#[tokio::test]
async fn a_move_makes_its_folder_where_the_server_asks_for_it_and_only_then() {
    let server = Scripted::imap(vec![
        Hear("UID MOVE 1:2 \"Done\""),
        Say("@ NO [TRYCREATE] there is none\n"),
        Hear("CREATE \"Done\""),
        Say("@ OK made\n"),
        Hear("UID MOVE 1:2 \"Done\""),
        Say("* OK [COPYUID 9 1:2 1:2] moved\n* 1 EXPUNGE\n* 1 EXPUNGE\n@ OK done\n"),
        // words alone make no folder
        Hear("UID MOVE 3"),
        Say("@ NO no such folder: over quota\n"),
        Hear("UID SEARCH"),
        Say("* SEARCH 3\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    session.move_to(&[1, 2], "Done").await.unwrap();
    let error = session.move_to(&[3], "Done").await.unwrap_err().to_string();
    assert_eq!(error, "MOVE was refused: no such folder: over quota");
    // a plain refusal leaves the session in step
    assert_eq!(session.list_from(1).await.unwrap(), [3]);
}

/// Whoever gives up in the middle of an answer must not find the rest of it in the next.
#[tokio::test]
async fn a_command_that_is_given_up_ends_the_session() {
    let server = Scripted::imap(vec![Hear("UID SEARCH"), Say("* SEARCH 1 2\n"), Hang]).await;
    let mut session = server.session().await;
    let brief = Duration::from_millis(50);
    let given_up = tokio::time::timeout(brief, session.list_from(1)).await;
    assert!(given_up.is_err());
    let error = session.list_from(1).await.unwrap_err().to_string();
    assert_eq!(error, "the connection was lost at SEARCH: closed before");
}
