//! Reports in prose: what mail servers wrote before RFC 3464, and some still do.

use super::super::clean;
use super::{BounceRecipient, MOST_RECIPIENTS, addresses, reasons};

/// Most lines of a notice that are read.
const MOST_LINES: usize = 400;

/// Cuts a text where the returned mail begins.
pub(super) fn split_returned(text: &str) -> (&str, &str) {
    let mut at = 0;
    let mut words = false;
    for line in text.split_inclusive('\n') {
        if words && begins_returned(line.trim_end()) {
            return text.split_at(at);
        }
        words |= !line.trim().is_empty();
        at += line.len();
    }
    (text, "")
}

fn begins_returned(line: &str) -> bool {
    if line.len() > 120 || line.is_empty() {
        return false;
    }
    // at the margin: indented, the notice itself cites them
    let name = line.split(':').next().unwrap_or("");
    let name = name.trim_start_matches("> ").trim_start_matches(['>', '|']);
    if [
        "received",
        "return-path",
        "x-received",
        "dkim-signature",
        "mime-version",
        "message-id",
    ]
    .iter()
    .any(|field| name.eq_ignore_ascii_case(field))
    {
        return true;
    }
    let line = line.trim_start();
    let lower = line.to_lowercase();
    let framed = line.starts_with(['-', '=', '*', '_', '>']);
    let ends = ["follow", "follows", "follow.", "follows.", "follows:"];
    let introduces = framed
        || ends.iter().any(|end| lower.ends_with(end))
        || (lower.ends_with(':') && line.len() < 60);
    introduces
        && RETURNED.iter().any(|phrase| lower.contains(phrase))
        && !lower.contains("not delivered")
        && !lower.contains("could not")
}

#[rustfmt::skip]
const RETURNED: &[&str] = &[
    "original message", "copy of the message", "copy of your message", "message headers follow", "message header",
    "unsent message", "returned mail follows", "returned message", "message follows", "original mail",
    "headers of the message", "message text follows", "rejected message", "undelivered message", "returned mail",
    "message contents", "the body of the message", "header of the message", "original e-mail", "原邮件", "原始邮件",
    "原信", "原始信件", "your original", "message returned",
];

/// Recipients by the line in which they are named.
#[derive(Default)]
struct Named(Vec<(String, usize)>);

impl Named {
    fn add(&mut self, address: String, line: usize) {
        let new = !self
            .0
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(&address));
        if new && self.0.len() < MOST_RECIPIENTS {
            self.0.push((address, line));
        }
    }
}

/// How readily an address in a line is taken for a failed one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// The line is about nothing else.
    Strict,
    /// The line tells of failure.
    Loose,
    /// Even where help is usually offered.
    Any,
}

/// The recipients that a notice names. `known` are those its header names, `to` whom it was sent to.
pub(super) fn recipients(
    text: &str,
    subject: &str,
    known: &[String],
    to: &[String],
) -> Vec<BounceRecipient> {
    let lines: Vec<&str> = text.lines().map(str::trim).take(MOST_LINES).collect();
    let mut named = Named::default();
    for address in known {
        let lower = address.to_lowercase();
        let at = lines
            .iter()
            .position(|line| line.to_lowercase().contains(&lower));
        named.add(address.clone(), at.unwrap_or(0));
    }
    // where a header names them, the prose only repeats them
    for care in [Care::Strict, Care::Loose, Care::Any] {
        if !named.0.is_empty() {
            break;
        }
        let mut above = "";
        for (at, line) in lines.iter().enumerate() {
            if line.is_empty() {
                continue;
            }
            let fits = line.contains('@')
                && line.len() <= 1000
                && match care {
                    Care::Strict => is_subject_of(line),
                    Care::Loose | Care::Any => tells_of_failure(line) || tells_of_failure(above),
                };
            let mut found = if fits { addresses(line) } else { Vec::new() };
            if care != Care::Strict {
                found.truncate(1);
            }
            // help is offered in prose, failure stands in a line of its own
            if care == Care::Loose {
                found.retain(|address| !is_service(address) && !to.contains(address));
            }
            for address in found {
                named.add(address, at);
            }
            above = line;
        }
    }
    let starts: Vec<usize> = named.0.iter().map(|(_, at)| *at).collect();
    let alone = named.0.len() == 1;
    named
        .0
        .into_iter()
        .map(|(address, at)| {
            let next = starts.iter().filter(|start| **start > at).min();
            let end = next.copied().unwrap_or(lines.len()).min(at + 30);
            let own = lines[at.min(end)..end].join("\n");
            described(address, subject, if alone { text } else { &own }, &own)
        })
        .collect()
}

/// What a notice says about the one recipient of the mail it returns.
pub(super) fn about(text: &str, subject: &str, addressee: Option<String>) -> Vec<BounceRecipient> {
    addressee
        .filter(|address| !is_service(address))
        .map(|address| described(address, subject, text, text))
        .into_iter()
        .collect()
}

