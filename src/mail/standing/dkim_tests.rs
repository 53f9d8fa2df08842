use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;

use super::*;

const SEED: [u8; 32] = [7; 32];
const FIELDS: [&str; 5] = ["From", "To", "Subject", "Date", "Message-ID"];
const MAIL: &str = "From: Wang <wang@example.com>\r\nTo: complaints@example.net\r\nSubject: broken\r\n\
     Date: Tue, 24 Nov 2026 09:30:00 +0800\r\nMessage-ID: <1@example.com>\r\n\r\nIt broke. \r\n\r\n";

fn public() -> Vec<u8> {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::from_seed_unchecked(&SEED).unwrap();
    pair.public_key().as_ref().to_vec()
}

fn record(extra: &str) -> Answer {
    let key = data_encoding::BASE64.encode(&public());
    Answer::Records(vec![
        format!("v=DKIM1; k=ed25519; {extra}p={key}").into_bytes(),
    ])
}

/// The mail with a signature of a domain over these fields on top.
fn signed_by(domain: &str, fields: &[&str], mail: &str, expires_after: u64) -> String {
    let key = Ed25519Key::from_seed_and_public_key(&SEED, &public()).unwrap();
    let signer = DkimSigner::from_key(key)
        .domain(domain)
        .selector("s1")
        .headers(fields.iter().copied())
        .expiration(expires_after);
    signer.sign(mail.as_bytes()).unwrap().to_header() + mail
}

fn found(mail: &str) -> Claims {
    claims(
        mail.as_bytes(),
        &Headers::of(mail.as_bytes()),
        "example.com",
    )
}

fn refused(mail: &str) -> String {
    let found = found(mail);
    assert_eq!(found.claims, [], "{mail}");
    found.refused.map(|(why, _)| why).unwrap_or_default()
}

#[test]
fn a_signature_of_the_authors_domain_is_borne_out_by_its_key() {
    let signed = signed_by("example.com", &FIELDS, MAIL, 0);
    // files often hold other line ends than the wire, and a server adds fields on top
    for mail in [
        signed.clone(),
        signed.replace("\r\n", "\n"),
        format!("Received: from a by b\r\n{signed}"),
        format!("From wang Tue\r\n{signed}"),
        signed.replace("It broke. \r\n", "It broke.\r\n"),
        signed.replace("Subject: broken", "subject:  broken"),
        signed_by("mail.example.com", &FIELDS, MAIL, 0),
    ] {
        let claims = found(&mail).claims;
        assert_eq!(claims.len(), 1, "{mail}");
        assert!(claims[0].key_name.starts_with("s1._domainkey."));
        assert_eq!(
            claims[0].outcome(&record(""), None),
            Outcome::Proven,
            "{mail}"
        );
    }
}

#[test]
fn what_was_changed_fails() {
    let signed = signed_by("example.com", &FIELDS, MAIL, 0);
    for (from, to, why) in [
        (
            "It broke",
            "It sank",
            "the signature of example.com doesn't fit the text: it was changed on the way",
        ),
        (
            "a=ed25519-sha256",
            "a=rsa-sha1",
            "the signature of example.com uses SHA-1",
        ),
        (
            "bh=",
            "l=5; bh=",
            "the signature of example.com covers only a part of the text (l=)",
        ),
        (
            "It broke",
            "It\rbroke",
            "the signature of example.com covers a text with damaged line ends",
        ),
        (
            "Subject: broken\r\n",
            "Subject: x\r\nSubject: broken\r\n",
            "the signature of example.com leaves out a field that is there several times",
        ),
        (
            "Subject: broken\r\n",
            "Subject: broken\r\nnonsense\r\n",
            "its fields can be read in two ways, so no signature counts",
        ),
        (
            "Subject: broken\r\n",
            "Subject : broken\r\n",
            "its fields can be read in two ways, so no signature counts",
        ),
    ] {
        assert_eq!(refused(&signed.replace(from, to)), why);
    }
    let changed = found(&signed.replace("Subject: broken", "Subject: stolen")).claims;
    assert_eq!(
        changed[0].outcome(&record(""), None),
        Outcome::Broken("doesn't hold")
    );
}

