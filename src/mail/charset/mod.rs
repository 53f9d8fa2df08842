//! Bytes to text: by the label they carry, or, where that is missing or wrong, by what they are.

mod dos;
mod guess;
mod stateful;

use std::borrow::Cow;

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, ISO_2022_JP, UTF_8};

pub(super) use guess::detect;
use guess::{guess, has_more_than_letters, is_big_endian, is_common_chinese, is_mostly_foreign};

/// Text, and the charset that had to be guessed for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// The charset used, where it isn't the one on the label.
    pub(super) guessed: Option<&'static str>,
}

impl<'a> Decoded<'a> {
    fn sure(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        Decoded {
            text,
            guessed: None,
        }
    }

    fn guess(text: impl Into<Cow<'a, str>>, charset: &'static str) -> Self {
        let text = text.into();
        Decoded {
            text,
            guessed: Some(charset),
        }
    }
}

/// Decodes bytes that carry this label, or none.
pub(super) fn decode<'a>(bytes: &'a [u8], label: Option<&str>) -> Decoded<'a> {
    let name = label.map(normalised).unwrap_or_default();
    if let Some(text) = stateful::decode(bytes, &name) {
        return Decoded::sure(text);
    }
    if let Some(text) = dos::decode(bytes, &name) {
        return Decoded::sure(text);
    }
    if let Some(text) = utf_16(bytes, &name) {
        return Decoded::sure(text);
    }
    let labelled = encoding(&name);
    if bytes.is_ascii() {
        return ascii(bytes, labelled);
    }
    match labelled {
        Some(encoding) if is_latin(encoding) => latin(bytes, encoding),
        Some(encoding) => multibyte(bytes, encoding),
        None if name.is_empty() || is_ascii_name(&name) => unlabelled(bytes, name.is_empty()),
        None => unlabelled(bytes, false),
    }
}

/// A label as senders write it, in the form that tables use.
fn normalised(label: &str) -> String {
    label
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_ascii_lowercase()
        .replace('_', "-")
}

fn encoding(name: &str) -> Option<&'static Encoding> {
    // the web's table (https://encoding.spec.whatwg.org) has most; these are mail's own
    let alias = match name {
        "cp936" | "ms936" | "x-gb2312" | "gb18030-2000" | "euc-cn" | "x-euc-cn" | "gb-2312" => {
            "gbk"
        }
        "cp950" | "ms950" | "big5-hkscs" | "x-big5" | "big-5" | "cn-big5" | "big5hkscs"
        | "x-x-big5" => "big5",
        "cp932" | "ms932" | "windows-932" | "shift-jis" | "sjis" | "x-sjis" | "x-ms-cp932" => {
            "shift_jis"
        }
        "eucjp" | "x-euc" | "x-eucjp" => "euc-jp",
        "cp949" | "ms949" | "uhc" | "x-windows-949" | "ks-c-5601-1987" | "ks-c-5601"
        | "ksc-5601" | "ksc5601" | "ks-c-5601-1989" | "cp51949" | "euckr" => "euc-kr",
        "cp50220" | "cp50221" | "iso-2022-jp-2" | "iso-2022-jp-ms" | "x-iso-2022-jp" => {
            "iso-2022-jp"
        }
        "utf8" | "utf-8" | "unicode-1-1-utf-8" | "x-utf-8" | "utf8mb4" | "utf-8-mac"
        | "cp65001" => "utf-8",
        "cp1250" | "cp-1250" => "windows-1250",
        "cp1251" | "cp-1251" | "win-1251" | "win1251" => "windows-1251",
        "cp1252"
        | "cp-1252"
        | "latin-1"
        | "iso-88591"
        | "iso8859-1"
        | "iso-8859-1-windows-1252" => "windows-1252",
        "iso-8859-8-i" => "iso-8859-8-i",
        "koi8r" | "koi-8-r" | "koi8" => "koi8-r",
        "tis620" | "cp874" | "ms874" => "windows-874",
        other => other,
    };
    Encoding::for_label(alias.as_bytes()).or_else(|| {
        // labels that the table spells with an underscore
        Encoding::for_label(alias.replace('-', "_").as_bytes())
    })
}

fn is_ascii_name(name: &str) -> bool {
    matches!(
        name,
        "us-ascii" | "ascii" | "ansi-x3.4-1968" | "7bit" | "8bit" | "binary" | "iso-646-us"
    )
}

fn is_latin(encoding: &'static Encoding) -> bool {
    matches!(
        encoding.name(),
        "windows-1252" | "ISO-8859-15" | "windows-1254" | "macintosh"
    )
}

