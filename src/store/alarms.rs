//! Alarms that were raised: one row an alarm, so that one daemon tells what several notice.
//!
//! Time may be set back: a moment that lies ahead counts as none, or an alarm would be silent until then.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, duration};

/// How often an alarm is told.
#[derive(Debug, Clone, Copy)]
pub struct Often {
    /// However often it comes and goes: never more often than this.
    pub at_most_every: Duration,
    /// While it lasts.
    pub again_after: Duration,
}

/// An alarm that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    pub name: String,
    pub subject: String,
    pub began_at: DateTime<Utc>,
    /// Since it was last seen to be so.
    pub unseen_for: Duration,
}

/// How long whoever tells an alarm may take, before another daemon tells it: longer than any path.
const CLAIM_SECONDS: f64 = 150.0;

impl Store {
    /// Notes that something is so. Gives when it began, where it is to be told now, and by whoever asked: then
    /// [`alarm_told`](Store::alarm_told) says how that went.
    pub async fn raise_alarm(
        &self,
        (name, subject): (&str, &str),
        often: Often,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        sqlx::query!(
            "insert into alarm (name, subject, began_at, seen_at) values ($1, $2, now(), now())
             on conflict (name, subject) do update
             set began_at = case when alarm.over_at is null then alarm.began_at else now() end,
                 seen_at = now(), over_at = null",
            name,
            subject
        )
        .execute(&self.pool)
        .await?;
        let began_at = sqlx::query_scalar!(
            "update alarm set claimed_until = now() + make_interval(secs => $5)
             where name = $1 and subject = $2 and over_at is null
               and (claimed_until is null
                    or claimed_until not between now() and now() + make_interval(secs => $5))
               and (told_at is null or told_at > now()
                    or told_at <= now() - make_interval(secs => case when told_at >= began_at then $4::float8 else $3::float8 end))
             returning began_at",
            name,
            subject,
            often.at_most_every.as_secs_f64(),
            often.again_after.as_secs_f64(),
            CLAIM_SECONDS
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(began_at)
    }

    /// How telling an alarm went. What wasn't told may be claimed again at once.
    pub async fn alarm_told(
        &self,
        (name, subject): (&str, &str),
        told: bool,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update alarm set claimed_until = null, told_at = case when $3 then now() else told_at end
             where name = $1 and subject = $2",
            name,
            subject,
            told
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The alarms that last. There are as many as there are kinds and mailboxes, at most.
    pub async fn lasting_alarms(&self) -> Result<Vec<Lasting>, StoreError> {
        let rows = sqlx::query!(
            r#"select name, subject, began_at, extract(epoch from now() - seen_at)::float8 as "unseen!"
               from alarm where over_at is null"#
        )
        .fetch_all(&self.pool)
        .await?;
        let lasting = rows.into_iter().map(|row| Lasting {
            name: row.name,
            subject: row.subject,
            began_at: row.began_at,
            unseen_for: duration(row.unseen),
        });
        Ok(lasting.collect())
    }

    /// Ends an alarm that nobody is to be told the end of; or that nobody was told the beginning of.
    pub async fn end_alarm(
        &self,
        (name, subject): (&str, &str),
        even_if_told: bool,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update alarm set over_at = now()
             where name = $1 and subject = $2 and over_at is null
               and ($3 or told_at is null or told_at < began_at)",
            name,
            subject,
            even_if_told
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Claims the telling of an alarm's end; whether whoever asked is to tell it.
    pub async fn claim_end(&self, (name, subject): (&str, &str)) -> Result<bool, StoreError> {
        let claimed = sqlx::query!(
            "update alarm set claimed_until = now() + make_interval(secs => $3)
             where name = $1 and subject = $2 and over_at is null
               and (claimed_until is null
                    or claimed_until not between now() and now() + make_interval(secs => $3))",
            name,
            subject,
            CLAIM_SECONDS
        )
        .execute(&self.pool)
        .await?;
        Ok(claimed.rows_affected() > 0)
    }

    /// How telling an alarm's end went. Where it failed, it is claimed again.
    pub async fn end_told(
        &self,
        (name, subject): (&str, &str),
        told: bool,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update alarm set claimed_until = null, over_at = case when $3 then now() end
             where name = $1 and subject = $2",
            name,
            subject,
            told
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
