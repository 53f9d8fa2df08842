//! What commands mean: names become people, days dates, words codes of the profile.

use chrono::{DateTime, NaiveDate, Utc};

use super::clauses::without_separator;
use super::mistake::{Code, Mistake, Wrong};
use super::words::{TABLE, Word};
use super::{Command, Draft, ListKind, Report, VerdictDraft, Written};
use crate::case::{Act, ActionKind, Case, CaseRef, Concern, Money, Person, Staff, Verdict};
use crate::policy::{Profile, Role};
use crate::staff::answer::clock_names;
use crate::staff::typed::{self, folded};
use crate::staff::values::{NoDate, due_date, money};
use crate::staff::{Directory, Member, NoOne, mail_address};

/// What a command is understood by.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub directory: &'a Directory,
    /// The case's own profile; the company's where there is no case.
    pub profile: &'a Profile,
    pub now: DateTime<Utc>,
    /// Who wrote the mail.
    pub by: &'a Person,
    /// The case that the mail is filed on.
    pub case: Option<&'a Case>,
}

/// A command as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Act {
        act: Act,
        reason: Option<String>,
    },
    Show {
        of: Option<CaseRef>,
    },
    List {
        kind: ListKind,
    },
    Search {
        words: String,
    },
    Phone(Report),
    Web(Report),
    Done {
        number: Option<u32>,
        words: String,
    },
    Verify {
        number: u32,
    },
    /// What was shown is done, or isn't.
    Confirm,
    Cancel,
    /// The policy notice was read.
    Read,
    Help {
        about: Option<Word>,
    },
}

/// What people call themselves.
const ME: [&str; 6] = ["me", "myself", "self", "我", "本人", "自己"];

/// What all commands of a mail mean, or everything that is wrong with them.
pub fn resolve(written: &[Written], context: &Context<'_>) -> Result<Vec<Order>, Vec<Mistake>> {
    let mut orders = Vec::new();
    let mut mistakes = Vec::new();
    for one in written {
        // a complaint that is recorded is a case of its own, to which its mail belongs
        let alone = matches!(
            one.command,
            Command::Confirm | Command::Cancel | Command::Phone(_) | Command::Web(_)
        );
        let order = if alone && written.len() > 1 {
            Err(Wrong::Alone { word: one.word })
        } else if context.case.is_none() && needs_case(&one.command) {
            Err(Wrong::NoCase { word: one.word })
        } else {
            context.order(&one.command)
        };
        match order {
            Ok(order) => orders.push(order),
            Err(wrong) => mistakes.push(Mistake {
                line: one.line,
                text: one.text.clone(),
                wrong,
            }),
        }
    }
    if mistakes.is_empty() {
        Ok(orders)
    } else {
        Err(mistakes)
    }
}

/// Whether a command is about the case that its mail is filed on.
fn needs_case(command: &Command) -> bool {
    match command {
        Command::Act { draft, .. } => !matches!(draft, Draft::Raise { .. }),
        Command::Show { of } => of.is_none(),
        Command::Confirm | Command::Cancel => true,
        Command::List { .. }
        | Command::Search { .. }
        | Command::Phone(_)
        | Command::Web(_)
        | Command::Done { .. }
        | Command::Verify { .. }
        | Command::Read
        | Command::Help { .. } => false,
    }
}

