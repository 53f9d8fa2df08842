//! Who may do what at which stage: the table behind every act of staff (policy: *Stages and events*, §9).
//!
//! What isn't listed is refused, with the reason and what is possible instead. `redress policy stages`
//! prints the table, and config/policy/STAGES.md keeps it.

use super::Refusal;
use super::event::ActName::{self, *};
use super::person::Staff;
use super::state::Case;
use crate::policy::Role;
use crate::policy::Stage::{self, *};

/// What somebody must be to a case to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum By {
    /// The case's own handler; a supervisor or manager in their place, with a reason (§9).
    Handler,
    /// Any handler, where nobody else has the case.
    AnyHandler,
    /// The case's own mediator, and nobody else (§5.1).
    Mediator,
    /// A department that was asked and hasn't answered.
    Department,
    Supervisor,
    Manager,
    Legal,
    /// Whoever missed a deadline of the case or overrode a step, and hasn't said why.
    Concerned,
    /// Anybody with a part in the case, and supervisors.
    Anyone,
}

/// One row: an act, the stages it is possible at, by whom, and the stage it leads to.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub act: ActName,
    pub at: &'static [Stage],
    pub by: &'static [By],
    /// `None`: the case stays where it is.
    pub to: Option<Stage>,
    /// The policy's clause.
    pub clause: &'static str,
}

const OPEN: &[Stage] = &[
    Received,
    AwaitingParticulars,
    Investigating,
    Negotiating,
    Resolved,
    Mediating,
    Litigation,
];
/// Open, and not before a court.
const OURS: &[Stage] = &[
    Received,
    AwaitingParticulars,
    Investigating,
    Negotiating,
    Resolved,
    Mediating,
];
const BEFORE_OUTCOME: &[Stage] = &[Received, AwaitingParticulars, Investigating, Negotiating];
const AT_WORK: &[Stage] = &[Investigating, Negotiating, Mediating];

const fn row(
    act: ActName,
    at: &'static [Stage],
    by: &'static [By],
    to: Option<Stage>,
    clause: &'static str,
) -> Rule {
    Rule {
        act,
        at,
        by,
        to,
        clause,
    }
}

