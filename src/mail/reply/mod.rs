//! The new words of a mail: its text without quoted history and signature.
//!
//! Lines are looked at a few at a time, so time is linear. When in doubt a line stays: to lose a
//! customer's words is worse than to show old ones again.

mod attribution;
mod dividers;
mod labels;
mod signature;

pub(super) use dividers::is_forward_divider;
pub(super) use labels::from_field;

/// Removes quoted history and signature.
pub(super) fn new_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let lines = &lines[..unquoted_history(&lines)];
    let lines = &lines[..signature::start(lines)];
    let mut out = String::with_capacity(text.len().min(64 * 1024));
    for line in without_quotes(lines) {
        out.push_str(line);
        out.push('\n');
    }
    // a signature may stand above the history as well as below it
    let lines: Vec<&str> = out.lines().collect();
    let kept = signature::start(&lines);
    out = lines[..kept].join("\n");
    out.truncate(out.trim_end().len());
    let blank = out.len() - out.trim_start_matches(['\n', '\r']).len();
    out.drain(..blank);
    out
}

/// Where history begins that isn't marked line by line and so goes on to the end.
fn unquoted_history(lines: &[&str]) -> usize {
    let mut words_above = false;
    for (at, line) in lines.iter().enumerate() {
        if is_blank(line) || is_quoted(line) {
            continue;
        }
        if dividers::begins_history(lines, at) || attribution_to_the_end(lines, at) {
            // with nothing above it, what follows is all there is
            return if words_above { at } else { lines.len() };
        }
        words_above = true;
    }
    lines.len()
}

fn attribution_to_the_end(lines: &[&str], at: usize) -> bool {
    let Some(found) = attribution::at(&lines[at..]) else {
        return false;
    };
    let after = &lines[at + found.lines..];
    let Some(next) = after.iter().position(|line| !is_blank(line)) else {
        return true;
    };
    if is_quoted(after[next]) {
        return false;
    }
    let apart = next > 0 && (at == 0 || is_blank(lines[at - 1]));
    found.dated && (found.exact || apart)
}

/// A stretch of lines of one kind.
#[derive(Debug)]
struct Stretch<'t, 'l> {
    lines: &'l [&'t str],
    quote: bool,
    /// A quotation that somebody is named for.
    attributed: bool,
}

/// Leaves out quotations, except those that are answered one by one.
fn without_quotes<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut stretches = stretches(lines);
    while stretches.last().is_some_and(|last| last.quote) {
        stretches.pop();
    }
    let ended_in_quote = stretches.iter().map(|s| s.lines.len()).sum::<usize>() < lines.len();
    let answered = stretches.windows(2).filter(|pair| pair[0].quote).count();
    let interleaved =
        answered > 1 || (answered == 1 && ended_in_quote && continues(lines, &stretches));
    let mut kept: Vec<&'t str> = Vec::new();
    for (i, stretch) in stretches.iter().enumerate() {
        // one quotation: the history of a reply below it; but words that somebody cites between
        // their own are theirs
        let cited = i > 0 && !stretch.attributed;
        if !stretch.quote || interleaved || cited {
            kept.extend_from_slice(stretch.lines);
        } else if !kept.is_empty() {
            kept.push("");
        }
    }
    kept
}

/// Whether the quotation at the end carries on the one before: nobody is named for it.
fn continues(lines: &[&str], kept: &[Stretch<'_, '_>]) -> bool {
    let length: usize = kept.iter().map(|stretch| stretch.lines.len()).sum();
    lines[length..]
        .iter()
        .find(|line| !is_blank(line))
        .is_some_and(|line| is_quoted(line))
}

fn stretches<'t, 'l>(lines: &'l [&'t str]) -> Vec<Stretch<'t, 'l>> {
    let mut all: Vec<Stretch<'t, 'l>> = Vec::new();
    let mut at = 0;
    let mut text_from = 0;
    while at < lines.len() {
        let (start, mut end, attributed) = if is_quoted(lines[at]) {
            (at, at, false)
        } else {
            match attribution::at(&lines[at..]) {
                Some(found) if next_is_quoted(&lines[at + found.lines..]) => {
                    (at, at + found.lines, true)
                }
                _ => {
                    at += 1;
                    continue;
                }
            }
        };
        // blank lines between quoted ones belong to the quotation
        let mut look = end;
        while look < lines.len() && (is_quoted(lines[look]) || is_blank(lines[look])) {
            look += 1;
            if is_quoted(lines[look - 1]) {
                end = look;
            }
        }
        if text_from < start && lines[text_from..start].iter().any(|line| !is_blank(line)) {
            all.push(Stretch {
                lines: &lines[text_from..start],
                quote: false,
                attributed: false,
            });
            text_from = start;
        }
        all.push(Stretch {
            lines: &lines[text_from..end],
            quote: true,
            attributed,
        });
        text_from = end;
        at = end;
    }
    if lines[text_from..].iter().any(|line| !is_blank(line)) {
        all.push(Stretch {
            lines: &lines[text_from..],
            quote: false,
            attributed: false,
        });
    }
    all
}

fn next_is_quoted(lines: &[&str]) -> bool {
    lines
        .iter()
        .find(|line| !is_blank(line))
        .is_some_and(|line| is_quoted(line))
}

fn is_blank(line: &str) -> bool {
    line.chars().all(char::is_whitespace)
}

/// Quoted by a mail program: `>` first, or after the initials some put before it (`WL> `).
fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with(['>', '＞']) {
        return true;
    }
    let initials = line
        .bytes()
        .take(4)
        .take_while(u8::is_ascii_uppercase)
        .count();
    (2..=3).contains(&initials) && line[initials..].starts_with("> ")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
