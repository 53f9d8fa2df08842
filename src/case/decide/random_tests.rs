//! Random legal and illegal events, and the promises that hold after each.

use super::*;

/// What any decision must keep (the promises of a case).
fn keeps_its_promises(story: &Story, before: Option<&Case>) {
    let case = story.case();
    let held_before = before.is_some_and(|before| before.legal_hold);
    assert!(
        !(held_before && case.legal_hold) || story.letters.is_empty(),
        "a letter under legal hold"
    );
    if case.stage == Stage::Closed {
        assert!(case.close_reason.is_some() && case.closed_at.is_some());
        assert!(
            case.clocks.values().all(|clock| !clock.is_running()),
            "a closed case has no clock"
        );
        let resolved = [
            CloseReason::Satisfied,
            CloseReason::NoAnswer,
            CloseReason::NotSatisfied,
        ];
        if case
            .close_reason
            .is_some_and(|reason| resolved.contains(&reason))
        {
            assert!(
                case.round > 0,
                "closed as resolved without a written outcome (§4.4)"
            );
        }
    } else {
        assert!(case.close_reason.is_none() && case.closed_at.is_none());
    }
    assert_eq!(
        case.stage == Stage::AwaitingParticulars,
        !case.asked.is_empty()
    );
    for who in &case.recused {
        assert!(case.handler.as_ref() != Some(who) && case.mediator.as_ref() != Some(who));
    }
    if let Some(mediator) = &case.mediator {
        assert!(
            case.stage != Stage::Mediating || !case.handlers.contains(mediator) || {
                // a mediator who took up the case afterwards
                before.is_some_and(|before| before.mediator.as_ref() == Some(mediator))
            }
        );
    }
    for (key, clock) in &case.clocks {
        assert!(
            clock.due_at >= clock.started_at - Duration::seconds(1),
            "{key}"
        );
        assert!(
            clock.next.is_none() || clock.is_ticking(),
            "{key} rests and has a next rung"
        );
    }
}

#[test]
fn whatever_happens_in_whatever_order_the_promises_hold() {
    use proptest::test_runner::{Config, TestRunner};
    let everybody = [
        handler(),
        staff("gu.ming", &[Role::Handler, Role::Mediator]),
        supervisor(),
        mediator(),
        department(),
        legal(),
        staff("luo.jing", &[Role::Manager]),
    ];
    let answers = [
        None,
        Some(Answer::Satisfied),
        Some(Answer::NotSatisfied),
        Some(Answer::Withdrawn),
        Some(Answer::Thanks),
    ];
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let steps = proptest::collection::vec((0..100u8, 0..200u16, 0..7usize, 1..60i64), 150);
    let profiles = proptest::sample::select(vec!["default", "uk-disp", "au-rg271", "cn-finance"]);
    let acts = every_act();
    let all = std::cell::Cell::new(0);
    let run = |(profile, steps): (&'static str, Vec<(u8, u16, usize, i64)>)| {
        let mut story = Story::new(profile);
        let mut done = 0;
        for (kind, what, who, hours) in steps {
            story.now += Duration::hours(hours);
            let before = story.case().clone();
            let what = usize::from(what);
            story.facts.clear();
            story.letters.clear();
            match kind {
                0..60 => {
                    let act = acts[what % acts.len()].clone();
                    let told = story.act_because(&everybody[who], act);
                    if told.is_err() {
                        assert_eq!(story.case(), &before, "a refusal leaves the case as it was");
                    }
                    done += usize::from(told.is_ok());
                }
                60..80 => {
                    let by = [Author::Customer, Author::Outsider, Author::Robot][who % 3];
                    let gives = &Particular::ALL[..what % 5];
                    story.wrote(by, kind % 2 == 0, answers[what % 5], gives);
                }
                80..95 => {
                    let letter = Letter::ALL[what % Letter::ALL.len()];
                    let event = match kind % 3 {
                        0 => Event::DeliveryFailed {
                            letter,
                            words: "550".into(),
                        },
                        _ => Event::Delivered { letter },
                    };
                    story.tell(&event).unwrap();
                }
                _ => {
                    let end = story.now + Duration::days(hours);
                    story.until(end);
                    story.letters.clear();
                }
            }
            keeps_its_promises(&story, Some(&before));
        }
        all.set(all.get() + done);
        Ok(())
    };
    runner.run(&(profiles, steps), run).unwrap();
    assert!(all.get() > 1000, "most events were refused");
}
