use super::*;
use crate::language::Language;
use crate::policy::{ClockKind, CloseReason, Letter, Mark, Role, Stage};

const DEFAULT: &str = include_str!("../../config/policy/default.toml");

fn with(files: &[(&str, &str)]) -> Result<Policies, PolicyError> {
    let own = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Policies::new(own.collect())
}

#[test]
fn the_built_in_profiles_are_right() {
    let policies = with(&[]).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = policies.names().collect();
    assert_eq!(names, ["au-rg271", "cn-finance", "default", "uk-disp"]);
    for profile in policies.all() {
        assert_eq!(profile.stages.len(), Stage::ALL.len(), "{}", profile.name);
        for clock in [
            "acknowledge",
            "confirm",
            "investigate",
            "update",
            "resolve",
            "satisfaction",
            "mediate",
            "department_answer",
            "particulars",
        ] {
            assert!(profile.clock(clock).is_some(), "{} {clock}", profile.name);
        }
    }
}

/// §9: 75 % to the handler; 100 % to handler and supervisor, a breach; 150 % manager; 200 % executive.
#[test]
fn section_9_the_ladder_of_obligations_reaches_the_executive() {
    let policies = with(&[]).unwrap();
    for profile in policies.all() {
        let obligations = profile
            .clocks
            .iter()
            .filter(|rule| rule.kind == ClockKind::Obligation);
        for rule in obligations {
            let told = |at: u16, role: Role| {
                rule.ladder
                    .iter()
                    .any(|rung| rung.at == at && rung.tell.contains(&role))
            };
            let place = format!("{} {}", profile.name, rule.name);
            assert!(
                told(75, Role::Handler) || told(75, Role::Mediator),
                "{place}"
            );
            assert!(told(100, Role::Supervisor), "{place}");
            assert!(told(150, Role::Manager), "{place}");
            assert!(told(200, Role::Executive), "{place}");
        }
    }
}

/// What each regime says of the further rights, word by word where it matters.
#[test]
fn section_5_2_every_outcome_states_the_rights_of_its_regime() {
    let policies = with(&[]).unwrap();
    for (profile, needed) in [
        ("default", &["mediation", "court"][..]),
        (
            "uk-disp",
            &[
                "Financial Ombudsman Service",
                "www.financial-ombudsman.org.uk",
                "six months",
                "court",
            ],
        ),
        (
            "au-rg271",
            &[
                "Australian Financial Complaints Authority",
                "www.afca.org.au",
                "info@afca.org.au",
                "1800 931 678",
            ],
        ),
        ("cn-finance", &["核查", "30 days", "court"]),
    ] {
        let profile = policies.profile(profile).unwrap();
        let english = profile.rights[&Language::EN].join("\n");
        let after = profile.rights_after_mediation[&Language::EN].join("\n");
        for text in needed {
            assert!(english.contains(text), "{}: {text}", profile.name);
        }
        assert!(
            after.contains("court") && !after.contains("ask for mediation"),
            "{after}"
        );
        for language in Language::BUILT_IN {
            assert_eq!(
                profile.rights[&language].len(),
                profile.rights[&Language::EN].len()
            );
            assert!(profile.delay_rights.contains_key(&language));
        }
        assert_eq!(profile.letters[&Mark::Resolved], Letter::Outcome);
    }
    let delay = |name: &str| policies.profile(name).unwrap().delay_rights[&Language::EN].join("\n");
    assert!(delay("uk-disp").contains("may now refer it to the Financial Ombudsman Service"));
    assert!(delay("au-rg271").contains("right to take your complaint to the Australian"));
}

