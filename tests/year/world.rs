//! The world outside the program, and what it knows: customers, staff's inboxes, and what everybody means to do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use chrono::{Datelike, TimeDelta};
use redress::case::CaseRef;
use redress::letter::{Audience, ReplyAddresses};
use redress::policy::{Letter, Policies, Role, Stage};
use redress::store::outbox::{Mail, Outcome};
use redress::work::erasure::Kept;

use super::dice::Dice;
use super::mails::{self, FromCustomer};
use super::model::{Case, Event, Moment, Writes};
use super::office::{Incoming, Office};
use super::people::{self, STAFF};
use super::turns::Turn;
use super::{Settings, day, day_of, local};

/// What kind of customer it is, as far as their mail differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Angry,
    /// Complains of what a case of theirs is about already.
    Duplicate {
        of: usize,
    },
    /// One of many at once, from one address.
    Flood,
    Phone,
}

pub struct Customer {
    pub address: String,
    pub unreachable: bool,
    pub chinese: bool,
    /// Has an out-of-office.
    pub robot: bool,
    /// Automatic letters written to them.
    pub automatic: Vec<Moment>,
    /// When they complained first.
    pub since: Moment,
}

/// A letter that was taken by a mail server, which finds later that nobody is there.
pub struct Returned {
    pub case: usize,
    pub letter: Letter,
    pub sender: String,
    pub recipient: String,
    /// With angle brackets.
    pub message_id: String,
}

/// What the simulation means to do with a case.
pub struct Mind {
    pub kind: Kind,
    /// Whoever had it at any time.
    pub handlers: BTreeSet<usize>,
    /// When it was closed last.
    pub closed: Option<Moment>,
    /// Breaches that people were seen to react to.
    pub seen: usize,
    /// Its customer had it erased.
    pub erased: bool,
}

pub struct Action {
    pub number: u32,
    pub kind: &'static str,
    pub owner: usize,
    pub raised: Moment,
    pub due: chrono::NaiveDate,
    pub done: Option<Moment>,
    pub verified: Option<Moment>,
}

pub struct World {
    pub dice: Dice,
    pub now: Moment,
    /// The mail server takes nothing.
    pub mute: bool,
    pub policies: Policies,
    keys: ReplyAddresses,
    pub cases: Vec<Case>,
    pub minds: Vec<Mind>,
    pub customers: Vec<Customer>,
    pub actions: Vec<Action>,
    /// Complaints by mail that are still to come, the last first.
    arrivals: Vec<(Moment, Kind)>,
    agenda: BTreeMap<(Moment, u64), Turn>,
    written: u64,
    /// Addresses that members were sent, about a case and about none.
    pub book: HashMap<(usize, usize), String>,
    /// Cases that were given to a handler, whether or not their mail has come.
    given: BTreeSet<usize>,
    pub desks: HashMap<usize, String>,
    /// Addresses that customers and third parties were sent.
    pub replies: HashMap<usize, String>,
    pub invited: HashMap<usize, String>,
    /// Letters that another mail server took and gives back.
    pub returns: Vec<Returned>,
    /// Customers who want to be forgotten, and those who are.
    pub forget: Vec<usize>,
    pub forgotten: BTreeSet<usize>,
    /// When the next rung of a case is reached.
    due: BTreeSet<(Moment, usize)>,
    due_of: Vec<Option<Moment>>,
    numbers: BTreeMap<i32, u32>,
    pub mails: Vec<Incoming>,
    pub opening: Vec<Opening>,
    pub landed: u64,
    pub duplicates: u64,
    pub sent: u64,
    /// Every how many-th mail of ours is read to its end.
    read_every: u64,
}

/// A mail that opens a case.
pub struct Opening {
    pub at: Moment,
    pub kind: Kind,
    pub customer: usize,
    /// To which address it goes, if it answers an old letter.
    pub to: Option<String>,
}

