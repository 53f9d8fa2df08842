//! One-word answers of customers: whether they are satisfied, or withdraw (§4.4).
//!
//! A reply counts only where it says nothing else. A sentence goes to a person: nobody's complaint is
//! closed because a word in it was taken for the whole.

/// What a customer says in so many words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Satisfied,
    NotSatisfied,
    /// The complaint is withdrawn.
    Withdrawn,
    /// Thanks, and nothing else: no reason to open a closed case again.
    Thanks,
}

/// Longest answer looked at, in characters: a one-word reply with a greeting and thanks.
const LONGEST: usize = 80;

const SATISFIED: &str = "\
    yes|y|yes satisfied|satisfied|i am satisfied|im satisfied|very satisfied|\
    yes i am satisfied|yes im satisfied|yes i am|satisfied yes|ok satisfied|\
    happy with the outcome|i accept|accepted|满意|是|是的|很满意|非常满意|我满意|\
    我很满意|比较满意|基本满意|是满意|是的满意|是的我满意|已满意|满意的|挺满意|十分满意|\
    滿意|很滿意|非常滿意|我滿意|是的滿意";

const NOT_SATISFIED: &str = "\
    no|n|not satisfied|unsatisfied|dissatisfied|no not satisfied|i am not satisfied|\
    im not satisfied|not at all|no i am not|no im not|no i am not satisfied|\
    no im not satisfied|not happy|i am not happy|not satisfied at all|absolutely not|\
    definitely not|不满意|否|不|不是|我不满意|很不满意|非常不满意|不太满意|极不满意|\
    我很不满意|完全不满意|没有|没有满意|不满|很不满|否不满意|不滿意|我不滿意|非常不滿意|\
    很不滿意|不太滿意";

const WITHDRAWN: &str = "\
    withdraw|withdrawn|i withdraw|i withdraw my complaint|withdraw my complaint|\
    withdraw complaint|i want to withdraw my complaint|\
    i would like to withdraw my complaint|please withdraw my complaint|\
    please cancel my complaint|cancel my complaint|撤诉|撤回投诉|撤销投诉|我要撤诉|\
    我要撤回投诉|我要撤销投诉|取消投诉|我撤回投诉|申请撤诉|撤回";

/// Courtesies that say nothing for or against.
const COURTESIES: &str = "\
    thank you very much|thank you so much|many thanks|thank you|thanks a lot|thanks|\
    thank u|thx|cheers|please|hello|hi|dear sir or madam|best regards|kind regards|\
    regards|sincerely|谢谢您|谢谢你|谢谢|多谢|感谢|您好|你好|謝謝|此致敬礼";

/// Reads the new words of a reply.
///
/// ```
/// use redress::case::{Answer, read_answer};
///
/// assert_eq!(read_answer("NO!!", None), Some(Answer::NotSatisfied));
/// assert_eq!(read_answer("满意，谢谢", None), Some(Answer::Satisfied));
/// assert_eq!(read_answer("I would be satisfied if you refunded me", None), None);
/// assert_eq!(read_answer("Oui !", Some(("oui", "non"))), Some(Answer::Satisfied));
/// ```
///
/// `own` are the two words that the letters of the case's language ask for, yes and no.
pub fn read_answer(new_text: &str, own: Option<(&str, &str)>) -> Option<Answer> {
    if new_text.trim().chars().count() > LONGEST {
        return None;
    }
    // what stands in quotation marks or is asked may be meant the other way round
    if new_text.contains(['?', '？']) {
        return None;
    }
    let mut words = plain(new_text);
    if words.is_empty() {
        return None;
    }
    loop {
        let before = words.len();
        for courtesy in COURTESIES.split('|') {
            if let Some(rest) = words.strip_prefix(courtesy)
                && (rest.is_empty() || boundary(courtesy, rest))
            {
                words = rest.trim().to_owned();
            }
            if let Some(rest) = words.strip_suffix(courtesy)
                && (rest.is_empty() || rest.ends_with(' ') || !courtesy.is_ascii())
            {
                words = rest.trim().to_owned();
            }
        }
        if words.len() == before {
            break;
        }
    }
    if let Some((yes, no)) = own {
        if words == plain(yes) {
            return Some(Answer::Satisfied);
        }
        if words == plain(no) {
            return Some(Answer::NotSatisfied);
        }
    }
    let is = |known: &str| known.split('|').any(|one| one == words);
    // Chinese is written without spaces between words
    let joined: String = words.split_whitespace().collect();
    let is_joined = |known: &str| !joined.is_ascii() && known.split('|').any(|one| one == joined);
    if is(NOT_SATISFIED) || is_joined(NOT_SATISFIED) {
        Some(Answer::NotSatisfied)
    } else if is(SATISFIED) || is_joined(SATISFIED) {
        Some(Answer::Satisfied)
    } else if is(WITHDRAWN) || is_joined(WITHDRAWN) {
        Some(Answer::Withdrawn)
    } else if words.is_empty() {
        Some(Answer::Thanks)
    } else {
        None
    }
}

fn boundary(courtesy: &str, rest: &str) -> bool {
    !courtesy.is_ascii() || rest.starts_with(' ')
}

/// Lower case, half-width, letters and digits alone, one space between words.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        };
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if ['\'', '’', '‘'].contains(&c) {
            // "I'm" is one word
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_counts_only_where_it_says_nothing_else() {
        use Answer::{NotSatisfied, Satisfied, Thanks, Withdrawn};
        for (text, expected) in [
            ("满意", Some(Satisfied)),
            ("  满意。\n", Some(Satisfied)),
            ("满意，谢谢！", Some(Satisfied)),
            ("非常满意！！谢谢您", Some(Satisfied)),
            ("是的，满意", Some(Satisfied)),
            ("您好，满意", Some(Satisfied)),
            ("不满意", Some(NotSatisfied)),
            ("非常不满意！", Some(NotSatisfied)),
            ("否", Some(NotSatisfied)),
            ("yes thanks", Some(Satisfied)),
            ("Yes, thank you very much!", Some(Satisfied)),
            ("YES", Some(Satisfied)),
            ("ＹＥＳ", Some(Satisfied)),
            ("NO!!", Some(NotSatisfied)),
            ("no thanks", Some(NotSatisfied)),
            ("I’m not satisfied.", Some(NotSatisfied)),
            ("Not satisfied", Some(NotSatisfied)),
            ("撤诉", Some(Withdrawn)),
            ("I withdraw my complaint. Thank you.", Some(Withdrawn)),
            // sentences that are neither go to a person
            ("Yes, but the refund hasn't arrived", None),
            ("yes?", None),
            ("没有不满意", None),
            ("不是不满意，只是还没收到退款", None),
            ("I would be satisfied if you refunded me", None),
            (
                "No problem at all, very satisfied with how you handled it",
                None,
            ),
            ("满意？开什么玩笑", None),
            ("如果退款我就满意", None),
            ("yes yes yes", None),
            ("yes no", None),
            ("满意 不满意", None),
            ("", None),
            ("谢谢", Some(Thanks)),
            ("Thank you, best regards", Some(Thanks)),
            ("谢谢，但是又坏了", None),
            ("I will not withdraw my complaint", None),
            ("不撤诉", None),
        ] {
            assert_eq!(read_answer(text, None), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_more_words_make_it_no_answer(text in "\\PC{0,100}") {
            read_answer(&text, Some(("oui", "non")));
            let longer = format!("{text} because of the second parcel");
            prop_assert_eq!(read_answer(&longer, None), None);
        }
    }
}
