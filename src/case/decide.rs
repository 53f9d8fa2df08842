//! What follows from an event: a pure function over the case, the policy profile and the moment.

mod clocks;
mod customer;
mod lapses;
mod outcome;
mod staff;
#[cfg(test)]
mod tests;
mod third_party;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::clock::{ClockChange, ClockEvent};
use super::event::{ActName, Event, Received, Withheld};
use super::text::TextId;
use super::{Acknowledgement, Case, Fact, Refusal};
use crate::policy::{Course, Finding, Letter, Mark, Particular, Profile, Stage};

/// What a decision hangs on besides the case and the event.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The case's own profile.
    pub profile: &'a Profile,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// Why no automatic letter may be written to the customer now (or, where there is no address,
    /// no letter at all).
    pub withhold: Option<Withheld>,
}

/// A letter to be written to the customer, about the case as it has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    pub letter: Letter,
    /// What a member of staff wrote for it.
    pub words: Option<String>,
    pub remedy: Option<String>,
    pub finding: Option<Finding>,
    /// Particulars it asks for.
    pub missing: BTreeSet<Particular>,
    pub to: Recipient,
}

/// To whom a letter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    Customer,
    /// By its address.
    ThirdParty(String),
    /// The customer has no address: those who work on the case get it, to pass it on.
    PassOn,
}

/// What follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The case as it is now.
    pub case: Case,
    /// What to add to the history, in order. Empty where the event changes nothing.
    pub facts: Vec<Fact>,
    /// Words that the facts refer to by their hash.
    pub texts: Vec<String>,
    pub letters: Vec<Writing>,
}

impl Decision {
    /// The words that a fact of it refers to.
    pub fn words(&self, id: TextId) -> Option<&String> {
        self.texts.iter().find(|text| TextId::of(text) == id)
    }
}

/// Decides what follows from an event on a case; `None` is a case not opened yet.
///
/// # Errors
/// A refusal leaves everything as it was. Who acted is told, and the refusal is recorded
/// ([`refused`]).
pub fn decide(
    case: Option<Case>,
    event: &Event,
    context: &Context<'_>,
) -> Result<Decision, Refusal> {
    let mut step = match (case, event) {
        (None, Event::Received(received)) => return Ok(open(received, context)),
        (Some(_), Event::Received(_)) => return Err(Refusal::Exists),
        (None, _) => return Err(Refusal::Missing),
        (Some(case), _) => match case.erased_at {
            Some(at) => return Err(Refusal::Erased { at }),
            None => Step::new(case, context),
        },
    };
    match event {
        Event::Received(_) => {}
        Event::Wrote(wrote) => step.wrote(wrote),
        Event::StaffWrote { landed, rests } => step.add(Fact::StaffWrote {
            landed: *landed,
            rests: rests.clone(),
        }),
        Event::Unproven { landed, doubt } => step.add(Fact::Unproven {
            landed: *landed,
            doubt: doubt.clone(),
        }),
        Event::Delivered { letter } => step.delivered(*letter),
        Event::DeliveryFailed { letter, words } => step.failed(*letter, words),
        Event::Cancelled { letter } => step.add(Fact::LetterWithheld {
            letter: *letter,
            why: Withheld::Cancelled,
        }),
        Event::ClockReached { clock, percent } => step.clock_reached(clock, *percent),
        Event::Erased { rule } => step.erase(rule)?,
        Event::Acted { by, act, reason } => step.acted(by, act, reason.as_deref())?,
    }
    Ok(step.finish())
}

/// The record that an act was refused (§9).
pub fn refused(act: ActName, refusal: &Refusal) -> Fact {
    Fact::Refused {
        act,
        why: refusal.on_record(),
    }
}

/// §4.1: every complaint is recorded and acknowledged at once; none is refused for what it lacks.
fn open(received: &Received, context: &Context<'_>) -> Decision {
    let fact = Fact::Received {
        landed: received.landed,
        received_at: received.received_at,
        channel: received.channel,
        language: received.language,
        profile: context.profile.name.clone(),
        words: received.words.as_deref().map(TextId::of),
        gives: received.gives.clone(),
        follows: received.follows,
        resembles: received.resembles,
        flood: received.flood,
    };
    let case = Case::open(&fact).expect("a case is opened by the fact that it was received");
    let mut step = Step::new(case, context);
    step.facts.push(fact);
    step.texts.extend(received.words.clone());
    step.mark(Mark::Received);
    if let Some(handler) = &received.assign {
        step.add(Fact::Assigned {
            handler: handler.clone(),
        });
    }
    let missing = &context.profile.particulars - &step.case.have;
    step.owe(Mark::Received, |writing| writing.missing = missing);
    step.finish()
}

/// One decision on its way.
struct Step<'a> {
    case: Case,
    context: &'a Context<'a>,
    facts: Vec<Fact>,
    texts: Vec<String>,
    letters: Vec<Writing>,
    /// What starts and stops clocks, with the hand-off's number where it is about one.
    marks: Vec<(Mark, u32)>,
}

