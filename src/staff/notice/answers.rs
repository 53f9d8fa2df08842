//! What staff are answered to a mail of their own: what was done, or why nothing was.

use chrono::{DateTime, Utc};

use super::about::About;
use super::text::{fold, returned};
use super::write::{Say, Written};
use crate::staff::Tongue;

/// Characters of a refused mail that are sent back.
const MOST: usize = 20_000;

/// That all of a mail was done: a line each, how many letters go to the customer, and where the case stands now.
pub fn done(lines: &[String], letters: usize, about: &About<'_>, tongue: Tongue) -> Written {
    let say = Say(tongue);
    let mut text = format!("{}\n", say.pick("Done:", "已办理："));
    text += &list(lines);
    // §7: a department learns nothing of the case
    if !about.is_narrow() {
        text += &match (letters, tongue) {
            (0, _) => String::new(),
            (1, Tongue::English) => "\nA letter goes to the customer.\n".to_owned(),
            (letters, Tongue::English) => format!("\n{letters} letters go to the customer.\n"),
            (letters, Tongue::Chinese) => format!("\n将向客户发送{letters}封信件。\n"),
        };
        let stage = say.stage(about);
        let mut now = match tongue {
            Tongue::English => format!("The case now: {stage}."),
            Tongue::Chinese => format!("案件现状：{stage}。"),
        };
        if let Some(next) = say.next(about) {
            now += &match tongue {
                Tongue::English => format!(" Next due: {next}."),
                Tongue::Chinese => format!("下一期限：{next}。"),
            };
        }
        text.push('\n');
        text += &fold(&now, 0);
    }
    Written {
        subject: say.subject(Some(about.reference), say.pick("Done", "已办理")),
        text,
    }
}

/// What would be done, and the letters that would go out: nothing is done until it is confirmed, or until a time.
pub fn shown(
    lines: &[String],
    letters: &[String],
    until: Option<DateTime<Utc>>,
    about: &About<'_>,
    tongue: Tongue,
) -> Written {
    let say = Say(tongue);
    let ask = match (until, tongue) {
        (None, Tongue::English) => {
            "Nothing is done yet. Please look, and answer this mail with /confirm, or with /cancel."
                .to_owned()
        }
        (None, Tongue::Chinese) => {
            "目前尚未执行。请查看以下内容，然后回复 /确认 或 /取消。".to_owned()
        }
        (Some(at), _) => {
            let at = say.moment(at, about.profile.calendar.zone);
            match tongue {
                Tongue::English => format!(
                    "Nothing is done yet. It will be done at {at}, unless you answer this mail with /cancel; with /confirm it is done at once."
                ),
                Tongue::Chinese => format!(
                    "目前尚未执行，将于{at}自动执行。回复 /取消 可撤销，回复 /确认 可立即执行。"
                ),
            }
        }
    };
    let mut text = fold(&ask, 0);
    text += &format!("\n{}\n", say.pick("What will be done:", "将执行："));
    text += &list(lines);
    for letter in letters {
        text += &format!(
            "\n{}\n\n{}",
            say.pick("---- The letter to be sent ----", "---- 将发送的信件 ----"),
            returned(letter, MOST).0
        );
    }
    Written {
        subject: say.subject(Some(about.reference), say.pick("Please confirm", "请确认")),
        text,
    }
}

/// What was done that is about no case.
pub fn at_desk(lines: &[String], tongue: Tongue) -> Written {
    let say = Say(tongue);
    Written {
        subject: say.subject(None, say.pick("Done", "已办理")),
        text: format!("{}\n{}", say.pick("Done:", "已办理："), list(lines)),
    }
}

/// That nothing of a mail was done: why, what is possible instead, and the text itself to correct.
pub fn refused(
    reasons: &[String],
    original: &str,
    about: Option<&About<'_>>,
    tongue: Tongue,
) -> Written {
    let say = Say(tongue);
    let mut text = fold(
        say.pick(
            "Nothing of your mail was done, because:",
            "您的邮件未执行，原因如下：",
        ),
        0,
    );
    text += &list(reasons);
    if let Some(about) = about {
        text += &say.commands(about);
    }
    let (own, hidden) = returned(original, MOST);
    if !own.trim().is_empty() {
        text += &format!(
            "\n{}\n\n{own}",
            say.pick(
                "---- Your text, to correct and send again ----",
                "---- 您的原文，请修改后重新发送 ----"
            )
        );
    }
    if hidden > 0 {
        text += &match tongue {
            Tongue::English => format!("\n({hidden} more characters are in the mail you sent)\n"),
            Tongue::Chinese => format!("\n（其余{hidden}个字符见您发出的邮件）\n"),
        };
    }
    let subject = say.pick("Not done: please correct", "未执行：请修改后重发");
    Written {
        subject: say.subject(about.map(|about| about.reference), subject),
        text,
    }
}

/// That a mail without a command is kept, and goes nowhere.
pub fn note_kept(about: &About<'_>, tongue: Tongue) -> Written {
    let say = Say(tongue);
    let mut text = fold(
        say.pick(
            "Your mail has no command, so it is kept as an internal note. The customer doesn't see it.",
            "您的邮件没有命令，已作为内部备注保存。客户看不到。",
        ),
        0,
    );
    text += &say.commands(about);
    Written {
        subject: say.subject(
            Some(about.reference),
            say.pick("Kept as a note", "已保存为备注"),
        ),
        text,
    }
}

fn list(items: &[String]) -> String {
    let mut text = String::new();
    for item in items {
        for (at, line) in super::text::lines(item).enumerate() {
            let mark = if at == 0 { "- " } else { "  " };
            text += &fold(&format!("{mark}{line}"), 2);
        }
    }
    text
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
