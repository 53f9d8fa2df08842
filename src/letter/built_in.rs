//! The letters that come with the program.

macro_rules! file {
    ($($part:expr),*) => {
        (concat!($($part),*), include_str!(concat!("../../config/letters/", $($part),*)))
    };
}

macro_rules! language {
    ($language:literal: $($letter:literal)*) => {
        &[
            file!($language, "/words.toml"),
            file!($language, "/subject.txt"),
            file!($language, "/layout.txt"),
            file!($language, "/layout.html"),
            $(
                file!($language, "/", $letter, "/body.txt"),
                file!($language, "/", $letter, "/body.html"),
            )*
        ]
    };
}

macro_rules! languages {
    ($($language:literal)*) => {
        [$(language!($language:
            "acknowledgement"
            "particulars_request"
            "particulars_reminder"
            "update"
            "extension"
            "proposal"
            "outcome"
            "summary_resolution"
            "satisfaction_question"
            "satisfaction_reminder"
            "mediation_opened"
            "mediation_outcome"
            "withdrawal_confirmed"
            "closed"
            "reopened"
            "invitation"
        )),*]
    };
}

/// What the letters of all languages share.
const SHARED: (&str, &str) = file!("frame.html");

const LANGUAGES: [&[(&str, &str)]; 2] = languages!("en" "zh");

/// Name and text of every built-in file.
pub(super) fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    std::iter::once(SHARED).chain(LANGUAGES.into_iter().flatten().copied())
}