impl World {
    pub fn new(settings: Settings, office: &Office, begin: Moment) -> Result<World> {
        let mut dice = Dice::new(settings.seed);
        let keys = office.config.reply.addresses.clone();
        let seconds = 365 * 24 * 3600;
        let plain = settings.complaints * 95 / 100;
        let floods = (settings.complaints / 2000).clamp(1, 6);
        let mut arrivals: Vec<(Moment, Kind)> = (0..plain)
            .map(|_| {
                let at = begin + TimeDelta::seconds(dice.below(seconds) as i64);
                let kind = if dice.chance(150) {
                    Kind::Angry
                } else if dice.chance(60) {
                    Kind::Phone
                } else {
                    Kind::Plain
                };
                (at, kind)
            })
            .collect();
        for flood in 0..floods {
            let date = day(2026, 2 + flood as u32 * 2 % 11, 10 + flood as u32);
            let start = local(date, 10, 0);
            arrivals.extend((0..12).map(|n| (start + TimeDelta::seconds(n), Kind::Flood)));
        }
        arrivals.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let mut world = World {
            dice,
            now: begin,
            mute: false,
            policies: office.config.policies()?,
            keys: keys.context("keys")?,
            cases: vec![],
            minds: vec![],
            customers: vec![],
            actions: vec![],
            arrivals,
            agenda: BTreeMap::new(),
            written: 0,
            book: HashMap::new(),
            given: BTreeSet::new(),
            desks: HashMap::new(),
            replies: HashMap::new(),
            invited: HashMap::new(),
            returns: vec![],
            forget: vec![],
            forgotten: BTreeSet::new(),
            due: BTreeSet::new(),
            due_of: vec![],
            numbers: BTreeMap::new(),
            mails: vec![],
            opening: vec![],
            landed: 0,
            duplicates: 0,
            sent: 0,
            read_every: (settings.complaints as u64 / 1000).max(1),
        };
        for week in 0..52 {
            let at = begin + TimeDelta::days(7 * week) + TimeDelta::hours(30);
            world.plan(at, Turn::Newsletter);
        }
        Ok(world)
    }

    pub fn breaches(&self) -> u64 {
        let events = self.cases.iter().flat_map(|case| &case.log);
        events
            .filter(|(_, event)| matches!(event, Event::Breached { .. }))
            .count() as u64
    }

    /// Somebody means to do something at a moment.
    pub fn plan(&mut self, at: Moment, turn: Turn) {
        self.written += 1;
        self.agenda.insert((at, self.written), turn);
    }

    /// A number that no other mail has.
    pub fn number(&mut self) -> u64 {
        self.written += 1;
        self.written
    }

    /// Does something to the account of a case.
    pub fn on<R>(&mut self, id: usize, does: impl FnOnce(&mut Case, &mut Writes<'_>) -> R) -> R {
        let case = &mut self.cases[id];
        let before = case.stage;
        let mut writes = Writes {
            profile: self.policies.profile("default").unwrap(),
            now: self.now,
            automatic: case
                .customer
                .map(|customer| &mut self.customers[customer].automatic),
            daily: people::DAILY,
        };
        let result = does(case, &mut writes);
        let (next, stage) = (case.next(), case.stage);
        self.minds[id].handlers.extend(case.handler);
        if let Some(old) = self.due_of[id].take() {
            self.due.remove(&(old, id));
        }
        if let Some(next) = next {
            self.due.insert((next, id));
            self.due_of[id] = Some(next);
        }
        if stage != before {
            self.changed(id, before);
        }
        self.react(id);
        result
    }

    /// Opens the account of a case; its number is the next one.
    pub fn open(
        &mut self,
        kind: Kind,
        customer: Option<usize>,
        (received, evidence, chinese): (Moment, bool, bool),
        handler: Option<usize>,
    ) -> usize {
        let year = day_of(self.now).year();
        let number = self.numbers.entry(year).or_default();
        *number += 1;
        let reference = CaseRef::new(year as u16, *number);
        let phone = kind == Kind::Phone;
        let mut writes = Writes {
            profile: self.policies.profile("default").unwrap(),
            now: self.now,
            automatic: customer.map(|customer| &mut self.customers[customer].automatic),
            daily: people::DAILY,
        };
        let who = (customer, phone, chinese, evidence);
        let case = Case::open(reference, who, received, handler, &mut writes);
        let next = case.next();
        let id = self.cases.len();
        self.cases.push(case);
        self.minds.push(Mind {
            kind,
            handlers: handler.into_iter().collect(),
            closed: None,
            seen: 0,
            erased: false,
        });
        self.due_of.push(next);
        self.due.extend(next.map(|next| (next, id)));
        id
    }

    /// Climbs rungs that are reached; how many.
    pub fn tick(&mut self) -> usize {
        let mut climbed = 0;
        while let Some((at, id)) = self.due.first().copied() {
            if at > self.now {
                break;
            }
            climbed += self.on(id, |case, to| case.tick(to));
        }
        climbed
    }

    /// Everything that people have written until now, in the order in which it lands.
    pub fn write(&mut self) -> Vec<Incoming> {
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let ((at, _), turn) = entry.remove_entry();
            self.turn(at, turn);
        }
        let mut opening = std::mem::take(&mut self.opening);
        while let Some((at, kind)) = self.arrivals.pop_if(|(at, _)| *at <= self.now) {
            if kind == Kind::Phone {
                // whoever takes the call writes it down within the hour
                self.plan(at + TimeDelta::minutes(40), Turn::Call);
                continue;
            }
            let customer = self.customer(kind);
            opening.push(Opening {
                at,
                kind,
                customer,
                to: None,
            });
        }
        for one in opening {
            self.complain(&one);
        }
        self.landed += self.mails.len() as u64;
        std::mem::take(&mut self.mails)
    }

