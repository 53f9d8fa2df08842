//! Delivery reports in prose, known by who sends them and what they say.

use super::super::Reading;
use super::super::headers::Headers;
use super::{first_word, is_null_path, shown};

/// What shows that a message reports a mail that wasn't delivered.
pub(super) fn evidence(headers: &Headers<'_>, reading: &Reading) -> Option<String> {
    if let Some(value) = headers.first("x-failed-recipients") {
        return Some(shown("X-Failed-Recipients", &value));
    }
    let subject = reading
        .subject
        .trim_start_matches(['*', ' '])
        .to_lowercase();
    let answered = ["re:", "fw:", "fwd:", "aw:", "回复", "答复", "转发"];
    // an answer to a report is a person's
    if answered.iter().any(|prefix| subject.starts_with(prefix)) {
        return None;
    }
    let by_subject = SURE
        .iter()
        .any(|words| subject.starts_with(words) || subject.ends_with(words))
        || (LIKELY.iter().any(|words| subject.contains(words))
            && (is_from_a_machine(headers, reading) || names_recipients(&reading.text))
            && tells_of_failed_mail(&reading.text));
    let by_path = || is_null_path(headers) && tells_of_failed_mail(&reading.text);
    (by_subject || by_path()).then(|| shown("Subject", &reading.subject))
}

/// What mail servers call themselves.
pub(super) fn is_daemon(sender: &str) -> bool {
    let lower = sender.to_lowercase();
    let local = lower
        .rsplit('<')
        .next()
        .unwrap_or("")
        .split(['@', '>', ' ', '('])
        .find(|word| !word.is_empty())
        .unwrap_or("")
        .replace('_', "");
    [
        "mailer-daemon",
        "postmaster",
        "mail-daemon",
        "mailerdaemon",
        "maildaemon",
        "mdaemon",
    ]
    .contains(&local.as_str())
        || [
            "mail delivery subsystem",
            "mail delivery system",
            "mailer-daemon",
            "internet mail delivery",
        ]
        .iter()
        .any(|name| lower.contains(name))
}

/// As no person would put it.
fn names_recipients(text: &str) -> bool {
    let top = text[..text.floor_char_boundary(3000)].to_lowercase();
    [
        "following recipient",
        "following address",
        "failed permanently",
        "recipients:",
        "以下收件人",
        "下列收件人",
    ]
    .iter()
    .any(|words| top.contains(words))
}

fn is_from_a_machine(headers: &Headers<'_>, reading: &Reading) -> bool {
    let sender = headers.first("from").unwrap_or_default().to_lowercase();
    let names = [
        "system",
        "administrator",
        "mail",
        "delivery",
        "robot",
        "daemon",
    ];
    is_null_path(headers)
        || headers
            .first("auto-submitted")
            .is_some_and(|value| !first_word(&value).eq_ignore_ascii_case("no"))
        || reading.from.is_none()
        || names.iter().any(|name| sender.contains(name))
}

fn tells_of_failed_mail(text: &str) -> bool {
    let top = text[..text.floor_char_boundary(3000)].to_lowercase();
    top.contains('@') && FAILED.iter().any(|words| top.contains(words))
}

/// Subjects of nothing but delivery reports.
#[rustfmt::skip]
const SURE: &[&str] = &[
    "undelivered mail", "undeliverable mail", "undeliverable:", "undeliverable message", "delivery status notification",
    "returned mail", "failure notice", "mail delivery failed", "mail delivery failure", "mail system error",
    "mail could not be delivered", "mail not delivered", "failed mail", "mail failed, returning",
    "message delivery failure", "mail failure", "nicht zustellbar:", "unzustellbar:", "non remis",
    "non recapitabile:", "no entregado:", "不可送达", "无法送达:", "系统退信", "退信通知", "未送达邮件", "退信:",
    "недоставленное сообщение", "ваше сообщение не доставлено", "配信不能", "メールエラー通知",
    "notice: mail delivery status", "non-delivery:", "delivery notification:", "[postmaster] email delivery",
    "mail delivery problem", "mail delivery warning", "message delivery has failed", "delayed mail (",
];

/// Subjects of delivery reports, and of mails about parcels.
#[rustfmt::skip]
const LIKELY: &[&str] = &[
    "delivery failure", "delivery report", "failure delivery", "delivery status", "message delayed",
    "warning: message", "mail error", "warning: could not send", "mail delivery", "undelivered", "undeliverable",
    "delivery has failed", "delivery delayed", "processing error", "退信", "message you sent blocked",
    "returned to sender", "rejected mail", "delivery problem", "could not be delivered", "user unknown",
];

#[rustfmt::skip]
const FAILED: &[&str] = &[
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered", "not delivered",
    "undeliverable", "unable to deliver", "not deliver", "did not reach", "delivery failed", "delivery has failed",
    "failed permanently", "failed recipient", "following recipient", "following address", "returned mail",
    "user unknown", "unknown user", "no such user", "mailbox full", "mailbox is full", "has been rejected",
    "was rejected", "not been delivered", "delivery to", "退信", "无法投递", "无法送达", "不存在", "被退回", "投递失败",
    "rcpt to", "original message", "does not exist", "invalid final delivery",
];
