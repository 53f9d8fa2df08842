//! `redress case act`: what a member of staff does on a case, carried out from the command line.
//!
//! For whoever may read the configuration's secrets: the system vouches for them, and the history keeps
//! whom they acted for.

use std::collections::BTreeSet;
use std::io::Read;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;

use super::show::{json, time};
use super::{DATA, Failure, NO_INPUT, USAGE, open};
use crate::case::{Act, ActionKind, CaseRef, Money, Person, Staff, Verdict};
use crate::config::Config;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, Term};
use crate::staff::Directory;
use crate::work::acts::{Acted, act};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Such as C-2026-000017-9.
    reference: CaseRef,
    /// Who does it, by the id in the configuration ([[staff]]).
    #[arg(long = "as", value_name = "ID")]
    by: String,
    /// Why, where that is owed: extend, hold, recuse, reopen, and whatever a supervisor does in a
    /// handler's place.
    #[arg(long, global = true)]
    reason: Option<String>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Line,
}

/// Words on the command line, or from a file or standard input.
#[derive(Debug, Clone, Args)]
struct Words {
    /// What to put on record, or to tell the customer; `-` reads standard input.
    #[arg(value_name = "WORDS")]
    words: String,
}

#[derive(Debug, Clone, Args)]
struct VerdictLine {
    /// upheld, partly or rejected.
    #[arg(value_parser = finding)]
    finding: Finding,
    /// The reasons, for the customer to read; `-` reads standard input.
    reasons: String,
    /// What is done for the customer, in words.
    #[arg(long)]
    remedy: Option<String>,
    /// The cause, a code of the profile.
    #[arg(long)]
    cause: Option<String>,
    /// What it costs, such as "CNY 120".
    #[arg(long, value_parser = money)]
    cost: Option<Money>,
    /// The customer has agreed to it already.
    #[arg(long)]
    agreed: bool,
}

#[derive(Debug, Subcommand)]
enum Line {
    /// Take up a case.
    Accept,
    /// Give it to another handler.
    Assign { who: String },
    /// Put a note on record. The customer never sees it.
    Note(Words),
    /// Write to the customer.
    Reply(Words),
    /// Ask the customer for particulars: name, contact, details, evidence.
    Ask {
        #[arg(required = true, value_parser = particular)]
        particulars: Vec<Particular>,
        /// More, in words for the customer.
        #[arg(long)]
        words: Option<String>,
    },
    /// Record particulars that came otherwise than by mail.
    Complete {
        #[arg(required = true, value_parser = particular)]
        particulars: Vec<Particular>,
    },
    /// Ask a department.
    HandOff {
        department: String,
        #[command(flatten)]
        question: Words,
        /// Until when, instead of the profile's term.
        #[arg(long, value_name = "YYYY-MM-DD")]
        by: Option<NaiveDate>,
    },
    /// Record a department's answer.
    AnswerHandOff {
        number: u32,
        #[command(flatten)]
        words: Words,
    },
    /// Record the findings.
    Find(Words),
    /// Put a proposal to the customer.
    Propose {
        #[command(flatten)]
        words: Words,
        #[arg(long)]
        remedy: Option<String>,
    },
    /// Record what the customer thinks of a proposal.
    View(Words),
    /// Decide, and send the outcome letter.
    Resolve(VerdictLine),
    /// Give a clock more time; the customer is told the reason.
    Extend {
        clock: String,
        /// Such as "15 business days". Default: what the profile allows.
        #[arg(long)]
        by: Option<Term>,
    },
    /// Name the mediator.
    Mediate { who: String },
    /// Decide the mediation, and send its outcome.
    Mediated(VerdictLine),
    /// Ask a third party for help: it gets these words, and nothing else of the case.
    Invite {
        address: String,
        #[command(flatten)]
        words: Words,
    },
    /// Record that a third party has done its part; which one, where there are several.
    Dismiss { address: Option<String> },
    /// Take mail from this address as the customer's own.
    Recognise { address: String },
    /// Say why your deadline was missed or your step overridden.
    Explain {
        #[command(flatten)]
        words: Words,
        /// Which clock or act, where there are several.
        #[arg(long)]
        of: Option<String>,
    },
    /// Record what the customer suggests about the complaint process itself.
    Suggest(Words),
    /// Raise an action from the case: corrective, preventive or training.
    Raise {
        #[arg(value_parser = action_kind)]
        kind: ActionKind,
        owner: String,
        #[arg(value_name = "YYYY-MM-DD")]
        due: NaiveDate,
        #[command(flatten)]
        what: Words,
    },
    /// The matter is before a court or regulator: legal hold.
    Litigate(Words),
    /// Record the ruling, and close.
    Rule(Words),
    /// End the legal hold.
    Release,
    /// Close: not_a_complaint, out_of_scope, no_answer.
    Close {
        #[arg(value_parser = close_reason)]
        why: CloseReason,
        /// For the customer to read; `-` reads standard input.
        #[arg(long)]
        words: Option<String>,
    },
    /// Record that the customer withdrew.
    Withdraw,
    /// Close as a duplicate of another case; mail goes there from now on.
    Duplicate { of: CaseRef },
    /// Set the category, a code of the profile.
    Category { code: String },
    /// Set the severity, a code of the profile.
    Severity { code: String },
    /// Set the complexity: simple or complex.
    Complexity {
        #[arg(value_parser = complexity)]
        complexity: Complexity,
    },
    /// Set the cause, a code of the profile.
    Cause { code: String },
    /// Keep somebody out who is complained about or has an interest in the matter.
    Recuse { who: String },
    /// Put the case on hold.
    Hold,
    /// End the hold.
    Unhold,
    /// Open a closed case again.
    Reopen,
    /// Record whether the customer is satisfied: yes or no.
    Satisfaction {
        #[arg(value_parser = yes_or_no, action = clap::ArgAction::Set)]
        satisfied: bool,
    },
    /// Record that a letter reached the customer otherwise than by mail.
    HandOver {
        #[arg(value_parser = letter)]
        letter: Letter,
    },
}

