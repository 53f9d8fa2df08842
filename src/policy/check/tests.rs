use std::collections::BTreeMap;

use crate::policy::{Policies, PolicyError};

const DEFAULT: &str = include_str!("../../../config/policy/default.toml");

fn own(text: String) -> Result<Policies, PolicyError> {
    Policies::new(BTreeMap::from([("own.toml".to_owned(), text)]))
}

/// The problems of the default profile with something in it replaced.
fn problems(from: &str, to: &str) -> String {
    assert!(DEFAULT.contains(from), "the profile has no {from}");
    match own(DEFAULT.replacen(from, to, 1)) {
        Ok(_) => format!("nothing is wrong with {to}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_wrong_is_named_with_file_line_key_and_what_is_allowed() {
    let acknowledge =
        "starts = [\"received\"]\nstops = [\"acknowledged\"]\nterm = \"1 business day\"";
    let rows = [
        // words that there aren't
        (
            "kind = \"waiting\"",
            "kind = \"maybe\"",
            "clock.5.kind: unknown variant `maybe`, expected `obligation` or `waiting`",
        ),
        (
            "term = \"7 business days\"",
            "term = \"7 workdays\"",
            "clock.2.term: '7 workdays' is no length of time: write a number and one of business days",
        ),
        (
            "term = \"7 business days\"",
            "term = \"0 days\"",
            "clock.2.term: '0 days' is out of bounds",
        ),
        (
            "starts = [\"received\"]",
            "starts = [\"recieved\"]",
            "clock.0.starts.0: unknown variant `recieved`, expected one of `received`, `acknowledged`",
        ),
        (
            "received = \"acknowledgement\"",
            "received = \"thanks\"",
            "letters.received: unknown variant `thanks`",
        ),
        (
            "received = \"acknowledgement\"",
            "recieved = \"acknowledgement\"",
            "letters.recieved: nothing of that name happens; letters are owed at received, acknowledged",
        ),
        (
            "retention =",
            "retain =",
            "retain: unknown field `retain`, expected one of `title`, `sources`",
        ),
        // clocks
        (
            acknowledge,
            "starts = []\nstops = [\"acknowledged\"]\nterm = \"1 business day\"",
            "clock.0.starts: nothing starts the clock acknowledge: the list is empty",
        ),
        (
            acknowledge,
            "starts = [\"received\"]\nstops = []\nterm = \"1 business day\"",
            "clock.0.stops: nothing stops the clock acknowledge: the list is empty",
        ),
        (
            "name = \"confirm\"",
            "name = \"acknowledge\"",
            "clock.1.name: there is a clock acknowledge above already",
        ),
        (
            "name = \"confirm\"",
            "name = \"Confirm!\"",
            "clock.1.name: 'Confirm!' must be lower-case",
        ),
        (
            "times = 1 }",
            "times = 0 }",
            "clock.4.extension: the clock resolve: times must be 1 or more",
        ),
        (
            "by = \"supervisor\"",
            "by = \"auditor\"",
            "clock.4.extension: the clock resolve: the auditor can't extend a clock",
        ),
        (
            "extended = \"extension\"\n",
            "",
            "letters: extended = \"extension\" is missing: the clock resolve can be extended",
        ),
        (
            "term = \"7 business days\"",
            "term = \"7 business days\"\nterms = [{ categories = [\"shoes\"], term = \"1 day\" }]",
            "clock.2.terms.0: the clock investigate: there is no category 'shoes'; there are: billing",
        ),
        (
            "term = \"7 business days\"",
            "term = \"7 business days\"\nterms = [{ term = \"1 day\" }]",
            "clock.2.terms.0: the clock investigate: say for which categories",
        ),
        (
            "term = \"7 business days\"",
            "term = \"7 business days\"\nterms = [{ complexity = \"complex\", term = \"1 day\" }, { complexity = \"complex\", categories = [\"billing\"], term = \"2 days\" }]",
            "clock.2.terms.1: the clock investigate: a term above fits all of these cases first",
        ),
        // ladders
        (
            "  { at = 150, tell = [\"manager\"] },\n",
            "  { at = 150 },\n",
            "ladder.2: the ladder: the rung at 150 % tells nobody and does nothing",
        ),
        (
            "  { at = 150, tell = [\"manager\"] },\n",
            "  { at = 90, tell = [\"manager\"] },\n",
            "ladder.2: the ladder: the rung at 90 % must stand before the one at 100 %",
        ),
        (
            "  { at = 150, tell = [\"manager\"] },\n",
            "  { at = 0, tell = [\"manager\"] },\n",
            "ladder.2: the ladder: at must be from 1 to 1000 percent, not 0",
        ),
        (
            "  { at = 100, tell = [\"handler\", \"supervisor\"] },\n",
            "",
            "ladder: the ladder has no rung at 100 %: nobody would hear of the breach",
        ),
        (
            "  { at = 150, tell = [\"manager\"] },\n",
            "  { at = 150, act = \"close\" },\n",
            "ladder.2: the ladder: act = \"close\" is for a waiting clock",
        ),
        (
            "  { at = 100, act = \"close\" },\n",
            "  { at = 100, act = \"close\" },\n  { at = 150, tell = [\"handler\"] },\n",
            "clock.6.ladder.3: the ladder of satisfaction: a waiting clock has no rung over 100 %",
        ),
        (
            "  { at = 100, act = \"close\" },\n",
            "  { at = 100, act = \"close\", tell = [\"manager\"] },\n",
            "clock.6.ladder.2: the ladder of satisfaction: a waiting clock isn't escalated to the manager",
        ),
        (
            "  { at = 100, act = \"close\" },\n",
            "",
            "clock.6.ladder: the ladder of satisfaction has no rung at 100 %",
        ),
        (
            "  { at = 50, act = \"remind\" },\n",
            "  { at = 50, act = \"ask_satisfaction\" },\n",
            "clock.5.ladder.0: the ladder of particulars: satisfaction is asked by a clock that stops at",
        ),
        (
            "  { at = 10, act = \"ask_satisfaction\" },\n",
            "  { at = 10, act = \"lapse\" },\n",
            "clock.6.ladder.0: the ladder of satisfaction: what lapses is a wait for particulars",
        ),
        (
            "name = \"confirm\"\n",
            "name = \"confirm\"\nkind = \"waiting\"\n",
            "clock.1.ladder: the waiting clock confirm needs a ladder of its own",
        ),
        // stages
        (
            "\"mediating\",",
            "",
            "clock.7.starts: nothing starts the clock mediate: the stage mediating isn't in use",
        ),
        (
            "\"mediating\",",
            "",
            "letters.mediator_named: never happens: the stage mediating isn't in use",
        ),
        (
            "\"awaiting_particulars\",",
            "",
            "clock.2.pauses: the clock investigate pauses in awaiting_particulars, a stage that isn't in use",
        ),
        (
            "\"resolved\", ",
            "",
            "stages: resolved is missing: no case gets through without it",
        ),
        (
            "\"resolved\", ",
            "",
            "stages: mediating can't be reached: it is entered from resolved, which isn't in use",
        ),
        (
            "\"resolved\", ",
            "",
            "stages: negotiating can't be left: it leads to resolved, which isn't in use",
        ),
        (
            "particulars = [\"name\", \"contact\", \"details\", \"evidence\"]",
            "particulars = []",
            "particulars: must name at least one",
        ),
        // letters
        (
            "received = \"acknowledgement\"\n",
            "",
            "letters: received = \"acknowledgement\" is missing: the customer is owed it (§4.1)",
        ),
        (
            "resolved = \"outcome\"\n",
            "resolved = \"closed\"\n",
            "letters: resolved = \"outcome\" is missing: the customer is owed it (§4.4",
        ),
        (
            "mediated = \"mediation_outcome\"\n",
            "",
            "letters: mediated = \"mediation_outcome\" is missing",
        ),
        // words and texts
        (
            "low = { en = \"Low\", zh = \"低\" }",
            "low = { en = \"Low\" }",
            "severities.low: has no name for zh",
        ),
        (
            "low = {",
            "Low = {",
            "severities.Low: 'Low' must be lower-case letters, digits and _",
        ),
        (
            "zh = \"客户投诉与争议解决制度\"",
            "fr = \"Réclamations\"",
            "title: has no text for zh",
        ),
        (
            "zh = \"客户投诉与争议解决制度\"",
            "zh = \"客户投诉与争议解决制度\"\nfr = \"Réclamations\"",
            "rights: has no text for fr",
        ),
        (
            "retention = \"6 years\"",
            "retention = \"7 days\"",
            "retention: 7 days is shorter than reopen_within, 30 days",
        ),
        // calendars
        (
            "zone = \"Asia/Shanghai\"",
            "zone = \"Mars/Olympus\"",
            "calendar.zone: 'Mars/Olympus' is no time zone",
        ),
        (
            "days = [\"china\"]",
            "days = [\"mars\"]",
            "calendar.days.0: there is no list of days 'mars': add calendars/mars.toml or calendars/mars.ics, or name one of australia, china",
        ),
        (
            "monday = [\"09:00-18:00\"]",
            "monday = [\"9-6\"]",
            "calendar.hours.monday: '9-6' are no opening hours",
        ),
        (
            "monday = [\"09:00-18:00\"]",
            "mondays = [\"09:00-18:00\"]",
            "calendar.hours.mondays: unknown field `mondays`",
        ),
        (
            "monday = [\"09:00-18:00\"]",
            "monday = []",
            "calendar: the make-up workday 2026-01-04 has no hours of its own, and Mondays are closed",
        ),
    ];
    for (from, to, expected) in rows {
        let told = problems(from, to);
        let found = told.lines().any(|line| {
            // every problem has its line
            let rest = line
                .strip_prefix("own.toml:")
                .and_then(|rest| rest.split_once(": "));
            rest.is_some_and(|(number, rest)| {
                number.parse::<usize>().is_ok() && rest.starts_with(expected)
            })
        });
        assert!(found, "expected {expected}\n     got {told}");
    }
}

#[test]
fn the_line_is_that_of_the_setting() {
    let number = 1 + DEFAULT
        .lines()
        .position(|line| line.starts_with("reopen_within"))
        .unwrap();
    assert_eq!(
        problems("reopen_within = \"30 days\"", "reopen_within = \"soon\""),
        format!(
            "own.toml:{number}: reopen_within: 'soon' is no length of time: write a number and one of business days, business hours, hours, days, weeks, months, years, such as \"7 business days\""
        )
    );
}

#[test]
fn a_week_without_an_open_hour_is_refused() {
    let hours = DEFAULT.replace("[\"09:00-18:00\"]", "[]");
    let error = own(hours).unwrap_err().to_string();
    assert!(
        error.contains("calendar: no day of the week has opening hours"),
        "{error}"
    );
}
