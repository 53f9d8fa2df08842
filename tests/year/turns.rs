//! What people do next: staff mostly in time, at times late, sometimes wrong; customers answer, or never do.
//!
//! A turn looks at where the case stands, as whoever takes it would, writes a mail, and does to the account of the
//! case what the policy says comes of it.

use chrono::{Datelike, TimeDelta, Timelike, Weekday};
use redress::policy::{CloseReason, Finding, Letter, Role, Stage};

use super::mails::{self, FromCustomer};
use super::model::{Event, Moment};
use super::office::Incoming;
use super::people::{DEPARTMENTS, LEGAL, MEDIATORS, STAFF, SUPERVISOR};
use super::world::{Action, Kind, Opening, World};
use super::{day, day_of, local};

const CATEGORIES: [&str; 5] = ["product", "service", "delivery", "billing", "website"];
const CAUSES: [&str; 5] = [
    "product_defect",
    "service_failure",
    "delay",
    "communication",
    "process",
];
const FINDINGS: [(Finding, &str); 3] = [
    (Finding::Upheld, "upheld"),
    (Finding::Partly, "partly"),
    (Finding::Rejected, "rejected"),
];

/// What somebody means to do, about a case.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    // staff
    Start(usize),
    HandOff(usize),
    AnswerHandOff(usize, u32),
    Find(usize),
    Update(usize),
    Propose(usize),
    Decide(usize),
    HandOver(usize, Letter),
    Record(usize, bool),
    Explain(usize, usize),
    Look(usize),
    Reassign(usize),
    Mediate(usize),
    Mediated(usize),
    Extend(usize),
    InPlace(usize),
    Litigate(usize),
    Confirm(usize),
    Ruling(usize),
    Call,
    Done(usize),
    Verify(usize),
    Invite(usize),
    Dismiss(usize),
    Hold(usize),
    Unhold(usize),
    // everybody else
    Answer(usize, bool),
    Sentence(usize),
    Evidence(usize),
    Chase(usize),
    Withdraw(usize),
    Again(usize),
    Thanks(usize),
    TooLate(usize),
    Robot(usize),
    Forge(usize),
    Forget(usize),
    ThirdParty(usize),
    Return(usize),
    Newsletter,
}

impl World {
    /// So many hours from now, and then when people work.
    fn at_work(&mut self, hours: u64) -> Moment {
        let at = self.now + TimeDelta::minutes((hours * 60 + self.dice.below(60)) as i64);
        let mut here = at + TimeDelta::hours(8);
        if !(9..18).contains(&here.hour()) {
            let late = i64::from(here.hour() >= 18);
            let date = here.date_naive() + TimeDelta::days(late);
            here = date.and_time(chrono::NaiveTime::MIN).and_utc()
                + TimeDelta::minutes(540 + self.dice.below(300) as i64);
        }
        while matches!(here.weekday(), Weekday::Sat | Weekday::Sun) {
            here += TimeDelta::days(1);
        }
        here - TimeDelta::hours(8)
    }

    /// A time between, or with so many of a thousand, a late one.
    fn mostly(&mut self, usual: (u64, u64), late: (u64, u64, u64)) -> Moment {
        let (low, high) = if self.dice.chance(late.0) {
            (late.1, late.2)
        } else {
            usual
        };
        let hours = self.dice.between(low, high);
        self.at_work(hours)
    }

    pub fn start_after(&mut self) -> Moment {
        self.mostly((1, 26), (50, 60, 160))
    }

    /// When somebody who is away is back; `None` where they are there.
    fn back(&mut self, staffer: usize) -> Option<Moment> {
        let (from, until, _) = STAFF[staffer].away?;
        let today = day_of(self.now).to_string();
        let until_day: chrono::NaiveDate = until.parse().unwrap();
        let away = *from <= *today && *today <= *until;
        away.then(|| local(until_day, 34, self.dice.below(200) as i64))
    }

    /// The handler, if the case is theirs and they are there; else they come back to it.
    fn handler(&mut self, id: usize, turn: Turn) -> Option<usize> {
        let handler = self.cases[id].handler?;
        if STAFF[handler].role != Role::Handler {
            return Some(handler);
        }
        match self.back(handler) {
            Some(at) => {
                self.plan(at, turn);
                None
            }
            None => Some(handler),
        }
    }

    /// A member's mail about a case, to the address that they were sent.
    fn say(&mut self, staffer: usize, id: usize, at: Moment, text: &str) {
        let to = self.book.get(&(staffer, id)).unwrap_or_else(|| {
            panic!(
                "{} was told nothing of {}",
                STAFF[staffer].id, self.cases[id].reference
            )
        });
        let to = to.clone();
        self.put(staffer, &to, at, text, true);
    }

