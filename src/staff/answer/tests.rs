use std::collections::BTreeSet;

use super::*;
use crate::case::{Already, By, CaseRef, Involved};
use crate::policy::{CloseReason, Letter, Role, Stage};
use crate::staff::command::{Code, Word, Wrong};
use crate::staff::values::{ListOf, NoDate, NoLength};

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// English in English, Chinese in Chinese, and nothing of the program's own names in either.
fn fit(english: &str, chinese: &str) {
    assert!(!english.is_empty() && !has_chinese(english), "{english}");
    assert!(has_chinese(chinese), "{chinese}");
    for text in [english, chinese] {
        for own in [
            "hand_off",
            "awaiting_particulars",
            "not_a_complaint",
            "Some(",
            "None",
        ] {
            assert!(!text.contains(own), "{text}");
        }
    }
}

fn refusals() -> Vec<Refusal> {
    let who = || "li.na".parse().unwrap();
    let text = |text: &str| text.to_owned();
    let mut all = vec![
        Refusal::Exists,
        Refusal::Missing,
        Refusal::NotYours {
            act: ActName::HandOff,
            may: vec![By::Handler, By::Mediator],
        },
        Refusal::Taken {
            act: ActName::Accept,
            handler: who(),
        },
        Refusal::Recused { who: who() },
        Refusal::NoSuchRole {
            who: who(),
            role: Role::Mediator,
        },
        Refusal::NoHandOff {
            number: 3,
            open: vec![1, 2],
        },
        Refusal::NoClock {
            clock: text("resolve"),
            running: vec![text("update")],
        },
        Refusal::NotExtendable {
            clock: text("update"),
            profile: text("default"),
        },
        Refusal::ExtendedAlready {
            clock: text("resolve"),
            profile: text("default"),
        },
        Refusal::TooLong {
            clock: text("resolve"),
            most: text("15 business days"),
            by: Role::Supervisor,
        },
        Refusal::UnknownCode {
            what: "category",
            code: text("x"),
            profile: text("default"),
            known: vec![text("delivery")],
        },
        Refusal::LegalHold,
        Refusal::NothingAsked,
        Refusal::SameCase {
            of: CaseRef::new(2026, 17),
        },
        Refusal::Answered,
    ];
    for act in ActName::ALL {
        let act = *act;
        all.push(Refusal::NotNow {
            act,
            stage: Stage::Received,
            possible: vec![ActName::Accept, act],
        });
        all.push(Refusal::NoReason { act });
        all.push(Refusal::NoWords { act });
    }
    for stage in Stage::ALL {
        all.push(Refusal::NoStage {
            profile: text("default"),
            stage: *stage,
        });
        for reason in CloseReason::ALL {
            all.push(Refusal::NotThisReason {
                reason: *reason,
                stage: *stage,
                instead: "",
            });
        }
    }
    for reason in CloseReason::ALL {
        all.push(Refusal::NotReopened {
            reason: *reason,
            instead: "",
        });
    }
    for letter in Letter::ALL {
        all.push(Refusal::NoLetter { letter: *letter });
    }
    for why in [Involved::Recused, Involved::Handled, Involved::Asked] {
        all.push(Refusal::NotNeutral { who: who(), why });
    }
    for already in [
        Already::Yours,
        Already::Theirs,
        Already::Mediates,
        Already::Recused,
        Already::Held,
        Already::NotHeld,
        Already::NoLegalHold,
        Already::NoThirdParty,
        Already::NothingMissing,
    ] {
        all.push(Refusal::AlreadySo(already));
    }
    all
}

#[test]
fn every_refusal_is_told_in_both_languages() {
    let mut seen = BTreeSet::new();
    for refused in refusals() {
        let (english, chinese) = (
            refusal(&refused, Tongue::English),
            refusal(&refused, Tongue::Chinese),
        );
        fit(&english, &chinese);
        seen.insert(english);
    }
    assert!(seen.len() > 100, "{}", seen.len());
    insta::assert_snapshot!(refusal(&Refusal::NotNow {
        act: ActName::Resolve,
        stage: Stage::AwaitingParticulars,
        possible: vec![ActName::Complete, ActName::Close],
    }, Tongue::English), @"/resolve isn't possible while the case is “awaiting particulars”. You can: /complete /close");
    insta::assert_snapshot!(refusal(&Refusal::TooLong {
        clock: "resolve".to_owned(),
        most: "15 business days".to_owned(),
        by: Role::Supervisor,
    }, Tongue::Chinese), @"期限“结案”(resolve)最多可延长15个工作日，由主管决定");
}

