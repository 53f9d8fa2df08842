//! A profile in words, for people who never saw its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{title, wrapped};
use crate::language::Language;
use crate::policy::calendar::{Calendar, Hours, WEEKDAYS};
use crate::policy::{
    ClockKind, ClockRule, Extension, KeptFrom, Profile, Role, Rung, Stage, Term, Unit,
};

/// The whole profile, under headings.
pub(super) fn in_words(profile: &Profile) -> String {
    let mut out = format!("{}: {}\n", profile.name, title(profile));
    for (_, other) in profile
        .title
        .iter()
        .filter(|(language, _)| **language != Language::EN)
    {
        plain_line(&mut out, other);
    }
    heading(&mut out, "Where its rules come from");
    for source in &profile.sources {
        point(&mut out, source);
    }
    heading(&mut out, "When the company works");
    calendar(&mut out, &profile.calendar);
    heading(&mut out, "The way of a complaint");
    for stage in Stage::ALL
        .iter()
        .filter(|stage| profile.stages.contains(stage))
    {
        point(&mut out, &format!("{stage}: {}", stage.phrase()));
    }
    out.push('\n');
    let particulars: Vec<&str> = profile.particulars.iter().map(|one| one.as_str()).collect();
    if !particulars.is_empty() {
        text(
            &mut out,
            &format!(
                "Particulars that are asked for where they are missing: {}.",
                all_of(&particulars)
            ),
        );
    }
    text(
        &mut out,
        &format!(
            "A closed case is opened again by a mail of its customer within {}; later mail becomes a new case. Personal data is kept for {} after closing.",
            profile.reopen_within, profile.retention
        ),
    );
    for law in &profile.kept_by {
        let whose = if law.categories.is_empty() {
            String::new()
        } else {
            let codes: Vec<&str> = law.categories.iter().map(String::as_str).collect();
            format!(" cases of the category {}", one_of(&codes))
        };
        let from = match law.from {
            KeptFrom::Received => "receipt",
            KeptFrom::Closed => "closing",
        };
        text(
            &mut out,
            &format!(
                "{} has{whose} kept for {} from {from}, even where a customer asks for erasure.",
                law.rule, law.term
            ),
        );
    }
    if let Some(early) = profile.early {
        text(
            &mut out,
            &format!(
                "Where the customer agrees within {early} of receipt, a summary is owed in place of the outcome letter."
            ),
        );
    }
    heading(&mut out, "Clocks");
    for (number, rule) in profile.clocks.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        clock(&mut out, rule);
    }
    out.push('\n');
    text(
        &mut out,
        "Closing a case stops all of its clocks. Business days: the day of the start isn't counted, whatever the hour; due at close of business of the last one. Days and weeks: due at the end of the local day.",
    );
    heading(&mut out, "Letters to the customer");
    for (mark, letter) in &profile.letters {
        point(
            &mut out,
            &format!("when {}: {}", mark.phrase(), spaced(letter.as_str())),
        );
    }
    heading(&mut out, "Further rights that every outcome letter states");
    paragraphs(&mut out, &profile.rights);
    if !profile.rights_after_mediation.is_empty() {
        heading(
            &mut out,
            "Further rights that the letter with a mediation's outcome states",
        );
        paragraphs(&mut out, &profile.rights_after_mediation);
    }
    if !profile.delay_rights.is_empty() {
        heading(
            &mut out,
            "What the letter says besides that tells why it takes longer",
        );
        paragraphs(&mut out, &profile.delay_rights);
    }
    for (name, words) in [
        ("Categories", &profile.categories),
        ("Causes", &profile.causes),
        ("Remedies", &profile.remedies),
        ("Severities", &profile.severities),
    ] {
        heading(&mut out, name);
        for (code, names) in words {
            let names: Vec<&str> = names.values().map(String::as_str).collect();
            point(&mut out, &format!("{code}: {}", names.join(" · ")));
        }
    }
    out
}

fn calendar(out: &mut String, calendar: &Calendar) {
    let mut runs: Vec<(&str, &str, &Hours)> = vec![];
    for day in WEEKDAYS {
        let hours = calendar.week().on(day.0);
        match runs.last_mut() {
            Some((_, last, known)) if *known == hours => *last = day.1,
            Some(_) | None => runs.push((day.1, day.1, hours)),
        }
    }
    for (first, last, hours) in runs {
        let days = if first == last {
            first.to_owned()
        } else {
            format!("{first} to {last}")
        };
        let hours = if hours.is_closed() {
            "closed".to_owned()
        } else {
            hours.to_string()
        };
        point(out, &format!("{days}: {hours}"));
    }
    point(out, &format!("time zone {}", calendar.zone.name()));
    if calendar.lists().is_empty() {
        point(
            out,
            "no list of public holidays: every such day counts as a workday",
        );
        return;
    }
    let known = match (calendar.known_from(), calendar.known_until()) {
        (Some(from), Some(until)) => format!(", known from {from} to {until}"),
        (None, Some(until)) => format!(", known until {until}"),
        (Some(from), None) => format!(", known from {from}"),
        (None, None) => String::new(),
    };
    point(
        out,
        &format!(
            "public holidays and make-up workdays: {}{known}",
            calendar.lists().join(", ")
        ),
    );
}

