//! What happened to a case, in plain words. A new fact is one line here.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::case::{Author, ClockChange, ClockEvent, Fact, TextId};
use crate::ids::LandedId;

/// An entry of the history for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    /// Words that people wrote.
    pub words: Vec<Said>,
    /// The mail that it was.
    pub mail: Option<LandedId>,
    /// Whether it is told to the customer who asks for their own data: what they did and what reached them,
    /// and no work of staff among themselves (§7).
    pub theirs: bool,
}

/// Words that people wrote, and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    pub what: &'static str,
    pub text: TextId,
    /// For colleagues only, in an entry that is told to the customer.
    pub internal: bool,
}

fn told(what: impl Into<String>) -> Told {
    Told {
        what: what.into(),
        words: vec![],
        mail: None,
        theirs: false,
    }
}

impl Told {
    fn words(mut self, what: &'static str, id: &TextId) -> Told {
        self.words.push(Said {
            what,
            text: *id,
            internal: false,
        });
        self
    }

    /// Words for colleagues.
    fn internal(mut self) -> Told {
        self.words.iter_mut().for_each(|said| said.internal = true);
        self
    }

    fn maybe(self, what: &'static str, id: Option<&TextId>) -> Told {
        match id {
            Some(id) => self.words(what, id),
            None => self,
        }
    }

    fn mail(self, landed: LandedId) -> Told {
        Told {
            mail: Some(landed),
            ..self
        }
    }

    fn theirs(self) -> Told {
        Told {
            theirs: true,
            ..self
        }
    }
}

/// Who did it, in words.
pub fn actor(name: &str) -> String {
    match name {
        "customer" => "the customer".to_owned(),
        "outsider" => "somebody else".to_owned(),
        "robot" => "a robot".to_owned(),
        "redress" => "Redress".to_owned(),
        name => match name.strip_prefix("operator:") {
            Some(operator) => format!("{operator} (command line)"),
            None => name.to_owned(),
        },
    }
}

