//! Actions: what is put right, prevented or learnt because of complaints (§4.4, §8).

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{StoreError, Transaction};
use crate::case::{ActionKind, CaseRef, Person};
use crate::ids::CaseId;

/// An action as it was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewAction {
    pub number: u32,
    /// `None`: raised from a review.
    pub case: Option<CaseId>,
    pub kind: ActionKind,
    pub what: String,
    pub owner: Person,
    pub raised_by: Person,
    /// The last day.
    pub due: NaiveDate,
}

impl NewAction {
    /// As it stands once it is raised.
    pub(crate) fn raised(self, reference: Option<CaseRef>, recused: BTreeSet<Person>) -> Action {
        Action {
            number: self.number,
            case: self.case.zip(reference),
            kind: self.kind,
            what: self.what,
            owner: self.owner,
            raised_by: self.raised_by,
            due: self.due,
            done_at: None,
            done_words: None,
            verified_by: None,
            reminded: 0,
            recused,
        }
    }
}

/// An action as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub number: u32,
    pub case: Option<(CaseId, CaseRef)>,
    pub kind: ActionKind,
    pub what: String,
    pub owner: Person,
    pub raised_by: Person,
    pub due: NaiveDate,
    pub done_at: Option<DateTime<Utc>>,
    pub done_words: Option<String>,
    pub verified_by: Option<Person>,
    /// How far its reminders have gone.
    pub reminded: i16,
    /// Who has no part in the case that it came from, and so sees nothing of it (§5.1).
    pub recused: BTreeSet<Person>,
}

/// Which actions are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    Number(u32),
    /// Not done yet, of one owner.
    OpenOf(&'a Person),
    /// Not verified yet, of all.
    Open,
}

/// Numbers for so many new actions.
pub(crate) async fn numbers(tx: &mut Transaction, how_many: usize) -> Result<Vec<u32>, StoreError> {
    let how_many = i32::try_from(how_many).unwrap_or(i32::MAX);
    let numbers = sqlx::query_scalar!(
        r#"select nextval('action_number') as "number!" from generate_series(1, $1)"#,
        how_many
    )
    .fetch_all(&mut **tx)
    .await?;
    let numbers = numbers.into_iter().map(u32::try_from);
    Ok(numbers.filter_map(Result::ok).collect())
}

pub(crate) async fn raise(
    tx: &mut Transaction,
    actions: &[NewAction],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for action in actions {
        sqlx::query!(
            "insert into action (number, case_id, kind, what, owner, raised_by, raised_at, due_on)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            number(action.number),
            action.case.map(|id| id.0),
            action.kind.as_str(),
            action.what,
            action.owner.as_str(),
            action.raised_by.as_str(),
            now,
            action.due
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Actions, the soonest due first. They stay as they are until the transaction ends.
pub(crate) async fn find(
    tx: &mut Transaction,
    which: Which<'_>,
) -> Result<Vec<Action>, StoreError> {
    let (one, owner) = match which {
        Which::Number(one) => (Some(number(one)), None),
        Which::OpenOf(owner) => (None, Some(owner.as_str())),
        Which::Open => (None, None),
    };
    let rows = sqlx::query!(
        r#"select a.number, a.case_id, c.reference as "reference?", a.kind, a.what, a.owner, a.raised_by,
                  a.due_on, a.done_at, a.done_words, a.verified_by, a.reminded,
                  array(select jsonb_array_elements_text(c.state->'recused')) as "recused!"
           from action a left join cases c on c.id = a.case_id
           where case when $1::integer is not null then a.number = $1
                      when $2::text is not null then a.owner = $2 and a.done_at is null
                      else a.verified_at is null end
           order by a.due_on, a.number for update of a"#,
        one,
        owner
    )
    .fetch_all(&mut **tx)
    .await?;
    let actions = rows.into_iter().filter_map(|row| {
        let reference = row.reference.and_then(|text| text.parse().ok());
        Some(Action {
            number: u32::try_from(row.number).ok()?,
            case: row.case_id.map(CaseId).zip(reference),
            kind: ActionKind::from_name(&row.kind)?,
            what: row.what,
            owner: row.owner.parse().ok()?,
            raised_by: row.raised_by.parse().ok()?,
            due: row.due_on,
            done_at: row.done_at,
            done_words: row.done_words,
            verified_by: row.verified_by.and_then(|text| text.parse().ok()),
            reminded: row.reminded,
            recused: row
                .recused
                .iter()
                .filter_map(|who| who.parse().ok())
                .collect(),
        })
    });
    Ok(actions.collect())
}

/// Marks one as done: from then on it is whoever verifies it that is reminded.
pub(crate) async fn done(
    tx: &mut Transaction,
    action: u32,
    words: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update action set done_at = $2, done_words = $3, reminded = 0 where number = $1 and done_at is null",
        number(action),
        now,
        words
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks one as looked at by somebody else than its owner.
pub(crate) async fn verified(
    tx: &mut Transaction,
    action: u32,
    by: &Person,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update action set verified_at = $2, verified_by = $3 where number = $1 and verified_at is null",
        number(action),
        now,
        by.as_str()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How far the reminders of one have gone.
pub(crate) async fn reminded(
    tx: &mut Transaction,
    action: u32,
    rung: i16,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update action set reminded = $2 where number = $1",
        number(action),
        rung
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
