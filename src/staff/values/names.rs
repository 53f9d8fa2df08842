//! What people call the members of the policy's closed lists.

use super::choice::{Choice, ListOf, Names};
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular};

impl Choice for Particular {
    const OF: ListOf = ListOf::Particulars;
    const NAMES: Names<Self> = &[
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
    const NAMES: Names<Self> = &[
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
    const NAMES: Names<Self> = &[
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
    const NAMES: Names<Self> = &[
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
    const NAMES: Names<Self> = &[
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
        (Letter::Invitation, "invitation", "协助请求", &["邀请函"]),
    ];
}
