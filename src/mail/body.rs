//! What a message shows: the best readable text of any structure, and the files that came with it.

use super::smime::{self, Wrapped};
use super::structure::{Part, Structure};
use super::{
    Attachment, attachments, broken, charset, clean, embedded, flowed, headers, html, tnef, words,
};

/// Longest text kept, in bytes; the rest stays in the raw message.
const LONGEST_TEXT: usize = 2_000_000;
/// Most bytes of all parts together that are decoded as text: what is shown of it is less anyway.
const MOST_DECODED: usize = LONGEST_TEXT * 4;
/// Largest text and HTML that are compared, in bytes.
const LONGEST_COMPARED: usize = 300_000;
/// Deepest level of messages in messages that is read, and most of them on one level.
const DEEPEST: usize = 4;
const MOST_MESSAGES: usize = 10;

/// The text and the files of a message.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) warnings: Vec<String>,
    /// Parts whose content is the text, so that they are no attachments.
    shown: Vec<usize>,
    messages: usize,
    /// Bytes that were decoded as text.
    decoded: usize,
    /// Whether attachments keep their bytes.
    keep: bool,
}

impl Body {
    /// `keep`: attachments hold their bytes.
    pub(super) fn of(message: &Structure<'_>, keep: bool) -> Body {
        let mut body = Body::read(message, 0, 0, keep);
        let leaves = message.leaves();
        if body.text.trim().is_empty() {
            body.text = body.named_text(message, &leaves);
        }
        body.attach_all(message, leaves);
        body
    }

    /// Every part that isn't shown as text.
    fn attach_all(&mut self, message: &Structure<'_>, leaves: Vec<usize>) {
        for at in leaves {
            if self.attachments.len() >= attachments::MOST {
                self.warn("too many attachments to list");
                break;
            }
            let part = &message.parts[at];
            // a version of the text, shown or not, is no file
            let version = !part.is_attachment()
                && part.name().is_none()
                && matches!(
                    part.kind(),
                    "text/plain" | "text/html" | "text/enriched" | "text/x-amp-html"
                );
            if !version && !self.shown.contains(&at) {
                self.attach(part);
            }
        }
        self.attachments.truncate(attachments::MOST);
    }

    fn read(message: &Structure<'_>, depth: usize, decoded: usize, keep: bool) -> Body {
        let mut body = Body {
            decoded,
            keep,
            ..Body::default()
        };
        let mut text = body.show(message, 0, depth);
        if text.len() > LONGEST_TEXT {
            text.truncate(text.floor_char_boundary(LONGEST_TEXT));
            body.warn("the text is longer than what is kept of it");
        }
        body.text = text;
        body
    }

    pub(super) fn warn(&mut self, warning: &str) {
        if !self.warnings.iter().any(|known| known == warning) {
            self.warnings.push(warning.to_owned());
        }
    }

    /// A part's text; empty where it has none to show.
    fn show(&mut self, message: &Structure<'_>, at: usize, depth: usize) -> String {
        let part = &message.parts[at];
        if !part.is_multipart() {
            return self.leaf(message, at, depth);
        }
        match part.kind() {
            "multipart/alternative" => self.best(message, part, depth),
            // the first is the page, the rest its pictures (RFC 2387), or a signature (RFC 1847)
            "multipart/related" | "multipart/signed" => {
                let mut children = part.children.iter();
                children
                    .find_map(|child| {
                        let text = self.show(message, *child, depth);
                        (!text.trim().is_empty()).then_some(text)
                    })
                    .unwrap_or_default()
            }
            "multipart/encrypted" => {
                self.warn("encrypted (OpenPGP): can't be read");
                String::new()
            }
            // what the report is about is returned behind it (RFC 6522 §3)
            "multipart/report" => part
                .children
                .first()
                .map(|first| self.show(message, *first, depth))
                .unwrap_or_default(),
            _ => {
                let mut all = String::new();
                for child in &part.children {
                    let text = self.show(message, *child, depth);
                    if text.trim().is_empty() || all.len() > LONGEST_TEXT {
                        continue;
                    }
                    if !all.is_empty() {
                        all.truncate(all.trim_end().len());
                        all.push_str("\n\n");
                    }
                    all.push_str(&text);
                }
                all
            }
        }
    }

