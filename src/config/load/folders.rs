//! A company's own letters, profiles and lists of days: folders that the configuration names.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Config, Problem, Source};
use crate::letter;
use crate::policy::{Policies, PolicyProblem};

impl Source<'_> {
    /// Reads a company's own letters, and proves that they can be used.
    pub(super) fn read_letters(&self, config: &mut Config) -> Vec<(String, String)> {
        self.resolve(&mut config.letters.folder);
        let Some(folder) = &config.letters.folder else {
            return vec![];
        };
        let read = texts_in(folder)
            .map_err(|error| format!("{} can't be read: {error}", folder.display()))
            .and_then(|own| match letter::Letters::new(own.clone()) {
                Ok(_) => Ok(own),
                Err(error) => Err(error.to_string()),
            });
        match read {
            Ok(own) => {
                config.letters.own = own;
                vec![]
            }
            Err(message) => vec![("letters.folder".to_owned(), message)],
        }
    }

    /// Reads a company's own profiles and lists of days, and proves that all of them can be used.
    pub(super) fn read_policies(&self, config: &mut Config) -> Result<Policies, Vec<Problem>> {
        self.resolve(&mut config.policy.folder);
        if let Some(folder) = &config.policy.folder {
            config.policy.own = texts_in(folder).map_err(|error| {
                let message = format!("{} can't be read: {error}", folder.display());
                vec![self.problem("policy.folder", message)]
            })?;
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

/// Every file of a folder and the folders in it, by name: `<language>/<letter>/<part>`.
fn texts_in(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut own = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else {
                let text = std::fs::read_to_string(entry.path())
                    .map_err(|error| std::io::Error::other(format!("{name}: {error}")))?;
                own.insert(name, text);
            }
        }
    }
    Ok(own)
}
