//! Choices from closed lists, by every name that people use for them.

use std::collections::BTreeSet;

use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular};
use crate::staff::typed::{self, folded};

/// The closed lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOf {
    Particulars,
    Findings,
    Complexities,
    CloseReasons,
    Letters,
    /// What can be listed.
    Lists,
}

/// A closed list whose members have names in English and Chinese.
pub trait Choice: Copy + 'static {
    const OF: ListOf;
    /// Every member with its names, folded; the first English and the first Chinese one are those that are shown.
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])];
}

impl Choice for Particular {
    const OF: ListOf = ListOf::Particulars;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            Particular::Name,
            "name",
            "姓名",
            &["names", "full name", "名字", "称呼"],
        ),
        (
            Particular::Contact,
            "contact",
            "联系方式",
            &[
                "contacts",
                "contact details",
                "phone",
                "phone number",
                "address",
                "联系电话",
                "电话",
                "联系",
                "地址",
            ],
        ),
        (
            Particular::Details,
            "details",
            "详情",
            &[
                "detail",
                "details of what happened",
                "what happened",
                "详细内容",
                "具体情况",
                "内容",
                "经过",
                "事情经过",
                "投诉内容",
            ],
        ),
        (
            Particular::Evidence,
            "evidence",
            "证据",
            &[
                "proof",
                "photos",
                "photo",
                "pictures",
                "documents",
                "receipt",
                "材料",
                "证明",
                "证明材料",
                "照片",
                "凭证",
            ],
        ),
    ];
}

impl Choice for Finding {
    const OF: ListOf = ListOf::Findings;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            Finding::Upheld,
            "upheld",
            "支持",
            &[
                "uphold",
                "accepted",
                "justified",
                "全部支持",
                "成立",
                "投诉成立",
            ],
        ),
        (
            Finding::Partly,
            "partly",
            "部分支持",
            &[
                "partly upheld",
                "partially",
                "partially upheld",
                "partial",
                "部分成立",
            ],
        ),
        (
            Finding::Rejected,
            "rejected",
            "不支持",
            &[
                "reject",
                "not upheld",
                "unjustified",
                "dismissed",
                "不成立",
                "驳回",
                "投诉不成立",
            ],
        ),
    ];
}

impl Choice for Complexity {
    const OF: ListOf = ListOf::Complexities;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            Complexity::Simple,
            "simple",
            "简单",
            &["easy", "clear", "事实清楚", "简易"],
        ),
        (
            Complexity::Complex,
            "complex",
            "复杂",
            &["complicated", "difficult", "疑难"],
        ),
    ];
}

impl Choice for CloseReason {
    const OF: ListOf = ListOf::CloseReasons;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            CloseReason::Satisfied,
            "satisfied",
            "满意",
            &["customer satisfied", "客户满意"],
        ),
        (
            CloseReason::NoAnswer,
            "no answer",
            "无回复",
            &["no reply", "no_answer", "无回应", "未回复", "没有回复"],
        ),
        (
            CloseReason::NotSatisfied,
            "not satisfied",
            "不满意",
            &["unsatisfied", "not_satisfied", "客户不满意"],
        ),
        (
            CloseReason::Withdrawn,
            "withdrawn",
            "已撤诉",
            &["withdrew", "撤诉", "撤回"],
        ),
        (
            CloseReason::Duplicate,
            "duplicate",
            "重复",
            &["double", "重复投诉"],
        ),
        (
            CloseReason::NotAComplaint,
            "not a complaint",
            "非投诉",
            &[
                "no complaint",
                "not complaint",
                "not_a_complaint",
                "spam",
                "不是投诉",
                "不属于投诉",
                "垃圾邮件",
            ],
        ),
        (
            CloseReason::OutOfScope,
            "out of scope",
            "不在受理范围",
            &[
                "out_of_scope",
                "not ours",
                "超出范围",
                "不属受理范围",
                "不属于受理范围",
                "不属于我公司",
            ],
        ),
        (
            CloseReason::Ruling,
            "ruling",
            "裁决",
            &["ruled", "判决", "已裁决"],
        ),
    ];
}

impl Choice for Letter {
    const OF: ListOf = ListOf::Letters;
    const NAMES: &'static [(Self, &'static str, &'static str, &'static [&'static str])] = &[
        (
            Letter::Acknowledgement,
            "acknowledgement",
            "受理回执",
            &["acknowledgment", "回执", "收悉通知"],
        ),
        (
            Letter::ParticularsRequest,
            "particulars request",
            "补充材料通知",
            &[
                "particulars_request",
                "request",
                "request for particulars",
                "材料通知",
            ],
        ),
        (
            Letter::ParticularsReminder,
            "particulars reminder",
            "补充材料提醒",
            &["particulars_reminder", "reminder", "提醒"],
        ),
        (
            Letter::Update,
            "update",
            "进展告知",
            &["progress update", "reply", "进展"],
        ),
        (
            Letter::Extension,
            "extension",
            "延期通知",
            &["extension notice", "延期"],
        ),
        (Letter::Proposal, "proposal", "处理方案", &["方案"]),
        (
            Letter::Outcome,
            "outcome",
            "结案答复",
            &["outcome letter", "答复", "结案"],
        ),
        (
            Letter::SummaryResolution,
            "summary resolution",
            "简要答复",
            &["summary_resolution", "summary"],
        ),
        (
            Letter::SatisfactionQuestion,
            "satisfaction question",
            "满意度询问",
            &["satisfaction_question", "satisfaction", "满意度"],
        ),
        (
            Letter::SatisfactionReminder,
            "satisfaction reminder",
            "满意度提醒",
            &["satisfaction_reminder"],
        ),
        (
            Letter::MediationOpened,
            "mediation opened",
            "调解通知",
            &["mediation_opened", "mediation"],
        ),
        (
            Letter::MediationOutcome,
            "mediation outcome",
            "调解结果",
            &["mediation_outcome"],
        ),
        (
            Letter::WithdrawalConfirmed,
            "withdrawal confirmed",
            "撤诉确认",
            &["withdrawal_confirmed", "withdrawal"],
        ),
        (Letter::Closed, "closed", "关闭通知", &["closing letter"]),
        (
            Letter::Reopened,
            "reopened",
            "重新处理通知",
            &["reopening letter"],
        ),
    ];
}

