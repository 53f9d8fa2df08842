//! Tables, times and JSON for people who look.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Failure, Page, SOFTWARE};

/// Rows under headings, each column as wide as what is in it. Chinese characters count two.
pub(super) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(headings: &[&'static str]) -> Table {
        Table {
            headings: headings.to_vec(),
            rows: vec![],
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) fn text(&self) -> String {
        let headings: Vec<String> = self.headings.iter().map(|h| h.to_uppercase()).collect();
        let mut widths: Vec<usize> = headings.iter().map(|h| h.width()).collect();
        for row in &self.rows {
            for (cell, width) in row.iter().zip(&mut widths) {
                *width = (*width).max(cell.width());
            }
        }
        let mut text = String::new();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width + 2 - cell.width()));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A page of a list, as JSON or as a table; `lines` may hold one more than the page, and then there is a next.
pub(super) struct List<'a, T> {
    pub page: &'a Page,
    pub lines: Vec<T>,
    /// What the lines are: `cases`.
    pub name: &'a str,
    /// The command that shows them: `case list`.
    pub command: &'a str,
}

impl<T> List<'_, T> {
    /// Prints it. `key` is what the next page begins after.
    pub(super) fn print(
        mut self,
        headings: &[&'static str],
        key: impl Fn(&T) -> Value,
        json_line: impl Fn(&T) -> Value,
        cells: impl Fn(&T) -> Vec<String>,
    ) -> Result<(), Failure> {
        let limit = self.page.limit as usize;
        let more = self.lines.len() > limit;
        self.lines.truncate(limit);
        let next = self.lines.last().filter(|_| more).map(key);
        if self.page.json {
            let lines: Vec<Value> = self.lines.iter().map(json_line).collect();
            println!("{}", json(&json!({ self.name: lines, "next": next }))?);
            return Ok(());
        }
        if self.lines.is_empty() {
            println!("no {}", self.name);
            return Ok(());
        }
        let mut table = Table::new(headings);
        for line in &self.lines {
            table.row(cells(line));
        }
        print!("{}", table.text());
        if let Some(next) = next {
            let next = next.to_string();
            let next = next.trim_matches('"');
            println!("\nmore: redress {} --before {next}", self.command);
        }
        Ok(())
    }
}

/// A moment in a time zone, with the zone's offset: `2026-11-24 17:30:05 +08:00`.
pub(super) fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

/// At most so many columns of a text, with `…` where something was cut off.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 0;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width >= columns {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// What is there, or a dash.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.unwrap_or("–").to_owned()
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::new(SOFTWARE, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&["case", "subject", "stage"]);
        table.row(vec!["C-1".into(), "商品损坏".into(), "received".into()]);
        table.row(vec!["C-22".into(), "broken".into(), "closed".into()]);
        insta::assert_snapshot!(table.text());
    }

    #[test]
    fn long_texts_are_cut_to_columns() {
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello world", 6), "hello…");
        assert_eq!(cut("商品损坏", 5), "商品…");
    }
}
