//! How the process was kept to (§9): clocks, breaches, overrides, escalations, actions, records.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::Frame;
use super::shape::{
    Actions, Breach, BreachGroup, Breaches, ClockShare, Completeness, Escalation, Overdue,
    Overrides, StepCount,
};
use crate::case::ActionKind;
use crate::policy::{ClockKind, CloseReason, Particular, Policies};
use crate::review::rows::{CaseRow, ClockRow, Rows};

/// Whether a clock counts what is owed; one that no profile knows any more did.
pub(super) fn is_obligation(policies: &Policies, profile: &str, clock: &str) -> bool {
    let rule = policies
        .profile(profile)
        .and_then(|profile| profile.clock(clock));
    rule.is_none_or(|rule| rule.kind == ClockKind::Obligation)
}

pub(super) fn clock_shares(rows: &[ClockRow], policies: &Policies) -> Vec<ClockShare> {
    let mut clocks: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| is_obligation(policies, &row.profile, &row.clock))
    {
        let entry = clocks.entry(&row.clock).or_default();
        *entry = (entry.0 + row.kept, entry.1 + row.missed);
    }
    let mut shares: Vec<ClockShare> = clocks
        .into_iter()
        .map(|(clock, (kept, missed))| ClockShare {
            clock: clock.to_owned(),
            kept,
            missed,
            share_kept: (kept + missed > 0).then(|| kept as f64 / (kept + missed) as f64),
        })
        .collect();
    // in the order of the policy, where it names them
    let order = |name: &str| {
        let mut clocks = policies.all().flat_map(|profile| &profile.clocks);
        clocks.position(|rule| rule.name == name)
    };
    let place = |one: &ClockShare| order(&one.clock).unwrap_or(usize::MAX);
    shares.sort_by_key(place);
    shares
}

