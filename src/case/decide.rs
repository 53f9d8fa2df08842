//! What follows from an event: a pure function, one arm a rule of the policy.

use serde::Serialize;

use super::{Acknowledgement, Fact};
use crate::ids::LandedId;
use crate::language::Language;
use crate::policy::{Letter, Stage};

/// A complaint, as far as rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub stage: Stage,
    pub language: Language,
    pub acknowledgement: Acknowledgement,
    /// False once a mail to the customer was refused for good.
    pub reachable: bool,
}

/// Who wrote a mail that was filed on a case. Authority comes from neither (promise 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The case's own customer, by address.
    Customer,
    /// Anybody else: filed, and gains nothing by it.
    Other,
    /// A robot: an out-of-office, a receipt. Filed, and never answered.
    Robot,
}

/// Why a letter that was due isn't written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The address has had its share of automatic mail for the day (promise 6).
    DailyLimit,
    /// There is no address to write to.
    NoAddress,
    /// It came from a robot, and was let out of quarantine by staff.
    Automatic,
    /// It was cancelled before it could be sent.
    Cancelled,
}

/// A complaint that starts a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub landed: LandedId,
    pub language: Language,
    /// Why an acknowledgement must not be sent, if so.
    pub withhold: Option<Withheld>,
}

/// Something that happened, as told to the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Received(Received),
    Wrote {
        landed: LandedId,
        by: Author,
    },
    /// The customer's mail server accepted the letter.
    Delivered {
        letter: Letter,
    },
    /// The letter was refused for good, given up, or came back; with the server's words.
    DeliveryFailed {
        letter: Letter,
        words: String,
    },
    /// The letter was taken out of the outbox before it was sent.
    Cancelled {
        letter: Letter,
    },
}

/// What follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The case as it is now.
    pub case: Case,
    /// What to add to the history, in order. Empty where the event changes nothing.
    pub facts: Vec<Fact>,
    /// What to write to the customer.
    pub letters: Vec<Letter>,
}

/// Why an event can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the case exists already")]
    Exists,
    #[error("there is no such case")]
    Missing,
}

/// Decides what follows from an event on a case; `None` is a case not opened yet.
pub fn decide(case: Option<Case>, event: &Event) -> Result<Decision, Refusal> {
    match (case, event) {
        (None, Event::Received(received)) => Ok(open(received)),
        (Some(_), Event::Received(_)) => Err(Refusal::Exists),
        (
            None,
            Event::Wrote { .. }
            | Event::Delivered { .. }
            | Event::DeliveryFailed { .. }
            | Event::Cancelled { .. },
        ) => Err(Refusal::Missing),
        (Some(case), Event::Wrote { landed, by }) => Ok(Decision {
            case,
            facts: vec![Fact::Wrote {
                landed: *landed,
                by: *by,
            }],
            letters: vec![],
        }),
        (Some(case), Event::Delivered { letter }) => Ok(delivered(case, *letter)),
        (Some(case), Event::DeliveryFailed { letter, words }) => Ok(failed(case, *letter, words)),
        (Some(case), Event::Cancelled { letter }) => Ok(cancelled(case, *letter)),
    }
}

/// §4.1: every complaint is recorded and acknowledged at once; none is refused for what it lacks.
fn open(received: &Received) -> Decision {
    let letter = Letter::Acknowledgement;
    let opened = Fact::Received {
        landed: received.landed,
        stage: Stage::Received,
    };
    let (acknowledgement, fact, letters) = match received.withhold {
        None => (
            Acknowledgement::Queued,
            Fact::LetterQueued { letter },
            vec![letter],
        ),
        Some(why) => (
            Acknowledgement::Withheld,
            Fact::LetterWithheld { letter, why },
            vec![],
        ),
    };
    Decision {
        case: Case {
            stage: Stage::Received,
            language: received.language,
            acknowledgement,
            reachable: true,
        },
        facts: vec![opened, fact],
        letters,
    }
}

/// A second report of the same delivery changes nothing. One that comes after a failure was
/// uncertain first and has arrived after all.
fn delivered(case: Case, letter: Letter) -> Decision {
    let known = case.acknowledgement == Acknowledgement::Delivered;
    Decision {
        case: Case {
            acknowledgement: Acknowledgement::Delivered,
            reachable: true,
            ..case
        },
        facts: if known {
            vec![]
        } else {
            vec![Fact::LetterDelivered { letter }]
        },
        letters: vec![],
    }
}

