//! Amounts of money as people write them: `120 元`, `￥1,200.50`, `EUR 99`, `£20`, `1.200,50 €`, `RMB 1万`.

use super::number;
use crate::case::{Currency, Money};
use crate::staff::typed::folded;

/// A text that is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMoney {
    Unreadable,
    /// No currency is given.
    NoCurrency,
    /// `$` alone: there are several dollars.
    WhichDollar,
    /// `1.200` and its like: a thousand, or one and a fraction.
    WhichSign {
        one: String,
        other: String,
    },
    /// A fraction that the currency doesn't have.
    TooFine(Currency),
    /// More than a thousand million.
    TooLarge,
}

/// The most that an amount can be, in whole units.
const MOST: u64 = 1_000_000_000;

/// An amount of money, and nothing else.
pub fn money(text: &str) -> Result<Money, NoMoney> {
    if text.len() > 200 {
        return Err(NoMoney::Unreadable);
    }
    let text = folded(text);
    let text = text.trim_end_matches(['.', '。', '整', '正', ' ', '钱']);
    let (before, rest) = currency_at(text, Side::Before);
    let (after, number) = currency_at(rest, Side::After);
    let currency = match (before, after) {
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(_), Some(_)) => return Err(NoMoney::Unreadable),
        (one, other) => one.or(other),
    };
    let currency = match currency {
        Some(Sign::Currency(currency)) => Some(currency),
        Some(Sign::Dollar) => return Err(NoMoney::WhichDollar),
        None => None,
    };
    let decimals = currency.map_or(2, Currency::decimals);
    let minor = minor(number.trim(), decimals, currency)?;
    match currency {
        Some(currency) if minor / 10_u64.pow(decimals) <= MOST => Ok(Money { currency, minor }),
        Some(_) => Err(NoMoney::TooLarge),
        None => Err(NoMoney::NoCurrency),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Currency(Currency),
    Dollar,
}

/// The currency on one side of a number, and what is left.
fn currency_at(text: &str, side: Side) -> (Option<Sign>, &str) {
    use Currency::{Aud, Cad, Chf, Cny, Eur, Gbp, Hkd, Jpy, Krw, Mop, Nzd, Sgd, Twd, Usd};
    // longer ones first, where one begins or ends with another
    const SIGNS: &[(&str, Option<Currency>)] = &[
        ("us dollars", Some(Usd)),
        ("hk dollars", Some(Hkd)),
        ("人民币", Some(Cny)),
        ("元人民币", Some(Cny)),
        ("renminbi", Some(Cny)),
        ("yuan", Some(Cny)),
        ("rmb", Some(Cny)),
        ("cny", Some(Cny)),
        ("kuai", Some(Cny)),
        ("cn¥", Some(Cny)),
        ("us$", Some(Usd)),
        ("hk$", Some(Hkd)),
        ("nt$", Some(Twd)),
        ("au$", Some(Aud)),
        ("nz$", Some(Nzd)),
        ("ca$", Some(Cad)),
        ("a$", Some(Aud)),
        ("c$", Some(Cad)),
        ("s$", Some(Sgd)),
        ("新加坡元", Some(Sgd)),
        ("新台币", Some(Twd)),
        ("人民幣", Some(Cny)),
        ("澳门元", Some(Mop)),
        ("加元", Some(Cad)),
        ("澳元", Some(Aud)),
        ("纽元", Some(Nzd)),
        ("港元", Some(Hkd)),
        ("港币", Some(Hkd)),
        ("美元", Some(Usd)),
        ("美金", Some(Usd)),
        ("欧元", Some(Eur)),
        ("英镑", Some(Gbp)),
        ("日元", Some(Jpy)),
        ("韩元", Some(Krw)),
        ("瑞士法郎", Some(Chf)),
        ("元", Some(Cny)),
        ("圆", Some(Cny)),
        ("块", Some(Cny)),
        ("¥", Some(Cny)),
        ("￥", Some(Cny)),
        ("eur", Some(Eur)),
        ("euros", Some(Eur)),
        ("euro", Some(Eur)),
        ("€", Some(Eur)),
        ("gbp", Some(Gbp)),
        ("pounds", Some(Gbp)),
        ("pound", Some(Gbp)),
        ("£", Some(Gbp)),
        ("usd", Some(Usd)),
        ("hkd", Some(Hkd)),
        ("mop", Some(Mop)),
        ("twd", Some(Twd)),
        ("sgd", Some(Sgd)),
        ("aud", Some(Aud)),
        ("nzd", Some(Nzd)),
        ("cad", Some(Cad)),
        ("chf", Some(Chf)),
        ("jpy", Some(Jpy)),
        ("yen", Some(Jpy)),
        ("krw", Some(Krw)),
        ("₩", Some(Krw)),
        ("$", None),
        ("dollars", None),
    ];
    let fits = |sign: &str| match side {
        Side::Before => text.strip_prefix(sign),
        Side::After => text.strip_suffix(sign),
    };
    let found = SIGNS
        .iter()
        .filter_map(|(sign, currency)| Some((sign.len(), *currency, fits(sign)?)))
        .max_by_key(|(length, _, _)| *length);
    match found {
        Some((_, currency, rest)) => {
            let sign = currency.map_or(Sign::Dollar, Sign::Currency);
            (Some(sign), rest.trim())
        }
        None => (None, text.trim()),
    }
}

