//! Charts as SVG: white panels that read in dark mode too, in colours that colour-blind readers tell apart
//! (Okabe and Ito), with a shape beside each colour that means something.

mod control;

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::markup;

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

/// Text in XML and HTML. Characters that XML can't hold are left out.
pub(super) fn escape(text: &str) -> String {
    let held = |c: &char| *c == '\n' || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    markup::escape(text.chars().filter(held))
}

#[cfg(test)]
mod tests {
    use super::*;

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
