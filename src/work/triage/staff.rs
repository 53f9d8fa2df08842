//! Mail to addresses that were made for members of staff: proven to be their own word or not, and what it orders.
//!
//! All that a mail orders is done, or none of it: then its writer is told why, and gets the text back. What
//! isn't proven is filed on the case as a possible forgery and shown to the handler; it is never acted on, and
//! whoever sent it is never answered (promise 9).

use chrono::{DateTime, Utc};

use super::{Read, Triage};
use crate::case::{Act, Actor, Event, Person};
use crate::ids::CaseId;
use crate::letter::{Audience, Proven};
use crate::mail::Reading;
use crate::staff::command::{Context, Mistake, Order, Parsed, parse, resolve};
use crate::staff::proof::{CameTo, Evidence, Key, MadeFor, Purpose, Verdict, judge};
use crate::staff::{Member, answer};
use crate::store::Transaction;
use crate::store::messages::{Filed, MatchedBy};
use crate::work::WorkError;
use crate::work::changes::Changes;
use crate::work::to_staff::{Answer, News, Says, ToStaff};

use super::desk::{Desk, carry_out, refused_with};

/// What came before a mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Whether it answers a mail that was sent to its author alone.
    pub answers_ours: bool,
    /// Whether its Message-ID came from this author before.
    pub seen: bool,
}

/// What a mail orders, once it is understood.
enum Wanted {
    Nothing,
    Note(Act),
    Orders(Vec<Order>),
}

impl Triage {
    /// A mail that came to an address made for a member of staff.
    pub(super) async fn on_staff<'a>(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'a>,
        message: &'a Read,
        case: CaseId,
        before: Before,
        now: DateTime<Utc>,
    ) -> Result<(), WorkError> {
        let reading = &message.reading;
        changes.file(Filed {
            landed: message.id,
            case: Some(case),
            matched_by: MatchedBy::ReplyAddress,
            reading,
        });
        let from: Vec<&str> = reading
            .from
            .iter()
            .map(|from| from.address.as_str())
            .collect();
        let came_to: Vec<CameTo> = self
            .signed_addresses(reading)
            .iter()
            .filter_map(|proven| self.came_to(proven))
            .collect();
        let evidence = Evidence {
            from: &from,
            nature: reading.nature,
            standing: &reading.standing,
            came_to: &came_to,
            case: Some(case),
            answers_ours: before.answers_ours,
            received_at: message.received_at,
            seen_before: before.seen,
        };
        let verdict = judge(&evidence, &self.post.directory, &self.rules);
        let (person, purpose, rests) = match verdict {
            Verdict::Proven {
                person,
                purpose,
                by,
                case: _,
            } => (person, purpose, by),
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
        let actor = Actor::Staff(person.clone());
        let event = Event::StaffWrote {
            landed: message.id,
            rests: rests.as_str().to_owned(),
        };
        let _ = changes.tell(case, &actor, &event, &News::default())?;
        let wanted = self.wanted(changes, reading, case, (member, purpose), now);
        let answer = match wanted {
            Err(reasons) => Some(refused_with(reasons, reading)),
            Ok(Wanted::Nothing) => None,
            Ok(Wanted::Note(act)) => {
                let done = carry_out(changes, case, member, vec![(act, None)])?;
                Some(match done {
                    Ok(_) => Answer::NoteKept,
                    Err(reasons) => refused_with(reasons, reading),
                })
            }
            Ok(Wanted::Orders(orders)) => {
                let desk = Desk {
                    triage: self,
                    message,
                    case,
                    member,
                    now,
                };
                Some(desk.obey(tx, changes, orders).await?)
            }
        };
        if let Some(answer) = answer {
            changes.answer(ToStaff {
                case,
                to: person,
                says: Says::Answer {
                    answer,
                    answers: reading.message_id.clone(),
                },
            });
        }
        Ok(())
    }

    fn unproven(
        &self,
        changes: &mut Changes<'_>,
        message: &Read,
        case: CaseId,
        doubt: String,
    ) -> Result<(), WorkError> {
        let event = Event::Unproven {
            landed: message.id,
            doubt,
        };
        let _ = changes.tell(case, &Actor::Outsider, &event, &News::default())?;
        Ok(())
    }

    /// What the mail wants, or everything that is wrong with it, in its writer's language.
    fn wanted(
        &self,
        changes: &Changes<'_>,
        reading: &Reading,
        case: CaseId,
        (member, purpose): (&Member, Purpose),
        now: DateTime<Utc>,
    ) -> Result<Wanted, Vec<String>> {
        let tongue = member.tongue();
        let words = |mistakes: Vec<Mistake>| -> Vec<String> {
            mistakes
                .iter()
                .map(|one| answer::mistake(one, tongue))
                .collect()
        };
        match purpose {
            // what is written to this address is for the customer, whatever it looks like
            Purpose::ToCustomer => Ok(Wanted::Orders(vec![Order::Act {
                act: Act::Reply {
                    words: reading.new_text.trim().to_owned(),
                },
                reason: None,
            }])),
            Purpose::Work | Purpose::Desk => {
                let written = match parse(&reading.new_text, &[&member.name]).map_err(words)? {
                    Parsed::Empty => return Ok(Wanted::Nothing),
                    Parsed::Note(words) => return Ok(Wanted::Note(Act::Note { words })),
                    Parsed::Commands(written) => written,
                };
                let Some(locked) = changes.case(case) else {
                    return Ok(Wanted::Nothing);
                };
                let profile = self
                    .post
                    .profile_of_case(&locked.reference, &locked.case)
                    .map_err(|error| vec![error.to_string()])?;
                let context = Context {
                    directory: &self.post.directory,
                    profile,
                    now,
                    by: &member.person,
                    case: Some(&locked.case),
                };
                resolve(&written, &context)
                    .map(Wanted::Orders)
                    .map_err(words)
            }
        }
    }

    /// What a proven address was made for, in the words of proofs.
    fn came_to(&self, proven: &Proven) -> Option<CameTo> {
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
                1 => Key::Previous,
                _ => Key::Old,
            },
        })
    }
}
