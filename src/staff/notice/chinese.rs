//! Notices in Simplified Chinese.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use super::about::About;
use super::acts::named;
use super::what::What;
use crate::case::ActName;
use crate::policy::Letter;
use crate::staff::{Tongue, answer};

type Due = Option<DateTime<Utc>>;

/// What is wanted, for the subject.
pub(super) fn subject(what: &What, about: &About<'_>, due: Due) -> String {
    let zone = about.profile.calendar.zone;
    let date = due.map(|at| at.with_timezone(&zone).format("%-m月%-d日").to_string());
    let by = |news: &str, wanted: &str| match &date {
        Some(date) => format!("{news}：请于{date}前{wanted}"),
        None => format!("{news}：请{wanted}"),
    };
    let overdue = |what: &str| match &date {
        Some(date) => format!("已逾期：{what}，期限为{date}"),
        None => format!("已逾期：{what}"),
    };
    match what {
        What::Assigned if about.is_untaken() => by("案件已分派给您", "受理"),
        What::Assigned => by("案件已分派给您", "继续办理"),
        What::Unassigned => by("案件无人经办", "分派"),
        What::CustomerWrote => by("客户来信", "回复"),
        What::ThirdPartyWrote => "第三方来信：请查看".to_owned(),
        What::OutsiderWrote => "非本案客户来信：请查看".to_owned(),
        What::ParticularsComplete => by("材料已齐全", "核实"),
        What::ParticularsLapsed => by("客户未补充材料", "继续办理"),
        What::Reached { clock, percent, .. } => {
            let clock = self::clock(&clock.name);
            if *percent >= 100 {
                overdue(&clock)
            } else {
                by("即将到期", &format!("完成{clock}"))
            }
        }
        What::HandedOff { number } => by(&format!("第{number}号协查"), "答复"),
        What::AnswerDue { number, late, .. } => {
            if *late {
                overdue(&format!("第{number}号协查的答复"))
            } else {
                by(&format!("第{number}号协查尚未答复"), "答复")
            }
        }
        What::HandOffAnswered { number } => format!("第{number}号协查已答复：请继续办理"),
        What::QuestionDropped { number } => format!("第{number}号协查：无需再答复"),
        What::MediationOwed => by("客户不满意", "指定调解人"),
        What::Mediator => by("您担任调解人", "作出调解结果"),
        What::Unreachable {
            letter: Letter::Invitation,
        } => "未能联系到第三方：请查看".to_owned(),
        What::Unreachable { letter } => {
            format!(
                "“{}”未能送达：请用其他方式联系客户",
                named(*letter, Tongue::Chinese)
            )
        }
        What::PassOn { letter } => format!("请转交信件（{}）", named(*letter, Tongue::Chinese)),
        What::Unproven => "疑似冒名邮件：请核实".to_owned(),
        What::Extended { .. } => by("期限已延长", "完成"),
        What::Overridden { act } => format!("有人代经办人执行 {}：供知悉", command(*act)),
        What::Noted => "新的备注：供知悉".to_owned(),
        What::Held => "案件已搁置：请等待".to_owned(),
        What::HoldEnded => by("案件已恢复", "继续办理"),
        What::Litigated => "案件进入诉讼或监管程序：请保全全部资料".to_owned(),
        What::Closed { reason } => format!(
            "案件已关闭（{}）：无需处理",
            named(*reason, Tongue::Chinese)
        ),
        What::Reopened => by("案件重新打开", "重新核实"),
    }
}

