//! What a review tells. The names are what `--json` prints; they don't change.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::review::limits::Verdict;
use crate::review::spread::{Group, Shown};
use crate::review::training::Need;

/// The figures of a period.
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
    /// None where they were erased, or may not be seen.
    pub words: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Actions {
    pub kind: String,
    pub open: u64,
    pub overdue: u64,
    pub done: u64,
    pub verified: u64,
    /// Done, and not verified at the end of the period.
    pub to_verify: u64,
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