macro_rules! word_parsers {
    ($($name:ident -> $kind:ident;)*) => {$(
        fn $name(text: &str) -> Result<$kind, String> {
            $kind::from_name(text).ok_or_else(|| {
                let known: Vec<&str> = $kind::ALL.iter().map(|one| one.as_str()).collect();
                format!("there are {}", known.join(", "))
            })
        }
    )*};
}

word_parsers! {
    finding -> Finding;
    particular -> Particular;
    close_reason -> CloseReason;
    complexity -> Complexity;
    action_kind -> ActionKind;
    letter -> Letter;
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no".to_owned()),
    }
}

/// Carries it out, and says what became of it.
pub(super) async fn run(arguments: Arguments, config: &Config) -> Result<(), Failure> {
    let directory = config.directory();
    let by = person(&directory, &arguments.by)?;
    let wanted = arguments.act.act(&directory)?;
    let store = open(config).await?;
    let post = config.post(&store).await?;
    let reference = arguments.reference;
    let acted = act(&store, &post, reference, &by, wanted, arguments.reason).await?;
    match acted {
        Acted::Done { case, letters } => {
            let next = case.clocks.iter().filter(|(_, clock)| clock.is_ticking());
            let next = next.min_by_key(|(_, clock)| clock.due_at);
            if arguments.json {
                let value = json!({
                    "reference": reference,
                    "stage": case.stage,
                    "handler": case.handler,
                    "letters": letters,
                    "next_due": next.map(|(key, clock)| json!({ "clock": key.to_string(), "due_at": clock.due_at })),
                });
                println!("{}", json(&value)?);
                return Ok(());
            }
            println!("{reference}: done; the case is at stage {}", case.stage);
            if letters > 0 {
                println!("{letters} letter(s) to the customer are in the outbox");
            }
            if let Some((key, clock)) = next {
                let at = time(clock.due_at, config.company.time_zone);
                println!("next due: {key}, {at}");
            }
            Ok(())
        }
        Acted::Refused(refusal) => Err(Failure::new(DATA, format!("case {reference}: {refusal}"))),
        Acted::NoCase => Err(Failure::new(
            NO_INPUT,
            format!("there is no case {reference}"),
        )),
    }
}

fn person(directory: &Directory, id: &str) -> Result<Staff, Failure> {
    directory
        .find(id)
        .map_err(|unknown| Failure::new(USAGE, unknown.to_string()))
}

fn mail_address(text: &str) -> Result<String, Failure> {
    crate::staff::mail_address(text)
        .ok_or_else(|| Failure::new(USAGE, format!("'{text}' is no mail address")))
}

fn money(text: &str) -> Result<Money, String> {
    crate::staff::values::money(text)
        .map_err(|_| "an amount with its currency, such as 'CNY 120' or '99.50 EUR'".to_owned())
}

