//! Notices in English.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::about::About;
use super::acts::named;
use super::what::What;
use crate::case::ActName;
use crate::policy::Letter;
use crate::staff::{Tongue, answer};

type Due = Option<DateTime<Utc>>;

/// What is wanted, for the subject.
pub(super) fn subject(what: &What, about: &About<'_>, due: Due) -> String {
    let zone = about.profile.calendar.zone;
    let date = due.map(|at| at.with_timezone(&zone).format("%-d %b").to_string());
    let by = |wanted: &str| {
        date.as_ref()
            .map_or_else(|| wanted.to_owned(), |date| format!("{wanted} by {date}"))
    };
    match what {
        What::Assigned if about.is_untaken() => by("Yours now: please take it up"),
        What::Assigned => by("Yours now: please go on"),
        What::Unassigned => by("Nobody handles this case: please assign it"),
        What::CustomerWrote => by("Customer wrote: please answer"),
        What::ThirdPartyWrote => "Third party wrote: please look".to_owned(),
        What::OutsiderWrote => "Somebody else wrote: please look".to_owned(),
        What::ParticularsComplete => by("Particulars complete: please go on"),
        What::ParticularsLapsed => by("No particulars came: please go on without"),
        What::Reached { clock, percent, .. } => {
            let clock = self::clock(&clock.name);
            match (*percent >= 100, &date) {
                (true, Some(date)) => format!("Overdue: {clock}, was due {date}"),
                (true, None) => format!("Overdue: {clock}"),
                (false, _) => by(&format!("Due soon: {clock},")),
            }
        }
        What::HandedOff { number } => by(&format!("Question {number}: please answer")),
        What::AnswerDue { number, late, .. } => match (late, &date) {
            (true, Some(date)) => {
                format!("Overdue: your answer to question {number}, was due {date}")
            }
            (true, None) => format!("Overdue: your answer to question {number}"),
            (false, _) => by(&format!("Reminder: please answer question {number}")),
        },
        What::HandOffAnswered { number } => format!("Question {number} answered: please go on"),
        What::QuestionDropped { number } => format!("Question {number}: no answer needed any more"),
        What::MediationOwed => by("Customer not satisfied: please name a mediator"),
        What::Mediator => by("You mediate: please decide"),
        What::Unreachable {
            letter: Letter::Invitation,
        } => "Third party not reached: please look".to_owned(),
        What::Unreachable { letter } => {
            format!(
                "Customer not reached ({}): please find another way",
                named(*letter, Tongue::English)
            )
        }
        What::PassOn { letter } => {
            format!("Letter to pass on ({})", named(*letter, Tongue::English))
        }
        What::Unproven => "Possible forgery: please look".to_owned(),
        What::Extended { .. } => by("More time: please finish"),
        What::Overridden { act } => format!(
            "Done in the handler's place ({}): for your information",
            command(*act)
        ),
        What::Noted => "New note: for your information".to_owned(),
        What::Held => "On hold: please wait".to_owned(),
        What::HoldEnded => by("Hold ended: please go on"),
        What::Litigated => "Before a court or regulator: please keep everything".to_owned(),
        What::Closed { reason } => format!(
            "Closed ({}): nothing to do",
            named(*reason, Tongue::English)
        ),
        What::Reopened => by("Reopened: please look into it again"),
    }
}

