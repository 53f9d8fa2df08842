//! Writing a dossier: a folder or a zip file that is there whole, or not at all, and that nobody else can read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{CANNOT_CREATE, Failure, SOFTWARE};
use crate::archive::{self, INDEX, Index, Kind, Listed};

/// Most files of a dossier: what a zip file counts without its extensions.
const MOST_FILES: usize = 65_000;

/// A dossier being written.
pub(super) struct Dossier {
    /// Where it will be.
    path: PathBuf,
    /// Where it is until it is whole.
    partial: Partial,
    files: Vec<Listed>,
}

/// What is taken away again unless it is finished.
struct Partial {
    path: PathBuf,
    out: Out,
    done: bool,
}

enum Out {
    Folder,
    Zip(Option<Box<ZipWriter<File>>>),
}

/// What a dossier is of, for its index.
pub(super) struct Head {
    pub kind: Kind,
    pub of: String,
    pub exported_at: String,
    pub exported_by: String,
    pub time_zone: String,
}

impl Dossier {
    /// Begins one. `to` is where it will be; what is there already is never touched.
    pub(super) fn begin(to: &Path, zip: bool) -> Result<Dossier, Failure> {
        if std::fs::symlink_metadata(to).is_ok() {
            return Err(exists(to));
        }
        let name = to.file_name().ok_or_else(|| {
            Failure::new(CANNOT_CREATE, format!("{} names no file", to.display()))
        })?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let partial = to.with_file_name(hidden);
        let failed = |error| unwritten(&partial, &error);
        let out = if zip {
            let mut options = OpenOptions::new();
            options.write(true).read(true).create_new(true).mode(0o600);
            let file = options.open(&partial).map_err(failed)?;
            Out::Zip(Some(Box::new(ZipWriter::new(file))))
        } else {
            let mut folder = DirBuilder::new();
            folder.mode(0o700).create(&partial).map_err(failed)?;
            Out::Folder
        };
        Ok(Dossier {
            path: to.to_owned(),
            partial: Partial {
                path: partial,
                out,
                done: false,
            },
            files: vec![],
        })
    }

    /// Adds a file.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        if self.files.len() >= MOST_FILES {
            let message = format!("there are more than {MOST_FILES} files in it");
            return Err(Failure::new(SOFTWARE, message));
        }
        self.partial
            .write(path, bytes)
            .map_err(|error| unwritten(&self.partial.path.join(path), &error))?;
        self.files.push(Listed {
            path: path.to_owned(),
            size: bytes.len() as u64,
            sha256: archive::sha256(bytes),
        });
        Ok(())
    }

    /// Writes the index, and puts the whole in its place. The SHA-256 of the index, and how many files there are.
    pub(super) fn finish(mut self, head: Head) -> Result<(String, usize), Failure> {
        let files = std::mem::take(&mut self.files);
        let count = files.len() + 1;
        let index = Index::new(
            head.kind,
            head.of,
            head.exported_at,
            head.exported_by,
            head.time_zone,
            files,
        );
        let bytes = super::show::json(&index)? + "\n";
        let failed = |error| unwritten(&self.path, &error);
        self.partial
            .write(INDEX, bytes.as_bytes())
            .map_err(failed)?;
        self.partial.close().map_err(failed)?;
        match renameat_with(
            CWD,
            &self.partial.path,
            CWD,
            &self.path,
            RenameFlags::NOREPLACE,
        ) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(exists(&self.path)),
            // a file system that can't promise it
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !self.path.exists() => {
                std::fs::rename(&self.partial.path, &self.path).map_err(failed)?;
            }
            Err(error) => return Err(failed(error.into())),
        }
        self.partial.done = true;
        Ok((archive::sha256(bytes.as_bytes()), count))
    }
}

impl Partial {
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        match &mut self.out {
            Out::Folder => {
                let target = self.path.join(path);
                if let Some(parent) = target.parent() {
                    let mut folders = DirBuilder::new();
                    folders.recursive(true).mode(0o700).create(parent)?;
                }
                let mut options = OpenOptions::new();
                options.write(true).create_new(true).mode(0o600);
                let mut file = options.open(target)?;
                file.write_all(bytes)?;
                file.sync_all()
            }
            Out::Zip(writer) => {
                let Some(writer) = writer else {
                    return Err(io::Error::other("the file is closed"));
                };
                // no time of day: the same data makes the same bytes
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::DEFAULT)
                    .large_file(bytes.len() >= 1 << 31)
                    .unix_permissions(0o600);
                writer.start_file(path, options)?;
                writer.write_all(bytes)
            }
        }
    }

    fn close(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Folder => Ok(()),
            Out::Zip(writer) => match writer.take() {
                Some(writer) => writer.finish()?.sync_all(),
                None => Ok(()),
            },
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // what failed has been told already
        let _ = match self.out {
            Out::Folder => std::fs::remove_dir_all(&self.path),
            Out::Zip(_) => std::fs::remove_file(&self.path),
        };
    }
}

fn exists(path: &Path) -> Failure {
    let message = format!(
        "{} is there already, and nothing is overwritten: name another place with --to",
        path.display()
    );
    Failure::new(CANNOT_CREATE, message)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        CANNOT_CREATE,
        format!("{} can't be written: {error}", path.display()),
    )
}