/// Every act that is possible. Several rows may stand for one act.
pub const TABLE: &[Rule] = &[
    row(
        Accept,
        &[Received, AwaitingParticulars],
        &[By::AnyHandler],
        Some(Investigating),
        "§4.2",
    ),
    row(
        Accept,
        &[Investigating, Negotiating, Resolved, Mediating],
        &[By::AnyHandler],
        None,
        "§4.2",
    ),
    row(Assign, OPEN, &[By::Supervisor, By::Handler], None, "§9"),
    row(Note, Stage::ALL, &[By::Anyone], None, "§6"),
    row(Reply, BEFORE_OUTCOME, &[By::Handler], None, "§4.1"),
    row(
        Reply,
        &[Resolved],
        &[By::Handler, By::Mediator],
        None,
        "§4.4",
    ),
    row(Reply, &[Mediating], &[By::Mediator], None, "§5.1"),
    row(
        Ask,
        &[Received],
        &[By::AnyHandler],
        Some(AwaitingParticulars),
        "§4.1",
    ),
    row(
        Ask,
        &[Investigating],
        &[By::Handler],
        Some(AwaitingParticulars),
        "§4.1",
    ),
    row(
        Complete,
        &[Received, Investigating],
        &[By::Handler],
        None,
        "§4.1",
    ),
    row(
        Complete,
        &[AwaitingParticulars],
        &[By::Handler],
        Some(Investigating),
        "§4.1",
    ),
    row(
        HandOff,
        &[Investigating, Negotiating],
        &[By::Handler],
        None,
        "§4.2",
    ),
    row(HandOff, &[Mediating], &[By::Mediator], None, "§4.2"),
    row(
        AnswerHandOff,
        OURS,
        &[By::Department, By::Handler, By::Mediator],
        None,
        "§4.2",
    ),
    row(
        Find,
        &[Investigating],
        &[By::Handler],
        Some(Negotiating),
        "§4.2",
    ),
    row(Propose, &[Negotiating], &[By::Handler], None, "§4.3"),
    row(View, &[Negotiating, Resolved], &[By::Handler], None, "§4.3"),
    row(View, &[Mediating], &[By::Mediator], None, "§4.3"),
    row(
        Resolve,
        &[Investigating, Negotiating],
        &[By::Handler],
        Some(Resolved),
        "§4.4",
    ),
    row(Extend, OURS, &[By::Supervisor, By::Manager], None, "§4.4"),
    row(
        Mediate,
        &[Mediating],
        &[By::Supervisor, By::Manager],
        None,
        "§5.1",
    ),
    row(
        Mediated,
        &[Mediating],
        &[By::Mediator],
        Some(Resolved),
        "§5.1",
    ),
    row(Invite, AT_WORK, &[By::Handler, By::Mediator], None, "§4.3"),
    row(Dismiss, OURS, &[By::Handler, By::Mediator], None, "§4.3"),
    row(
        Litigate,
        OURS,
        &[By::Legal, By::Supervisor, By::Manager],
        Some(Litigation),
        "§5.2",
    ),
    row(
        Litigate,
        &[Closed],
        &[By::Legal, By::Supervisor, By::Manager],
        Some(Litigation),
        "§5.2",
    ),
    row(
        ActName::Rule,
        &[Litigation],
        &[By::Legal],
        Some(Closed),
        "§5.2",
    ),
    row(Release, &[Closed], &[By::Legal], None, "§5.2"),
    row(Close, &[Received], &[By::AnyHandler], Some(Closed), "§2.1"),
    row(
        Close,
        &[AwaitingParticulars, Investigating, Negotiating],
        &[By::Handler],
        Some(Closed),
        "§2.1",
    ),
    row(Close, &[Resolved], &[By::Handler], Some(Closed), "§4.4"),
    row(
        Withdraw,
        OPEN,
        &[By::AnyHandler, By::Mediator],
        Some(Closed),
        "§4.3",
    ),
    row(Duplicate, OPEN, &[By::AnyHandler], Some(Closed), "§6"),
    row(
        Category,
        Stage::ALL,
        &[By::AnyHandler, By::Supervisor],
        None,
        "§6",
    ),
    row(
        Severity,
        Stage::ALL,
        &[By::AnyHandler, By::Supervisor],
        None,
        "§6",
    ),
    row(
        Complexity,
        Stage::ALL,
        &[By::AnyHandler, By::Supervisor],
        None,
        "§6",
    ),
    row(
        Cause,
        Stage::ALL,
        &[By::AnyHandler, By::Supervisor],
        None,
        "§6",
    ),
    row(
        Recuse,
        OPEN,
        &[By::AnyHandler, By::Mediator, By::Supervisor],
        None,
        "§5.1",
    ),
    row(Hold, OPEN, &[By::Supervisor, By::Manager], None, "§9"),
    row(Unhold, OPEN, &[By::Supervisor, By::Manager], None, "§9"),
    row(
        Reopen,
        &[Closed],
        &[By::Handler, By::Supervisor, By::Manager],
        Some(Investigating),
        "§4.4",
    ),
    row(
        Satisfaction,
        &[Resolved],
        &[By::Handler, By::Mediator],
        None,
        "§4.4",
    ),
    row(
        HandOver,
        Stage::ALL,
        &[By::Handler, By::Mediator],
        None,
        "§4.4",
    ),
    row(Recognise, Stage::ALL, &[By::Handler], None, "§7"),
    row(Explain, Stage::ALL, &[By::Concerned], None, "§9"),
    row(
        Suggest,
        Stage::ALL,
        &[By::AnyHandler, By::Supervisor],
        None,
        "§10",
    ),
    row(
        Raise,
        Stage::ALL,
        &[By::Handler, By::Mediator, By::Supervisor, By::Manager],
        None,
        "§4.4, §8",
    ),
];

/// How somebody comes to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub to: Option<Stage>,
    /// In the handler's place: needs a reason, and is on record.
    pub overriding: bool,
}

/// Whether somebody may do this on the case as it is.
pub(super) fn allow(case: &Case, act: ActName, who: &Staff) -> Result<Allowed, Refusal> {
    if case.recused.contains(&who.person) {
        return Err(Refusal::Recused {
            who: who.person.clone(),
        });
    }
    let mut may = Vec::new();
    let mut overriding = None;
    for rule in TABLE
        .iter()
        .filter(|rule| rule.act == act && rule.at.contains(&case.stage))
    {
        for by in rule.by {
            if fits(case, *by, who) {
                return Ok(Allowed {
                    to: rule.to,
                    overriding: false,
                });
            }
            let in_place = matches!(by, By::Handler | By::AnyHandler)
                && (who.is(Role::Supervisor) || who.is(Role::Manager));
            if in_place {
                overriding = Some(Allowed {
                    to: rule.to,
                    overriding: true,
                });
            }
            may.push(*by);
        }
    }
    if let Some(overriding) = overriding {
        return Ok(overriding);
    }
    if may.is_empty() {
        return Err(Refusal::NotNow {
            act,
            stage: case.stage,
            possible: possible(case, who),
        });
    }
    may.sort_unstable();
    may.dedup();
    if let (Some(handler), true) = (&case.handler, may.contains(&By::AnyHandler)) {
        return Err(Refusal::Taken {
            act,
            handler: handler.clone(),
        });
    }
    Err(Refusal::NotYours { act, may })
}

