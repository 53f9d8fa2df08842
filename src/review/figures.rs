//! From rows to figures. What each figure means stands in config/review/README.md.

mod conduct;
mod shape;
mod trend;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use conduct::{actions, breaches, clock_shares, escalations, overdue, overrides, records};
pub use shape::*;
use trend::trend;

use super::period::Period;
use super::rows::{CaseRow, Rows};
use super::spread::{Group, Groups, Shown, share};
use super::training;
use crate::case::Channel;
use crate::policy::{Calendar, CloseReason, Finding, Policies, Profile};

/// What the figures are reckoned with, besides the rows.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    pub period: Period,
    pub zone: chrono_tz::Tz,
    /// The database's time.
    pub now: DateTime<Utc>,
    pub policies: &'a Policies,
    /// The profile that the review is confined to.
    pub profile: Option<&'a str>,
}

/// Columns of the tables by group.
pub(super) const RECEIVED: usize = 0;
pub(super) const OPEN: usize = 1;
pub(super) const CLOSED: usize = 2;
const DECIDED: usize = 3;

/// What stands for a code that nobody has set.
pub(super) const UNSET: &str = "not_set";

/// Ages of open cases, in whole days: the upper end of each.
const AGES: [(&str, i64); 6] = [
    ("0_to_7_days", 7),
    ("8_to_14_days", 14),
    ("15_to_30_days", 30),
    ("31_to_60_days", 60),
    ("61_to_90_days", 90),
    ("over_90_days", i64::MAX),
];

/// No median is told of fewer cases: it would be somebody's own.
const FEWEST_TIMES: usize = super::spread::FEW;

impl Review {
    /// The figures; `words` are suggestions and explanations by the hash of each.
    pub fn new(rows: &Rows, words: &BTreeMap<String, String>, frame: &Frame<'_>) -> Review {
        let (from, to) = frame.period.span(frame.zone);
        let within = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at >= from && at < to);
        let received = |case: &CaseRow| within(Some(case.received_at));
        let open = |case: &CaseRow| case.closed_at.is_none();
        let closed = |case: &CaseRow| within(case.closed_at);
        let cases = &rows.cases;
        let count =
            |fits: &dyn Fn(&CaseRow) -> bool| cases.iter().filter(|c| fits(c)).count() as u64;
        let profiles = profiles(rows, frame);
        let codes = |of: fn(&Profile) -> Vec<&str>| -> BTreeSet<&str> {
            profiles.iter().flat_map(|profile| of(profile)).collect()
        };

