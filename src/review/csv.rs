//! Tables as CSV (RFC 4180), safe to open in a spreadsheet.

use super::report::{Cell, Table};

/// A table as a file: UTF-8 with a byte order mark, so that Excel reads Chinese.
pub fn csv(table: &Table) -> String {
    let mut text = String::from("\u{feff}");
    let named = |at: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(at));
        cells.any(|cell| matches!(cell, Cell::Named { .. }))
    };
    let named: Vec<bool> = (0..table.columns.len()).map(named).collect();
    let mut heads = Vec::new();
    for (column, named) in table.columns.iter().zip(&named) {
        heads.push(column.name.to_owned());
        if *named {
            heads.push(format!("{}_name", column.name));
        }
    }
    line(&mut text, &heads);
    for row in &table.rows {
        let mut cells = Vec::new();
        for (cell, named) in row.iter().zip(&named) {
            cells.push(cell.raw());
            if *named {
                cells.push(cell.text());
            }
        }
        line(&mut text, &cells);
    }
    text
}

fn line(text: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| field(cell)).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// A field that is read as text: what a spreadsheet could take for a formula is preceded by an apostrophe
/// (osTicket CVE-2019-14749), whatever blanks stand before it.
fn field(text: &str) -> String {
    let begins = text.trim_start_matches(' ').chars().next();
    let formula = begins.is_some_and(|c| "=+-@\t\r＝＋－＠".contains(c));
    // a negative number is none
    let formula = formula && text.parse::<f64>().is_err();
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::report::Column;
    use super::*;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "+1"),
            ("-2.5", "-2.5"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-1+1", "'-1+1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("–", "–"),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }

    #[test]
    fn codes_stand_beside_their_names() {
        let column = |name| Column {
            name,
            title: String::new(),
            is_number: false,
        };
        let table = Table {
            name: "x",
            columns: vec![column("code"), column("share")],
            rows: vec![vec![
                Cell::Named {
                    code: "delivery".into(),
                    name: "配送".into(),
                },
                Cell::Share(0.5),
            ]],
        };
        assert_eq!(
            csv(&table),
            "\u{feff}code,code_name,share\r\ndelivery,配送,0.5000\r\n"
        );
    }

    /// A strict reader of RFC 4180.
    fn read(text: &str) -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, quoted) {
                ('"', true) if chars.peek() == Some(&'"') => {
                    chars.next();
                    fields.last_mut().unwrap().push('"');
                }
                ('"', _) => quoted = !quoted,
                (',', false) => fields.push(String::new()),
                (c, _) => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec("[ -~\t\r\n测]{0,12}", 1..5)) {
            let mut text = String::new();
            line(&mut text, &cells);
            let fields = read(text.strip_suffix("\r\n").unwrap());
            prop_assert_eq!(fields.len(), cells.len());
            for (field, cell) in fields.iter().zip(&cells) {
                let marked = format!("'{cell}");
                prop_assert!(field == cell || *field == marked);
                let risky = field.starts_with(['=', '@', '\t', '\r']);
                prop_assert!(!risky, "{field:?}");
            }
        }
    }
}
