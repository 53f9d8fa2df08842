//! Days as people write them: `tomorrow`, `下周三`, `next Friday`, `12月3日`, `3 Dec`, `2026-12-03`, `in 5 working days`.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc, Weekday};

use super::number;
use super::term::length;
use crate::policy::{Calendar, Unit};
use crate::staff::typed::folded;

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDate {
    Unreadable,
    /// `3/12`: one of these, by where one comes from.
    Which(NaiveDate, NaiveDate),
    /// There is no such day: 30 February.
    Impossible,
    Past(NaiveDate),
    /// More than ten years from now.
    TooFar(NaiveDate),
}

/// Longest text that is looked at, in bytes.
const LONGEST: usize = 80;

/// A day from today on, in the company's zone (§4.2): by when something is asked for.
pub fn due_date(text: &str, now: DateTime<Utc>, calendar: &Calendar) -> Result<NaiveDate, NoDate> {
    let today = now.with_timezone(&calendar.zone).date_naive();
    let day = match after_a_while(text, today, calendar) {
        Some(day) => day,
        None => date(text, today)?,
    };
    if day < today {
        return Err(NoDate::Past(day));
    }
    let limit = today.checked_add_months(Months::new(120));
    if limit.is_none_or(|limit| day > limit) {
        return Err(NoDate::TooFar(day));
    }
    Ok(day)
}

/// A day, seen from today. One without a year is the next of its kind.
pub fn date(text: &str, today: NaiveDate) -> Result<NaiveDate, NoDate> {
    if text.len() > LONGEST {
        return Err(NoDate::Unreadable);
    }
    let text = folded(text);
    let text = core(&text);
    if let Some(day) = relative(text, today) {
        return Ok(day);
    }
    if let Some(parts) = chinese_parts(text) {
        return parts.day(today);
    }
    if let Some(result) = in_digits(text, today) {
        return result;
    }
    match with_a_month(text) {
        Some(parts) => parts.day(today),
        None => Err(NoDate::Unreadable),
    }
}

/// Without what people put round a day: `by 3 Dec`, `12月3日前`, `on Friday,`.
fn core(text: &str) -> &str {
    let mut text = text.trim_matches([' ', '.', '。', ',', '(', ')', '!', '-']);
    for word in [
        "no later than ",
        "not later than ",
        "latest ",
        "until ",
        "before ",
        "by ",
        "on ",
        "till ",
        "the ",
        "在",
        "于",
        "截至",
        "截止",
        "到",
    ] {
        text = text.strip_prefix(word).unwrap_or(text).trim_start();
    }
    for word in [
        "之前",
        "以前",
        "前",
        "止",
        "下班",
        "at the latest",
        "eod",
        "end of day",
    ] {
        text = text
            .strip_suffix(word)
            .unwrap_or(text)
            .trim_end_matches([' ', ',']);
    }
    text
}

/// `in 5 working days`, `3天后`, `within two weeks`.
fn after_a_while(text: &str, today: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    if text.len() > LONGEST {
        return None;
    }
    let text = folded(text);
    let text = text.trim_matches([' ', '.', '。', ',', '(', ')']);
    let before = ["within the next ", "within ", "in "];
    let behind = [
        "之内",
        "以内",
        "之后",
        "以后",
        "内",
        "后",
        " from now",
        " from today",
    ];
    let text = before
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text);
    let text = behind
        .iter()
        .find_map(|word| text.strip_suffix(word))
        .unwrap_or(text);
    let term = length(text).ok()?;
    match term.unit {
        Unit::Days => today.checked_add_days(Days::new(term.amount.into())),
        Unit::Weeks => today.checked_add_days(Days::new(u64::from(term.amount) * 7)),
        Unit::Months => today.checked_add_months(Months::new(term.amount)),
        Unit::Years => today.checked_add_months(Months::new(term.amount.checked_mul(12)?)),
        // a day is what is asked for: hours count as the day that they end on, at the latest
        Unit::Hours => today.checked_add_days(Days::new(term.amount.div_ceil(24).into())),
        Unit::BusinessHours => open_days(today, term.amount.div_ceil(8), calendar),
        Unit::BusinessDays => open_days(today, term.amount, calendar),
    }
}

