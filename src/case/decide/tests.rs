//! The policy as tables; clause numbers stand in the names.

use std::collections::BTreeSet;

use chrono::{Duration, TimeZone};
use chrono_tz::Asia::Shanghai;

use super::*;
use crate::case::event::{Act, Author, Verdict, Wrote};
use crate::case::person::Staff;
use crate::case::table::{By, TABLE};
use crate::case::{Answer, Channel, ClockKey};
use crate::ids::LandedId;
use crate::language::Language;
use crate::policy::{CloseReason, Policies, Role};

#[path = "random_tests.rs"]
mod random;

/// A case on its way through a story, under a profile.
struct Story {
    policies: &'static Policies,
    profile: &'static str,
    now: DateTime<Utc>,
    case: Option<Case>,
    facts: Vec<Fact>,
    letters: Vec<Letter>,
    withhold: Option<Withheld>,
}

fn policies() -> &'static Policies {
    static POLICIES: std::sync::LazyLock<Policies> = std::sync::LazyLock::new(Policies::built_in);
    &POLICIES
}

fn at(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    Shanghai.from_local_datetime(&naive).unwrap().to_utc()
}

fn staff(id: &str, roles: &[Role]) -> Staff {
    Staff {
        person: id.parse().unwrap(),
        roles: roles.iter().copied().collect(),
    }
}

fn handler() -> Staff {
    staff("li.na", &[Role::Handler])
}
fn supervisor() -> Staff {
    staff("wu.lei", &[Role::Supervisor])
}
fn mediator() -> Staff {
    staff("sun.yu", &[Role::Mediator])
}
fn department() -> Staff {
    staff("logistics", &[Role::Department])
}
fn legal() -> Staff {
    staff("he.fa", &[Role::Legal])
}

fn verdict(finding: Finding) -> Verdict {
    Verdict {
        finding,
        reasons: "The parcel was damaged on its way.".into(),
        remedy: Some("A refund of 120 yuan".into()),
        cause: None,
        cost: None,
        agreed: false,
    }
}

impl Story {
    /// A complaint received on Monday, 2 March 2026, at 10:00 in Shanghai.
    fn new(profile: &'static str) -> Story {
        let mut story = Story {
            policies: policies(),
            profile,
            now: at("2026-03-02 10:00"),
            case: None,
            facts: vec![],
            letters: vec![],
            withhold: None,
        };
        let received_at = story.now;
        story
            .tell(&Event::Received(Received {
                landed: Some(LandedId(1)),
                received_at,
                channel: Channel::Email,
                language: Language::ZH,
                gives: [Particular::Name, Particular::Contact].into(),
                follows: None,
                assign: None,
                words: None,
                resembles: None,
                flood: false,
            }))
            .unwrap();
        story
    }

    /// At a stage, by the shortest way that the policy knows.
    fn at_stage(stage: Stage) -> Story {
        let mut story = Story::new("default");
        let acts: &[(Staff, Act)] = &match stage {
            Stage::Received => vec![],
            Stage::AwaitingParticulars => vec![(handler(), ask())],
            Stage::Investigating => vec![(handler(), Act::Accept)],
            Stage::Negotiating => vec![
                (handler(), Act::Accept),
                (
                    handler(),
                    Act::Find {
                        words: "broken".into(),
                    },
                ),
            ],
            Stage::Resolved => vec![
                (handler(), Act::Accept),
                (handler(), Act::Resolve(verdict(Finding::Partly))),
            ],
            Stage::Mediating => vec![
                (handler(), Act::Accept),
                (handler(), Act::Resolve(verdict(Finding::Rejected))),
                (handler(), Act::RecordSatisfaction { satisfied: false }),
                (supervisor(), Act::Mediate { who: mediator() }),
            ],
            Stage::Litigation => vec![
                (handler(), Act::Accept),
                (
                    legal(),
                    Act::Litigate {
                        words: "sued".into(),
                    },
                ),
            ],
            Stage::Closed => vec![(handler(), Act::Accept), (handler(), Act::Withdraw)],
        };
        for (by, act) in acts {
            story.act(by, act.clone()).unwrap();
        }
        assert_eq!(story.case().stage, stage);
        story
    }

