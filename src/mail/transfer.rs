//! Transfer encodings (RFC 2045 §6): base64, quoted-printable and uuencode, however damaged.

use memchr::{memchr, memchr2};

/// How a body was made fit for 7-bit lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// 7bit, 8bit, binary and whatever we don't know: as it stands.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    Uuencode,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Encoding {
        let name = name
            .split([';', ' ', '\t', '('])
            .find(|word| !word.is_empty())
            .unwrap_or("")
            .trim_matches('"');
        for (known, encoding) in [
            ("base64", Encoding::Base64),
            ("quoted-printable", Encoding::QuotedPrintable),
            ("x-uuencode", Encoding::Uuencode),
            ("x-uue", Encoding::Uuencode),
            ("uuencode", Encoding::Uuencode),
        ] {
            if name.eq_ignore_ascii_case(known) {
                return encoding;
            }
        }
        Encoding::Identity
    }
}

/// Decodes a body piece by piece: nothing is held whole that needn't be.
pub(super) fn decode_to(body: &[u8], encoding: Encoding, mut sink: impl FnMut(&[u8])) {
    match encoding {
        Encoding::Identity => sink(body),
        Encoding::Base64 => base64_to(body, sink),
        Encoding::QuotedPrintable => sink(&quoted_printable(body)),
        Encoding::Uuencode => sink(&uuencoded(body)),
    }
}

/// Decodes a body whole.
pub(super) fn decode(body: &[u8], encoding: Encoding) -> std::borrow::Cow<'_, [u8]> {
    match encoding {
        Encoding::Identity => body.into(),
        Encoding::Base64 => base64(body).into(),
        Encoding::QuotedPrintable => quoted_printable(body).into(),
        Encoding::Uuencode => uuencoded(body).into(),
    }
}

pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    base64_to(text, |piece| out.extend_from_slice(piece));
    out
}

/// Bytes at a time that base64 is handed on in.
const PIECE: usize = 48 * 1024;

