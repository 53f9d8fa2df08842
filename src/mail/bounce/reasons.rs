//! Why a mail came back: codes in the server's words, and what they mean for the address.

/// An enhanced status code in a text (RFC 3463 §2): `5.1.1`.
pub(super) fn status(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter()
            .take(4)
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    bytes.iter().enumerate().find_map(|(at, byte)| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        if !matches!(byte, b'2' | b'4' | b'5')
            || before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.')
            || bytes.get(at + 1) != Some(&b'.')
        {
            return None;
        }
        let subject = digits(at + 2);
        let detail_at = at + 2 + subject + 1;
        if !(1..=3).contains(&subject) || bytes.get(detail_at - 1) != Some(&b'.') {
            return None;
        }
        let detail = digits(detail_at);
        let end = detail_at + detail;
        let goes_on = match bytes.get(end) {
            Some(b'.') => bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
            Some(next) => next.is_ascii_alphanumeric(),
            None => false,
        };
        ((1..=3).contains(&detail) && !goes_on).then(|| text[at..end].to_owned())
    })
}

/// An SMTP reply code in a text (RFC 5321 §4.2): `550 ` or `550-`.
pub(super) fn reply_code(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    bytes.windows(3).enumerate().find_map(|(at, three)| {
        let shaped = matches!(three[0], b'4' | b'5')
            && matches!(three[1], b'0'..=b'5')
            && three[2].is_ascii_digit();
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let (after, next) = (bytes.get(at + 3), bytes.get(at + 4));
        let part_of_more = before.is_some_and(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'/' | b'@' | b'_')
        });
        let ended = after.is_none_or(|b| b" -:,)\n\t]<".contains(b));
        // `555-1234` is a telephone number, `550-5.1.1` a reply of several lines
        let number = after == Some(&b'-')
            && next.is_some_and(|b| b.is_ascii_digit() && !matches!(b, b'4' | b'5'));
        if !shaped || part_of_more || !ended || number {
            return None;
        }
        text[at..at + 3].parse().ok()
    })
}

/// Whether the address itself is dead: nobody there, no such host, moved away. A full mailbox, a refused
/// content or a time-out ends this mail alone, and another may get through.
pub(super) fn is_permanent(
    action: &str,
    status: Option<&str>,
    code: Option<u16>,
    words: &str,
) -> bool {
    if action != "failed" {
        return false;
    }
    let folded = words
        .to_lowercase()
        .replace(['\u{2019}', '`'], "'")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let says = |list: &[&str]| list.iter().any(|words| folded.contains(words));
    let (class, detail) = status
        .and_then(|status| status.split_once('.'))
        .unwrap_or_default();
    if class == "4" {
        return false;
    }
    if says(FULL) {
        return false;
    }
    // nobody there, no such host, moved, takes no mail (RFC 3463 §3.2, RFC 7505)
    if matches!(detail, "1.1" | "1.2" | "1.3" | "1.6" | "1.10") {
        return true;
    }
    if says(ALWAYS_DEAD) {
        // accepted at first and refused with the content: a filter put it so
        return !says(AFTER_DATA);
    }
    // disabled or full (RFC 3463 §3.3), policy (§3.8), the sender's own address (§3.2)
    if matches!(detail, "2.1" | "2.2" | "2.3" | "1.7" | "1.8")
        || detail.starts_with("7.")
        || says(PASSING)
    {
        return false;
    }
    // what failed for good and gives no reason to hope
    says(DEAD) || code.is_none_or(|code| code >= 500)
}

/// Whether a mail was refused only once its content had been sent.
pub(super) fn is_after_data(text: &str) -> bool {
    let lower = text.to_lowercase();
    AFTER_DATA.iter().any(|words| lower.contains(words))
}

const AFTER_DATA: &[&str] = &[
    "end of data",
    "to data",
    "data command",
    "final data",
    "final dot",
    ">>> data",
    "smtp command data",
];

/// Said of addresses alone, whatever stands beside it.
#[rustfmt::skip]
const ALWAYS_DEAD: &[&str] = &[
    "user unknown", "unknown user", "no such user", "no such recipient", "recipient unknown",
    "unknown recipient", "no such mailbox", "mailbox not found", "user not found", "user doesn't exist",
    "user does not exist", "account does not exist", "mailbox does not exist", "address does not exist",
    "recipient does not exist", "no mailbox here by that name", "not a valid mailbox", "no such address",
    "invalid mailbox", "invalid recipient", "no smtp service", "not accepting network messages",
    "does not accept mail", "disabled or discontinued", "用户不存在", "收件人不存在",
];

