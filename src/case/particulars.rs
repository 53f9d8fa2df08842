//! Which particulars a complaint gives (§4.1), as far as software can tell. When in doubt they count as
//! missing: asking once too often is better than a case that can't be judged.

use std::collections::BTreeSet;

use crate::policy::Particular;

/// What a mail shows of its sender's particulars.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The name beside the sender's address. Doesn't count where a name was asked for.
    pub name: Option<&'a str>,
    /// Whether there is an address to answer to. Doesn't count where a contact was asked for.
    pub address: bool,
    pub new_text: &'a str,
    /// Whether files came with it that aren't part of its layout.
    pub files: bool,
}

/// Least letters of an account of what happened: Latin ones, and Chinese ones, which say more each.
const DETAILS_LATIN: usize = 40;
const DETAILS_CHINESE: usize = 12;

/// The particulars that a mail gives.
pub fn given(shown: &Shown<'_>) -> BTreeSet<Particular> {
    let mut given = BTreeSet::new();
    let text = shown.new_text;
    let named = shown
        .name
        .is_some_and(|name| !name.trim().is_empty() && !name.contains('@'));
    if named || says_name(text) {
        given.insert(Particular::Name);
    }
    if shown.address || has_phone(text) || has_address(text) {
        given.insert(Particular::Contact);
    }
    if is_account(text) {
        given.insert(Particular::Details);
    }
    if shown.files {
        given.insert(Particular::Evidence);
    }
    given
}

fn is_account(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (chinese, latin): (Vec<char>, Vec<char>) =
        letters.partition(|c| ('\u{2e80}'..='\u{9fff}').contains(c));
    chinese.len() >= DETAILS_CHINESE || latin.len() >= DETAILS_LATIN
}

fn says_name(text: &str) -> bool {
    let lower = text.to_lowercase();
    let after = |label: &str| {
        lower.match_indices(label).any(|(at, _)| {
            let rest = lower[at + label.len()..].trim_start_matches([' ', ':', '：', '是']);
            rest.chars().next().is_some_and(char::is_alphabetic)
        })
    };
    [
        "my name is ",
        "my name's ",
        "name:",
        "name：",
        "姓名",
        "我叫",
        "我是",
    ]
    .into_iter()
    .any(after)
}

/// Seven digits or more in a row, perhaps with the signs that people put between them.
fn has_phone(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        if c.is_numeric() {
            digits += 1;
            if digits >= 7 {
                return true;
            }
        } else if !(digits > 0 && [' ', '-', '(', ')', '.', '+'].contains(&c)) {
            digits = 0;
        }
    }
    false
}

fn has_address(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particulars_are_counted_where_they_are_plain_to_see() {
        use Particular::{Contact, Details, Evidence, Name};
        let long = "The parcel arrived broken on Monday and nobody answers my calls.";
        type Row = (
            Option<&'static str>,
            bool,
            &'static str,
            bool,
            &'static [Particular],
        );
        let rows: [Row; 10] = [
            (
                Some("Wang Wei"),
                true,
                long,
                true,
                &[Name, Contact, Details, Evidence],
            ),
            (Some("wang@example.net"), true, "hi", false, &[Contact]),
            (
                None,
                false,
                "My name is Ann Lee, call +44 20 7946 0958",
                false,
                &[Name, Contact],
            ),
            (
                None,
                false,
                "姓名：王伟，电话 138-0000-0000",
                false,
                &[Name, Contact],
            ),
            (None, false, "我叫王伟", false, &[Name]),
            (None, false, "姓名：", false, &[]),
            (
                None,
                false,
                "reach me at ann@example.net",
                false,
                &[Contact],
            ),
            (None, false, "order 12345", false, &[]),
            (
                None,
                false,
                "周一收到的包裹已经破损，打电话没有人接。",
                false,
                &[Details],
            ),
            (None, false, "", true, &[Evidence]),
        ];
        for (name, address, new_text, files, expected) in rows {
            let shown = Shown {
                name,
                address,
                new_text,
                files,
            };
            assert_eq!(
                given(&shown),
                expected.iter().copied().collect(),
                "{new_text}"
            );
        }
    }
}
