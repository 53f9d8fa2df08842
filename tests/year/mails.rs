//! Mails as people, their clients and robots write them.

use super::model::Moment;
use super::people;
use super::world::Returned;

/// What everybody's complaint holds, so that it is known wherever it turns up.
pub fn token(number: usize) -> String {
    format!("K{number:06}Q")
}

/// Whose tokens a text holds.
pub fn tokens(text: &str) -> impl Iterator<Item = usize> {
    let found = text.split('K').skip(1).filter_map(|rest| rest.get(..7));
    found.filter_map(|found| found.strip_suffix('Q')?.parse().ok())
}

fn date(at: Moment) -> String {
    at.to_rfc2822()
}

/// The address of a customer. Where it isn't there, some mail servers say so at once, others by a mail later.
pub fn address(customer: usize, unreachable: bool) -> String {
    let domain = match (unreachable, customer % 2) {
        (true, 0) => REFUSING,
        (true, _) => RETURNING,
        (false, _) => "customers.test",
    };
    format!("c{customer}@{domain}")
}

pub const REFUSING: &str = "nowhere.test";
pub const RETURNING: &str = "relayed.test";

/// Who is asked about deliveries.
pub const THIRD_PARTY: &str = "desk@carrier.test";

const ENGLISH: [&str; 5] = [
    "The parcel arrived broken and the cup inside was in pieces. Please refund the order.",
    "I was charged twice for the same order and nobody answers the telephone at your shop.",
    "The delivery came two weeks late and the driver was rude to my mother at the door.",
    "Your website lost my basket three times, and then took the money without any order.",
    "The kettle leaks at the handle after a week of use, and I want another one, please.",
];

const CHINESE: [&str; 4] = [
    "我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。",
    "同一个订单被扣款两次，联系了三次客服都没有人处理，请尽快退款。",
    "配送晚了两个星期，送货员态度很差，希望贵公司给个说法。",
    "热水壶用了一个星期就漏水，要求更换新的商品，谢谢。",
];

/// What somebody is angry about.
pub fn complaint(number: usize, chinese: bool, angry: bool, choice: u64) -> String {
    let token = token(number);
    if chinese {
        let text = CHINESE[choice as usize % CHINESE.len()];
        return format!("{text}订单号 {token}。");
    }
    let text = ENGLISH[choice as usize % ENGLISH.len()];
    let temper = if angry {
        "THIS IS AN OUTRAGE!!! I will tell everybody, and my lawyer.\n\n"
    } else {
        ""
    };
    format!("{temper}{text} My order is {token}.\n")
}

/// A customer's mail: a new one, or an answer to a signed address.
pub struct FromCustomer<'a> {
    pub from: &'a str,
    pub name: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub id: String,
    pub at: Moment,
    /// A file of evidence goes with it.
    pub file: bool,
    /// Written by a machine.
    pub robot: bool,
}

impl FromCustomer<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let robot = if self.robot {
            "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n"
        } else {
            ""
        };
        let head = format!(
            "From: {} <{}>\nTo: {}\nSubject: {}\nMessage-ID: <{}@customers.test>\nDate: {}\n{robot}MIME-Version: 1.0\n",
            self.name,
            self.from,
            self.to,
            self.subject,
            self.id,
            date(self.at)
        );
        let plain = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
        let text = if self.file {
            format!(
                "{head}Content-Type: multipart/mixed; boundary=\"=_x\"\n\n--=_x\n{plain}\n{}\n--=_x\n\
                 Content-Type: application/pdf; name=\"receipt.pdf\"\nContent-Transfer-Encoding: base64\n\
                 Content-Disposition: attachment; filename=\"receipt.pdf\"\n\nJVBERi0xLjQKJSVFT0YK\n--=_x--\n",
                self.text
            )
        } else {
            format!("{head}{plain}\n{}\n", self.text)
        };
        text.replace('\n', "\r\n").into_bytes()
    }
}

/// A member's answer to a mail of ours; `vouched` is our own server's word for it.
pub fn from_staff(
    staffer: usize,
    (to, text): (&str, &str),
    (id, at): (u64, Moment),
    vouched: bool,
) -> Vec<u8> {
    let vouched = if vouched {
        "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n"
    } else {
        ""
    };
    format!(
        "{vouched}From: <{}>\nTo: {to}\nSubject: Re: the case\nMessage-ID: <{id}.staff@example.com>\nDate: {}\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n",
        people::address(staffer),
        date(at)
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

/// A newsletter that nobody asked for.
pub fn newsletter(number: u64, at: Moment) -> Vec<u8> {
    format!(
        "From: News <news@shop.test>\nTo: {}\nSubject: Our offers {number}\nMessage-ID: <{number}.news@shop.test>\nDate: {}\n\
         List-Id: <news.shop.test>\nList-Unsubscribe: <mailto:off@shop.test>\nPrecedence: bulk\nContent-Type: text/plain\n\nBuy now, number {number}.\n",
        people::MAILBOX,
        date(at)
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

/// A letter of ours comes back (RFC 3464).
pub fn returned(letter: &Returned, number: u64, at: Moment) -> Vec<u8> {
    let Returned {
        sender,
        recipient,
        message_id,
        ..
    } = letter;
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.{RETURNING}\nTo: <{sender}>\nSubject: Undelivered Mail Returned to Sender\n\
         Message-ID: <{number}.dsn@mx.{RETURNING}>\nDate: {}\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\n\n\
         --b1\n\n<{recipient}>: user unknown\n--b1\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.{RETURNING}\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\n--b1\nContent-Type: text/rfc822-headers\n\n\
         Message-ID: {message_id}\n--b1--\n",
        date(at)
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

/// The value of a header field of a mail of ours, unfolded.
pub fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(8000))?)
        .or_else(|problem| std::str::from_utf8(&bytes[..problem.valid_up_to()]))
        .ok()?;
    let head = text.split("\r\n\r\n").next()?;
    let mut lines = head.split("\r\n").skip_while(|line| {
        let start = line.get(..name.len());
        !(start.is_some_and(|start| start.eq_ignore_ascii_case(name))
            && line[name.len()..].starts_with(':'))
    });
    let mut value = lines.next()?[name.len() + 1..].trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value += line.trim();
    }
    Some(value)
}
