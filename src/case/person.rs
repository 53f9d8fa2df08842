//! Who acts on a case.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::policy::Role;

/// A member of staff, by the id that the configuration gives them: `li.na`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Person(String);

/// A text that is no id of a member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of a member of staff is 1 to 40 lower-case letters, digits, '.', '-' or '_'")]
pub struct NoPerson;

/// A member of staff with what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    pub person: Person,
    pub roles: BTreeSet<Role>,
}

impl Staff {
    /// Whether they see every case but those they are recused from. Executives see the cases that reach them alone.
    pub fn oversees(&self) -> bool {
        [Role::Supervisor, Role::Manager, Role::Legal, Role::Auditor]
            .iter()
            .any(|role| self.roles.contains(role))
    }
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The case's own customer.
    Customer,
    /// Anybody else who wrote.
    Outsider,
    /// A robot of somebody's.
    Robot,
    /// Redress itself: a clock, or the fate of a letter.
    Redress,
    Staff(Person),
    /// Whoever used the command line, by the name that the system knows them by.
    Operator(String),
}

impl Actor {
    /// Longest name of an operator that is kept, in characters.
    const LONGEST_NAME: usize = 40;

    /// An operator; of their name only what is safe to show anywhere is kept.
    pub fn operator(name: &str) -> Actor {
        let fits = |c: &char| c.is_ascii_alphanumeric() || ".-_@".contains(*c);
        let name: String = name
            .chars()
            .filter(fits)
            .take(Actor::LONGEST_NAME)
            .collect();
        Actor::Operator(if name.is_empty() {
            "unknown".to_owned()
        } else {
            name
        })
    }
}

impl Person {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Person {
    type Err = NoPerson;

    fn from_str(text: &str) -> Result<Person, NoPerson> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        // the first four words of history's actors are nobody's id
        let reserved = ["customer", "outsider", "robot", "redress"].contains(&text);
        if (1..=40).contains(&text.len()) && text.chars().all(fits) && !reserved {
            Ok(Person(text.to_owned()))
        } else {
            Err(NoPerson)
        }
    }
}

impl<'de> Deserialize<'de> for Person {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Person, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Staff {
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// As the history keeps it.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Customer => f.write_str("customer"),
            Actor::Outsider => f.write_str("outsider"),
            Actor::Robot => f.write_str("robot"),
            Actor::Redress => f.write_str("redress"),
            Actor::Staff(person) => person.fmt(f),
            // no id of a member holds a colon, so that neither is taken for the other
            Actor::Operator(name) => write!(f, "operator:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_nobody_else() {
        assert_eq!(Actor::operator("li.na").to_string(), "operator:li.na");
        assert_eq!(
            Actor::operator("a b\n\u{202e}c").to_string(),
            "operator:abc"
        );
        assert_eq!(Actor::operator("").to_string(), "operator:unknown");
        assert!("operator:li.na".parse::<Person>().is_err());
    }
}