/// Without a byte beyond ASCII only escape sequences can mean anything else.
fn ascii<'a>(bytes: &'a [u8], labelled: Option<&'static Encoding>) -> Decoded<'a> {
    if memchr::memchr(0x1b, bytes).is_some() {
        let (text, errors) = ISO_2022_JP.decode_without_bom_handling(bytes);
        if labelled == Some(ISO_2022_JP) {
            return Decoded::sure(text);
        }
        if !errors && !text.is_ascii() {
            return Decoded::guess(text, "ISO-2022-JP");
        }
    }
    if let Some((text, charset)) = stateful::without_a_label(bytes) {
        return Decoded::guess(text, charset);
    }
    Decoded::sure(String::from_utf8_lossy(bytes))
}

/// Labelled as a Latin charset, in which every byte means something: UTF-8 and Chinese are found by
/// their patterns (QQ labels both ISO-8859-1).
fn latin<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded::guess(text, "UTF-8");
    }
    // UTF-8 that was cut in the middle of a character
    let lossy = String::from_utf8_lossy(bytes);
    let foreign = lossy.chars().filter(|c| !c.is_ascii()).count();
    if foreign >= 5 && faults(&lossy) * 10 <= foreign {
        return Decoded::guess(lossy, "UTF-8");
    }
    if has_more_than_letters(bytes) && is_common_chinese(bytes) {
        // its neighbours use the same pairs; it takes a sentence to tell them from each other
        let found = if foreign_bytes(bytes) >= 24 {
            guess(bytes)
        } else {
            GBK
        };
        let (text, errors) = found.decode_without_bom_handling(bytes);
        if !errors && [EUC_KR, EUC_JP].contains(&found) {
            return Decoded::guess(text, found.name());
        }
        return Decoded::guess(GBK.decode_without_bom_handling(bytes).0, "GBK");
    }
    if is_mostly_foreign(bytes) {
        let found = guess(bytes);
        let (text, errors) = found.decode_without_bom_handling(bytes);
        let fits = if found.is_single_byte() {
            matches!(
                found.name(),
                "windows-1251" | "KOI8-U" | "KOI8-R" | "ISO-8859-5"
            )
        } else {
            has_more_than_letters(bytes)
        };
        if fits && !errors {
            return Decoded::guess(text, found.name());
        }
    }
    Decoded::sure(encoding.decode_without_bom_handling(bytes).0)
}

fn foreign_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| !b.is_ascii()).count()
}

/// Labelled as a charset with rules: where they are broken, the label may be wrong.
fn multibyte<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Decoded<'a> {
    let (text, errors) = encoding.decode_with_bom_removal(bytes);
    if let Ok(utf8) = std::str::from_utf8(bytes)
        && encoding != UTF_8
        && (errors || is_surely_utf_8(utf8, encoding))
    {
        return Decoded::guess(utf8, "UTF-8");
    }
    if !errors {
        return Decoded::sure(text);
    }
    let broken = faults(&text);
    let found = guess(bytes);
    // one bad byte in a long text isn't a wrong label
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    if found != encoding && broken * 4 > foreign {
        let (other, _) = found.decode_without_bom_handling(bytes);
        if faults(&other) < broken {
            return Decoded::guess(other, found.name());
        }
    }
    Decoded::sure(text)
}

/// Whether valid UTF-8 is no accident: pairs of GBK can look like its two-byte characters (联通 does),
/// but hardly like several of its longer ones.
fn is_surely_utf_8(text: &str, labelled: &'static Encoding) -> bool {
    let long = text.chars().filter(|c| c.len_utf8() > 2).count();
    let short = text.chars().filter(|c| c.len_utf8() == 2).count();
    if labelled.is_single_byte() {
        long + short >= 2
    } else {
        long >= 2 && long > short
    }
}

fn unlabelled<'a>(bytes: &'a [u8], expected: bool) -> Decoded<'a> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        return if expected {
            Decoded::sure(text)
        } else {
            Decoded::guess(text, "UTF-8")
        };
    }
    // mostly UTF-8, cut or stained here and there
    let lossy = String::from_utf8_lossy(bytes);
    let foreign = lossy.chars().filter(|c| !c.is_ascii()).count();
    if faults(&lossy) * 4 <= foreign {
        return Decoded::guess(lossy, "UTF-8");
    }
    let found = guess(bytes);
    Decoded::guess(found.decode_without_bom_handling(bytes).0, found.name())
}

/// UTF-16 by its label or its byte order mark.
fn utf_16(bytes: &[u8], name: &str) -> Option<String> {
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let named = name.starts_with("utf-16")
        || name.starts_with("ucs-2")
        || name.starts_with("iso-10646-ucs-2")
        || name == "unicode";
    let shown = marked && bytes.len().is_multiple_of(2);
    if !named && !shown {
        return None;
    }
    // RFC 2781 §4.3: big-endian where nothing says otherwise; but many mean little-endian
    let little = match bytes {
        [0xff, 0xfe, ..] => true,
        [0xfe, 0xff, ..] => false,
        _ if name.ends_with("le") => true,
        _ if name.ends_with("be") => false,
        // what has no zero in it, and is UTF-8, isn't what its label says
        _ if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() => return None,
        _ => !is_big_endian(bytes),
    };
    let encoding = if little {
        encoding_rs::UTF_16LE
    } else {
        encoding_rs::UTF_16BE
    };
    Some(encoding.decode_with_bom_removal(bytes).0.into_owned())
}

