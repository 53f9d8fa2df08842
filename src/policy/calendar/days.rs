//! Lists of published days: holidays, and the weekend days that are worked in exchange (调休).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::value::Datetime;

use super::icalendar;
use super::week::Hours;
use crate::policy::problem::{Finds, PolicyProblem};
use crate::toml_text::{self, TomlText};

/// The longest holiday that is taken for one.
const LONGEST: usize = 62;

/// The days of a country, a state or a company, as its source published them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayList {
    /// What it is, for people.
    pub name: String,
    /// Where the days come from.
    pub source: String,
    /// The first and the last day that it knows of: outside of them, days aren't published yet, or
    /// weren't written down.
    pub known_from: Option<NaiveDate>,
    pub known_until: Option<NaiveDate>,
    pub holidays: BTreeMap<NaiveDate, String>,
    pub workdays: BTreeMap<NaiveDate, MakeUp>,
}

/// A make-up workday: a day of the weekend that is worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeUp {
    pub name: String,
    /// Those of a Monday where it has none of its own.
    pub hours: Option<Hours>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    source: String,
    known_from: Option<Datetime>,
    known_until: Datetime,
    #[serde(default)]
    holidays: Vec<WrittenHoliday>,
    #[serde(default)]
    workdays: Vec<WrittenWorkday>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHoliday {
    name: String,
    date: Option<Datetime>,
    from: Option<Datetime>,
    to: Option<Datetime>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWorkday {
    name: String,
    date: Datetime,
    hours: Option<Vec<String>>,
}

impl DayList {
    /// Reads a list: iCalendar where the file's name ends in `.ics`, TOML otherwise.
    ///
    /// # Errors
    /// Everything that is wrong, with the line.
    pub fn read(file: &str, text: &str) -> Result<DayList, Vec<PolicyProblem>> {
        if file.ends_with(".ics") {
            icalendar::read(file, text).map_err(|problem| vec![problem])
        } else {
            of_toml(file, text)
        }
    }

    /// Adds a holiday; a second name of the same day is added to the first.
    pub(super) fn holiday(&mut self, date: NaiveDate, name: &str) {
        self.holidays
            .entry(date)
            .and_modify(|known| {
                if known != name {
                    *known = format!("{known}, {name}");
                }
            })
            .or_insert_with(|| name.to_owned());
    }
}

fn of_toml(file: &str, text: &str) -> Result<DayList, Vec<PolicyProblem>> {
    let text = TomlText::new(text).map_err(|error| vec![PolicyProblem::no_toml(file, error)])?;
    let mut finds = Finds::new(file, &text);
    let written: Written = match toml_text::fit(text.table.clone()) {
        Ok(written) => written,
        Err(misfit) => {
            finds.refuse(misfit.key, misfit.message);
            return Err(finds.found);
        }
    };
    let mut list = DayList {
        name: written.name,
        source: written.source,
        known_from: written
            .known_from
            .and_then(|date| day(date, "known_from", &mut finds)),
        known_until: day(written.known_until, "known_until", &mut finds),
        ..DayList::default()
    };
    for (key, text) in [("name", &list.name), ("source", &list.source)] {
        if text.trim().is_empty() {
            finds.refuse(key, "must not be empty");
        }
    }
    for (number, holiday) in written.holidays.into_iter().enumerate() {
        let key = format!("holidays.{number}");
        for date in span(&holiday, &key, &mut finds) {
            list.holiday(date, &holiday.name);
        }
    }
    for (number, workday) in written.workdays.into_iter().enumerate() {
        let key = format!("workdays.{number}");
        let Some(date) = day(workday.date, &key, &mut finds) else {
            continue;
        };
        let hours = workday.hours.and_then(|hours| {
            Hours::new(&hours)
                .map_err(|error| finds.refuse(format!("{key}.hours"), error.to_string()))
                .ok()
        });
        if hours.as_ref().is_some_and(Hours::is_closed) {
            finds.refuse(
                format!("{key}.hours"),
                "a make-up workday needs opening hours; leave hours out for those of a Monday",
            );
        }
        if list.holidays.contains_key(&date) {
            finds.refuse(key, format!("{date} is a holiday of this list already"));
            continue;
        }
        let name = workday.name;
        list.workdays.insert(date, MakeUp { name, hours });
    }
    for date in list.holidays.keys().chain(list.workdays.keys()) {
        if list.known_until.is_some_and(|until| until < *date)
            || list.known_from.is_some_and(|from| *date < from)
        {
            finds.refuse(
                "known_until",
                format!("{date} is in the list, but isn't between known_from and known_until"),
            );
        }
    }
    if finds.found.is_empty() {
        Ok(list)
    } else {
        Err(finds.found)
    }
}

/// The days of a holiday: `date`, or `from` and `to`.
fn span(holiday: &WrittenHoliday, key: &str, finds: &mut Finds<'_>) -> Vec<NaiveDate> {
    let (from, to) = match (holiday.date, holiday.from, holiday.to) {
        (Some(date), None, None) => (date, date),
        (None, Some(from), Some(to)) => (from, to),
        (_, _, _) => {
            finds.refuse(key, "write date = 2026-05-01, or from = … and to = …");
            return vec![];
        }
    };
    let (Some(from), Some(to)) = (day(from, key, finds), day(to, key, finds)) else {
        return vec![];
    };
    let days: Vec<NaiveDate> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .take(LONGEST + 1)
        .collect();
    if days.is_empty() || days.len() > LONGEST {
        finds.refuse(
            key,
            format!("from {from} to {to} must be from 1 to {LONGEST} days"),
        );
        return vec![];
    }
    days
}

/// A TOML date as a day; times have no place here.
fn day(date: Datetime, key: &str, finds: &mut Finds<'_>) -> Option<NaiveDate> {
    let found = match (date.date, date.time) {
        (Some(date), None) => NaiveDate::from_ymd_opt(
            i32::from(date.year),
            u32::from(date.month),
            u32::from(date.day),
        ),
        (_, _) => None,
    };
    if found.is_none() {
        finds.refuse(
            key,
            format!("'{date}' is no day: write a date such as 2026-10-01, without quotes"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"Test\"\nsource = \"nobody\"\nknown_until = 2026-12-31\n";

    #[test]
    fn a_list_of_days_is_read() {
        let text = format!(
            "{SMALL}holidays = [\n  {{ from = 2026-10-01, to = 2026-10-07, name = \"National Day\" }},\n  \
             {{ date = 2026-10-01, name = \"Founders' Day\" }},\n]\n\
             workdays = [ {{ date = 2026-10-10, name = \"for National Day\", hours = [\"10:00-15:00\"] }} ]\n"
        );
        let list = DayList::read("test.toml", &text).unwrap();
        assert_eq!(list.holidays.len(), 7);
        let first = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        assert_eq!(list.holidays[&first], "National Day, Founders' Day");
        assert_eq!(list.workdays.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_key() {
        let rows = [
            ("holidays = 3", "test.toml:4: holidays: invalid type"),
            (
                "holiday = []",
                "test.toml:4: holiday: unknown field `holiday`, expected one of",
            ),
            ("known_until = 2026-02-30", "test.toml:4: "),
            (
                "[[holidays]]\nname = \"x\"",
                "test.toml:4: holidays.0: write date = 2026-05-01, or from",
            ),
            (
                "[[holidays]]\nname = \"x\"\nfrom = 2026-05-02\nto = 2026-05-01",
                "test.toml:4: holidays.0: from 2026-05-02 to 2026-05-01 must be from 1 to 62 days",
            ),
            (
                "[[holidays]]\nname = \"x\"\ndate = 2026-05-01T10:00:00",
                "test.toml:4: holidays.0: '2026-05-01T10:00:00' is no day: write a date",
            ),
            (
                "[[holidays]]\nname = \"x\"\ndate = 2027-01-01",
                "test.toml:3: known_until: 2027-01-01 is in the list, but isn't between",
            ),
            (
                "[[holidays]]\nname = \"x\"\ndate = 2026-05-09\n[[workdays]]\nname = \"x\"\ndate = 2026-05-09",
                "test.toml:7: workdays.0: 2026-05-09 is a holiday of this list already",
            ),
            (
                "[[workdays]]\nname = \"x\"\ndate = 2026-05-09\nhours = [\"9-17\"]",
                "test.toml:7: workdays.0.hours: '9-17' are no opening hours",
            ),
            (
                "[[workdays]]\nname = \"x\"\ndate = 2026-05-09\nhours = []",
                "test.toml:7: workdays.0.hours: a make-up workday needs opening hours",
            ),
        ];
        for (text, expected) in rows {
            let problems = DayList::read("test.toml", &format!("{SMALL}{text}\n")).unwrap_err();
            let told = problems[0].to_string();
            assert!(
                told.starts_with(expected),
                "expected {expected}\n     got {told}"
            );
        }
    }
}
