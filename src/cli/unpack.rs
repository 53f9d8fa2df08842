//! Reading a dossier that anybody may have made: nothing of it is unpacked, every byte is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use super::{Failure, NO_INPUT};
use crate::archive::{Contents, Finding, HISTORY, INDEX, Index, Seen};

/// Most files looked at, and how deep folders may go.
const MOST_FILES: usize = 65_535;
const DEEPEST: usize = 4;
/// Largest index and history, in bytes: they are held in memory.
const LARGEST_HELD: u64 = 256 << 20;
/// Most bytes that are read of a zip for each byte of it: deflate can't hold more (1032), unless files lie over each other.
const MOST_FOLD: u64 = 1100;

/// What is in a folder or a zip file.
pub(super) fn contents(path: &Path) -> Result<Contents, Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            NO_INPUT,
            format!("{} can't be read: {error}", path.display()),
        )
    };
    if std::fs::metadata(path).map_err(failed)?.is_dir() {
        let mut contents = Contents::default();
        folder(path, "", 0, &mut contents).map_err(failed)?;
        return Ok(contents);
    }
    zip(File::open(path).map_err(failed)?).map_err(failed)
}

fn folder(path: &Path, prefix: &str, depth: usize, contents: &mut Contents) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let shown = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let mut wrong = |what: &str| contents.findings.push(Finding::new(shown.as_str(), what));
        let kind = entry.file_type()?;
        if entry.file_name().to_str().is_none() {
            wrong("was added: its name isn't UTF-8");
        } else if kind.is_dir() && depth < DEEPEST {
            folder(&entry.path(), &format!("{shown}/"), depth + 1, contents)?;
        } else if kind.is_file() && contents.files.len() < MOST_FILES {
            let file = File::open(entry.path())?;
            take(file, u64::MAX, shown, contents)?;
        } else {
            wrong("was added: it is no plain file, or there are too many");
        }
    }
    Ok(())
}

fn zip(file: File) -> io::Result<Contents> {
    let size = file.metadata()?.len();
    let mut contents = Contents::default();
    let mut archive = match zip::ZipArchive::new(file) {
        Ok(archive) => archive,
        Err(error) => {
            let what = format!("can't be read as a zip file: {error}");
            contents.findings.push(Finding::new("zip", what));
            return Ok(contents);
        }
    };
    if archive.has_duplicate_names() {
        let what = "holds two files of one name";
        contents.findings.push(Finding::new("zip", what));
    }
    if archive.offset() != 0 || !archive.comment().is_empty() {
        let what = "holds more than its files";
        contents.findings.push(Finding::new("zip", what));
    }
    if archive.len() > MOST_FILES {
        let what = "holds more files than any dossier: it isn't read any further";
        contents.findings.push(Finding::new("zip", what));
        return Ok(contents);
    }
    let mut left = size.saturating_mul(MOST_FOLD);
    let listed = listed(&mut archive);
    let mut names = BTreeSet::new();
    for place in 0..archive.len() {
        let entry = match archive.by_index(place) {
            Ok(entry) => entry,
            Err(error) => {
                let what = format!("file {} can't be read: {error}", place + 1);
                contents.findings.push(Finding::new("zip", what));
                continue;
            }
        };
        // as it stands in the file: nothing is made of it by the reader
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let mut wrong = |what: &str| contents.findings.push(Finding::new(clean(&name), what));
        if entry.is_dir() && is_plain(name.trim_end_matches('/')) {
            continue;
        }
        if entry.is_symlink() || !entry.is_file() {
            wrong("was added: it is no plain file");
        } else if !is_plain(&name) {
            wrong("was added: its name leads out of the dossier");
        } else if !names.insert(name.to_lowercase()) {
            wrong("is there twice");
        } else {
            // nothing is read beyond what the index says of a file, and nothing that it doesn't know
            let most = match listed.get(&name) {
                Some(size) => *size,
                None if name == INDEX => LARGEST_HELD,
                None => {
                    contents.files.insert(name, Seen::default());
                    continue;
                }
            };
            match take(entry, most.min(left), name.clone(), &mut contents) {
                Ok(Some(read)) => left -= read,
                Ok(None) => {
                    let what = "is larger than the index says: it isn't read any further";
                    contents.findings.push(Finding::new(clean(&name), what));
                    left = left.saturating_sub(most);
                }
                Err(error) => {
                    let what = format!("is damaged: {error}");
                    contents.findings.push(Finding::new(clean(&name), what));
                }
            }
        }
    }
    Ok(contents)
}

/// The sizes that a zip's index says its files have; none where it can't be read, which is found later.
fn listed(archive: &mut zip::ZipArchive<File>) -> BTreeMap<String, u64> {
    let mut bytes = Vec::new();
    if let Ok(index) = archive.by_name(INDEX) {
        // damaged: found when it is read again
        let _ = index.take(LARGEST_HELD).read_to_end(&mut bytes);
    }
    let files = Index::read(&bytes).map_or(vec![], |index| index.files);
    files
        .into_iter()
        .map(|file| (file.path, file.size))
        .collect()
}

/// Reads a file for its size and hash; the index and the history are kept. The bytes read; `None` where there are
/// more than `most`.
fn take(
    mut from: impl Read,
    most: u64,
    name: String,
    contents: &mut Contents,
) -> io::Result<Option<u64>> {
    let held = name == INDEX || name == HISTORY;
    let most = if held { most.min(LARGEST_HELD) } else { most };
    let (mut hash, mut size, mut kept) = (Context::new(&SHA256), 0_u64, Vec::new());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        size += read as u64;
        if size > most {
            return Ok(None);
        }
        hash.update(&buffer[..read]);
        if held {
            kept.extend_from_slice(&buffer[..read]);
        }
    }
    if name == INDEX {
        contents.index = Some(kept);
        return Ok(Some(size));
    }
    if name == HISTORY {
        contents.history = Some(kept);
    }
    let seen = Seen {
        size,
        sha256: HEXLOWER.encode(hash.finish().as_ref()),
    };
    contents.files.insert(name, seen);
    Ok(Some(size))
}

/// Whether a name stays inside the dossier on any system.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(['\\', ':', '\0'])
        && name
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

/// A name fit to be shown.
fn clean(name: &str) -> String {
    crate::mail::clean::line(name, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_seen() {
        for name in ["a", "mails/0001.eml", "a..b/..c"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "", "/a", "../a", "a/../b", "a//b", "a/", "C:a", "a\\b", "./a",
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
