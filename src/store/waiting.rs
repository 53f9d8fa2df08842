//! Whether anything waits for triage, in one look: a round without work costs a single statement.

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
                            and (not_before is null or not_before <= now())) as "messages!""#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(waiting)
    }
}
