//! Text as people type it, in one form: what keyboards, input methods and mail programs make of the same words.

/// A character as it is compared: full-width forms (U+FF01 to U+FF5E) and the blanks, dashes, quotes and slashes
/// that programs put in place of the plain ones. `None` for what can't be seen.
pub(super) fn plain_char(c: char) -> Option<char> {
    let plain = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{60}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' | '「' | '」' => '"',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fe0e}'
        | '\u{fe0f}' => return None,
        c => c,
    };
    Some(plain)
}

/// A text in the form that it is compared in: plain characters, lower case, one blank between words, none at the
/// ends.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter_map(plain_char) {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A text without blanks and quotes round it, and without what can't be seen at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c| is_blank(c) || plain_char(c) == Some('"'))
}

/// A text without blanks round it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Blank, control, or not to be seen.
pub(super) fn is_blank(c: char) -> bool {
    plain_char(c).is_none_or(|c| c.is_whitespace() || c.is_control())
}

pub(super) fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：' | '﹕' | '︰')
}

pub(super) fn is_semicolon(c: char) -> bool {
    matches!(c, ';' | '；' | '﹔')
}

pub(super) fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，' | '、' | '﹐' | '､')
}

/// Chinese, Japanese or Korean: written without blanks between words.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// At most so many characters of a text, for showing it back.
pub(super) fn short(text: &str, most: usize) -> String {
    let mut out: String = text
        .chars()
        .filter_map(|c| {
            let c = plain_char(c).map(|_| c)?;
            Some(if c.is_control() { ' ' } else { c })
        })
        .take(most + 1)
        .collect();
    if out.chars().count() > most {
        out.pop();
        out.push('…');
    }
    out
}

/// The rest of a text behind a prefix in any case and width, where a word ends there: at a blank, at a sign, or
/// between two Chinese characters, which nothing separates.
pub(super) fn after<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut wanted = prefix.chars().peekable();
    let mut last = None;
    let mut blank_before = true;
    let mut at = 0;
    for (index, c) in text.char_indices() {
        if wanted.peek().is_none() {
            at = index;
            break;
        }
        at = index + c.len_utf8();
        let Some(plain) = plain_char(c) else { continue };
        if plain.is_whitespace() {
            if blank_before {
                continue;
            }
            if wanted.next() != Some(' ') {
                return None;
            }
            blank_before = true;
            continue;
        }
        blank_before = false;
        for lower in plain.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
            last = Some(lower);
        }
    }
    if wanted.peek().is_some() {
        return None;
    }
    let rest = &text[at..];
    let ends = match (last, rest.chars().find_map(plain_char)) {
        (_, None) => true,
        (Some(last), Some(next)) => {
            !next.is_alphanumeric() || is_ideograph(last) || is_ideograph(next)
        }
        (None, Some(_)) => false,
    };
    ends.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_keyboards_make_of_the_same_words_is_one_form() {
        for (typed, form) in [
            ("  Hello\u{a0}World ", "hello world"),
            ("ＡＣＣＥＰＴ：１", "accept:1"),
            ("“Li Na”", "\"li na\""),
            ("2026–12–03", "2026-12-03"),
            ("a\u{200b}b\u{feff}", "ab"),
            ("受理　案件", "受理 案件"),
            ("", ""),
        ] {
            assert_eq!(folded(typed), form, "{typed}");
        }
        assert_eq!(trimmed(" “Li Na” "), "Li Na");
        assert_eq!(short("abcdef", 3), "abc…");
        assert_eq!(short("a\tb", 3), "a b");
    }

    #[test]
    fn a_word_ends_where_it_ends() {
        for (text, prefix, rest) in [
            ("Li Na: why?", "li na", Some(": why?")),
            ("Ｌｉ  Ｎａ why", "li na", Some(" why")),
            ("Li Nan", "li na", None),
            ("Li", "li na", None),
            ("物流部这个包裹", "物流部", Some("这个包裹")),
            ("物流部", "物流部", Some("")),
            ("shipping部", "shipping", Some("部")),
            (" x", "x", Some("")),
        ] {
            assert_eq!(after(text, prefix), rest, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_form(text in "\\PC{0,60}|.{0,60}", prefix in ".{0,6}") {
            let form = folded(&text);
            prop_assert_eq!(form.trim(), &form);
            let _ = (trimmed(&text), bare(&text), short(&text, 10));
            if let Some(rest) = after(&text, &prefix) {
                prop_assert!(text.ends_with(rest));
            }
        }
    }
}
