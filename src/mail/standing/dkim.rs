//! Our own check of signatures (DKIM, RFC 6376), in two steps: what a message claims, with everything about it
//! that can be told without asking anyone; and whether the keys, once looked up, bear it out.
//!
//! The first step is bounded before the second costs anything: few signatures are looked at, only those
//! that could prove the author, and each body is hashed once for each way to hash it.

use std::borrow::Cow;

use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::Canonicalization;

use super::signature::{self, Signature};
use super::{Answer, domain};
use crate::mail::headers::{Headers, unfolded};

/// Most signatures looked at, from the top, and most of them that are worth asking for their keys.
const MOST_SIGNATURES: usize = 30;
const MOST_CLAIMS: usize = 4;
/// Most key records under one name, and longest one, in bytes.
const MOST_RECORDS: usize = 5;
const LONGEST_RECORD: usize = 8_000;

/// Fields that must be signed, as often as they are there: who wrote what to whom, and when.
const MUST_BE_SIGNED: [&str; 5] = ["from", "to", "subject", "date", "message-id"];

/// A signature that fits its message, and needs only its key to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where the key is: a name for DNS, without a final dot.
    pub key_name: String,
    pub domain: String,
    /// Seconds since 1970.
    pub(super) signed_at: Option<i64>,
    expires: Option<i64>,
    identity: String,
    algorithm: Algorithm,
    /// The signed fields in canonical form, the signature's own last (§3.7).
    signed: Vec<u8>,
    signature: Vec<u8>,
}

/// What came of looking at a message's signatures.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) claims: Vec<Claim>,
    /// Why the first one of the author's organisation proves nothing, and whether it was broken
    /// rather than too weak.
    pub(super) refused: Option<(String, bool)>,
}

/// Signatures of the organisation that `author` (an ASCII domain) belongs to.
pub(super) fn claims(raw: &[u8], head: &Headers<'_>, author: &str) -> Claims {
    let mut found = Claims::default();
    if head.raw("dkim-signature").is_none() {
        return found;
    }
    let Some((fields, body)) = strict_fields(raw) else {
        let why = "its fields can be read in two ways, so no signature counts";
        found.refused = Some((why.to_owned(), false));
        return found;
    };
    let message = Message {
        fields,
        body: with_crlf(body),
    };
    let mut hashes: Vec<((Canonicalization, Algorithm), Vec<u8>)> = Vec::new();
    let signatures = message
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"dkim-signature"));
    for (name, value) in signatures.take(MOST_SIGNATURES) {
        if found.claims.len() == MOST_CLAIMS {
            break;
        }
        let text = unfolded(value);
        let signature = signature::parse(&text);
        let of = match &signature {
            Ok(signature) => Some(signature.domain.clone()),
            Err(_) => signature::domain_of(&text),
        };
        let Some(of) = of.filter(|of| domain::aligned(of, author)) else {
            continue;
        };
        let checked = signature
            .map_err(|why| (why, false))
            .and_then(|signature| message.check(&signature, &mut hashes).map(|()| signature));
        match checked {
            Ok(signature) => found.claims.push(message.claim(signature, (*name, *value))),
            Err((why, broken)) => {
                let why = format!("the signature of {of} {why}");
                found.refused.get_or_insert((why, broken));
            }
        }
    }
    found
}

/// What a claim has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Proven,
    /// The key isn't to be had now.
    Temporary,
    /// It proves nothing, for this reason.
    Weak(&'static str),
    /// The key says otherwise.
    Broken(&'static str),
}

impl Claim {
    /// Whether the key bears it out; `now` in seconds since 1970, where times are to be judged.
    pub(super) fn outcome(&self, answer: &Answer, now: Option<i64>) -> Outcome {
        if let Some(now) = now {
            if self.expires.is_some_and(|expires| expires < now) {
                return Outcome::Weak("has expired");
            }
            // clocks differ, though not by a day
            if self.signed_at.is_some_and(|at| at > now + 24 * 3600) {
                return Outcome::Weak("is from the future");
            }
        }
        if let (Some(at), Some(expires)) = (self.signed_at, self.expires)
            && expires <= at
        {
            return Outcome::Weak("has expired before it was made");
        }
        let records = match answer {
            Answer::Records(records) => records,
            Answer::Nothing => return Outcome::Weak("has no key in DNS"),
            Answer::Temporary => return Outcome::Temporary,
        };
        // several keys under one name are undefined (§3.6.2.2): one that fits is enough
        let mut outcome = Outcome::Weak("has no key in DNS");
        for record in records.iter().take(MOST_RECORDS) {
            match self.with_key(record) {
                Outcome::Proven => return Outcome::Proven,
                Outcome::Broken(why) => outcome = Outcome::Broken(why),
                other if outcome == Outcome::Weak("has no key in DNS") => outcome = other,
                Outcome::Weak(_) | Outcome::Temporary => {}
            }
        }
        outcome
    }

    fn with_key(&self, record: &[u8]) -> Outcome {
        if record.len() > LONGEST_RECORD {
            return Outcome::Weak("has no key in DNS");
        }
        let rules = match signature::key_rules(record) {
            Ok(rules) => rules,
            Err("was revoked") => return Outcome::Weak("is by a key that was revoked"),
            Err(_) => return Outcome::Weak("has no usable key in DNS"),
        };
        if rules.testing {
            return Outcome::Weak("is by a key that is being tested");
        }
        if rules.strict && self.identity != self.domain {
            return Outcome::Broken("has an identity that its key is not for");
        }
        let Ok(key) = DomainKey::parse(record) else {
            return Outcome::Weak("has no usable key in DNS");
        };
        match key
            .p
            .verify_bytes(&self.signed, &self.signature, self.algorithm)
        {
            Ok(()) => Outcome::Proven,
            Err(_) => Outcome::Broken("doesn't hold"),
        }
    }
}

/// A message as signers see it: CRLF at the end of each line, fields exactly as they stand.
struct Message<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
    body: Cow<'a, [u8]>,
}

