//! What the figures say, in sentences. Each has one rule, which says when it may be said; none says more
//! than the figures do.

use serde::Serialize;

use super::figures::{Review, Series};
use super::limits::{FEWEST, Verdict};
use super::spread::{Group, Shown};
use super::words::Labels;
use crate::staff::Tongue;

/// A sentence, and the rule that let it be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    pub rule: &'static str,
    pub text: String,
}

/// Fewer breaches than this have no pattern.
const FEWEST_BREACHES: u64 = 5;
/// Fewer cases with a cause make no Pareto.
const FEWEST_CAUSES: u64 = 20;
/// So much of all is most of it.
const MOST: f64 = 0.7;

type Rule = fn(&Review, &Labels<'_>) -> Option<String>;

/// The rules, in the order in which their sentences stand.
const RULES: &[(&str, Rule)] = &[
    ("nothing_happened", nothing_happened),
    ("period_not_over", period_not_over),
    ("headline", headline),
    ("beyond_limits", beyond_limits),
    ("within_limits", within_limits),
    ("too_little_past", too_little_past),
    ("breaches_mostly", breaches_mostly),
    ("breaches_unexplained", breaches_unexplained),
    ("overrides_unexplained", overrides_unexplained),
    ("satisfaction", satisfaction),
    ("causes_mostly", causes_mostly),
    ("long_open", long_open),
    ("actions_overdue", actions_overdue),
    ("records_incomplete", records_incomplete),
];

/// What can be said of these figures.
pub fn sentences(review: &Review, labels: &Labels<'_>) -> Vec<Sentence> {
    let said = RULES.iter().filter_map(|(rule, say)| {
        Some(Sentence {
            rule,
            text: say(review, labels)?,
        })
    });
    said.collect()
}

/// A number with its noun.
fn many(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn is_chinese(labels: &Labels<'_>) -> bool {
    labels.tongue == Tongue::Chinese
}

fn nothing_happened(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let text = labels.pick(
        "No complaint was received, closed or open in this period.",
        "本期没有新收、已结或未结的投诉。",
    );
    review.is_empty().then(|| text.to_owned())
}

fn period_not_over(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let text = labels.pick(
        "The period isn't over: these figures will still grow, and can't be compared with whole periods.",
        "本期尚未结束：数字仍会增加，不能与完整期间相比。",
    );
    (!review.period.is_over).then(|| text.to_owned())
}

fn headline(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let totals = &review.totals;
    let (received, closed, open) = (totals.received, totals.closed, totals.open);
    (!review.is_empty()).then(|| {
        if is_chinese(labels) {
            format!("新收投诉 {received} 件，结案 {closed} 件，期末未结 {open} 件。")
        } else {
            format!(
                "{} received, {closed} closed, {open} open at the end.",
                many(received, "complaint was", "complaints were")
            )
        }
    })
}

/// A value as a reader wants it: a share in percent, days with one digit, a count whole.
pub(super) fn value(series: &Series, value: f64) -> String {
    match series.unit {
        "share" => format!("{:.0} %", value * 100.0),
        "days" => format!("{value:.1}"),
        _ if (value - value.round()).abs() < 0.05 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

/// Only an unusual value is told, and only where there are enough earlier ones. A period that isn't over is
/// compared with nothing.
fn beyond_limits(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let beyond = review.trend.iter().filter_map(|series| {
        let last = series.points.last()?;
        let (now, lower, upper) = (last.value?, last.lower?, last.upper?);
        let (now, lower, upper) = (
            value(series, now),
            value(series, lower),
            value(series, upper),
        );
        let title = labels.title(series.measure);
        match (series.verdict, is_chinese(labels)) {
            (Verdict::Above, false) => Some(format!(
                "{title}: {now}, above what chance brings ({lower} to {upper})."
            )),
            (Verdict::Below, false) => Some(format!(
                "{title}: {now}, below what chance brings ({lower} to {upper})."
            )),
            (Verdict::Above, true) => Some(format!(
                "{title}：{now}，高于偶然波动的范围（{lower} 至 {upper}）。"
            )),
            (Verdict::Below, true) => Some(format!(
                "{title}：{now}，低于偶然波动的范围（{lower} 至 {upper}）。"
            )),
            (Verdict::Within | Verdict::Unknown, _) => None,
        }
    });
    let told: Vec<String> = beyond.collect();
    let between = if is_chinese(labels) { "" } else { " " };
    (review.period.is_over && !told.is_empty()).then(|| told.join(between))
}

fn within_limits(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let judged = |verdict| {
        review
            .trend
            .iter()
            .filter(move |one| one.verdict == verdict)
    };
    let none_beyond = judged(Verdict::Above)
        .chain(judged(Verdict::Below))
        .next()
        .is_none();
    let within: Vec<&str> = judged(Verdict::Within)
        .map(|one| labels.title(one.measure))
        .collect();
    if !review.period.is_over || !none_beyond || within.is_empty() || review.is_empty() {
        return None;
    }
    Some(if is_chinese(labels) {
        format!(
            "与以往相比的差别均在偶然波动的范围之内：{}。",
            within.join("、")
        )
    } else {
        format!(
            "Differences from earlier periods are within what chance brings: {}.",
            within.join(", ").to_lowercase()
        )
    })
}

fn too_little_past(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let earlier = review.trend.first()?.points.len().saturating_sub(1);
    if earlier >= FEWEST || review.is_empty() || !review.period.is_over {
        return None;
    }
    Some(if is_chinese(labels) {
        format!("以往完整期间只有 {earlier} 个（至少需要 {FEWEST} 个），尚不能区分变化与偶然波动。")
    } else {
        format!(
            "Whole earlier periods to compare with: {earlier}; {FEWEST} are needed to tell change from chance."
        )
    })
}

/// Enough breaches, and at least half of them one person's with one clock.
fn breaches_mostly(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let breaches = &review.breaches;
    let top = breaches.groups.first()?;
    if breaches.total < FEWEST_BREACHES || top.count * 2 < breaches.total {
        return None;
    }
    let (count, total) = (top.count, breaches.total);
    let who = labels.person(top.person.as_deref());
    let clock = labels.clock(&top.clock);
    let hand_off = top.clock == "department_answer" && top.person.is_some();
    Some(match (is_chinese(labels), hand_off) {
        (true, true) => format!("{total} 次超时违规中有 {count} 次是转交{who}的问题未按时答复。"),
        (true, false) => format!("{total} 次超时违规中有 {count} 次是“{clock}”，责任人：{who}。"),
        (false, true) => format!("{count} of {total} breaches were hand-offs to {who}."),
        (false, false) => format!("{count} of {total} breaches were of “{clock}”: {who}."),
    })
}

fn breaches_unexplained(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let (count, total) = (review.breaches.unexplained, review.breaches.total);
    (count > 0).then(|| {
        if is_chinese(labels) {
            format!("{total} 次超时违规中有 {count} 次尚未说明原因（§9）。")
        } else {
            format!(
                "{count} of {} not been explained (§9).",
                many(total, "breach has", "breaches have")
            )
        }
    })
}

fn overrides_unexplained(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let (count, total) = (review.overrides.unexplained, review.overrides.total);
    (count > 0).then(|| {
        if is_chinese(labels) {
            format!("{total} 次越权代办中有 {count} 次尚未另作说明（§9）。")
        } else {
            format!(
                "{count} of {} not been explained beyond the reason given (§9).",
                many(total, "override has", "overrides have")
            )
        }
    })
}

/// Only where neither side is few.
fn satisfaction(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let share = review.satisfaction.share_satisfied? * 100.0;
    let Shown::Count(answered) = review.satisfaction.answered else {
        return None;
    };
    (answered >= super::spread::FEW as u64).then(|| {
        if is_chinese(labels) {
            format!("{answered} 份答复中 {share:.0} % 表示满意。")
        } else {
            format!(
                "{share:.0} % of {} satisfied.",
                many(answered, "answer was", "answers were")
            )
        }
    })
}

/// The fewest causes that make up most of the cases, where that is fewer than half of the causes. Hidden cells
/// count as part of the whole only.
fn causes_mostly(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let (shown, total) = decided_causes(review);
    let present = shown.iter().filter(|(_, count)| *count > 0).count();
    if total < FEWEST_CAUSES {
        return None;
    }
    let mut sum = 0;
    let mut names = Vec::new();
    for (code, count) in &shown {
        if sum as f64 >= MOST * total as f64 {
            break;
        }
        sum += count;
        names.push(labels.cause(code));
    }
    let percent = 100.0 * sum as f64 / total as f64;
    if (sum as f64) < MOST * total as f64 || names.len() * 2 > present {
        return None;
    }
    Some(if is_chinese(labels) {
        format!(
            "{total} 件已作结论的案件中，{percent:.0} % 的原因是：{}。",
            names.join("、")
        )
    } else {
        let verb = if names.len() == 1 {
            "cause accounts"
        } else {
            "causes account"
        };
        format!(
            "{} {verb} for {percent:.0} % of the {total} cases decided: {}.",
            names.len(),
            names.join(", ")
        )
    })
}

/// Causes of cases decided whose numbers are shown, the most first, and the number of all decided with a cause
/// or without.
pub(super) fn decided_causes(review: &Review) -> (Vec<(&str, u64)>, u64) {
    let mut shown: Vec<(&str, u64)> = review
        .causes
        .iter()
        .filter(|group| group.code != super::figures::UNSET)
        .filter_map(|group: &Group<4>| match group.counts[3] {
            Shown::Count(count) => Some((group.code.as_str(), count)),
            Shown::Few | Shown::Withheld => None,
        })
        .collect();
    shown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    (shown, review.totals.decided)
}

fn long_open(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let of = |code: &str| match super::figures::shown_of(&review.ages, code) {
        Shown::Count(count) => Some(count),
        Shown::Few | Shown::Withheld => None,
    };
    let old = of("61_to_90_days")? + of("over_90_days")?;
    let open = review.totals.open;
    (old > 0).then(|| {
        if is_chinese(labels) {
            format!("{open} 件未结案件中有 {old} 件已超过 60 天。")
        } else {
            format!("{old} of {open} open cases are older than 60 days.")
        }
    })
}

fn actions_overdue(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let open: u64 = review.actions.iter().map(|one| one.open).sum();
    let overdue: u64 = review.actions.iter().map(|one| one.overdue).sum();
    (overdue > 0).then(|| {
        if is_chinese(labels) {
            format!("{open} 项未完成的措施中有 {overdue} 项已逾期。")
        } else {
            format!(
                "{overdue} of {} overdue.",
                many(open, "open action is", "open actions are")
            )
        }
    })
}

fn records_incomplete(review: &Review, labels: &Labels<'_>) -> Option<String> {
    let lacking = review.records.iter().filter(|one| one.complete < one.of);
    let told: Vec<String> = lacking
        .map(|one| {
            let (missing, of) = (one.of - one.complete, one.of);
            let record = labels.code(one.record);
            if is_chinese(labels) {
                format!("{record} {missing}/{of}")
            } else {
                format!("{} in {missing} of {of}", record.to_lowercase())
            }
        })
        .collect();
    (!told.is_empty()).then(|| {
        if is_chinese(labels) {
            format!("记录中缺少：{}。", told.join("；"))
        } else {
            format!("Records lack: {}.", told.join("; "))
        }
    })
}

#[cfg(test)]
#[path = "comment_tests.rs"]
mod tests;
