//! Signatures: what stands below the words of every mail of a sender.

/// Most lines of a signature.
const MOST_LINES: usize = 20;

/// Where the signature at the end of some lines begins; their number where there is none.
pub(super) fn start(lines: &[&str]) -> usize {
    let mut end = trimmed(lines, lines.len());
    // one may stand below another: a phone's under the sender's own, a list's under both
    for _ in 0..4 {
        let Some(shorter) = cut(&lines[..end]) else {
            break;
        };
        // a signature alone is all that was written
        if lines[..shorter].iter().all(|line| line.trim().is_empty()) {
            break;
        }
        end = trimmed(lines, shorter);
    }
    end
}

fn trimmed(lines: &[&str], end: usize) -> usize {
    lines[..end]
        .iter()
        .rposition(|line| !line.trim().is_empty())
        .map_or(0, |last| last + 1)
}

fn cut(lines: &[&str]) -> Option<usize> {
    let last = lines.len().checked_sub(1)?;
    if is_phone_signature(lines[last]) {
        return Some(last);
    }
    // some phones wrap theirs
    if last > 0
        && lines[last].len() < 60
        && is_phone_signature(&format!(
            "{} {}",
            lines[last - 1].trim(),
            lines[last].trim()
        ))
    {
        return Some(last - 1);
    }
    let from = lines.len().saturating_sub(MOST_LINES);
    for (at, line) in lines.iter().enumerate().skip(from) {
        // RFC 3676 §4.3, with or without the blank that editors cut off
        if matches!(line.trim_end(), "--" | "—" | "– " | "--\u{a0}") && is_short(&lines[at + 1..])
        {
            return Some(at);
        }
        if is_rule(line.trim()) && is_list_footer(&lines[at + 1..]) {
            return Some(at);
        }
        if is_dashes(line.trim()) && is_contact(&lines[at + 1..]) {
            return Some(at);
        }
        // what is left of the card of NetEase's programs: a table's bars round a name and an address
        if at < last && is_bars(line) && is_bars(lines[last]) && is_contact(&lines[at + 1..last]) {
            return Some(at);
        }
    }
    None
}

fn is_short(lines: &[&str]) -> bool {
    lines.iter().all(|line| line.chars().count() <= 200)
        && lines.iter().all(|line| !line.trim_start().starts_with('>'))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 10 && line.bytes().all(|b| b == b'_')
}

fn is_dashes(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|b| matches!(b, b'-' | b'_' | b'=' | b'*'))
}

fn is_bars(line: &str) -> bool {
    line.contains('|') && line.chars().all(|c| c == '|' || c.is_whitespace())
}

fn is_list_footer(lines: &[&str]) -> bool {
    lines.len() <= 8
        && lines.iter().any(|line| {
            let lower = line.to_lowercase();
            ["mailing list", "listinfo", "unsubscribe", "mailman"]
                .iter()
                .any(|word| lower.contains(word))
        })
}

/// Short lines, most of which say how to reach somebody.
fn is_contact(lines: &[&str]) -> bool {
    let filled: Vec<&&str> = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let contact = filled
        .iter()
        .filter(|line| {
            let digits = line.bytes().filter(u8::is_ascii_digit).count();
            line.contains('@') || line.contains("http") || line.contains("www.") || digits >= 7
        })
        .count();
    !filled.is_empty()
        && filled.len() <= 15
        && filled.iter().all(|line| line.chars().count() <= 80)
        && contact > 0
        && contact * 4 >= filled.len()
}

