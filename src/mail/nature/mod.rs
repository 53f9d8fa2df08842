//! What kind of sender wrote a message. Automatic mail is never answered (promise 6).
//!
//! Headers say it for the most part (RFC 3834, and the vendors' own); where they don't, the subject of
//! a vacation message does. A human who writes about being out of office is still human.

mod notice;

use super::headers::Headers;
use super::structure::{Part, Structure};
use super::{Nature, Reading, address};

/// The nature of a message, and the header or line that showed it.
pub(super) fn nature(
    message: &Structure<'_>,
    reading: &Reading,
    own_addresses: &[String],
) -> (Nature, String) {
    let headers = &message.root().headers;
    let from = reading.from.as_ref().map(|from| from.address.as_str());
    let subject = reading.subject.as_str();
    if let Some(from) = from
        && own_addresses.contains(&address::without_tag(from))
    {
        return (Nature::Own, shown("From", from));
    }
    let lower = subject.to_lowercase();
    if lower.contains("report domain:") && lower.contains("submitter:") {
        // RFC 7489 §7.2.1.1, RFC 8460 §5.3
        return (Nature::Report, shown("Subject", subject));
    }
    // a mail server that refuses a mail may say so in the form of a receipt (Dovecot does)
    let sender = headers.first("from").unwrap_or_default();
    let refused = notice::is_daemon(&sender).then(|| shown("From", &sender));
    match by_content_type(message).or_else(|| by_parts(message)) {
        Some((Nature::Report, _)) if refused.is_some() => {}
        Some((nature, value)) => return (nature, shown("Content-Type", &value)),
        None => {}
    }
    if let Some(evidence) = refused.or_else(|| notice::evidence(headers, reading)) {
        return (Nature::Bounce, evidence);
    }
    if let Some(delivery) = super::bounce::is_about_delivery(&reading.text) {
        let nature = if delivery {
            Nature::Bounce
        } else {
            Nature::Report
        };
        return (nature, "Text: a notification of Amazon SES".to_owned());
    }
    let local = from
        .and_then(|from| from.split_once('@'))
        .map(|(local, _)| local.to_lowercase());
    // an ID or posting address makes a list; mere unsubscribing, a mass mailing
    for name in [
        "List-Id",
        "List-Post",
        "List-Unsubscribe",
        "Mailing-List",
        "X-Mailing-List",
    ] {
        if let Some(value) = headers.first(&name.to_ascii_lowercase()) {
            return (Nature::MailingList, shown(name, &value));
        }
    }
    if let Some(value) = headers.first("auto-submitted")
        && !first_word(&value).eq_ignore_ascii_case("no")
    {
        return (Nature::AutoReply, shown("Auto-Submitted", &value));
    }
    if let Some(value) = headers.first("precedence") {
        match first_word(&value).to_ascii_lowercase().as_str() {
            // a list says who it is as well (RFC 2919); this alone, only that no person wrote
            "bulk" | "junk" | "auto_reply" | "list" => {
                return (Nature::AutoReply, shown("Precedence", &value));
            }
            _ => {}
        }
    }
    for name in ROBOT_HEADERS {
        if let Some(value) = headers.first(&name.to_ascii_lowercase())
            && !["no", "none", "false"].contains(&first_word(&value).to_ascii_lowercase().as_str())
        {
            return (Nature::AutoReply, shown(name, &value));
        }
    }
    if is_null_path(headers) {
        return (Nature::AutoReply, "Return-Path: <>".to_owned());
    }
    if let Some(local) = &local
        && is_unread(local)
    {
        return (Nature::AutoReply, shown("From", local));
    }
    if is_receipt(subject, &reading.text) {
        return (Nature::Report, shown("Subject", subject));
    }
    if is_vacation_subject(subject) {
        return (Nature::AutoReply, shown("Subject", subject));
    }
    if let Some(line) = line_of_a_machine(&reading.text) {
        return (Nature::AutoReply, shown("Text", line));
    }
    (Nature::Human, String::new())
}

fn shown(name: &str, value: &str) -> String {
    format!("{name}: {}", super::clean::line(value, 100))
}

/// The line in which a text says of itself that a machine wrote it. That somebody is away, people say too.
fn line_of_a_machine(text: &str) -> Option<&str> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('>'))
        .take(3)
        .find(|line| {
            let lower = line.to_lowercase();
            SAID_BY_MACHINES.iter().any(|words| lower.contains(words))
        })
}

#[rustfmt::skip]
const SAID_BY_MACHINES: &[&str] = &[
    "假期自动回复", "这是自动回复", "这是一封自动回复", "本邮件为自动回复", "此邮件为自动回复", "此邮件为系统自动",
    "本邮件由系统自动", "這是自動回覆", "此為自動回覆", "this is an automatic reply", "this is an automated reply",
    "this is an automatic response", "this is an automated response", "this is an auto-reply",
    "this is an autoreply", "this message was generated automatically", "dies ist eine automatische antwort",
    "dies ist eine automatisch", "ceci est une réponse automatique", "esta es una respuesta automática",
    "questo è un messaggio automatico", "このメールは自動", "자동 회신 메일입니다",
];

