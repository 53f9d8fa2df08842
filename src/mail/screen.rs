//! Bounds on the raw bytes, before any parser sees them (promise 11).
//!
//! Our own reading of parts is bounded in depth and number; this stops what no mail program writes
//! before any time goes into it. Counting is linear, and needs no parser.

use memchr::{memchr_iter, memmem};

/// Most lines and bytes of the message's own headers.
const MOST_HEADER_LINES: usize = 10_000;
const MOST_HEADER_BYTES: usize = 1_000_000;
/// Most messages in messages, however deep.
const MOST_MESSAGES: usize = 200;

/// Why a message must not be parsed; `None` where it may.
pub(super) fn refuse(raw: &[u8]) -> Option<String> {
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Some("empty message".to_owned());
    }
    let head = head_length(raw);
    if head > MOST_HEADER_BYTES {
        return Some("too many bytes of headers".to_owned());
    }
    if memchr_iter(b'\n', &raw[..head]).count() > MOST_HEADER_LINES {
        return Some("too many headers".to_owned());
    }
    // nobody nests so many; the reader of parts bounds the rest
    (memmem::find_iter(raw, b"essage/rfc822").count() > MOST_MESSAGES)
        .then(|| "too many nested messages".to_owned())
}

/// The length of the headers: up to the first empty line.
pub(super) fn head_length(raw: &[u8]) -> usize {
    let mut start = 0;
    for end in memchr_iter(b'\n', raw) {
        if matches!(&raw[start..end], b"" | b"\r") {
            return start;
        }
        start = end + 1;
    }
    raw.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_refused_and_ordinary_mail_is_not() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(33_000);
        let headers = "A: b\r\n".repeat(20_000);
        let header = format!("A: {}\r\n\r\n", "b".repeat(2_000_000));
        for (raw, expected) in [
            (nested.as_str(), Some("too many nested messages")),
            (&headers, Some("too many headers")),
            (&header, Some("too many bytes of headers")),
            ("", Some("empty message")),
            ("\r\n\r\n ", Some("empty message")),
            ("Subject: x\r\n\r\nhello", None),
            ("hello", None),
        ] {
            assert_eq!(refuse(raw.as_bytes()).as_deref(), expected);
        }
    }

    #[test]
    fn the_head_ends_at_the_first_empty_line() {
        for (raw, length) in [
            ("A: b\r\n\r\nc", 6),
            ("A: b\n\nc", 5),
            ("A: b", 4),
            ("\r\nc", 0),
            ("", 0),
        ] {
            assert_eq!(head_length(raw.as_bytes()), length, "{raw:?}");
        }
    }
}