    fn put(&mut self, staffer: usize, to: &str, at: Moment, text: &str, vouched: bool) {
        let number = self.number();
        self.mails.push(Incoming {
            received: at,
            bytes: mails::from_staff(staffer, (to, text), (number, at), vouched),
        });
    }

    /// A customer's mail to the address that they were sent; false where they were sent none.
    fn hear(&mut self, id: usize, at: Moment, text: &str, (file, robot): (bool, bool)) -> bool {
        let (Some(to), Some(customer)) = (self.replies.get(&id), self.cases[id].customer) else {
            return false;
        };
        if self.forgotten.contains(&customer) {
            return false;
        }
        let to = to.clone();
        let number = self.number();
        let bytes = FromCustomer {
            from: &self.customers[customer].address,
            name: &format!("Customer {customer}"),
            to: &to,
            subject: if robot {
                "Out of office"
            } else {
                "Re: my complaint"
            },
            text,
            id: format!("{number}.reply"),
            at,
            file,
            robot,
        }
        .bytes();
        self.mails.push(Incoming {
            received: at,
            bytes,
        });
        true
    }

    /// Whose turn it is, and about which case, where a member of staff has to have been told of it.
    fn actor(&self, turn: Turn) -> Option<(usize, usize)> {
        let handler = |id: usize| Some((self.cases[id].handler?, id));
        match turn {
            Turn::Start(id)
            | Turn::HandOff(id)
            | Turn::Find(id)
            | Turn::Update(id)
            | Turn::Propose(id)
            | Turn::Decide(id)
            | Turn::HandOver(id, _)
            | Turn::Record(id, _)
            | Turn::Look(id) => handler(id),
            Turn::AnswerHandOff(id, number) => {
                Some((self.cases[id].hand_offs[number as usize - 1].0, id))
            }
            Turn::Reassign(id)
            | Turn::Mediate(id)
            | Turn::InPlace(id)
            | Turn::Litigate(id)
            | Turn::Hold(id)
            | Turn::Unhold(id)
            | Turn::Confirm(id) => Some((SUPERVISOR, id)),
            Turn::Mediated(id) => Some((self.cases[id].mediator?, id)),
            Turn::Invite(id) | Turn::Dismiss(id) => Some((self.worker(id)?, id)),
            Turn::Ruling(id) => Some((LEGAL, id)),
            _ => None,
        }
    }

    pub fn turn(&mut self, at: Moment, turn: Turn) {
        // nobody answers a mail that hasn't come yet
        if let Some((who, id)) = self.actor(turn)
            && self.cases[id].is_open()
            && !self.book.contains_key(&(who, id))
        {
            return self.plan(self.now + TimeDelta::hours(20), turn);
        }
        match turn {
            Turn::Start(id) => self.start(id, at, turn),
            Turn::HandOff(id) => self.hand_off(id, at, turn),
            Turn::AnswerHandOff(id, number) => self.answer_hand_off(id, number, at),
            Turn::Find(id) => self.find(id, at, turn),
            Turn::Update(id) => self.update(id, at, turn),
            Turn::Propose(id) => self.propose(id, at, turn),
            Turn::Decide(id) => self.decide(id, at, turn),
            Turn::HandOver(id, letter) => self.hand_over(id, letter, at, turn),
            Turn::Record(id, satisfied) => self.record(id, satisfied, at, turn),
            Turn::Explain(id, lapse) => self.explain(id, lapse, at),
            Turn::Look(id) => self.look(id, at, turn),
            Turn::Reassign(id) => self.reassign(id, at),
            Turn::Mediate(id) => self.mediate(id, at),
            Turn::Mediated(id) => self.mediated(id, at),
            Turn::Extend(id) => self.extend(id, at),
            Turn::InPlace(id) => self.in_place(id, at),
            Turn::Litigate(id) => self.litigate(id, at),
            Turn::Confirm(id) => self.confirm(id, at),
            Turn::Ruling(id) => self.ruling(id, at),
            Turn::Call => self.call(at),
            Turn::Done(place) => self.done(place, at),
            Turn::Verify(place) => self.verify(place, at),
            Turn::Invite(id) => self.invite(id, at, turn),
            Turn::Dismiss(id) => self.dismiss(id, at, turn),
            Turn::Hold(id) => self.hold(id, true, at),
            Turn::Unhold(id) => self.hold(id, false, at),
            Turn::Answer(id, yes) => self.answer(id, yes, at),
            Turn::Sentence(id) => self.sentence(id, at),
            Turn::Evidence(id) => self.evidence(id, at),
            Turn::Chase(id) => {
                if self.cases[id].is_open() {
                    self.hear(id, at, "Is there any news of it? I wait.", (false, false));
                }
            }
            Turn::Withdraw(id) => self.withdraw(id, at),
            Turn::Again(id) => self.again(id, at),
            Turn::Thanks(id) => {
                if !self.cases[id].is_open() {
                    self.hear(id, at, "Thank you very much!", (false, false));
                }
            }
            Turn::TooLate(id) => self.too_late(id, at),
            Turn::Robot(id) => {
                let text = "I am out of the office until Monday.";
                self.hear(id, at, text, (false, true));
            }
            Turn::Forge(id) => self.forge(id, at),
            Turn::Forget(customer) => self.forget.push(customer),
            Turn::ThirdParty(id) => self.third_party(id, at),
            Turn::Return(place) => self.returned(place, at),
            Turn::Newsletter => {
                let number = self.number();
                self.mails.push(Incoming {
                    received: at,
                    bytes: mails::newsletter(number, at),
                });
            }
        }
    }

