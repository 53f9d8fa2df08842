//! A review as one HTML file: no scripts, nothing loaded from elsewhere, fit for paper and for dark mode.

use super::chart::{Chart, WIDTH, escape};
use super::report::{MOST_EACH, Report, Section};

/// How charts stand in the page.
#[derive(Debug, Clone, Copy)]
pub enum Pictures<'a> {
    /// As SVG in the page itself: for a file.
    Inline,
    /// As parts of the same mail, by `<name>@domain` (RFC 2392).
    ContentIds(&'a str),
    /// None, where no letters can be drawn.
    None,
}

/// Fonts of the reader's own machine.
const FAMILY: &str = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c1c1c;--soft:#5a5a5a;--line:#d9d9d9;--tile:#f3f5f7;--page:#ffffff}\
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b0b0b0;--line:#444;--tile:#26292c;--page:#17191b}}\
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,'Segoe UI','Helvetica Neue',Arial,\
'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}\
main{max-width:1080px;margin:0 auto;padding:24px}\
h1{font-size:24px;line-height:1.3;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}\
.facts,.note{color:var(--soft);margin:0}.note{margin-top:36px;font-size:13px}\
ul{padding-left:20px}li{margin:3px 0}\
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:18px 0}\
.tile{background:var(--tile);border-radius:6px;padding:10px 14px}.tile b{display:block;font-size:22px;line-height:1.2}\
.tile span{color:var(--soft);font-size:13px}\
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr));gap:14px;margin:12px 0}\
figure{margin:0;background:#fff;border:1px solid var(--line);border-radius:6px;max-width:720px}\
figure svg,figure img{display:block;width:100%;height:auto}\
.wide{overflow-x:auto}table{border-collapse:collapse;margin:10px 0;font-variant-numeric:tabular-nums}\
th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}\
th{color:var(--soft);font-weight:600;font-size:13px}.n{text-align:right}tr.total td{font-weight:600;border-top:2px solid var(--line)}\
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--tile:#f3f5f7;--page:#fff}main{max-width:none;padding:0}\
figure,tr,.tile{break-inside:avoid}h2{break-after:avoid}@page{margin:16mm}}";

/// The page.
pub fn html(report: &Report, pictures: Pictures<'_>) -> String {
    let title = escape(&report.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        report.language
    );
    for fact in &report.facts {
        out.push_str(&format!("<p class=\"facts\">{}</p>\n", escape(fact)));
    }
    out.push_str(&format!(
        "<h2>{}</h2>\n<ul>\n",
        escape(&report.summary_title)
    ));
    for sentence in &report.summary {
        out.push_str(&format!("<li>{}</li>\n", escape(&sentence.text)));
    }
    out.push_str("</ul>\n<div class=\"tiles\">\n");
    for (title, value) in &report.headline {
        let (title, value) = (escape(title), escape(value));
        out.push_str(&format!(
            "<div class=\"tile\"><b>{value}</b><span>{title}</span></div>\n"
        ));
    }
    out.push_str("</div>\n");
    for section in &report.sections {
        write(&mut out, section, pictures);
    }
    out.push_str(&format!(
        "<p class=\"note\">{}</p>\n</main>\n</body>\n</html>\n",
        escape(&report.note)
    ));
    out
}

fn write(out: &mut String, section: &Section, pictures: Pictures<'_>) {
    out.push_str(&format!("<section>\n<h2>{}</h2>\n", escape(&section.title)));
    if let Some(empty) = &section.empty {
        out.push_str(&format!("<p class=\"facts\">{}</p>\n", escape(empty)));
    } else {
        table(out, section);
    }
    let figures: Vec<String> = section
        .charts
        .iter()
        .filter_map(|chart| figure(chart, pictures))
        .collect();
    if !figures.is_empty() {
        out.push_str(&format!(
            "<div class=\"charts\">\n{}</div>\n",
            figures.concat()
        ));
    }
    out.push_str("</section>\n");
}

fn figure(chart: &Chart, pictures: Pictures<'_>) -> Option<String> {
    let picture = match pictures {
        Pictures::Inline => chart.svg(FAMILY),
        Pictures::ContentIds(domain) => format!(
            "<img src=\"cid:{}\" width=\"{WIDTH}\" alt=\"{}\">\n",
            escape(&content_id(&chart.name, domain)),
            escape(&chart.title)
        ),
        Pictures::None => return None,
    };
    Some(format!("<figure>{picture}</figure>\n"))
}

/// The Content-ID of a chart, without angle brackets.
pub fn content_id(chart: &str, domain: &str) -> String {
    format!("{chart}@{domain}")
}

fn table(out: &mut String, section: &Section) {
    let table = &section.table;
    let class = |at: usize| {
        let number = table.columns.get(at).is_some_and(|column| column.is_number);
        if number { " class=\"n\"" } else { "" }
    };
    out.push_str("<div class=\"wide\"><table>\n");
    if table.columns.iter().any(|column| !column.title.is_empty()) {
        out.push_str("<thead><tr>");
        for (at, column) in table.columns.iter().enumerate() {
            out.push_str(&format!(
                "<th scope=\"col\"{}>{}</th>",
                class(at),
                escape(&column.title)
            ));
        }
        out.push_str("</tr></thead>\n");
    }
    out.push_str("<tbody>\n");
    for row in table.rows.iter().take(MOST_EACH) {
        let is_total = row.first().is_some_and(|cell| cell.raw() == "total");
        out.push_str(if is_total {
            "<tr class=\"total\">"
        } else {
            "<tr>"
        });
        for (at, cell) in row.iter().enumerate() {
            out.push_str(&format!("<td{}>{}</td>", class(at), escape(&cell.text())));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    let more = table.rows.len().saturating_sub(MOST_EACH);
    if more > 0 {
        out.push_str(&format!(
            "<p class=\"facts\">… +{more} (--csv, --json)</p>\n"
        ));
    }
}
