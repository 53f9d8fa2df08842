//! Reading one message, step by step.

use super::addresses::{self, Author};
use super::body::{self, Body};
use super::headers::Headers;
use super::structure::Structure;
use super::{
    Address, Attachment, Nature, Quarantine, Reading, Resent, Standing, address, clean, forwarded,
    language, nature, reply, screen, standing, words,
};

/// What the reader has to know besides the message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Our own mailbox addresses, in lower case and without tags: mail from them is our own.
    pub own_addresses: &'a [String],
    /// The names under which our own mail server writes what it found out about a message
    /// (`Authentication-Results`, RFC 8601 §2.5); empty: it isn't believed.
    pub authserv_ids: &'a [String],
}

/// Longest subject kept, in characters.
const LONGEST_SUBJECT: usize = 500;
/// Most Message-IDs kept of a field.
const MOST_MESSAGE_IDS: usize = 100;

/// The files that came with a message, as [`read`] lists them, with their bytes. None where the message isn't read.
pub fn files(raw: &[u8]) -> Vec<Attachment> {
    if screen::refuse(raw).is_some() {
        return vec![];
    }
    let message = Structure::of(raw, body::field_charset(raw, &Headers::of(raw)));
    if message.exceeded.is_some() {
        return vec![];
    }
    Body::of(&message, true).attachments
}

/// Reads one raw message. Never fails: what can't be read is quarantined, with the reason.
pub fn read(raw: &[u8], context: &Context<'_>) -> Reading {
    if let Some(reason) = screen::refuse(raw) {
        return refused(raw, reason);
    }
    let hint = body::field_charset(raw, &Headers::of(raw));
    let message = Structure::of(raw, hint);
    if let Some(reason) = message.exceeded {
        return refused(raw, reason.to_owned());
    }
    let headers = &message.root().headers;
    let body = Body::of(&message, false);
    let (subject, guessed) = body::subject(&message);
    let mut reading = Reading {
        message_id: headers.message_id(),
        in_reply_to: headers.message_ids("in-reply-to", MOST_MESSAGE_IDS),
        references: headers.message_ids("references", MOST_MESSAGE_IDS),
        resent: resent(&message),
        reply_to: addresses::field(&message, "reply-to"),
        to: addresses::field(&message, "to"),
        cc: addresses::field(&message, "cc"),
        delivered_to: delivered_to(headers),
        subject: clean::line(&subject, LONGEST_SUBJECT),
        date: headers.first("date").and_then(|value| date(&value)),
        text: clean::text(&body.text),
        attachments: body.attachments,
        warnings: body.warnings,
        ..Reading::default()
    };
    if let Some(charset) = guessed {
        reading.warnings.push(format!("subject read as {charset}"));
    }
    let author = addresses::author(&message);
    if let Author::One(one) = &author {
        reading.from = Some(one.clone());
    }
    reading.new_text = reply::new_text(&reading.text);
    let seen = format!("{}\n{}", reading.subject, reading.new_text);
    reading.language = language::detect(&seen).map(str::to_owned);
    (reading.nature, reading.nature_evidence) =
        nature::nature(&message, &reading, context.own_addresses);
    if reading.nature == Nature::Human {
        reading.forwarded_from = forwarded::original_author(&message, &reading.text);
    }
    if reading.nature == Nature::Bounce {
        reading.bounce = Some(super::bounce::bounce(&message, &reading.subject));
    }
    (reading.standing, reading.claims) = match &author {
        _ if reading.nature != Nature::Human => (
            Standing::unproven("automatic mail proves nothing, and isn't checked"),
            vec![],
        ),
        Author::One(one) => {
            let domain = one
                .address
                .rsplit_once('@')
                .map_or("", |(_, domain)| domain);
            standing::judge(raw, headers, domain, context.authserv_ids)
        }
        Author::Nobody | Author::Several => (
            Standing::unproven("From doesn't name exactly one author"),
            vec![],
        ),
    };
    // robots are filed whatever they call themselves; a person we can't write to needs staff's eye
    if reading.nature == Nature::Human {
        let reason = match author {
            Author::One(_) => None,
            Author::Nobody => Some("no usable sender address"),
            Author::Several => Some("several authors"),
        };
        let reason = if headers.is_empty() {
            Some("no headers")
        } else {
            reason
        };
        reading.quarantine = reason.map(|reason| Quarantine {
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
        let inner = value.rsplit_once('<').map_or(&*value, |(_, rest)| rest);
        address::plain(inner.trim_end_matches('>'))
    });
    let subject = words::decode_field(headers.raw("subject").unwrap_or(b""), None).text;
    Reading {
        message_id: headers.message_id(),
        from: from.map(|address| Address {
            name: None,
            address,
        }),
        subject: clean::line(&subject, LONGEST_SUBJECT),
        quarantine: Some(Quarantine { reason }),
        standing: Standing::unproven("the message can't be read"),
        ..Reading::default()
    }
}

/// What the topmost block of Resent- fields says.
fn resent(message: &Structure<'_>) -> Option<Resent> {
    let headers = &message.root().headers;
    let resent = Resent {
        from: addresses::field(message, "resent-from"),
        to: addresses::field(message, "resent-to"),
        cc: addresses::field(message, "resent-cc"),
        message_id: headers
            .message_ids("resent-message-id", 1)
            .into_iter()
            .next(),
        date: headers.first("resent-date").and_then(|value| date(&value)),
    };
    (resent != Resent::default()).then_some(resent)
}

fn delivered_to(headers: &Headers<'_>) -> Vec<String> {
    [
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
    ]
    .into_iter()
    .flat_map(|name| headers.all(name))
    .filter_map(|value| address::plain(value.trim_matches(['<', '>', ' '])))
    .take(200)
    .collect()
}

/// RFC 5322 §3.3, and the many ways in which it is missed.
fn date(value: &str) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let strict = || {
        let date = mail_parser::DateTime::parse_rfc822(value)?;
        chrono::DateTime::parse_from_rfc3339(&date.to_rfc3339()).ok()
    };
    // years of two digits (RFC 5322 §4.3), ISO's own form, and that of C's asctime
    let plain = value.split('(').next().unwrap_or(value).trim();
    let asctime = || {
        let date = chrono::NaiveDateTime::parse_from_str(plain, "%a %b %e %H:%M:%S %Y").ok()?;
        Some(date.and_utc().fixed_offset())
    };
    strict()
        .or_else(|| chrono::DateTime::parse_from_rfc2822(plain).ok())
        .or_else(|| chrono::DateTime::parse_from_rfc3339(plain).ok())
        .or_else(asctime)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
