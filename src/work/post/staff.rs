//! Mail to members of staff: what each may see of the case is looked at once more before it is written (§7).

use chrono::{DateTime, Utc};
use tracing::error;

use super::{Cases, Post};
use crate::alarm::Alarm;
use crate::case::{Case, CaseRef, Person, Recipient, Writing};
use crate::ids::{CaseId, MemberId};
use crate::letter::{self, Frozen};
use crate::measures::MEASURES;
use crate::staff::Member;
use crate::staff::notice::{self, About, Access, What, Written};
use crate::store::correspondence::Correspondence;
use crate::store::{Transaction, cases, outbox};
use crate::work::WorkError;
use crate::work::to_staff::{Answer, Page, Says, ToStaff};

/// What a mail to a member of staff is about.
struct Matter<'a> {
    id: CaseId,
    reference: CaseRef,
    case: &'a Case,
    /// The question that it reminds of, if so.
    question: Option<&'a str>,
    before: Option<&'a Correspondence>,
}

impl Post {
    /// Mails pages to members of staff; how many of them could be written to.
    pub(in crate::work) async fn send_pages(
        &self,
        tx: &mut Transaction,
        pages: Vec<(Person, Page)>,
        now: DateTime<Utc>,
    ) -> Result<usize, WorkError> {
        let mails: Vec<ToStaff> = pages
            .into_iter()
            .map(|(to, page)| ToStaff {
                case: None,
                to,
                says: Says::Page(page),
            })
            .collect();
        let frozen = self.mails(tx, &[], &mails, &[].into(), now).await?;
        outbox::queue(tx, &frozen, now).await?;
        Ok(frozen.len())
    }

    /// The question of a department that a mail reminds of, if so: words of staff, kept with the case.
    pub(super) async fn question(
        &self,
        tx: &mut Transaction,
        mail: &ToStaff,
        about: &Cases<'_>,
    ) -> Result<Option<String>, WorkError> {
        let case = mail.case.and_then(|id| Some((id, about.get(&id)?.1)));
        match case.and_then(|(id, case)| Some((id, mail.says.question(case)?))) {
            Some((id, question)) => Ok(cases::text(tx, id, question).await?),
            None => Ok(None),
        }
    }

    /// A mail to a member of staff; `None` where they have left, have no address, or may not see what it is about.
    pub(super) fn freeze_to_staff(
        &self,
        mail: &ToStaff,
        (about, before, question): (&Cases<'_>, Option<&Correspondence>, Option<&str>),
        writings: &[(CaseId, Writing)],
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
        let page = match mail.case {
            None => self.without_case(mail, member),
            Some(id) => {
                let Some((reference, case)) = about.get(&id) else {
                    return Ok(None);
                };
                let matter = Matter {
                    id,
                    reference: *reference,
                    case,
                    question,
                    before,
                };
                self.about_case(mail, &matter, writings, (member, number, &from), now)?
            }
        };
        let Some(page) = page else {
            return Ok(None);
        };
        let answers = match &mail.says {
            Says::Answer { answers, .. } => answers.clone(),
            Says::Notice { .. } | Says::Page(_) => None,
        };
        let token = self.random.token()?;
        let frozen = self.composer.write_to_staff(&letter::ToStaff {
            from: &from,
            case: mail.case,
            member: number,
            address,
            language: member.tongue().language(),
            subject: &page.subject,
            text: &page.text,
            html: page.html.as_deref(),
            files: &page.files,
            answers,
            token: &token,
            now,
        })?;
        Ok(Some(frozen))
    }

    fn without_case(&self, mail: &ToStaff, member: &Member) -> Option<Page> {
        let tongue = member.tongue();
        Some(match &mail.says {
            Says::Page(page) => page.clone(),
            Says::Answer { answer, .. } => match answer {
                Answer::Done { lines, .. } | Answer::Shown { lines, .. } => {
                    notice::at_desk(lines, tongue).into()
                }
                Answer::NoteKept => return None,
                Answer::Refused { reasons, original } => {
                    notice::refused(reasons, original, None, tongue).into()
                }
            },
            // whatever happened, it happened to a case
            Says::Notice { .. } => return None,
        })
    }

    fn about_case(
        &self,
        mail: &ToStaff,
        matter: &Matter<'_>,
        writings: &[(CaseId, Writing)],
        (member, number, from): (&Member, MemberId, &str),
        now: DateTime<Utc>,
    ) -> Result<Option<Page>, WorkError> {
        let Matter {
            id,
            reference,
            case,
            question,
            before,
        } = matter;
        let profile = self.profile_of_case(reference, case)?;
        let today = now.with_timezone(&profile.calendar.zone).date_naive();
        let access = notice::access(case, &mail.to, &self.directory, today);
        let (news, answer) = match &mail.says {
            Says::Notice { what, news } => (Some((what, news)), None),
            Says::Answer { answer, .. } => (None, Some(answer)),
            Says::Page(page) => return Ok(Some(page.clone())),
        };
        if news.is_some() && access == Access::Nothing {
            MEASURES.trouble(Alarm::KeptBack);
            error!(case = %reference, to = %mail.to, "a notice to somebody outside the case was kept back");
            return Ok(None);
        }
        // only who may write to the customer is given the address that does
        let may_reply =
            case.handler.as_ref() == Some(&mail.to) || case.mediator.as_ref() == Some(&mail.to);
        let to_customer = may_reply
            .then(|| self.composer.to_customer(from, *id, number))
            .flatten();
        let files = match news {
            Some((What::PassOn { letter }, _)) => {
                let mut these = writings.iter().filter(|(case, writing)| {
                    case == id && writing.letter == *letter && writing.to == Recipient::PassOn
                });
                let writing = these.next().map(|(_, writing)| writing);
                let about = (*id, *reference, *case);
                let printed = writing.map(|writing| self.printable(about, writing, now));
                printed.transpose()?.into_iter().collect()
            }
            // nothing that a forger sends is passed on
            Some((What::Unproven, _)) | None => vec![],
            Some((_, news)) => news.files.to_vec(),
        };
        let words = news.and_then(|(_, news)| news.words.as_deref());
        let staff = member.staff();
        let about = About {
            reference: *reference,
            case,
            profile,
            directory: &self.directory,
            customer: before.map(|before| before.name.as_deref().unwrap_or(&before.address)),
            topic: before.map_or("", |before| before.topic.as_str()),
            new_words: question.or(words),
            files: news.map_or(&[], |(_, news)| news.names.as_slice()),
            to: &staff,
            access,
            to_customer: to_customer.as_deref(),
            can_command: self.composer.signs(),
        };
        let tongue = member.tongue();
        let written = match (news, answer) {
            (Some((what, _)), _) => notice::write(what, &about, tongue),
            (None, Some(Answer::Done { lines, letters })) => {
                notice::done(lines, *letters, &about, tongue)
            }
            (
                None,
                Some(Answer::Shown {
                    lines,
                    letters,
                    until,
                }),
            ) => notice::shown(lines, letters, *until, &about, tongue),
            (None, Some(Answer::Refused { reasons, original })) => {
                notice::refused(reasons, original, Some(&about), tongue)
            }
            (None, Some(Answer::NoteKept) | None) => notice::note_kept(&about, tongue),
        };
        // §7: a department learns its question, and nothing else of the case
        let files = if access == Access::Case {
            files
        } else {
            vec![]
        };
        Ok(Some(Page {
            files,
            ..Page::from(written)
        }))
    }
}

impl From<Written> for Page {
    fn from(written: Written) -> Page {
        Page {
            subject: written.subject,
            text: written.text,
            ..Page::default()
        }
    }
}