/// What happened.
pub(super) fn happened(what: &What, about: &About<'_>) -> String {
    match what {
        What::Assigned => match &about.case.handler {
            Some(handler) if *handler != about.to.person => format!(
                "This case was given to {}, who is away.",
                about.name(handler)
            ),
            Some(_) | None => "This case is now yours to handle.".to_owned(),
        },
        What::Unassigned => "Nobody handles this case.".to_owned(),
        What::CustomerWrote => "The customer has written.".to_owned(),
        What::ThirdPartyWrote => "The third party that was invited has written (§4.3).".to_owned(),
        What::OutsiderWrote => {
            "Somebody who isn't the customer has written about this case. They were told nothing.".to_owned()
        }
        What::ParticularsComplete => "All particulars that were needed are there (§4.1).".to_owned(),
        What::ParticularsLapsed => {
            "The customer didn't send the particulars in time. The case goes on without them (§4.1).".to_owned()
        }
        What::Reached {
            clock,
            percent,
            breach,
            due_at,
        } => {
            let at = moment(*due_at, about.profile.calendar.zone);
            let clock = self::clock(&clock.name);
            match (*breach, *percent >= 100) {
                (true, _) => format!("A deadline was missed: {clock}, due on {at}. This is on record (§9)."),
                (false, true) => format!("Still not done at {percent} % of the time: {clock}, due on {at}."),
                (false, false) => format!("{percent} % of the time has passed: {clock}, due on {at}."),
            }
        }
        What::HandedOff { number } => format!(
            "You are asked about case {}: question {number}.",
            about.reference
        ),
        What::AnswerDue { number, late, .. } => format!(
            "Your answer to question {number} about case {} {}.",
            about.reference,
            if *late { "is overdue" } else { "is still missing" }
        ),
        What::HandOffAnswered { number } => {
            let who = about.case.hand_offs.get(number);
            let who = who.map_or_else(|| "The department".to_owned(), |one| about.name(&one.to));
            format!("{who} has answered question {number}.")
        }
        What::QuestionDropped { number } => format!(
            "Question {number} about case {} needs no answer any more. Thank you.",
            about.reference
        ),
        What::MediationOwed => {
            "The customer isn't satisfied with the outcome, and somebody neutral has to mediate (§5.1).".to_owned()
        }
        What::Mediator => match &about.case.mediator {
            Some(mediator) if *mediator != about.to.person => format!(
                "{}, who is away, was named as the mediator of this case (§5.1).",
                about.name(mediator)
            ),
            Some(_) | None => "You were named as the mediator of this case (§5.1).".to_owned(),
        },
        What::Unreachable {
            letter: Letter::Invitation,
        } => "The invitation came back: the third party can't be reached by mail (§4.3).".to_owned(),
        What::Unreachable { letter } => format!(
            "The letter “{}” came back: the customer can't be reached by mail.",
            named(*letter, Tongue::English)
        ),
        What::PassOn { letter } => format!(
            "The customer has no mail address, so the letter “{}” is attached for you.",
            named(*letter, Tongue::English)
        ),
        What::Unproven => "A mail came in the name of a colleague, and nothing proves that they wrote it. It may be forged. It is filed; nothing was done, and nobody was answered.".to_owned(),
        What::Extended { clock, due_at } => format!(
            "There is more time for {}: until {}. The customer is told (§4.4).",
            self::clock(&clock.name),
            moment(*due_at, about.profile.calendar.zone)
        ),
        What::Overridden { act } => format!(
            "Somebody has done {} in the handler's place. The reason is on record (§9).",
            command(*act)
        ),
        What::Noted => "Somebody has put a note on record. The customer doesn't see it.".to_owned(),
        What::Held => "The case was put on hold (§9).".to_owned(),
        What::HoldEnded => "The hold on this case has ended; its clocks run on.".to_owned(),
        What::Litigated => {
            "The matter is before a court or regulator. No letter is sent any more, and nothing is erased (§5.2).".to_owned()
        }
        What::Closed { reason } => format!("The case is closed: {}.", named(*reason, Tongue::English)),
        What::Reopened => "The case is open again, and is investigated anew (§4.4).".to_owned(),
    }
}