/// A number in the smallest unit.
fn minor(text: &str, decimals: u32, currency: Option<Currency>) -> Result<u64, NoMoney> {
    let unit = 10_u64.pow(decimals);
    if let Some(number) = number::chinese(text) {
        return Ok(u64::from(number) * unit);
    }
    let (text, times) = match text.chars().next_back() {
        Some('万' | '萬') => (text.trim_end_matches(['万', '萬']), 10_000),
        Some('千') => (text.trim_end_matches('千'), 1_000),
        Some('百') => (text.trim_end_matches('百'), 100),
        Some('k') => (text.trim_end_matches('k'), 1_000),
        Some(_) | None => (text, 1),
    };
    let (whole, fraction) = split(text.trim())?;
    let whole: u64 = whole.parse().map_err(|_| NoMoney::TooLarge)?;
    // 1.5万 has more digits behind the sign than its currency: what counts is what is left over
    let scale = 10_u64
        .checked_pow(u32::try_from(fraction.len()).map_err(|_| NoMoney::Unreadable)?)
        .filter(|_| fraction.len() <= 8)
        .ok_or(NoMoney::Unreadable)?;
    let part: u64 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().map_err(|_| NoMoney::Unreadable)?
    };
    if whole > MOST {
        return Err(NoMoney::TooLarge);
    }
    let in_parts = (whole * scale + part)
        .checked_mul(times)
        .and_then(|parts| parts.checked_mul(unit))
        .ok_or(NoMoney::TooLarge)?;
    if in_parts % scale != 0 {
        return Err(currency.map_or(NoMoney::NoCurrency, NoMoney::TooFine));
    }
    Ok(in_parts / scale)
}

