//! Who the members of staff are, and how they are found: by id, by name, and by the exact address they write from.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Tongue, typed};
use crate::case::{Person, Staff};
use crate::language::Language;
use crate::mail::address;
use crate::policy::Role;

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub person: Person,
    /// As customers may know them.
    pub name: String,
    /// What they write from and are written to; the first is where notifications go.
    pub addresses: Vec<String>,
    pub roles: BTreeSet<Role>,
    /// What they read and write, the best first. None given: any.
    pub languages: Vec<Language>,
    /// The categories they are the first to be given: codes of the profile.
    pub categories: BTreeSet<String>,
    /// The days of the week that they work on; none given: whenever the company does.
    pub working_days: Vec<Weekday>,
    pub absence: Option<Absence>,
    /// Whether they get one mail a day with what needs them.
    pub digest: bool,
}

/// When somebody is away, and who does their work meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The first and the last day.
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub deputy: Option<Person>,
}

/// All members of staff.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    pub(super) members: Vec<Member>,
    /// Places by the one form of each address.
    by_address: HashMap<String, usize>,
}

/// Somebody who isn't in the directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no member of staff '{id}'; there are: {known}")]
pub struct Unknown {
    pub id: String,
    pub known: String,
}

/// Why words name no one member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoOne {
    /// Nobody is called that.
    Unknown,
    /// Several are: these.
    Several(Vec<Person>),
}

impl Directory {
    pub fn new(members: Vec<Member>) -> Directory {
        let mut by_address = HashMap::new();
        for (at, member) in members.iter().enumerate() {
            for text in &member.addresses {
                if let Some(form) = mail_address(text) {
                    // the configuration refuses one address for two people
                    by_address.entry(form).or_insert(at);
                }
            }
        }
        Directory {
            members,
            by_address,
        }
    }

    pub fn members(&self) -> &[Member] {
        &self.members
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

    /// The member whose address this is: the whole of it. A tag, a domain above or below, or a name beside the
    /// address makes nobody a member (Discourse CVE-2026-33393: no suffix is compared).
    pub fn by_address(&self, text: &str) -> Option<&Member> {
        let at = self.by_address.get(&mail_address(text)?)?;
        self.members.get(*at)
    }

    /// The member that a text begins with, by id, name or address, and what follows. The longest name counts,
    /// so that `Li Na` is nobody's `Li`.
    pub fn leading<'t>(&self, text: &'t str) -> Result<(&Member, &'t str), NoOne> {
        let text = text.trim_start_matches(|c| typed::is_blank(c) || "@＠\"“".contains(c));
        let mut best: Option<(usize, &'t str, Vec<&Member>)> = None;
        for member in &self.members {
            let names = [member.person.as_str(), member.name.as_str()];
            let addresses = member.addresses.iter().map(String::as_str);
            let rest = names
                .into_iter()
                .chain(addresses)
                .filter_map(|name| typed::after(text, &typed::folded(name)))
                // an id that goes on with a dot or a dash is another id: `li` isn't `li.na`
                .filter(|rest| !goes_on(rest))
                .min_by_key(|rest| rest.len());
            let Some(rest) = rest.filter(|rest| rest.len() < text.len()) else {
                continue;
            };
            let length = text.len() - rest.len();
            match &mut best {
                Some((longest, _, _)) if *longest > length => {}
                Some((longest, _, members)) if *longest == length => members.push(member),
                Some(_) | None => best = Some((length, rest, vec![member])),
            }
        }
        match best {
            None => Err(NoOne::Unknown),
            Some((_, rest, members)) => match members.as_slice() {
                [one] => Ok((one, rest.trim_start_matches(['"', '”', '>']))),
                several => Err(NoOne::Several(
                    several.iter().map(|one| one.person.clone()).collect(),
                )),
            },
        }
    }

    /// The one member that a text names, and nothing else.
    pub fn named(&self, text: &str) -> Result<&Member, NoOne> {
        let (member, rest) = self.leading(text)?;
        let ends = rest
            .chars()
            .all(|c| typed::is_blank(c) || ".。!！\"”>".contains(c));
        if ends {
            Ok(member)
        } else {
            Err(NoOne::Unknown)
        }
    }

    /// Who does the work of somebody who is away on a day: their deputy, or the deputy's where that one is away
    /// too. `None` where they are there, or where nobody of the chain is.
    pub fn deputy_for(&self, person: &Person, date: NaiveDate) -> Option<&Member> {
        let mut seen = BTreeSet::from([person]);
        let mut absence = self.member(person)?.absence_on(date)?;
        loop {
            let deputy = self.member(absence.deputy.as_ref()?)?;
            if !seen.insert(&deputy.person) {
                return None;
            }
            match deputy.absence_on(date) {
                None => return Some(deputy),
                Some(theirs) => absence = theirs,
            }
        }
    }

    /// Who does somebody's work on a day: themselves, or who stands in for them.
    pub fn on_duty(&self, person: &Person, date: NaiveDate) -> Option<&Member> {
        let member = self.member(person)?;
        if member.absence_on(date).is_none() {
            return Some(member);
        }
        self.deputy_for(person, date)
    }

    /// All who are this on a day, or who stand in for them, but some.
    pub fn role(&self, role: Role, date: NaiveDate, but: &BTreeSet<Person>) -> BTreeSet<Person> {
        let members = self.members.iter();
        members
            .filter(|member| member.roles.contains(&role) && !but.contains(&member.person))
            .map(|member| {
                let on_duty = self.on_duty(&member.person, date);
                let on_duty = on_duty.filter(|one| !but.contains(&one.person));
                on_duty.unwrap_or(member).person.clone()
            })
            .collect()
    }

    /// All supervisors; where there are none, the managers.
    pub fn supervisors(&self, date: NaiveDate, but: &BTreeSet<Person>) -> BTreeSet<Person> {
        let supervisors = self.role(Role::Supervisor, date, but);
        if supervisors.is_empty() {
            self.role(Role::Manager, date, but)
        } else {
            supervisors
        }
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

    /// Whether a day is one that they work on, as far as their week goes.
    pub fn works_on(&self, date: NaiveDate) -> bool {
        self.working_days.is_empty() || self.working_days.contains(&date.weekday())
    }

    /// The absence that covers a day.
    pub fn absence_on(&self, date: NaiveDate) -> Option<&Absence> {
        self.absence
            .as_ref()
            .filter(|absence| (absence.from..=absence.until).contains(&date))
    }

    /// The language they are answered in.
    pub fn tongue(&self) -> Tongue {
        Tongue::of(&self.languages)
    }
}

/// An address in the one form that addresses are compared in: whole, the domain in ASCII (IDNA), all in lower case.
///
/// Letters beyond ASCII stay as they are: some become ASCII ones in lower case (U+212A, the Kelvin sign), and a
/// forger would use them.
pub fn mail_address(text: &str) -> Option<String> {
    let plain = address::plain(text)?;
    let (local, domain) = plain.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Some(format!("{}@{domain}", local.to_ascii_lowercase()))
}

/// Whether an id or address goes on here.
fn goes_on(rest: &str) -> bool {
    let mut chars = rest.chars();
    let sign = chars.next().is_some_and(|c| ".-_@+".contains(c));
    sign && chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
