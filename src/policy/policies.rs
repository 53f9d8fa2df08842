//! All profiles and lists of days that there are: the built-in ones, and a company's own.

use std::collections::BTreeMap;

use super::calendar::DayList;
use super::problem::{PolicyError, PolicyProblem};
use super::profile::Profile;
use super::written;

/// Every profile, checked.
#[derive(Debug, Clone)]
pub struct Policies {
    profiles: BTreeMap<String, Profile>,
}

macro_rules! built_in {
    ($folder:literal: $($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../config/", $folder, "/", $name)))),*]
    };
}

const PROFILES: [(&str, &str); 4] = built_in![
    "policy": "default.toml", "uk-disp.toml", "au-rg271.toml", "cn-finance.toml",
];
const DAYS: [(&str, &str); 3] = built_in![
    "calendars": "china.toml", "england-and-wales.toml", "australia.toml",
];

/// Where a company's lists of days are, in its folder of profiles.
const DAYS_FOLDER: &str = "calendars/";

impl Policies {
    /// The built-in profiles alone.
    pub fn built_in() -> Policies {
        Policies::new(BTreeMap::new()).expect("tests read every built-in profile")
    }

    /// The built-in profiles and lists of days, with a company's own added or in place of those they
    /// are named like. The own ones go by file name: `retail.toml` is the profile `retail`,
    /// `calendars/victoria.ics` the list of days `victoria`.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, with file, line and key.
    pub fn new(own: BTreeMap<String, String>) -> Result<Policies, PolicyError> {
        let mut problems = Vec::new();
        let mut days = BTreeMap::new();
        let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (file, text) in DAYS {
            match DayList::read(file, text) {
                Ok(list) => {
                    days.insert(stem(file).to_owned(), list);
                }
                Err(found) => problems.extend(built_in(found)),
            }
        }
        for (file, text) in PROFILES {
            let file = file.to_owned();
            texts.insert(stem(&file).to_owned(), (file, text.to_owned()));
        }
        let mut own_days: BTreeMap<String, String> = BTreeMap::new();
        for (file, text) in own {
            match kind(&file) {
                Ok(Kind::Profile(name)) => {
                    texts.insert(name.to_owned(), (file, text));
                }
                Ok(Kind::Days(name)) => {
                    if let Some(other) = own_days.insert(name.to_owned(), file.clone()) {
                        let message = format!("{other} has the same name: keep one of them");
                        problems.push(PolicyProblem::of_file(&file, message));
                    }
                    match DayList::read(&file, &text) {
                        Ok(list) => {
                            days.insert(name.to_owned(), list);
                        }
                        Err(found) => problems.extend(found),
                    }
                }
                Err(message) => problems.push(PolicyProblem::of_file(&file, message)),
            }
        }
        // a profile that names a list which can't be read would be told twice
        if !problems.is_empty() {
            return Err(PolicyError { problems });
        }
        let mut profiles = BTreeMap::new();
        for (name, (file, text)) in texts {
            let is_built_in = PROFILES
                .iter()
                .any(|(own, built)| *own == file && *built == text);
            match written::read(&name, &file, &text, &days) {
                Ok(profile) => {
                    profiles.insert(name, profile);
                }
                Err(found) if is_built_in => problems.extend(built_in(found)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(Policies { profiles })
        } else {
            Err(PolicyError { problems })
        }
    }

    /// The profile of a name: `default`.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// The names of all of them, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    pub fn all(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// What to say where a profile is named that there isn't.
    pub fn unknown(&self, name: &str) -> String {
        let names: Vec<&str> = self.names().collect();
        format!(
            "there is no profile '{name}'; there are: {}",
            names.join(", ")
        )
    }
}

enum Kind<'a> {
    Profile(&'a str),
    Days(&'a str),
}

/// What a file is by its name.
fn kind(file: &str) -> Result<Kind<'_>, String> {
    let plain = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let days = file.strip_prefix(DAYS_FOLDER);
    let name = stem(days.unwrap_or(file));
    let found = match (days, file.rsplit_once('.').map(|(_, extension)| extension)) {
        (None, Some("toml")) => Some(Kind::Profile(name)),
        (Some(_), Some("toml" | "ics")) => Some(Kind::Days(name)),
        (_, _) => None,
    };
    found.filter(|_| plain(name)).ok_or_else(|| {
        "is neither a profile (<name>.toml) nor a list of days (calendars/<name>.toml or .ics); names are lower-case letters, digits and -".to_owned()
    })
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A company that replaced a list of days can break a built-in profile: say which it is.
fn built_in(found: Vec<PolicyProblem>) -> impl Iterator<Item = PolicyProblem> {
    found.into_iter().map(|mut problem| {
        problem.file = format!("{} (built in)", problem.file);
        problem
    })
}

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
