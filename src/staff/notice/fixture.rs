//! What the tests of notices share: a company, a case, and every notice about it.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

use super::{About, What, Written};
use crate::case::{
    ActName, Case, CaseRef, Channel, ClockChange, ClockEvent, ClockKey, Fact, Person, TextId,
};
use crate::language::Language;
use crate::policy::{CloseReason, Letter, Policies, Profile, Role, Stage, Term};
use crate::staff::{Absence, Directory, Member};

pub(super) fn person(id: &str) -> Person {
    id.parse().unwrap()
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    Shanghai.from_local_datetime(&naive).unwrap().to_utc()
}

pub(super) fn words() -> TextId {
    TextId::of("words")
}

pub(super) fn directory() -> Directory {
    let away = |from: &str, until: &str, deputy: Option<&str>| {
        Some(Absence {
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            deputy: deputy.map(person),
        })
    };
    let member = |id: &str, name: &str, role: Role, absence| Member {
        person: person(id),
        name: name.to_owned(),
        addresses: vec![format!("{id}@example.com")],
        roles: [role].into(),
        languages: vec![],
        categories: [].into(),
        absence,
        working_days: vec![],
        digest: false,
    };
    let li = away("2026-03-16", "2026-03-31", Some("wang"));
    let sun = away("2026-03-20", "2026-03-31", Some("wang"));
    Directory::new(vec![
        member("li.na", "Li Na", Role::Handler, li),
        member(
            "wang",
            "Wang Fang",
            Role::Handler,
            away("2026-03-24", "2026-03-31", None),
        ),
        member("wu.lei", "Wu Lei", Role::Supervisor, None),
        member("he.jing", "He Jing", Role::Supervisor, None),
        member("ma.li", "Ma Li", Role::Manager, None),
        member("ceo", "Zhang San", Role::Executive, None),
        member("sun.yu", "Sun Yu", Role::Mediator, sun),
        member("he.fa", "He Fa", Role::Legal, None),
        member("warehouse", "Warehouse", Role::Department, None),
    ])
}

/// A case of Li Na's, with a question to the warehouse; all clocks are due on 23 March at 18:00.
pub(super) fn case() -> Case {
    let received_at = at("2026-03-02 10:00");
    let mut case = Case::open(&Fact::Received {
        landed: None,
        received_at,
        channel: Channel::Email,
        language: Language::ZH,
        profile: "default".to_owned(),
        gives: [].into(),
        words: None,
        follows: None,
        resembles: None,
        flood: false,
    })
    .unwrap();
    let started = |name: &str, number| ClockChange {
        key: ClockKey {
            name: name.to_owned(),
            number,
        },
        what: ClockEvent::Started {
            started_at: received_at,
            term: "15 business days".parse::<Term>().unwrap(),
            due_at: at("2026-03-23 18:00"),
            next: None,
        },
    };
    let mut changes: Vec<ClockChange> =
        ["particulars", "resolve", "update", "investigate", "mediate"]
            .map(|name| started(name, 0))
            .into();
    changes.push(started("department_answer", 1));
    for fact in [
        Fact::Accepted {
            handler: person("li.na"),
            stage: Stage::Investigating,
        },
        Fact::HandedOff {
            number: 1,
            to: person("warehouse"),
            question: words(),
        },
        Fact::Categorised {
            code: "delivery".to_owned(),
        },
        Fact::SeveritySet {
            code: "high".to_owned(),
        },
        Fact::Clocks { changes },
    ] {
        case.apply(&fact, received_at);
    }
    case
}

pub(super) fn fact_reached(name: &str, number: u32, percent: u16, breach: bool) -> Fact {
    let key = ClockKey {
        name: name.to_owned(),
        number,
    };
    let what = ClockEvent::Reached {
        percent,
        breach,
        next: None,
    };
    Fact::Clocks {
        changes: vec![ClockChange { key, what }],
    }
}

pub(super) fn default() -> &'static Profile {
    static POLICIES: std::sync::LazyLock<Policies> = std::sync::LazyLock::new(Policies::built_in);
    POLICIES.profile("default").unwrap()
}

/// Every notice, once at least.
pub(super) fn all() -> Vec<What> {
    let clock = |name: &str| ClockKey {
        name: name.to_owned(),
        number: 0,
    };
    let due_at = at("2026-03-23 18:00");
    let reached = |percent, breach| What::Reached {
        clock: clock("resolve"),
        percent,
        breach,
        due_at,
    };
    vec![
        What::Assigned,
        What::Unassigned,
        What::CustomerWrote,
        What::ThirdPartyWrote,
        What::OutsiderWrote,
        What::ParticularsComplete,
        What::ParticularsLapsed,
        reached(75, false),
        reached(100, true),
        reached(150, false),
        What::HandedOff { number: 1 },
        What::AnswerDue {
            number: 1,
            late: false,
            due_at,
        },
        What::AnswerDue {
            number: 1,
            late: true,
            due_at,
        },
        What::HandOffAnswered { number: 1 },
        What::QuestionDropped { number: 1 },
        What::MediationOwed,
        What::Mediator,
        What::Unreachable {
            letter: Letter::Outcome,
        },
        What::PassOn {
            letter: Letter::Outcome,
        },
        What::Unproven,
        What::Extended {
            clock: clock("resolve"),
            due_at,
        },
        What::Overridden { act: ActName::Find },
        What::Noted,
        What::Held,
        What::HoldEnded,
        What::Litigated,
        What::Closed {
            reason: CloseReason::Withdrawn,
        },
        What::Reopened,
    ]
}

/// What is written about [`case`], changed, to somebody.
pub(super) fn with<T>(
    to: &str,
    change: impl FnOnce(&mut Case),
    write: impl FnOnce(&About<'_>) -> T,
) -> T {
    let directory = directory();
    let mut case = case();
    change(&mut case);
    let to = directory.find(to).unwrap();
    write(&About {
        reference: CaseRef::new(2026, 17),
        case: &case,
        profile: default(),
        directory: &directory,
        customer: Some("Wang Wei"),
        topic: "Parcel broken",
        new_words: Some("The parcel came on Monday.\n\n它已经破损了，请尽快处理。"),
        files: &["photo.jpg".to_owned()],
        to: &to,
        access: {
            let today = chrono::NaiveDate::from_ymd_opt(2026, 3, 20).unwrap();
            super::access(&case, &to.person, &directory, today)
        },
        to_customer: Some("complaints+customer@example.com"),
        can_command: true,
    })
}

pub(super) fn receiver(what: &What) -> &'static str {
    match what {
        what if what.is_for_department() => "warehouse",
        What::MediationOwed | What::Unassigned => "wu.lei",
        What::Mediator => "sun.yu",
        _ => "li.na",
    }
}

pub(super) fn shown(written: &Written) -> String {
    format!("Subject: {}\n\n{}\n", written.subject, written.text)
}
