use std::time::Instant;

use chrono_tz::Tz;

use super::*;
use crate::policy::calendar::{DayList, Hours, Week};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A moment as RFC 3339 has it.
fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_utc()
}

fn term(text: &str) -> Term {
    text.parse().unwrap()
}

fn shown(at: DateTime<Utc>, calendar: &Calendar) -> String {
    at.with_timezone(&calendar.zone).to_rfc3339()
}

fn week(hours: &[&str]) -> Week {
    Week::of_five_days(&Hours::new(hours).unwrap())
}

fn built_in(file: &str, text: &str) -> DayList {
    DayList::read(file, text).unwrap()
}

fn china() -> Calendar {
    let days = built_in(
        "china.toml",
        include_str!("../../../config/calendars/china.toml"),
    );
    Calendar::new(Tz::Asia__Shanghai, week(&["09:00-18:00"]), &[days]).unwrap()
}

fn london() -> Calendar {
    let text = include_str!("../../../config/calendars/england-and-wales.toml");
    let days = built_in("england-and-wales.toml", text);
    Calendar::new(Tz::Europe__London, week(&["09:00-17:00"]), &[days]).unwrap()
}

fn sydney() -> Calendar {
    let text = include_str!("../../../config/calendars/australia.toml");
    let days = built_in("australia.toml", text);
    Calendar::new(Tz::Australia__Sydney, week(&["09:00-17:00"]), &[days]).unwrap()
}

fn due(calendar: &Calendar, started: &str, length: &str) -> String {
    let course = Course {
        started_at: at(started),
        term: term(length),
        extensions: &[],
        pauses: &[],
    };
    shown(course.due_at(calendar), calendar)
}

#[test]
fn business_days_skip_holidays_and_count_make_up_days() {
    let china = china();
    for (started, length, expected) in [
        // an ordinary week; the day of the start isn't counted, whatever the hour
        (
            "2026-06-01T09:30:00+08:00",
            "1 business day",
            "2026-06-02T18:00:00+08:00",
        ),
        (
            "2026-06-01T00:00:00+08:00",
            "1 business day",
            "2026-06-02T18:00:00+08:00",
        ),
        (
            "2026-06-01T23:59:59+08:00",
            "1 business day",
            "2026-06-02T18:00:00+08:00",
        ),
        // received on a Saturday: Monday is the first day
        (
            "2026-06-06T12:00:00+08:00",
            "1 business day",
            "2026-06-08T18:00:00+08:00",
        ),
        // the local day counts, not that of UTC: 23:30 UTC is Tuesday in Shanghai
        (
            "2026-06-01T23:30:00Z",
            "1 business day",
            "2026-06-03T18:00:00+08:00",
        ),
        // National Day: 30 Sep isn't counted; 1–7 off; 8, 9, Sat 10 (make-up), 12, 13, 14, 15
        (
            "2026-09-30T10:00:00+08:00",
            "7 business days",
            "2026-10-15T18:00:00+08:00",
        ),
        // Sun 20 Sep works; 21, 22, 23, 24 do; 25–27 Mid-Autumn; 28, 29
        (
            "2026-09-18T10:00:00+08:00",
            "7 business days",
            "2026-09-29T18:00:00+08:00",
        ),
        // Spring Festival: Sat 14 Feb works, 15–23 off, 24–27 work, Sat 28 works, Mon 2 Mar
        (
            "2026-02-13T15:00:00+08:00",
            "7 business days",
            "2026-03-02T18:00:00+08:00",
        ),
        (
            "2026-02-13T15:00:00+08:00",
            "6 business days",
            "2026-02-28T18:00:00+08:00",
        ),
        (
            "2026-02-13T15:00:00+08:00",
            "1 business day",
            "2026-02-14T18:00:00+08:00",
        ),
        // the turn of the year: 1–3 Jan off, Sunday the 4th works
        (
            "2025-12-31T10:00:00+08:00",
            "1 business day",
            "2026-01-04T18:00:00+08:00",
        ),
        // Labour Day: 1–5 off; 6, 7, 8, Sat 9 works
        (
            "2026-04-30T10:00:00+08:00",
            "4 business days",
            "2026-05-09T18:00:00+08:00",
        ),
    ] {
        assert_eq!(due(&china, started, length), expected, "{started} {length}");
    }
}

