//! One `DKIM-Signature` field and one key record (RFC 6376 §3.5, §3.6.1), read strictly.

use data_encoding::BASE64;
use mail_auth::common::crypto::Algorithm;
use mail_auth::dkim::Canonicalization;

use super::domain;

/// Longest field or record read, in bytes, and most tags and signed fields in one.
const LONGEST: usize = 16_000;
const MOST_TAGS: usize = 50;
const MOST_SIGNED: usize = 100;

/// A signature that follows the rules, as far as it can be told by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) algorithm: Algorithm,
    pub(super) head: Canonicalization,
    pub(super) body: Canonicalization,
    /// `d=`, in its one form.
    pub(super) domain: String,
    pub(super) selector: String,
    /// The domain of `i=`.
    pub(super) identity: String,
    /// Names of the signed fields, in lower case, as often as they are signed.
    pub(super) signed: Vec<String>,
    pub(super) body_hash: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// Seconds since 1970.
    pub(super) signed_at: Option<i64>,
    pub(super) expires: Option<i64>,
    /// Whether only a part of the body is signed (`l=`).
    pub(super) partial: bool,
}

/// `d=` of a field, where nothing else can be read.
pub(super) fn domain_of(value: &str) -> Option<String> {
    domain::ascii(Tags::parse(value)?.get("d")?)
}

/// Reads an unfolded field; the reason where it isn't valid.
pub(super) fn parse(value: &str) -> Result<Signature, &'static str> {
    let tags = Tags::parse(value).ok_or("isn't written as RFC 6376 asks for")?;
    if tags.get("v") != Some("1") {
        return Err("is of an unknown version");
    }
    let lower = |name: &str| tags.get(name).map(str::to_ascii_lowercase);
    let algorithm = match lower("a").as_deref() {
        Some("rsa-sha256") => Algorithm::RsaSha256,
        Some("ed25519-sha256") => Algorithm::Ed25519Sha256,
        // RFC 8301 §3.1
        Some("rsa-sha1") => return Err("uses SHA-1"),
        Some(_) | None => return Err("uses an unknown algorithm"),
    };
    let (head, body) = canonicalizations(lower("c").as_deref())?;
    if lower("q").is_some_and(|q| !q.split(':').any(|way| way.trim() == "dns/txt")) {
        return Err("has its key somewhere else than in DNS");
    }
    let domain = tags.get("d").and_then(domain::ascii);
    let domain = domain.ok_or("names no domain")?;
    let selector = tags.get("s").and_then(domain::ascii);
    let selector = selector.ok_or("names no selector")?;
    let identity = match tags.get("i") {
        None => domain.clone(),
        Some(identity) => {
            let inner = identity.rsplit_once('@').map(|(_, inner)| inner);
            let inner = inner.and_then(domain::ascii);
            inner.ok_or("has an identity without a domain")?
        }
    };
    // §3.5: the same as d=, or below it
    if !domain::is_within(&identity, &domain) {
        return Err("has the identity of another domain");
    }
    let signed: Vec<String> = tags
        .get("h")
        .unwrap_or("")
        .split(':')
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    if signed.len() > MOST_SIGNED || signed.iter().any(String::is_empty) {
        return Err("has no proper list of signed fields");
    }
    Ok(Signature {
        algorithm,
        head,
        body,
        domain,
        selector,
        identity,
        signed,
        body_hash: tags.bytes("bh").ok_or("has no body hash")?,
        signature: tags.bytes("b").ok_or("is empty")?,
        signed_at: tags.seconds("t")?,
        expires: tags.seconds("x")?,
        partial: tags.get("l").is_some(),
    })
}

/// What a key record allows, and whether it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyRules {
    /// `t=s`: the identity must be of the very domain.
    pub(super) strict: bool,
    /// `t=y`: the domain only tries, and a signature means nothing.
    pub(super) testing: bool,
}

/// Reads a key record; the reason where it is no key for mail.
pub(super) fn key_rules(record: &[u8]) -> Result<KeyRules, &'static str> {
    let text = std::str::from_utf8(record).map_err(|_| "isn't text")?;
    let tags = Tags::parse(text).ok_or("isn't written as RFC 6376 asks for")?;
    // §3.6.1: the first tag, where it is there
    if tags.get("v").is_some_and(|v| v != "DKIM1") || tags.get("v").is_some() && tags.0[0].0 != "v"
    {
        return Err("is of an unknown version");
    }
    match tags.get("p") {
        None => return Err("holds no key"),
        Some("") => return Err("was revoked"),
        Some(_) => {}
    }
    let has = |name: &str, one_of: &[&str]| {
        tags.get(name).is_none_or(|list| {
            list.split(':').any(|item| {
                one_of
                    .iter()
                    .any(|one| item.trim().eq_ignore_ascii_case(one))
            })
        })
    };
    if !has("h", &["sha256"]) {
        return Err("is for other hashes");
    }
    if !has("s", &["*", "email"]) {
        return Err("isn't for mail");
    }
    let flag = |flag: &str| tags.get("t").is_some() && has("t", &[flag]);
    Ok(KeyRules {
        strict: flag("s"),
        testing: flag("y"),
    })
}

/// §3.5: `head/body`; each is simple where it isn't named.
fn canonicalizations(
    text: Option<&str>,
) -> Result<(Canonicalization, Canonicalization), &'static str> {
    let one = |name: &str| match name.trim() {
        "simple" => Ok(Canonicalization::Simple),
        "relaxed" => Ok(Canonicalization::Relaxed),
        _ => Err("uses an unknown canonicalization"),
    };
    let (head, body) = text.map_or(("simple", "simple"), |text| {
        text.split_once('/').unwrap_or((text, "simple"))
    });
    Ok((one(head)?, one(body)?))
}

