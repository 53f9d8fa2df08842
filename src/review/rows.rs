//! What a review is made of: rows as the database gives them. No names of customers, none of their words.

use chrono::{DateTime, NaiveDate, Utc};

/// Everything that a review of a period is reckoned from.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Cases received in the period, open at its end, or with a step of theirs in it.
    pub cases: Vec<CaseRow>,
    /// Obligations and waits that were kept or missed in the period.
    pub clocks: Vec<ClockRow>,
    pub breaches: Vec<BreachRow>,
    pub overrides: Vec<OverrideRow>,
    pub refusals: Vec<RefusalRow>,
    /// Looks into cases that were refused (§7).
    pub access_refused: u64,
    pub escalations: Vec<EscalationRow>,
    pub mediations_owed: u64,
    pub mediators_named: u64,
    pub verdicts: Vec<VerdictRow>,
    pub reopened: u64,
    pub repeats: Vec<RepeatRow>,
    pub suggestions: Vec<SuggestionRow>,
    pub actions: Vec<ActionRow>,
    /// One for each earlier period and then the period itself.
    pub trend: Vec<TrendRow>,
    /// When the first complaint of all was received.
    pub since: Option<DateTime<Utc>>,
}

/// A case as it stood at the end of the period; its codes are today's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseRow {
    pub customer: Option<i64>,
    pub profile: String,
    pub channel: String,
    pub category: Option<String>,
    pub cause: Option<String>,
    pub particulars: Vec<String>,
    pub received_at: DateTime<Utc>,
    /// When the acknowledgement reached the customer's mail server.
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    /// When the first outcome letter reached the customer.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When it was closed, where it was closed at the end.
    pub closed_at: Option<DateTime<Utc>>,
    pub close_reason: Option<String>,
    /// The last outcome that was decided.
    pub decided_at: Option<DateTime<Utc>>,
    pub finding: Option<String>,
    /// The last time in the period that the question for satisfaction reached the customer.
    pub asked_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub satisfied: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockRow {
    pub profile: String,
    pub clock: String,
    pub kept: u64,
    pub missed: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BreachRow {
    pub case: String,
    pub clock: String,
    /// The hand-off's, where there are several of the kind.
    pub number: u32,
    pub by: Option<String>,
    pub due_at: DateTime<Utc>,
    /// When it was done at last, where it was by the end of the period.
    pub done_at: Option<DateTime<Utc>>,
    /// The SHA-256 of the explanation, in hexadecimal digits; the words are looked up apart.
    pub explanation: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverrideRow {
    pub act: String,
    pub by: String,
    pub explained: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusalRow {
    pub act: String,
    pub by: String,
    pub count: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EscalationRow {
    pub clock: String,
    pub percent: u32,
    pub count: u64,
}

/// An outcome that was decided in the period, by a handler or a mediator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerdictRow {
    pub customer: Option<i64>,
    pub mediated: bool,
    pub finding: String,
    pub remedied: bool,
    /// Currency and amount in its smallest unit.
    pub cost: Option<(String, u64)>,
}

/// Customers who complained so many times within a year, and at least once in the period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepeatRow {
    pub complaints: u64,
    pub customers: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuggestionRow {
    pub at: DateTime<Utc>,
    pub case: String,
    /// The SHA-256 of the words, in hexadecimal digits; the words are looked up apart.
    pub words: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionRow {
    pub number: u32,
    pub kind: String,
    pub owner: String,
    pub due: NaiveDate,
    pub done_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
}

/// What is compared from period to period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrendRow {
    pub received: u64,
    pub closed: u64,
    /// Cases closed less those opened again, in the period: what open cases changed by besides those received.
    pub settled: i64,
    pub reopened: u64,
    pub breaches: u64,
    pub answered: u64,
    pub satisfied: u64,
    /// Cases whose first outcome reached the customer, and the median of their times.
    pub resolved: u64,
    pub median_days: Option<f64>,
    pub clocks: Vec<ClockRow>,
}
