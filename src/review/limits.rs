//! Control limits: what a figure does by chance alone, so that noise isn't read as change.
//!
//! Limits come from the periods before the one that is judged. Source: NIST/SEMATECH e-Handbook of
//! Statistical Methods, §6.3.2.2 (individuals chart: mean ± 2.66 times the mean moving range) and §6.3.3.2
//! (proportions chart: p̄ ± 3·√(p̄(1−p̄)/n)).

use serde::{Deserialize, Serialize};

use crate::policy::words;

/// Fewer earlier values than this tell nothing of chance.
pub const FEWEST: usize = 6;

/// 3 / d₂ for moving ranges of two values (d₂ = 1.128).
const PER_MOVING_RANGE: f64 = 2.66;

/// A share's limits are no more than a guess where fewer are expected on either side (the same handbook).
const FEWEST_EXPECTED: f64 = 5.0;

words! {
    /// What a value is against the limits.
    Verdict {
        Above = "above",
        Below = "below",
        Within = "within",
        /// Too few earlier values, or too few cases, to tell.
        Unknown = "unknown",
    }
}

/// The middle of what chance brings, and its ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    pub center: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Limits {
    /// Of single values, none of which can be negative. Earlier ones that are missing are skipped.
    pub fn of_values(earlier: &[Option<f64>]) -> Option<Limits> {
        let values: Vec<f64> = earlier.iter().copied().flatten().collect();
        if values.len() < FEWEST {
            return None;
        }
        let center = mean(&values);
        let ranges: Vec<f64> = values
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .collect();
        let reach = PER_MOVING_RANGE * mean(&ranges);
        Some(Limits {
            center,
            lower: (center - reach).max(0.0),
            upper: center + reach,
        })
    }

    /// Of a share of so many, from earlier shares (how many, of how many).
    pub fn of_share(earlier: &[(u64, u64)], of: u64) -> Option<Limits> {
        let earlier: Vec<&(u64, u64)> = earlier.iter().filter(|(_, of)| *of > 0).collect();
        if earlier.len() < FEWEST || of == 0 {
            return None;
        }
        let parts: u64 = earlier.iter().map(|(part, _)| part).sum();
        let wholes: u64 = earlier.iter().map(|(_, whole)| whole).sum();
        let center = parts as f64 / wholes as f64;
        let reach = 3.0 * (center * (1.0 - center) / of as f64).sqrt();
        Some(Limits {
            center,
            lower: (center - reach).max(0.0),
            upper: (center + reach).min(1.0),
        })
    }

    pub fn verdict(&self, value: f64) -> Verdict {
        // a sum of floating numbers is no change
        let slack = 1e-9 * (1.0 + self.center.abs());
        if value > self.upper + slack {
            Verdict::Above
        } else if value < self.lower - slack {
            Verdict::Below
        } else {
            Verdict::Within
        }
    }

    /// As [`verdict`](Limits::verdict), for a share of so many.
    pub fn verdict_of_share(&self, share: f64, of: u64) -> Verdict {
        let expected = self.center.min(1.0 - self.center) * of as f64;
        let certain = self.center <= 0.0 || self.center >= 1.0;
        if expected < FEWEST_EXPECTED && !certain {
            return Verdict::Unknown;
        }
        self.verdict(share)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// NIST/SEMATECH e-Handbook, §6.3.2.2.1, example of an individuals chart: flow rates of ten batches.
    #[test]
    fn limits_are_those_of_the_handbook() {
        let flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];
        let limits = Limits::of_values(&flow.map(Some)).unwrap();
        assert!((limits.center - 50.81).abs() < 0.005, "{limits:?}");
        // mean moving range 1.8778: 50.81 ± 2.66 · 1.8778
        assert!((limits.upper - 55.8049).abs() < 0.005, "{limits:?}");
        assert!((limits.lower - 45.8151).abs() < 0.005, "{limits:?}");
    }

    #[test]
    fn shares_are_judged_by_how_many_there_are() {
        let earlier = [(80, 100); 8];
        for (part, of, verdict) in [
            (80, 100, Verdict::Within),
            (70, 100, Verdict::Within),
            (67, 100, Verdict::Below),
            (93, 100, Verdict::Above),
            // the same share of few is chance
            (20, 30, Verdict::Within),
            // too few to tell at all
            (4, 10, Verdict::Unknown),
        ] {
            let limits = Limits::of_share(&earlier, of).unwrap();
            let found = limits.verdict_of_share(part as f64 / of as f64, of);
            assert_eq!(found, verdict, "{part} of {of} {limits:?}");
        }
    }

    #[test]
    fn too_little_of_the_past_gives_no_limits() {
        assert_eq!(Limits::of_values(&[Some(1.0); 5]), None);
        assert_eq!(Limits::of_values(&[None; 12]), None);
        assert_eq!(Limits::of_share(&[(0, 0); 12], 10), None);
        assert_eq!(Limits::of_share(&[(1, 2); 12], 0), None);
    }

    proptest! {
        #[test]
        fn limits_hold_their_center(values in proptest::collection::vec(0.0..1e6_f64, 6..13)) {
            let values: Vec<Option<f64>> = values.into_iter().map(Some).collect();
            let limits = Limits::of_values(&values).unwrap();
            prop_assert!(0.0 <= limits.lower && limits.lower <= limits.center);
            prop_assert!(limits.center <= limits.upper);
            prop_assert_eq!(limits.verdict(limits.center), Verdict::Within);
        }
    }
}
