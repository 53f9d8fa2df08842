//! Proving authors: the keys of all signatures in a batch are looked up at once, and within a bounded time.

use std::collections::BTreeSet;

use super::{Read, Triage};
use crate::mail::standing;

impl Triage {
    /// Settles the standing of each author, as well as DNS answers.
    pub(super) async fn settle(&self, messages: &mut [Read]) {
        let Some(dns) = &self.dns else {
            return;
        };
        let claims = messages.iter().flat_map(|message| &message.reading.claims);
        let names: BTreeSet<String> = claims.map(|claim| claim.key_name.clone()).collect();
        if names.is_empty() {
            return;
        }
        let answers = dns.txt(names).await;
        for Read {
            reading,
            received_at,
            ..
        } in messages
        {
            // a signature has to hold when the mail came, not when there was time to look at it
            let now = Some(*received_at);
            reading.standing = standing::settle(&reading.standing, &reading.claims, &answers, now);
        }
    }
}
