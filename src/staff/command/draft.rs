//! Commands as they are written: words told apart, names and dates still as somebody typed them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Written;
use super::clauses::{Clause, without_separator};
use super::mistake::{Mistake, Wrong};
use super::verdict::verdict;
use super::words::{Takes, Word, row};
use crate::case::CaseRef;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, words};
use crate::staff::typed::{self, folded};
use crate::staff::values::{Choice, ListOf, choice, particulars};

words! {
    /// Which cases are listed.
    ListKind {
        Mine = "mine",
        Open = "open",
        Due = "due",
    }
}

/// A command as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Act {
        draft: Draft,
        /// Why, where that is owed (§9).
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
    Confirm,
    Cancel,
    /// Why a deadline was missed: clock, colon, words.
    Explain {
        words: String,
    },
    /// Who, by when, colon, what.
    Action {
        words: String,
    },
    Help {
        about: Option<Word>,
    },
}

/// An act as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    Accept,
    Assign {
        who: String,
    },
    Note {
        words: String,
    },
    Reply {
        words: String,
    },
    Ask {
        particulars: BTreeSet<Particular>,
        words: Option<String>,
    },
    Complete {
        particulars: BTreeSet<Particular>,
    },
    /// Who, perhaps by when, and the question.
    HandOff {
        words: String,
    },
    AnswerHandOff {
        number: Option<u32>,
        words: String,
    },
    Find {
        words: String,
    },
    Propose {
        words: String,
        remedy: Option<String>,
    },
    View {
        words: String,
    },
    Resolve(VerdictDraft),
    /// Perhaps which clock, and by how much.
    Extend {
        by: String,
    },
    Mediate {
        who: String,
    },
    Mediated(VerdictDraft),
    Invite {
        address: String,
    },
    Dismiss,
    Litigate {
        words: String,
    },
    Rule {
        words: String,
    },
    Release,
    Close {
        reason: CloseReason,
        words: Option<String>,
    },
    Withdraw,
    Duplicate {
        of: CaseRef,
    },
    Category {
        name: String,
    },
    Severity {
        name: String,
    },
    Complexity {
        complexity: Complexity,
    },
    Cause {
        name: String,
    },
    Recuse {
        who: String,
    },
    Hold,
    Unhold,
    Reopen,
    Satisfaction {
        satisfied: bool,
    },
    HandOver {
        letter: Letter,
    },
}

/// A decision as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictDraft {
    pub finding: Finding,
    pub reasons: String,
    pub remedy: Option<String>,
    /// A code, or its name in any language.
    pub cause: Option<String>,
    pub agreed: bool,
}

/// A complaint that somebody made by phone or on the website (§3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    /// What was said.
    pub words: String,
}

impl Choice for ListKind {
    const OF: ListOf = ListOf::Lists;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            ListKind::Mine,
            "mine",
            "我的",
            &["my", "my cases", "我", "我的案件"],
        ),
        (
            ListKind::Open,
            "open",
            "未结",
            &["all", "all open", "open cases", "未结案件", "全部"],
        ),
        (
            ListKind::Due,
            "due",
            "到期",
            &["overdue", "due soon", "逾期", "即将到期"],
        ),
    ];
}

