//! When the clocks of a complaint would warn and fall due, and why: as text, and as JSON.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::show::people;
use super::{title, wrapped};
use crate::cli::Failure;
use crate::policy::calendar::DayKind;
use crate::policy::explain::{Explained, Run, explain};
use crate::policy::{Profile, TermFor};

/// A list of clocks. Times are RFC 3339 in the profile's zone.
pub(super) fn as_json(profile: &Profile, received: DateTime<Utc>) -> Result<String, Failure> {
    let clocks = explain(profile, received);
    let clocks: Vec<Value> = clocks
        .iter()
        .map(|clock| json_clock(profile, clock))
        .collect();
    Ok(crate::cli::show::json(&clocks)? + "\n")
}

fn json_clock(profile: &Profile, clock: &Explained<'_>) -> Value {
    let mut value = json_run(profile, &clock.run);
    value["clock"] = json!(clock.rule.name);
    value["kind"] = json!(clock.rule.kind);
    value["assumes"] = json!(clock.assumes);
    value["known_until"] = json!(profile.calendar.known_until());
    let others = clock.others.iter().map(|(other, run)| {
        let mut value = json_run(profile, run);
        value["categories"] = json!(other.categories);
        value["complexity"] = json!(other.complexity);
        value
    });
    value["others"] = others.collect();
    value
}

fn json_run(profile: &Profile, run: &Run<'_>) -> Value {
    let zone = profile.calendar.zone;
    let time = |at: DateTime<Utc>| {
        at.with_timezone(&zone)
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    };
    let reasons: Map<String, Value> = run
        .skipped
        .iter()
        .map(|(date, kind)| (date.to_string(), json!(kind.to_string())))
        .collect();
    let ladder = run.ladder.iter().map(|(rung, at)| {
        json!({ "percent": rung.at, "at": time(*at), "tell": rung.tell, "act": rung.act })
    });
    json!({
        "term": run.term,
        "unit": run.term.unit,
        "starts_at": time(run.starts_at),
        "warn_at": run.warn_at.map(time),
        "due_at": time(run.due_at),
        "extended_due_at": run.extended.map(|(_, at)| time(at)),
        "ladder": ladder.collect::<Vec<_>>(),
        "skipped": run.skipped.iter().map(|(date, _)| date).collect::<Vec<_>>(),
        "reasons": reasons,
        "made_up": run.made_up.iter().map(|(date, _)| date).collect::<Vec<_>>(),
        "beyond_known": run.beyond_known,
    })
}

/// For people.
pub(super) fn as_text(profile: &Profile, received: DateTime<Utc>) -> String {
    let zone = profile.calendar.zone;
    let mut out = format!(
        "A complaint received on {} ({}),\nby the profile {}: {}\n",
        time(received, zone),
        zone.name(),
        profile.name,
        title(profile)
    );
    for clock in &explain(profile, received) {
        let _ = write!(out, "\n{}: {}\n", clock.rule.name, clock.run.term);
        if let Some(mark) = clock.assumes {
            line(
                &mut out,
                "starts",
                &format!(
                    "when {}; shown as if that came at the same moment",
                    mark.phrase()
                ),
            );
        }
        run(&mut out, profile, &clock.run);
        for (other, run) in &clock.others {
            let _ = writeln!(out, "  {}: {}", cases(other), run.term);
            self::run(&mut out, profile, run);
        }
    }
    out
}