fn is_null_path(headers: &Headers<'_>) -> bool {
    headers
        .first("return-path")
        .is_some_and(|path| path.trim() == "<>")
}

/// By the parts of a report in a message that doesn't call itself one.
fn by_parts(message: &Structure<'_>) -> Option<(Nature, String)> {
    if super::bounce::has_status_part(message) {
        return Some((Nature::Bounce, "message/delivery-status".to_owned()));
    }
    message
        .parts
        .iter()
        .map(Part::kind)
        .find(|kind| {
            matches!(
                *kind,
                "message/disposition-notification"
                    | "message/feedback-report"
                    | "application/tlsrpt+gzip"
                    | "application/tlsrpt+json"
            )
        })
        .map(|kind| (Nature::Report, kind.to_owned()))
}

/// Headers that only robots write.
const ROBOT_HEADERS: [&str; 10] = [
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Autogenerated",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-QQ-AUTO-REPLY",
    "X-Auto-Reply",
    "X-Autoresponse",
    "Feedback-ID",
];

/// Local parts that nobody reads, however they are punctuated and whatever follows.
fn is_unread(local: &str) -> bool {
    let letters = local.replace(['-', '_', '.'], "");
    let name = letters.split('+').next().unwrap_or("");
    ["bounce", "bounces"].contains(&name)
        || [
            "noreply",
            "donotreply",
            "nichtantworten",
            "neantworten",
            "nepasrepondre",
            "noresponder",
        ]
        .iter()
        .any(|start| name.starts_with(start))
}

/// A read receipt that was sent as an ordinary mail: Outlook's, in the languages it speaks.
fn is_receipt(subject: &str, text: &str) -> bool {
    const READ: &[(&str, &str)] = &[
        ("read:", "was read"),
        ("gelesen:", "gelesen"),
        ("lu:", "a été lu"),
        ("lu :", "a été lu"),
        ("leído:", "leído"),
        ("letto:", "letto"),
        ("lida:", "lida"),
        ("gelezen:", "gelezen"),
        ("przeczytano:", "przeczytan"),
        ("прочитано:", "прочитан"),
        ("已读:", "已"),
        ("已读：", "已"),
        ("已讀:", "已"),
        ("開封済み:", "開封"),
        ("읽음:", "읽"),
    ];
    let subject = subject.to_lowercase();
    READ.iter().any(|(start, words)| {
        subject.starts_with(start) && text.len() < 2_000 && text.to_lowercase().contains(words)
    })
}

/// Subjects of vacation messages that nobody would begin a letter with.
#[rustfmt::skip]
const VACATION: &[&str] = &[
    "自动回复", "自動回覆", "自动答复", "自動回信", "自动应答", "自動回復", "[自动回复", "【自动回复", "不在办公室", "自動応答", "不在通知",
    "자동 회신", "자동응답", "부재중", "automatic reply", "automatic response", "autoreply", "auto-reply", "auto reply",
    "[auto-reply]", "auto response", "vacation reply", "automatische antwort", "abwesenheitsnotiz",
    "abwesenheitsbenachrichtigung", "réponse automatique", "absence du bureau", "message d'absence",
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "risposta automatica", "fuori sede",
    "resposta automática", "fora do escritório", "automatisch antwoord", "afwezigheid", "autosvar",
    "automatiskt svar", "automatisk svar", "odpowiedź automatyczna", "автоответ", "автоматический ответ",
    "автоматична відповідь", "otomatik yanıt", "automatická odpověď", "automaattinen vastaus",
    "automatikus válasz", "răspuns automat", "αυτόματη απάντηση", "away from my mail", "out of office re:",
    "out of office: re:", "trả lời tự động", "balasan otomatis", "การตอบกลับอัตโนมัติ", "תשובה אוטומטית", "رد تلقائي",
];

/// Subjects of vacation messages where something like a colon follows, since people write these words too.
const VACATION_BEFORE_COLON: [&str; 4] = [
    "out of office",
    "out of the office",
    "abwesenheit",
    "absence",
];

fn is_vacation_subject(subject: &str) -> bool {
    let mut rest = subject.trim().to_lowercase();
    while let Some(shorter) = ["re:", "aw:", "回复:", "回复：", "答复:", "答复："]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))
    {
        rest = shorter.trim_start().to_owned();
    }
    VACATION.iter().any(|words| rest.starts_with(words))
        || VACATION_BEFORE_COLON.iter().any(|words| {
            rest.strip_prefix(words).is_some_and(|after| {
                let after = after.trim_start();
                after.is_empty() || after.starts_with([':', '：', '-', '–', '(', '（', '!', '['])
            })
        })
}