/// A mail server may accept a letter and return it later, so a failure follows a delivery too.
fn failed(case: Case, letter: Letter, words: &str) -> Decision {
    let known = case.acknowledgement == Acknowledgement::Failed;
    Decision {
        case: Case {
            acknowledgement: Acknowledgement::Failed,
            reachable: false,
            ..case
        },
        facts: if known {
            vec![]
        } else {
            vec![Fact::LetterFailed {
                letter,
                words: words.to_owned(),
            }]
        },
        letters: vec![],
    }
}

fn cancelled(case: Case, letter: Letter) -> Decision {
    let why = Withheld::Cancelled;
    Decision {
        case: Case {
            acknowledgement: Acknowledgement::Withheld,
            ..case
        },
        facts: vec![Fact::LetterWithheld { letter, why }],
        letters: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: Letter = Letter::Acknowledgement;

    fn received(withhold: Option<Withheld>) -> Event {
        Event::Received(Received {
            landed: LandedId(7),
            language: Language::ZH,
            withhold,
        })
    }

    fn case_after(events: &[Event]) -> (Option<Case>, Vec<Fact>, usize) {
        let (mut case, mut facts, mut letters) = (None, vec![], 0);
        for event in events {
            let decision = decide(case, event).unwrap();
            case = Some(decision.case);
            facts = decision.facts;
            letters += decision.letters.len();
        }
        (case, facts, letters)
    }

    #[test]
    fn a_complaint_opens_a_case_and_is_acknowledged_once() {
        let (case, facts, letters) = case_after(&[received(None)]);
        let case = case.unwrap();
        assert_eq!((case.stage, case.language), (Stage::Received, Language::ZH));
        assert_eq!(case.acknowledgement, Acknowledgement::Queued);
        assert_eq!(facts.len(), 2);
        assert_eq!(letters, 1);

        let wrote = Event::Wrote {
            landed: LandedId(8),
            by: Author::Customer,
        };
        let (_, facts, letters) = case_after(&[received(None), wrote.clone(), wrote]);
        assert_eq!(
            facts,
            [Fact::Wrote {
                landed: LandedId(8),
                by: Author::Customer
            }]
        );
        assert_eq!(letters, 1, "a second mail is not acknowledged again");
    }

    #[test]
    fn a_withheld_acknowledgement_is_recorded_with_its_reason() {
        for why in [
            Withheld::DailyLimit,
            Withheld::NoAddress,
            Withheld::Automatic,
        ] {
            let (case, facts, letters) = case_after(&[received(Some(why))]);
            assert_eq!(case.unwrap().acknowledgement, Acknowledgement::Withheld);
            assert_eq!(
                facts[1],
                Fact::LetterWithheld {
                    letter: LETTER,
                    why
                }
            );
            assert_eq!(letters, 0);
        }
    }

    #[test]
    fn the_fate_of_an_acknowledgement_is_told_once() {
        let delivered = || Event::Delivered { letter: LETTER };
        let failed = || Event::DeliveryFailed {
            letter: LETTER,
            words: "550 no such user".into(),
        };
        use Acknowledgement::{Delivered, Failed};
        let rows: [(&[Event], Acknowledgement, bool, usize); 6] = [
            (&[delivered()], Delivered, true, 1),
            (&[delivered(), delivered()], Delivered, true, 0),
            (&[failed()], Failed, false, 1),
            (&[delivered(), failed()], Failed, false, 1),
            (&[failed(), delivered()], Delivered, true, 1),
            (
                &[Event::Cancelled { letter: LETTER }],
                Acknowledgement::Withheld,
                true,
                1,
            ),
        ];
        for (events, acknowledgement, reachable, facts) in rows {
            let all: Vec<Event> = [&[received(None)], events].concat();
            let (case, last, letters) = case_after(&all);
            let case = case.unwrap();
            assert_eq!(
                (case.acknowledgement, case.reachable),
                (acknowledgement, reachable)
            );
            assert_eq!((last.len(), letters), (facts, 1), "{events:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let open = decide(None, &received(None)).unwrap().case;
        assert_eq!(decide(Some(open), &received(None)), Err(Refusal::Exists));
        for event in [
            Event::Wrote {
                landed: LandedId(1),
                by: Author::Other,
            },
            Event::Delivered { letter: LETTER },
            Event::DeliveryFailed {
                letter: LETTER,
                words: String::new(),
            },
        ] {
            assert_eq!(decide(None, &event), Err(Refusal::Missing));
        }
    }
}