/// What somebody can do on the case as it is.
pub fn possible(case: &Case, who: &Staff) -> Vec<ActName> {
    let mut acts: Vec<ActName> = TABLE
        .iter()
        .filter(|rule| rule.at.contains(&case.stage))
        .filter(|rule| rule.by.iter().any(|by| fits(case, *by, who)))
        .map(|rule| rule.act)
        .filter(|act| has_object(case, *act))
        .collect();
    acts.dedup();
    acts
}

/// Whether there is anything to do it to: a question to answer, a hold to end.
fn has_object(case: &Case, act: ActName) -> bool {
    match act {
        AnswerHandOff => case.hand_offs.values().any(|hand_off| !hand_off.answered),
        Dismiss => case.has_third_party(),
        Hold => !case.held,
        Unhold => case.held,
        Release => case.legal_hold,
        _ => true,
    }
}

fn fits(case: &Case, by: By, who: &Staff) -> bool {
    let person = Some(&who.person);
    let handles = case.handler.as_ref() == person;
    let asked = || {
        let mut open = case
            .hand_offs
            .values()
            .filter(|hand_off| !hand_off.answered);
        open.any(|hand_off| hand_off.to == who.person)
    };
    match by {
        By::Handler => handles,
        By::AnyHandler => handles || (case.handler.is_none() && who.is(Role::Handler)),
        By::Mediator => case.mediator.as_ref() == person,
        By::Department => asked(),
        By::Supervisor => who.is(Role::Supervisor),
        By::Manager => who.is(Role::Manager),
        By::Legal => who.is(Role::Legal),
        By::Concerned => {
            let mut lapses = case.lapses.iter();
            lapses.any(|lapse| !lapse.explained && lapse.by.as_ref() == person)
        }
        By::Anyone => {
            handles
                || case.mediator.as_ref() == person
                || asked()
                || (case.handler.is_none() && who.is(Role::Handler))
                || [Role::Supervisor, Role::Manager, Role::Legal]
                    .into_iter()
                    .any(|role| who.is(role))
        }
    }
}

impl By {
    /// In words, for tables and refusals.
    pub fn words(self) -> &'static str {
        match self {
            By::Handler => "its handler (a supervisor or manager in their place, with a reason)",
            By::AnyHandler => {
                "its handler, or any while it has none (a supervisor or manager in their place, with a reason)"
            }
            By::Mediator => "its mediator",
            By::Department => "a department that was asked",
            By::Supervisor => "a supervisor",
            By::Manager => "a manager",
            By::Legal => "legal",
            By::Concerned => {
                "whoever missed a deadline or overrode a step, and hasn't explained it"
            }
            By::Anyone => "anyone with a part in it, and supervisors",
        }
    }
}

/// The table in Markdown, for people.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Who may do what at which stage\n\n\
         Made by `redress policy stages` from the program's own table; a test compares the two. What isn't\n\
         listed is refused with the reason, and leaves the case as it was. Clauses are the policy's.\n\n\
         | act | at stage | by | leads to | clause |\n|---|---|---|---|---|\n",
    );
    for rule in TABLE {
        let stages = if rule.at.len() == Stage::ALL.len() {
            "any".to_owned()
        } else {
            let names: Vec<&str> = rule.at.iter().map(|stage| stage.as_str()).collect();
            names.join(", ")
        };
        let by: Vec<&str> = rule.by.iter().map(|by| by.words()).collect();
        let to = rule.to.map_or("–", Stage::as_str);
        let (act, clause) = (rule.act, rule.clause);
        text += &format!(
            "| {act} | {stages} | {} | {to} | {clause} |\n",
            by.join("; ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documented_table_is_the_one_in_force() {
        let kept = include_str!("../../config/policy/STAGES.md");
        let hint = "renew it: redress policy stages > config/policy/STAGES.md";
        assert_eq!(kept, super::markdown(), "{hint}");
    }
}