    /// Who complains: mostly somebody new.
    fn customer(&mut self, kind: Kind) -> usize {
        if kind == Kind::Flood {
            let same = self.minds.iter().rev().take(40);
            let same = same.zip(self.cases.iter().rev());
            let mut same = same.filter(|(mind, case)| {
                mind.kind == Kind::Flood && self.now - case.received < TimeDelta::days(1)
            });
            let earlier = self.opening.last().filter(|one| one.kind == Kind::Flood);
            let known = earlier.map(|one| one.customer);
            if let Some(customer) =
                known.or_else(|| same.next().and_then(|(_, case)| case.customer))
            {
                return customer;
            }
        } else if self.customers.len() > 20 && self.dice.chance(120) {
            // nobody who was erased meanwhile: to Redress, they would be somebody else
            let again = self.dice.below(self.customers.len() as u64) as usize;
            let one = &self.customers[again];
            let known = self.now - one.since < TimeDelta::days(people::KEPT_DAYS - 30);
            if !one.unreachable && known && !self.forgotten.contains(&again) {
                return again;
            }
        }
        let number = self.customers.len();
        let unreachable = kind != Kind::Flood && self.dice.chance(15);
        let chinese = kind != Kind::Flood && self.dice.chance(350);
        let robot = kind != Kind::Flood && self.dice.chance(30);
        self.customers.push(Customer {
            address: mails::address(number, unreachable),
            unreachable,
            chinese,
            robot,
            automatic: vec![],
            since: self.now,
        });
        number
    }

    fn complain(&mut self, one: &Opening) {
        let Customer {
            address, chinese, ..
        } = &self.customers[one.customer];
        let (address, chinese) = (address.clone(), *chinese);
        let evidence = self.dice.chance(200);
        let choice = self.dice.next();
        let known = one.kind == Kind::Plain && one.to.is_none();
        let open = self
            .cases
            .iter()
            .rev()
            .take(200)
            .position(|case| known && case.customer == Some(one.customer) && case.is_open());
        let kind = match open {
            Some(back) if !chinese => Kind::Duplicate {
                of: self.cases.len() - 1 - back,
            },
            _ => one.kind,
        };
        let id = self.open(kind, Some(one.customer), (one.at, evidence, chinese), None);
        let text = mails::complaint(id, chinese, kind == Kind::Angry, choice);
        let mail = FromCustomer {
            from: &address,
            name: &format!("Customer {}", one.customer),
            to: one.to.as_deref().unwrap_or(people::MAILBOX),
            subject: if chinese {
                "投诉"
            } else {
                "A complaint about my order"
            },
            text: &text,
            id: format!("{id}.complaint"),
            at: one.at,
            file: evidence,
            robot: false,
        };
        let bytes = mail.bytes();
        // a mail server that delivers twice
        if self.dice.chance(5) {
            self.duplicates += 1;
            self.mails.push(Incoming {
                received: one.at,
                bytes: bytes.clone(),
            });
        }
        self.mails.push(Incoming {
            received: one.at,
            bytes,
        });
    }

