//! How things stand (promise 12: silence is loud): ages and lengths of what waits, by the database's clock.
//!
//! Every figure costs by what it counts, which partial indexes hold, and not by what is kept.

use std::time::Duration;

use super::{Store, StoreError, duration};

/// Ages of what waits; `None` where nothing does.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Landed mail that hasn't been read yet.
    pub waiting: i64,
    pub oldest_unread: Option<Duration>,
    /// Mail of ours that hasn't been sent, for whatever reason.
    pub unsent: i64,
    /// Of it, what is due: nothing but us and our mail server is in its way.
    pub due: i64,
    pub oldest_unsent: Option<Duration>,
    /// The age of the oldest that was put off at least once, since it was written.
    pub oldest_put_off: Option<Duration>,
    /// Mail that may or may not have arrived, and goes again.
    pub uncertain: i64,
    /// Mail that was given up within the last day.
    pub failed_lately: i64,
    /// Automatic mail of the last hour.
    pub automatic_lately: i64,
    pub quarantined: i64,
    pub open_cases: i64,
    /// Open cases with a deadline that was missed.
    pub overdue_cases: i64,
    /// Since a daemon looked at clocks, and at jobs.
    pub last_tick: Duration,
    pub last_job_look: Duration,
    /// Daemons that count as alive.
    pub daemons: i64,
    pub mailboxes: Vec<Mailbox>,
}

impl Health {
    /// Whether the breaker holds mail: as much automatic mail as may go out in an hour has, and more is due.
    pub fn is_held(&self, all_per_hour: u32) -> bool {
        all_per_hour > 0 && self.due > 0 && self.automatic_lately >= i64::from(all_per_hour)
    }
}

/// A mailbox that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub name: String,
    /// Since its server last answered; since it is there, where it never has.
    pub last_poll: Duration,
    pub polled_ever: bool,
    /// Whether a daemon reads it.
    pub has_reader: bool,
}

impl Store {
    /// Measures what waits. Mailboxes that aren't named are none of ours any more.
    pub async fn health(&self, mailboxes: &[String]) -> Result<Health, StoreError> {
        let landed = sqlx::query!(
            r#"select count(*) as "waiting!",
                      extract(epoch from now() - min(greatest(landed_at, released_at)))::float8 as oldest
               from landed where state = 'waiting'"#
        )
        .fetch_one(&self.pool)
        .await?;
        let outbox = sqlx::query!(
            r#"select count(*) as "queued!",
                      count(*) filter (where not_before <= now()) as "due!",
                      count(*) filter (where outcome = 'uncertain') as "uncertain!",
                      extract(epoch from now() - min(not_before) filter (where not_before <= now()))::float8
                          as oldest_due,
                      extract(epoch from now() - min(created_at) filter (where attempts > 0))::float8
                          as oldest_put_off
               from outbox where state = 'queued'"#
        )
        .fetch_one(&self.pool)
        .await?;
        let sending = sqlx::query!(
            r#"select count(*) as "count!",
                      extract(epoch from now() - min(not_before))::float8 as oldest
               from outbox where state = 'sending'"#
        )
        .fetch_one(&self.pool)
        .await?;
        let rest = sqlx::query!(
            r#"select extract(epoch from now() - ticked_at)::float8 as "last_tick!",
                      extract(epoch from now() - jobs_at)::float8 as "last_job_look!",
                      (select count(*) from daemon where buried_at is null) as "daemons!",
                      (select count(*) from landed where state = 'quarantined') as "quarantined!",
                      (select count(*) from cases where stage <> 'closed') as "open_cases!",
                      (select count(distinct case_id) from clock
                       where breached_at is not null and stopped_at is null) as "overdue_cases!",
                      (select count(*) from outbox
                       where state = 'failed' and ended_at > now() - interval '1 day') as "failed_lately!"
               from tick"#
        )
        .fetch_one(&self.pool)
        .await?;
        let mailboxes = sqlx::query!(
            r#"select name, extract(epoch from now() - coalesce(last_poll_at, added_at))::float8 as "age!",
                      last_poll_at is not null as "polled_ever!", reader is not null as "has_reader!"
               from mailbox where name = any($1) order by name"#,
            mailboxes
        )
        .fetch_all(&self.pool)
        .await?;
        let oldest_unsent = match (outbox.oldest_due, sending.oldest) {
            (Some(due), Some(sending)) => Some(due.max(sending)),
            (due, sending) => due.or(sending),
        };
        Ok(Health {
            waiting: landed.waiting,
            oldest_unread: landed.oldest.map(duration),
            unsent: outbox.queued + sending.count,
            due: outbox.due,
            oldest_unsent: oldest_unsent.map(duration),
            oldest_put_off: outbox.oldest_put_off.map(duration),
            uncertain: outbox.uncertain,
            failed_lately: rest.failed_lately,
            automatic_lately: self.automatic_mail_of_the_hour().await?,
            quarantined: rest.quarantined,
            open_cases: rest.open_cases,
            overdue_cases: rest.overdue_cases,
            last_tick: duration(rest.last_tick),
            last_job_look: duration(rest.last_job_look),
            daemons: rest.daemons,
            mailboxes: mailboxes
                .into_iter()
                .map(|row| Mailbox {
                    name: row.name,
                    last_poll: duration(row.age),
                    polled_ever: row.polled_ever,
                    has_reader: row.has_reader,
                })
                .collect(),
        })
    }

    /// Notes that clocks were looked at, once a second at most.
    pub async fn ticked(&self) -> Result<(), StoreError> {
        sqlx::query!(
            "update tick set ticked_at = now()
             where ticked_at not between now() - interval '1 second' and now()"
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that jobs were looked at.
    pub async fn jobs_looked_at(&self) -> Result<(), StoreError> {
        sqlx::query!(
            "update tick set jobs_at = now()
             where jobs_at not between now() - interval '1 second' and now()"
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