/// `Sent from my iPhone`, `发自我的iPhone`: a line that a program wrote.
fn is_phone_signature(line: &str) -> bool {
    let line = line
        .trim()
        .trim_matches(['*', '_', '[', ']', '-', ' ', '(', ')']);
    if line.is_empty() || line.chars().count() > 120 {
        return false;
    }
    let lower = line.to_lowercase();
    const BEGIN: &[&str] = &[
        "sent from my ",
        "sent from mail for windows",
        "sent from yahoo",
        "sent from outlook",
        "sent from the ",
        "sent from samsung",
        "sent from a ",
        "sent via ",
        "sent using ",
        "sent with ",
        "sent by ",
        "sent from proton",
        "get outlook for ",
        "发自我的",
        "从我的",
        "来自我的",
        "發自我的",
        "從我的",
        "发自",
        "寄自我的",
        "通过我的",
        "von meinem ",
        "gesendet von ",
        "gesendet mit ",
        "envoyé de mon ",
        "envoyé depuis ",
        "envoyé à partir de ",
        "enviado desde mi ",
        "enviado desde ",
        "enviado do meu ",
        "enviado a partir do ",
        "enviado de mi ",
        "inviato da",
        "verzonden vanaf mijn ",
        "verstuurd vanaf mijn ",
        "wysłane z ",
        "wysłano z ",
        "отправлено с ",
        "отправлено из ",
        "skickat från min ",
    ];
    const BEGIN_TOO: &[&str] = &[
        "sendt fra min ",
        "lähetetty ",
        "iphone'umdan",
        "iphone’umdan",
        "odesláno z ",
        "elküldve ",
        "trimis de pe ",
        "enviado através ",
    ];
    const END: &[&str] = &[
        "から送信",
        "에서 보냄",
        "에서 보낸 메시지",
        "gönderildi",
        "发送",
        "送信",
        "傳送",
    ];
    // whole lines that only programs write, points and all
    #[rustfmt::skip]
    const WRITTEN: &[&str] = &[
        "sent with proton mail secure email", "diese nachricht wurde von meinem android", "获取 outlook", "下载 outlook",
        "獲取 outlook", "取得 outlook", "从 windows 版邮件", "從 windows 版郵件", "windows 版のメール", "outlook für ios", "outlook für android",
        "télécharger outlook pour", "obtenir outlook pour", "obtener outlook para", "ottieni outlook per",
        "obter o outlook para", "outlook voor ios", "outlook voor android", "pobierz outlook dla", "outlook for ios を入手",
        "outlook for android を入手", "hämta outlook för", "ios용 outlook", "загрузить outlook для", "получить outlook для",
        "outlook for ios'u edinin", "此邮件发送自", "发送自我的",
    ];
    if WRITTEN.iter().any(|words| lower.starts_with(words)) && lower.chars().count() <= 100 {
        return true;
    }
    // NetEase's card
    if lower.starts_with("签名由") && lower.ends_with("定制") {
        return true;
    }
    let begins = BEGIN
        .iter()
        .chain(BEGIN_TOO)
        .any(|words| lower.starts_with(words));
    let ends = END.iter().any(|words| lower.ends_with(words))
        && [
            "iphone", "ipad", "android", "手机", "手機", "华为", "小米", "ipod", "mail",
        ]
        .iter()
        .any(|device| lower.contains(device));
    // a sentence that begins the same goes on, and has its points
    let sentence = lower.contains(", ")
        || lower.ends_with('.') && !lower.ends_with("device.") && !lower.ends_with("phone.")
        || lower.contains('，')
        || lower.ends_with('。')
        || lower.split_whitespace().count() > 14;
    (begins || ends) && !sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_cut_off_and_words_are_not() {
        for (text, kept) in [
            ("Hello\n-- \nWang Li\nExample Ltd", 1),
            ("Hello\n--\nWang Li", 1),
            ("Hello\n\nSent from my iPhone", 1),
            ("Hello\n发自我的iPhone", 1),
            ("Hello\n从我的 iPhone 发送", 1),
            ("Hello\niPhoneから送信", 1),
            ("Hello\nVon meinem iPhone gesendet", 1),
            ("Hello\nGet Outlook for iOS <https://aka.ms/o0ukef>", 1),
            (
                "Hello\nSent from my desk, is much easier than my mobile phone.",
                2,
            ),
            ("Sent from my iPhone", 1),
            (
                "Hello\n____________________\nx mailing list\nhttp://x.example/listinfo",
                1,
            ),
            ("Hello\n----------------\nWang\nTel 010 1234 5678", 1),
            (
                "Hello\n\n| |\n李娜\n|\n|\nli.na@163.com\n|\n签名由 网易邮箱大师 定制",
                1,
            ),
            ("Hello\n| |\n李娜\n|\n|\n13800000000\n|", 1),
            ("Hello\n|\nfirst\n|\nsecond\n|", 6),
            ("签名由我本人所写，不是伪造。", 1),
            ("Hello\n签名由我本人所写，不是伪造。", 2),
            ("Hello\n-----\nSecond part of my complaint", 3),
            ("- a list\n- of things", 2),
            ("", 0),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(start(&lines), kept, "{text}");
        }
        let long = format!("Hello\n--\n{}", "my words\n".repeat(40));
        assert_eq!(start(&long.lines().collect::<Vec<_>>()), 42);
    }
}
