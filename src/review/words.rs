//! What figures are called and mean, in English and Chinese; the one place where they are defined.

mod definitions;

use crate::case::Person;
use crate::policy::Policies;
use crate::staff::{Directory, Tongue};

pub use definitions::definitions;

/// A figure: its stable name, its titles, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    pub name: &'static str,
    pub english: &'static str,
    pub chinese: &'static str,
    pub definition: &'static str,
}

const fn measure(
    name: &'static str,
    english: &'static str,
    chinese: &'static str,
    definition: &'static str,
) -> Measure {
    Measure {
        name,
        english,
        chinese,
        definition,
    }
}

/// Every figure of the review.
pub const MEASURES: &[Measure] = &[
    measure(
        "received",
        "Received",
        "新收投诉",
        "Complaints whose receipt time (the mail server's, or what staff recorded) lies in the period. Duplicates and what turned out to be no complaint are among them.",
    ),
    measure(
        "open",
        "Open",
        "未结案件",
        "Cases received before the end of the period and not closed at its end, by the history: a review of March says the same in April and in November.",
    ),
    measure(
        "closed",
        "Closed",
        "已结案件",
        "Cases that were closed at the end of the period and whose last closing lies in it. A case closed, opened again and closed counts by its last closing.",
    ),
    measure(
        "resolved",
        "Outcome reached the customer",
        "处理结果已送达",
        "Cases whose first outcome letter (outcome or summary resolution) was accepted by the customer's mail server, or handed over otherwise, in the period.",
    ),
    measure(
        "decided",
        "Outcome decided",
        "已作结论",
        "Cases whose last outcome (the handler's or the mediation's) was decided in the period.",
    ),
    measure(
        "reopened",
        "Reopened",
        "重新办理",
        "How often a closed case was opened again in the period.",
    ),
    measure(
        "access_refused",
        "Looks refused",
        "拒绝查阅",
        "How often somebody without a part in a case wanted to see it and didn't (§7).",
    ),
    measure(
        "channels",
        "By channel",
        "按渠道",
        "Received, open and closed cases by how the complaint came (§3).",
    ),
    measure(
        "categories",
        "By category",
        "按类别",
        "Received, open and closed cases by category, as cases are classified today.",
    ),
    measure(
        "causes",
        "By cause",
        "按原因",
        "Received, open and closed cases, and those decided in the period, by cause, as known today. The Pareto chart shows cases decided.",
    ),
    measure(
        "findings",
        "By outcome",
        "按处理结论",
        "Cases whose last outcome (the handler's or the mediation's) was decided in the period, by finding.",
    ),
    measure(
        "close_reasons",
        "By reason of closing",
        "按结案原因",
        "Closed cases by the reason of their last closing.",
    ),
    measure(
        "ages",
        "Age of what is open",
        "未结案件时长",
        "Open cases by elapsed whole days from receipt to the end of the period (to now, where it isn't over).",
    ),
    measure(
        "times",
        "How long steps took",
        "办理时长",
        "Of cases whose step lies in the period: from receipt until the acknowledgement reached the customer's mail server, until a handler first accepted, until the first outcome letter reached the customer. Days are elapsed days, as the customer lives them, pauses included; open hours count only the opening hours of the case's own calendar. Quantiles are interpolated linearly; none is told of fewer than 5 cases.",
    ),
    measure(
        "clocks",
        "Within each clock",
        "时限遵守情况",
        "Obligations of the profile (what customers are waited for isn't among them) that were decided in the period. A clock is decided once: kept when it stops before it is due, missed when it falls due running. Extensions and pauses count as the policy has them. A clock that starts anew counts by its latest run, also in a review of an earlier period that is made later; earlier runs show in the breaches.",
    ),
    measure(
        "breaches",
        "Breaches",
        "超时违规",
        "Deadlines missed in the period (§9), by clock and whose they were: the department's that was asked, the mediator's, else the handler's. Unexplained: those that nobody has explained by now.",
    ),
    measure(
        "breach_list",
        "Breaches one by one",
        "超时违规明细",
        "Each breach with its case, when it was due, by how much it was late when the clock stopped or started anew (nothing where it hadn't by the end of the period), and the explanation of whom it concerns (§9).",
    ),
    measure(
        "overrides",
        "Overrides",
        "越权代办",
        "Steps that a supervisor or manager took in somebody else's place, with a reason (§9).",
    ),
    measure(
        "refused_steps",
        "Refused steps",
        "被拒绝的操作",
        "Steps that weren't possible at the stage or by the person, by act and person (§9). Nothing came of them.",
    ),
    measure(
        "escalations",
        "Escalations",
        "升级情况",
        "Rungs of escalation ladders reached in the period at 100 % of a term and above, of what is owed.",
    ),
    measure(
        "satisfaction",
        "Satisfaction",
        "满意度",
        "Asked: cases for which the question for satisfaction reached the customer in the period; of those, who has answered by its end. Answers: those of cases whose last answer came in the period. Neither the answers nor their share are told where either side is fewer than 5 customers.",
    ),
    measure(
        "mediation",
        "Mediation",
        "调解",
        "Mediations that came to be owed, mediators named, and outcomes of mediation decided in the period, by finding (§5.1).",
    ),
    measure(
        "remedies",
        "Remedies and cost",
        "补救与成本",
        "Outcomes decided in the period, those with a remedy, and what remedies cost as recorded with them, by currency; nothing is converted.",
    ),
    measure(
        "repeats",
        "Repeat complainants",
        "重复投诉人",
        "Customers with a complaint in the period and at least one more in the 365 days that end with it, and how many complaints those were. Duplicates and what is no complaint don't count.",
    ),
    measure(
        "suggestions",
        "Suggestions",
        "客户建议",
        "What customers suggested about the complaint process itself (§10), recorded in the period.",
    ),
    measure(
        "actions",
        "Actions",
        "改进措施",
        "Corrective, preventive and training actions: open at the end of the period; of those overdue (last day over); done and verified in the period; done and still to be verified at its end (§4.4, §8).",
    ),
    measure(
        "overdue_actions",
        "Actions overdue",
        "逾期措施",
        "Open actions whose last day is over, with their owners.",
    ),
    measure(
        "training_needs",
        "Training needs",
        "培训需求",
        "What should be taught (§8): three or more breaches of one clock by one person; three or more refused steps of one kind by one person; decided cases whose cause is communication, staff_conduct, process or service_failure.",
    ),
    measure(
        "records",
        "Completeness of records",
        "记录完整性",
        "Received cases with all particulars that the profile asks for; closed cases with a category and decided ones with a cause; closed cases that were answered (satisfied, no answer, not satisfied) with a finding, and with an outcome letter that reached the customer.",
    ),
    measure(
        "trend",
        "Trend",
        "趋势",
        "The period against up to 12 earlier ones of the same kind that are whole (not before the first complaint). Limits are made of the earlier ones alone, at least 6: mean ± 2.66 times the mean moving range (individuals chart), for shares p̄ ± 3·√(p̄(1−p̄)/n) (NIST/SEMATECH e-Handbook, §6.3.2.2 and §6.3.3.2). What lies within them may be chance. A share isn't judged where fewer than 5 are expected on either side.",
    ),
    measure(
        "median_days_to_resolve",
        "Median days to the outcome",
        "处理时长中位数（天）",
        "Median of elapsed days from receipt until the first outcome letter reached the customer.",
    ),
    measure(
        "share_of_clocks_kept",
        "Share of deadlines kept",
        "按时完成比例",
        "All obligations kept, of those decided in the period.",
    ),
    measure(
        "share_satisfied",
        "Share of satisfied answers",
        "满意比例",
        "Satisfied answers, of all answers in the period.",
    ),
];

