//! A signer of mail (RFC 6376, Ed25519, relaxed/relaxed) that can also sign as nobody should.

use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

const SEED: [u8; 32] = [7; 32];

/// What is signed, and how.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    pub domain: &'a str,
    pub fields: &'a str,
    /// Further tags, such as `t=…;`.
    pub tags: &'a str,
    /// How many bytes of the body are hashed (`l=` is for `tags` to say).
    pub length: Option<usize>,
}

impl Default for Signing<'_> {
    fn default() -> Self {
        Signing {
            domain: "example.com",
            fields: "From:To:Subject:Date:Message-ID",
            tags: "",
            length: None,
        }
    }
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&SEED).unwrap()
}

/// The key as it stands in DNS, below `s1._domainkey.`.
pub fn record() -> String {
    let key = data_encoding::BASE64.encode(pair().public_key().as_ref());
    format!("v=DKIM1; k=ed25519; p={key}")
}

/// A mail with lines that end in LF, signed.
pub fn sign(mail: &str, how: Signing<'_>) -> String {
    let mail = mail.replace('\n', "\r\n");
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let fields = fields(head);
    let body = relaxed_body(body);
    let hashed = &body.as_bytes()[..how.length.unwrap_or(body.len())];
    let hash = data_encoding::BASE64.encode(digest(&SHA256, hashed).as_ref());
    let value = format!(
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d={}; s=s1; {} h={}; bh={hash}; b=",
        how.domain, how.tags, how.fields
    );
    let mut signed = String::new();
    let mut used = vec![false; fields.len()];
    for name in how.fields.split(':') {
        let place = (0..fields.len())
            .rev()
            .find(|at| !used[*at] && fields[*at].0.eq_ignore_ascii_case(name));
        if let Some(place) = place {
            used[place] = true;
            signed.push_str(&relaxed(&fields[place].0, &fields[place].1));
            signed.push_str("\r\n");
        }
    }
    signed.push_str(&relaxed("DKIM-Signature", &value));
    let digest = digest(&SHA256, signed.as_bytes());
    let signature = data_encoding::BASE64.encode(pair().sign(digest.as_ref()).as_ref());
    format!("DKIM-Signature: {value}{signature}\r\n{mail}")
}

fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match fields.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap();
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    fields
}

/// §3.4.2
fn relaxed(name: &str, value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    format!("{}:{}", name.to_lowercase(), words.join(" "))
}

/// §3.4.4
fn relaxed_body(body: &str) -> String {
    let mut out = String::new();
    for line in body.split("\r\n") {
        let mut blank = false;
        for c in line.trim_end_matches([' ', '\t']).chars() {
            if c == ' ' || c == '\t' {
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                out.push(' ');
            }
            out.push(c);
        }
        out.push_str("\r\n");
    }
    let kept = out.trim_end_matches("\r\n").len();
    out.truncate(kept);
    if !out.is_empty() {
        out.push_str("\r\n");
    }
    out
}
