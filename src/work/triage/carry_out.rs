//! Acts of a mail on its case: all of them, or none.

use crate::case::{Act, Actor, Event, Refusal, refused};
use crate::ids::CaseId;
use crate::staff::notice::act_done;
use crate::staff::{Member, answer};
use crate::store::Transaction;
use crate::work::WorkError;
use crate::work::acts::not_a_duplicate;
use crate::work::changes::Changes;
use crate::work::to_staff::News;

/// What was done, a line each, and how many letters were written; or why none of it was done.
pub(super) type CarriedOut = Result<(Vec<String>, usize), Vec<String>>;

/// All acts, in their order, or none of them.
pub(super) async fn carry_out(
    tx: &mut Transaction,
    changes: &mut Changes<'_>,
    case: CaseId,
    member: &Member,
    acts: Vec<(Act, Option<String>)>,
) -> Result<CarriedOut, WorkError> {
    let tongue = member.tongue();
    let actor = Actor::Staff(member.person.clone());
    if changes.case(case).is_none() {
        return Ok(Err(vec![answer::refusal(&Refusal::Missing, tongue)]));
    }
    let before = changes.before(Some(case));
    let mut done = Vec::new();
    for (act, reason) in acts {
        let name = act.name();
        let line = act_done(&act, tongue);
        let by = member.staff();
        let told = match not_a_duplicate(tx, case, &act, &by).await? {
            Some(refusal) => Err(refusal),
            None => {
                let event = Event::Acted { by, act, reason };
                changes.tell(case, &actor, &event, &News::default())?
            }
        };
        if let Err(refusal) = told {
            changes.undo(before);
            changes.record(case, &actor, refused(name, &refusal));
            return Ok(Err(vec![answer::refusal(&refusal, tongue)]));
        }
        done.push(line);
    }
    let letters = changes.letters_since(&before).len();
    Ok(Ok((done, letters)))
}
