//! A notice in words: what happened, what to do by when, the new words, the state, and how to answer.

use chrono::{DateTime, Utc};

use super::about::About;
use super::text::{fold, one_line, quoted};
use super::what::What;
use super::{chinese, english};
use crate::case::{CaseRef, possible};
use crate::staff::{Tongue, answer};

/// A mail's subject, which is one line, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub subject: String,
    pub text: String,
}

/// Writes a notice.
pub fn write(what: &What, about: &About<'_>, tongue: Tongue) -> Written {
    let say = Say(tongue);
    // §7: a department learns its question, and nothing else of the case, whatever was to be told
    if about.is_narrow() && !what.is_for_department() {
        return say.nothing(about);
    }
    let due = about.due(what);
    let subject = match tongue {
        Tongue::English => english::subject(what, about, due),
        Tongue::Chinese => chinese::subject(what, about, due),
    };
    let (happened, todo) = match tongue {
        Tongue::English => (
            english::happened(what, about),
            english::todo(what, about, due),
        ),
        Tongue::Chinese => (
            chinese::happened(what, about),
            chinese::todo(what, about, due),
        ),
    };
    let mut text = fold(&happened, 0);
    if let Some(todo) = todo {
        text.push('\n');
        text += &fold(&todo, 0);
    }
    text += &say.words(what, about);
    if !what.is_for_department() {
        text += &say.files(about);
        text += &say.state(about);
        text += &say.commands(about);
    }
    text += &say.how(what, about);
    Written {
        subject: say.subject(Some(about.reference), &subject),
        text,
    }
}

/// The parts of a notice in one language.
pub(super) struct Say(pub Tongue);