/// What happened.
pub fn tell(fact: &Fact) -> Told {
    match fact {
        Fact::Received {
            landed,
            channel,
            words,
            ..
        } => {
            let told = told(format!("The complaint was received by {channel}."))
                .maybe("what was said", words.as_ref())
                .theirs();
            match landed {
                Some(landed) => told.mail(*landed),
                None => told,
            }
        }
        Fact::Wrote { landed, by, .. } => {
            let mail = told(format!("A mail was filed; its author: {by}.")).mail(*landed);
            match by {
                Author::Customer => mail.theirs(),
                Author::ThirdParty | Author::Outsider | Author::Robot => mail,
            }
        }
        Fact::StaffWrote { landed, .. } => told("A member of staff wrote.").mail(*landed),
        Fact::Unproven { landed, doubt } => {
            told(format!("A mail was filed as a possible forgery: {doubt}.")).mail(*landed)
        }
        Fact::LetterQueued { letter } => {
            told(format!("A letter was written: {}.", plain(letter))).theirs()
        }
        Fact::LetterWithheld { letter, why } => told(format!(
            "No letter was written ({}): {}.",
            plain(letter),
            plain(why)
        )),
        Fact::LetterDelivered { letter } => told(format!(
            "The mail server took the letter: {}.",
            plain(letter)
        ))
        .theirs(),
        Fact::LetterFailed { letter, words } => told(format!(
            "The letter couldn't be delivered: {}.",
            plain(letter)
        ))
        .words("the mail server's words", words)
        .theirs(),
        Fact::LetterUncertain { letter } => told(format!(
            "The letter may have been sent before, since a backup of the database was restored: {}.",
            plain(letter)
        ))
        .theirs(),
        Fact::LetterHandedOver { letter } => told(format!(
            "The letter was handed over otherwise than by mail: {}.",
            plain(letter)
        ))
        .theirs(),
        Fact::Accepted { handler, .. } => told(format!("{handler} took up the case.")),
        Fact::Assigned { handler } => told(format!("The case was given to {handler}.")),
        Fact::Noted { words } => told("A note was put on record.").words("note", words),
        Fact::Replied { words } => told("A reply to the customer was written.")
            .words("reply", words)
            .theirs(),
        Fact::ParticularsAsked {
            particulars, words, ..
        } => told(format!("The customer was asked for {}.", list(particulars)))
            .maybe("what was asked", words.as_ref())
            .theirs(),
        Fact::ParticularsGiven { particulars, .. } => {
            told(format!("The customer gave {}.", list(particulars))).theirs()
        }
        Fact::ParticularsLapsed { missing, .. } => told(format!(
            "No answer in time; the case went on without {}.",
            list(missing)
        ))
        .theirs(),
        Fact::HandedOff {
            number,
            to,
            question,
        } => told(format!("Question {number} was put to {to}.")).words("question", question),
        Fact::HandOffAnswered { number, words } => {
            told(format!("Question {number} was answered.")).words("answer", words)
        }
        Fact::Found { words, .. } => told("Findings were recorded.").words("findings", words),
        Fact::Proposed { words, remedy } => told("A solution was proposed to the customer.")
            .words("proposal", words)
            .maybe("remedy", remedy.as_ref())
            .theirs(),
        Fact::Viewed { words } => told("The customer's view was recorded.")
            .words("view", words)
            .theirs(),
        Fact::Resolved {
            finding,
            reasons,
            remedy,
            agreed,
            ..
        } => {
            let agreed = if *agreed {
                "; the customer had agreed"
            } else {
                ""
            };
            told(format!("The outcome: {finding}{agreed}."))
                .words("reasons", reasons)
                .maybe("remedy", remedy.as_ref())
                .theirs()
        }
        Fact::MediationOwed { .. } => {
            told("The customer isn't satisfied: somebody neutral mediates.").theirs()
        }
        Fact::MediatorNamed { mediator } => told(format!("{mediator} mediates.")),
        Fact::Mediated {
            finding,
            reasons,
            remedy,
            ..
        } => told(format!("The outcome of the mediation: {finding}."))
            .words("reasons", reasons)
            .maybe("remedy", remedy.as_ref())
            .theirs(),
        Fact::ThirdPartyInvited { address, words } => told("A third party was asked to help.")
            .words("address", address)
            .words("what it was asked", words),
        Fact::ThirdPartyDone { address } => {
            told("A third party has done its part.").words("address", address)
        }
        Fact::AddressRecognised { address } => {
            told("Mail from another address counts as the customer's.").words("address", address)
        }
        Fact::Litigated { words, .. } => {
            told("The matter went to court: nothing is erased, no automatic mail is sent.")
                .words("what is known", words)
        }
        Fact::Ruled { words } => told("The ruling was recorded.").words("ruling", words),
        Fact::Released {} => told("The legal hold ended."),
        Fact::SatisfactionAnswered { satisfied } => {
            let not = if *satisfied { "" } else { " not" };
            told(format!("The customer said that they are{not} satisfied.")).theirs()
        }
        Fact::Withdrawn {} => told("The customer withdrew the complaint.").theirs(),
        Fact::Closed {
            reason, words, of, ..
        } => {
            let of = of.map_or(String::new(), |of| format!(" of {of}"));
            told(format!("The case was closed: {}{of}.", plain(reason)))
                .maybe("words", words.as_ref())
                .internal()
                .theirs()
        }
        Fact::Reopened { .. } => told("The case was opened again.").theirs(),
        Fact::Categorised { code } => told(format!("The category was set to {code}.")),
        Fact::SeveritySet { code } => told(format!("The severity was set to {code}.")),
        Fact::ComplexitySet { complexity } => {
            told(format!("The complexity was set to {complexity}."))
        }
        Fact::CauseSet { code } => told(format!("The cause was set to {code}.")),
        Fact::Recused { who, reason } => {
            told(format!("{who} has no part in the case any more.")).words("reason", reason)
        }
        Fact::Held { reason } => told("The case was put on hold.").words("reason", reason),
        Fact::HoldEnded {} => told("The hold ended."),
        Fact::Extended { clock, reason } => {
            told(format!("The term of '{clock}' was extended.")).words("reason", reason)
        }
        Fact::Overrode { act, by, reason } => {
            told(format!("{by} did what is somebody else's to do ({act}).")).words("reason", reason)
        }
        Fact::Refused { act, why } => told(format!("'{act}' was refused; nothing changed: {why}.")),
        Fact::Breached { clock, by, due_at } => {
            let by = by.as_ref().map_or("nobody", |by| by.as_str());
            let day = due_at.format("%Y-%m-%d %H:%M UTC");
            told(format!(
                "A deadline was missed: {clock}, due {day}; it was {by}'s."
            ))
        }
        Fact::Explained { of, by, words } => {
            told(format!("{by} explained what was late or overridden: {of}."))
                .words("explanation", words)
        }
        Fact::Suggested { words } => told("The customer suggested something for the process.")
            .words("suggestion", words)
            .theirs(),
        Fact::ActionRaised {
            number,
            kind,
            owner,
            due,
            what,
        } => told(format!(
            "Action {number} ({kind}) was given to {owner}, due {due}."
        ))
        .words("what", what),
        Fact::ActionDone { number, words } => {
            told(format!("Action {number} was done.")).maybe("what was done", words.as_ref())
        }
        Fact::ActionVerified { number } => told(format!(
            "Somebody else looked whether action {number} is done: it is."
        )),
        Fact::AccessRefused { of } => {
            let of = of.map_or("this case".to_owned(), |of| format!("case {of}"));
            told(format!(
                "Somebody without a part in it wanted to see {of}, and didn't."
            ))
        }
        Fact::Erased { rule } => told(format!(
            "What people wrote, their names and addresses were erased: {rule}."
        )),
        Fact::Looked { how } => told(format!(
            "The case was looked at from the command line ({how}); nothing changed."
        )),
        Fact::Clocks { changes } => told(clocks(changes)),
    }
}

fn clocks(changes: &[ClockChange]) -> String {
    let one = |change: &ClockChange| {
        let number = match change.key.number {
            0 => String::new(),
            number => format!(" {number}"),
        };
        let what = match &change.what {
            ClockEvent::Started { term, .. } => format!("started ({term})"),
            ClockEvent::Paused {} => "stands still".to_owned(),
            ClockEvent::Resumed { .. } => "runs on".to_owned(),
            ClockEvent::Extended { term, .. } => format!("was extended by {term}"),
            ClockEvent::Changed { term, .. } => format!("has another term ({term})"),
            ClockEvent::Reached {
                percent,
                breach: true,
                ..
            } => {
                format!("came to {percent} % of its term: the deadline was missed")
            }
            ClockEvent::Reached { percent, .. } => format!("came to {percent} % of its term"),
            ClockEvent::Stopped {} => "stopped".to_owned(),
        };
        format!("{}{number} {what}", change.key.name)
    };
    let all: Vec<String> = changes.iter().map(one).collect();
    format!("Clocks: {}.", all.join("; "))
}

/// A word of the policy as people read it.
fn plain(word: &impl Display) -> String {
    word.to_string().replace('_', " ")
}

fn list<T: Display>(all: &BTreeSet<T>) -> String {
    let names: Vec<String> = all.iter().map(plain).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