fn described(address: String, subject: &str, text: &str, own: &str) -> BounceRecipient {
    let bounded = &text[..text.floor_char_boundary(20_000)];
    let status = reasons::status(own).or_else(|| reasons::status(bounded));
    let reply_code = reasons::reply_code(own).or_else(|| reasons::reply_code(bounded));
    let action = if is_delayed(subject, bounded) {
        "delayed"
    } else {
        "failed"
    };
    let coded =
        |line: &&str| reasons::status(line).is_some() || reasons::reply_code(line).is_some();
    let diagnostic = own
        .lines()
        .find(coded)
        .or_else(|| bounded.lines().find(coded))
        .or_else(|| own.lines().skip(1).find(|line| !line.trim().is_empty()))
        .or_else(|| own.lines().next())
        .map(|line| clean::line(line, 300))
        .filter(|line| !line.is_empty());
    BounceRecipient {
        permanent: reasons::is_permanent(action, status.as_deref(), reply_code, bounded),
        address,
        action: action.to_owned(),
        status,
        reply_code,
        diagnostic,
    }
}

/// A line whose address is what the lines below it are about: `<a@b>:`, or the address alone.
fn is_subject_of(line: &str) -> bool {
    let Some(at) = line.find('@') else {
        return false;
    };
    let start = line[..at]
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace() || "<(\"':：;*[".contains(*c))
        .map_or(0, |(blank, c)| blank + c.len_utf8());
    let before = line[..start]
        .trim_matches(|c: char| c.is_whitespace() || "<(\"'*-•[".contains(c))
        .trim_end_matches([':', '：', ' '])
        .to_lowercase();
    let end = line[at + 1..]
        .find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-'))
        .map_or(line.len(), |end| at + 1 + end);
    let after = line[end..].trim_matches(|c: char| c.is_whitespace() || ">)\"'*-],".contains(c));
    const LABELS: &[&str] = &[
        "",
        "recipient",
        "recipient address",
        "intended recipient",
        "failed recipient",
        "rcpt to",
        "收件人",
        "收件者",
        "받는사람",
        "받는 사람",
        "수신자",
        "宛先",
        "empfänger",
        "destinataire",
        "destinatario",
        "получатель",
        "address",
        "mailto",
    ];
    LABELS.contains(&before.as_str())
        && (after.is_empty()
            || after.starts_with([':', '(', '.', '：', '<'])
            || after.starts_with("mailto:")
            // Exchange: `a@b on Thu, 29 Apr …`
            || after.starts_with("on ")
            || tells_of_failure(after))
}

fn tells_of_failure(line: &str) -> bool {
    let lower = line.to_lowercase();
    FAILURE.iter().any(|word| lower.contains(word))
}

#[rustfmt::skip]
const FAILURE: &[&str] = &[
    "fail", "unable", "undeliver", "not be delivered", "not delivered", "unknown", "not deliver", "deliver your",
    "delivering", "reject", "invalid", "full", "exceed", "no such", "does not exist", "doesn't exist",
    "unrouteable", "not exist", "could not", "couldn't", "cannot", "can't", "n'a pas pu", "recipient", "bounced",
    "rcpt to", "not found", "disabled", "not known", "returned", "did not reach", "no longer", "error", "550",
    "554", "553", "no match", "delayed", "generated from", "expanded from", "addressed to", "was addressed", "退信", "无法", "失败", "不存在", "被拒", "拒收", "nicht zugestellt",
];

fn is_delayed(subject: &str, text: &str) -> bool {
    let subject = subject.to_lowercase();
    let lower = text.to_lowercase();
    #[rustfmt::skip]
    const DELAYED: &[&str] = &[
        "this is a warning message only", "will be retried", "will continue to try", "still being retried",
        "not yet been delivered", "will keep trying", "still trying", "has been delayed",
        "no action is required on your part", "do not need to resend", "don't need to resend", "will try again",
        "will retry", "delivery attempts will continue", "is still undelivered", "will be tried again",
        "temporarily deferred",
    ];
    const OVER: &[&str] = &[
        "giving up",
        "permanent",
        "could not be delivered for",
        "has been returned",
        "have given up",
        "gave up",
    ];
    let said = DELAYED.iter().any(|words| lower.contains(words))
        || (subject.contains("delay") && subject.contains("deliver"))
        || subject.starts_with("warning: could not send");
    said && !OVER.iter().any(|words| lower.contains(words))
}

/// Addresses that notices name for help, not as failed.
fn is_service(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or("").to_lowercase();
    [
        "postmaster",
        "mailer-daemon",
        "abuse",
        "support",
        "helpdesk",
        "hostmaster",
        "noc",
        "webmaster",
    ]
    .contains(&local.as_str())
}