/// A tag list (§3.2): names that are there once, and their values.
struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    fn parse(text: &'a str) -> Option<Tags<'a>> {
        if text.len() > LONGEST {
            return None;
        }
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let mut pieces = text.split(';').peekable();
        while let Some(piece) = pieces.next() {
            // the last may have a semicolon behind it
            if piece.trim_ascii().is_empty() && pieces.peek().is_none() && !tags.is_empty() {
                break;
            }
            let (name, value) = piece.split_once('=')?;
            let (name, value) = (name.trim_ascii(), value.trim_ascii());
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let twice = tags.iter().any(|(known, _)| *known == name);
            if !is_name || twice || tags.len() == MOST_TAGS {
                return None;
            }
            tags.push((name, value));
        }
        Some(Tags(tags))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// Base64, folded anywhere.
    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let mut text = self.get(name)?.to_owned();
        text.retain(|c| !c.is_ascii_whitespace());
        BASE64
            .decode(text.as_bytes())
            .ok()
            .filter(|bytes| !bytes.is_empty())
    }

    fn seconds(&self, name: &str) -> Result<Option<i64>, &'static str> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let seconds = digits.then(|| text.parse().ok()).flatten();
        seconds.map(Some).ok_or("has a time that is none")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "v=1; a=rsa-sha256; c=relaxed; d=Example.com; i=a@mail.example.com; s=s1; t=1700000000; \
         h=From : to:Subject; bh=aGVs bG8=; b=aGVs\tbG8=;";

    #[test]
    fn a_signature_is_read() {
        let read = parse(GOOD).unwrap();
        assert_eq!((&*read.domain, &*read.selector), ("example.com", "s1"));
        assert_eq!(read.identity, "mail.example.com");
        assert_eq!(read.signed, ["from", "to", "subject"]);
        assert_eq!(
            (read.head, read.body),
            (Canonicalization::Relaxed, Canonicalization::Simple)
        );
        assert_eq!(
            (read.body_hash, read.signature),
            (b"hello".to_vec(), b"hello".to_vec())
        );
        assert_eq!(
            (read.signed_at, read.expires, read.partial),
            (Some(1_700_000_000), None, false)
        );
    }

    #[test]
    fn what_breaks_the_rules_is_no_signature() {
        for (from, to, reason) in [
            ("v=1", "v=2", "is of an unknown version"),
            ("v=1; ", "", "is of an unknown version"),
            ("rsa-sha256", "rsa-sha1", "uses SHA-1"),
            ("rsa-sha256", "none", "uses an unknown algorithm"),
            (
                "c=relaxed",
                "c=relaxed/x",
                "uses an unknown canonicalization",
            ),
            ("d=Example.com", "d=", "names no domain"),
            ("d=Example.com; ", "", "names no domain"),
            ("s=s1", "s=", "names no selector"),
            ("s=s1", "s=a b", "names no selector"),
            (
                "a@mail.example.com",
                "a@example.net",
                "has the identity of another domain",
            ),
            (
                "a@mail.example.com",
                "a@notexample.com",
                "has the identity of another domain",
            ),
            (
                "h=From : to:Subject",
                "h=",
                "has no proper list of signed fields",
            ),
            ("bh=aGVs bG8=", "bh=", "has no body hash"),
            ("b=aGVs\tbG8=", "b=!", "is empty"),
            ("t=1700000000", "t=-1", "has a time that is none"),
            (
                "t=1700000000",
                "q=http",
                "has its key somewhere else than in DNS",
            ),
            (
                "s=s1",
                "s=s1; d=evil.example",
                "isn't written as RFC 6376 asks for",
            ),
            ("s=s1", "s=s1; oops", "isn't written as RFC 6376 asks for"),
        ] {
            let field = GOOD.replace(from, to);
            assert_eq!(parse(&field), Err(reason), "{field}");
        }
        assert!(parse(&GOOD.replace("t=1", "l=0; t=1")).unwrap().partial);
        assert!(parse(&"v=1;".repeat(100_000)).is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn a_key_record_says_what_it_is_for() {
        let plain = KeyRules {
            strict: false,
            testing: false,
        };
        for (record, rules) in [
            ("v=DKIM1; p=YQ==", Ok(plain)),
            ("p=YQ==", Ok(plain)),
            ("v=DKIM1; k=rsa; h=sha1:sha256; s=email; p=YQ==", Ok(plain)),
            (
                "v=DKIM1; t=s; p=YQ==",
                Ok(KeyRules {
                    strict: true,
                    testing: false,
                }),
            ),
            (
                "v=DKIM1; t=y:s; p=YQ==",
                Ok(KeyRules {
                    strict: true,
                    testing: true,
                }),
            ),
            ("v=DKIM1; p=", Err("was revoked")),
            ("v=DKIM1", Err("holds no key")),
            ("v=spf1 -all", Err("is of an unknown version")),
            ("p=YQ==; v=DKIM1", Err("is of an unknown version")),
            ("v=DKIM1; h=sha1; p=YQ==", Err("is for other hashes")),
            ("v=DKIM1; s=tlsrpt; p=YQ==", Err("isn't for mail")),
            ("hello", Err("isn't written as RFC 6376 asks for")),
        ] {
            assert_eq!(key_rules(record.as_bytes()), rules, "{record}");
        }
    }
}