    fn start(&mut self, id: usize, at: Moment, turn: Turn) {
        if !matches!(self.stage(id), Stage::Received) {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let chinese = STAFF[handler].chinese;
        if self.dice.chance(20) {
            if self.dice.chance(500) {
                // a slip of the pen: nothing is done
                self.say(handler, id, at, "/clsoe out of scope: please ask your bank");
            } else {
                self.say(handler, id, at, "/outcome upheld\nThey shall have it.");
                let now = self.now;
                self.cases[id].refused("mediated", handler, now);
            }
        }
        if self.dice.chance(4) {
            let hours = self.dice.between(2, 30);
            let later = self.at_work(hours);
            self.plan(later, Turn::Forge(id));
        }
        if let Kind::Duplicate { of } = self.minds[id].kind
            && self.minds[of].kind == Kind::Plain
        {
            let of = self.cases[of].reference;
            self.say(handler, id, at, &format!("/duplicate of {of}"));
            return self.on(id, |case, to| case.close(CloseReason::Duplicate, to));
        }
        if self.minds[id].kind == Kind::Flood && self.dice.chance(800) {
            let text = "/close out of scope: please send one mail";
            self.say(handler, id, at, text);
            return self.on(id, |case, to| case.close(CloseReason::OutOfScope, to));
        }
        if self.cases[id].recused.is_empty() && self.dice.chance(8) {
            self.say(handler, id, at, "/recuse me: the customer is a friend");
            let now = self.now;
            self.on(id, |case, _| case.recuse(handler, now));
            let hours = self.dice.between(1, 20);
            let later = self.at_work(hours);
            return self.plan(later, Turn::Reassign(id));
        }
        if self.dice.chance(30) {
            let (reason, words) = if self.dice.chance(500) {
                (
                    CloseReason::OutOfScope,
                    "out of scope: please ask your bank",
                )
            } else {
                (
                    CloseReason::NotAComplaint,
                    "not a complaint: thank you for the praise",
                )
            };
            self.say(handler, id, at, &format!("/close {words}"));
            return self.on(id, |case, to| case.close(reason, to));
        }
        if self.dice.chance(80) && self.cases[id].customer.is_some() {
            let text = if chinese {
                "/补充材料 证据：请发包裹照片"
            } else {
                "/ask evidence: a photo of it, please"
            };
            self.say(handler, id, at, text);
            return self.on(id, |case, to| case.ask(handler, to));
        }
        let category = *self.dice.pick(&CATEGORIES);
        let suggests = self.dice.chance(15);
        let mut text = if chinese {
            format!("/受理\n/类别 {category}\n")
        } else {
            format!("/accept\n/category {category}\n")
        };
        if suggests {
            text += "/suggestion answer by phone as well\n";
        }
        self.say(handler, id, at, &text);
        self.on(id, |case, to| {
            case.accept(handler, to);
            case.category = Some(category);
            if suggests {
                case.log.push((to.now, Event::Suggested));
            }
        });
    }

    fn hand_off(&mut self, id: usize, at: Moment, turn: Turn) {
        if self.stage(id) != Stage::Investigating {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let department = *self.dice.pick(&DEPARTMENTS);
        let name = STAFF[department].id;
        let text = format!("/handoff {name}: when did it leave?");
        self.say(handler, id, at, &text);
        self.on(id, |case, to| case.hand_off(department, to));
        let number = self.cases[id].hand_offs.len() as u32;
        let answer = self.mostly((3, 60), (120, 120, 260));
        self.plan(answer, Turn::AnswerHandOff(id, number));
    }

    fn answer_hand_off(&mut self, id: usize, number: u32, at: Moment) {
        let stage = self.stage(id);
        if matches!(stage, Stage::Closed | Stage::Litigation) {
            return;
        }
        let (department, _) = self.cases[id].hand_offs[number as usize - 1];
        self.say(department, id, at, "/answer it left on Monday");
        self.on(id, |case, to| case.answer_hand_off(number, to));
    }

    fn find(&mut self, id: usize, at: Moment, turn: Turn) {
        if self.stage(id) != Stage::Investigating {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let text = if STAFF[handler].chinese {
            "/查明 情况属实。"
        } else {
            "/finding It was as they say."
        };
        self.say(handler, id, at, text);
        self.on(id, |case, to| case.find(to));
    }

    fn update(&mut self, id: usize, at: Moment, turn: Turn) {
        if !matches!(self.stage(id), Stage::Investigating | Stage::Negotiating) {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        self.say(
            handler,
            id,
            at,
            "/reply We are looking into it, and will write again.",
        );
        self.on(id, |case, to| case.reply(to));
    }

    fn propose(&mut self, id: usize, at: Moment, turn: Turn) {
        if self.stage(id) != Stage::Negotiating {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        self.say(handler, id, at, "/propose We refund 120 yuan.");
        self.on(id, |case, to| case.propose(to));
    }

    fn verdict(&mut self) -> ((Finding, bool, Option<u64>), &'static str, String) {
        let (finding, name) = *self.dice.pick(&FINDINGS);
        let cause = *self.dice.pick(&CAUSES);
        let remedied = finding != Finding::Rejected && self.dice.chance(800);
        let cost = (remedied && self.dice.chance(600)).then(|| self.dice.between(10, 400));
        let mut head = format!("{name}; cause {cause}");
        if remedied {
            head += "; remedy your money back";
        }
        if let Some(cost) = cost {
            head += &format!("; cost {cost} yuan");
        }
        let text = format!("{head}\nWe have looked at all of it, and this is what we found.");
        (
            (finding, remedied, cost.map(|yuan| yuan * 100)),
            cause,
            text,
        )
    }

    fn decide(&mut self, id: usize, at: Moment, turn: Turn) {
        if !matches!(self.stage(id), Stage::Investigating | Stage::Negotiating) {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let (verdict, cause, text) = self.verdict();
        let mut text = format!("/resolve {text}");
        if self.dice.chance(15) {
            text = format!("{}{text}", self.action(id));
        }
        self.say(handler, id, at, &text);
        self.on(id, |case, to| case.decide(false, verdict, cause, to));
        if self.cases[id].customer.is_none() {
            let later = self.mostly((2, 20), (50, 100, 200));
            self.plan(later, Turn::HandOver(id, Letter::Outcome));
        }
    }

    /// Has something done about it; the line that orders it.
    fn action(&mut self, _: usize) -> String {
        let (kind, owner) =
            *self
                .dice
                .pick(&[("preventive", 10), ("corrective", 11), ("training", 3)]);
        let due = day_of(self.now) + TimeDelta::days(20);
        let number = self.actions.len() as u32 + 1;
        let place = self.actions.len();
        self.actions.push(Action {
            number,
            kind,
            owner,
            raised: self.now,
            due,
            done: None,
            verified: None,
        });
        let done = self.mostly((100, 400), (300, 500, 1200));
        self.plan(done, Turn::Done(place));
        format!(
            "/action {kind} {} by {due}: check the lids\n",
            STAFF[owner].id
        )
    }

    fn done(&mut self, place: usize, at: Moment) {
        let (number, owner) = (self.actions[place].number, self.actions[place].owner);
        let to = self.desks[&owner].clone();
        self.put(
            owner,
            &to,
            at,
            &format!("/done {number}: they are checked"),
            true,
        );
        self.actions[place].done = Some(self.now);
        if self.dice.chance(800) {
            let later = self.mostly((10, 200), (50, 300, 500));
            self.plan(later, Turn::Verify(place));
        }
    }

    fn verify(&mut self, place: usize, at: Moment) {
        let number = self.actions[place].number;
        let to = self.desks[&SUPERVISOR].clone();
        self.put(SUPERVISOR, &to, at, &format!("/verify {number}"), true);
        self.actions[place].verified = Some(self.now);
    }

    fn hand_over(&mut self, id: usize, letter: Letter, at: Moment, turn: Turn) {
        let open = !matches!(self.stage(id), Stage::Closed | Stage::Litigation);
        if !open || (letter == Letter::Outcome && self.stage(id) != Stage::Resolved) {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        self.say(handler, id, at, &format!("/handover {letter}"));
        self.on(id, |case, to| case.handed_over(letter, to));
        if letter == Letter::Outcome && self.dice.chance(600) {
            let later = self.mostly((20, 120), (50, 130, 160));
            let satisfied = self.dice.chance(900);
            self.plan(later, Turn::Record(id, satisfied));
        }
    }

    /// The customer said so by telephone.
    fn record(&mut self, id: usize, satisfied: bool, at: Moment, turn: Turn) {
        if self.stage(id) != Stage::Resolved || self.cases[id].satisfied.is_some() {
            return;
        }
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let word = if satisfied {
            "/satisfied"
        } else {
            "/unsatisfied"
        };
        self.say(handler, id, at, word);
        self.on(id, |case, to| case.answer(satisfied, to));
    }

    fn explain(&mut self, id: usize, lapse: usize, at: Moment) {
        let lapse = self.cases[id].lapses[lapse].clone();
        let erased = self.minds[id].erased;
        let Some(by) = lapse.by.filter(|_| !lapse.explained && !erased) else {
            return;
        };
        if self.cases[id].recused.iter().any(|(who, _)| *who == by)
            || !self.book.contains_key(&(by, id))
        {
            return;
        }
        let of = match &lapse.of {
            Ok((clock, 0)) => clock.clone(),
            Ok((clock, number)) => format!("{clock} {number}"),
            Err(act) => {
                debug_assert_eq!(*act, "find");
                "finding".to_owned()
            }
        };
        self.say(by, id, at, &format!("/explain {of}: the line was closed"));
        for other in &mut self.cases[id].lapses {
            other.explained |= other.of == lapse.of;
        }
    }

    /// A handler wants to see a case that isn't theirs.
    fn look(&mut self, id: usize, at: Moment, turn: Turn) {
        let Some(handler) = self.handler(id, turn) else {
            return;
        };
        let other = self.dice.below(self.cases.len() as u64) as usize;
        let theirs = self.minds[other].handlers.contains(&handler);
        if STAFF[handler].role != Role::Handler || theirs || other == id {
            return;
        }
        let reference = self.cases[other].reference;
        self.say(handler, id, at, &format!("/show {reference}"));
        let now = self.now;
        self.cases[id].log.push((now, Event::AccessRefused));
    }

    fn reassign(&mut self, id: usize, at: Moment) {
        if self.cases[id].handler.is_some() || !self.cases[id].is_open() {
            return;
        }
        let recused = self.cases[id].recused[0].0;
        let chinese = self.cases[id].chinese;
        let fit: Vec<usize> = (0..STAFF.len())
            .filter(|one| {
                STAFF[*one].role == Role::Handler
                    && *one != recused
                    && STAFF[*one].chinese == chinese
            })
            .collect();
        let there: Vec<usize> = fit
            .into_iter()
            .filter(|one| self.back(*one).is_none())
            .collect();
        let whom = there.first().copied().unwrap_or(3);
        if whom == recused {
            return;
        }
        self.say(SUPERVISOR, id, at, &format!("/assign {}", STAFF[whom].id));
        self.on(id, |case, _| case.assign(whom));
        let later = self.start_after();
        self.plan(later, Turn::Start(id));
    }

    fn mediate(&mut self, id: usize, at: Moment) {
        if self.stage(id) != Stage::Mediating || self.cases[id].mediator.is_some() {
            return;
        }
        let who = *self.dice.pick(&MEDIATORS);
        self.say(SUPERVISOR, id, at, &format!("/mediate {}", STAFF[who].id));
        self.on(id, |case, to| case.mediate(who, to));
        if self.dice.chance(300) {
            let hours = self.dice.between(2, 40);
            let later = self.at_work(hours);
            self.plan(later, Turn::Invite(id));
        }
        let later = self.mostly((30, 300), (80, 600, 900));
        self.plan(later, Turn::Mediated(id));
    }

    fn mediated(&mut self, id: usize, at: Moment) {
        let (Stage::Mediating, Some(mediator)) = (self.stage(id), self.cases[id].mediator) else {
            return;
        };
        let (verdict, cause, text) = self.verdict();
        self.say(mediator, id, at, &format!("/outcome {text}"));
        self.on(id, |case, to| case.decide(true, verdict, cause, to));
    }

    fn extend(&mut self, id: usize, at: Moment) {
        let running = self.cases[id].clocks.get(&("resolve".to_owned(), 0));
        let open = running.is_some_and(|clock| clock.stopped.is_none() && !clock.is_extended());
        let ours = !matches!(self.stage(id), Stage::Closed | Stage::Litigation);
        if !open || !ours || !self.book.contains_key(&(SUPERVISOR, id)) {
            return;
        }
        let text = "/extend 15 working days: the laboratory needs longer";
        self.say(SUPERVISOR, id, at, text);
        self.on(id, |case, to| case.extend("resolve", to));
    }

    /// Whose work a case is: the mediator's while they mediate, else the handler's.
    fn worker(&self, id: usize) -> Option<usize> {
        let case = &self.cases[id];
        match case.stage {
            Stage::Mediating => case.mediator,
            _ => case.handler,
        }
    }

    fn invite(&mut self, id: usize, at: Moment, turn: Turn) {
        let at_work = matches!(
            self.stage(id),
            Stage::Investigating | Stage::Negotiating | Stage::Mediating
        );
        if !at_work || self.cases[id].third_party.is_some() {
            return;
        }
        let who = match self.stage(id) {
            Stage::Mediating => self.worker(id),
            _ => self.handler(id, turn),
        };
        let Some(who) = who else { return };
        let text = format!("/invite {}: when was it handed over?", mails::THIRD_PARTY);
        self.say(who, id, at, &text);
        self.on(id, |case, to| case.invite(to));
    }

    /// A third party answers, mostly; whoever asked has heard enough after a while.
    pub fn third_party_was_asked(&mut self, id: usize) {
        if self.dice.chance(850) {
            let hours = self.dice.between(4, 120);
            let at = self.now + TimeDelta::hours(hours as i64);
            self.plan(at, Turn::ThirdParty(id));
        }
        let later = self.mostly((20, 150), (50, 200, 400));
        self.plan(later, Turn::Dismiss(id));
    }

    fn third_party(&mut self, id: usize, at: Moment) {
        let number = self.number();
        let bytes = FromCustomer {
            from: mails::THIRD_PARTY,
            name: "Desk",
            to: &self.invited[&id],
            subject: "Re: your question",
            text: "It was handed over on Monday, at a quarter to nine.",
            id: format!("{number}.carrier"),
            at,
            file: false,
            robot: false,
        }
        .bytes();
        self.mails.push(Incoming {
            received: at,
            bytes,
        });
    }

    fn dismiss(&mut self, id: usize, at: Moment, turn: Turn) {
        let ours = !matches!(
            self.stage(id),
            Stage::Closed | Stage::Litigation | Stage::Received
        );
        if !ours || self.cases[id].third_party != Some(true) {
            return;
        }
        let who = match self.stage(id) {
            Stage::Mediating => self.worker(id),
            _ => self.handler(id, turn),
        };
        let Some(who) = who else { return };
        self.say(who, id, at, "/dismiss");
        self.on(id, |case, to| case.dismiss(to));
    }

    fn hold(&mut self, id: usize, held: bool, at: Moment) {
        if !self.cases[id].is_open() || self.cases[id].held == held {
            return;
        }
        let text = if held {
            "/hold waiting for the laboratory"
        } else {
            "/unhold"
        };
        self.say(SUPERVISOR, id, at, text);
        self.on(id, |case, to| case.hold(held, to));
        if held {
            let later = self.mostly((20, 150), (50, 200, 400));
            self.plan(later, Turn::Unhold(id));
        }
    }

    /// A mail server that had taken a letter gives it back.
    fn returned(&mut self, place: usize, at: Moment) {
        let number = self.number();
        let letter = &self.returns[place];
        let (id, which) = (letter.case, letter.letter);
        let bytes = mails::returned(letter, number, at);
        self.mails.push(Incoming {
            received: at,
            bytes,
        });
        self.came_back(id, which);
    }

    /// A supervisor does what is the handler's to do.
    fn in_place(&mut self, id: usize, at: Moment) {
        let theirs = self.cases[id].handler.is_some_and(|one| one != SUPERVISOR);
        if self.stage(id) != Stage::Investigating || !theirs {
            return;
        }
        let text = "/finding It was lost by the carrier.\n/reason the handler is ill";
        self.say(SUPERVISOR, id, at, text);
        let now = self.now;
        self.on(id, |case, to| {
            case.overrode("find", SUPERVISOR, now);
            case.find(to);
        });
        let lapse = self.cases[id].lapses.len() - 1;
        if self.dice.chance(500) {
            let later = self.at_work(30);
            self.plan(later, Turn::Explain(id, lapse));
        }
    }

    /// What can't be taken back is shown first.
    fn litigate(&mut self, id: usize, at: Moment) {
        if self.stage(id) != Stage::Mediating || self.cases[id].mediator.is_some() {
            return;
        }
        self.say(SUPERVISOR, id, at, "/legal summons of the court");
        let later = self.at_work(2);
        self.plan(later, Turn::Confirm(id));
    }

    fn confirm(&mut self, id: usize, at: Moment) {
        if matches!(self.stage(id), Stage::Closed | Stage::Litigation) {
            self.say(SUPERVISOR, id, at, "/cancel");
            return;
        }
        self.say(SUPERVISOR, id, at, "/confirm");
        self.on(id, |case, to| case.litigate(to));
        let later = self.mostly((200, 600), (300, 800, 2000));
        self.plan(later, Turn::Ruling(id));
    }

    fn ruling(&mut self, id: usize, at: Moment) {
        if self.stage(id) != Stage::Litigation {
            return;
        }
        self.say(LEGAL, id, at, "/ruling the claim was dismissed");
        self.on(id, |case, to| case.close(CloseReason::Ruling, to));
    }

    /// A complaint by telephone, written down by whoever took it.
    fn call(&mut self, at: Moment) {
        let there: Vec<usize> = (0..5).filter(|one| self.back(*one).is_none()).collect();
        let handler = *self.dice.pick(&there);
        let to = self.desks[&handler].clone();
        let number = self.cases.len();
        let token = mails::token(number);
        let text = format!(
            "/phone Wang Wei: the kettle of order {token} leaks, and they want another one"
        );
        self.put(handler, &to, at, &text, true);
        let chinese = STAFF[handler].chinese;
        let id = self.open(Kind::Phone, None, (at, false, chinese), Some(handler));
        let later = self.mostly((1, 8), (60, 40, 100));
        self.plan(later, Turn::HandOver(id, Letter::Acknowledgement));
        let start = self.start_after();
        self.plan(start, Turn::Start(id));
    }

    fn answer(&mut self, id: usize, yes: bool, at: Moment) {
        if self.stage(id) != Stage::Resolved || self.cases[id].satisfied.is_some() {
            return;
        }
        let text = match (self.cases[id].chinese, yes) {
            (true, true) => "满意，谢谢",
            (true, false) => "不满意",
            (false, true) => "Yes, thank you",
            (false, false) => "NO!!",
        };
        if self.hear(id, at, text, (false, false)) {
            self.on(id, |case, to| case.answer(yes, to));
        }
    }

    /// Neither yes nor no: a person reads it.
    fn sentence(&mut self, id: usize, at: Moment) {
        if self.stage(id) != Stage::Resolved || self.cases[id].satisfied.is_some() {
            return;
        }
        let text = "The money came yesterday, so I suppose that this is settled now.";
        if self.hear(id, at, text, (false, false)) {
            let later = self.mostly((2, 30), (0, 0, 0));
            self.plan(later, Turn::Record(id, true));
        }
    }

    fn evidence(&mut self, id: usize, at: Moment) {
        if self.stage(id) != Stage::AwaitingParticulars {
            return;
        }
        if self.hear(
            id,
            at,
            "Here is the photo that you asked for.",
            (true, false),
        ) {
            self.on(id, |case, to| case.gave_evidence(to));
        }
    }

    fn withdraw(&mut self, id: usize, at: Moment) {
        if matches!(self.stage(id), Stage::Closed | Stage::Litigation) {
            return;
        }
        let text = if self.cases[id].chinese {
            "我要撤回投诉"
        } else {
            "I withdraw my complaint."
        };
        if self.hear(id, at, text, (false, false)) {
            self.on(id, |case, to| case.close(CloseReason::Withdrawn, to));
        }
    }

    fn again(&mut self, id: usize, at: Moment) {
        let case = &self.cases[id];
        let ended = matches!(
            case.reason,
            None | Some(CloseReason::Ruling | CloseReason::Duplicate)
        );
        if case.is_open() || ended || case.legal_hold {
            return;
        }
        let text = "It is broken once more, so please look at it again.";
        if self.hear(id, at, text, (false, false)) {
            self.on(id, |case, to| case.reopen(to));
        }
    }

    /// To a case that was closed too long ago: a new one.
    fn too_late(&mut self, id: usize, at: Moment) {
        let case = &self.cases[id];
        let (Some(closed), Some(customer)) = (self.minds[id].closed, case.customer) else {
            return;
        };
        let gone = self.now - closed > TimeDelta::days(35);
        if case.is_open()
            || !gone
            || case.reason == Some(CloseReason::Duplicate)
            || self.forgotten.contains(&customer)
        {
            return;
        }
        let Some(to) = self.replies.get(&id).cloned() else {
            return;
        };
        self.opening.push(Opening {
            at,
            kind: Kind::Plain,
            customer,
            to: Some(to),
        });
    }

    /// Somebody else's mail in the handler's name.
    fn forge(&mut self, id: usize, at: Moment) {
        let Some(handler) = self.cases[id].handler else {
            return;
        };
        if let Some(to) = self.book.get(&(handler, id)).cloned() {
            self.put(handler, &to, at, "/close out of scope: go away", false);
        }
    }

    /// What people do about where a case has come to.
    pub fn changed(&mut self, id: usize, before: Stage) {
        match self.stage(id) {
            Stage::Investigating => self.goes_on(id, before),
            Stage::Negotiating => {
                if self.dice.chance(150) {
                    let later = self.mostly((1, 8), (0, 0, 0));
                    self.plan(later, Turn::Propose(id));
                }
                let later = self.mostly((9, 50), (40, 200, 500));
                self.plan(later, Turn::Decide(id));
            }
            Stage::Mediating => {
                let later = self.mostly((4, 40), (60, 60, 120));
                if self.dice.chance(60) {
                    self.plan(later, Turn::Litigate(id));
                } else {
                    self.plan(later, Turn::Mediate(id));
                }
            }
            Stage::Closed => {
                let now = self.now;
                self.minds[id].closed = Some(now);
                if self.now > local(day(2026, 12, 20), 0, 0) {
                    return;
                }
                let chance = self.dice.below(1000);
                let (hours, turn) = match chance {
                    0..25 => (self.dice.between(20, 500), Turn::Again(id)),
                    25..45 => (self.dice.between(1, 100), Turn::Thanks(id)),
                    45..55 => (self.dice.between(1000, 2000), Turn::TooLate(id)),
                    55..60 => match self.cases[id].customer {
                        Some(customer) => (self.dice.between(1, 800), Turn::Forget(customer)),
                        None => return,
                    },
                    _ => return,
                };
                let at = self.now + TimeDelta::hours(hours as i64);
                self.plan(at, turn);
            }
            Stage::Received | Stage::AwaitingParticulars | Stage::Resolved | Stage::Litigation => {}
        }
    }

    fn goes_on(&mut self, id: usize, before: Stage) {
        let usual = if before == Stage::Closed {
            (4, 60)
        } else {
            (6, 110)
        };
        let find = self.mostly(usual, (40, 200, 460));
        if self.dice.chance(80) {
            let hours = self.dice.between(1, 8);
            let later = self.at_work(hours);
            self.plan(later, Turn::HandOff(id));
        }
        if find - self.now > TimeDelta::hours(190) && self.dice.chance(500) {
            let hours = self.dice.between(100, 180);
            let later = self.at_work(hours);
            self.plan(later, Turn::Update(id));
        }
        if self.dice.chance(40) {
            let hours = self.dice.between(1, 30);
            let later = self.at_work(hours);
            self.plan(later, Turn::Invite(id));
        }
        if self.dice.chance(400) {
            self.plan(find, Turn::Decide(id));
        } else {
            self.plan(find, Turn::Find(id));
        }
        if self.dice.chance(3) {
            let hours = self.dice.between(3, 40);
            let later = self.at_work(hours);
            self.plan(later, Turn::Look(id));
        }
    }

    /// What people do about a deadline that was missed.
    pub fn react(&mut self, id: usize) {
        while let Some((place, lapse)) = self.cases[id]
            .lapses
            .iter()
            .enumerate()
            .nth(self.minds[id].seen)
            .map(|(place, lapse)| (place, lapse.clone()))
        {
            self.minds[id].seen += 1;
            let Ok((clock, _)) = lapse.of else { continue };
            if lapse.by.is_some() && self.dice.chance(500) {
                let hours = self.dice.between(3, 70);
                let later = self.at_work(hours);
                self.plan(later, Turn::Explain(id, place));
            }
            let hours = self.dice.between(2, 20);
            let later = self.at_work(hours);
            match clock.as_str() {
                "resolve" if self.dice.chance(300) => self.plan(later, Turn::Extend(id)),
                "resolve" if self.dice.chance(200) => self.plan(later, Turn::Hold(id)),
                "investigate" if self.dice.chance(150) => self.plan(later, Turn::InPlace(id)),
                _ => {}
            }
        }
    }

    /// A letter reached the customer.
    pub fn got(&mut self, id: usize, letter: Letter) {
        let customer = self.cases[id].customer.unwrap_or_default();
        match letter {
            Letter::Acknowledgement => {
                if self.customers[customer].robot {
                    let at = self.now + TimeDelta::minutes(1);
                    self.plan(at, Turn::Robot(id));
                }
                let hours = self.dice.between(5, 200);
                let at = self.now + TimeDelta::hours(hours as i64);
                match self.dice.below(1000) {
                    0..20 => self.plan(at, Turn::Withdraw(id)),
                    20..70 => self.plan(at, Turn::Chase(id)),
                    _ => {}
                }
            }
            Letter::ParticularsRequest if self.dice.chance(750) => {
                let hours = self.dice.between(3, 200);
                let at = self.now + TimeDelta::hours(hours as i64);
                self.plan(at, Turn::Evidence(id));
            }
            Letter::Outcome | Letter::MediationOutcome => {
                let hours = self.dice.between(2, 230);
                let at = self.now + TimeDelta::hours(hours as i64);
                match self.dice.below(1000) {
                    0..330 => self.plan(at, Turn::Answer(id, true)),
                    330..410 => self.plan(at, Turn::Answer(id, false)),
                    410..440 => self.plan(at, Turn::Sentence(id)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// A letter came back: somebody calls.
    pub fn came_back(&mut self, id: usize, letter: Letter) {
        if matches!(letter, Letter::Acknowledgement | Letter::Outcome) {
            let later = self.mostly((3, 8), (200, 60, 100));
            self.plan(later, Turn::HandOver(id, letter));
        }
    }
}
