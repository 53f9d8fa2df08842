//! The language of a letter: a BCP 47 tag in lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A language that letters can be written in: a primary BCP 47 language of two or three letters,
/// perhaps with one more subtag (`en`, `zh`, `zh-hant`), in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language {
    bytes: [u8; LONGEST],
    length: u8,
}

const LONGEST: usize = 12;

/// A text that is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is two or three letters, perhaps with one subtag: en, zh, zh-hant")]
pub struct NoLanguage;

impl Language {
    /// English: every letter is built in.
    pub const EN: Language = Language::known(*b"en");
    /// Simplified Chinese: every letter is built in.
    pub const ZH: Language = Language::known(*b"zh");
    /// The languages whose letters are built in, in the order of the documentation.
    pub const BUILT_IN: [Language; 2] = [Language::EN, Language::ZH];

    const fn known(tag: [u8; 2]) -> Language {
        let mut bytes = [0; LONGEST];
        bytes[0] = tag[0];
        bytes[1] = tag[1];
        Language { bytes, length: 2 }
    }

    /// The name in the database, the configuration and the folder of letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    /// Of these languages the one that a mail in the language of this tag is answered in: the same
    /// tag, else the same primary language.
    pub fn best(tag: &str, known: impl IntoIterator<Item = Language>) -> Option<Language> {
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split('-').next()?.to_owned();
        let mut second = None;
        for language in known {
            if language.as_str() == tag {
                return Some(language);
            }
            if language.as_str() == primary {
                second = Some(language);
            }
        }
        second
    }
}

impl FromStr for Language {
    type Err = NoLanguage;

    fn from_str(text: &str) -> Result<Language, NoLanguage> {
        let text = text.to_ascii_lowercase();
        let (primary, rest) = text
            .split_once('-')
            .map_or((text.as_str(), None), |(primary, rest)| {
                (primary, Some(rest))
            });
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
        let fits = (2..=3).contains(&primary.len())
            && letters(primary)
            && rest.is_none_or(|rest| {
                (2..=8).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if !fits {
            return Err(NoLanguage);
        }
        let mut bytes = [0; LONGEST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len()).map_err(|_| NoLanguage)?;
        Ok(Language { bytes, length })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.as_str())
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_short_tag() {
        for (text, expected) in [
            ("en", Some("en")),
            ("ZH", Some("zh")),
            ("zh-Hant", Some("zh-hant")),
            ("yue", Some("yue")),
            ("e", None),
            ("english", None),
            ("en-", None),
            ("../x", None),
            ("zh-hant-toolong", None),
        ] {
            let language = text.parse::<Language>().ok();
            assert_eq!(language.as_ref().map(Language::as_str), expected, "{text}");
        }
        assert_eq!("en".parse(), Ok(Language::EN));
    }

    #[test]
    fn a_mail_is_answered_in_the_nearest_language() {
        let hant: Language = "zh-hant".parse().unwrap();
        let known = [Language::EN, Language::ZH, hant];
        for (tag, expected) in [
            ("zh", Some(Language::ZH)),
            ("zh-Hans", Some(Language::ZH)),
            ("zh-Hant", Some(hant)),
            ("en-GB", Some(Language::EN)),
            ("fr", None),
        ] {
            assert_eq!(Language::best(tag, known), expected, "{tag}");
        }
    }
}
