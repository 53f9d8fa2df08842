//! What was done, in words for whoever did it.

use crate::case::{Act, Verdict};
use crate::staff::Tongue;
use crate::staff::values::Choice;

/// What an act has done, in a sentence without its end.
pub fn act_done(act: &Act, tongue: Tongue) -> String {
    let (english, chinese) = match act {
        Act::Accept => both("the case is yours", "已由您受理"),
        Act::Assign { to } => (
            format!("the case was given to {}", to.person),
            format!("案件已分派给 {}", to.person),
        ),
        Act::Note { .. } => both(
            "the note is kept; the customer doesn't see it",
            "备注已保存，客户看不到",
        ),
        Act::Reply { .. } => both("your words go to the customer", "您的回复将发送给客户"),
        Act::Ask { particulars, .. } => (
            format!(
                "the customer is asked for {}",
                names(particulars, Tongue::English)
            ),
            format!("已请客户补充：{}", names(particulars, Tongue::Chinese)),
        ),
        Act::Complete { particulars } => (
            format!(
                "on record as given: {}",
                names(particulars, Tongue::English)
            ),
            format!("已记录材料齐全：{}", names(particulars, Tongue::Chinese)),
        ),
        Act::HandOff { to, by, .. } => match by {
            Some(day) => (
                format!("{} was asked, by {}", to.person, day.format("%a %-d %b %Y")),
                format!(
                    "已请 {} 于{}前协查",
                    to.person,
                    day.format("%Y年%-m月%-d日")
                ),
            ),
            None => (
                format!("{} was asked", to.person),
                format!("已请 {} 协查", to.person),
            ),
        },
        Act::AnswerHandOff { number, .. } => (
            format!("question {number} is answered"),
            format!("第{number}号协查已答复"),
        ),
        Act::Find { .. } => both("the findings are on record", "查明的事实已记录"),
        Act::Propose { .. } => both("the proposal goes to the customer", "处理方案将发送给客户"),
        Act::View { .. } => both("the customer's view is on record", "客户意见已记录"),
        Act::Resolve(verdict) => (
            format!(
                "decided: {}; the outcome goes to the customer",
                finding(verdict, Tongue::English)
            ),
            format!(
                "处理结果：{}；答复将发送给客户",
                finding(verdict, Tongue::Chinese)
            ),
        ),
        Act::Extend { clock, .. } => (
            format!(
                "there is more time for {}; the customer is told why",
                super::english::clock(clock)
            ),
            format!(
                "{}的期限已延长，理由将告知客户",
                super::chinese::clock(clock)
            ),
        ),
        Act::Mediate { who } => (
            format!("{} mediates", who.person),
            format!("已指定 {} 为调解人", who.person),
        ),
        Act::Mediated(verdict) => (
            format!(
                "mediation decided: {}; the outcome goes to the customer",
                finding(verdict, Tongue::English)
            ),
            format!(
                "调解结果：{}；答复将发送给客户",
                finding(verdict, Tongue::Chinese)
            ),
        ),
        Act::Invite { address, .. } => (
            format!("your words go to {address}, who is invited as a third party"),
            format!("已邀请第三方 {address}，您的话将发送给对方"),
        ),
        Act::Dismiss { .. } => both("the third party has done its part", "第三方工作已结束"),
        Act::Litigate { .. } => both(
            "the case is before a court or regulator; letters have stopped, nothing is erased",
            "案件已进入诉讼或监管程序，停止发信，不删除任何资料",
        ),
        Act::Rule { .. } => both(
            "the ruling is on record, and the case is closed",
            "裁决已记录，案件已关闭",
        ),
        Act::Release => both("the legal hold has ended", "诉讼保全已解除"),
        Act::Close { reason, .. } => (
            format!("the case is closed: {}", named(*reason, Tongue::English)),
            format!("案件已关闭：{}", named(*reason, Tongue::Chinese)),
        ),
        Act::Withdraw => both(
            "withdrawn by the customer, and closed",
            "客户已撤诉，案件已关闭",
        ),
        Act::Duplicate { of } => (
            format!("closed as a duplicate of {of}"),
            format!("已作为 {of} 的重复投诉关闭"),
        ),
        Act::SetCategory { code } => (format!("category: {code}"), format!("类别：{code}")),
        Act::SetSeverity { code } => (format!("severity: {code}"), format!("严重程度：{code}")),
        Act::SetComplexity { complexity } => (
            format!("complexity: {}", named(*complexity, Tongue::English)),
            format!("复杂程度：{}", named(*complexity, Tongue::Chinese)),
        ),
        Act::SetCause { code } => (format!("cause: {code}"), format!("原因：{code}")),
        Act::Recuse { who } => (
            format!("{who} has no part in this case any more"),
            format!("{who} 已回避，不再参与本案"),
        ),
        Act::Hold => both("the case is on hold", "案件已搁置"),
        Act::Unhold => both("the hold has ended", "案件已恢复办理"),
        Act::Reopen => both("the case is open again", "案件已重新打开"),
        Act::RecordSatisfaction { satisfied: true } => {
            both("on record: the customer is satisfied", "已记录：客户满意")
        }
        Act::RecordSatisfaction { satisfied: false } => both(
            "on record: the customer isn't satisfied",
            "已记录：客户不满意",
        ),
        Act::HandOver { letter } => (
            format!(
                "on record as handed over: {}",
                named(*letter, Tongue::English)
            ),
            format!(
                "已记录为用其他方式送达：{}",
                named(*letter, Tongue::Chinese)
            ),
        ),
        Act::Recognise { address } => (
            format!(
                "mail from {address} counts as the customer's; letters still go to the known address"
            ),
            format!("来自 {address} 的邮件视为客户本人的邮件；信件仍寄往原地址"),
        ),
        Act::Explain { .. } => both("your explanation is on record (§9)", "您的说明已记录（§9）"),
        Act::Suggest { .. } => both(
            "the customer's suggestion is on record, for the next review (§10)",
            "客户建议已记录，将列入下次复盘（§10）",
        ),
        Act::Raise {
            number, owner, due, ..
        } => (
            format!(
                "action {number} is raised: {} has it, by {}",
                owner.person,
                due.format("%a %-d %b %Y")
            ),
            format!(
                "已建立第{number}号整改：由 {} 负责，{}前完成",
                owner.person,
                due.format("%Y年%-m月%-d日")
            ),
        ),
    };
    match tongue {
        Tongue::English => english,
        Tongue::Chinese => chinese,
    }
}

fn both(english: &str, chinese: &str) -> (String, String) {
    (english.to_owned(), chinese.to_owned())
}

fn finding(verdict: &Verdict, tongue: Tongue) -> &'static str {
    named(verdict.finding, tongue)
}

/// A member of a closed list as it is shown.
pub(super) fn named<C: Choice + PartialEq>(one: C, tongue: Tongue) -> &'static str {
    let row = C::NAMES.iter().find(|(named, ..)| *named == one);
    row.map_or("", |(_, english, chinese, _)| match tongue {
        Tongue::English => english,
        Tongue::Chinese => chinese,
    })
}

fn names<C: Choice + PartialEq>(all: &std::collections::BTreeSet<C>, tongue: Tongue) -> String {
    let names: Vec<&str> = all.iter().map(|one| named(*one, tongue)).collect();
    names.join(match tongue {
        Tongue::English => ", ",
        Tongue::Chinese => "、",
    })
}
