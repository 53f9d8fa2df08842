//! Lines of a notice: folded for any mail client, and other people's words kept apart from ours.

use std::iter::repeat_n;

use unicode_width::UnicodeWidthChar;

/// Columns of a line, leaving room for a quoting `> ` (RFC 5322 §2.1.1 asks for at most 78).
const WIDTH: usize = 74;
/// Bytes of a line that has no place to fold: RFC 5322 allows 998.
const LONGEST: usize = 900;
/// Characters of other people's words that a notice shows.
const MOST: usize = 5_000;

/// A text on one line, without what draws or hides anything: of a name or a topic.
pub(in crate::staff) fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = words.join(" ").chars().filter(|c| !is_hidden(*c)).collect();
    shortened(plain, most)
}

/// At most so many characters, the last being `…` where some are missing.
fn shortened(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text,
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            kept + "…"
        }
    }
}

/// Control characters, and those that turn the direction of what follows: a stranger's words could make ours
/// look otherwise with them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || ('\u{200e}'..='\u{200f}').contains(&c)
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

/// The lines of a text, whatever ends them; tabs as spaces, nothing hidden.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    let ends = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ];
    let lines: Vec<String> = text
        .trim_end()
        .split(ends)
        .map(|line| line.chars().filter(|c| !is_hidden(*c)).collect())
        .collect();
    lines.into_iter()
}

/// Folds a line, the later ones moved in.
pub(super) fn fold(line: &str, indent: usize) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    for (at, piece) in pieces(line, WIDTH, indent).into_iter().enumerate() {
        if at > 0 {
            out.extend(repeat_n(' ', indent));
        }
        out.push_str(piece);
        out.push('\n');
    }
    out
}

/// Somebody's words as they are, a `| ` before each line; and how many characters of them aren't shown.
pub(super) fn quoted(words: &str) -> (String, usize) {
    let total = words.chars().count();
    let shown: String = words.chars().take(MOST).collect();
    let mut out = String::with_capacity(shown.len() + shown.len() / 16);
    for line in lines(&shown) {
        for piece in pieces(&line, WIDTH - 2, 0) {
            out.push_str("| ");
            out.push_str(piece);
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
    }
    (out, total.saturating_sub(MOST))
}

/// A text as it is, but for lines that no mail may hold: for somebody who wants it back.
pub(super) fn returned(text: &str, most: usize) -> (String, usize) {
    let total = text.chars().count();
    let shown: String = text.chars().take(most).collect();
    let mut out = String::with_capacity(shown.len());
    for line in lines(&shown) {
        for piece in pieces(&line, LONGEST, 0) {
            out.push_str(piece);
            out.push('\n');
        }
    }
    (out, total.saturating_sub(most))
}

/// A line in pieces that fit, cut at spaces or beside wide characters. A word stays whole, such as a link, unless
/// it is longer than a mail's line may be.
fn pieces(line: &str, room: usize, indent: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    let mut left = room;
    while let Some((end, next)) = cut(rest, left) {
        pieces.push(&rest[..end]);
        rest = &rest[next..];
        left = room.saturating_sub(indent).max(1);
    }
    pieces.push(rest);
    pieces
}

/// Where a text that is too long ends its first piece, and where the next begins.
fn cut(text: &str, room: usize) -> Option<(usize, usize)> {
    let (mut width, mut best, mut before) = (0, None, None);
    let start = text.len() - text.trim_start().len();
    for (at, c) in text.char_indices() {
        if let Some(before) = before
            && at > start
            && before != ' '
            && can_break(before, c)
        {
            let spaces = text[at..].len() - text[at..].trim_start_matches(' ').len();
            best = Some((at, at + spaces));
        }
        width += c.width().unwrap_or(0);
        before = Some(c);
        let too_wide = width > room && c != ' ';
        if too_wide && best.is_some_and(|(_, next)| next < text.len()) {
            return best;
        }
        if at + c.len_utf8() > LONGEST {
            return Some((at, at));
        }
    }
    None
}

fn can_break(before: char, after: char) -> bool {
    let wide = |c: char| c.width() == Some(2);
    let opens = "（《〈「『【〔“‘([{<￥$";
    let closes = "，。、；：？！）》〉」』】〕”’…—～·％,.;:?!)]}>%";
    after == ' '
        || ((wide(before) || wide(after)) && !opens.contains(before) && !closes.contains(after))
}
