//! A length of time as policies state it: `7 business days`, `8 weeks`.

use serde::{Deserialize, Serialize};

/// What a term is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// The day of the start isn't counted; due at close of business of the last one counted.
    BusinessDays,
    /// Time during which the company is open.
    BusinessHours,
    /// The day of the start isn't counted; due at the end of the last local day (23:59:59).
    Days,
    /// Seven days each.
    Weeks,
    /// The same day of a later month, or that month's last; due at the end of that day.
    Months,
    Years,
    /// Elapsed time.
    Hours,
}

/// A length of time as policies state it. Written and read as text, `7 business days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Term {
    pub amount: u32,
    pub unit: Unit,
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.amount, self.unit)
    }
}
