//! Case references such as `C-2026-000017-9`: year, number, check digit.

use std::fmt;
use std::str::FromStr;

/// The name of a case that people read, type and say: `C-<year>-<number>-<check>`.
///
/// The check digit is Damm's (2004) over year and number: any one mistyped digit and any two
/// neighbours swapped are noticed.
///
/// ```
/// use redress::case::CaseRef;
///
/// let reference = CaseRef::new(2026, 17);
/// assert_eq!(reference.to_string(), "C-2026-000017-9");
/// assert_eq!("c-2026-000017-9".parse(), Ok(reference));
/// assert!("C-2026-000071-9".parse::<CaseRef>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseRef {
    year: u16,
    number: u32,
}

/// Why a text is no case reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCaseRefError {
    #[error("'{0}' is no case reference: one looks like C-2026-000017-9")]
    Shape(String),
    #[error("case reference '{0}' is mistyped: its check digit doesn't fit the rest")]
    Check(String),
}

impl CaseRef {
    /// The case with this number in this year.
    pub fn new(year: u16, number: u32) -> CaseRef {
        CaseRef { year, number }
    }

    /// The first reference in a line of text, as mail clients and people write it: in any case,
    /// with full-width digits, letters or hyphens (`Ｃ－２０２６－００００１７－９`). Mistyped ones are passed over.
    pub fn find(text: &str) -> Option<CaseRef> {
        let plain: String = text.chars().map(half_width).collect();
        plain
            .match_indices(['C', 'c'])
            .filter(|(at, _)| !plain[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
            .find_map(|(at, _)| {
                let rest = &plain[at..];
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                    .unwrap_or(rest.len());
                rest[..end].trim_end_matches('-').parse().ok()
            })
    }

    fn check(self) -> u8 {
        let digits = format!("{:04}{:06}", self.year, self.number);
        digits.bytes().fold(0, |state, digit| {
            DAMM[usize::from(state)][usize::from(digit - b'0')]
        })
    }
}

impl fmt::Display for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C-{:04}-{:06}-{}", self.year, self.number, self.check())
    }
}

impl FromStr for CaseRef {
    type Err = ParseCaseRefError;

    fn from_str(text: &str) -> Result<CaseRef, ParseCaseRefError> {
        let shape = || ParseCaseRefError::Shape(text.chars().take(40).collect());
        let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            let fits = lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| part.parse::<u32>().ok())
                .flatten()
                .ok_or_else(shape)
        };
        let plain: String = text.trim().chars().map(half_width).collect();
        let mut parts = plain.split('-');
        let (Some("C" | "c"), Some(year), Some(number), Some(check), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(shape());
        };
        let year = u16::try_from(digits(year, 4..=4)?).map_err(|_| shape())?;
        let reference = CaseRef::new(year, digits(number, 6..=9)?);
        if digits(check, 1..=1)? == u32::from(reference.check()) {
            Ok(reference)
        } else {
            Err(ParseCaseRefError::Check(plain))
        }
    }
}

/// Full-width forms (U+FF01 to U+FF5E) and the dashes people type, as ASCII.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

/// A totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

impl serde::Serialize for CaseRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for CaseRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<CaseRef, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_found_as_people_write_it() {
        let seventeen = Some(CaseRef::new(2026, 17));
        for (subject, expected) in [
            ("Re: Your complaint C-2026-000017-9", seventeen),
            ("回复:您的投诉 c-2026-000017-9。", seventeen),
            ("Ｃ－２０２６－００００１７－９", seventeen),
            ("(C-2026-000017-9)", seventeen),
            ("C-2026-000017-9-", seventeen),
            ("C–2026–000017–9 please", seventeen),
            ("C-2026-000018-9 or rather C-2026-000017-9", seventeen),
            ("C-2026-000017", None),
            ("C-2026-000017-4", None),
            ("ABC-2026-000017-9", None),
            ("C-2026-000017-99", None),
            ("C-2026-1-9", None),
            ("", None),
        ] {
            assert_eq!(CaseRef::find(subject), expected, "{subject}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(year in 1990u16..=9999, number in 0u32..=999_999_999) {
            let reference = CaseRef::new(year, number);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
        }

        #[test]
        fn one_wrong_digit_is_noticed(number in 0u32..=999_999, at in 0usize..15, by in 1u8..=9) {
            let mut text = CaseRef::new(2026, number).to_string().into_bytes();
            prop_assume!(text[at].is_ascii_digit());
            text[at] = b'0' + (text[at] - b'0' + by) % 10;
            let text = String::from_utf8(text).unwrap();
            prop_assert!(text.parse::<CaseRef>().is_err());
        }

        #[test]
        fn two_neighbours_swapped_are_noticed(number in 0u32..=999_999, at in 2usize..12) {
            let mut text = CaseRef::new(2026, number).to_string().into_bytes();
            prop_assume!(text[at].is_ascii_digit() && text[at + 1].is_ascii_digit());
            prop_assume!(text[at] != text[at + 1]);
            text.swap(at, at + 1);
            let text = String::from_utf8(text).unwrap();
            prop_assert!(text.parse::<CaseRef>().is_err());
        }

        #[test]
        fn any_text_can_be_searched(text in ".{0,200}") {
            let _ = CaseRef::find(&text);
        }
    }
}
