use std::collections::BTreeSet;
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular};
use crate::staff::values::ListOf;

const NAMES: &[&str] = &["Li Na", "李娜"];

fn read(text: &str) -> Vec<Command> {
    match parse(text, NAMES) {
        Ok(Parsed::Commands(written)) => written.into_iter().map(|one| one.command).collect(),
        other => panic!("{text}: {other:?}"),
    }
}

fn wrong(text: &str) -> Vec<Wrong> {
    let mistakes = parse(text, NAMES).expect_err(text);
    mistakes.into_iter().map(|mistake| mistake.wrong).collect()
}

fn act(draft: Draft) -> Command {
    Command::Act {
        draft,
        reason: None,
    }
}

fn because(draft: Draft, reason: &str) -> Command {
    Command::Act {
        draft,
        reason: Some(reason.to_owned()),
    }
}

fn note(words: &str) -> Command {
    act(Draft::Note {
        words: words.to_owned(),
    })
}

fn reply(words: &str) -> Command {
    act(Draft::Reply {
        words: words.to_owned(),
    })
}

fn who(text: &str) -> String {
    text.to_owned()
}

#[test]
fn commands_are_read_as_they_are_typed() {
    let accept = || vec![act(Draft::Accept)];
    for (text, expected) in [
        ("/accept", accept()),
        ("\n\n  /ACCEPT  \n", accept()),
        (
            "Hi,\n\n/Accept.\n\nBest regards,\nLi Na\nCare Team",
            accept(),
        ),
        ("您好：\n／受理。\n\n谢谢！\n李娜", accept()),
        ("、受理", accept()),
        ("“/accept”", accept()),
        ("/accept\n-- \nLi Na", accept()),
        ("> 请尽快处理\n\n/受理", accept()),
        (
            "/accept\nI call the customer tomorrow",
            vec![act(Draft::Accept), note("I call the customer tomorrow")],
        ),
        (
            "/accept; reason: Li Na is ill",
            vec![because(Draft::Accept, "Li Na is ill")],
        ),
        (
            "/accept\n/reason Li Na is ill",
            vec![because(Draft::Accept, "Li Na is ill")],
        ),
        (
            "/理由 李娜病假\n/受理",
            vec![because(Draft::Accept, "李娜病假")],
        ),
        (
            "/accept\n/category delivery",
            vec![
                act(Draft::Accept),
                act(Draft::Category {
                    name: who("delivery"),
                }),
            ],
        ),
        (
            "/assign li.na",
            vec![act(Draft::Assign { who: who("li.na") })],
        ),
        (
            "/分派：李娜；原因：休假",
            vec![because(Draft::Assign { who: who("李娜") }, "休假")],
        ),
        ("/分派李娜", vec![act(Draft::Assign { who: who("李娜") })]),
        (
            "/assign “Li Na”, reason: leave",
            vec![because(Draft::Assign { who: who("Li Na") }, "leave")],
        ),
        (
            "/note: one\n\ntwo\n/category x",
            vec![note("one\n\ntwo"), act(Draft::Category { name: who("x") })],
        ),
        (
            "/reply Dear Ms Wang,\n\nwe look; reason: none.\n\nLi Na",
            vec![reply("Dear Ms Wang,\n\nwe look; reason: none.")],
        ),
        (
            "/reply\nDear Ms Wang,\nthanks.\n\nBest regards",
            vec![reply("Dear Ms Wang,\nthanks.\n\nBest regards")],
        ),
        (
            "/reply\n/var/log is no command\n//accept is shown",
            vec![reply("/var/log is no command\n/accept is shown")],
        ),
        ("/回复您好，已收到。", vec![reply("您好，已收到。")]),
        (
            "/reply x\n> /close not a complaint",
            vec![reply("x\n> /close not a complaint")],
        ),
        (
            "/complete contact, evidence",
            vec![act(Draft::Complete {
                particulars: BTreeSet::from([Particular::Contact, Particular::Evidence]),
            })],
        ),
        (
            "/hand-off warehouse by 3 Dec: where is it?",
            vec![act(Draft::HandOff {
                words: who("warehouse by 3 Dec: where is it?"),
            })],
        ),
        (
            "/answer 2: it left",
            vec![act(Draft::AnswerHandOff {
                number: Some(2),
                words: who("it left"),
            })],
        ),
        (
            "/answer #2 it left",
            vec![act(Draft::AnswerHandOff {
                number: Some(2),
                words: who("it left"),
            })],
        ),
        (
            "/答复协查 2、已发出",
            vec![act(Draft::AnswerHandOff {
                number: Some(2),
                words: who("已发出"),
            })],
        ),
        (
            "/answer 3 parcels were lost",
            vec![act(Draft::AnswerHandOff {
                number: None,
                words: who("3 parcels were lost"),
            })],
        ),
        (
            "/propose remedy: refund 120 yuan\nWe are sorry.",
            vec![act(Draft::Propose {
                words: who("We are sorry."),
                remedy: Some(who("refund 120 yuan")),
            })],
        ),
        (
            "/方案 我们退款120元。",
            vec![act(Draft::Propose {
                words: who("我们退款120元。"),
                remedy: None,
            })],
        ),
        (
            "/extend 5 working days: the lab",
            vec![because(
                Draft::Extend {
                    by: who("5 working days"),
                },
                "the lab",
            )],
        ),
        (
            "/延期 5个工作日；原因：检测未完成",
            vec![because(
                Draft::Extend {
                    by: who("5个工作日"),
                },
                "检测未完成",
            )],
        ),
        (
            "/extend 5 working days\nThe lab needs it.",
            vec![because(
                Draft::Extend {
                    by: who("5 working days"),
                },
                "The lab needs it.",
            )],
        ),
        (
            "/hold waiting for the lab",
            vec![because(Draft::Hold, "waiting for the lab")],
        ),
        ("/搁置：等待检测", vec![because(Draft::Hold, "等待检测")]),
        (
            "/hold\n/reason waiting",
            vec![because(Draft::Hold, "waiting")],
        ),
        (
            "/recuse me: a friend",
            vec![because(Draft::Recuse { who: who("me") }, "a friend")],
        ),
        (
            "/close not a complaint",
            vec![act(Draft::Close {
                reason: CloseReason::NotAComplaint,
                words: None,
            })],
        ),
        (
            "/Close as out of scope: ask your bank\nplease",
            vec![act(Draft::Close {
                reason: CloseReason::OutOfScope,
                words: Some(who("ask your bank\nplease")),
            })],
        ),
        (
            "/关闭 非投诉",
            vec![act(Draft::Close {
                reason: CloseReason::NotAComplaint,
                words: None,
            })],
        ),
        (
            "/duplicate of c-2026-000017-9",
            vec![act(Draft::Duplicate {
                of: CaseRefs::seventeen(),
            })],
        ),
        (
            "/重复Ｃ－２０２６－００００１７－９",
            vec![act(Draft::Duplicate {
                of: CaseRefs::seventeen(),
            })],
        ),
        (
            "/complexity simple",
            vec![act(Draft::Complexity {
                complexity: Complexity::Simple,
            })],
        ),
        (
            "/复杂程度 复杂",
            vec![act(Draft::Complexity {
                complexity: Complexity::Complex,
            })],
        ),
        (
            "/不满意",
            vec![act(Draft::Satisfaction { satisfied: false })],
        ),
        (
            "/已转交 结案答复",
            vec![act(Draft::HandOver {
                letter: Letter::Outcome,
            })],
        ),
        (
            "/invite expert@example.org：is it safe?\nSee the picture.",
            vec![act(Draft::Invite {
                address: who("expert@example.org"),
                words: who("is it safe?\nSee the picture."),
            })],
        ),
        ("/show", vec![Command::Show { of: None }]),
        (
            "/show C-2026-000017-9",
            vec![Command::Show {
                of: Some(CaseRefs::seventeen()),
            }],
        ),
        (
            "/list",
            vec![Command::List {
                kind: ListKind::Mine,
            }],
        ),
        (
            "/列表 到期",
            vec![Command::List {
                kind: ListKind::Due,
            }],
        ),
        (
            "/search broken parcel",
            vec![Command::Search {
                words: who("broken parcel"),
            }],
        ),
        ("/help", vec![Command::Help { about: None }]),
        (
            "/帮助 /结案答复",
            vec![Command::Help {
                about: Some(Word::Resolve),
            }],
        ),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

struct CaseRefs;

impl CaseRefs {
    fn seventeen() -> crate::case::CaseRef {
        crate::case::CaseRef::new(2026, 17)
    }
}

#[test]
fn a_decision_has_parts_on_its_line_and_reasons_below() {
    let verdict =
        |finding, reasons: &str, remedy: Option<&str>, cause: Option<&str>, agreed| VerdictDraft {
            finding,
            reasons: reasons.to_owned(),
            remedy: remedy.map(str::to_owned),
            cause: cause.map(str::to_owned),
            cost: None,
            agreed,
        };
    for (text, expected) in [
        (
            "/resolve upheld; remedy refund 120 yuan; cause shipping\nThe parcel was lost.\n\nWe are sorry.",
            verdict(
                Finding::Upheld,
                "The parcel was lost.\n\nWe are sorry.",
                Some("refund 120 yuan"),
                Some("shipping"),
                false,
            ),
        ),
        (
            "/结案答复 部分支持；补偿 退款120元；原因 shipping\n经核实，包裹遗失。",
            verdict(
                Finding::Partly,
                "经核实，包裹遗失。",
                Some("退款120元"),
                Some("shipping"),
                false,
            ),
        ),
        (
            "/结案答复：部分支持；补偿：退款120元。；客户已同意\n经核实。",
            verdict(Finding::Partly, "经核实。", Some("退款120元"), None, true),
        ),
        (
            "/Resolve Partly Upheld; Remedy: replacement; agreed\nWe found it.",
            verdict(
                Finding::Partly,
                "We found it.",
                Some("replacement"),
                None,
                true,
            ),
        ),
        (
            "/resolve rejected\n\nremedy: none\ncause: other\n\nCause and effect are unclear.",
            verdict(
                Finding::Rejected,
                "Cause and effect are unclear.",
                Some("none"),
                Some("other"),
                false,
            ),
        ),
        (
            "/resolve rejected: we found nothing",
            verdict(Finding::Rejected, "we found nothing", None, None, false),
        ),
        ("/不支持", verdict(Finding::Rejected, "", None, None, false)),
    ] {
        if text.starts_with("/不支持") {
            assert!(parse(text, NAMES).is_err());
            continue;
        }
        assert_eq!(read(text), [act(Draft::Resolve(expected))], "{text}");
    }
    for (text, expected) in [
        (
            "/resolve partly; remedy another cup; cause\ndelay\nIt was lost.",
            Wrong::Incomplete {
                word: Word::Resolve,
            },
        ),
        (
            "/resolve",
            Wrong::Incomplete {
                word: Word::Resolve,
            },
        ),
        (
            "/resolve upheld",
            Wrong::NoReasons {
                word: Word::Resolve,
            },
        ),
        (
            "/resolve upheld; reason: lost\nWe lost it.",
            Wrong::WhichReason,
        ),
        (
            "/resolve perhaps\nx",
            Wrong::NotOneOf {
                of: ListOf::Findings,
                typed: who("perhaps"),
            },
        ),
        (
            "/resolve upheld; flowers\nx",
            Wrong::NoField {
                word: Word::Resolve,
                typed: who("flowers"),
            },
        ),
    ] {
        assert_eq!(wrong(text), [expected], "{text}");
    }
}

#[test]
fn a_caller_is_recorded_with_what_they_said() {
    let report =
        |name: Option<&str>, phone: Option<&str>, address: Option<&str>, words: &str| Report {
            name: name.map(str::to_owned),
            phone: phone.map(str::to_owned),
            address: address.map(str::to_owned),
            words: words.to_owned(),
        };
    for (text, expected) in [
        (
            "/phone Wang Wei 13800000000: it broke",
            report(Some("Wang Wei"), Some("13800000000"), None, "it broke"),
        ),
        (
            "/电话投诉 王伟，138-0000-0000：包裹破损\n要求退款",
            report(
                Some("王伟"),
                Some("138-0000-0000"),
                None,
                "包裹破损\n要求退款",
            ),
        ),
        (
            "/phone Wang Wei <Wang@Example.net>\nit broke",
            report(Some("Wang Wei"), None, Some("Wang@example.net"), "it broke"),
        ),
        (
            "/phone Wang Wang@Example.net\nit broke",
            report(Some("Wang"), None, Some("Wang@example.net"), "it broke"),
        ),
        (
            "/phone it broke, says somebody",
            report(None, None, None, "it broke, says somebody"),
        ),
    ] {
        assert_eq!(read(text), [Command::Phone(expected)], "{text}");
    }
}

#[test]
fn a_mail_without_a_command_is_a_note() {
    for text in [
        "The customer called.",
        "Hi,\nthe customer called.",
        "accept",
        "> /accept\nI agree",
        "1/2 of it is done",
        "Refund approved:",
        "Hello, refund now",
        "// a remark",
        "I looked.\n/var/log/mail says nothing",
    ] {
        assert!(matches!(parse(text, NAMES), Ok(Parsed::Note(_))), "{text}");
    }
    for text in ["", "\n \n", "Hi,\n\nLi Na", "您好！\n\n谢谢"] {
        assert_eq!(parse(text, NAMES), Ok(Parsed::Empty), "{text}");
    }
    let far = format!("{}/accept", "words\n".repeat(20));
    assert!(matches!(parse(&far, NAMES), Ok(Parsed::Note(_))));
}

#[test]
fn what_cant_be_understood_refuses_the_whole_mail() {
    let unknown = |typed: &str, nearest| Wrong::Unknown {
        typed: typed.to_owned(),
        nearest,
    };
    for (text, expected) in [
        ("/acept", vec![unknown("acept", Some(Word::Accept))]),
        ("/frobnicate", vec![unknown("frobnicate", None)]),
        ("/accept\n/frobnicate", vec![unknown("frobnicate", None)]),
        (
            "/accept\n/clsoe spam",
            vec![unknown("clsoe", Some(Word::Close))],
        ),
        // a slip would go to the customer
        (
            "/reply Thank you.\n/clsoe spam",
            vec![unknown("clsoe", Some(Word::Close))],
        ),
        (
            "I looked into it.\n/accept",
            vec![Wrong::NotFirst { word: Word::Accept }],
        ),
        (
            "I looked into it.\n/acept",
            vec![unknown("acept", Some(Word::Accept))],
        ),
        ("/assign", vec![Wrong::Incomplete { word: Word::Assign }]),
        (
            "/reply\n\nLi Na",
            vec![Wrong::Incomplete { word: Word::Reply }],
        ),
        ("/ask", vec![Wrong::Incomplete { word: Word::Ask }]),
        (
            "/ask shoe size",
            vec![Wrong::NotOneOf {
                of: ListOf::Particulars,
                typed: who("shoe size"),
            }],
        ),
        (
            "/close spam mail",
            vec![Wrong::NotOneOf {
                of: ListOf::CloseReasons,
                typed: who("spam mail"),
            }],
        ),
        (
            "/duplicate of the other",
            vec![Wrong::NoReference {
                typed: who("of the other"),
            }],
        ),
        (
            "/list everything",
            vec![Wrong::NotOneOf {
                of: ListOf::Lists,
                typed: who("everything"),
            }],
        ),
        ("/reason why", vec![Wrong::LooseReason]),
        ("/show\n/reason why", vec![Wrong::LooseReason]),
        (
            "/assign\n/category",
            vec![
                Wrong::Incomplete { word: Word::Assign },
                Wrong::Incomplete {
                    word: Word::Category,
                },
            ],
        ),
    ] {
        assert_eq!(wrong(text), expected, "{text}");
    }
    assert_eq!(
        wrong(&"/accept\n".repeat(40)),
        [Wrong::TooMany { most: 30 }]
    );
    let mistakes = parse("Hi,\n\n/acept the case", NAMES).unwrap_err();
    assert_eq!(
        (mistakes[0].line, mistakes[0].text.as_str()),
        (3, "/acept the case")
    );
}

#[test]
fn a_megabyte_is_read_at_once() {
    for text in [
        "/reply ".to_owned() + &"a ".repeat(500_000),
        "/reply\n".to_owned() + &"/x\n".repeat(300_000),
        "/reply\n".to_owned() + &"/clse\n".repeat(200_000),
        "/accept\n".repeat(120_000),
        "x\n".repeat(500_000),
        "/".repeat(1_000_000),
        "/assign ".to_owned() + &"a;".repeat(500_000),
        "/assign ".to_owned() + &"reason;".repeat(150_000),
        "/resolve upheld;".to_owned() + &"remedy x;".repeat(100_000) + "\nbecause",
        "/phone ".to_owned() + &"a ".repeat(500_000),
        "/ask name,".to_owned() + &"name,".repeat(200_000),
        "您好\n".repeat(100_000),
        "/note\n".to_owned() + &"Li Na\n".repeat(150_000),
        "> \n".repeat(300_000),
        "\u{200b}".repeat(300_000),
    ] {
        let started = Instant::now();
        let _ = parse(&text, NAMES);
        let head: String = text.chars().take(20).collect();
        assert!(
            // anything but linear would take minutes
            started.elapsed().as_secs() < 30,
            "{head}: {:?}",
            started.elapsed()
        );
    }
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_fail(text in "([/／、 ]{0,2}[a-z分派回复结案答复]{0,8}[ :：;；\n]{0,2}.{0,20}\n?){0,12}") {
        let _ = parse(&text, NAMES);
    }

    #[test]
    fn nothing_at_all_makes_the_reader_fail(text in "(?s).{0,400}") {
        let _ = parse(&text, &["", "x"]);
    }

    /// Promise: what a customer reads is what was written behind a command for them, and nothing else.
    #[test]
    fn no_words_reach_the_customer_without_their_command(text in "([a-z ,.]{0,30}\n){0,8}(/(accept|note|hold|show|assign)[a-z :\n]{0,40}\n){0,4}") {
        if let Ok(Parsed::Commands(written)) = parse(&text, NAMES) {
            for one in written {
                let told = matches!(one.command, Command::Act {
                    draft: Draft::Reply { .. } | Draft::Propose { .. } | Draft::Resolve(_) | Draft::Close { .. } | Draft::Ask { .. }, ..
                });
                prop_assert!(!told);
            }
        }
    }

    #[test]
    fn words_for_the_customer_arrive_whole(lines in proptest::collection::vec("[A-Za-z0-9 ,.;:!?é中文]{1,40}", 1..8)) {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        let words = lines.join("\n");
        prop_assume!(!words.trim().is_empty() && !words.starts_with([' ', ',', '.', ':', ';']));
        let last = lines.last().copied().unwrap_or_default();
        prop_assume!(!last.is_empty());
        let read = read(&format!("/reply {words}"));
        prop_assert_eq!(read, vec![reply(words.trim())]);
    }
}