#[test]
fn every_mistake_is_told_in_both_languages() {
    let date = |text: &str| text.parse().unwrap();
    let typed = || "x y".to_owned();
    let mut all = vec![
        Wrong::Unknown {
            typed: typed(),
            nearest: None,
        },
        Wrong::TooMany { most: 30 },
        Wrong::WhichReason,
        Wrong::LooseReason,
        Wrong::NoReference { typed: typed() },
        Wrong::NoAddress { typed: typed() },
        Wrong::Nobody {
            typed: typed(),
            departments: true,
            known: vec![],
        },
        Wrong::Nobody {
            typed: typed(),
            departments: false,
            known: vec!["li.na".parse().unwrap()],
        },
        Wrong::Several {
            typed: typed(),
            people: vec!["li.na".parse().unwrap()],
        },
        Wrong::NoClock {
            typed: typed(),
            known: vec!["resolve".to_owned(), "own".to_owned()],
        },
        Wrong::WhichHandOff { open: vec![] },
        Wrong::WhichHandOff { open: vec![1, 2] },
    ];
    for word in Word::ALL {
        let word = *word;
        all.push(Wrong::Unknown {
            typed: typed(),
            nearest: Some(word),
        });
        all.extend([
            Wrong::NotFirst { word },
            Wrong::Incomplete { word },
            Wrong::NoField {
                word,
                typed: typed(),
            },
            Wrong::NoReasons { word },
            Wrong::NoCase { word },
        ]);
    }
    for of in [
        ListOf::Particulars,
        ListOf::Findings,
        ListOf::Complexities,
        ListOf::CloseReasons,
        ListOf::Letters,
        ListOf::Lists,
    ] {
        all.push(Wrong::NotOneOf { of, typed: typed() });
    }
    for of in [Code::Category, Code::Severity, Code::Cause] {
        all.push(Wrong::NoCode {
            of,
            typed: typed(),
            known: vec!["delivery".to_owned()],
        });
    }
    for why in [
        NoDate::Unreadable,
        NoDate::Which(date("2026-12-03"), date("2027-03-12")),
        NoDate::Impossible,
        NoDate::Past(date("2026-01-01")),
        NoDate::TooFar(date("2066-01-01")),
    ] {
        all.push(Wrong::NoDate {
            typed: typed(),
            why,
        });
    }
    for why in [
        NoLength::Unreadable,
        NoLength::Unitless(15),
        NoLength::OutOfBounds,
    ] {
        all.push(Wrong::NoLength {
            typed: typed(),
            why,
        });
    }
    for wrong in all {
        // the line is the sender's, and may be Chinese in an English answer
        fit(&english::wrong(&wrong), &chinese::wrong(&wrong));
    }
    let mistake_ = Mistake {
        line: 2,
        text: "/acept".to_owned(),
        wrong: Wrong::Unknown {
            typed: "acept".to_owned(),
            nearest: Some(Word::Accept),
        },
    };
    insta::assert_snapshot!(mistake(&mistake_, Tongue::English), @"line 2, “/acept”: there is no command /acept. Did you mean /accept? If it is text, write two slashes: //acept");
    insta::assert_snapshot!(mistake(&mistake_, Tongue::Chinese), @"第2行“/acept”：没有“/acept”这个命令。您是要写 /受理 吗？若是正文，请写两个斜杠：//acept");
}

#[test]
fn what_is_possible_is_shown_with_examples_to_copy() {
    let acts = [ActName::Accept, ActName::Satisfaction];
    insta::assert_snapshot!(possible(&acts, Tongue::English), @r"
    /accept — take up the case
    /satisfied — the customer said so, otherwise than by mail
    /unsatisfied — the customer said so, otherwise than by mail
    ");
    insta::assert_snapshot!(possible(&acts, Tongue::Chinese), @r"
    /受理 —— 受理本案，由您办理
    /满意 —— 客户已用其他方式表示满意
    /不满意 —— 客户已用其他方式表示不满意
    ");
}
