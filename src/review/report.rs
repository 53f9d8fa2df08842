//! A review laid out: sections of tables and charts in one language, before it is written as text, HTML or CSV.

use super::chart::{Bar, Chart, Control, Kind, Mark};
use super::comment::{self, Sentence};
use super::figures::{CLOSED, OPEN, RECEIVED, Review, Series};
use super::limits::Verdict;
use super::spread::{Group, Shown};
use super::training::Need;
use super::words::Labels;

/// A review in one language.
#[derive(Debug, Clone)]
pub struct Report {
    /// BCP 47.
    pub language: &'static str,
    pub title: String,
    /// Which days, whose, and how to read them.
    pub facts: Vec<String>,
    pub summary_title: String,
    pub summary: Vec<Sentence>,
    /// The figures that come first: title and value.
    pub headline: Vec<(String, String)>,
    pub sections: Vec<Section>,
    /// What reads `<5` and `·`.
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct Section {
    pub title: String,
    /// What there is to say where the table is empty.
    pub empty: Option<String>,
    pub charts: Vec<Chart>,
    pub table: Table,
}

#[derive(Debug, Clone)]
pub struct Table {
    /// Its stable name: of the figure and of the file.
    pub name: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone)]
pub struct Column {
    /// Stable, with the unit.
    pub name: &'static str,
    pub title: String,
    pub is_number: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// A code and what it is called.
    Named {
        code: String,
        name: String,
    },
    Count(u64),
    Shown(Shown),
    /// With one digit.
    Number(f64),
    /// From 0 to 1.
    Share(f64),
    Nothing,
}

impl Cell {
    /// For people.
    pub fn text(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Named { name, .. } => name.clone(),
            Cell::Count(count) | Cell::Shown(Shown::Count(count)) => count.to_string(),
            Cell::Shown(Shown::Few) => "<5".to_owned(),
            Cell::Shown(Shown::Withheld) => "·".to_owned(),
            Cell::Number(value) => format!("{value:.1}"),
            Cell::Share(share) => format!("{:.0} %", share * 100.0),
            Cell::Nothing => "–".to_owned(),
        }
    }

    /// For machines.
    pub fn raw(&self) -> String {
        match self {
            Cell::Named { code, .. } => code.clone(),
            Cell::Shown(Shown::Withheld) => "withheld".to_owned(),
            Cell::Number(value) => format!("{value:.3}"),
            Cell::Share(share) => format!("{share:.4}"),
            Cell::Nothing => String::new(),
            Cell::Text(_) | Cell::Count(_) | Cell::Shown(Shown::Count(_) | Shown::Few) => {
                self.text()
            }
        }
    }

    fn number(value: Option<f64>) -> Cell {
        value.map_or(Cell::Nothing, Cell::Number)
    }

    fn share(value: Option<f64>) -> Cell {
        value.map_or(Cell::Nothing, Cell::Share)
    }
}

/// Most breaches told one by one to people; the CSV and JSON hold all.
pub const MOST_EACH: usize = 50;

/// Lays a review out. `company` signs it; `chart_labels` are those of charts, in Latin letters where no others
/// can be drawn.
pub fn report(
    review: &Review,
    company: &str,
    labels: &Labels<'_>,
    chart_labels: &Labels<'_>,
) -> Report {
    let say = Say {
        review,
        labels,
        charts: chart_labels,
    };
    let period = &review.period;
    let mut facts = vec![format!(
        "{}{} – {} ({})",
        labels.pick("Days: ", "期间："),
        period.first_day,
        period.last_day,
        period.time_zone
    )];
    if let Some(profile) = &period.profile {
        facts.push(format!(
            "{}{profile}",
            labels.pick("Policy profile: ", "制度方案：")
        ));
    }
    let kind = match period.kind {
        "week" => labels.pick("Weekly review", "周报"),
        "month" => labels.pick("Monthly review", "月报"),
        "quarter" => labels.pick("Quarterly review", "季报"),
        "year" => labels.pick("Yearly review", "年报"),
        _ => labels.pick("Review", "报告"),
    };
    Report {
        language: labels.pick("en", "zh"),
        title: match labels.pick("en", "zh") {
            "zh" => format!("{company}投诉{kind} {}", period.label),
            _ => format!("{kind} of complaints {}, {company}", period.label),
        },
        facts,
        summary_title: labels.pick("In short", "摘要").to_owned(),
        summary: comment::sentences(review, labels),
        headline: say.headline(),
        sections: say.sections(),
        note: labels
            .pick(
                "<5: fewer than five customers, perhaps none. ·: withheld, so that those can't be reckoned back. –: nothing to tell of, or too few. What each figure means: redress review --definitions.",
                "<5：不足五位客户（可能为零）。·：为避免推算出上述数字而隐去。–：无数据或数量过少。各指标的定义：redress review --definitions。",
            )
            .to_owned(),
    }
}

