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
            r#"kind = "waiting""#,
            r#"kind = "maybe""#,
            "clock.5.kind: unknown variant `maybe`, expected `obligation` or `waiting`",
        ),
        (
            r#"term = "7 business days""#,
            r#"term = "7 workdays""#,
            "clock.2.term: '7 workdays' is no length of time: write a number and one of business days",
        ),
        (
            r#"term = "7 business days""#,
            r#"term = "0 days""#,
            "clock.2.term: '0 days' is out of bounds",
        ),
        (
            r#"starts = ["received"]"#,
            r#"starts = ["recieved"]"#,
            "clock.0.starts.0: unknown variant `recieved`, expected one of `received`, `acknowledged`",
        ),
        (
            r#"received = "acknowledgement""#,
            r#"received = "thanks""#,
            "letters.received: unknown variant `thanks`",
        ),
        (
            r#"received = "acknowledgement""#,
            r#"recieved = "acknowledgement""#,
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
            r#"name = "confirm""#,
            r#"name = "acknowledge""#,
            "clock.1.name: there is a clock acknowledge above already",
        ),
        (
            r#"name = "confirm""#,
            r#"name = "Confirm!""#,
            "clock.1.name: 'Confirm!' must be lower-case",
        ),
        (
            "times = 1 }",
            "times = 0 }",
            "clock.4.extension: the clock resolve: times must be 1 or more",
        ),
        (
            r#"by = "supervisor""#,
            r#"by = "auditor""#,
            "clock.4.extension: the clock resolve: the auditor can't extend a clock",
        ),
        (
            "extended = \"extension\"\n",
            "",
            r#"letters: extended = "extension" is missing: the clock resolve can be extended"#,
        ),
        (
            r#"term = "7 business days""#,
            "term = \"7 business days\"\nterms = [{ categories = [\"shoes\"], term = \"1 day\" }]",
            "clock.2.terms.0: the clock investigate: there is no category 'shoes'; there are: billing",
        ),
        (
            r#"term = "7 business days""#,
            "term = \"7 business days\"\nterms = [{ term = \"1 day\" }]",
            "clock.2.terms.0: the clock investigate: say for which categories",
        ),
        (
            r#"term = "7 business days""#,
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
            "ladder.2: the ladder: the rung at 90 % comes after one at 100 %",
        ),
        (
            "  { at = 150, tell = [\"manager\"] },\n",
            "  { at = 100, tell = [\"manager\"] },\n",
            "ladder.2: the ladder: the rung at 100 % comes after one at 100 %",
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
            r#"ladder.2: the ladder: act = "close" is for a waiting clock"#,
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
            r#""mediating","#,
            "",
            "clock.7.starts: nothing starts the clock mediate: the stage mediating isn't in use",
        ),
        (
            r#""mediating","#,
            "",
            "letters.mediator_named: never happens: the stage mediating isn't in use",
        ),
        (
            r#""awaiting_particulars","#,
            "",
            "clock.2.pauses: the clock investigate pauses in awaiting_particulars, a stage that isn't in use",
        ),
        (
            r#""resolved", "#,
            "",
            "stages: resolved is missing: no case gets through without it",
        ),
        (
            r#""resolved", "#,
            "",
            "stages: mediating can't be reached: it is entered from resolved, which isn't in use",
        ),
        (
            r#""resolved", "#,
            "",
            "stages: negotiating can't be left: it leads to resolved, which isn't in use",
        ),
        (
            r#"particulars = ["name", "contact", "details", "evidence"]"#,
            "particulars = []",
            "particulars: must name at least one",
        ),
        // letters
        (
            "received = \"acknowledgement\"\n",
            "",
            r#"letters: received = "acknowledgement" is missing: the customer is owed it (§4.1)"#,
        ),
        (
            "resolved = \"outcome\"\n",
            "resolved = \"closed\"\n",
            r#"letters: resolved = "outcome" is missing: the customer is owed it (§4.4"#,
        ),
        (
            "mediated = \"mediation_outcome\"\n",
            "",
            r#"letters: mediated = "mediation_outcome" is missing"#,
        ),
        // words and texts
        (
            r#"low = { en = "Low", zh = "低" }"#,
            r#"low = { en = "Low" }"#,
            "severities.low: has no name for zh",
        ),
        (
            "low = {",
            "Low = {",
            "severities.Low: 'Low' must be lower-case letters, digits and _",
        ),
        (
            r#"zh = "客户投诉与争议解决制度""#,
            r#"fr = "Réclamations""#,
            "title: has no text for zh",
        ),
        (
            r#"zh = "客户投诉与争议解决制度""#,
            "zh = \"客户投诉与争议解决制度\"\nfr = \"Réclamations\"",
            "rights: has no text for fr",
        ),
        (
            r#"retention = "6 years""#,
            "retention = \"6 years\"\nkept_by = [{ rule = \"Law\", term = \"7 years\", from = \"closed\" }]",
            "retention: 6 years is shorter than 7 years, for which Law has it kept",
        ),
        (
            r#"retention = "6 years""#,
            "retention = \"6 years\"\nkept_by = [{ rule = \" \", term = \"1 year\", from = \"closed\" }]",
            "kept_by.0.rule: must name the law",
        ),
        (
            r#"retention = "6 years""#,
            "retention = \"6 years\"\nkept_by = [{ rule = \"Law\", term = \"1 year\", from = \"opened\" }]",
            "kept_by.0.from: unknown variant `opened`, expected `received` or `closed`",
        ),
        (
            r#"retention = "6 years""#,
            "retention = \"6 years\"\nkept_by = [{ rule = \"Law\", term = \"1 year\", from = \"closed\", categories = [\"tea\"] }]",
            "kept_by.0.categories: there is no category 'tea' in this profile",
        ),
        (
            r#"retention = "6 years""#,
            r#"retention = "7 days""#,
            "retention: 7 days is shorter than reopen_within, 30 days",
        ),
        // calendars
        (
            r#"zone = "Asia/Shanghai""#,
            r#"zone = "Mars/Olympus""#,
            "calendar.zone: 'Mars/Olympus' is no time zone",
        ),
        (
            r#"days = ["china"]"#,
            r#"days = ["mars"]"#,
            "calendar.days.0: there is no list of days 'mars': add calendars/mars.toml or calendars/mars.ics, or name one of australia, china",
        ),
        (
            r#"monday = ["09:00-18:00"]"#,
            r#"monday = ["9-6"]"#,
            "calendar.hours.monday: '9-6' are no opening hours",
        ),
        (
            r#"monday = ["09:00-18:00"]"#,
            r#"mondays = ["09:00-18:00"]"#,
            "calendar.hours.mondays: unknown field `mondays`",
        ),
        (
            r#"monday = ["09:00-18:00"]"#,
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
        problems(r#"reopen_within = "30 days""#, r#"reopen_within = "soon""#),
        format!(
            r#"own.toml:{number}: reopen_within: 'soon' is no length of time: write a number and one of business days, business hours, hours, days, weeks, months, years, such as "7 business days""#
        )
    );
}

