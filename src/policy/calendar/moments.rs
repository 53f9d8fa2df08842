//! Between moments and the days and hours of a calendar.

use chrono::offset::LocalResult;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

use super::week::Opening;
use super::{Calendar, Hours};

/// Which of two moments a local time that comes twice is.
#[derive(Clone, Copy)]
enum Twice {
    First,
    Last,
}

const SECOND: TimeDelta = TimeDelta::seconds(1);
const DAY: TimeDelta = TimeDelta::seconds(24 * 3600);

/// Within these the reckoning can't leave what dates can be.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("a day");
const LATEST: NaiveDate = NaiveDate::from_ymd_opt(9999, 1, 1).expect("a day");

impl Calendar {
    /// The local day of a moment.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone)
            .date_naive()
            .clamp(EARLIEST, LATEST)
    }

    /// The day at whose end, or at whose close of business, something falls due: midnight still
    /// belongs to the day before.
    pub fn day_of_due(&self, due: DateTime<Utc>) -> NaiveDate {
        self.day_of(due - SECOND)
    }

    /// The last second of a local day.
    pub fn end_of_day(&self, date: NaiveDate) -> DateTime<Utc> {
        self.midnight(next(date)) - SECOND
    }

    /// When it opens on a day, if it does.
    pub fn opens(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let first = self.hours(date).openings().first()?;
        Some(self.moment(date, first.from, Twice::First))
    }

    /// When it closes for the day, if it is open on it.
    pub fn closes(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let last = self.hours(date).openings().last()?;
        Some(self.moment(date, last.to, Twice::Last))
    }

    /// The n-th business day after a day.
    pub fn business_day_after(&self, date: NaiveDate, n: u32) -> NaiveDate {
        let mut left = n;
        let mut day = date;
        while left > 0 && day < LATEST {
            day = next(day);
            left -= u32::from(self.is_business_day(day));
        }
        day
    }

    /// How many business days there are after a day, up to another and with it.
    pub fn business_days(&self, after: NaiveDate, until: NaiveDate) -> u32 {
        let mut count = 0;
        let mut day = after;
        while day < until {
            day = next(day);
            count += u32::from(self.is_business_day(day));
        }
        count
    }

    /// How long it is open between two moments.
    pub fn open_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        if to <= from {
            return TimeDelta::zero();
        }
        let (first, last) = (self.day_of(from), self.day_of(to));
        let mut open = self.open_on(first, from, to);
        if first < last {
            let mut day = next(first);
            let mut begins = self.midnight(day);
            while day < last {
                let ends = self.midnight(next(day));
                open += self.open_all_day(day, begins, ends);
                (day, begins) = (next(day), ends);
            }
            open += self.open_on(last, from, to);
        }
        open
    }

    /// The first moment by which it has been open for so long since another.
    pub fn after_open(&self, from: DateTime<Utc>, open: TimeDelta) -> DateTime<Utc> {
        if open <= TimeDelta::zero() {
            return from;
        }
        let mut left = open;
        let mut day = self.day_of(from);
        let mut begins = from;
        while day < LATEST {
            let ends = self.midnight(next(day));
            // whole days need no look at their hours
            let whole = (begins != from).then(|| self.open_all_day(day, begins, ends));
            if let Some(whole) = whole.filter(|whole| *whole < left) {
                left -= whole;
            } else {
                for (opens, closes) in self.openings(day) {
                    let opens = opens.max(from);
                    let length = (closes - opens).max(TimeDelta::zero());
                    if length >= left {
                        return opens + left;
                    }
                    left -= length;
                }
            }
            (day, begins) = (next(day), ends);
        }
        from
    }

    /// The first moment since which, up to another, it has been open for no longer than so.
    pub fn before_open(&self, to: DateTime<Utc>, open: TimeDelta) -> DateTime<Utc> {
        let mut left = open.max(TimeDelta::zero());
        let mut day = self.day_of(to);
        let mut ends = to;
        while day > EARLIEST {
            let begins = self.midnight(day);
            let whole = (ends != to).then(|| self.open_all_day(day, begins, ends));
            if let Some(whole) = whole.filter(|whole| *whole <= left) {
                left -= whole;
            } else {
                let openings: Vec<_> = self.openings(day).collect();
                for (opens, closes) in openings.into_iter().rev() {
                    let closes = closes.min(to);
                    let length = (closes - opens).max(TimeDelta::zero());
                    // where it ends with an opening, it had ended with the closing before
                    if length > left {
                        return closes - left;
                    }
                    left -= length;
                }
            }
            (day, ends) = (day.pred_opt().unwrap_or(EARLIEST), begins);
        }
        to
    }

    /// How long it is open on a whole day. Only where the clocks change is that other than written.
    fn open_all_day(
        &self,
        day: NaiveDate,
        begins: DateTime<Utc>,
        ends: DateTime<Utc>,
    ) -> TimeDelta {
        if ends - begins == DAY {
            TimeDelta::minutes(i64::from(self.hours(day).minutes()))
        } else {
            self.open_on(day, begins, ends)
        }
    }

    /// How long it is open on a day, between two moments.
    fn open_on(&self, day: NaiveDate, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        self.openings(day)
            .map(|(opens, closes)| (closes.min(to) - opens.max(from)).max(TimeDelta::zero()))
            .sum()
    }

    /// When it opens and closes on a day, in order, none overlapping.
    fn openings(&self, day: NaiveDate) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let mut closed = DateTime::<Utc>::MIN_UTC;
        Hours::openings(self.hours(day))
            .iter()
            .map(move |Opening { from, to }| {
                // an hour that comes twice can make two openings overlap: it counts once
                let opens = self.moment(day, *from, Twice::First).max(closed);
                closed = self.moment(day, *to, Twice::Last).max(opens);
                (opens, closed)
            })
    }

    /// The moment of a minute of a day.
    fn moment(&self, date: NaiveDate, minute: u16, twice: Twice) -> DateTime<Utc> {
        match NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0) {
            Some(time) => moment(self.zone, date.and_time(time), twice),
            // 24:00
            None => self.midnight(next(date)),
        }
    }

    /// The first moment of a local day.
    fn midnight(&self, date: NaiveDate) -> DateTime<Utc> {
        moment(self.zone, date.and_time(NaiveTime::MIN), Twice::First)
    }
}

fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(date)
}

/// The moment of a local time; of one that the clocks skip, when they have skipped it.
fn moment(zone: Tz, local: NaiveDateTime, twice: Twice) -> DateTime<Utc> {
    match (zone.from_local_datetime(&local), twice) {
        (LocalResult::Single(at), _)
        | (LocalResult::Ambiguous(at, _), Twice::First)
        | (LocalResult::Ambiguous(_, at), Twice::Last) => at.to_utc(),
        (LocalResult::None, _) => GapInfo::new(&local, &zone)
            .and_then(|gap| gap.end)
            .map_or_else(|| local.and_utc(), |end| end.to_utc()),
    }
}