/// What to do, and by when.
pub(super) fn todo(what: &What, about: &About<'_>, due: Due) -> Option<String> {
    let zone = about.profile.calendar.zone;
    let at = due.map(|at| moment(at, zone));
    let by = |wanted: &str| match &at {
        Some(at) => format!("Please {wanted} by {at}."),
        None => format!("Please {wanted}."),
    };
    let with = |text: String, command: String| {
        if about.can_command {
            format!("{text} {command}")
        } else {
            text
        }
    };
    Some(match what {
        What::Assigned if about.is_untaken() => with(
            by("take up the case"),
            "Write: /accept, or ask for what is missing: /ask".to_owned(),
        ),
        What::Assigned => by("go on with the case"),
        What::Unassigned => with(
            by("give the case to somebody"),
            "Write: /assign and who".to_owned(),
        ),
        What::CustomerWrote => by("answer the customer"),
        What::ThirdPartyWrote => with(
            "Please go on with the case.".to_owned(),
            "When the third party has done its part: /dismiss".to_owned(),
        ),
        What::OutsiderWrote => with(
            "Please look whether it matters. Letters go to the known address alone.".to_owned(),
            "If it is the customer under another address: /customer and that address".to_owned(),
        ),
        What::ParticularsComplete | What::ParticularsLapsed => by("establish the facts"),
        What::Reached {
            clock,
            breach,
            percent,
            ..
        } => {
            let text = if *percent >= 100 {
                "Please see to it now.".to_owned()
            } else {
                by("see to it")
            };
            if *breach {
                with(
                    text,
                    format!("Say why it is late: /explain {}: …", clock.name),
                )
            } else {
                text
            }
        }
        What::HandedOff { number } => with(by("answer"), your_answer(*number)),
        What::AnswerDue { number, late, .. } => {
            let text = match (late, &at) {
                (true, Some(at)) => format!("It was due on {at}. Please answer now."),
                (true, None) => "Please answer now.".to_owned(),
                (false, _) => by("answer"),
            };
            with(text, your_answer(*number))
        }
        What::HandOffAnswered { .. } | What::HoldEnded => match &at {
            Some(at) => format!("Please go on with the case. Next is due on {at}."),
            None => "Please go on with the case.".to_owned(),
        },
        What::MediationOwed => with(
            by("name somebody who has had no part in the case"),
            "Write: /mediate and who".to_owned(),
        ),
        What::Mediator => with(
            by("hear both sides, decide, and send the outcome"),
            "It is sent with /outcome".to_owned(),
        ),
        What::Unreachable {
            letter: Letter::Invitation,
        } => "Please check the address, and reach them otherwise.".to_owned(),
        What::Unreachable { letter } => with(
            "Please reach the customer otherwise, by phone or post.".to_owned(),
            format!(
                "Then record it: /handover {}",
                named(*letter, Tongue::English)
            ),
        ),
        What::PassOn { letter } => with(
            "Please print it and hand it over, send it by post, or read it out by phone."
                .to_owned(),
            format!(
                "Then record it: /handover {}",
                named(*letter, Tongue::English)
            ),
        ),
        What::Unproven => {
            "Please ask the colleague by phone or in person. Don't open its links and attachments."
                .to_owned()
        }
        What::Extended { .. } => by("finish"),
        What::Held => "There is nothing to do until the hold ends.".to_owned(),
        What::Litigated => {
            "Please keep everything, and send nothing to the customer without legal.".to_owned()
        }
        What::Reopened => by("look into it again"),
        What::QuestionDropped { .. }
        | What::Overridden { .. }
        | What::Noted
        | What::Closed { .. } => return None,
    })
}

fn your_answer(number: u32) -> String {
    format!("Write: /answer {number}: your answer")
}

/// What stands above the new words.
pub(super) fn heading(what: &What) -> &'static str {
    match what {
        What::HandedOff { .. } | What::AnswerDue { .. } | What::QuestionDropped { .. } => {
            "The question:"
        }
        What::HandOffAnswered { .. } => "The answer:",
        What::ThirdPartyWrote | What::OutsiderWrote => "What they write:",
        What::Unproven => "What the mail says (don't rely on it):",
        What::Noted => "The note:",
        What::Extended { .. }
        | What::Unreachable { .. }
        | What::PassOn { .. }
        | What::Overridden { .. }
        | What::Held
        | What::HoldEnded
        | What::Litigated => "In words:",
        What::Assigned
        | What::Unassigned
        | What::CustomerWrote
        | What::ParticularsComplete
        | What::ParticularsLapsed
        | What::Reached { .. }
        | What::MediationOwed
        | What::Mediator
        | What::Closed { .. }
        | What::Reopened => "The customer's words:",
    }
}

/// What a clock of the shipped profiles counts; a company's own by its name.
pub(super) fn clock(name: &str) -> String {
    match name {
        "acknowledge" => "acknowledging receipt",
        "confirm" => "taking up the case",
        "investigate" => "establishing the facts",
        "update" => "news for the customer",
        "resolve" => "the outcome",
        "particulars" => "the customer's particulars",
        "satisfaction" => "the customer's word on the outcome",
        "mediate" => "the mediation's outcome",
        "department_answer" => "a department's answer",
        own => return format!("“{own}”"),
    }
    .to_owned()
}

/// With the weekday; without the time where all of the day counts.
pub(super) fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let day = local.format("%a %-d %b %Y");
    match local.format("%H:%M").to_string().as_str() {
        "23:59" => day.to_string(),
        time => format!("{day}, {time}"),
    }
}

/// An act by its command.
fn command(act: ActName) -> String {
    let line = answer::possible(&[act], Tongue::English);
    let word = line.split_whitespace().next();
    word.map_or_else(|| act.to_string(), str::to_owned)
}