/// What happened.
pub(super) fn happened(what: &What, about: &About<'_>) -> String {
    let zone = about.profile.calendar.zone;
    match what {
        What::Assigned => match &about.case.handler {
            Some(handler) if *handler != about.to.person => {
                format!("本案已分派给 {}，其目前不在岗，由您代办。", about.name(handler))
            }
            Some(_) | None => "本案现由您经办。".to_owned(),
        },
        What::Unassigned => "本案目前无人经办。".to_owned(),
        What::CustomerWrote => "客户来信。".to_owned(),
        What::ThirdPartyWrote => "受邀的第三方已来信（§4.3）。".to_owned(),
        What::OutsiderWrote => "有非本案客户的人就本案来信。未向其透露任何信息。".to_owned(),
        What::ParticularsComplete => "所需材料已齐全（§4.1）。".to_owned(),
        What::ParticularsLapsed => "客户未在期限内补充材料，案件继续办理（§4.1）。".to_owned(),
        What::Reached {
            clock,
            percent,
            breach,
            due_at,
        } => {
            let (clock, at) = (self::clock(&clock.name), moment(*due_at, zone));
            match (*breach, *percent >= 100) {
                (true, _) => format!("逾期：{clock}，期限为{at}。已记录在案（§9）。"),
                (false, true) => format!("已用时{percent}%，仍未完成：{clock}，期限为{at}。"),
                (false, false) => format!("已用时{percent}%：{clock}，期限为{at}。"),
            }
        }
        What::HandedOff { number } => {
            format!("案件 {} 请您协查：第{number}号问题。", about.reference)
        }
        What::AnswerDue { number, late, .. } => format!(
            "案件 {} 的第{number}号协查{}。",
            about.reference,
            if *late { "答复已逾期" } else { "尚未答复" }
        ),
        What::HandOffAnswered { number } => {
            let who = about.case.hand_offs.get(number);
            let who = who.map_or_else(|| "协查部门".to_owned(), |one| about.name(&one.to));
            format!("{who} 已答复第{number}号协查。")
        }
        What::QuestionDropped { number } => {
            format!("案件 {} 的第{number}号协查无需再答复。谢谢。", about.reference)
        }
        What::MediationOwed => "客户对处理结果不满意，须由中立人员调解（§5.1）。".to_owned(),
        What::Mediator => match &about.case.mediator {
            Some(mediator) if *mediator != about.to.person => format!(
                "{} 被指定为本案调解人（§5.1），其目前不在岗，由您代办。",
                about.name(mediator)
            ),
            Some(_) | None => "您被指定为本案调解人（§5.1）。".to_owned(),
        },
        What::Unreachable {
            letter: Letter::Invitation,
        } => "协助请求被退回：无法通过邮件联系第三方（§4.3）。".to_owned(),
        What::Unreachable { letter } => {
            format!("“{}”被退回：无法通过邮件联系客户。", named(*letter, Tongue::Chinese))
        }
        What::PassOn { letter } => format!(
            "客户没有邮箱地址，“{}”附在本邮件中。",
            named(*letter, Tongue::Chinese)
        ),
        What::Unproven => {
            "收到一封以同事名义发来的邮件，但无法证实确为其本人所发，可能是冒名邮件。邮件已存档，未执行任何操作，也未作任何回复。"
                .to_owned()
        }
        What::Extended { clock, due_at } => format!(
            "{}的期限已延长至{}，并已告知客户（§4.4）。",
            self::clock(&clock.name),
            moment(*due_at, zone)
        ),
        What::Overridden { act } => {
            format!("有人代经办人执行了 {}，理由已记录在案（§9）。", command(*act))
        }
        What::Noted => "有人记入了备注。客户看不到。".to_owned(),
        What::Held => "本案已搁置（§9）。".to_owned(),
        What::HoldEnded => "本案已恢复办理，期限继续计算。".to_owned(),
        What::Litigated => {
            "案件已进入诉讼或监管程序：不再发送任何信件，也不删除任何资料（§5.2）。".to_owned()
        }
        What::Closed { reason } => format!("本案已关闭：{}。", named(*reason, Tongue::Chinese)),
        What::Reopened => "本案已重新打开，须重新调查（§4.4）。".to_owned(),
    }
}

