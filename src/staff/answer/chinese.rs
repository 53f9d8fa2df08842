//! Answers in Simplified Chinese.

use super::names::{self, act, acts, choice, choices, clock, command};
use crate::case::{Already, Involved, Refusal};
use crate::policy::{CloseReason, Complexity, Finding, Letter, Particular, Stage, Term};
use crate::staff::Tongue;
use crate::staff::command::{Code, ListKind, Word, Wrong, day, row};
use crate::staff::proof::Doubt;
use crate::staff::values::{ListOf, NoDate, NoLength, NoMoney};

const C: Tongue = Tongue::Chinese;

pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Exists => "该案件已登记".to_owned(),
        Refusal::Missing => "没有这个案件".to_owned(),
        Refusal::NotNow {
            act: name,
            stage,
            possible,
        } => format!(
            "案件处于“{}”阶段，不能执行 {}。目前可以：{}",
            names::stage(*stage),
            act(*name, C),
            acts(possible, C)
        ),
        Refusal::NotYours { act: name, may } => {
            let may: Vec<&str> = may.iter().map(|by| names::by(*by)).collect();
            format!("{} 只能由以下人员执行：{}", act(*name, C), may.join("；"))
        }
        Refusal::Taken { act: name, handler } => format!(
            "{} 应由本案经办人 {handler} 执行；主管可用 {} 改由他人办理",
            act(*name, C),
            command(Word::Assign, C)
        ),
        Refusal::Recused { who } => format!("{who} 已回避，不得参与本案（§5.1）"),
        Refusal::NoReason { act: name } => {
            format!(
                "{} 须说明理由：请在其下另起一行写“/理由 ……”（§9）",
                act(*name, C)
            )
        }
        Refusal::NoWords { act: name } => {
            format!("{} 缺少内容：请写明要记录或告知的文字", act(*name, C))
        }
        Refusal::NoSuchRole { who, role } => format!("{who} 不是{}", names::role(*role)),
        Refusal::NotNeutral { who, why } => {
            let why = match why {
                Involved::Recused => "其被投诉或与本案有利害关系",
                Involved::Handled => "其经办过本案",
                Involved::Asked => "其所在部门曾被请求协查本案",
            };
            format!("{who} 不能担任调解人：{why}。请指定未参与过本案的人（§5.1）")
        }
        Refusal::NoHandOff { number, open } => {
            format!("第{number}号协查不在待答复之列。待答复的有：{}", list(open))
        }
        Refusal::NoClock {
            clock: name,
            running,
        } => {
            let running: Vec<String> = running.iter().map(|name| clock(name)).collect();
            format!(
                "本案没有正在计时的期限{}。正在计时的有：{}",
                clock(name),
                list(&running)
            )
        }
        Refusal::NotExtendable {
            clock: name,
            profile,
        } => {
            format!("按规则“{profile}”，期限{}不能延长", clock(name))
        }
        Refusal::ExtendedAlready {
            clock: name,
            profile,
        } => {
            format!("期限{}的延长次数已达规则“{profile}”的上限", clock(name))
        }
        Refusal::TooLong {
            clock: name,
            most,
            by,
        } => {
            let most = most
                .parse::<Term>()
                .map_or_else(|_| most.clone(), names::term);
            format!(
                "期限{}最多可延长{most}，由{}决定",
                clock(name),
                names::role(*by)
            )
        }
        Refusal::UnknownCode {
            what,
            code,
            profile,
            known,
        } => {
            let what = match *what {
                "category" => "类别",
                "severity" => "严重程度",
                "cause" => "原因",
                other => other,
            };
            format!(
                "“{code}”不是规则“{profile}”中的{what}。可选：{}",
                list(known)
            )
        }
        Refusal::NotThisReason {
            reason,
            stage,
            instead: _,
        } => format!(
            "案件处于“{}”阶段，不能以“{}”关闭：{}",
            names::stage(*stage),
            choice(*reason, C),
            not_this_reason(*reason, *stage)
        ),
        Refusal::LegalHold => "本案处于诉讼保全状态，不能从这里向客户发信（§5.2）".to_owned(),
        Refusal::NothingAsked => {
            format!("请写明需要哪些材料：{}", choices::<Particular>(C))
        }
        Refusal::SameCase { of } => format!("{of} 就是本案，请写另一个案件的编号"),
        Refusal::NotReopened { reason, instead: _ } => {
            let why = if *reason == CloseReason::Duplicate {
                "请在其所重复的案件中继续办理"
            } else {
                "应以裁决为准"
            };
            format!("本案以“{}”关闭，不能重新打开：{why}", choice(*reason, C))
        }
        Refusal::AlreadySo(already) => match already {
            Already::Yours => "本案已由您经办",
            Already::Theirs => "本案已由其经办",
            Already::Mediates => "其已是本案调解人",
            Already::Recused => "其已回避",
            Already::Held => "本案已搁置；用 /恢复 继续办理",
            Already::NotHeld => "本案未被搁置",
            Already::NoLegalHold => "本案不在诉讼保全状态",
            Already::NoThirdParty => "目前没有第三方参与本案",
            Already::Recognised => "该邮箱的来信已视为客户本人的来信",
            Already::NothingMissing => "这些材料并不缺少，也未要求补充",
        }
        .to_owned(),
        Refusal::NoLetter { letter } => {
            format!("本案没有待送达客户的“{}”", choice(*letter, C))
        }
        Refusal::Erased { at } => format!(
            "本案资料已于{}删除，新的事项请另行立案（§7）",
            at.format("%Y-%m-%d")
        ),
        Refusal::StillOpen { stage } => format!(
            "本案处于“{}”阶段，关闭之前不得删除任何资料",
            names::stage(*stage)
        ),
        Refusal::KeptByHold => "本案处于诉讼保全状态，不得删除任何资料（§5.2）".to_owned(),
        Refusal::Answered => "客户的满意度已有记录".to_owned(),
        Refusal::NothingToExplain => "本案没有需要您说明的逾期或代办".to_owned(),
        Refusal::WhichToExplain { open } => format!(
            "有几项需要您说明，请写明是哪一项，例如“/说明 {}：……”。待说明的有：{}",
            open.first().map_or("", String::as_str),
            list(open)
        ),
        Refusal::WhichThirdParty => {
            "有几个第三方参与本案，请写明是哪一个，例如“/第三方结束 expert@example.org”".to_owned()
        }
        Refusal::NotInvited { address } => format!("{address} 不是参与本案的第三方"),
        Refusal::DueInThePast { due } => format!("{} 已经过去：请写将来的日期", day(*due)),
        Refusal::NoStage { profile, stage } => {
            format!("规则“{profile}”中没有“{}”阶段", names::stage(*stage))
        }
    }
}

