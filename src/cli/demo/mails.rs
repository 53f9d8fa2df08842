//! The mails of the demo: written for it, sent as they are.

use crate::mail::Reading;

/// What should become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A case, and one acknowledgement.
    Case,
    /// Filed, and not answered.
    Filed,
}

/// One mail of the demo.
#[derive(Debug)]
pub(super) struct DemoMail {
    /// What it is, for whoever watches.
    pub what: &'static str,
    pub expected: Expected,
    pub bytes: &'static [u8],
}

macro_rules! mail {
    ($file:literal, $expected:ident, $what:literal) => {
        DemoMail {
            what: $what,
            expected: Expected::$expected,
            bytes: include_bytes!(concat!("../../../config/demo/", $file)),
        }
    };
}

pub(super) const MAILS: [DemoMail; 13] = [
    mail!(
        "01-english.eml",
        Case,
        "a complaint in English, from Thunderbird"
    ),
    mail!(
        "02-chinese-utf8.eml",
        Case,
        "a complaint in Chinese (UTF-8), from QQ Mail"
    ),
    mail!(
        "03-chinese-gbk.eml",
        Case,
        "a complaint in Chinese (GBK), from 163"
    ),
    mail!(
        "04-chinese-html.eml",
        Case,
        "a complaint in Chinese, HTML only (GB18030), from Foxmail"
    ),
    mail!(
        "05-html-only.eml",
        Case,
        "a complaint in HTML only, from Outlook"
    ),
    mail!("06-two-photos.eml", Case, "a complaint with two photos"),
    mail!(
        "07-chinese-photo.eml",
        Case,
        "a complaint in Chinese with a photo called 照片.png"
    ),
    mail!("08-phone.eml", Case, "a short complaint from a phone"),
    mail!("09-latin1.eml", Case, "a complaint in ISO 8859-1"),
    mail!(
        "10-hostile-name.eml",
        Case,
        "a complaint whose name and subject smuggle header lines"
    ),
    mail!("11-out-of-office.eml", Filed, "an out-of-office message"),
    mail!("12-newsletter.eml", Filed, "a newsletter"),
    mail!(
        "13-bounce.eml",
        Filed,
        "a bounce of a mail that we never sent"
    ),
];

/// What a customer writes when they answer an acknowledgement.
pub(super) fn reply(to: &Reading, customer: &str) -> Vec<u8> {
    let address = to
        .reply_to
        .first()
        .map_or("complaints@example.com", |to| to.address.as_str());
    let id = to.message_id.as_deref().unwrap_or("");
    format!(
        "From: {customer}\r\nTo: {address}\r\nSubject: Re: {subject}\r\nMessage-ID: <reply.1@customers.example>\r\n\
         In-Reply-To: <{id}>\r\nReferences: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n\
         Thank you. The serial number of the machine is CM-2291.\r\n\r\n> {subject}\r\n",
        subject = to.subject
    )
    .into_bytes()
}

/// What a mail system writes in the name of a customer who is away: a real QQ holiday reply, which says so
/// nowhere but in a header of QQ's own and its subject.
pub(super) fn holiday_reply(to: &Reading, customer: &str) -> Vec<u8> {
    let id = to.message_id.as_deref().unwrap_or("");
    format!(
        "From: {customer}\r\nTo: complaints@example.com\r\n\
         Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSNOiDmgqjnmoTmipXor4k=?=\r\n\
         Message-ID: <holiday.1@customers.example>\r\nIn-Reply-To: <{id}>\r\nX-QQ-AUTO-REPLY: 1\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n您好，我正在休假，无法回复您的邮件。\r\n"
    )
    .into_bytes()
}
