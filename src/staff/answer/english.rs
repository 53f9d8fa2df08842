//! Answers in English.

use super::names::{act, acts, choice, choices, command, stage_english};
use crate::case::{Already, By, Involved, Refusal};
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, Stage};
use crate::staff::Tongue;
use crate::staff::command::{Code, ListKind, Word, Wrong, day, row};
use crate::staff::values::{ListOf, NoDate, NoLength, NoMoney};

const E: Tongue = Tongue::English;

pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Exists => "the case is registered already".to_owned(),
        Refusal::Missing => "there is no such case".to_owned(),
        Refusal::NotNow {
            act: name,
            stage,
            possible,
        } => format!(
            "{} isn't possible while the case is “{}”. You can: {}",
            act(*name, E),
            stage_english(*stage),
            acts(possible, E)
        ),
        Refusal::NotYours { act: name, may } => {
            let may: Vec<&str> = may.iter().map(|by: &By| by.words()).collect();
            format!("{} is for {}", act(*name, E), may.join("; or "))
        }
        Refusal::Taken { act: name, handler } => format!(
            "{} is for {handler}, who handles the case; a supervisor can give it to somebody else with {}",
            act(*name, E),
            command(Word::Assign, E)
        ),
        Refusal::Recused { who } => format!("{who} is recused and has no part in this case (§5.1)"),
        Refusal::NoReason { act: name } => format!(
            "{} needs a reason: add a line “/reason …” below it (§9)",
            act(*name, E)
        ),
        Refusal::NoWords { act: name } => format!(
            "{} needs words: what shall be on record, or be told?",
            act(*name, E)
        ),
        Refusal::NoSuchRole { who, role } => format!("{who} doesn't have the role “{role}”"),
        Refusal::NotNeutral { who, why } => {
            let why = match why {
                Involved::Recused => "they are complained about, or have an interest in the matter",
                Involved::Handled => "they have handled the case",
                Involved::Asked => "their department was asked about it",
            };
            format!(
                "{who} can't mediate: {why}. Name somebody who has had no part in the case (§5.1)"
            )
        }
        Refusal::NoHandOff { number, open } => {
            format!("question {number} isn't open. Open are: {}", list(open))
        }
        Refusal::NoClock { clock, running } => {
            format!(
                "no clock “{clock}” is running on this case. Running are: {}",
                list(running)
            )
        }
        Refusal::NotExtendable { clock, profile } => {
            format!("clock “{clock}” can't be extended under profile “{profile}”")
        }
        Refusal::ExtendedAlready { clock, profile } => {
            format!("clock “{clock}” was extended already, as often as profile “{profile}” allows")
        }
        Refusal::TooLong { clock, most, by } => {
            format!(
                "clock “{clock}” can be extended by at most {most}, by somebody with the role “{by}”"
            )
        }
        Refusal::UnknownCode {
            what,
            code,
            profile,
            known,
        } => format!(
            "“{code}” isn't a {what} of profile “{profile}”. There are: {}",
            list(known)
        ),
        Refusal::NotThisReason {
            reason,
            stage,
            instead: _,
        } => format!(
            "a case that is “{}” can't be closed as “{}”: {}",
            stage_english(*stage),
            choice(*reason, E),
            not_this_reason(*reason, *stage)
        ),
        Refusal::LegalHold => {
            "the case is under legal hold: nothing is sent to the customer from here (§5.2)"
                .to_owned()
        }
        Refusal::NothingAsked => format!(
            "say what is asked for: one or more of {}",
            choices::<Particular>(E)
        ),
        Refusal::SameCase { of } => format!("{of} is this very case: name the other one"),
        Refusal::NotReopened { reason, instead: _ } => {
            let why = if *reason == CloseReason::Duplicate {
                "go on with the case that it is a duplicate of"
            } else {
                "the ruling stands"
            };
            format!(
                "the case was closed as “{}” and stays closed: {why}",
                choice(*reason, E)
            )
        }
        Refusal::AlreadySo(already) => match already {
            Already::Yours => "the case is yours already",
            Already::Theirs => "the case is theirs already",
            Already::Mediates => "they mediate already",
            Already::Recused => "they are recused already",
            Already::Held => "the case is on hold already; /unhold ends it",
            Already::NotHeld => "the case isn't on hold",
            Already::NoLegalHold => "the case is under no legal hold",
            Already::NoThirdParty => "no third party is working on the case",
            Already::Recognised => "mail from this address counts as the customer's already",
            Already::NothingMissing => "none of these is missing, or was asked for",
        }
        .to_owned(),
        Refusal::NoLetter { letter } => format!(
            "no letter “{}” of this case is owed or waits to reach the customer",
            choice(*letter, E)
        ),
        Refusal::Erased { at } => format!(
            "the case was erased on {}: a new matter is a new case (§7)",
            at.format("%Y-%m-%d")
        ),
        Refusal::StillOpen { stage } => format!(
            "the case is “{}”: nothing of it is erased before it is closed",
            stage_english(*stage)
        ),
        Refusal::KeptByHold => {
            "the case is under legal hold: nothing of it is erased (§5.2)".to_owned()
        }
        Refusal::Answered => "the customer's answer is on record already".to_owned(),
        Refusal::NothingToExplain => {
            "no deadline that you missed and no step that you did in somebody's place waits for an explanation here".to_owned()
        }
        Refusal::WhichToExplain { open } => format!(
            "several things wait for your explanation: name one, such as “/explain {}: …”. They are: {}",
            open.first().map_or("", String::as_str),
            list(open)
        ),
        Refusal::WhichThirdParty => {
            "several third parties are at work on the case: name one, such as “/dismiss expert@example.org”".to_owned()
        }
        Refusal::NotInvited { address } => {
            format!("{address} is no third party at work on this case")
        }
        Refusal::DueInThePast { due } => format!("{} is past: name a day to come", day(*due)),
        Refusal::NoStage { profile, stage } => {
            format!(
                "profile “{profile}” has no stage “{}”",
                stage_english(*stage)
            )
        }
    }
}

