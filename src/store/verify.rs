//! Whether histories give the cases back that are stored, and whether their chains are unbroken.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Store, StoreError, cases, clocks, known};
use crate::case::{Case, CaseRef, Chain, Entry, replay};
use crate::ids::CaseId;

/// Most cases verified at a time: bounds memory.
const BATCH: i64 = 1000;

/// A case whose history doesn't bear out what is stored; the first difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub reference: String,
    pub what: String,
}

/// What was verified so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub cases: u64,
    pub entries: u64,
    pub differences: Vec<Difference>,
}

/// Everything stored of one case.
struct Stored {
    reference: CaseRef,
    case: Result<Case, String>,
    chain: Chain,
    entries: Vec<Entry>,
}

impl Store {
    /// Verifies one case, or all of them; `progress` is told after each batch. All that is compared
    /// was there at one moment.
    pub async fn verify(
        &self,
        only: Option<CaseId>,
        mut progress: impl FnMut(&Verified),
    ) -> Result<Verified, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read, read only")
            .execute(&mut *tx)
            .await?;
        let mut verified = Verified::default();
        let mut after = 0;
        loop {
            let rows = sqlx::query!(
                "select id, reference, state, history_length, history_hash from cases
                 where id > $1 and ($2::bigint is null or id = $2) order by id limit $3",
                after,
                only.map(|id| id.0),
                BATCH
            )
            .fetch_all(&mut *tx)
            .await?;
            let Some(last) = rows.last() else {
                return Ok(verified);
            };
            after = last.id;
            let ids: Vec<CaseId> = rows.iter().map(|row| CaseId(row.id)).collect();
            let mut clocks = clocks::of_cases(&mut tx, &ids).await?;
            let mut entries = super::history::of_cases(&mut tx, &ids).await?;
            let mut stored = Vec::new();
            for row in rows {
                let id = CaseId(row.id);
                let hash = <[u8; 32]>::try_from(row.history_hash.as_slice());
                let clocks = clocks.remove(&id).unwrap_or_default();
                let case = cases::case_of(&row.reference, row.state, clocks);
                stored.push(Stored {
                    case: case.map_err(|error| error.to_string()),
                    chain: Chain {
                        length: row.history_length,
                        hash: known(hash.ok(), "history hash of case", &row.reference)?,
                    },
                    entries: entries.remove(&id).unwrap_or_default(),
                    reference: known(row.reference.parse().ok(), "reference", &row.reference)?,
                });
            }
            let (checked, found) = tokio::task::spawn_blocking(move || check(&stored))
                .await
                .map_err(|_| sqlx::Error::WorkerCrashed)?;
            verified.cases += ids.len() as u64;
            verified.entries += checked;
            verified.differences.extend(found);
            progress(&verified);
        }
    }
}

fn check(stored: &[Stored]) -> (u64, Vec<Difference>) {
    let entries = stored.iter().map(|one| one.entries.len() as u64).sum();
    let differences = stored.iter().filter_map(|one| {
        difference(one).map(|what| Difference {
            reference: one.reference.to_string(),
            what,
        })
    });
    (entries, differences.collect())
}

/// The first difference between a case and what its history gives.
fn difference(stored: &Stored) -> Option<String> {
    if let Err(at) = Entry::verify(stored.reference, &stored.entries) {
        return Some(format!("the chain of hashes breaks at entry {at}"));
    }
    let last = stored.entries.last();
    let end = Chain {
        length: last.map_or(0, |entry| entry.sequence),
        hash: last.map_or([0; 32], |entry| entry.hash),
    };
    if end != stored.chain {
        return Some(format!(
            "the history has {} entries, the case says {}, or their last hashes differ",
            end.length, stored.chain.length
        ));
    }
    let replayed = match replay(&stored.entries) {
        Ok(replayed) => replayed,
        Err(problem) => return Some(problem.to_string()),
    };
    let case = match &stored.case {
        Ok(case) => case,
        Err(problem) => return Some(problem.clone()),
    };
    if *case == replayed {
        return None;
    }
    let (Value::Object(stored), Value::Object(replayed_state)) = (json!(case), json!(replayed))
    else {
        return Some("the state differs".to_owned());
    };
    let mut fields = replayed_state.iter();
    if let Some((field, value)) = fields.find(|(field, value)| stored.get(*field) != Some(*value)) {
        let stored = stored.get(field).unwrap_or(&Value::Null);
        return Some(format!("{field} is {stored}, by its history {value}"));
    }
    let names = case.clocks.keys().chain(replayed.clocks.keys());
    let clock = names
        .into_iter()
        .find(|key| case.clocks.get(key) != replayed.clocks.get(key));
    clock.map(|key| {
        let due = |case: &Case| -> Option<DateTime<Utc>> {
            case.clocks.get(key).map(|clock| clock.due_at)
        };
        format!(
            "clock {key} isn't what its history says: due {:?}, by its history {:?}",
            due(case),
            due(&replayed)
        )
    })
}
