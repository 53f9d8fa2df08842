use super::*;

use chrono::TimeZone;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A Tuesday.
fn today() -> NaiveDate {
    day("2026-11-24")
}

#[test]
fn days_are_read_as_people_write_them() {
    for (text, expected) in [
        ("today", "2026-11-24"),
        ("Tomorrow", "2026-11-25"),
        ("明天", "2026-11-25"),
        ("明天之前", "2026-11-25"),
        ("后天", "2026-11-26"),
        ("大后天", "2026-11-27"),
        ("the day after tomorrow", "2026-11-26"),
        ("Friday", "2026-11-27"),
        ("by Friday.", "2026-11-27"),
        ("this Friday", "2026-11-27"),
        ("next Friday", "2026-12-04"),
        // on a Tuesday, a Tuesday is the one to come
        ("Tuesday", "2026-12-01"),
        ("Mon", "2026-11-30"),
        ("周三", "2026-11-25"),
        ("下周三", "2026-12-02"),
        ("下星期天", "2026-12-06"),
        ("下下周一", "2026-12-07"),
        ("本周五", "2026-11-27"),
        ("周五前", "2026-11-27"),
        ("月底", "2026-11-30"),
        ("end of month", "2026-11-30"),
        ("12月3日", "2026-12-03"),
        ("12月3号前", "2026-12-03"),
        ("１２月３日", "2026-12-03"),
        ("十二月三日", "2026-12-03"),
        ("12月3日（周四）", "2026-12-03"),
        ("2026年12月3日", "2026-12-03"),
        ("2026 年 12 月 3 日", "2026-12-03"),
        ("1月5日", "2027-01-05"),
        ("3号", "2026-12-03"),
        ("30号", "2026-11-30"),
        ("3 Dec", "2026-12-03"),
        ("3rd of December", "2026-12-03"),
        ("Dec 3", "2026-12-03"),
        ("December 3, 2026", "2026-12-03"),
        ("Thu 3 Dec 2026", "2026-12-03"),
        ("3-Dec-2026", "2026-12-03"),
        ("5 Jan", "2027-01-05"),
        ("24 Nov", "2026-11-24"),
        ("29 Feb", "2028-02-29"),
        ("2026-12-03", "2026-12-03"),
        ("2026–12–03", "2026-12-03"),
        ("2026/12/3", "2026-12-03"),
        ("2026.12.3", "2026-12-03"),
        ("3.12.2026", "2026-12-03"),
        ("3.12.", "2026-12-03"),
        ("25/12", "2026-12-25"),
        ("12/25/2026", "2026-12-25"),
        ("3/3/2027", "2027-03-03"),
    ] {
        assert_eq!(date(text, today()), Ok(day(expected)), "{text}");
    }
}

#[test]
fn what_could_be_two_days_is_asked_about_and_what_is_none_is_refused() {
    let both = |one: &str, other: &str| NoDate::Which(day(one), day(other));
    for (text, why) in [
        ("3/12", both("2026-12-03", "2027-03-12")),
        ("3/12/2026", both("2026-12-03", "2026-03-12")),
        ("31 Nov", NoDate::Impossible),
        ("30/30", NoDate::Impossible),
        ("2026-02-30", NoDate::Impossible),
        ("32号", NoDate::Impossible),
        ("3-12", NoDate::Unreadable),
        ("soon", NoDate::Unreadable),
        ("3", NoDate::Unreadable),
        ("Dec", NoDate::Unreadable),
        ("3 Dec Jan", NoDate::Unreadable),
        ("", NoDate::Unreadable),
        ("where is it", NoDate::Unreadable),
    ] {
        assert_eq!(date(text, today()), Err(why), "{text}");
    }
}

#[test]
fn a_due_day_is_of_the_companys_zone_and_never_past() {
    let zone = chrono_tz::Tz::Asia__Shanghai;
    let calendar = Calendar::plain(zone);
    // Tuesday the 24th at half past eleven in London is Wednesday in Shanghai
    let now = Utc.with_ymd_and_hms(2026, 11, 24, 23, 30, 0).unwrap();
    for (text, expected) in [
        ("today", Ok("2026-11-25")),
        ("tomorrow", Ok("2026-11-26")),
        ("in 3 days", Ok("2026-11-28")),
        ("3天后", Ok("2026-11-28")),
        ("三天内", Ok("2026-11-28")),
        ("within 3 working days", Ok("2026-11-30")),
        ("3个工作日内", Ok("2026-11-30")),
        ("2 weeks", Ok("2026-12-09")),
        ("48 hours", Ok("2026-11-27")),
        ("1个月", Ok("2026-12-25")),
        ("2026-11-24", Err(NoDate::Past(day("2026-11-24")))),
        ("2066-11-24", Err(NoDate::TooFar(day("2066-11-24")))),
        ("this Monday", Err(NoDate::Past(day("2026-11-23")))),
    ] {
        assert_eq!(due_date(text, now, &calendar), expected.map(day), "{text}");
    }
}

proptest! {
    #[test]
    fn a_day_is_read_again_as_it_is_written(days in 0i64..3000) {
        let date_ = today() + chrono::Duration::days(days);
        for format in ["%Y-%m-%d", "%Y/%m/%d", "%Y年%-m月%-d日", "%-d %b %Y", "%B %-d, %Y", "%-d.%-m.%Y"] {
            prop_assert_eq!(date(&date_.format(format).to_string(), today()), Ok(date_));
        }
    }

    #[test]
    fn a_due_day_is_never_past(text in "[0-9/. 月日号周下天a-z-]{0,14}|.{0,30}", hour in 0u32..24) {
        let calendar = Calendar::plain(chrono_tz::Tz::Asia__Shanghai);
        let now = Utc.with_ymd_and_hms(2026, 11, 24, hour, 0, 0).unwrap();
        let today = now.with_timezone(&calendar.zone).date_naive();
        if let Ok(day) = due_date(&text, now, &calendar) {
            prop_assert!(day >= today);
        }
    }
}