struct Say<'a> {
    review: &'a Review,
    labels: &'a Labels<'a>,
    charts: &'a Labels<'a>,
}

impl Say<'_> {
    fn pick(&self, english: &str, chinese: &str) -> String {
        self.labels.pick(english, chinese).to_owned()
    }

    fn headline(&self) -> Vec<(String, String)> {
        let (review, totals) = (self.review, &self.review.totals);
        let (kept, missed) = review.clocks.iter().fold((0, 0), |sum, clock| {
            (sum.0 + clock.kept, sum.1 + clock.missed)
        });
        let kept = (kept + missed > 0).then(|| kept as f64 / (kept + missed) as f64);
        let resolve = review.times.iter().find(|time| time.step == "resolve");
        let median = resolve.and_then(|time| time.median_days);
        [
            ("received", Cell::Count(totals.received)),
            ("closed", Cell::Count(totals.closed)),
            ("open", Cell::Count(totals.open)),
            ("median_days_to_resolve", Cell::number(median)),
            ("share_of_clocks_kept", Cell::share(kept)),
            ("breaches", Cell::Count(review.breaches.total)),
            (
                "share_satisfied",
                Cell::share(review.satisfaction.share_satisfied),
            ),
            ("reopened", Cell::Count(totals.reopened)),
        ]
        .map(|(name, cell)| (self.labels.title(name).to_owned(), cell.text()))
        .into()
    }

    fn section(
        &self,
        name: &'static str,
        columns: &[(&'static str, &str, &str)],
        rows: Vec<Vec<Cell>>,
    ) -> Section {
        let number = |at: usize| {
            let mut cells = rows.iter().filter_map(|row| row.get(at)).peekable();
            cells.peek().is_some()
                && cells.all(|cell| !matches!(cell, Cell::Text(_) | Cell::Named { .. }))
        };
        let column =
            |(at, (name, english, chinese)): (usize, &(&'static str, &str, &str))| Column {
                name,
                title: self.pick(english, chinese),
                is_number: number(at),
            };
        let columns = columns.iter().enumerate().map(column).collect();
        Section {
            title: self.labels.title(name).to_owned(),
            empty: rows.is_empty().then(|| self.pick("None.", "无。")),
            charts: vec![],
            table: Table {
                name,
                columns,
                rows,
            },
        }
    }

    fn named(&self, code: &str, name: String) -> Cell {
        Cell::Named {
            code: code.to_owned(),
            name,
        }
    }

    /// Groups with something in them, and their total.
    fn groups<const N: usize>(
        &self,
        name: &'static str,
        columns: [(&'static str, &'static str, &'static str); N],
        groups: &[Group<N>],
        totals: [u64; N],
        label: &dyn Fn(&str) -> String,
    ) -> Section {
        let used = groups
            .iter()
            .filter(|group| group.counts.iter().any(|count| *count != Shown::Count(0)));
        let mut rows: Vec<Vec<Cell>> = used
            .map(|group| {
                let counts = group.counts.iter().map(|count| Cell::Shown(*count));
                std::iter::once(self.named(&group.code, label(&group.code)))
                    .chain(counts)
                    .collect()
            })
            .collect();
        if !rows.is_empty() {
            let total = self.named("total", self.pick("Total", "合计"));
            rows.push(
                std::iter::once(total)
                    .chain(totals.map(Cell::Count))
                    .collect(),
            );
        }
        let mut all = vec![("code", "", "")];
        all.extend(columns);
        self.section(name, &all, rows)
    }

    fn sections(&self) -> Vec<Section> {
        let (review, labels) = (self.review, self.labels);
        let totals = &review.totals;
        let three = [
            ("received", "Received", "新收"),
            ("open", "Open", "未结"),
            ("closed", "Closed", "已结"),
        ];
        let sums = [RECEIVED, OPEN, CLOSED]
            .map(|column| [totals.received, totals.open, totals.closed][column]);
        let category = |code: &str| labels.category(code);
        let cause = |code: &str| labels.cause(code);
        let code = |code: &str| labels.code(code);
        let cases = [("cases", "Cases", "案件")];
        vec![
            self.trend(),
            self.groups("channels", three, &review.channels, sums, &code),
            self.groups("categories", three, &review.categories, sums, &category),
            self.causes(&cause),
            self.groups("findings", cases, &review.findings, [totals.decided], &code),
            self.groups(
                "close_reasons",
                cases,
                &review.close_reasons,
                [totals.closed],
                &code,
            ),
            self.ages(&code),
            self.times(),
            self.clocks(),
            self.breaches(),
            self.breach_list(),
            self.steps("overrides", &review.overrides.by),
            self.steps("refused_steps", &review.refused_steps),
            self.escalations(),
            self.satisfaction(&code),
            self.mediation(&code),
            self.remedies(),
            self.repeats(),
            self.suggestions(),
            self.actions(&code),
            self.overdue(&code),
            self.training(),
            self.records(&code),
        ]
    }

    fn causes(&self, label: &dyn Fn(&str) -> String) -> Section {
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
    fn pareto(&self) -> Option<Chart> {
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

    fn ages(&self, label: &dyn Fn(&str) -> String) -> Section {
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

    fn times(&self) -> Section {
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

    fn clocks(&self) -> Section {
        let clocks = &self.review.clocks;
        let rows = clocks.iter().map(|clock| {
            vec![
                self.named(&clock.clock, self.labels.clock(&clock.clock)),
                Cell::Count(clock.kept),
                Cell::Count(clock.missed),
                Cell::share(clock.share_kept),
            ]
        });
        let mut section = self.section(
            "clocks",
            &[
                ("clock", "Clock", "时限"),
                ("kept", "Kept", "按时"),
                ("missed", "Missed", "超时"),
                ("share_kept", "Share kept", "按时比例"),
            ],
            rows.collect(),
        );
        let bars = clocks.iter().map(|clock| {
            let all = (clock.kept + clock.missed).max(1) as f64;
            Bar {
                label: self.charts.clock(&clock.clock),
                parts: [clock.kept as f64 / all, clock.missed as f64 / all],
                text: format!(
                    "{} / {} ({:.0} %)",
                    clock.kept,
                    clock.kept + clock.missed,
                    100.0 * clock.kept as f64 / all
                ),
                is_rest: false,
            }
        });
        if !clocks.is_empty() {
            section.charts.push(Chart {
                name: "clocks".into(),
                title: self.charts.title("clocks").to_owned(),
                about: self
                    .charts
                    .pick(
                        "Blue: kept, orange: missed; beside each bar kept / all",
                        "蓝色：按时，橙色：超时；右侧为按时数／总数",
                    )
                    .to_owned(),
                kind: Kind::Bars(bars.collect()),
            });
        }
        section
    }

    fn breaches(&self) -> Section {
        let groups = &self.review.breaches.groups;
        let rows = groups.iter().map(|group| {
            vec![
                self.named(&group.clock, self.labels.clock(&group.clock)),
                self.person(group.person.as_deref()),
                Cell::Count(group.count),
                Cell::Count(group.unexplained),
            ]
        });
        let mut section = self.section(
            "breaches",
            &[
                ("clock", "Clock", "时限"),
                ("person", "Whose", "责任人"),
                ("breaches", "Breaches", "次数"),
                ("unexplained", "Unexplained", "未说明"),
            ],
            rows.collect(),
        );
        let bars = groups.iter().take(12).map(|group| Bar {
            label: format!(
                "{} · {}",
                self.charts.person(group.person.as_deref()),
                self.charts.clock(&group.clock)
            ),
            parts: [group.count as f64, 0.0],
            text: group.count.to_string(),
            is_rest: false,
        });
        if !groups.is_empty() {
            section.charts.push(Chart {
                name: "breaches".into(),
                title: self.charts.title("breaches").to_owned(),
                about: self
                    .charts
                    .pick(
                        "Deadlines missed, by person and clock",
                        "按责任人与时限统计的超时次数",
                    )
                    .to_owned(),
                kind: Kind::Bars(bars.collect()),
            });
        }
        section
    }

    fn person(&self, id: Option<&str>) -> Cell {
        self.named(id.unwrap_or(""), self.labels.person(id))
    }

    fn breach_list(&self) -> Section {
        let rows = self.review.breaches.each.iter().map(|one| {
            let explanation = match (&one.explanation, one.is_explained) {
                (Some(words), _) => words.clone(),
                (None, true) => self.pick("(erased)", "（已删除）"),
                (None, false) => "–".to_owned(),
            };
            vec![
                Cell::Text(one.case.clone()),
                self.named(&one.clock, self.labels.clock(&one.clock)),
                self.person(one.person.as_deref()),
                Cell::Text(self.moment(one.due_at)),
                Cell::number(one.late_hours),
                Cell::Text(explanation),
            ]
        });
        self.section(
            "breach_list",
            &[
                ("case", "Case", "案件"),
                ("clock", "Clock", "时限"),
                ("person", "Whose", "责任人"),
                ("due_at", "Due", "到期"),
                ("late_hours", "Late by h", "迟延小时"),
                ("explanation", "Explanation", "说明"),
            ],
            rows.collect(),
        )
    }

    fn moment(&self, at: chrono::DateTime<chrono::Utc>) -> String {
        let zone: Option<chrono_tz::Tz> = self.review.period.time_zone.parse().ok();
        zone.map_or_else(
            || at.to_rfc3339(),
            |zone| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        )
    }

    fn steps(&self, name: &'static str, steps: &[super::figures::StepCount]) -> Section {
        let rows = steps.iter().map(|one| {
            vec![
                Cell::Text(one.act.clone()),
                self.person(Some(&one.person)),
                Cell::Count(one.count),
            ]
        });
        let columns = [
            ("act", "Step", "操作"),
            ("person", "Who", "人员"),
            ("count", "Times", "次数"),
        ];
        self.section(name, &columns, rows.collect())
    }

    fn escalations(&self) -> Section {
        let rows = self.review.escalations.iter().map(|one| {
            vec![
                self.named(&one.clock, self.labels.clock(&one.clock)),
                Cell::Share(f64::from(one.percent) / 100.0),
                Cell::Count(one.count),
            ]
        });
        let columns = [
            ("clock", "Clock", "时限"),
            ("share_of_term", "Of the term", "已用时限"),
            ("count", "Times", "次数"),
        ];
        self.section("escalations", &columns, rows.collect())
    }

    fn lines(&self, name: &'static str, lines: Vec<(&'static str, String, Cell)>) -> Section {
        let row =
            |(code, title, cell): (&'static str, String, Cell)| vec![self.named(code, title), cell];
        let rows = lines.into_iter().map(row).collect();
        self.section(name, &[("figure", "", ""), ("value", "", "")], rows)
    }

    fn satisfaction(&self, label: &dyn Fn(&str) -> String) -> Section {
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
            let shown = super::figures::shown_of(&one.answers, code);
            lines.push((code, label(code), Cell::Shown(shown)));
        }
        lines.push((
            "share_satisfied",
            self.labels.title("share_satisfied").to_owned(),
            Cell::share(one.share_satisfied),
        ));
        self.lines("satisfaction", lines)
    }

    fn mediation(&self, label: &dyn Fn(&str) -> String) -> Section {
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

    fn remedies(&self) -> Section {
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

    fn repeats(&self) -> Section {
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

    fn suggestions(&self) -> Section {
        let rows = self.review.suggestions.iter().map(|one| {
            vec![
                Cell::Text(one.case.clone()),
                Cell::Text(one.day.to_string()),
                Cell::Text(
                    one.words
                        .clone()
                        .unwrap_or_else(|| self.pick("(erased)", "（已删除）")),
                ),
            ]
        });
        let columns = [
            ("case", "Case", "案件"),
            ("day", "Day", "日期"),
            ("words", "Suggestion", "建议"),
        ];
        self.section("suggestions", &columns, rows.collect())
    }

    fn actions(&self, label: &dyn Fn(&str) -> String) -> Section {
        let rows = self.review.actions.iter().map(|one| {
            vec![
                self.named(&one.kind, label(&one.kind)),
                Cell::Count(one.open),
                Cell::Count(one.overdue),
                Cell::Count(one.done),
                Cell::Count(one.verified),
            ]
        });
        let columns = [
            ("kind", "Kind", "类型"),
            ("open", "Open", "未完成"),
            ("overdue", "Overdue", "逾期"),
            ("done", "Done", "已完成"),
            ("verified", "Verified", "已核实"),
        ];
        self.section("actions", &columns, rows.collect())
    }

    fn overdue(&self, label: &dyn Fn(&str) -> String) -> Section {
        let rows = self.review.overdue_actions.iter().map(|one| {
            vec![
                Cell::Text(format!("A-{}", one.number)),
                self.named(&one.kind, label(&one.kind)),
                self.person(Some(&one.owner)),
                Cell::Text(one.due_day.to_string()),
            ]
        });
        let columns = [
            ("action", "Action", "措施"),
            ("kind", "Kind", "类型"),
            ("owner", "Owner", "责任人"),
            ("due_day", "Due", "期限"),
        ];
        self.section("overdue_actions", &columns, rows.collect())
    }

    fn training(&self) -> Section {
        let labels = self.labels;
        let row = |need: &Need| {
            let (who, what, count, code) = match need {
                Need::Breaches {
                    person,
                    clock,
                    count,
                } => {
                    let clock = labels.clock(clock);
                    let what = match labels.pick("en", "zh") {
                        "zh" => format!("多次超时：{clock}"),
                        _ => format!("Deadline missed again and again: {clock}"),
                    };
                    (labels.person(Some(person)), what, *count, "breaches")
                }
                Need::RefusedSteps { person, act, count } => {
                    let what = match labels.pick("en", "zh") {
                        "zh" => format!("多次被拒绝的操作：{act}"),
                        _ => format!("Step refused again and again: {act}"),
                    };
                    (labels.person(Some(person)), what, *count, "refused_steps")
                }
                Need::Cause { cause, count } => {
                    let cause = labels.cause(cause);
                    let what = match labels.pick("en", "zh") {
                        "zh" => format!("投诉原因：{cause}"),
                        _ => format!("Cause of complaints: {cause}"),
                    };
                    (
                        self.pick("Everybody concerned", "相关人员"),
                        what,
                        *count,
                        "cause",
                    )
                }
            };
            vec![self.named(code, what), Cell::Text(who), Cell::Count(count)]
        };
        let columns = [
            ("reason", "Why", "缘由"),
            ("who", "Who", "对象"),
            ("count", "Times", "次数"),
        ];
        let rows = self.review.training_needs.iter().map(row).collect();
        self.section("training_needs", &columns, rows)
    }

    fn records(&self, label: &dyn Fn(&str) -> String) -> Section {
        let rows = self.review.records.iter().map(|one| {
            let share = (one.of > 0).then(|| one.complete as f64 / one.of as f64);
            vec![
                self.named(one.record, label(one.record)),
                Cell::Count(one.complete),
                Cell::Count(one.of),
                Cell::share(share),
            ]
        });
        let columns = [
            ("record", "Record", "记录"),
            ("complete", "Complete", "完整"),
            ("of", "Of", "总数"),
            ("share_complete", "Share", "比例"),
        ];
        self.section("records", &columns, rows.collect())
    }

    fn trend(&self) -> Section {
        let verdict = |series: &Series| match series.verdict {
            Verdict::Above => self.pick("above its limits", "高于控制界限"),
            Verdict::Below => self.pick("below its limits", "低于控制界限"),
            Verdict::Within => self.pick("within chance", "偶然波动之内"),
            Verdict::Unknown => self.pick("can't be told", "无法判断"),
        };
        let cell = |series: &Series, value: Option<f64>| match (value, series.unit) {
            (None, _) => Cell::Nothing,
            (Some(value), "share") => Cell::Share(value),
            (Some(value), "days") => Cell::Number(value),
            (Some(value), _) if value.fract() == 0.0 => Cell::Count(value.abs() as u64),
            (Some(value), _) => Cell::Number(value),
        };
        let rows = self.review.trend.iter().map(|series| {
            let last = series.points.last();
            vec![
                self.named(series.measure, self.labels.title(series.measure).to_owned()),
                cell(series, last.and_then(|point| point.value)),
                cell(series, series.center),
                cell(series, last.and_then(|point| point.lower)),
                cell(series, last.and_then(|point| point.upper)),
                self.named(series.verdict.as_str(), verdict(series)),
            ]
        });
        let mut section = self.section(
            "trend",
            &[
                ("measure", "Figure", "指标"),
                ("value", "Now", "本期"),
                ("mean", "Mean before", "以往均值"),
                ("lower", "Lower", "下限"),
                ("upper", "Upper", "上限"),
                ("verdict", "Against chance", "判断"),
            ],
            rows.collect(),
        );
        section.charts = self
            .review
            .trend
            .iter()
            .filter_map(|one| self.control(one))
            .collect();
        section
    }

    /// A chart of what has a past.
    fn control(&self, series: &Series) -> Option<Chart> {
        // nothing is seen of one point, nor of a figure that was always zero
        let known = series.points.iter().filter_map(|point| point.value);
        if known.clone().count() < 2 || known.clone().all(|value| value == 0.0) {
            return None;
        }
        let charts = self.charts;
        let unit = match series.unit {
            "share" => charts.pick("Share in percent", "百分比"),
            "days" => charts.pick("Days", "天"),
            "breaches" => charts.pick("Breaches", "次"),
            _ => charts.pick("Cases", "件"),
        };
        let how = if series.center.is_some() {
            charts.pick(
                "grey: mean of the earlier periods; dashed: limits of chance; diamond: beyond them",
                "灰线：以往均值；虚线：控制界限；菱形：超出界限",
            )
        } else {
            charts.pick(
                "too few earlier periods for limits",
                "以往期间过少，无控制界限",
            )
        };
        Some(Chart {
            name: format!("trend_{}", series.measure),
            title: charts.title(series.measure).to_owned(),
            about: format!("{unit} · {how}"),
            kind: Kind::Control(Control {
                points: series
                    .points
                    .iter()
                    .map(|point| Mark {
                        label: point.label.clone(),
                        value: point.value,
                        lower: point.lower,
                        upper: point.upper,
                    })
                    .collect(),
                center: series.center,
                is_share: series.chart == "share",
                names: [
                    charts.pick("upper", "上限").to_owned(),
                    charts.pick("mean", "均值").to_owned(),
                    charts.pick("lower", "下限").to_owned(),
                ],
            }),
        })
    }
}

/// An amount in the smallest unit of its currency, for people.
fn money(currency: &str, minor: u64) -> String {
    match crate::case::Currency::from_name(currency) {
        Some(currency) => crate::case::Money { currency, minor }.to_string(),
        None => format!("{currency} {minor}"),
    }
}
