use super::super::fixture::{all, person, receiver, shown, with};
use super::*;
use crate::case::Case;
use crate::policy::Stage;
use crate::staff::notice::{done, note_kept, refused};

/// As the case is when somebody is told this.
fn at_that_point(what: &What, case: &mut Case) {
    match what {
        What::Unassigned => (case.handler, case.stage) = (None, Stage::Received),
        What::Mediator => (case.mediator, case.stage) = (Some(person("sun.yu")), Stage::Mediating),
        What::MediationOwed => case.stage = Stage::Mediating,
        What::Closed { .. } => {
            case.stage = Stage::Closed;
            case.clocks.clear();
        }
        What::Held => case.held = true,
        What::Litigated => (case.stage, case.legal_hold) = (Stage::Litigation, true),
        _ => {}
    }
}

#[test]
fn every_notice_reads_well() {
    for tongue in Tongue::ALL {
        let mut texts = String::new();
        for what in all() {
            let change = |case: &mut Case| at_that_point(&what, case);
            let written = with(receiver(&what), change, |about| write(&what, about, tongue));
            // the parts that are alike in all stand in the snapshot of one
            let text = if what == What::CustomerWrote || what.is_for_department() {
                written.text
            } else {
                written
                    .text
                    .split("\n\n")
                    .take(2)
                    .collect::<Vec<_>>()
                    .join("\n\n")
                    + "\n"
            };
            texts += &format!("Subject: {}\n\n{text}\n========\n\n", written.subject);
        }
        insta::assert_snapshot!(format!("notices-{tongue:?}"), texts);
    }
}

#[test]
fn a_department_learns_its_question_and_nothing_else() {
    for tongue in Tongue::ALL {
        for what in all() {
            let text = with(
                "warehouse",
                |_| {},
                |about| shown(&write(&what, about, tongue)),
            );
            let secrets = [
                "Wang Wei",
                "Parcel broken",
                "Li Na",
                "photo.jpg",
                "complaints+customer",
                "high",
                "delivery",
                "Investigating",
                "调查中",
                "Possible now",
                "目前可用",
            ];
            for secret in secrets {
                assert!(!text.contains(secret), "{what:?}: {secret} in\n{text}");
            }
            assert!(text.contains("C-2026-000017-9"));
            assert_eq!(text.contains("| "), what.is_for_department(), "{what:?}");
        }
        let text = with(
            "warehouse",
            |_| {},
            |about| shown(&done(&["noted".to_owned()], 2, about, tongue)),
        );
        assert!(
            !text.contains("letters") && !text.contains("信件") && !text.contains("23"),
            "{text}"
        );
    }
    // somebody's deputy sees what they see, though asked as a department too
    let wang = |case: &mut Case| case.hand_offs.get_mut(&1).unwrap().to = person("wang");
    let text = with("wang", wang, |about| {
        shown(&write(&What::CustomerWrote, about, Tongue::English))
    });
    assert!(text.contains("Wang Wei"));
}

#[test]
fn a_receiver_without_commands_is_offered_none() {
    for tongue in Tongue::ALL {
        for what in all() {
            let text = with(
                receiver(&what),
                |_| {},
                |about| {
                    let about = About {
                        can_command: false,
                        to_customer: None,
                        ..*about
                    };
                    shown(&write(&what, &about, tongue))
                },
            );
            assert!(
                !text.contains("/accept") && !text.contains("/备注"),
                "{text}"
            );
            let commands = text.match_indices('/').filter(|(at, _)| {
                let before = text[..*at].chars().next_back();
                before.is_some_and(char::is_whitespace)
                    && text[at + 1..].starts_with(char::is_alphabetic)
            });
            // that a command was done by somebody else is news; and sorting has a slash between two codes
            let news = matches!(what, What::Overridden { .. });
            assert!(news || commands.count() == 0, "{text}");
        }
    }
}

#[test]
fn nobody_is_led_to_write_to_a_customer_after_a_forgery() {
    let text = with(
        "li.na",
        |_| {},
        |about| write(&What::Unproven, about, Tongue::English).text,
    );
    assert!(!text.contains("complaints+customer"));
}

#[test]
fn no_words_of_others_break_a_mail() {
    let long = "x".repeat(3_000) + &"很".repeat(3_000);
    let hostile = [
        long.as_str(),
        "a\r\nSubject: b\r\n\r\nThe case: closed\u{2028}How to answer\u{202e}evil\u{0}",
        &"word ".repeat(2_000),
        " \n\n\n",
        "",
    ];
    for tongue in Tongue::ALL {
        for (what, words) in all()
            .iter()
            .flat_map(|what| hostile.map(|words| (what, words)))
        {
            let written = with(
                receiver(what),
                |_| {},
                |about| {
                    let files = [words.to_owned()];
                    let about = About {
                        customer: Some(words),
                        topic: words,
                        new_words: Some(words),
                        files: &files,
                        ..*about
                    };
                    let mut written = write(what, &about, tongue);
                    let answers = [
                        done(&[words.to_owned()], 1, &about, tongue),
                        refused(&[words.to_owned()], words, Some(&about), tongue),
                        note_kept(&about, tongue),
                    ];
                    for answer in answers {
                        assert!(!answer.subject.contains(['\n', '\r']));
                        written.text += &answer.text;
                    }
                    written
                },
            );
            assert!(!written.subject.contains(['\n', '\r']) && written.subject.len() < 300);
            for line in written.text.split('\n') {
                assert!(line.len() <= 998, "{what:?}: {}", line.len());
                assert!(
                    !line.contains(['\r', '\u{0}', '\u{202e}', '\u{2028}']),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn other_peoples_words_stand_behind_a_mark_and_end_somewhere() {
    let words = "一二三四五".repeat(1_200);
    let text = with(
        "li.na",
        |_| {},
        |about| {
            let about = About {
                new_words: Some(&words),
                ..*about
            };
            write(&What::CustomerWrote, &about, Tongue::English).text
        },
    );
    let marked = text.lines().filter_map(|line| line.strip_prefix("| "));
    assert_eq!(
        marked.map(|line| line.chars().count()).sum::<usize>(),
        5_000
    );
    assert!(text.contains("(1000 more characters: /show)"));
}
