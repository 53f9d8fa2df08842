//! Whom a case's letters go to, and what they answer.

use std::collections::HashMap;

use super::{StoreError, Transaction, parties};
use crate::ids::{CaseId, MailboxId, PartyId};

/// What a letter on a case has to know of the mails before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Correspondence {
    pub customer: PartyId,
    /// The address that the case was opened with: letters go nowhere else.
    pub address: String,
    /// Their name, as they were first seen.
    pub name: Option<String>,
    /// Subject of the mail that opened the case.
    pub topic: String,
    /// The mailbox that the customer wrote to.
    pub mailbox: Option<MailboxId>,
    /// Message-ID of the customer's latest mail.
    pub latest: Option<String>,
    /// Message-IDs of all mails of the case, theirs and ours, oldest first.
    pub thread: Vec<String>,
}

/// Most Message-IDs kept of a case's mails: the first, and the latest.
const MOST_IDS: i64 = 20;

/// The correspondence of cases whose customer is known; what a letter answers and its thread only of those that are
/// written to.
pub(crate) async fn of_cases(
    tx: &mut Transaction,
    cases: &[CaseId],
    written_to: &[CaseId],
) -> Result<HashMap<CaseId, Correspondence>, StoreError> {
    let numbers = |ids: &[CaseId]| ids.iter().map(|id| id.0).collect::<Vec<i64>>();
    let (ids, written_to) = (numbers(cases), numbers(written_to));
    let rows = sqlx::query!(
        r#"select c.id as "id!", p.id as "customer!", p.address as "address!", p.name as "name?", opened.subject as "topic?",
                  first.mailbox_id as "mailbox?", opened.message_id as "first?",
                  latest.message_id as "latest?", thread.ids as "ids?: Vec<String>"
           from cases c join party p on p.id = c.customer_id
           left join lateral (
               select l.mailbox_id from message m join landed l on l.id = m.landed_id
               where m.case_id = c.id order by m.landed_id limit 1) first on true
           left join lateral (
               select m.message_id, m.subject from message m
               where m.case_id = c.id and m.matched_by = 'new' order by m.landed_id limit 1) opened on true
           left join lateral (
               select m.message_id from message m
               where c.id = any($3) and m.case_id = c.id and lower(m.from_address) = lower(p.address)
                 and m.nature = 'human'
               order by m.landed_id desc limit 1) latest on true
           left join lateral (
               select array_agg(message_id order by at) as ids from (
                   (select m.message_id, m.read_at as at from message m
                    where m.case_id = c.id and m.message_id is not null and m.nature = 'human'
                      and lower(m.from_address) = lower(p.address)
                    order by m.landed_id desc limit $2)
                   union all
                   (select o.message_id, o.created_at from outbox o
                    where o.case_id = c.id and o.letter is not null
                    order by o.id desc limit $2)) mails
               where c.id = any($3)) thread on true
           where c.id = any($1) and p.address is not null"#,
        &ids,
        MOST_IDS,
        &written_to
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut thread = row.ids.unwrap_or_default();
            if let Some(first) = row.first.filter(|first| !thread.contains(first)) {
                thread.insert(0, first);
            }
            let correspondence = Correspondence {
                customer: PartyId(row.customer),
                address: row.address,
                name: row.name,
                topic: row.topic.unwrap_or_default(),
                mailbox: row.mailbox.map(MailboxId),
                latest: row.latest,
                thread,
            };
            (CaseId(row.id), correspondence)
        })
        .collect())
}

/// What was written to and fro with a third party of a case, and nothing of anybody else's (§7). It is
/// registered where it is new.
pub(crate) async fn of_third_party(
    tx: &mut Transaction,
    case: CaseId,
    address: &str,
    mailbox: Option<MailboxId>,
) -> Result<Correspondence, StoreError> {
    let party = parties::third_party(tx, address).await?;
    let row = sqlx::query!(
        r#"select (select message_id from message
                   where case_id = $1 and lower(from_address) = $2 and nature = 'human'
                   order by landed_id desc limit 1) as latest,
                  array(select message_id from outbox
                        where case_id = $1 and letter = 'invitation' and lower(recipient) = $2
                        order by id desc limit $3) as "thread!: Vec<String>""#,
        case.0,
        address,
        MOST_IDS
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Correspondence {
        customer: party,
        address: address.to_owned(),
        mailbox,
        latest: row.latest,
        thread: row.thread.into_iter().rev().collect(),
        ..Correspondence::default()
    })
}
