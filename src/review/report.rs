//! A review laid out: sections of tables and charts in one language, before it is written as text, HTML or CSV.

mod conduct;
mod customers;
mod trend;

use super::chart::Chart;
use super::comment::{self, Sentence};
use super::figures::{CLOSED, OPEN, RECEIVED, Review};
use super::spread::{Group, Shown};
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

    fn lines(&self, name: &'static str, lines: Vec<(&'static str, String, Cell)>) -> Section {
        let row =
            |(code, title, cell): (&'static str, String, Cell)| vec![self.named(code, title), cell];
        let rows = lines.into_iter().map(row).collect();
        self.section(name, &[("figure", "", ""), ("value", "", "")], rows)
    }
}
