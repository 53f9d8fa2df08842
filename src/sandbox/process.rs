//! A server's process: it ends when we want it to, and when we end, however we do.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::Home;

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    name: &'static str,
    pid: Pid,
    ended: Mutex<Receiver<ExitStatus>>,
    stop_by: Signal,
}

impl Server {
    /// Starts a program in the foreground, as the home's user, its output in a log file. `stop_by` ends
    /// it in order; the kernel sends the same if we end first.
    pub(super) fn start(
        name: &'static str,
        home: &Home,
        program: &Path,
        arguments: &[String],
        log: &Path,
        stop_by: Signal,
    ) -> Result<Server> {
        let mut command = as_user(home, Some(stop_by));
        let log_file = File::create(log).with_context(|| format!("{}", log.display()))?;
        command
            .arg(program)
            .args(arguments)
            .current_dir(home.path())
            // Ctrl-C is for us: servers are stopped in their turn
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file);
        let (started, starting) = channel();
        let (has_ended, ended) = channel();
        // a thread of its own for as long as the server runs: the kernel's signal comes when the thread
        // that started a process ends, not when the whole process does
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                match command.spawn() {
                    Ok(mut child) => {
                        // a receiver that is gone doesn't matter: the server is waited for all the same
                        let _ = started.send(Ok(child.id()));
                        if let Ok(status) = child.wait() {
                            let _ = has_ended.send(status);
                        }
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            })?;
        let id = starting
            .recv()?
            .with_context(|| format!("{name} can't be started"))?;
        let pid = i32::try_from(id)
            .ok()
            .and_then(Pid::from_raw)
            .context("no process id")?;
        Ok(Server {
            name,
            pid,
            ended: Mutex::new(ended),
            stop_by,
        })
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(ended.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty))
    }

    /// Stops it, and waits until it is gone.
    pub(super) fn stop(&mut self) -> Result<()> {
        for signal in [self.stop_by, Signal::KILL] {
            // a process that is gone already is what we want
            let _ = kill_process(self.pid, signal);
            let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
            match ended.recv_timeout(Duration::from_secs(20)) {
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        bail!("{} doesn't end", self.name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // one that is stopped already has nothing more to say
        let _ = self.stop();
    }
}

/// A command line to be continued: what follows runs as the home's user.
fn as_user(home: &Home, death_signal: Option<Signal>) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(user) = home.user() {
        command.args([
            format!("--reuid={}", user.uid),
            format!("--regid={}", user.gid),
        ]);
        command.arg("--clear-groups");
    }
    if let Some(signal) = death_signal {
        let name = if signal == Signal::INT { "INT" } else { "TERM" };
        command.arg(format!("--pdeathsig={name}"));
    }
    command.arg("--").env("LC_ALL", "C.UTF-8");
    command
}

/// Runs a program to its end as the home's user; what it said where it failed.
pub(super) fn run(home: &Home, program: &Path, arguments: &[&str]) -> Result<()> {
    let name = program.display();
    let output = as_user(home, None)
        .arg(program)
        .args(arguments)
        .current_dir(home.path())
        .output()
        .with_context(|| format!("{name} can't be run"))?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// Whether a program is in the path, or where system programs are.
pub(super) fn is_installed(program: &str) -> bool {
    find(program).is_some()
}

pub(super) fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/bin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
