//! A company's own letters: read from their folder, and proved to be usable.

use std::collections::BTreeMap;
use std::path::Path;

use super::load::Source;
use super::{Company, Letters};
use crate::language::Language;
use crate::letter;

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
                let read = own_letters(folder).and_then(|own| {
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
}

/// Every file below a folder by its path from there, but for notes (`*.md`), hidden files and what
/// editors leave behind.
fn own_letters(folder: &Path) -> Result<BTreeMap<String, String>, String> {
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
