//! A year of a company, simulated: customers who complain, staff who answer by mail, mail servers that fail, two outages.
//! Time is driven, not slept.
//!
//! The program's own layers do the work, from landed mail to outbox, on a real Postgres (`office`). The simulation
//! keeps an account of its own of what happens (`model`), from which it counts what reviews should say (`count`); at
//! the end the promises are looked at (`promises`). A seed makes a year: the same one on any machine.

mod count;
mod dice;
mod mails;
mod model;
mod office;
mod people;
mod promises;
mod turns;
mod world;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc, Weekday};

use self::model::Moment;
use self::office::{Office, Spent};
use self::world::World;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub complaints: usize,
    pub seed: u64,
    /// Mail is looked at three times a day and once on weekends, and reviews are mailed weekly, monthly, quarterly
    /// and yearly; else once a day but on weekends, and only the last two are: drawing charts takes long in a build for tests.
    pub thorough: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Figures {
    pub cases: usize,
    /// Mails that landed, and mails that were sent.
    pub landed: u64,
    pub sent: u64,
    pub breaches: u64,
    /// Figures of reviews that were compared.
    pub compared: usize,
    /// How long the year took, and the checks after it.
    pub year: Duration,
    pub checks: Duration,
    pub spent: Spent,
}

impl Figures {
    /// What was done, and where the time went.
    pub fn text(&self) -> String {
        format!(
            "{} cases, {} mails landed, {} sent, {} breaches; {} figures of reviews compared; the year took {:.1} s \
             ({}), its checks {:.1} s",
            self.cases,
            self.landed,
            self.sent,
            self.breaches,
            self.compared,
            self.year.as_secs_f64(),
            self.spent.text(),
            self.checks.as_secs_f64(),
        )
    }
}

/// The company's zone: no daylight saving, so that a fixed offset says it.
fn local(date: NaiveDate, hour: i64, minute: i64) -> Moment {
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight + TimeDelta::hours(hour - 8) + TimeDelta::minutes(minute)
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// Nobody runs Redress from the first to the last of these, both counted.
const DOWN: [(u32, u32); 2] = [(5, 15), (5, 18)];

/// The mail server takes nothing on this day.
const MUTE: (u32, u32) = (9, 23);

/// When the company looks at its mail: often where people work, seldom where not.
fn moments(thorough: bool) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut date = day(2026, 1, 1);
    while date < day(2027, 1, 6) {
        let down =
            (day(2026, DOWN[0].0, DOWN[0].1)..=day(2026, DOWN[1].0, DOWN[1].1)).contains(&date);
        if !down {
            let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
            let hours: &[(i64, i64)] = match (weekend, thorough) {
                (true, true) => &[(12, 30)],
                (true, false) => &[],
                (false, true) => &[(9, 10), (13, 0), (17, 30)],
                (false, false) => &[(10, 0)],
            };
            moments.extend(
                hours
                    .iter()
                    .map(|(hour, minute)| local(date, *hour, *minute)),
            );
        }
        date = date.succ_opt().unwrap_or(date);
    }
    moments
}

/// Simulates a year in a new database below this folder, and checks everything at its end.
///
/// # Errors
/// Whatever isn't as it should be.
pub async fn run(settings: Settings, folder: &Path) -> Result<Figures> {
    let started = Instant::now();
    let moments = moments(settings.thorough);
    let begin = local(day(2026, 1, 1), 0, 0);
    let mut office = Office::open(folder, settings, begin).await?;
    let mut world = World::new(settings, &office, begin)?;
    // the page of help, with everybody's address of their desk
    world.send(&mut office).await?;
    let (mut month, mut maintained) = (begin.month(), 0);
    for (at, now) in moments.iter().enumerate() {
        let next = moments.get(at + 1);
        let is_last = next.is_none_or(|next| day_of(*next) != day_of(*now));
        step(&mut world, &mut office, *now, is_last).await?;
        if now.month() != month {
            month = now.month();
            let (cases, spent) = (world.cases.len(), office.spent.text());
            eprintln!("{}: {cases} cases ({spent})", day_of(*now));
            if cases > maintained * 2 {
                maintained = cases;
                office.begin_maintenance().await?;
            }
        }
    }
    office.end_maintenance().await?;
    let year = started.elapsed();
    let checking = Instant::now();
    let compared = count::compare(&world, &office).await?;
    promises::check(&world, &office, settings).await?;
    Ok(Figures {
        cases: world.cases.len(),
        landed: world.landed,
        sent: world.sent,
        breaches: world.breaches(),
        compared,
        year,
        checks: checking.elapsed(),
        spent: office.spent,
    })
}

/// All that happens at a moment; the last of a day, or not.
async fn step(world: &mut World, office: &mut Office, now: Moment, is_last: bool) -> Result<()> {
    office.set(now).await?;
    world.now = now;
    world.mute = (now + TimeDelta::hours(8)).date_naive() == day(2026, MUTE.0, MUTE.1);
    world.tick();
    let is_first = (now + TimeDelta::hours(8)).hour() < 13;
    if is_first {
        office.begin_jobs();
    }
    let mails = world.write();
    office.take_in(mails).await?;
    rest(world, office).await?;
    if is_last {
        office.end_jobs().await?;
        // what they wrote is sent, too
        rest(world, office).await?;
        world.forget(office).await?;
    }
    Ok(())
}

/// Lets everything happen that follows from what has happened.
async fn rest(world: &mut World, office: &mut Office) -> Result<()> {
    let mut climbed = true;
    for _ in 0..20 {
        let sent = world.send(office).await?;
        if sent == 0 && !climbed {
            return Ok(());
        }
        if sent > 0 {
            office.triage().await?;
        }
        office.tick().await?;
        climbed = world.tick() > 0;
    }
    bail!("{}: it doesn't come to rest", world.now)
}

/// A day as the company counts days.
fn day_of(at: DateTime<Utc>) -> NaiveDate {
    (at + TimeDelta::hours(8)).date_naive()
}