/// The member of a list that a text names, and nothing else.
pub fn choice<C: Choice>(text: &str) -> Option<C> {
    if text.len() > 200 {
        return None;
    }
    let text = folded(text);
    let text = text.trim_matches(['.', '。', '!', ',', '"', '\'', ' ', '*']);
    let text = text.strip_prefix("the ").unwrap_or(text);
    C::NAMES
        .iter()
        .find(|(_, english, chinese, others)| {
            *english == text || *chinese == text || others.contains(&text)
        })
        .map(|(one, ..)| *one)
}

/// Particulars (§4.1) in a list: `name, contact and evidence`, `姓名、证据`. The first that is none, where one isn't.
pub fn particulars(text: &str) -> Result<BTreeSet<Particular>, String> {
    let mut found = BTreeSet::new();
    if ["all", "everything", "全部", "所有"].contains(&folded(text).as_str()) {
        return Ok(Particular::ALL.iter().copied().collect());
    }
    let parts =
        text.split(|c| typed::is_comma(c) || typed::is_semicolon(c) || "&+/＆和及与".contains(c));
    for part in parts.flat_map(|part| part.split(" and ")) {
        let part = typed::bare(part);
        let part = part.strip_prefix("and ").unwrap_or(part);
        if part.is_empty() {
            continue;
        }
        match choice(part) {
            Some(particular) => {
                found.insert(particular);
            }
            // `姓名 证据` and `name contact`: blanks alone between them
            None => {
                for word in part.split(typed::is_blank).filter(|word| !word.is_empty()) {
                    found.insert(choice(word).ok_or_else(|| typed::short(part, 40))?);
                }
            }
        }
    }
    Ok(found)
}

/// Yes or no.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match folded(text).trim_matches(['.', '。', '!', ' ']) {
        "yes" | "y" | "yep" | "true" | "ok" | "是" | "是的" | "对" | "好" | "同意" | "已同意" => {
            Some(true)
        }
        "no" | "n" | "nope" | "false" | "否" | "不" | "不是" | "不同意" | "未同意" => {
            Some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn complete<C: Choice + PartialEq + std::fmt::Debug>(all: &[C]) {
        let mut seen: Vec<&str> = Vec::new();
        for one in all {
            let rows = C::NAMES.iter().filter(|(named, ..)| named == one);
            assert_eq!(rows.count(), 1, "{one:?}");
        }
        for (one, english, chinese, others) in C::NAMES {
            for name in [english, chinese].into_iter().chain(*others) {
                assert_eq!(choice::<C>(name), Some(*one), "{name}");
                assert_eq!(*name, folded(name), "{name} isn't folded");
                assert!(!seen.contains(name), "{name} is there twice");
                seen.push(name);
            }
        }
    }

    #[test]
    fn every_member_of_a_list_has_its_names_and_no_other_has_them() {
        complete(Particular::ALL);
        complete(Finding::ALL);
        complete(Complexity::ALL);
        complete(CloseReason::ALL);
        complete(Letter::ALL);
        // what the configuration and the history call them is understood too
        for letter in Letter::ALL {
            assert_eq!(choice(letter.as_str()), Some(*letter));
        }
        for reason in CloseReason::ALL {
            assert_eq!(choice(reason.as_str()), Some(*reason));
        }
    }

    #[test]
    fn particulars_come_in_lists() {
        use Particular::{Contact, Details, Evidence, Name};
        for (text, expected) in [
            ("name, contact", Ok(vec![Name, Contact])),
            ("Name and Evidence.", Ok(vec![Name, Evidence])),
            (
                "name, contact, and evidence",
                Ok(vec![Name, Contact, Evidence]),
            ),
            ("姓名、联系方式、证据", Ok(vec![Name, Contact, Evidence])),
            ("姓名和证据", Ok(vec![Name, Evidence])),
            ("姓名 证据", Ok(vec![Name, Evidence])),
            ("details of what happened", Ok(vec![Details])),
            ("全部", Ok(vec![Name, Contact, Details, Evidence])),
            ("", Ok(vec![])),
            ("name, shoe size", Err("shoe size".to_owned())),
        ] {
            let expected = expected.map(BTreeSet::from_iter);
            assert_eq!(particulars(text), expected, "{text}");
        }
    }

    #[test]
    fn yes_is_yes_in_both_languages() {
        for (text, expected) in [
            ("Yes.", Some(true)),
            ("是", Some(true)),
            ("no", Some(false)),
            ("不同意", Some(false)),
            ("perhaps", None),
        ] {
            assert_eq!(yes_or_no(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_choice_or_none(text in ".{0,60}") {
            let _ = (choice::<Finding>(&text), particulars(&text), yes_or_no(&text));
        }
    }
}
