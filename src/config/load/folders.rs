//! A company's own letters, profiles and lists of days: folders that the configuration names.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Config, Problem, Source};
use crate::config::{Company, Letters};
use crate::language::Language;
use crate::letter;
use crate::policy::{Policies, PolicyProblem};

impl Source<'_> {
    /// Reads the letters; key and message of what is wrong with them.
    pub(super) fn read_letters(
        &self,
        company: &Company,
        letters: &mut Letters,
    ) -> Vec<(String, String)> {
        self.resolve(&mut letters.folder);
        let languages = match &letters.folder {
            None => Language::BUILT_IN.to_vec(),
            Some(folder) => {
                let read = texts_in(folder).and_then(|own| {
                    letter::Letters::new(own.clone())
                        .map(|checked| (own, checked.languages().to_vec()))
                        .map_err(|error| error.to_string())
                });
                match read {
                    Ok((own, languages)) => {
                        letters.own = own;
                        languages
                    }
                    Err(message) => return vec![("letters.folder".to_owned(), message)],
                }
            }
        };
        if languages.contains(&company.language) {
            return vec![];
        }
        let known: Vec<&str> = languages.iter().map(Language::as_str).collect();
        let message = format!(
            "there are no letters in {}, only in {}: name one of these, or add a folder of letters (letters.folder)",
            company.language,
            known.join(", ")
        );
        vec![("company.language".to_owned(), message)]
    }

    /// Reads a company's own profiles and lists of days, and proves that all of them can be used.
    pub(super) fn read_policies(&self, config: &mut Config) -> Result<Policies, Vec<Problem>> {
        self.resolve(&mut config.policy.folder);
        if let Some(folder) = &config.policy.folder {
            config.policy.own =
                texts_in(folder).map_err(|message| vec![self.problem("policy.folder", message)])?;
        }
        let policies = config.policies().map_err(|error| {
            let of_file = |problem| Problem::of_policy(problem, config.policy.folder.as_deref());
            error.problems.into_iter().map(of_file).collect::<Vec<_>>()
        })?;
        let mut named = vec![("policy.profile".to_owned(), &config.policy.profile)];
        for (number, mailbox) in config.mailboxes.iter().enumerate() {
            let key = format!("mailbox.{number}.profile");
            named.extend(mailbox.profile.as_ref().map(|name| (key, name)));
        }
        let unknown: Vec<_> = named
            .into_iter()
            .filter(|(_, name)| policies.profile(name).is_none())
            .map(|(key, name)| (key, policies.unknown(name)))
            .collect();
        if unknown.is_empty() {
            Ok(policies)
        } else {
            Err(self.problems(unknown))
        }
    }
}

impl Problem {
    /// What is wrong with a profile or a list of days in a company's own folder.
    fn of_policy(problem: PolicyProblem, folder: Option<&Path>) -> Problem {
        let file = folder.map(|folder| folder.join(&problem.file));
        let file = file
            .filter(|file| file.exists())
            .unwrap_or(problem.file.into());
        let line = problem
            .line
            .map_or(String::new(), |line| format!(":{line}"));
        Problem {
            place: format!("{}{line}", file.display()),
            key: problem.key,
            message: problem.message,
        }
    }
}

/// Every file below a folder by its path from there, but for notes (`*.md`), hidden files and what
/// editors leave behind.
fn texts_in(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut own = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let unreadable = |path: &Path, error: std::io::Error| {
            format!("{} can't be read: {error}", path.display())
        };
        for entry in std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name.ends_with('~') || name.ends_with(".md") {
                continue;
            }
            let name = format!("{prefix}{name}");
            if path.is_dir() {
                folders.push((path, format!("{name}/")));
            } else {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
                own.insert(name, text);
            }
        }
    }
    Ok(own)
}