/// §5.1, §5.2: no closing letter offers a mediation of what was accepted or never decided.
#[test]
fn section_5_2_a_closing_states_further_rights_only_to_who_was_not_satisfied() {
    for profile in with(&[]).unwrap().all() {
        for reason in CloseReason::ALL {
            for round in [1, 2] {
                let stated = profile.rights_in(Letter::Closed, Some(*reason), round);
                let owed = match (reason, round) {
                    (CloseReason::NotSatisfied, 1) => Some(&profile.rights),
                    (CloseReason::NotSatisfied, _) => Some(&profile.rights_after_mediation),
                    _ => None,
                };
                assert_eq!(stated, owed, "{}: {reason}, {round}", profile.name);
            }
        }
        // letter preview of a case that is open
        assert_eq!(profile.rights_in(Letter::Closed, None, 1), None);
        let outcome = profile.rights_in(Letter::Outcome, None, 1);
        assert_eq!(outcome, Some(&profile.rights));
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = DEFAULT
        .replacen("retention = \"6 years\"", "retention = \"7 days\"", 1)
        .replacen("times = 1 }", "times = 0 }", 1);
    let error = with(&[("own.toml", &text), ("other.toml", "x")]).unwrap_err();
    assert_eq!(error.problems.len(), 3, "{error}");
}

#[test]
fn a_companys_own_profiles_and_days_are_added_or_replace_the_built_in_ones() {
    let next_year = "name = \"China\"\nsource = \"x\"\nknown_until = 2027-12-31\n\
                     holidays = [{ date = 2027-01-01, name = \"元旦\" }]\n";
    let cup = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261103\nSUMMARY:Melbourne Cup\nEND:VEVENT\nEND:VCALENDAR\n";
    let retail = DEFAULT.replacen("days = [\"china\"]", "days = [\"china\", \"victoria\"]", 1);
    let policies = with(&[
        ("retail.toml", &retail),
        ("calendars/china.toml", next_year),
        ("calendars/victoria.ics", cup),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let calendar = &policies.profile("retail").unwrap().calendar;
    assert_eq!(calendar.lists(), ["China", "calendars/victoria.ics"]);
    // what all of them know
    assert_eq!(calendar.known_until().unwrap().to_string(), "2026-12-31");
    assert!(!calendar.is_business_day("2026-11-03".parse().unwrap()));
    // the list was replaced for the built-in profiles too
    let calendar = &policies.profile("default").unwrap().calendar;
    assert!(calendar.is_business_day("2026-10-01".parse().unwrap()));
    assert_eq!(calendar.known_until().unwrap().to_string(), "2027-12-31");
}

#[test]
fn files_that_are_neither_profiles_nor_days_are_refused() {
    for (files, expected) in [
        (&[("notes.md", "x")][..], "notes.md: is neither a profile"),
        (
            &[("Retail.toml", DEFAULT)],
            "Retail.toml: is neither a profile",
        ),
        (
            &[("calendars/x.txt", "x")],
            "calendars/x.txt: is neither a profile",
        ),
        (&[("a/b.toml", "x")], "a/b.toml: is neither a profile"),
        (&[("own.toml", "title = ")], "own.toml:1: "),
        (
            &[("calendars/x.ics", "x")],
            "calendars/x.ics:1: is no line of a calendar",
        ),
        (
            &[
                (
                    "calendars/x.ics",
                    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n",
                ),
                (
                    "calendars/x.toml",
                    "name = \"x\"\nsource = \"x\"\nknown_until = 2026-01-01\n",
                ),
            ],
            "calendars/x.toml: calendars/x.ics has the same name: keep one of them",
        ),
    ] {
        let error = with(files).unwrap_err().to_string();
        assert!(
            error.starts_with(expected),
            "expected {expected}\n     got {error}"
        );
    }
}

#[test]
fn a_list_that_contradicts_another_is_refused_where_they_are_named_together() {
    let own = "name = \"Own\"\nsource = \"x\"\nknown_until = 2026-12-31\n\
               holidays = [{ date = 2026-10-10, name = \"Founders' Day\" }]\n";
    let text = DEFAULT.replacen("days = [\"china\"]", "days = [\"china\", \"own\"]", 1);
    let error = with(&[("own.toml", &text), ("calendars/own.toml", own)])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(
            "calendar: 2026-10-10 is a holiday in one list of days and a make-up workday in another"
        ),
        "{error}"
    );
}

#[test]
fn a_law_keeps_what_it_is_for_from_when_it_says() {
    let policies = Policies::built_in();
    let disp = policies.profile("uk-disp").unwrap();
    let received = "2026-03-02T10:00:00Z".parse().unwrap();
    let closed = "2026-09-01T10:00:00Z".parse().unwrap();
    for (category, year) in [
        (Some("fees"), "2029-03-02"),
        (Some("investment"), "2031-03-02"),
        // it may be about anything
        (None, "2031-03-02"),
    ] {
        let (law, until) = disp.kept_until(category, received, closed).unwrap();
        assert!(law.rule.starts_with("FCA Handbook, DISP 1.9.1R"));
        assert_eq!(until.format("%Y-%m-%d").to_string(), year, "{category:?}");
    }
    let own = policies.profile("default").unwrap();
    assert_eq!(own.kept_until(None, received, closed), None);
    // nothing that is due is passed over for want of a look
    for profile in policies.all() {
        let due = profile.erased_after(closed);
        assert!(
            profile.may_be_erased_before(due) > closed,
            "{}",
            profile.name
        );
    }
}
