//! What events have changed, collected, and then written in one transaction (promise 4).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::WorkError;
use super::actions::{page, whose_turn};
use super::post::Post;
use super::to_staff::{News, Says, ToStaff};
use crate::archive::terms::Terms;
use crate::case::{
    Actor, Case, CaseRef, Chain, Clocks, Context, Decision, Entry, Event, Fact, Person, Recipient,
    Refusal, Withheld, Writing, decide,
};
use crate::ids::{CaseId, LandedId, PartyId};
use crate::policy::Profile;
use crate::staff::notice::{Notice, What, notices};
use crate::store::actions::{self, Action, NewAction};
use crate::store::cases::{self, LockedCase, NewCase};
use crate::store::{Transaction, clocks, history, messages, outbox, search};

/// Changes to many cases, all at one moment.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    now: DateTime<Utc>,
    post: &'a Post,
    cases: HashMap<CaseId, LockedCase>,
    /// Automatic mails to each address (in lower case) in the last 24 hours.
    sent: HashMap<String, i64>,
    /// What was added to it, in order.
    counted: Vec<(String, i64)>,
    changed: BTreeSet<CaseId>,
    opened: Vec<NewCase>,
    history: Vec<(CaseId, Entry)>,
    texts: Vec<(CaseId, String)>,
    clocks: BTreeMap<CaseId, Clocks>,
    writings: Vec<(CaseId, Writing)>,
    to_staff: Vec<ToStaff>,
    actions: Vec<NewAction>,
    filed: Vec<messages::Filed<'a>>,
    /// Staff aren't told of what happens.
    hushed: bool,
}

/// Where changes stood, to go back to.
pub(super) struct Before {
    case: Option<(CaseId, LockedCase)>,
    changed: bool,
    clocks: Option<Clocks>,
    opened: usize,
    history: usize,
    texts: usize,
    writings: usize,
    to_staff: usize,
    actions: usize,
    counted: usize,
}

