//! Signed addresses: a reply finds its case by the address it was sent to, and nobody can make one up.
//!
//! `complaints+c1.17.42.<mac>@example.com`: audience and key epoch, case, person, and an HMAC-SHA256
//! over all of them and the mailbox (RFC 5233 subaddressing). Digits and lower-case letters only,
//! since some mail servers change the case of a local part.

use chrono::NaiveDate;
use data_encoding::BASE32_NOPAD;
use ring::hmac;

use crate::ids::{CaseId, MemberId, PartyId};

/// Who was given a signed address, and so what mail to it can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The customer, to write about the case.
    Customer(PartyId),
    /// A mail server, to return what it can't deliver (the envelope sender of our mail).
    Bounce(PartyId),
    /// A member of staff, to work on the case.
    Work(MemberId),
    /// A member of staff, to write to the customer.
    ToCustomer(MemberId),
    /// A member of staff, about no case: lists, complaints by phone, actions of a review.
    Desk(MemberId),
    /// A third party, to write about the case it was invited to.
    ThirdParty(PartyId),
}

/// What a signed address stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedAddress {
    pub audience: Audience,
    /// `None` at a desk alone.
    pub case: Option<CaseId>,
}

/// A signed address that proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    pub signed: SignedAddress,
    /// How many keys are younger than the one that signed it.
    pub age: usize,
    /// The day on which the next younger key replaced it, where the key file says so.
    pub replaced_on: Option<NaiveDate>,
}

/// Makes and proves signed addresses. The key of the highest epoch signs; all of them prove.
#[derive(Clone)]
pub struct ReplyAddresses {
    /// The youngest first.
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    epoch: u8,
    key: hmac::Key,
    /// The day that it signs from.
    since: Option<NaiveDate>,
}

/// A key file that can't be used. Never tells the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyKeysError {
    #[error(
        "line {0}: expected an epoch from 1 to 255, a key, and perhaps the day that it signs from: `1 <64 hexadecimal digits> 2026-11-24`"
    )]
    Shape(usize),
    #[error(
        "line {0}: the key must be 32 bytes, as 64 hexadecimal digits: `openssl rand -hex 32` makes one"
    )]
    Length(usize),
    #[error("line {0}: this epoch was used above; each key has its own")]
    Twice(usize),
    #[error("no key in it: `echo 1 $(openssl rand -hex 32)` makes the first line")]
    Empty,
}

/// Most bytes of a message's headers that are looked at for addresses of staff.
const MOST_HEAD: usize = 65_536;

/// Bytes of the HMAC that an address carries: 128 bits, 26 characters.
const MAC_BYTES: usize = 16;

impl ReplyAddresses {
    /// Reads a key file: a line `<epoch> <hexadecimal key>` for each key; `#` starts a comment.
    pub fn from_key_file(text: &str) -> Result<ReplyAddresses, ReplyKeysError> {
        let mut keys: Vec<Key> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            let shape = || ReplyKeysError::Shape(number);
            let mut words = line.split_whitespace();
            let (epoch, key) = words.next().zip(words.next()).ok_or_else(shape)?;
            let since = words
                .next()
                .map(|day| day.parse::<NaiveDate>().map_err(|_| shape()));
            if words.next().is_some() {
                return Err(shape());
            }
            let epoch: u8 = epoch.parse().map_err(|_| shape())?;
            if epoch == 0 {
                return Err(shape());
            }
            if keys.iter().any(|used| used.epoch == epoch) {
                return Err(ReplyKeysError::Twice(number));
            }
            let key = data_encoding::HEXLOWER_PERMISSIVE
                .decode(key.as_bytes())
                .ok()
                .filter(|key| key.len() == 32)
                .ok_or(ReplyKeysError::Length(number))?;
            keys.push(Key {
                epoch,
                key: hmac::Key::new(hmac::HMAC_SHA256, &key),
                since: since.transpose()?,
            });
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.epoch));
        if keys.is_empty() {
            return Err(ReplyKeysError::Empty);
        }
        Ok(ReplyAddresses { keys })
    }

    /// The epoch of the key that signs.
    pub fn epoch(&self) -> u8 {
        self.keys.first().map_or(0, |key| key.epoch)
    }

    /// The address of a mailbox (`local@domain`) for one case, person and audience.
    pub fn sign(&self, mailbox: &str, signed: SignedAddress) -> String {
        let Key { epoch, key, .. } = &self.keys[0];
        let (local, domain) = mailbox.rsplit_once('@').unwrap_or((mailbox, ""));
        let tag = tag(*epoch, signed);
        let mac = hmac::sign(key, &message(mailbox, &tag));
        let mac = BASE32_NOPAD
            .encode(&mac.as_ref()[..MAC_BYTES])
            .to_ascii_lowercase();
        format!("{local}+{tag}.{mac}@{domain}")
    }

    /// What an address stands for, if it is one of ours for this mailbox and its signature holds.
    /// Compares in constant time.
    pub fn prove(&self, mailbox: &str, address: &str) -> Option<Proven> {
        let (local, domain) = mailbox.rsplit_once('@')?;
        let (full, its_domain) = address.rsplit_once('@')?;
        let (its_local, text) = full.split_once('+')?;
        if !its_domain.eq_ignore_ascii_case(domain) || !its_local.eq_ignore_ascii_case(local) {
            return None;
        }
        let text = text.to_ascii_lowercase();
        let (shown, mac) = text.rsplit_once('.')?;
        let (epoch, signed) = read_tag(shown)?;
        let mac = BASE32_NOPAD
            .decode(mac.to_ascii_uppercase().as_bytes())
            .ok()?;
        let age = self.keys.iter().position(|key| key.epoch == epoch)?;
        let key = self.keys.get(age)?;
        let younger = age.checked_sub(1).and_then(|age| self.keys.get(age));
        let replaced_on = younger.and_then(|key| key.since);
        let expected = hmac::sign(&key.key, &message(mailbox, &tag(epoch, signed)));
        let difference = mac
            .iter()
            .zip(&expected.as_ref()[..MAC_BYTES])
            .fold(u8::from(mac.len() != MAC_BYTES), |all, (a, b)| {
                all | (a ^ b)
            });
        (std::hint::black_box(difference) == 0).then_some(Proven {
            signed,
            age,
            replaced_on,
        })
    }
}

