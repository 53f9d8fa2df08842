//! What holds for all calendars, moments, terms and pauses.

use chrono::{Datelike, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::policy::calendar::{DayKind, DayList, Hours, MakeUp, Week};

const ZONES: [Tz; 8] = [
    Tz::Asia__Shanghai,
    Tz::Europe__London,
    Tz::Australia__Sydney,
    Tz::America__New_York,
    Tz::America__Santiago,
    Tz::Australia__Lord_Howe,
    Tz::Africa__Cairo,
    Tz::UTC,
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let hours = prop_oneof![
        Just(vec!["09:00-17:00"]),
        Just(vec!["09:00-12:00", "13:30-18:00"]),
        Just(vec!["00:00-24:00"]),
        Just(vec!["00:30-01:30", "02:15-03:00", "22:00-24:00"]),
    ];
    let days = proptest::collection::vec((0u64..800, any::<bool>()), 0..40);
    (0..ZONES.len(), hours, days, any::<bool>()).prop_map(|(zone, hours, days, saturday)| {
        let hours = Hours::new(&hours).unwrap();
        let closed = Hours::default();
        let week = Week::new(std::array::from_fn(|day| {
            let open = day < 5 || (day == 5 && saturday);
            if open { hours.clone() } else { closed.clone() }
        }));
        let mut list = DayList::default();
        for (day, works) in days {
            let date = date("2026-01-01") + Days::new(day);
            let weekend = date.weekday().num_days_from_monday() >= 5;
            if works && weekend && !list.holidays.contains_key(&date) {
                let name = "make-up".to_owned();
                list.workdays.insert(date, MakeUp { name, hours: None });
            } else if !list.workdays.contains_key(&date) {
                list.holidays.insert(date, "holiday".to_owned());
            }
        }
        Calendar::new(ZONES[zone], week, &[list]).unwrap()
    })
}

fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    // from 2026 to 2028, by the second
    (0i64..63_000_000).prop_map(|seconds| {
        DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::seconds(seconds)
    })
}

fn terms() -> impl Strategy<Value = Term> {
    (0..Unit::ALL.len(), 1u32..40).prop_map(|(unit, amount)| Term::new(amount, Unit::ALL[unit]))
}

/// Pauses in order, none overlapping, as gaps and lengths in minutes.
fn pauses() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((0i64..20_000, 0i64..10_000), 0..4)
}

fn laid_out(start: DateTime<Utc>, pauses: &[(i64, i64)]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut end = start;
    pauses
        .iter()
        .map(|(gap, length)| {
            let begin = end + TimeDelta::minutes(*gap);
            end = begin + TimeDelta::minutes(*length);
            (begin, end)
        })
        .collect()
}

/// Business days as a person counts them: a day at a time, with nothing but the lists.
fn counted_by_hand(calendar: &Calendar, started: DateTime<Utc>, days: u32) -> NaiveDate {
    let mut day = started.with_timezone(&calendar.zone).date_naive();
    let mut counted = 0;
    while counted < days {
        day = day.succ_opt().unwrap();
        let closed = match calendar.kind(day) {
            DayKind::Holiday(_) => true,
            DayKind::MakeUp(_) => false,
            DayKind::Workday | DayKind::Closed(_) => calendar.week().on(day.weekday()).is_closed(),
        };
        counted += u32::from(!closed);
    }
    day
}

/// Open time as a person counts it who looks at the clock every minute.
fn open_minutes_by_hand(calendar: &Calendar, from: DateTime<Utc>, minutes: i64) -> i64 {
    let open = |minute: &i64| {
        let local = (from + TimeDelta::minutes(*minute)).with_timezone(&calendar.zone);
        let day = local.date_naive();
        let now = local.hour() * 60 + local.minute();
        calendar.is_business_day(day)
            && calendar
                .week()
                .on(if calendar.week().on(day.weekday()).is_closed() {
                    Weekday::Mon
                } else {
                    day.weekday()
                })
                .openings()
                .iter()
                .any(|o| (u32::from(o.from)..u32::from(o.to)).contains(&now))
    };
    i64::try_from((0..minutes).filter(open).count()).unwrap()
}

