//! A length of time as policies state it: `7 business days`, `8 weeks`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
///
/// ```
/// use redress::policy::{Term, Unit};
///
/// let term: Term = "7 business days".parse()?;
/// assert_eq!(term, Term::new(7, Unit::BusinessDays));
/// assert_eq!(term.to_string(), "7 business days");
/// # Ok::<(), redress::policy::NoTerm>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Term {
    pub amount: u32,
    pub unit: Unit,
}

/// A text that is no length of time, or one that no policy means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTerm {
    #[error(
        "'{0}' is no length of time: write a number and one of business days, business hours, hours, days, weeks, months, years, such as \"7 business days\""
    )]
    Unreadable(String),
    #[error("'{text}' is out of bounds: {unit} must be from 1 to {most}")]
    OutOfBounds {
        text: String,
        unit: &'static str,
        most: u32,
    },
}

impl Unit {
    pub const ALL: [Unit; 7] = [
        Unit::BusinessDays,
        Unit::BusinessHours,
        Unit::Hours,
        Unit::Days,
        Unit::Weeks,
        Unit::Months,
        Unit::Years,
    ];

    /// As in `7 business days`.
    pub const fn plural(self) -> &'static str {
        match self {
            Unit::BusinessDays => "business days",
            Unit::BusinessHours => "business hours",
            Unit::Days => "days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
            Unit::Years => "years",
            Unit::Hours => "hours",
        }
    }

    /// As in `1 business day`.
    pub fn singular(self) -> &'static str {
        self.plural().trim_end_matches('s')
    }

    /// Whether closed days and hours don't count.
    pub const fn counts_open_time(self) -> bool {
        match self {
            Unit::BusinessDays | Unit::BusinessHours => true,
            Unit::Days | Unit::Weeks | Unit::Months | Unit::Years | Unit::Hours => false,
        }
    }

    /// The most that a policy can mean; more is a slip of the pen, and counting days takes time.
    const fn most(self) -> u32 {
        match self {
            Unit::BusinessDays | Unit::Months => 1_200,
            Unit::BusinessHours => 10_000,
            Unit::Hours => 100_000,
            Unit::Days => 36_500,
            Unit::Weeks => 5_200,
            Unit::Years => 100,
        }
    }
}

impl Term {
    pub const fn new(amount: u32, unit: Unit) -> Term {
        Term { amount, unit }
    }

    /// How many days of the calendar it takes at the least, whatever the opening hours.
    pub(super) fn at_least_days(self) -> i64 {
        let amount = i64::from(self.amount);
        match self.unit {
            Unit::BusinessHours | Unit::Hours => amount / 24,
            Unit::BusinessDays | Unit::Days => amount,
            Unit::Weeks => amount * 7,
            Unit::Months => amount * 28,
            Unit::Years => amount * 365,
        }
    }

    /// About how many days of the calendar it takes: for comparing terms of different units.
    pub(super) fn about_days(self) -> f64 {
        let days = match self.unit {
            Unit::BusinessDays => 7.0 / 5.0,
            Unit::BusinessHours => 7.0 / 40.0,
            Unit::Hours => 1.0 / 24.0,
            Unit::Days => 1.0,
            Unit::Weeks => 7.0,
            Unit::Months => 30.4,
            Unit::Years => 365.25,
        };
        f64::from(self.amount) * days
    }
}

impl FromStr for Term {
    type Err = NoTerm;

    fn from_str(text: &str) -> Result<Term, NoTerm> {
        let unreadable = || NoTerm::Unreadable(text.to_owned());
        let (number, name) = text.trim().split_once(' ').ok_or_else(unreadable)?;
        let name = name.trim();
        let unit = Unit::ALL
            .into_iter()
            .find(|unit| unit.plural() == name || unit.singular() == name)
            .ok_or_else(unreadable)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unreadable());
        }
        // what is too long for a u32 is out of bounds too
        match number.parse() {
            Ok(amount) if (1..=unit.most()).contains(&amount) => Ok(Term { amount, unit }),
            Ok(_) | Err(_) => Err(NoTerm::OutOfBounds {
                text: text.to_owned(),
                unit: unit.plural(),
                most: unit.most(),
            }),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.amount == 1 {
            self.unit.singular()
        } else {
            self.unit.plural()
        };
        write!(f, "{} {unit}", self.amount)
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Term, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_and_written_as_policies_state_them() {
        for (text, amount, unit) in [
            ("7 business days", 7, Unit::BusinessDays),
            ("1 business day", 1, Unit::BusinessDays),
            ("24 hours", 24, Unit::Hours),
            ("8 weeks", 8, Unit::Weeks),
            ("30 days", 30, Unit::Days),
            ("3 business hours", 3, Unit::BusinessHours),
            ("6 years", 6, Unit::Years),
            ("1 month", 1, Unit::Months),
        ] {
            let term: Term = text.parse().unwrap();
            assert_eq!(term, Term { amount, unit }, "{text}");
            assert_eq!(term.to_string(), text);
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term);
        }
    }

    #[test]
    fn what_is_no_term_is_told_what_is_allowed() {
        for (text, expected) in [
            ("", "'' is no length of time: write a number and one of"),
            ("7", "'7' is no length of time"),
            ("seven days", "'seven days' is no length of time"),
            ("7 workdays", "'7 workdays' is no length of time"),
            ("-7 days", "'-7 days' is no length of time"),
            ("1.5 days", "'1.5 days' is no length of time"),
            (
                "0 days",
                "'0 days' is out of bounds: days must be from 1 to 36500",
            ),
            (
                "99999999999 years",
                "'99999999999 years' is out of bounds: years must be from 1 to 100",
            ),
        ] {
            let error = text.parse::<Term>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
