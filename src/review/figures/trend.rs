//! The period against earlier ones.

use super::conduct::clock_shares;
use super::shape::{Point, Series};
use super::{FEWEST_TIMES, Frame};
use crate::review::limits::{FEWEST, Limits, Verdict};
use crate::review::rows::{Rows, TrendRow};
use crate::review::spread::FEW;

/// What is looked at from period to period.
pub(super) fn trend(rows: &Rows, frame: &Frame<'_>, open: u64) -> Vec<Series> {
    // a period that begins before the first complaint was no whole one of ours
    let skipped = (0..rows.trend.len().saturating_sub(1))
        .take_while(|at| {
            let back = u32::try_from(rows.trend.len() - 1 - at).unwrap_or(u32::MAX);
            let begins = frame.period.before(back).span(frame.zone).0;
            rows.since.is_none_or(|since| begins < since)
        })
        .count();
    let trend = &rows.trend[skipped.min(rows.trend.len())..];
    let labels: Vec<String> = (0..trend.len())
        .map(|at| {
            let back = u32::try_from(trend.len() - 1 - at).unwrap_or(u32::MAX);
            frame.period.before(back).label()
        })
        .collect();
    // what was open before is what is open now, less what came in, plus what was settled
    let mut opens = vec![0.0; trend.len()];
    let mut left = open as i64;
    for at in (0..trend.len()).rev() {
        opens[at] = left.max(0) as f64;
        left = left - trend[at].received as i64 + trend[at].settled;
    }
    let values = |of: fn(&TrendRow) -> u64| -> Vec<Option<f64>> {
        trend.iter().map(|row| Some(of(row) as f64)).collect()
    };
    let kept: Vec<(u64, u64)> = trend
        .iter()
        .map(|row| {
            let shares = clock_shares(&row.clocks, frame.policies);
            let kept = shares.iter().map(|one| one.kept).sum();
            (kept, shares.iter().map(|one| one.kept + one.missed).sum())
        })
        .collect();
    let satisfied: Vec<(u64, u64)> = trend
        .iter()
        .map(|row| {
            let few = |count: u64| count > 0 && count < FEW as u64;
            let hidden = few(row.satisfied) || few(row.answered.saturating_sub(row.satisfied));
            if hidden {
                (0, 0)
            } else {
                (row.satisfied, row.answered)
            }
        })
        .collect();
    let days: Vec<Option<f64>> = trend
        .iter()
        .map(|row| {
            row.median_days
                .filter(|_| row.resolved >= FEWEST_TIMES as u64)
        })
        .collect();
    vec![
        individuals("received", "cases", &values(|row| row.received), &labels),
        individuals("closed", "cases", &values(|row| row.closed), &labels),
        individuals(
            "open",
            "cases",
            &opens.into_iter().map(Some).collect::<Vec<_>>(),
            &labels,
        ),
        individuals("median_days_to_resolve", "days", &days, &labels),
        shares("share_of_clocks_kept", &kept, &labels),
        individuals("breaches", "breaches", &values(|row| row.breaches), &labels),
        shares("share_satisfied", &satisfied, &labels),
        individuals("reopened", "cases", &values(|row| row.reopened), &labels),
    ]
}

fn individuals(
    measure: &'static str,
    unit: &'static str,
    values: &[Option<f64>],
    labels: &[String],
) -> Series {
    let (earlier, last) = values.split_at(values.len().saturating_sub(1));
    let limits = Limits::of_values(earlier);
    let last = last.first().copied().flatten();
    let point = |(value, label): (&Option<f64>, &String)| Point {
        label: label.clone(),
        value: *value,
        lower: limits.map(|limits| limits.lower),
        upper: limits.map(|limits| limits.upper),
    };
    Series {
        measure,
        chart: "individuals",
        unit,
        points: values.iter().zip(labels).map(point).collect(),
        center: limits.map(|limits| limits.center),
        verdict: match (limits, last) {
            (Some(limits), Some(value)) => limits.verdict(value),
            (_, _) => Verdict::Unknown,
        },
    }
}

fn shares(measure: &'static str, values: &[(u64, u64)], labels: &[String]) -> Series {
    let (earlier, last) = values.split_at(values.len().saturating_sub(1));
    let share = |(part, of): (u64, u64)| (of > 0).then(|| part as f64 / of as f64);
    let last = last.first().copied().unwrap_or_default();
    let limits = Limits::of_share(earlier, last.1);
    let known = earlier.iter().filter(|(_, of)| *of > 0).count() >= FEWEST;
    let point = |(value, label): (&(u64, u64), &String)| {
        let limits = Limits::of_share(earlier, value.1).filter(|_| known);
        Point {
            label: label.clone(),
            value: share(*value),
            lower: limits.map(|limits| limits.lower),
            upper: limits.map(|limits| limits.upper),
        }
    };
    Series {
        measure,
        chart: "share",
        unit: "share",
        points: values.iter().zip(labels).map(point).collect(),
        center: Limits::of_share(earlier, 1).map(|limits| limits.center),
        verdict: match (limits, share(last)) {
            (Some(limits), Some(value)) => limits.verdict_of_share(value, last.1),
            (_, _) => Verdict::Unknown,
        },
    }
}
