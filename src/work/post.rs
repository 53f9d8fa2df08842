//! From what the core wants written to letters ready for the outbox.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::WorkError;
use super::to_staff::{Answer, Says, ToStaff};
use crate::case::{Case, CaseRef, Person, Writing};
use crate::ids::{CaseId, MailboxId, MemberId};
use crate::letter::{self, Composer, Frozen, Matter, Thread, ToCustomer};
use crate::policy::{ClockKind, CloseReason, Course, Letter, Mark, Policies, Profile, Stage};
use crate::random::Random;
use crate::staff::Directory;
use crate::staff::notice::{self, About};
use crate::store::Transaction;
use crate::store::cases;
use crate::store::correspondence::{self, Correspondence};

/// A mailbox of ours.
#[derive(Debug, Clone)]
pub struct OwnMailbox {
    pub id: MailboxId,
    pub address: String,
    /// The policy profile of complaints that come to it.
    pub profile: String,
    /// What its mail server calls itself in `Authentication-Results`.
    pub authserv_ids: Vec<String>,
}

/// Writes letters, and knows what they are written by: profiles, people, mailboxes.
#[derive(Debug)]
pub struct Post {
    pub composer: Composer,
    pub policies: Policies,
    /// The profile of complaints that come by no mailbox.
    pub profile: String,
    pub directory: Directory,
    /// The numbers of its members, which signed addresses hold.
    pub members: HashMap<Person, MemberId>,
    pub mailboxes: Vec<OwnMailbox>,
    pub random: Random,
    /// Most automatic mails to one address in 24 hours.
    pub per_address_per_day: u32,
}

