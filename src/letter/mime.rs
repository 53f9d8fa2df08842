//! RFC 5322 and MIME: the parts of a letter as bytes.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::ContentTransferEncoding;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, MultiPartKind, SinglePart};

use super::Thread;
use super::template::Text;
use super::values::LONGEST_NAME;
use crate::mail::clean;

/// Everything that a mail is made of.
#[derive(Debug)]
pub(super) struct Mail<'a> {
    pub from_name: &'a str,
    pub from: &'a str,
    /// Without a name: a display name is the sender's text, and would be repeated to them or to
    /// whoever they pretended to be.
    pub to: &'a str,
    pub reply_to: Option<&'a str>,
    pub text: &'a Text,
    pub files: &'a [File],
    pub message_id: &'a str,
    pub thread: &'a Thread,
    pub boundary: &'a str,
    /// The value of Auto-Submitted, where nobody wrote it (RFC 3834 §5).
    pub auto_submitted: Option<&'static str>,
    pub date: DateTime<Utc>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called: somebody else may have written it.
    pub name: String,
    /// A media type without parameters. What a client could run is passed on as `application/octet-stream`.
    pub media_type: String,
    pub bytes: Vec<u8>,
    /// Where the HTML shows it, by `cid:`; else it is an attachment. For our own pictures alone.
    pub content_id: Option<String>,
}

/// At most so many Message-IDs in References: the first and the latest (RFC 5322 §3.6.4 sets no
/// bound, mail servers do).
const MOST_REFERENCES: usize = 20;

/// Most characters of a file's name.
const LONGEST_FILE_NAME: usize = 120;

/// Longest Message-ID repeated; longer ones are no mail client's.
const LONGEST_MESSAGE_ID: usize = 250;

/// The bytes of a mail. The same input gives the same bytes.
pub(super) fn build(mail: &Mail<'_>) -> Result<Vec<u8>, String> {
    let mailbox = |name: Option<&str>, address: &str| {
        address
            .parse::<Address>()
            // lettre panics on a name with a line end
            .map(|address| Mailbox::new(name.map(|name| clean::line(name, LONGEST_NAME)), address))
            .map_err(|error| format!("an address can't be written to: {error}"))
    };
    let mut builder = Message::builder()
        .from(mailbox(Some(mail.from_name), mail.from)?)
        .to(mailbox(None, mail.to)?)
        .date(SystemTime::from(mail.date))
        .message_id(Some(format!("<{}>", mail.message_id)))
        .subject(&mail.text.subject);
    if let Some(address) = mail.reply_to {
        builder = builder.reply_to(mailbox(None, address)?);
    }
    let (in_reply_to, references) = threading(mail.thread);
    if let Some(id) = in_reply_to {
        builder = builder.in_reply_to(id);
    }
    if !references.is_empty() {
        builder = builder.references(references.join(" "));
    }
    if let Some(how) = mail.auto_submitted {
        // RFC 3834 §5; Exchange and Outlook; older robots
        builder = builder
            .raw_header(raw("Auto-Submitted", how))
            .raw_header(raw("X-Auto-Response-Suppress", "All"))
            .raw_header(raw("Precedence", "auto_reply"));
    }
    let message = builder
        .multipart(body(mail)?)
        .map_err(|error| format!("the mail can't be built: {error}"))?;
    Ok(crlf(&message.formatted()))
}

/// Text and HTML, the pictures that the HTML shows (RFC 2387), and attachments, each round the one before.
fn body(mail: &Mail<'_>) -> Result<MultiPart, String> {
    let part = |kind, level: &str| {
        let builder = MultiPart::builder().kind(kind);
        builder.boundary(format!("=_{}{level}", mail.boundary))
    };
    let (shown, attached): (Vec<&File>, Vec<&File>) = mail
        .files
        .iter()
        .partition(|file| file.content_id.is_some());
    let html = SinglePart::html(mail.text.html.clone());
    let alternative =
        part(MultiPartKind::Alternative, "").singlepart(SinglePart::plain(mail.text.plain.clone()));
    let mut body = if shown.is_empty() {
        alternative.singlepart(html)
    } else {
        let mut related = part(MultiPartKind::Related, "r").singlepart(html);
        for file in shown {
            let id = file.content_id.clone().unwrap_or_default();
            let inline = Attachment::new_inline(id);
            related = related.singlepart(inline.body(as_it_is(file)?, media_type(file)?));
        }
        alternative.multipart(related)
    };
    if !attached.is_empty() {
        let mut mixed = part(MultiPartKind::Mixed, "m").multipart(body);
        for file in attached {
            let attachment = Attachment::new(clean::line(&file.name, LONGEST_FILE_NAME));
            mixed = mixed.singlepart(attachment.body(as_it_is(file)?, media_type(file)?));
        }
        body = mixed;
    }
    Ok(body)
}

