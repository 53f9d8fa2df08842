//! A server whose certificate can't be trusted hears no password and no mail, on either wire, and holds up no other.

use redress::net::imap::Session;
use redress::net::smtp::Connection;
use redress::net::tls::Security;
use redress::sandbox::authority::Authority;
use redress::sandbox::smtp_server::{Keep, SmtpServer};
use redress::secret::Secret;
use rustix::process::Signal;

use crate::smtp_faults;
use crate::support::certificates::{Flaw, Flawed};
use crate::support::office::STAFF;
use crate::support::scripted::Scripted;
use crate::support::scripted::Step::{Encrypt, Hear, HearMore, Say};
use crate::support::{Site, complaint, servers, wait};

/// What is wrong with a certificate, and what is said of it.
const FLAWS: [(Flaw, &str, &str); 3] = [
    (Flaw::Expired, "has expired", "renew it"),
    (
        Flaw::WrongHost,
        "is for another host: certificate not valid for name \"127.0.0.1\"; certificate is only valid for \
         DnsName(\"elsewhere.test\")",
        "set host",
    ),
    (
        Flaw::Untrusted,
        "is by an authority that isn't trusted here",
        "set ca_file",
    ),
];

const SECURITIES: [Security; 2] = [Security::Tls, Security::Starttls];

/// Opens an IMAP session with a server that has this certificate; the error, and what the server heard.
async fn imap(security: Security, authority: &Authority) -> (String, String) {
    let greeting = Say("* OK hi\n");
    let encrypt = Encrypt(authority.clone());
    let script = match security {
        Security::Starttls => vec![
            greeting,
            Hear("STARTTLS"),
            Say("@ OK go\n"),
            encrypt,
            HearMore(""),
        ],
        _ => vec![encrypt, greeting, HearMore("")],
    };
    let server = Scripted::start(script).await;
    let mut settings = server.settings(security);
    settings.endpoint.ca_file = Some(authority.ca.clone());
    let error = Session::open(&settings).await.unwrap_err().to_string();
    let error = error.replace(&format!("port {}", server.port), "port 0");
    (error, server.heard().await)
}

/// Opens an SMTP connection likewise.
async fn smtp(security: Security, authority: &Authority) -> (String, String) {
    let greeting = Say("220 ready\n");
    let hello = [
        Encrypt(authority.clone()),
        Hear("EHLO"),
        Say("250-here\n250 AUTH PLAIN\n"),
        HearMore(""),
    ];
    let script = match security {
        Security::Starttls => [
            vec![
                greeting,
                Hear("EHLO"),
                Say("250-here\n250 STARTTLS\n"),
                Hear("STARTTLS"),
                Say("220 go\n"),
            ],
            hello.to_vec(),
        ]
        .concat(),
        _ => {
            let mut script = hello.to_vec();
            script.insert(1, greeting);
            script
        }
    };
    let server = Scripted::start(script).await;
    let mut settings = smtp_faults::settings(&server);
    settings.endpoint.security = security;
    settings.endpoint.ca_file = Some(authority.ca.clone());
    settings.login = Some(("redress".to_owned(), Secret::new("swordfish".to_owned())));
    let opened = Connection::open(&settings).await;
    let error = opened.err().unwrap().to_string();
    let error = error.replace(&format!("port {}", server.port), "port 0");
    (error, server.heard().await)
}

/// A refusal that names the server, what is wrong and what to do.
#[track_caller]
fn assert_refused(error: &str, wrong: &str, advice: &str) {
    let start = format!("the certificate of 127.0.0.1, port 0, {wrong}");
    assert!(error.starts_with(&start), "{wrong}: {error}");
    assert!(error.contains(advice), "{advice}: {error}");
}

