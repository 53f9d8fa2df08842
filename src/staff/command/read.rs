//! From clauses to commands: what each word takes, told apart.

use std::collections::BTreeSet;

use super::arguments::{answer, done, labelled, number, propose, report, without_reason};
use super::clauses::Clause;
use super::mistake::{Mistake, Wrong};
use super::verdict::verdict;
use super::words::{Takes, Word, row};
use super::{Command, Draft, ListKind, Written};
use crate::case::CaseRef;
use crate::policy::Particular;
use crate::staff::typed::{self, folded};
use crate::staff::values::{Choice, ListOf, choice, particulars};

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
                    | Command::Done { .. }
                    | Command::Verify { .. }
                    | Command::Confirm
                    | Command::Cancel
                    | Command::Read
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
            word: self.word,
            command,
        }
    }

    /// What stands below a command that takes no words is a note: nothing that was written is lost.
    fn left_over(&self) -> Option<Written> {
        let asks = matches!(
            self.word,
            Word::List | Word::Search | Word::Help | Word::Confirm | Word::Cancel | Word::Read
        );
        let takes_it = match row(self.word).takes {
            Takes::Words | Takes::Letter | Takes::Reason => true,
            Takes::Nothing | Takes::Line => false,
        };
        // an act keeps what stands beside it as its reason
        let words = self.below();
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
            Word::Customer => self.line(|address| Ok(Draft::Recognise { address })),
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
            Word::Dismiss => {
                let (text, reason) = without_reason(self.argument());
                let address = typed::trimmed(text).to_owned();
                Ok(Command::Act {
                    draft: Draft::Dismiss {
                        address: (!address.is_empty()).then_some(address),
                    },
                    reason: reason.map(str::to_owned),
                })
            }
            Word::Invite => {
                let (address, words) = self.head_and_words();
                let address = address.to_owned();
                let words = words.ok_or_else(incomplete)?;
                act(Draft::Invite { address, words })
            }
            Word::Explain => act(Draft::Explain { words: words()? }),
            Word::Suggestion => act(Draft::Suggest { words: words()? }),
            Word::Action => act(Draft::Raise { words: words()? }),
            Word::Done => done(&words()?, incomplete),
            Word::Verify => {
                let number = number(self.argument()).ok_or_else(incomplete)?;
                Ok(Command::Verify { number })
            }
            Word::Confirm => Ok(Command::Confirm),
            Word::Cancel => Ok(Command::Cancel),
            Word::Read => Ok(Command::Read),
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
            Word::Phone => Ok(Command::Phone(report(&words()?, incomplete)?)),
            Word::Web => Ok(Command::Web(report(&words()?, incomplete)?)),
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