fn not_this_reason(reason: CloseReason, stage: Stage) -> &'static str {
    match reason {
        CloseReason::NotAComplaint | CloseReason::OutOfScope => {
            "处理结果已作出，请用 /满意 或 /不满意 记录客户的意见"
        }
        CloseReason::NoAnswer if stage == Stage::Resolved => "等待答复的期限届满后会自动关闭",
        CloseReason::NoAnswer => "只有客户对处理结果逾期未答复时才能这样关闭",
        CloseReason::Satisfied | CloseReason::NotSatisfied => {
            "请用 /满意 或 /不满意 记录客户的意见"
        }
        CloseReason::Withdrawn => "请用 /撤诉",
        CloseReason::Duplicate => "请用 /重复 并写明另一案件的编号",
        CloseReason::Ruling => "请先用 /诉讼，再用 /裁决",
    }
}

pub(super) fn wrong(wrong: &Wrong) -> String {
    let example = |word: Word| row(word).example[1];
    match wrong {
        Wrong::Unknown { typed, nearest } => match nearest {
            Some(meant) => format!(
                "没有“/{typed}”这个命令。您是要写 {} 吗？若是正文，请写两个斜杠：//{typed}",
                command(*meant, C)
            ),
            None => format!("没有“/{typed}”这个命令。/帮助 可查看全部命令"),
        },
        Wrong::NotFirst { word } => format!(
            "{} 前面还有其他文字。请把命令写在最前面；要保留的内容写在 /备注 之后",
            command(*word, C)
        ),
        Wrong::TooMany { most } => format!("一封邮件最多{most}条命令，请分几封发送"),
        Wrong::Incomplete { word } => {
            format!("{} 内容不全。写法如：{}", command(*word, C), example(*word))
        }
        Wrong::NotOneOf { of, typed } => {
            let known = match of {
                ListOf::Particulars => choices::<Particular>(C),
                ListOf::Findings => choices::<Finding>(C),
                ListOf::Complexities => choices::<Complexity>(C),
                ListOf::CloseReasons => choices::<CloseReason>(C),
                ListOf::Letters => choices::<Letter>(C),
                ListOf::Lists => choices::<ListKind>(C),
            };
            format!("“{typed}”不在可选之列：{known}")
        }
        Wrong::NoField { word, typed } => format!(
            "“{typed}”不能写在这里：结论之后只能写补偿、原因或客户已同意，用“；”隔开。写法如：{}",
            example(*word)
        ),
        Wrong::WhichReason => {
            "不清楚这个理由是给客户的还是内部记录。给客户的理由请直接写在下面几行；代他人办理的理由请写“/理由 ……”".to_owned()
        }
        Wrong::NoReasons { word } => format!(
            "{} 须在下面几行写明给客户的理由（§4.4）",
            command(*word, C)
        ),
        Wrong::LooseReason => "/理由 须与一条命令同用".to_owned(),
        Wrong::NoReference { typed } => format!("“{typed}”不是案件编号，编号形如 C-2026-000017-9"),
        Wrong::NoAddress { typed } => format!("“{typed}”不是邮箱地址，地址形如 name@example.org"),
        Wrong::Nobody {
            typed,
            departments,
            known,
        } => {
            let what = if *departments { "协查部门" } else { "工作人员" };
            format!("“{typed}”不是{what}。可选：{}", list(known))
        }
        Wrong::Several { typed, people } => {
            format!("叫“{typed}”的不止一人，请写其中一人的代号：{}", list(people))
        }
        Wrong::NoDate { typed, why } => match why {
            NoDate::Unreadable => format!("“{typed}”不是日期：请写12月3日、下周五或2026-12-03"),
            NoDate::Which(one, other) => format!(
                "“{typed}”可能是{}，也可能是{}：请按这种格式写明是哪一天",
                day(*one),
                day(*other)
            ),
            NoDate::Impossible => format!("没有“{typed}”这一天"),
            NoDate::Past(date) => format!("“{typed}”是{}，已经过去", day(*date)),
            NoDate::TooFar(date) => format!("“{typed}”是{}，距今超过十年", day(*date)),
        },
        Wrong::NoLength { typed, why } => match why {
            NoLength::Unreadable => format!("“{typed}”不是时间长度：请写5个工作日、2周或3天"),
            NoLength::Unitless(amount) => {
                format!("{amount}什么？请写{amount}个工作日、{amount}天或{amount}周")
            }
            NoLength::OutOfBounds => format!("“{typed}”为零或超过十年"),
        },
        Wrong::NoClock { typed, known } => {
            let known: Vec<String> = known.iter().map(|name| clock(name)).collect();
            format!("“{typed}”不是期限的名称。可选：{}", list(&known))
        }
        Wrong::NoCode { of, typed, known } => {
            let what = match of {
                Code::Category => "类别",
                Code::Severity => "严重程度",
                Code::Cause => "原因",
            };
            format!("“{typed}”不是{what}。可选：{}", list(known))
        }
        Wrong::WhichHandOff { open } if open.is_empty() => "本案没有待答复的协查".to_owned(),
        Wrong::WhichHandOff { open } => format!(
            "有几项协查待答复（{}），请先写编号：/答复协查 {}：……",
            list(open),
            open[0]
        ),
        Wrong::NoMoney { typed, why } => match why {
            NoMoney::NoCurrency => format!("“{typed}”是什么货币？请写明，例如120元或EUR 99"),
            NoMoney::WhichDollar => format!("“{typed}”是哪种元？请写美元、港元、澳元等"),
            NoMoney::WhichSign { one, other } => {
                format!("“{typed}”可能是{one}，也可能是{other}：请去掉分隔符再写")
            }
            NoMoney::TooFine(currency) => format!("“{typed}”小于{currency}的最小单位"),
            NoMoney::TooLarge => format!("“{typed}”超过十亿"),
            NoMoney::Unreadable => format!("“{typed}”不是金额：请写120元、EUR 99或￥1,200.50"),
        },
        Wrong::NoDue => format!("请写明完成日期：{}", example(Word::Action)),
        Wrong::Alone { word } => {
            format!("{} 须单独发送，其他内容请另发一封邮件", command(*word, C))
        }
        Wrong::NoCase { word } => {
            format!("{} 针对具体案件：请回复该案件的邮件来发送", command(*word, C))
        }
    }
}