#[rustfmt::skip]
const FULL: &[&str] = &[
    "mailbox full", "mailbox is full", "mailfolder is full", "over quota", "overquota", "quota exceeded",
    "exceeded quota", "exceeds quota", "exceeding their quota", "exceeded storage", "exceeds allowed size",
    "disk quota", "insufficient storage", "out of storage", "mailbox size", "not enough space",
    "too many messages", "邮箱已满", "容量不足",
];

/// Said of what may be otherwise tomorrow, or for another mail.
#[rustfmt::skip]
const PASSING: &[&str] = &[
    // too long on the way
    "timed out", "timeout", "time out", "retry time", "expired", "too long", "not responding",
    "connection refused", "try again", "temporar", "unable to connect", "network error", "no route",
    "queue too long", "too old", "retries", "was queued",
    // refused for what it is or where it came from
    "spam", "virus", "malware", "blocked", "blacklist", "blocklist", "block list", "listed at", "rbl", "dnsbl",
    "spf", "dkim", "dmarc", "ptr", "reverse dns", "reverse hostname", "reputation", "policy", "access denied",
    "relay", "not permitted", "not allowed", "authentication", "administratively", "prohibited",
    "content rejected", "message rejected", "too large", "too big", "message size", "size limit",
    "exceeds size", "rate limit",
    // resting
    "inactive", "disabled", "suspended", "discontinued", "not accepting mail", "greylist",
    // refused without a word about the address
    " rejected", "refused", "forbidden", "permission", "on hold", "did not accept", "cannot accept", "can't accept",
    "not be accepted", "socket error", "for the last", "all hosts have been failing", "line limit",
    "unfortunately, messages", "service unavailable", "local limit", "system error", "child process", "pipe to",
    "googlegroups", "groups.google", "google groups", "the group you tried", "too busy",
    // the sender's fault
    "sender address", "sender rejected", "sender verif", "rdns", "hop count", "too many hops", "loop",
];

#[rustfmt::skip]
const DEAD: &[&str] = &[
    "does not exist", "doesn't exist", "not found", "unknown host", "host unknown", "domain not found",
    "no such domain", "no such host", "unrouteable", "unroutable", "invalid recipient", "invalid address",
    "invalid final delivery", "not known", "unknown", "no longer", "has moved", "not exist", "no mx", "null mx",
    "nullmx", "does not accept mail", "doesn't accept mail", "domain does not accept", "mailbox unavailable",
    "no account", "invalid user", "not recognized", "no valid", "not listed in", "illegal user", "bad address",
    "bad destination", "undeliverable address",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_words() {
        for (text, expected_status, expected_code) in [
            (
                "550 5.1.1 <a@b.example>... User unknown",
                Some("5.1.1"),
                Some(550),
            ),
            ("smtp;550-5.7.26 Unauthenticated", Some("5.7.26"), Some(550)),
            (
                "host mx.example [192.0.2.5] said: 450 4.2.2 full",
                Some("4.2.2"),
                Some(450),
            ),
            ("on 5.10.2026 at 10.5.5.1", None, None),
            ("version 15.1.2, order 5501", None, None),
            ("call 555-1234", None, None),
            ("#5.1.1#", Some("5.1.1"), None),
            ("(#4.4.1)", Some("4.4.1"), None),
        ] {
            assert_eq!(status(text).as_deref(), expected_status, "{text}");
            assert_eq!(reply_code(text), expected_code, "{text}");
        }
    }

    #[test]
    fn only_a_dead_address_is_permanent() {
        for (action, code, words, permanent) in [
            ("failed", Some("5.1.1"), "", true),
            ("failed", Some("5.2.2"), "mailbox full", false),
            ("failed", Some("5.7.1"), "blocked by policy", false),
            ("failed", Some("4.4.7"), "", false),
            ("failed", None, "550 no such user here", true),
            ("delayed", Some("5.1.1"), "", false),
            ("failed", None, "", true),
            (
                "failed",
                Some("5.3.0"),
                "in reply to end of data: user unknown",
                false,
            ),
        ] {
            assert_eq!(
                is_permanent(action, code, None, words),
                permanent,
                "{words}"
            );
        }
    }
}