/// The names of things in one language.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    pub tongue: Tongue,
    pub policies: &'a Policies,
    pub directory: &'a Directory,
}

/// Codes that are the program's own.
const CODES: &[(&str, &str, &str)] = &[
    ("not_set", "(not set)", "（未设定）"),
    ("email", "E-mail", "电子邮件"),
    ("phone", "Phone", "电话"),
    ("web", "Website", "网站"),
    ("upheld", "Upheld", "成立"),
    ("partly", "Partly upheld", "部分成立"),
    ("rejected", "Rejected", "不成立"),
    ("satisfied", "Satisfied", "满意"),
    ("not_satisfied", "Not satisfied", "不满意"),
    ("no_answer", "No answer", "未答复"),
    ("withdrawn", "Withdrawn", "撤回"),
    ("duplicate", "Duplicate", "重复"),
    ("not_a_complaint", "Not a complaint", "非投诉"),
    ("out_of_scope", "Out of scope", "不在受理范围"),
    ("ruling", "Ruling", "裁判"),
    ("0_to_7_days", "0 to 7 days", "0–7 天"),
    ("8_to_14_days", "8 to 14 days", "8–14 天"),
    ("15_to_30_days", "15 to 30 days", "15–30 天"),
    ("31_to_60_days", "31 to 60 days", "31–60 天"),
    ("61_to_90_days", "61 to 90 days", "61–90 天"),
    ("over_90_days", "over 90 days", "90 天以上"),
    ("corrective", "Corrective", "纠正措施"),
    ("preventive", "Preventive", "预防措施"),
    ("training", "Training", "培训"),
    ("particulars", "Particulars (received)", "投诉要素（新收）"),
    ("category", "Category (closed)", "类别（已结）"),
    ("cause", "Cause (decided)", "原因（已作结论）"),
    ("finding", "Outcome (answered)", "处理结论（已答复）"),
    (
        "outcome_letter",
        "Outcome letter delivered (answered)",
        "结果函送达（已答复）",
    ),
];

