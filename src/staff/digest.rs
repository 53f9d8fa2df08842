//! One mail a day with what needs somebody: due, overdue, waiting (§9).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::notice::{Written, clock_in_words, one_line};
use super::{Member, Tongue};
use crate::policy::{Role, Stage};

/// Whether somebody's digest lists what is overdue of others as well.
pub fn lists_overdue(reader: &Member) -> bool {
    [Role::Supervisor, Role::Manager]
        .iter()
        .any(|role| reader.roles.contains(role))
}

/// A case as a digest looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub reference: String,
    pub topic: String,
    pub stage: Stage,
    /// What we owe next, by its clock, and when; `None` where nothing runs.
    pub due: Option<(String, DateTime<Utc>)>,
    pub waits: Option<Waits>,
    /// Who handles it, where that isn't the reader.
    pub handler: Option<String>,
}

/// For whom or what a case waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    Customer,
    /// Departments that were asked, by name.
    Departments(Vec<String>),
    ThirdParty,
    /// It is on hold.
    Hold,
    /// Somebody has to be named who mediates.
    Mediator,
}

/// Writes a digest; `None` where there is nothing to say.
pub fn digest(lines: &[Line], now: DateTime<Utc>, zone: Tz, tongue: Tongue) -> Option<Written> {
    let today = now.with_timezone(&zone).date_naive();
    let (mut overdue, mut due_today, mut soon, mut waiting) = (vec![], vec![], vec![], vec![]);
    for line in lines {
        let Some((_, due_at)) = &line.due else {
            if line.waits.is_some() {
                waiting.push(line);
            }
            continue;
        };
        let day = due_at.with_timezone(&zone).date_naive();
        if *due_at < now {
            overdue.push(line);
        } else if day == today {
            due_today.push(line);
        } else if (day - today).num_days() <= 3 {
            soon.push(line);
        } else if line.waits.is_some() {
            waiting.push(line);
        }
    }
    if overdue.is_empty() && due_today.is_empty() && soon.is_empty() && waiting.is_empty() {
        return None;
    }
    let pick = |english: &str, chinese: &str| match tongue {
        Tongue::English => english.to_owned(),
        Tongue::Chinese => chinese.to_owned(),
    };
    let mut text = String::new();
    for (heading, these) in [
        (pick("Overdue", "已逾期"), &overdue),
        (pick("Due today", "今天到期"), &due_today),
        (pick("Due within three days", "三天内到期"), &soon),
        (pick("Waiting", "等待中"), &waiting),
    ] {
        if these.is_empty() {
            continue;
        }
        text += &format!("{heading} ({})\n", these.len());
        for line in these {
            text += &entry(line, zone, tongue);
        }
        text.push('\n');
    }
    text += &pick(
        "Answer the last mail about a case to work on it. To this mail you can answer /list, /search words or /show REFERENCE.\n",
        "请回复各案件最近的一封邮件来办理。回复本邮件可用 /列表、/搜索 关键词 或 /查看 案件编号。\n",
    );
    let subject = match tongue {
        Tongue::English => format!(
            "Your cases today: {} overdue, {} due today",
            overdue.len(),
            due_today.len()
        ),
        Tongue::Chinese => format!(
            "今日案件：逾期{}件，今天到期{}件",
            overdue.len(),
            due_today.len()
        ),
    };
    Some(Written { subject, text })
}

fn entry(line: &Line, zone: Tz, tongue: Tongue) -> String {
    let topic = one_line(&line.topic, 60);
    let mut text = format!("- {}  {topic}\n", line.reference);
    if let Some((clock, due_at)) = &line.due {
        let at = due_at.with_timezone(&zone);
        let clock = clock_in_words(clock, tongue);
        text += &match tongue {
            Tongue::English => format!("  {clock}: {}\n", at.format("%a %-d %b, %H:%M")),
            Tongue::Chinese => format!("  {clock}：{}\n", at.format("%-m月%-d日 %H:%M")),
        };
    }
    if let Some(waits) = &line.waits {
        text += &format!("  {}\n", waits.words(tongue));
    }
    if let Some(handler) = &line.handler {
        text += &match tongue {
            Tongue::English => format!("  handled by {handler}\n"),
            Tongue::Chinese => format!("  经办人：{handler}\n"),
        };
    }
    text
}

impl Waits {
    fn words(&self, tongue: Tongue) -> String {
        let (english, chinese) = match self {
            Waits::Customer => ("waits for the customer", "等待客户"),
            Waits::ThirdParty => ("waits for a third party", "等待第三方"),
            Waits::Hold => ("on hold", "已搁置"),
            Waits::Mediator => ("a mediator has to be named", "待指定调解人"),
            Waits::Departments(names) => {
                return match tongue {
                    Tongue::English => format!("waits for {}", names.join(", ")),
                    Tongue::Chinese => format!("等待{}", names.join("、")),
                };
            }
        };
        match tongue {
            Tongue::English => english.to_owned(),
            Tongue::Chinese => chinese.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        crate::schedule::moment(local, Tz::Asia__Shanghai)
    }

    fn line(number: u32, due: Option<&str>, waits: Option<Waits>) -> Line {
        Line {
            reference: format!("C-2026-{number:06}-0"),
            topic: "Broken cup".to_owned(),
            stage: Stage::Investigating,
            due: due.map(|due| ("resolve".to_owned(), at(due))),
            waits,
            handler: (number == 3).then(|| "Li Na".to_owned()),
        }
    }

    #[test]
    fn a_digest_says_what_is_due_overdue_and_waited_for() {
        let lines = [
            line(1, Some("2026-11-23 18:00"), None),
            line(
                2,
                Some("2026-11-24 18:00"),
                Some(Waits::Departments(vec!["Warehouse".to_owned()])),
            ),
            line(3, Some("2026-11-26 18:00"), None),
            line(4, Some("2026-12-20 18:00"), None),
            line(5, Some("2026-12-20 18:00"), Some(Waits::Customer)),
            line(6, None, Some(Waits::Hold)),
        ];
        for tongue in Tongue::ALL {
            let written =
                digest(&lines, at("2026-11-24 08:00"), Tz::Asia__Shanghai, tongue).unwrap();
            insta::assert_snapshot!(
                format!("digest-{tongue:?}"),
                format!("{}\n\n{}", written.subject, written.text)
            );
        }
        assert_eq!(
            digest(
                &lines[3..4],
                at("2026-11-24 08:00"),
                Tz::Asia__Shanghai,
                Tongue::English
            ),
            None
        );
    }
}
