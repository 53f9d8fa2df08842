//! Orders of staff that were shown to them and wait to be confirmed.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction};
use crate::case::Person;
use crate::ids::{CaseId, LandedId, MailboxId};

/// A mail whose orders wait.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub id: i64,
    pub case: CaseId,
    pub person: Person,
    /// What they wrote, without quoted history.
    pub text: String,
    pub mailbox: MailboxId,
    pub received_at: DateTime<Utc>,
    /// When they were shown it: days such as "tomorrow" count from then.
    pub ordered_at: DateTime<Utc>,
    /// When it is done by itself; `None`: never.
    pub due_at: Option<DateTime<Utc>>,
}

/// How waiting orders end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Refused,
    Cancelled,
    /// They wrote others.
    Replaced,
}

impl Ending {
    const fn as_str(self) -> &'static str {
        match self {
            Ending::Done => "done",
            Ending::Refused => "refused",
            Ending::Cancelled => "cancelled",
            Ending::Replaced => "replaced",
        }
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    Of(CaseId, &'a Person),
    /// Whatever is to be done by itself by now on these cases.
    Due(&'a [CaseId], DateTime<Utc>),
}

/// Lets the orders of a mail wait.
pub(crate) async fn wait(
    tx: &mut Transaction,
    case: CaseId,
    person: &Person,
    landed: LandedId,
    (now, due_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into pending (case_id, person, landed_id, ordered_at, due_at) values ($1, $2, $3, $4, $5)",
        case.0,
        person.as_str(),
        landed.0,
        now,
        due_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Orders that wait; the case has to be locked before they are ended.
pub(crate) async fn find(
    tx: &mut Transaction,
    which: Which<'_>,
) -> Result<Vec<Pending>, StoreError> {
    let (cases, person, due) = match which {
        Which::Of(case, person) => (vec![case.0], Some(person.as_str()), None),
        Which::Due(cases, at) => (cases.iter().map(|id| id.0).collect(), None, Some(at)),
    };
    let rows = sqlx::query!(
        r#"select p.id, p.case_id, p.person, coalesce(m.new_text, m.text) as "text!", l.mailbox_id,
                  l.received_at as "received_at!", p.ordered_at, p.due_at
           from pending p join message m on m.landed_id = p.landed_id join landed l on l.id = p.landed_id
           where p.ended_at is null and p.case_id = any($1) and (p.person = $2 or p.due_at <= $3)
           order by p.due_at, p.id"#,
        &cases,
        person,
        due
    )
    .fetch_all(&mut **tx)
    .await?;
    let found = rows.into_iter().filter_map(|row| {
        Some(Pending {
            id: row.id,
            case: CaseId(row.case_id),
            person: row.person.parse().ok()?,
            text: row.text,
            mailbox: MailboxId(row.mailbox_id),
            received_at: row.received_at,
            ordered_at: row.ordered_at,
            due_at: row.due_at,
        })
    });
    Ok(found.collect())
}

/// Ends orders that waited; false where somebody else has.
pub(crate) async fn end(
    tx: &mut Transaction,
    id: i64,
    ending: Ending,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "update pending set ended_at = $2, ending = $3 where id = $1 and ended_at is null",
        id,
        now,
        ending.as_str()
    )
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected() == 1)
}

impl Store {
    /// Cases with orders that are to be done by themselves by now.
    pub(crate) async fn pending_due(&self) -> Result<Vec<CaseId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "select case_id from pending where ended_at is null and due_at <= now()
             group by case_id order by min(due_at), case_id limit 50"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(CaseId).collect())
    }
}
