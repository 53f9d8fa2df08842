//! What cases are found by: written with what is filed, and searched.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

pub use super::members::Seen;
use super::{Store, StoreError, Transaction};
use crate::archive::terms::{MOST_TEXT, Query, Terms};
use crate::case::Person;
use crate::ids::CaseId;
use crate::mail::Reading;

/// Cases looked at newest first before the index is asked: words that are common are found here, and for
/// those that aren't the index has little to give.
const NEWEST: i64 = 1000;
/// The same of a member's own cases.
const NEWEST_OWN: i64 = 300;
/// Candidates looked at together, at least.
const LOOKED_AT: i64 = 50;
/// Most rounds of candidates, so that a search ends whatever the words are.
const MOST_ROUNDS: usize = 20;
/// Most texts of one case that are looked at for a hit.
const MOST_TEXTS: i64 = 500;
/// Cases put into the index together.
const BATCH: i64 = 200;

/// Which cases are searched.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All, for an operator.
    All,
    /// Those that a member has a part in: their own, or all but those they are recused from.
    Of(Seen<'a>),
}

/// A case that holds the words.
#[derive(Debug, Clone)]
pub struct Hit {
    pub reference: String,
    pub stage: String,
    pub handler: Option<String>,
    /// When what holds the words came or was written.
    pub at: DateTime<Utc>,
    /// What it is: `message`, `words` of staff, `reference` or `customer`.
    pub place: String,
    /// The words with what stands round them.
    pub snippet: String,
    /// Subject of the mail that opened the case.
    pub topic: String,
    /// When the next of its running clocks falls due.
    pub due_at: Option<DateTime<Utc>>,
}

/// What a message is found by.
pub(crate) fn of_message(terms: &mut Terms, reading: &Reading) {
    terms.add(&reading.subject);
    terms.add(&reading.text);
    if let Some(from) = &reading.from {
        terms.add(from.name.as_deref().unwrap_or(""));
        terms.add(&from.address);
    }
    for file in &reading.attachments {
        terms.add(file.filename.as_deref().unwrap_or(""));
    }
}

/// Adds to what cases are found by.
pub(crate) async fn add(
    tx: &mut Transaction,
    cases: &BTreeMap<CaseId, Terms>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into search (case_id, words)
         select case_id, words::integer[] from unnest($1::bigint[], $2::text[]) as new (case_id, words)
         on conflict (case_id) do update
         set words = array(select unnest(search.words) union select unnest(excluded.words))",
        &cases.keys().map(|id| id.0).collect::<Vec<_>>(),
        &cases.values().map(Terms::literal).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A text of a case.
struct Text {
    place: String,
    at: DateTime<Utc>,
    text: String,
}

/// What these cases can be found by, as it stands: heads first, then messages, then words of staff.
async fn texts_of(
    tx: &mut Transaction,
    cases: &[i64],
    most: i64,
) -> Result<Vec<(i64, Text)>, StoreError> {
    let rows = sqlx::query!(
        r#"select t.case_id as "case_id!", t.place as "place!", t.at as "at!", t.text as "text!"
           from unnest($1::bigint[]) as these (id) cross join lateral (
               (select c.id as case_id, 'reference' as place, 0 as rank, c.received_at as at, c.reference as text
                from cases c where c.id = these.id)
               union all
               (select c.id, 'customer', 3, c.received_at, coalesce(p.name, '') || ' ' || p.address
                from cases c join party p on p.id = c.customer_id where c.id = these.id)
               union all
               (select m.case_id, 'message', 1, coalesce(l.received_at, m.read_at),
                       coalesce(m.subject, '') || E'\n' || left(coalesce(m.text, ''), $2) || E'\n' || coalesce(m.from_name, '') || ' '
                       || coalesce(m.from_address, '') || E'\n'
                       || coalesce((select string_agg(file->>'filename', E'\n')
                                    from jsonb_array_elements(m.attachments) file), '')
                from message m join landed l on l.id = m.landed_id
                where m.case_id = these.id order by m.landed_id limit $3)
               union all
               (select w.case_id, 'words', 2,
                       coalesce((select min(h.at) from history h where h.case_id = w.case_id
                                 and position(encode(w.sha256, 'hex') in h.data::text) > 0), c.received_at),
                       left(w.body, $2)
                from words w join cases c on c.id = w.case_id
                where w.case_id = these.id and w.body is not null limit $3)) t
           order by t.case_id, t.rank, t.at"#,
        cases,
        i32::try_from(MOST_TEXT).unwrap_or(i32::MAX),
        most,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let text = Text {
                place: row.place,
                at: row.at,
                text: row.text,
            };
            (row.case_id, text)
        })
        .collect())
}