fn not_this_reason(reason: CloseReason, stage: Stage) -> &'static str {
    match reason {
        CloseReason::NotAComplaint | CloseReason::OutOfScope => {
            "its outcome was decided. Record what the customer said with /satisfied or /unsatisfied"
        }
        CloseReason::NoAnswer if stage == Stage::Resolved => {
            "it closes by itself when the time for an answer is over"
        }
        CloseReason::NoAnswer => "only an outcome that stays unanswered closes so",
        CloseReason::Satisfied | CloseReason::NotSatisfied => {
            "record what the customer said with /satisfied or /unsatisfied"
        }
        CloseReason::Withdrawn => "use /withdraw",
        CloseReason::Duplicate => "use /duplicate and the other case's reference",
        CloseReason::Ruling => "use /legal, and then /ruling",
    }
}

pub(super) fn wrong(wrong: &Wrong) -> String {
    let example = |word: Word| row(word).example[0];
    match wrong {
        Wrong::Unknown { typed, nearest } => match nearest {
            Some(meant) => format!(
                "there is no command /{typed}. Did you mean {}? If it is text, write two slashes: //{typed}",
                command(*meant, E)
            ),
            None => format!("there is no command /{typed}. /help lists all of them"),
        },
        Wrong::NotFirst { word } => format!(
            "{} stands below other text. Put commands first; what is to be kept besides goes behind /note",
            command(*word, E)
        ),
        Wrong::TooMany { most } => format!("more than {most} commands in one mail. Send several mails"),
        Wrong::Incomplete { word } => {
            format!("{} needs more. Write it like this: {}", command(*word, E), example(*word))
        }
        Wrong::NotOneOf { of, typed } => {
            let known = match of {
                ListOf::Particulars => choices::<Particular>(E),
                ListOf::Findings => choices::<Finding>(E),
                ListOf::Complexities => choices::<Complexity>(E),
                ListOf::CloseReasons => choices::<CloseReason>(E),
                ListOf::Letters => choices::<Letter>(E),
                ListOf::Lists => choices::<ListKind>(E),
            };
            format!("“{typed}” isn't one of: {known}")
        }
        Wrong::NoField { word, typed } => format!(
            "“{typed}” can't stand here: after the finding come remedy, cause or agreed, with “;” between them. Example: {}",
            example(*word)
        ),
        Wrong::WhichReason => "a reason can be meant for the customer or for the record. Write the reasons for the customer on the lines below, without a label; why you act in somebody's place as “/reason …”".to_owned(),
        Wrong::NoReasons { word } => format!(
            "{} needs the reasons for the customer, on the lines below it (§4.4)",
            command(*word, E)
        ),
        Wrong::LooseReason => "/reason needs a command above it that it is for".to_owned(),
        Wrong::NoReference { typed } => {
            format!("“{typed}” isn't a case reference: one looks like C-2026-000017-9")
        }
        Wrong::NoAddress { typed } => {
            format!("“{typed}” isn't a mail address: one looks like name@example.org")
        }
        Wrong::Nobody {
            typed,
            departments,
            known,
        } => {
            let what = if *departments { "a department" } else { "a member of staff" };
            format!("“{typed}” doesn't name {what}. There are: {}", list(known))
        }
        Wrong::Several { typed, people } => {
            format!("“{typed}” names several people. Write the id of one: {}", list(people))
        }
        Wrong::NoDate { typed, why } => match why {
            NoDate::Unreadable => format!("“{typed}” isn't a day: write 3 Dec, next Friday or 2026-12-03"),
            NoDate::Which(one, other) => {
                format!("“{typed}” could be {} or {}: which? Write it like that", day(*one), day(*other))
            }
            NoDate::Impossible => format!("there is no such day as “{typed}”"),
            NoDate::Past(date) => format!("“{typed}” is {}, which is past", day(*date)),
            NoDate::TooFar(date) => format!("“{typed}” is {}: more than ten years from now", day(*date)),
        },
        Wrong::NoLength { typed, why } => match why {
            NoLength::Unreadable => {
                format!("“{typed}” isn't a length of time: write 5 working days, 2 weeks or 3 days")
            }
            NoLength::Unitless(amount) => {
                format!("{amount} of what? Write {amount} working days, {amount} days or {amount} weeks")
            }
            NoLength::OutOfBounds => format!("“{typed}” is nothing, or more than ten years"),
        },
        Wrong::NoClock { typed, known } => {
            format!("“{typed}” doesn't name a clock. There are: {}", list(known))
        }
        Wrong::NoCode { of, typed, known } => {
            let what = match of {
                Code::Category => "category",
                Code::Severity => "severity",
                Code::Cause => "cause",
            };
            format!("“{typed}” isn't a {what}. There are: {}", list(known))
        }
        Wrong::WhichHandOff { open } if open.is_empty() => {
            "no question to a department is open on this case".to_owned()
        }
        Wrong::WhichHandOff { open } => format!(
            "several questions are open ({}). Put the number first: /answer {}: …",
            list(open),
            open[0]
        ),
        Wrong::NoMoney { typed, why } => match why {
            NoMoney::NoCurrency => format!("“{typed}” of what? Write the currency, such as 120 yuan or EUR 99"),
            NoMoney::WhichDollar => format!("“{typed}”: which dollars? Write USD, HKD, AUD or another"),
            NoMoney::WhichSign { one, other } => format!("“{typed}” could be {one} or {other}: which? Write it without the sign"),
            NoMoney::TooFine(currency) => format!("“{typed}” is finer than the smallest unit of {currency}"),
            NoMoney::TooLarge => format!("“{typed}” is more than a thousand million"),
            NoMoney::Unreadable => format!("“{typed}” isn't an amount of money: write 120 yuan, EUR 99 or ￥1,200.50"),
        },
        Wrong::NoDue => format!("say by when: {}", example(Word::Action)),
        Wrong::Alone { word } => format!("{} stands alone: send what else there is in another mail", command(*word, E)),
        Wrong::NoCase { word } => format!(
            "{} is about a case: send it as an answer to a mail about that case",
            command(*word, E)
        ),
    }
}

fn list(items: &[impl ToString]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}
