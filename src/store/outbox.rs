//! Mails to be sent, and what became of them.

mod look;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::types::PgInterval;

use super::{Store, StoreError, Transaction, duration, known};
use crate::ids::{CaseId, DaemonId, OutboxId, PartyId};
use crate::letter::Frozen;
use crate::policy::Letter;

pub use look::OutboxLine;

/// A mail claimed for sending.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: OutboxId,
    /// Including this attempt.
    pub attempts: i32,
    pub automatic: bool,
    /// Envelope sender; empty is the null reverse-path.
    pub sender: String,
    pub recipient: String,
    pub bytes: Vec<u8>,
}

/// How an attempt to send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted: 250 after the final dot.
    Sent,
    /// Refused for now: again after this delay, until it has been tried for too long.
    Later(Duration),
    /// Refused for good.
    Final,
    /// Cut off after the final dot: perhaps accepted. The same bytes again after this delay.
    Uncertain(Duration),
    /// Never offered to the server: given back as if not claimed.
    NotTried,
}

/// The end of an attempt, with the server's words.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub id: OutboxId,
    pub outcome: Outcome,
    pub reply: String,
}

/// A mail that has come to its end, of which its case hasn't been told yet.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub id: OutboxId,
    pub case: Option<CaseId>,
    pub letter: Letter,
    pub state: OutboxState,
    pub reply: String,
}

/// A mail that was perhaps sent by a database that is gone.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    pub id: OutboxId,
    pub case: Option<CaseId>,
    /// `None`: a notice to staff.
    pub letter: Option<Letter>,
}

/// A letter that a mail answers, or that came back with it.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    pub case: CaseId,
    pub letter: Letter,
    /// Of that case.
    pub customer: Option<PartyId>,
}

/// Which mails to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    Queued,
    Sending,
    Sent,
    Failed,
    Cancelled,
}

impl OutboxState {
    pub fn as_str(self) -> &'static str {
        match self {
            OutboxState::Queued => "queued",
            OutboxState::Sending => "sending",
            OutboxState::Sent => "sent",
            OutboxState::Failed => "failed",
            OutboxState::Cancelled => "cancelled",
        }
    }
}

impl OutboxState {
    /// The state of that name.
    pub fn from_name(name: &str) -> Option<OutboxState> {
        use OutboxState::{Cancelled, Failed, Queued, Sending, Sent};
        [Queued, Sending, Sent, Failed, Cancelled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Freezes mails about cases, to be sent: letters, and notices to staff, of whose end no case is told.
pub(crate) async fn queue(
    tx: &mut Transaction,
    mails: &[(Option<CaseId>, Option<Letter>, Frozen)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox (case_id, letter, automatic, message_id, sender, recipient, bytes,
             created_at, not_before, told)
         select case_id, letter, automatic, message_id, sender, recipient, bytes, $8, $8,
             letter is null
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[],
             $7::boolean[])
             as new (case_id, letter, message_id, sender, recipient, bytes, automatic)",
        &mails
            .iter()
            .map(|(case, _, _)| case.map(|id| id.0))
            .collect::<Vec<_>>() as &[Option<i64>],
        &mails
            .iter()
            .map(|(_, letter, _)| letter.map(Letter::as_str))
            .collect::<Vec<_>>() as &[Option<&str>],
        &mails
            .iter()
            .map(|(_, _, mail)| mail.message_id.as_str())
            .collect::<Vec<_>>() as &[&str],
        &mails
            .iter()
            .map(|(_, _, mail)| mail.sender.as_str())
            .collect::<Vec<_>>() as &[&str],
        &mails
            .iter()
            .map(|(_, _, mail)| mail.recipient.as_str())
            .collect::<Vec<_>>() as &[&str],
        &mails
            .iter()
            .map(|(_, _, mail)| mail.bytes.as_slice())
            .collect::<Vec<_>>() as &[&[u8]],
        &mails
            .iter()
            .map(|(_, _, mail)| mail.automatic)
            .collect::<Vec<_>>(),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Automatic mails written to each of these addresses (in lower case) in the 24 hours before `now`.
pub(crate) async fn automatic_mail_of_the_day(
    tx: &mut Transaction,
    addresses: &[&str],
    now: DateTime<Utc>,
) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query!(
        r#"select lower(recipient) as "address!", count(*) as "count!" from outbox
           where automatic and lower(recipient) = any($1)
             and created_at > $2::timestamptz - interval '24 hours'
           group by 1"#,
        addresses as &[&str],
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.address, row.count))
        .collect())
}

/// Mails that have ended and whose cases haven't been told, locked.
pub(crate) async fn untold(tx: &mut Transaction, limit: u32) -> Result<Vec<Ended>, StoreError> {
    let rows = sqlx::query!(
        r#"select id, case_id, letter as "letter!", state, coalesce(reply, '') as "reply!"
           from outbox where state in ('sent', 'failed', 'cancelled') and not told
           order by id limit $1 for no key update skip locked"#,
        i64::from(limit)
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Ended {
                id: OutboxId(row.id),
                case: row.case_id.map(CaseId),
                letter: known(Letter::from_name(&row.letter), "letter", &row.letter)?,
                state: known(OutboxState::from_name(&row.state), "state", &row.state)?,
                reply: row.reply,
            })
        })
        .collect()
}