    /// Of several versions (RFC 2046 §5.1.4) the plain one, unless it is empty or only says that
    /// there is another.
    fn best(&mut self, message: &Structure<'_>, part: &Part<'_>, depth: usize) -> String {
        let is = |at: &usize, kind: &str| {
            let child = &message.parts[*at];
            child.kind() == kind && !child.is_attachment()
        };
        let plain = part.children.iter().find(|at| is(at, "text/plain"));
        let text = plain.map(|at| self.show(message, *at, depth));
        if let Some(text) = &text
            && !text.trim().is_empty()
            && !mere_hint(text)
        {
            let shown = part.children.iter().find(|at| is(at, "text/html"));
            return match shown.map(|at| &message.parts[*at]) {
                Some(rich)
                    if rich.decoded().len().max(text.len()) <= LONGEST_COMPARED
                        && broken::may_be(text) =>
                {
                    broken::mended(text, &html::to_text(&self.decode(rich)))
                }
                Some(_) | None => text.clone(),
            };
        }
        let others = part.children.iter().filter(|at| Some(*at) != plain);
        for other in others {
            let rich = self.show(message, *other, depth);
            if !rich.trim().is_empty() {
                return rich;
            }
        }
        text.unwrap_or_default()
    }

    fn leaf(&mut self, message: &Structure<'_>, at: usize, depth: usize) -> String {
        let part = &message.parts[at];
        // what wraps the whole mail calls itself an attachment (RFC 8551 §3.2.2)
        if is_wrapped(part) {
            return self.signed(part, depth);
        }
        if part.is_attachment() && part.kind() != "message/rfc822" {
            return String::new();
        }
        let only = message.parts.len() == 1;
        let named = part.name().is_some();
        match part.kind() {
            "message/rfc822" | "message/global" | "message/news" => self.nested(part, depth),
            "text/html" | "application/xhtml+xml" if !named || only => {
                self.shown.push(at);
                html::to_text(&self.decode(part))
            }
            "text/plain" | "text" | "text/enriched" | "text/richtext" => {
                // a named text beside others is a file, shown as well where it is meant to be
                if !named {
                    self.shown.push(at);
                }
                let text = self.plain(part);
                if named && !only && part.disposition.value != "inline" {
                    return String::new();
                }
                text
            }
            "text/calendar" if !message.parts.iter().any(|part| part.kind() == "text/plain") => {
                super::calendar::summary(&self.decode(part))
            }
            kind if kind.starts_with("multipart/") => {
                self.warn("a multipart without parts");
                self.shown.push(at);
                self.plain(part)
            }
            kind if only && !named && kind.starts_with("text/") && kind != "text/calendar" => {
                self.shown.push(at);
                self.plain(part)
            }
            _ => String::new(),
        }
    }

    /// The first text that was given a name, where nothing else is to be read.
    fn named_text(&mut self, message: &Structure<'_>, leaves: &[usize]) -> String {
        let parts = leaves.iter().map(|at| &message.parts[*at]);
        let named = parts.filter(|part| !part.is_attachment());
        for part in named {
            let text = match part.kind() {
                "text/plain" => self.plain(part),
                "text/html" => html::to_text(&self.decode(part)),
                _ => continue,
            };
            if !text.trim().is_empty() {
                return text;
            }
        }
        String::new()
    }

    /// Plain text as it is meant to be seen.
    fn plain(&mut self, part: &Part<'_>) -> String {
        let bytes = part.decoded();
        let extracted = embedded::extract(&bytes);
        let text = match extracted {
            Some(extracted) => {
                self.found(extracted.files);
                self.charset(part, &extracted.text)
            }
            None => self.charset(part, &bytes),
        };
        let text = match embedded::clear_signed(&text) {
            Some(signed) => signed,
            None => text,
        };
        if text.contains("-----BEGIN PGP MESSAGE-----") {
            self.warn("encrypted (OpenPGP): can't be read");
        }
        let flowed = part.content_type.get("format");
        if flowed.is_some_and(|format| format.eq_ignore_ascii_case("flowed")) {
            let delete = part.content_type.get("delsp");
            return flowed::unflowed(&text, delete.is_some_and(|d| d.eq_ignore_ascii_case("yes")));
        }
        text
    }

    fn decode(&mut self, part: &Part<'_>) -> String {
        let bytes = part.decoded();
        self.charset(part, &bytes)
    }

    /// Decodes a text by the charset on its label or in its page, and says what was guessed.
    fn charset(&mut self, part: &Part<'_>, bytes: &[u8]) -> String {
        // beyond what is kept, nothing is decoded
        let left = MOST_DECODED.saturating_sub(self.decoded);
        if bytes.len() > left {
            self.warn("the text is longer than what is kept of it");
        }
        let bytes = &bytes[..bytes.len().min(left)];
        self.decoded += bytes.len();
        let mut label = part.content_type.get("charset");
        if label.is_none() && part.kind() == "text/html" {
            label = page_charset(bytes);
        }
        let decoded = charset::decode(bytes, label.as_deref());
        if let Some(guessed) = decoded.guessed {
            let label = label.as_deref().unwrap_or("no charset");
            let label = clean::line(label, 40);
            self.warn(&format!("text labelled {label} read as {guessed}"));
        }
        if decoded.text.contains('\u{fffd}') {
            self.warn("some characters couldn't be decoded");
        }
        decoded.text.into_owned()
    }

