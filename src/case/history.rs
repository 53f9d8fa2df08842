//! The history of a case: facts, each chained by hash to the one before (policy §6).

use chrono::{DateTime, Utc};
use ring::digest::{Context, SHA256};

use super::{Actor, Case, CaseRef, Fact};

/// A fact with its place in the history of its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1 for the first entry of a case.
    pub sequence: i32,
    pub at: DateTime<Utc>,
    /// Who did it, as [`Actor`] is written.
    pub actor: String,
    /// The event's name, as in [`Fact`].
    pub event: String,
    /// The event's data: JSON, hashed exactly as it stands.
    pub data: String,
    pub hash: [u8; 32],
}

/// The end of a case's history, to which the next fact is chained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// Entries so far.
    pub length: i32,
    /// Hash of the last entry; zeros before the first.
    pub hash: [u8; 32],
}

impl Chain {
    /// The chain before a case's first fact.
    pub const START: Chain = Chain {
        length: 0,
        hash: [0; 32],
    };

    /// Chains one more fact.
    pub fn append(
        &mut self,
        reference: CaseRef,
        at: DateTime<Utc>,
        actor: &Actor,
        fact: &Fact,
    ) -> Entry {
        let (event, data) = match serde_json::to_value(fact) {
            Ok(serde_json::Value::Object(mut map)) => (
                map.remove("event")
                    .and_then(|v| v.as_str().map(str::to_owned)),
                map.remove("data").map(|v| v.to_string()),
            ),
            Ok(_) | Err(_) => (None, None),
        };
        let entry = Entry {
            sequence: self.length + 1,
            at,
            actor: actor.to_string(),
            event: event.expect("a fact serialises as an object with its event's name"),
            data: data.expect("a fact serialises as an object with its data"),
            hash: [0; 32],
        };
        let entry = Entry {
            hash: entry.hash_after(&self.hash, reference),
            ..entry
        };
        *self = Chain {
            length: entry.sequence,
            hash: entry.hash,
        };
        entry
    }
}

impl Entry {
    /// SHA-256 over the hash before, then the reference, sequence, time (microseconds since 1970),
    /// actor, event and data, each preceded by its length as eight bytes, big-endian.
    pub fn hash_after(&self, before: &[u8; 32], reference: CaseRef) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(before);
        for part in [
            reference.to_string().as_bytes(),
            &self.sequence.to_be_bytes(),
            &self.at.timestamp_micros().to_be_bytes(),
            self.actor.as_bytes(),
            self.event.as_bytes(),
            self.data.as_bytes(),
        ] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    /// Whether entries in order form an unbroken chain; the sequence number of the first that doesn't fit.
    pub fn verify(reference: CaseRef, entries: &[Entry]) -> Result<(), i32> {
        let mut before = Chain::START;
        for entry in entries {
            if entry.sequence != before.length + 1
                || entry.hash != entry.hash_after(&before.hash, reference)
            {
                return Err(before.length + 1);
            }
            before = Chain {
                length: entry.sequence,
                hash: entry.hash,
            };
        }
        Ok(())
    }
}

/// A history that doesn't give a case back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence}: {problem}")]
pub struct Unreplayable {
    pub sequence: i32,
    pub problem: String,
}

impl Entry {
    /// The fact that it keeps.
    pub fn fact(&self) -> Result<Fact, Unreplayable> {
        let text = format!(r#"{{"event":"{}","data":{}}}"#, self.event, self.data);
        serde_json::from_str(&text).map_err(|error| Unreplayable {
            sequence: self.sequence,
            problem: format!(
                "'{}' is no event that this program knows: {error}",
                self.event
            ),
        })
    }
}

/// The case that its history gives.
pub fn replay(entries: &[Entry]) -> Result<Case, Unreplayable> {
    let mut case: Option<Case> = None;
    for entry in entries {
        let fact = entry.fact()?;
        match &mut case {
            Some(case) => case.apply(&fact, entry.at),
            None => {
                case = Some(Case::open(&fact).ok_or_else(|| Unreplayable {
                    sequence: entry.sequence,
                    problem: "a history begins with 'received'".to_owned(),
                })?);
            }
        }
    }
    case.ok_or_else(|| Unreplayable {
        sequence: 0,
        problem: "there is no history".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::case::{Author, Channel};
    use crate::ids::LandedId;
    use crate::language::Language;
    use crate::policy::Letter;

    fn three_entries() -> Vec<Entry> {
        let at = DateTime::from_timestamp(1_790_000_000, 123_456_000).unwrap();
        let mut chain = Chain::START;
        [
            Fact::Received {
                landed: Some(LandedId(1)),
                received_at: at,
                channel: Channel::Email,
                language: Language::EN,
                profile: "default".into(),
                words: None,
                gives: BTreeSet::new(),
                follows: None,
                resembles: None,
                flood: false,
            },
            Fact::LetterQueued {
                letter: Letter::Acknowledgement,
            },
            Fact::Wrote {
                landed: LandedId(2),
                by: Author::Customer,
                proven: true,
            },
        ]
        .iter()
        .map(|fact| chain.append(CaseRef::new(2026, 17), at, &Actor::Redress, fact))
        .collect()
    }

    #[test]
    fn an_untouched_history_verifies() {
        assert_eq!(
            Entry::verify(CaseRef::new(2026, 17), &three_entries()),
            Ok(())
        );
        insta::assert_snapshot!(
            three_entries()
                .iter()
                .map(|e| format!("{} {} {}\n", e.sequence, e.event, e.data))
                .collect::<String>()
        );
    }

    #[test]
    fn any_change_of_history_is_noticed() {
        type Change = fn(&mut Vec<Entry>);
        let changes: [(Change, i32); 7] = [
            (|e| e[0].actor.push('x'), 1),
            (|e| e[1].data = "{}".into(), 2),
            (|e| e[1].event = "letter_withheld".into(), 2),
            (|e| e[2].at += chrono::Duration::microseconds(1), 3),
            (|e| drop(e.remove(1)), 2),
            (|e| e.swap(0, 1), 1),
            (|e| e[2].hash[0] ^= 1, 3),
        ];
        for (change, at) in changes {
            let mut entries = three_entries();
            change(&mut entries);
            assert_eq!(Entry::verify(CaseRef::new(2026, 17), &entries), Err(at));
        }
        assert_eq!(
            Entry::verify(CaseRef::new(2026, 18), &three_entries()),
            Err(1),
            "another case's"
        );
    }
}
