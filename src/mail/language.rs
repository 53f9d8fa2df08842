//! The language of a text, as far as scripts and common words tell.

/// BCP 47 primary language; `None` where it can't be told.
pub(super) fn detect(text: &str) -> Option<&'static str> {
    let (mut han, mut kana, mut hangul, mut latin, mut other) = (0, 0, 0, 0, 0);
    for c in text.chars().take(20_000) {
        match c {
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
            c if c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c) => latin += 1,
            c if c.is_alphabetic() => other += 1,
            _ => {}
        }
    }
    // one Han character says about as much as a word of four letters
    let (han_letters, latin_words) = (han, latin / 4);
    if kana * 10 > han_letters && kana > 0 && kana + han_letters > latin_words {
        return Some("ja");
    }
    if hangul > latin_words && hangul > han_letters {
        return Some("ko");
    }
    if han_letters > 0 && han_letters >= latin_words {
        return Some("zh");
    }
    if latin == 0 || other > latin {
        return None;
    }
    latin_language(text)
}

/// English, unless another language's small words are clearly more.
fn latin_language(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &[&str]); 6] = [
        (
            "en",
            &[
                "the", "and", "is", "was", "to", "of", "my", "have", "not", "i", "you", "your",
                "it", "for", "please", "hello", "refund",
            ],
        ),
        (
            "de",
            &[
                "der", "die", "das", "und", "ist", "ich", "nicht", "mit", "bitte", "sehr", "ein",
                "wir",
            ],
        ),
        (
            "fr",
            &[
                "le", "les", "et", "est", "je", "une", "pas", "vous", "pour", "bonjour", "mon",
                "nous",
            ],
        ),
        (
            "es",
            &[
                "el", "los", "y", "es", "una", "que", "para", "por", "hola", "mi", "no", "con",
            ],
        ),
        (
            "it",
            &[
                "il",
                "di",
                "che",
                "non",
                "per",
                "sono",
                "una",
                "con",
                "mi",
                "buongiorno",
            ],
        ),
        (
            "pt",
            &[
                "o", "os", "que", "não", "uma", "para", "com", "meu", "por", "olá",
            ],
        ),
    ];
    let mut counts = [0usize; WORDS.len()];
    for word in text.split(|c: char| !c.is_alphabetic()).take(3000) {
        if word.is_empty() || word.len() > 12 {
            continue;
        }
        let lower = word.to_lowercase();
        for ((_, words), count) in WORDS.iter().zip(&mut counts) {
            *count += usize::from(words.contains(&lower.as_str()));
        }
    }
    let (best, count) = counts
        .iter()
        .enumerate()
        .max_by_key(|(i, count)| (**count, usize::MAX - i))?;
    (*count > 0).then(|| WORDS[best].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_complaint_is_told() {
        for (text, language) in [
            (
                "The parcel arrived damaged and I want my money back.",
                Some("en"),
            ),
            ("我对贵公司的服务非常不满意", Some("zh")),
            ("订单 12345 的 iPhone 15 Pro Max 商品损坏", Some("zh")),
            ("我對貴公司的服務非常不滿意", Some("zh")),
            ("Please see attached 投诉", Some("en")),
            ("商品が壊れていました。返金してください。", Some("ja")),
            ("상품이 파손되었습니다", Some("ko")),
            (
                "Ich bin sehr unzufrieden und die Ware ist kaputt",
                Some("de"),
            ),
            (
                "Je ne suis pas content, le colis est cassé et vous",
                Some("fr"),
            ),
            ("12345 !!!", None),
            ("", None),
            ("Товар пришёл сломанным", None),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }
}
