//! Who gets a new case: the handler who fits, is there, has no interest in it, and has least to do.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use super::{Directory, Member};
use crate::case::Person;
use crate::language::Language;
use crate::policy::Role;

impl Directory {
    /// The handler for a new case, of those who are there on the day and not recused (§5.1): one for the
    /// category who reads the language, else one who reads the language, else any. Of several one who works on that
    /// day of the week, then the one with the least open work; of those the first by id, so that every daemon chooses the same.
    pub fn assign(
        &self,
        category: Option<&str>,
        language: Language,
        recused: &BTreeSet<Person>,
        open_work: &HashMap<Person, usize>,
        today: NaiveDate,
    ) -> Option<&Member> {
        let present = self.members.iter().filter(|member| {
            member.roles.contains(&Role::Handler)
                && member.absence_on(today).is_none()
                && !recused.contains(&member.person)
        });
        present.min_by_key(|member| {
            let reads = member.reads(language);
            let specialist = category.is_some_and(|code| member.categories.contains(code));
            let fit = match (reads, specialist) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true | false) => 2,
            };
            let work = open_work.get(&member.person).copied().unwrap_or(0);
            (fit, !member.works_on(today), work, &member.person)
        })
    }
}

impl Member {
    /// Whether somebody can work in a language: it, its primary language, or any where none is given.
    pub fn reads(&self, language: Language) -> bool {
        let known = self.languages.iter().copied();
        self.languages.is_empty() || Language::best(language.as_str(), known).is_some()
    }
}