/// What to do, and by when.
pub(super) fn todo(what: &What, about: &About<'_>, due: Due) -> Option<String> {
    let zone = about.profile.calendar.zone;
    let at = due.map(|at| moment(at, zone));
    let by = |wanted: &str| match &at {
        Some(at) => format!("请于{at}前{wanted}。"),
        None => format!("请{wanted}。"),
    };
    let with = |text: String, command: String| {
        if about.can_command {
            format!("{text}{command}")
        } else {
            text
        }
    };
    let your_answer = |number: u32| format!("请写：/答复协查 {number}：答复内容");
    Some(match what {
        What::Assigned if about.is_untaken() => with(
            by("受理本案"),
            "请写：/受理；如须客户补充，请写：/补充材料".to_owned(),
        ),
        What::Assigned => by("继续办理"),
        What::Unassigned => with(by("指定经办人"), "请写：/分派 经办人".to_owned()),
        What::CustomerWrote => by("回复客户"),
        What::ThirdPartyWrote => with(
            "请继续办理。".to_owned(),
            "第三方工作完成后请写：/第三方结束".to_owned(),
        ),
        What::OutsiderWrote => with(
            "请查看是否与本案有关。信件只寄往原地址。".to_owned(),
            "如系客户换用其他邮箱，请写：/客户邮箱 和该地址".to_owned(),
        ),
        What::ParticularsComplete | What::ParticularsLapsed => by("查明事实"),
        What::Reached {
            clock,
            breach,
            percent,
            ..
        } => {
            let text = if *percent >= 100 {
                "请立即处理。".to_owned()
            } else {
                by("处理")
            };
            if *breach {
                let names = answer::clock_names(&clock.name);
                let name = names.get(1).map_or(clock.name.as_str(), |name| *name);
                with(text, format!("并请说明逾期原因：/说明 {name}：……"))
            } else {
                text
            }
        }
        What::HandedOff { number } => with(by("答复"), your_answer(*number)),
        What::AnswerDue { number, late, .. } => {
            let text = match (late, &at) {
                (true, Some(at)) => format!("期限为{at}，请立即答复。"),
                (true, None) => "请立即答复。".to_owned(),
                (false, _) => by("答复"),
            };
            with(text, your_answer(*number))
        }
        What::HandOffAnswered { .. } | What::HoldEnded => match &at {
            Some(at) => format!("请继续办理。下一期限为{at}。"),
            None => "请继续办理。".to_owned(),
        },
        What::MediationOwed => with(
            by("指定一位未参与过本案的人担任调解人"),
            "请写：/调解 调解人".to_owned(),
        ),
        What::Mediator => with(
            by("听取双方意见，作出决定并答复客户"),
            "答复请用：/调解结果".to_owned(),
        ),
        What::Unreachable {
            letter: Letter::Invitation,
        } => "请核对地址，并用其他方式联系对方。".to_owned(),
        What::Unreachable { letter } => with(
            "请用电话或信函等其他方式联系客户。".to_owned(),
            format!("送达后请记录：/已转交 {}", named(*letter, Tongue::Chinese)),
        ),
        What::PassOn { letter } => with(
            "请打印后当面交付、邮寄，或在电话中告知客户。".to_owned(),
            format!("送达后请记录：/已转交 {}", named(*letter, Tongue::Chinese)),
        ),
        What::Unproven => "请用电话或当面向该同事核实，不要打开其中的链接和附件。".to_owned(),
        What::Extended { .. } => by("完成"),
        What::Held => "恢复之前无需处理。".to_owned(),
        What::Litigated => "请保全全部资料；未经法务同意，不要向客户发送任何内容。".to_owned(),
        What::Reopened => by("重新核实"),
        What::QuestionDropped { .. }
        | What::Overridden { .. }
        | What::Noted
        | What::Closed { .. } => return None,
    })
}

/// What stands above the new words.
pub(super) fn heading(what: &What) -> &'static str {
    match what {
        What::HandedOff { .. } | What::AnswerDue { .. } | What::QuestionDropped { .. } => "问题：",
        What::HandOffAnswered { .. } => "答复：",
        What::ThirdPartyWrote | What::OutsiderWrote => "来信内容：",
        What::Unproven => "邮件内容（请勿轻信）：",
        What::Noted => "备注：",
        What::Extended { .. }
        | What::Unreachable { .. }
        | What::PassOn { .. }
        | What::Overridden { .. }
        | What::Held
        | What::HoldEnded
        | What::Litigated => "内容：",
        What::Assigned
        | What::Unassigned
        | What::CustomerWrote
        | What::ParticularsComplete
        | What::ParticularsLapsed
        | What::Reached { .. }
        | What::MediationOwed
        | What::Mediator
        | What::Closed { .. }
        | What::Reopened => "客户原文：",
    }
}

/// What a clock of the shipped profiles counts; a company's own by its name.
pub(super) fn clock(name: &str) -> String {
    match name {
        "acknowledge" => "发送回执",
        "confirm" => "受理",
        "investigate" => "调查",
        "update" => "向客户告知进展",
        "resolve" => "结案答复",
        "particulars" => "客户补充材料",
        "satisfaction" => "客户答复是否满意",
        "mediate" => "调解",
        "department_answer" => "部门答复协查",
        own => return format!("“{own}”"),
    }
    .to_owned()
}

/// With the weekday; without the time where all of the day counts.
pub(super) fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
    let local = at.with_timezone(&zone);
    let weekday = WEEKDAYS
        .get(local.weekday().num_days_from_monday() as usize)
        .unwrap_or(&"");
    let day = format!("{}（周{weekday}）", local.format("%Y年%-m月%-d日"));
    match local.format("%H:%M").to_string().as_str() {
        "23:59" => day,
        time => format!("{day}{time}"),
    }
}

/// An act by its command.
fn command(act: ActName) -> String {
    let line = answer::possible(&[act], Tongue::Chinese);
    let word = line.split_whitespace().next();
    word.map_or_else(|| act.to_string(), str::to_owned)
}