#[test]
fn other_units_end_with_the_local_day_or_with_the_time_itself() {
    let china = china();
    for (started, length, expected) in [
        (
            "2026-06-01T10:00:00+08:00",
            "24 hours",
            "2026-06-02T10:00:00+08:00",
        ),
        (
            "2026-06-01T10:00:00+08:00",
            "1 day",
            "2026-06-02T23:59:59+08:00",
        ),
        (
            "2026-06-01T10:00:00+08:00",
            "30 days",
            "2026-07-01T23:59:59+08:00",
        ),
        (
            "2026-06-01T10:00:00+08:00",
            "8 weeks",
            "2026-07-27T23:59:59+08:00",
        ),
        (
            "2026-01-31T10:00:00+08:00",
            "1 month",
            "2026-02-28T23:59:59+08:00",
        ),
        (
            "2028-01-31T10:00:00+08:00",
            "1 month",
            "2028-02-29T23:59:59+08:00",
        ),
        (
            "2024-02-29T10:00:00+08:00",
            "1 year",
            "2025-02-28T23:59:59+08:00",
        ),
        (
            "2024-02-29T10:00:00+08:00",
            "4 years",
            "2028-02-29T23:59:59+08:00",
        ),
        (
            "2026-12-31T10:00:00+08:00",
            "2 months",
            "2027-02-28T23:59:59+08:00",
        ),
        // 28 February, then 29 February, then 1 March
        (
            "2028-02-27T10:00:00+08:00",
            "2 days",
            "2028-02-29T23:59:59+08:00",
        ),
        // open from 9 to 18: two hours on Monday evening, one on Tuesday morning
        (
            "2026-06-01T16:00:00+08:00",
            "3 business hours",
            "2026-06-02T10:00:00+08:00",
        ),
        (
            "2026-06-01T16:00:00+08:00",
            "2 business hours",
            "2026-06-01T18:00:00+08:00",
        ),
        (
            "2026-06-06T16:00:00+08:00",
            "3 business hours",
            "2026-06-08T12:00:00+08:00",
        ),
        (
            "2026-09-30T17:00:00+08:00",
            "2 business hours",
            "2026-10-08T10:00:00+08:00",
        ),
    ] {
        assert_eq!(due(&china, started, length), expected, "{started} {length}");
    }
}

#[test]
fn days_are_right_where_the_clocks_change() {
    let (london, sydney) = (london(), sydney());
    for (calendar, started, length, expected) in [
        // clocks go forward on 29 March 2026, a Sunday
        (
            &london,
            "2026-03-27T10:00:00+00:00",
            "1 business day",
            "2026-03-30T17:00:00+01:00",
        ),
        (
            &london,
            "2026-03-28T10:00:00+00:00",
            "1 day",
            "2026-03-29T23:59:59+01:00",
        ),
        (
            &london,
            "2026-03-28T10:00:00+00:00",
            "24 hours",
            "2026-03-29T11:00:00+01:00",
        ),
        // and back on 25 October
        (
            &london,
            "2026-10-24T10:00:00+01:00",
            "24 hours",
            "2026-10-25T09:00:00+00:00",
        ),
        (
            &london,
            "2026-10-24T10:00:00+01:00",
            "1 day",
            "2026-10-25T23:59:59+00:00",
        ),
        // 8 weeks over the change
        (
            &london,
            "2026-09-10T10:00:00+01:00",
            "8 weeks",
            "2026-11-05T23:59:59+00:00",
        ),
        // Easter: 3 and 6 April off
        (
            &london,
            "2026-04-02T16:59:00+01:00",
            "3 business days",
            "2026-04-09T17:00:00+01:00",
        ),
        // Sydney goes back on 5 April 2026 and forward on 4 October
        (
            &sydney,
            "2026-04-04T10:00:00+11:00",
            "24 hours",
            "2026-04-05T09:00:00+10:00",
        ),
        (
            &sydney,
            "2026-10-03T10:00:00+10:00",
            "24 hours",
            "2026-10-04T11:00:00+11:00",
        ),
        (
            &sydney,
            "2026-10-02T10:00:00+10:00",
            "30 days",
            "2026-11-01T23:59:59+11:00",
        ),
    ] {
        assert_eq!(
            due(calendar, started, length),
            expected,
            "{started} {length}"
        );
    }
}

