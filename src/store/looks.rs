//! Looks at cases from the command line, on record before anything is shown (§7).

use super::{Store, StoreError, cases, history};
use crate::case::{Actor, CaseRef, Fact, Look};
use crate::ids::CaseId;

impl Store {
    /// Records that an operator looks at these cases. It changes nothing of them but their histories.
    pub async fn record_look(
        &self,
        ids: &[CaseId],
        by: &Actor,
        how: Look,
    ) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let mut locked = cases::lock(&mut tx, ids).await?;
        let mut entries = Vec::new();
        for case in locked.values_mut() {
            let reference: CaseRef = case.reference;
            let entry = case.chain.append(reference, now, by, &Fact::Looked { how });
            entries.push((case.id, entry));
        }
        cases::update(&mut tx, &locked.values().collect::<Vec<_>>()).await?;
        history::append(&mut tx, &entries).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl StoreError {
    /// Whether the database takes no writes: a standby, or one that was set read-only.
    pub fn is_read_only(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code == "25006")
            }
            _ => false,
        }
    }
}