const SKIP: u8 = 0x40;
const PAD: u8 = 0x80;
const DIGITS: [u8; 256] = {
    let mut table = [SKIP; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < 64 {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table[b'=' as usize] = PAD;
    table
};

/// What isn't of the alphabet is passed over (RFC 2045 §6.8). Padding ends the data unless more of it
/// follows, as where two encodings were joined; a footer that a list added is not more of it.
fn base64_to(text: &[u8], mut sink: impl FnMut(&[u8])) {
    let mut out = Vec::with_capacity(PIECE.min(text.len()) + 3);
    let (mut bits, mut held) = (0u32, 0u8);
    let mut rest = text;
    loop {
        // the common case: four digits at a time
        while held == 0
            && let [a, b, c, d, tail @ ..] = rest
        {
            let digits = [a, b, c, d].map(|byte| DIGITS[usize::from(*byte)]);
            if digits.iter().fold(0, |all, digit| all | digit) >= SKIP {
                break;
            }
            let [a, b, c, d] = digits.map(u32::from);
            let [_, bytes @ ..] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
            out.extend_from_slice(&bytes);
            if out.len() >= PIECE {
                sink(&out);
                out.clear();
            }
            rest = tail;
        }
        let Some((byte, tail)) = rest.split_first() else {
            break;
        };
        rest = tail;
        match DIGITS[usize::from(*byte)] {
            // a boundary that was damaged on the way
            SKIP if *byte == b'-' && tail.starts_with(b"-") && held == 0 => break,
            SKIP => {}
            PAD => {
                flush(bits, held, &mut out);
                (bits, held) = (0, 0);
                rest = tail.trim_ascii_start();
                while let [b'=', tail @ ..] = rest {
                    rest = tail.trim_ascii_start();
                }
                if !starts_with_base64(rest) {
                    break;
                }
            }
            digit => {
                bits = bits << 6 | u32::from(digit);
                held += 1;
                if held == 4 {
                    let [_, bytes @ ..] = bits.to_be_bytes();
                    out.extend_from_slice(&bytes);
                    (bits, held) = (0, 0);
                }
            }
        }
    }
    flush(bits, held, &mut out);
    sink(&out);
}

/// What two or three digits at the end hold.
fn flush(bits: u32, held: u8, out: &mut Vec<u8>) {
    match held {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

fn starts_with_base64(text: &[u8]) -> bool {
    let line = &text[..memchr(b'\n', text).unwrap_or(text.len())];
    let line = line.trim_ascii_end();
    let digits = line
        .iter()
        .take_while(|b| DIGITS[usize::from(**b)] < SKIP)
        .count();
    let padding = line[digits..].iter().take_while(|b| **b == b'=').count();
    digits + padding == line.len() && digits + padding >= 4 && (digits + padding) % 4 == 0
}

/// Whether a text that claims to be base64 can be: words have blanks between them, and base64 has none.
pub(super) fn is_base64(text: &[u8]) -> bool {
    let sample = &text[..text.len().min(2_000)];
    let foreign = sample
        .split(|b| *b == b'\n')
        .flat_map(|line| line.trim_ascii())
        .filter(|b| DIGITS[usize::from(**b)] == SKIP)
        .count();
    foreign * 20 <= sample.len()
}

/// RFC 2045 §6.7. A `=` that starts no byte stands for itself.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr2(b'=', b'\n', rest) {
        if rest[at] == b'\n' {
            // white space at a line's end was added on the way (§6.7 rule 3)
            let line = &rest[..at];
            let (line, end) = match line.strip_suffix(b"\r") {
                Some(line) => (line, &b"\r\n"[..]),
                None => (line, &b"\n"[..]),
            };
            let kept = line.iter().rposition(|b| !matches!(b, b' ' | b'\t'));
            out.extend_from_slice(&line[..kept.map_or(0, |last| last + 1)]);
            out.extend_from_slice(end);
            rest = &rest[at + 1..];
            continue;
        }
        out.extend_from_slice(&rest[..at]);
        let after = &rest[at + 1..];
        if let [high, low, tail @ ..] = after
            && let Some(byte) = hex(*high, *low)
        {
            out.push(byte);
            rest = tail;
            continue;
        }
        // a soft line break, with the white space that was added behind it
        let blanks = after
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
            .count();
        match after.get(blanks) {
            Some(b'\n') => rest = &after[blanks + 1..],
            None => rest = &[],
            Some(_) => {
                out.push(b'=');
                rest = after;
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Two hexadecimal digits.
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// Lines of uuencode, between `begin` and `end` where these stand (POSIX `uuencode`).
pub(super) fn uuencoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for line in text.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line == b"end" {
            break;
        }
        if !line.starts_with(b"begin ") {
            uu_line(line, &mut out);
        }
    }
    out
}

/// One line: its length, then three bytes in each four characters.
fn uu_line(line: &[u8], out: &mut Vec<u8>) {
    let Some((&length, digits)) = line.split_first() else {
        return;
    };
    let value = |byte: u8| u32::from(byte.wrapping_sub(b' ') & 0x3f);
    let end = out.len() + value(length) as usize;
    for quad in digits.chunks(4) {
        let mut four = [b' '; 4];
        four[..quad.len()].copy_from_slice(quad);
        let bits = four.iter().fold(0, |bits, byte| bits << 6 | value(*byte));
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(&bytes);
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_read_however_damaged() {
        for (text, bytes) in [
            ("aGVsbG8=", "hello"),
            ("aGVs\r\nbG8=\r\n", "hello"),
            ("aGVsbG8", "hello"),
            ("a-G!V s\tbG8=", "hello"),
            ("aGVsbG8=\nIHdvcmxk", "hello world"),
            ("aGVsbG8=\n_______\nA list footer", "hello"),
            ("aGVsbG8==", "hello"),
            ("a", ""),
            ("", ""),
        ] {
            assert_eq!(base64(text.as_bytes()), bytes.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn prose_is_not_base64() {
        assert!(is_base64(b"aGVsbG8g\r\naGVsbG8=\r\n"));
        assert!(!is_base64(b"this is what it says, as it stands"));
    }

    #[test]
    fn quoted_printable_is_read_however_damaged() {
        for (text, bytes) in [
            ("a=3Db=20\r\n", "a=b \r\n"),
            ("soft=\r\nly=  \nsoft", "softlysoft"),
            ("lower =c3=a9", "lower é"),
            ("trailing \t\r\nend", "trailing\r\nend"),
            ("1 = 2 =ZZ", "1 = 2 =ZZ"),
            ("cut=", "cut"),
            ("cut=4", "cut=4"),
        ] {
            assert_eq!(
                String::from_utf8(quoted_printable(text.as_bytes())).unwrap(),
                bytes,
                "{text:?}"
            );
        }
    }

    #[test]
    fn uuencode_is_read() {
        assert_eq!(uuencoded(b"begin 644 a.txt\n#0V%T\n`\nend\nmore"), b"Cat");
        assert_eq!(uuencoded(b"#0V%T\r\n"), b"Cat");
    }

    proptest! {
        #[test]
        fn base64_gives_back_what_went_in(bytes in proptest::collection::vec(any::<u8>(), 0..300), wrap in 1usize..80) {
            let text = data_encoding::BASE64.encode(&bytes);
            let lines: Vec<&[u8]> = text.as_bytes().chunks(wrap).collect();
            prop_assert_eq!(base64(&lines.join(&b"\r\n"[..])), bytes);
        }
    }
}
