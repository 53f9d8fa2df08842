//! Text that others wrote, made harmless: no NUL or other control characters (Postgres and mail headers
//! refuse them, lettre panics on some), nothing invisible, NFC.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One line of at most so many characters. Line ends and tabs become spaces, runs of spaces one.
///
/// ```
/// assert_eq!(redress::mail::clean::line("a\r\nBcc:\tb\u{202e}c\0 ", 80), "a Bcc: bc");
/// ```
pub fn line(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 4));
    let mut count = 0;
    for c in nfc(text).chars() {
        if is_invisible(c) {
            continue;
        }
        let c = if c.is_control() || c.is_whitespace() {
            ' '
        } else {
            c
        };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        if count == most {
            break;
        }
        out.push(c);
        count += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Text of many lines. Any line end becomes `\n`; tabs stay; no empty lines at either end.
pub fn text(text: &str) -> String {
    let text = nfc(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    let start = out.len() - out.trim_start_matches('\n').len();
    out.drain(..start);
    out
}

fn nfc(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        text.into()
    } else {
        text.nfc().collect::<String>().into()
    }
}

/// Zero-width characters, bidi controls, byte-order marks, tags: what can make text look like another.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_made_harmless() {
        for (from, most, to) in [
            ("Re: hello", 80, "Re: hello"),
            (
                "a\r\nBcc: victim@example.com",
                80,
                "a Bcc: victim@example.com",
            ),
            ("\0a\u{7}b\u{9b}", 80, "a b"),
            ("invoice\u{202e}fdp.exe", 80, "invoicefdp.exe"),
            ("投诉：订单\u{200b}一", 4, "投诉：订"),
            ("e\u{301}", 80, "é"),
            ("  \t ", 80, ""),
        ] {
            assert_eq!(line(from, most), to, "{from:?}");
        }
    }

    #[test]
    fn texts_keep_their_lines() {
        assert_eq!(text("\r\n\na\rb\r\n\tc\0\u{feff}\n\n"), "a\nb\n\tc");
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(from in "\\PC*|.*", most in 0usize..100) {
            let line = line(&from, most);
            prop_assert!(line.chars().count() <= most);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert!(!text(&from).chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
    }
}
