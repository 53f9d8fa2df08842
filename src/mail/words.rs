//! Encoded words (RFC 2047): text beyond ASCII in header fields.

use super::{charset, headers, transfer};

/// Decodes a field's value to one line of text. `hint` is the charset for bytes that name none.
pub(super) fn decode_field(value: &[u8], hint: Option<&'static str>) -> Text {
    let guessed = std::str::from_utf8(value).is_err() || !value.is_ascii();
    let mut text = decode(&headers::unfolded_guessing(value, hint));
    if guessed && text.guessed.is_none() {
        text.guessed = Some(match hint {
            Some(hint) if std::str::from_utf8(value).is_err() => hint.to_owned(),
            _ => "UTF-8".to_owned(),
        });
    }
    text
}

/// Decoded text, and the charset where it isn't what the label says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) guessed: Option<String>,
}

/// Replaces the encoded words of a line by what they stand for.
pub(super) fn decode(line: &str) -> Text {
    if !line.contains("=?") {
        return Text {
            text: line.to_owned(),
            guessed: None,
        };
    }
    let mut out = Text::default();
    // neighbours of one charset are decoded together: clients cut characters in two (§5 forbids it)
    let mut pending: Option<Word<'_>> = None;
    let mut rest = line;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, after)) = Word::parse(from) else {
            flush(&mut pending, &mut out);
            out.text.push_str(before);
            out.text.push_str("=?");
            rest = &from[2..];
            continue;
        };
        // white space between encoded words isn't shown (§6.2)
        if pending.is_none() || !before.trim_matches([' ', '\t']).is_empty() {
            flush(&mut pending, &mut out);
            out.text.push_str(before);
        }
        match &mut pending {
            Some(last) if last.charset.eq_ignore_ascii_case(word.charset) => {
                last.bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut pending, &mut out);
                pending = Some(word);
            }
        }
        rest = after;
    }
    flush(&mut pending, &mut out);
    out.text.push_str(rest);
    out
}

/// The length of the encoded word that a text begins with.
pub(super) fn encoded_length(text: &str) -> Option<usize> {
    let (_, after) = text.starts_with("=?").then(|| Word::parse(text))??;
    Some(text.len() - after.len())
}

fn flush(pending: &mut Option<Word<'_>>, out: &mut Text) {
    if let Some(word) = pending.take() {
        let decoded = charset::decode(&word.bytes, Some(word.charset));
        out.text.push_str(&decoded.text);
        if let Some(guessed) = decoded.guessed {
            out.guessed = Some(guessed.to_owned());
        }
    }
}

/// Longest text of an encoded word, in bytes.
const LONGEST: usize = 8_000;

struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Word<'a> {
    /// `=?charset*language?encoding?text?=`, and what follows it.
    fn parse(from: &'a str) -> Option<(Word<'a>, &'a str)> {
        let inner = from.strip_prefix("=?")?;
        let (charset, _) = inner[..inner.floor_char_boundary(60)].split_once('?')?;
        let rest = &inner[charset.len() + 1..];
        if charset.is_empty() || charset.contains(char::is_whitespace) {
            return None;
        }
        // RFC 2231 §5: a language may follow the charset
        let charset = charset.split('*').next().unwrap_or(charset);
        let (encoding, rest) = rest.split_at_checked(1)?;
        let rest = rest.strip_prefix('?')?;
        // §2 allows 75 characters, some write more; without a bound starts without ends would cost
        // a search of all that follows each
        let window = &rest[..rest.floor_char_boundary(LONGEST)];
        let (text, _) = window.split_once("?=")?;
        let after = &rest[text.len() + 2..];
        let bytes = match encoding {
            "B" | "b" => transfer::base64(text.as_bytes()),
            "Q" | "q" => q(text.as_bytes()),
            _ => return None,
        };
        Some((Word { charset, bytes }, after))
    }
}

/// §4.2: quoted-printable with `_` for a space.
fn q(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [b'_', tail @ ..] => {
                out.push(b' ');
                tail
            }
            [b'=', high, low, tail @ ..] if transfer::hex(*high, *low).is_some() => {
                out.extend(transfer::hex(*high, *low));
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
            [] => return out,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_as_meant() {
        for (line, text) in [
            ("plain", "plain"),
            ("=?utf-8?B?5oqV6K+J?=", "投诉"),
            ("a =?utf-8?Q?=E6=8A=95_b?= c", "a 投 b c"),
            ("=?utf-8?B?5oqV6K+J5Q==?= =?UTF-8?B?lYblk4E=?=", "投诉商品"),
            ("=?iso-8859-1*en?q?caf=E9?=", "café"),
            ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
            ("=?utf-8?q?a b?=", "a b"),
            ("=?utf-8?q?=41?=", "A"),
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
            ("=?utf-8?q?cut", "=?utf-8?q?cut"),
            ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
            ("(=?utf-8?q?a?=)", "(a)"),
            ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ] {
            assert_eq!(decode(line).text, text, "{line}");
        }
        assert_eq!(
            decode("=?iso-8859-1?B?5oqV6K+J?=").guessed.as_deref(),
            Some("UTF-8")
        );
        assert_eq!(decode_field(b" \xcd\xb6\xcb\xdf", Some("GBK")).text, "投诉");
    }
}
