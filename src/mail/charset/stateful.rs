//! Charsets with shifts and escapes that encoding_rs leaves out for the web's sake, and mail still has.

use data_encoding::BASE64_NOPAD;
use encoding_rs::{EUC_KR, GBK};

/// Decodes the charsets of this file; `None` for any other.
pub(super) fn decode(bytes: &[u8], name: &str) -> Option<String> {
    match name {
        "utf-7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" | "csunicode11utf7" => {
            Some(utf_7(bytes))
        }
        "hz-gb-2312" | "hz" | "hz-gb2312" | "x-hz-gb-2312" => Some(hz(bytes)),
        "iso-2022-kr" | "csiso2022kr" => Some(shifted(bytes)),
        "iso-2022-cn" | "iso-2022-cn-ext" | "x-iso-2022-cn" => Some(shifted(bytes)),
        _ => None,
    }
}

/// The same, where nothing says so but their own escapes; and the charset's name.
pub(super) fn without_a_label(bytes: &[u8]) -> Option<(String, &'static str)> {
    let holds = |what: &[u8]| memchr::memmem::find(bytes, what).is_some();
    if holds(b"\x1b$)C") && holds(b"\x0e") {
        return Some((shifted(bytes), "ISO-2022-KR"));
    }
    if holds(b"\x1b$)A") && holds(b"\x0e") {
        return Some((shifted(bytes), "ISO-2022-CN"));
    }
    is_hz(bytes).then(|| (hz(bytes), "HZ"))
}

/// Whether something is shifted, and all that is shifted are pairs of characters that exist.
fn is_hz(bytes: &[u8]) -> bool {
    let mut found = false;
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"~{") {
        let shifted = &rest[at + 2..];
        // a line ends it as well
        let line = &shifted[..memchr::memchr(b'\n', shifted).unwrap_or(shifted.len())];
        let Some(end) = memchr::memmem::find(line, b"~}") else {
            return false;
        };
        let pairs = &line[..end];
        let exist = |pair: &[u8]| matches!(pair, [0x21..=0x23 | 0x30..=0x77, 0x21..=0x7e]);
        if pairs.is_empty() || !pairs.chunks(2).all(exist) {
            return false;
        }
        found = true;
        rest = &shifted[end + 2..];
    }
    found
}

/// RFC 1843: `~{` turns to pairs of GB 2312 without their high bits, `~}` back to ASCII.
fn hz(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut chinese = false;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b'~', b'{', tail @ ..] => {
                chinese = true;
                tail
            }
            [b'~', b'}', tail @ ..] => {
                chinese = false;
                tail
            }
            [b'~', b'~', tail @ ..] if !chinese => {
                out.push(b'~');
                tail
            }
            [b'~', b'\n', tail @ ..] => tail,
            // a line ends the shift, whoever forgot to (RFC 1843 §2)
            [b'\n', tail @ ..] => {
                chinese = false;
                out.push(b'\n');
                tail
            }
            [first @ 0x21..=0x7e, second @ 0x21..=0x7e, tail @ ..] if chinese => {
                out.extend([first | 0x80, second | 0x80]);
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => break,
        };
    }
    GBK.decode_without_bom_handling(&out).0.into_owned()
}

/// The set that shift-out stands for.
#[derive(Clone, Copy)]
enum Set {
    Korean,
    Chinese,
}

/// ISO-2022-KR (RFC 1557) and ISO-2022-CN (RFC 1922): a designation names the set, SO and SI turn it on
/// and off. Sets beyond KS C 5601 and GB 2312 aren't met in mail.
fn shifted(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let mut run = Vec::new();
    let mut set = Set::Korean;
    let mut on = false;
    let flush = |run: &mut Vec<u8>, set: Set, out: &mut String| {
        let encoding = match set {
            Set::Korean => EUC_KR,
            Set::Chinese => GBK,
        };
        out.push_str(&encoding.decode_without_bom_handling(run).0);
        run.clear();
    };
    let mut rest = bytes;
    loop {
        rest = match rest {
            [0x1b, b'$', b')', which, tail @ ..] => {
                flush(&mut run, set, &mut out);
                set = if *which == b'A' {
                    Set::Chinese
                } else {
                    Set::Korean
                };
                tail
            }
            [0x0e, tail @ ..] => {
                on = true;
                tail
            }
            [0x0f, tail @ ..] => {
                on = false;
                tail
            }
            [first @ 0x21..=0x7e, second @ 0x21..=0x7e, tail @ ..] if on => {
                run.extend([first | 0x80, second | 0x80]);
                tail
            }
            [byte, tail @ ..] => {
                // a line ends the shift (RFC 1557)
                on &= *byte != b'\n';
                run.push(*byte);
                tail
            }
            [] => break,
        };
    }
    flush(&mut run, set, &mut out);
    out
}

/// RFC 2152: UTF-16 in base64 between `+` and `-`.
fn utf_7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'+' {
            out.push(if first.is_ascii() {
                char::from(first)
            } else {
                char::REPLACEMENT_CHARACTER
            });
            rest = tail;
            continue;
        }
        let length = tail
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            .count();
        if length == 0 {
            out.push('+');
        } else {
            out.push_str(&utf_7_run(&tail[..length]));
        }
        rest = tail[length..].strip_prefix(b"-").unwrap_or(&tail[length..]);
    }
    out
}

fn utf_7_run(encoded: &[u8]) -> String {
    // the last bits are padding, and not all encoders leave them zero: whole units count
    let mut decoder = BASE64_NOPAD.specification();
    decoder.check_trailing_bits = false;
    let usable = encoded.len() - usize::from(encoded.len() % 4 == 1);
    let bytes = decoder
        .encoding()
        .ok()
        .and_then(|encoding| encoding.decode(&encoded[..usable]).ok())
        .unwrap_or_default();
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_and_escapes_are_followed() {
        for (name, bytes, text) in [
            (
                "hz-gb-2312",
                &b"a~~b ~{M6K_~} c\n~{M6K_\nd"[..],
                "a~b 投诉 c\n投诉\nd",
            ),
            ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f. ok\n", "안녕. ok\n"),
            ("iso-2022-cn", b"\x1b$)A\x0eM6K_\x0f!", "投诉!"),
            ("utf-7", b"1 +- 1, +YpWLyQ- and +AOQ", "1 + 1, 投诉 and ä"),
            ("utf-7", b"+A-", ""),
        ] {
            assert_eq!(decode(bytes, name).as_deref(), Some(text), "{name}");
        }
        assert_eq!(decode(b"x", "utf-8"), None);
    }
}
