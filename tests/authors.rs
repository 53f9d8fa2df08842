//! Who wrote a mail is proven by our own mail server or by a signature, said with the message, and changes nothing.

use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::Value;

use crate::support::{Site, complaint, dns};

const SEED: [u8; 32] = [7; 32];

fn public() -> Vec<u8> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&SEED).unwrap();
    pair.public_key().as_ref().to_vec()
}

fn record() -> String {
    format!(
        "v=DKIM1; k=ed25519; p={}",
        data_encoding::BASE64.encode(&public())
    )
}

fn signed(mail: &str) -> String {
    let mail = mail.replace('\n', "\r\n");
    let key = Ed25519Key::from_seed_and_public_key(&SEED, &public()).unwrap();
    let signer = DkimSigner::from_key(key)
        .domain("customers.test")
        .selector("s1")
        .headers(["From", "To", "Subject", "Date", "Message-ID"]);
    signer.sign(mail.as_bytes()).unwrap().to_header() + &mail
}

#[tokio::test]
async fn an_author_is_proven_by_our_server_or_by_a_signature_that_dns_bears_out() {
    let site = Site::new().await;
    let server = dns::serve(&[("s1._domainkey.customers.test", &record())]).await;
    site.configure(
        "authserv_id = [\"mx.example.com\", \"localhost\"]",
        "",
        &format!("[dns]\nservers = [\"{server}\"]"),
    );
    let results = "Authentication-Results: mx.example.com; dmarc=pass header.from=customers.test\n";
    let relayed = "Received: from a by relay.example.net with SMTP; x\n";
    site.deliver(&signed(&complaint(1)));
    site.deliver(&signed(&complaint(2)).replace("was damaged", "was fine"));
    site.deliver(&format!("{results}{}", complaint(3)));
    site.deliver(&format!("{relayed}{results}{}", complaint(4)));
    site.deliver(&complaint(5));
    let daemon = site.daemon();
    site.until("select count(*) from cases", 5).await;

    let found: Vec<(String, String, String, bool)> = sqlx::query_as(
        "select subject, standing, standing_by, signed_at is not null from message order by subject",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|(subject, verdict, by, at)| format!("{} {verdict} {by} {at}", &subject[6..7]))
        .collect();
    assert_eq!(
        found,
        [
            "1 proven dkim true",
            "2 failed dkim false",
            "3 proven results false",
            "4 unproven none false",
            "5 unproven none false",
        ]
    );

    let reference: String = sqlx::query_scalar(
        "select reference from cases c join message m on m.case_id = c.id where standing_by = 'dkim'
         and standing = 'proven'",
    )
    .fetch_one(&site.sql)
    .await
    .unwrap();
    let (status, out, _) = site.redress(&["case", "show", &reference, "--json"]).await;
    let shown: Value = serde_json::from_str(&out).unwrap();
    let standing = &shown["messages"][0]["standing"];
    assert_eq!((status, &standing["verdict"]), (0, &"proven".into()));
    assert_eq!(standing["reason"], "signed by customers.test");
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn inspect_asks_dns_only_when_told_to() {
    let site = Site::new().await;
    let server = dns::serve(&[("s1._domainkey.customers.test", &record())]).await;
    site.configure("", "", &format!("[dns]\nservers = [\"{server}\"]"));
    let file = site.folder.path().join("mail.eml");
    std::fs::write(&file, signed(&complaint(1))).unwrap();
    let file = file.display().to_string();
    for (arguments, verdict, reason) in [
        (
            &["inspect", "--json", file.as_str()][..],
            "unproven",
            "isn't checked without DNS",
        ),
        (
            &["inspect", "--json", "--dns", file.as_str()],
            "proven",
            "signed by customers.test",
        ),
    ] {
        let (status, out, errors) = site.redress(arguments).await;
        let shown: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(status, 0, "{errors}");
        assert_eq!(shown["standing"]["verdict"], verdict);
        let said = shown["standing"]["reason"].as_str().unwrap();
        assert!(said.ends_with(reason), "{said}");
    }
}

#[tokio::test]
async fn mail_goes_on_where_dns_is_silent() {
    let site = Site::new().await;
    // nobody listens on the port of a socket that is gone
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = silent.local_addr().unwrap();
    site.configure(
        "",
        "",
        &format!("[dns]\nservers = [\"{at}\"]\ntimeout = \"300ms\""),
    );
    site.deliver(&signed(&complaint(1)));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    let temporary = "select count(*) from message where standing = 'temporary'";
    assert_eq!(site.count(temporary).await, 1);
    assert_eq!(daemon.terminate().await, 0);
}