        let mut channels = Groups::of(Channel::ALL.iter().map(|one| one.as_str()));
        let mut categories = Groups::of(codes(|one| {
            one.categories.keys().map(String::as_str).collect()
        }));
        let mut causes = Groups::of(codes(|one| one.causes.keys().map(String::as_str).collect()));
        let mut findings = Groups::of(Finding::ALL.iter().map(|one| one.as_str()));
        let mut reasons = Groups::of(CloseReason::ALL.iter().map(|one| one.as_str()));
        let mut answers = Groups::of(["satisfied", "not_satisfied"]);
        let mut ages = Groups::of(AGES.map(|(code, _)| code));
        for case in cases {
            let columns = [
                (RECEIVED, received(case)),
                (OPEN, open(case)),
                (CLOSED, closed(case)),
            ];
            let category = case.category.as_deref().unwrap_or(UNSET);
            let cause = case.cause.as_deref().unwrap_or(UNSET);
            for (column, _) in columns.into_iter().filter(|(_, counts)| *counts) {
                channels.add(&case.channel, column, case.customer);
                categories.add(category, column, case.customer);
                causes.add(cause, column, case.customer);
            }
            if within(case.decided_at) {
                causes.add(cause, DECIDED, case.customer);
                findings.add(case.finding.as_deref().unwrap_or(UNSET), 0, case.customer);
            }
            if closed(case) {
                reasons.add(
                    case.close_reason.as_deref().unwrap_or(UNSET),
                    0,
                    case.customer,
                );
            }
            if open(case) {
                ages.add(age(case, to.min(frame.now)), 0, case.customer);
            }
            if within(case.answered_at) {
                let code = if case.satisfied == Some(true) {
                    "satisfied"
                } else {
                    "not_satisfied"
                };
                answers.add(code, 0, case.customer);
            }
        }
        let mut mediated = Groups::of(Finding::ALL.iter().map(|one| one.as_str()));
        for verdict in rows.verdicts.iter().filter(|verdict| verdict.mediated) {
            mediated.add(&verdict.finding, 0, verdict.customer);
        }
        let asked = |case: &CaseRow| within(case.asked_at);
        let totals = Totals {
            received: count(&received),
            open: count(&open),
            closed: count(&closed),
            resolved: count(&|case| within(case.resolved_at)),
            decided: count(&|case| within(case.decided_at)),
            reopened: rows.reopened,
            access_refused: rows.access_refused,
        };
        let answered = answers.total(0);
        let answers = answers.shown();
        let hidden = answers
            .iter()
            .any(|group| !matches!(group.counts[0], Shown::Count(_)));
        let told = |count| {
            if hidden {
                Shown::Withheld
            } else {
                Shown::Count(count)
            }
        };
        let oldest = cases
            .iter()
            .filter(|case| open(case))
            .map(|case| case.received_at)
            .min();
        let causes = causes.shown();
        let breaches = breaches(rows, words);
        Review {
            schema: 1,
            period: Of {
                kind: frame.period.kind.as_str(),
                label: frame.period.label(),
                first_day: frame.period.first,
                last_day: frame.period.last,
                time_zone: frame.zone.name().to_owned(),
                is_over: to <= frame.now,
                profile: frame.profile.map(str::to_owned),
            },
            trend: trend(rows, frame, totals.open),
            channels: channels.shown(),
            categories: categories.shown(),
            findings: findings.shown(),
            close_reasons: reasons.shown(),
            ages: in_order(ages.shown()),
            oldest_open_days: oldest
                .filter(|_| totals.open >= FEWEST_TIMES as u64)
                .map(|at| days(at, to.min(frame.now))),
            times: times(cases, &within, frame),
            clocks: clock_shares(&rows.clocks, frame.policies),
            overrides: overrides(rows),
            refused_steps: rows
                .refusals
                .iter()
                .map(|row| StepCount {
                    act: row.act.clone(),
                    person: row.by.clone(),
                    count: row.count,
                })
                .collect(),
            escalations: escalations(rows, frame.policies),
            satisfaction: Satisfaction {
                asked: count(&asked),
                asked_and_answered: told(count(&|case| {
                    asked(case) && case.answered_at >= case.asked_at
                })),
                answered: told(answered),
                share_satisfied: satisfied_share(&answers),
                answers,
            },
            mediation: Mediation {
                owed: rows.mediations_owed,
                mediators_named: rows.mediators_named,
                decided: mediated.total(0),
                findings: mediated.shown(),
            },
            remedies: remedies(rows),
            repeats: repeats(rows),
            suggestions: rows
                .suggestions
                .iter()
                .map(|row| Suggestion {
                    case: row.case.clone(),
                    day: row.at.with_timezone(&frame.zone).date_naive(),
                    words: words.get(&row.words).cloned(),
                })
                .collect(),
            actions: actions(rows, &within, frame),
            overdue_actions: overdue(rows, frame),
            training_needs: training::needs(&breaches.groups, &rows.refusals, &causes, DECIDED),
            records: records(cases, &received, &closed, &within, frame.policies),
            breaches,
            causes,
            totals,
        }
    }

    /// Whether there is nothing to tell of.
    pub fn is_empty(&self) -> bool {
        let totals = &self.totals;
        totals.received + totals.open + totals.closed + totals.resolved + self.breaches.total == 0
    }
}

/// The profiles whose codes are listed: the one asked for, or those that cases are handled by.
fn profiles<'a>(rows: &Rows, frame: &Frame<'a>) -> Vec<&'a Profile> {
    let names: BTreeSet<&str> = match frame.profile {
        Some(name) => [name].into(),
        None => rows
            .cases
            .iter()
            .map(|case| case.profile.as_str())
            .collect(),
    };
    let found = names
        .into_iter()
        .filter_map(|name| frame.policies.profile(name));
    found.collect()
}

fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_seconds().max(0) as f64 / 86_400.0
}

