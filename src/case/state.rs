//! A case: what its facts have made of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::clock::{self, Clocks};
use super::event::{Channel, Withheld};
use super::person::Person;
use super::{CaseRef, Concern, Fact, TextId};
use crate::language::Language;
use crate::policy::{
    ClockRule, CloseReason, Complexity, Finding, Letter, Mark, Particular, Pause, Stage, words,
};

words! {
    /// What has become of the acknowledgement owed to every customer (§4.1).
    Acknowledgement {
        Queued = "queued",
        Delivered = "delivered",
        Failed = "failed",
        Withheld = "withheld",
    }
}

/// A complaint, as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub stage: Stage,
    pub received_at: DateTime<Utc>,
    pub channel: Channel,
    pub language: Language,
    /// The policy profile it is handled by.
    pub profile: String,
    pub acknowledgement: Acknowledgement,
    /// False once a mail to the customer was refused for good.
    pub reachable: bool,
    pub category: Option<String>,
    pub severity: Option<String>,
    pub complexity: Option<Complexity>,
    pub cause: Option<String>,
    pub handler: Option<Person>,
    /// Everybody who has handled it: none of them mediates (§5.1).
    pub handlers: BTreeSet<Person>,
    pub mediator: Option<Person>,
    /// Complained about, or with an interest in the matter: they have no part in it.
    pub recused: BTreeSet<Person>,
    /// Particulars that are there (§4.1), and those that were asked for and aren't.
    pub have: BTreeSet<Particular>,
    pub asked: BTreeSet<Particular>,
    /// Questions to departments by number, and whether they are open.
    pub hand_offs: BTreeMap<u32, HandOff>,
    /// Third parties by their addresses in lower case, and whether they are at work on it.
    pub third_parties: BTreeMap<TextId, bool>,
    /// Further addresses that the customer writes from, in lower case.
    pub addresses: BTreeSet<TextId>,
    pub finding: Option<Finding>,
    /// Outcomes so far: 1 after the handler's, 2 after the mediation's.
    pub round: u8,
    /// What the customer said of the latest outcome.
    pub satisfied: Option<bool>,
    pub held: bool,
    /// Nothing is erased, and no letter is written (§5.2).
    pub legal_hold: bool,
    pub close_reason: Option<CloseReason>,
    pub closed_at: Option<DateTime<Utc>>,
    pub duplicate_of: Option<CaseRef>,
    pub follows: Option<CaseRef>,
    pub resembles: Option<CaseRef>,
    /// One of very many by its customer: staff aren't told of its deadlines until somebody accepts it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flood: bool,
    /// Letters that are written and haven't arrived yet.
    pub on_the_way: BTreeSet<Letter>,
    /// Deadlines missed and steps overridden, in order (§9).
    pub lapses: Vec<Lapse>,
    /// When what people wrote, their names and addresses were erased (§7). Nothing happens to the case after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
    /// Kept in a table of their own.
    #[serde(skip)]
    pub clocks: Clocks,
}

/// A question to a department (§4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOff {
    pub to: Person,
    pub question: TextId,
    pub answered: bool,
}

/// What somebody owes an explanation of (§9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lapse {
    pub of: Concern,
    /// Nobody's, where nobody had the case.
    pub by: Option<Person>,
    pub explained: bool,
}

impl Case {
    /// The case that its first fact opens; `None` where that isn't [`Fact::Received`].
    pub fn open(fact: &Fact) -> Option<Case> {
        let Fact::Received {
            received_at,
            channel,
            language,
            profile,
            gives,
            follows,
            resembles,
            flood,
            landed: _,
            words: _,
        } = fact
        else {
            return None;
        };
        Some(Case {
            stage: Stage::Received,
            received_at: *received_at,
            channel: *channel,
            language: *language,
            profile: profile.clone(),
            acknowledgement: Acknowledgement::Withheld,
            reachable: true,
            category: None,
            severity: None,
            complexity: None,
            cause: None,
            handler: None,
            handlers: BTreeSet::new(),
            mediator: None,
            recused: BTreeSet::new(),
            have: gives.clone(),
            asked: BTreeSet::new(),
            hand_offs: BTreeMap::new(),
            third_parties: BTreeMap::new(),
            addresses: BTreeSet::new(),
            finding: None,
            round: 0,
            satisfied: None,
            held: false,
            legal_hold: false,
            close_reason: None,
            closed_at: None,
            duplicate_of: None,
            follows: *follows,
            resembles: *resembles,
            flood: *flood,
            on_the_way: BTreeSet::new(),
            lapses: vec![],
            erased_at: None,
            clocks: Clocks::new(),
        })
    }