impl Context<'_> {
    fn order(&self, command: &Command) -> Result<Order, Wrong> {
        Ok(match command {
            Command::Act { draft, reason } => Order::Act {
                act: self.act(draft)?,
                reason: reason.clone(),
            },
            Command::Show { of } => Order::Show { of: *of },
            Command::List { kind } => Order::List { kind: *kind },
            Command::Search { words } => Order::Search {
                words: words.clone(),
            },
            Command::Phone(report) => Order::Phone(report.clone()),
            Command::Web(report) => Order::Web(report.clone()),
            Command::Done { number, words } => Order::Done {
                number: *number,
                words: words.clone(),
            },
            Command::Verify { number } => Order::Verify { number: *number },
            Command::Confirm => Order::Confirm,
            Command::Cancel => Order::Cancel,
            Command::Read => Order::Read,
            Command::Help { about } => Order::Help { about: *about },
        })
    }

    fn act(&self, draft: &Draft) -> Result<Act, Wrong> {
        Ok(match draft {
            Draft::Accept => Act::Accept,
            Draft::Assign { who } => Act::Assign {
                to: self.staff(who, false)?,
            },
            Draft::Note { words } => Act::Note {
                words: words.clone(),
            },
            Draft::Reply { words } => Act::Reply {
                words: words.clone(),
            },
            Draft::Ask { particulars, words } => Act::Ask {
                particulars: particulars.clone(),
                words: words.clone(),
            },
            Draft::Complete { particulars } => Act::Complete {
                particulars: particulars.clone(),
            },
            Draft::HandOff { words } => {
                let (member, by, question) = self.task(Word::HandOff, words, true)?;
                Act::HandOff {
                    to: member.staff(),
                    question,
                    by,
                }
            }
            Draft::AnswerHandOff { number, words } => Act::AnswerHandOff {
                number: match number {
                    Some(number) => *number,
                    None => self.asked()?,
                },
                words: words.clone(),
            },
            Draft::Find { words } => Act::Find {
                words: words.clone(),
            },
            Draft::Propose { words, remedy } => Act::Propose {
                words: words.clone(),
                remedy: remedy.clone(),
            },
            Draft::View { words } => Act::View {
                words: words.clone(),
            },
            Draft::Resolve(verdict) => Act::Resolve(self.verdict(verdict)?),
            Draft::Extend { by } => {
                let (clock, by) = self.extension(by)?;
                Act::Extend { clock, by }
            }
            Draft::Mediate { who } => Act::Mediate {
                who: self.staff(who, false)?,
            },
            Draft::Mediated(verdict) => Act::Mediated(self.verdict(verdict)?),
            Draft::Invite { address, words } => Act::Invite {
                address: address_of(address)?,
                words: words.clone(),
            },
            Draft::Dismiss { address } => Act::Dismiss {
                address: address.as_deref().map(address_of).transpose()?,
            },
            Draft::Recognise { address } => Act::Recognise {
                address: address_of(address)?,
            },
            Draft::Explain { words } => self.explanation(words),
            Draft::Suggest { words } => Act::Suggest {
                words: words.clone(),
            },
            Draft::Raise { words } => {
                let (kind, rest) = kind(words);
                let (owner, due, what) = self.task(Word::Action, rest, false)?;
                Act::Raise {
                    // given when it is done
                    number: 0,
                    kind,
                    owner: owner.staff(),
                    due: due.ok_or(Wrong::NoDue)?,
                    what,
                }
            }
            Draft::Litigate { words } => Act::Litigate {
                words: words.clone(),
            },
            Draft::Rule { words } => Act::Rule {
                words: words.clone(),
            },
            Draft::Release => Act::Release,
            Draft::Close { reason, words } => Act::Close {
                reason: *reason,
                words: words.clone(),
            },
            Draft::Withdraw => Act::Withdraw,
            Draft::Duplicate { of } => Act::Duplicate { of: *of },
            Draft::Category { name } => Act::SetCategory {
                code: self.code(Code::Category, name)?,
            },
            Draft::Severity { name } => Act::SetSeverity {
                code: self.code(Code::Severity, name)?,
            },
            Draft::Complexity { complexity } => Act::SetComplexity {
                complexity: *complexity,
            },
            Draft::Cause { name } => Act::SetCause {
                code: self.code(Code::Cause, name)?,
            },
            Draft::Recuse { who } => Act::Recuse {
                who: self.anyone(who)?,
            },
            Draft::Hold => Act::Hold,
            Draft::Unhold => Act::Unhold,
            Draft::Reopen => Act::Reopen,
            Draft::Satisfaction { satisfied } => Act::RecordSatisfaction {
                satisfied: *satisfied,
            },
            Draft::HandOver { letter } => Act::HandOver { letter: *letter },
        })
    }

    fn verdict(&self, draft: &VerdictDraft) -> Result<Verdict, Wrong> {
        let cause = draft.cause.as_deref();
        Ok(Verdict {
            finding: draft.finding,
            reasons: draft.reasons.clone(),
            remedy: draft.remedy.clone(),
            cause: cause.map(|name| self.code(Code::Cause, name)).transpose()?,
            cost: draft.cost.as_deref().map(cost).transpose()?,
            agreed: draft.agreed,
        })
    }

    /// `resolve: why`, `/assign: why`, or the words alone where one thing is to be explained.
    fn explanation(&self, text: &str) -> Act {
        let head = text.split(typed::is_colon).next().unwrap_or(text);
        let wanted = folded(typed::bare(head));
        let wanted = wanted.trim_start_matches('/');
        let lapses = self.case.iter().flat_map(|case| &case.lapses);
        let meant = |of: &Concern| match of {
            Concern::Breach(clock) => {
                let numbered = |name: &str| format!("{name} {}", clock.number);
                let mut names = clock_names(&clock.name).into_iter();
                names.any(|name| name == wanted || numbered(name) == wanted)
            }
            Concern::Override(act) => {
                let mut rows = TABLE.iter().filter(|row| row.act == Some(*act));
                rows.any(|row| row.names().any(|name| name == wanted))
            }
        };
        let mut of = lapses.map(|lapse| &lapse.of).filter(|of| meant(of));
        let of = of.next().map(ToString::to_string);
        let words = match (&of, text.split_once(typed::is_colon)) {
            (Some(_), Some((_, words))) => typed::bare(words).to_owned(),
            (Some(_) | None, _) => text.to_owned(),
        };
        Act::Explain { of, words }
    }

    /// The one member of staff that a text names; `me` is the sender.
    fn member(&self, text: &str, departments: bool) -> Result<&Member, Wrong> {
        let found = if ME.contains(&folded(text).trim_end_matches('.')) {
            self.directory.member(self.by).ok_or(NoOne::Unknown)
        } else {
            self.directory.named(text)
        };
        found.map_err(|no_one| self.no_one(no_one, text, departments))
    }

    fn staff(&self, text: &str, departments: bool) -> Result<Staff, Wrong> {
        self.member(text, departments).map(Member::staff)
    }

    /// Somebody who has left, or isn't listed, can be complained about too: an id is enough.
    fn anyone(&self, text: &str) -> Result<Person, Wrong> {
        match self.member(text, false) {
            Ok(member) => Ok(member.person.clone()),
            Err(wrong @ Wrong::Several { .. }) => Err(wrong),
            Err(wrong) => folded(text).parse().map_err(|_| wrong),
        }
    }

    fn no_one(&self, no_one: NoOne, text: &str, departments: bool) -> Wrong {
        let typed = typed::short(text, 60);
        match no_one {
            NoOne::Several(people) => Wrong::Several { typed, people },
            NoOne::Unknown => {
                let members = self.directory.members().iter();
                let fit = members
                    .filter(|member| !departments || member.roles.contains(&Role::Department));
                let known = fit.map(|member| member.person.clone()).take(30).collect();
                Wrong::Nobody {
                    typed,
                    departments,
                    known,
                }
            }
        }
    }

    /// `who by when: what`, with or without a day and a colon.
    fn task(
        &self,
        word: Word,
        text: &str,
        departments: bool,
    ) -> Result<(&Member, Option<NaiveDate>, String), Wrong> {
        let own = ME.iter().find_map(|me| typed::after(text, me));
        let own = own.and_then(|rest| Some((self.directory.member(self.by)?, rest)));
        let (member, rest) = match own {
            Some(own) => own,
            None => self.directory.leading(text).map_err(|no_one| {
                let first = text.lines().next().unwrap_or("");
                let head = first.split(typed::is_colon).next().unwrap_or(first);
                self.no_one(no_one, head, departments)
            })?,
        };
        let rest = rest.trim_start_matches(|c| typed::is_blank(c) || typed::is_comma(c));
        let (head, question) = match rest.split_once(|c| typed::is_colon(c) || c == '\n') {
            Some((head, question)) => (typed::bare(head), question),
            None => self.without_colon(rest),
        };
        let by = match due_date(head, self.now, &self.profile.calendar) {
            Ok(date) => Some(date),
            // words before a colon that are no day belong to the question
            Err(NoDate::Unreadable) if !says_when(head) => None,
            Err(why) => {
                let typed = typed::short(head, 40);
                return Err(Wrong::NoDate { typed, why });
            }
        };
        let what = if by.is_some() || head.is_empty() {
            question
        } else {
            rest
        };
        let what = without_separator(what).to_owned();
        if what.is_empty() {
            return Err(Wrong::Incomplete { word });
        }
        Ok((member, by, what))
    }

    /// `by Friday where is it?`, `12月3日前 何时发出？`: a day that no colon follows. What says it is one and can't be
    /// told from the question is asked about.
    fn without_colon<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let ends = text.char_indices().filter(|(_, c)| typed::is_blank(*c));
        let ends: Vec<usize> = ends.map(|(at, _)| at).take(6).collect();
        for end in ends.iter().rev() {
            let (head, question) = text.split_at(*end);
            let is_day =
                says_when(head) && due_date(head, self.now, &self.profile.calendar).is_ok();
            if is_day {
                return (head, question);
            }
        }
        match ends.get(1) {
            Some(end) if says_when(&text[..*end]) => text.split_at(*end),
            Some(_) | None => ("", text),
        }
    }

    /// The one open question that the sender's answer is for.
    fn asked(&self) -> Result<u32, Wrong> {
        let Some(case) = self.case else {
            return Err(Wrong::NoCase { word: Word::Answer });
        };
        let open = case.hand_offs.iter().filter(|(_, one)| !one.answered);
        let (own, others): (Vec<_>, Vec<_>) = open.partition(|(_, one)| one.to == *self.by);
        let open = if own.is_empty() { others } else { own };
        let open: Vec<u32> = open.into_iter().map(|(number, _)| *number).collect();
        match open.as_slice() {
            [one] => Ok(*one),
            _ => Err(Wrong::WhichHandOff { open }),
        }
    }
}

