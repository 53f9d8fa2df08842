//! Lists of days as iCalendar files (RFC 5545): whole-day events with a name, nothing that repeats.
//!
//! Strict, since a holiday that is read wrongly moves every due date: what isn't understood is an
//! error with its line, and nothing is guessed.

use chrono::{Datelike, Days, NaiveDate};

use super::days::{DayList, MakeUp};
use crate::policy::problem::PolicyProblem;

/// Bounds of a file: bytes, events, and days of one event.
const LARGEST: usize = 1_000_000;
const MOST_EVENTS: usize = 5_000;
const LONGEST: u64 = 62;

/// A line after unfolding: where it begins, its name and parameters in upper case, and its value.
struct Line {
    number: usize,
    name: String,
    parameters: Vec<String>,
    value: String,
}

#[derive(Default)]
struct Event {
    line: usize,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    days: Option<u64>,
    summary: String,
    works: bool,
    cancelled: bool,
}

/// Reads a calendar. Known is all from the first year of its events to the end of the last.
pub(super) fn read(file: &str, text: &str) -> Result<DayList, PolicyProblem> {
    let refuse = |line: usize, message: String| PolicyProblem::at_line(file, line, message);
    if text.len() > LARGEST {
        return Err(PolicyProblem::of_file(file, "is larger than 1 MB"));
    }
    let mut list = DayList {
        name: file.to_owned(),
        source: format!("the iCalendar file {file}"),
        ..DayList::default()
    };
    let mut components: Vec<String> = vec![];
    let mut event = Event::default();
    let mut events = 0;
    for line in unfolded(text) {
        let line = line.map_err(|number| refuse(number, "is no line of a calendar".to_owned()))?;
        let number = line.number;
        let inside: Vec<&str> = components.iter().map(String::as_str).collect();
        match (line.name.as_str(), inside.as_slice()) {
            ("BEGIN", _) => {
                let name = line.value.to_ascii_uppercase();
                if inside.is_empty() != (name == "VCALENDAR") || inside.len() > 8 {
                    return Err(refuse(number, format!("BEGIN:{name} has no place here")));
                }
                if name == "VEVENT" {
                    events += 1;
                    event = Event {
                        line: number,
                        ..Event::default()
                    };
                }
                components.push(name);
            }
            ("END", _) => {
                let name = line.value.to_ascii_uppercase();
                if components.pop().as_ref() != Some(&name) {
                    return Err(refuse(number, format!("END:{name} ends nothing")));
                }
                if name == "VEVENT" {
                    let event = std::mem::take(&mut event);
                    let line = event.line;
                    event
                        .add_to(&mut list)
                        .map_err(|message| refuse(line, message))?;
                }
                if events > MOST_EVENTS {
                    return Err(refuse(number, format!("more than {MOST_EVENTS} events")));
                }
            }
            (_, []) => {
                return Err(refuse(
                    number,
                    "a calendar begins with BEGIN:VCALENDAR".to_owned(),
                ));
            }
            ("X-WR-CALNAME", ["VCALENDAR"]) => list.name = unescaped(&line.value),
            (_, ["VCALENDAR", "VEVENT"]) => {
                event
                    .take(&line)
                    .map_err(|message| refuse(number, message))?;
            }
            // time zones, alarms and the like say nothing about days
            (_, _) => {}
        }
    }
    if !components.is_empty() {
        return Err(PolicyProblem::of_file(
            file,
            "ends in the middle of a calendar",
        ));
    }
    let dates = || list.holidays.keys().chain(list.workdays.keys());
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
        return Err(PolicyProblem::of_file(file, "holds no whole-day event"));
    };
    list.known_from = NaiveDate::from_ymd_opt(first.year(), 1, 1);
    list.known_until = NaiveDate::from_ymd_opt(last.year(), 12, 31);
    Ok(list)
}

