//! The words that texts are found by, in any script.
//!
//! Case and width don't count (NFKC, lower case). Where a script has no spaces between words, a text is found
//! by each of its characters and each pair of neighbours. What is kept of a word is a hash: the index tells
//! nothing to whoever reads it, and is small. Two words of one hash are told apart when the text is looked at.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Most bytes of one text that it can be found by.
pub const MOST_TEXT: usize = 64 * 1024;
/// Most different words of one addition to a case.
const MOST_WORDS: usize = 20_000;

/// Words by their hashes, as they are kept. The hash is in databases: it never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(BTreeSet<i32>);

/// What somebody looks for: all of it has to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pieces: Vec<Piece>,
}

/// A word, or a run of characters of a script without spaces; folded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Run(String),
}

/// Where a query's pieces stand in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// For each piece of the query, whether it is there.
    pub pieces: Vec<bool>,
    /// What stands round the first of them, in one line.
    pub snippet: String,
}

/// Characters of a snippet before and after what was found.
const AROUND: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Run,
    Between,
}

impl Terms {
    /// Adds the words of a text.
    pub fn add(&mut self, text: &str) {
        let text = fold(&text[..text.floor_char_boundary(MOST_TEXT)]).to_lowercase();
        for (range, kind) in pieces(&text) {
            if self.0.len() >= MOST_WORDS {
                return;
            }
            hashes(&text[range], kind, |hash| {
                self.0.insert(hash);
            });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hashes, in order.
    pub fn hashes(&self) -> Vec<i32> {
        self.0.iter().copied().collect()
    }

    /// As Postgres writes an array.
    pub fn literal(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 11 + 2);
        text.push('{');
        for hash in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&hash.to_string());
        }
        text.push('}');
        text
    }
}

impl Query {
    /// `None` where there is no word in it.
    pub fn of(words: &str) -> Option<Query> {
        let words = fold(&words[..words.floor_char_boundary(1000)]).to_lowercase();
        let mut all: Vec<Piece> = Vec::new();
        for (range, kind) in pieces(&words) {
            let text = words[range].to_owned();
            let piece = match kind {
                Kind::Run => Piece::Run(text),
                Kind::Word | Kind::Between => Piece::Word(text),
            };
            if !all.contains(&piece) {
                all.push(piece);
            }
        }
        (!all.is_empty()).then_some(Query { pieces: all })
    }

    /// What a case has to be found by.
    pub fn terms(&self) -> Vec<i32> {
        let mut terms = BTreeSet::new();
        for piece in &self.pieces {
            match piece {
                Piece::Word(word) => {
                    terms.insert(hash(word));
                }
                // its pairs say more than its characters
                Piece::Run(run) if run.chars().nth(1).is_some() => pairs(run, |pair| {
                    terms.insert(hash(pair));
                }),
                Piece::Run(run) => {
                    terms.insert(hash(run));
                }
            }
        }
        terms.into_iter().collect()
    }

    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// What of it is in a text; `None` where nothing is.
    pub fn find(&self, text: &str) -> Option<Found> {
        let shown = fold(&text[..text.floor_char_boundary(MOST_TEXT)]);
        let mut found = vec![false; self.pieces.len()];
        let mut first: Option<Range<usize>> = None;
        for (range, kind) in pieces(&shown) {
            let here = shown[range.clone()].to_lowercase();
            for (piece, found) in self.pieces.iter().zip(&mut found) {
                let is = match (piece, kind) {
                    (Piece::Word(word), Kind::Word) => (*word == here).then(|| range.clone()),
                    (Piece::Run(run), Kind::Run) => here.find(run.as_str()).map(|at| {
                        // such characters have no other case
                        let start = (range.start + at).min(shown.len());
                        start..(start + run.len()).min(shown.len())
                    }),
                    _ => None,
                };
                if let Some(at) = is {
                    *found = true;
                    first.get_or_insert(at);
                }
            }
            if found.iter().all(|found| *found) {
                break;
            }
        }
        let first = first?;
        Some(Found {
            pieces: found,
            snippet: around(&shown, first),
        })
    }
}

/// What stands round a place of a text, in one line.
fn around(text: &str, place: Range<usize>) -> String {
    let (start, end) = (
        text.floor_char_boundary(place.start),
        text.ceil_char_boundary(place.end),
    );
    let before: String = text[..start].chars().rev().take(AROUND).collect();
    let before: String = before.chars().rev().collect();
    let after: String = text[end..].chars().take(AROUND).collect();
    let cut_before = before.len() < start;
    let cut_after = end + after.len() < text.len();
    let line = format!("{before}{}{after}", &text[start..end]);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "{}{line}{}",
        if cut_before { "…" } else { "" },
        if cut_after { "…" } else { "" }
    )
}

