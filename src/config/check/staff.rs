//! What can't be among members of staff: two people at one address, a deputy who isn't there.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::case::Person;
use crate::config::{Config, Member};
use crate::mail::address::without_tag;
use crate::policy::Policies;
use crate::staff::mail_address;

/// Key and message of everything that is wrong.
pub(super) fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut refuse = |key: String, message: &str| found.push((key, message.to_owned()));
    let own: BTreeSet<String> = config
        .mailboxes
        .iter()
        .filter_map(|mailbox| mail_address(&mailbox.address))
        .collect();
    let mut owners: HashMap<String, usize> = HashMap::new();
    for (number, member) in config.staff.iter().enumerate() {
        let key = |name: &str| format!("staff.{number}.{name}");
        let earlier = &config.staff[..number];
        if earlier.iter().any(|other| other.id == member.id) {
            refuse(key("id"), "somebody above has this id already");
        }
        if member.name.trim().is_empty() || member.name.chars().any(char::is_control) {
            refuse(
                key("name"),
                "must be one line: customers read it in letters",
            );
        }
        if member.roles.is_empty() {
            refuse(key("roles"), "name at least one, such as \"handler\"");
        }
        for (place, text) in member.addresses.iter().enumerate() {
            let key = key(&format!("addresses.{place}"));
            match mail_address(text) {
                None => refuse(key, "must be one address such as li.na@example.com"),
                // else their mail would be ours that came back, and ours to them a complaint
                Some(form) if own.contains(&without_tag(&form)) => {
                    refuse(key, "is an address of a mailbox that Redress reads");
                }
                Some(form) => match owners.insert(form, number) {
                    Some(other) if other == number => refuse(key, "is there twice"),
                    Some(_) => refuse(
                        key,
                        "belongs to somebody above already: it must say who writes",
                    ),
                    None => {}
                },
            }
        }
        if member.digest && member.addresses.is_empty() {
            refuse(
                key("digest"),
                "needs an address to be sent to: set addresses",
            );
        }
        if let Some(wrong) = absence(config, member) {
            refuse(key("absence"), &wrong);
        }
    }
    found
}

fn absence(config: &Config, member: &Member) -> Option<String> {
    let absence = member.absence.as_ref()?;
    if absence.until < absence.from {
        return Some(
            "must not end before it begins: from is the first day, until the last".to_owned(),
        );
    }
    let deputy = absence.deputy.as_ref()?;
    if *deputy == member.id {
        return Some("nobody is their own deputy".to_owned());
    }
    let found = |id: &Person| config.staff.iter().find(|other| other.id == *id);
    let Some(first) = found(deputy) else {
        return Some(format!(
            "there is no member of staff '{deputy}' to be deputy"
        ));
    };
    // deputies in a ring, on a day when all of them are away: nobody would do the work
    let (mut from, mut until) = (absence.from, absence.until);
    let mut seen = BTreeSet::from([&member.id]);
    let mut next = first;
    while let Some(theirs) = &next.absence {
        (from, until) = common((from, until), (theirs.from, theirs.until))?;
        if !seen.insert(&next.id) {
            return Some(format!(
                "the deputies are each other's on {from}, when all of them are away: name somebody who is there"
            ));
        }
        next = found(theirs.deputy.as_ref()?)?;
    }
    None
}

/// The days that two stretches of days have in common.
fn common(
    one: (NaiveDate, NaiveDate),
    other: (NaiveDate, NaiveDate),
) -> Option<(NaiveDate, NaiveDate)> {
    let (from, until) = (one.0.max(other.0), one.1.min(other.1));
    (from <= until).then_some((from, until))
}

/// Categories of staff that no policy profile has.
pub(in crate::config) fn unknown_categories(
    config: &Config,
    policies: &Policies,
) -> Vec<(String, String)> {
    let known: BTreeSet<&String> = policies
        .all()
        .flat_map(|profile| profile.categories.keys())
        .collect();
    let mut found = Vec::new();
    for (number, member) in config.staff.iter().enumerate() {
        for code in &member.categories {
            if !known.contains(code) {
                let known: Vec<&str> = known.iter().map(|code| code.as_str()).collect();
                let message = format!(
                    "'{code}' is no category of any policy profile; there are: {}",
                    known.join(", ")
                );
                found.push((format!("staff.{number}.categories"), message));
            }
        }
    }
    found
}
