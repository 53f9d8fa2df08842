//! The text part of a letter in lines that any mail client shows well.
//!
//! Templates hold a paragraph a line; here they are folded by what a terminal would show, so that
//! Chinese (two columns a character, no spaces) and English come out alike.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line: RFC 5322 §2.1.1 asks for at most 78; this leaves room for a quoting `> `.
const WIDTH: usize = 72;

/// Folds long lines, with items of a list indented; no spaces at line ends, one empty line at most
/// between paragraphs, none at either end.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut empty_before = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            empty_before = !out.is_empty();
            continue;
        }
        if empty_before {
            out.push('\n');
        }
        empty_before = false;
        fold(line, &mut out);
    }
    out
}

fn fold(line: &str, out: &mut String) {
    let indent = hanging_indent(line);
    let mut rest = line;
    let mut room = WIDTH;
    while let Some((end, next)) = cut(rest, room) {
        out.push_str(rest[..end].trim_end());
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
        rest = &rest[next..];
        room = WIDTH - indent;
    }
    out.push_str(rest);
    out.push('\n');
}

/// Columns that later lines of a paragraph are moved in: as far as its first word, or the text of a
/// list's item.
fn hanging_indent(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let before = line.len() - text.len();
    let marker = text
        .find(' ')
        .map(|at| &text[..at])
        .filter(|marker| {
            matches!(*marker, "-" | "*" | "•")
                || marker
                    .strip_suffix('.')
                    .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .map_or(0, |marker| marker.width() + 1);
    (before + marker).min(WIDTH / 3)
}

/// Where a text that is too long is cut: the end of its first line, and the start of the next.
/// A word that fits no line stays whole: a link must not be broken.
fn cut(text: &str, room: usize) -> Option<(usize, usize)> {
    let mut width = 0;
    let mut best = None;
    let mut before: Option<char> = None;
    let start = text.len() - text.trim_start().len();
    for (at, c) in text.char_indices() {
        if at > start
            && let Some(before) = before
            && before != ' '
            && can_break(before, c)
        {
            if width > room && best.is_some() {
                return best;
            }
            let next = at + (text[at..].len() - text[at..].trim_start_matches(' ').len());
            best = Some((at, next));
        }
        width += c.width().unwrap_or(0);
        before = Some(c);
        if width > room && c != ' ' && best.is_some() {
            return best;
        }
    }
    None
}

/// Whether a line may end between two characters: at a space, or beside a wide character, but never
/// before a mark that closes or after one that opens.
fn can_break(before: char, after: char) -> bool {
    if after == ' ' {
        return true;
    }
    let wide = |c: char| c.width() == Some(2);
    (wide(before) || wide(after)) && !opens(before) && !closes(after)
}

fn opens(c: char) -> bool {
    "（《〈「『【〔“‘([{<￥$".contains(c)
}

fn closes(c: char) -> bool {
    "，。、；：？！）》〉」』】〕”’…—～·％,.;:?!)]}>%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paragraphs_are_folded_by_columns() {
        let english = "- By Tuesday 15 December 2026 you have our answer in writing, or a letter that says why it takes longer.";
        assert_eq!(
            tidy(english),
            "- By Tuesday 15 December 2026 you have our answer in writing, or a\n  letter that says why it takes longer.\n"
        );
        let chinese = "我们将在2026年12月15日（星期二）前书面答复您；如需更长时间，会来信说明原因和预计的答复时间，请您留意查收。";
        assert_eq!(
            tidy(chinese),
            "我们将在2026年12月15日（星期二）前书面答复您；如需更长时间，会来信说明原\n因和预计的答复时间，请您留意查收。\n"
        );
    }

    #[test]
    fn empty_lines_never_pile_up() {
        assert_eq!(tidy("\n\n a  \n \n\n\nb\n\n"), " a\n\nb\n");
    }

    #[test]
    fn a_link_is_never_broken() {
        let link = format!("https://example.com/{}", "a".repeat(100));
        assert_eq!(
            tidy(&format!("see {link} now")),
            format!("see\n{link}\nnow\n")
        );
    }

    proptest! {
        #[test]
        fn folding_loses_nothing(text in "([a-z]{1,9}|[，。（）中文字]{1,5}| |\n){0,60}") {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let tidied = tidy(&text);
            prop_assert_eq!(bare(&tidied), bare(&text));
            prop_assert!(!tidied.contains("\n\n\n") && !tidied.contains(" \n"));
            for line in tidied.lines() {
                let wide = line.width() > WIDTH && cut(line, WIDTH).is_some();
                prop_assert!(!wide, "{line}");
            }
        }
    }
}
