//! Mails that no mail program writes: each tries to cost more than it weighs.

use super::make::{attribute, base64, mixed, nested_base64, page, report, tnef, with};

type Bomb = (&'static str, fn() -> Vec<u8>);

/// The default limit of a mailbox (`mailbox.max_size`).
pub const LARGEST: usize = 50_000_000;

pub fn all() -> Vec<Bomb> {
    vec![
        // structure
        ("33,000 nested messages", || {
            b"Content-Type: message/rfc822\r\n\r\n".repeat(33_000)
        }),
        ("190 nested messages", || {
            with(
                "",
                &("Content-Type: message/rfc822\r\n\r\n".repeat(190) + "x"),
            )
        }),
        ("nested messages in Base64", || nested_base64(12)),
        ("5,000 nested multiparts", || {
            let open =
                |i| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
            with("", &(0..5_000).map(open).collect::<String>())
        }),
        ("119 nested multiparts round 40 MB", || {
            let open =
                |i| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
            let head: String = (0..119).map(open).collect();
            with(
                "",
                &(head + "\r\n" + &"a line of text\r\n".repeat(2_500_000)),
            )
        }),
        ("119 nested multiparts of like boundaries", || {
            let open =
                |i| format!("Content-Type: multipart/mixed; boundary=b{i:03}\r\n\r\n--b{i:03}\r\n");
            let head: String = (0..119).map(open).collect();
            with("", &(head + "\r\n" + &"--b\r\n".repeat(666_666)))
        }),
        ("1,000,000 parts", || {
            mixed(&"--x\r\n\r\na\r\n".repeat(1_000_000))
        }),
        ("1,900 parts of 20 kB", || {
            let part = format!("--x\r\n\r\n{}\r\n", "words and words\r\n".repeat(1_200));
            mixed(&part.repeat(1_900))
        }),
        ("1,900 alternatives", || {
            let part = format!(
                "--x\r\nContent-Type: text/html\r\n\r\n{}\r\n",
                "<b>".repeat(8_000)
            );
            let head = "Content-Type: multipart/alternative; boundary=x\r\n\r\n";
            with("", &(head.to_owned() + &part.repeat(1_900)))
        }),
        ("boundary lines that are none", || {
            mixed(&"--xy\r\n".repeat(2_666_666))
        }),
        ("50,000 lines that look like boundaries", || {
            with(
                "Content-Type: multipart/mixed\r\n",
                &"--aaa\r\ncontent-\r\n".repeat(50_000),
            )
        }),
        // fields
        ("20,000 fields", || with(&"A: b\r\n".repeat(20_000), "x")),
        ("9,000 fields", || {
            with(&"Received: from a by b; c\r\n".repeat(9_000), "x")
        }),
        ("40 MB of one field", || {
            with(&format!("A: {}\r\n", "b".repeat(13_333_333)), "x")
        }),
        ("900 kB of folds", || {
            with(&format!("Subject: a\r\n{}", " b\r\n".repeat(200_000)), "x")
        }),
        ("100,000 recipients", || {
            with(&format!("To: {}\r\n", "a@b.cd,".repeat(100_000)), "x")
        }),
        ("100,000 authors", || {
            format!("From: {}\r\n\r\nx", "a@b.cd,".repeat(100_000)).into_bytes()
        }),
        ("100,000 groups", || {
            with(&format!("To: {}\r\n", "g:a@b;".repeat(100_000)), "x")
        }),
        ("comments in comments", || {
            format!("From: {}a@b.cd\r\n\r\nx", "(".repeat(900_000)).into_bytes()
        }),
        ("quotes and backslashes", || {
            with(&format!("To: {}\r\n", "\"\\".repeat(400_000)), "x")
        }),
        ("encoded words without an end", || {
            with(
                &format!("Subject: {}\r\n", "=?utf-8?q?a".repeat(80_000)),
                "x",
            )
        }),
        ("80,000 encoded words", || {
            with(
                &format!("Subject: {}\r\n", "=?gbk?b?zba?=".repeat(70_000)),
                "x",
            )
        }),
        ("encoded words of many charsets", || {
            let words: Vec<String> = (0..30_000)
                .map(|i| format!("=?x{i}?b?5oqV6K+J?="))
                .collect();
            with(&format!("Subject: {}\r\n", words.join(" ")), "x")
        }),
        ("raw bytes of no charset", || {
            let mut mail = b"From: a@b.cd\r\nSubject: ".to_vec();
            mail.extend((0..900_000).map(|i: usize| 0x80 | (i * 7 % 127) as u8));
            mail.extend(b"\r\n\r\nx");
            mail
        }),
        ("200,000 parameters", || {
            with(
                &format!("Content-Type: text/plain{}\r\n", ";a=b".repeat(200_000)),
                "x",
            )
        }),
        ("100 pieces of a parameter of 900 kB", || {
            let piece = |i| format!("; name*{i}*={}", "%e6%8a%95".repeat(900));
            let pieces: String = (0..100).map(piece).collect();
            with(&format!("Content-Type: text/plain{pieces}\r\n"), "x")
        }),
        ("150,000 references", || {
            with(&format!("References: {}\r\n", "<a@b>".repeat(150_000)), "x")
        }),
        ("brackets in references", || {
            with(&format!("References: {}\r\n", "<".repeat(900_000)), "x")
        }),
        // authentication
        ("10,000 results of our server", || {
            let field = "Authentication-Results: mx.example.com; dkim=pass header.d=b.cd\r\n";
            with(&field.repeat(9_900), "x")
        }),
        ("one result field of 900 kB", || {
            let results = "; dkim=pass header.d=b.cd".repeat(36_000);
            with(
                &format!("Authentication-Results: mx.example.com{results}\r\n"),
                "x",
            )
        }),
        ("comments in a result field", || {
            with(
                &format!("Authentication-Results: {}\r\n", "(".repeat(900_000)),
                "x",
            )
        }),
        ("9,900 signatures round 40 MB", || {
            let field = "DKIM-Signature: v=1; a=rsa-sha256; d=b.cd; s=s; h=from:to:subject:date:message-id; bh=YQ==; b=YQ==\r\n";
            with(
                &field.repeat(9_000),
                &"a line of text\r\n".repeat(2_500_000),
            )
        }),
        ("a signature over 300,000 fields", || {
            let h = "a:".repeat(400_000);
            with(
                &format!(
                    "DKIM-Signature: v=1; a=rsa-sha256; d=b.cd; s=s; h={h}a; bh=YQ==; b=YQ==\r\n"
                ),
                "x",
            )
        }),
        ("signatures of every kind over 40 MB", || {
            let mut fields = String::new();
            for way in [
                "simple/simple",
                "relaxed/relaxed",
                "simple/relaxed",
                "relaxed/simple",
            ] {
                for how in ["rsa-sha256", "ed25519-sha256"] {
                    fields += &format!(
                        "DKIM-Signature: v=1; a={how}; c={way}; d=b.cd; s=s; h=from:to:subject:date:message-id; bh=YQ==; b=YQ==\r\n"
                    );
                }
            }
            with(&fields, &" \t a line \t of text \n".repeat(2_000_000))
        }),
        // text
        ("1 MB of >", || with("", &">".repeat(333_333))),
        ("50 MB of >", || with("", &">".repeat(LARGEST - 100))),
        ("100,000 lines", || with("", &"> a\r\nb\r\n".repeat(50_000))),
        ("10,000,000 lines", || {
            with("", &"> \r\n\r\n".repeat(8_000_000))
        }),
        ("lines that look like attributions", || {
            with("", &"On 1 Jan 2026 x\r\n".repeat(666_666))
        }),
        ("lines that look like headers", || {
            with("", &"From: a\r\nSubject: \r\n".repeat(666_666))
        }),
        ("one line of 50 MB", || {
            with("", &"wrote: ".repeat(LARGEST / 7))
        }),
        ("flowed lines that never end", || {
            with(
                "Content-Type: text/plain; format=flowed\r\n",
                &"a \r\n".repeat(4_000_000),
            )
        }),
        ("quoted-printable of nothing but escapes", || {
            with(
                "Content-Transfer-Encoding: quoted-printable\r\n",
                &"=41".repeat(5_333_333),
            )
        }),
        ("quoted-printable of soft breaks", || {
            with(
                "Content-Transfer-Encoding: quoted-printable\r\n",
                &"= \t \r\n".repeat(2_666_666),
            )
        }),
        ("50 MB of Base64 text", || {
            with(
                "Content-Transfer-Encoding: base64\r\n",
                &"YWFhYWFhYWFhYWFhYWFh\r\n".repeat(2_200_000),
            )
        }),
        ("50 MB of Chinese without a charset", || {
            let mut mail = b"From: a@b.cd\r\n\r\n".to_vec();
            mail.extend(b"\xcd\xb6\xcb\xdf\xa1\xa3\r\n".repeat(6_000_000));
            mail
        }),
        ("50 MB of random bytes", || {
            let mut mail = b"From: a@b.cd\r\n\r\n".to_vec();
            let mut x = 1_u32;
            mail.extend((0..LARGEST - 100).map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (x >> 24) as u8
            }));
            mail
        }),
        ("UTF-7 of escapes", || {
            with(
                "Content-Type: text/plain; charset=utf-7\r\n",
                &"+AGEAYQ-".repeat(2_000_000),
            )
        }),
        ("ISO-2022 of escapes", || {
            with(
                "Content-Type: text/plain; charset=iso-2022-kr\r\n",
                &"\x0e\x0f\x1b$)C".repeat(2_000_000),
            )
        }),
        ("combining characters", || {
            with("", &"e\u{301}\u{302}\u{327}".repeat(2_333_333))
        }),
        ("combining characters without a base", || {
            with("", &"\u{301}\u{327}".repeat(3_666_666))
        }),
        ("uuencode that begins everywhere", || {
            with("", &"begin 644 a\r\n#0V%T\r\n".repeat(666_666))
        }),
        ("yEnc that begins everywhere", || {
            with("", &"=ybegin x\r\n".repeat(1_333_333))
        }),
        ("PGP that begins everywhere", || {
            with(
                "",
                &"-----BEGIN PGP SIGNED MESSAGE-----\r\n".repeat(433_333),
            )
        }),
        // pages
        ("nested elements", || page("<div><b><blockquote>", 800_000)),
        ("nested tables", || page("<table><tr><td>", 1_000_000)),
        ("open attributes", || page("<p a='", 2_666_666)),
        ("half entities", || page("&amp", 4_000_000)),
        ("open comments", || page("<!--", 4_000_000)),
        ("open tags", || page("<", 49_000_000)),
        ("closing tags", || page("</p>", 4_000_000)),
        ("hidden elements", || {
            page("<p style='display:none'>x", 666_666)
        }),
        ("links", || page("<a href='http://a.example/b'>c", 533_333)),
        ("lists", || page("<ol><li>", 2_000_000)),
        ("a page that names its charset in the end", || {
            page("<meta charset=utf-16>", 666_666)
        }),
        // files
        ("a Base64 file of 50 MB", || {
            with(
                "Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n",
                &("UEsDBAAA\r\n".repeat(4_900_000)),
            )
        }),
        ("many files", || {
            let part = "--x\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n";
            mixed(&part.repeat(1_900))
        }),
        ("a winmail.dat of nothing but files", || {
            tnef(&attribute(0x9002, &[0; 14]).repeat(500_000))
        }),
        ("a winmail.dat of properties", || {
            let mut data = u32::MAX.to_le_bytes().to_vec();
            data.extend([3, 0, 1, 0x30, 0, 0, 0, 0].repeat(1_333_333));
            tnef(&attribute(0x9003, &data).repeat(1))
        }),
        ("compressed RTF that grows", || {
            let mut packed = vec![0; 4];
            packed.extend(u32::MAX.to_le_bytes());
            packed.extend(b"LZFu\0\0\0\0");
            packed.extend(
                [&[0xff_u8][..], &[0x00, 0x0f].repeat(8)]
                    .concat()
                    .repeat(2_000_000),
            );
            let mut data = 1_u32.to_le_bytes().to_vec();
            data.extend([2, 1, 9, 0x10, 1, 0, 0, 0]);
            data.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
            data.extend(&packed);
            data.resize(data.len().next_multiple_of(4), 0);
            tnef(&attribute(0x9003, &data))
        }),
        ("S/MIME in pieces", || {
            let octets = [&[0x24, 0x80][..], &[4, 1, b'a'].repeat(2_666_666)].concat();
            let mut whole = vec![
                0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80, 0x30,
                0x80,
            ];
            whole.extend([2, 1, 1, 0x31, 0, 0x30, 0x80, 6, 1, 1, 0xa0, 0x80]);
            whole.extend(octets);
            base64("application/pkcs7-mime; name=smime.p7m", &whole)
        }),
        ("a calendar of 50 MB", || {
            with(
                "Content-Type: text/calendar\r\n",
                &"SUMMARY:a\r\n b\r\n".repeat(3_000_000),
            )
        }),
        // reports
        ("a report on 300,000 recipients", || {
            let one = "Final-Recipient: rfc822; a@b.cd\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";
            report(&one.repeat(300_000))
        }),
        ("a notice full of addresses", || {
            let head = "From: MAILER-DAEMON@b.cd\r\nSubject: failure notice\r\n\r\n";
            format!("{head}{}", "<a@b.cd>:\r\n550 no\r\n".repeat(500_000)).into_bytes()
        }),
        ("a notice of one line", || {
            let head = "From: MAILER-DAEMON@b.cd\r\nSubject: failure notice\r\n\r\n";
            format!("{head}{}", "@a.b 550 ".repeat(1_666_666)).into_bytes()
        }),
        ("nothing but blanks", || b" \r\n".repeat(5_333_333)),
        ("nothing but NUL", || vec![0; LARGEST]),
    ]
}
