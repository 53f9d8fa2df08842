//! What came of it all, counted where it counts: in the database and in the customers' inboxes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::company::{Company, is_acknowledgement};
use crate::case::CaseRef;
use crate::cli::show::{Table, cut, or_dash};
use crate::store::cases::CaseLine;

/// Most cases shown in the table.
const MOST_SHOWN: usize = 50;

pub(super) struct Outcome {
    sent: usize,
    cases: Vec<CaseLine>,
    /// Acknowledgements in customers' inboxes, by case.
    acknowledgements: BTreeMap<String, usize>,
    filed: usize,
    quarantined: usize,
    cases_expected: Option<usize>,
    took: Duration,
}

impl Outcome {
    pub(super) async fn of(
        company: &Company,
        sent: usize,
        cases_expected: Option<usize>,
        took: Duration,
    ) -> Result<Outcome> {
        let mut cases = Vec::new();
        let mut before: Option<CaseRef> = None;
        loop {
            let page = company.store.cases(before, None, 1000).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.reference.parse()?);
            cases.extend(page);
        }
        cases.reverse();
        let customers: BTreeSet<&str> = cases
            .iter()
            .filter_map(|case| case.customer.as_deref())
            .collect();
        let mut acknowledgements = BTreeMap::new();
        for customer in customers {
            for mail in company
                .inbox(customer)
                .await?
                .iter()
                .filter(|mail| is_acknowledgement(mail))
            {
                if let Some(reference) = CaseRef::find(&mail.subject) {
                    *acknowledgements.entry(reference.to_string()).or_default() += 1;
                }
            }
        }
        let counts = company.store.landed_counts().await?;
        let count = |state: &str| {
            counts
                .get(state)
                .map_or(0, |count| usize::try_from(*count).unwrap_or(0))
        };
        Ok(Outcome {
            sent,
            filed: count("filed").saturating_sub(cases.len()) + count("duplicate"),
            quarantined: count("quarantined"),
            cases,
            acknowledgements,
            cases_expected,
            took,
        })
    }

    /// Mails sent of which there is no trace.
    fn lost(&self) -> usize {
        self.sent
            .saturating_sub(self.cases.len() + self.filed + self.quarantined)
    }

    /// Cases with exactly one acknowledgement in the customer's inbox.
    fn acknowledged(&self) -> usize {
        let once = |case: &&CaseLine| self.acknowledgements.get(&case.reference) == Some(&1);
        self.cases.iter().filter(once).count()
    }

    /// Each complaint one case, each case one acknowledgement, no other letters, nothing lost.
    pub(super) fn ok(&self) -> bool {
        self.lost() == 0
            && self.acknowledged() == self.cases.len()
            && self.acknowledgements.values().sum::<usize>() == self.cases.len()
            && self
                .cases_expected
                .is_none_or(|expected| expected == self.cases.len())
    }

    pub(super) fn json(&self) -> String {
        json!({
            "sent": self.sent,
            "cases": self.cases.len(),
            "acknowledged": self.acknowledged(),
            "filed": self.filed,
            "quarantined": self.quarantined,
            "lost": self.lost(),
            "seconds": (self.took.as_secs_f64() * 1000.0).round() / 1000.0,
            "ok": self.ok(),
        })
        .to_string()
    }

    pub(super) async fn print(&self, company: &Company) -> Result<()> {
        println!();
        let mut table = Table::new(&[
            "case",
            "customer",
            "language",
            "subject",
            "messages",
            "in their inbox",
        ]);
        for case in self.cases.iter().take(MOST_SHOWN) {
            let letters = self
                .acknowledgements
                .get(&case.reference)
                .copied()
                .unwrap_or(0);
            table.row(vec![
                case.reference.clone(),
                cut(&or_dash(case.customer.as_deref()), 40),
                case.language.clone(),
                cut(case.subject.as_deref().unwrap_or("–"), 40),
                case.messages.to_string(),
                match letters {
                    1 => "1 acknowledgement".to_owned(),
                    n => format!("{n} acknowledgements!"),
                },
            ]);
        }
        print!("{}", table.text());
        if self.cases.len() > MOST_SHOWN {
            println!("… and {} more", self.cases.len() - MOST_SHOWN);
        }
        for message in company.store.quarantined(None, 20).await? {
            println!("in quarantine: message {}, {}", message.id, message.reason);
        }
        println!(
            "\n{} mails sent: {} cases, {} of them acknowledged once; {} filed without an answer, {} in quarantine, {} lost; {:.1} s.",
            self.sent,
            self.cases.len(),
            self.acknowledged(),
            self.filed,
            self.quarantined,
            self.lost(),
            self.took.as_secs_f64()
        );
        println!(
            "{}",
            if self.ok() {
                "All of it came true."
            } else {
                "NOT all of it came true."
            }
        );
        Ok(())
    }
}
