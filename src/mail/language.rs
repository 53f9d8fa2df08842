//! The language of a text, as far as scripts and common words tell.

/// BCP 47 primary language; `None` where it can't be told.
pub(super) fn detect(text: &str) -> Option<&'static str> {
    let (mut han, mut kana, mut hangul, mut latin) = (0, 0, 0, 0);
    let mut others = [0usize; OTHERS.len()];
    for c in text.chars().take(20_000) {
        match c {
            c if c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c) => latin += 1,
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => han += 1,
            c if c.is_ascii() => {}
            c => {
                let script = OTHERS
                    .iter()
                    .position(|(from, to, _)| (*from..=*to).contains(&c));
                if let Some(script) = script {
                    others[script] += 1;
                }
            }
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
    let (most, script) = others.iter().zip(OTHERS).max_by_key(|(count, _)| **count)?;
    if *most > latin {
        let ukrainian = script.2 == "ru" && text.contains(['і', 'ї', 'є']);
        return Some(if ukrainian { "uk" } else { script.2 });
    }
    if latin == 0 {
        return None;
    }
    latin_language(text)
}

/// Scripts that are mostly one language's in mail.
const OTHERS: [(char, char, &str); 6] = [
    ('\u{400}', '\u{52f}', "ru"),
    ('\u{370}', '\u{3ff}', "el"),
    ('\u{590}', '\u{5ff}', "he"),
    ('\u{600}', '\u{6ff}', "ar"),
    ('\u{e00}', '\u{e7f}', "th"),
    ('\u{900}', '\u{97f}', "hi"),
];

/// English, unless another language's small words are clearly more.
fn latin_language(text: &str) -> Option<&'static str> {
    #[rustfmt::skip]
    const WORDS: [(&str, &[&str]); 11] = [
        ("en", &["the", "and", "is", "was", "to", "of", "my", "have", "not", "i", "you", "your", "it", "for", "please", "hello", "refund"]),
        ("de", &["der", "die", "das", "und", "ist", "ich", "nicht", "mit", "bitte", "sehr", "ein", "wir", "noch", "immer"]),
        ("fr", &["le", "les", "et", "est", "je", "une", "pas", "vous", "pour", "bonjour", "mon", "nous"]),
        ("es", &["el", "los", "y", "es", "una", "que", "para", "por", "hola", "mi", "con"]),
        ("it", &["il", "di", "che", "non", "per", "sono", "una", "con", "mi", "buongiorno"]),
        ("pt", &["os", "que", "não", "uma", "para", "meu", "minha", "por", "olá", "você"]),
        ("nl", &["de", "het", "een", "en", "ik", "niet", "dat", "van", "mijn", "voor", "graag", "geen"]),
        ("pl", &["w", "nie", "się", "jest", "proszę", "dzień", "dobry", "dla", "że", "oraz"]),
        ("sv", &["och", "att", "jag", "inte", "är", "det", "en", "som", "för", "hej", "med", "på"]),
        ("tr", &["ve", "bir", "bu", "için", "ben", "değil", "çok", "merhaba", "lütfen", "ile", "iade"]),
        ("vi", &["và", "là", "tôi", "không", "của", "cho", "được", "xin", "với", "hàng", "này"]),
    ];
    // letters that no other of these languages has
    const LETTERS: [(&str, &str); 6] = [
        ("pl", "łąęśżźńć"),
        ("tr", "ğış"),
        ("vi", "ơưđạảấầẩậắằẵặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửựỳỵỷỹ"),
        ("de", "ß"),
        ("pt", "ãõ"),
        ("es", "ñ"),
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
        if lower.is_ascii() {
            continue;
        }
        let letters = LETTERS
            .iter()
            .find(|(_, all)| lower.contains(|c: char| !c.is_ascii() && all.contains(c)));
        let language = letters.and_then(|(name, _)| WORDS.iter().position(|(n, _)| n == name));
        if let Some(at) = language {
            counts[at] += 1;
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
            (
                "Czajnik zepsuł się pierwszego dnia i chcę zwrotu pieniędzy.",
                Some("pl"),
            ),
            (
                "Su ısıtıcısı ilk gün bozuldu, paramı geri istiyorum.",
                Some("tr"),
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
            ("Товар пришёл сломанным", Some("ru")),
            (
                "Dzień dobry, proszę o zwrot pieniędzy, pralka jest zepsuta",
                Some("pl"),
            ),
            (
                "Ik wil graag mijn geld terug, het apparaat is kapot",
                Some("nl"),
            ),
            ("Tôi không hài lòng với hàng này", Some("vi")),
        ] {
            assert_eq!(detect(text), language, "{text}");
        }
    }
}