/// `multipart/report` by its type (RFC 6522); without one, by its parts.
fn by_content_type(message: &Structure<'_>) -> Option<(Nature, String)> {
    let root = message.root();
    let value = root.headers.first("content-type")?.into_owned();
    let nature = match root.kind() {
        "multipart/report" => match root.content_type.get("report-type") {
            Some(kind) if kind.eq_ignore_ascii_case("delivery-status") => Nature::Bounce,
            // receipts, feedback, TLS reports (RFC 8098, RFC 5965, RFC 8460)
            Some(_) => Nature::Report,
            // of those that don't name it, nearly all are bounces
            None => by_parts(message).map_or(Nature::Bounce, |(nature, _)| nature),
        },
        "message/delivery-status" => Nature::Bounce,
        "message/disposition-notification" | "message/feedback-report" => Nature::Report,
        _ => return None,
    };
    Some((nature, value))
}

fn first_word(value: &str) -> &str {
    value.split([';', ' ', '\t', '(']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &str, from: &str, subject: &str) -> Nature {
        let own = ["complaints@example.com".to_owned()];
        let raw = format!("{headers}\nFrom: {from}\nSubject: {subject}\n\nhello");
        let context = crate::mail::Context {
            own_addresses: &own,
            ..crate::mail::Context::default()
        };
        crate::mail::read(raw.as_bytes(), &context).nature
    }

    #[test]
    fn every_known_sign_of_a_robot_is_seen() {
        use Nature::{AutoReply, Bounce, Human, MailingList, Own, Report};
        for (headers, nature) in [
            ("Auto-Submitted: auto-replied", AutoReply),
            ("Auto-Submitted: auto-generated; x=y", AutoReply),
            ("Auto-Submitted: no", Human),
            ("Auto-Submitted: No (really)", Human),
            ("Return-Path: <>", AutoReply),
            ("Return-Path: <wang@example.net>", Human),
            ("Precedence: bulk", AutoReply),
            ("Precedence: junk", AutoReply),
            ("Precedence: list", AutoReply),
            ("Precedence: auto_reply", AutoReply),
            ("Precedence: first-class", Human),
            ("X-Auto-Response-Suppress: All", AutoReply),
            ("X-Auto-Response-Suppress: None", Human),
            ("X-Autoreply: yes", AutoReply),
            ("X-Autorespond: x", AutoReply),
            ("X-Autogenerated: Reply", AutoReply),
            ("X-AutoReply-From: a@b", AutoReply),
            ("X-Mail-Autoreply: x", AutoReply),
            ("X-QQ-AUTO-REPLY: 1", AutoReply),
            ("List-Id: <x.example.net>", MailingList),
            ("List-Unsubscribe: <mailto:x@y>", MailingList),
            ("List-Post: <mailto:x@y>", MailingList),
            ("Feedback-ID: 1:2:3", AutoReply),
            (
                "Content-Type: multipart/report; report-type=delivery-status",
                Bounce,
            ),
            (
                "Content-Type: multipart/report; report-type=disposition-notification",
                Report,
            ),
            (
                "Content-Type: multipart/report; report-type=feedback-report",
                Report,
            ),
            ("Content-Type: multipart/report; report-type=tlsrpt", Report),
            ("Content-Type: multipart/report", Bounce),
            ("Content-Type: text/plain", Human),
        ] {
            assert_eq!(
                of(headers, "wang@example.net", "hello"),
                nature,
                "{headers}"
            );
        }
        for (from, nature) in [
            ("MAILER-DAEMON@example.net", Bounce),
            ("postmaster@example.net", Bounce),
            ("no-reply@example.net", AutoReply),
            ("NoReply@example.net", AutoReply),
            ("do_not_reply@example.net", AutoReply),
            ("complaints@example.com", Own),
            ("Complaints+c1.2.3@Example.COM", Own),
            ("noreply-orders@example.net", AutoReply),
            ("noreen@example.net", Human),
        ] {
            assert_eq!(of("A: b", from, "hello"), nature, "{from}");
        }
    }

    #[test]
    fn a_vacation_message_is_known_by_its_subject_and_a_human_is_not() {
        use Nature::{AutoReply, Human};
        for (subject, nature) in [
            ("自动回复: 您的投诉", AutoReply),
            ("自動回覆：您的投訴", AutoReply),
            ("Automatic reply: Your complaint", AutoReply),
            ("Out of Office", AutoReply),
            ("Out of Office: Your complaint", AutoReply),
            ("Re: Out of office - back Monday", AutoReply),
            ("Abwesenheit: Ihre Beschwerde", AutoReply),
            ("Odpowiedź automatyczna: skarga", AutoReply),
            ("Read: the label on the box is wrong", Human),
            ("Out of office hours nobody answers your phone!", Human),
            ("I was out of office when your courier came", Human),
            ("回复: 自动回复太多了", AutoReply),
            ("你们的自动回复没有用", Human),
            ("Abwesenheit Ihres Technikers", Human),
            ("", Human),
        ] {
            assert_eq!(of("A: b", "wang@example.net", subject), nature, "{subject}");
        }
    }
}