impl Post {
    /// The mails that these writings and notices become, for cases as they are after the decision.
    pub(super) async fn mails(
        &self,
        tx: &mut Transaction,
        writings: &[(CaseId, Writing)],
        to_staff: &[ToStaff],
        about: &HashMap<CaseId, (CaseRef, &Case)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(CaseId, Option<Letter>, Frozen)>, WorkError> {
        let written = writings.iter().map(|(id, _)| *id);
        let ids: Vec<CaseId> = written
            .chain(to_staff.iter().map(|mail| mail.case))
            .collect();
        let correspondences = correspondence::of_cases(tx, &ids).await?;
        let mut mails = Vec::new();
        for (id, writing) in writings {
            let (Some((reference, case)), Some(before)) = (about.get(id), correspondences.get(id))
            else {
                continue;
            };
            let frozen = self.freeze((*id, *reference, case), writing, before, now)?;
            mails.push((*id, Some(writing.letter), frozen));
        }
        for mail in to_staff {
            let Some((reference, case)) = about.get(&mail.case) else {
                continue;
            };
            let before = correspondences.get(&mail.case);
            let asked = mail.says.question(case);
            let question = match asked {
                Some(question) => cases::text(tx, mail.case, question).await?,
                None => None,
            };
            let about = (*reference, *case, question.as_deref());
            if let Some(frozen) = self.freeze_to_staff(about, mail, before, now)? {
                mails.push((mail.case, None, frozen));
            }
        }
        Ok(mails)
    }

    /// A mail to a member of staff, with the question that it reminds of, if so; `None` where they have
    /// left, or have no address.
    fn freeze_to_staff(
        &self,
        (reference, case, question): (CaseRef, &Case, Option<&str>),
        mail: &ToStaff,
        before: Option<&Correspondence>,
        now: DateTime<Utc>,
    ) -> Result<Option<Frozen>, WorkError> {
        let member = self.directory.member(&mail.to);
        let number = self.members.get(&mail.to).copied();
        let (Some(member), Some(number)) = (member, number) else {
            return Ok(None);
        };
        let Some(address) = member.addresses.first() else {
            return Ok(None);
        };
        let from = self.address_of(before.and_then(|before| before.mailbox));
        // only who may write to the customer is given the address that does
        let may_reply =
            case.handler.as_ref() == Some(&mail.to) || case.mediator.as_ref() == Some(&mail.to);
        let to_customer = may_reply
            .then(|| self.composer.to_customer(&from, mail.case, number))
            .flatten();
        let (news, answers) = match &mail.says {
            Says::Notice { news, .. } => (Some(news), None),
            Says::Answer { answers, .. } => (None, answers.clone()),
        };
        let words = news.and_then(|news| news.words.as_deref());
        let staff = member.staff();
        let about = About {
            reference,
            case,
            profile: self.profile_of_case(&reference, case)?,
            directory: &self.directory,
            customer: before.map(|before| before.name.as_deref().unwrap_or(&before.address)),
            topic: before.map_or("", |before| before.topic.as_str()),
            new_words: question.or(words),
            files: news.map_or(&[], |news| news.files.as_slice()),
            to: &staff,
            to_customer: to_customer.as_deref(),
            can_command: self.composer.signs(),
        };
        let tongue = member.tongue();
        let written = match &mail.says {
            Says::Notice { what, .. } => notice::write(what, &about, tongue),
            Says::Answer { answer, .. } => match answer {
                Answer::Done { lines, letters } => notice::done(lines, *letters, &about, tongue),
                Answer::NoteKept => notice::note_kept(&about, tongue),
                Answer::Refused { reasons, original } => {
                    notice::refused(reasons, original, Some(&about), tongue)
                }
            },
        };
        let token = self.random.token()?;
        let frozen = self.composer.write_to_staff(&letter::ToStaff {
            from: &from,
            case: Some(mail.case),
            member: number,
            address,
            language: tongue.language(),
            subject: &written.subject,
            text: &written.text,
            html: None,
            files: &[],
            answers,
            token: &token,
            now,
        })?;
        Ok(Some(frozen))
    }

    fn freeze(
        &self,
        (id, reference, case): (CaseId, CaseRef, &Case),
        writing: &Writing,
        mails: &Correspondence,
        now: DateTime<Utc>,
    ) -> Result<Frozen, WorkError> {
        let profile = self.profile_of_case(&reference, case)?;
        let matter = self.matter(reference, case, profile, writing, now);
        Ok(self.composer.write(&ToCustomer {
            letter: writing.letter,
            from: self.address_of(mails.mailbox),
            case: id,
            matter,
            zone: Some(profile.calendar.zone),
            customer: mails.customer,
            address: mails.address.clone(),
            thread: Thread {
                message_id: mails.latest.clone(),
                references: mails.thread.clone(),
            },
            token: self.random.token()?,
            now,
        })?)
    }

    /// What a letter may say about the case.
    pub fn matter(
        &self,
        reference: CaseRef,
        case: &Case,
        profile: &Profile,
        writing: &Writing,
        now: DateTime<Utc>,
    ) -> Matter {
        let calendar = &profile.calendar;
        // when the clock is due that this mark stops; one that the letter itself will start, as if it
        // reached the customer today
        let due = |stops: Mark| {
            let rules = profile
                .clocks
                .iter()
                .filter(|rule| rule.stops.contains(&stops));
            rules.filter_map(|rule| case.due(&rule.name)).min()
        };
        let answer_by = || {
            let waiting = profile
                .clocks
                .iter()
                .filter(|rule| rule.kind == ClockKind::Waiting);
            let running = waiting
                .clone()
                .filter_map(|rule| case.due(&rule.name))
                .min();
            let sent = match writing.letter {
                Letter::Outcome | Letter::SummaryResolution => Some(Mark::OutcomeSent),
                Letter::MediationOutcome => Some(Mark::MediationOutcomeSent),
                _ => None,
            };
            running.or_else(|| {
                let started = waiting.filter(|rule| sent.is_some_and(|m| rule.starts.contains(&m)));
                let due = started.map(|rule| {
                    let term = rule.term_for(case.category.as_deref(), case.complexity);
                    let course = Course::plain(now, term);
                    course.due_at(calendar)
                });
                due.min()
            })
        };
        let rights = match writing.letter {
            Letter::Extension => &profile.delay_rights,
            Letter::MediationOutcome => &profile.rights_after_mediation,
            _ if case.close_reason == Some(CloseReason::NotSatisfied) && case.round > 1 => {
                &profile.rights_after_mediation
            }
            _ => &profile.rights,
        };
        let reopen_until = case.closed_at.map(|closed_at| {
            let term = profile.reopen_within;
            let course = Course::plain(closed_at, term);
            course.due_at(calendar)
        });
        let name = |person: &Option<crate::case::Person>| {
            person
                .as_ref()
                .map(|person| self.directory.name(person).to_owned())
        };
        Matter {
            reference,
            language: case.language,
            received_at: case.received_at,
            have: case.have.iter().copied().collect(),
            missing: writing.missing.iter().copied().collect(),
            confirm_by: due(Mark::Accepted),
            resolve_by: due(Mark::OutcomeSent),
            answer_by: answer_by(),
            mediate_by: due(Mark::MediationOutcomeSent),
            reopen_until,
            words: writing.words.clone(),
            handler: name(&case.handler),
            mediator: name(&case.mediator),
            finding: writing.finding,
            remedy: writing.remedy.clone(),
            close_reason: case.close_reason,
            may_mediate: case.round < 2 && profile.stages.contains(&Stage::Mediating),
            joined_to: case.duplicate_of,
            rights: rights.get(&case.language).cloned().unwrap_or_default(),
        }
    }

    /// The profile that a case is handled by.
    pub fn profile_of_case(
        &self,
        reference: &impl ToString,
        case: &Case,
    ) -> Result<&Profile, WorkError> {
        let profile = self.policies.profile(&case.profile);
        profile.ok_or_else(|| WorkError::NoProfile {
            reference: reference.to_string(),
            profile: case.profile.clone(),
        })
    }

    /// The address of a mailbox; the first one's where there is none.
    fn address_of(&self, mailbox: Option<MailboxId>) -> String {
        let mut all = self.mailboxes.iter();
        let own = all
            .find(|own| Some(own.id) == mailbox)
            .or(self.mailboxes.first());
        own.map(|own| own.address.clone()).unwrap_or_default()
    }

    /// The profile of complaints that come to a mailbox.
    pub(super) fn profile_of(&self, mailbox: Option<MailboxId>) -> Result<&Profile, WorkError> {
        let own = self.mailboxes.iter().find(|own| Some(own.id) == mailbox);
        let name = own.map_or(&self.profile, |own| &own.profile);
        self.policies
            .profile(name)
            .ok_or_else(|| WorkError::NoProfile {
                reference: "to be opened".to_owned(),
                profile: name.clone(),
            })
    }
}