/// A shop that is open at night, when clocks change.
#[test]
fn opening_hours_that_dont_exist_or_come_twice_are_counted_as_they_pass() {
    let night = Hours::new(&["00:30-01:30", "02:00-04:00"]).unwrap();
    let week = Week::new(std::array::from_fn(|_| night.clone()));
    let london = Calendar::new(Tz::Europe__London, week, &[]).unwrap();
    // forward, 01:00 to 02:00 is skipped: open 00:30–01:00, then at once 02:00–04:00
    let day = date("2026-03-29");
    let (from, to) = (at("2026-03-29T00:00:00Z"), at("2026-03-30T00:00:00+01:00"));
    assert_eq!(london.open_between(from, to), TimeDelta::minutes(150));
    assert_eq!(
        shown(london.closes(day).unwrap(), &london),
        "2026-03-29T04:00:00+01:00"
    );
    // back, 01:00 to 02:00 comes twice: open 00:30 to the second 01:30, then 02:00–04:00
    let (from, to) = (at("2026-10-25T00:00:00+01:00"), at("2026-10-26T00:00:00Z"));
    assert_eq!(london.open_between(from, to), TimeDelta::minutes(240));
    // two openings that overlap when an hour comes twice: from 00:30 to 04:00 without a break
    let night = Hours::new(&["00:30-01:15", "01:45-04:00"]).unwrap();
    let week = Week::new(std::array::from_fn(|_| night.clone()));
    let overlapping = Calendar::new(Tz::Europe__London, week, &[]).unwrap();
    assert_eq!(overlapping.open_between(from, to), TimeDelta::minutes(270));
    // an opening that is skipped wholly leaves a day that closes when the clocks have changed
    let week = Week::new(std::array::from_fn(|_| {
        Hours::new(&["01:00-02:00"]).unwrap()
    }));
    let london = Calendar::new(Tz::Europe__London, week, &[]).unwrap();
    assert_eq!(
        shown(london.closes(day).unwrap(), &london),
        "2026-03-29T02:00:00+01:00"
    );
    assert_eq!(london.opens(day), london.closes(day));
    assert_eq!(
        due(&london, "2026-03-28T12:00:00Z", "1 business day"),
        "2026-03-29T02:00:00+01:00"
    );
    assert_eq!(
        due(&london, "2026-03-28T12:00:00Z", "1 business hour"),
        "2026-03-30T02:00:00+01:00"
    );
}

#[test]
fn a_company_open_until_midnight_is_due_at_midnight_of_that_day() {
    let week = Week::of_five_days(&Hours::new(&["09:00-24:00"]).unwrap());
    let calendar = Calendar::new(Tz::Asia__Shanghai, week, &[]).unwrap();
    let course = Course {
        started_at: at("2026-06-01T10:00:00+08:00"),
        term: term("1 business day"),
        extensions: &[term("1 business day")],
        pauses: &[(
            at("2026-06-02T10:00:00+08:00"),
            at("2026-06-03T10:00:00+08:00"),
        )],
    };
    assert_eq!(
        shown(course.due_at(&calendar), &calendar),
        "2026-06-05T00:00:00+08:00"
    );
}

