//! Mail servers that refuse at any stage, and those that never stop talking.

use std::time::Duration;

use redress::net::smtp::{Connection, Delivery, Settings};
use redress::net::tls::{Endpoint, Security};
use redress::secret::Secret;

use crate::support::scripted::Step::{Bytes, Hang, Hear, HearMore, Say};
use crate::support::scripted::{Scripted, Step};

const MAIL: &[u8] = b"Subject: x\r\n\r\nhello\r\n";

pub fn settings(server: &Scripted) -> Settings {
    Settings {
        endpoint: Endpoint {
            host: "127.0.0.1".to_owned(),
            port: server.port,
            security: Security::PlainWithoutEncryption,
            ca_file: None,
        },
        login: None,
        hello_name: "here.test".to_owned(),
        timeout: Duration::from_secs(2),
        accept_timeout: Duration::from_secs(2),
    }
}

/// A conversation that goes wrong at a stage: `None` where there isn't even a connection.
async fn refused_at(stage: usize, answer: &'static str) -> Option<Delivery> {
    let stages: [(Option<Vec<Step>>, &'static str); 6] = [
        (None, "220 ready\n"),
        (Some(vec![Hear("EHLO")]), "250 here\n"),
        (Some(vec![Hear("MAIL FROM")]), "250 ok\n"),
        (Some(vec![Hear("RCPT TO")]), "250 ok\n"),
        (Some(vec![Hear("DATA")]), "354 go on\n"),
        (
            Some(vec![
                HearMore("Subject"),
                HearMore(""),
                HearMore("hello"),
                HearMore("."),
            ]),
            "250 taken\n",
        ),
    ];
    let mut script = vec![];
    for (number, (heard, said)) in stages.into_iter().enumerate() {
        script.extend(heard.into_iter().flatten());
        script.push(Say(if number == stage { answer } else { said }));
        if number == stage {
            script.push(Hang);
            break;
        }
    }
    let server = Scripted::start(script).await;
    let mut connection = Connection::open(&settings(&server)).await.ok()?;
    let delivery = connection.offer("", "customer@customers.test", MAIL).await;
    Some(delivery)
}

#[tokio::test]
async fn smtp_4xx_and_5xx_mean_what_they_mean_at_each_stage() {
    for (answer, temporary) in [
        ("421 4.3.2 going down\n", true),
        ("450 4.2.0 greylisted, come back\n", true),
        ("451 4.3.0 local trouble\n", true),
        ("452 4.2.2 [OVERQUOTA] mailbox full\n", true),
        ("550 5.1.1 unknown\n", false),
        ("554 5.7.1 no\n", false),
    ] {
        for stage in 0..6 {
            let delivery = refused_at(stage, answer).await;
            let right = match (stage, &delivery) {
                (0 | 1, None) => true,
                // what is refused before a recipient is named is about us
                (2, Some(Delivery::Later(_))) => true,
                (3..6, Some(Delivery::Later(_))) => temporary,
                (3..6, Some(Delivery::Final(_))) => !temporary,
                _ => false,
            };
            assert!(right, "{answer} at stage {stage}: {delivery:?}");
        }
    }
}

/// Only a refusal for good says that a password is wrong, which is an alarm of its own.
#[tokio::test]
async fn smtp_logins_that_fail_for_now_blame_no_password() {
    for (answer, expected) in [
        (
            vec![Say("535 5.7.8 who are you?\n")],
            "login refused: 535 5.7.8 who are you?; check user and password_file",
        ),
        (
            vec![Say("454 4.7.0 [UNAVAILABLE] later\n")],
            "refused at the login: 454 4.7.0 [UNAVAILABLE] later",
        ),
        (
            vec![Say("421 4.7.0 too many logins\n")],
            "refused at the login: 421 4.7.0 too many logins",
        ),
        (vec![], "refused at the login: "),
        (vec![Hang], "the login wasn't answered within 2 s"),
    ] {
        let login = vec![
            Say("220 ready\n"),
            Hear("EHLO"),
            Say("250-here\n250 AUTH PLAIN\n"),
            Hear("AUTH PLAIN"),
        ];
        let server = Scripted::start([login, answer].concat()).await;
        let mut settings = settings(&server);
        settings.login = Some(("redress".to_owned(), Secret::new("swordfish".to_owned())));
        let error = Connection::open(&settings).await.err().unwrap().to_string();
        assert!(error.starts_with(expected), "{expected}: {error}");
    }
}

/// Also where somebody in between takes the offer away, and speaks for the server: no password, no mail.
#[tokio::test]
async fn smtp_starttls_that_is_stripped_refused_or_followed_by_anything_sends_nothing() {
    let offered = "250-here\n250 STARTTLS\n";
    for (answers, expected, heard) in [
        (
            vec![Say("250-here\n250 AUTH PLAIN\n")],
            "the server offers no STARTTLS, or somebody in between hides that it does",
            "EHLO here.test\r\n",
        ),
        (
            vec![Say(offered), Hear("STARTTLS"), Say("454 4.7.0 not now\n")],
            "refused at STARTTLS: 454 4.7.0 not now",
            "EHLO here.test\r\nSTARTTLS\r\n",
        ),
        (
            vec![
                Say(offered),
                Hear("STARTTLS"),
                Say("220 go\n250 AUTH PLAIN\n"),
            ],
            "the server sent data between STARTTLS and TLS",
            "EHLO here.test\r\nSTARTTLS\r\n",
        ),
    ] {
        let greeting = vec![Say("220 ready\n"), Hear("EHLO")];
        let script = [greeting, answers, vec![HearMore("")]].concat();
        let server = Scripted::start(script).await;
        let mut settings = settings(&server);
        settings.endpoint.security = Security::Starttls;
        settings.login = Some(("redress".to_owned(), Secret::new("swordfish".to_owned())));
        let error = Connection::open(&settings).await.err().unwrap().to_string();
        assert!(error.starts_with(expected), "{expected}: {error}");
        assert_eq!(server.heard().await, heard);
    }
}

/// The client must not gather lines until memory is gone, nor be kept busy for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtp_endless_response_lines_end_within_the_time_out() {
    for stage in ["greeting", "hello"] {
        let flood = b"250-and another thing\r\n".repeat(200_000);
        let script = match stage {
            "greeting" => vec![Bytes(b"220-and another thing\r\n".repeat(200_000)), Hang],
            _ => vec![Say("220 ready\n"), Hear("EHLO"), Bytes(flood), Hang],
        };
        let server = Scripted::start(script).await;
        let settings = settings(&server);
        let opening = tokio::spawn(async move { Connection::open(&settings).await.is_ok() });
        let opened = tokio::time::timeout(Duration::from_secs(5), opening).await;
        assert!(matches!(opened, Ok(Ok(false))), "{stage}");
    }
}
