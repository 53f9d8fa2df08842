//! The policy's words as staff read them.

use crate::case::{ActName, By};
use crate::policy::{Role, Stage, Term, Unit};
use crate::staff::Tongue;
use crate::staff::command::{TABLE, Word, row};
use crate::staff::values::Choice;

/// A command as it is typed: `/accept`, `/受理`.
pub(super) fn command(word: Word, tongue: Tongue) -> String {
    let row = row(word);
    match tongue {
        Tongue::English => format!("/{}", row.word),
        Tongue::Chinese => format!("/{}", row.chinese[0]),
    }
}

/// An act by its command.
pub(super) fn act(act: ActName, tongue: Tongue) -> String {
    TABLE
        .iter()
        .find(|row| row.act == Some(act))
        .map_or_else(|| act.to_string(), |row| command(row.word, tongue))
}

/// Acts by their commands, or that there are none.
pub(super) fn acts(acts: &[ActName], tongue: Tongue) -> String {
    let names: Vec<String> = acts.iter().map(|one| act(*one, tongue)).collect();
    match (names.is_empty(), tongue) {
        (true, Tongue::English) => "nothing".to_owned(),
        (true, Tongue::Chinese) => "无".to_owned(),
        (false, Tongue::English) => names.join(" "),
        (false, Tongue::Chinese) => names.join(" "),
    }
}

/// A member of a closed list as it is shown.
pub(super) fn choice<C: Choice + PartialEq>(one: C, tongue: Tongue) -> &'static str {
    C::NAMES
        .iter()
        .find(|(named, ..)| *named == one)
        .map_or("", |(_, english, chinese, _)| match tongue {
            Tongue::English => english,
            Tongue::Chinese => chinese,
        })
}

/// All members of a closed list.
pub(super) fn choices<C: Choice>(tongue: Tongue) -> String {
    let names = C::NAMES
        .iter()
        .map(|(_, english, chinese, _)| match tongue {
            Tongue::English => *english,
            Tongue::Chinese => *chinese,
        });
    let names: Vec<&str> = names.collect();
    match tongue {
        Tongue::English => names.join(", "),
        Tongue::Chinese => names.join("、"),
    }
}

pub(in crate::staff) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "待受理",
        Stage::AwaitingParticulars => "待补充材料",
        Stage::Investigating => "调查中",
        Stage::Negotiating => "协商中",
        Stage::Resolved => "已答复",
        Stage::Mediating => "调解中",
        Stage::Litigation => "诉讼中",
        Stage::Closed => "已关闭",
    }
}

pub(in crate::staff) fn stage_english(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "received",
        Stage::AwaitingParticulars => "awaiting particulars",
        Stage::Investigating => "investigating",
        Stage::Negotiating => "negotiating",
        Stage::Resolved => "resolved",
        Stage::Mediating => "mediating",
        Stage::Litigation => "litigation",
        Stage::Closed => "closed",
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Handler => "经办人",
        Role::Supervisor => "主管",
        Role::Manager => "经理",
        Role::Executive => "高管",
        Role::Mediator => "调解人",
        Role::Legal => "法务",
        Role::Auditor => "审计",
        Role::Department => "协查部门",
    }
}

/// What somebody must be to a case to do something.
pub(super) fn by(by: By) -> &'static str {
    match by {
        By::Handler => "本案经办人（主管或经理代办须说明理由）",
        By::AnyHandler => "本案经办人，尚无经办人时任一经办人（主管或经理代办须说明理由）",
        By::Mediator => "本案调解人",
        By::Department => "被请求协查的部门",
        By::Supervisor => "主管",
        By::Manager => "经理",
        By::Legal => "法务",
        By::Concerned => "逾期或代办且尚未说明原因的人员",
        By::Anyone => "参与本案的人员和主管",
    }
}

pub(super) fn term(term: Term) -> String {
    let unit = match term.unit {
        Unit::BusinessDays => "个工作日",
        Unit::BusinessHours => "个工作小时",
        Unit::Days => "天",
        Unit::Weeks => "周",
        Unit::Months => "个月",
        Unit::Years => "年",
        Unit::Hours => "小时",
    };
    format!("{}{unit}", term.amount)
}

/// The clocks of the shipped profiles with what else people call them.
const CLOCKS: [(&str, &[&str]); 9] = [
    ("acknowledge", &["回执", "acknowledgement"]),
    ("confirm", &["受理", "acceptance"]),
    ("investigate", &["调查", "investigation"]),
    ("update", &["进展", "进展告知"]),
    ("resolve", &["结案", "答复", "resolution", "outcome"]),
    ("particulars", &["补充材料", "材料"]),
    ("satisfaction", &["满意度"]),
    ("mediate", &["调解", "mediation"]),
    (
        "department_answer",
        &[
            "协查",
            "部门答复",
            "department",
            "department answer",
            "handoff",
        ],
    ),
];

/// What a clock may be called: its own name first. A company's own clocks have their name alone.
pub(in crate::staff) fn clock_names(clock: &str) -> Vec<&str> {
    let known = CLOCKS.iter().find(|(name, _)| *name == clock);
    let others = known.map_or(&[][..], |(_, others)| others);
    std::iter::once(clock)
        .chain(others.iter().copied())
        .collect()
}

/// A clock as it is shown.
pub(super) fn clock(name: &str) -> String {
    let known = CLOCKS.iter().find(|(clock, _)| *clock == name);
    known.map_or_else(
        || format!("“{name}”"),
        |(_, others)| format!("“{}”({name})", others[0]),
    )
}