impl std::fmt::Debug for ReplyAddresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyAddresses")
            .field(
                "epochs",
                &self.keys.iter().map(|key| key.epoch).collect::<Vec<_>>(),
            )
            .finish()
    }
}

fn tag(epoch: u8, signed: SignedAddress) -> String {
    let (audience, person) = match signed.audience {
        Audience::Customer(person) => ('c', person.0),
        Audience::Bounce(person) => ('b', person.0),
        Audience::Work(member) => ('w', member.0),
        Audience::ToCustomer(member) => ('t', member.0),
        Audience::Desk(member) => ('d', member.0),
        Audience::ThirdParty(person) => ('p', person.0),
    };
    // no case has the number 0
    let case = signed.case.map_or(0, |case| case.0);
    format!("{audience}{epoch}.{case}.{person}")
}

/// Whether a message seems to be meant for an address that was made for staff. It proves nothing: whoever makes
/// one up is read a little sooner.
pub fn seems_by_staff(message: &[u8]) -> bool {
    let head = &message[..message.len().min(MOST_HEAD)];
    let end = ["\n\n", "\n\r\n"]
        .iter()
        .filter_map(|end| memchr::memmem::find(head, end.as_bytes()))
        .min();
    let head = &head[..end.unwrap_or(head.len())];
    memchr::memchr_iter(b'+', head).any(|at| {
        let tag = head[at + 1..].get(..2);
        tag.is_some_and(|tag| {
            matches!(tag[0].to_ascii_lowercase(), b'w' | b't' | b'd') && tag[1].is_ascii_digit()
        })
    })
}