/// The commands of all clauses, or everything that is wrong with them.
pub(super) fn commands(clauses: &[Clause<'_>]) -> Result<Vec<Written>, Vec<Mistake>> {
    let mut written: Vec<Written> = Vec::new();
    let mut mistakes = Vec::new();
    // a reason above the first act is for that one
    let mut waiting: Option<(String, &Clause<'_>)> = None;
    for clause in clauses {
        if clause.word == Word::Reason {
            let text = clause.words();
            let last = written
                .iter_mut()
                .rev()
                .find_map(|one| match &mut one.command {
                    Command::Act { reason, .. } => Some(reason),
                    Command::Show { .. }
                    | Command::List { .. }
                    | Command::Search { .. }
                    | Command::Phone(_)
                    | Command::Web(_)
                    | Command::Confirm
                    | Command::Cancel
                    | Command::Explain { .. }
                    | Command::Action { .. }
                    | Command::Help { .. } => None,
                });
            match (text.is_empty(), last) {
                (true, _) => mistakes.push(clause.wrong(Wrong::Incomplete { word: clause.word })),
                (false, Some(reason)) => *reason = joined(reason.take(), text),
                (false, None) => waiting = Some((text, clause)),
            }
            continue;
        }
        match clause.command() {
            Ok(mut command) => {
                if let Command::Act { reason, .. } = &mut command
                    && let Some((text, _)) = waiting.take()
                {
                    *reason = joined(reason.take(), text);
                }
                written.push(clause.written(command));
                written.extend(clause.left_over());
            }
            Err(wrong) => mistakes.push(clause.wrong(wrong)),
        }
    }
    if let Some((_, clause)) = waiting {
        mistakes.push(clause.wrong(Wrong::LooseReason));
    }
    if mistakes.is_empty() {
        Ok(written)
    } else {
        Err(mistakes)
    }
}

fn joined(before: Option<String>, text: String) -> Option<String> {
    Some(match before {
        Some(before) => format!("{before}; {text}"),
        None => text,
    })
}

impl Clause<'_> {
    fn wrong(&self, wrong: Wrong) -> Mistake {
        Mistake::new(self.number, self.line, wrong)
    }

    fn written(&self, command: Command) -> Written {
        Written {
            line: self.number,
            text: typed::short(typed::bare(self.line), 120),
            command,
        }
    }

    /// What stands beside and below a command that takes no words is a note: nothing that was written is lost.
    fn left_over(&self) -> Option<Written> {
        let asks = matches!(self.word, Word::List | Word::Search | Word::Help);
        let takes_it = match row(self.word).takes {
            Takes::Words | Takes::Letter | Takes::Reason => true,
            Takes::Nothing | Takes::Line => false,
        };
        // an act keeps what stands beside it as its reason
        let beside = if matches!(self.word, Word::Confirm | Word::Cancel) {
            typed::trimmed(self.argument())
        } else {
            ""
        };
        let words = format!("{beside}\n{}", self.below());
        let words = typed::bare(&words);
        if asks || takes_it || words.is_empty() {
            return None;
        }
        Some(self.written(Command::Act {
            draft: Draft::Note {
                words: words.to_owned(),
            },
            reason: None,
        }))
    }

    fn command(&self) -> Result<Command, Wrong> {
        let word = self.word;
        let incomplete = || Wrong::Incomplete { word };
        let words = || {
            Some(self.words())
                .filter(|words| !words.is_empty())
                .ok_or_else(incomplete)
        };
        let act = |draft| {
            Ok(Command::Act {
                draft,
                reason: None,
            })
        };
        match word {
            Word::Accept => self.plain(Draft::Accept),
            Word::Dismiss => self.plain(Draft::Dismiss),
            Word::Release => self.plain(Draft::Release),
            Word::Withdraw => self.plain(Draft::Withdraw),
            Word::Hold => self.plain(Draft::Hold),
            Word::Unhold => self.plain(Draft::Unhold),
            Word::Reopen => self.plain(Draft::Reopen),
            Word::Satisfied => self.plain(Draft::Satisfaction { satisfied: true }),
            Word::Unsatisfied => self.plain(Draft::Satisfaction { satisfied: false }),
            Word::Assign => self.line(|who| Ok(Draft::Assign { who })),
            Word::Mediate => self.line(|who| Ok(Draft::Mediate { who })),
            Word::Category => self.line(|name| Ok(Draft::Category { name })),
            Word::Severity => self.line(|name| Ok(Draft::Severity { name })),
            Word::Cause => self.line(|name| Ok(Draft::Cause { name })),
            Word::Invite => self.line(|address| Ok(Draft::Invite { address })),
            Word::Complexity => self.line(|text| {
                let complexity = self.chosen(&text)?;
                Ok(Draft::Complexity { complexity })
            }),
            Word::HandOver => self.line(|text| {
                let letter = self.chosen(&text)?;
                Ok(Draft::HandOver { letter })
            }),
            Word::Complete => self.line(|text| {
                let particulars = self.particulars(&text)?;
                Ok(Draft::Complete { particulars })
            }),
            Word::Duplicate => self.line(|text| {
                let typed = typed::short(&text, 40);
                let of = CaseRef::find(&text).ok_or(Wrong::NoReference { typed })?;
                Ok(Draft::Duplicate { of })
            }),
            Word::Note => act(Draft::Note { words: words()? }),
            Word::Reply => act(Draft::Reply { words: words()? }),
            Word::Finding => act(Draft::Find { words: words()? }),
            Word::View => act(Draft::View { words: words()? }),
            Word::Legal => act(Draft::Litigate { words: words()? }),
            Word::Ruling => act(Draft::Rule { words: words()? }),
            Word::HandOff => act(Draft::HandOff { words: words()? }),
            Word::Answer => act(answer(&words()?, incomplete)?),
            Word::Propose => act(propose(&words()?)),
            Word::Resolve => act(Draft::Resolve(verdict(self)?)),
            Word::Outcome => act(Draft::Mediated(verdict(self)?)),
            Word::Ask => {
                let (head, words) = self.head_and_words();
                let particulars = self.particulars(head)?;
                act(Draft::Ask { particulars, words })
            }
            Word::Close => {
                let (head, words) = self.head_and_words();
                let head = head.strip_prefix("as ").unwrap_or(head);
                let reason = self.chosen(head)?;
                act(Draft::Close { reason, words })
            }
            Word::Extend => self.with_reason(|by| Draft::Extend { by }),
            Word::Recuse => self.with_reason(|who| Draft::Recuse { who }),
            Word::Action => Ok(Command::Action { words: words()? }),
            Word::Explain => Ok(Command::Explain { words: words()? }),
            Word::Phone => Ok(Command::Phone(report(&words()?, incomplete)?)),
            Word::Web => Ok(Command::Web(report(&words()?, incomplete)?)),
            Word::Confirm => Ok(Command::Confirm),
            Word::Cancel => Ok(Command::Cancel),
            Word::Show => Ok(Command::Show {
                of: match self.argument() {
                    "" => None,
                    text => Some(CaseRef::find(text).ok_or_else(|| Wrong::NoReference {
                        typed: typed::short(text, 40),
                    })?),
                },
            }),
            Word::List => Ok(Command::List {
                kind: match self.argument() {
                    "" => ListKind::Mine,
                    text => self.chosen(text)?,
                },
            }),
            Word::Search => match self.argument() {
                "" => Err(incomplete()),
                text => Ok(Command::Search {
                    words: typed::short(text, 200),
                }),
            },
            Word::Help => Ok(Command::Help {
                about: Word::named(&folded(self.argument()).replace([' ', '-', '/'], "")),
            }),
            // handled by `commands`, which knows the act that it is for
            Word::Reason => Err(Wrong::LooseReason),
        }
    }

    /// An act that needs nothing: what stands there is why it is done.
    fn plain(&self, draft: Draft) -> Result<Command, Wrong> {
        let words = match row(self.word).takes {
            Takes::Reason => self.words(),
            Takes::Nothing | Takes::Line | Takes::Words | Takes::Letter => {
                self.argument().to_owned()
            }
        };
        let words = typed::trimmed(&words);
        let reason = labelled(words).unwrap_or(words);
        Ok(Command::Act {
            draft,
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        })
    }

    /// An act with one thing on its line, and perhaps `; reason: …` behind it.
    fn line(&self, draft: impl FnOnce(String) -> Result<Draft, Wrong>) -> Result<Command, Wrong> {
        let (text, reason) = without_reason(self.argument());
        let text = typed::trimmed(text);
        if text.is_empty() {
            return Err(Wrong::Incomplete { word: self.word });
        }
        Ok(Command::Act {
            draft: draft(text.to_owned())?,
            reason: reason.map(str::to_owned),
        })
    }

    /// An act with one thing, then its reason behind a colon, a label, or on the lines below.
    fn with_reason(&self, draft: impl FnOnce(String) -> Draft) -> Result<Command, Wrong> {
        let (text, labelled) = without_reason(self.argument());
        let sign = |c| typed::is_colon(c) || typed::is_semicolon(c);
        let (text, reason) = match (labelled, text.split_once(sign)) {
            (Some(reason), _) => (text, reason),
            (None, Some((text, reason))) => (text, typed::bare(reason)),
            (None, None) => (text, ""),
        };
        let text = typed::trimmed(text);
        if text.is_empty() {
            return Err(Wrong::Incomplete { word: self.word });
        }
        let below = self.below();
        let reason = typed::bare(&format!("{reason}\n{below}")).to_owned();
        Ok(Command::Act {
            draft: draft(text.to_owned()),
            reason: (!reason.is_empty()).then_some(reason),
        })
    }

    /// What stands before the first colon of the line, and all words behind it.
    fn head_and_words(&self) -> (&str, Option<String>) {
        let first = self.argument();
        let (head, rest) = first.split_once(typed::is_colon).unwrap_or((first, ""));
        let words = format!("{}\n{}", typed::bare(rest), self.below());
        let words = typed::bare(&words).to_owned();
        (typed::bare(head), (!words.is_empty()).then_some(words))
    }

    fn chosen<C: Choice>(&self, text: &str) -> Result<C, Wrong> {
        if typed::bare(text).is_empty() {
            return Err(Wrong::Incomplete { word: self.word });
        }
        choice(text).ok_or_else(|| Wrong::NotOneOf {
            of: C::OF,
            typed: typed::short(text, 40),
        })
    }

    fn particulars(&self, text: &str) -> Result<BTreeSet<Particular>, Wrong> {
        let word = self.word;
        let found = particulars(text).map_err(|typed| Wrong::NotOneOf {
            of: ListOf::Particulars,
            typed,
        })?;
        if found.is_empty() {
            return Err(Wrong::Incomplete { word });
        }
        Ok(found)
    }
}

/// A text without `; reason: …` at its end, and the reason.
fn without_reason(text: &str) -> (&str, Option<&str>) {
    for (at, c) in text.char_indices() {
        let behind = &text[at + c.len_utf8()..];
        let separates = typed::is_semicolon(c) || typed::is_comma(c) || c == '.' || c == '。';
        if separates && let Some(reason) = labelled(behind) {
            return (typed::bare(&text[..at]), Some(reason));
        }
    }
    (text, None)
}

/// A reason that says it is one: `reason: …`, `原因：…`.
fn labelled(text: &str) -> Option<&str> {
    let text = typed::bare(text);
    let rest = ["reason", "because", "原因", "理由", "事由"]
        .iter()
        .find_map(|label| typed::after(text, label))?;
    let rest = rest.trim_start_matches(typed::is_blank);
    let reason = without_separator(rest.strip_prefix(typed::is_colon)?);
    (!reason.is_empty()).then_some(reason)
}

/// `1: words`, `#1 words`, or words alone where one question is open.
fn answer(words: &str, incomplete: impl Fn() -> Wrong) -> Result<Draft, Wrong> {
    let text = words.trim_start_matches(['#', '＃', '第', ' ']);
    let plain: String = text.chars().take(4).filter_map(typed::plain_char).collect();
    let digits = plain.chars().take_while(char::is_ascii_digit).count();
    let behind: String = text.chars().skip(digits).collect();
    // `3 parcels were lost` is an answer, not number 3: a number stands alone, before a sign
    let sign = behind
        .trim_start_matches(' ')
        .starts_with(|c| typed::is_colon(c) || ".)、，,号".contains(c));
    let marked = text.len() < words.len();
    if (1..=3).contains(&digits) && (sign || marked) {
        let number = plain[..digits].parse().ok();
        let words = without_separator(behind.trim_start_matches([' ', ')', '号'])).to_owned();
        if words.is_empty() {
            return Err(incomplete());
        }
        return Ok(Draft::AnswerHandOff { number, words });
    }
    Ok(Draft::AnswerHandOff {
        number: None,
        words: words.to_owned(),
    })
}

/// `remedy: …` on the first line is the remedy; everything else the words.
fn propose(words: &str) -> Draft {
    let (first, below) = words.split_once('\n').unwrap_or((words, ""));
    let remedy = ["remedy", "补偿", "补救", "赔偿"].iter().find_map(|label| {
        let rest = typed::after(first, label)?.trim_start_matches(typed::is_blank);
        Some(typed::bare(rest.strip_prefix(typed::is_colon)?))
    });
    let below = typed::bare(below);
    match remedy.filter(|remedy| !remedy.is_empty()) {
        Some(remedy) => Draft::Propose {
            words: if below.is_empty() { remedy } else { below }.to_owned(),
            remedy: Some(remedy.to_owned()),
        },
        None => Draft::Propose {
            words: words.to_owned(),
            remedy: None,
        },
    }
}

/// `name contact: what was said`.
fn report(words: &str, incomplete: impl Fn() -> Wrong) -> Result<Report, Wrong> {
    let (first, below) = words.split_once('\n').unwrap_or((words, ""));
    let (head, said) = match first.split_once(typed::is_colon) {
        Some((head, said)) if head.chars().count() <= 120 => (head, said),
        Some(_) => ("", first),
        None if below.trim().is_empty() => ("", first),
        None => (first, ""),
    };
    let said = typed::bare(&format!("{}\n{below}", typed::bare(said))).to_owned();
    if said.is_empty() {
        return Err(incomplete());
    }
    let (mut name, mut phone, mut address) = (Vec::new(), Vec::new(), None);
    for part in head.split(|c| typed::is_blank(c) || typed::is_comma(c) || typed::is_semicolon(c)) {
        let plain: String = part.chars().filter_map(typed::plain_char).collect();
        let digits = plain.chars().filter(char::is_ascii_digit).count();
        let number = plain
            .chars()
            .all(|c| c.is_ascii_digit() || "+-()".contains(c))
            && digits > 0;
        if part.is_empty() {
            continue;
        }
        let written = plain.trim_matches(['<', '>', '"', '\'']);
        if let Some(plain) = crate::mail::address::plain(written) {
            address.get_or_insert(plain);
        } else if number {
            phone.push(plain);
        } else {
            name.push(part);
        }
    }
    let given = |text: String| (!text.is_empty()).then_some(text);
    Ok(Report {
        name: given(name.join(" ")),
        phone: given(phone.join(" ")),
        address,
        words: said,
    })
}
