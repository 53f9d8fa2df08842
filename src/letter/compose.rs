//! From a case to a mail ready to be frozen in the outbox.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::escape::mailto;
use super::guide::{answers_a_mail, owes_rights};
use super::matter::Matter;
use super::mime::{File, Mail, build};
use super::template::{Letters, Text};
use super::values::{From, Values};
use super::{Answers, Audience, ReplyAddresses, SignedAddress, TemplateError};
use crate::ids::{CaseId, MemberId, PartyId};
use crate::language::Language;
use crate::markup::escape;
use crate::policy::Letter;

/// What a company puts in its letters.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The company's name in English and in Chinese letters.
    pub name_en: String,
    pub name_zh: String,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub time_zone: Tz,
    /// Whether the envelope sender of automatic letters is a signed address, so that mail returned
    /// later is noticed; the null reverse-path otherwise (RFC 3834 §3.3).
    pub signed_return_path: bool,
}

/// The mail that a letter answers, for mail clients to keep the two together.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Message-ID of the customer's mail, without angle brackets.
    pub message_id: Option<String>,
    /// Its References, oldest first.
    pub references: Vec<String>,
}

/// One letter to the customer of one case.
#[derive(Debug, Clone)]
pub struct ToCustomer {
    pub letter: Letter,
    /// The mailbox address that the customer wrote to, and that the letter comes from.
    pub from: String,
    pub case: CaseId,
    pub matter: Matter,
    /// Whose address it goes to: the customer's, but for an invitation.
    pub customer: PartyId,
    /// `local@domain`, proven to be one address.
    pub address: String,
    pub thread: Thread,
    /// 32 or more hexadecimal digits that nobody can guess: Message-ID and boundaries.
    pub token: String,
    /// When the letter is written.
    pub now: DateTime<Utc>,
    /// The zone that its dates are told in, where that isn't the company's: the profile's calendar may
    /// be another place's.
    pub zone: Option<Tz>,
}

/// One mail to a member of staff.
#[derive(Debug, Clone)]
pub struct ToStaff<'a> {
    /// The mailbox address that it comes from.
    pub from: &'a str,
    /// `None`: about no case.
    pub case: Option<CaseId>,
    pub member: MemberId,
    pub address: &'a str,
    pub language: Language,
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// The same for clients that show HTML, where it is more than the text.
    pub html: Option<&'a str>,
    pub files: &'a [File],
    /// Message-ID of the mail that it answers.
    pub answers: Option<String>,
    /// As of [`ToCustomer`].
    pub token: &'a str,
    pub now: DateTime<Utc>,
}

impl ToCustomer {
    /// Whom the address to answer to is made for.
    fn audience(&self) -> Audience {
        match self.letter {
            Letter::Invitation => Audience::ThirdParty(self.customer),
            _ => Audience::Customer(self.customer),
        }
    }
}

/// A mail whose bytes will not change any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Without angle brackets.
    pub message_id: String,
    /// Envelope sender; empty is the null reverse-path.
    pub sender: String,
    /// Envelope recipient.
    pub recipient: String,
    /// Whether nobody wrote it: what limits on automatic mail count (promise 6).
    pub automatic: bool,
    /// RFC 5322, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

/// Writes letters.
#[derive(Debug)]
pub struct Composer {
    letters: Letters,
    sender: Sender,
    reply_addresses: Option<ReplyAddresses>,
}

impl Composer {
    pub fn new(
        letters: Letters,
        sender: Sender,
        reply_addresses: Option<ReplyAddresses>,
    ) -> Composer {
        Composer {
            letters,
            sender,
            reply_addresses,
        }
    }

    /// The languages that letters can be written in: the built-in ones first.
    pub fn languages(&self) -> &[Language] {
        self.letters.languages()
    }

    /// Whether the company has words of its own for a letter.
    pub fn is_own(&self, letter: Letter, language: Language) -> bool {
        self.letters.is_own(letter, language)
    }

    /// The one-word answers that a letter in this language asks for.
    pub fn answers(&self, language: Language) -> Option<&Answers> {
        self.letters.answers(language)
    }

    pub(super) fn letters(&self) -> &Letters {
        &self.letters
    }

    /// Writes a letter. One in a language that there are no letters in (its folder was taken away) is
    /// written in the nearest that there is, else in English.
    ///
    /// # Errors
    /// A letter that owes the further rights and has none; a template that fails on this matter
    /// (templates are checked at start, so this is rare); an address that can't be written to.
    pub fn write(&self, to: &ToCustomer) -> Result<Frozen, TemplateError> {
        let language = self.letters.nearest(to.matter.language);
        let text = self.read(to)?;
        let reply_to = self.sign(&to.from, Some(to.case), to.audience());
        let domain = to
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let message_id = format!("{}.{}@{domain}", to.token, to.case);
        let automatic = to.letter.is_automatic();
        let bytes = build(&Mail {
            from_name: self.company(language),
            from: &to.from,
            to: &to.address,
            reply_to: reply_to.as_deref(),
            text: &text,
            files: &[],
            message_id: &message_id,
            thread: &to.thread,
            boundary: &to.token,
            auto_submitted: automatic.then_some(if answers_a_mail(to.letter) {
                "auto-replied"
            } else {
                "auto-generated"
            }),
            date: to.now,
        })
        .map_err(|problem| TemplateError::Mail {
            letter: to.letter,
            language,
            problem,
        })?;
        let sender = match (
            automatic,
            self.sign(&to.from, Some(to.case), Audience::Bounce(to.customer)),
        ) {
            (true, Some(signed)) if self.sender.signed_return_path => signed,
            (true, Some(_) | None) => String::new(),
            (false, Some(signed)) => signed,
            (false, None) => to.from.clone(),
        };
        Ok(Frozen {
            message_id,
            sender,
            recipient: to.address.clone(),
            automatic,
            bytes,
        })
    }