fn read_tag(tag: &str) -> Option<(u8, SignedAddress)> {
    let mut parts = tag.split('.');
    let (Some(head), Some(case), Some(person), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let person = person.parse().ok()?;
    let audience = match head.chars().next()? {
        'c' => Audience::Customer(PartyId(person)),
        'b' => Audience::Bounce(PartyId(person)),
        'w' => Audience::Work(MemberId(person)),
        't' => Audience::ToCustomer(MemberId(person)),
        'd' => Audience::Desk(MemberId(person)),
        'p' => Audience::ThirdParty(PartyId(person)),
        _ => return None,
    };
    let case = case.parse().ok()?;
    let case = (case != 0).then_some(CaseId(case));
    if matches!(audience, Audience::Desk(_)) != case.is_none() {
        return None;
    }
    let signed = SignedAddress { audience, case };
    Some((head[1..].parse().ok()?, signed))
}

fn message(mailbox: &str, tag: &str) -> Vec<u8> {
    format!("redress address 1\0{}\0{tag}", mailbox.to_ascii_lowercase()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEYS: &str = "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f # old\n\
                        2 ff0102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f\n";
    const MAILBOX: &str = "complaints@example.com";

    const CUSTOMER: Audience = Audience::Customer(PartyId(42));

    fn signed(audience: Audience) -> SignedAddress {
        let desk = matches!(audience, Audience::Desk(_));
        SignedAddress {
            audience,
            case: (!desk).then_some(CaseId(17)),
        }
    }

    fn proven(audience: Audience, age: usize) -> Option<Proven> {
        let signed = signed(audience);
        Some(Proven {
            signed,
            age,
            replaced_on: None,
        })
    }

    #[test]
    fn our_own_address_proves_itself_whatever_its_case() {
        let addresses = ReplyAddresses::from_key_file(KEYS).unwrap();
        for audience in [
            CUSTOMER,
            Audience::Bounce(PartyId(42)),
            Audience::Work(MemberId(42)),
            Audience::ToCustomer(MemberId(42)),
            Audience::Desk(MemberId(42)),
            Audience::ThirdParty(PartyId(42)),
        ] {
            let address = addresses.sign(MAILBOX, signed(audience));
            assert!(
                address.split('@').next().unwrap().len() <= 64,
                "RFC 5321 §4.5.3.1.1"
            );
            for address in [address.clone(), address.to_uppercase()] {
                assert_eq!(addresses.prove(MAILBOX, &address), proven(audience, 0));
            }
        }
    }

    #[test]
    fn an_address_of_an_older_key_still_proves_itself() {
        let old = ReplyAddresses::from_key_file(KEYS.lines().next().unwrap()).unwrap();
        let address = old.sign(MAILBOX, signed(CUSTOMER));
        let both = ReplyAddresses::from_key_file(KEYS).unwrap();
        assert_eq!(both.prove(MAILBOX, &address), proven(CUSTOMER, 1));
        let new = ReplyAddresses::from_key_file(KEYS.lines().last().unwrap()).unwrap();
        assert_eq!(
            new.prove(MAILBOX, &address),
            None,
            "a key taken away proves nothing"
        );
    }

    #[test]
    fn a_key_tells_when_the_one_before_it_was_replaced() {
        let (first, second) = KEYS.split_once('\n').unwrap();
        let old = ReplyAddresses::from_key_file(first).unwrap();
        let address = old.sign(MAILBOX, signed(CUSTOMER));
        let both = format!("{first}\n{} 2026-11-24", second.trim());
        let proven = ReplyAddresses::from_key_file(&both)
            .unwrap()
            .prove(MAILBOX, &address)
            .unwrap();
        assert_eq!(
            (proven.age, proven.replaced_on),
            (1, NaiveDate::from_ymd_opt(2026, 11, 24))
        );
    }

    #[test]
    fn a_changed_address_proves_nothing() {
        let addresses = ReplyAddresses::from_key_file(KEYS).unwrap();
        let address = addresses.sign(MAILBOX, signed(CUSTOMER));
        for forged in [
            address.replace("c2.17.", "c2.18."),
            address.replace(".42.", ".43."),
            address.replace("+c2.", "+b2."),
            address.replace("+c2.", "+w2."),
            address.replace("+c2.", "+t2."),
            address.replace("+c2.", "+p2."),
            address.replace("+c2.17.", "+d2.0."),
            address.replace("+c2.", "+c1."),
            address.replace("+c2.", "+c3."),
            address.replace(".17.", ".017."),
            address.replace("complaints", "service"),
            address.replace("example.com", "example.com.evil.test"),
            MAILBOX.to_owned(),
            format!("complaints+{}@example.com", "c2.17.42."),
            "complaints+@example.com".to_owned(),
            "+@".to_owned(),
        ] {
            let found = addresses.prove(MAILBOX, &forged);
            // the number is read, not the text: `017` is the same case and the same signature
            let same = if forged.contains(".017.") {
                proven(CUSTOMER, 0)
            } else {
                None
            };
            assert_eq!(found, same, "{forged}");
        }
    }

    #[test]
    fn a_bad_key_file_is_refused_with_its_line() {
        for (text, error) in [
            ("", ReplyKeysError::Empty),
            ("# only a comment", ReplyKeysError::Empty),
            ("secret", ReplyKeysError::Shape(1)),
            ("0 00", ReplyKeysError::Shape(1)),
            ("1 00 yesterday", ReplyKeysError::Length(1)),
            ("1 00 2026-11-24 more", ReplyKeysError::Shape(1)),
            ("\n1 abcd", ReplyKeysError::Length(2)),
            (
                &format!("{0}{0}", KEYS.lines().last().unwrap().to_owned() + "\n"),
                ReplyKeysError::Twice(2),
            ),
        ] {
            assert_eq!(
                ReplyAddresses::from_key_file(text).unwrap_err(),
                error,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_proves_itself_or_panics(text in ".{0,80}@example.com") {
            let addresses = ReplyAddresses::from_key_file(KEYS).unwrap();
            prop_assert_eq!(addresses.prove(MAILBOX, &text), None);
        }
    }
}
