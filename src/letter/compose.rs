//! From a case to a mail ready to be frozen in the outbox.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::mime::{Mail, build};
use super::template::{Letters, Particulars, TemplateError};
use super::{Audience, ReplyAddresses, SignedAddress};
use crate::case::CaseRef;
use crate::ids::{CaseId, PartyId};
use crate::language::Language;
use crate::policy::Letter;

/// What a company puts in its letters.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The company's name in English and in Chinese letters.
    pub name_en: String,
    pub name_zh: String,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub time_zone: Tz,
    /// Business days until a handler accepts a case (policy: clock *confirm*).
    pub confirm_days: u32,
    /// Business days until the outcome letter (policy: clock *resolve*).
    pub resolve_days: u32,
    /// Whether the envelope sender is a signed address, so that mail returned later is noticed;
    /// the null reverse-path otherwise (RFC 3834 §3.3).
    pub signed_return_path: bool,
}

/// The mail that a letter answers, for mail clients to keep the two together.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Message-ID of the customer's mail, without angle brackets.
    pub message_id: Option<String>,
    /// Its References, oldest first.
    pub references: Vec<String>,
}

/// One letter to the customer of one case.
#[derive(Debug, Clone)]
pub struct ToCustomer {
    pub letter: Letter,
    /// The mailbox address that the customer wrote to, and that the letter comes from.
    pub from: String,
    pub case: CaseId,
    pub reference: CaseRef,
    pub language: Language,
    pub received_at: DateTime<Utc>,
    pub customer: PartyId,
    /// `local@domain`, proven to be one address.
    pub address: String,
    pub thread: Thread,
    /// 32 or more hexadecimal digits that nobody can guess: Message-ID and boundaries.
    pub token: String,
    /// When the letter is written.
    pub now: DateTime<Utc>,
}

/// A mail whose bytes will not change any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Without angle brackets.
    pub message_id: String,
    /// Envelope sender; empty is the null reverse-path.
    pub sender: String,
    /// Envelope recipient.
    pub recipient: String,
    /// RFC 5322, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

/// Writes letters.
#[derive(Debug)]
pub struct Composer {
    letters: Letters,
    sender: Sender,
    reply_addresses: Option<ReplyAddresses>,
}

impl Composer {
    pub fn new(
        letters: Letters,
        sender: Sender,
        reply_addresses: Option<ReplyAddresses>,
    ) -> Composer {
        Composer {
            letters,
            sender,
            reply_addresses,
        }
    }

    /// Writes a letter.
    ///
    /// # Errors
    /// A template that fails on these particulars (they are checked at start, so this is rare).
    pub fn write(&self, to: &ToCustomer) -> Result<Frozen, TemplateError> {
        let sender = &self.sender;
        let company = if to.language == Language::ZH {
            &sender.name_zh
        } else {
            &sender.name_en
        };
        let particulars = Particulars {
            reference: to.reference.to_string(),
            received: local_time(to.received_at, sender.time_zone, to.language),
            company,
            phone: sender.phone.as_deref(),
            website: sender.website.as_deref(),
            confirm_days: sender.confirm_days,
            resolve_days: sender.resolve_days,
        };
        let text = self.letters.render(to.letter, to.language, &particulars)?;
        let domain = to
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let message_id = format!("{}.{}@{domain}", to.token, to.case);
        let sign = |audience| {
            let signed = SignedAddress {
                audience,
                case: to.case,
                person: to.customer,
            };
            self.reply_addresses
                .as_ref()
                .map(|keys| keys.sign(&to.from, signed))
        };
        let bytes = build(&Mail {
            from_name: company,
            from: &to.from,
            to: &to.address,
            reply_to: sign(Audience::Customer).as_deref(),
            text: &text,
            message_id: &message_id,
            thread: &to.thread,
            boundary: &to.token,
            date: to.now,
        })
        .map_err(|problem| TemplateError::Broken {
            name: format!("{}/{}", to.language.as_str(), to.letter.as_str()),
            line: 0,
            problem,
        })?;
        let return_path = if sender.signed_return_path {
            sign(Audience::Bounce)
        } else {
            None
        };
        Ok(Frozen {
            message_id,
            sender: return_path.unwrap_or_default(),
            recipient: to.address.clone(),
            bytes,
        })
    }
}

/// A moment as people in that zone write it, with the zone's offset.
fn local_time(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let format = if language == Language::ZH {
        "%Y年%-m月%-d日%H:%M（UTC%:z）"
    } else {
        "%-d %B %Y, %H:%M (UTC%:z)"
    };
    local.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn composer(signed_return_path: bool) -> Composer {
        let sender = Sender {
            name_en: "Example Ltd".into(),
            name_zh: "示例有限公司".into(),
            phone: Some("400-555-0100".into()),
            website: Some("https://example.com/complaints".into()),
            time_zone: chrono_tz::Asia::Shanghai,
            confirm_days: 2,
            resolve_days: 15,
            signed_return_path,
        };
        let keys = format!("1 {}", "ab".repeat(32));
        let keys = ReplyAddresses::from_key_file(&keys).unwrap();
        Composer::new(Letters::new(BTreeMap::new()).unwrap(), sender, Some(keys))
    }

    fn acknowledgement(language: Language) -> ToCustomer {
        ToCustomer {
            letter: Letter::Acknowledgement,
            from: "complaints@example.com".into(),
            case: CaseId(17),
            reference: CaseRef::new(2026, 17),
            language,
            received_at: DateTime::from_timestamp(1_795_500_000, 0).unwrap(),
            customer: PartyId(42),
            address: "wang@example.net".into(),
            thread: Thread {
                message_id: Some("abc@mail.example.net".into()),
                references: vec!["first@mail.example.net".into()],
            },
            token: "0123456789abcdef0123456789abcdef".into(),
            now: DateTime::from_timestamp(1_795_500_007, 0).unwrap(),
        }
    }

    #[test]
    fn the_acknowledgement_in_english() {
        let mail = composer(false)
            .write(&acknowledgement(Language::EN))
            .unwrap();
        assert_eq!(mail.sender, "");
        insta::assert_snapshot!(String::from_utf8(mail.bytes).unwrap().replace('\r', ""));
    }

    #[test]
    fn the_acknowledgement_in_chinese() {
        let mail = composer(true)
            .write(&acknowledgement(Language::ZH))
            .unwrap();
        assert!(
            mail.sender.starts_with("complaints+b1.17.42."),
            "{}",
            mail.sender
        );
        let message = mail_parser::MessageParser::default()
            .parse(&mail.bytes)
            .unwrap();
        insta::assert_snapshot!(format!(
            "{}\n{}\n{}",
            message.subject().unwrap(),
            message.body_text(0).unwrap().replace('\r', ""),
            message.body_html(0).unwrap().replace('\r', ""),
        ));
    }

    #[test]
    fn the_same_letter_is_the_same_bytes() {
        let write = || {
            composer(false)
                .write(&acknowledgement(Language::ZH))
                .unwrap()
        };
        assert_eq!(write(), write());
    }

    #[test]
    fn every_line_is_ended_by_crlf_and_short_enough() {
        for language in Language::BUILT_IN {
            let mail = composer(false).write(&acknowledgement(language)).unwrap();
            let text = String::from_utf8(mail.bytes).unwrap();
            for line in text.split_inclusive('\n') {
                assert!(line.ends_with("\r\n"), "{line:?}");
                assert!(line.len() <= 998 + 2, "RFC 5322 §2.1.1: {line:?}");
            }
            assert!(!text.replace("\r\n", "").contains('\r'));
        }
    }
}
