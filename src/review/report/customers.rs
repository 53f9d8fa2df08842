//! What complaints were about and how they ended: groups of cases, and what came of them.

use super::{Cell, Say, Section};
use crate::case::{Currency, Money};
use crate::review::chart::{Bar, Chart, Kind};
use crate::review::comment;
use crate::review::figures::shown_of;
use crate::review::spread::Shown;

impl Say<'_> {
    pub(super) fn causes(&self, label: &dyn Fn(&str) -> String) -> Section {
        let totals = &self.review.totals;
        let columns = [
            ("received", "Received", "新收"),
            ("open", "Open", "未结"),
            ("closed", "Closed", "已结"),
            ("decided", "Decided", "已作结论"),
        ];
        let sums = [totals.received, totals.open, totals.closed, totals.decided];
        let mut section = self.groups("causes", columns, &self.review.causes, sums, label);
        section.charts.extend(self.pareto());
        section
    }

    /// Causes of cases decided, the most first, with their sum so far.
    pub(super) fn pareto(&self) -> Option<Chart> {
        let (shown, total) = comment::decided_causes(self.review);
        let shown: Vec<(&str, u64)> = shown.into_iter().filter(|(_, count)| *count > 0).collect();
        if shown.is_empty() {
            return None;
        }
        let charts = self.charts;
        let sum_word = charts.pick("sum", "累计");
        let percent = |sum: u64| 100.0 * sum as f64 / total.max(1) as f64;
        let mut sum = 0;
        let mut bars: Vec<Bar> = shown
            .iter()
            .map(|(code, count)| {
                sum += count;
                Bar {
                    label: charts.cause(code),
                    parts: [*count as f64, 0.0],
                    text: format!("{count}  ({sum_word} {:.0} %)", percent(sum)),
                    is_rest: false,
                }
            })
            .collect();
        let rest = total.saturating_sub(sum);
        if rest > 0 {
            bars.push(Bar {
                label: charts
                    .pick("Not set, or few customers", "未设定或客户过少")
                    .to_owned(),
                parts: [rest as f64, 0.0],
                text: rest.to_string(),
                is_rest: true,
            });
        }
        Some(Chart {
            name: "causes".into(),
            title: charts
                .pick("Causes of cases decided", "已作结论案件的原因")
                .to_owned(),
            about: charts
                .pick(
                    "Cases by cause, the most first; in brackets the share of all so far",
                    "按原因统计的案件数，由多到少；括号内为累计占比",
                )
                .to_owned(),
            kind: Kind::Bars(bars),
        })
    }

    pub(super) fn ages(&self, label: &dyn Fn(&str) -> String) -> Section {
        let review = self.review;
        let mut section = self.groups(
            "ages",
            [("cases", "Cases", "案件")],
            &review.ages,
            [review.totals.open],
            label,
        );
        let bars = review.ages.iter().map(|group| Bar {
            label: self.charts.code(&group.code),
            parts: [
                match group.counts[0] {
                    Shown::Count(count) => count as f64,
                    Shown::Few | Shown::Withheld => 0.0,
                },
                0.0,
            ],
            text: Cell::Shown(group.counts[0]).text(),
            is_rest: false,
        });
        if review.totals.open > 0 {
            section.charts.push(Chart {
                name: "ages".into(),
                title: self.charts.title("ages").to_owned(),
                about: self
                    .charts
                    .pick(
                        "Open cases by days since receipt; <5 and · are too few to show",
                        "按收到后天数统计的未结案件数；<5 与 · 因客户过少不予显示",
                    )
                    .to_owned(),
                kind: Kind::Bars(bars.collect()),
            });
        }
        section
    }

    pub(super) fn times(&self) -> Section {
        let rows = self.review.times.iter().map(|time| {
            vec![
                self.named(time.step, self.labels.clock(time.step)),
                Cell::Count(time.cases),
                Cell::number(time.median_days),
                Cell::number(time.p90_days),
                Cell::number(time.median_open_hours),
                Cell::number(time.p90_open_hours),
            ]
        });
        self.section(
            "times",
            &[
                ("step", "Step", "步骤"),
                ("cases", "Cases", "案件"),
                ("median_days", "Median days", "中位天数"),
                ("p90_days", "90 % within days", "九成天数内"),
                ("median_open_hours", "Median open hours", "中位营业小时"),
                ("p90_open_hours", "90 % within open h", "九成营业小时内"),
            ],
            rows.collect(),
        )
    }

    pub(super) fn satisfaction(&self, label: &dyn Fn(&str) -> String) -> Section {
        let one = &self.review.satisfaction;
        let mut lines = vec![
            (
                "asked",
                self.pick("Asked", "已询问"),
                Cell::Count(one.asked),
            ),
            (
                "asked_and_answered",
                self.pick("of those, answered", "其中已答复"),
                Cell::Shown(one.asked_and_answered),
            ),
            (
                "answered",
                self.pick("Answers in the period", "本期答复"),
                Cell::Shown(one.answered),
            ),
        ];
        for code in ["satisfied", "not_satisfied"] {
            let shown = shown_of(&one.answers, code);
            lines.push((code, label(code), Cell::Shown(shown)));
        }
        lines.push((
            "share_satisfied",
            self.labels.title("share_satisfied").to_owned(),
            Cell::share(one.share_satisfied),
        ));
        self.lines("satisfaction", lines)
    }

    pub(super) fn mediation(&self, label: &dyn Fn(&str) -> String) -> Section {
        let one = &self.review.mediation;
        let mut section = self.lines(
            "mediation",
            vec![
                (
                    "owed",
                    self.pick("Came to be owed", "进入调解"),
                    Cell::Count(one.owed),
                ),
                (
                    "mediators_named",
                    self.pick("Mediators named", "已指定调解人"),
                    Cell::Count(one.mediators_named),
                ),
                (
                    "decided",
                    self.pick("Decided", "已作结论"),
                    Cell::Count(one.decided),
                ),
            ],
        );
        let used = one
            .findings
            .iter()
            .filter(|group| group.counts[0] != Shown::Count(0));
        section.table.rows.extend(used.map(|group| {
            vec![
                self.named(&group.code, label(&group.code)),
                Cell::Shown(group.counts[0]),
            ]
        }));
        section
    }

    pub(super) fn remedies(&self) -> Section {
        let one = &self.review.remedies;
        let mut section = self.lines(
            "remedies",
            vec![
                (
                    "decided",
                    self.pick("Outcomes decided", "作出的结论"),
                    Cell::Count(one.decided),
                ),
                (
                    "with_remedy",
                    self.pick("with a remedy", "其中有补救"),
                    Cell::Shown(one.with_remedy),
                ),
            ],
        );
        section.table.rows.extend(one.costs.iter().map(|cost| {
            let amount = cost
                .amount_minor_units
                .map_or(Cell::Shown(cost.outcomes), |minor| {
                    Cell::Text(money(&cost.currency, minor))
                });
            vec![
                self.named(
                    &cost.currency,
                    format!("{} {}", self.pick("Cost in", "成本"), cost.currency),
                ),
                amount,
            ]
        }));
        if let Some(column) = section.table.columns.get_mut(1) {
            column.is_number = true;
        }
        section
    }

    pub(super) fn repeats(&self) -> Section {
        let one = &self.review.repeats;
        self.lines(
            "repeats",
            vec![
                (
                    "customers",
                    self.pick("Customers", "客户"),
                    Cell::Shown(one.customers),
                ),
                (
                    "complaints_in_a_year",
                    self.pick("their complaints within a year", "其一年内的投诉"),
                    one.complaints.map_or(Cell::Nothing, Cell::Count),
                ),
            ],
        )
    }

    pub(super) fn suggestions(&self) -> Section {
        let rows = self.review.suggestions.iter().map(|one| {
            vec![
                Cell::Text(one.case.clone()),
                Cell::Text(one.day.to_string()),
                Cell::Text(one.words.clone().unwrap_or_else(|| {
                    self.pick("(erased, or not for this role)", "（已删除或无权查看）")
                })),
            ]
        });
        let columns = [
            ("case", "Case", "案件"),
            ("day", "Day", "日期"),
            ("words", "Suggestion", "建议"),
        ];
        self.section("suggestions", &columns, rows.collect())
    }
}

/// An amount in the smallest unit of its currency, for people.
fn money(currency: &str, minor: u64) -> String {
    match Currency::from_name(currency) {
        Some(currency) => Money { currency, minor }.to_string(),
        None => format!("{currency} {minor}"),
    }
}
