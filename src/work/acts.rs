//! Acts of staff on cases: each is one transaction, done whole or refused with the reason.

use super::WorkError;
use super::changes::Changes;
use super::post::Post;
use super::to_staff::News;
use crate::case::{Act, Actor, Case, CaseRef, Event, Refusal, Staff, refused};
use crate::ids::CaseId;
use crate::store::members::Seen;
use crate::store::{Store, StoreError, Transaction, actions, cases};

/// How an act ended.
#[derive(Debug)]
pub enum Acted {
    /// Done: the case as it is now, and how many letters were written.
    Done { case: Box<Case>, letters: usize },
    /// Nothing has changed, but that the refusal is on record (§9).
    Refused(Box<Refusal>),
    /// There is no such case.
    NoCase,
}

/// Carries out what a member of staff wants done.
pub async fn act(
    store: &Store,
    post: &Post,
    reference: CaseRef,
    by: &Staff,
    act: Act,
    reason: Option<String>,
) -> Result<Acted, WorkError> {
    let now = store.now().await?;
    let known = store.cases_by_reference(&[reference]).await?;
    let Some((id, _)) = known.get(&reference.to_string()) else {
        return Ok(Acted::NoCase);
    };
    let name = act.name();
    let actor = Actor::Staff(by.person.clone());
    let mut tx = store.begin().await?;
    let mut act = act;
    number_actions(&mut tx, [&mut act]).await?;
    let locked = cases::lock(&mut tx, &[*id]).await?;
    let mut changes = Changes::new(&mut tx, post, now, locked, std::iter::empty()).await?;
    let refusal = match not_a_duplicate(&mut tx, *id, &act, by).await? {
        Some(refusal) => Some(refusal),
        None => {
            let event = Event::Acted {
                by: by.clone(),
                act,
                reason,
            };
            changes.tell(*id, &actor, &event, &News::default())?.err()
        }
    };
    if let Some(refusal) = &refusal {
        changes.record(*id, &actor, refused(name, refusal));
    }
    let Some(case) = changes.case(*id).map(|locked| locked.case.clone()) else {
        return Ok(Acted::NoCase);
    };
    let letters = changes.write(&mut tx).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(match refusal {
        Some(refusal) => Acted::Refused(Box::new(refusal)),
        None => Acted::Done {
            case: Box::new(case),
            letters,
        },
    })
}

/// Why a case can't be called a duplicate of another: that is this very case, or a duplicate of it; or none that they
/// may know of (§7), which is one of the same customer's or one that they may see.
pub(super) async fn not_a_duplicate(
    tx: &mut Transaction,
    case: CaseId,
    act: &Act,
    by: &Staff,
) -> Result<Option<Refusal>, StoreError> {
    let Act::Duplicate { of } = act else {
        return Ok(None);
    };
    let seen = Seen {
        person: &by.person,
        all: by.oversees(),
    };
    Ok(match cases::matter_of(tx, case, *of, seen).await? {
        None => Some(Refusal::Missing),
        Some(matter) if matter == case => Some(Refusal::SameCase { of: *of }),
        Some(_) => None,
    })
}

/// Gives actions that are raised their numbers.
pub(super) async fn number_actions(
    tx: &mut Transaction,
    acts: impl IntoIterator<Item = &mut Act>,
) -> Result<(), StoreError> {
    let numbers = acts.into_iter().filter_map(|act| match act {
        Act::Raise { number, .. } => Some(number),
        _ => None,
    });
    let numbers: Vec<&mut u32> = numbers.collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let given = actions::numbers(tx, numbers.len()).await?;
    for (number, given) in numbers.into_iter().zip(given) {
        *number = given;
    }
    Ok(())
}
