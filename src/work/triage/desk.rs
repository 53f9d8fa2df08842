//! What a member's proven mail orders, done: acts on the case, and whatever they want to look at or record.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Read, Triage};
use crate::archive::terms::Query;
use crate::case::{Act, Actor, Channel, Event, Received, Refusal, Shown, given, refused};
use crate::ids::CaseId;
use crate::mail::Reading;
use crate::policy::Role;
use crate::staff::command::{ListKind, Order, Report};
use crate::staff::notice::act_done;
use crate::staff::{Member, Tongue, answer, help};
use crate::store::members::{self, Listed, Seen};
use crate::store::search::{self, Hit, Scope};
use crate::store::{Transaction, history, parties};
use crate::work::WorkError;
use crate::work::changes::Changes;
use crate::work::to_staff::{Answer, News};

/// Most cases in the answer to a list or a search.
const MOST_LISTED: u16 = 50;

/// Most entries of a history that are shown.
const MOST_ENTRIES: usize = 100;

/// One proven mail of a member of staff.
pub(super) struct Desk<'t> {
    pub triage: &'t Triage,
    pub message: &'t Read,
    pub case: CaseId,
    pub member: &'t Member,
    pub now: DateTime<Utc>,
}

impl Desk<'_> {
    /// Does all that is ordered, or nothing.
    pub(super) async fn obey(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        orders: Vec<Order>,
    ) -> Result<Answer, WorkError> {
        let (acts, others): (Vec<Order>, Vec<Order>) = orders
            .into_iter()
            .partition(|order| matches!(order, Order::Act { .. }));
        let acts = acts.into_iter().filter_map(|order| match order {
            Order::Act { act, reason } => Some((act, reason)),
            _ => None,
        });
        let (mut lines, letters) = match carry_out(changes, self.case, self.member, acts.collect())?
        {
            Ok(done) => done,
            Err(reasons) => return Ok(refused_with(reasons, &self.message.reading)),
        };
        for order in others {
            lines.extend(self.look_or_record(tx, changes, order).await?);
        }
        Ok(Answer::Done { lines, letters })
    }

    async fn look_or_record(
        &self,
        tx: &mut Transaction,
        changes: &mut Changes<'_>,
        order: Order,
    ) -> Result<Vec<String>, WorkError> {
        let tongue = self.member.tongue();
        let seen = |all| Seen {
            person: &self.member.person,
            all,
        };
        let oversees = [Role::Supervisor, Role::Manager, Role::Legal, Role::Auditor]
            .into_iter()
            .any(|role| self.member.roles.contains(&role));
        Ok(match order {
            Order::Act { .. } => vec![],
            Order::Show { of } => self.show(tx, changes, of, oversees).await?,
            Order::List { kind } => {
                let soon = self.now + TimeDelta::days(3);
                let (all, before) = match kind {
                    ListKind::Mine => (false, None),
                    ListKind::Open => (oversees, None),
                    ListKind::Due => (oversees, Some(soon)),
                };
                let found = members::list(tx, seen(all), before, MOST_LISTED).await?;
                self.lines(found)
            }
            Order::Search { words } => {
                let Some(query) = Query::of(&words) else {
                    return Ok(self.lines(vec![]));
                };
                let scope = Scope::Of {
                    person: &self.member.person,
                    all: oversees,
                };
                self.hits(search::find(tx, scope, &query, MOST_LISTED.into()).await?)
            }
            Order::Phone(report) => vec![self.record(tx, changes, report, Channel::Phone).await?],
            Order::Web(report) => vec![self.record(tx, changes, report, Channel::Web).await?],
            Order::Help { about: None } => vec![help::page(tongue).to_owned()],
            Order::Help { about: Some(word) } => vec![help::about(word, tongue)],
        })
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
            return vec![match self.member.tongue() {
                Tongue::English => "No case.".to_owned(),
                Tongue::Chinese => "没有案件。".to_owned(),
            }];
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
        of: Option<crate::case::CaseRef>,
        oversees: bool,
    ) -> Result<Vec<String>, WorkError> {
        let tongue = self.member.tongue();
        let id = match of {
            None => Some(self.case),
            Some(reference) => {
                let seen = Seen {
                    person: &self.member.person,
                    all: oversees,
                };
                members::in_part(tx, seen, reference).await?
            }
        };
        let Some(id) = id else {
            return Ok(vec![answer::refusal(&Refusal::Missing, tongue)]);
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
        Ok(lines.collect())
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
        let profile = post.profile_of(Some(self.message.mailbox))?;
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
            files: !self.message.reading.attachments.is_empty(),
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
            received_at: self.message.received_at,
            channel,
            language: self.member.tongue().language(),
            words: Some(said.join("\n")),
            gives,
            follows: None,
            assign: is_handler.then(|| self.member.person.clone()),
            resembles: None,
        });
        let news = News {
            words: Some(report.words),
            files: vec![],
        };
        let actor = Actor::Staff(self.member.person.clone());
        changes.open(number, profile, &event, (customer, &actor), None, &news)?;
        let (_, reference) = number;
        Ok(match self.member.tongue() {
            Tongue::English => format!("{reference}: a case was opened for the complaint"),
            Tongue::Chinese => format!("{reference}：已登记为新案件"),
        })
    }
}

/// The answer to a mail of which nothing was done; the text goes back, so that nothing is lost.
pub(super) fn refused_with(reasons: Vec<String>, reading: &Reading) -> Answer {
    Answer::Refused {
        reasons,
        original: reading.new_text.clone(),
    }
}

/// What was done, a line each, and how many letters were written; or why none of it was done.
type CarriedOut = Result<(Vec<String>, usize), Vec<String>>;

/// All acts, in their order, or none of them.
pub(super) fn carry_out(
    changes: &mut Changes<'_>,
    case: CaseId,
    member: &Member,
    acts: Vec<(Act, Option<String>)>,
) -> Result<CarriedOut, WorkError> {
    let tongue = member.tongue();
    let actor = Actor::Staff(member.person.clone());
    let Some(before) = changes.before(case) else {
        return Ok(Err(vec![answer::refusal(&Refusal::Missing, tongue)]));
    };
    let mut done = Vec::new();
    for (act, reason) in acts {
        let name = act.name();
        let line = act_done(&act, tongue);
        let event = Event::Acted {
            by: member.staff(),
            act,
            reason,
        };
        if let Err(refusal) = changes.tell(case, &actor, &event, &News::default())? {
            changes.undo(case, before);
            changes.record(case, &actor, refused(name, &refusal));
            return Ok(Err(vec![answer::refusal(&refusal, tongue)]));
        }
        done.push(line);
    }
    let letters = changes.letters_since(&before);
    Ok(Ok((done, letters)))
}
