//! Opening hours of a week.

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Weekday};

/// A time during which a company is open, in minutes from the local midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub from: u16,
    /// At most 1440: midnight at the end of the day.
    pub to: u16,
}

/// The opening hours of one day, in order, none overlapping; none where it is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(Vec<Opening>);

/// The opening hours of each day of a week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week([Hours; 7]);

/// Those of a holiday.
pub(super) static CLOSED: Hours = Hours(vec![]);

/// Opening hours that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHours {
    #[error("'{0}' are no opening hours: write from and to, such as \"09:00-18:00\"")]
    Unreadable(String),
    #[error("'{0}' ends before it begins: hours past midnight are written as two, one a day")]
    Backwards(String),
    #[error("'{0}' must begin after the hours before it end")]
    Overlap(String),
}

/// The days of a week, and what they are called.
pub const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "Monday"),
    (Weekday::Tue, "Tuesday"),
    (Weekday::Wed, "Wednesday"),
    (Weekday::Thu, "Thursday"),
    (Weekday::Fri, "Friday"),
    (Weekday::Sat, "Saturday"),
    (Weekday::Sun, "Sunday"),
];

impl Hours {
    /// Of texts such as `09:00-12:00`, in order.
    ///
    /// # Errors
    /// The first text that can't be read, or that isn't after the one before.
    pub fn new<T: AsRef<str>>(texts: &[T]) -> Result<Hours, NoHours> {
        let mut hours: Vec<Opening> = Vec::with_capacity(texts.len());
        for text in texts {
            let text = text.as_ref();
            let opening: Opening = text.parse()?;
            if hours.last().is_some_and(|last| opening.from <= last.to) {
                return Err(NoHours::Overlap(text.to_owned()));
            }
            hours.push(opening);
        }
        Ok(Hours(hours))
    }

    pub fn openings(&self) -> &[Opening] {
        &self.0
    }

    pub fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Minutes open on a day of 24 hours.
    pub(super) fn minutes(&self) -> u32 {
        self.0
            .iter()
            .map(|opening| u32::from(opening.to - opening.from))
            .sum()
    }
}

impl Week {
    /// From Monday on.
    pub fn new(days: [Hours; 7]) -> Week {
        Week(days)
    }

    /// Monday to Friday alike, closed at weekends.
    pub fn of_five_days(hours: &Hours) -> Week {
        let mut week = Week::default();
        for day in &mut week.0[..5] {
            *day = hours.clone();
        }
        week
    }

    pub fn on(&self, day: Weekday) -> &Hours {
        // 0 to 6
        &self.0[day.num_days_from_monday() as usize]
    }

    pub(super) fn of(&self, date: NaiveDate) -> &Hours {
        self.on(date.weekday())
    }

    pub fn is_closed(&self) -> bool {
        self.0.iter().all(Hours::is_closed)
    }
}

impl FromStr for Opening {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Opening, NoHours> {
        let unreadable = || NoHours::Unreadable(text.to_owned());
        let (from, to) = text.split_once(['-', '–']).ok_or_else(unreadable)?;
        let from = minute(from.trim()).ok_or_else(unreadable)?;
        let to = minute(to.trim()).ok_or_else(unreadable)?;
        if to <= from {
            return Err(NoHours::Backwards(text.to_owned()));
        }
        Ok(Opening { from, to })
    }
}

impl std::fmt::Display for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(
            f,
            "{:02}:{:02}–{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, opening) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(" and ")?;
            }
            opening.fmt(f)?;
        }
        Ok(())
    }
}

impl From<Opening> for Hours {
    fn from(opening: Opening) -> Hours {
        Hours(vec![opening])
    }
}

/// What a day of the week is called.
pub(super) fn name(day: Weekday) -> &'static str {
    // 0 to 6
    WEEKDAYS[day.num_days_from_monday() as usize].1
}

/// `HH:MM`, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u16>().ok())?
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 24 * 60).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_hours_are_read_in_order() {
        let hours = Hours::new(&["09:00-12:00", "13:30 - 24:00"]).unwrap();
        assert_eq!(hours.to_string(), "09:00–12:00 and 13:30–24:00");
        assert_eq!(hours.minutes(), 3 * 60 + 10 * 60 + 30);
        for (texts, expected) in [
            (&["9-18"][..], NoHours::Unreadable("9-18".into())),
            (&["09:60-18:00"], NoHours::Unreadable("09:60-18:00".into())),
            (&["09:00-24:01"], NoHours::Unreadable("09:00-24:01".into())),
            (&["18:00-09:00"], NoHours::Backwards("18:00-09:00".into())),
            (
                &["09:00-12:00", "12:00-18:00"],
                NoHours::Overlap("12:00-18:00".into()),
            ),
        ] {
            assert_eq!(Hours::new(texts), Err(expected));
        }
    }
}
