//! The text format of Prometheus, version 0.0.4: HELP, TYPE, samples.
//!
//! Written here rather than by a crate: the format is three kinds of lines, and most of what we show is measured
//! when it is asked for, which registries of counters make harder and not easier.

use std::fmt::Write;

use crate::measures::{BOUNDS, Read};

/// What Prometheus is told the text is.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page of measures on its way.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// A number that goes up and down.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.gauges(name, help, "", [(String::new(), value)]);
    }

    /// The same for each value of a label.
    pub fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (String, f64)>,
    ) {
        self.head(name, help, "gauge");
        for (of, value) in values {
            self.sample(name, &[(label, &of)], value);
        }
    }

    /// A number that only grows.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.counters(name, help, "", [(String::new(), value)]);
    }

    /// The same for each value of a label.
    pub fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (String, u64)>,
    ) {
        self.head(name, help, "counter");
        for (of, value) in values {
            self.sample(name, &[(label, &of)], number(value));
        }
    }

    /// How long things took.
    pub fn histogram(&mut self, name: &str, help: &str, read: &Read) {
        self.head(name, help, "histogram");
        let bucket = format!("{name}_bucket");
        for (bound, within) in BOUNDS.iter().zip(&read.within) {
            self.sample(&bucket, &[("le", &bound.to_string())], number(*within));
        }
        self.sample(&bucket, &[("le", "+Inf")], number(read.count));
        self.sample(&format!("{name}_sum"), &[], read.seconds);
        self.sample(&format!("{name}_count"), &[], number(read.count));
    }

    /// The text.
    pub fn text(self) -> String {
        self.0
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // writing to a String can't fail
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        let labels: Vec<String> = labels
            .iter()
            .filter(|(label, _)| !label.is_empty())
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        if !labels.is_empty() {
            let _ = write!(self.0, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.0, " {value}");
    }
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

/// Exact up to 2^53, which no counter of ours comes near.
fn number(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_what_prometheus_reads() {
        let mut page = Page::default();
        page.counter("a_total", "How many.", 3);
        let values = [("x\"y\\z\n".to_owned(), 0.5)];
        page.gauges("b_seconds", "How long,\nand why.", "of", values);
        page.histogram(
            "c_seconds",
            "How long.",
            &Read {
                within: vec![1; BOUNDS.len()],
                count: 2,
                seconds: 1.5,
            },
        );
        let text = page.text();
        let expected = "# HELP a_total How many.\n# TYPE a_total counter\na_total 3\n\
             # HELP b_seconds How long,\\nand why.\n# TYPE b_seconds gauge\n\
             b_seconds{of=\"x\\\"y\\\\z\\n\"} 0.5\n\
             # HELP c_seconds How long.\n# TYPE c_seconds histogram\nc_seconds_bucket{le=\"0.005\"} 1\n";
        assert!(text.starts_with(expected), "{text}");
        let end = "c_seconds_bucket{le=\"60\"} 1\nc_seconds_bucket{le=\"+Inf\"} 2\nc_seconds_sum 1.5\nc_seconds_count 2\n";
        assert!(text.ends_with(end), "{text}");
    }
}
