//! What this process has done since it started: counted where it is done, read where it is shown.
//!
//! One set for the process, as counters are of a process: a loop that starts over goes on counting. Trouble is
//! counted by the alarm that comes of it, so that whoever hits it needs to know nothing of alarms.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::alarm::Alarm;

/// The measures of this process.
pub static MEASURES: Measures = Measures::new();

/// A number that only grows.
#[derive(Debug)]
pub struct Counter(AtomicU64);

/// How long things took: counts by upper bounds, and the sum.
#[derive(Debug)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

/// Upper bounds in seconds.
pub const BOUNDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// A histogram as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// How many were within each bound, those of smaller bounds among them.
    pub within: Vec<u64>,
    pub count: u64,
    pub seconds: f64,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Measures {
    /// Messages that got a row, by what they were.
    pub landed: Counter,
    pub known_before: Counter,
    /// Messages read, decided on and filed.
    pub filed: Counter,
    /// Attempts to send a mail, by how they ended.
    pub sent: Counter,
    pub put_off: Counter,
    pub refused: Counter,
    pub uncertain: Counter,
    pub database_errors: Counter,
    /// A batch of messages, from claim to commit.
    pub triage: Histogram,
    /// A mail, from MAIL FROM to the answer to its final dot.
    pub sending: Histogram,
    /// A look of the clock.
    pub tick: Histogram,
    pub alarms_told: Counter,
    pub alarms_failed: Counter,
    trouble: [Counter; Alarm::ALL.len()],
}

impl Counter {
    const fn new() -> Counter {
        Counter(AtomicU64::new(0))
    }

    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Histogram {
    const fn new() -> Histogram {
        Histogram {
            buckets: [const { AtomicU64::new(0) }; BOUNDS.len()],
            count: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
        }
    }

    pub fn note(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(at) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.buckets[at].fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub fn read(&self) -> Read {
        let mut sum = 0;
        let within: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| {
                sum += bucket.load(Ordering::Relaxed);
                sum
            })
            .collect();
        Read {
            // one that is noted right now may be in its bucket already: the whole is never less than its parts
            count: self.count.load(Ordering::Relaxed).max(sum),
            within,
            seconds: Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}

impl Measures {
    const fn new() -> Measures {
        Measures {
            landed: Counter::new(),
            known_before: Counter::new(),
            filed: Counter::new(),
            sent: Counter::new(),
            put_off: Counter::new(),
            refused: Counter::new(),
            uncertain: Counter::new(),
            database_errors: Counter::new(),
            triage: Histogram::new(),
            sending: Histogram::new(),
            tick: Histogram::new(),
            alarms_told: Counter::new(),
            alarms_failed: Counter::new(),
            trouble: [const { Counter::new() }; Alarm::ALL.len()],
        }
    }

    /// Counts trouble that an alarm comes of.
    pub fn trouble(&self, alarm: Alarm) {
        self.trouble_of(alarm).add(1);
    }

    /// How often it was met.
    pub fn troubles(&self, alarm: Alarm) -> u64 {
        self.trouble_of(alarm).get()
    }

    fn trouble_of(&self, alarm: Alarm) -> &Counter {
        &self.trouble[alarm as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_is_within_their_bound() {
        let histogram = Histogram::new();
        for millis in [5, 6, 300, 61_000] {
            histogram.note(Duration::from_millis(millis));
        }
        let read = histogram.read();
        assert_eq!(read.within, [1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3]);
        assert_eq!(read.count, 4);
        assert!((read.seconds - 61.311).abs() < 1e-9);
    }

    #[test]
    fn trouble_is_counted_by_its_alarm() {
        let measures = Measures::new();
        measures.trouble(Alarm::Vanished);
        for alarm in Alarm::ALL {
            let expected = u64::from(*alarm == Alarm::Vanished);
            assert_eq!(measures.troubles(*alarm), expected, "{alarm}");
        }
    }
}