impl<'a> Changes<'a> {
    /// `cases` are locked by the transaction that will write. `new` are addresses, in lower case, of
    /// customers of cases that will be opened.
    pub(super) async fn new(
        tx: &mut Transaction,
        post: &'a Post,
        now: DateTime<Utc>,
        cases: HashMap<CaseId, LockedCase>,
        new: impl Iterator<Item = String>,
    ) -> Result<Changes<'a>, WorkError> {
        let known = cases
            .values()
            .filter_map(|case| case.customer_address.clone());
        let addresses: BTreeSet<String> = known.chain(new).collect();
        let sent = if addresses.is_empty() {
            HashMap::new()
        } else {
            let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
            outbox::automatic_mail_of_the_day(tx, &addresses, now).await?
        };
        Ok(Changes {
            now,
            post,
            cases,
            sent,
            counted: vec![],
            changed: BTreeSet::new(),
            opened: vec![],
            history: vec![],
            texts: vec![],
            clocks: BTreeMap::new(),
            writings: vec![],
            to_staff: vec![],
            actions: vec![],
            filed: vec![],
            hushed: false,
        })
    }

    /// Whether staff aren't told of what happens from here on, since they are told of it otherwise.
    pub(super) fn hush(&mut self, hushed: bool) {
        self.hushed = hushed;
    }

    pub(super) fn case(&self, id: CaseId) -> Option<&LockedCase> {
        self.cases.get(&id)
    }

    pub(super) fn case_ids(&self) -> Vec<CaseId> {
        let mut ids: Vec<CaseId> = self.cases.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Why no automatic mail may go to a customer now, if so (promise 6).
    fn withhold(&self, address: Option<&str>) -> Option<Withheld> {
        let Some(address) = address else {
            return Some(Withheld::NoAddress);
        };
        let sent = self.sent.get(address).copied().unwrap_or(0);
        (sent >= i64::from(self.post.per_address_per_day)).then_some(Withheld::DailyLimit)
    }

    fn count(&mut self, address: Option<&str>, writings: &[Writing]) {
        let automatic = writings
            .iter()
            .filter(|writing| writing.letter.is_automatic() && writing.to == Recipient::Customer);
        let automatic = i64::try_from(automatic.count()).unwrap_or(i64::MAX);
        if let Some(address) = address.filter(|_| automatic > 0) {
            *self.sent.entry(address.to_owned()).or_default() += automatic;
            self.counted.push((address.to_owned(), automatic));
        }
    }

    /// Opens a case. The customer comes with their address in lower case, and whoever brought it; `quiet` is why the complaint must not
    /// be answered automatically, if so.
    pub(super) fn open(
        &mut self,
        (id, reference): (CaseId, CaseRef),
        profile: &Profile,
        event: &Event,
        (customer, by): (Option<(PartyId, &str)>, &Actor),
        quiet: Option<Withheld>,
        news: &News,
    ) -> Result<(), WorkError> {
        let address = customer.map(|(_, address)| address);
        let context = Context {
            profile,
            now: self.now,
            withhold: self.withhold(address).or(quiet),
        };
        let decision = decide(None, event, &context)
            .map_err(|refusal| WorkError::Refused(Box::new(refusal)))?;
        self.count(address, &decision.letters);
        let mut chain = Chain::START;
        for fact in &decision.facts {
            let actor = if matches!(fact, Fact::Received { .. }) {
                by
            } else {
                &Actor::Redress
            };
            let entry = chain.append(reference, self.now, actor, fact);
            self.history.push((id, entry));
        }
        self.follow(id, by, &decision);
        self.tell_staff(id, by, &decision, profile, news);
        self.opened.push(NewCase {
            id,
            reference,
            case: decision.case,
            customer: customer.map(|(id, _)| id),
            chain,
        });
        Ok(())
    }

    /// Tells a case of an event. A refusal changes nothing.
    ///
    /// # Errors
    /// There is no such case, or the profile that it is handled by isn't there any more.
    pub(super) fn tell(
        &mut self,
        id: CaseId,
        actor: &Actor,
        event: &Event,
        news: &News,
    ) -> Result<Result<(), Refusal>, WorkError> {
        let Some(locked) = self.cases.get(&id) else {
            return Ok(Err(Refusal::Missing));
        };
        let profile = self.post.profile_of_case(&locked.reference, &locked.case)?;
        let address = locked.customer_address.clone();
        let context = Context {
            profile,
            now: self.now,
            withhold: self.withhold(address.as_deref()),
        };
        let decision = match decide(Some(locked.case.clone()), event, &context) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.count(address.as_deref(), &decision.letters);
        self.follow(id, actor, &decision);
        self.tell_staff(id, actor, &decision, profile, news);
        self.become_(id, actor, decision);
        Ok(Ok(()))
    }

    /// Records a fact that changes nothing but the history.
    pub(super) fn record(&mut self, id: CaseId, actor: &Actor, fact: Fact) {
        if let Some(locked) = self.cases.get(&id) {
            let decision = Decision {
                case: locked.case.clone(),
                facts: vec![fact],
                texts: vec![],
                letters: vec![],
            };
            self.become_(id, actor, decision);
        }
    }

    fn become_(&mut self, id: CaseId, actor: &Actor, decision: Decision) {
        let Some(locked) = self.cases.get_mut(&id) else {
            return;
        };
        if !decision.facts.is_empty() {
            self.changed.insert(id);
        }
        for fact in &decision.facts {
            // clocks and letters follow from what the actor did
            let actor = match fact {
                Fact::Clocks { .. } | Fact::LetterQueued { .. } | Fact::LetterWithheld { .. } => {
                    &Actor::Redress
                }
                _ => actor,
            };
            let entry = locked.chain.append(locked.reference, self.now, actor, fact);
            self.history.push((id, entry));
        }
        locked.case = decision.case;
    }

    /// What a decision brings besides the case itself.
    fn follow(&mut self, id: CaseId, actor: &Actor, decision: &Decision) {
        for fact in &decision.facts {
            match fact {
                Fact::Clocks { changes } => {
                    for change in changes {
                        if let Some(clock) = decision.case.clocks.get(&change.key) {
                            let clocks = self.clocks.entry(id).or_default();
                            clocks.insert(change.key.clone(), clock.clone());
                        }
                    }
                }
                Fact::ActionRaised {
                    number,
                    kind,
                    owner,
                    due,
                    what,
                } => {
                    if let (Some(what), Actor::Staff(by)) = (decision.words(*what), actor) {
                        let action = NewAction {
                            number: *number,
                            case: Some(id),
                            kind: *kind,
                            what: what.clone(),
                            owner: owner.clone(),
                            raised_by: by.clone(),
                            due: *due,
                        };
                        let reference = self.cases.get(&id).map(|locked| locked.reference);
                        let recused = decision.case.recused.clone();
                        self.tell_of(&action.clone().raised(reference, recused), by);
                        self.actions.push(action);
                    }
                }
                _ => {}
            }
        }
        self.texts
            .extend(decision.texts.iter().map(|text| (id, text.clone())));
        self.writings
            .extend(decision.letters.iter().map(|writing| (id, writing.clone())));
    }

    /// Tells those who have to know. Words of staff in the facts are found by their hash.
    fn tell_staff(
        &mut self,
        id: CaseId,
        actor: &Actor,
        decision: &Decision,
        profile: &Profile,
        news: &News,
    ) {
        if self.hushed {
            return;
        }
        let today = self.now.with_timezone(&profile.calendar.zone).date_naive();
        let directory = &self.post.directory;
        let (case, facts) = (&decision.case, &decision.facts);
        for Notice { to, what } in notices(case, facts, actor, profile, directory, today) {
            let of_staff = facts.iter().find_map(|fact| match (fact, &what) {
                (
                    Fact::HandedOff {
                        question: words, ..
                    },
                    What::HandedOff { .. },
                )
                | (Fact::HandOffAnswered { words, .. }, What::HandOffAnswered { .. })
                | (Fact::Noted { words }, What::Noted) => decision.words(*words).cloned(),
                _ => None,
            });
            let news = match of_staff {
                Some(words) => News {
                    words: Some(words),
                    ..News::default()
                },
                None => news.clone(),
            };
            let says = Says::Notice { what, news };
            let case = Some(id);
            self.to_staff.push(ToStaff { case, to, says });
        }
    }

    /// Answers a mail of a member of staff.
    pub(super) fn answer(&mut self, mail: ToStaff) {
        self.to_staff.push(mail);
    }

    /// Entries of a case's history that aren't written yet.
    pub(super) fn fresh_entries(&self, id: CaseId) -> impl Iterator<Item = &Entry> {
        let of_case = self.history.iter().filter(move |(case, _)| *case == id);
        of_case.map(|(_, entry)| entry)
    }

    /// Letters that were written since then, but those that somebody has to pass on.
    pub(super) fn letters_since(&self, before: &Before) -> Vec<Writing> {
        let since = self.writings.get(before.writings..).unwrap_or_default();
        let sent = since.iter().map(|(_, writing)| writing);
        sent.filter(|writing| writing.to != Recipient::PassOn)
            .cloned()
            .collect()
    }

    /// Raises an action from no case.
    pub(super) fn raise(&mut self, action: NewAction) {
        let raised = action.clone().raised(None, [].into());
        self.tell_of(&raised, &action.raised_by);
        self.actions.push(action);
    }

    /// Tells whose turn it is with an action, unless it is who has just changed it.
    pub(super) fn tell_of(&mut self, action: &Action, by: &Person) {
        let post = self.post;
        let zone = post.policies.profile(&post.profile);
        let zone = zone.map_or(Tz::UTC, |profile| profile.calendar.zone);
        let today = self.now.with_timezone(&zone).date_naive();
        let people = whose_turn(action, &post.directory, today);
        for to in people.into_iter().filter(|to| to != by) {
            let Some(member) = post.directory.member(&to) else {
                continue;
            };
            let page = page(action, 0, &to, member.tongue());
            self.to_staff.push(ToStaff {
                case: None,
                to,
                says: Says::Page(page),
            });
        }
    }

    /// Keeps words that a fact refers to.
    pub(super) fn keep(&mut self, id: CaseId, words: &str) {
        self.texts.push((id, words.to_owned()));
    }

    /// Where a case stands, to [go back](Changes::undo) to.
    pub(super) fn before(&self, id: Option<CaseId>) -> Before {
        let case = id.and_then(|id| Some((id, self.cases.get(&id)?.clone())));
        Before {
            changed: case
                .as_ref()
                .is_some_and(|(id, _)| self.changed.contains(id)),
            case,
            clocks: id.and_then(|id| self.clocks.get(&id).cloned()),
            opened: self.opened.len(),
            history: self.history.len(),
            texts: self.texts.len(),
            writings: self.writings.len(),
            to_staff: self.to_staff.len(),
            actions: self.actions.len(),
            counted: self.counted.len(),
        }
    }

    /// Undoes what was done since then, to that case or to none, as if it had never been.
    pub(super) fn undo(&mut self, before: Before) {
        if let Some((id, case)) = before.case {
            if !before.changed {
                self.changed.remove(&id);
            }
            self.cases.insert(id, case);
            match before.clocks {
                Some(clocks) => self.clocks.insert(id, clocks),
                None => self.clocks.remove(&id),
            };
        }
        for new in self.opened.drain(before.opened..) {
            self.clocks.remove(&new.id);
        }
        for (address, count) in self.counted.drain(before.counted..) {
            if let Some(sent) = self.sent.get_mut(&address) {
                *sent -= count;
            }
        }
        self.history.truncate(before.history);
        self.texts.truncate(before.texts);
        self.writings.truncate(before.writings);
        self.to_staff.truncate(before.to_staff);
        self.actions.truncate(before.actions);
    }

    pub(super) fn file(&mut self, message: messages::Filed<'a>) {
        self.filed.push(message);
    }

    /// Files a message on the case that it opened: it is kept as long as that, and erased with it.
    pub(super) fn file_on(&mut self, message: LandedId, case: CaseId) {
        for filed in self.filed.iter_mut().filter(|one| one.landed == message) {
            filed.case = Some(case);
        }
    }

    /// The case that a message has opened.
    pub(super) fn opened_by(&self, message: LandedId) -> Option<(CaseId, &Case)> {
        let filed = self.filed.iter().find(|one| one.landed == message)?;
        let new = self.opened.iter().find(|new| Some(new.id) == filed.case)?;
        Some((new.id, &new.case))
    }

    /// What cases can be found by from now on.
    fn found_by(&self) -> BTreeMap<CaseId, Terms> {
        let mut all: BTreeMap<CaseId, Terms> = BTreeMap::new();
        for new in &self.opened {
            let terms = all.entry(new.id).or_default();
            terms.add(&new.reference.to_string());
        }
        for message in &self.filed {
            if let Some(case) = message.case {
                search::of_message(all.entry(case).or_default(), message.reading);
            }
        }
        for (case, text) in &self.texts {
            all.entry(*case).or_default().add(text);
        }
        all
    }

    /// Writes everything. Nothing is there until the transaction is committed. The number of
    /// letters in it.
    pub(super) async fn write(self, tx: &mut Transaction) -> Result<usize, WorkError> {
        if !self.opened.is_empty() {
            cases::open(tx, &self.opened, self.now).await?;
        }
        if !self.changed.is_empty() {
            let changed = self.changed.iter().filter_map(|id| self.cases.get(id));
            cases::update(tx, &changed.collect::<Vec<_>>()).await?;
        }
        if !self.filed.is_empty() {
            messages::file(tx, &self.filed, self.now).await?;
        }
        if !self.history.is_empty() {
            history::append(tx, &self.history).await?;
        }
        if !self.texts.is_empty() {
            cases::keep_texts(tx, &self.texts).await?;
        }
        let found_by = self.found_by();
        if !found_by.is_empty() {
            search::add(tx, &found_by).await?;
        }
        if !self.clocks.is_empty() {
            let of_cases = self.clocks.iter();
            let each = of_cases
                .flat_map(|(id, clocks)| clocks.iter().map(|(key, clock)| (*id, key, clock)));
            clocks::write(tx, &each.collect::<Vec<_>>()).await?;
        }
        if !self.actions.is_empty() {
            actions::raise(tx, &self.actions, self.now).await?;
        }
        if self.writings.is_empty() && self.to_staff.is_empty() {
            return Ok(0);
        }
        let existing = self
            .cases
            .values()
            .map(|one| (one.id, (one.reference, &one.case)));
        let opened = self
            .opened
            .iter()
            .map(|new| (new.id, (new.reference, &new.case)));
        let about: HashMap<_, _> = existing.chain(opened).collect();
        let mails = self
            .post
            .mails(tx, &self.writings, &self.to_staff, &about, self.now)
            .await?;
        outbox::queue(tx, &mails, self.now).await?;
        Ok(mails.len())
    }
}
