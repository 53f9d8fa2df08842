//! The period against earlier ones, as a table and as charts.

use super::{Cell, Say, Section};
use crate::review::chart::{Chart, Control, Kind, Mark};
use crate::review::figures::Series;
use crate::review::limits::Verdict;

impl Say<'_> {
    pub(super) fn trend(&self) -> Section {
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
    pub(super) fn control(&self, series: &Series) -> Option<Chart> {
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