fn clock(out: &mut String, rule: &ClockRule) {
    let kind = match rule.kind {
        ClockKind::Obligation => "",
        ClockKind::Waiting => " (a wait for the customer: nobody has failed when it ends)",
    };
    let _ = writeln!(out, "  {}: {}{kind}", rule.name, length(rule.term));
    let marks = |marks: &BTreeSet<crate::policy::Mark>| {
        let phrases: Vec<&str> = marks.iter().map(|mark| mark.phrase()).collect();
        one_of(&phrases)
    };
    item(out, &format!("from when {}", marks(&rule.starts)));
    item(out, &format!("until {}", marks(&rule.stops)));
    let again: Vec<&str> = rule
        .stops
        .intersection(&rule.starts)
        .map(|mark| mark.phrase())
        .collect();
    if !again.is_empty() {
        item(out, &format!("begins anew when {}", one_of(&again)));
    }
    if !rule.pauses.is_empty() {
        let pauses: Vec<&str> = rule.pauses.iter().map(|pause| pause.phrase()).collect();
        item(out, &format!("stands still while {}", one_of(&pauses)));
    }
    if let Some(extension) = &rule.extension {
        item(out, &extended(extension));
    }
    for other in &rule.terms {
        let mut cases: Vec<String> = vec![];
        if !other.categories.is_empty() {
            let names: Vec<&str> = other.categories.iter().map(String::as_str).collect();
            cases.push(format!("of the category {}", one_of(&names)));
        }
        cases.extend(
            other
                .complexity
                .map(|complexity| format!("found to be {complexity}")),
        );
        let mut line = format!("for cases {}: {}", cases.join(" and "), length(other.term));
        if let Some(extension) = &other.extension {
            let _ = write!(line, "; {}", extended(extension));
        }
        item(out, &line);
    }
    for rung in &rule.ladder {
        item(out, &self::rung(rule.kind, rung));
    }
}

fn rung(kind: ClockKind, rung: &Rung) -> String {
    let mut done: Vec<String> = vec![];
    done.extend(rung.act.map(|act| act.phrase().to_owned()));
    if !rung.tell.is_empty() {
        let are = if rung.tell.len() == 1 { "is" } else { "are" };
        done.push(format!("{} {are} told", people(&rung.tell)));
    }
    let breach = if rung.at == 100 && kind == ClockKind::Obligation {
        "; it is a breach"
    } else {
        ""
    };
    format!(
        "at {} % of the time: {}{breach}",
        rung.at,
        done.join(" and ")
    )
}

fn extended(extension: &Extension) -> String {
    let times = match extension.times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        times => format!("{times} times"),
    };
    format!(
        "can be extended {times} by up to {}, by the {}, with a letter that says why",
        extension.term, extension.by
    )
}

fn length(term: Term) -> String {
    match term.unit {
        Unit::Days => format!("{term} of the calendar"),
        Unit::Hours
        | Unit::BusinessDays
        | Unit::BusinessHours
        | Unit::Weeks
        | Unit::Months
        | Unit::Years => term.to_string(),
    }
}

fn paragraphs(out: &mut String, texts: &BTreeMap<Language, Vec<String>>) {
    for (language, paragraphs) in texts {
        for paragraph in paragraphs {
            out.push_str(&wrapped(
                &format!("  {language:<3} ", language = language.as_str()),
                6,
                paragraph,
            ));
        }
    }
}

fn heading(out: &mut String, text: &str) {
    let _ = write!(out, "\n{text}\n");
}

fn plain_line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

fn point(out: &mut String, text: &str) {
    out.push_str(&wrapped("  ", 4, text));
}

fn item(out: &mut String, text: &str) {
    out.push_str(&wrapped("    ", 6, text));
}

fn text(out: &mut String, text: &str) {
    out.push_str(&wrapped("  ", 2, text));
}

/// `the handler and the supervisor`.
pub(super) fn people(roles: &BTreeSet<Role>) -> String {
    let names: Vec<String> = roles.iter().map(|role| format!("the {role}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    all_of(&names)
}

fn all_of(words: &[&str]) -> String {
    listed(words, "and")
}

fn one_of(words: &[&str]) -> String {
    listed(words, "or")
}

/// `a, b and c`.
fn listed(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    #[test]
    fn a_profile_is_told_in_words() {
        let policies = Policies::new(BTreeMap::new()).unwrap();
        insta::assert_snapshot!(in_words(policies.profile("default").unwrap()));
    }

    #[test]
    fn other_terms_are_told_with_what_they_are_for() {
        let policies = Policies::new(BTreeMap::new()).unwrap();
        for (profile, expected) in [
            (
                "uk-disp",
                "for cases of the category payment_services: 15 business days; can be extended once by up to 20 business days, by the supervisor",
            ),
            (
                "au-rg271",
                "for cases of the category superannuation: 45 days of the calendar",
            ),
            (
                "cn-finance",
                "for cases found to be complex: 30 days of the calendar",
            ),
        ] {
            let text = in_words(policies.profile(profile).unwrap());
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(words.join(" ").contains(expected), "{text}");
        }
    }
}
