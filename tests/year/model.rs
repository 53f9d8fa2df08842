//! What the simulation itself knows of a case: an account of its own, kept beside the program's and from the
//! policy alone. It reads no table, and shares with the program only the policy's words, its calendar
//! and when a course falls due.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound, Utc};
use redress::case::CaseRef;
use redress::policy::{
    ClockKind, ClockRule, CloseReason, Course, Finding, Letter, Mark, Pause, Profile, RungAct,
    Stage, Term,
};

pub type Moment = DateTime<Utc>;

/// A clock of a case, by its rule's place in the profile and the hand-off's number.
pub type Key = (String, u32);

#[derive(Debug, Clone)]
pub struct Clock {
    pub started: Moment,
    term: Term,
    extensions: Vec<Term>,
    pauses: Vec<(Moment, Moment)>,
    pub paused: Option<Moment>,
    pub due: Moment,
    reached: u16,
    next: Option<(u16, Moment)>,
    pub stopped: Option<Moment>,
}

/// What happened, as reviews count it.
#[derive(Debug, Clone)]
pub enum Event {
    Acknowledged,
    Accepted,
    OutcomeArrived,
    Questioned,
    Decided {
        mediated: bool,
        finding: Finding,
        remedied: bool,
        cost: Option<u64>,
    },
    Answered(bool),
    Owed,
    Named,
    Closed(CloseReason),
    Reopened,
    Litigated,
    Breached {
        clock: Key,
        by: Option<usize>,
        due: Moment,
    },
    Rung {
        clock: String,
        percent: u16,
    },
    Overrode {
        act: &'static str,
        by: usize,
    },
    Refused {
        act: &'static str,
        by: usize,
    },
    AccessRefused,
    Suggested,
}

/// A missed deadline or an overridden step that somebody may explain.
#[derive(Debug, Clone)]
pub struct Lapse {
    /// The clock, or the act.
    pub of: Result<Key, &'static str>,
    pub by: Option<usize>,
    pub explained: bool,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub reference: CaseRef,
    /// `None`: a caller whose address nobody knows.
    pub customer: Option<usize>,
    pub phone: bool,
    pub chinese: bool,
    pub received: Moment,
    pub handler: Option<usize>,
    pub mediator: Option<usize>,
    pub recused: Vec<(usize, Moment)>,
    pub stage: Stage,
    pub category: Option<&'static str>,
    pub cause: Option<&'static str>,
    pub evidence: bool,
    pub contact: bool,
    pub round: u8,
    pub satisfied: Option<bool>,
    pub reason: Option<CloseReason>,
    pub legal_hold: bool,
    pub held: bool,
    /// A third party was invited, and whether it is at work.
    pub third_party: Option<bool>,
    pub hand_offs: Vec<(usize, bool)>,
    pub lapses: Vec<Lapse>,
    pub clocks: BTreeMap<Key, Clock>,
    pub log: Vec<(Moment, Event)>,
    /// When clocks came to their end, or began anew before it.
    pub ends: Vec<(Moment, Key)>,
    /// Letters written and neither delivered nor refused.
    pub pending: Vec<Letter>,
    /// All letters that were written.
    pub letters: BTreeMap<Letter, u64>,
    marks: Vec<(Mark, u32)>,
}

/// What letters may be written now.
pub struct Writes<'a> {
    pub profile: &'a Profile,
    pub now: Moment,
    /// Automatic letters written to the customer in the last day; `None` where there is no address.
    pub automatic: Option<&'a mut Vec<Moment>>,
    pub daily: usize,
}

impl Case {
    pub fn open(
        reference: CaseRef,
        (customer, phone, chinese, evidence): (Option<usize>, bool, bool, bool),
        received: Moment,
        handler: Option<usize>,
        to: &mut Writes<'_>,
    ) -> Case {
        let mut case = Case {
            reference,
            customer,
            phone,
            chinese,
            received,
            handler,
            mediator: None,
            recused: vec![],
            stage: Stage::Received,
            category: None,
            cause: None,
            evidence,
            contact: customer.is_some(),
            round: 0,
            satisfied: None,
            reason: None,
            legal_hold: false,
            held: false,
            third_party: None,
            hand_offs: vec![],
            lapses: vec![],
            clocks: BTreeMap::new(),
            log: vec![],
            ends: vec![],
            pending: vec![],
            letters: BTreeMap::new(),
            marks: vec![],
        };
        case.mark(Mark::Received);
        case.write(Letter::Acknowledgement, to);
        case.settle(to);
        case
    }

