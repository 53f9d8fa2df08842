//! A mailbox of realistic mail, the same for the same seed: in the shape of what complaints mailboxes hold.

use std::fmt::Write;

/// What a mailbox is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Texts of 2 to 10 kB alone.
    Small,
    /// 70 % small, 20 % with an attachment of 50 to 500 kB, 8 % with one of 1 to 5 MB, 2 % automatic.
    Mixed,
}

/// So many mails.
pub fn mailbox(shape: Shape, count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random(seed.wrapping_mul(2) + 1);
    (0..count).map(move |number| mail(shape, number, &mut random))
}

/// A linear congruential generator (Knuth, MMIX): reproducible, and nothing here is secret.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

const WORDS: [&str; 16] = [
    "The", "parcel", "arrived", "damaged", "and", "support", "has", "not", "answered", "my",
    "calls", "I", "would", "like", "a", "refund",
];
const CHARACTERS: &str =
    "我对贵公司的服务非常不满意商品收到时已经损坏多次致电客服没有得到答复要求退款并说明原因";

fn mail(shape: Shape, number: usize, random: &mut Random) -> Vec<u8> {
    let chinese = random.below(2) == 0;
    let kind = if shape == Shape::Small {
        0
    } else {
        random.below(100)
    };
    let automatic = kind >= 98;
    let size = 1500 + random.below(6500) as usize;
    let text = if chinese {
        chinese_text(size, random)
    } else {
        english_text(size, random)
    };
    let customer = random.below(1_000_000);
    let mut mail = String::with_capacity(size * 3);
    let subject = match (automatic, chinese) {
        (true, _) => "Out of office".to_owned(),
        (false, true) => format!(
            "=?utf-8?B?{}?=",
            base64(format!("投诉：订单 {number} 商品损坏").as_bytes())
        ),
        (false, false) => format!("Complaint about order {number}"),
    };
    let automatic_header = if automatic {
        "Auto-Submitted: auto-replied\r\n"
    } else {
        ""
    };
    write!(
        mail,
        "Return-Path: <customer{customer}@example.net>\r\nReceived: from mx.example.net by mail.example.com; Sun, 1 Nov 2026 00:00:00 +0000\r\n\
         From: Customer {number} <customer{customer}@example.net>\r\nTo: complaints@example.com\r\n\
         Message-ID: <{number}.{:x}@example.net>\r\nDate: Sun, 1 Nov 2026 00:00:00 +0000\r\n\
         Subject: {subject}\r\n{automatic_header}MIME-Version: 1.0\r\n",
        random.below(1 << 31)
    )
    .unwrap();
    let attachment = match kind {
        70..90 => Some(50_000 + random.below(450_000) as usize),
        90..98 => Some(1_000_000 + random.below(4_000_000) as usize),
        _ => None,
    };
    if attachment.is_some() {
        mail.push_str("Content-Type: multipart/mixed; boundary=mixed\r\n\r\n--mixed\r\n");
    }
    let encoded = base64_lines(text.as_bytes());
    if random.below(2) == 0 {
        mail.push_str(
            "Content-Type: multipart/alternative; boundary=alternative\r\n\r\n--alternative\r\n",
        );
        plain(&mut mail, chinese, &text, &encoded);
        let html = format!(
            "<html><body><p>{}</p></body></html>",
            text.replace('\n', "<br>\r\n")
        );
        write!(
            mail,
            "--alternative\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--alternative--\r\n",
            base64_lines(html.as_bytes())
        )
        .unwrap();
    } else {
        plain(&mut mail, chinese, &text, &encoded);
    }
    if let Some(size) = attachment {
        let mut bytes = Vec::with_capacity(size + 8);
        while bytes.len() < size {
            bytes.extend_from_slice(&(random.below(1 << 31) as u32).to_le_bytes());
        }
        write!(
            mail,
            "--mixed\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"photo{number}.jpg\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}--mixed--\r\n",
            base64_lines(&bytes)
        )
        .unwrap();
    }
    mail.into_bytes()
}

fn plain(mail: &mut String, chinese: bool, text: &str, encoded: &str) {
    if chinese {
        mail.push_str(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        );
        mail.push_str(encoded);
    } else {
        mail.push_str("Content-Type: text/plain; charset=us-ascii\r\n\r\n");
        mail.push_str(&text.replace('\n', "\r\n"));
    }
}

fn english_text(size: usize, random: &mut Random) -> String {
    let (mut text, mut line) = (String::with_capacity(size + 80), 0);
    while text.len() < size {
        let word = WORDS[random.below(WORDS.len() as u64) as usize];
        text.push_str(word);
        line += word.len() + 1;
        text.push(if line > 70 { '\n' } else { ' ' });
        line = if line > 70 { 0 } else { line };
    }
    text + "\n"
}

fn chinese_text(size: usize, random: &mut Random) -> String {
    let characters: Vec<char> = CHARACTERS.chars().collect();
    let mut text = String::with_capacity(size + 8);
    for number in 1..=size / 3 {
        text.push(characters[random.below(characters.len() as u64) as usize]);
        if number % 60 == 0 {
            text.push('\n');
        }
    }
    text + "\n"
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn base64_lines(bytes: &[u8]) -> String {
    let encoded = base64(bytes);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / 38);
    for start in (0..encoded.len()).step_by(76) {
        lines.push_str(&encoded[start..encoded.len().min(start + 76)]);
        lines.push_str("\r\n");
    }
    lines
}
