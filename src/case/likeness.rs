//! Whether two complaints of one customer look like the same matter. They are proposed to staff as
//! duplicates, and never merged unasked.

use std::collections::HashSet;

/// A complaint as far as likeness looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Complaint<'a> {
    pub subject: &'a str,
    pub text: &'a str,
}

/// Most characters of a text compared.
const MOST: usize = 4000;
/// Digits of a number that stands for one thing: an order, a parcel, a contract.
const NUMBER: usize = 6;
/// Share of word pairs in common above which two texts tell the same.
const SAME: f64 = 0.4;

impl Complaint<'_> {
    /// Whether both name the same long number, have the same subject, or tell mostly the same.
    pub fn resembles(&self, other: &Complaint<'_>) -> bool {
        let subjects = (subject(self.subject), subject(other.subject));
        if !subjects.0.is_empty() && subjects.0 == subjects.1 {
            return true;
        }
        let both = (
            format!("{} {}", self.subject, cut(self.text)),
            format!("{} {}", other.subject, cut(other.text)),
        );
        if !numbers(&both.0).is_disjoint(&numbers(&both.1)) {
            return true;
        }
        let (a, b) = (pairs(&both.0), pairs(&both.1));
        let common = a.intersection(&b).count();
        let least = a.len().min(b.len());
        least >= 8 && common as f64 >= SAME * least as f64
    }
}

fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(MOST)
        .map_or(text, |(end, _)| &text[..end])
}

/// Without the marks of replies and forwards, in lower case, letters and digits alone.
fn subject(text: &str) -> String {
    let mut rest = text.trim();
    while let Some((mark, after)) = rest.split_once([':', '：']) {
        let known = [
            "re", "fw", "fwd", "aw", "sv", "答复", "回复", "转发", "回覆", "轉寄",
        ];
        if !known.contains(&mark.trim().to_lowercase().as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn numbers(text: &str) -> HashSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.bytes().filter(u8::is_ascii_digit).count() >= NUMBER)
        .collect()
}

/// Neighbouring words; neighbouring characters where no spaces stand between words.
fn pairs(text: &str) -> HashSet<(String, String)> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let ideograph = ('\u{2e80}'..='\u{9fff}').contains(&c);
        if (ideograph || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ideograph {
            words.push(c.to_string());
        } else if c.is_alphanumeric() {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
        .windows(2)
        .map(|two| (two[0].clone(), two[1].clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_matter_is_recognised_and_another_is_not() {
        let first = Complaint {
            subject: "Order 20261117 arrived broken",
            text: "The parcel with order 20261117 arrived broken. The cup inside is in pieces and I want my money back.",
        };
        for (subject, text, same) in [
            ("Re: Order 20261117 arrived broken", "Anybody there?", true),
            ("still waiting", "it is about 20261117", true),
            (
                "hello again",
                "the parcel with the order arrived broken, the cup inside is in pieces and I want my money",
                true,
            ),
            (
                "Wrong invoice",
                "You billed me twice for the October subscription, please correct it soon.",
                false,
            ),
            ("", "", false),
            (
                "Order 20261118",
                "another order, not delivered at all",
                false,
            ),
        ] {
            let second = Complaint { subject, text };
            assert_eq!(first.resembles(&second), same, "{subject}");
            assert_eq!(
                second.resembles(&first),
                same,
                "{subject}, the other way round"
            );
        }
        let chinese = Complaint {
            subject: "投诉",
            text: "我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。",
        };
        let again = Complaint {
            subject: "再次投诉",
            text: "上周买的茶杯送到时已经碎了，客服电话一直打不通，请尽快退款。",
        };
        let other = Complaint {
            subject: "另一件事",
            text: "十月份的会员费被重复扣除两次，请核实并更正账单金额，谢谢。",
        };
        assert!(chinese.resembles(&again));
        assert!(!chinese.resembles(&other));
    }
}
