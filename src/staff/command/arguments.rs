//! Arguments with a grammar of their own: a labelled reason, an answer by number, a proposal, a caller.

use super::clauses::without_separator;
use super::mistake::Wrong;
use super::{Command, Draft, Report};
use crate::mail::address;
use crate::staff::typed;

/// A text without `; reason: …` at its end, and the reason.
pub(super) fn without_reason(text: &str) -> (&str, Option<&str>) {
    for (at, c) in text.char_indices() {
        let behind = &text[at + c.len_utf8()..];
        let separates = typed::is_semicolon(c) || typed::is_comma(c) || c == '.' || c == '。';
        if separates && let Some(reason) = labelled(behind) {
            return (typed::bare(&text[..at]), Some(reason));
        }
    }
    (text, None)
}

/// A reason that says it is one: `reason: …`, `原因：…`.
pub(super) fn labelled(text: &str) -> Option<&str> {
    let text = typed::bare(text);
    let rest = ["reason", "because", "原因", "理由", "事由"]
        .iter()
        .find_map(|label| typed::after(text, label))?;
    let rest = rest.trim_start_matches(typed::is_blank);
    let reason = without_separator(rest.strip_prefix(typed::is_colon)?);
    (!reason.is_empty()).then_some(reason)
}

/// `1: words`, `#1 words`, or words alone where one question is open.
pub(super) fn answer(words: &str, incomplete: impl Fn() -> Wrong) -> Result<Draft, Wrong> {
    let (number, words) = numbered(words).unwrap_or((None, words.to_owned()));
    if words.is_empty() {
        return Err(incomplete());
    }
    Ok(Draft::AnswerHandOff { number, words })
}

/// A text that begins with a number, and what follows.
fn numbered(words: &str) -> Option<(Option<u32>, String)> {
    let text = words.trim_start_matches(['#', '＃', '第', ' ']);
    let plain: String = text.chars().take(8).filter_map(typed::plain_char).collect();
    let digits = plain.chars().take_while(char::is_ascii_digit).count();
    let behind: String = text.chars().skip(digits).collect();
    // `3 parcels were lost` is an answer, not number 3: a number stands alone, before a sign
    let sign = behind
        .trim_start_matches(' ')
        .starts_with(|c| typed::is_colon(c) || ".)、，,号".contains(c));
    let marked = text.len() < words.len();
    if !(1..=7).contains(&digits) || !(sign || marked) {
        return None;
    }
    let number = plain[..digits].parse().ok();
    let words = without_separator(behind.trim_start_matches([' ', ')', '号'])).to_owned();
    Some((number, words))
}

/// A number and nothing else: `17`, `#17`, `第17号`.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = typed::folded(text);
    let text = text.trim_matches(['#', '第', '号', '.', '。', ' ']);
    text.parse().ok()
}

/// `17: what was done`; the number may be left out, and what was done too.
pub(super) fn done(words: &str, incomplete: impl Fn() -> Wrong) -> Result<Command, Wrong> {
    let (number, words) = match (number(words), numbered(words)) {
        (Some(number), _) => (Some(number), String::new()),
        (None, Some((number, words))) => (number, words),
        (None, None) => (None, words.to_owned()),
    };
    if number.is_none() && words.is_empty() {
        return Err(incomplete());
    }
    Ok(Command::Done { number, words })
}

/// `remedy: …` on the first line is the remedy; everything else the words.
pub(super) fn propose(words: &str) -> Draft {
    let (first, below) = words.split_once('\n').unwrap_or((words, ""));
    let remedy = ["remedy", "补偿", "补救", "赔偿"].iter().find_map(|label| {
        let rest = typed::after(first, label)?.trim_start_matches(typed::is_blank);
        Some(typed::bare(rest.strip_prefix(typed::is_colon)?))
    });
    let below = typed::bare(below);
    match remedy.filter(|remedy| !remedy.is_empty()) {
        Some(remedy) => Draft::Propose {
            words: if below.is_empty() { remedy } else { below }.to_owned(),
            remedy: Some(remedy.to_owned()),
        },
        None => Draft::Propose {
            words: words.to_owned(),
            remedy: None,
        },
    }
}

/// `name contact: what was said`.
pub(super) fn report(words: &str, incomplete: impl Fn() -> Wrong) -> Result<Report, Wrong> {
    let (first, below) = words.split_once('\n').unwrap_or((words, ""));
    let (head, said) = match first.split_once(typed::is_colon) {
        Some((head, said)) if head.chars().count() <= 120 => (head, said),
        Some(_) => ("", first),
        None if below.trim().is_empty() => ("", first),
        None => (first, ""),
    };
    let said = typed::bare(&format!("{}\n{below}", typed::bare(said))).to_owned();
    if said.is_empty() {
        return Err(incomplete());
    }
    let (mut name, mut phone, mut mail) = (Vec::new(), Vec::new(), None);
    for part in head.split(|c| typed::is_blank(c) || typed::is_comma(c) || typed::is_semicolon(c)) {
        let plain: String = part.chars().filter_map(typed::plain_char).collect();
        let digits = plain.chars().filter(char::is_ascii_digit).count();
        let number = plain
            .chars()
            .all(|c| c.is_ascii_digit() || "+-()".contains(c))
            && digits > 0;
        if part.is_empty() {
            continue;
        }
        let written = plain.trim_matches(['<', '>', '"', '\'']);
        if let Some(plain) = address::plain(written) {
            mail.get_or_insert(plain);
        } else if number {
            phone.push(plain);
        } else {
            name.push(part);
        }
    }
    let given = |text: String| (!text.is_empty()).then_some(text);
    Ok(Report {
        name: given(name.join(" ")),
        phone: given(phone.join(" ")),
        address: mail,
        words: said,
    })
}
