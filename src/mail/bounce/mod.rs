//! Delivery reports: whom a mail couldn't be delivered to, and whether that will change.
//!
//! RFC 3464 says it in fields; what is older, or knows better, says it in prose. A report proves
//! nothing by itself: whoever acts on one must find the mail it is about among his own.

mod amazon;
mod notice;
mod reasons;
mod report;

pub(super) use amazon::is_about_delivery;

use super::headers::message_ids;
use super::structure::{Part, Structure};
use super::{Bounce, BounceRecipient, address, charset};

/// Most recipients of one report that are looked at.
const MOST_RECIPIENTS: usize = 100;
/// Longest text of a report that is searched, in bytes: what matters stands at its top.
const LONGEST: usize = 200_000;

/// What a report says.
pub(super) fn bounce(message: &Structure<'_>, subject: &str) -> Bounce {
    let texts = Texts::of(message);
    let mut recipients = report::recipients(&texts.status, &texts.notice);
    if recipients.is_empty() {
        recipients = amazon::recipients(&texts.notice);
    }
    if recipients.is_empty()
        && let Some(inner) = passed_on(message)
    {
        return inner;
    }
    if recipients.is_empty() {
        let named = |field: &str| -> Vec<String> {
            let values = message.root().headers.all(field);
            values.flat_map(|value| addresses(&value)).collect()
        };
        let (failed, to) = (named("x-failed-recipients"), named("to"));
        recipients = notice::recipients(&texts.notice, subject, &failed, &to);
    }
    if recipients.is_empty() {
        recipients = notice::about(&texts.notice, subject, texts.addressee());
    }
    recipients.truncate(MOST_RECIPIENTS);
    Bounce {
        recipients,
        original_message_id: original_message_id(&texts),
    }
}

/// A report inside the message: a gateway passed it on as a whole.
fn passed_on(message: &Structure<'_>) -> Option<Bounce> {
    let leaves = message.leaves();
    let nested = leaves
        .iter()
        .map(|at| &message.parts[*at])
        .find(|part| part.kind() == "message/rfc822")?;
    let raw = nested.decoded();
    let inner = Structure::of(&raw, None);
    if inner.root().kind() != "multipart/report" {
        return None;
    }
    let texts = Texts::of(&inner);
    let recipients = report::recipients(&texts.status, &texts.notice);
    let original_message_id = original_message_id(&texts);
    (!recipients.is_empty()).then_some(Bounce {
        recipients,
        original_message_id,
    })
}

/// Whether a message has the parts of a report, whatever its own type says.
pub(super) fn has_status_part(message: &Structure<'_>) -> bool {
    message.parts.iter().any(is_status)
}

fn is_status(part: &Part<'_>) -> bool {
    matches!(
        part.kind(),
        "message/delivery-status" | "message/global-delivery-status"
    )
}

/// The parts of a report, by what they are for (RFC 6522 §3).
#[derive(Default)]
struct Texts {
    /// For people.
    notice: String,
    /// For programs.
    status: String,
    /// The mail it is about, or the head of it.
    returned: String,
}

impl Texts {
    fn of(message: &Structure<'_>) -> Texts {
        let mut texts = Texts::default();
        for at in message.leaves() {
            let part = &message.parts[at];
            let into = match part.kind() {
                _ if is_status(part) => &mut texts.status,
                "message/disposition-notification" => &mut texts.status,
                "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "message/rfc822-headers"
                | "message/global-headers"
                | "message/partial" => &mut texts.returned,
                "text/html" => {
                    let html = text(part);
                    texts.notice.push_str(&super::html::to_text(&html));
                    texts.notice.push('\n');
                    continue;
                }
                kind if kind.starts_with("text/") || kind.starts_with("multipart/") => {
                    &mut texts.notice
                }
                _ => continue,
            };
            if into.len() < LONGEST {
                into.push_str(&text(part));
                into.push('\n');
            }
        }
        // where nothing marks the returned mail as a part, the notice names where it begins
        let (notice, rest) = notice::split_returned(&texts.notice);
        if texts.returned.trim().is_empty() {
            texts.returned = rest.to_owned();
        }
        texts.notice = notice.to_owned();
        texts
    }

    /// Whom the returned mail was written to.
    fn addressee(&self) -> Option<String> {
        let lines = self.returned.lines().take(200);
        let mut to = lines.skip_while(|line| {
            let line = line.trim_start_matches(['>', ' ', '|']);
            !line
                .get(..3)
                .is_some_and(|name| name.eq_ignore_ascii_case("to:"))
        });
        to.next()
            .and_then(|line| addresses(line).into_iter().next())
    }
}

fn text(part: &Part<'_>) -> String {
    let bytes = part.decoded();
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let label = part.content_type.get("charset");
    charset::decode(bytes, label.as_deref())
        .text
        .replace('\r', "")
}

/// The addresses in a text that can be written to, in order, each once.
fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('@').take(200) {
        let is_part = |c: char| c.is_alphanumeric() || "._-+=#/&%!'~".contains(c);
        let before = &text[..at];
        let start = before
            .char_indices()
            .rev()
            .take(100)
            .take_while(|(_, c)| is_part(*c))
            .last()
            .map_or(at, |(start, _)| start);
        let after = &text[at + 1..];
        let length = after
            .char_indices()
            .take(260)
            .find(|(_, c)| !(c.is_alphanumeric() || *c == '.' || *c == '-'))
            .map_or(after.floor_char_boundary(260), |(length, _)| length);
        let domain = after[..length].trim_end_matches(['.', '-']);
        let local = before[start..].trim_start_matches(['\'', '/', '=', '.', '-', '!']);
        // X.400, as Exchange writes it
        let local = local.strip_prefix("SMTP=").unwrap_or(local);
        let written = format!("{local}@{domain}");
        if let Some(address) = address::plain(&written)
            && !found
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&address))
        {
            found.push(address);
        }
    }
    found
}

/// The Message-ID of the mail that came back.
fn original_message_id(texts: &Texts) -> Option<String> {
    message_id_line(&texts.returned)
        .or_else(|| message_id_line(&texts.status))
        .or_else(|| message_id_line(&texts.notice))
}

fn message_id_line(text: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ', '|', '\t']);
        let Some(value) = line
            .get(..11)
            .filter(|name| name.eq_ignore_ascii_case("message-id:"))
            .and_then(|name| line.get(name.len()..))
        else {
            continue;
        };
        // the value may have been folded onto the next line
        let value = if value.trim().is_empty() {
            lines.next().unwrap_or("")
        } else {
            value
        };
        if let Some(id) = message_ids(value).into_iter().next() {
            return Some(id);
        }
    }
    None
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
