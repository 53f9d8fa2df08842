//! How fast mail is read, on one core: `cargo bench --bench reading`.

use std::time::{Duration, Instant};

use redress::mail::{Context, read};

fn main() {
    let small: Vec<Vec<u8>> = (0..200).map(small_mail).collect();
    let mails = per_second(&small, |_| 1);
    println!("small mails: {mails:.0} a second");
    let bytes = per_second(&small, Vec::len);
    println!("small mails: {:.0} MB/s", bytes / 1e6);
    let large: Vec<Vec<u8>> = (1..4).map(large_mail).collect();
    let bytes = per_second(&large, Vec::len);
    println!("attachments: {:.0} MB/s", bytes / 1e6);
}

/// Reads all over and over for two seconds, and counts.
fn per_second(mails: &[Vec<u8>], count: impl Fn(&Vec<u8>) -> usize) -> f64 {
    let began = Instant::now();
    let mut counted = 0;
    while began.elapsed() < Duration::from_secs(2) {
        for mail in mails {
            let reading = read(mail, &Context::default());
            assert!(reading.quarantine.is_none());
            counted += count(mail);
        }
    }
    counted as f64 / began.elapsed().as_secs_f64()
}

/// 2 to 10 kB: plain text or both versions, Chinese or English, encoded in every usual way.
fn small_mail(i: usize) -> Vec<u8> {
    let sentence = if i.is_multiple_of(2) {
        "我对贵公司的服务非常不满意，商品收到时已经损坏，要求退款。\n"
    } else {
        "The parcel arrived damaged and I would like a refund of the full price.\n"
    };
    let text = sentence.repeat(20 + i % 60);
    let (encoding, body) = if i.is_multiple_of(3) {
        ("8bit", text.clone())
    } else {
        ("base64", base64(text.as_bytes()))
    };
    let plain = format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    );
    let head = format!(
        "From: Customer {i} <customer{i}@example.net>\r\nTo: complaints@example.com\r\n\
         Message-ID: <{i}@example.net>\r\nDate: Tue, 24 Nov 2026 09:30:00 +0800\r\n\
         Subject: =?utf-8?B?5oqV6K+J?= {i}\r\nMIME-Version: 1.0\r\n"
    );
    if i.is_multiple_of(4) {
        let html = text.replace('\n', "<br>\r\n");
        format!(
            "{head}Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n{plain}\r\n--x\r\n\
             Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{html}</p></body></html>\r\n--x--\r\n"
        )
        .into_bytes()
    } else {
        format!("{head}{plain}").into_bytes()
    }
}

/// Some megabytes of a photo.
fn large_mail(megabytes: usize) -> Vec<u8> {
    let mut state = 1u32;
    let photo: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(megabytes << 20)
    .collect();
    format!(
        "From: customer@example.net\r\nSubject: photo\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nsee photo\r\n\
         --x\r\nContent-Type: image/jpeg; name=photo.jpg\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment\r\n\r\n{}\r\n--x--\r\n",
        base64(&photo)
    )
    .into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    lines.join("\r\n")
}
