//! What a member's proven mail orders, done: acts on the case, and whatever they want to look at or record.

use chrono::{DateTime, TimeDelta, Utc};

use super::Triage;
use super::carry_out::{CarriedOut, carry_out};
use crate::archive::terms::Query;
use crate::case::{
    Act, Actor, Case, CaseRef, Channel, Event, Fact, Received, Refusal, Shown, given,
};
use crate::ids::{CaseId, LandedId, MailboxId};
use crate::policy::Role;
use crate::staff::command::{ListKind, Order, Report};
use crate::staff::notice::{Access, access, act_done};
use crate::staff::{Member, Tongue, answer, help};
use crate::store::members::{self, Listed, Seen};
use crate::store::search::{self, Hit, Scope};
use crate::store::{Transaction, history, parties, policy_notices, savepoint};
use crate::work::WorkError;
use crate::work::acts::number_actions;
use crate::work::changes::Changes;
use crate::work::to_staff::{Answer, News, Says, ToStaff};

/// Most cases in the answer to a list or a search.
const MOST_LISTED: u16 = 50;

/// Most entries of a history that are shown.
const MOST_ENTRIES: usize = 100;

/// A proven mail, as far as orders need to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    /// Its new text.
    pub text: &'a str,
    pub landed: LandedId,
    pub mailbox: MailboxId,
    pub received_at: DateTime<Utc>,
    /// Whether files came with it.
    pub files: bool,
    pub message_id: Option<&'a str>,
}

/// One proven mail of a member of staff.
pub(super) struct Desk<'t> {
    pub triage: &'t Triage,
    pub mail: Written<'t>,
    /// `None`: about no case.
    pub case: Option<CaseId>,
    pub member: &'t Member,
    pub now: DateTime<Utc>,
}

