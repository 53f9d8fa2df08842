//! What the server's answers hold.

use async_imap::imap_proto::{AttributeValue, Capability, MessageSection, SectionPath};
use chrono::{DateTime, FixedOffset};

use super::utf7;

pub(super) fn capability_name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4rev1".to_owned(),
        Capability::Auth(name) => format!("AUTH={name}"),
        Capability::Atom(name) => name.to_string(),
    }
}

/// A folder's name as a quoted string (RFC 3501 §9); the configuration lets no control characters in.
pub(super) fn quoted(folder: &str) -> String {
    let encoded = utf7::encode(folder);
    format!("\"{}\"", encoded.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(super) fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

/// RFC822.SIZE, in octets.
pub(super) fn size(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Rfc822Size(size) => Some(*size),
        _ => None,
    })
}

pub(super) fn received_at(attributes: &[AttributeValue<'_>]) -> Option<DateTime<FixedOffset>> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => internal_date(text),
        _ => None,
    })
}

/// FLAGS, but for those of the system.
pub(super) fn keywords(attributes: &[AttributeValue<'_>]) -> Option<Vec<String>> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Flags(flags) => {
            let keywords = flags.iter().filter(|flag| !flag.starts_with('\\'));
            Some(keywords.map(ToString::to_string).collect())
        }
        _ => None,
    })
}

/// ` 7-Feb-2026 21:52:25 +0800` (RFC 3501 §9, `date-time`).
fn internal_date(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_str(text.trim(), "%e-%b-%Y %H:%M:%S %z").ok()
}

pub(super) fn section<'a>(
    attributes: &'a [AttributeValue<'_>],
    wanted: Option<&MessageSection>,
) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section, data, .. } => {
            let fits = match (section, wanted) {
                (None, None) => true,
                (Some(SectionPath::Full(found)), Some(wanted)) => found == wanted,
                _ => false,
            };
            data.as_deref().filter(|_| fits)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_receipt_are_read_as_servers_write_them() {
        for (text, expected) in [
            (
                " 7-Feb-2026 21:52:25 +0800",
                Some("2026-02-07T21:52:25+08:00"),
            ),
            (
                "07-Feb-2026 21:52:25 +0000",
                Some("2026-02-07T21:52:25+00:00"),
            ),
            (
                "7-Feb-2026 21:52:25 -0330",
                Some("2026-02-07T21:52:25-03:30"),
            ),
            ("yesterday", None),
        ] {
            assert_eq!(
                internal_date(text).map(|date| date.to_rfc3339()).as_deref(),
                expected
            );
        }
    }

    #[test]
    fn a_folders_name_is_quoted() {
        assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    }
}
