//! Members of staff, by the numbers that signed addresses hold.

use std::collections::HashMap;

use super::{Store, StoreError, Transaction};
use crate::case::Person;
use crate::ids::MemberId;

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

/// Open cases of each handler, by their ids.
pub(crate) async fn open_work(
    tx: &mut Transaction,
) -> Result<HashMap<Person, usize>, StoreError> {
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
               where m.message_id = these.message_id and lower(m.from_address) = these.author) as "seen!"
           from unnest($1::text[], $2::text[]) with ordinality as these (author, message_id, place)
           order by these.place"#,
        &mails.iter().map(|(author, _)| *author).collect::<Vec<_>>() as &[&str],
        &mails.iter().map(|(_, id)| *id).collect::<Vec<_>>() as &[&str],
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(seen)
}
