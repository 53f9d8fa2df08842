//! Charts as SVG: white panels that read in dark mode too, in colours that colour-blind readers tell apart
//! (Okabe and Ito), with a shape beside each colour that means something.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// A chart, before it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Part of its file name and Content-ID.
    pub name: String,
    pub title: String,
    /// What is shown in which unit.
    pub about: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Control(Control),
    Bars(Vec<Bar>),
}

/// A figure from period to period, with the limits of chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    pub points: Vec<Mark>,
    pub center: Option<f64>,
    pub is_share: bool,
    /// What stands at the lines: upper limit, mean, lower limit.
    pub names: [String; 3],
}

#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub label: String,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// A bar of one or two parts, with what stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub label: String,
    /// The second part is what is missed.
    pub parts: [f64; 2],
    pub text: String,
    /// Made of what isn't shown one by one.
    pub is_rest: bool,
}

/// Width of every chart, in pixels of CSS.
pub const WIDTH: u32 = 720;
const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";
const GREY: &str = "#8a8a8a";
const INK: &str = "#222222";
const SOFT: &str = "#5a5a5a";

impl Chart {
    /// Height in pixels of CSS.
    pub fn height(&self) -> u32 {
        match &self.kind {
            Kind::Control(_) => 300,
            Kind::Bars(bars) => 72 + 30 * u32::try_from(bars.len()).unwrap_or(u32::MAX / 60),
        }
    }

    /// The chart as SVG. `family` are the fonts, the best first.
    pub fn svg(&self, family: &str) -> String {
        let (height, family) = (self.height(), escape(family));
        let (title, about) = (escape(&self.title), escape(&self.about));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\" font-family=\"{family}\">\n\
             <title>{title}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\"/>\n\
             <text x=\"20\" y=\"28\" font-size=\"17\" font-weight=\"bold\" fill=\"{INK}\">{title}</text>\n\
             <text x=\"20\" y=\"47\" font-size=\"12\" fill=\"{SOFT}\">{about}</text>\n"
        );
        match &self.kind {
            Kind::Control(control) => control.draw(&mut svg),
            Kind::Bars(bars) => draw_bars(bars, &mut svg),
        }
        svg.push_str("</svg>\n");
        svg
    }
}

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
    fn draw(&self, svg: &mut String) {
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
        let lines: [(fn(&Mark) -> Option<f64>, &str); 2] =
            [(|one| one.upper, "6 4"), (|one| one.lower, "6 4")];
        for (of, dashes) in lines {
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
                     stroke-dasharray=\"{dashes}\"/>"
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
            if (last - at) % every != 0 {
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

fn draw_bars(bars: &[Bar], svg: &mut String) {
    let labels = bars.iter().map(|bar| bar.label.width()).max().unwrap_or(0);
    let texts = bars.iter().map(|bar| bar.text.width()).max().unwrap_or(0);
    let left = 20.0 + (labels as f64 * 7.0).min(270.0) + 12.0;
    let right = f64::from(WIDTH) - 20.0 - (texts as f64 * 7.0).min(240.0) - 10.0;
    let most = bars
        .iter()
        .map(|bar| bar.parts[0] + bar.parts[1])
        .fold(0.0, f64::max);
    let scale = if most > 0.0 {
        (right - left).max(40.0) / most
    } else {
        0.0
    };
    for (at, bar) in bars.iter().enumerate() {
        let y = 62.0 + 30.0 * at as f64;
        let (first, second) = (bar.parts[0] * scale, bar.parts[1] * scale);
        let color = if bar.is_rest { "#b5b5b5" } else { BLUE };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"13\" text-anchor=\"end\" fill=\"{INK}\">{}</text>\
             <rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{first:.1}\" height=\"20\" fill=\"{color}\"/>",
            left - 10.0,
            y + 15.0,
            escape(&cut(&bar.label))
        );
        if second > 0.0 {
            // a gap besides the colour tells the parts apart
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"20\" fill=\"{VERMILLION}\"/>",
                left + first + 1.5,
                (second - 1.5).max(1.0)
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"13\" fill=\"{INK}\">{}</text>",
            left + first + second + 8.0,
            y + 15.0,
            escape(&bar.text)
        );
    }
}

/// A label that fits beside its bar.
fn cut(label: &str) -> String {
    const COLUMNS: usize = 37;
    if label.width() <= COLUMNS {
        return label.to_owned();
    }
    let mut text = String::new();
    for c in label.chars() {
        if text.width() + 2 >= COLUMNS {
            break;
        }
        text.push(c);
    }
    text + "…"
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

/// Text in XML and HTML, in elements and attributes. Characters that XML can't hold are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
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

    #[test]
    fn whatever_a_label_says_the_chart_is_xml() {
        let chart = Chart {
            name: "x".into(),
            title: "<script>&\u{1}\"'".into(),
            about: String::new(),
            kind: Kind::Bars(vec![Bar {
                label: "]]><a href='x'>".repeat(9),
                parts: [0.0, 0.0],
                text: "0".into(),
                is_rest: false,
            }]),
        };
        let svg = chart.svg("A \"B\", C");
        assert!(
            resvg::usvg::roxmltree::Document::parse(&svg).is_ok(),
            "{svg}"
        );
        assert!(!svg.contains("<script"));
    }

    #[test]
    fn a_chart_of_nothing_is_drawn() {
        for points in [
            vec![],
            vec![Mark {
                label: "2026-01".into(),
                value: None,
                lower: None,
                upper: None,
            }],
        ] {
            let chart = Chart {
                name: "x".into(),
                title: "x".into(),
                about: String::new(),
                kind: Kind::Control(Control {
                    points,
                    center: None,
                    is_share: true,
                    names: std::array::from_fn(|_| String::new()),
                }),
            };
            let svg = chart.svg("X");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