impl Say {
    /// The one of two texts that is in this language.
    pub fn pick(&self, english: &'static str, chinese: &'static str) -> &'static str {
        match self.0 {
            Tongue::English => english,
            Tongue::Chinese => chinese,
        }
    }

    pub fn subject(&self, reference: Option<CaseRef>, wanted: &str) -> String {
        let wanted = one_line(wanted, 150);
        reference.map_or_else(
            || wanted.clone(),
            |reference| format!("[{reference}] {wanted}"),
        )
    }

    /// That there is something which the receiver has no part in.
    fn nothing(&self, about: &About<'_>) -> Written {
        let news = match self.0 {
            Tongue::English => format!(
                "There is news of case {}. There is nothing for you to do.",
                about.reference
            ),
            Tongue::Chinese => format!("案件 {} 有新进展，您无需处理。", about.reference),
        };
        Written {
            subject: self.subject(
                Some(about.reference),
                self.pick("For your information", "供知悉"),
            ),
            text: fold(&news, 0),
        }
    }

    fn words(&self, what: &What, about: &About<'_>) -> String {
        let Some(words) = about.new_words.filter(|words| !words.trim().is_empty()) else {
            return String::new();
        };
        let heading = match self.0 {
            Tongue::English => english::heading(what),
            Tongue::Chinese => chinese::heading(what),
        };
        let (quoted, hidden) = quoted(words);
        let mut text = format!("\n{heading}\n{quoted}");
        if hidden > 0 {
            text += &match self.0 {
                Tongue::English => format!("({hidden} more characters: /show)\n"),
                Tongue::Chinese => format!("（其余{hidden}个字符未显示，可用 /查看 查阅）\n"),
            };
        }
        text
    }

    fn files(&self, about: &About<'_>) -> String {
        if about.files.is_empty() {
            return String::new();
        }
        let mut text = format!("\n{}\n", self.pick("Attachments:", "附件："));
        for name in about.files {
            text += &fold(&format!("- {}", one_line(name, 200)), 2);
        }
        text
    }

    /// The case in six lines.
    fn state(&self, about: &About<'_>) -> String {
        let case = about.case;
        let zone = about.profile.calendar.zone;
        let topic = one_line(about.topic, 80);
        let none = self.pick("none", "无").to_owned();
        let code = |codes: &std::collections::BTreeMap<String, _>, code: &Option<String>| {
            let code = code.as_ref()?;
            let names: Option<&std::collections::BTreeMap<crate::language::Language, String>> =
                codes.get(code);
            let name = names.and_then(|names| names.get(&self.0.language()));
            Some(one_line(name.unwrap_or(code), 60))
        };
        let unset = self.pick("not set", "未设定");
        let category = code(&about.profile.categories, &case.category);
        let severity = code(&about.profile.severities, &case.severity);
        let sorted = format!(
            "{} / {}",
            category.as_deref().unwrap_or(unset),
            severity.as_deref().unwrap_or(unset)
        );
        let customer = about
            .customer
            .map_or(none.clone(), |name| one_line(name, 100));
        let handler = case.handler.as_ref();
        let handler = handler.map_or(none.clone(), |handler| about.name(handler));
        let rows = [
            ("Stage", "阶段", self.stage(about)),
            ("Customer", "客户", customer),
            ("Received", "收到", self.moment(case.received_at, zone)),
            ("Handler", "经办人", handler),
            ("Next due", "下一期限", self.next(about).unwrap_or(none)),
            ("Category/severity", "类别/严重程度", sorted),
        ];
        let mut text = match self.0 {
            Tongue::English => format!("\nThe case: {}", about.reference),
            Tongue::Chinese => format!("\n案件：{}", about.reference),
        };
        text += &match (topic.is_empty(), self.0) {
            (true, _) => "\n".to_owned(),
            (false, Tongue::English) => format!(", “{topic}”\n"),
            (false, Tongue::Chinese) => format!("，“{topic}”\n"),
        };
        for (english, chinese, value) in rows {
            let line = match self.0 {
                Tongue::English => format!("  {english}: {value}"),
                Tongue::Chinese => format!("  {chinese}：{value}"),
            };
            text += &fold(&line, 4);
        }
        text
    }

    /// Where the case stands; on hold and under legal hold too.
    pub fn stage(&self, about: &About<'_>) -> String {
        let case = about.case;
        let mut text = match self.0 {
            Tongue::English => answer::stage_english(case.stage),
            Tongue::Chinese => answer::stage(case.stage),
        }
        .to_owned();
        if case.held {
            text += self.pick(", on hold", "，已搁置");
        }
        if case.legal_hold {
            text += self.pick(", legal hold", "，诉讼保全");
        }
        text
    }

    /// What is due next, and when.
    pub fn next(&self, about: &About<'_>) -> Option<String> {
        let (clock, due_at) = about.next_due()?;
        let moment = self.moment(due_at, about.profile.calendar.zone);
        Some(match self.0 {
            Tongue::English => format!("{moment} ({})", english::clock(clock)),
            Tongue::Chinese => format!("{moment}（{}）", chinese::clock(clock)),
        })
    }

    pub fn moment(&self, at: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
        match self.0 {
            Tongue::English => english::moment(at, zone),
            Tongue::Chinese => chinese::moment(at, zone),
        }
    }

    /// The commands that are possible now; empty where none are taken.
    pub fn commands(&self, about: &About<'_>) -> String {
        let mut acts = possible(about.case, about.to);
        acts.retain(|act| !about.is_idle(*act));
        if !about.can_command || acts.is_empty() {
            return String::new();
        }
        let mut text = format!(
            "\n{}\n",
            self.pick("Possible now, for example:", "目前可用的命令，例如：")
        );
        for line in answer::possible(&acts, self.0).lines() {
            text += &fold(line, 4);
        }
        text
    }

    /// How to answer.
    fn how(&self, what: &What, about: &About<'_>) -> String {
        let narrow = what.is_for_department();
        let mut text = String::new();
        if matches!(what, What::QuestionDropped { .. }) {
            return text;
        }
        text += &format!("\n{}\n", self.pick("How to answer", "如何回复"));
        let answer = match (narrow, about.can_command) {
            (true, true) => self.pick(
                "Answer this mail, and begin with the command above. Without a command it is kept as an internal note.",
                "直接回复本邮件，以上面的命令开头；不写命令则只作为内部备注保存。",
            ),
            (false, true) => self.pick(
                "Answer this mail. Commands stand in the first lines, one a line; what follows belongs to the last of them. Without a command your answer stays an internal note, which the customer never sees. /help explains everything.",
                "直接回复本邮件。命令写在最前面，一行一条，其后的文字属于最后一条命令。不写命令则只作为内部备注保存，客户看不到。/帮助 可查看说明。",
            ),
            (true | false, false) => self.pick(
                "What you answer to this mail is kept as an internal note. Commands aren't taken from it.",
                "对本邮件的回复只作为内部备注保存，其中的命令不会执行。",
            ),
        };
        text += &fold(answer, 0);
        // nobody writes to a customer in answer to a forgery, from a department, or under legal hold (§5.2)
        let closed_to_them = narrow || *what == What::Unproven || about.case.legal_hold;
        if let Some(address) = about.to_customer.filter(|_| !closed_to_them) {
            text += &format!(
                "\n{}\n  {address}\n{}\n",
                self.pick("To the customer, write here:", "写给客户，请用此地址："),
                self.pick(
                    "Everything you write to this address goes to the customer.",
                    "发到此地址的所有内容都会发送给客户。"
                )
            );
        }
        text
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
