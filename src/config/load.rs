//! From a file and the environment to a [`Config`], or to errors that say where and what to do.

mod folders;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{Company, Config, Letters, check};
use crate::letter::ReplyAddresses;
use crate::policy::Policies;
use crate::secret::Secret;
use crate::toml_text::{self, TomlText};

/// What is wrong with a configuration: everything at once where possible.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `config/redress.toml:12` or `environment variable REDRESS_SMTP_PORT`.
    pub place: String,
    /// `smtp.port`; empty where it is the whole file.
    pub key: String,
    pub message: String,
}

/// The sections that a variable can name: `REDRESS_<SECTION>_<KEY>`, `REDRESS_MAILBOX_<NUMBER>_<KEY>`.
const SECTIONS: [&str; 18] = [
    "database",
    "company",
    "mailbox",
    "smtp",
    "proof",
    "confirm",
    "letters",
    "policy",
    "review",
    "reply",
    "quiet",
    "triage",
    "retention",
    "dns",
    "daemon",
    "alarm",
    "metrics",
    "log",
];

/// Variables of ours that are no settings; the latter two are given to the command that tells alarms.
const NO_SETTINGS: [&str; 3] = ["REDRESS_CONFIG", "REDRESS_ALARM", "REDRESS_ALARM_STATE"];

impl Config {
    /// Reads a configuration file with the process's environment.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let (text, variables) = read(path)?;
        Source::new(path, &text, &variables)?.config()
    }

    /// Reads of it only what policies are made of: no secrets, no letters, and whatever the rest is.
    /// Gives them, and the name of the profile that is used.
    pub fn load_policies(path: &Path) -> Result<(Policies, String), ConfigError> {
        let (text, variables) = read(path)?;
        Source::new(path, &text, &variables)?.policies()
    }

    /// Reads of it only what letters are written with: no secret, no other section.
    pub fn load_letters(path: &Path) -> Result<(Company, Letters), ConfigError> {
        let (text, variables) = read(path)?;
        Source::new(path, &text, &variables)?.letters()
    }
}

/// The text of a configuration file, and the process's environment.
fn read(path: &Path) -> Result<(String, Vec<(String, OsString)>), ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
        problems: vec![Problem {
            place: path.display().to_string(),
            key: String::new(),
            message: format!(
                "can't be read: {error}; name another with --config or REDRESS_CONFIG"
            ),
        }],
    })?;
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    Ok((text, variables.collect()))
}

