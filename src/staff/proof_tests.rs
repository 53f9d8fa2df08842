//! Forgeries and near misses, each with its verdict.

use super::*;
use crate::mail;
use crate::mail::standing::By;
use chrono::TimeZone;
use proptest::prelude::*;
use std::collections::BTreeSet;

use crate::staff::command::{Parsed, parse};

/// What is known of a mail, owned.
#[derive(Debug, Clone)]
struct Case {
    from: Vec<String>,
    nature: Nature,
    standing: Standing,
    came_to: Vec<CameTo>,
    case: Option<CaseId>,
    answers_ours: bool,
    received_at: DateTime<Utc>,
    seen_before: Option<bool>,
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, 0, 0).unwrap()
}

fn person(id: &str) -> Person {
    id.parse().unwrap()
}

fn member(id: &str, role: Role, addresses: &[&str]) -> Member {
    Member {
        person: person(id),
        name: id.to_owned(),
        addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
        roles: BTreeSet::from([role]),
        languages: vec![],
        categories: BTreeSet::new(),
        absence: None,
        working_days: vec![],
        digest: false,
    }
}

fn directory() -> Directory {
    let mut both = member("both", Role::Department, &["both@example.com"]);
    both.roles.insert(Role::Supervisor);
    Directory::new(vec![
        member(
            "li.na",
            Role::Handler,
            &["li.na@example.com", "li@bücher.example"],
        ),
        member("wang", Role::Handler, &["wang@example.com"]),
        member("store", Role::Department, &["warehouse@partner.example"]),
        member("legal", Role::Legal, &["legal@example.com"]),
        both,
    ])
}

/// Departments by address, legal by thread, everybody else strict.
fn rules() -> Rules {
    Rules {
        by_role: BTreeMap::from([
            (Role::Department, Strictness::Address),
            (Role::Legal, Strictness::Thread),
        ]),
        ..Rules::default()
    }
}

fn made_for(id: &str, purpose: Purpose, case: Option<i64>) -> CameTo {
    CameTo {
        made_for: MadeFor::Staff(person(id), purpose),
        case: case.map(CaseId),
        key: Key::Current,
    }
}

fn vouched(verdict: Vouched) -> Standing {
    Standing {
        verdict,
        by: By::Dkim,
        domain: Some("example.com".to_owned()),
        reason: "why".to_owned(),
        signed_at: Some(at(24, 9)),
    }
}

/// Li Na's own mail about case 17.
fn own() -> Case {
    Case {
        from: vec!["li.na@example.com".to_owned()],
        nature: Nature::Human,
        standing: vouched(Vouched::Proven),
        came_to: vec![made_for("li.na", Purpose::Work, Some(17))],
        case: Some(CaseId(17)),
        answers_ours: true,
        received_at: at(24, 9),
        seen_before: Some(false),
    }
}

/// The same of somebody else.
fn of(id: &str, address: &str) -> Case {
    Case {
        from: vec![address.to_owned()],
        came_to: vec![made_for(id, Purpose::Work, Some(17))],
        ..own()
    }
}

fn judged(case: &Case) -> Verdict {
    let from: Vec<&str> = case.from.iter().map(String::as_str).collect();
    let evidence = Evidence {
        from: &from,
        nature: case.nature,
        standing: &case.standing,
        came_to: &case.came_to,
        case: case.case,
        answers_ours: case.answers_ours,
        received_at: case.received_at,
        seen_before: case.seen_before,
    };
    judge(&evidence, &directory(), &rules())
}

fn proven(id: &str, by: Rests) -> Verdict {
    Verdict::Proven {
        person: person(id),
        purpose: Purpose::Work,
        case: Some(CaseId(17)),
        by,
    }
}

fn doubt(reason: Doubt) -> Verdict {
    Verdict::Unproven { reason }
}

