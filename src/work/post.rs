//! From what the core wants written to letters ready for the outbox.

mod staff;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::WorkError;
use super::to_staff::ToStaff;
use crate::case::{Case, CaseRef, Person, Recipient, TextId, Writing};
use crate::ids::{CaseId, MailboxId, MemberId};
use crate::letter::{Composer, File, Frozen, Matter, Thread, ToCustomer};
use crate::policy::{ClockKind, Course, Letter, Mark, Policies, Profile, Stage};
use crate::random::Random;
use crate::staff::Directory;
use crate::store::Transaction;
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
    /// Most mails by one address in 24 hours that staff are told of one by one.
    pub told_per_address_per_day: u32,
}

/// What mails are written about: cases as they are after the decision.
pub(super) type Cases<'a> = HashMap<CaseId, (CaseRef, &'a Case)>;

impl Post {
    /// The mails that these writings and notices become.
    pub(super) async fn mails(
        &self,
        tx: &mut Transaction,
        writings: &[(CaseId, Writing)],
        to_staff: &[ToStaff],
        about: &Cases<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Option<CaseId>, Option<Letter>, Frozen)>, WorkError> {
        let written_to: Vec<CaseId> = writings.iter().map(|(id, _)| *id).collect();
        let noted = to_staff.iter().filter_map(|mail| mail.case);
        let ids: Vec<CaseId> = written_to.iter().copied().chain(noted).collect();
        let correspondences = correspondence::of_cases(tx, &ids, &written_to).await?;
        let mut letters = Vec::new();
        for (id, writing) in writings {
            let Some((reference, case)) = about.get(id) else {
                continue;
            };
            let before = match &writing.to {
                Recipient::Customer => correspondences.get(id).cloned(),
                Recipient::ThirdParty(address) => {
                    let mailbox = correspondences.get(id).and_then(|one| one.mailbox);
                    Some(correspondence::of_third_party(tx, *id, address, mailbox).await?)
                }
                // goes with the notice that asks to pass it on
                Recipient::PassOn => None,
            };
            if let Some(before) = before.filter(|before| is_in_circle(case, writing, before)) {
                letters.push(((*id, *reference, *case), writing, before));
            }
        }
        let mut notices = Vec::new();
        for mail in to_staff {
            let before = mail.case.and_then(|id| correspondences.get(&id));
            let question = self.question(tx, mail, about).await?;
            notices.push((mail, before, question));
        }
        // no mail needs another, so several cores write them
        let letters = letters.par_iter().map(|(case, writing, before)| {
            let letter = self.letter(*case, writing, before, now)?;
            let frozen = self.composer.write(&letter)?;
            Ok((Some(case.0), Some(writing.letter), frozen))
        });
        let mut mails = letters.collect::<Result<Vec<_>, WorkError>>()?;
        let notices = notices.par_iter().map(|(mail, before, question)| {
            let about = (about, *before, question.as_deref());
            let frozen = self.freeze_to_staff(mail, about, writings, now)?;
            Ok(frozen.map(|frozen| (mail.case, None, frozen)))
        });
        let notices = notices.collect::<Result<Vec<_>, WorkError>>()?;
        mails.extend(notices.into_iter().flatten());
        Ok(mails)
    }

    /// What people would read of letters that aren't written yet.
    pub(super) async fn preview(
        &self,
        tx: &mut Transaction,
        (id, reference, case): (CaseId, CaseRef, &Case),
        writings: &[Writing],
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, WorkError> {
        let correspondences = correspondence::of_cases(tx, &[id], &[id]).await?;
        let nobody = Correspondence::default();
        let before = correspondences.get(&id).unwrap_or(&nobody);
        let mut texts = Vec::new();
        for writing in writings {
            let letter = self.letter((id, reference, case), writing, before, now)?;
            let text = self.composer.read(&letter)?;
            texts.push(format!("{}\n\n{}", text.subject, text.plain));
        }
        Ok(texts)
    }

    /// A letter for people to print: as a file.
    fn printable(
        &self,
        about: (CaseId, CaseRef, &Case),
        writing: &Writing,
        now: DateTime<Utc>,
    ) -> Result<File, WorkError> {
        let letter = self.letter(about, writing, &Correspondence::default(), now)?;
        let text = self.composer.read(&letter)?;
        Ok(File {
            name: format!("{} {}.html", about.1, writing.letter),
            media_type: "text/html".to_owned(),
            bytes: text.html.into_bytes(),
            content_id: None,
        })
    }

    fn letter(
        &self,
        (id, reference, case): (CaseId, CaseRef, &Case),
        writing: &Writing,
        mails: &Correspondence,
        now: DateTime<Utc>,
    ) -> Result<ToCustomer, WorkError> {
        let profile = self.profile_of_case(&reference, case)?;
        let matter = self.matter(reference, case, profile, writing, now);
        Ok(ToCustomer {
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
        })
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
        let rights = profile.rights_in(writing.letter, case.close_reason, case.round);
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
            rights: rights
                .and_then(|rights| rights.get(&case.language).cloned())
                .unwrap_or_default(),
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

    /// The domain that our mail comes from.
    pub(super) fn domain(&self) -> &str {
        let own = self.mailboxes.first();
        own.and_then(|own| own.address.rsplit_once('@'))
            .map_or("localhost", |(_, domain)| domain)
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

/// Whether whoever a letter goes to is of the case's circle (§7): looked at once more before it is written.
fn is_in_circle(case: &Case, writing: &Writing, to: &Correspondence) -> bool {
    match &writing.to {
        // the address that the case was opened with
        Recipient::Customer => writing.letter != Letter::Invitation,
        Recipient::ThirdParty(address) => {
            let invited = case.third_parties.get(&TextId::of(address)) == Some(&true);
            let fits = invited && writing.letter == Letter::Invitation && to.address == *address;
            if !fits {
                crate::measures::MEASURES.trouble(crate::alarm::Alarm::KeptBack);
                tracing::error!(letter = %writing.letter, "a letter to somebody outside the case was kept back");
            }
            fits
        }
        Recipient::PassOn => false,
    }
}