pub(super) fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::NoAuthor => "发件人栏没有可用的地址".to_owned(),
        Doubt::SeveralAuthors => "发件人栏有多个地址".to_owned(),
        Doubt::NotStaff => "发件人不是工作人员".to_owned(),
        Doubt::Robot => "由程序自动发出".to_owned(),
        Doubt::Denied(why) => format!("发件人域名否认此邮件（{why}）"),
        Doubt::Unvouched(why) => format!("无法证实发件人身份（{why}）"),
        Doubt::NoAddress => "没有发到我们签名的地址".to_owned(),
        Doubt::SeveralAddresses => "发到了多个互不相符的签名地址".to_owned(),
        Doubt::AnotherPersons(person) => format!("发到了供 {person} 使用的地址"),
        Doubt::NotForStaff => "发到了供客户或退信使用的地址".to_owned(),
        Doubt::AnotherCases => "发到了另一案件的地址".to_owned(),
        Doubt::OldKey => "发到的地址由已停用的密钥签名".to_owned(),
        Doubt::Stale => "签名时间过早".to_owned(),
        Doubt::FromTheFuture => "签名时间晚于收到时间".to_owned(),
        Doubt::Replayed => "同一封邮件此前已收到过".to_owned(),
        Doubt::NoMessageId => "邮件没有或有多个 Message-ID，无法判断此前是否收到过".to_owned(),
    }
}

fn list(items: &[impl ToString]) -> String {
    if items.is_empty() {
        return "无".to_owned();
    }
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join("、")
}
