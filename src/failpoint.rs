//! Places where a test lets the program die, fail or dawdle, to prove that nothing is lost there.
//!
//! They are in builds with debug assertions alone: a release has neither the code nor the variable's name, and
//! tests/failpoints.rs says so. Each place has a name of its own, by which the test finds it in the source: one
//! that is added and not driven fails that test.
//!
//! (Variables that begin with REDRESS_ are settings.) `FAILPOINT_OF_REDRESS=name=abort`, `name:3=error` (the third time), `name=delay`; or `@FILE`: what to do is read
//! from the file each time, which is taken away when it is done, so that a daemon can be armed while it runs;
//! and names that are passed are added to `FILE.passed`.

/// What a place that was told to fail gives.
#[derive(Debug)]
pub struct Reached;

/// A place with a name. It does nothing, unless a test wants it to.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn failpoint(_name: &'static str) -> Result<(), Reached> {
    Ok(())
}

#[cfg(debug_assertions)]
pub use armed::failpoint;

#[cfg(debug_assertions)]
mod armed {
    use std::collections::HashMap;
    use std::io::Write;
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::time::Duration;

    use super::Reached;

    /// How long `delay` takes.
    const DELAY: Duration = Duration::from_secs(2);

    /// A place with a name. It does nothing, unless the environment says otherwise.
    pub fn failpoint(name: &'static str) -> Result<(), Reached> {
        static WANTED: OnceLock<Option<String>> = OnceLock::new();
        let wanted = WANTED.get_or_init(|| std::env::var("FAILPOINT_OF_REDRESS").ok());
        let Some(wanted) = wanted else { return Ok(()) };
        let Some(file) = wanted.strip_prefix('@') else {
            return act(name, wanted, || true);
        };
        pass(name, file);
        let Ok(text) = std::fs::read_to_string(file) else {
            return Ok(());
        };
        // whoever takes the file away does what it says, and nobody else
        act(name, text.trim(), || std::fs::remove_file(file).is_ok())
    }

    /// Does what is wanted of this place, the so-manieth time that it is passed.
    fn act(name: &str, wanted: &str, mine: impl Fn() -> bool) -> Result<(), Reached> {
        static PASSED: Mutex<Option<HashMap<String, u32>>> = Mutex::new(None);
        let Some((place, action)) = wanted.split_once('=') else {
            return Ok(());
        };
        let (place, turn) = place.split_once(':').unwrap_or((place, "1"));
        if place != name {
            return Ok(());
        }
        let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
        let count = passed
            .get_or_insert_default()
            .entry(wanted.to_owned())
            .or_default();
        *count += 1;
        if turn.parse() != Ok(*count) || !mine() {
            return Ok(());
        }
        // the same may be wanted again
        if let Some(counts) = passed.as_mut() {
            counts.remove(wanted);
        }
        drop(passed);
        match action {
            "abort" => std::process::abort(),
            "error" => Err(Reached),
            "delay" => {
                std::thread::sleep(DELAY);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Notes that a place was passed, the first time.
    fn pass(name: &'static str, file: &str) {
        let log = std::fs::OpenOptions::new()
            .append(true)
            .open(format!("{file}.passed"));
        // nobody wants to know unless the test has made the file
        if let Ok(mut log) = log {
            let _ = log.write_all(format!("{name}\n").as_bytes());
        }
    }
}