    /// Only what people read of a letter: its subject, text and HTML.
    ///
    /// # Errors
    /// As [`Composer::write`].
    pub fn read(&self, to: &ToCustomer) -> Result<Text, TemplateError> {
        let letter = to.letter;
        let language = self.letters.nearest(to.matter.language);
        if owes_rights(letter) && to.matter.rights.iter().all(|right| right.trim().is_empty()) {
            return Err(TemplateError::NoRights { letter, language });
        }
        // one that is printed goes through others' hands: nobody's address is in it
        let printed = to.address.is_empty();
        let signed = if printed {
            None
        } else {
            self.sign(&to.from, Some(to.case), to.audience())
        };
        let answer_to = signed.as_deref().unwrap_or(&to.from);
        let sender = &self.sender;
        let words = self.letters.words(language)?;
        let from = From {
            language,
            company: self.company(language),
            phone: sender.phone.as_deref(),
            website: sender.website.as_deref(),
            zone: to.zone.unwrap_or(sender.time_zone),
        };
        let mut values = Values::new(to.letter, &to.matter, words, from);
        values.printed = printed;
        // the subject holds the reference, so an answer finds its case even without a signed address
        let subject = self.letters.subject(to.letter, language, &values)?;
        let link = |body: Option<&str>| mailto(answer_to, &subject, body);
        values.yes_link = link(Some(&values.yes));
        values.no_link = link(Some(&values.no));
        values.reply_link = link(None);
        self.letters.render(to.letter, language, &values)
    }

    /// A signed address of a mailbox for this case, where there are keys.
    fn sign(&self, mailbox: &str, case: Option<CaseId>, audience: Audience) -> Option<String> {
        let keys = self.reply_addresses.as_ref()?;
        Some(keys.sign(mailbox, SignedAddress { audience, case }))
    }

    /// The address to which a member of staff writes for the customer to read; `None` without keys.
    pub fn to_customer(&self, mailbox: &str, case: CaseId, member: MemberId) -> Option<String> {
        self.sign(mailbox, Some(case), Audience::ToCustomer(member))
    }

    /// Whether staff can be given addresses to answer to.
    pub fn signs(&self) -> bool {
        self.reply_addresses.is_some()
    }

    /// Writes a mail to a member of staff.
    ///
    /// # Errors
    /// An address that can't be written to.
    pub fn write_to_staff(&self, to: &ToStaff<'_>) -> Result<Frozen, TemplateError> {
        let domain = to
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let (message_id, audience) = match to.case {
            Some(case) => (
                format!("{}.{case}@{domain}", to.token),
                Audience::Work(to.member),
            ),
            None => (format!("{}@{domain}", to.token), Audience::Desk(to.member)),
        };
        let reply_to = self.sign(to.from, to.case, audience);
        let text = Text {
            subject: to.subject.to_owned(),
            plain: to.text.to_owned(),
            html: match to.html {
                Some(html) => html.to_owned(),
                None => plain_as_html(to.text, to.language),
            },
        };
        let bytes = build(&Mail {
            from_name: self.company(to.language),
            from: to.from,
            to: to.address,
            reply_to: reply_to.as_deref(),
            text: &text,
            files: to.files,
            message_id: &message_id,
            thread: &Thread {
                message_id: to.answers.clone(),
                references: vec![],
            },
            boundary: to.token,
            auto_submitted: Some("auto-generated"),
            date: to.now,
        })
        .map_err(TemplateError::Notice)?;
        Ok(Frozen {
            message_id,
            sender: String::new(),
            recipient: to.address.to_owned(),
            automatic: true,
            bytes,
        })
    }

    /// The company's name in letters of a language: Chinese of any script has its own.
    fn company(&self, language: Language) -> &str {
        let tag = language.as_str();
        if tag == "zh" || tag.starts_with("zh-") {
            &self.sender.name_zh
        } else {
            &self.sender.name_en
        }
    }
}

/// Plain text for clients that show HTML alone: its lines as they are, and nothing in it is markup.
fn plain_as_html(text: &str, language: Language) -> String {
    let escaped = escape(text.chars());
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"color-scheme\" content=\"light dark\"></head>\n\
         <body><pre style=\"white-space:pre-wrap;font-family:inherit;font-size:15px\">{escaped}</pre></body></html>\n"
    )
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