/// In Base64, whatever is in it: line ends of a file that happens to be ASCII, such as many a PDF, are its own.
fn as_it_is(file: &File) -> Result<Body, String> {
    Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| format!("the file '{}' can't be encoded", file.name))
}

fn media_type(file: &File) -> Result<ContentType, String> {
    ContentType::parse(&file.media_type)
        .map_err(|error| format!("media type '{}': {error}", file.media_type))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// In-Reply-To and References (RFC 5322 §3.6.4), from Message-IDs that a stranger wrote: only
/// those made of harmless characters, and not too many.
fn threading(thread: &Thread) -> (Option<String>, Vec<String>) {
    let usable = |id: &&String| {
        (3..=LONGEST_MESSAGE_ID).contains(&id.len())
            && id.contains('@')
            && id
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"<>()\",;:\\[]".contains(&b))
    };
    let bracketed = |id: &String| format!("<{id}>");
    let answered = thread.message_id.as_ref().filter(usable);
    let mut references: Vec<String> = thread
        .references
        .iter()
        .filter(usable)
        .filter(|id| Some(*id) != answered)
        .chain(answered)
        .map(bracketed)
        .collect();
    if references.len() > MOST_REFERENCES {
        references.drain(1..=references.len() - MOST_REFERENCES);
    }
    (answered.map(bracketed), references)
}

/// Lone CR and LF as CRLF, and exactly one line end at the end.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"\r\n");
        let end = if rest[at..].starts_with(b"\r\n") {
            at + 2
        } else {
            at + 1
        };
        rest = &rest[end..];
    }
    out.extend_from_slice(rest);
    while out.ends_with(b"\r\n") {
        out.truncate(out.len() - 2);
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_becomes_crlf() {
        for (from, to) in [
            ("a\nb", "a\r\nb\r\n"),
            ("a\rb\r\n", "a\r\nb\r\n"),
            ("a\r\n\r\n\r\n", "a\r\n"),
            ("\n\na", "\r\n\r\na\r\n"),
            ("a\r\r\nb", "a\r\n\r\nb\r\n"),
        ] {
            assert_eq!(
                String::from_utf8(crlf(from.as_bytes())).unwrap(),
                to,
                "{from:?}"
            );
        }
    }

    #[test]
    fn a_strangers_message_ids_bring_nothing_in() {
        let thread = |message_id: &str, references: &[&str]| Thread {
            message_id: Some(message_id.to_owned()),
            references: references.iter().map(|id| (*id).to_owned()).collect(),
        };
        let cases: [(Thread, Option<&str>, &str); 5] = [
            (thread("a@b", &[]), Some("<a@b>"), "<a@b>"),
            (thread("a@b", &["x@y", "a@b"]), Some("<a@b>"), "<x@y> <a@b>"),
            (thread("a@b\r\nBcc: c@d", &["x@y"]), None, "<x@y>"),
            (thread("a@b>,<c", &["中@文", " "]), None, ""),
            (thread(&format!("{}@b", "a".repeat(300)), &[]), None, ""),
        ];
        for (thread, in_reply_to, references) in cases {
            let (answered, all) = threading(&thread);
            assert_eq!(
                (answered.as_deref(), all.join(" ").as_str()),
                (in_reply_to, references)
            );
        }
        let many: Vec<String> = (0..100).map(|n| format!("{n}@x")).collect();
        let (_, all) = threading(&Thread {
            message_id: Some("a@b".into()),
            references: many,
        });
        assert_eq!(all.len(), MOST_REFERENCES);
        assert_eq!(
            (all[0].as_str(), all[1].as_str(), all[19].as_str()),
            ("<0@x>", "<82@x>", "<a@b>")
        );
    }
}
