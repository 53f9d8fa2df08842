//! How old the oldest unfinished work is (promise 12: silence is loud).

use std::time::Duration;

use super::{Store, StoreError};

/// Ages of what waits; `None` where nothing does.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Landed mail that hasn't been read yet.
    pub waiting: i64,
    pub oldest_unread: Option<Duration>,
    /// Mail of ours that is due and hasn't been sent.
    pub due: i64,
    pub oldest_unsent: Option<Duration>,
    /// Mailboxes and the time since the server last answered.
    pub last_poll: Vec<(String, Option<Duration>)>,
}

impl Store {
    /// Measures what waits, by the database's clock.
    pub async fn health(&self) -> Result<Health, StoreError> {
        let landed = sqlx::query!(
            r#"select count(*) as "waiting!",
                      extract(epoch from now() - min(landed_at))::float8 as oldest
               from landed where state = 'waiting'"#
        )
        .fetch_one(&self.pool)
        .await?;
        let outbox = sqlx::query!(
            r#"select count(*) as "due!",
                      extract(epoch from now() - min(not_before))::float8 as oldest
               from outbox where state = 'queued' and not_before <= now()"#
        )
        .fetch_one(&self.pool)
        .await?;
        let mailboxes = sqlx::query!(
            r#"select name, extract(epoch from now() - last_poll_at)::float8 as age
               from mailbox order by name"#
        )
        .fetch_all(&self.pool)
        .await?;
        let age = |seconds: Option<f64>| seconds.map(|s| Duration::from_secs_f64(s.max(0.0)));
        Ok(Health {
            waiting: landed.waiting,
            oldest_unread: age(landed.oldest),
            due: outbox.due,
            oldest_unsent: age(outbox.oldest),
            last_poll: mailboxes
                .into_iter()
                .map(|row| (row.name, age(row.age)))
                .collect(),
        })
    }
}
