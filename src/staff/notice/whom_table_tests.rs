use super::*;
use crate::case::ClockKey;

#[test]
fn each_fact_is_told_to_those_it_concerns() {
    let reason = words();
    let closed = |reason| Fact::Closed {
        reason,
        words: None,
        of: None,
        stage: Stage::Closed,
    };
    let lapsed = Fact::ParticularsLapsed {
        missing: BTreeSet::new(),
        stage: Stage::Investigating,
    };
    let complete = || ClockEvent::Stopped {};
    let extended = ClockEvent::Extended {
        term: "5 business days".parse::<Term>().unwrap(),
        due_at: due(),
        next: None,
    };
    let resolve = || ClockKey {
        name: "resolve".to_owned(),
        number: 0,
    };
    // the facts, who caused them, who is told, and what
    let table: Vec<(Vec<Fact>, &str, &[&str], What)> = vec![
        (
            vec![Fact::Assigned {
                handler: person("li.na"),
            }],
            "wu.lei",
            &["li.na"],
            What::Assigned,
        ),
        (
            vec![Fact::Accepted {
                handler: person("li.na"),
                stage: Stage::Investigating,
            }],
            "wu.lei",
            &["li.na"],
            What::Assigned,
        ),
        (
            vec![wrote(Author::Customer)],
            "customer",
            &["li.na"],
            What::CustomerWrote,
        ),
        (
            vec![wrote(Author::Outsider)],
            "outsider",
            &["li.na"],
            What::OutsiderWrote,
        ),
        (
            vec![
                wrote(Author::Customer),
                Fact::ParticularsGiven {
                    particulars: BTreeSet::new(),
                    stage: Stage::Investigating,
                },
                clocks("particulars", 0, complete()),
            ],
            "customer",
            &["li.na"],
            What::ParticularsComplete,
        ),
        (
            vec![lapsed, fact_reached("particulars", 0, 100, false)],
            "redress",
            &["li.na"],
            What::ParticularsLapsed,
        ),
        (
            vec![fact_reached("resolve", 0, 75, false)],
            "redress",
            &["li.na"],
            reached("resolve", 75, false),
        ),
        (
            vec![fact_reached("resolve", 0, 100, true)],
            "redress",
            &["li.na", "he.jing", "wu.lei"],
            reached("resolve", 100, true),
        ),
        (
            vec![fact_reached("resolve", 0, 150, false)],
            "redress",
            &["ma.li"],
            reached("resolve", 150, false),
        ),
        (
            vec![fact_reached("resolve", 0, 200, false)],
            "redress",
            &["ceo"],
            reached("resolve", 200, false),
        ),
        (
            vec![Fact::HandedOff {
                number: 1,
                to: person("warehouse"),
                question: words(),
            }],
            "li.na",
            &["warehouse"],
            What::HandedOff { number: 1 },
        ),
        (
            vec![Fact::HandOffAnswered {
                number: 1,
                words: words(),
            }],
            "warehouse",
            &["li.na"],
            What::HandOffAnswered { number: 1 },
        ),
        (
            vec![Fact::MediationOwed {
                stage: Stage::Mediating,
            }],
            "li.na",
            &["he.jing", "wu.lei"],
            What::MediationOwed,
        ),
        (
            vec![Fact::MediatorNamed {
                mediator: person("sun.yu"),
            }],
            "wu.lei",
            &["sun.yu"],
            What::Mediator,
        ),
        (
            vec![Fact::LetterFailed {
                letter: Letter::Outcome,
                words: words(),
            }],
            "redress",
            &["li.na"],
            What::Unreachable {
                letter: Letter::Outcome,
            },
        ),
        (
            vec![
                Fact::Extended {
                    clock: "resolve".into(),
                    reason,
                },
                clocks("resolve", 0, extended),
            ],
            "wu.lei",
            &["li.na"],
            What::Extended {
                clock: resolve(),
                due_at: due(),
            },
        ),
        (
            vec![Fact::Overrode {
                act: ActName::Find,
                by: person("wu.lei"),
                reason: words(),
            }],
            "wu.lei",
            &["li.na"],
            What::Overridden { act: ActName::Find },
        ),
        (
            vec![Fact::Noted { words: words() }],
            "warehouse",
            &["li.na"],
            What::Noted,
        ),
        (
            vec![Fact::Held { reason: words() }],
            "wu.lei",
            &["li.na"],
            What::Held,
        ),
        (
            vec![Fact::HoldEnded {}],
            "wu.lei",
            &["li.na"],
            What::HoldEnded,
        ),
        (
            vec![
                wrote(Author::Customer),
                Fact::Withdrawn {},
                closed(CloseReason::Withdrawn),
            ],
            "customer",
            &["li.na"],
            What::Closed {
                reason: CloseReason::Withdrawn,
            },
        ),
        (
            vec![
                wrote(Author::Customer),
                Fact::Reopened {
                    stage: Stage::Investigating,
                },
            ],
            "customer",
            &["li.na"],
            What::Reopened,
        ),
        (
            vec![Fact::Replied { words: words() }],
            "li.na",
            &[],
            What::Noted,
        ),
        (vec![wrote(Author::Robot)], "robot", &[], What::Noted),
    ];
    for (facts, actor, people, what) in table {
        let mut case = case();
        // as if the department had answered, so that nobody has to be told to stop
        if let Some(asked) = case.hand_offs.get_mut(&1) {
            asked.answered = true;
        }
        assert_eq!(told(&case, &facts, actor), to(people, &what), "{facts:?}");
    }
}
