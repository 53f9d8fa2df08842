//! From rows to figures. What each figure means stands in config/review/README.md.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::limits::{FEWEST, Limits, Verdict};
use super::period::Period;
use super::rows::{CaseRow, ClockRow, Rows, TrendRow};
use super::spread::{Group, Groups, Shown, share};
use super::training::{self, Need};
use crate::case::Channel;
use crate::policy::{Calendar, ClockKind, CloseReason, Finding, Particular, Policies, Profile};

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

/// The figures of a period. The names are what `--json` prints; they don't change.
#[derive(Debug, Clone, Serialize)]
pub struct Review {
    pub schema: u32,
    pub period: Of,
    pub totals: Totals,
    /// Received, open, closed.
    pub channels: Vec<Group<3>>,
    pub categories: Vec<Group<3>>,
    /// Of cases received, open, closed, and of those decided in the period.
    pub causes: Vec<Group<4>>,
    pub findings: Vec<Group<1>>,
    pub close_reasons: Vec<Group<1>>,
    pub ages: Vec<Group<1>>,
    pub oldest_open_days: Option<f64>,
    pub times: Vec<Time>,
    pub clocks: Vec<ClockShare>,
    pub breaches: Breaches,
    pub overrides: Overrides,
    pub refused_steps: Vec<StepCount>,
    pub escalations: Vec<Escalation>,
    pub satisfaction: Satisfaction,
    pub mediation: Mediation,
    pub remedies: Remedies,
    pub repeats: Repeats,
    pub suggestions: Vec<Suggestion>,
    pub actions: Vec<Actions>,
    pub overdue_actions: Vec<Overdue>,
    pub training_needs: Vec<Need>,
    pub records: Vec<Completeness>,
    pub trend: Vec<Series>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Of {
    pub kind: &'static str,
    pub label: String,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub time_zone: String,
    /// False while days of it are still to come.
    pub is_over: bool,
    pub profile: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    pub received: u64,
    pub open: u64,
    pub closed: u64,
    /// Cases whose first outcome reached the customer.
    pub resolved: u64,
    /// Cases whose last outcome was decided.
    pub decided: u64,
    pub reopened: u64,
    pub access_refused: u64,
}

/// How long a step took.
#[derive(Debug, Clone, Serialize)]
pub struct Time {
    pub step: &'static str,
    pub cases: u64,
    pub median_days: Option<f64>,
    pub p90_days: Option<f64>,
    pub median_open_hours: Option<f64>,
    pub p90_open_hours: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockShare {
    pub clock: String,
    pub kept: u64,
    pub missed: u64,
    pub share_kept: Option<f64>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Breaches {
    pub total: u64,
    pub unexplained: u64,
    /// By clock and whose they were, the most first.
    pub groups: Vec<BreachGroup>,
    pub each: Vec<Breach>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachGroup {
    pub clock: String,
    /// Nobody's, where nobody had the case.
    pub person: Option<String>,
    pub count: u64,
    pub unexplained: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Breach {
    pub case: String,
    pub clock: String,
    pub person: Option<String>,
    pub due_at: DateTime<Utc>,
    /// How late it was done; none where it wasn't by the end of the period.
    pub late_hours: Option<f64>,
    pub is_explained: bool,
    pub explanation: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    pub total: u64,
    pub unexplained: u64,
    pub by: Vec<StepCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepCount {
    pub act: String,
    pub person: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Escalation {
    pub clock: String,
    pub percent: u32,
    pub count: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Satisfaction {
    /// Cases whose customers were asked in the period, and those that have answered since.
    pub asked: u64,
    /// Withheld, as are the answers, where one side of them is: a case closed as satisfied counts elsewhere too.
    pub asked_and_answered: Shown,
    /// Answers in the period: satisfied, not_satisfied.
    pub answered: Shown,
    pub answers: Vec<Group<1>>,
    pub share_satisfied: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Mediation {
    pub owed: u64,
    pub mediators_named: u64,
    pub decided: u64,
    pub findings: Vec<Group<1>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Remedies {
    pub decided: u64,
    pub with_remedy: Shown,
    pub costs: Vec<Cost>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    pub currency: String,
    pub outcomes: Shown,
    /// In the currency's smallest unit; none where few customers got it.
    pub amount_minor_units: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Repeats {
    /// Customers with a complaint in the period and another within the year that ends with it.
    pub customers: Shown,
    /// How many complaints those have made in that year.
    pub complaints: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Suggestion {
    pub case: String,
    pub day: NaiveDate,
    /// None where they were erased.
    pub words: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Actions {
    pub kind: String,
    pub open: u64,
    pub overdue: u64,
    pub done: u64,
    pub verified: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    pub number: u32,
    pub kind: String,
    pub owner: String,
    pub due_day: NaiveDate,
}

/// How many records have what they should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completeness {
    pub record: &'static str,
    pub complete: u64,
    pub of: u64,
}

/// A figure from period to period, the reviewed one last.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    pub measure: &'static str,
    /// `individuals` or `share`.
    pub chart: &'static str,
    pub unit: &'static str,
    pub points: Vec<Point>,
    pub center: Option<f64>,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, Serialize)]
pub struct Point {
    pub label: String,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// Columns of the tables by group.
pub const RECEIVED: usize = 0;
pub const OPEN: usize = 1;
pub const CLOSED: usize = 2;
const DECIDED: usize = 3;

/// What stands for a code that nobody has set.
pub const UNSET: &str = "not_set";

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

fn times(
    cases: &[CaseRow],
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    frame: &Frame<'_>,
) -> Vec<Time> {
    let plain = Calendar::plain(frame.zone);
    let steps: [(&'static str, fn(&CaseRow) -> Option<DateTime<Utc>>); 3] = [
        ("acknowledge", |case| case.acknowledged_at),
        ("accept", |case| case.accepted_at),
        ("resolve", |case| case.resolved_at),
    ];
    let time = |(step, at): (&'static str, fn(&CaseRow) -> Option<DateTime<Utc>>)| {
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

/// Whether a clock counts what is owed; one that no profile knows any more did.
fn is_obligation(policies: &Policies, profile: &str, clock: &str) -> bool {
    let rule = policies
        .profile(profile)
        .and_then(|profile| profile.clock(clock));
    rule.is_none_or(|rule| rule.kind == ClockKind::Obligation)
}

fn clock_shares(rows: &[ClockRow], policies: &Policies) -> Vec<ClockShare> {
    let mut clocks: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| is_obligation(policies, &row.profile, &row.clock))
    {
        let entry = clocks.entry(&row.clock).or_default();
        *entry = (entry.0 + row.kept, entry.1 + row.missed);
    }
    let mut shares: Vec<ClockShare> = clocks
        .into_iter()
        .map(|(clock, (kept, missed))| ClockShare {
            clock: clock.to_owned(),
            kept,
            missed,
            share_kept: (kept + missed > 0).then(|| kept as f64 / (kept + missed) as f64),
        })
        .collect();
    // in the order of the policy, where it names them
    let order = |name: &str| {
        let mut clocks = policies.all().flat_map(|profile| &profile.clocks);
        clocks.position(|rule| rule.name == name)
    };
    let place = |one: &ClockShare| order(&one.clock).unwrap_or(usize::MAX);
    shares.sort_by_key(place);
    shares
}

fn breaches(rows: &Rows, words: &BTreeMap<String, String>) -> Breaches {
    let mut groups: BTreeMap<(&str, Option<&str>), (u64, u64)> = BTreeMap::new();
    for row in &rows.breaches {
        let group = groups.entry((&row.clock, row.by.as_deref())).or_default();
        group.0 += 1;
        group.1 += u64::from(row.explanation.is_none());
    }
    let mut groups: Vec<BreachGroup> = groups
        .into_iter()
        .map(|((clock, person), (count, unexplained))| BreachGroup {
            clock: clock.to_owned(),
            person: person.map(str::to_owned),
            count,
            unexplained,
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let each = rows.breaches.iter().map(|row| Breach {
        case: row.case.clone(),
        clock: match row.number {
            0 => row.clock.clone(),
            number => format!("{} {number}", row.clock),
        },
        person: row.by.clone(),
        due_at: row.due_at,
        late_hours: row
            .done_at
            .map(|at| (at - row.due_at).num_seconds().max(0) as f64 / 3600.0),
        is_explained: row.explanation.is_some(),
        explanation: row
            .explanation
            .as_ref()
            .and_then(|hash| words.get(hash).cloned()),
    });
    Breaches {
        total: rows.breaches.len() as u64,
        unexplained: groups.iter().map(|group| group.unexplained).sum(),
        groups,
        each: each.collect(),
    }
}

fn overrides(rows: &Rows) -> Overrides {
    let mut by: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in &rows.overrides {
        *by.entry((&row.act, &row.by)).or_default() += 1;
    }
    let mut by: Vec<StepCount> = by
        .into_iter()
        .map(|((act, person), count)| StepCount {
            act: act.to_owned(),
            person: person.to_owned(),
            count,
        })
        .collect();
    by.sort_by_key(|one| std::cmp::Reverse(one.count));
    Overrides {
        total: rows.overrides.len() as u64,
        unexplained: rows.overrides.iter().filter(|row| !row.explained).count() as u64,
        by,
    }
}

/// Rungs at and over the whole term, of what is owed: a customer's wait that ends escalates nothing.
fn escalations(rows: &Rows, policies: &Policies) -> Vec<Escalation> {
    let waits = |clock: &str| {
        let mut rules = policies
            .all()
            .filter_map(|profile| profile.clock(clock))
            .peekable();
        rules.peek().is_some() && rules.all(|rule| rule.kind == ClockKind::Waiting)
    };
    let owed = rows.escalations.iter().filter(|row| !waits(&row.clock));
    owed.map(|row| Escalation {
        clock: row.clock.clone(),
        percent: row.percent,
        count: row.count,
    })
    .collect()
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

fn actions(
    rows: &Rows,
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    frame: &Frame<'_>,
) -> Vec<Actions> {
    let kinds = crate::case::ActionKind::ALL.iter();
    let of = |kind: &str| {
        let mut sums = Actions {
            kind: kind.to_owned(),
            ..Actions::default()
        };
        for row in rows.actions.iter().filter(|row| row.kind == kind) {
            sums.open += u64::from(row.done_at.is_none());
            sums.overdue += u64::from(is_overdue(row.done_at, row.due, frame));
            sums.done += u64::from(within(row.done_at));
            sums.verified += u64::from(within(row.verified_at));
        }
        sums
    };
    kinds.map(|kind| of(kind.as_str())).collect()
}

/// Its last day is over, and it isn't done.
fn is_overdue(done_at: Option<DateTime<Utc>>, due: NaiveDate, frame: &Frame<'_>) -> bool {
    let today = frame.now.with_timezone(&frame.zone).date_naive();
    done_at.is_none() && due <= frame.period.last && due < today
}

fn overdue(rows: &Rows, frame: &Frame<'_>) -> Vec<Overdue> {
    let late = rows
        .actions
        .iter()
        .filter(|row| is_overdue(row.done_at, row.due, frame));
    late.map(|row| Overdue {
        number: row.number,
        kind: row.kind.clone(),
        owner: row.owner.clone(),
        due_day: row.due,
    })
    .collect()
}

/// How complete the records are (§4.1, §6): what a case should hold when it is received, decided, closed.
fn records(
    cases: &[CaseRow],
    received: &dyn Fn(&CaseRow) -> bool,
    closed: &dyn Fn(&CaseRow) -> bool,
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    policies: &Policies,
) -> Vec<Completeness> {
    let answered = |case: &CaseRow| {
        let reason = case
            .close_reason
            .as_deref()
            .and_then(CloseReason::from_name);
        closed(case)
            && matches!(
                reason,
                Some(CloseReason::Satisfied | CloseReason::NoAnswer | CloseReason::NotSatisfied)
            )
    };
    // a duplicate or no complaint needs no category and no cause
    let counted = |case: &CaseRow| {
        let reason = case
            .close_reason
            .as_deref()
            .and_then(CloseReason::from_name);
        closed(case)
            && !matches!(
                reason,
                Some(CloseReason::Duplicate | CloseReason::NotAComplaint)
            )
    };
    let particulars = |case: &CaseRow| {
        let asked = policies
            .profile(&case.profile)
            .map(|profile| &profile.particulars);
        let has = |one: &Particular| case.particulars.iter().any(|name| name == one.as_str());
        asked.is_none_or(|asked| asked.iter().all(has))
    };
    let line = |record, of: &dyn Fn(&CaseRow) -> bool, complete: &dyn Fn(&CaseRow) -> bool| {
        let of: Vec<&CaseRow> = cases.iter().filter(|case| of(case)).collect();
        Completeness {
            record,
            complete: of.iter().filter(|case| complete(case)).count() as u64,
            of: of.len() as u64,
        }
    };
    vec![
        line("particulars", received, &particulars),
        line("category", &counted, &|case| case.category.is_some()),
        line("cause", &|case| within(case.decided_at), &|case| {
            case.cause.is_some()
        }),
        line("finding", &answered, &|case| case.finding.is_some()),
        line("outcome_letter", &answered, &|case| {
            case.resolved_at.is_some()
        }),
    ]
}

/// What is looked at from period to period.
fn trend(rows: &Rows, frame: &Frame<'_>, open: u64) -> Vec<Series> {
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
            let few = |count: u64| count > 0 && count < super::spread::FEW as u64;
            let hidden = few(row.satisfied) || few(row.answered.saturating_sub(row.satisfied));
            if hidden {
                (0, 0)
            } else {
                (row.satisfied, row.answered)
            }
        })
        .collect();
    let days = trend
        .iter()
        .map(|row| {
            row.median_days
                .filter(|_| row.resolved >= FEWEST_TIMES as u64)
        })
        .collect();
    vec![
        individuals("received", "cases", values(|row| row.received), &labels),
        individuals("closed", "cases", values(|row| row.closed), &labels),
        individuals(
            "open",
            "cases",
            opens.into_iter().map(Some).collect(),
            &labels,
        ),
        individuals("median_days_to_resolve", "days", days, &labels),
        shares("share_of_clocks_kept", &kept, &labels),
        individuals("breaches", "breaches", values(|row| row.breaches), &labels),
        shares("share_satisfied", &satisfied, &labels),
        individuals("reopened", "cases", values(|row| row.reopened), &labels),
    ]
}

fn individuals(
    measure: &'static str,
    unit: &'static str,
    values: Vec<Option<f64>>,
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

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
