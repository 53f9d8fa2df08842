//! The line above a quotation: "On Monday Wang wrote:", in the languages that mail programs speak.

/// Most lines it is wrapped over, and its longest form in bytes.
const MOST_LINES: usize = 4;
const LONGEST: usize = 500;

/// An attribution at the first of some lines.
pub(super) struct Attribution {
    /// How many lines it takes.
    pub(super) lines: usize,
    /// It names a day.
    pub(super) dated: bool,
    /// It names an address or a time, as people who tell a story don't.
    pub(super) exact: bool,
}

/// The attribution that begins with the first line, if any.
pub(super) fn at(lines: &[&str]) -> Option<Attribution> {
    let first = lines.first()?.trim();
    if first.is_empty() || first.len() > LONGEST {
        return None;
    }
    let mut joined = String::new();
    for (i, line) in lines.iter().take(MOST_LINES).enumerate() {
        let line = line.trim();
        if line.is_empty()
            || line.len() + joined.len() > LONGEST
            || (i > 0 && line.starts_with('>'))
        {
            return None;
        }
        // wrapped only where it begins like one
        if i > 0 && !begins(first) {
            return None;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(line);
        if let Some(found) = whole(&joined) {
            let lines = i + 1;
            return Some(Attribution { lines, ..found });
        }
    }
    None
}

/// Whether a text is an attribution from end to end.
fn whole(text: &str) -> Option<Attribution> {
    let framed = text.starts_with("--") && text.ends_with("--");
    let text = text
        .trim_start_matches(|c: char| c.is_whitespace() || "-*_|>~".contains(c))
        .trim_end_matches(|c: char| c.is_whitespace() || "-*_~".contains(c));
    let ends = text.ends_with([':', '：']) || framed;
    // most lines are none: what follows is for the few that end like one
    if !ends && !text.ends_with(['>', '道']) {
        return None;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let address = has_address(text);
    let exact = address || has_time(text);
    let dated = digits >= 2 || names_a_day(text);
    let lower = text.to_lowercase();
    let body = lower.trim_end_matches([':', '：', ' ', '\u{a0}']);
    let (verb, last) = verb(body);
    let found = if ends {
        // Gmail says no verb in some languages: `… <a@b>:`
        (verb && (dated || address || (last && !speech(body))))
            || (address && dated && has_time(text))
    } else {
        // old Gmail: `2013/11/1 Wang <a@b>`; Chinese without the colon
        (dated && address && text.ends_with('>') && text.starts_with(|c: char| c.is_ascii_digit()))
            || (dated && ["写道", "寫道"].iter().any(|v| body.ends_with(v)))
    };
    found.then_some(Attribution {
        lines: 1,
        dated,
        exact,
    })
}

/// How the first line of a wrapped attribution begins.
fn begins(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "-*_|~".contains(c));
    if !line.bytes().take(120).any(|b| b.is_ascii_digit()) {
        return false;
    }
    let lower = line.to_lowercase();
    const WORDS: &[&str] = &[
        "on ",
        "at ",
        "am ",
        "le ",
        "el ",
        "em ",
        "il ",
        "op ",
        "den ",
        "w dniu ",
        "dnia ",
        "dne ",
        "в ",
        "на ",
        "a ",
        "vào ",
        "pada ",
        "στις ",
        "il giorno ",
        "la ",
        "ב",
        "في ",
        "on\u{a0}",
        "le\u{a0}",
        "le :",
        "date:",
        "quoting ",
        "um ",
        "in data ",
    ];
    WORDS.iter().any(|word| lower.starts_with(word))
        || line.starts_with(['在', '于', '於'])
        || line.starts_with(|c: char| c.is_ascii_digit())
        || names_a_weekday_first(&lower)
        || has_address(line)
}

/// Whether a verb of writing stands in it, and whether as its last word.
fn verb(lower: &str) -> (bool, bool) {
    const VERBS: &[&str] = &[
        "wrote",
        "writes",
        "said",
        "replied",
        "schrieb",
        "schrieben",
        "a écrit",
        "ecrit",
        "écrit",
        "escribió",
        "escribio",
        "escreveu",
        "ha scritto",
        "scritto",
        "scrisse",
        "schreef",
        "schreven",
        "napisał",
        "napisała",
        "napisał(a)",
        "pisze",
        "написал",
        "написала",
        "написал(а)",
        "пишет",
        "писал",
        "писала",
        "skrev",
        "yazdı",
        "şunu yazdı",
        "yazmış",
        "kirjoitti",
        "napsal",
        "napsal(a)",
        "napsala",
        "napísal",
        "írta",
        "a scris",
        "пише",
        "написав",
        "έγραψε",
        "כתב",
        "כתבה",
        "كتب",
        "đã viết",
        "menulis",
        "je napisao",
        "dixit",
    ];
    const JOINED: &[&str] = &[
        "写道",
        "寫道",
        "写到",
        "写",
        "寫",
        "のメール",
        "書きました",
        "wrote",
        "님이 작성",
        "작성",
        "님의 말",
        "さんは書きました",
    ];
    if JOINED.iter().any(|verb| lower.ends_with(verb)) {
        return (true, true);
    }
    for verb in VERBS {
        let Some(at) = lower.rfind(verb) else {
            continue;
        };
        let bounded = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let end = at + verb.len();
        if bounded(lower[..at].chars().next_back()) && bounded(lower[end..].chars().next()) {
            return (true, end == lower.len());
        }
    }
    (false, false)
}

/// Verbs that people use of each other, and no mail program does.
fn speech(lower: &str) -> bool {
    ["said", "replied", "says", "answered"]
        .iter()
        .any(|verb| lower.ends_with(verb))
}

fn has_address(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c));
        word(text[..at].chars().next_back()) && word(text[at + 1..].chars().next())
    })
}