/// Digits before and behind the decimal sign, without what separates thousands.
fn split(text: &str) -> Result<(String, String), NoMoney> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signs: Vec<char> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    if !text.starts_with(|c: char| c.is_ascii_digit())
        || !signs.iter().all(|c| ".,' ".contains(*c))
        || text.len() > 40
    {
        return Err(NoMoney::Unreadable);
    }
    let Some(last) = signs.last().copied() else {
        return Ok((text.to_owned(), String::new()));
    };
    let several = signs.len() > 1;
    let alike = signs.iter().all(|sign| *sign == last);
    let (head, tail) = text.rsplit_once(last).ok_or(NoMoney::Unreadable)?;
    if !digits(tail) {
        return Err(NoMoney::Unreadable);
    }
    let grouped = |text: &str, sign: char| {
        let mut parts = text.split(sign);
        let first = parts
            .next()
            .is_some_and(|first| digits(first) && first.len() <= 3);
        first && parts.all(|part| digits(part) && part.len() == 3)
    };
    let joined = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    // blanks and apostrophes only ever separate thousands, and so does a sign that is there twice
    if alike && (several || last == ' ' || last == '\'') {
        if grouped(text, last) {
            return Ok((joined(text), String::new()));
        }
        return Err(NoMoney::Unreadable);
    }
    if !several {
        return match (last, tail.len()) {
            ('.' | ',', 1 | 2) => Ok((head.to_owned(), tail.to_owned())),
            (',', 3) if grouped(text, ',') => Ok((joined(text), String::new())),
            // 1.200 is a thousand to some and one to others
            ('.', 3) if grouped(text, '.') && !head.starts_with('0') => Err(NoMoney::WhichSign {
                one: joined(text),
                other: format!("{head}.{}", tail.trim_end_matches('0')),
            }),
            ('.', _) => Ok((head.to_owned(), tail.to_owned())),
            (_, _) => Err(NoMoney::Unreadable),
        };
    }
    // 1,200.50 and 1.200,50 and 1 200,50
    let thousands = signs[0];
    let one_kind = signs[..signs.len() - 1]
        .iter()
        .all(|sign| *sign == thousands);
    if one_kind && ".,".contains(last) && grouped(head, thousands) {
        return Ok((joined(head), tail.to_owned()));
    }
    Err(NoMoney::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("120 元", "CNY 120"),
            ("120元整", "CNY 120"),
            ("120块钱", "CNY 120"),
            ("人民币120元", "CNY 120"),
            ("120 yuan", "CNY 120"),
            ("RMB 120.5", "CNY 120.50"),
            ("￥1,200.50", "CNY 1200.50"),
            ("¥1200", "CNY 1200"),
            ("１２０元", "CNY 120"),
            ("一百二十元", "CNY 120"),
            ("RMB 1万", "CNY 10000"),
            ("1.5万元", "CNY 15000"),
            ("两万五千元", "CNY 25000"),
            ("3千元", "CNY 3000"),
            ("1.234567万元", "CNY 12345.67"),
            ("EUR 99", "EUR 99"),
            ("99 euros", "EUR 99"),
            ("99,50 €", "EUR 99.50"),
            ("1.200,50 €", "EUR 1200.50"),
            ("1 200,50 €", "EUR 1200.50"),
            ("CHF 1'200.50", "CHF 1200.50"),
            ("1,000,000 USD", "USD 1000000"),
            ("€1.200.000", "EUR 1200000"),
            ("£20", "GBP 20"),
            ("£ 20.", "GBP 20"),
            ("US$20", "USD 20"),
            ("HK$1,200", "HKD 1200"),
            ("100港币", "HKD 100"),
            ("100美元", "USD 100"),
            ("JPY 1,200", "JPY 1200"),
            ("0.05 EUR", "EUR 0.05"),
        ] {
            let read = money(text).map(|money| money.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_asked_about() {
        for (text, why) in [
            ("120", NoMoney::NoCurrency),
            ("$20", NoMoney::WhichDollar),
            (
                "EUR 1.200",
                NoMoney::WhichSign {
                    one: "1200".to_owned(),
                    other: "1.2".to_owned(),
                },
            ),
            ("JPY 10.5", NoMoney::TooFine(Currency::Jpy)),
            ("EUR 10.0551", NoMoney::TooFine(Currency::Eur)),
            ("EUR 99999999999", NoMoney::TooLarge),
            ("EUR 20 USD", NoMoney::Unreadable),
            ("-20 EUR", NoMoney::Unreadable),
            ("EUR 1,2,3", NoMoney::Unreadable),
            ("EUR", NoMoney::Unreadable),
            ("a refund", NoMoney::Unreadable),
            ("", NoMoney::Unreadable),
        ] {
            assert_eq!(money(text), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(minor in 1u64..100_000_000_000, at in 0usize..14) {
            let money_ = Money { currency: Currency::ALL[at], minor };
            prop_assume!(minor / 10_u64.pow(Currency::ALL[at].decimals()) <= MOST);
            prop_assert_eq!(money(&money_.to_string()), Ok(money_));
        }

        #[test]
        fn any_text_is_an_amount_or_none(text in "[0-9.,' €元万]{0,20}|.{0,40}") {
            let _ = money(&text);
        }
    }
}
