//! Whether anything waits for triage, in one look: a round without work costs a single statement.
//!
//! Each condition is that of the query that gets the work (`outbox::untold_doubts`, `outbox::untold`, `pending_due`,
//! `floods::untold`, `claim_fresh` and `claim_suspect`), or lets more through: what isn't seen here isn't done.

use super::{Store, StoreError};

/// What waits. Another daemon may have it already: whoever does the work finds out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// Letters that were perhaps sent by a database that is gone.
    pub doubts: bool,
    /// Letters that have come to their end.
    pub ends: bool,
    /// Orders of staff that are to be done by themselves by now.
    pub orders: bool,
    /// Addresses that wrote very much.
    pub floods: bool,
    /// Messages that nobody has claimed.
    pub messages: bool,
}

impl Store {
    /// What waits for triage.
    pub(crate) async fn waiting(&self) -> Result<Waiting, StoreError> {
        let waiting = sqlx::query_as!(
            Waiting,
            r#"select exists (select from outbox where untold_doubt) as "doubts!",
                      exists (select from outbox where state in ('sent', 'failed', 'cancelled') and not told)
                          as "ends!",
                      exists (select from pending where ended_at is null and due_at <= now()) as "orders!",
                      exists (select from flood where told_at is null and tell_at <= now()) as "floods!",
                      exists (select from landed
                          where state = 'waiting' and claimed_by is null
                            and (attempts > 0 or not_before is null or not_before <= now())) as "messages!""#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(waiting)
    }
}