fn run(out: &mut String, profile: &Profile, run: &Run<'_>) {
    let zone = profile.calendar.zone;
    for (rung, at) in &run.ladder {
        let mut done: Vec<String> = vec![];
        done.extend(rung.act.map(|act| act.phrase().to_owned()));
        if !rung.tell.is_empty() {
            done.push(format!("tells {}", people(&rung.tell)));
        }
        let what = match rung.at {
            100 => "due".to_owned(),
            percent => format!("{percent} %"),
        };
        line(
            out,
            &what,
            &format!("{}  {}", time(*at, zone), done.join("; ")),
        );
    }
    if let Some((extension, at)) = run.extended {
        line(
            out,
            "extended",
            &format!("{}  at the latest, by the {}", time(at, zone), extension.by),
        );
    }
    for (what, found) in [("skipped", &run.skipped), ("counted", &run.made_up)] {
        for (number, text) in days(found).iter().enumerate() {
            line(out, if number == 0 { what } else { "" }, text);
        }
    }
    if run.beyond_known {
        let known = match (
            profile.calendar.known_from(),
            profile.calendar.known_until(),
        ) {
            (Some(from), Some(until)) => format!("from {from} to {until}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), None) => format!("from {from}"),
            (None, None) => String::new(),
        };
        let then = if run.term.unit.counts_open_time() {
            "the due date will change when more are published"
        } else {
            "this clock counts every day, so its due date stands"
        };
        line(
            out,
            "note",
            &format!("it runs past the days that are known: holidays are known {known}; {then}"),
        );
    }
}

fn line(out: &mut String, what: &str, text: &str) {
    out.push_str(&wrapped(&format!("  {what:<10}"), 12, text));
}

fn cases(other: &TermFor) -> String {
    let mut cases: Vec<String> = vec![];
    if !other.categories.is_empty() {
        let names: Vec<&str> = other.categories.iter().map(String::as_str).collect();
        cases.push(names.join(", "));
    }
    cases.extend(other.complexity.map(|complexity| complexity.to_string()));
    format!("where it is {}", cases.join(" and "))
}

/// Days with their reasons; those of one reason that follow each other are told together.
fn days(days: &[(NaiveDate, DayKind<'_>)]) -> Vec<String> {
    let mut runs: Vec<(NaiveDate, NaiveDate, String)> = vec![];
    for (date, kind) in days {
        let reason = kind.to_string();
        match runs.last_mut() {
            Some((_, last, known)) if *known == reason && last.succ_opt() == Some(*date) => {
                *last = *date;
            }
            Some(_) | None => runs.push((*date, *date, reason)),
        }
    }
    runs.into_iter()
        .map(|(first, last, reason)| {
            let days = if first == last {
                day(first)
            } else {
                format!("{} to {}", day(first), day(last))
            };
            format!("{days}  {reason}")
        })
        .collect()
}

fn day(date: NaiveDate) -> String {
    format!("{} {date}", date.weekday())
}

fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%a %Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::Policies;

    fn received(text: &str) -> DateTime<Utc> {
        super::super::moment(text).unwrap()
    }

    #[test]
    fn clocks_are_explained_with_the_days_that_they_skip() {
        let policies = Policies::new(BTreeMap::new()).unwrap();
        let profile = policies.profile("default").unwrap();
        insta::assert_snapshot!(as_text(profile, received("2026-09-18T10:00:00+08:00")));
    }

    #[test]
    fn the_json_is_a_list_of_clocks_with_times_of_the_zone() {
        let policies = Policies::new(BTreeMap::new()).unwrap();
        let profile = policies.profile("default").unwrap();
        let text = as_json(profile, received("2026-12-30T10:00:00+08:00")).unwrap();
        let clocks: Vec<Value> = serde_json::from_str(&text).unwrap();
        let acknowledge = &clocks[0];
        assert_eq!(acknowledge["clock"], "acknowledge");
        assert_eq!(acknowledge["starts_at"], "2026-12-30T10:00:00+08:00");
        assert_eq!(acknowledge["due_at"], "2026-12-31T18:00:00+08:00");
        assert_eq!(acknowledge["warn_at"], "2026-12-31T13:45:00+08:00");
        assert_eq!(acknowledge["skipped"], json!([]));
        assert_eq!(acknowledge["beyond_known"], false);
        assert_eq!(acknowledge["assumes"], Value::Null);
        let investigate = &clocks[2];
        assert_eq!(investigate["assumes"], "accepted");
        assert_eq!(investigate["beyond_known"], true);
        assert_eq!(investigate["known_until"], "2026-12-31");
        assert_eq!(investigate["skipped"], json!(["2027-01-02", "2027-01-03"]));
        assert_eq!(investigate["reasons"]["2027-01-02"], "weekend");
    }
}