#[test]
fn pauses_move_the_due_date_by_the_time_that_counts() {
    let china = china();
    let rows = [
        // business days: from Tuesday to Thursday shifts by two
        (
            "5 business days",
            "06-02T10:00",
            "06-04T10:00",
            "2026-06-10T18:00:00+08:00",
        ),
        // within one day: that day was used
        (
            "5 business days",
            "06-02T10:00",
            "06-02T17:00",
            "2026-06-08T18:00:00+08:00",
        ),
        // outside hours: nothing
        (
            "5 business days",
            "06-02T18:30",
            "06-03T08:30",
            "2026-06-08T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-05T19:00",
            "06-08T08:00",
            "2026-06-08T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-06T10:00",
            "06-07T10:00",
            "2026-06-08T18:00:00+08:00",
        ),
        // from opening time on the day was used
        (
            "5 business days",
            "06-02T09:00",
            "06-03T08:30",
            "2026-06-08T18:00:00+08:00",
        ),
        // from before opening to after: the day is counted again
        (
            "5 business days",
            "06-02T08:00",
            "06-03T08:00",
            "2026-06-09T18:00:00+08:00",
        ),
        // from Friday into Monday
        (
            "5 business days",
            "06-05T10:00",
            "06-08T10:00",
            "2026-06-09T18:00:00+08:00",
        ),
        // on the last day, during its hours: what was left of it is still owed
        (
            "5 business days",
            "06-08T10:00",
            "06-08T12:00",
            "2026-06-08T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-08T10:00",
            "06-08T20:00",
            "2026-06-09T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-08T10:00",
            "06-10T10:00",
            "2026-06-10T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-08T10:00",
            "06-13T10:00",
            "2026-06-15T18:00:00+08:00",
        ),
        // after it fell due: nothing
        (
            "5 business days",
            "06-08T18:00",
            "06-20T10:00",
            "2026-06-08T18:00:00+08:00",
        ),
        // on the day of the start, which isn't counted
        (
            "5 business days",
            "06-01T11:00",
            "06-01T17:00",
            "2026-06-08T18:00:00+08:00",
        ),
        (
            "5 business days",
            "06-01T11:00",
            "06-02T11:00",
            "2026-06-09T18:00:00+08:00",
        ),
        // before the start: only what is after it
        (
            "5 business days",
            "05-20T10:00",
            "06-01T11:00",
            "2026-06-08T18:00:00+08:00",
        ),
        // days of the calendar: by midnights passed
        (
            "10 days",
            "06-02T10:00",
            "06-04T09:00",
            "2026-06-13T23:59:59+08:00",
        ),
        (
            "10 days",
            "06-02T10:00",
            "06-02T20:00",
            "2026-06-11T23:59:59+08:00",
        ),
        // hours: by the time itself
        (
            "24 hours",
            "06-01T12:00",
            "06-01T13:30",
            "2026-06-02T11:30:00+08:00",
        ),
        // and only what is after the start
        (
            "24 hours",
            "05-30T10:00",
            "06-01T11:00",
            "2026-06-02T11:00:00+08:00",
        ),
        (
            "10 days",
            "05-30T10:00",
            "06-01T11:00",
            "2026-06-11T23:59:59+08:00",
        ),
        // business hours: by open time; 17:00 to 10:00 is two hours
        (
            "10 business hours",
            "06-01T17:00",
            "06-02T10:00",
            "2026-06-02T13:00:00+08:00",
        ),
        (
            "10 business hours",
            "06-01T18:00",
            "06-02T09:00",
            "2026-06-02T11:00:00+08:00",
        ),
    ];
    for (length, from, to, expected) in rows {
        let moment = |text: &str| at(&format!("2026-{text}:00+08:00"));
        let course = Course {
            started_at: at("2026-06-01T10:00:00+08:00"),
            term: term(length),
            extensions: &[],
            pauses: &[(moment(from), moment(to))],
        };
        let due = shown(course.due_at(&china), &china);
        assert_eq!(due, expected, "{length}, paused from {from} to {to}");
    }
}

/// The day of the start isn't counted, so a pause gives none of it back.
#[test]
fn a_pause_in_the_morning_of_the_start_gives_back_nothing() {
    let china = china();
    for (to, expected) in [
        ("2026-06-01T08:30:00+08:00", "2026-06-08T18:00:00+08:00"),
        ("2026-06-02T08:00:00+08:00", "2026-06-08T18:00:00+08:00"),
        ("2026-06-02T10:00:00+08:00", "2026-06-09T18:00:00+08:00"),
    ] {
        let course = Course {
            started_at: at("2026-06-01T07:00:00+08:00"),
            term: term("5 business days"),
            extensions: &[],
            pauses: &[(at("2026-06-01T08:00:00+08:00"), at(to))],
        };
        assert_eq!(shown(course.due_at(&china), &china), expected, "until {to}");
    }
}