/// Notes that cases have been told.
pub(crate) async fn told(tx: &mut Transaction, ids: &[OutboxId]) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    sqlx::query!("update outbox set told = true where id = any($1)", &ids)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Letters that were perhaps sent by a database that is gone, and whose cases haven't been told, locked.
pub(crate) async fn untold_doubts(
    tx: &mut Transaction,
    limit: u32,
) -> Result<Vec<Doubt>, StoreError> {
    let rows = sqlx::query!(
        r#"select id, case_id, letter from outbox where untold_doubt
           order by id limit $1 for no key update skip locked"#,
        i64::from(limit)
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let letter = row
                .letter
                .map(|name| known(Letter::from_name(&name), "letter", &name));
            Ok(Doubt {
                id: OutboxId(row.id),
                case: row.case_id.map(CaseId),
                letter: letter.transpose()?,
            })
        })
        .collect()
}

/// Notes that cases have been told of doubts.
pub(crate) async fn doubts_told(tx: &mut Transaction, ids: &[OutboxId]) -> Result<(), StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update outbox set untold_doubt = false where id = any($1)",
        &ids
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Claims due mails, the longest due first: what people wrote, and then so many at most of what is automatic.
    pub async fn claim_mails(
        &self,
        daemon: DaemonId,
        most: u16,
        automatic: u16,
    ) -> Result<Vec<Mail>, StoreError> {
        let mut mails = sqlx::query_as!(
            Mail,
            r#"with alive as (
                 select id from daemon where id = $1 and buried_at is null for share
             ), of_people as (
                 select id from outbox
                 where exists (select from alive) and state = 'queued' and not automatic and not_before <= now()
                 order by not_before, id limit $2
                 for update skip locked
             ), by_itself as (
                 select id from outbox
                 where exists (select from alive) and state = 'queued' and automatic and not_before <= now()
                 order by not_before, id limit least($3, $2 - (select count(*) from of_people))
                 for update skip locked
             )
             update outbox o set state = 'sending', claimed_by = $1, attempts = attempts + 1
             from (select id from of_people union all select id from by_itself) due where o.id = due.id
             returning o.id as "id: OutboxId", o.attempts, o.automatic, o.sender, o.recipient, o.bytes"#,
            daemon.0,
            i64::from(most),
            i64::from(automatic),
        )
        .fetch_all(&self.pool)
        .await?;
        mails.sort_by_key(|mail| mail.id);
        Ok(mails)
    }

    /// Records how attempts ended. A mail that this daemon no longer holds is left alone; the number
    /// of those that it does.
    pub async fn record_attempts(
        &self,
        daemon: DaemonId,
        attempts: &[Attempt],
        give_up_after: Duration,
    ) -> Result<u64, StoreError> {
        let give_up = PgInterval::try_from(give_up_after).map_err(sqlx::Error::Encode)?;
        let delay = |attempt: &Attempt| match attempt.outcome {
            Outcome::Later(delay) | Outcome::Uncertain(delay) => delay.as_secs_f64(),
            Outcome::Sent | Outcome::Final | Outcome::NotTried => 0.0,
        };
        let outcome = |attempt: &Attempt| match attempt.outcome {
            Outcome::Sent => "sent",
            Outcome::Later(_) => "later",
            Outcome::Final => "final",
            Outcome::Uncertain(_) => "uncertain",
            Outcome::NotTried => "not_tried",
        };
        let done = sqlx::query!(
            "update outbox o
             set (state, ended_at) = (
                     select ended.state, case when ended.state in ('sent', 'failed') then now() end
                     from (select case
                         when a.outcome = 'sent' then 'sent'
                         when a.outcome = 'final' then 'failed'
                         when a.outcome in ('later', 'uncertain') and o.created_at < now() - $6::interval
                             then 'failed'
                         else 'queued' end as state) ended),
                 claimed_by = null,
                 attempts = case when a.outcome = 'not_tried' then o.attempts - 1 else o.attempts end,
                 outcome = case when a.outcome = 'not_tried' then o.outcome else a.outcome end,
                 reply = case when a.outcome = 'not_tried' then o.reply else a.reply end,
                 uncertain = o.uncertain or a.outcome = 'uncertain',
                 not_before = now() + make_interval(secs => a.delay)
             from unnest($2::bigint[], $3::text[], $4::text[], $5::float8[])
                  as a (id, outcome, reply, delay)
             where o.id = a.id and o.claimed_by = $1",
            daemon.0,
            &attempts.iter().map(|attempt| attempt.id.0).collect::<Vec<_>>(),
            &attempts.iter().map(outcome).collect::<Vec<_>>() as &[&str],
            &attempts.iter().map(|attempt| attempt.reply.as_str()).collect::<Vec<_>>()
                as &[&str],
            &attempts.iter().map(delay).collect::<Vec<_>>(),
            give_up as PgInterval,
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// How long until the next mail is due; `None` where none waits.
    pub async fn next_mail_due(&self) -> Result<Option<Duration>, StoreError> {
        let seconds = sqlx::query_scalar!(
            r#"select extract(epoch from min(not_before) - now())::float8 as seconds
               from outbox where state = 'queued'"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(duration))
    }

    /// The same of what people wrote, which isn't held with automatic mail.
    pub async fn next_mail_of_people_due(&self) -> Result<Option<Duration>, StoreError> {
        let seconds = sqlx::query_scalar!(
            r#"select extract(epoch from min(not_before) - now())::float8 as seconds
               from outbox where state = 'queued' and not automatic"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(duration))
    }

    /// Automatic mails sent in the last hour, or being sent.
    pub async fn automatic_mail_of_the_hour(&self) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from outbox
               where automatic and (state = 'sending'
                   or (state = 'sent' and ended_at > now() - interval '1 hour'))"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(count)
    }

    /// The cases of letters of ours, by their Message-IDs.
    pub async fn cases_by_message_id(
        &self,
        message_ids: &[&str],
    ) -> Result<HashMap<String, Answered>, StoreError> {
        let rows = sqlx::query!(
            r#"select o.message_id, o.letter as "letter!", o.case_id as "case_id!", c.customer_id
               from outbox o join cases c on c.id = o.case_id
               where o.message_id = any($1) and o.letter is not null"#,
            message_ids as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let answered = Answered {
                    case: CaseId(row.case_id),
                    letter: known(Letter::from_name(&row.letter), "letter", &row.letter)?,
                    customer: row.customer_id.map(PartyId),
                };
                Ok((row.message_id, answered))
            })
            .collect()
    }

    /// The cases of notices to staff, by their Message-IDs, and whom each was sent to (in lower case).
    pub async fn notices_by_message_id(
        &self,
        message_ids: &[&str],
    ) -> Result<HashMap<String, (CaseId, String)>, StoreError> {
        let rows = sqlx::query!(
            r#"select message_id, case_id as "case_id!", lower(recipient) as "recipient!"
               from outbox
               where message_id = any($1) and case_id is not null and letter is null"#,
            message_ids as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.message_id, (CaseId(row.case_id), row.recipient)))
            .collect())
    }
}
