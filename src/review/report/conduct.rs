//! How the process was kept to (§9), and what is done about it (§8).

use super::{Cell, Say, Section};
use crate::review::chart::{Bar, Chart, Kind};
use crate::review::figures::StepCount;
use crate::review::training::Need;

impl Say<'_> {
    pub(super) fn clocks(&self) -> Section {
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

    pub(super) fn breaches(&self) -> Section {
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

    pub(super) fn person(&self, id: Option<&str>) -> Cell {
        self.named(id.unwrap_or(""), self.labels.person(id))
    }

    pub(super) fn breach_list(&self) -> Section {
        let rows = self.review.breaches.each.iter().map(|one| {
            let explanation = match (&one.explanation, one.is_explained) {
                (Some(words), _) => words.clone(),
                (None, true) => self.pick("(erased, or not for this role)", "（已删除或无权查看）"),
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

    pub(super) fn moment(&self, at: chrono::DateTime<chrono::Utc>) -> String {
        let zone: Option<chrono_tz::Tz> = self.review.period.time_zone.parse().ok();
        zone.map_or_else(
            || at.to_rfc3339(),
            |zone| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        )
    }

    pub(super) fn steps(&self, name: &'static str, steps: &[StepCount]) -> Section {
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

    pub(super) fn escalations(&self) -> Section {
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

    pub(super) fn actions(&self, label: &dyn Fn(&str) -> String) -> Section {
        let rows = self.review.actions.iter().map(|one| {
            vec![
                self.named(&one.kind, label(&one.kind)),
                Cell::Count(one.open),
                Cell::Count(one.overdue),
                Cell::Count(one.done),
                Cell::Count(one.verified),
                Cell::Count(one.to_verify),
            ]
        });
        let columns = [
            ("kind", "Kind", "类型"),
            ("open", "Open", "未完成"),
            ("overdue", "Overdue", "逾期"),
            ("done", "Done", "已完成"),
            ("verified", "Verified", "已核实"),
            ("to_verify", "To verify", "待核实"),
        ];
        self.section("actions", &columns, rows.collect())
    }

    pub(super) fn overdue(&self, label: &dyn Fn(&str) -> String) -> Section {
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

    pub(super) fn training(&self) -> Section {
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

    pub(super) fn records(&self, label: &dyn Fn(&str) -> String) -> Section {
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
}