impl Message<'_> {
    /// All that can be told without the key; why not, and whether the message was changed.
    fn check(
        &self,
        signature: &Signature,
        hashes: &mut Vec<((Canonicalization, Algorithm), Vec<u8>)>,
    ) -> Result<(), (&'static str, bool)> {
        // anybody could add to what is signed
        if signature.partial {
            return Err(("covers only a part of the text (l=)", false));
        }
        for name in MUST_BE_SIGNED {
            let there = self
                .fields
                .iter()
                .filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
                .count();
            let signed = signature.signed.iter().filter(|n| *n == name).count();
            if signed == 0 {
                return Err(("leaves out From, To, Subject, Date or Message-ID", false));
            }
            if there > signed {
                return Err(("leaves out a field that is there several times", false));
            }
        }
        // how a line ends in the middle is read in two ways
        if memchr::memchr_iter(b'\r', &self.body).any(|at| self.body.get(at + 1) != Some(&b'\n')) {
            return Err(("covers a text with damaged line ends", false));
        }
        let key = (signature.body, signature.algorithm);
        let known = hashes
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, hash)| hash.clone());
        let hash = known.unwrap_or_else(|| {
            let body = signature.body.canonical_body(&self.body, 0);
            let hash = HashAlgorithm::Sha256.hash(body).as_ref().to_vec();
            hashes.push((key, hash.clone()));
            hash
        });
        if hash != signature.body_hash {
            return Err(("doesn't fit the text: it was changed on the way", true));
        }
        Ok(())
    }

    fn claim(&self, signature: Signature, field: (&[u8], &[u8])) -> Claim {
        let mut signed = Vec::new();
        // §5.4.2: of several fields of one name the lowest is signed first
        let mut used = vec![false; self.fields.len()];
        let mut chosen: Vec<(&[u8], Cow<'_, [u8]>)> = Vec::new();
        for name in &signature.signed {
            let at = (0..self.fields.len())
                .rev()
                .find(|at| !used[*at] && self.fields[*at].0.eq_ignore_ascii_case(name.as_bytes()));
            if let Some(at) = at {
                used[at] = true;
                chosen.push((self.fields[at].0, with_crlf(self.fields[at].1)));
            }
        }
        let without = with_crlf(field.1);
        chosen.push((field.0, without_signature(&without).into()));
        let fields = chosen.iter().map(|(name, value)| (*name, value.as_ref()));
        signature.head.canonicalize_headers(fields, &mut signed);
        Claim {
            key_name: format!("{}._domainkey.{}", signature.selector, signature.domain),
            domain: signature.domain,
            signed_at: signature.signed_at,
            expires: signature.expires,
            identity: signature.identity,
            algorithm: signature.algorithm,
            signed,
            signature: signature.signature,
        }
    }
}

type Fields<'a> = Vec<(&'a [u8], &'a [u8])>;

/// Fields as RFC 5322 §2.2 has them, values with their line ends, and the body; `None` where a line before
/// the body is neither a field nor its continuation, so that programs may disagree on what is what.
fn strict_fields(raw: &[u8]) -> Option<(Fields<'_>, &[u8])> {
    let mut fields: Fields<'_> = Vec::new();
    let mut start = 0;
    // what a mailbox file put before the first field isn't of the message
    if raw.starts_with(b"From ") {
        start = memchr::memchr(b'\n', raw)? + 1;
    }
    while start < raw.len() {
        let end = memchr::memchr(b'\n', &raw[start..]).map_or(raw.len(), |at| start + at + 1);
        let line = &raw[start..end];
        if matches!(line, b"\r\n" | b"\n") {
            return Some((fields, &raw[end..]));
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if memchr::memchr2(b'\r', 0, text).is_some() {
            return None;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            let (_, value) = fields.last_mut()?;
            let from = start - value.len();
            *value = &raw[from..end];
        } else {
            let colon = memchr::memchr(b':', line)?;
            let name = &line[..colon];
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
                return None;
            }
            fields.push((name, &line[colon + 1..]));
        }
        start = end;
    }
    Some((fields, &[]))
}

/// Lines that end as they do on the wire, whatever a file made of them.
fn with_crlf(text: &[u8]) -> Cow<'_, [u8]> {
    let bare = |at: usize| at == 0 || text[at - 1] != b'\r';
    if !memchr::memchr_iter(b'\n', text).any(bare) {
        return text.into();
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', text) {
        out.extend_from_slice(&text[from..at]);
        if bare(at) {
            out.push(b'\r');
        }
        out.push(b'\n');
        from = at + 1;
    }
    out.extend_from_slice(&text[from..]);
    out.into()
}

/// A signature's own field without the value of `b=` and without its line end (§3.5, §3.7).
fn without_signature(value: &[u8]) -> Vec<u8> {
    let value = value.strip_suffix(b"\r\n").unwrap_or(value);
    let mut out = Vec::with_capacity(value.len());
    for (i, piece) in value.split(|b| *b == b';').enumerate() {
        if i > 0 {
            out.push(b';');
        }
        let sign = memchr::memchr(b'=', piece);
        match sign {
            Some(sign) if piece[..sign].trim_ascii() == b"b" => {
                out.extend_from_slice(&piece[..=sign]);
            }
            Some(_) | None => out.extend_from_slice(piece),
        }
    }
    out
}

#[cfg(test)]
#[path = "dkim_tests.rs"]
mod tests;