    /// What a fact makes of the case.
    pub fn apply(&mut self, fact: &Fact, at: DateTime<Utc>) {
        match fact {
            Fact::Received { .. }
            | Fact::Wrote { .. }
            | Fact::StaffWrote { .. }
            | Fact::Unproven { .. }
            | Fact::Noted { .. }
            | Fact::Replied { .. }
            | Fact::Proposed { .. }
            | Fact::Viewed { .. }
            | Fact::Extended { .. }
            | Fact::Refused { .. }
            | Fact::Suggested { .. }
            | Fact::ActionRaised { .. }
            | Fact::ActionDone { .. }
            | Fact::ActionVerified { .. }
            | Fact::AccessRefused { .. }
            | Fact::Looked { .. }
            | Fact::LetterUncertain { .. }
            | Fact::Ruled { .. }
            | Fact::Withdrawn {} => {}
            Fact::LetterQueued { letter } => {
                self.on_the_way.insert(*letter);
                self.acknowledged(*letter, Acknowledgement::Queued);
            }
            Fact::LetterWithheld { letter, .. } => {
                self.on_the_way.remove(letter);
                self.acknowledged(*letter, Acknowledgement::Withheld);
            }
            // that a third party can't be reached says nothing of the customer
            Fact::LetterFailed {
                letter: letter @ Letter::Invitation,
                ..
            }
            | Fact::LetterDelivered {
                letter: letter @ Letter::Invitation,
            } => {
                self.on_the_way.remove(letter);
            }
            Fact::LetterDelivered { letter } => {
                self.on_the_way.remove(letter);
                self.acknowledged(*letter, Acknowledgement::Delivered);
                self.reachable = true;
            }
            Fact::LetterHandedOver { letter } => {
                self.on_the_way.remove(letter);
                self.acknowledged(*letter, Acknowledgement::Delivered);
            }
            Fact::LetterFailed { letter, .. } => {
                self.on_the_way.remove(letter);
                self.acknowledged(*letter, Acknowledgement::Failed);
                self.reachable = false;
            }
            Fact::Accepted { handler, stage } => {
                self.flood = false;
                self.handle(handler);
                self.stage = *stage;
                // whoever goes on without what was asked for no longer waits for it
                self.asked.clear();
            }
            Fact::Assigned { handler } => self.handle(handler),
            Fact::ParticularsAsked {
                particulars, stage, ..
            } => {
                self.asked.extend(particulars);
                self.have.retain(|one| !particulars.contains(one));
                self.stage = *stage;
            }
            Fact::ParticularsGiven { particulars, stage } => {
                self.have.extend(particulars);
                self.asked.retain(|one| !particulars.contains(one));
                self.stage = *stage;
            }
            Fact::ParticularsLapsed { stage, .. } => {
                self.asked.clear();
                self.stage = *stage;
            }
            Fact::HandedOff {
                number,
                to,
                question,
            } => {
                let hand_off = HandOff {
                    to: to.clone(),
                    question: *question,
                    answered: false,
                };
                self.hand_offs.insert(*number, hand_off);
            }
            Fact::HandOffAnswered { number, .. } => {
                if let Some(hand_off) = self.hand_offs.get_mut(number) {
                    hand_off.answered = true;
                }
            }
            Fact::Found { stage, .. } => self.stage = *stage,
            Fact::Resolved {
                finding,
                cause,
                stage,
                ..
            } => self.decided(*finding, cause.as_ref(), 1, *stage),
            Fact::Mediated {
                finding,
                cause,
                stage,
                ..
            } => self.decided(*finding, cause.as_ref(), 2, *stage),
            Fact::MediationOwed { stage } => self.stage = *stage,
            Fact::MediatorNamed { mediator } => self.mediator = Some(mediator.clone()),
            Fact::ThirdPartyInvited { address, .. } => {
                self.third_parties.insert(*address, true);
            }
            Fact::ThirdPartyDone { address } => {
                self.third_parties.insert(*address, false);
            }
            Fact::AddressRecognised { address } => {
                self.addresses.insert(*address);
            }
            Fact::Overrode { act, by, .. } => {
                self.lapsed(Concern::Override(*act), Some(by.clone()));
            }
            Fact::Breached { clock, by, .. } => {
                self.lapsed(Concern::Breach(clock.clone()), by.clone());
            }
            Fact::Explained { of, by, .. } => {
                for lapse in &mut self.lapses {
                    lapse.explained |= lapse.of == *of && lapse.by.as_ref() == Some(by);
                }
            }
            Fact::Litigated { stage, .. } => {
                self.stage = *stage;
                self.asked.clear();
                self.legal_hold = true;
                self.close_reason = None;
                self.closed_at = None;
            }
            Fact::Released {} => self.legal_hold = false,
            Fact::SatisfactionAnswered { satisfied } => self.satisfied = Some(*satisfied),
            Fact::Closed {
                reason, of, stage, ..
            } => {
                self.stage = *stage;
                self.close_reason = Some(*reason);
                self.closed_at = Some(at);
                self.duplicate_of = *of;
                self.asked.clear();
            }
            Fact::Reopened { stage } => {
                self.stage = *stage;
                self.close_reason = None;
                self.closed_at = None;
                self.duplicate_of = None;
                self.satisfied = None;
                self.round = 0;
                self.mediator = None;
            }
            Fact::Categorised { code } => self.category = Some(code.clone()),
            Fact::SeveritySet { code } => self.severity = Some(code.clone()),
            Fact::ComplexitySet { complexity } => self.complexity = Some(*complexity),
            Fact::CauseSet { code } => self.cause = Some(code.clone()),
            Fact::Recused { who, .. } => {
                self.recused.insert(who.clone());
                self.handler.take_if(|handler| handler == who);
                self.mediator.take_if(|mediator| mediator == who);
            }
            Fact::Held { .. } => self.held = true,
            Fact::HoldEnded {} => self.held = false,
            Fact::Erased { .. } => self.erased_at = Some(at),
            Fact::Clocks { changes } => {
                for change in changes {
                    clock::apply(&mut self.clocks, change, at);
                }
            }
        }
    }

