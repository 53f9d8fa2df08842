//! Our own mails, at least one for each rule of reading, and what is read in them.

use std::collections::HashMap;
use std::path::Path;

use redress::mail::standing::{Answer, Verdict, settle};
use redress::mail::{Context, read};

#[test]
fn each_rule_is_shown_by_a_mail() {
    let own = ["complaints@example.com".to_owned()];
    let servers = ["mx.example.com".to_owned()];
    let context = Context {
        own_addresses: &own,
        authserv_ids: &servers,
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 50, "mails are missing");
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let reading = read(&std::fs::read(&file).unwrap(), &context);
        let shown = serde_json::to_string_pretty(&reading).unwrap();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

#[test]
fn a_signature_counts_once_its_key_is_known() {
    const KEY: &str = "v=DKIM1; k=ed25519; p=6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    let raw = std::fs::read(folder.join("standing-signed.eml")).unwrap();
    let reading = read(&raw, &Context::default());
    let names: Vec<&str> = reading
        .claims
        .iter()
        .map(|claim| claim.key_name.as_str())
        .collect();
    assert_eq!(names, ["s1._domainkey.example.com"]);
    for (answer, verdict, reason) in [
        (
            Answer::Records(vec![KEY.as_bytes().to_vec()]),
            Verdict::Proven,
            "signed by example.com",
        ),
        (
            Answer::Nothing,
            Verdict::Unproven,
            "the signature of example.com has no key in DNS",
        ),
        (
            Answer::Temporary,
            Verdict::Temporary,
            "DNS doesn't answer for the key of example.com",
        ),
    ] {
        let answers = HashMap::from([(names[0].to_owned(), answer)]);
        let settled = settle(&reading.standing, &reading.claims, &answers, None);
        assert_eq!(
            (settled.verdict, settled.reason.as_str()),
            (verdict, reason)
        );
    }
}

#[test]
fn bombs_end_in_quarantine() {
    let head = "From: a@example.net\r\nSubject: x\r\n";
    let mut deep = head.to_owned();
    for i in 0..5_000 {
        deep += &format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
    }
    let mixed = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
    for (bomb, reason) in [
        (
            "Content-Type: message/rfc822\r\n\r\n".repeat(33_000),
            "too many nested messages",
        ),
        (deep, "too many nested parts"),
        (
            format!("{head}{mixed}{}", "--x\r\n\r\na\r\n".repeat(100_000)),
            "too many parts",
        ),
        (
            format!("{head}{}\r\nx", "A: b\r\n".repeat(20_000)),
            "too many headers",
        ),
        (
            format!("{head}A: {}\r\n\r\nx", "b".repeat(2_000_000)),
            "too many bytes of headers",
        ),
        (String::new(), "empty message"),
    ] {
        let reading = read(bomb.as_bytes(), &Context::default());
        let quarantine = reading.quarantine.map(|quarantine| quarantine.reason);
        assert_eq!(quarantine.as_deref(), Some(reason));
    }
}

#[test]
fn much_of_anything_is_read_in_a_moment() {
    let html = "From: a@example.net\r\nContent-Type: text/html\r\n\r\n";
    for mail in [
        format!("From: a@example.net\r\n\r\n{}", ">".repeat(1_000_000)),
        format!(
            "From: a@example.net\r\n\r\n{}",
            "> a\r\nb\r\n".repeat(100_000)
        ),
        format!(
            "From: a@example.net\r\n\r\n{}",
            "On 1 Jan 2026 x\r\n".repeat(100_000)
        ),
        format!("From: {}\r\n\r\nx", "=?utf-8?q?a".repeat(80_000)),
        format!(
            "From: a@example.net\r\n\r\n{}",
            "=ybegin x\r\n".repeat(100_000)
        ),
        format!("From: {}\r\n\r\nx", "a@example.net,".repeat(50_000)),
        format!("From: {}a@example.net\r\n\r\nx", "(".repeat(500_000)),
        format!(
            "From: a@example.net\r\nSubject: {}\r\n\r\nx",
            "=?".repeat(400_000)
        ),
        format!(
            "From: a@example.net\r\nContent-Type: text/plain{}\r\n\r\nx",
            ";a=b".repeat(200_000)
        ),
        format!(
            "From: a@example.net\r\nReferences: {}\r\n\r\nx",
            "<a@b>".repeat(150_000)
        ),
        format!("{html}{}", "<div><b><blockquote>".repeat(100_000)),
        format!("{html}{}", "<p a='".repeat(200_000)),
        format!("{html}{}", "&amp".repeat(200_000)),
        format!(
            "MAILER-DAEMON\r\nFrom: mailer-daemon@x.example\r\n\r\n{}",
            "@a.b ".repeat(200_000)
        ),
        format!(
            "From: a@example.net\r\n\r\n{}",
            "begin 644 a\r\n#0V%T\r\n".repeat(50_000)
        ),
    ] {
        let began = std::time::Instant::now();
        read(mail.as_bytes(), &Context::default());
        // promise 11, kept even unoptimised
        let took = began.elapsed();
        assert!(took.as_secs() < 10, "{:?} took {took:?}", &mail[..60]);
    }
}
