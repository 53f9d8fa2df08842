//! Mail to addresses that were made for members of staff: proven to be their own word or not, and what it orders.
//!
//! All that a mail orders is done, or none of it: then its writer is told why, and gets the text back. What
//! isn't proven is filed on the case as a possible forgery and shown to the handler; it is never acted on, and
//! whoever sent it is never answered (promise 9).

use chrono::{DateTime, Utc};
use tracing::warn;

use super::{Read, Triage};
use crate::case::{Act, Actor, Event, Person};
use crate::ids::CaseId;
use crate::letter::{Audience, Proven};
use crate::mail::Reading;
use crate::staff::command::{Context, Mistake, Order, Parsed, parse, resolve};
use crate::staff::proof::{CameTo, Evidence, Key, MadeFor, Purpose, Verdict, judge};
use crate::staff::{Member, answer};
use crate::store::messages::{Filed, MatchedBy};
use crate::store::{Transaction, policy_notices};
use crate::work::WorkError;
use crate::work::changes::Changes;
use crate::work::to_staff::{Answer, News};

use super::carry_out::carry_out;
use super::desk::{Desk, Written};

/// What came before a mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Whether it answers a mail that was sent to its author alone.
    pub answers_ours: bool,
    /// Whether its Message-ID came from this author before.
    pub seen: bool,
}

/// What a mail says, before it is understood.
enum Said {
    Nothing,
    Note(String),
    Orders(Vec<Order>),
}

