//! How a decision is written: `/resolve partly; remedy refund 120 yuan; cause delay`, the reasons below.

use super::clauses::Clause;
use super::draft::VerdictDraft;
use super::mistake::Wrong;
use super::words::Word;
use crate::staff::typed::{self, after};
use crate::staff::values::{ListOf, choice, yes_or_no};

/// A part of a decision, by the word that it starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Remedy,
    Cause,
    Cost,
    Agreed,
    Reason,
    Finding,
}

const FIELDS: [(Field, &[&str]); 6] = [
    (
        Field::Remedy,
        &[
            "remedy",
            "compensation",
            "补偿",
            "补救",
            "补救措施",
            "赔偿",
            "补偿方案",
        ],
    ),
    (Field::Cause, &["cause", "原因", "起因", "根因"]),
    (Field::Cost, &["cost", "costs", "费用", "金额", "成本"]),
    (
        Field::Agreed,
        &[
            "agreed",
            "customer agreed",
            "the customer agreed",
            "客户已同意",
            "客户同意",
            "已同意",
        ],
    ),
    (
        Field::Reason,
        &["reason", "reasons", "because", "理由", "事由"],
    ),
    (Field::Finding, &["finding", "decision", "结论", "认定"]),
];

/// Reads a decision: the finding and further parts on the line, more parts on lines of their own with a colon, then
/// the reasons for the customer.
pub(super) fn verdict(clause: &Clause<'_>) -> Result<VerdictDraft, Wrong> {
    let word = clause.word;
    let mut parts = clause
        .argument()
        .split(typed::is_semicolon)
        .map(typed::bare);
    let first = parts.next().unwrap_or("");
    if first.is_empty() {
        return Err(Wrong::Incomplete { word });
    }
    // a colon or full stop behind the finding may begin the reasons already
    let (head, mut reasons) = match first.split_once(|c| typed::is_colon(c) || c == '。') {
        Some((head, rest)) if field(first).is_none() => (head, typed::bare(rest).to_owned()),
        Some(_) | None => (first, String::new()),
    };
    let head = match field(head) {
        Some((Field::Finding, rest)) => rest,
        Some(_) | None => head,
    };
    let mut draft = VerdictDraft {
        finding: choice(head).ok_or_else(|| Wrong::NotOneOf {
            of: ListOf::Findings,
            typed: typed::short(head, 40),
        })?,
        reasons: String::new(),
        remedy: None,
        cause: None,
        cost: None,
        agreed: false,
    };
    for part in parts.filter(|part| !part.is_empty()) {
        let Some((field, value)) = field(part) else {
            return Err(Wrong::NoField {
                word,
                typed: typed::short(part, 40),
            });
        };
        draft.set(word, field, value)?;
    }
    let mut lines = clause.more.iter().peekable();
    while let Some(line) = lines.peek() {
        let line = typed::bare(line);
        if line.is_empty() {
            lines.next();
            continue;
        }
        // prose begins with these words too: here a colon tells the parts
        match field(line).filter(|_| line.chars().take(20).any(typed::is_colon)) {
            Some((field, value)) => draft.set(word, field, value)?,
            None => break,
        }
        lines.next();
    }
    for line in lines {
        if !reasons.is_empty() {
            reasons.push('\n');
        }
        reasons.push_str(line);
    }
    draft.reasons = typed::bare(&reasons).to_owned();
    if draft.reasons.is_empty() {
        return Err(Wrong::NoReasons { word });
    }
    Ok(draft)
}

/// The part that a text is, and its value. The longest name counts.
fn field(text: &str) -> Option<(Field, &str)> {
    let named = FIELDS.iter().flat_map(|(field, names)| {
        names
            .iter()
            .filter_map(|name| Some((*field, after(text, name)?)))
    });
    let (field, rest) = named.min_by_key(|(_, rest)| rest.len())?;
    let rest = rest.trim_start_matches(|c| typed::is_blank(c) || typed::is_colon(c) || c == '=');
    Some((field, typed::bare(rest)))
}

impl VerdictDraft {
    fn set(&mut self, word: Word, field: Field, value: &str) -> Result<(), Wrong> {
        let value = value.trim_end_matches(['。', '.', ' ']);
        // a part without anything: a mail client broke the line, and the customer would read the rest
        if value.is_empty() && matches!(field, Field::Remedy | Field::Cause | Field::Cost) {
            return Err(Wrong::Incomplete { word });
        }
        let given = Some(value.to_owned());
        match field {
            Field::Remedy => self.remedy = given,
            Field::Cause => self.cause = given,
            Field::Cost => self.cost = given,
            Field::Agreed => self.agreed = value.is_empty() || yes_or_no(value) != Some(false),
            // would it be told to the customer, or say why a supervisor steps in (§9)? never guessed
            Field::Reason => return Err(Wrong::WhichReason),
            Field::Finding => {}
        }
        Ok(())
    }
}
