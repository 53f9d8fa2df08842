//! The people who handle complaints: who they are, and what they may do. Pure.

use std::collections::BTreeSet;

use crate::case::{Person, Staff};
use crate::policy::Role;

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub person: Person,
    /// As customers may know them.
    pub name: String,
    pub roles: BTreeSet<Role>,
}

/// All members of staff.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    members: Vec<Member>,
}

/// Somebody who isn't in the directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no member of staff '{id}'; there are: {known}")]
pub struct Unknown {
    pub id: String,
    pub known: String,
}

impl Directory {
    pub fn new(members: Vec<Member>) -> Directory {
        Directory { members }
    }

    /// A member by their id.
    pub fn member(&self, person: &Person) -> Option<&Member> {
        self.members.iter().find(|member| member.person == *person)
    }

    /// A member by their id, as somebody typed it.
    pub fn find(&self, id: &str) -> Result<Staff, Unknown> {
        let person = id.trim().to_lowercase().parse::<Person>().ok();
        let member = person.and_then(|person| self.member(&person));
        member.map(Member::staff).ok_or_else(|| {
            let ids: Vec<&str> = self.members.iter().map(|one| one.person.as_str()).collect();
            Unknown {
                id: id.to_owned(),
                known: if ids.is_empty() {
                    "none: name them in the configuration, [[staff]]".to_owned()
                } else {
                    ids.join(", ")
                },
            }
        })
    }

    /// The name that customers may know somebody by; their id where they have left.
    pub fn name<'a>(&'a self, person: &'a Person) -> &'a str {
        self.member(person)
            .map_or(person.as_str(), |member| member.name.as_str())
    }
}

impl Member {
    pub fn staff(&self) -> Staff {
        Staff {
            person: self.person.clone(),
            roles: self.roles.clone(),
        }
    }
}
