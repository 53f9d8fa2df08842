//! Where the servers live, and as whom they run.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::process::getuid;

/// Longest path under which the servers' sockets still have names short enough (108 bytes, unix(7)).
const LONGEST_PATH: usize = 60;

/// A folder for servers, removed when dropped.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    user: Option<User>,
}

/// An unprivileged user, for servers that won't run as root.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub uid: u32,
    pub gid: u32,
}

impl Home {
    /// A new, empty folder below `parent`; in the system's folder for temporary files where the servers'
    /// user couldn't reach it, or the path is too long for their sockets.
    pub fn new(parent: &Path) -> Result<Home> {
        let user = getuid().is_root().then(unprivileged).transpose()?;
        fs::create_dir_all(parent)
            .with_context(|| format!("{} can't be made", parent.display()))?;
        let parent = fs::canonicalize(parent)?;
        let usable = parent.as_os_str().len() <= LONGEST_PATH
            && (user.is_none() || parent.ancestors().all(others_may_enter));
        let parent = if usable { parent } else { std::env::temp_dir() };
        let path = unused(&parent)?;
        let home = Home { path, user };
        home.give(home.path())?;
        Ok(home)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new folder in it.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).with_context(|| format!("{} can't be made", path.display()))?;
        self.give(&path)?;
        Ok(path)
    }

    /// Gives a file or folder to the user that the servers run as.
    pub(super) fn give(&self, path: &Path) -> Result<()> {
        if let Some(user) = &self.user {
            chown(path, Some(user.uid), Some(user.gid))
                .with_context(|| format!("{} can't be given away", path.display()))?;
        }
        Ok(())
    }

    pub(super) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // what can't be removed now is swept away by the next one
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what processes left that are gone: a process that was killed can't clean up.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|name| name.strip_prefix("redress-")?.split('-').next());
        let alive = pid.is_none_or(|pid| Path::new("/proc").join(pid).exists());
        if !alive {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn unused(parent: &Path) -> Result<PathBuf> {
    sweep(parent);
    for number in 0..10_000 {
        let path = parent.join(format!("redress-{}-{number}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} can't be made", path.display()));
            }
        }
    }
    anyhow::bail!("{} is full of old folders: remove them", parent.display())
}

fn others_may_enter(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0 && meta.is_dir())
}

/// `nobody`, as this system knows it.
fn unprivileged() -> Result<User> {
    let text = fs::read_to_string("/etc/passwd")?;
    let user: Vec<&str> = text
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&"nobody"))
        .context("there is no user nobody to run servers as")?;
    Ok(User {
        uid: user
            .get(2)
            .and_then(|id| id.parse().ok())
            .context("nobody has no number")?,
        gid: user
            .get(3)
            .and_then(|id| id.parse().ok())
            .context("nobody has no group")?,
    })
}

/// The user and group that own a file, by number: whom a server would run as that owns it.
pub(super) fn owner(path: &Path) -> Result<(u32, u32)> {
    let meta = fs::metadata(path)?;
    Ok((meta.uid(), meta.gid()))
}
