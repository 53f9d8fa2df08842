//! The fields of a delivery report (RFC 3464 §2).

use super::super::{address, clean};
use super::{BounceRecipient, MOST_RECIPIENTS, addresses, reasons};

/// One group of fields for each recipient, after the group about the whole message (§2.1). The same fields
/// stand in the text where a report lost its structure on the way.
pub(super) fn recipients(status: &str, notice: &str) -> Vec<BounceRecipient> {
    let fields = if status.trim().is_empty() {
        notice
    } else {
        status
    };
    let mut found: Vec<BounceRecipient> = Vec::new();
    for one in groups(fields).filter_map(|group| recipient(&group, notice)) {
        if !found
            .iter()
            .any(|known| known.address.eq_ignore_ascii_case(&one.address))
        {
            found.push(one);
        }
        if found.len() == MOST_RECIPIENTS {
            break;
        }
    }
    found
}

/// The groups of fields, unfolded.
fn groups(text: &str) -> impl Iterator<Item = Vec<(String, String)>> {
    text.split("\n\n").map(|group| {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in group.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        fields
    })
}

fn recipient(fields: &[(String, String)], notice: &str) -> Option<BounceRecipient> {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    };
    // the address we wrote to is the one we know (§2.3.1); the final one may be anywhere behind it
    let address = [
        "original-recipient",
        "final-recipient",
        "x-actual-recipient",
    ]
    .into_iter()
    .filter_map(field)
    .find_map(usable)?;
    let action = field("action").unwrap_or("failed").to_ascii_lowercase();
    let action = action
        .split(|c: char| !c.is_ascii_alphabetic())
        .find(|word| matches!(*word, "delayed" | "delivered" | "relayed" | "expanded"))
        // `failure`, `error` …: gateways have their own words for it
        .unwrap_or("failed")
        .to_owned();
    let diagnostic = field("diagnostic-code")
        .or_else(|| field("x-supplementary-info"))
        .map(|value| clean::line(typed(value), 300))
        .filter(|words| !words.is_empty());
    let words = diagnostic.clone().unwrap_or_default();
    let claimed = field("status").and_then(reasons::status);
    // `5.0.0` says nothing; the words may say more
    let status = match claimed {
        Some(code) if !code.ends_with(".0.0") => Some(code),
        vague => reasons::status(&words).or(vague),
    };
    let reply_code = reasons::reply_code(&words);
    // the notice says at which stage, and more where the fields say nothing
    let told = if words.is_empty() || reasons::is_after_data(notice) {
        format!("{words}\n{notice}")
    } else {
        words
    };
    let permanent = reasons::is_permanent(&action, status.as_deref(), reply_code, &told);
    Some(BounceRecipient {
        address,
        action,
        status,
        reply_code,
        diagnostic,
        permanent,
    })
}

/// The value behind its type: `rfc822; wang@example.net`.
fn typed(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.trim().contains(' ') => rest.trim(),
        _ => value.trim(),
    }
}

fn usable(value: &str) -> Option<String> {
    let value = typed(value).trim_matches(['<', '>', ' ', '"', '\'']);
    address::plain(value).or_else(|| addresses(value).into_iter().next())
}
