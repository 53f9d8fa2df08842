//! What events have changed, collected, and then written in one transaction (promise 4).

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::WorkError;
use crate::case::{CaseRef, Decision, Event, Fact, decide};
use crate::ids::{CaseId, PartyId};
use crate::letter::Frozen;
use crate::policy::Letter;
use crate::store::cases::{self, LockedCase, NewCase};
use crate::store::{Transaction, history, messages, outbox};

/// Who caused an event that no person did.
pub(super) const REDRESS: &str = "redress";

/// Changes to many cases, all at one moment.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    now: DateTime<Utc>,
    cases: HashMap<CaseId, LockedCase>,
    changed: BTreeSet<CaseId>,
    opened: Vec<NewCase>,
    history: Vec<(CaseId, crate::case::Entry)>,
    letters: Vec<(CaseId, Letter, Frozen)>,
    filed: Vec<messages::Filed<'a>>,
}

impl<'a> Changes<'a> {
    /// `cases` are locked by the transaction that will write.
    pub(super) fn new(now: DateTime<Utc>, cases: HashMap<CaseId, LockedCase>) -> Changes<'a> {
        Changes {
            now,
            cases,
            changed: BTreeSet::new(),
            opened: vec![],
            history: vec![],
            letters: vec![],
            filed: vec![],
        }
    }

    pub(super) fn case(&self, id: CaseId) -> Option<&LockedCase> {
        self.cases.get(&id)
    }

    /// Opens a case; the letters that follow.
    pub(super) fn open(
        &mut self,
        (id, reference): (CaseId, CaseRef),
        event: &Event,
        customer: Option<PartyId>,
        received_at: DateTime<Utc>,
    ) -> Vec<Letter> {
        let Ok(decision) = decide(None, event) else {
            return vec![];
        };
        let mut chain = crate::case::Chain::START;
        let reference_text = reference.to_string();
        for fact in &decision.facts {
            let actor = if matches!(fact, Fact::Received { .. }) {
                "customer"
            } else {
                REDRESS
            };
            let entry = chain.append(&reference_text, self.now, actor, fact);
            self.history.push((id, entry));
        }
        let case = decision.case;
        self.opened.push(NewCase {
            id,
            reference,
            case,
            customer,
            received_at,
            chain,
        });
        decision.letters
    }

    /// Tells a case of an event. False where there is no such case, or the core refuses.
    pub(super) fn tell(&mut self, id: CaseId, actor: &str, event: &Event) -> bool {
        let Some(locked) = self.cases.get_mut(&id) else {
            return false;
        };
        let Ok(Decision {
            case,
            facts,
            letters: _,
        }) = decide(Some(locked.case), event)
        else {
            return false;
        };
        if locked.case != case || !facts.is_empty() {
            self.changed.insert(id);
        }
        locked.case = case;
        for fact in &facts {
            let entry = locked
                .chain
                .append(&locked.reference, self.now, actor, fact);
            self.history.push((id, entry));
        }
        true
    }

    pub(super) fn letter(&mut self, case: CaseId, letter: Letter, mail: Frozen) {
        self.letters.push((case, letter, mail));
    }

    pub(super) fn file(&mut self, message: messages::Filed<'a>) {
        self.filed.push(message);
    }

    pub(super) fn letters_written(&self) -> usize {
        self.letters.len()
    }

    /// Writes everything. Nothing is there until the transaction is committed.
    pub(super) async fn write(&self, tx: &mut Transaction) -> Result<(), WorkError> {
        if !self.opened.is_empty() {
            cases::open(tx, &self.opened, self.now).await?;
        }
        if !self.changed.is_empty() {
            let changed: Vec<&LockedCase> = self
                .changed
                .iter()
                .filter_map(|id| self.cases.get(id))
                .collect();
            cases::update(tx, &changed).await?;
        }
        if !self.filed.is_empty() {
            messages::file(tx, &self.filed, self.now).await?;
        }
        if !self.history.is_empty() {
            history::append(tx, &self.history).await?;
        }
        if !self.letters.is_empty() {
            outbox::queue(tx, &self.letters, self.now).await?;
        }
        Ok(())
    }
}