/// The last of so many days that the company is open; today isn't counted (policy: *Clocks*).
fn open_days(today: NaiveDate, count: u32, calendar: &Calendar) -> Option<NaiveDate> {
    let mut day = today;
    let mut left = count;
    // a calendar that is never open ends too
    for _ in 0..5_000 {
        if left == 0 {
            return Some(day);
        }
        day = day.succ_opt()?;
        if calendar.is_business_day(day) {
            left -= 1;
        }
    }
    None
}

fn relative(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let ahead = |days| today.checked_add_days(Days::new(days));
    match text {
        "today" | "tonight" | "今天" | "今日" | "当天" => return Some(today),
        "tomorrow" | "tmr" | "明天" | "明日" => return ahead(1),
        "day after tomorrow" | "后天" | "後天" => return ahead(2),
        "大后天" => return ahead(3),
        "end of month" | "end of this month" | "month's end" | "月底" | "本月底" => {
            return last_of_month(today);
        }
        _ => {}
    }
    let week = |weeks: u64, weekday: Weekday| {
        let monday =
            today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
        monday.checked_add_days(Days::new(
            weeks * 7 + u64::from(weekday.num_days_from_monday()),
        ))
    };
    // the calendar week counts: on a Tuesday, next Friday isn't the Friday of this week
    for (word, weeks) in [
        ("下下", 2),
        ("下个", 1),
        ("下", 1),
        ("next ", 1),
        ("本", 0),
        ("这个", 0),
        ("这", 0),
        ("this ", 0),
    ] {
        if let Some(weekday) = text.strip_prefix(word).and_then(weekday) {
            return week(weeks, weekday);
        }
    }
    let text = text.strip_prefix("coming ").unwrap_or(text);
    let weekday = weekday(text)?;
    let days = (7 + weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
    ahead(if days == 0 { 7 } else { days.into() })
}

fn last_of_month(today: NaiveDate) -> Option<NaiveDate> {
    today
        .with_day(1)?
        .checked_add_months(Months::new(1))?
        .pred_opt()
}

fn weekday(text: &str) -> Option<Weekday> {
    let names = ["周", "星期", "礼拜", "週"];
    if let Some(number) = names.iter().find_map(|name| text.strip_prefix(name)) {
        return match number {
            "一" | "1" => Some(Weekday::Mon),
            "二" | "2" => Some(Weekday::Tue),
            "三" | "3" => Some(Weekday::Wed),
            "四" | "4" => Some(Weekday::Thu),
            "五" | "5" => Some(Weekday::Fri),
            "六" | "6" => Some(Weekday::Sat),
            "日" | "天" | "7" => Some(Weekday::Sun),
            _ => None,
        };
    }
    match text {
        "monday" | "mon" => Some(Weekday::Mon),
        "tuesday" | "tue" | "tues" => Some(Weekday::Tue),
        "wednesday" | "wed" => Some(Weekday::Wed),
        "thursday" | "thu" | "thur" | "thurs" => Some(Weekday::Thu),
        "friday" | "fri" => Some(Weekday::Fri),
        "saturday" | "sat" => Some(Weekday::Sat),
        "sunday" | "sun" => Some(Weekday::Sun),
        _ => None,
    }
}

/// What was written of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: u32,
}

impl Parts {
    /// The day, or the next one of its kind from today on.
    fn day(self, today: NaiveDate) -> Result<NaiveDate, NoDate> {
        match (self.year, self.month) {
            (Some(year), Some(month)) => {
                NaiveDate::from_ymd_opt(year, month, self.day).ok_or(NoDate::Impossible)
            }
            (None, Some(month)) => {
                // 29 February comes again within eight years
                let years = today.year()..=today.year() + 8;
                let mut days =
                    years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, self.day));
                days.find(|day| *day >= today).ok_or(NoDate::Impossible)
            }
            (_, None) => {
                let months =
                    (0..12).filter_map(|n| today.with_day(1)?.checked_add_months(Months::new(n)));
                let mut days = months.filter_map(|month| month.with_day(self.day));
                days.find(|day| *day >= today).ok_or(NoDate::Impossible)
            }
        }
    }
}