/// A mail address in lower case, however it was copied.
fn address_of(text: &str) -> Result<String, Wrong> {
    let plain: String = text.chars().filter_map(typed::plain_char).collect();
    let plain = plain.trim_matches(['<', '>', '.', ' ']);
    let plain = plain.strip_prefix("mailto:").unwrap_or(plain);
    let address = mail_address(plain).filter(|one| one.contains('.'));
    address.ok_or_else(|| Wrong::NoAddress {
        typed: typed::short(text, 60),
    })
}

fn cost(text: &str) -> Result<Money, Wrong> {
    money(text).map_err(|why| Wrong::NoMoney {
        typed: typed::short(text, 40),
        why,
    })
}

/// What an action is for, where it is said; else something is to be put right.
fn kind(text: &str) -> (ActionKind, &str) {
    const KINDS: [(ActionKind, &[&str]); 3] = [
        (
            ActionKind::Corrective,
            &["corrective", "correct", "纠正", "纠正措施"],
        ),
        (
            ActionKind::Preventive,
            &["preventive", "prevent", "预防", "预防措施"],
        ),
        (ActionKind::Training, &["training", "train", "培训"]),
    ];
    for (kind, names) in KINDS {
        let rests = names.iter().filter_map(|name| typed::after(text, name));
        if let Some(rest) = rests.min_by_key(|rest| rest.len()) {
            return (kind, without_separator(rest));
        }
    }
    (ActionKind::Corrective, text)
}

/// Whether words before a colon mean a day, so that one that can't be read is asked about.
fn says_when(head: &str) -> bool {
    let head = folded(head);
    let begins = [
        "by ",
        "before ",
        "until ",
        "within ",
        "due ",
        "no later than ",
    ];
    let short = head.chars().count() <= 20;
    begins.iter().any(|word| head.starts_with(word) && short)
        || (short
            && ["前", "之前", "以前", "内"]
                .iter()
                .any(|word| head.ends_with(word)))
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