    /// A message in the message: shown below its own heading, as mail programs do.
    fn nested(&mut self, part: &Part<'_>, depth: usize) -> String {
        if depth >= DEEPEST || self.messages >= MOST_MESSAGES {
            return String::new();
        }
        self.messages += 1;
        let raw = part.decoded();
        let inner = Structure::of(&raw, None);
        let body = Body::read(&inner, depth + 1, self.decoded, self.keep);
        self.decoded = body.decoded;
        let head = &inner.root().headers;
        let mut text = "---------- Forwarded message ----------\n".to_owned();
        for name in ["From", "Date", "Subject", "To"] {
            if let Some(value) = head.raw(name) {
                let value = words::decode_field(value, None).text;
                text.push_str(&format!("{name}: {}\n", clean::line(&value, 500)));
            }
        }
        text.push('\n');
        text.push_str(&body.text);
        text
    }

    /// A signed message inside its signature.
    fn signed(&mut self, part: &Part<'_>, depth: usize) -> String {
        match smime::open(&part.decoded()) {
            Wrapped::Signed(content) if depth < DEEPEST => {
                let structure = Structure::of(&content, None);
                let mut inner = Body::read(&structure, depth + 1, self.decoded, self.keep);
                self.decoded = inner.decoded;
                inner.attach_all(&structure, structure.leaves());
                self.attachments.extend(inner.attachments);
                inner.warnings.iter().for_each(|warning| self.warn(warning));
                inner.text
            }
            Wrapped::Encrypted => {
                self.warn("encrypted (S/MIME): can't be read");
                String::new()
            }
            Wrapped::Signed(_) | Wrapped::Other => String::new(),
        }
    }

    /// Files out of other parts.
    fn found(&mut self, files: Vec<Attachment>) {
        let keep = self.keep;
        let files = files.into_iter().map(|mut file| {
            file.bytes.take_if(|_| !keep);
            file
        });
        self.attachments.extend(files);
    }

    fn attach(&mut self, part: &Part<'_>) {
        let described = attachments::describe(part, self.keep);
        let is_tnef = matches!(
            part.kind(),
            "application/ms-tnef" | "application/vnd.ms-tnef"
        ) || described
            .filename
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"));
        self.attachments.push(described);
        if is_tnef && let Some(opened) = tnef::open(&part.decoded()) {
            self.found(opened.files);
            if self.text.trim().is_empty() {
                self.text = opened.text.unwrap_or_default();
            }
        }
    }
}

/// A signature or a cipher round a whole mail, by its type, or by its name where a server on the way
/// didn't know the type.
fn is_wrapped(part: &Part<'_>) -> bool {
    match part.kind() {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => true,
        "application/octet-stream" => part
            .name()
            .is_some_and(|name| name.to_ascii_lowercase().ends_with(".p7m")),
        _ => false,
    }
}

/// A plain version that only says that the mail should be read as HTML.
fn mere_hint(text: &str) -> bool {
    let text = text.trim();
    text.len() < 300 && {
        let lower = text.to_lowercase();
        lower.contains("html")
            && !lower.contains("<html")
            && [
                "support", "view", "display", "enable", "client", "reader", "支持", "查看",
            ]
            .iter()
            .any(|word| lower.contains(word))
    }
}

/// The charset a page names in its own head.
fn page_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let name: String = rest
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The subject, decoded.
pub(super) fn subject(message: &Structure<'_>) -> (String, Option<String>) {
    let raw = message.root().headers.raw("subject").unwrap_or(b"");
    let decoded = words::decode_field(raw, message.hint);
    (decoded.text, decoded.guessed)
}

/// The charset of raw bytes in fields: UTF-8, the one the text names, or what they look like.
pub(super) fn field_charset(raw: &[u8], head: &headers::Headers<'_>) -> Option<&'static str> {
    let mut samples: Vec<&[u8]> = head.raw_eight_bit().collect();
    let body = &raw[raw.len().min(super::screen::head_length(raw))..];
    let body = &body[..body.len().min(64 * 1024)];
    if samples.is_empty() && body.is_ascii() {
        return None;
    }
    // fields say too little by themselves; the body is in the same charset more often than not
    if !body.is_ascii() && std::str::from_utf8(body).is_err() {
        samples.push(body);
    }
    charset::detect(&samples)
}