proptest! {
    #[test]
    fn business_days_agree_with_counting_by_hand(calendar in calendars(), started in moments(), days in 1u32..60) {
        let course = Course { started_at: started, term: Term::new(days, Unit::BusinessDays), extensions: &[], pauses: &[] };
        let due = course.due_at(&calendar);
        let day = counted_by_hand(&calendar, started, days);
        prop_assert_eq!(Some(due), calendar.closes(day));
        prop_assert!(calendar.is_business_day(calendar.day_of_due(due)));
        prop_assert_eq!(calendar.business_days(calendar.day_of(started), day), days);
    }

    #[test]
    fn open_time_agrees_with_looking_at_the_clock(zone in 0..ZONES.len(), from in moments(), minutes in 0i64..6_000) {
        // within hours that no change of clocks touches
        let hours = Hours::new(&["09:00-12:00", "13:30-18:00"]).unwrap();
        let week = Week::of_five_days(&hours);
        let list = DayList { holidays: [(date("2026-03-30"), "x".to_owned()), (date("2026-10-05"), "y".to_owned())].into(), ..DayList::default() };
        let calendar = Calendar::new(ZONES[zone], week, &[list]).unwrap();
        let from = Utc.timestamp_opt(from.timestamp() / 60 * 60, 0).unwrap();
        let open = calendar.open_between(from, from + TimeDelta::minutes(minutes));
        prop_assert_eq!(open.num_minutes(), open_minutes_by_hand(&calendar, from, minutes));
    }

    #[test]
    fn open_time_counts_on_and_back(calendar in calendars(), from in moments(), minutes in 1i64..20_000) {
        let open = TimeDelta::minutes(minutes);
        let to = calendar.after_open(from, open);
        prop_assert!(to > from);
        prop_assert_eq!(calendar.open_between(from, to), open);
        let back = calendar.before_open(to, open);
        prop_assert_eq!(calendar.open_between(back, to), open);
        prop_assert!(calendar.open_between(from, to - TimeDelta::seconds(1)) < open);
    }

    #[test]
    fn open_time_adds_up(calendar in calendars(), mut moments in proptest::collection::vec(moments(), 3)) {
        moments.sort();
        let (a, b, c) = (moments[0], moments[1], moments[2]);
        prop_assert_eq!(calendar.open_between(a, b) + calendar.open_between(b, c), calendar.open_between(a, c));
    }

    #[test]
    fn who_never_closes_is_open_all_the_time(zone in 0..ZONES.len(), from in moments(), to in moments()) {
        let hours = Hours::new(&["00:00-24:00"]).unwrap();
        let calendar = Calendar::new(ZONES[zone], Week::new(std::array::from_fn(|_| hours.clone())), &[]).unwrap();
        let passed = (to - from).max(TimeDelta::zero());
        prop_assert_eq!(calendar.open_between(from, to), passed);
        prop_assert_eq!(calendar.after_open(from, passed), from.max(to));
        prop_assert_eq!(calendar.before_open(to, passed), from.min(to));
    }

    #[test]
    fn due_is_never_before_the_start_nor_within_a_pause(
        calendar in calendars(), started in moments(), term in terms(),
        extensions in proptest::collection::vec(terms(), 0..3), pauses in pauses(),
    ) {
        let pauses = laid_out(started, &pauses);
        let course = Course { started_at: started, term, extensions: &extensions, pauses: &pauses };
        let due = course.due_at(&calendar);
        prop_assert!(due >= started);
        prop_assert!(!pauses.iter().any(|(from, to)| *from < due && due < *to), "{due}");
        if extensions.last().unwrap_or(&term).unit == Unit::BusinessDays {
            prop_assert_eq!(Some(due), calendar.closes(calendar.day_of_due(due)));
        }
    }

    #[test]
    fn a_pause_or_an_extension_never_makes_it_earlier(
        calendar in calendars(), started in moments(), term in terms(), more in terms(), pauses in pauses(), without in 0usize..4,
    ) {
        let pauses = laid_out(started, &pauses);
        let mut fewer = pauses.clone();
        if without < fewer.len() {
            fewer.remove(without);
        }
        let all = Course { started_at: started, term, extensions: &[], pauses: &pauses };
        let some = Course { pauses: &fewer, ..all };
        prop_assert!(some.due_at(&calendar) <= all.due_at(&calendar));
        let none = Course { pauses: &[], ..all };
        prop_assert!(none.due_at(&calendar) <= some.due_at(&calendar));
        let extended = Course { extensions: &[more], ..none };
        prop_assert!(none.due_at(&calendar) <= extended.due_at(&calendar));
    }

    #[test]
    fn shares_of_a_term_come_in_order(
        calendar in calendars(), started in moments(), term in terms(), extensions in proptest::collection::vec(terms(), 0..2),
        pauses in pauses(), mut percents in proptest::collection::vec(0u16..400, 2..6),
    ) {
        percents.push(100);
        percents.sort_unstable();
        let pauses = laid_out(started, &pauses);
        let course = Course { started_at: started, term, extensions: &extensions, pauses: &pauses };
        let shares: Vec<_> = percents.iter().map(|percent| course.at(*percent, &calendar)).collect();
        prop_assert!(shares.is_sorted(), "{shares:?}");
        prop_assert!(shares[0] >= started);
        prop_assert_eq!(course.at(100, &calendar), course.due_at(&calendar));
    }

    #[test]
    fn any_moment_and_any_term_is_reckoned(
        seconds in -100_000_000_000_000i64..8_000_000_000_000, unit in 0..Unit::ALL.len(), amount in 0u32..2_000, percent: u16,
    ) {
        let Some(started) = DateTime::from_timestamp(seconds.max(-8_000_000_000_000), 0) else { return Ok(()) };
        let course = Course { started_at: started, term: Term::new(amount, Unit::ALL[unit]), extensions: &[], pauses: &[(started, started + TimeDelta::days(3))] };
        let calendar = Calendar::plain(Tz::Europe__London);
        prop_assert!(course.due_at(&calendar) >= started);
        prop_assert!(course.at(percent, &calendar) >= started);
    }
}
