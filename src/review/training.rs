//! What should be taught, by what went wrong (§8).

use serde::Serialize;

use super::figures::BreachGroup;
use super::rows::RefusalRow;
use super::spread::{Group, Shown};
use crate::case::ActName;

/// So many breaches of one clock by one person are no accident any more.
const BREACHES: u64 = 3;
/// So many refused steps of one kind by one person: they don't know the step.
const REFUSALS: u64 = 3;
/// Causes that people's knowledge and conduct can mend; others call for other actions.
const TAUGHT: [&str; 4] = [
    "communication",
    "staff_conduct",
    "process",
    "service_failure",
];

/// A reason to teach somebody something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Need {
    /// Somebody missed the same deadline again and again.
    Breaches {
        person: String,
        clock: String,
        count: u64,
    },
    /// Somebody tried the same step again and again where it wasn't theirs, or not its time.
    RefusedSteps {
        person: String,
        act: String,
        count: u64,
    },
    /// Complaints came of what can be taught.
    Cause { cause: String, count: u64 },
}

/// What should be taught: to whom the breaches and refusals say, and what the causes say; `decided` is the
/// column of cases decided in the period.
pub fn needs(
    breaches: &[BreachGroup],
    refusals: &[RefusalRow],
    causes: &[Group<4>],
    decided: usize,
) -> Vec<Need> {
    let missed = breaches.iter().filter_map(|group| {
        let person = group.person.clone()?;
        (group.count >= BREACHES).then(|| Need::Breaches {
            person,
            clock: group.clock.clone(),
            count: group.count,
        })
    });
    let refused = refusals
        .iter()
        .filter(|row| row.count >= REFUSALS && ActName::from_name(&row.act).is_some());
    let refused = refused.map(|row| Need::RefusedSteps {
        person: row.by.clone(),
        act: row.act.clone(),
        count: row.count,
    });
    let caused = causes
        .iter()
        .filter_map(|group| match group.counts.get(decided) {
            Some(Shown::Count(count)) if *count > 0 && TAUGHT.contains(&group.code.as_str()) => {
                Some(Need::Cause {
                    cause: group.code.clone(),
                    count: *count,
                })
            }
            Some(_) | None => None,
        });
    missed.chain(refused).chain(caused).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_follow_from_what_happened_again_and_again() {
        let group = |person: Option<&str>, count| BreachGroup {
            clock: "resolve".into(),
            person: person.map(str::to_owned),
            count,
            unexplained: 0,
        };
        let refusal = |by: &str, count| RefusalRow {
            act: "resolve".into(),
            by: by.into(),
            count,
        };
        let cause = |code: &str, decided| Group {
            code: code.into(),
            counts: [Shown::Count(0), Shown::Count(0), Shown::Count(0), decided],
        };
        let found = needs(
            &[
                group(Some("li.na"), 3),
                group(Some("wu.lei"), 2),
                group(None, 9),
            ],
            &[refusal("li.na", 3), refusal("wu.lei", 2)],
            &[
                cause("communication", Shown::Count(7)),
                cause("process", Shown::Few),
                cause("product_defect", Shown::Count(20)),
            ],
            3,
        );
        assert_eq!(
            found,
            [
                Need::Breaches {
                    person: "li.na".into(),
                    clock: "resolve".into(),
                    count: 3
                },
                Need::RefusedSteps {
                    person: "li.na".into(),
                    act: "resolve".into(),
                    count: 3
                },
                Need::Cause {
                    cause: "communication".into(),
                    count: 7
                },
            ]
        );
    }
}