/// A time of day: `14:33`, `14.33`, `14h33`, `下午2:33`.
fn has_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(4).any(|four| {
        four[0].is_ascii_digit()
            && matches!(four[1], b':' | b'h' | b'.')
            && four[2].is_ascii_digit()
            && four[3].is_ascii_digit()
    })
}

fn names_a_day(text: &str) -> bool {
    names_a_weekday_first(&text.to_lowercase())
}

fn names_a_weekday_first(lower: &str) -> bool {
    const DAYS: &[&str] = &[
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so",
        "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "seg",
        "ter", "qua", "qui", "sex", "pon", "wt", "śr", "czw", "pt", "пн", "вт", "ср", "чт",
    ];
    let word = lower.trim_start_matches("on ");
    let word: String = word.chars().take_while(|c| c.is_alphabetic()).collect();
    DAYS.contains(&word.as_str())
        || [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "пт",
            "сб",
            "вс",
        ]
        .contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributions_are_known_in_many_languages() {
        for line in [
            "On Tue, 24 Nov 2026 at 09:30, Wang Li <wang@example.net> wrote:",
            "On Nov 24, 2026, at 9:30 AM, Wang Li <wang@example.net> wrote:",
            "On 24/11/2026 09:30, Wang wrote:",
            "On Tuesday, Wang Li wrote:",
            "Wang Li <wang@example.net> wrote:",
            "Wang Li wrote:",
            "--- On Tue, 11/24/26, Wang <wang@example.net> wrote:",
            "---- On Tue, 24 Nov 2026 09:30:00 +0800 Wang <wang@example.net> wrote ----",
            "2026/11/24 Wang Li <wang@example.net>",
            "At 2026-11-24 09:30:00, \"Wang Li\" <wang@example.net> wrote:",
            "在 2026-11-24 09:30:00，\"王小明\" <wang@example.net> 写道：",
            "在2026年11月24日 09:30，王小明 写道：",
            "王小明 <wang@example.net> 于2026年11月24日周二 上午9:30写道：",
            "於 2026年11月24日 週二 上午9:30寫道：",
            "2026年11月24日(火) 9:30 山田 <yamada@example.net>:",
            "2026년 11월 24일 (화) 오전 9:30, 김 <kim@example.net>님이 작성:",
            "Am 24.11.2026 um 09:30 schrieb Wang:",
            "Am Di., 24. Nov. 2026 um 09:30 Uhr schrieb Wang Li <wang@example.net>:",
            "Le mar. 24 nov. 2026 à 09:30, Wang Li <wang@example.net> a écrit :",
            "- Le 2026-11-24 09:30, Wang a écrit :",
            "El mar, 24 nov 2026 a las 9:30, Wang (<wang@example.net>) escribió:",
            "Em ter., 24 de nov. de 2026 às 09:30, Wang <wang@example.net> escreveu:",
            "Il giorno mar 24 nov 2026 alle ore 09:30 Wang <wang@example.net> ha scritto:",
            "Op di 24 nov 2026 om 09:30 schreef Wang <wang@example.net>:",
            "wt., 24 lis 2026 o 09:30 Wang <wang@example.net> napisał(a):",
            "W dniu 24.11.2026 o 09:30, Wang pisze:",
            "вт, 24 нояб. 2026 г. в 09:30, Wang <wang@example.net>:",
            "24.11.2026 09:30, Wang пишет:",
            "Den tis 24 nov. 2026 kl 09:30 skrev Wang <wang@example.net>:",
            "Wang <wang@example.net>, 24 Kas 2026 Sal, 09:30 tarihinde şunu yazdı:",
        ] {
            assert_eq!(at(&[line]).map(|found| found.lines), Some(1), "{line}");
        }
        for lines in [
            &[
                "On Tue, 24 Nov 2026 at 09:30, Wang Li",
                "<wang@example.net> wrote:",
            ][..],
            &[
                "Am 24.11.2026 um 09:30 schrieb",
                "Wang Li <wang@example.net>:",
            ],
            &[
                "在 2026年11月24日，上午9:30，王小明",
                "<wang@example.net> 写道：",
            ],
        ] {
            assert_eq!(at(lines).map(|found| found.lines), Some(2), "{lines:?}");
        }
    }

    #[test]
    fn a_customers_own_sentence_is_none() {
        for line in [
            "On 24 November I wrote to you and nobody answered.",
            "One outstanding question:",
            "On your remote host you can run:",
            "I have the following complaints:",
            "我的订单号：",
            "Reply to wang@example.net please",
            "The invoice of 24.11.2026 says:",
            "The driver said:",
            "He replied:",
            "",
        ] {
            assert!(at(&[line]).is_none(), "{line}");
        }
        assert!(at(&["Hello,", "On Tue, 24 Nov 2026 at 09:30, Wang wrote:"]).is_none());
    }
}