    pub fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    fn log(&mut self, to: &Writes<'_>, event: Event) {
        self.log.push((to.now, event));
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push((mark, 0));
    }

    fn write(&mut self, letter: Letter, to: &mut Writes<'_>) {
        let Some(automatic) = to.automatic.as_deref_mut().filter(|_| !self.legal_hold) else {
            return;
        };
        if letter.is_automatic() {
            let day = to.now - chrono::TimeDelta::hours(24);
            automatic.retain(|at| *at > day);
            if automatic.len() >= to.daily {
                return;
            }
            automatic.push(to.now);
        }
        self.pending.push(letter);
        *self.letters.entry(letter).or_default() += 1;
    }

    /// A letter reached the customer.
    pub fn delivered(&mut self, letter: Letter, to: &mut Writes<'_>) {
        self.arrived(letter, to);
        self.settle(to);
    }

    fn arrived(&mut self, letter: Letter, to: &Writes<'_>) {
        match letter {
            Letter::Acknowledgement => self.log(to, Event::Acknowledged),
            Letter::Outcome => self.log(to, Event::OutcomeArrived),
            Letter::SatisfactionQuestion => self.log(to, Event::Questioned),
            _ => {}
        }
        match letter {
            Letter::Acknowledgement => self.mark(Mark::Acknowledged),
            Letter::Outcome => self.mark(Mark::OutcomeSent),
            Letter::MediationOutcome => self.mark(Mark::MediationOutcomeSent),
            _ => {}
        }
        // an invitation isn't for the customer
        if !letter.is_automatic() && letter != Letter::Invitation {
            self.mark(Mark::WroteToCustomer);
        }
    }

    pub fn handed_over(&mut self, letter: Letter, to: &mut Writes<'_>) {
        self.arrived(letter, to);
        self.settle(to);
    }

    pub fn accept(&mut self, by: usize, to: &mut Writes<'_>) {
        self.handler = Some(by);
        if matches!(self.stage, Stage::Received | Stage::AwaitingParticulars) {
            self.stage = Stage::Investigating;
        }
        self.log(to, Event::Accepted);
        self.mark(Mark::Accepted);
        self.settle(to);
    }

    pub fn assign(&mut self, whom: usize) {
        self.handler = Some(whom);
    }

    /// Word comes of who has had it from the beginning: what was missed since then is theirs.
    pub fn learn(&mut self, whom: usize) {
        self.assign(whom);
        for (_, event) in &mut self.log {
            if let Event::Breached { clock, by, .. } = event
                && !matches!(clock.0.as_str(), "department_answer" | "mediate")
            {
                by.get_or_insert(whom);
            }
        }
        for lapse in &mut self.lapses {
            lapse.by.get_or_insert(whom);
        }
    }

    pub fn recuse(&mut self, whom: usize, now: Moment) {
        self.recused.push((whom, now));
        self.handler.take_if(|handler| *handler == whom);
    }

    /// Evidence is asked for; whoever asks has taken the case up.
    pub fn ask(&mut self, by: usize, to: &mut Writes<'_>) {
        if self.stage == Stage::Received {
            self.handler = Some(by);
            self.log(to, Event::Accepted);
            self.mark(Mark::Accepted);
        }
        self.evidence = false;
        self.stage = Stage::AwaitingParticulars;
        self.mark(Mark::ParticularsAsked);
        self.write(Letter::ParticularsRequest, to);
        self.settle(to);
    }

    /// The customer sent a mail with files.
    pub fn gave_evidence(&mut self, to: &mut Writes<'_>) {
        if self.stage == Stage::AwaitingParticulars {
            self.evidence = true;
            self.stage = Stage::Investigating;
            self.mark(Mark::ParticularsComplete);
        }
        self.mark(Mark::CustomerWrote);
        self.settle(to);
    }