/// A good certificate is logged in at; from a flawed one nothing is heard but what comes before TLS.
async fn refuses_flaws(
    open: impl AsyncFn(Security, &Authority) -> (String, String),
    login: &str,
    starttls: &str,
) {
    for security in SECURITIES {
        let (error, heard) = open(security, &servers().await.authority).await;
        assert!(heard.contains(login), "a good one: {error}");
        let before = match security {
            Security::Starttls => starttls,
            _ => "",
        };
        for (flaw, wrong, advice) in FLAWS {
            let flawed = Flawed::new(flaw).await;
            let (error, heard) = open(security, &flawed.authority).await;
            assert_refused(&error, wrong, advice);
            assert_eq!(heard, before, "{security:?}, {flaw:?}");
        }
    }
}

#[tokio::test]
async fn imap_certificates_expired_for_another_host_or_by_strangers_are_refused_before_the_login() {
    refuses_flaws(imap, "swordfish", "S1 STARTTLS\r\n").await;
}

#[tokio::test]
async fn smtp_certificates_expired_for_another_host_or_by_strangers_are_refused_before_the_login() {
    refuses_flaws(smtp, "AUTH PLAIN", "EHLO here.test\r\nSTARTTLS\r\n").await;
}

/// Waits until the daemons' logs hold all this.
async fn until_said(site: &Site, words: &[&str]) {
    let said = wait(async || words.iter().all(|word| site.logs().contains(word))).await;
    assert!(said, "{words:?} isn't in\n{}", site.logs());
}

#[tokio::test]
async fn a_mailbox_with_an_untrusted_certificate_holds_up_no_mail_going_out_and_loses_none() {
    let site = Site::new().await;
    site.configure("", "", STAFF);
    let good = std::fs::read_to_string(site.config()).unwrap();
    let stranger = Flawed::new(Flaw::Untrusted).await;
    let (ours, theirs) = (
        site.servers.authority.ca.display().to_string(),
        stranger.authority.certificate.with_file_name("ca.pem"),
    );
    let wrong = good.replace(&ours, &theirs.display().to_string());
    std::fs::write(site.config(), wrong).unwrap();
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    until_said(
        &site,
        &[
            "the mailbox can't be read",
            "isn't trusted here: set ca_file",
        ],
    )
    .await;
    // staff are welcomed meanwhile
    site.until("select count(*) from outbox where state = 'sent'", 5)
        .await;
    assert_eq!(site.count("select count(*) from landed").await, 0);
    std::fs::write(site.config(), good).unwrap();
    daemon.signal(Signal::HUP);
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_mail_server_with_an_expired_certificate_holds_up_no_mail_coming_in_and_loses_none() {
    let site = Site::new().await;
    let good = std::fs::read_to_string(site.config()).unwrap();
    let flawed = Flawed::new(Flaw::Expired).await;
    let server = SmtpServer::start(Keep::Record, Some(&flawed.authority))
        .await
        .unwrap();
    let plain = format!(
        "port = {}\nsecurity = \"plain-without-encryption\"\n",
        site.smtp.port()
    );
    assert!(good.contains(&plain));
    let encrypted = format!(
        "port = {}\nsecurity = \"tls\"\nca_file = \"{}\"\n",
        server.port(),
        flawed.authority.ca.display()
    );
    std::fs::write(site.config(), good.replace(&plain, &encrypted)).unwrap();
    let daemon = site.daemon();
    for number in 0..3 {
        site.deliver(&complaint(number));
    }
    site.until("select count(*) from cases", 3).await;
    until_said(&site, &["no mail can be sent; it waits", "has expired"]).await;
    // what was never offered counts as no attempt
    let waiting = "select count(*) from outbox where state = 'queued' and attempts = 0";
    assert_eq!(site.count(waiting).await, 3);
    assert_eq!(server.received().len(), 0);
    std::fs::write(site.config(), good).unwrap();
    daemon.signal(Signal::HUP);
    site.acknowledged(3).await;
    assert_eq!(site.smtp.received().len(), 3);
    assert_eq!(daemon.terminate().await, 0);
}
