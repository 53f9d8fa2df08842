//! Control charts: a line from period to period, its mean, and the limits of chance.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{BLUE, Control, GREY, INK, Mark, SOFT, VERMILLION, escape};

/// One of a point's limits.
type Of = fn(&Mark) -> Option<f64>;

/// Where a control chart is drawn.
struct Plot {
    low: f64,
    high: f64,
    slot: f64,
}

const LEFT: f64 = 62.0;
const RIGHT: f64 = 596.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 262.0;

impl Plot {
    fn x(&self, at: usize) -> f64 {
        LEFT + self.slot * (at as f64 + 0.5)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
    }
}

impl Control {
    pub(super) fn draw(&self, svg: &mut String) {
        let values = self
            .points
            .iter()
            .flat_map(|one| [one.value, one.lower, one.upper]);
        let values: Vec<f64> = values.chain([self.center]).flatten().collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        let (low, high, step) = if self.is_share {
            // a share near the whole is looked at closely
            match least {
                _ if least >= 0.91 && least.is_finite() => (0.9, 1.0, 0.02),
                _ if least >= 0.81 && least.is_finite() => (0.8, 1.0, 0.05),
                _ if least >= 0.51 && least.is_finite() => (0.5, 1.0, 0.1),
                _ => (0.0, 1.0, 0.2),
            }
        } else {
            let step = nice(most / 4.0);
            (0.0, (most / step).ceil().max(1.0) * step, step)
        };
        let plot = Plot {
            low,
            high,
            slot: (RIGHT - LEFT) / self.points.len().max(1) as f64,
        };
        let mut tick = low;
        while tick <= high + step / 1000.0 {
            let y = plot.y(tick);
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\" stroke=\"#e6e6e6\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" text-anchor=\"end\" fill=\"{SOFT}\">{}</text>",
                LEFT - 8.0,
                y + 4.0,
                self.number(tick)
            );
            tick += step;
        }
        self.limits(&plot, svg);
        self.line(&plot, svg);
        self.feet(&plot, svg);
    }

    fn number(&self, value: f64) -> String {
        if self.is_share {
            format!("{:.0} %", value * 100.0)
        } else if (value - value.round()).abs() < 0.05 {
            format!("{value:.0}")
        } else {
            format!("{value:.1}")
        }
    }

    /// The limits as steps, since those of a share follow the number of cases, and the mean between them.
    fn limits(&self, plot: &Plot, svg: &mut String) {
        let last = self.points.last();
        let ends = [
            last.and_then(|one| one.upper),
            self.center,
            last.and_then(|one| one.lower),
        ];
        let lines: [Of; 2] = [|one| one.upper, |one| one.lower];
        for of in lines {
            let mut path = String::new();
            for (at, value) in self.points.iter().map(of).enumerate() {
                let Some(value) = value else { continue };
                let (x, y) = (plot.x(at), plot.y(value));
                let (from, to) = (x - plot.slot / 2.0, x + plot.slot / 2.0);
                let word = if path.is_empty() { 'M' } else { 'L' };
                let _ = write!(path, "{word}{from:.1} {y:.1}L{to:.1} {y:.1}");
            }
            if !path.is_empty() {
                let _ = writeln!(
                    svg,
                    "<path d=\"{path}\" fill=\"none\" stroke=\"{VERMILLION}\" stroke-width=\"1.5\" \
                     stroke-dasharray=\"6 4\"/>"
                );
            }
        }
        if let Some(center) = self.center {
            let y = plot.y(center);
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\" stroke=\"{GREY}\" stroke-width=\"1.5\"/>"
            );
        }
        // names beside the lines, pushed apart where those lie close
        let mut above = f64::NEG_INFINITY;
        for ((value, name), color) in ends
            .into_iter()
            .zip(&self.names)
            .zip([VERMILLION, SOFT, VERMILLION])
        {
            let Some(value) = value else { continue };
            let y = (plot.y(value) + 4.0).max(above + 14.0);
            above = y;
            let text = escape(&format!("{name} {}", self.number(value)));
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{y:.1}\" font-size=\"12\" fill=\"{color}\">{text}</text>",
                RIGHT + 8.0
            );
        }
    }

    fn line(&self, plot: &Plot, svg: &mut String) {
        let mut path = String::new();
        let mut goes_on = false;
        for (at, value) in self.points.iter().map(|one| one.value).enumerate() {
            if let Some(value) = value {
                let word = if goes_on { 'L' } else { 'M' };
                let _ = write!(path, "{word}{:.1} {:.1}", plot.x(at), plot.y(value));
            }
            goes_on = value.is_some();
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{BLUE}\" stroke-width=\"2\"/>"
        );
        let last = self.points.len().saturating_sub(1);
        for (at, point) in self.points.iter().enumerate() {
            let Some(value) = point.value else { continue };
            let (x, y) = (plot.x(at), plot.y(value));
            let beyond = point.upper.is_some_and(|upper| value > upper + 1e-9)
                || point.lower.is_some_and(|lower| value < lower - 1e-9);
            if beyond {
                let _ = writeln!(
                    svg,
                    "<path d=\"M{x:.1} {:.1}l7 7l-7 7l-7 -7z\" fill=\"{VERMILLION}\" stroke=\"#ffffff\"/>",
                    y - 7.0
                );
            } else {
                let r = if at == last { 5.5 } else { 3.5 };
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" fill=\"{BLUE}\" stroke=\"#ffffff\"/>"
                );
            }
            if at == last {
                // over the point, or under it where the top is near or the line comes from above
                let before = last
                    .checked_sub(1)
                    .and_then(|at| self.points.get(at)?.value);
                let under = y - 12.0 < TOP + 4.0 || before.is_some_and(|before| before > value);
                let y = if under && y + 20.0 < BOTTOM {
                    y + 20.0
                } else {
                    y - 11.0
                };
                let text = self.number(value);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"13\" font-weight=\"bold\" text-anchor=\"middle\" \
                     fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">{text}</text>"
                );
            }
        }
    }

    /// Labels under the line, the last always, as many of the others as there is room for.
    fn feet(&self, plot: &Plot, svg: &mut String) {
        let widest = self.points.iter().map(|one| one.label.width()).max();
        let room = widest.unwrap_or(0) as f64 * 6.6 + 10.0;
        let every = (room / plot.slot).ceil().max(1.0) as usize;
        let last = self.points.len().saturating_sub(1);
        for (at, point) in self.points.iter().enumerate() {
            if !(last - at).is_multiple_of(every) {
                continue;
            }
            let weight = if at == last { "bold" } else { "normal" };
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" font-weight=\"{weight}\" text-anchor=\"middle\" \
                 fill=\"{SOFT}\">{}</text>",
                plot.x(at),
                BOTTOM + 22.0,
                escape(&point.label)
            );
        }
    }
}

/// The round number next to it: 1, 2 or 5 times a power of ten. Counts aren't split below one.
fn nice(value: f64) -> f64 {
    if !value.is_finite() || value <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let step = steps.into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        for (value, expected) in [
            (0.0, 1.0),
            (0.3, 1.0),
            (1.2, 2.0),
            (3.0, 5.0),
            (7.0, 10.0),
            (130.0, 200.0),
        ] {
            assert_eq!(nice(value), expected, "{value}");
        }
    }
}