/// Characters that show a wrong charset: replacement characters and C1 controls.
fn faults(text: &str) -> usize {
    text.chars()
        .filter(|c| matches!(c, '\u{fffd}' | '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}'))
        .count()
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    #[test]
    fn labels_are_believed_where_they_fit() {
        for (bytes, label, text) in [
            (&b"\xcd\xb6\xcb\xdf"[..], "gb2312", "投诉"),
            (b"\xcd\xb6\xcb\xdf", "\"CP936\"", "投诉"),
            (b"\x86\xb4\xe9F", "gb2312", "喆镕"),
            (b"\xa7\xeb\xb6D", "big5", "投訴"),
            (b"\xbe\xc8\xb3\xe7", "ks_c_5601-1987", "안녕"),
            (b"\x8f\xa4\x95i", "x-sjis", "商品"),
            (b"\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет"),
            (b"caf\xe9", "iso-8859-1", "café"),
            (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
            (b"+YpWLyf8B-", "utf-7", "投诉！"),
            (b"~{M6K_~}", "hz-gb-2312", "投诉"),
            (b"\xfe\xff\x62\x95\x8b\xc9", "utf-16", "投诉"),
            (b"\x95\x62\xc9\x8b", "utf-16le", "投诉"),
            (b"\x62\x95\x8b\xc9\xff\x01", "utf-16", "投诉！"),
            (b"\x95\x62\xc9\x8b\x01\xff", "ucs-2", "投诉！"),
            (
                b"plain ~{ and ~} plain",
                "us-ascii",
                "plain ~{ and ~} plain",
            ),
            (b"Gr\x81\xe1e", "cp850", "Grüße"),
            (b"plain", "x-unknown", "plain"),
        ] {
            let decoded = decode(bytes, Some(label));
            assert_eq!(decoded.text, text, "{label}");
            assert_eq!(decoded.guessed, None, "{label}");
        }
    }

    #[test]
    fn what_a_label_hides_is_found() {
        for (bytes, label, text, charset) in [
            ("投诉".as_bytes(), Some("iso-8859-1"), "投诉", "UTF-8"),
            ("投诉".as_bytes(), Some("x-unknown"), "投诉", "UTF-8"),
            ("投诉".as_bytes(), Some("us-ascii"), "投诉", "UTF-8"),
            (
                "投诉商品质量".as_bytes(),
                Some("gbk"),
                "投诉商品质量",
                "UTF-8",
            ),
            ("жалоба".as_bytes(), Some("koi8-r"), "жалоба", "UTF-8"),
            (
                b"\xcd\xb6\xcb\xdf\xc9\xcc\xc6\xb7",
                Some("iso-8859-1"),
                "投诉商品",
                "GBK",
            ),
            (
                b"\xcd\xb6\xcb\xdf\xc9\xcc\xc6\xb7",
                Some("utf-8"),
                "投诉商品",
                "GBK",
            ),
            (b"\xcd\xb6\xcb\xdf\xc9\xcc\xc6\xb7", None, "投诉商品", "GBK"),
            (b"\x1b$B>&IJ\x1b(B", None, "商品", "ISO-2022-JP"),
            (b"~{M6K_~} 17", None, "投诉 17", "HZ"),
            (b"\x1b$)C\x0e>H3g\x0f", Some("us-ascii"), "안녕", "ISO-2022-KR"),
            ("投诉！".as_bytes(), Some("unicode"), "投诉！", "UTF-8"),
            (
                b"\xc1\xf6\xb3\xad \xc1\xd6\xbf\xa1 \xb1\xb8\xc0\xd4\xc7\xd1 \xc1\xd6\xc0\xfc\xc0\xda\xb0\xa1 \xb0\xed\xc0\xe5\xb3\xb5\xbd\xc0\xb4\xcf\xb4\xd9.",
                Some("iso-8859-1"),
                "지난 주에 구입한 주전자가 고장났습니다.",
                "EUC-KR",
            ),
        ] {
            let decoded = decode(bytes, label);
            assert_eq!(decoded.text, text, "{label:?}");
            assert_eq!(decoded.guessed, Some(charset), "{label:?} {text}");
        }
    }

    #[test]
    fn latin_text_is_not_taken_for_chinese() {
        for text in [
            "äöüÄÖÜß",
            "Beschwerde über größere Mängel",
            "déjà vu à la façon",
        ] {
            let (bytes, _, _) = WINDOWS_1252.encode(text);
            assert_eq!(decode(&bytes, Some("iso-8859-1")).text, text);
        }
    }
}