impl Triage {
    /// A mail that came to an address made for a member of staff, about a case or about none.
    pub(super) async fn on_staff<'a>(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'a>,
        message: &'a Read,
        case: Option<CaseId>,
        before: Before,
        now: DateTime<Utc>,
    ) -> Result<(), WorkError> {
        let reading = &message.reading;
        changes.file(Filed {
            landed: message.id,
            case,
            matched_by: MatchedBy::ReplyAddress,
            reading,
        });
        let (person, purpose, rests) = match self.judge(message, case, before) {
            Verdict::Proven {
                person,
                purpose,
                by,
                case: _,
            } => (person, purpose, by),
            // it was waited for long enough
            Verdict::Later { .. } => {
                return self.unproven(changes, message, case, "DNS didn't answer".to_owned());
            }
            Verdict::Unproven { reason } => {
                return self.unproven(changes, message, case, reason.to_string());
            }
        };
        let Some(member) = self.post.directory.member(&person) else {
            return Ok(());
        };
        let mut desk = Desk {
            triage: self,
            mail: Written {
                text: &reading.new_text,
                landed: message.id,
                mailbox: message.mailbox,
                received_at: message.received_at,
                files: !reading.attachments.is_empty(),
                message_id: reading.message_id.as_deref(),
            },
            case,
            member,
            now,
        };
        let said = match purpose {
            // what is written to this address is for the customer, whatever it looks like
            Purpose::ToCustomer => Ok(Said::Orders(vec![Order::Act {
                act: Act::Reply {
                    words: reading.new_text.trim().to_owned(),
                },
                reason: None,
            }])),
            Purpose::Work | Purpose::Desk => self.said(changes, &desk, now),
        };
        // a complaint that is recorded is none of the case's whose address it was sent to
        if let Ok(Said::Orders(orders)) = &said
            && let [Order::Phone(_) | Order::Web(_)] = orders.as_slice()
        {
            desk.case = None;
        }
        let case = desk.case;
        if let Some(case) = case {
            let actor = Actor::Staff(person.clone());
            let event = Event::StaffWrote {
                landed: message.id,
                rests: rests.as_str().to_owned(),
            };
            let _ = changes.tell(case, &actor, &event, &News::default())?;
        }
        let answer = match (said, case) {
            (Err(reasons), _) => Some(desk.refused(reasons)),
            (Ok(Said::Orders(orders)), _) => Some(desk.obey(tx, changes, orders).await?),
            (Ok(Said::Nothing), Some(_)) => None,
            (Ok(Said::Note(words)), Some(case)) => {
                let acts = vec![(Act::Note { words }, None)];
                Some(match carry_out(tx, changes, case, member, acts).await? {
                    Ok(_) => Answer::NoteKept,
                    Err(reasons) => desk.refused(reasons),
                })
            }
            // §10: whoever answers a policy notice has read it
            (Ok(Said::Nothing | Said::Note(_)), None) => {
                let read = policy_notices::read(tx, &person, now).await?;
                Some(if read > 0 {
                    desk.carry_out_all(tx, changes, vec![Order::Read]).await?
                } else {
                    desk.refused(vec![desk.pick(
                        "this mail is about no case, and has no command: /help lists them",
                        "本邮件不针对具体案件，也没有命令：/帮助 可查看全部命令",
                    )])
                })
            }
        };
        let nothing = |answer: &Answer| matches!(answer, Answer::Done { lines, letters: 0 } if lines.is_empty());
        if let Some(answer) = answer.filter(|answer| !nothing(answer)) {
            // whoever recorded a complaint works on it by answering this
            let opened = changes.opened_by(message.id);
            let opened = opened.filter(|(_, new)| desk.sees(new));
            let about = case.or(opened.map(|(id, _)| id));
            changes.answer(desk.answer(about, answer));
        }
        Ok(())
    }

    /// Whether a mail is a member's own word.
    pub(super) fn judge(&self, message: &Read, case: Option<CaseId>, before: Before) -> Verdict {
        let reading = &message.reading;
        let from: Vec<&str> = reading
            .from
            .iter()
            .map(|from| from.address.as_str())
            .collect();
        let signed = self.signed_addresses(reading);
        let came_to = signed
            .iter()
            .filter_map(|proven| self.came_to(proven, message.received_at));
        let came_to: Vec<CameTo> = came_to.collect();
        let evidence = Evidence {
            from: &from,
            nature: reading.nature,
            standing: &reading.standing,
            came_to: &came_to,
            case,
            answers_ours: before.answers_ours,
            received_at: message.received_at,
            seen_before: reading.message_id.as_ref().map(|_| before.seen),
        };
        judge(&evidence, &self.post.directory, &self.rules)
    }

    fn unproven(
        &self,
        changes: &mut Changes<'_>,
        message: &Read,
        case: Option<CaseId>,
        doubt: String,
    ) -> Result<(), WorkError> {
        let Some(case) = case else {
            warn!(landed = %message.id, doubt, "a mail to a desk isn't proven to be its member's: nothing was done");
            return Ok(());
        };
        let event = Event::Unproven {
            landed: message.id,
            doubt,
        };
        let _ = changes.tell(case, &Actor::Outsider, &event, &News::default())?;
        Ok(())
    }

    /// What the mail says, or everything that is wrong with it, in its writer's language.
    fn said(
        &self,
        changes: &Changes<'_>,
        desk: &Desk<'_>,
        now: DateTime<Utc>,
    ) -> Result<Said, Vec<String>> {
        let member = desk.member;
        let mistakes = |found: Vec<Mistake>| in_words(&found, member);
        match parse(desk.mail.text, &[&member.name]).map_err(mistakes)? {
            Parsed::Empty => Ok(Said::Nothing),
            Parsed::Note(words) => Ok(Said::Note(words)),
            Parsed::Commands(_) => self
                .orders(changes, desk.mail.text, desk.case, member, now)
                .map(Said::Orders),
        }
    }

    /// What a text orders, or everything that is wrong with it. Days count from `now`.
    pub(super) fn orders(
        &self,
        changes: &Changes<'_>,
        text: &str,
        case: Option<CaseId>,
        member: &Member,
        now: DateTime<Utc>,
    ) -> Result<Vec<Order>, Vec<String>> {
        let mistakes = |found: Vec<Mistake>| in_words(&found, member);
        let Parsed::Commands(written) = parse(text, &[&member.name]).map_err(mistakes)? else {
            return Ok(vec![]);
        };
        let locked = case.and_then(|case| changes.case(case));
        let profile = match locked {
            Some(locked) => self.post.profile_of_case(&locked.reference, &locked.case),
            None => self.post.profile_of(None),
        };
        let context = Context {
            directory: &self.post.directory,
            profile: profile.map_err(|error| vec![error.to_string()])?,
            now,
            by: &member.person,
            case: locked.map(|locked| &locked.case),
        };
        resolve(&written, &context).map_err(mistakes)
    }

    /// What a proven address was made for, in the words of proofs.
    fn came_to(&self, proven: &Proven, received_at: DateTime<Utc>) -> Option<CameTo> {
        let person = |member| -> Option<Person> {
            let mut members = self.post.members.iter();
            members.find_map(|(person, number)| (*number == member).then(|| person.clone()))
        };
        Some(CameTo {
            made_for: match proven.signed.audience {
                Audience::Customer(_) => MadeFor::Customer,
                Audience::ThirdParty(_) => MadeFor::ThirdParty,
                Audience::Bounce(_) => MadeFor::Bounce,
                Audience::Work(member) => MadeFor::Staff(person(member)?, Purpose::Work),
                Audience::ToCustomer(member) => {
                    MadeFor::Staff(person(member)?, Purpose::ToCustomer)
                }
                Audience::Desk(member) => MadeFor::Staff(person(member)?, Purpose::Desk),
            },
            case: proven.signed.case,
            key: match proven.age {
                0 => Key::Current,
                1 => self.previous_key(proven, received_at),
                _ => Key::Old,
            },
        })
    }

    /// The key before the current one counts for a set time after it was replaced.
    fn previous_key(&self, proven: &Proven, received_at: DateTime<Utc>) -> Key {
        let ended = proven.replaced_on.is_some_and(|day| {
            let received_on = received_at.with_timezone(&self.time_zone).date_naive();
            received_on - day > self.rules.previous_key_for
        });
        if ended { Key::Old } else { Key::Previous }
    }
}

fn in_words(mistakes: &[Mistake], member: &Member) -> Vec<String> {
    let tongue = member.tongue();
    mistakes
        .iter()
        .map(|one| answer::mistake(one, tongue))
        .collect()
}

/// Whether a mail waits until its author's domain can be asked; for how long at most.
pub(super) fn waits_for_dns(reading: &Reading) -> bool {
    reading.standing.verdict == crate::mail::standing::Verdict::Temporary
}