    /// Lets the mail server take what is due, and whoever gets it read it; how many mails.
    pub async fn send(&mut self, office: &mut Office) -> Result<usize> {
        if self.mute {
            return Ok(0);
        }
        let sent = office.send(answer).await?;
        for (mail, outcome) in &sent {
            self.sent += u64::from(*outcome == Outcome::Sent);
            if people::who(&mail.recipient).is_some() {
                self.staff_gets(mail, *outcome)?;
            } else {
                self.customer_gets(office, mail, *outcome).await?;
            }
        }
        Ok(sent.len())
    }

    fn staff_gets(&mut self, mail: &Mail, outcome: Outcome) -> Result<()> {
        let staffer = people::who(&mail.recipient).context("a member")?;
        let address = mails::header(&mail.bytes, "Reply-To").context("Reply-To")?;
        let address = address.trim_matches(['<', '>']).to_owned();
        let proven = self.keys.prove(people::MAILBOX, &address);
        let signed = proven
            .with_context(|| format!("{address} is none of ours"))?
            .signed;
        let arrived = outcome == Outcome::Sent;
        let Some(case) = signed.case else {
            if !arrived {
                return Ok(());
            }
            ensure!(matches!(signed.audience, Audience::Desk(_)), "a desk");
            self.desks.insert(staffer, address);
            return Ok(());
        };
        ensure!(matches!(signed.audience, Audience::Work(_)), "to work");
        let id = case.0 as usize - 1;
        ensure!(id < self.cases.len(), "a case that nobody opened");
        // it was given to somebody when the mail was written, not when it came
        let handles = STAFF[staffer].role == Role::Handler && self.minds[id].handlers.is_empty();
        if handles && !self.given.contains(&id) {
            self.given.insert(id);
            self.cases[id].learn(staffer);
        }
        if !arrived {
            return Ok(());
        }
        if (mail.id.0 as u64).is_multiple_of(self.read_every) {
            self.read(mail, Some(id))?;
        }
        self.book.insert((staffer, id), address);
        let is_new = self.minds[id].handlers.is_empty();
        if is_new && STAFF[staffer].role == Role::Handler {
            self.minds[id].handlers.insert(staffer);
            let start = self.start_after();
            self.plan(start, Turn::Start(id));
        }
        Ok(())
    }

    async fn customer_gets(
        &mut self,
        office: &Office,
        mail: &Mail,
        outcome: Outcome,
    ) -> Result<()> {
        let address = mails::header(&mail.bytes, "Reply-To").context("Reply-To")?;
        let address = address.trim_matches(['<', '>']).to_owned();
        let proven = self
            .keys
            .prove(people::MAILBOX, &address)
            .context("signed")?;
        if let Audience::ThirdParty(_) = proven.signed.audience {
            let id = proven.signed.case.context("a case")?.0 as usize - 1;
            return self.third_party_gets(id, mail, address, outcome);
        }
        ensure!(
            matches!(proven.signed.audience, Audience::Customer(_)),
            "a customer's address: {address}"
        );
        let id = proven.signed.case.context("a case")?.0 as usize - 1;
        let case = &self.cases[id];
        let customer = case.customer.context("a customer")?;
        ensure!(
            self.customers[customer].address == mail.recipient,
            "{}: a letter to {} and not {}",
            case.reference,
            mail.recipient,
            self.customers[customer].address
        );
        if (mail.id.0 as u64).is_multiple_of(self.read_every) {
            self.read(mail, None)?;
        }
        let pending = &self.cases[id].pending;
        let letter = match pending.as_slice() {
            [] => bail!(
                "{}: a letter that nobody decided on",
                self.cases[id].reference
            ),
            [one] => *one,
            _ => {
                let name: String = sqlx::query_scalar("select letter from outbox where id = $1")
                    .bind(mail.id.0)
                    .fetch_one(&office.sql)
                    .await?;
                Letter::from_name(&name).context("a letter")?
            }
        };
        match outcome {
            Outcome::Sent => {
                self.written_off(id, letter)?;
                self.replies.insert(id, address);
                self.on(id, |case, to| case.delivered(letter, to));
                if mail.recipient.ends_with(mails::RETURNING) {
                    let message_id = mails::header(&mail.bytes, "Message-ID");
                    self.returns.push(Returned {
                        case: id,
                        letter,
                        sender: mail.sender.clone(),
                        recipient: mail.recipient.clone(),
                        message_id: message_id.context("Message-ID")?,
                    });
                    let at = self.now + TimeDelta::minutes(3);
                    let place = self.returns.len() - 1;
                    self.plan(at, Turn::Return(place));
                } else {
                    self.got(id, letter);
                }
            }
            Outcome::Final => {
                self.written_off(id, letter)?;
                self.came_back(id, letter);
            }
            Outcome::Later(_) | Outcome::Uncertain(_) | Outcome::NotTried => {}
        }
        Ok(())
    }

