//! The daily digest, for those who prefer one mail a day to reminders one by one (§9).

use super::Jobs;
use crate::case::Person;
use crate::policy::{ClockKind, Stage};
use crate::staff::Member;
use crate::staff::digest::{Line, Waits, digest, lists_overdue};
use crate::store::Transaction;
use crate::store::open_cases::{self, OpenCase};
use crate::work::WorkError;
use crate::work::to_staff::Page;

impl Jobs {
    pub(super) async fn digest(&self, tx: &mut Transaction) -> Result<String, WorkError> {
        let now = self.store.now().await?;
        let today = now.with_timezone(&self.time_zone).date_naive();
        // by the calendar, not by the week: make-up workdays are worked, and holidays aren't. Who runs it by hand wants it
        let profile = self.post.policies.profile(&self.post.profile);
        let is_open = profile.is_none_or(|profile| profile.calendar.is_business_day(today));
        if self.daemon.is_some() && !is_open {
            return Ok(format!("{today} is no business day: no digest is sent"));
        }
        let directory = &self.post.directory;
        let readers: Vec<&Member> = directory
            .members()
            .iter()
            .filter(|member| {
                member.digest && member.works_on(today) && member.absence_on(today).is_none()
            })
            .collect();
        if readers.is_empty() {
            return Ok("nobody prefers a digest".to_owned());
        }
        // whose work somebody does today: their own, and that of whoever they stand in for
        let work_of = |reader: &Member| -> Vec<&Person> {
            let members = directory.members().iter();
            let done_by_them = members.filter(|member| {
                directory
                    .on_duty(&member.person, today)
                    .is_some_and(|on_duty| on_duty.person == reader.person)
            });
            done_by_them.map(|member| &member.person).collect()
        };
        let people: Vec<&Person> = readers.iter().flat_map(|reader| work_of(reader)).collect();
        let overdue_too = readers.iter().any(|reader| lists_overdue(reader));
        let cases = open_cases::of(tx, &people, overdue_too, now).await?;
        let mut pages = Vec::new();
        for reader in readers {
            let own = work_of(reader);
            let lines: Vec<Line> = cases
                .iter()
                // very many cases of one customer would hide all others: supervisors were told of them
                .filter(|one| !one.case.recused.contains(&reader.person) && !one.case.flood)
                .filter_map(|one| self.line(one, reader, &own, lists_overdue(reader)))
                .collect();
            let Some(written) = digest(&lines, now, self.time_zone, reader.tongue()) else {
                continue;
            };
            pages.push((reader.person.clone(), Page::from(written)));
        }
        let sent = self.post.send_pages(tx, pages, now).await?;
        Ok(format!("{sent} digests were written"))
    }

    /// A case in somebody's digest, where it concerns them.
    fn line(
        &self,
        one: &OpenCase,
        reader: &Member,
        own: &[&Person],
        oversees: bool,
    ) -> Option<Line> {
        let case = &one.case;
        let theirs =
            |person: &Option<Person>| person.as_ref().is_some_and(|person| own.contains(&person));
        let works = theirs(&case.handler) || theirs(&case.mediator);
        let asked: Vec<u32> = case
            .hand_offs
            .iter()
            .filter(|(_, asked)| !asked.answered && own.contains(&&asked.to))
            .map(|(number, _)| *number)
            .collect();
        let profile = self.post.policies.profile(&case.profile)?;
        let next = one.running.iter().find(|(name, number, _)| {
            let rule = profile.clock(name);
            let owed = rule.is_some_and(|rule| rule.kind == ClockKind::Obligation);
            // a department sees its own clock, and nothing else of the case (§7)
            let of_question = u32::try_from(*number).is_ok_and(|number| asked.contains(&number));
            owed && (works || oversees || of_question)
        });
        if !works && !oversees && asked.is_empty() {
            return None;
        }
        let directory = &self.post.directory;
        let open = case.hand_offs.values().filter(|asked| !asked.answered);
        let departments: Vec<String> = open
            .map(|asked| directory.name(&asked.to).to_owned())
            .collect();
        let waits = if !works && !oversees {
            None
        } else if case.held {
            Some(Waits::Hold)
        } else if case.stage == Stage::AwaitingParticulars || case.stage == Stage::Resolved {
            Some(Waits::Customer)
        } else if !departments.is_empty() {
            Some(Waits::Departments(departments))
        } else if case.has_third_party() {
            Some(Waits::ThirdParty)
        } else if case.stage == Stage::Mediating && case.mediator.is_none() {
            Some(Waits::Mediator)
        } else {
            None
        };
        let narrow = !works && !oversees;
        Some(Line {
            reference: one.reference.clone(),
            topic: if narrow {
                String::new()
            } else {
                one.topic.clone()
            },
            stage: case.stage,
            due: next.map(|(name, _, due_at)| (name.clone(), *due_at)),
            waits,
            handler: case
                .handler
                .as_ref()
                .filter(|handler| **handler != reader.person && !narrow)
                .map(|handler| directory.name(handler).to_owned()),
        })
    }
}