    pub fn reply(&mut self, to: &mut Writes<'_>) {
        self.write(Letter::Update, to);
        self.settle(to);
    }

    /// The invitation goes to the third party, whether or not the customer has an address.
    pub fn invite(&mut self, to: &mut Writes<'_>) {
        self.third_party = Some(true);
        self.pending.push(Letter::Invitation);
        *self.letters.entry(Letter::Invitation).or_default() += 1;
        self.settle(to);
    }

    pub fn dismiss(&mut self, to: &mut Writes<'_>) {
        self.third_party = Some(false);
        self.settle(to);
    }

    pub fn hold(&mut self, held: bool, to: &mut Writes<'_>) {
        self.held = held;
        self.settle(to);
    }

    pub fn hand_off(&mut self, department: usize, to: &mut Writes<'_>) {
        self.hand_offs.push((department, false));
        self.marks
            .push((Mark::HandedOff, self.hand_offs.len() as u32));
        self.settle(to);
    }

    pub fn answer_hand_off(&mut self, number: u32, to: &mut Writes<'_>) {
        self.hand_offs[number as usize - 1].1 = true;
        self.marks.push((Mark::HandOffAnswered, number));
        self.settle(to);
    }

    pub fn find(&mut self, to: &mut Writes<'_>) {
        self.stage = Stage::Negotiating;
        self.mark(Mark::Findings);
        self.settle(to);
    }

    pub fn propose(&mut self, to: &mut Writes<'_>) {
        self.mark(Mark::Proposed);
        self.write(Letter::Proposal, to);
        self.settle(to);
    }

    pub fn decide(
        &mut self,
        mediated: bool,
        (finding, remedied, cost): (Finding, bool, Option<u64>),
        cause: &'static str,
        to: &mut Writes<'_>,
    ) {
        self.log(
            to,
            Event::Decided {
                mediated,
                finding,
                remedied,
                cost,
            },
        );
        self.cause = Some(cause);
        self.stage = Stage::Resolved;
        self.satisfied = None;
        self.round = if mediated { 2 } else { 1 };
        let (mark, letter) = if mediated {
            (Mark::Mediated, Letter::MediationOutcome)
        } else {
            (Mark::Resolved, Letter::Outcome)
        };
        self.mark(mark);
        self.write(letter, to);
        self.settle(to);
    }

    pub fn mediate(&mut self, who: usize, to: &mut Writes<'_>) {
        self.mediator = Some(who);
        self.log(to, Event::Named);
        self.mark(Mark::MediatorNamed);
        self.write(Letter::MediationOpened, to);
        self.settle(to);
    }

    pub fn extend(&mut self, clock: &str, to: &mut Writes<'_>) {
        let rule = to.profile.clock(clock).unwrap();
        let term = rule.extension.as_ref().unwrap().term;
        let one = self.clocks.get_mut(&(clock.to_owned(), 0)).unwrap();
        one.extensions.push(term);
        let course = one.course();
        let due = whole(course.due_at(&to.profile.calendar));
        let mut rungs = rule
            .ladder
            .iter()
            .map(|rung| (rung.at, whole(course.at(rung.at, &to.profile.calendar))));
        let ahead = rungs.find(|(percent, at)| *at > to.now || *percent > one.reached);
        one.due = due;
        one.next = ahead.filter(|_| one.paused.is_none());
        self.mark(Mark::Extended);
        self.write(Letter::Extension, to);
        self.settle(to);
    }

    /// The customer's word on the outcome.
    pub fn answer(&mut self, satisfied: bool, to: &mut Writes<'_>) {
        if self.satisfied.is_some() {
            return;
        }
        self.satisfied = Some(satisfied);
        self.log(to, Event::Answered(satisfied));
        self.mark(Mark::SatisfactionAnswered);
        if satisfied {
            self.close(CloseReason::Satisfied, to);
        } else if self.round < 2 {
            self.stage = Stage::Mediating;
            self.log(to, Event::Owed);
            self.mark(Mark::MediationOwed);
            self.settle(to);
        } else {
            self.close(CloseReason::NotSatisfied, to);
        }
    }