pub(super) fn breaches(rows: &Rows, words: &BTreeMap<String, String>) -> Breaches {
    let mut groups: BTreeMap<(&str, Option<&str>), (u64, u64)> = BTreeMap::new();
    for row in &rows.breaches {
        let group = groups.entry((&row.clock, row.by.as_deref())).or_default();
        group.0 += 1;
        group.1 += u64::from(row.explanation.is_none());
    }
    let mut groups: Vec<BreachGroup> = groups
        .into_iter()
        .map(|((clock, person), (count, unexplained))| BreachGroup {
            clock: clock.to_owned(),
            person: person.map(str::to_owned),
            count,
            unexplained,
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let each = rows.breaches.iter().map(|row| Breach {
        case: row.case.clone(),
        clock: match row.number {
            0 => row.clock.clone(),
            number => format!("{} {number}", row.clock),
        },
        person: row.by.clone(),
        due_at: row.due_at,
        late_hours: row
            .done_at
            .map(|at| (at - row.due_at).num_seconds().max(0) as f64 / 3600.0),
        is_explained: row.explanation.is_some(),
        explanation: row
            .explanation
            .as_ref()
            .and_then(|hash| words.get(hash).cloned()),
    });
    Breaches {
        total: rows.breaches.len() as u64,
        unexplained: groups.iter().map(|group| group.unexplained).sum(),
        groups,
        each: each.collect(),
    }
}

pub(super) fn overrides(rows: &Rows) -> Overrides {
    let mut by: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in &rows.overrides {
        *by.entry((&row.act, &row.by)).or_default() += 1;
    }
    let mut by: Vec<StepCount> = by
        .into_iter()
        .map(|((act, person), count)| StepCount {
            act: act.to_owned(),
            person: person.to_owned(),
            count,
        })
        .collect();
    by.sort_by_key(|one| std::cmp::Reverse(one.count));
    Overrides {
        total: rows.overrides.len() as u64,
        unexplained: rows.overrides.iter().filter(|row| !row.explained).count() as u64,
        by,
    }
}

/// Rungs at and over the whole term, of what is owed: a customer's wait that ends escalates nothing.
pub(super) fn escalations(rows: &Rows, policies: &Policies) -> Vec<Escalation> {
    let waits = |clock: &str| {
        let mut rules = policies
            .all()
            .filter_map(|profile| profile.clock(clock))
            .peekable();
        rules.peek().is_some() && rules.all(|rule| rule.kind == ClockKind::Waiting)
    };
    let owed = rows.escalations.iter().filter(|row| !waits(&row.clock));
    owed.map(|row| Escalation {
        clock: row.clock.clone(),
        percent: row.percent,
        count: row.count,
    })
    .collect()
}

pub(super) fn actions(
    rows: &Rows,
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    frame: &Frame<'_>,
) -> Vec<Actions> {
    let kinds = ActionKind::ALL.iter();
    let of = |kind: &str| {
        let mut sums = Actions {
            kind: kind.to_owned(),
            ..Actions::default()
        };
        for row in rows.actions.iter().filter(|row| row.kind == kind) {
            sums.open += u64::from(row.done_at.is_none());
            sums.overdue += u64::from(is_overdue(row.done_at, row.due, frame));
            sums.done += u64::from(within(row.done_at));
            sums.verified += u64::from(within(row.verified_at));
            sums.to_verify += u64::from(row.done_at.is_some() && row.verified_at.is_none());
        }
        sums
    };
    kinds.map(|kind| of(kind.as_str())).collect()
}

/// Its last day is over, and it isn't done.
pub(super) fn is_overdue(
    done_at: Option<DateTime<Utc>>,
    due: NaiveDate,
    frame: &Frame<'_>,
) -> bool {
    let today = frame.now.with_timezone(&frame.zone).date_naive();
    done_at.is_none() && due <= frame.period.last && due < today
}

pub(super) fn overdue(rows: &Rows, frame: &Frame<'_>) -> Vec<Overdue> {
    let late = rows
        .actions
        .iter()
        .filter(|row| is_overdue(row.done_at, row.due, frame));
    late.map(|row| Overdue {
        number: row.number,
        kind: row.kind.clone(),
        owner: row.owner.clone(),
        due_day: row.due,
    })
    .collect()
}

/// How complete the records are (§4.1, §6): what a case should hold when it is received, decided, closed.
pub(super) fn records(
    cases: &[CaseRow],
    received: &dyn Fn(&CaseRow) -> bool,
    closed: &dyn Fn(&CaseRow) -> bool,
    within: &dyn Fn(Option<DateTime<Utc>>) -> bool,
    policies: &Policies,
) -> Vec<Completeness> {
    let answered = |case: &CaseRow| {
        let reason = case
            .close_reason
            .as_deref()
            .and_then(CloseReason::from_name);
        closed(case)
            && matches!(
                reason,
                Some(CloseReason::Satisfied | CloseReason::NoAnswer | CloseReason::NotSatisfied)
            )
    };
    // a duplicate or no complaint needs no category and no cause
    let counted = |case: &CaseRow| {
        let reason = case
            .close_reason
            .as_deref()
            .and_then(CloseReason::from_name);
        closed(case)
            && !matches!(
                reason,
                Some(CloseReason::Duplicate | CloseReason::NotAComplaint)
            )
    };
    let particulars = |case: &CaseRow| {
        let asked = policies
            .profile(&case.profile)
            .map(|profile| &profile.particulars);
        let has = |one: &Particular| case.particulars.iter().any(|name| name == one.as_str());
        asked.is_none_or(|asked| asked.iter().all(has))
    };
    let line = |record, of: &dyn Fn(&CaseRow) -> bool, complete: &dyn Fn(&CaseRow) -> bool| {
        let of: Vec<&CaseRow> = cases.iter().filter(|case| of(case)).collect();
        Completeness {
            record,
            complete: of.iter().filter(|case| complete(case)).count() as u64,
            of: of.len() as u64,
        }
    };
    vec![
        line("particulars", received, &particulars),
        line("category", &counted, &|case| case.category.is_some()),
        line("cause", &|case| within(case.decided_at), &|case| {
            case.cause.is_some()
        }),
        line("finding", &answered, &|case| case.finding.is_some()),
        line("outcome_letter", &answered, &|case| {
            case.resolved_at.is_some()
        }),
    ]
}
