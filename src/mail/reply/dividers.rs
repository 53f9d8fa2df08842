//! What mail programs put between a reply and the whole mail below it: dividers and header blocks.

use super::labels::{Field, field};

/// Most lines a header block is looked for in.
const BLOCK: usize = 12;

/// Whether everything from this line on is an earlier mail.
pub(super) fn begins_history(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    if line.len() > 500 {
        return false;
    }
    if is_divider(line) || asks_to_reply_above(line) {
        return true;
    }
    if is_rule(line) || is_framed(line) {
        let next = lines[at + 1..]
            .iter()
            .take(3)
            .position(|line| !line.trim().is_empty());
        return next.is_some_and(|next| is_header_block(&lines[at + 1 + next..]));
    }
    is_header_block(&lines[at..])
}

/// A line such as `-----Original Message-----` in any of the languages of Outlook, QQ, Foxmail …
pub(super) fn is_divider(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_matches(|c: char| c.is_whitespace() || "-_=*—–─".contains(c));
    let framed =
        line.len() - inner.len() >= 4 && line.starts_with(['-', '_', '=', '*', '—', '–', '─']);
    // without its dashes only the colon shows that it isn't a sentence
    let introduced = inner.ends_with([':', '：']);
    if inner.is_empty() || inner.len() > 80 || !(framed || introduced) {
        return false;
    }
    let lower = inner
        .trim_end_matches([':', '：'])
        .trim_end()
        .to_lowercase()
        // what is left of a Turkish İ
        .replace('\u{307}', "");
    const PHRASES: &[&str] = &[
        "original message",
        "original e-mail",
        "original email",
        "forwarded message",
        "forwarded by",
        "reply message",
        "begin forwarded message",
        "message transféré",
        "message original",
        "message d'origine",
        "courriel d'origine",
        "ursprüngliche nachricht",
        "originalnachricht",
        "original-nachricht",
        "weitergeleitete nachricht",
        "mensaje original",
        "mensaje reenviado",
        "mensagem original",
        "mensagem encaminhada",
        "messaggio originale",
        "messaggio inoltrato",
        "oorspronkelijk bericht",
        "doorgestuurd bericht",
        "oryginalna wiadomość",
        "wiadomość oryginalna",
        "wiadomość przekazana",
        "исходное сообщение",
        "пересылаемое сообщение",
        "конец пересылаемого сообщения",
        "ursprungligt meddelande",
        "vidarebefordrat meddelande",
        "oprindelig meddelelse",
        "opprinnelig melding",
        "orijinal mesaj",
        "özgün ileti",
        "iletilen mesaj",
        "původní zpráva",
        "eredeti üzenet",
        "mesaj original",
        "alkuperäinen viesti",
        "原始邮件",
        "原始信件",
        "原始郵件",
        "原邮件",
        "原始信息",
        "邮件原文",
        "回复的原邮件",
        "回复的邮件",
        "replied message",
        "邮件原件",
        "转发邮件信息",
        "转发的邮件",
        "元のメッセージ",
        "원본 메시지",
        "전달된 메시지",
        "원본 메일",
        "원본메일",
    ];
    let is_phrase = |phrase: &str| {
        lower == phrase
            || (framed && lower == "original")
            || (framed && lower.starts_with(phrase) && lower.len() < phrase.len() + 40)
    };
    PHRASES.iter().any(|phrase| is_phrase(phrase))
}

/// A divider above a mail that is passed on, not answered.
pub(in super::super) fn is_forward_divider(line: &str) -> bool {
    if !is_divider(line) {
        return false;
    }
    let lower = line.to_lowercase();
    #[rustfmt::skip]
    const FORWARDED: &[&str] = &[
        "forward", "transféré", "weitergeleitet", "reenviado", "encaminhada", "inoltrato", "doorgestuurd", "przekazana",
        "пересылаем", "vidarebefordrat", "iletilen", "转发", "轉寄", "転送", "전달된",
    ];
    FORWARDED.iter().any(|word| lower.contains(word))
}

/// What other mailboxes put above the mails they send.
fn asks_to_reply_above(line: &str) -> bool {
    let lower = line.to_lowercase();
    (line.starts_with(['-', '#', '=', '*', '_']) && line.ends_with(['-', '#', '=', '*', '_']))
        && [
            "reply above this line",
            "type your reply above",
            "write above this line",
            "请在此行上方回复",
            "请在此线上方回复",
            "bitte antworten sie oberhalb dieser zeile",
            "répondre au-dessus de cette ligne",
        ]
        .iter()
        .any(|phrase| lower.contains(phrase))
}

