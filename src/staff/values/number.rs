//! Whole numbers in digits, and in the words that people use for small ones.

/// The most that a number in words can be; larger ones are written in digits.
const MOST: u32 = 99_999_999;

/// A whole number: `15`, `fifteen`, `十五`, `两`. The text is folded.
pub(super) fn whole(text: &str) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    english(text).or_else(|| chinese(text))
}

fn english(text: &str) -> Option<u32> {
    const WORDS: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    match text {
        "a" | "an" => Some(1),
        "thirty" => Some(30),
        text => (0..)
            .zip(WORDS)
            .find_map(|(n, word)| (word == text).then_some(n)),
    }
}

/// `十五`, `二十`, `一百零五`, `三千`, `1万`; up to thousands of 万.
pub(super) fn chinese(text: &str) -> Option<u32> {
    let (mut total, mut section, mut digit) = (0_u32, 0_u32, None);
    if text.is_empty() || text.chars().count() > 12 {
        return None;
    }
    for c in text.chars() {
        if let Some(value) = chinese_digit(c) {
            if digit.is_some_and(|digit| digit != 0) {
                return None;
            }
            digit = Some(value);
            continue;
        }
        let place = match c {
            '十' | '拾' => 10,
            '百' | '佰' => 100,
            '千' | '仟' => 1_000,
            '万' | '萬' => {
                section += digit.take().unwrap_or(0);
                if section == 0 || total != 0 {
                    return None;
                }
                total = section.checked_mul(10_000)?;
                section = 0;
                continue;
            }
            _ => return None,
        };
        let times = match digit.take() {
            Some(0) | None if place == 10 => 1,
            Some(0) | None => return None,
            Some(times) => times,
        };
        // each place once, the greatest first
        if section % (place * 10) != 0 {
            return None;
        }
        section += times * place;
    }
    let number = total
        .checked_add(section)?
        .checked_add(digit.unwrap_or(0))?;
    (number <= MOST).then_some(number)
}

fn chinese_digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '兩' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_are_read_in_words() {
        for (text, number) in [
            ("15", Some(15)),
            ("fifteen", Some(15)),
            ("a", Some(1)),
            ("两", Some(2)),
            ("十", Some(10)),
            ("十五", Some(15)),
            ("二十", Some(20)),
            ("三十一", Some(31)),
            ("一百零五", Some(105)),
            ("一千二百", Some(1200)),
            ("一万", Some(10_000)),
            ("两万五千", Some(25_000)),
            ("一二", None),
            ("十百", None),
            ("一百一百", None),
            ("万", None),
            ("", None),
            ("many", None),
            ("99999999999", None),
        ] {
            assert_eq!(whole(text), number, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_none(text in "[〇零一二两三四五六七八九十百千万]{0,14}|.{0,20}") {
            let _ = whole(&text);
        }
    }
}