fn age(case: &CaseRow, at: DateTime<Utc>) -> &'static str {
    let days = (at - case.received_at).num_days();
    AGES.iter()
        .find(|(_, most)| days <= *most)
        .map_or(UNSET, |(code, _)| code)
}

/// Ages are told by age, not by number.
fn in_order(mut groups: Vec<Group<1>>) -> Vec<Group<1>> {
    groups.sort_by_key(|group| AGES.iter().position(|(code, _)| *code == group.code));
    groups
}

pub(super) fn shown_of(groups: &[Group<1>], code: &str) -> Shown {
    let found = groups.iter().find(|group| group.code == code);
    found.map_or(Shown::Count(0), |group| group.counts[0])
}

fn satisfied_share(answers: &[Group<1>]) -> Option<f64> {
    share(
        shown_of(answers, "satisfied"),
        shown_of(answers, "not_satisfied"),
    )
}

/// A quantile by linear interpolation between the two values next to it, as `percentile_cont` of SQL.
pub(super) fn quantile(values: &mut [f64], at: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let place = at * last as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (*values.get(low)?, *values.get(high)?);
    Some(low + (high - low) * place.fract())
}

/// When a step of a case was done.
type When = fn(&CaseRow) -> Option<DateTime<Utc>>;

fn times(
    cases: &[CaseRow],
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    frame: &Frame<'_>,
) -> Vec<Time> {
    let plain = Calendar::plain(frame.zone);
    let steps: [(&'static str, When); 3] = [
        ("acknowledge", |case| case.acknowledged_at),
        ("accept", |case| case.accepted_at),
        ("resolve", |case| case.resolved_at),
    ];
    let time = |(step, at): (&'static str, When)| {
        let done = cases.iter().filter(|case| within(at(case)));
        let (mut elapsed, mut open): (Vec<f64>, Vec<f64>) = done
            .filter_map(|case| {
                let at = at(case)?.max(case.received_at);
                let profile = frame.policies.profile(&case.profile);
                let calendar = profile.map_or(&plain, |profile| &profile.calendar);
                let hours =
                    calendar.open_between(case.received_at, at).num_seconds() as f64 / 3600.0;
                Some((days(case.received_at, at), hours))
            })
            .unzip();
        let enough = elapsed.len() >= FEWEST_TIMES;
        let told = |values: &mut [f64], at: f64| quantile(values, at).filter(|_| enough);
        Time {
            step,
            cases: elapsed.len() as u64,
            median_days: told(&mut elapsed, 0.5),
            p90_days: told(&mut elapsed, 0.9),
            median_open_hours: told(&mut open, 0.5),
            p90_open_hours: told(&mut open, 0.9),
        }
    };
    steps.into_iter().map(time).collect()
}

fn remedies(rows: &Rows) -> Remedies {
    let mut remedied: Groups<1> = Groups::of(["remedy", "none"]);
    let mut costs: Groups<1> = Groups::default();
    let mut amounts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &rows.verdicts {
        let code = if row.remedied { "remedy" } else { "none" };
        remedied.add(code, 0, row.customer);
        if let Some((currency, minor)) = &row.cost {
            costs.add(currency, 0, row.customer);
            let amount = amounts.entry(currency).or_default();
            *amount = amount.saturating_add(*minor);
        }
    }
    let cost = |group: Group<1>| Cost {
        amount_minor_units: match group.counts[0] {
            Shown::Count(_) => amounts.get(group.code.as_str()).copied(),
            Shown::Few | Shown::Withheld => None,
        },
        outcomes: group.counts[0],
        currency: group.code,
    };
    Remedies {
        decided: rows.verdicts.len() as u64,
        with_remedy: shown_of(&remedied.shown(), "remedy"),
        costs: costs.shown().into_iter().map(cost).collect(),
    }
}

fn repeats(rows: &Rows) -> Repeats {
    let customers: u64 = rows.repeats.iter().map(|row| row.customers).sum();
    let complaints = rows
        .repeats
        .iter()
        .map(|row| row.customers * row.complaints)
        .sum();
    let few = customers > 0 && customers < super::spread::FEW as u64;
    Repeats {
        customers: if few {
            Shown::Few
        } else {
            Shown::Count(customers)
        },
        complaints: (!few).then_some(complaints),
    }
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