impl Event {
    fn take(&mut self, line: &Line) -> Result<(), String> {
        match line.name.as_str() {
            "DTSTART" => self.start = Some(date(line)?),
            "DTEND" => self.end = Some(date(line)?),
            "DURATION" => {
                let days = line
                    .value
                    .strip_prefix('P')
                    .and_then(|rest| rest.strip_suffix('D'))
                    .and_then(|days| days.parse().ok());
                self.days = Some(days.ok_or("DURATION must be whole days, such as P3D")?);
            }
            "SUMMARY" => self.summary = unescaped(&line.value),
            "STATUS" => self.cancelled = line.value.eq_ignore_ascii_case("CANCELLED"),
            // calendars for China mark make-up workdays so, or in the summary
            "CATEGORIES" | "X-APPLE-SPECIAL-DAY" => {
                self.works |= line.value.to_ascii_uppercase().contains("WORKDAY");
            }
            "RRULE" | "RDATE" | "EXDATE" | "EXRULE" => {
                return Err(format!(
                    "{}: days that repeat aren't understood; write an event for each year",
                    line.name
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn add_to(self, list: &mut DayList) -> Result<(), String> {
        if self.cancelled {
            return Ok(());
        }
        let start = self.start.ok_or("an event without DTSTART")?;
        let summary = self.summary.trim();
        if summary.is_empty() {
            return Err("an event without SUMMARY: every day needs a name".to_owned());
        }
        // DTEND is the day after (RFC 5545 §3.6.1); without it, it is one day
        let length = match (self.end, self.days) {
            (None, None) => 1,
            (None, Some(days)) => days,
            (Some(end), None) => u64::try_from((end - start).num_days()).unwrap_or(0),
            (Some(_), Some(_)) => return Err("an event with both DTEND and DURATION".to_owned()),
        };
        if !(1..=LONGEST).contains(&length) {
            return Err(format!("an event must be from 1 to {LONGEST} days long"));
        }
        let works = self.works
            || ["补班", "（班）", "(班)"]
                .iter()
                .any(|mark| summary.contains(mark));
        for day in 0..length {
            let Some(date) = start.checked_add_days(Days::new(day)) else {
                continue;
            };
            let other = if works {
                let name = summary.to_owned();
                list.workdays.insert(date, MakeUp { name, hours: None });
                list.holidays.contains_key(&date)
            } else {
                list.holiday(date, summary);
                list.workdays.contains_key(&date)
            };
            if other {
                return Err(format!("{date} is both a holiday and a make-up workday"));
            }
        }
        Ok(())
    }
}

/// A date without a time (RFC 5545 §3.3.4).
fn date(line: &Line) -> Result<NaiveDate, String> {
    let digits = line.value.trim();
    let whole = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let typed = line
        .parameters
        .iter()
        .all(|parameter| !parameter.starts_with("VALUE=") || parameter == "VALUE=DATE");
    if !whole || !typed {
        return Err(format!(
            "{} must be a whole day, such as {};VALUE=DATE:20261001",
            line.name, line.name
        ));
    }
    NaiveDate::parse_from_str(digits, "%Y%m%d")
        .map_err(|_| format!("{}: {digits} is no day", line.name))
}

/// Lines with their continuations (§3.1); the number of a line that is none is the error.
fn unfolded(text: &str) -> impl Iterator<Item = Result<Line, usize>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        let (at, first) = lines.find(|(_, line)| !line.trim().is_empty())?;
        let mut whole = first.to_owned();
        while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with([' ', '\t'])) {
            whole.push_str(&more[1..]);
        }
        Some(line(&whole, at + 1).ok_or(at + 1))
    })
}

fn line(text: &str, number: usize) -> Option<Line> {
    // a colon in quotes belongs to a parameter
    let mut quoted = false;
    let colon = text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (&text[..colon], &text[colon + 1..]);
    let mut parts = head.split(';').map(str::to_ascii_uppercase);
    let name = parts.next().filter(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })?;
    Some(Line {
        number,
        name,
        parameters: parts.collect(),
        value: value.to_owned(),
    })
}

