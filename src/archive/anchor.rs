//! Anchors: one hash over the history of all cases as it was at a moment.
//!
//! A chain of hashes shows that nobody changed an entry and left the rest alone. Whoever can write to the
//! database could still make all of it anew. They can't make it give the hash that somebody else has kept.
//!
//! An anchor covers, for every case in the order of references, how long its history was and the hash of the
//! last entry; its own number and time; and the anchor before it. How long each history was is kept in the
//! database, so that an older anchor can be reckoned again when cases have grown. Keeping it there is sound:
//! the hash covers it.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

/// An anchor, to be kept by somebody who has no part in running the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// 1 for a database's first.
    pub number: i64,
    pub at: DateTime<Utc>,
    pub cases: u64,
    pub entries: u64,
    pub hash: [u8; 32],
}

/// Reckons an anchor, one case after the other in the order of their references, bytewise.
pub struct Reckoning {
    context: Context,
    cases: u64,
    entries: u64,
}

impl Reckoning {
    /// `before` is the hash of the anchor before; zeros for the first.
    pub fn new(number: i64, at: DateTime<Utc>, before: &[u8; 32]) -> Reckoning {
        let mut context = Context::new(&SHA256);
        context.update(b"redress anchor 1\n");
        context.update(before);
        context.update(&number.to_be_bytes());
        context.update(&at.timestamp_micros().to_be_bytes());
        Reckoning {
            context,
            cases: 0,
            entries: 0,
        }
    }

    pub fn case(&mut self, reference: &str, length: u32, hash: &[u8]) {
        for part in [reference.as_bytes(), &length.to_be_bytes(), hash] {
            self.context.update(&(part.len() as u64).to_be_bytes());
            self.context.update(part);
        }
        self.cases += 1;
        self.entries += u64::from(length);
    }

    /// The number of cases and of entries, and the hash.
    pub fn end(mut self) -> (u64, u64, [u8; 32]) {
        self.context.update(&self.cases.to_be_bytes());
        self.context.update(&self.entries.to_be_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(self.context.finish().as_ref());
        (self.cases, self.entries, hash)
    }
}

impl Anchor {
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.hash)
    }

    pub fn json(&self) -> Value {
        json!({
            "anchor": self.hex(),
            "number": self.number,
            "at": self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "cases": self.cases,
            "entries": self.entries,
        })
    }
}

/// What is kept by an auditor, and can be mailed as it is.
impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(
            f,
            "anchor:  {}\nnumber:  {}\ntime:    {at}\ncases:   {}\nentries: {}\n\n\
             Keep this where nobody who runs the database can change it. Whether the database still holds\n\
             all that it held then is told by\n\n  \
             redress audit verify --all --anchor {}\n",
            self.hex(),
            self.number,
            self.cases,
            self.entries,
            self.hex()
        )
    }
}

/// The hash in what somebody kept: the hash alone, the text or mail that it came in, or its JSON.
pub fn hash_in(text: &str) -> Option<[u8; 32]> {
    let of_hex = |word: &str| <[u8; 32]>::try_from(HEXLOWER.decode(word.as_bytes()).ok()?).ok();
    let text = text.to_ascii_lowercase();
    let mut words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    if let Some(only) = of_hex(text.trim()) {
        return Some(only);
    }
    // the first hash behind the word
    words.find(|word| *word == "anchor")?;
    words.find_map(of_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(change: impl Fn(&mut Vec<(&'static str, u32, [u8; 32])>)) -> Anchor {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let mut cases = vec![
            ("C-2026-000001-4", 2, [1; 32]),
            ("C-2026-000002-2", 5, [2; 32]),
        ];
        change(&mut cases);
        let mut reckoning = Reckoning::new(3, at, &[7; 32]);
        for (reference, length, hash) in cases {
            reckoning.case(reference, length, &hash);
        }
        let (cases, entries, hash) = reckoning.end();
        Anchor {
            number: 3,
            at,
            cases,
            entries,
            hash,
        }
    }

    #[test]
    fn an_anchor_covers_every_case() {
        let whole = anchor(|_| {});
        assert_eq!((whole.cases, whole.entries), (2, 7));
        assert_eq!(whole, anchor(|_| {}));
        for changed in [
            anchor(|cases| cases.truncate(1)),
            anchor(|cases| cases[0].1 = 3),
            anchor(|cases| cases[1].2[31] = 0),
            anchor(|cases| cases[1].0 = "C-2026-000003-1"),
            anchor(|cases| cases.swap(0, 1)),
        ] {
            assert_ne!(changed.hash, whole.hash);
        }
    }

    #[test]
    fn the_hash_is_found_in_whatever_was_kept() {
        let anchor = anchor(|_| {});
        let hash = Some(anchor.hash);
        assert_eq!(hash_in(&anchor.hex()), hash);
        assert_eq!(
            hash_in(&format!(" {}\n", anchor.hex().to_uppercase())),
            hash
        );
        assert_eq!(hash_in(&anchor.to_string()), hash);
        assert_eq!(hash_in(&anchor.json().to_string()), hash);
        let mail = format!(
            "Message-ID: <{}@x>\r\nSubject: Weekly\r\n\r\n{anchor}",
            "0".repeat(64)
        );
        assert_eq!(hash_in(&mail), hash);
        assert_eq!(hash_in("anchor: 12"), None);
        assert_eq!(hash_in(""), None);
    }
}
