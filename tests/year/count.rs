//! What reviews should say, counted from the simulation's own account, against what they do say.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Result, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta};
use redress::policy::{ClockKind, CloseReason, Finding};
use redress::review::figures::Review;
use redress::review::period::Period;
use redress::review::spread::{FEW, Group, Shown};
use redress::work::review::gather;

use super::model::{Case, Event, Key, Moment};
use super::office::Office;
use super::people::STAFF;
use super::world::World;
use super::{day, day_of, local};

/// A number, and of how many customers.
#[derive(Debug, Clone, Default)]
struct Cell {
    count: u64,
    customers: HashSet<usize>,
    unknown: usize,
}

type Cells = BTreeMap<String, Cell>;

/// Compares every figure of the year and of each month; how many there were.
pub async fn compare(world: &World, office: &Office) -> Result<usize> {
    let now = world.now;
    let today = day_of(now);
    let mut periods = vec![(day(2026, 1, 1), day(2026, 12, 31))];
    periods.extend((1..=12).map(|month| {
        let next = day(2026 + i32::from(month == 12), month as u32 % 12 + 1, 1);
        (day(2026, month as u32, 1), next - TimeDelta::days(1))
    }));
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (first, last) in periods {
        let period = Period::days(first, last, today)?;
        let gathered = gather(&office.store, &office.company(), period, None, now).await?;
        let told = told(&gathered.review);
        let counted = count(world, first, last);
        let names: std::collections::BTreeSet<&String> =
            told.keys().chain(counted.keys()).collect();
        let nothing = Cell::default();
        for name in names {
            compared += 1;
            let cell = counted.get(name).unwrap_or(&nothing);
            let shown = told.get(name).copied().unwrap_or(Shown::Count(0));
            let customers = cell.customers.len() + cell.unknown;
            let fits = match shown {
                // a percentile of times lies between two of them, and is rounded once here and once there
                Shown::Count(count) if name.ends_with(" seconds") => {
                    count.abs_diff(cell.count) <= 1
                }
                Shown::Count(count) => count == cell.count,
                Shown::Few => customers < FEW,
                Shown::Withheld => true,
            };
            if !fits {
                wrong.push(format!(
                    "{first} to {last}: {name}: the review says {shown:?}, it was {} of {customers} customers",
                    cell.count
                ));
            }
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} of {compared} figures differ:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(60)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    Ok(compared)
}

/// The figures of a review by name.
fn told(review: &Review) -> BTreeMap<String, Shown> {
    let mut all = BTreeMap::new();
    let mut put = |name: String, shown: Shown| {
        all.insert(name, shown);
    };
    fn groups<const N: usize>(what: &str, groups: &[Group<N>], put: &mut dyn FnMut(String, Shown)) {
        for group in groups {
            for (column, shown) in group.counts.iter().enumerate() {
                put(format!("{what} {} {column}", group.code), *shown);
            }
        }
    }
    groups("channel", &review.channels, &mut put);
    groups("category", &review.categories, &mut put);
    groups("cause", &review.causes, &mut put);
    groups("finding", &review.findings, &mut put);
    groups("closed", &review.close_reasons, &mut put);
    groups("age", &review.ages, &mut put);
    groups("answer", &review.satisfaction.answers, &mut put);
    groups("mediated", &review.mediation.findings, &mut put);
    put(
        "asked and answered".into(),
        review.satisfaction.asked_and_answered,
    );
    put("answered".into(), review.satisfaction.answered);
    put("with remedy".into(), review.remedies.with_remedy);
    put("repeating customers".into(), review.repeats.customers);
    let exact = |count: u64| Shown::Count(count);
    let totals = &review.totals;
    for (name, count) in [
        ("received", totals.received),
        ("open", totals.open),
        ("closed", totals.closed),
        ("resolved", totals.resolved),
        ("decided", totals.decided),
        ("reopened", totals.reopened),
        ("access refused", totals.access_refused),
        ("breaches", review.breaches.total),
        ("breaches unexplained", review.breaches.unexplained),
        ("overrides", review.overrides.total),
        ("overrides unexplained", review.overrides.unexplained),
        ("asked", review.satisfaction.asked),
        ("mediations owed", review.mediation.owed),
        ("mediators named", review.mediation.mediators_named),
        ("mediations decided", review.mediation.decided),
        ("verdicts", review.remedies.decided),
        ("suggestions", review.suggestions.len() as u64),
        ("actions overdue", review.overdue_actions.len() as u64),
    ] {
        put(name.to_owned(), exact(count));
    }
    if let Some(complaints) = review.repeats.complaints {
        put("repeated complaints".into(), exact(complaints));
    }
    for cost in &review.remedies.costs {
        put(
            format!("outcomes that cost {}", cost.currency),
            cost.outcomes,
        );
        // none is told where few customers got it
        let amount = cost.amount_minor_units.map_or(Shown::Withheld, exact);
        put(format!("cost {}", cost.currency), amount);
    }
    for share in &review.clocks {
        put(format!("clock {} kept", share.clock), exact(share.kept));
        put(format!("clock {} missed", share.clock), exact(share.missed));
    }
    for group in &review.breaches.groups {
        let person = group.person.as_deref().unwrap_or("nobody");
        put(
            format!("breach {} {person}", group.clock),
            exact(group.count),
        );
        put(
            format!("unexplained {} {person}", group.clock),
            exact(group.unexplained),
        );
    }
    let mut late: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for breach in &review.breaches.each {
        if let Some(hours) = breach.late_hours {
            let clock = breach.clock.split(' ').next().unwrap_or_default();
            let (many, sum) = late.entry(clock).or_default();
            *many += 1;
            *sum += seconds(hours * 3600.0);
        }
    }
    for (clock, (many, sum)) in late {
        put(format!("made good {clock}"), exact(many));
        put(format!("late {clock} for"), exact(sum));
    }
    for one in &review.escalations {
        put(
            format!("escalation {} {}", one.clock, one.percent),
            exact(one.count),
        );
    }
    for one in &review.overrides.by {
        put(
            format!("override {} {}", one.act, one.person),
            exact(one.count),
        );
    }
    for one in &review.refused_steps {
        put(
            format!("refused {} {}", one.act, one.person),
            exact(one.count),
        );
    }
    for one in &review.actions {
        for (what, count) in [
            ("open", one.open),
            ("overdue", one.overdue),
            ("done", one.done),
            ("verified", one.verified),
            ("to_verify", one.to_verify),
        ] {
            put(format!("action {} {what}", one.kind), exact(count));
        }
    }
    for one in &review.records {
        put(
            format!("record {} complete", one.record),
            exact(one.complete),
        );
        put(format!("record {} of", one.record), exact(one.of));
    }
    for time in &review.times {
        put(format!("time {} cases", time.step), exact(time.cases));
        if let Some(median) = time.median_days {
            put(
                format!("time {} seconds", time.step),
                exact(seconds(median * 86_400.0)),
            );
        }
    }
    for series in &review.trend {
        let last = series.points.last().and_then(|point| point.value);
        if let ("received" | "closed" | "open" | "breaches" | "reopened", Some(value)) =
            (series.measure, last)
        {
            put(format!("trend {}", series.measure), exact(value as u64));
        }
    }
    all
}

fn seconds(value: f64) -> u64 {
    value.round() as u64
}

/// What had become of a case by a moment.
#[derive(Default)]
struct Became {
    accepted: Option<Moment>,
    acknowledged: Option<Moment>,
    resolved: Option<Moment>,
    closed: Option<(Moment, CloseReason)>,
    decided: Option<(Moment, Finding)>,
    asked: Option<Moment>,
    answered: Option<(Moment, bool)>,
}

fn became(case: &Case, from: Moment, to: Moment) -> Became {
    let mut one = Became::default();
    for (at, event) in case.log.iter().filter(|(at, _)| *at < to) {
        match event {
            Event::Accepted => {
                one.accepted.get_or_insert(*at);
            }
            Event::Acknowledged => {
                one.acknowledged.get_or_insert(*at);
            }
            Event::OutcomeArrived => {
                one.resolved.get_or_insert(*at);
            }
            Event::Questioned if *at >= from => one.asked = Some(*at),
            Event::Decided { finding, .. } => one.decided = Some((*at, *finding)),
            Event::Answered(satisfied) => one.answered = Some((*at, *satisfied)),
            Event::Closed(reason) => one.closed = Some((*at, *reason)),
            Event::Reopened | Event::Litigated => one.closed = None,
            _ => {}
        }
    }
    one
}

const AGES: [(i64, &str); 6] = [
    (7, "0_to_7_days"),
    (14, "8_to_14_days"),
    (30, "15_to_30_days"),
    (60, "31_to_60_days"),
    (90, "61_to_90_days"),
    (i64::MAX, "over_90_days"),
];

fn count(world: &World, first: NaiveDate, last: NaiveDate) -> Cells {
    let from = local(first, 0, 0);
    let to = local(last + TimeDelta::days(1), 0, 0);
    let within = |at: Moment| at >= from && at < to;
    let mut cells = Cells::new();
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for case in world.cases.iter().filter(|case| case.received < to) {
        let one = became(case, from, to);
        let mut add = |name: String, many: u64| add(&mut cells, name, many, case.customer);
        let mut plain = |name: &str| add(name.to_owned(), 1);
        let received = within(case.received);
        let open = one.closed.is_none();
        let closed = one.closed.filter(|(at, _)| within(*at));
        let decided = one.decided.filter(|(at, _)| within(*at));
        for (counts, name) in [
            (received, "received"),
            (received, "trend received"),
            (open, "open"),
            (open, "trend open"),
            (closed.is_some(), "closed"),
            (closed.is_some(), "trend closed"),
            (one.resolved.is_some_and(within), "resolved"),
            (decided.is_some(), "decided"),
            (one.asked.is_some(), "asked"),
        ] {
            if counts {
                plain(name);
            }
        }
        let answered = one.answered.filter(|(at, _)| within(*at));
        if let Some((_, satisfied)) = answered {
            plain("answered");
            plain(if satisfied {
                "answer satisfied 0"
            } else {
                "answer not_satisfied 0"
            });
        }
        if one.asked.is_some() && one.answered.map(|(at, _)| at) >= one.asked {
            plain("asked and answered");
        }
        let channel = if case.phone { "phone" } else { "email" };
        let (category, cause) = (
            case.category.unwrap_or("not_set"),
            case.cause.unwrap_or("not_set"),
        );
        let columns = [received, open, closed.is_some()];
        for (column, _) in columns.iter().enumerate().filter(|(_, counts)| **counts) {
            plain(&format!("channel {channel} {column}"));
            plain(&format!("category {category} {column}"));
            plain(&format!("cause {cause} {column}"));
        }
        if let Some((_, finding)) = decided {
            plain(&format!("cause {cause} 3"));
            plain(&format!("finding {finding} 0"));
            plain("record cause of");
            if case.cause.is_some() {
                plain("record cause complete");
            }
        }
        if received {
            plain("record particulars of");
            if case.evidence && case.contact {
                plain("record particulars complete");
            }
        }
        if let Some((_, reason)) = closed {
            use CloseReason::{Duplicate, NoAnswer, NotAComplaint, NotSatisfied, Satisfied};
            plain(&format!("closed {reason} 0"));
            if !matches!(reason, Duplicate | NotAComplaint) {
                plain("record category of");
                if case.category.is_some() {
                    plain("record category complete");
                }
            }
            if matches!(reason, Satisfied | NoAnswer | NotSatisfied) {
                plain("record finding of");
                plain("record outcome_letter of");
                if one.decided.is_some() {
                    plain("record finding complete");
                }
                if one.resolved.is_some() {
                    plain("record outcome_letter complete");
                }
            }
        }
        if open {
            let age = (to.min(world.now) - case.received).num_days();
            let code = AGES
                .iter()
                .find(|(most, _)| age <= *most)
                .map(|(_, code)| code);
            plain(&format!("age {} 0", code.unwrap_or(&"")));
        }
        for (step, at) in [
            ("acknowledge", one.acknowledged),
            ("accept", one.accepted),
            ("resolve", one.resolved),
        ] {
            if let Some(at) = at.filter(|at| within(*at)) {
                let took = (at.max(case.received) - case.received).num_seconds() as f64;
                times.entry(step).or_default().push(took);
                plain(&format!("time {step} cases"));
            }
        }
        events(case, (&within, to), &mut add);
        clocks(world, case, &within, &mut add);
    }
    for (step, mut took) in times {
        if took.len() >= FEW {
            took.sort_by(f64::total_cmp);
            let (low, high) = ((took.len() - 1) / 2, took.len() / 2);
            let median = seconds((took[low] + took[high]) / 2.0);
            add(&mut cells, format!("time {step} seconds"), median, None);
        }
    }
    repeats(world, from, to, &mut cells);
    actions(world, from, to, last, &mut cells);
    cells
}

fn add(cells: &mut Cells, name: String, many: u64, customer: Option<usize>) {
    let cell = cells.entry(name).or_default();
    cell.count += many;
    match customer {
        Some(customer) => {
            cell.customers.insert(customer);
        }
        None => cell.unknown += 1,
    }
}

/// When a clock that was missed came to its end.
fn done(case: &Case, clock: &Key, missed: Moment) -> Option<Moment> {
    let mut ends = case.ends.iter();
    let end = ends.find(|(at, key)| key == clock && *at >= missed);
    end.map(|(at, _)| *at)
}

fn events(
    case: &Case,
    (within, to): (&dyn Fn(Moment) -> bool, Moment),
    add: &mut dyn FnMut(String, u64),
) {
    // explained by now, so also after the period
    let mut lapses = case.lapses.iter();
    for (at, event) in &case.log {
        let lapse = match event {
            Event::Breached { .. } | Event::Overrode { .. } => lapses.next(),
            _ => None,
        };
        if within(*at) {
            let unexplained = lapse.is_some_and(|lapse| !lapse.explained);
            for (name, many) in names(event, unexplained) {
                add(name, many);
            }
            if let Event::Breached { clock, due, .. } = event
                && let Some(done) = done(case, clock, *at).filter(|done| *done < to)
            {
                let late = (done - *due).num_seconds().max(0) as u64;
                add(format!("made good {}", clock.0), 1);
                add(format!("late {} for", clock.0), late);
            }
        }
    }
}

/// The figures that an event adds to, and how much.
fn names(event: &Event, unexplained: bool) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = Vec::new();
    let mut plain = |name: String| all.push((name, 1));
    match event {
        Event::Breached { clock, by, .. } => {
            let person = by.map_or("nobody", |by| STAFF[by].id);
            plain("breaches".into());
            plain("trend breaches".into());
            plain(format!("breach {} {person}", clock.0));
            if unexplained {
                plain("breaches unexplained".into());
                plain(format!("unexplained {} {person}", clock.0));
            }
        }
        Event::Overrode { act, by } => {
            plain("overrides".into());
            plain(format!("override {act} {}", STAFF[*by].id));
            if unexplained {
                plain("overrides unexplained".into());
            }
        }
        Event::Rung { clock, percent } => plain(format!("escalation {clock} {percent}")),
        Event::Refused { act, by } => plain(format!("refused {act} {}", STAFF[*by].id)),
        Event::AccessRefused => plain("access refused".into()),
        Event::Suggested => plain("suggestions".into()),
        Event::Owed => plain("mediations owed".into()),
        Event::Named => plain("mediators named".into()),
        Event::Reopened => {
            plain("reopened".into());
            plain("trend reopened".into());
        }
        Event::Decided {
            mediated,
            finding,
            remedied,
            cost,
        } => {
            plain("verdicts".into());
            if *mediated {
                plain("mediations decided".into());
                plain(format!("mediated {finding} 0"));
            }
            if *remedied {
                plain("with remedy".into());
            }
            if let Some(cost) = cost {
                plain("outcomes that cost CNY".into());
                all.push(("cost CNY".into(), *cost));
            }
        }
        Event::Acknowledged
        | Event::Accepted
        | Event::OutcomeArrived
        | Event::Questioned
        | Event::Answered(_)
        | Event::Closed(_)
        | Event::Litigated => {}
    }
    all
}