/// Text without its escapes (§3.3.11), on one line.
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(c) => out.push(c),
                None => {}
            },
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn calendar(event: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    #[test]
    fn whole_day_events_are_holidays() {
        let text = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Victoria\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\n\
                    END:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261103\r\nSUMMARY:Melbourne\r\n  Cup\\, day\r\n\
                    BEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nDTSTART:20261225\r\nDTEND:20261227\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nDTSTART:20270101\r\nSTATUS:CANCELLED\r\nSUMMARY:no\r\nEND:VEVENT\r\n\
                    END:VCALENDAR\r\n";
        let list = read("victoria.ics", text).unwrap();
        assert_eq!(list.name, "Victoria");
        assert_eq!(
            list.holidays.into_iter().collect::<Vec<_>>(),
            [
                (day(2026, 11, 3), "Melbourne Cup, day".to_owned()),
                (day(2026, 12, 25), "Christmas".to_owned()),
                (day(2026, 12, 26), "Christmas".to_owned()),
            ]
        );
        assert_eq!(list.known_until, Some(day(2026, 12, 31)));
    }

    #[test]
    fn make_up_workdays_are_told_from_holidays() {
        for event in [
            "DTSTART:20261010\r\nSUMMARY:国庆节补班",
            "DTSTART:20261010\r\nSUMMARY:国庆节（班）",
            "DTSTART:20261010\r\nSUMMARY:x\r\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
        ] {
            let list = read("china.ics", &calendar(event)).unwrap();
            assert!(list.holidays.is_empty(), "{event}");
            assert!(list.workdays.contains_key(&day(2026, 10, 10)), "{event}");
        }
    }

    #[test]
    fn what_isnt_understood_is_refused_with_its_line() {
        for (text, expected) in [
            (
                calendar("DTSTART:20260501\r\nSUMMARY:x\r\nRRULE:FREQ=YEARLY"),
                "x.ics:6: RRULE: days that repeat",
            ),
            (
                calendar("DTSTART:20260501T100000Z\r\nSUMMARY:x"),
                "x.ics:4: DTSTART must be a whole day",
            ),
            (
                calendar("DTSTART;VALUE=DATE-TIME:20260501\r\nSUMMARY:x"),
                "x.ics:4: DTSTART must be a whole day",
            ),
            (
                calendar("DTSTART:20260230\r\nSUMMARY:x"),
                "x.ics:4: DTSTART: 20260230 is no day",
            ),
            (
                calendar("DTSTART:20260501\r\nDTEND:20270501\r\nSUMMARY:x"),
                "x.ics:3: an event must be from 1 to 62 days",
            ),
            (
                calendar("DTSTART:20260501\r\nDTEND:20260501\r\nSUMMARY:x"),
                "x.ics:3: an event must be from 1 to 62 days",
            ),
            (calendar("SUMMARY:x"), "x.ics:3: an event without DTSTART"),
            (
                calendar("DTSTART:20260501"),
                "x.ics:3: an event without SUMMARY",
            ),
            (calendar("nonsense"), "x.ics:4: is no line of a calendar"),
            (
                "BEGIN:VCALENDAR\nEND:VEVENT\n".into(),
                "x.ics:2: END:VEVENT ends nothing",
            ),
            ("BEGIN:VCALENDAR\n".into(), "x.ics: ends in the middle"),
            (
                "BEGIN:VCALENDAR\nEND:VCALENDAR\n".into(),
                "x.ics: holds no whole-day event",
            ),
            ("hello: world\n".into(), "x.ics:1: a calendar begins with"),
            (String::new(), "x.ics: holds no whole-day event"),
            (" ".repeat(LARGEST + 1), "x.ics: is larger than 1 MB"),
        ] {
            let told = read("x.ics", &text).unwrap_err().to_string();
            assert!(
                told.starts_with(expected),
                "expected {expected}\n     got {told}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(BEGIN:|END:|VCALENDAR|VEVENT|\r\n|DTSTART:|2026|0501|SUMMARY:|[ -~班]){0,60}") {
            let _ = read("x.ics", &text);
        }
    }
}