/// Cases that hold all of the words, newest first.
pub(crate) async fn find(
    tx: &mut Transaction,
    scope: Scope<'_>,
    query: &Query,
    most: u32,
) -> Result<Vec<Hit>, StoreError> {
    // the index is never worth less than reading everything
    sqlx::query!("set local enable_seqscan = off")
        .execute(&mut **tx)
        .await?;
    let found = find_with(tx, scope, query, most).await;
    sqlx::query!("set local enable_seqscan = on")
        .execute(&mut **tx)
        .await?;
    found
}

async fn find_with(
    tx: &mut Transaction,
    scope: Scope<'_>,
    query: &Query,
    most: u32,
) -> Result<Vec<Hit>, StoreError> {
    let most = most as usize;
    let wanted = LOOKED_AT.max(i64::try_from(most).unwrap_or(i64::MAX));
    let terms = query.terms();
    let mut hits = Vec::new();
    let (candidates, last) = match scope {
        Scope::Of(Seen { person, all: false }) => among_own(tx, person, &terms).await?,
        Scope::All | Scope::Of(Seen { all: true, .. }) => among_newest(tx, scope, &terms).await?,
    };
    let Some(mut before) = last else {
        return Ok(hits);
    };
    for some in candidates.chunks(most.clamp(10, LOOKED_AT as usize)) {
        hits.extend(look(tx, query, some).await?);
        if hits.len() >= most {
            hits.truncate(most);
            return Ok(hits);
        }
    }
    for _ in 0..MOST_ROUNDS {
        let candidates = by_index(tx, scope, &terms, before, wanted).await?;
        let Some(last) = candidates.last() else {
            break;
        };
        before = *last;
        hits.extend(look(tx, query, &candidates).await?);
        if hits.len() >= most || (candidates.len() as i64) < wanted {
            break;
        }
    }
    hits.truncate(most);
    Ok(hits)
}

/// Among the newest cases those that may hold the words, newest first; and the oldest that was looked at.
async fn among_newest(
    tx: &mut Transaction,
    scope: Scope<'_>,
    terms: &[i32],
) -> Result<(Vec<i64>, Option<i64>), StoreError> {
    let person = match scope {
        Scope::All => None,
        Scope::Of(Seen { person, .. }) => Some(person.as_str()),
    };
    let row = sqlx::query!(
        r#"with newest as materialized (
               select case_id, words from search order by case_id desc limit $1)
           select min(n.case_id) as oldest,
                  array_agg(n.case_id order by n.case_id desc) filter (
                      where n.words @> $2 and ($3::text is null or exists (
                          select 1 from cases c where c.id = n.case_id and not c.state->'recused' ? $3)))
                      as holds
           from newest n"#,
        NEWEST,
        terms,
        person
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.holds.unwrap_or_default(), row.oldest))
}

/// The same among a member's own.
async fn among_own(
    tx: &mut Transaction,
    person: &Person,
    terms: &[i32],
) -> Result<(Vec<i64>, Option<i64>), StoreError> {
    let row = sqlx::query!(
        r#"with newest as materialized (
               select id from (
                   (select id from cases where handler = $1 order by id desc limit $2)
                   union
                   (select id from cases where mediator = $1 order by id desc limit $2)) own
               order by id desc limit $2)
           select min(n.id) as oldest,
                  array_agg(n.id order by n.id desc) filter (
                      where s.words @> $3 and not c.state->'recused' ? $1) as holds
           from newest n join search s on s.case_id = n.id join cases c on c.id = n.id"#,
        person.as_str(),
        NEWEST_OWN,
        terms
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.holds.unwrap_or_default(), row.oldest))
}

