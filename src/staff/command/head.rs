//! The head of a line: whether it starts with a command, and with which.

use super::words::Word;
use crate::staff::typed::{self, plain_char};

/// How a line starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head<'t> {
    /// A command, and what stands behind its word.
    Known(Word, &'t str),
    /// A slash and a word that is no command.
    Unknown(String),
    /// Two slashes: the second one is meant as text, which is this.
    Escaped(&'t str),
    Text,
}

/// Longest word of a command that is looked at, in characters.
const LONGEST: usize = 30;

/// Reads the head of a line. At the very start of a mail (`first`) Chinese keyboards' `、` and a backslash are
/// slashes too; further down they are text.
pub(super) fn head(line: &str, first: bool) -> Head<'_> {
    let line = line.trim_start_matches(|c| typed::is_blank(c) || decorates(c));
    let mut chars = line.chars();
    let slash = match chars.next() {
        Some(c) if plain_char(c) == Some('/') => true,
        Some('、' | '\\') if first => false,
        Some(_) | None => return Head::Text,
    };
    let behind = chars.as_str();
    if slash && behind.starts_with(|c| plain_char(c) == Some('/')) {
        return Head::Escaped(behind);
    }
    let text = behind.trim_start_matches(typed::is_blank);
    let (known, word) = word(text);
    match known {
        Some((command, rest)) => Head::Known(command, rest),
        None if slash && word.chars().next().is_some_and(char::is_alphabetic) => {
            Head::Unknown(word)
        }
        None => Head::Text,
    }
}

/// The longest command that a text starts with, what is behind it, and the word as it stands.
fn word(text: &str) -> (Option<(Word, &str)>, String) {
    let mut name = String::new();
    let mut found = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if ends_word(c, next) || name.chars().count() == LONGEST {
            break;
        }
        match plain_char(c) {
            None | Some('-' | '_') => continue,
            Some(plain) => name.extend(plain.to_lowercase()),
        }
        // nothing separates Chinese words: `/分派李娜` and `/assign李娜` end where a name ends
        let mut behind = chars.clone().map(|(_, c)| c);
        let next = behind.find(|c| plain_char(*c).is_some());
        let ends = next.is_none_or(|next| {
            ends_word(next, behind.next()) || typed::is_ideograph(c) || typed::is_ideograph(next)
        });
        if ends && let Some(command) = Word::named(&name) {
            found = Some((command, &text[at + c.len_utf8()..]));
        }
    }
    (found, name)
}

fn ends_word(c: char, next: Option<char>) -> bool {
    let stop = matches!(plain_char(c), Some('.' | '!'));
    // what can't be seen is no end: a word may hold it
    (plain_char(c).is_some() && typed::is_blank(c))
        || typed::is_colon(c)
        || typed::is_semicolon(c)
        || typed::is_comma(c)
        || c == '。'
        || matches!(
            plain_char(c),
            Some('(' | ')' | '"' | '\'' | '*' | '[' | '<')
        )
        || (stop && next.is_none_or(typed::is_blank))
}

/// What programs and people put round a command that they copied.
fn decorates(c: char) -> bool {
    matches!(plain_char(c), Some('"' | '\'' | '*' | '•' | '·'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_however_it_is_typed() {
        for (line, word, rest) in [
            ("/accept", Word::Accept, ""),
            ("  /ACCEPT", Word::Accept, ""),
            ("\u{a0}\u{200b}/Accept\u{200b}", Word::Accept, "\u{200b}"),
            ("/ac\u{200b}cept", Word::Accept, ""),
            ("／ａｃｃｅｐｔ", Word::Accept, ""),
            ("/ accept", Word::Accept, ""),
            ("/Accept.", Word::Accept, "."),
            ("“/accept”", Word::Accept, "”"),
            ("*/accept*", Word::Accept, "*"),
            ("/hand-off warehouse", Word::HandOff, " warehouse"),
            ("/受理", Word::Accept, ""),
            ("／受理。", Word::Accept, "。"),
            ("/分派李娜", Word::Assign, "李娜"),
            ("/assign李娜", Word::Assign, "李娜"),
            ("/结案答复：支持", Word::Resolve, "：支持"),
            ("/结案 支持", Word::Resolve, " 支持"),
            ("/回复您好", Word::Reply, "您好"),
            ("/note:x", Word::Note, ":x"),
            ("/?", Word::Help, ""),
        ] {
            assert_eq!(head(line, false), Head::Known(word, rest), "{line}");
        }
        for first in ["、受理", "\\accept"] {
            assert!(
                matches!(head(first, true), Head::Known(Word::Accept, "")),
                "{first}"
            );
            assert_eq!(head(first, false), Head::Text, "{first}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for line in [
            "accept",
            "> /accept",
            "",
            " ",
            "/",
            "/ 24",
            "/24 hours",
            "、原因",
            "|/accept",
            "- /accept",
        ] {
            assert_eq!(head(line, false), Head::Text, "{line}");
        }
        for (line, word) in [
            ("/acept", "acept"),
            ("/var/log/x", "var/log/x"),
            ("/accepting", "accepting"),
            ("/show.php", "show.php"),
            ("/list/of", "list/of"),
        ] {
            assert_eq!(head(line, false), Head::Unknown(word.to_owned()), "{line}");
        }
        assert_eq!(head("//accept", false), Head::Escaped("/accept"));
    }
}