    fn acknowledged(&mut self, letter: Letter, state: Acknowledgement) {
        if letter == Letter::Acknowledgement {
            self.acknowledgement = state;
        }
    }

    fn handle(&mut self, handler: &Person) {
        self.handler = Some(handler.clone());
        self.handlers.insert(handler.clone());
    }

    fn decided(&mut self, finding: Finding, cause: Option<&String>, round: u8, stage: Stage) {
        self.finding = Some(finding);
        if let Some(cause) = cause {
            self.cause = Some(cause.clone());
        }
        self.round = round;
        self.satisfied = None;
        self.stage = stage;
    }

    /// Whether the case is in a state during which some clocks stand still.
    pub(super) fn is(&self, pause: Pause) -> bool {
        match pause {
            Pause::AwaitingParticulars => self.stage == Stage::AwaitingParticulars,
            Pause::ThirdParty => self.has_third_party(),
            Pause::Resolved => self.stage == Stage::Resolved,
            Pause::Hold => self.held,
        }
    }

    /// Whether a letter is on its way that stops a clock: nobody is chased for what is written already.
    pub fn is_answering(&self, rule: &ClockRule) -> bool {
        let mut letters = self.on_the_way.iter();
        letters.any(|letter| {
            let brings = letter
                .brings()
                .is_some_and(|mark| rule.stops.contains(&mark));
            let written = !letter.is_automatic() && *letter != Letter::Invitation;
            brings || (written && rule.stops.contains(&Mark::WroteToCustomer))
        })
    }

    /// Whether a third party is at work on it.
    pub fn has_third_party(&self) -> bool {
        self.third_parties.values().any(|at_work| *at_work)
    }

    fn lapsed(&mut self, of: Concern, by: Option<Person>) {
        self.lapses.push(Lapse {
            of,
            by,
            explained: false,
        });
    }

    /// Why no letter may be written on this case, whatever it is.
    pub(super) fn silence(&self) -> Option<Withheld> {
        self.legal_hold.then_some(Withheld::LegalHold)
    }

    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    /// When the running clock of this name is due.
    pub fn due(&self, name: &str) -> Option<DateTime<Utc>> {
        let mut running = self
            .clocks
            .iter()
            .filter(|(key, clock)| key.name == name && clock.is_ticking());
        running.next().map(|(_, clock)| clock.due_at)
    }
}
