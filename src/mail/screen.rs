//! Bounds on the raw bytes, before any parser sees them (promise 11).
//!
//! About 33,000 nested `message/rfc822` headers overflow the parser's stack and abort the process,
//! and its memory can reach 45 times the input. Counting is linear, and needs no parser.

use memchr::{memchr_iter, memmem};

/// Most lines and bytes of the message's own headers.
const MOST_HEADER_LINES: usize = 10_000;
const MOST_HEADER_BYTES: usize = 1_000_000;
/// Most parts that hold other parts, and most that hold another message.
const MOST_MULTIPARTS: usize = 400;
const MOST_MESSAGES: usize = 200;
/// Most lines that could be boundaries, and most that could be headers of parts.
const MOST_BOUNDARIES: usize = 50_000;
const MOST_PART_HEADERS: usize = 50_000;

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
    let (mut multiparts, mut messages) = (0, 0);
    for slash in memchr_iter(b'/', raw) {
        multiparts += usize::from(ends_with(&raw[..slash], b"multipart"));
        messages += usize::from(ends_with(&raw[..slash], b"message"));
    }
    if multiparts > MOST_MULTIPARTS {
        return Some("too many multiparts".to_owned());
    }
    if messages > MOST_MESSAGES {
        return Some("too many nested messages".to_owned());
    }
    if memmem::find_iter(raw, b"\n--").count() > MOST_BOUNDARIES {
        return Some("too many parts".to_owned());
    }
    let content_headers = memmem::find_iter(raw, b"ontent-").count();
    (content_headers > MOST_PART_HEADERS).then(|| "too many headers of parts".to_owned())
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

fn ends_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes.len() >= word.len() && bytes[bytes.len() - word.len()..].eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_refused_and_ordinary_mail_is_not() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(33_000);
        let multiparts = "Content-Type: MULTIPART/mixed; boundary=a\r\n\r\n--a\r\n".repeat(1000);
        let parts = format!("Subject: x\r\n\r\n{}", "--a\r\n\r\n".repeat(60_000));
        let headers = "A: b\r\n".repeat(20_000);
        let header = format!("A: {}\r\n\r\n", "b".repeat(2_000_000));
        for (raw, expected) in [
            (nested.as_str(), Some("too many nested messages")),
            (&multiparts, Some("too many multiparts")),
            (&parts, Some("too many parts")),
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