    pub fn close(&mut self, reason: CloseReason, to: &mut Writes<'_>) {
        self.stage = Stage::Closed;
        self.reason = Some(reason);
        self.log(to, Event::Closed(reason));
        self.mark(Mark::Closed);
        let letter = if reason == CloseReason::Withdrawn {
            self.mark(Mark::Withdrawn);
            Letter::WithdrawalConfirmed
        } else {
            Letter::Closed
        };
        self.write(letter, to);
        self.settle(to);
    }

    pub fn litigate(&mut self, to: &mut Writes<'_>) {
        self.stage = Stage::Litigation;
        self.legal_hold = true;
        self.reason = None;
        self.log(to, Event::Litigated);
        self.mark(Mark::Litigated);
        self.settle(to);
    }

    pub fn reopen(&mut self, to: &mut Writes<'_>) {
        self.stage = Stage::Investigating;
        self.reason = None;
        self.satisfied = None;
        self.round = 0;
        self.mediator = None;
        self.log(to, Event::Reopened);
        self.mark(Mark::Reopened);
        self.write(Letter::Reopened, to);
        self.settle(to);
    }

    pub fn refused(&mut self, act: &'static str, by: usize, now: Moment) {
        self.log.push((now, Event::Refused { act, by }));
    }

    pub fn overrode(&mut self, act: &'static str, by: usize, now: Moment) {
        self.log.push((now, Event::Overrode { act, by }));
        self.lapses.push(Lapse {
            of: Err(act),
            by: Some(by),
            explained: false,
        });
    }

    /// Climbs every rung that is reached; how many.
    pub fn tick(&mut self, to: &mut Writes<'_>) -> usize {
        let mut climbed = 0;
        while let Some((key, percent)) = self.clocks.iter().find_map(|(key, clock)| {
            let (percent, at) = clock.next?;
            (at <= to.now).then(|| (key.clone(), percent))
        }) {
            climbed += 1;
            self.climb(&key, percent, to);
        }
        climbed
    }

    /// The earliest moment at which a rung is reached.
    pub fn next(&self) -> Option<Moment> {
        let clocks = self.clocks.values();
        clocks
            .filter_map(|clock| clock.next.map(|(_, at)| at))
            .min()
    }

    fn climb(&mut self, key: &Key, percent: u16, to: &mut Writes<'_>) {
        let rule = to.profile.clock(&key.0).unwrap();
        let clock = self.clocks.get_mut(key).unwrap();
        clock.reached = percent;
        clock.next = clock.rung(rule, percent, to.profile);
        let owed = rule.kind == ClockKind::Obligation;
        if owed && percent >= 100 {
            let clock = key.0.clone();
            self.log(to, Event::Rung { clock, percent });
        }
        if owed && percent == 100 {
            let by = match key.0.as_str() {
                "department_answer" => Some(self.hand_offs[key.1 as usize - 1].0),
                "mediate" => self.mediator,
                _ => self.handler,
            };
            let clock = key.clone();
            let due = self.clocks[key].due;
            self.log(to, Event::Breached { clock, by, due });
            self.lapses.push(Lapse {
                of: Ok(key.clone()),
                by,
                explained: false,
            });
        }
        let asked = self.stage == Stage::Resolved && self.satisfied.is_none();
        let waits = self.stage == Stage::AwaitingParticulars;
        let act = rule.ladder.iter().find(|rung| rung.at == percent);
        match act.and_then(|rung| rung.act) {
            Some(RungAct::AskSatisfaction) if asked => {
                self.write(Letter::SatisfactionQuestion, to);
            }
            Some(RungAct::Remind) if waits => self.write(Letter::ParticularsReminder, to),
            Some(RungAct::Remind) if asked => self.write(Letter::SatisfactionReminder, to),
            Some(RungAct::Lapse) if waits => {
                self.stage = Stage::Investigating;
                self.mark(Mark::ParticularsLapsed);
            }
            Some(RungAct::Close) if asked => return self.close(CloseReason::NoAnswer, to),
            _ => {}
        }
        self.settle(to);
    }