impl Desk<'_> {
    /// Does all that is ordered, or nothing; what can't be taken back is shown first.
    pub(super) async fn obey(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        orders: Vec<Order>,
    ) -> Result<Answer, WorkError> {
        match (orders.as_slice(), self.case) {
            ([Order::Confirm], Some(case)) => return self.confirm(tx, changes, case).await,
            ([Order::Cancel], Some(case)) => return self.cancel(tx, case).await,
            _ => {}
        }
        if let Some(case) = self.case
            && self.triage.confirm.asks(&orders)
        {
            return self.show_first(tx, changes, case, orders).await;
        }
        self.carry_out_all(tx, changes, orders).await
    }

    /// Does all that is ordered, or nothing.
    pub(super) async fn carry_out_all(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        orders: Vec<Order>,
    ) -> Result<Answer, WorkError> {
        let (acts, others) = split(orders);
        let before = changes.before(self.case);
        // other orders write at once, and one that comes after them may not be possible
        if !others.is_empty() {
            savepoint::set(tx).await?;
        }
        let (mut lines, letters) = match self.acts(tx, changes, acts).await? {
            Ok(done) => done,
            Err(reasons) => return Ok(self.refused(reasons)),
        };
        let mut elsewhere = Vec::new();
        for order in others {
            let other_cases = looks_elsewhere(&order);
            match self.other(tx, changes, order).await? {
                Ok(done) if other_cases => elsewhere.extend(done),
                Ok(done) => lines.extend(done),
                Err(Unable { reason, record }) => {
                    // one that can't be done undoes them all
                    changes.undo(before);
                    savepoint::back(tx).await?;
                    if let (Some(case), Some(fact)) = (self.case, record) {
                        let actor = Actor::Staff(self.member.person.clone());
                        changes.record(case, &actor, fact);
                    }
                    return Ok(self.refused(vec![reason]));
                }
            }
        }
        if self.case.is_none() || elsewhere.is_empty() {
            lines.extend(elsewhere);
        } else {
            // what is told of other cases is none of this one's: it isn't kept with it, nor passed on with its mails
            changes.answer(self.answer(
                None,
                Answer::Done {
                    lines: elsewhere,
                    letters: 0,
                },
            ));
        }
        Ok(Answer::Done { lines, letters })
    }

    /// An answer to this mail.
    pub(super) fn answer(&self, case: Option<CaseId>, answer: Answer) -> ToStaff {
        ToStaff {
            case,
            to: self.member.person.clone(),
            says: Says::Answer {
                answer,
                answers: self.mail.message_id.map(str::to_owned),
            },
        }
    }

    /// The acts of a mail: on its case, or, of a desk, those that need none.
    async fn acts(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        mut acts: Vec<(Act, Option<String>)>,
    ) -> Result<CarriedOut, WorkError> {
        number_actions(tx, acts.iter_mut().map(|(act, _)| act)).await?;
        if let Some(case) = self.case {
            return carry_out(tx, changes, case, self.member, acts).await;
        }
        let mut lines = Vec::new();
        for (act, _) in acts {
            match self.raise(changes, &act) {
                Ok(()) => lines.push(act_done(&act, self.member.tongue())),
                Err(reason) => return Ok(Err(vec![reason])),
            }
        }
        Ok(Ok((lines, 0)))
    }

    /// What is ordered besides acts, done; or why it can't be.
    async fn other(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        order: Order,
    ) -> Result<Result<Vec<String>, Unable>, WorkError> {
        let tongue = self.member.tongue();
        let seen = |all| Seen {
            person: &self.member.person,
            all,
        };
        let oversees = self.oversees();
        Ok(Ok(match order {
            Order::Act { .. } | Order::Confirm | Order::Cancel => vec![],
            Order::Show { of } => return self.show(tx, changes, of, seen(oversees)).await,
            Order::List { kind } => {
                let soon = self.now + TimeDelta::days(3);
                let (all, before) = match kind {
                    ListKind::Mine => (false, None),
                    ListKind::Open => (oversees, None),
                    ListKind::Due => (oversees, Some(soon)),
                    ListKind::Actions => return Ok(Ok(self.actions(tx).await?)),
                };
                let found = members::list(tx, seen(all), before, MOST_LISTED).await?;
                self.lines(found)
            }
            Order::Search { words } => {
                let Some(query) = Query::of(&words) else {
                    return Ok(Ok(self.lines(vec![])));
                };
                let scope = Scope::Of(seen(oversees));
                self.hits(search::find(tx, scope, &query, MOST_LISTED.into()).await?)
            }
            Order::Phone(report) => vec![self.record(tx, changes, report, Channel::Phone).await?],
            Order::Web(report) => vec![self.record(tx, changes, report, Channel::Web).await?],
            Order::Done { number, words } => return self.done(tx, changes, number, &words).await,
            Order::Verify { number } => return self.verify(tx, changes, number).await,
            Order::Read => {
                policy_notices::read(tx, &self.member.person, self.now).await?;
                vec![self.pick(
                    "on record: you have read the policy notice (§10)",
                    "已记录：您已阅读制度通知（§10）",
                )]
            }
            Order::Help { about: None } => vec![help::page(tongue).to_owned()],
            Order::Help { about: Some(word) } => vec![help::about(word, tongue)],
        }))
    }

    /// Whether they may see a case: whatever a notice of it would show them.
    pub(super) fn sees(&self, case: &Case) -> bool {
        let zone = self.triage.time_zone;
        let today = self.now.with_timezone(&zone).date_naive();
        let directory = &self.triage.post.directory;
        access(case, &self.member.person, directory, today) == Access::Case
    }

    pub(super) fn oversees(&self) -> bool {
        self.member.staff().oversees()
    }

    /// What was found, each with the words below it.
    fn hits(&self, found: Vec<Hit>) -> Vec<String> {
        if found.is_empty() {
            return self.lines(vec![]);
        }
        let of_hit = |hit: Hit| {
            let snippet = format!("    {}", hit.snippet);
            let listed = Listed {
                reference: hit.reference,
                stage: hit.stage,
                due_at: hit.due_at,
                topic: hit.topic,
            };
            self.lines(vec![listed]).into_iter().chain([snippet])
        };
        found.into_iter().flat_map(of_hit).collect()
    }

    fn lines(&self, found: Vec<Listed>) -> Vec<String> {
        let zone = self.triage.time_zone;
        if found.is_empty() {
            return vec![self.pick("No case.", "没有案件。")];
        }
        let line = |case: Listed| {
            let due = case.due_at.map_or("–".to_owned(), |at| {
                at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
            });
            let topic: String = case.topic.chars().take(60).collect();
            format!("{}  {}  {due}  {topic}", case.reference, case.stage)
        };
        found.into_iter().map(line).collect()
    }

    /// The history of this case, or of another that they have a part in.
    async fn show(
        &self,
        tx: &mut Transaction,
        changes: &Changes<'_>,
        of: Option<CaseRef>,
        seen: Seen<'_>,
    ) -> Result<Result<Vec<String>, Unable>, WorkError> {
        let tongue = self.member.tongue();
        let id = match of {
            None => self
                .case
                .filter(|id| changes.case(*id).is_some_and(|one| self.sees(&one.case))),
            Some(reference) => members::in_part(tx, seen, reference).await?,
        };
        let Some(id) = id else {
            return Ok(Err(Unable {
                reason: answer::refusal(&Refusal::Missing, tongue),
                // §7: access is refused, and on record
                record: Some(Fact::AccessRefused { of }),
            }));
        };
        let zone = self.triage.time_zone;
        let entries = history::of_case(tx, id).await?;
        let fresh = changes.fresh_entries(id);
        let all: Vec<_> = entries.iter().chain(fresh).collect();
        let first = all.len().saturating_sub(MOST_ENTRIES);
        let lines = all[first..].iter().map(|entry| {
            let at = entry.at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
            format!("{}. {at}  {}  {}", entry.sequence, entry.actor, entry.event)
        });
        Ok(Ok(lines.collect()))
    }

    /// A complaint that came by no mail (§3): a case of its own, given to whoever records it.
    async fn record(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        report: Report,
        channel: Channel,
    ) -> Result<String, WorkError> {
        let post = &self.triage.post;
        let profile = post.profile_of(Some(self.mail.mailbox))?;
        let address = report
            .address
            .as_ref()
            .map(|address| address.to_lowercase());
        let customer = match &address {
            None => None,
            Some(address) => {
                let named = [(address.clone(), report.name.clone())].into();
                let known = parties::customers(tx, &named).await?;
                known.get(address).map(|id| (*id, address.as_str()))
            }
        };
        let Some(number) = self.triage.numbers(tx, 1, self.now).await?.pop() else {
            return Ok(String::new());
        };
        let gives = given(&Shown {
            name: report.name.as_deref(),
            address: address.is_some() || report.phone.is_some(),
            new_text: &report.words,
            files: self.mail.files,
        });
        let is_handler = self.member.roles.contains(&Role::Handler);
        let said: Vec<String> = [
            report.name.clone(),
            report.phone.clone(),
            report.address.clone(),
        ]
        .into_iter()
        .flatten()
        .chain([report.words.clone()])
        .collect();
        let event = Event::Received(Received {
            landed: None,
            received_at: self.mail.received_at,
            channel,
            language: self.member.tongue().language(),
            words: Some(said.join("\n")),
            gives,
            follows: None,
            assign: is_handler.then(|| self.member.person.clone()),
            resembles: None,
            flood: false,
        });
        let news = News {
            words: Some(report.words),
            ..News::default()
        };
        let actor = Actor::Staff(self.member.person.clone());
        changes.open(number, profile, &event, (customer, &actor), None, &news)?;
        let (id, reference) = number;
        changes.file_on(self.mail.landed, id);
        Ok(self.pick(
            &format!("{reference}: a case was opened for the complaint"),
            &format!("{reference}：已登记为新案件"),
        ))
    }

    /// The one of two texts that is in their language.
    pub(super) fn pick(&self, english: &str, chinese: &str) -> String {
        match self.member.tongue() {
            Tongue::English => english.to_owned(),
            Tongue::Chinese => chinese.to_owned(),
        }
    }

    /// The answer to a mail of which nothing was done; the text goes back, so that nothing is lost.
    pub(super) fn refused(&self, reasons: Vec<String>) -> Answer {
        Answer::Refused {
            reasons,
            original: self.mail.text.to_owned(),
        }
    }
}

/// Why an order besides acts can't be done.
pub(super) struct Unable {
    pub reason: String,
    /// What is on record of that.
    pub record: Option<Fact>,
}

impl From<String> for Unable {
    fn from(reason: String) -> Unable {
        Unable {
            reason,
            record: None,
        }
    }
}

/// Whether what an order shows is of other cases than that of its mail.
fn looks_elsewhere(order: &Order) -> bool {
    match order {
        Order::List { .. } | Order::Search { .. } => true,
        Order::Show { of } => of.is_some(),
        Order::Act { .. }
        | Order::Phone(_)
        | Order::Web(_)
        | Order::Done { .. }
        | Order::Verify { .. }
        | Order::Confirm
        | Order::Cancel
        | Order::Read
        | Order::Help { .. } => false,
    }
}

/// Acts with their reasons, and what is ordered besides.
pub(super) fn split(orders: Vec<Order>) -> (Vec<(Act, Option<String>)>, Vec<Order>) {
    let mut acts = Vec::new();
    let mut others = Vec::new();
    for order in orders {
        match order {
            Order::Act { act, reason } => acts.push((act, reason)),
            other => others.push(other),
        }
    }
    (acts, others)
}
