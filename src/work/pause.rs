//! Growing pauses after failures.

use std::time::Duration;

/// Pauses that double from a first to a longest, until something succeeds.
#[derive(Debug, Clone)]
pub struct Pauses {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pauses {
    pub fn new(first: Duration, longest: Duration) -> Pauses {
        Pauses {
            first,
            longest,
            next: first,
        }
    }

    /// The pause after one more failure.
    pub fn failed(&mut self) -> Duration {
        let pause = self.next;
        self.next = (self.next * 2).min(self.longest);
        pause
    }

    /// Starts over: something succeeded.
    pub fn succeeded(&mut self) {
        self.next = self.first;
    }
}

/// How long to wait before a mail is offered again, after so many attempts: 1, 5, 15, 60 minutes, then
/// 2 and 4 hours (RFC 5321 §4.5.4.1 asks for 30 minutes at least, but for the first).
pub fn retry_delay(attempts: i32) -> Duration {
    const MINUTES: [u64; 6] = [1, 5, 15, 60, 120, 240];
    let at = usize::try_from(attempts.max(1) - 1)
        .unwrap_or(0)
        .min(MINUTES.len() - 1);
    Duration::from_secs(MINUTES[at] * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_something_succeeds() {
        let seconds = Duration::from_secs;
        let mut pauses = Pauses::new(seconds(1), seconds(5));
        let grown: Vec<_> = (0..4).map(|_| pauses.failed()).collect();
        assert_eq!(grown, [seconds(1), seconds(2), seconds(4), seconds(5)]);
        pauses.succeeded();
        assert_eq!(pauses.failed(), seconds(1));
    }

    #[test]
    fn a_mail_is_offered_again_after_1_5_15_60_minutes() {
        let minutes: Vec<_> = (0..8).map(|n| retry_delay(n).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 1, 5, 15, 60, 120, 240, 240]);
    }
}
