//! One mail about an address that writes more than staff are told of one by one: how much, what wasn't answered,
//! and what to do.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Tongue;
use super::notice::{Written, one_line};

/// What an address has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flood<'a> {
    pub address: &'a str,
    pub mails: i64,
    pub since: DateTime<Utc>,
    /// The first of the cases that it opened.
    pub first_case: Option<&'a str>,
    pub cases: i64,
    /// Of them, those without an acknowledgement.
    pub unanswered: i64,
    /// So many mails of a day staff were told of one by one.
    pub told: i64,
}

/// Writes what supervisors are told of floods: one mail for all of them.
pub fn flood(floods: &[Flood<'_>], zone: Tz, tongue: Tongue) -> Written {
    let most = floods.iter().map(|one| one.mails).max().unwrap_or(0);
    let mut text: String = floods.iter().map(|one| one.words(zone, tongue)).collect();
    let subject = match tongue {
        Tongue::English => format!("Very many mails: one address wrote {most} in a day"),
        Tongue::Chinese => format!("来信过多：同一地址一天内来信{most}封"),
    };
    text += match tongue {
        Tongue::English => {
            "Nothing is lost: each mail is on a case. What to do:\n\
             - See who writes, and why: answer this mail with /search and the address, or /show and a case.\n\
             - If a person does: somebody accepts one of the cases and answers it, and closes the others as duplicates of it.\n\
             - If nobody does (a robot, a loop, an attack): have your mail server refuse the address, and close the cases as out of scope.\n\
             - If it rightly writes as much (a web form, say): have quiet.told_per_address_per_day raised.\n\
             You are told of an address once a day at most.\n"
        }
        Tongue::Chinese => {
            "来信无一丢失，均已归入案件。建议：\n\
             - 先弄清来信者及原因：回复本邮件，用 /搜索 加该地址，或 /查看 加案件编号。\n\
             - 如确为客户：请一位经办人受理其中一件并答复，其余作为该案的重复投诉关闭。\n\
             - 如为机器人、循环来信或攻击：请在邮件服务器上拒收该地址，并以“不在受理范围”关闭这些案件。\n\
             - 如属正常来信（例如网站表单）：请调高 quiet.told_per_address_per_day。\n\
             同一地址每天至多通知一次。\n"
        }
    };
    Written { subject, text }
}

impl Flood<'_> {
    fn words(&self, zone: Tz, tongue: Tongue) -> String {
        let since = self.since.with_timezone(&zone);
        let (mails, cases, unanswered) = (self.mails, self.cases, self.unanswered);
        let held = (mails - self.told).max(0);
        let first = self.first_case.unwrap_or("–");
        let mut lines = vec![one_line(self.address, 254)];
        match tongue {
            Tongue::English => {
                let since = since.format("%a %-d %b, %H:%M");
                lines.push(format!("- wrote {mails} mails since {since}"));
                if cases > 0 {
                    lines.push(format!(
                        "- with them opened {cases} cases, the first is {first}"
                    ));
                }
                if unanswered > 0 {
                    lines.push(format!(
                        "- {unanswered} of the cases have no acknowledgement: an address gets only so many automatic mails a day"
                    ));
                }
                lines.push(format!("- staff weren't told of {held} of the mails one by one, nor of deadlines of such cases until somebody accepts them"));
            }
            Tongue::Chinese => {
                let since = since.format("%-m月%-d日 %H:%M");
                lines.push(format!("- 自{since}起来信{mails}封"));
                if cases > 0 {
                    lines.push(format!("- 由此立案{cases}件，首件为 {first}"));
                }
                if unanswered > 0 {
                    lines.push(format!(
                        "- 其中{unanswered}件未发受理确认：同一地址每天的自动邮件有上限"
                    ));
                }
                lines.push(format!(
                    "- 有{held}封来信未逐一通知员工；这些案件在有人受理之前，也不逐件发送期限提醒"
                ));
            }
        }
        lines.join("\n") + "\n\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supervisors_are_told_who_wrote_how_much_what_was_not_answered_and_what_to_do() {
        let since = chrono::NaiveDateTime::parse_from_str("2026-11-24 08:05", "%Y-%m-%d %H:%M");
        let since = crate::schedule::moment(since.unwrap(), Tz::Asia__Shanghai);
        let bomb = Flood {
            address: "bomb@customers.test",
            mails: 10_000,
            since,
            first_case: Some("C-2026-000017-9"),
            cases: 9_990,
            unanswered: 9_970,
            told: 50,
        };
        let replies = Flood {
            address: "robot@customers.test",
            mails: 60,
            first_case: None,
            cases: 0,
            unanswered: 0,
            ..bomb.clone()
        };
        for tongue in Tongue::ALL {
            let written = flood(&[bomb.clone(), replies.clone()], Tz::Asia__Shanghai, tongue);
            insta::assert_snapshot!(
                format!("flood-{tongue:?}"),
                format!("{}\n\n{}", written.subject, written.text)
            );
        }
    }
}