/// `2026年12月3日`, `12月3号`, `十二月三日`, `3号`; a weekday behind it may stand in brackets.
fn chinese_parts(text: &str) -> Option<Parts> {
    let text = text.split(['(', '星', '周']).next()?.trim();
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let text = text.strip_suffix('日').or(text.strip_suffix('号'))?;
    let (year, text) = match text.split_once('年') {
        Some(("今", text)) => (None, text),
        Some((year, text)) => (Some(year_of(year)?), text),
        None => (None, text),
    };
    let (month, day) = match text.split_once('月') {
        Some((month, day)) => (Some(number::whole(month)?), day),
        None if year.is_some() => return None,
        None => (None, text),
    };
    Some(Parts {
        year,
        month,
        day: number::whole(day)?,
    })
}

fn year_of(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    let digits = text.len() == 4 || text.len() == 2;
    digits.then_some(if text.len() == 2 { 2000 + year } else { year })
}

/// `2026-12-03`, `2026/12/3`, `3.12.2026`, `3/12`.
fn in_digits(text: &str, today: NaiveDate) -> Option<Result<NaiveDate, NoDate>> {
    let sign = text.chars().find(|c| !c.is_ascii_digit())?;
    if !"-/.".contains(sign) {
        return None;
    }
    let text = text.trim_end_matches('.');
    let digits = |part: &&str| {
        !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split(sign).take(4).collect();
    if !parts.iter().all(digits) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    let (year, one, other) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            let parts = Parts {
                year: year_of(year),
                month: number(month),
                day: number(day)?,
            };
            return Some(parts.day(today));
        }
        [one, other, year] if year.len() != 3 => {
            (Some(year_of(year)?), number(one)?, number(other)?)
        }
        // 3-12 and 3.12 may be anything
        [one, other] if sign == '/' || sign == '.' => (None, number(one)?, number(other)?),
        _ => return None,
    };
    let of = |month, day| {
        let month = Some(month);
        Parts { year, month, day }.day(today)
    };
    // with points the day stands first wherever it is written so
    if sign == '.' {
        return Some(of(other, one));
    }
    Some(match (of(other, one), of(one, other)) {
        (Ok(one), Ok(other)) if one == other => Ok(one),
        (Ok(day_first), Ok(month_first)) => Err(NoDate::Which(day_first, month_first)),
        (Ok(day), Err(_)) | (Err(_), Ok(day)) => Ok(day),
        (Err(why), Err(_)) => Err(why),
    })
}

/// `3 Dec`, `December 3rd, 2026`, `Thu 3 Dec 2026`.
fn with_a_month(text: &str) -> Option<Parts> {
    let words = text
        .split([' ', ',', '-', '/', '.'])
        .filter(|word| !word.is_empty());
    let mut parts = Parts {
        year: None,
        month: None,
        day: 0,
    };
    for word in words {
        if word == "of" || weekday(word).is_some() {
            continue;
        }
        if let Some(month) = month_of(word) {
            if parts.month.replace(month).is_some() {
                return None;
            }
            continue;
        }
        let end = word
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(word.len());
        let (digits, ending) = word.split_at(end);
        let number: u32 = digits.parse().ok()?;
        match (digits.len(), ending) {
            (4, "") if parts.year.is_none() => parts.year = year_of(digits),
            (1 | 2, "" | "st" | "nd" | "rd" | "th") if parts.day == 0 => parts.day = number,
            _ => return None,
        }
    }
    (parts.month.is_some() && parts.day > 0).then_some(parts)
}

fn month_of(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = if word == "sept" { "sep" } else { word };
    (1..).zip(NAMES).find_map(|(number, name)| {
        let fits = name == word || (word.len() == 3 && name.starts_with(word));
        fits.then_some(number)
    })
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;