/// Words between dashes, whatever they say.
fn is_framed(line: &str) -> bool {
    const DASHES: [char; 4] = ['-', '—', '─', '='];
    let dashes = |count: usize| count >= 4;
    line.chars().count() <= 80
        && dashes(line.chars().take_while(|c| DASHES.contains(c)).count())
        && dashes(
            line.chars()
                .rev()
                .take_while(|c| DASHES.contains(c))
                .count(),
        )
}

/// A drawn line.
fn is_rule(line: &str) -> bool {
    const DRAWN: [char; 6] = ['_', '-', '=', '—', '─', '*'];
    line.chars().all(|c| DRAWN.contains(&c)) && line.chars().take(5).count() == 5
}

/// `From:`, `Sent:`, `To:`, `Subject:` above the mail that is answered.
fn is_header_block(lines: &[&str]) -> bool {
    let Some((first, value)) = lines.first().and_then(|line| field(line)) else {
        return false;
    };
    if !matches!(
        first,
        Field::From | Field::Date | Field::Subject | Field::To
    ) {
        return false;
    }
    let mut seen = vec![first];
    let mut named = value.contains('@');
    let mut strays = 0;
    for line in lines.iter().skip(1).take(BLOCK) {
        match field(line) {
            Some((field, value)) => {
                if !seen.contains(&field) {
                    seen.push(field);
                }
                named |= field == Field::From && value.contains('@');
                strays = 0;
            }
            None if line.trim().is_empty() && seen.len() > 2 => break,
            None => {
                // a long list of recipients goes on in the next line
                strays += 1;
                if strays > 2 {
                    break;
                }
            }
        }
    }
    // a journey has From, To and Date as well; only a mail has a subject or an address
    let has = |field| seen.contains(&field);
    has(Field::From)
        && ((has(Field::Subject) && (has(Field::Date) || has(Field::To)))
            || (named && seen.len() >= 3)
            || (named && has(Field::Date) && first == Field::From))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dividers_and_header_blocks_begin_history() {
        for text in [
            "-----Original Message-----",
            "----- Original Message -----",
            "------------------ 原始邮件 ------------------",
            "-------- 转发邮件信息 --------",
            "-----Ursprüngliche Nachricht-----",
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "From: Wang\nSent: Tuesday\nTo: Li\nSubject: x",
            "*From:* Wang <wang@example.net>\n*Date:* Tuesday",
            "发件人： 王\n发送时间： 2026-11-24\n收件人： 李\n主题： x",
            "Von: Wang\nGesendet: Dienstag\nAn: Li\nBetreff: x",
            "________________________________\nFrom: Wang\nSent: Tuesday\nTo: Li\nSubject: x",
            "De : Wang\nEnvoyé : mardi\nÀ : Li\nObjet : x",
            "差出人: 山田\n送信日時: 2026年\n宛先: 李\n件名: x",
            "------------------ Original ------------------",
            "-----Özgün İleti-----",
            "---- Svar på dette ----\nFra: Wang <wang@example.net>\nDato: tirsdag\nTil: Li",
            "---- 回复的原邮件 ----",
            "| From | Wang <wang@example.net> |\n| Date | 11/24/2026 |\n| Subject | x |",
            "发件人\t王<wang@example.net>\n发送日期\t2026年11月24日\n主题\tx",
            "发件人 王<wang@example.net>\n发送日期 2026年11月24日\n主题 x",
            "##- Please type your reply above this line -##",
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert!(begins_history(&lines, 0), "{text}");
        }
    }

    #[test]
    fn a_customers_own_lines_do_not() {
        for text in [
            "From: Beijing\nTo: Shanghai\nDate: Monday\nSeats: two",
            "The original message was rude.",
            "----------",
            "________________________________\nyours",
            "Date: Monday\nOrder: 5",
            "Subject: my complaint\nDear all",
            "原始邮件我没有收到",
            "---- my order ----\nKettle\nTo be sent to Shanghai",
            "From\tTo\nBeijing\tShanghai",
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert!(!begins_history(&lines, 0), "{text}");
        }
    }
}
