//! Lengths of time as people write them: `5 working days`, `5个工作日`, `two weeks`, `3 天`.

use super::number;
use crate::policy::{Term, Unit};
use crate::staff::typed::folded;

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLength {
    Unreadable,
    /// A number without a unit.
    Unitless(u32),
    /// Nothing, or more than ten years.
    OutOfBounds,
}

/// A length of time.
pub fn length(text: &str) -> Result<Term, NoLength> {
    let text = folded(text);
    let text = text.trim_matches(['.', '。', ' ']);
    let text = ["another ", "for ", "再", "延长", "延期"]
        .into_iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text)
        .trim();
    let (amount, unit) = parts(text).ok_or(NoLength::Unreadable)?;
    let unit = match unit {
        "" => return Err(NoLength::Unitless(amount)),
        unit => unit_of(unit).ok_or(NoLength::Unreadable)?,
    };
    // ten years in its unit: more is a slip of the pen
    let most = match unit {
        Unit::BusinessDays => 2_600,
        Unit::BusinessHours | Unit::Hours => 10_000,
        Unit::Days => 3_650,
        Unit::Weeks => 520,
        Unit::Months => 120,
        Unit::Years => 10,
    };
    if !(1..=most).contains(&amount) {
        return Err(NoLength::OutOfBounds);
    }
    Ok(Term { amount, unit })
}

/// Number and unit: digits or Chinese figures end where they end, English words at a blank.
fn parts(text: &str) -> Option<(u32, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if digits > 0 {
        let unit = text[digits..].trim_start_matches([' ', '-']);
        return Some((text[..digits].parse().ok()?, unit));
    }
    let figures = text
        .find(|c: char| !"〇零一二两兩三四五六七八九十百".contains(c))
        .unwrap_or(text.len());
    if figures > 0 {
        return Some((number::whole(&text[..figures])?, text[figures..].trim()));
    }
    let (word, unit) = text.split_once([' ', '-']).unwrap_or((text, ""));
    Some((number::whole(word)?, unit.trim()))
}

fn unit_of(unit: &str) -> Option<Unit> {
    let unit = unit
        .strip_prefix('个')
        .or(unit.strip_prefix('個'))
        .unwrap_or(unit)
        .trim();
    Some(match unit {
        "business day" | "business days" | "working day" | "working days" | "work day"
        | "work days" | "workday" | "workdays" | "bd" | "wd" | "工作日" | "工作天" => {
            Unit::BusinessDays
        }
        "business hour" | "business hours" | "working hour" | "working hours" | "工作小时"
        | "工时" => Unit::BusinessHours,
        "day" | "days" | "d" | "calendar day" | "calendar days" | "天" | "日" | "自然日"
        | "日历日" => Unit::Days,
        "week" | "weeks" | "w" | "周" | "星期" | "礼拜" | "週" => Unit::Weeks,
        "month" | "months" | "月" => Unit::Months,
        "year" | "years" | "年" => Unit::Years,
        "hour" | "hours" | "h" | "hrs" | "小时" | "钟头" => Unit::Hours,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        use Unit::{BusinessDays, BusinessHours, Days, Hours, Months, Weeks, Years};
        for (text, amount, unit) in [
            ("5 working days", 5, BusinessDays),
            ("5 business days", 5, BusinessDays),
            ("1 Business Day", 1, BusinessDays),
            ("5个工作日", 5, BusinessDays),
            ("十五个工作日", 15, BusinessDays),
            ("再5个工作日", 5, BusinessDays),
            ("five workdays", 5, BusinessDays),
            ("2 weeks", 2, Weeks),
            ("two weeks", 2, Weeks),
            ("a week", 1, Weeks),
            ("两周", 2, Weeks),
            ("2個星期", 2, Weeks),
            ("3 天", 3, Days),
            ("三天", 3, Days),
            ("３日", 3, Days),
            ("3 days.", 3, Days),
            ("another 3 days", 3, Days),
            ("24h", 24, Hours),
            ("24小时", 24, Hours),
            ("8 working hours", 8, BusinessHours),
            ("1个月", 1, Months),
            ("1 year", 1, Years),
            ("10-day", 10, Days),
        ] {
            assert_eq!(length(text), Ok(Term { amount, unit }), "{text}");
        }
        for (text, why) in [
            ("15", NoLength::Unitless(15)),
            ("十五", NoLength::Unitless(15)),
            ("0 days", NoLength::OutOfBounds),
            ("4000 days", NoLength::OutOfBounds),
            ("-3 days", NoLength::Unreadable),
            ("99999999999 days", NoLength::Unreadable),
            ("some days", NoLength::Unreadable),
            ("5 parsecs", NoLength::Unreadable),
            ("soon", NoLength::Unreadable),
            ("", NoLength::Unreadable),
        ] {
            assert_eq!(length(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_length_or_none(text in "[0-9a-z 个工作日天周十]{0,20}|.{0,30}") {
            let _ = length(&text);
        }
    }
}