    fn case(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    fn tell(&mut self, event: &Event) -> Result<(), Refusal> {
        let context = Context {
            profile: self.policies.profile(self.profile).unwrap(),
            now: self.now,
            withhold: self.withhold,
        };
        let decision = decide(self.case.clone(), event, &context)?;
        let mut replayed = self.case.clone();
        for fact in &decision.facts {
            match &mut replayed {
                Some(case) => case.apply(fact, self.now),
                None => replayed = Case::open(fact),
            }
        }
        assert_eq!(
            replayed.as_ref(),
            Some(&decision.case),
            "its facts alone give the case"
        );
        self.facts = decision.facts;
        self.letters = decision
            .letters
            .iter()
            .map(|writing| writing.letter)
            .collect();
        self.case = Some(decision.case);
        Ok(())
    }

    fn act(&mut self, by: &Staff, act: Act) -> Result<(), Refusal> {
        self.tell(&Event::Acted {
            by: by.clone(),
            act,
            reason: None,
        })
    }

    fn act_because(&mut self, by: &Staff, act: Act) -> Result<(), Refusal> {
        self.tell(&Event::Acted {
            by: by.clone(),
            act,
            reason: Some("the handler is ill".into()),
        })
    }

    fn customer(&mut self, answer: Option<Answer>) {
        self.wrote(Author::Customer, true, answer, &[]);
    }

    fn wrote(&mut self, by: Author, proven: bool, answer: Option<Answer>, gives: &[Particular]) {
        let wrote = Wrote {
            landed: LandedId(2),
            by,
            proven,
            answer,
            gives: gives.iter().copied().collect(),
        };
        self.tell(&Event::Wrote(wrote)).unwrap();
    }

    fn delivered(&mut self, letter: Letter) {
        self.tell(&Event::Delivered { letter }).unwrap();
    }

    /// Lets time pass, and climbs every rung on the way; the letters written.
    fn until(&mut self, end: DateTime<Utc>) -> Vec<Letter> {
        let mut letters = Vec::new();
        loop {
            let clocks = self.case().clocks.iter();
            let next = clocks.filter_map(|(key, clock)| Some((clock.next?, key.clone())));
            let Some((next, clock)) = next
                .min_by_key(|(next, _)| next.at)
                .filter(|(next, _)| next.at <= end)
            else {
                self.now = end;
                return letters;
            };
            self.now = self.now.max(next.at);
            let event = Event::ClockReached {
                clock,
                percent: next.percent,
            };
            self.tell(&event).unwrap();
            letters.extend(&self.letters);
        }
    }

    fn due(&self, clock: &str) -> String {
        let due = self.case().due(clock).unwrap().with_timezone(&Shanghai);
        due.format("%Y-%m-%d %H:%M").to_string()
    }

    fn runs(&self, clock: &str) -> bool {
        self.case().due(clock).is_some()
    }
}

fn ask() -> Act {
    Act::Ask {
        particulars: [Particular::Details, Particular::Evidence].into(),
        words: None,
    }
}

#[test]
fn p4_1_a_complaint_is_recorded_and_acknowledged_at_once_whatever_it_lacks() {
    let story = Story::new("default");
    assert_eq!(story.case().stage, Stage::Received);
    assert_eq!(story.letters, [Letter::Acknowledgement]);
    assert_eq!(story.case().acknowledgement, Acknowledgement::Queued);
    assert_eq!(story.due("acknowledge"), "2026-03-03 18:00");
    assert_eq!(story.due("confirm"), "2026-03-04 18:00");
    assert_eq!(story.due("resolve"), "2026-03-23 18:00");
}

#[test]
fn p4_1_a_withheld_acknowledgement_is_recorded_with_its_reason() {
    for why in [
        Withheld::DailyLimit,
        Withheld::NoAddress,
        Withheld::Automatic,
    ] {
        let policies = policies();
        let context = Context {
            profile: policies.profile("default").unwrap(),
            now: at("2026-03-02 10:00"),
            withhold: Some(why),
        };
        let event = Event::Received(Received {
            landed: None,
            received_at: context.now,
            channel: Channel::Phone,
            language: Language::EN,
            gives: BTreeSet::new(),
            follows: None,
            assign: None,
            words: None,
            resembles: None,
            flood: false,
        });
        let decision = decide(None, &event, &context).unwrap();
        assert_eq!(decision.case.acknowledgement, Acknowledgement::Withheld);
        // §3: who has no address gets it on paper
        let passed_on = decision.letters.iter().map(|writing| writing.to.clone());
        let expected = (why == Withheld::NoAddress).then_some(crate::case::Recipient::PassOn);
        assert!(passed_on.eq(expected));
        let letter = Letter::Acknowledgement;
        assert!(
            decision
                .facts
                .contains(&Fact::LetterWithheld { letter, why })
        );
    }
}

#[test]
fn p4_1_the_fate_of_an_acknowledgement_is_told_once_and_stops_its_clock() {
    let letter = Letter::Acknowledgement;
    let failed = || Event::DeliveryFailed {
        letter,
        words: "550 no such user".into(),
    };
    let delivered = || Event::Delivered { letter };
    use Acknowledgement::{Delivered, Failed};
    let rows: [(Vec<Event>, Acknowledgement, bool, bool); 6] = [
        (vec![delivered()], Delivered, true, true),
        (vec![delivered(), delivered()], Delivered, true, false),
        (vec![failed()], Failed, false, true),
        (vec![delivered(), failed()], Failed, false, true),
        (vec![failed(), delivered()], Delivered, true, true),
        (
            vec![Event::Cancelled { letter }],
            Acknowledgement::Withheld,
            true,
            true,
        ),
    ];
    for (events, acknowledgement, reachable, told) in rows {
        let mut story = Story::new("default");
        for event in &events {
            story.tell(event).unwrap();
        }
        let case = story.case();
        assert_eq!(
            (case.acknowledgement, case.reachable),
            (acknowledgement, reachable)
        );
        assert_eq!(!story.facts.is_empty(), told, "{events:?}");
        let was_delivered = events.contains(&delivered());
        assert_eq!(story.runs("acknowledge"), !was_delivered, "{events:?}");
    }
}

#[test]
fn p4_1_particulars_are_asked_for_and_the_clocks_wait_until_they_are_there() {
    let mut story = Story::new("default");
    story.act(&handler(), ask()).unwrap();
    assert_eq!(story.letters, [Letter::ParticularsRequest]);
    assert_eq!(story.case().stage, Stage::AwaitingParticulars);
    assert_eq!(
        story.case().handler,
        Some(handler().person),
        "whoever asks has taken it up"
    );
    assert!(!story.runs("confirm") && !story.runs("resolve") && !story.runs("investigate"));

    // from Monday to Thursday: three business days later than before
    story.now = at("2026-03-05 11:00");
    story.wrote(Author::Customer, false, None, &[Particular::Details]);
    assert_eq!(
        story.case().stage,
        Stage::AwaitingParticulars,
        "evidence is still missing"
    );
    story.wrote(Author::Outsider, true, None, &[Particular::Evidence]);
    assert_eq!(
        story.case().stage,
        Stage::AwaitingParticulars,
        "somebody else's evidence"
    );
    story.wrote(Author::Customer, false, None, &[Particular::Evidence]);
    assert_eq!(story.case().stage, Stage::Investigating);
    assert_eq!(story.due("resolve"), "2026-03-26 18:00");
    assert!(!story.runs("particulars"));
}

#[test]
fn p4_1_a_handler_may_go_on_without_what_was_asked_for() {
    let mut story = Story::at_stage(Stage::AwaitingParticulars);
    assert!(story.runs("particulars"));
    story.act(&handler(), Act::Accept).unwrap();
    assert_eq!(story.case().stage, Stage::Investigating);
    assert!(!story.runs("particulars") && story.runs("investigate"));
}

#[test]
fn p4_1_without_an_answer_the_customer_is_reminded_once_and_the_case_goes_on() {
    let mut story = Story::new("default");
    story.act(&handler(), ask()).unwrap();
    story.delivered(Letter::ParticularsRequest);
    let letters = story.until(at("2026-04-30 12:00"));
    let reminders = letters
        .iter()
        .filter(|letter| **letter == Letter::ParticularsReminder);
    assert_eq!(reminders.count(), 1);
    assert_eq!(story.case().stage, Stage::Investigating);
    assert!(story.case().asked.is_empty());
}

#[test]
fn p4_2_hand_offs_have_a_clock_each_and_only_the_department_asked_answers() {
    let mut story = Story::at_stage(Stage::Investigating);
    let hand_off = |question: &str, by| Act::HandOff {
        to: department(),
        question: question.into(),
        by,
    };
    story
        .act(&handler(), hand_off("When was it sent?", None))
        .unwrap();
    let friday = chrono::NaiveDate::from_ymd_opt(2026, 3, 6);
    story
        .act(&handler(), hand_off("Who packed it?", friday))
        .unwrap();
    let due = |story: &Story, number| {
        let key = ClockKey {
            name: "department_answer".into(),
            number,
        };
        let clock = &story.case().clocks[&key];
        (
            clock
                .due_at
                .with_timezone(&Shanghai)
                .format("%m-%d %H:%M")
                .to_string(),
            clock.is_running(),
        )
    };
    assert_eq!(due(&story, 1), ("03-05 18:00".into(), true));
    assert_eq!(
        due(&story, 2),
        ("03-06 23:59".into(), true),
        "the handler's own date"
    );

    let answer = |number| Act::AnswerHandOff {
        number,
        words: "on Friday".into(),
    };
    let other = staff("sales", &[Role::Department]);
    assert!(matches!(
        story.act(&other, answer(1)),
        Err(Refusal::NotYours { .. })
    ));
    let open = vec![1, 2];
    assert_eq!(
        story.act(&department(), answer(3)),
        Err(Refusal::NoHandOff { number: 3, open })
    );
    story.act(&department(), answer(1)).unwrap();
    assert_eq!((due(&story, 1).1, due(&story, 2).1), (false, true));
    let no_department = Act::HandOff {
        to: legal(),
        question: "?".into(),
        by: None,
    };
    assert!(matches!(
        story.act(&handler(), no_department),
        Err(Refusal::NoSuchRole { .. })
    ));
}

#[test]
fn p4_4_the_outcome_goes_out_in_writing_and_its_delivery_stops_the_clock() {
    let mut story = Story::at_stage(Stage::Resolved);
    assert_eq!(story.letters, [Letter::Outcome]);
    assert!(story.runs("resolve"), "decided isn't sent");
    story
        .tell(&Event::DeliveryFailed {
            letter: Letter::Outcome,
            words: "550".into(),
        })
        .unwrap();
    assert!(story.runs("resolve") && !story.runs("satisfaction"));
    // read out on the phone instead
    story
        .act(
            &handler(),
            Act::HandOver {
                letter: Letter::Outcome,
            },
        )
        .unwrap();
    assert!(!story.runs("resolve") && story.runs("satisfaction"));
}

#[test]
fn p4_4_satisfaction_is_asked_reminded_once_and_closes_without_an_answer() {
    let mut story = Story::at_stage(Stage::Resolved);
    story.delivered(Letter::Outcome);
    let letters = story.until(at("2026-04-30 12:00"));
    let expected = [
        Letter::SatisfactionQuestion,
        Letter::SatisfactionReminder,
        Letter::Closed,
    ];
    assert_eq!(letters, expected);
    assert_eq!(story.case().close_reason, Some(CloseReason::NoAnswer));
    assert!(
        story
            .case()
            .clocks
            .values()
            .all(|clock| !clock.is_running())
    );
}

#[test]
fn p4_4_p5_1_an_answer_counts_where_it_was_asked_for_and_is_the_customers() {
    use Stage::{Closed, Mediating, Resolved};
    let satisfied = Some(Answer::Satisfied);
    for (by, proven, answer, stage) in [
        (Author::Customer, true, satisfied, Closed),
        (
            Author::Customer,
            true,
            Some(Answer::NotSatisfied),
            Mediating,
        ),
        (Author::Customer, true, Some(Answer::Withdrawn), Closed),
        (Author::Customer, true, Some(Answer::Thanks), Resolved),
        (Author::Customer, true, None, Resolved),
        // the reference in a subject is no proof
        (Author::Customer, false, satisfied, Resolved),
        (Author::Customer, false, Some(Answer::Withdrawn), Resolved),
        (Author::Outsider, true, satisfied, Resolved),
        (Author::Robot, true, Some(Answer::NotSatisfied), Resolved),
    ] {
        let mut story = Story::at_stage(Resolved);
        story.wrote(by, proven, answer, &[]);
        assert_eq!(story.case().stage, stage, "{by} {proven} {answer:?}");
    }
    // an answer to a question that wasn't asked is filed
    for stage in [Stage::Received, Stage::Investigating, Stage::Negotiating] {
        let mut story = Story::at_stage(stage);
        story.customer(satisfied);
        assert_eq!((story.case().stage, story.case().satisfied), (stage, None));
    }
}

#[test]
fn p5_1_the_mediator_is_neither_the_handler_nor_anybody_with_an_interest() {
    let mut story = Story::at_stage(Stage::Resolved);
    story.customer(Some(Answer::NotSatisfied));
    assert_eq!(story.case().stage, Stage::Mediating);
    let both = |id: &str| staff(id, &[Role::Handler, Role::Mediator]);
    let name = |who: Staff| Act::Mediate { who };
    let refused = story.act(&supervisor(), name(both("li.na"))).unwrap_err();
    assert!(matches!(refused, Refusal::NotNeutral { .. }), "{refused}");
    let interested = Act::Recuse {
        who: "zhao.min".parse().unwrap(),
    };
    story.act_because(&supervisor(), interested).unwrap();
    let refused = story
        .act(&supervisor(), name(both("zhao.min")))
        .unwrap_err();
    assert!(matches!(refused, Refusal::NotNeutral { .. }), "{refused}");
    let refused = story.act(&supervisor(), name(legal())).unwrap_err();
    assert!(matches!(refused, Refusal::NoSuchRole { .. }), "{refused}");
    assert!(!story.runs("mediate"));
    story.act(&supervisor(), name(mediator())).unwrap();
    assert_eq!(story.letters, [Letter::MediationOpened]);
    assert_eq!(story.due("mediate"), "2026-03-30 18:00");

    let outcome = Act::Mediated(verdict(Finding::Upheld));
    let refused = story.act(&handler(), outcome.clone()).unwrap_err();
    assert!(matches!(refused, Refusal::NotYours { .. }), "{refused}");
    story.act(&mediator(), outcome).unwrap();
    assert_eq!(story.letters, [Letter::MediationOutcome]);
    assert_eq!(
        (story.case().stage, story.case().round),
        (Stage::Resolved, 2)
    );
    story.delivered(Letter::MediationOutcome);
    assert!(!story.runs("mediate") && story.runs("satisfaction"));

    // §5.2: there is no third round; the further rights remain
    story.customer(Some(Answer::NotSatisfied));
    assert_eq!(story.case().close_reason, Some(CloseReason::NotSatisfied));
    assert_eq!(story.letters, [Letter::Closed]);
}

#[test]
fn p5_2_before_a_court_nothing_is_sent_and_no_clock_runs() {
    let mut story = Story::at_stage(Stage::Resolved);
    story.delivered(Letter::Outcome);
    story
        .act(
            &legal(),
            Act::Litigate {
                words: "sued".into(),
            },
        )
        .unwrap();
    assert!(story.case().legal_hold);
    assert!(
        story
            .case()
            .clocks
            .values()
            .all(|clock| !clock.is_running())
    );
    assert!(story.until(at("2026-12-31 12:00")).is_empty());
    story.customer(Some(Answer::Withdrawn));
    assert_eq!(story.case().stage, Stage::Litigation, "a person reads it");
    let refused = story
        .act(
            &handler(),
            Act::Rule {
                words: "won".into(),
            },
        )
        .unwrap_err();
    assert!(matches!(refused, Refusal::NotYours { .. }), "{refused}");
    story
        .act(
            &legal(),
            Act::Rule {
                words: "won".into(),
            },
        )
        .unwrap();
    assert_eq!(story.case().close_reason, Some(CloseReason::Ruling));
    assert!(story.letters.is_empty());
    let why = Withheld::LegalHold;
    assert!(story.facts.contains(&Fact::LetterWithheld {
        letter: Letter::Closed,
        why
    }));
    story.customer(None);
    assert_eq!(story.case().stage, Stage::Closed, "a ruling stands");
    story.act(&legal(), Act::Release).unwrap();
    assert!(!story.case().legal_hold);
}

#[test]
fn p7_only_what_is_closed_and_under_no_hold_is_erased_and_then_nothing_happens_to_it() {
    let erased = || Event::Erased {
        rule: "retention".into(),
    };
    for stage in Stage::ALL.iter().copied() {
        let mut story = Story::at_stage(stage);
        if stage != Stage::Closed {
            assert_eq!(story.tell(&erased()), Err(Refusal::StillOpen { stage }));
        }
    }
    let mut story = Story::at_stage(Stage::Litigation);
    let words = "won".to_owned();
    story.act(&legal(), Act::Rule { words }).unwrap();
    assert_eq!(story.tell(&erased()), Err(Refusal::KeptByHold));
    story.act(&legal(), Act::Release).unwrap();
    story.tell(&erased()).unwrap();
    assert_eq!(story.facts.len(), 1, "nothing but that it was");
    let at = story.now;
    assert_eq!(story.case().erased_at, Some(at));
    for refused in [
        story.tell(&erased()),
        story.act(&legal(), Act::Reopen),
        story.act(&legal(), Act::Litigate { words: "x".into() }),
    ] {
        assert_eq!(refused, Err(Refusal::Erased { at }));
    }
}

#[test]
fn p9_a_supervisor_stands_in_with_a_reason_that_is_on_record() {
    let mut story = Story::at_stage(Stage::Investigating);
    let find = || Act::Find {
        words: "broken".into(),
    };
    let act = ActName::Find;
    assert_eq!(
        story.act(&supervisor(), find()),
        Err(Refusal::NoReason { act })
    );
    story.act_because(&supervisor(), find()).unwrap();
    let overrode = |fact: &Fact| {
        matches!(
            fact,
            Fact::Overrode {
                act: ActName::Find,
                ..
            }
        )
    };
    assert!(story.facts.iter().any(overrode));
    let other = staff("gu.ming", &[Role::Handler]);
    let refused = Story::at_stage(Stage::Received);
    assert_eq!(refused.case().handler, None);
    let mut story = Story::at_stage(Stage::Investigating);
    let refused = story.act(&other, Act::Accept).unwrap_err();
    let handler = handler().person;
    assert_eq!(
        refused,
        Refusal::Taken {
            act: ActName::Accept,
            handler
        }
    );
}

#[test]
fn p9_every_stage_and_act_is_in_the_table_or_refused_in_words() {
    let everybody = [
        (By::Handler, handler()),
        (By::Supervisor, supervisor()),
        (By::Mediator, mediator()),
        (By::Department, department()),
        (By::Legal, legal()),
        (By::Manager, staff("luo.jing", &[Role::Manager])),
        (By::Anyone, staff("nobody", &[Role::Auditor])),
    ];
    for stage in Stage::ALL {
        for act in every_act() {
            let rules = TABLE.iter().filter(|rule| rule.act == act.name());
            let here: Vec<_> = rules.filter(|rule| rule.at.contains(stage)).collect();
            for (by, who) in &everybody {
                let mut story = Story::at_stage(*stage);
                let before = story.case().clone();
                match story.act_because(who, act.clone()) {
                    Ok(()) => {
                        assert!(!here.is_empty(), "{} at {stage} by {by:?}", act.name());
                        let leads = here
                            .iter()
                            .any(|rule| rule.to.is_none_or(|to| to == story.case().stage));
                        let by_customer =
                            matches!(act, Act::RecordSatisfaction { .. } | Act::Complete { .. });
                        assert!(leads || by_customer, "{} at {stage}", act.name());
                        assert!(!story.facts.is_empty());
                    }
                    Err(refusal) => {
                        let words = refusal.to_string();
                        assert!(words.len() > 15 && !words.ends_with('.'), "{words}");
                        assert_eq!(story.case(), &before);
                        let fits = !here.is_empty();
                        let not_now = matches!(refusal, Refusal::NotNow { .. });
                        assert!(
                            fits || not_now,
                            "{} at {stage} by {by:?}: {words}",
                            act.name()
                        );
                    }
                }
            }
        }
    }
}

fn every_act() -> Vec<Act> {
    let words = || "words".to_owned();
    let acts = vec![
        Act::Accept,
        Act::Assign {
            to: staff("gu.ming", &[Role::Handler]),
        },
        Act::Note { words: words() },
        Act::Reply { words: words() },
        ask(),
        Act::Complete {
            particulars: [Particular::Evidence].into(),
        },
        Act::HandOff {
            to: department(),
            question: words(),
            by: None,
        },
        Act::AnswerHandOff {
            number: 1,
            words: words(),
        },
        Act::Find { words: words() },
        Act::Propose {
            words: words(),
            remedy: None,
        },
        Act::View { words: words() },
        Act::Resolve(verdict(Finding::Upheld)),
        Act::Extend {
            clock: "resolve".into(),
            by: None,
        },
        Act::Mediate {
            who: staff("qin.qin", &[Role::Mediator]),
        },
        Act::Mediated(verdict(Finding::Upheld)),
        Act::Invite {
            address: "expert@example.org".into(),
            words: words(),
        },
        Act::Dismiss { address: None },
        Act::Litigate { words: words() },
        Act::Rule { words: words() },
        Act::Release,
        Act::Close {
            reason: CloseReason::OutOfScope,
            words: Some(words()),
        },
        Act::Withdraw,
        Act::Duplicate {
            of: crate::case::CaseRef::new(2026, 5),
        },
        Act::SetCategory {
            code: "nonsense".into(),
        },
        Act::SetSeverity {
            code: "nonsense".into(),
        },
        Act::SetComplexity {
            complexity: crate::policy::Complexity::Complex,
        },
        Act::SetCause {
            code: "nonsense".into(),
        },
        Act::Recuse {
            who: "zhao.min".parse().unwrap(),
        },
        Act::Hold,
        Act::Unhold,
        Act::Reopen,
        Act::RecordSatisfaction { satisfied: true },
        Act::HandOver {
            letter: Letter::Outcome,
        },
        Act::Recognise {
            address: "other@example.net".into(),
        },
        Act::Explain {
            of: None,
            words: words(),
        },
        Act::Suggest { words: words() },
        Act::Raise {
            number: 1,
            kind: crate::case::ActionKind::Preventive,
            owner: staff("qin.qin", &[Role::Mediator]),
            due: chrono::NaiveDate::MAX,
            what: words(),
        },
    ];
    let names: BTreeSet<ActName> = acts.iter().map(Act::name).collect();
    assert_eq!(names.len(), ActName::ALL.len(), "each act once");
    acts
}

#[test]
fn clocks_an_extension_is_told_with_the_reason_and_given_once() {
    let mut story = Story::at_stage(Stage::Investigating);
    let extend = |by| Act::Extend {
        clock: "resolve".into(),
        by,
    };
    assert_eq!(
        story.act(&supervisor(), extend(None)),
        Err(Refusal::NoReason {
            act: ActName::Extend
        })
    );
    let refused = story.act_because(&handler(), extend(None)).unwrap_err();
    assert!(matches!(refused, Refusal::NotYours { .. }), "{refused}");
    let long = "20 business days".parse().ok();
    let refused = story.act_because(&supervisor(), extend(long)).unwrap_err();
    assert!(matches!(refused, Refusal::TooLong { .. }), "{refused}");
    story.act_because(&supervisor(), extend(None)).unwrap();
    assert_eq!(story.letters, [Letter::Extension]);
    // 15 business days after 23 March; 4 to 6 April is Qingming
    assert_eq!(story.due("resolve"), "2026-04-14 18:00");
    let refused = story.act_because(&supervisor(), extend(None)).unwrap_err();
    assert!(
        matches!(refused, Refusal::ExtendedAlready { .. }),
        "{refused}"
    );
    let other = Act::Extend {
        clock: "update".into(),
        by: None,
    };
    let refused = story.act_because(&supervisor(), other).unwrap_err();
    assert!(
        matches!(
            refused,
            Refusal::NoClock { .. } | Refusal::NotExtendable { .. }
        ),
        "{refused}"
    );
}

#[test]
fn clocks_each_rung_is_climbed_once_however_often_it_is_told() {
    let mut story = Story::new("default");
    let key = ClockKey {
        name: "confirm".into(),
        number: 0,
    };
    let rung = story.case().clocks[&key].next.unwrap();
    let event = Event::ClockReached {
        clock: key.clone(),
        percent: rung.percent,
    };
    story.tell(&event).unwrap();
    assert!(story.facts.is_empty(), "it isn't reached yet");
    story.now = rung.at;
    story.tell(&event).unwrap();
    assert_eq!(story.facts.len(), 1);
    story.tell(&event).unwrap();
    assert!(story.facts.is_empty(), "told again, it changes nothing");
    story.until(at("2026-03-31 12:00"));
    let clock = &story.case().clocks[&key];
    assert_eq!((clock.reached, clock.next), (200, None));
    assert_eq!(clock.breached_at, Some(at("2026-03-04 18:00")));
}

#[test]
fn clocks_a_hold_stops_them_where_the_profile_says_so_and_closing_stops_all() {
    let mut story = Story::at_stage(Stage::Mediating);
    story.act(&handler(), Act::Withdraw).unwrap();
    assert!(
        story
            .case()
            .clocks
            .values()
            .all(|clock| !clock.is_running())
    );
}

#[test]
fn new_mail_opens_a_closed_case_within_the_window_unless_it_only_thanks() {
    for (answer, by, days, stage) in [
        (None, Author::Customer, 1, Stage::Investigating),
        (Some(Answer::Thanks), Author::Customer, 1, Stage::Closed),
        (Some(Answer::Satisfied), Author::Customer, 1, Stage::Closed),
        (
            Some(Answer::NotSatisfied),
            Author::Customer,
            1,
            Stage::Investigating,
        ),
        (None, Author::Outsider, 1, Stage::Closed),
        (None, Author::Robot, 1, Stage::Closed),
        (None, Author::Customer, 4000, Stage::Closed),
    ] {
        let mut story = Story::at_stage(Stage::Closed);
        story.now += Duration::days(days);
        story.wrote(by, true, answer, &[]);
        assert_eq!(story.case().stage, stage, "{answer:?} {by} {days}");
        if stage == Stage::Investigating {
            assert_eq!(story.letters, [Letter::Reopened]);
            assert!(story.runs("investigate") && story.runs("resolve"));
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let mut story = Story::new("default");
    let again = Event::Received(Received {
        landed: None,
        received_at: story.now,
        channel: Channel::Web,
        language: Language::EN,
        gives: BTreeSet::new(),
        follows: None,
        assign: None,
        words: None,
        resembles: None,
        flood: false,
    });
    assert_eq!(story.tell(&again), Err(Refusal::Exists));
    story.case = None;
    let letter = Letter::Outcome;
    assert_eq!(
        story.tell(&Event::Delivered { letter }),
        Err(Refusal::Missing)
    );
}

#[test]
fn p9_a_deadline_missed_twice_with_another_between_is_explained_once() {
    let mut story = Story::at_stage(Stage::Investigating);
    let breach = |clock: &str| crate::case::Lapse {
        of: crate::case::Concern::Breach(ClockKey {
            name: clock.to_owned(),
            number: 0,
        }),
        by: Some(handler().person),
        explained: false,
    };
    let case = story.case.as_mut().unwrap();
    case.lapses = ["resolve", "update", "resolve"].map(breach).into();
    let explain = |of: &str| Act::Explain {
        of: Some(of.to_owned()),
        words: "the laboratory was closed".to_owned(),
    };
    assert_eq!(story.act(&handler(), explain("resolve")), Ok(()));
    let explained: Vec<bool> = story
        .case()
        .lapses
        .iter()
        .map(|one| one.explained)
        .collect();
    assert_eq!(explained, [true, false, true]);
    assert_eq!(story.act(&handler(), explain("update")), Ok(()));
}