/// Older cases that may hold the words, newest first.
async fn by_index(
    tx: &mut Transaction,
    scope: Scope<'_>,
    terms: &[i32],
    before: i64,
    most: i64,
) -> Result<Vec<i64>, StoreError> {
    let person = match scope {
        Scope::Of(Seen { person, all: false }) => {
            let cases = sqlx::query_scalar!(
                // however many there are of either, each is read once
                r#"with held as materialized (select case_id from search where words @> $2), own as (
                       select case_id as id from held
                       intersect
                       (select id from cases where handler = $1
                        union select id from cases where mediator = $1))
                   select o.id as "id!" from own o join cases c on c.id = o.id
                   where o.id < $3 and not c.state->'recused' ? $1
                   order by o.id desc limit $4"#,
                person.as_str(),
                terms,
                before,
                most
            )
            .fetch_all(&mut **tx)
            .await?;
            return Ok(cases);
        }
        Scope::All => None,
        Scope::Of(Seen { person, all: true }) => Some(person.as_str()),
    };
    let cases = sqlx::query_scalar!(
        r#"with held as materialized (select case_id from search where words @> $2)
           select h.case_id as "id!" from held h
           where h.case_id < $3 and ($1::text is null or exists (
               select 1 from cases c where c.id = h.case_id and not c.state->'recused' ? $1))
           order by h.case_id desc limit $4"#,
        person,
        terms,
        before,
        most
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(cases)
}

/// Looks at what these cases hold, and keeps those that hold all of the words.
async fn look(
    tx: &mut Transaction,
    query: &Query,
    candidates: &[i64],
) -> Result<Vec<Hit>, StoreError> {
    let mut texts: HashMap<i64, Vec<Text>> = HashMap::new();
    for (case, text) in texts_of(tx, candidates, MOST_TEXTS).await? {
        texts.entry(case).or_default().push(text);
    }
    let mut found: Vec<(i64, Text, String)> = Vec::new();
    for case in candidates {
        let mut there = vec![false; query.pieces()];
        // the text with the most of the words, the first of them
        let mut best: Option<(usize, Text, String)> = None;
        for text in texts.remove(case).unwrap_or_default() {
            let Some(found) = query.find(&text.text) else {
                continue;
            };
            for (there, found) in there.iter_mut().zip(&found.pieces) {
                *there |= found;
            }
            let count = found.pieces.iter().filter(|found| **found).count();
            if best.as_ref().is_none_or(|(most, ..)| count > *most) {
                best = Some((count, text, found.snippet));
            }
        }
        if let Some((_, text, snippet)) = best.filter(|_| there.iter().all(|there| *there)) {
            found.push((*case, text, snippet));
        }
    }
    let ids: Vec<i64> = found.iter().map(|(case, ..)| *case).collect();
    let rows = sqlx::query!(
        r#"select c.id as "id!", c.reference as "reference!", c.stage as "stage!", c.handler,
                  coalesce(topic(c.id), '') as "topic!",
                  (select min(due_at) from clock where case_id = c.id and stopped_at is null
                       and paused_at is null) as due_at
           from cases c where c.id = any($1)"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut rows: HashMap<i64, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let hits = found.into_iter().filter_map(|(case, text, snippet)| {
        let row = rows.remove(&case)?;
        Some(Hit {
            reference: row.reference,
            stage: row.stage,
            handler: row.handler,
            at: text.at,
            place: text.place,
            snippet,
            topic: row.topic,
            due_at: row.due_at,
        })
    });
    Ok(hits.collect())
}

impl Store {
    /// Cases that hold all of the words, newest first.
    pub async fn search(
        &self,
        scope: Scope<'_>,
        query: &Query,
        most: u32,
    ) -> Result<Vec<Hit>, StoreError> {
        let mut tx = self.begin().await?;
        find(&mut tx, scope, query, most).await
    }

    /// Puts cases into the index that aren't in it: those that are older than it. How many there were.
    pub async fn index_missing(&self, mut progress: impl FnMut(u64)) -> Result<u64, StoreError> {
        let (mut done, mut after) = (0, 0);
        loop {
            let mut tx = self.begin().await?;
            // what is filed on them meanwhile waits, and is added
            let cases = sqlx::query_scalar!(
                // looked up one by one: a join would read the whole index for each batch
                "select c.id from cases c
                 where c.id > $1 and (select s.case_id from search s where s.case_id = c.id) is null
                 order by c.id limit $2 for no key update of c",
                after,
                BATCH
            )
            .fetch_all(&mut *tx)
            .await?;
            let Some(last) = cases.last() else {
                return Ok(done);
            };
            after = *last;
            let cases: Vec<CaseId> = cases.into_iter().map(CaseId).collect();
            let ids: Vec<i64> = cases.iter().map(|id| id.0).collect();
            let mut found_by: BTreeMap<CaseId, Terms> = BTreeMap::new();
            for (case, text) in texts_of(&mut tx, &ids, i64::MAX).await? {
                found_by.entry(CaseId(case)).or_default().add(&text.text);
            }
            add(&mut tx, &found_by).await?;
            tx.commit().await?;
            done += cases.len() as u64;
            progress(done);
        }
    }
}
