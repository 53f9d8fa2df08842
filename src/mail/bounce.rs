//! Delivery reports (RFC 3464): whom a mail couldn't be delivered to, and whether that will change.

use super::headers::message_ids;
use super::structure::{Part, Structure};
use super::{Bounce, BounceRecipient, clean};

/// Most recipients of one report that are looked at.
const MOST_RECIPIENTS: usize = 100;

/// What a report says.
pub(super) fn bounce(message: &Structure<'_>, raw: &[u8]) -> Bounce {
    let recipients = message
        .parts
        .iter()
        .find(|part| {
            part.kind() == "message/delivery-status"
                || part.kind() == "message/global-delivery-status"
        })
        .map(|part| recipients(&part_text(part)))
        .unwrap_or_default();
    Bounce {
        recipients,
        original_message_id: original_message_id(message, raw),
    }
}

/// One group of fields for each recipient, after the group about the whole message (§2.1).
fn recipients(text: &str) -> Vec<BounceRecipient> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .filter_map(recipient)
        .take(MOST_RECIPIENTS)
        .collect()
}

fn recipient(group: &str) -> Option<BounceRecipient> {
    let unfolded = group.replace("\n ", " ").replace("\n\t", " ");
    let field = |name: &str| {
        unfolded.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    // `rfc822; wang@example.net`
    let typed = |value: String| match value.split_once(';') {
        Some((_, rest)) => rest.trim().to_owned(),
        None => value,
    };
    let address = field("final-recipient")
        .or_else(|| field("original-recipient"))
        .map(typed)?;
    let action = field("action")
        .unwrap_or_else(|| "failed".to_owned())
        .to_ascii_lowercase();
    let status = field("status").and_then(|value| {
        value
            .split_whitespace()
            .next()
            .map(|code| clean::line(code, 12))
    });
    let diagnostic = field("diagnostic-code")
        .map(typed)
        .map(|words| clean::line(&words, 300));
    let reply_code = diagnostic
        .as_deref()
        .and_then(|words| words.get(..3))
        .and_then(|code| code.parse::<u16>().ok())
        .filter(|code| (400..600).contains(code));
    let permanent = action == "failed" && !status.as_deref().is_some_and(|s| s.starts_with('4'));
    let address = address.trim_matches(['<', '>']);
    Some(BounceRecipient {
        address: clean::line(address, 320),
        action: clean::line(&action, 20),
        status,
        reply_code,
        diagnostic,
        permanent,
    })
}

/// From the returned message or its headers; where a report isn't MIME, from its text.
fn original_message_id(message: &Structure<'_>, raw: &[u8]) -> Option<String> {
    for part in &message.parts {
        let returned = match part.kind() {
            "message/rfc822" | "text/rfc822-headers" | "message/rfc822-headers" => {
                message_id_line(&part_text(part))
            }
            _ => None,
        };
        if returned.is_some() {
            return returned;
        }
    }
    let body = raw.get(super::screen::head_length(raw)..)?;
    message_id_line(&String::from_utf8_lossy(body))
}

fn message_id_line(text: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ']);
        let Some(value) = line
            .get(..11)
            .filter(|name| name.eq_ignore_ascii_case("message-id:"))
        else {
            continue;
        };
        let value = line.get(value.len()..).unwrap_or("").trim();
        // the value may have been folded onto the next line
        let value = if value.is_empty() {
            lines.next().unwrap_or("")
        } else {
            value
        };
        return message_ids(value).into_iter().next();
    }
    None
}

fn part_text(part: &Part<'_>) -> String {
    String::from_utf8_lossy(&part.decoded()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_recipient_status_and_whether_it_is_final() {
        let text = "Reporting-MTA: dns; mx.example.net\r\n\r\n\
                    Final-Recipient: rfc822; wang@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\
                    Diagnostic-Code: smtp; 550 5.1.1\r\n <wang@example.net>: no such user\r\n\r\n\
                    Final-Recipient: rfc822;li@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n";
        let all = recipients(text);
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].address.as_str(), all[0].permanent),
            ("wang@example.net", true)
        );
        assert_eq!(
            (all[0].reply_code, all[0].status.as_deref()),
            (Some(550), Some("5.1.1"))
        );
        assert_eq!(
            (all[1].address.as_str(), all[1].permanent),
            ("li@example.net", false)
        );
    }
}