/// Clocks and steps that the built-in profiles know.
const CLOCKS: &[(&str, &str, &str)] = &[
    ("acknowledge", "Acknowledge", "确认收到"),
    ("confirm", "Confirm", "受理"),
    ("accept", "Accept", "受理"),
    ("investigate", "Investigate", "调查"),
    ("update", "Update", "告知进展"),
    ("resolve", "Resolve", "答复结果"),
    ("mediate", "Mediate", "调解"),
    ("department_answer", "Department's answer", "部门答复"),
];

impl Labels<'_> {
    /// One of two texts.
    pub fn pick<'t>(&self, english: &'t str, chinese: &'t str) -> &'t str {
        match self.tongue {
            Tongue::English => english,
            Tongue::Chinese => chinese,
        }
    }

    /// The title of a figure.
    pub fn title(&self, name: &str) -> &'static str {
        let found = MEASURES.iter().find(|measure| measure.name == name);
        found.map_or("", |measure| match self.tongue {
            Tongue::English => measure.english,
            Tongue::Chinese => measure.chinese,
        })
    }

    /// A code of the program, or of a profile; as it is written where nobody knows it.
    pub fn code(&self, code: &str) -> String {
        self.known(CODES, code).unwrap_or_else(|| code.to_owned())
    }

    pub fn clock(&self, name: &str) -> String {
        self.known(CLOCKS, name).unwrap_or_else(|| spaced(name))
    }

    pub fn category(&self, code: &str) -> String {
        let mut profiles = self.policies.all();
        let name = profiles.find_map(|one| one.categories.get(code)?.get(&self.tongue.language()));
        name.cloned().unwrap_or_else(|| self.code(code))
    }

    pub fn cause(&self, code: &str) -> String {
        let mut profiles = self.policies.all();
        let name = profiles.find_map(|one| one.causes.get(code)?.get(&self.tongue.language()));
        name.cloned().unwrap_or_else(|| self.code(code))
    }

    /// A member of staff by name: management may know (§9).
    pub fn person(&self, id: Option<&str>) -> String {
        let Some(id) = id else {
            return self.pick("(nobody had it)", "（无人负责）").to_owned();
        };
        let person = id.parse::<Person>().ok();
        person.map_or(id.to_owned(), |person| {
            self.directory.name(&person).to_owned()
        })
    }

    fn known(&self, table: &[(&str, &str, &str)], code: &str) -> Option<String> {
        let (_, english, chinese) = table.iter().find(|(name, _, _)| *name == code)?;
        Some(self.pick(english, chinese).to_owned())
    }
}

fn spaced(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_measure_has_one_name() {
        let names: BTreeSet<&str> = MEASURES.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), MEASURES.len());
    }
}