    /// §7: who helps with a case gets what is written for them, and nothing of the customer's.
    fn third_party_gets(
        &mut self,
        id: usize,
        mail: &Mail,
        address: String,
        outcome: Outcome,
    ) -> Result<()> {
        ensure!(
            mail.recipient == mails::THIRD_PARTY,
            "an invitation to {}",
            mail.recipient
        );
        self.read(mail, None)?;
        if outcome == Outcome::Sent {
            self.written_off(id, Letter::Invitation)?;
            self.invited.insert(id, address);
            self.on(id, |case, to| case.delivered(Letter::Invitation, to));
            self.third_party_was_asked(id);
        }
        Ok(())
    }

    /// §7: whoever wants to be forgotten is, but for what is open, under legal hold, or needed by what is.
    pub async fn forget(&mut self, office: &Office) -> Result<()> {
        for customer in std::mem::take(&mut self.forget) {
            if !self.forgotten.insert(customer) {
                continue;
            }
            let answered = office.forget(&self.customers[customer].address).await?;
            for (id, case) in self.cases.iter().enumerate() {
                if case.customer != Some(customer) {
                    continue;
                }
                let reference = case.reference.to_string();
                let erased = answered.erased.contains(&reference);
                let refused = answered.refused.iter().find(|(one, _)| *one == reference);
                let open = refused.is_some_and(|(_, why)| matches!(why, Kept::Open { .. }));
                ensure!(
                    erased != refused.is_some() && open == case.is_open(),
                    "{reference}, which is {}, is erased: {erased}; refused: {refused:?}",
                    case.stage
                );
                self.minds[id].erased = erased;
            }
        }
        Ok(())
    }

    fn written_off(&mut self, id: usize, letter: Letter) -> Result<()> {
        let pending = &mut self.cases[id].pending;
        let at = pending.iter().position(|one| *one == letter);
        let at = at.with_context(|| format!("case {id}: {letter} that nobody decided on"))?;
        pending.remove(at);
        Ok(())
    }

    /// §7: a customer is sent nothing that a customer wrote; staff nothing of another case's.
    fn read(&self, mail: &Mail, case: Option<usize>) -> Result<()> {
        let parsed = mail_parser::MessageParser::default().parse(&mail.bytes);
        let parsed = parsed.context("a mail of ours can be read")?;
        let mut text = parsed.subject().unwrap_or_default().to_owned();
        for part in 0..parsed.text_body_count() {
            text += &parsed.body_text(part).unwrap_or_default();
        }
        for number in mails::tokens(&text) {
            ensure!(
                case == Some(number),
                "words of case {number} in a mail to {} about {case:?}",
                mail.recipient
            );
        }
        Ok(())
    }

    pub fn stage(&self, id: usize) -> Stage {
        self.cases[id].stage
    }
}

/// What the mail server says: some addresses aren't there, and some mail has to come again.
fn answer(mail: &Mail) -> (Outcome, &'static str) {
    let again = std::time::Duration::from_secs(300);
    if mail.recipient.ends_with(mails::REFUSING) {
        return (Outcome::Final, "550 5.1.1 no such user");
    }
    // by what the mail is about: its number depends on what jobs write meanwhile
    let subject = mails::header(&mail.bytes, "Subject").unwrap_or_default();
    let about = format!("{} {subject}", mail.recipient);
    let sum = about.bytes().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    match (mail.attempts, sum % 101, sum % 211) {
        (1, 7, _) => (Outcome::Later(again), "451 4.3.0 try again"),
        (1, _, 9) => (Outcome::Uncertain(again), "cut off after the dot"),
        _ => (Outcome::Sent, "250 2.0.0 taken"),
    }
}