#[test]
fn extensions_count_on_from_the_due_date_before() {
    let china = china();
    for (length, extensions, expected) in [
        (
            "5 business days",
            &["5 business days"][..],
            "2026-06-15T18:00:00+08:00",
        ),
        ("8 weeks", &["4 weeks"], "2026-08-24T23:59:59+08:00"),
        ("15 days", &["30 days"], "2026-07-16T23:59:59+08:00"),
        (
            "15 days",
            &["30 days", "1 month"],
            "2026-08-16T23:59:59+08:00",
        ),
        ("24 hours", &["24 hours"], "2026-06-03T10:00:00+08:00"),
        (
            "3 business hours",
            &["7 business hours"],
            "2026-06-02T11:00:00+08:00",
        ),
        // other units may follow
        ("5 business days", &["5 days"], "2026-06-13T23:59:59+08:00"),
        ("5 days", &["5 business days"], "2026-06-12T18:00:00+08:00"),
    ] {
        let extensions: Vec<Term> = extensions.iter().map(|text| term(text)).collect();
        let course = Course {
            started_at: at("2026-06-01T10:00:00+08:00"),
            term: term(length),
            extensions: &extensions,
            pauses: &[],
        };
        assert_eq!(shown(course.due_at(&china), &china), expected, "{length}");
    }
}

#[test]
fn shares_of_a_term_are_shares_of_open_time() {
    let china = china();
    let rows = [
        // from Monday 10:00 to Friday 18:00 it is open 8 + 4 × 9 = 44 hours
        ("4 business days", 75, "2026-06-04T16:00:00+08:00"),
        ("4 business days", 50, "2026-06-03T14:00:00+08:00"),
        ("4 business days", 100, "2026-06-05T18:00:00+08:00"),
        // 22 hours more: 9 on Monday, 9 on Tuesday, 4 on Wednesday
        ("4 business days", 150, "2026-06-10T13:00:00+08:00"),
        ("4 business days", 0, "2026-06-01T10:00:00+08:00"),
        ("24 hours", 75, "2026-06-02T04:00:00+08:00"),
        ("24 hours", 200, "2026-06-03T10:00:00+08:00"),
        ("8 business hours", 50, "2026-06-01T14:00:00+08:00"),
        // a share that is used up at closing time is used up then, not in the morning after
        ("17 business hours", 200, "2026-06-04T17:00:00+08:00"),
        ("16 business hours", 50, "2026-06-01T18:00:00+08:00"),
    ];
    for (length, percent, expected) in rows {
        let course = Course {
            started_at: at("2026-06-01T10:00:00+08:00"),
            term: term(length),
            extensions: &[],
            pauses: &[],
        };
        let moment = shown(course.at(percent, &china), &china);
        assert_eq!(moment, expected, "{percent} % of {length}");
    }
}

/// An extension adds to what the shares are taken of; a pause doesn't.
#[test]
fn the_budget_is_the_term_and_what_extensions_add() {
    let china = china();
    let course = Course {
        started_at: at("2026-05-31T10:00:00+08:00"),
        term: term("2 business days"),
        extensions: &[term("2 business days")],
        pauses: &[(
            at("2026-06-02T10:00:00+08:00"),
            at("2026-06-04T10:00:00+08:00"),
        )],
    };
    assert_eq!(
        shown(course.due_at(&china), &china),
        "2026-06-08T18:00:00+08:00"
    );
    // half of 36 hours before: Friday's and Monday's, so at Thursday's close
    assert_eq!(
        shown(course.at(50, &china), &china),
        "2026-06-04T18:00:00+08:00"
    );
    assert_eq!(
        shown(course.at(200, &china), &china),
        "2026-06-12T18:00:00+08:00"
    );
}

#[test]
fn reckoning_takes_microseconds() {
    let china = china();
    let course = Course {
        started_at: at("2026-09-18T10:00:00+08:00"),
        term: term("15 business days"),
        extensions: &[],
        pauses: &[],
    };
    let rounds = 2_000;
    let began = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(course.at(75, std::hint::black_box(&china)));
    }
    let each = began.elapsed() / rounds;
    println!("75 % of 15 business days: {each:?}");
    // an unoptimised build on a busy machine is many times slower than what ships
    assert!(each.as_micros() < 500, "{each:?}");
}
