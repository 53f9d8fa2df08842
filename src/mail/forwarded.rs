//! Who wrote the mail that somebody passed on: recognised and offered, never taken for the sender.

use super::structure::Structure;
use super::{Address, addresses, reply};

/// Most lines below the divider in which the first From is looked for.
const NEAR: usize = 12;

/// The author of a mail that was forwarded in the text, as an attachment, or by resending.
pub(super) fn original_author(message: &Structure<'_>, text: &str) -> Option<Address> {
    in_text(text).or_else(|| attached(message))
}

fn in_text(text: &str) -> Option<Address> {
    // Apple Mail quotes what it forwards
    let lines: Vec<&str> = text
        .lines()
        .take(5_000)
        .map(|line| line.trim_start_matches(['>', ' ']))
        .collect();
    let at = lines
        .iter()
        .position(|line| reply::is_forward_divider(line))?;
    let block = lines.iter().skip(at + 1).take(NEAR);
    block
        .filter_map(|line| reply::from_field(line))
        .find_map(|value| addresses::one(value.trim_matches(['*', ' '])))
}

fn attached(message: &Structure<'_>) -> Option<Address> {
    let leaves = message.leaves();
    let mut parts = leaves
        .iter()
        .map(|at| &message.parts[*at])
        .filter(|part| part.kind() == "message/rfc822");
    let raw = parts.next()?.decoded();
    // one mail passed on has an author; several don't have one
    if parts.next().is_some() {
        return None;
    }
    match addresses::author(&Structure::of(&raw, None)) {
        addresses::Author::One(author) => Some(author),
        addresses::Author::Nobody | addresses::Author::Several => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_author_of_a_forwarded_mail_is_recognised() {
        for (text, author) in [
            (
                "FYI\n\n---------- Forwarded message ---------\nFrom: Wang Li <wang@example.net>\nDate: x\nSubject: y",
                Some("wang@example.net"),
            ),
            (
                "Begin forwarded message:\n\nFrom: Wang <wang@example.net>\nSubject: y",
                Some("wang@example.net"),
            ),
            (
                "-------- 转发邮件信息 --------\n发件人：\"王\" <wang@example.net>\n主题：y",
                Some("wang@example.net"),
            ),
            (
                "FYI\n> Begin forwarded message:\n>\n> From: Wang <wang@example.net>\n> Subject: y",
                Some("wang@example.net"),
            ),
            ("From: Wang <wang@example.net>\nno divider", None),
            (
                "-----Original Message-----\nFrom: Li <li@example.net>",
                None,
            ),
        ] {
            let found = in_text(text).map(|found| found.address);
            assert_eq!(found.as_deref(), author, "{text}");
        }
    }
}
