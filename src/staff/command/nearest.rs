//! The command that somebody may have meant.

use super::words::{TABLE, Word};

/// Longest word that is compared, in characters: no command is longer.
const LONGEST: usize = 24;

/// The nearest command to a word that is none, where one is near; the word is folded.
pub(super) fn nearest(word: &str) -> Option<Word> {
    near(word, |length| (length / 3).clamp(1, 3)).or_else(|| beginning(word))
}

/// A command that the word is all but: a slip of the finger, and nothing else that it could be.
pub(super) fn slip(word: &str) -> Option<Word> {
    near(word, |length| {
        usize::from(length >= 4) + usize::from(length >= 7)
    })
}

fn near(word: &str, allowed: impl Fn(usize) -> usize) -> Option<Word> {
    let typed: Vec<char> = word.chars().take(LONGEST + 1).collect();
    if typed.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, Word)> = None;
    for row in TABLE {
        for name in row.names() {
            let name: Vec<char> = name.chars().collect();
            // Chinese words are two or four characters: one of them wrong is a slip already
            let chinese = name.iter().any(|c| !c.is_ascii());
            let most = if chinese {
                usize::from(
                    typed.len() >= 2 && typed.iter().any(|c| !c.is_ascii()) && name.len() >= 3,
                )
            } else if name.len() < 3 {
                0
            } else {
                allowed(name.len())
            };
            if most == 0 || name.len().abs_diff(typed.len()) > most {
                continue;
            }
            let distance = distance(&typed, &name);
            if distance <= most && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, row.word));
            }
        }
    }
    best.map(|(_, word)| word)
}

/// The only command that begins so, or that the word begins with.
fn beginning(word: &str) -> Option<Word> {
    let letters = word.chars().count();
    let mut found = TABLE.iter().filter(|row| {
        row.names().any(|name| {
            let least = if name.is_ascii() { 3 } else { 1 };
            (letters >= least && name.starts_with(word))
                || (name.chars().count() >= least && word.starts_with(name))
        })
    });
    let first = found.next()?;
    found.next().is_none().then_some(first.word)
}

/// Letters to change, add, leave out, or swap with a neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for i in 1..=one.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let same = one[i - 1] == other[j - 1];
            let change = last[j - 1] + usize::from(!same);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped =
                i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if swapped {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        for (word, expected) in [
            ("acept", Some(Word::Accept)),
            ("clsoe", Some(Word::Close)),
            ("relpy", Some(Word::Reply)),
            ("handof", Some(Word::HandOff)),
            ("res", None),
            ("resol", Some(Word::Resolve)),
            ("categories", Some(Word::Category)),
            ("严重", Some(Word::Severity)),
            ("结案答覆", Some(Word::Resolve)),
            ("frobnicate", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word), expected, "{word}");
        }
    }

    #[test]
    fn a_slip_is_near_and_a_path_is_none() {
        for (word, expected) in [
            ("clsoe", Some(Word::Close)),
            ("resovle", Some(Word::Resolve)),
            ("repyl", Some(Word::Reply)),
            ("var", None),
            ("home", None),
            ("usr", None),
            ("tmp", None),
            ("etc", None),
        ] {
            assert_eq!(slip(word), expected, "{word}");
        }
    }
}