/// A configuration on its way: the file's text, and what the environment changed.
pub(super) struct Source<'a> {
    path: &'a Path,
    file: TomlText<'a>,
    /// Dotted key and the name of the variable that set it.
    from_environment: Vec<(String, String)>,
    credentials: Option<PathBuf>,
    table: Table,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        path: &'a Path,
        text: &'a str,
        variables: &[(String, OsString)],
    ) -> Result<Source<'a>, ConfigError> {
        let file = TomlText::new(text).map_err(|error| ConfigError {
            problems: vec![Problem {
                place: format!("{}:{}", path.display(), error.line),
                key: String::new(),
                message: error.message,
            }],
        })?;
        let credentials = variables
            .iter()
            .find(|(name, _)| name == "CREDENTIALS_DIRECTORY")
            .map(|(_, folder)| PathBuf::from(folder));
        let mut source = Source {
            path,
            table: file.table.clone(),
            file,
            from_environment: vec![],
            credentials,
        };
        let problems: Vec<Problem> = variables
            .iter()
            .filter(|(name, _)| name.starts_with("REDRESS_"))
            .filter(|(name, _)| !NO_SETTINGS.contains(&name.as_str()))
            .filter_map(|(name, value)| source.set(name, value).err())
            .collect();
        if problems.is_empty() {
            Ok(source)
        } else {
            Err(ConfigError { problems })
        }
    }

    pub(super) fn config(self) -> Result<Config, ConfigError> {
        let mut config: Config = self.part()?;
        let mut found = check::problems(&config);
        found.extend(self.read_secrets(&mut config));
        found.extend(self.read_letters(&config.company, &mut config.letters));
        let mut problems = self.problems(found);
        match self.read_policies(&mut config) {
            Ok(policies) => {
                let unknown = check::staff::unknown_categories(&config, &policies);
                problems.extend(self.problems(unknown));
            }
            Err(wrong) => problems.extend(wrong),
        }
        unless_wrong(config, problems)
    }

    /// What letters are written with: the company and its texts, without any secret.
    fn letters(self) -> Result<(Company, Letters), ConfigError> {
        #[derive(Deserialize)]
        struct Part {
            company: Company,
            #[serde(default)]
            letters: Letters,
        }
        let Part {
            company,
            mut letters,
        } = self.part()?;
        let found = self.read_letters(&company, &mut letters);
        unless_wrong((company, letters), self.problems(found))
    }

    fn part<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml_text::fit(self.table.clone()).map_err(|misfit| ConfigError {
            problems: vec![self.problem(&misfit.key, misfit.message)],
        })
    }

    pub(super) fn policies(self) -> Result<(Policies, String), ConfigError> {
        let mut config: Config = self.part()?;
        match self.read_policies(&mut config) {
            Ok(policies) => Ok((policies, config.policy.profile)),
            Err(problems) => Err(ConfigError { problems }),
        }
    }

    /// Applies one variable.
    fn set(&mut self, name: &str, value: &OsString) -> Result<(), Problem> {
        let refuse = |message: String| Problem {
            place: format!("environment variable {name}"),
            key: String::new(),
            message,
        };
        let words = name.trim_start_matches("REDRESS_").to_ascii_lowercase();
        let (section, key) = words.split_once('_').unwrap_or((&words, ""));
        if !SECTIONS.contains(&section) || key.is_empty() {
            return Err(refuse(format!(
                "sets nothing: write REDRESS_<SECTION>_<KEY>, with a section of {}",
                SECTIONS.join(", ")
            )));
        }
        let text = value
            .to_str()
            .ok_or_else(|| refuse("is not UTF-8".to_owned()))?;
        let value = scalar(text);
        let (path, target) = if let ("alarm", Some(key)) = (section, key.strip_prefix("smtp_")) {
            let smtp = self
                .table
                .entry("alarm")
                .or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
                .map(|alarm| {
                    alarm
                        .entry("smtp")
                        .or_insert_with(|| Value::Table(Table::new()))
                });
            (
                format!("alarm.smtp.{key}"),
                (smtp.and_then(Value::as_table_mut), key),
            )
        } else if section == "mailbox" {
            let (number, key) = key
                .split_once('_')
                .and_then(|(number, key)| Some((number.parse::<usize>().ok()?, key)))
                .ok_or_else(|| refuse("write REDRESS_MAILBOX_<NUMBER>_<KEY>, from 0".to_owned()))?;
            let list = self
                .table
                .entry("mailbox")
                .or_insert_with(|| Value::Array(vec![]))
                .as_array_mut()
                .ok_or_else(|| refuse("[[mailbox]] in the file is no list".to_owned()))?;
            if number > list.len() {
                return Err(refuse(format!("there are only {} mailboxes", list.len())));
            }
            if number == list.len() {
                list.push(Value::Table(Table::new()));
            }
            (
                format!("mailbox.{number}.{key}"),
                (list[number].as_table_mut(), key),
            )
        } else {
            let table = self
                .table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            (format!("{section}.{key}"), (table.as_table_mut(), key))
        };
        let (Some(table), key) = target else {
            return Err(refuse(format!("[{section}] in the file is no table")));
        };
        table.insert(key.to_owned(), value);
        self.from_environment.push((path, name.to_owned()));
        Ok(())
    }

    fn problems(&self, found: Vec<(String, String)>) -> Vec<Problem> {
        found
            .into_iter()
            .map(|(key, message)| self.problem(&key, message))
            .collect()
    }

    fn problem(&self, key: &str, message: String) -> Problem {
        let variable = self.from_environment.iter().find(|(path, _)| path == key);
        let place = match variable {
            Some((_, name)) => format!("environment variable {name}"),
            None => format!("{}:{}", self.path.display(), self.file.line(key)),
        };
        Problem {
            place,
            key: key.to_owned(),
            message,
        }
    }

    /// Reads the files that hold passwords and keys; the keys of those that can't be read.
    fn read_secrets(&self, config: &mut Config) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut read = |key: String, path: &Path| match self.secret(path) {
            Ok(secret) => secret,
            Err(message) => {
                problems.push((key, message));
                Secret::default()
            }
        };
        if let Some(path) = &config.database.password_file {
            config.database.password = Some(read("database.password_file".to_owned(), path));
        }
        if let Some(path) = &config.database.owner_password_file
            // only who migrates needs it, and a daemon had better not be able to read it
            && let Ok(secret) = self.secret(path)
        {
            config.database.owner_password = Some(secret);
        }
        for (number, mailbox) in config.mailboxes.iter_mut().enumerate() {
            let key = format!("mailbox.{number}.password_file");
            mailbox.password = read(key, &mailbox.password_file);
        }
        if let Some(path) = &config.smtp.password_file {
            config.smtp.password = Some(read("smtp.password_file".to_owned(), path));
        }
        if let Some(smtp) = &mut config.alarm.smtp
            && let Some(path) = &smtp.password_file
        {
            smtp.password = Some(read("alarm.smtp.password_file".to_owned(), path));
        }
        if let Some(path) = &config.reply.keys_file {
            let keys = read("reply.keys_file".to_owned(), path);
            match ReplyAddresses::from_key_file(keys.reveal()) {
                Ok(addresses) => config.reply.addresses = Some(addresses),
                // an unreadable file was reported already
                Err(_) if keys == Secret::default() => {}
                Err(error) => problems.push((
                    "reply.keys_file".to_owned(),
                    format!("{}: {error}", path.display()),
                )),
            }
        }
        if let Some(path) = &config.policy.notice_file {
            let path = self.beside(path);
            match std::fs::read_to_string(&path) {
                Ok(text) => config.policy.notice = Some(text),
                Err(error) => problems.push((
                    "policy.notice_file".to_owned(),
                    format!("{} can't be read: {error}", path.display()),
                )),
            }
        }
        self.resolve(&mut config.smtp.ca_file);
        // `redress key rotate` writes it anew
        self.resolve(&mut config.reply.keys_file);
        if let Some(smtp) = &mut config.alarm.smtp {
            self.resolve(&mut smtp.ca_file);
        }
        for mailbox in &mut config.mailboxes {
            self.resolve(&mut mailbox.ca_file);
        }
        problems
    }

    /// A file named without a folder is a systemd credential where there is one of that name;
    /// otherwise a relative path starts at the folder of the configuration file.
    fn secret(&self, path: &Path) -> Result<Secret, String> {
        let credential = self
            .credentials
            .as_ref()
            .filter(|_| path.components().count() == 1)
            .map(|folder| folder.join(path))
            .filter(|path| path.exists());
        let path = credential.unwrap_or_else(|| self.beside(path));
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!("{} is empty", path.display()));
        }
        Ok(Secret::new(secret.to_owned()))
    }

    pub(super) fn resolve(&self, path: &mut Option<PathBuf>) {
        if let Some(path) = path {
            *path = self.beside(path);
        }
    }

    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new(".")).join(path)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

fn unless_wrong<T>(part: T, problems: Vec<Problem>) -> Result<T, ConfigError> {
    if problems.is_empty() {
        Ok(part)
    } else {
        Err(ConfigError { problems })
    }
}

/// A variable's text as a TOML value: numbers and booleans as such, anything else as a string.
/// Quotes make a string of what looks like a number.
fn scalar(text: &str) -> Value {
    #[derive(Deserialize)]
    struct One {
        value: Value,
    }
    match toml::from_str::<One>(&format!("value = {text}")) {
        Ok(One {
            value: value @ (Value::Integer(_) | Value::Boolean(_) | Value::String(_)),
        }) => value,
        Ok(_) | Err(_) => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