    /// What the marks made so far do to the clocks.
    fn settle(&mut self, to: &mut Writes<'_>) {
        let marks = std::mem::take(&mut self.marks);
        let over = marks
            .iter()
            .any(|(mark, _)| matches!(mark, Mark::Closed | Mark::Litigated));
        if over {
            let running = self.clocks.iter_mut();
            for (key, clock) in running.filter(|(_, one)| one.stopped.is_none()) {
                clock.stop(to.now);
                self.ends.push((to.now, key.clone()));
            }
            return;
        }
        for rule in &to.profile.clocks {
            let numbers: BTreeSet<u32> = if rule.starts.contains(&Mark::HandedOff) {
                (1..=self.hand_offs.len() as u32).collect()
            } else {
                [0].into()
            };
            for number in numbers {
                let about = |set: &BTreeSet<Mark>| {
                    marks
                        .iter()
                        .any(|(mark, its)| set.contains(mark) && (*its == number || *its == 0))
                };
                let (starts, stops) = (about(&rule.starts), about(&rule.stops));
                let from = marks
                    .iter()
                    .any(|(mark, _)| *mark == Mark::Received)
                    .then_some(self.received);
                self.turn(rule, number, (starts, stops), from.unwrap_or(to.now), to);
            }
        }
    }

    fn turn(
        &mut self,
        rule: &ClockRule,
        number: u32,
        (starts, stops): (bool, bool),
        from: Moment,
        to: &Writes<'_>,
    ) {
        let key = (rule.name.clone(), number);
        let still = rule.pauses.iter().any(|pause| match pause {
            Pause::AwaitingParticulars => self.stage == Stage::AwaitingParticulars,
            Pause::Resolved => self.stage == Stage::Resolved,
            Pause::ThirdParty => self.third_party == Some(true),
            Pause::Hold => self.held,
        });
        let running = self
            .clocks
            .get_mut(&key)
            .filter(|one| one.stopped.is_none());
        let anew = starts && stops;
        match running {
            Some(clock) if !anew => {
                if stops {
                    clock.stop(to.now);
                    self.ends.push((to.now, key));
                } else if still && clock.paused.is_none() {
                    clock.paused = Some(to.now);
                    clock.next = None;
                } else if let (false, Some(since)) = (still, clock.paused) {
                    clock.paused = None;
                    clock.pauses.push((since, to.now));
                    clock.due = whole(clock.course().due_at(&to.profile.calendar));
                    clock.next = clock.rung(rule, clock.reached, to.profile);
                }
            }
            running if starts && !matches!(self.stage, Stage::Closed | Stage::Litigation) => {
                if running.is_some() {
                    self.ends.push((to.now, key.clone()));
                }
                let course = Course::plain(from, rule.term);
                let mut clock = Clock {
                    started: from,
                    term: rule.term,
                    extensions: vec![],
                    pauses: vec![],
                    paused: None,
                    due: whole(course.due_at(&to.profile.calendar)),
                    reached: 0,
                    next: None,
                    stopped: None,
                };
                clock.next = clock.rung(rule, 0, to.profile);
                if still {
                    clock.paused = Some(to.now);
                    clock.next = None;
                }
                self.clocks.insert(key, clock);
            }
            _ => {}
        }
    }
}

impl Clock {
    pub fn is_extended(&self) -> bool {
        !self.extensions.is_empty()
    }

    fn course(&self) -> Course<'_> {
        Course {
            started_at: self.started,
            term: self.term,
            extensions: &self.extensions,
            pauses: &self.pauses,
        }
    }

    fn rung(&self, rule: &ClockRule, after: u16, profile: &Profile) -> Option<(u16, Moment)> {
        let rung = rule.ladder.iter().find(|rung| rung.at > after)?;
        Some((rung.at, whole(self.course().at(rung.at, &profile.calendar))))
    }

    fn stop(&mut self, now: Moment) {
        if let Some(since) = self.paused.take() {
            self.pauses.push((since, now));
        }
        self.stopped = Some(now);
        self.next = None;
    }
}

fn whole(at: Moment) -> Moment {
    at.trunc_subsecs(0)
}