/// One form for each character, whatever its width.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Words and runs of a text, in their order.
fn pieces(text: &str) -> impl Iterator<Item = (Range<usize>, Kind)> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, c) = chars.next()?;
            let kind = kind(c);
            let mut end = start + c.len_utf8();
            while let Some((at, next)) = chars.next_if(|(_, next)| self::kind(*next) == kind) {
                end = at + next.len_utf8();
            }
            if kind != Kind::Between {
                return Some((start..end, kind));
            }
        }
    })
}

fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() {
            Kind::Word
        } else {
            Kind::Between
        };
    }
    match c {
        // Thai, Lao, Tibetan, Burmese, Khmer; kana, bopomofo, Han and its extensions, Hangul
        '\u{0e00}'..='\u{0fff}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3100}'..='\u{312f}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Kind::Run,
        c if c.is_alphanumeric() => Kind::Word,
        // marks on letters (vowels of Indian scripts, accents that stand alone)
        '\u{0300}'..='\u{036f}' | '\u{0900}'..='\u{0dff}' => Kind::Word,
        _ => Kind::Between,
    }
}

fn hashes(piece: &str, kind: Kind, mut each: impl FnMut(i32)) {
    if kind == Kind::Word {
        return each(hash(piece));
    }
    for (at, c) in piece.char_indices() {
        each(hash(&piece[at..at + c.len_utf8()]));
    }
    pairs(piece, |pair| each(hash(pair)));
}

fn pairs(run: &str, mut each: impl FnMut(&str)) {
    let mut last: Option<usize> = None;
    for (at, c) in run.char_indices() {
        if let Some(last) = last {
            each(&run[last..at + c.len_utf8()]);
        }
        last = Some(at);
    }
}

/// FNV-1a with its bits mixed once more (the end of MurmurHash3).
fn hash(piece: &str) -> i32 {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in piece.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    (hash ^ (hash >> 16)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        let query = Query::of(query).unwrap();
        let mut terms = Terms::default();
        terms.add(text);
        let indexed = query
            .terms()
            .iter()
            .all(|term| terms.hashes().contains(term));
        let seen = query.find(text).is_some_and(|found| {
            found.pieces.len() == query.pieces() && found.pieces.iter().all(|found| *found)
        });
        assert!(indexed || !seen, "what is there is in the index: {text}");
        indexed && seen
    }

    #[test]
    fn words_are_found_in_any_script_case_and_width() {
        for (query, text) in [
            ("CUP broken", "My cup arrived Broken."),
            ("ＣＵＰ", "my cup"),
            ("cup", "ＣＵＰ！"),
            ("茶杯", "我上周买的茶杯碎了"),
            ("杯", "我上周买的茶杯碎了"),
            ("碎了 茶杯", "我上周买的茶杯碎了"),
            ("iPhone手机", "我的iphone 手机坏了"),
            ("手机15", "手机 １５ 号"),
            ("王伟 refund", "王伟: please REFUND"),
            ("ｶﾞﾗｽ", "ガラスが割れた"),
            ("wang@customers.test", "From: <Wang@Customers.Test>"),
            ("C-2026-000017-9", "your case c-2026-000017-9"),
            ("Straße", "in der STRAßE"),
            ("café", "CAFE\u{301}"),
            ("배송", "배송이 늦었어요"),
        ] {
            assert!(finds(query, text), "{query} in {text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (query, text) in [
            ("cups", "my cup"),
            ("杯茶", "茶杯"),
            ("cup saucer", "my cup"),
            // every pair is there, the run isn't
            ("茶杯茶", "茶杯 杯茶"),
        ] {
            assert!(!finds(query, text), "{query} in {text}");
        }
        assert_eq!(Query::of(" !?。 "), None);
    }

    #[test]
    fn a_snippet_shows_the_words_in_one_line() {
        let text = format!(
            "{}\nthe cup\nis broken{}",
            "x ".repeat(100),
            " y".repeat(100)
        );
        let found = Query::of("cup").unwrap().find(&text).unwrap();
        assert!(found.snippet.contains("the cup is broken"), "{found:?}");
        assert!(found.snippet.starts_with('…') && found.snippet.ends_with('…'));
        assert_eq!(
            Query::of("茶杯").unwrap().find("我的茶杯").unwrap().snippet,
            "我的茶杯"
        );
    }

    #[test]
    fn the_hashes_in_databases_never_change() {
        assert_eq!(
            [hash("cup"), hash("茶杯"), hash("")],
            [299_914_456, 906_179_222, -1_421_968_373]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_found_by_any_part_of_it(text in "\\PC{0,60}", words in "\\PC{0,20}") {
            let mut terms = Terms::default();
            terms.add(&text);
            if let Some(query) = Query::of(&words) {
                // no panic, whatever it is
                let _ = query.find(&text);
                if let Some(found) = query.find(&words) {
                    proptest::prop_assert!(found.pieces.iter().all(|found| *found));
                }
            }
        }
    }
}
