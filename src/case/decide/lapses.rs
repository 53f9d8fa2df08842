//! What was late or overridden, explained by whoever it concerns (§9).

use super::Step;
use crate::case::event::ActName;
use crate::case::person::Staff;
use crate::case::{Concern, Fact, Refusal};

impl Step<'_> {
    /// §9: the words of whoever it concerns stand beside what is on record.
    pub(super) fn explain(
        &mut self,
        by: &Staff,
        of: Option<&str>,
        words: &str,
    ) -> Result<(), Refusal> {
        let open = self.case.lapses.iter();
        let open = open.filter(|lapse| !lapse.explained && lapse.by.as_ref() == Some(&by.person));
        // a clock that was missed again, before and after another one, is one concern
        let mut concerns: Vec<Concern> = Vec::new();
        for lapse in open {
            if !concerns.contains(&lapse.of) {
                concerns.push(lapse.of.clone());
            }
        }
        let open = concerns;
        let named = |concern: &Concern| of.is_none_or(|of| concern.to_string() == of);
        let fit: Vec<&Concern> = open.iter().filter(|concern| named(concern)).collect();
        let of = match fit.as_slice() {
            [one] => (*one).clone(),
            [] if open.is_empty() => return Err(Refusal::NothingToExplain),
            _ => {
                let open = open.iter().map(ToString::to_string).collect();
                return Err(Refusal::WhichToExplain { open });
            }
        };
        let words = self.words(ActName::Explain, words)?;
        let by = by.person.clone();
        self.add(Fact::Explained { of, by, words });
        Ok(())
    }
}
