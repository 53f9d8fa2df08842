//! Choices from closed lists, by every name that people use for them.

use std::collections::BTreeSet;

use crate::policy::Particular;
use crate::staff::typed::{self, folded};

/// The closed lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOf {
    Particulars,
    Findings,
    Complexities,
    CloseReasons,
    Letters,
    /// What can be listed.
    Lists,
}

/// A closed list whose members have names in English and Chinese.
pub trait Choice: Copy + 'static {
    const OF: ListOf;
    /// Every member with its names, folded; the first English and the first Chinese one are those that are shown.
    const NAMES: Names<Self>;
}

/// Members, each with its English name, its Chinese one, and others.
pub type Names<C> = &'static [(C, &'static str, &'static str, &'static [&'static str])];

/// The member of a list that a text names, and nothing else.
pub fn choice<C: Choice>(text: &str) -> Option<C> {
    if text.len() > 200 {
        return None;
    }
    let text = folded(text);
    let text = text.trim_matches(['.', '。', '!', ',', '"', '\'', ' ', '*']);
    let text = text.strip_prefix("the ").unwrap_or(text);
    C::NAMES
        .iter()
        .find(|(_, english, chinese, others)| {
            *english == text || *chinese == text || others.contains(&text)
        })
        .map(|(one, ..)| *one)
}

/// Particulars (§4.1) in a list: `name, contact and evidence`, `姓名、证据`. The first that is none, where one isn't.
pub fn particulars(text: &str) -> Result<BTreeSet<Particular>, String> {
    let mut found = BTreeSet::new();
    if ["all", "everything", "全部", "所有"].contains(&folded(text).as_str()) {
        return Ok(Particular::ALL.iter().copied().collect());
    }
    let parts =
        text.split(|c| typed::is_comma(c) || typed::is_semicolon(c) || "&+/＆和及与".contains(c));
    for part in parts.flat_map(|part| part.split(" and ")) {
        let part = typed::bare(part);
        let part = part.strip_prefix("and ").unwrap_or(part);
        if part.is_empty() {
            continue;
        }
        match choice(part) {
            Some(particular) => {
                found.insert(particular);
            }
            // `姓名 证据` and `name contact`: blanks alone between them
            None => {
                for word in part.split(typed::is_blank).filter(|word| !word.is_empty()) {
                    found.insert(choice(word).ok_or_else(|| typed::short(part, 40))?);
                }
            }
        }
    }
    Ok(found)
}

/// Yes or no.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match folded(text).trim_matches(['.', '。', '!', ' ']) {
        "yes" | "y" | "yep" | "true" | "ok" | "是" | "是的" | "对" | "好" | "同意" | "已同意" => {
            Some(true)
        }
        "no" | "n" | "nope" | "false" | "否" | "不" | "不是" | "不同意" | "未同意" => {
            Some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{CloseReason, Complexity, Finding, Letter};

    fn complete<C: Choice + PartialEq + std::fmt::Debug>(all: &[C]) {
        let mut seen: Vec<&str> = Vec::new();
        for one in all {
            let rows = C::NAMES.iter().filter(|(named, ..)| named == one);
            assert_eq!(rows.count(), 1, "{one:?}");
        }
        for (one, english, chinese, others) in C::NAMES {
            for name in [english, chinese].into_iter().chain(*others) {
                assert_eq!(choice::<C>(name), Some(*one), "{name}");
                assert_eq!(*name, folded(name), "{name} isn't folded");
                assert!(!seen.contains(name), "{name} is there twice");
                seen.push(name);
            }
        }
    }

    #[test]
    fn every_member_of_a_list_has_its_names_and_no_other_has_them() {
        complete(Particular::ALL);
        complete(Finding::ALL);
        complete(Complexity::ALL);
        complete(CloseReason::ALL);
        complete(Letter::ALL);
        // what the configuration and the history call them is understood too
        for letter in Letter::ALL {
            assert_eq!(choice(letter.as_str()), Some(*letter));
        }
        for reason in CloseReason::ALL {
            assert_eq!(choice(reason.as_str()), Some(*reason));
        }
    }

    #[test]
    fn particulars_come_in_lists() {
        use Particular::{Contact, Details, Evidence, Name};
        for (text, expected) in [
            ("name, contact", Ok(vec![Name, Contact])),
            ("Name and Evidence.", Ok(vec![Name, Evidence])),
            (
                "name, contact, and evidence",
                Ok(vec![Name, Contact, Evidence]),
            ),
            ("姓名、联系方式、证据", Ok(vec![Name, Contact, Evidence])),
            ("姓名和证据", Ok(vec![Name, Evidence])),
            ("姓名 证据", Ok(vec![Name, Evidence])),
            ("details of what happened", Ok(vec![Details])),
            ("全部", Ok(vec![Name, Contact, Details, Evidence])),
            ("", Ok(vec![])),
            ("name, shoe size", Err("shoe size".to_owned())),
        ] {
            let expected = expected.map(BTreeSet::from_iter);
            assert_eq!(particulars(text), expected, "{text}");
        }
    }

    #[test]
    fn yes_is_yes_in_both_languages() {
        for (text, expected) in [
            ("Yes.", Some(true)),
            ("是", Some(true)),
            ("no", Some(false)),
            ("不同意", Some(false)),
            ("perhaps", None),
        ] {
            assert_eq!(yes_or_no(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_choice_or_none(text in ".{0,60}") {
            let _ = (choice::<Finding>(&text), particulars(&text), yes_or_no(&text));
        }
    }
}
