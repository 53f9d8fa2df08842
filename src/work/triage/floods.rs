//! One sender of very many mails: beyond so many a day staff aren't told of each, and supervisors of all in one mail.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use super::route::sender;
use super::{Read, Triage};
use crate::ids::LandedId;
use crate::staff::flood::{Flood, flood};
use crate::store::{StoreError, Transaction, floods};
use crate::work::WorkError;
use crate::work::to_staff::Page;

/// What comes within it after the first mail beyond is told in the same mail.
const GATHERED: TimeDelta = TimeDelta::minutes(10);

/// How much each author of a batch has written.
pub(super) struct Written {
    most: i64,
    /// In the day before, and in this batch so far.
    counts: HashMap<String, i64>,
    /// The first mail of each that is beyond.
    beyond: HashMap<String, LandedId>,
}

impl Written {
    /// Counts what the authors of these mails wrote in the day before.
    pub(super) async fn before(
        tx: &mut Transaction,
        messages: &[&Read],
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Written, WorkError> {
        let authors = messages.iter().filter_map(|one| sender(&one.reading));
        let authors: BTreeSet<String> = authors.collect();
        let authors: Vec<&str> = authors.iter().map(String::as_str).collect();
        let counts = match authors.as_slice() {
            [] => HashMap::new(),
            authors => floods::written_by(tx, authors, most.into(), now).await?,
        };
        Ok(Written {
            most: most.into(),
            counts,
            beyond: HashMap::new(),
        })
    }

    /// Counts a mail; whether it is beyond what staff are told of.
    pub(super) fn is_beyond(&mut self, message: &Read) -> bool {
        let Some(author) = sender(&message.reading) else {
            return false;
        };
        let count = self.counts.entry(author.clone()).or_default();
        *count += 1;
        let beyond = *count > self.most;
        if beyond {
            self.beyond.entry(author).or_insert(message.id);
        }
        beyond
    }

    /// Notes what was beyond, once the mails are filed.
    pub(super) async fn note(
        self,
        tx: &mut Transaction,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self.beyond.is_empty() {
            return Ok(());
        }
        let mails: Vec<LandedId> = self.beyond.into_values().collect();
        floods::notice(tx, &mails, now, now + GATHERED).await
    }
}

impl Triage {
    /// Tells supervisors of addresses that wrote very much; of how many.
    pub(super) async fn tell_floods(&self) -> Result<usize, WorkError> {
        let mut tx = self.store.begin().await?;
        let due = floods::untold(&mut tx).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let now = self.store.now().await?;
        let told = self.post.told_per_address_per_day.into();
        let floods: Vec<Flood<'_>> = due
            .iter()
            .map(|one| Flood {
                address: &one.address,
                mails: one.mails,
                since: one.since,
                first_case: one.first_case.as_deref(),
                cases: one.cases,
                unanswered: one.unanswered,
                told,
            })
            .collect();
        let directory = &self.post.directory;
        let today = now.with_timezone(&self.time_zone).date_naive();
        let supervisors = directory.supervisors(today, &BTreeSet::new());
        let pages = supervisors.into_iter().filter_map(|person| {
            let tongue = directory.member(&person)?.tongue();
            let written = flood(&floods, self.time_zone, tongue);
            Some((person, Page::from(written)))
        });
        let sent = self.post.send_pages(&mut tx, pages.collect(), now).await?;
        floods::told(&mut tx, &due, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        warn!(
            addresses = due.len(),
            mails = due.iter().map(|one| one.mails).sum::<i64>(),
            supervisors = sent,
            "an address wrote more in a day than staff are told of one by one"
        );
        self.wakes.dispatch.notify_one();
        Ok(due.len())
    }
}