type Row = (&'static str, Case, Verdict);

fn from(address: &str) -> Case {
    Case {
        from: vec![address.to_owned()],
        ..own()
    }
}

fn to(came_to: Vec<CameTo>) -> Case {
    Case { came_to, ..own() }
}

fn standing(verdict: Vouched) -> Case {
    Case {
        standing: vouched(verdict),
        ..own()
    }
}

#[test]
fn only_a_members_own_word_is_proven() {
    use Rests::{Address, StandingAndAddress, StandingAndThread};
    let customers = CameTo {
        made_for: MadeFor::Customer,
        ..made_for("li.na", Purpose::Work, Some(17))
    };
    let bounces = CameTo {
        made_for: MadeFor::Bounce,
        ..customers
    };
    let keyed = |key| {
        to(vec![CameTo {
            key,
            ..made_for("li.na", Purpose::Work, Some(17))
        }])
    };
    let two = |one: &str, other: &str| Case {
        from: vec![one.to_owned(), other.to_owned()],
        ..own()
    };
    let unsigned = |case: Case| Case {
        came_to: vec![],
        ..case
    };
    let received = |day, hour| Case {
        received_at: at(day, hour),
        ..own()
    };
    let store = || of("store", "warehouse@partner.example");
    let legal = || of("legal", "legal@example.com");
    let nature = |nature| Case { nature, ..own() };
    let yes = || proven("li.na", StandingAndAddress);
    let rows: Vec<Row> = vec![
        // what is proven
        ("her own mail", own(), yes()),
        ("another case of letters", from("Li.Na@EXAMPLE.com"), yes()),
        (
            "her other address, as A-labels",
            from("li@xn--bcher-kva.example"),
            yes(),
        ),
        ("the key before", keyed(Key::Previous), yes()),
        (
            "the address twice, in To and Delivered-To",
            to(vec![made_for("li.na", Purpose::Work, Some(17)); 2]),
            yes(),
        ),
        (
            "to her address without an earlier mail",
            Case {
                answers_ours: false,
                ..own()
            },
            yes(),
        ),
        ("six days on the way", received(30, 8), yes()),
        ("a clock a little ahead", received(24, 8), yes()),
        (
            "her server's word, without a time of signing",
            Case {
                standing: Standing {
                    signed_at: None,
                    by: By::Results,
                    ..vouched(Vouched::Proven)
                },
                ..received(30, 23)
            },
            yes(),
        ),
        (
            "a department by its address alone",
            Case {
                standing: vouched(Vouched::Unproven),
                ..store()
            },
            proven("store", Address),
        ),
        (
            "a department whose key can't be asked for",
            Case {
                standing: vouched(Vouched::Temporary),
                ..store()
            },
            proven("store", Address),
        ),
        (
            "a department that is vouched for",
            store(),
            proven("store", StandingAndAddress),
        ),
        (
            "legal by an answer to our mail",
            unsigned(legal()),
            proven("legal", StandingAndThread),
        ),
        (
            "legal by the signed address",
            legal(),
            proven("legal", StandingAndAddress),
        ),
        // who From names
        (
            "no From",
            Case {
                from: vec![],
                ..own()
            },
            doubt(Doubt::NoAuthor),
        ),
        (
            "two From",
            two("li.na@example.com", "evil@evil.test"),
            doubt(Doubt::SeveralAuthors),
        ),
        (
            "two From, hers last",
            two("evil@evil.test", "li.na@example.com"),
            doubt(Doubt::SeveralAuthors),
        ),
        (
            "two From, both hers",
            two("li.na@example.com", "li.na@example.com"),
            doubt(Doubt::SeveralAuthors),
        ),
        (
            "two From, two members",
            two("li.na@example.com", "wang@example.com"),
            doubt(Doubt::SeveralAuthors),
        ),
        ("a stranger", from("evil@evil.test"), doubt(Doubt::NotStaff)),
        (
            "the customer, with commands",
            from("customer@example.net"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a former member",
            from("zhao@example.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a lookalike domain",
            from("li.na@examp1e.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a lookalike letter",
            from("li.n\u{430}@example.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a lookalike letter in the domain",
            from("li.na@ex\u{430}mple.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a subdomain",
            from("li.na@mail.example.com"),
            doubt(Doubt::NotStaff),
        ),
        ("a domain above", from("li.na@com"), doubt(Doubt::NotStaff)),
        (
            "a longer domain",
            from("li.na@notexample.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "her domain as a part",
            from("li.na@example.com.evil.test"),
            doubt(Doubt::NotStaff),
        ),
        (
            "another domain of the same name",
            from("li.na@example.org"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a plus tag",
            from("li.na+x@example.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a dot less",
            from("lina@example.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "her address as a name",
            from("\"li.na@example.com\" <evil@evil.test>"),
            doubt(Doubt::NotStaff),
        ),
        (
            "two at signs",
            from("li.na@example.com@evil.test"),
            doubt(Doubt::NotStaff),
        ),
        (
            "an invisible character",
            from("li.na@exam\u{200b}ple.com"),
            doubt(Doubt::NotStaff),
        ),
        (
            "a route before it",
            from("@evil.test:li.na@example.com"),
            doubt(Doubt::NotStaff),
        ),
        // who wrote it
        (
            "her out-of-office",
            nature(Nature::AutoReply),
            doubt(Doubt::Robot),
        ),
        (
            "a bounce in her name",
            nature(Nature::Bounce),
            doubt(Doubt::Robot),
        ),
        (
            "a list that passed her mail on",
            nature(Nature::MailingList),
            doubt(Doubt::Robot),
        ),
        ("a receipt", nature(Nature::Report), doubt(Doubt::Robot)),
        (
            "our own mail, sent back",
            nature(Nature::Own),
            doubt(Doubt::Robot),
        ),
        // who vouches for it
        (
            "nothing vouches",
            standing(Vouched::Unproven),
            doubt(Doubt::Unvouched("why".to_owned())),
        ),
        (
            "her domain denies it",
            standing(Vouched::Failed),
            doubt(Doubt::Denied("why".to_owned())),
        ),
        (
            "DNS doesn't answer",
            standing(Vouched::Temporary),
            Verdict::Later {
                person: person("li.na"),
            },
        ),
        (
            "a department whose domain denies it",
            Case {
                standing: vouched(Vouched::Failed),
                ..store()
            },
            doubt(Doubt::Denied("why".to_owned())),
        ),
        (
            "legal by an answer, unvouched",
            Case {
                standing: vouched(Vouched::Unproven),
                ..unsigned(legal())
            },
            doubt(Doubt::Unvouched("why".to_owned())),
        ),
        (
            "of two roles the stricter one is asked",
            Case {
                standing: vouched(Vouched::Unproven),
                ..of("both", "both@example.com")
            },
            doubt(Doubt::Unvouched("why".to_owned())),
        ),
        // where it came to
        (
            "the plain mailbox",
            unsigned(own()),
            doubt(Doubt::NoAddress),
        ),
        (
            "the plain mailbox, a department",
            unsigned(store()),
            doubt(Doubt::NoAddress),
        ),
        (
            "legal without address or earlier mail",
            Case {
                answers_ours: false,
                ..unsigned(legal())
            },
            doubt(Doubt::NoAddress),
        ),
        (
            "legal without a case",
            Case {
                case: None,
                ..unsigned(legal())
            },
            doubt(Doubt::NoAddress),
        ),
        (
            "a colleague's address",
            to(vec![made_for("wang", Purpose::Work, Some(17))]),
            doubt(Doubt::AnotherPersons(person("wang"))),
        ),
        (
            "hers, from a colleague it was forwarded to",
            from("wang@example.com"),
            doubt(Doubt::AnotherPersons(person("li.na"))),
        ),
        (
            "hers and a colleague's",
            to(vec![
                made_for("li.na", Purpose::Work, Some(17)),
                made_for("wang", Purpose::Work, Some(17)),
            ]),
            doubt(Doubt::SeveralAddresses),
        ),
        (
            "two of hers, two cases",
            to(vec![
                made_for("li.na", Purpose::Work, Some(17)),
                made_for("li.na", Purpose::Work, Some(18)),
            ]),
            doubt(Doubt::SeveralAddresses),
        ),
        (
            "a command to the address for the customer's words, and for commands",
            to(vec![
                made_for("li.na", Purpose::Work, Some(17)),
                made_for("li.na", Purpose::ToCustomer, Some(17)),
            ]),
            doubt(Doubt::SeveralAddresses),
        ),
        (
            "another case's address",
            to(vec![made_for("li.na", Purpose::Work, Some(18))]),
            doubt(Doubt::AnotherCases),
        ),
        (
            "an address of no case, for a case",
            to(vec![made_for("li.na", Purpose::Desk, None)]),
            doubt(Doubt::AnotherCases),
        ),
        (
            "an address of a case, for none",
            Case {
                case: None,
                ..own()
            },
            doubt(Doubt::AnotherCases),
        ),
        (
            "a desk with a case",
            to(vec![made_for("li.na", Purpose::Desk, Some(17))]),
            doubt(Doubt::AnotherCases),
        ),
        (
            "the customer's address",
            to(vec![customers]),
            doubt(Doubt::NotForStaff),
        ),
        (
            "the address for returned mail",
            to(vec![bounces]),
            doubt(Doubt::NotForStaff),
        ),
        ("an old key", keyed(Key::Old), doubt(Doubt::OldKey)),
        (
            "a department with a colleague's address",
            Case {
                came_to: vec![made_for("li.na", Purpose::Work, Some(17))],
                ..store()
            },
            doubt(Doubt::AnotherPersons(person("li.na"))),
        ),
        // whether it is fresh
        (
            "sent again",
            Case {
                seen_before: Some(true),
                ..own()
            },
            doubt(Doubt::Replayed),
        ),
        (
            "without a Message-ID, or with several",
            Case {
                seen_before: None,
                ..own()
            },
            doubt(Doubt::NoMessageId),
        ),
        (
            "a department's, sent again",
            Case {
                seen_before: Some(true),
                ..store()
            },
            doubt(Doubt::Replayed),
        ),
        (
            "eight days after it was signed",
            Case {
                received_at: Utc.with_ymd_and_hms(2026, 12, 2, 9, 0, 0).unwrap(),
                ..own()
            },
            doubt(Doubt::Stale),
        ),
        (
            "signed two days after it came",
            received(22, 8),
            doubt(Doubt::FromTheFuture),
        ),
    ];
    assert!(rows.len() >= 60);
    for (what, case, expected) in rows {
        assert_eq!(judged(&case), expected, "{what}");
    }
}

#[test]
fn what_an_address_was_made_for_is_told() {
    let words = to(vec![made_for("li.na", Purpose::ToCustomer, Some(17))]);
    assert!(matches!(
        judged(&words),
        Verdict::Proven {
            purpose: Purpose::ToCustomer,
            ..
        }
    ));
    let desk = Case {
        case: None,
        ..to(vec![made_for("li.na", Purpose::Desk, None)])
    };
    assert!(matches!(
        judged(&desk),
        Verdict::Proven {
            purpose: Purpose::Desk,
            case: None,
            ..
        }
    ));
}

/// From in every syntax, read by the one parser of addresses.
#[test]
fn a_from_that_can_be_read_in_two_ways_is_nobodys() {
    for (field, is_hers) in [
        ("From: li.na@example.com", true),
        ("From: Li Na <li.na@example.com>", true),
        ("From: =?utf-8?B?5p2O5aic?= <li.na@example.com>", true),
        ("From: \"evil@evil.test\" <li.na@example.com>", true),
        ("From: Staff: li.na@example.com;", true),
        ("From: Staff: li.na@example.com, evil@evil.test;", false),
        ("From: li.na@example.com\nFrom: evil@evil.test", false),
        ("From: li.na@example.com, evil@evil.test", false),
        ("From: <li.na@example.com> <evil@evil.test>", false),
        ("From: li.na@example.com <evil@evil.test>", false),
        (
            "From: =?utf-8?Q?li.na=40example.com?= <evil@evil.test>",
            false,
        ),
        ("From: =?utf-8?Q?li.na=40example.com?=", false),
        ("From: \"li.na@example.com\"@evil.test", false),
        ("From: li.na@example.com(comment)@evil.test", false),
        ("Sender: li.na@example.com\nFrom: evil@evil.test", false),
        ("Reply-To: li.na@example.com\nFrom: evil@evil.test", false),
        ("To: li.na@example.com", false),
    ] {
        let raw = format!("{field}\nSubject: x\n\n/accept\n");
        let reading = mail::read(raw.as_bytes(), &mail::Context::default());
        let case = Case {
            from: reading.from.into_iter().map(|from| from.address).collect(),
            ..own()
        };
        let hers = judged(&case) == proven("li.na", Rests::StandingAndAddress);
        assert_eq!(hers, is_hers, "{field}");
    }
}

/// What isn't the writer's new text, as plain text, is no command.
#[test]
fn a_command_that_is_quoted_or_hidden_is_none() {
    let plain = |body: &str| {
        format!("From: li.na@example.com\nContent-Type: text/plain; charset=utf-8\n\n{body}")
    };
    let alternative = |text: &str, html: &str| {
        format!(
            "From: li.na@example.com\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
             {text}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        )
    };
    for raw in [
        plain("I agree.\n\nOn Tue, 24 Nov 2026, Redress wrote:\n> /close not a complaint\n"),
        plain("I agree.\n\n> /close not a complaint\n"),
        plain(
            "I agree.\n\n-----Original Message-----\nFrom: x@example.com\nSent: today\nSubject: y\n\n/close not a complaint\n",
        ),
        alternative("I agree.", "<p>/close not a complaint</p>"),
    ] {
        let reading = mail::read(raw.as_bytes(), &mail::Context::default());
        let parsed = parse(&reading.new_text, &["Li Na"]);
        assert!(matches!(parsed, Ok(Parsed::Note(_))), "{raw}: {parsed:?}");
    }
}

proptest! {
    /// Promise 9: nothing is proven without a member's address in From, and one that was made for them.
    #[test]
    fn nothing_is_proven_without_all_of_it(
        who in 0usize..4, standing_ in 0usize..4, address in 0usize..4, case in 0i64..3, key in 0usize..3, seen: bool,
    ) {
        let authors = ["li.na@example.com", "wang@example.com", "evil@evil.test", "li.na@example.com.evil.test"];
        let standings = [Vouched::Proven, Vouched::Unproven, Vouched::Failed, Vouched::Temporary];
        let ids = ["li.na", "wang", "store", "legal"];
        let keys = [Key::Current, Key::Previous, Key::Old];
        let mail = Case {
            from: vec![authors[who].to_owned()],
            standing: vouched(standings[standing_]),
            came_to: vec![CameTo { key: keys[key], ..made_for(ids[address], Purpose::Work, Some(16 + case)) }],
            seen_before: Some(seen),
            ..own()
        };
        let is_proven = matches!(judged(&mail), Verdict::Proven { .. });
        prop_assert_eq!(is_proven, who < 2 && address == who && standing_ == 0 && case == 1 && key < 2 && !seen);
    }
}
