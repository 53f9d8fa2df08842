use super::super::fixture::{directory, person, shown, with};
use super::*;
use crate::case::{Act, ActName, ActionKind, CaseRef, Verdict};
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular};
use crate::staff::notice::act_done;

#[test]
fn a_refused_text_comes_back_as_it_was() {
    let original =
        "/resolve partly; remedy 120 yuan\nIt broke on its way.\n\n  indented, and a long line: "
            .to_owned()
            + &"word ".repeat(100)
            + "end";
    for tongue in Tongue::ALL {
        let reasons = ["line 1: no".to_owned(), "line 2: neither".to_owned()];
        let written = with(
            "li.na",
            |_| {},
            |about| refused(&reasons, &original, Some(about), tongue),
        );
        assert!(written.text.contains(&original), "{}", written.text);
        assert!(written.text.contains("- line 1: no\n- line 2: neither\n"));
        assert!(
            refused(&reasons, &original, None, tongue)
                .text
                .contains(&original)
        );
        let long = "很".repeat(20_010);
        let text = refused(&[], &long, None, tongue).text;
        assert_eq!(text.matches('很').count(), 20_000);
        assert!(text.contains("10"));
    }
}

#[test]
fn answers_read_well() {
    let mut texts = String::new();
    let reasons = ["line 1, “/find”: there is no command /find. Did you mean /finding?".to_owned()];
    for tongue in Tongue::ALL {
        let lines: Vec<String> = acts().iter().map(|act| act_done(act, tongue)).collect();
        for written in [
            with("li.na", |_| {}, |about| done(&lines, 2, about, tongue)),
            with(
                "warehouse",
                |_| {},
                |about| done(&lines[..1], 0, about, tongue),
            ),
            with(
                "warehouse",
                |_| {},
                |about| refused(&reasons, "/find it\nin the yard", Some(about), tongue),
            ),
            with("warehouse", |_| {}, |about| note_kept(about, tongue)),
            with(
                "li.na",
                |_| {},
                |about| {
                    let letters = ["Your complaint\n\nDear customer,\n\nwe refund it.".to_owned()];
                    super::shown(&lines[..2], &letters, None, about, tongue)
                },
            ),
            with(
                "li.na",
                |_| {},
                |about| {
                    let until = Some(about.case.received_at);
                    super::shown(&lines[..1], &[], until, about, tongue)
                },
            ),
            at_desk(&lines[..1], tongue),
        ] {
            texts += &format!("{}========\n\n", shown(&written));
        }
    }
    insta::assert_snapshot!(texts);
}

/// Every act.
fn acts() -> Vec<Act> {
    let to = || directory().find("wang").unwrap();
    let words = String::new;
    let verdict = |finding| Verdict {
        finding,
        reasons: words(),
        remedy: None,
        cause: None,
        cost: None,
        agreed: false,
    };
    let acts = vec![
        Act::Accept,
        Act::Assign { to: to() },
        Act::Note { words: words() },
        Act::Reply { words: words() },
        Act::Ask {
            particulars: [Particular::Name, Particular::Evidence].into(),
            words: None,
        },
        Act::Complete {
            particulars: [Particular::Contact].into(),
        },
        Act::HandOff {
            to: to(),
            question: words(),
            by: "2026-03-20".parse().ok(),
        },
        Act::HandOff {
            to: to(),
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
        Act::Resolve(verdict(Finding::Partly)),
        Act::Extend {
            clock: "resolve".to_owned(),
            by: None,
        },
        Act::Mediate { who: to() },
        Act::Mediated(verdict(Finding::Upheld)),
        Act::Invite {
            address: "expert@example.org".to_owned(),
            words: words(),
        },
        Act::Dismiss { address: None },
        Act::Litigate { words: words() },
        Act::Rule { words: words() },
        Act::Release,
        Act::Close {
            reason: CloseReason::OutOfScope,
            words: None,
        },
        Act::Withdraw,
        Act::Duplicate {
            of: CaseRef::new(2026, 16),
        },
        Act::SetCategory {
            code: "delivery".to_owned(),
        },
        Act::SetSeverity {
            code: "high".to_owned(),
        },
        Act::SetComplexity {
            complexity: Complexity::Simple,
        },
        Act::SetCause {
            code: "shipping".to_owned(),
        },
        Act::Recuse {
            who: person("wang"),
        },
        Act::Hold,
        Act::Unhold,
        Act::Reopen,
        Act::RecordSatisfaction { satisfied: true },
        Act::RecordSatisfaction { satisfied: false },
        Act::HandOver {
            letter: Letter::Outcome,
        },
        Act::Recognise {
            address: "other@example.net".to_owned(),
        },
        Act::Explain {
            of: None,
            words: words(),
        },
        Act::Suggest { words: words() },
        Act::Raise {
            number: 17,
            kind: ActionKind::Preventive,
            owner: to(),
            due: chrono::NaiveDate::from_ymd_opt(2026, 12, 3).unwrap(),
            what: words(),
        },
    ];
    for name in ActName::ALL {
        assert!(acts.iter().any(|act| act.name() == *name), "{name}");
    }
    acts
}
