//! Doubts about letters: what a database that is gone may have sent before is told to its case.

use super::{MOST_TOLD, Triage};
use crate::case::{Actor, Fact};
use crate::ids::{CaseId, OutboxId};
use crate::store::{StoreError, cases, outbox};
use crate::work::WorkError;
use crate::work::changes::Changes;

impl Triage {
    /// Tells cases which of their letters were perhaps sent before; how many.
    pub(super) async fn tell_doubts(&self) -> Result<usize, WorkError> {
        let mut tx = self.store.begin().await?;
        let doubts = outbox::untold_doubts(&mut tx, MOST_TOLD).await?;
        if doubts.is_empty() {
            return Ok(0);
        }
        let now = self.store.now().await?;
        let ids: Vec<CaseId> = doubts.iter().filter_map(|mail| mail.case).collect();
        let mut locked = cases::lock(&mut tx, &ids).await?;
        // nothing happens to an erased case any more
        locked.retain(|_, one| one.case.erased_at.is_none());
        let mut changes =
            Changes::new(&mut tx, &self.post, now, locked, std::iter::empty()).await?;
        for mail in &doubts {
            // a notice to staff is no part of the case's history
            if let (Some(case), Some(letter)) = (mail.case, mail.letter) {
                changes.record(case, &Actor::Redress, Fact::LetterUncertain { letter });
            }
        }
        changes.write(&mut tx).await?;
        let told: Vec<OutboxId> = doubts.iter().map(|mail| mail.id).collect();
        outbox::doubts_told(&mut tx, &told).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(told.len())
    }
}
