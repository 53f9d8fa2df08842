//! Promise 11: any mail up to the size limit is read, or put aside, within 10 s and 256 MiB.
//!
//! Each mail is read by a process of its own, and what that took is what the system says it took.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redress::mail::{Context, read};

#[path = "mail_bounds/bombs.rs"]
mod bombs;
#[path = "mail_bounds/make.rs"]
mod make;

const MOST_TIME: Duration = Duration::from_secs(10);
const MOST_MEMORY_KIB: u64 = 256 * 1024;

/// Names the file that a child is to read.
const FILE: &str = "MAIL_BOUNDS_FILE";

#[test]
fn any_mail_is_read_within_10_seconds_and_256_mib() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: memory is only measured where there is /proc");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bombs = bombs::all();
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(Vec::new());
    let work = |worker: usize| {
        let file = folder.path().join(worker.to_string());
        while let Some((name, bomb)) = bombs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let line = one(name, &bomb(), &file);
            lines.lock().unwrap().push(line);
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for worker in 0..workers.min(4) {
            let work = &work;
            scope.spawn(move || work(worker));
        }
    });
    let lines = lines.into_inner().unwrap();
    let table: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    let wrong = lines.iter().filter(|(_, within)| !within);
    let wrong: Vec<&str> = wrong.map(|(line, _)| line.as_str()).collect();
    println!("{}", table.join("\n"));
    assert!(
        wrong.is_empty(),
        "over 10 s or 256 MiB:\n{}",
        wrong.join("\n")
    );
}

/// A line about one mail, and whether it is within the bounds.
fn one(name: &str, bytes: &[u8], file: &Path) -> (String, bool) {
    std::fs::write(file, bytes).unwrap();
    let (memory, took, outcome) = match measure(file) {
        Ok(measured) => measured,
        Err(problem) => (u64::MAX, Duration::MAX, problem),
    };
    let line = format!(
        "{name:<44} {:>6.1} MB {:>6.2} s {:>5} MiB  {outcome}",
        bytes.len() as f64 / 1e6,
        took.as_secs_f64(),
        memory / 1024
    );
    (line, took <= MOST_TIME && memory <= MOST_MEMORY_KIB)
}

/// Peak memory in KiB, processor time, and whether the mail was read; or how the child ended instead.
fn measure(file: &Path) -> Result<(u64, Duration, String), String> {
    let child = child(file, &[]);
    let said = String::from_utf8_lossy(&child.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("measured "));
    let mut words = line.unwrap_or("").splitn(3, ' ');
    let mut number = || words.next().and_then(|word| word.parse().ok());
    match (number(), number()) {
        (Some(memory), Some(nanoseconds)) => Ok((
            memory,
            Duration::from_nanos(nanoseconds),
            words.next().unwrap_or("").to_owned(),
        )),
        _ => Err(format!("ended with {}", child.status)),
    }
}

fn child(file: &Path, variables: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "one_mail_in_a_process_of_its_own",
            "--nocapture",
            "--include-ignored",
        ])
        .env(FILE, file)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
#[ignore = "what the other test runs in processes of its own"]
fn one_mail_in_a_process_of_its_own() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    // nothing is measured that isn't noticed
    if std::env::var_os("MAIL_BOUNDS_WASTE").is_some() {
        std::hint::black_box(vec![1_u8; 300 << 20]);
    }
    let servers = ["mx.example.com".to_owned()];
    let context = Context {
        authserv_ids: &servers,
        ..Context::default()
    };
    let raw = std::fs::read(file).unwrap();
    let reading = read(&raw, &context);
    let outcome = match &reading.quarantine {
        Some(quarantine) => format!("put aside: {}", quarantine.reason),
        None => "read".to_owned(),
    };
    println!("\nmeasured {} {} {outcome}", peak_kib(), nanoseconds());
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    first_number(line.unwrap())
}

/// Time on a processor of the thread that read: others that are busy don't count.
fn nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap()
}

fn first_number(text: &str) -> u64 {
    text.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn waste_is_noticed() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail");
    std::fs::write(&file, "From: a@b.example\r\n\r\nx").unwrap();
    let (memory, took, outcome) = measure(&file).unwrap();
    assert!(memory < 64 * 1024 && !took.is_zero(), "{memory} {took:?}");
    assert_eq!(outcome, "read");
    let wasteful = child(&file, &[("MAIL_BOUNDS_WASTE", "1")]);
    let said = String::from_utf8_lossy(&wasteful.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix("measured "));
    assert!(first_number(line.unwrap()) > MOST_MEMORY_KIB, "{said}");
}
