//! The language that a member of staff is answered in.

use crate::language::Language;

/// A language that answers to staff are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tongue {
    #[default]
    English,
    Chinese,
}

impl Tongue {
    pub const ALL: [Tongue; 2] = [Tongue::English, Tongue::Chinese];

    /// Of somebody's languages, the best first, the first that answers are written in; English for the rest.
    pub fn of(languages: &[Language]) -> Tongue {
        languages
            .iter()
            .find_map(|language| match language.as_str().split('-').next() {
                Some("en") => Some(Tongue::English),
                Some("zh" | "yue" | "cmn") => Some(Tongue::Chinese),
                Some(_) | None => None,
            })
            .unwrap_or_default()
    }

    /// The language of texts, such as the names of categories.
    pub fn language(self) -> Language {
        match self {
            Tongue::English => Language::EN,
            Tongue::Chinese => Language::ZH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_answered_in_their_first_language_that_there_is() {
        for (languages, tongue) in [
            (&["zh", "en"][..], Tongue::Chinese),
            (&["fr", "zh-hant"][..], Tongue::Chinese),
            (&["en"][..], Tongue::English),
            (&["fr"][..], Tongue::English),
            (&[][..], Tongue::English),
        ] {
            let languages: Vec<Language> = languages.iter().map(|l| l.parse().unwrap()).collect();
            assert_eq!(Tongue::of(&languages), tongue);
        }
    }
}