fn words(text: &str) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut words = String::new();
    std::io::stdin()
        .read_to_string(&mut words)
        .map_err(|error| {
            Failure::new(NO_INPUT, format!("standard input can't be read: {error}"))
        })?;
    Ok(words.trim_end().to_owned())
}

impl VerdictLine {
    fn verdict(&self) -> Result<Verdict, Failure> {
        Ok(Verdict {
            finding: self.finding,
            reasons: words(&self.reasons)?,
            remedy: self.remedy.clone(),
            cause: self.cause.clone(),
            cost: self.cost,
            agreed: self.agreed,
        })
    }
}

impl Line {
    fn act(self, directory: &Directory) -> Result<Act, Failure> {
        let set = |particulars: Vec<Particular>| particulars.into_iter().collect::<BTreeSet<_>>();
        Ok(match self {
            Line::Accept => Act::Accept,
            Line::Assign { who } => Act::Assign {
                to: person(directory, &who)?,
            },
            Line::Note(line) => Act::Note {
                words: words(&line.words)?,
            },
            Line::Reply(line) => Act::Reply {
                words: words(&line.words)?,
            },
            Line::Ask {
                particulars,
                words: more,
            } => Act::Ask {
                particulars: set(particulars),
                words: more.as_deref().map(words).transpose()?,
            },
            Line::Complete { particulars } => Act::Complete {
                particulars: set(particulars),
            },
            Line::HandOff {
                department,
                question,
                by,
            } => Act::HandOff {
                to: person(directory, &department)?,
                question: words(&question.words)?,
                by,
            },
            Line::AnswerHandOff {
                number,
                words: line,
            } => Act::AnswerHandOff {
                number,
                words: words(&line.words)?,
            },
            Line::Find(line) => Act::Find {
                words: words(&line.words)?,
            },
            Line::Propose {
                words: line,
                remedy,
            } => Act::Propose {
                words: words(&line.words)?,
                remedy,
            },
            Line::View(line) => Act::View {
                words: words(&line.words)?,
            },
            Line::Resolve(line) => Act::Resolve(line.verdict()?),
            Line::Extend { clock, by } => Act::Extend { clock, by },
            Line::Mediate { who } => Act::Mediate {
                who: person(directory, &who)?,
            },
            Line::Mediated(line) => Act::Mediated(line.verdict()?),
            Line::Invite {
                address,
                words: line,
            } => Act::Invite {
                address: mail_address(&address)?,
                words: words(&line.words)?,
            },
            Line::Dismiss { address } => Act::Dismiss {
                address: address.as_deref().map(mail_address).transpose()?,
            },
            Line::Recognise { address } => Act::Recognise {
                address: mail_address(&address)?,
            },
            Line::Explain { words: line, of } => Act::Explain {
                of,
                words: words(&line.words)?,
            },
            Line::Suggest(line) => Act::Suggest {
                words: words(&line.words)?,
            },
            Line::Raise {
                kind,
                owner,
                due,
                what,
            } => Act::Raise {
                // given when it is done
                number: 0,
                kind,
                owner: person(directory, &owner)?,
                due,
                what: words(&what.words)?,
            },
            Line::Litigate(line) => Act::Litigate {
                words: words(&line.words)?,
            },
            Line::Rule(line) => Act::Rule {
                words: words(&line.words)?,
            },
            Line::Release => Act::Release,
            Line::Close { why, words: line } => Act::Close {
                reason: why,
                words: line.as_deref().map(words).transpose()?,
            },
            Line::Withdraw => Act::Withdraw,
            Line::Duplicate { of } => Act::Duplicate { of },
            Line::Category { code } => Act::SetCategory { code },
            Line::Severity { code } => Act::SetSeverity { code },
            Line::Complexity { complexity } => Act::SetComplexity { complexity },
            Line::Cause { code } => Act::SetCause { code },
            // somebody who has left, or isn't listed, can be complained about too
            Line::Recuse { who } => Act::Recuse {
                who: who
                    .parse::<Person>()
                    .map_err(|error| Failure::new(USAGE, error.to_string()))?,
            },
            Line::Hold => Act::Hold,
            Line::Unhold => Act::Unhold,
            Line::Reopen => Act::Reopen,
            Line::Satisfaction { satisfied } => Act::RecordSatisfaction { satisfied },
            Line::HandOver { letter } => Act::HandOver { letter },
        })
    }
}
