use proptest::prelude::*;

use super::*;

fn reading(raw: &str) -> Reading {
    let own = ["complaints@example.com".to_owned()];
    read(
        raw.replace('\n', "\r\n").as_bytes(),
        &Context {
            own_addresses: &own,
            ..Context::default()
        },
    )
}

const PLAIN: &str = "From: =?utf-8?B?546L5bCP5piO?= <wang@Example.NET>
To: complaints@example.com
Delivered-To: complaints+c1.2.3@example.com
Subject: =?gb2312?B?zba5yQ==?= 1
Message-ID: <1@example.net>
In-Reply-To: <a@example.com>
References: <x@example.com>
 <a@example.com>
Date: Tue, 24 Nov 2026 09:30:00 +0800
Content-Type: text/plain; charset=utf-8

商品损坏，要求退款。
";

#[test]
fn an_ordinary_complaint_is_read() {
    let read = reading(PLAIN);
    let from = read.from.unwrap();
    assert_eq!(
        (from.name.as_deref(), &*from.address),
        (Some("王小明"), "wang@example.net")
    );
    assert_eq!(read.message_id.as_deref(), Some("1@example.net"));
    assert_eq!(read.references, ["x@example.com", "a@example.com"]);
    assert_eq!(read.in_reply_to, ["a@example.com"]);
    assert_eq!(read.delivered_to, ["complaints+c1.2.3@example.com"]);
    assert_eq!(read.text, "商品损坏，要求退款。");
    assert_eq!(read.language.as_deref(), Some("zh"));
    assert_eq!(read.date.unwrap().to_rfc3339(), "2026-11-24T09:30:00+08:00");
    assert_eq!((read.nature, read.quarantine), (Nature::Human, None));
}

#[test]
fn an_attachment_is_described_by_name_type_size_and_hash() {
    let read = reading(
        "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n\
         --x\nContent-Type: text/plain\n\nsee photo\n--x\nContent-Type: image/JPEG\n\
         Content-Disposition: attachment; filename=\"../a/b/photo.jpg\"\n\
         Content-Transfer-Encoding: base64\n\naGVsbG8=\n--x--\n",
    );
    let file = &read.attachments[0];
    assert_eq!(file.filename.as_deref(), Some("photo.jpg"));
    assert_eq!(
        (file.content_type.as_str(), file.size, file.inline),
        ("image/jpeg", 5, false)
    );
    assert_eq!(
        file.sha256,
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    assert_eq!(read.text, "see photo");
}

#[test]
fn a_sender_who_cannot_be_written_to_is_put_before_staff() {
    for (from, reason) in [
        ("", "no usable sender address"),
        ("From: \n", "no usable sender address"),
        ("From: nobody\n", "no usable sender address"),
        ("From: \"a b\"@c.example\n", "no usable sender address"),
        ("From: a@b.example, c@d.example\n", "several authors"),
        ("From: a@b.example\nFrom: c@d.example\n", "several authors"),
    ] {
        let read = reading(&format!("{from}Subject: x\n\nhello\n"));
        assert_eq!(
            read.quarantine.map(|q| q.reason).as_deref(),
            Some(reason),
            "{from}"
        );
        assert_eq!(read.from, None);
    }
}

#[test]
fn controls_in_names_subjects_and_file_names_harm_nobody() {
    let read = reading(
        "From: =?utf-8?Q?a=0D=0ABcc:_x=00y?= <a@b.example>\nSubject: =?utf-8?Q?s=00=0Du?=\n\nb\0c\n",
    );
    assert_eq!(read.from.unwrap().name.as_deref(), Some("a Bcc: x y"));
    assert_eq!(read.subject, "s u");
    assert!(!read.text.contains('\0'));
}

#[test]
fn a_bounce_names_the_mail_it_is_about() {
    let read = reading(
        "From: MAILER-DAEMON@mx.example.net\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
         --x\n\nfailed\n--x\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; wang@example.net\nAction: failed\n\
         Status: 5.1.1\n\n--x\nContent-Type: message/rfc822\n\n\
         Message-ID: <ours.1@example.com>\nSubject: x\n\nhi\n--x--\n",
    );
    let bounce = read.bounce.unwrap();
    assert_eq!(read.nature, Nature::Bounce);
    assert_eq!(
        bounce.original_message_id.as_deref(),
        Some("ours.1@example.com")
    );
    assert_eq!(bounce.recipients.len(), 1);
    assert!(bounce.recipients[0].permanent);
}

proptest! {
    #[test]
    fn any_bytes_can_be_read(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let context = Context::default();
        prop_assert_eq!(read(&raw, &context), read(&raw, &context));
    }

    #[test]
    fn any_headers_can_be_read(
        lines in proptest::collection::vec("(From|Subject|References|Content-Type|Date)?[: ]?.{0,60}", 0..20)
    ) {
        let read = read(lines.join("\r\n").as_bytes(), &Context::default());
        prop_assert!(!read.subject.contains(['\0', '\r', '\n']));
        // Postgres takes no NUL, not even in JSON
        prop_assert!(!serde_json::to_string(&read).unwrap().contains("\\u0000"));
    }
}