#[test]
fn only_a_whole_signature_of_the_authors_organisation_counts() {
    for (domain, fields, why) in [
        ("example.net", &FIELDS[..], ""),
        ("evil-example.com", &FIELDS[..], ""),
        ("example.com.evil.net", &FIELDS[..], ""),
        (
            "example.com",
            &FIELDS[..4],
            "the signature of example.com leaves out From, To, Subject, Date or Message-ID",
        ),
        (
            "example.com",
            &["From", "Subject", "Date", "Message-ID"],
            "the signature of example.com leaves out From, To, Subject, Date or Message-ID",
        ),
    ] {
        assert_eq!(
            refused(&signed_by(domain, fields, MAIL, 0)),
            why,
            "{domain}"
        );
    }
    // one of a list or relay does no harm to the author's
    let both = signed_by("example.com", &FIELDS, MAIL, 0);
    let both = signed_by("lists.example.net", &FIELDS, &both, 0);
    assert_eq!(found(&both).claims.len(), 1);
}

#[test]
fn the_key_decides() {
    let claim = &found(&signed_by("example.com", &FIELDS, MAIL, 0)).claims[0];
    let other = Answer::Records(vec![
        format!("k=ed25519; p={}", data_encoding::BASE64.encode(&[9; 32])).into_bytes(),
    ]);
    let texts =
        |texts: &[&str]| Answer::Records(texts.iter().map(|t| t.as_bytes().to_vec()).collect());
    let Answer::Records(good) = record("") else {
        unreachable!()
    };
    let after_another =
        Answer::Records([b"v=spf1 -all".to_vec()].into_iter().chain(good).collect());
    for (answer, outcome) in [
        (record(""), Outcome::Proven),
        (record("t=s; "), Outcome::Proven),
        (after_another, Outcome::Proven),
        (
            record("t=y; "),
            Outcome::Weak("is by a key that is being tested"),
        ),
        (
            record("s=other; "),
            Outcome::Weak("has no usable key in DNS"),
        ),
        (other, Outcome::Broken("doesn't hold")),
        (
            texts(&["v=DKIM1; p="]),
            Outcome::Weak("is by a key that was revoked"),
        ),
        (
            texts(&["v=DKIM1; k=rsa; p=AAAA"]),
            Outcome::Broken("doesn't hold"),
        ),
        (
            texts(&["v=DKIM1; k=dsa; p=AAAA"]),
            Outcome::Weak("has no usable key in DNS"),
        ),
        (
            texts(&[&"x".repeat(100_000)]),
            Outcome::Weak("has no key in DNS"),
        ),
        (texts(&[]), Outcome::Weak("has no key in DNS")),
        (Answer::Nothing, Outcome::Weak("has no key in DNS")),
        (Answer::Temporary, Outcome::Temporary),
    ] {
        assert_eq!(claim.outcome(&answer, None), outcome, "{answer:?}");
    }
}

#[test]
fn a_signature_has_its_time() {
    let claim = &found(&signed_by("example.com", &FIELDS, MAIL, 1000)).claims[0];
    let at = claim.signed_at.unwrap();
    assert_eq!(claim.outcome(&record(""), Some(at)), Outcome::Proven);
    assert_eq!(
        claim.outcome(&record(""), Some(at + 1001)),
        Outcome::Weak("has expired")
    );
    assert_eq!(
        claim.outcome(&record(""), Some(at - 100_000)),
        Outcome::Weak("is from the future")
    );
    assert_eq!(claim.outcome(&record(""), None), Outcome::Proven);
}

#[test]
fn a_key_for_the_very_domain_refuses_an_identity_below_it() {
    let mut claim = found(&signed_by("example.com", &FIELDS, MAIL, 0))
        .claims
        .remove(0);
    claim.identity = "mail.example.com".to_owned();
    assert_eq!(claim.outcome(&record(""), None), Outcome::Proven);
    let strict = claim.outcome(&record("t=s; "), None);
    assert_eq!(
        strict,
        Outcome::Broken("has an identity that its key is not for")
    );
}

#[test]
fn the_own_field_is_signed_without_its_signature() {
    for (field, without) in [
        (" v=1; b=YQ==; bh=x\r\n", " v=1; b=; bh=x"),
        (" v=1; bh=x;\r\n\tb = YQ\r\n =\r\n", " v=1; bh=x;\r\n\tb ="),
        (" b=;", " b=;"),
    ] {
        assert_eq!(
            without_signature(field.as_bytes()),
            without.as_bytes(),
            "{field:?}"
        );
    }
}

#[test]
fn thousands_of_signatures_cost_no_more_than_a_few() {
    let one = signed_by("example.com", &FIELDS, "", 0);
    let mail = one.repeat(1000) + MAIL;
    assert_eq!(found(&mail).claims.len(), 0);
    let long: String = "h=From:".repeat(100_000);
    assert_eq!(
        found(&format!("DKIM-Signature: d=example.com; {long}\r\n{MAIL}")).claims,
        []
    );
}