/// A clock is decided once; one that started anew counts by its latest run.
fn clocks(
    world: &World,
    case: &Case,
    within: &dyn Fn(Moment) -> bool,
    add: &mut dyn FnMut(String, u64),
) {
    let profile = world.policies.profile("default").unwrap();
    for ((name, _), clock) in &case.clocks {
        let rule = profile.clock(name).unwrap();
        let at: DateTime<chrono::Utc> = clock.stopped.unwrap_or(clock.due).min(clock.due);
        let decided = clock.stopped.is_some() || (clock.paused.is_none() && clock.due <= world.now);
        if rule.kind != ClockKind::Obligation || !decided || !within(at) {
            continue;
        }
        let kept = clock.stopped.is_some_and(|at| at <= clock.due);
        let what = if kept { "kept" } else { "missed" };
        add(format!("clock {name} {what}"), 1);
    }
}

/// Customers with a complaint in the period and another in the year that ends with it.
fn repeats(world: &World, from: Moment, to: Moment, cells: &mut Cells) {
    let since = to - TimeDelta::days(365);
    let mut of: HashMap<usize, (u64, Moment)> = HashMap::new();
    for case in &world.cases {
        let counts = !matches!(
            case.reason,
            Some(CloseReason::Duplicate | CloseReason::NotAComplaint)
        );
        if let Some(customer) = case.customer
            && counts
            && case.received >= since
            && case.received < to
        {
            let one = of.entry(customer).or_insert((0, case.received));
            *one = (one.0 + 1, one.1.max(case.received));
        }
    }
    for (customer, (complaints, latest)) in of {
        if complaints > 1 && latest >= from {
            add(cells, "repeating customers".into(), 1, Some(customer));
            add(
                cells,
                "repeated complaints".into(),
                complaints,
                Some(customer),
            );
        }
    }
    let few = cells
        .get("repeating customers")
        .is_some_and(|cell| cell.count < FEW as u64);
    if few {
        cells.remove("repeated complaints");
    }
}

fn actions(world: &World, from: Moment, to: Moment, last: NaiveDate, cells: &mut Cells) {
    let within = |at: Option<Moment>| at.is_some_and(|at| at >= from && at < to);
    for one in world.actions.iter().filter(|one| one.raised < to) {
        let open = one.done.is_none_or(|at| at >= to);
        let to_verify = !open && one.verified.is_none_or(|at| at >= to);
        let overdue = open && one.due <= last && one.due < day_of(world.now);
        for (counts, what) in [
            (open, "open"),
            (overdue, "overdue"),
            (within(one.done), "done"),
            (within(one.verified), "verified"),
            (to_verify, "to_verify"),
        ] {
            if counts {
                add(cells, format!("action {} {what}", one.kind), 1, None);
            }
        }
        if overdue {
            add(cells, "actions overdue".into(), 1, None);
        }
    }
}
