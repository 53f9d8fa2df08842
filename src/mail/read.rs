//! Reading one message, step by step.

use mail_parser::{HeaderName, Message, MessageParser};

use super::headers::Headers;
use super::{Address, Nature, Quarantine, Reading, address, attachments, clean, language, screen};

/// What the reader has to know besides the message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Our own mailbox addresses, in lower case and without tags: mail from them is our own.
    pub own_addresses: &'a [String],
}

/// Longest subject and name kept, in characters.
const LONGEST_SUBJECT: usize = 500;
const LONGEST_NAME: usize = 200;
/// Longest text kept, in bytes; the rest stays in the raw message.
const LONGEST_TEXT: usize = 2_000_000;
/// Most addresses kept of a list, and most Message-IDs.
const MOST_ADDRESSES: usize = 200;
const MOST_MESSAGE_IDS: usize = 100;

/// Reads one raw message. Never fails: what can't be read is quarantined, with the reason.
pub fn read(raw: &[u8], context: &Context<'_>) -> Reading {
    if let Some(reason) = screen::refuse(raw) {
        return refused(raw, reason);
    }
    let headers = Headers::of(raw);
    let Some(message) = MessageParser::default().parse(raw) else {
        return refused(raw, "no headers".to_owned());
    };
    let mut reading = Reading {
        message_id: headers.message_ids("message-id", 1).into_iter().next(),
        in_reply_to: headers.message_ids("in-reply-to", MOST_MESSAGE_IDS),
        references: headers.message_ids("references", MOST_MESSAGE_IDS),
        reply_to: addresses(&message, HeaderName::ReplyTo),
        to: addresses(&message, HeaderName::To),
        cc: addresses(&message, HeaderName::Cc),
        delivered_to: delivered_to(&headers),
        subject: clean::line(message.subject().unwrap_or(""), LONGEST_SUBJECT),
        date: message
            .date()
            .and_then(|date| chrono::DateTime::parse_from_rfc3339(&date.to_rfc3339()).ok()),
        attachments: attachments::attachments(&message),
        ..Reading::default()
    };
    author(&message, &mut reading);
    text(&message, &mut reading);
    reading.new_text = reading.text.clone();
    let seen = format!("{}\n{}", reading.subject, reading.new_text);
    reading.language = language::detect(&seen).map(str::to_owned);
    let from = reading.from.as_ref().map(|from| from.address.as_str());
    (reading.nature, reading.nature_evidence) =
        super::nature::nature(&headers, from, &reading.subject, context.own_addresses);
    if reading.nature == Nature::Bounce {
        reading.bounce = Some(super::bounce::bounce(&message, raw));
    }
    if message.attachment_count() > attachments::MOST {
        reading
            .warnings
            .push("too many attachments to list".to_owned());
    }
    // robots are filed whatever they call themselves; a person we can't write to needs staff's eye
    if reading.nature == Nature::Human && reading.from.is_none() {
        let reason = match message.from().map_or(0, |from| from.iter().count()) {
            0 | 1 => "no usable sender address",
            _ => "several authors",
        };
        reading.quarantine = Some(Quarantine {
            reason: reason.to_owned(),
        });
    }
    reading
}

/// What can be said of a message that mustn't be parsed: its plainest headers.
fn refused(raw: &[u8], reason: String) -> Reading {
    let bounded = &raw[..raw.len().min(100_000)];
    let headers = Headers::of(bounded);
    let from = headers.first("from").and_then(|value| {
        let inner = value.rsplit_once('<').map_or(value, |(_, rest)| rest);
        address::plain(inner.trim_end_matches('>'))
    });
    Reading {
        message_id: headers.message_ids("message-id", 1).into_iter().next(),
        from: from.map(|address| Address {
            name: None,
            address,
        }),
        subject: clean::line(headers.first("subject").unwrap_or(""), LONGEST_SUBJECT),
        quarantine: Some(Quarantine { reason }),
        ..Reading::default()
    }
}

/// Exactly one From with exactly one plain address is an author; anything else is nobody.
fn author(message: &Message<'_>, reading: &mut Reading) {
    let fields = message.header_values(HeaderName::From).count();
    let mut authors = message
        .from()
        .into_iter()
        .flat_map(mail_parser::Address::iter);
    let (first, second) = (authors.next(), authors.next());
    reading.from = match (fields, first, second) {
        (1, Some(one), None) => {
            let name = one.name().map(|name| clean::line(name, LONGEST_NAME));
            one.address()
                .and_then(address::plain)
                .map(|address| Address {
                    name: name.filter(|name| !name.is_empty()),
                    address,
                })
        }
        _ => None,
    };
    if fields > 1 {
        reading.warnings.push("several From headers".to_owned());
    }
}

fn addresses(message: &Message<'_>, header: HeaderName<'static>) -> Vec<Address> {
    message
        .header_values(header)
        .filter_map(|value| value.as_address())
        .flat_map(mail_parser::Address::iter)
        .filter_map(|one| {
            let name = one.name().map(|name| clean::line(name, LONGEST_NAME));
            Some(Address {
                name: name.filter(|name| !name.is_empty()),
                address: address::plain(one.address()?)?,
            })
        })
        .take(MOST_ADDRESSES)
        .collect()
}

fn delivered_to(headers: &Headers) -> Vec<String> {
    [
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
    ]
    .into_iter()
    .flat_map(|name| headers.all(name))
    .filter_map(|value| address::plain(value.trim_matches(['<', '>', ' '])))
    .take(MOST_ADDRESSES)
    .collect()
}

/// The first readable text; an HTML body as text where there is nothing else.
fn text(message: &Message<'_>, reading: &mut Reading) {
    let mut all = String::new();
    for position in 0..message.text_body_count().min(50) {
        let Some(part) = message.body_text(position) else {
            continue;
        };
        if !all.is_empty() {
            all.push_str("\n\n");
        }
        let room = LONGEST_TEXT.saturating_sub(all.len());
        let end = part.floor_char_boundary(room);
        all.push_str(&part[..end]);
        if end < part.len() {
            reading
                .warnings
                .push("the text is longer than what is kept of it".to_owned());
            break;
        }
    }
    if all.contains('\u{fffd}') {
        reading
            .warnings
            .push("some characters couldn't be decoded".to_owned());
    }
    reading.text = clean::text(&all);
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
