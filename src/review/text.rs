//! A review as plain text of at most 78 columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::report::{MOST_EACH, Report, Section, Table};

/// What fits into a mail and a terminal.
const COLUMNS: usize = 78;
/// No column of words is made narrower.
const NARROWEST: usize = 12;

/// The whole review.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    paragraph(&mut out, &report.title, "", "");
    out.push_str(&"=".repeat(report.title.width().min(COLUMNS)));
    out.push('\n');
    for fact in &report.facts {
        paragraph(&mut out, fact, "", "");
    }
    heading(&mut out, &report.summary_title);
    for sentence in &report.summary {
        paragraph(&mut out, &sentence.text, "- ", "  ");
    }
    out.push('\n');
    let widest = report.headline.iter().map(|(title, _)| title.width()).max();
    for (title, value) in &report.headline {
        let dots = ".".repeat(widest.unwrap_or(0) + 3 - title.width());
        out.push_str(&format!("{title} {dots} {value}\n"));
    }
    for section in &report.sections {
        write(&mut out, section);
    }
    out.push('\n');
    paragraph(&mut out, &report.note, "", "");
    out
}

fn heading(out: &mut String, title: &str) {
    out.push_str(&format!("\n{title}\n{}\n", "-".repeat(title.width())));
}

fn write(out: &mut String, section: &Section) {
    heading(out, &section.title);
    match &section.empty {
        Some(empty) => paragraph(out, empty, "", ""),
        None => table(out, &section.table),
    }
}

fn paragraph(out: &mut String, text: &str, first: &str, rest: &str) {
    let lines = fold(text, COLUMNS - first.width());
    for (at, line) in lines.iter().enumerate() {
        out.push_str(if at == 0 { first } else { rest });
        out.push_str(line);
        out.push('\n');
    }
}

/// Columns as wide as what is in them; those of words give way where the line would be too long.
fn table(out: &mut String, table: &Table) {
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .take(MOST_EACH)
        .map(|row| row.iter().map(|cell| clean(&cell.text())).collect())
        .collect();
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.title.clone())
        .collect();
    let has_heads = heads.iter().any(|head| !head.is_empty());
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let head = heads[at].split(' ').map(str::width).max().unwrap_or(0);
        cells
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
            .max(head)
            .max(1)
    };
    let mut widths: Vec<usize> = (0..heads.len()).map(widest).collect();
    let gaps = 2 * widths.len().saturating_sub(1);
    loop {
        let over = (widths.iter().sum::<usize>() + gaps).saturating_sub(COLUMNS);
        let Some(widest) = (0..widths.len()).max_by_key(|at| widths[*at]) else {
            break;
        };
        if over == 0 || widths[widest] <= NARROWEST {
            break;
        }
        widths[widest] = widths[widest].saturating_sub(over).max(NARROWEST);
    }
    if has_heads {
        line(out, &heads, &widths, table);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        out.push_str(&rule.join("  "));
        out.push('\n');
    }
    for row in &rows {
        line(out, row, &widths, table);
    }
    let more = table.rows.len().saturating_sub(rows.len());
    if more > 0 {
        out.push_str(&format!("… +{more} (--csv, --json)\n"));
    }
}

/// One row, on as many lines as its longest cell needs.
fn line(out: &mut String, cells: &[String], widths: &[usize], table: &Table) {
    let folded: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| fold(cell, *width))
        .collect();
    let lines = folded.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..lines {
        let mut text = String::new();
        for ((cell, width), column) in folded.iter().zip(widths).zip(&table.columns) {
            let part = cell.get(at).map_or("", String::as_str);
            let pad = " ".repeat(width.saturating_sub(part.width()));
            if column.is_number {
                text.push_str(&pad);
                text.push_str(part);
            } else {
                text.push_str(part);
                text.push_str(&pad);
            }
            text.push_str("  ");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

/// Words of people on one line, without what could steer a terminal.
fn clean(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in lines of at most so many columns: broken at blanks, and between Chinese characters.
fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        for piece in pieces(word, columns) {
            let blank = usize::from(!line.is_empty() && piece.begins);
            if line.width() + blank + piece.text.width() > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            } else if blank == 1 {
                line.push(' ');
            }
            line.push_str(&piece.text);
        }
    }
    lines.push(line);
    lines
}

/// What isn't broken.
struct Piece {
    text: String,
    /// Whether it begins a word.
    begins: bool,
}

fn pieces(word: &str, columns: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before_wide = false;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0) > 1;
        // no line begins with a closing mark
        let closing = "，。、；：）！？”".contains(c);
        let breaks = (wide || before_wide) && !closing;
        let full = pieces
            .last()
            .is_some_and(|piece| piece.text.width() + c.width().unwrap_or(0) > columns);
        match pieces.last_mut() {
            Some(piece) if !breaks && !full => piece.text.push(c),
            _ => {
                let begins = pieces.is_empty();
                pieces.push(Piece {
                    text: c.to_string(),
                    begins,
                });
            }
        }
        before_wide = wide;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_blanks_and_between_chinese_characters() {
        for (text, columns, expected) in [
            ("one two three", 7, &["one two", "three"][..]),
            ("商品质量，服务", 8, &["商品质", "量，服务"]),
            ("abcdefgh", 3, &["abc", "def", "gh"]),
            ("", 5, &[""]),
        ] {
            assert_eq!(fold(text, columns), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_is_lost(text in "[a-z测试，。 ]{0,60}", columns in 4..30_usize) {
            let lines = fold(&text, columns);
            prop_assert!(lines.iter().all(|line| line.width() <= columns), "{lines:?}");
            let plain = |text: &str| text.replace(' ', "");
            prop_assert_eq!(plain(&lines.concat()), plain(&text));
        }
    }
}