impl<'a> Step<'a> {
    fn new(case: Case, context: &'a Context<'a>) -> Step<'a> {
        Step {
            case,
            context,
            facts: vec![],
            texts: vec![],
            letters: vec![],
            marks: vec![],
        }
    }

    fn add(&mut self, fact: Fact) {
        self.case.apply(&fact, self.context.now);
        self.facts.push(fact);
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push((mark, 0));
    }

    /// Keeps words, and gives what stands for them in the history.
    fn text(&mut self, words: &str) -> TextId {
        self.texts.push(words.to_owned());
        TextId::of(words)
    }

    /// Writes the letter that the profile owes at this mark, if any.
    fn owe(&mut self, mark: Mark, fill: impl FnOnce(&mut Writing)) {
        if let Some(letter) = self.context.profile.letters.get(&mark) {
            self.write(*letter, fill);
        }
    }

    /// Writes a letter, or says why not.
    fn write(&mut self, letter: Letter, fill: impl FnOnce(&mut Writing)) {
        let withhold = match (self.case.silence(), self.context.withhold) {
            (Some(why), _) => Some(why),
            // the third party has one
            (None, _) if letter == Letter::Invitation => None,
            (None, Some(Withheld::NoAddress)) => Some(Withheld::NoAddress),
            (None, why) => why.filter(|_| letter.is_automatic()),
        };
        match withhold {
            // §3: who complained by phone gets it on paper
            Some(Withheld::NoAddress) => self.add(Fact::LetterWithheld {
                letter,
                why: Withheld::NoAddress,
            }),
            Some(why) => {
                self.add(Fact::LetterWithheld { letter, why });
                return;
            }
            None => self.add(Fact::LetterQueued { letter }),
        }
        let mut writing = Writing {
            letter,
            words: None,
            remedy: None,
            finding: None,
            missing: BTreeSet::new(),
            to: match withhold {
                Some(_) => Recipient::PassOn,
                None => Recipient::Customer,
            },
        };
        fill(&mut writing);
        self.letters.push(writing);
    }

    /// A letter has reached the customer, by mail or otherwise.
    fn arrived(&mut self, letter: Letter) {
        if let Some(mark) = letter.brings() {
            self.mark(mark);
        }
        // an invitation is no mail to the customer
        if !letter.is_automatic() && letter != Letter::Invitation {
            self.mark(Mark::WroteToCustomer);
        }
    }

    /// A second report of the same acknowledgement changes nothing. One that comes after a failure
    /// was uncertain first and has arrived after all.
    fn delivered(&mut self, letter: Letter) {
        if letter == Letter::Acknowledgement
            && self.case.acknowledgement == Acknowledgement::Delivered
        {
            return;
        }
        self.add(Fact::LetterDelivered { letter });
        self.arrived(letter);
    }

    /// A mail server may accept a letter and return it later, so a failure follows a delivery too.
    fn failed(&mut self, letter: Letter, words: &str) {
        if letter == Letter::Acknowledgement && self.case.acknowledgement == Acknowledgement::Failed
        {
            return;
        }
        let words = self.text(words);
        self.add(Fact::LetterFailed { letter, words });
    }

    /// §7, and §5.2: nothing is erased that is open or under legal hold.
    fn erase(&mut self, rule: &str) -> Result<(), Refusal> {
        if self.case.is_open() {
            return Err(Refusal::StillOpen {
                stage: self.case.stage,
            });
        }
        if self.case.legal_hold {
            return Err(Refusal::KeptByHold);
        }
        self.add(Fact::Erased {
            rule: rule.to_owned(),
        });
        // closing stopped them, but for one that the profile had lost by then
        let running = self
            .case
            .clocks
            .iter()
            .filter(|(_, clock)| clock.is_running());
        let changes: Vec<ClockChange> = running
            .map(|(key, _)| ClockChange {
                key: key.clone(),
                what: ClockEvent::Stopped {},
            })
            .collect();
        if !changes.is_empty() {
            self.add(Fact::Clocks { changes });
        }
        Ok(())
    }

    fn close(&mut self, fact: Fact, owes: Mark, words: Option<&str>) {
        self.add(fact);
        self.mark(Mark::Closed);
        let words = words.map(str::to_owned);
        self.owe(owes, |writing| writing.words = words);
    }

    fn uses(&self, stage: Stage) -> bool {
        self.context.profile.stages.contains(&stage)
    }

    /// Whether no more than this much time of the profile's has passed since then.
    fn within(&self, term: crate::policy::Term, since: DateTime<Utc>) -> bool {
        let course = Course::plain(since, term);
        self.context.now <= course.due_at(&self.context.profile.calendar)
    }

    fn finish(mut self) -> Decision {
        let changes = self.clock_changes();
        if !changes.is_empty() {
            self.add(Fact::Clocks { changes });
        }
        Decision {
            case: self.case,
            facts: self.facts,
            texts: self.texts,
            letters: self.letters,
        }
    }
}