#[test]
fn a_week_without_an_open_hour_is_refused() {
    let hours = DEFAULT.replace(r#"["09:00-18:00"]"#, "[]");
    let error = own(hours).unwrap_err().to_string();
    assert!(
        error.contains("calendar: no day of the week has opening hours"),
        "{error}"
    );
}

#[test]
fn a_company_can_do_without_mediation_litigation_and_questions() {
    let without = |text: &str, clock: &str| {
        let kept: Vec<&str> = text
            .split("[[clock]]")
            .filter(|part| !part.starts_with(&format!("\nname = \"{clock}\"")))
            .collect();
        kept.join("[[clock]]")
    };
    // the tables after the last clock stay: department_answer is the last
    let text = ["mediate", "particulars"]
        .iter()
        .fold(DEFAULT.to_owned(), |text, clock| without(&text, clock))
        .replace("\"awaiting_particulars\", ", "")
        .replace("\"mediating\",", "")
        .replace("\"litigation\", ", "")
        .replace("pauses = [\"awaiting_particulars\"]\n", "")
        .replace("particulars_asked = \"particulars_request\"\n", "")
        .replace("mediator_named = \"mediation_opened\"\n", "")
        .replace("mediated = \"mediation_outcome\"\n", "");
    let policies = own(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policies.profile("own").unwrap().stages.len(), 5);
}
