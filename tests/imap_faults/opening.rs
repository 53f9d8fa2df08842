//! What goes wrong before a folder is open.

use redress::net::imap::{ImapError, Session};
use redress::net::tls::Security;

use crate::alarms::Watched;
use crate::support::between::Between;
use crate::support::scripted::Scripted;
use crate::support::scripted::Step::{self, Encrypt, Hang, Hear, HearMore, Say};
use crate::support::{complaint, servers};

#[tokio::test]
async fn starttls_is_all_or_nothing() {
    for (script, expected) in [
        (
            vec![Say("* OK hi\n"), Hear("STARTTLS"), Say("@ NO not today\n")],
            "the server offers no STARTTLS",
        ),
        (
            vec![Say("* BYE too many connections\n")],
            "the connection was lost at STARTTLS: too many connections",
        ),
        (
            vec![Say("* OK hi\n"), Hear("STARTTLS"), Say("@ BAD what\n")],
            "the server offers no STARTTLS",
        ),
        (
            vec![
                Say("* OK hi\n"),
                Hear("STARTTLS"),
                Say("@ OK go\n* CAPABILITY AUTH=PLAIN\n"),
            ],
            "the server sent data between STARTTLS and TLS",
        ),
        (
            vec![Say("* OK hi\n"), Hear("STARTTLS"), Hang],
            "STARTTLS wasn't answered",
        ),
        (
            vec![Say("* OK hi\n"), Hear("STARTTLS"), Say("@ OK go\n"), Hang],
            "didn't answer within",
        ),
    ] {
        let error = refused(script, Security::Starttls).await;
        assert!(
            error.starts_with(expected) || error.contains(expected),
            "{error}"
        );
    }
}

/// Where STARTTLS is to come, it is how somebody in between keeps TLS away (RFC 9051 §11.3 doesn't let a client go on);
/// elsewhere nobody knows whose mailbox it is.
#[tokio::test]
async fn preauth_is_refused_and_nothing_is_said_to_such_a_server() {
    let authority = &servers().await.authority;
    let greeting = || {
        vec![
            Say("* PREAUTH [CAPABILITY IMAP4rev1] you are in\n"),
            HearMore(""),
        ]
    };
    for (script, security) in [
        (greeting(), Security::Starttls),
        (greeting(), Security::PlainWithoutEncryption),
        (
            [vec![Encrypt(authority.clone())], greeting()].concat(),
            Security::Tls,
        ),
    ] {
        let server = Scripted::start(script).await;
        let mut settings = server.settings(security);
        settings.endpoint.ca_file = Some(authority.ca.clone());
        let error = Session::open(&settings).await.unwrap_err();
        assert!(matches!(error, ImapError::PreAuth), "{security:?}: {error}");
        assert_eq!(server.heard().await, "", "{security:?}");
    }
}

#[tokio::test]
async fn preauth_is_told_and_mail_waits_until_the_server_asks_for_a_login() {
    let watched = Watched::new().await;
    let site = &watched.site;
    watched.configure("", "unpolled = \"2s\"", "");
    let between = Between::start(site).await;
    between.greet(Some("* PREAUTH you are in\r\n"));
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    watched.until_told("unpolled", "raised", 1).await;
    let log = daemon.log();
    assert!(log.contains("(PREAUTH)"), "{log}");
    assert_eq!(between.heard(""), [""; 0]);
    between.greet(None);
    site.acknowledged(1).await;
    watched.until_told("unpolled", "over", 1).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_login_that_fails_says_so_and_holds_no_password() {
    for (script, expected) in [
        (
            vec![
                Say("* OK hi\n"),
                Hear("LOGIN"),
                Say("@ NO [AUTHENTICATIONFAILED] no \"such\" user\n"),
            ],
            "login refused: [AUTHENTICATIONFAILED] no \"such\" user; check user",
        ),
        (
            vec![
                Say("* OK hi\n"),
                Hear("LOGIN"),
                Say("@ NO swordfish is wrong\n"),
            ],
            "login refused: without a reason; check user",
        ),
        (
            // whoever listens on the way must not hear a password that is refused anyway
            vec![
                Say("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\n"),
                Hang,
            ],
            "the server takes no password on this connection (LOGINDISABLED), and none was sent",
        ),
        (
            vec![Say("* OK hi\n"), Hear("LOGIN"), Say("* BYE too many\n")],
            "the connection was lost at LOGIN",
        ),
        (
            vec![Say("* OK hi\n"), Hear("LOGIN"), Hang],
            "LOGIN wasn't answered",
        ),
        (
            vec![Say("* BYE full\n")],
            "the connection was lost at connecting: full",
        ),
        (vec![Hang], "connecting wasn't answered"),
        (
            vec![Say("nonsense\n")],
            "the answer to connecting can't be understood",
        ),
        (vec![], "the connection was lost at connecting"),
    ] {
        let error = refused(script, Security::PlainWithoutEncryption).await;
        assert!(error.starts_with(expected), "{expected}: {error}");
        assert!(!error.contains("swordfish"));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_reliably_is_refused() {
    for (answer, expected) in [
        (
            "@ NO [NONEXISTENT] no such mailbox\n",
            "folder 'INBOX' can't be opened: [NONEXISTENT] no such",
        ),
        (
            "* 3 EXISTS\n@ OK [READ-WRITE] ok\n",
            "the server gives its messages no lasting UIDs",
        ),
    ] {
        let script = vec![
            Say("* OK ready\n"),
            Hear("LOGIN"),
            Say("@ OK welcome\n"),
            Hear("CAPABILITY"),
            Say("* CAPABILITY IMAP4rev1\n@ OK\n"),
            Hear("SELECT"),
            Say(answer),
        ];
        let server = Scripted::start(script).await;
        let settings = server.settings(Security::PlainWithoutEncryption);
        let mut session = Session::open(&settings).await.unwrap();
        let error = session.select().await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

async fn refused(script: Vec<Step>, security: Security) -> String {
    let server = Scripted::start(script).await;
    Session::open(&server.settings(security))
        .await
        .unwrap_err()
        .to_string()
}
