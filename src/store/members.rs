//! Members of staff, by the numbers that signed addresses hold.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Transaction};
use crate::case::{CaseRef, Person};
use crate::ids::{CaseId, MemberId};

impl Store {
    /// The numbers of these people; new ones get one.
    pub async fn members<'a>(
        &self,
        people: impl Iterator<Item = &'a Person>,
    ) -> Result<HashMap<Person, MemberId>, StoreError> {
        let people: Vec<&str> = people.map(Person::as_str).collect();
        let rows = sqlx::query!(
            r#"with new as (
                 insert into member (person) select unnest($1::text[])
                 on conflict (person) do nothing returning id, person)
               select id as "id!", person as "person!" from new
               union all
               select id, person from member where person = any($1)"#,
            &people as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.person.parse().ok()?, MemberId(row.id))))
            .collect())
    }
}

/// Those of these people who were never sent the page of help; they count as having been sent it from now on.
pub(crate) async fn welcome(
    tx: &mut Transaction,
    people: &[&str],
    now: DateTime<Utc>,
) -> Result<Vec<Person>, StoreError> {
    let new = sqlx::query_scalar!(
        "update member set welcomed_at = $2
         where person = any($1) and welcomed_at is null returning person",
        people as &[&str],
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(new.into_iter().filter_map(|id| id.parse().ok()).collect())
}

/// Open cases of each handler, by their ids.
pub(crate) async fn open_work(tx: &mut Transaction) -> Result<HashMap<Person, usize>, StoreError> {
    let rows = sqlx::query!(
        r#"select handler as "handler!", count(*) as "cases!" from cases
           where stage <> 'closed' and handler is not null group by handler"#
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.handler.parse().ok()?, usize::try_from(row.cases).ok()?)))
        .collect())
}

/// Which of these authors (in lower case) have sent a mail of this Message-ID before.
pub(crate) async fn seen_before(
    tx: &mut Transaction,
    mails: &[(&str, &str)],
) -> Result<Vec<bool>, StoreError> {
    let seen = sqlx::query_scalar!(
        r#"select exists (
               select 1 from message m
               where m.message_id = these.message_id and lower(m.from_address) = these.author)
               -- one that was erased
               or exists (
               select 1 from message m
               where m.message_id = one_use(these.author, these.message_id)
                 and m.erased_by is not null) as "seen!"
           from unnest($1::text[], $2::text[]) with ordinality as these (author, message_id, place)
           order by these.place"#,
        &mails.iter().map(|(author, _)| *author).collect::<Vec<_>>() as &[&str],
        &mails.iter().map(|(_, id)| *id).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(seen)
}

/// A case as it stands in a list for a member of staff.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub reference: String,
    pub stage: String,
    /// When the next of its running clocks falls due.
    pub due_at: Option<DateTime<Utc>>,
    /// Subject of the mail that opened it.
    pub topic: String,
}

/// Which cases a member of staff may see in a list: their own, or all but those they are recused from.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub person: &'a Person,
    pub all: bool,
}

/// Open cases, the soonest due first; only those due before a moment where given.
pub(crate) async fn list(
    tx: &mut Transaction,
    seen: Seen<'_>,
    due_before: Option<DateTime<Utc>>,
    most: u16,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query_as!(
        Listed,
        r#"select c.reference as "reference!", c.stage as "stage!", next.due_at,
                  coalesce(topic(c.id), '') as "topic!"
           from cases c left join lateral (
               select min(due_at) as due_at from clock
               where case_id = c.id and stopped_at is null and paused_at is null) next on true
           where c.stage <> 'closed' and not c.state->'recused' ? $1
             and ($2 or c.handler = $1 or c.mediator = $1)
             and ($3::timestamptz is null or next.due_at < $3)
           order by next.due_at nulls last, c.id limit $4"#,
        seen.person.as_str(),
        seen.all,
        due_before,
        i64::from(most)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows)
}

/// The case of a reference, where they may see it.
pub(crate) async fn in_part(
    tx: &mut Transaction,
    seen: Seen<'_>,
    reference: CaseRef,
) -> Result<Option<CaseId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"select c.id from cases c
           where c.reference = $3 and not c.state->'recused' ? $1
             and ($2 or c.handler = $1 or c.mediator = $1)"#,
        seen.person.as_str(),
        seen.all,
        reference.to_string()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(id.map(CaseId))
}
