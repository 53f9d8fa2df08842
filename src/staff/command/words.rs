//! Every command with its names, what it takes, and how it is explained: one table for reading, help and answers.

use crate::case::ActName;
use serde::{Deserialize, Serialize};

use crate::policy::words;

/// What stands behind a command's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing that it needs: what is there is the reason.
    Nothing,
    /// A reason, over as many lines as it takes.
    Reason,
    /// What stands on its line.
    Line,
    /// Words for the record, over as many lines as they take.
    Words,
    /// Words that the customer reads, over as many lines as they take.
    Letter,
}

/// A command.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub word: Word,
    /// The first is the one that is shown.
    pub chinese: &'static [&'static str],
    /// Further English names.
    pub also: &'static [&'static str],
    pub takes: Takes,
    /// The act that it does on a case.
    pub act: Option<ActName>,
    /// What it does, and an example line, in English and in Chinese.
    pub does: [&'static str; 2],
    pub example: [&'static str; 2],
}

macro_rules! commands {
    ($($word:ident $name:literal $chinese:literal [$($more:literal)*] [$($also:literal)*] $takes:ident $(: $act:ident)?
        $english_does:literal $chinese_does:literal $english:literal $example:literal;)*) => {
        words! {
            /// The commands by their English names.
            Word { $($word = $name,)* }
        }

        /// All commands, in the order that a case goes through them.
        pub const TABLE: &[Row] = &[$(Row {
            word: Word::$word,
            chinese: &[$chinese, $($more),*],
            also: &[$($also),*],
            takes: Takes::$takes,
            act: commands!(@act $($act)?),
            does: [$english_does, $chinese_does],
            example: [$english, $example],
        },)*];
    };
    (@act) => { None };
    (@act $act:ident) => { Some(ActName::$act) };
}

commands! {
    Accept "accept" "受理" ["接受" "接案"] ["take"] Nothing: Accept
        "take up the case" "受理本案，由您办理" "/accept" "/受理";
    Assign "assign" "分派" ["指派" "转派" "分配"] [] Line: Assign
        "give the case to another handler" "把案件交给另一位经办人" "/assign li.na" "/分派 li.na";
    Note "note" "备注" ["笔记" "内部备注"] ["notes" "comment"] Words: Note
        "put a note on record; the customer never sees it" "记入备注，客户看不到" "/note the parcel was scanned on Monday" "/备注 包裹周一已扫描";
    Reply "reply" "回复" ["回复客户"] [] Letter: Reply
        "write to the customer" "写信给客户" "/reply We are looking into it." "/回复 我们正在核实。";
    Ask "ask" "补充材料" ["补正" "要求补充"] [] Letter: Ask
        "ask the customer for name, contact, details or evidence" "请客户补充姓名、联系方式、详情或证据" "/ask evidence: a photo of the parcel, please" "/补充材料 证据：请发包裹照片";
    Complete "complete" "材料齐全" ["齐全" "材料已齐"] [] Line: Complete
        "the customer gave particulars otherwise than by mail" "客户已用其他方式补充材料" "/complete contact, evidence" "/材料齐全 联系方式、证据";
    HandOff "handoff" "协查" ["转办" "交办"] ["handsoff"] Words: HandOff
        "ask a department" "请部门协助核查" "/handoff warehouse by Friday: when did it leave?" "/协查 仓库 12月3日前：何时发出？";
    Answer "answer" "答复协查" ["协查答复" "协查回复"] ["answers"] Words: AnswerHandOff
        "answer what your department was asked" "答复协查" "/answer it left on 20 November" "/答复协查 11月20日已发出";
    Finding "finding" "查明" ["调查结果" "查明事实"] ["findings"] Words: Find
        "record what was found out" "记录查明的事实" "/finding the parcel was lost by the carrier" "/查明 包裹由承运人遗失";
    Propose "propose" "方案" ["处理方案"] ["proposal" "offer"] Letter: Propose
        "put a proposal to the customer" "向客户提出处理方案" "/propose We refund 120 yuan." "/方案 我们退款120元。";
    View "view" "客户意见" ["意见"] ["views"] Words: View
        "record what the customer thinks of a proposal" "记录客户对方案的意见" "/view agrees, by phone" "/客户意见 电话中表示同意";
    Resolve "resolve" "结案答复" ["结案"] ["resolved" "resolution"] Letter: Resolve
        "decide, and send the outcome letter; the reasons for the customer stand on the lines below" "作出处理结果并发送答复，理由写在下面几行" "/resolve partly; remedy refund 120 yuan; cause delay" "/结案答复 部分支持；补偿 退款120元；原因 延误";
    Extend "extend" "延期" ["延长"] ["extension"] Reason: Extend
        "give a clock more time; the customer is told the reason" "延长期限，理由会告知客户" "/extend 5 working days: the laboratory needs longer" "/延期 5个工作日：检测尚未完成";
    Mediate "mediate" "调解" ["指定调解" "调解人"] ["mediator"] Line: Mediate
        "name the mediator" "指定调解人" "/mediate zhao.min" "/调解 zhao.min";
    Outcome "outcome" "调解结果" ["调解答复"] ["mediated"] Letter: Mediated
        "decide the mediation; written like /resolve" "作出调解结果，写法同 /结案答复" "/outcome upheld; remedy replacement" "/调解结果 支持；补偿 换货";
    Invite "invite" "邀请第三方" ["邀请"] [] Letter: Invite
        "ask a third party for help, by address; it is sent your words, and nothing else of the case" "邀请第三方协助，写明邮箱；对方只会收到您写的话" "/invite expert@example.org: is the lid safe?" "/邀请第三方 expert@example.org：盖子是否安全？";
    Dismiss "dismiss" "第三方结束" ["结束第三方"] [] Line: Dismiss
        "the third party has done its part" "第三方工作已完成" "/dismiss" "/第三方结束";
    Legal "legal" "诉讼" ["起诉"] ["litigate" "litigation" "court"] Words: Litigate
        "the matter is before a court or regulator: automatic mail stops" "案件进入诉讼或监管程序，停止自动发信" "/legal summons of 3 December" "/诉讼 12月3日收到传票";
    Ruling "ruling" "裁决" ["判决"] ["rule"] Words: Rule
        "record the ruling, and close" "记录裁决并关闭" "/ruling the claim was dismissed" "/裁决 驳回诉讼请求";
    Release "release" "解除保全" ["解除保留"] [] Nothing: Release
        "end the legal hold" "解除诉讼保全" "/release" "/解除保全";
    Close "close" "关闭" ["关闭案件"] ["closed"] Letter: Close
        "close: not a complaint, out of scope, no answer; words below it go to the customer" "关闭：非投诉、不在受理范围、无回复；其后文字会发给客户" "/close out of scope: please ask your bank" "/关闭 不在受理范围：请联系您的银行";
    Withdraw "withdraw" "撤诉" ["撤回"] ["withdrawn"] Nothing: Withdraw
        "the customer withdrew, otherwise than by mail" "客户已用其他方式撤诉" "/withdraw" "/撤诉";
    Duplicate "duplicate" "重复" ["重复投诉"] ["dup" "duplicates"] Line: Duplicate
        "close as a duplicate of another case" "作为另一案件的重复投诉关闭" "/duplicate of C-2026-000017-9" "/重复 C-2026-000017-9";
    Category "category" "类别" ["分类"] ["cat"] Line: Category
        "set the category" "设定类别" "/category delivery" "/类别 delivery";
    Severity "severity" "严重程度" ["严重性"] [] Line: Severity
        "set the severity" "设定严重程度" "/severity high" "/严重程度 high";
    Complexity "complexity" "复杂程度" ["复杂性"] [] Line: Complexity
        "set the complexity: simple or complex" "设定复杂程度：简单或复杂" "/complexity simple" "/复杂程度 简单";
    Cause "cause" "原因" ["根本原因"] [] Line: Cause
        "set the cause" "设定投诉原因" "/cause delay" "/原因 延误";
    Recuse "recuse" "回避" [] [] Reason: Recuse
        "keep out somebody who has an interest in the matter" "请有利害关系的人回避" "/recuse me: the customer is a friend" "/回避 我：客户是我的朋友";
    Hold "hold" "搁置" ["暂停"] [] Reason: Hold
        "put the case on hold" "暂停办理" "/hold waiting for the laboratory" "/搁置 等待检测结果";
    Unhold "unhold" "恢复" ["恢复办理" "取消搁置"] ["resume"] Reason: Unhold
        "end the hold" "恢复办理" "/unhold" "/恢复";
    Reopen "reopen" "重新打开" ["重开" "重新处理"] [] Reason: Reopen
        "open a closed case again" "重新打开已关闭的案件" "/reopen new evidence" "/重新打开 有新证据";
    Satisfied "satisfied" "满意" ["客户满意"] [] Nothing: Satisfaction
        "the customer said so, otherwise than by mail" "客户已用其他方式表示满意" "/satisfied" "/满意";
    Unsatisfied "unsatisfied" "不满意" ["客户不满意"] ["dissatisfied" "notsatisfied"] Nothing: Satisfaction
        "the customer said so, otherwise than by mail" "客户已用其他方式表示不满意" "/unsatisfied" "/不满意";
    HandOver "handover" "已转交" ["转交"] ["handedover"] Line: HandOver
        "a letter reached the customer otherwise than by mail" "信件已用其他方式送达客户" "/handover outcome" "/已转交 结案答复";
    Customer "customer" "客户邮箱" ["客户地址"] ["address"] Line: Recognise
        "take mail from another address as the customer's own" "将另一邮箱的来信视为客户本人的来信" "/customer wang@example.net" "/客户邮箱 wang@example.net";
    Explain "explain" "说明" ["解释" "说明原因"] ["explanation"] Words: Explain
        "say why your deadline was missed, or why you acted in somebody's place" "说明逾期或代办的原因" "/explain resolve: the laboratory was closed" "/说明 结案：检测机构停业";
    Suggestion "suggestion" "建议" ["客户建议"] ["suggest" "suggestions"] Words: Suggest
        "record what the customer suggests about how we handle complaints" "记录客户对投诉处理流程的建议" "/suggestion answer by phone as well" "/建议 希望也能电话答复";
    Action "action" "整改" ["整改措施" "措施"] [] Words: Raise
        "have something put right, prevented or learnt: corrective, preventive or training" "布置整改、预防或培训措施" "/action preventive li.na by 3 Dec: check lids before packing" "/整改 预防 li.na 12月3日前：装箱前检查盖子";
    Done "done" "完成" ["已完成" "整改完成"] [] Words
        "an action of yours is done: its number, and what was done" "您负责的整改已完成：编号和完成情况" "/done 17: lids are checked now" "/完成 17：已开始检查盖子";
    Verify "verify" "验收" ["核验" "验证"] ["verified"] Line
        "somebody else's action is done: you have looked" "您已核实他人的整改确已完成" "/verify 17" "/验收 17";
    Confirm "confirm" "确认" ["确认发送"] [] Nothing
        "do what you were shown: the letters go out" "执行所展示的内容，信件发出" "/confirm" "/确认";
    Cancel "cancel" "取消" ["作废"] [] Nothing
        "don't do what you were shown" "不执行所展示的内容" "/cancel" "/取消";
    Read "read" "已阅" ["已读" "阅"] [] Nothing
        "you have read the policy notice" "已阅读制度通知" "/read" "/已阅";
    Show "show" "查看" ["状态"] ["status"] Line
        "the case's state and history, by mail" "发送案件状态与记录" "/show" "/查看";
    List "list" "列表" ["清单"] ["lists"] Line
        "your cases: mine, open or due; or actions" "案件列表：我的、未结、到期；或整改" "/list due" "/列表 到期";
    Search "search" "搜索" ["查找"] [] Line
        "look for cases by words" "按关键词查找案件" "/search broken parcel" "/搜索 包裹破损";
    Phone "phone" "电话投诉" ["来电"] ["call"] Words
        "record a complaint made by phone" "登记电话投诉" "/phone Wang Wei 13800000000: the parcel was broken" "/电话投诉 王伟 13800000000：包裹破损";
    Web "web" "网上投诉" ["网络投诉" "在线投诉"] ["form"] Words
        "record a complaint made on the website" "登记网上投诉" "/web Wang Wei wang@example.net: the parcel was broken" "/网上投诉 王伟 wang@example.net：包裹破损";
    Reason "reason" "理由" ["事由"] ["because"] Words
        "why the command above is done, where that is owed" "说明上一条命令的理由" "/reason Li Na is ill" "/理由 李娜病假";
    Help "help" "帮助" ["命令"] ["commands" "?"] Line
        "this page, or about one command" "本页，或某一命令的说明" "/help resolve" "/帮助 结案答复";
}

/// The row of a command.
pub fn row(word: Word) -> &'static Row {
    // in the order of the words, which the macro makes from the same rows
    &TABLE[word as usize]
}

impl Word {
    /// The command of a name in one form, without slash: any of its names.
    pub(super) fn named(name: &str) -> Option<Word> {
        TABLE
            .iter()
            .find(|row| row.names().any(|known| known == name))
            .map(|row| row.word)
    }
}

impl Row {
    /// All its names: the English ones first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let english = std::iter::once(self.word.as_str());
        let also = self.also.iter().copied();
        english.chain(also).chain(self.chinese.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::typed::folded;

    #[test]
    fn every_name_is_of_one_command() {
        let mut seen = Vec::new();
        for (word, row_) in Word::ALL.iter().zip(TABLE) {
            assert_eq!(*word, row_.word);
            assert_eq!(row(*word).word, *word);
            for name in row_.names() {
                assert_eq!(name, folded(name));
                assert!(!name.contains(['-', '_', ' ']), "{name}");
                assert!(!seen.contains(&name), "{name} is there twice");
                seen.push(name);
            }
        }
    }

    #[test]
    fn every_act_of_staff_has_a_command() {
        for act in ActName::ALL {
            assert!(TABLE.iter().any(|row| row.act == Some(*act)), "{act}");
        }
    }
}
