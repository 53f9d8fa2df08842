//! A company at work by mail: its staff, a customer, and the mails that go between them.

use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders};
use redress::sandbox::smtp_server::Received;

use super::{Daemon, Site, wait};

/// Those who work on complaints.
pub const STAFF: &str = "\
[[staff]]\nid = \"li.na\"\nname = \"李娜\"\naddresses = [\"li.na@example.com\"]\nroles = [\"handler\"]\nlanguages = [\"zh\"]\n\
[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\naddresses = [\"ann.lee@example.com\"]\nroles = [\"handler\"]\nlanguages = [\"en\"]\n\
[[staff]]\nid = \"sun.yu\"\nname = \"Sun Yu\"\naddresses = [\"sun.yu@example.com\"]\nroles = [\"mediator\"]\n\
[[staff]]\nid = \"wu.lei\"\nname = \"Wu Lei\"\naddresses = [\"wu.lei@example.com\"]\nroles = [\"supervisor\"]\n\
[[staff]]\nid = \"warehouse\"\nname = \"Warehouse\"\naddresses = [\"warehouse@example.com\"]\nroles = [\"department\"]\n";

/// Our own mail server's word for a member's mail.
pub const VOUCHED: &str =
    "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n";

/// Settings that end what a company of many mails would meet: limits that have tests of their own.
const UNLIMITED: &str = "[quiet]\nper_address_per_day = 10000\ntold_per_address_per_day = 10000\n";

pub const ANN: &str = "ann.lee@example.com";
pub const LI_NA: &str = "li.na@example.com";
pub const WU_LEI: &str = "wu.lei@example.com";
pub const SUN_YU: &str = "sun.yu@example.com";
pub const WAREHOUSE: &str = "warehouse@example.com";
pub const WANG: &str = "wang@customers.test";

/// A complaint in English.
pub const BROKEN: &str = "The cup arrived broken and nobody answers my calls, refund me please.";

/// A mail that Redress sent.
#[derive(Clone)]
pub struct Mail {
    pub to: String,
    pub reply_to: String,
    pub message_id: String,
    pub subject: String,
    pub text: String,
    pub raw: String,
    pub automatic: bool,
    pub files: Vec<File>,
}

/// A file that came with a mail.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub media_type: String,
    pub disposition: String,
    pub bytes: Vec<u8>,
}

impl Mail {
    /// The reference of the case that it is about.
    pub fn reference(&self) -> String {
        let found = redress::case::CaseRef::find(&self.subject);
        found
            .unwrap_or_else(|| panic!("no reference in {}", self.subject))
            .to_string()
    }

    /// The second address of a notice: what is written there is for the customer.
    pub fn to_customer(&self) -> Option<String> {
        let mut words = self.text.split_whitespace();
        let word = words.find(|word| word.contains("+t1."))?;
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        Some(word.to_owned())
    }

    /// It says all this, wherever its lines break.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        let text = packed(&self.text);
        for word in words {
            assert!(
                text.contains(&packed(word)),
                "“{word}” is missing in\n{}\n{}",
                self.subject,
                self.text
            );
        }
    }

    /// Nothing of this is in it, in any part.
    #[track_caller]
    pub fn hides(&self, words: &[&str]) {
        for word in words {
            let inside = packed(&self.text).contains(&packed(word)) || self.raw.contains(word);
            assert!(!inside, "“{word}” is in {}", self.raw);
        }
    }
}

/// A text without blanks and line ends.
pub fn packed(text: &str) -> String {
    text.split_whitespace().collect()
}

pub struct Office {
    pub site: Site,
    daemon: Option<Daemon>,
    /// Mails written so far.
    written: usize,
}

impl Office {
    pub async fn new() -> Office {
        Office::with("").await
    }

    pub async fn with(sections: &str) -> Office {
        Office::start(STAFF, sections, false).await
    }

    /// An office whose time is in the test's hands.
    pub async fn driven(sections: &str) -> Office {
        Office::start(STAFF, sections, true).await
    }

    pub async fn start(staff: &str, sections: &str, driven: bool) -> Office {
        Office::prepared(staff, sections, driven, |_| {}).await
    }

    /// This office with a case of Ann's; her notice, and the customer's letter.
    pub async fn with_case(mut self) -> (Office, Mail, Mail) {
        let (letter, start) = self.complaint(BROKEN).await;
        let notice = self.one_since(start, ANN).await;
        (self, notice, letter)
    }

    /// An office whose site is prepared before its daemon starts.
    pub async fn prepared(
        staff: &str,
        sections: &str,
        driven: bool,
        prepare: impl FnOnce(&Site),
    ) -> Office {
        let site = Site::new().await;
        prepare(&site);
        if driven {
            site.drive_time().await;
        }
        configure(&site, staff, sections);
        let daemon = site.daemon();
        // everybody is sent the page of help
        let welcomed = "select count(*) from outbox where case_id is null and state = 'sent'";
        site.until(welcomed, staff.matches("addresses").count() as i64)
            .await;
        Office {
            site,
            daemon: Some(daemon),
            written: 0,
        }
    }

    /// The same company with other staff or settings.
    pub async fn becomes(&mut self, staff: &str, sections: &str) {
        self.rest().await;
        configure(&self.site, staff, sections);
        self.wake().await;
    }

    /// Ends the daemon in order.
    pub async fn rest(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            assert_eq!(daemon.terminate().await, 0);
        }
    }

    /// Ends the daemon in order, and starts another.
    pub async fn restart(&mut self) {
        self.rest().await;
        self.wake().await;
    }

    /// Starts a daemon, and waits until it is up: before, a signal would just kill it.
    async fn wake(&mut self) {
        const UP: &str = "select count(*) from daemon";
        let before = self.site.count(UP).await;
        self.daemon = Some(self.site.daemon());
        self.site.until(UP, before + 1).await;
    }

    /// Lets time pass while nobody is looking, as a night does.
    pub async fn pass(&mut self, time: Duration) {
        self.rest().await;
        self.site.advance(time).await;
        self.wake().await;
    }

    pub fn sent(&self) -> Vec<Mail> {
        self.site.smtp.received().iter().map(mail).collect()
    }

    /// All is done that was begun.
    pub async fn quiet(&self) {
        self.site
            .until("select count(*) from landed where state = 'waiting'", 0)
            .await;
        self.site
            .until(
                "select count(*) from outbox where state in ('queued', 'sending')",
                0,
            )
            .await;
    }

    /// After all is done: the mails to an address since so many were sent.
    pub async fn since(&self, count: usize, address: &str) -> Vec<Mail> {
        self.quiet().await;
        let sent = self.sent().into_iter().skip(count);
        sent.filter(|mail| mail.to == address).collect()
    }

    /// The one mail to an address since so many were sent.
    pub async fn one_since(&self, count: usize, address: &str) -> Mail {
        let mut found = self.since(count, address).await;
        let subjects: Vec<&str> = found.iter().map(|mail| mail.subject.as_str()).collect();
        assert_eq!(found.len(), 1, "{address}: {subjects:#?}");
        found.remove(0)
    }

    /// The first mail to an address since so many were sent, once it comes.
    pub async fn comes(&self, count: usize, address: &str, word: &str) -> Mail {
        let mut found = None;
        let come = wait(async || {
            let mut sent = self.sent().into_iter().skip(count);
            found = sent.find(|mail| {
                mail.to == address && (mail.text.contains(word) || mail.subject.contains(word))
            });
            found.is_some()
        })
        .await;
        assert!(
            come,
            "no mail to {address} says {word}\n{}",
            self.site.logs()
        );
        found.unwrap()
    }

    pub fn deliver(&mut self, headers: &str, body: &str) {
        self.written += 1;
        self.site.deliver(&format!(
            "{headers}Message-ID: <{}.staff@example.com>\nMIME-Version: 1.0\n{body}",
            self.written
        ));
    }

    /// Delivers whole mails, and waits until all is done that they begin.
    pub async fn take(&mut self, mails: &[Vec<u8>]) {
        let landed = self.site.count("select count(*) from landed").await;
        for mail in mails {
            self.site.deliver_bytes(mail);
        }
        self.landed(landed + mails.len() as i64).await;
    }

    async fn landed(&self, expected: i64) {
        let come =
            wait(async || self.site.count("select count(*) from landed").await >= expected).await;
        assert!(come, "mail doesn't land\n{}", self.site.logs());
        self.quiet().await;
    }

    /// A complaint by Wang Wei; the acknowledgement, and how many mails were sent before.
    pub async fn complaint(&mut self, text: &str) -> (Mail, usize) {
        let subject = "Broken cup";
        self.complaint_of(("Wang Wei", WANG), subject, text).await
    }

    pub async fn complaint_of(
        &mut self,
        (name, address): (&str, &str),
        subject: &str,
        text: &str,
    ) -> (Mail, usize) {
        let count = self.sent().len();
        let landed = self.site.count("select count(*) from landed").await + 1;
        self.deliver(
            &format!("From: {name} <{address}>\nTo: complaints@example.com\nSubject: {subject}\n"),
            &plain(text),
        );
        self.landed(landed).await;
        let all = self.since(count, address).await;
        (all[0].clone(), count)
    }

    /// A member's answer to a mail of ours, with our server's word for it; the mails that follow to them.
    pub async fn answer(&mut self, who: &str, to: &Mail, new_text: &str) -> Vec<Mail> {
        let body = plain(new_text);
        self.answer_as(who, to, &body).await
    }

    pub async fn answer_as(&mut self, who: &str, to: &Mail, body: &str) -> Vec<Mail> {
        let count = self.sent().len();
        let landed = self.site.count("select count(*) from landed").await + 1;
        self.deliver(
            &format!(
                "{VOUCHED}From: <{who}>\nTo: {}\nIn-Reply-To: <{}>\nSubject: Re: {}\n",
                to.reply_to, to.message_id, "the case"
            ),
            body,
        );
        self.landed(landed).await;
        self.since(count, who).await
    }

    /// A member's answer as their mail client writes it; the mails that follow to them.
    pub async fn by(
        &mut self,
        client: &str,
        (name, address): (&str, &str),
        to: &Mail,
        text: &str,
    ) -> Vec<Mail> {
        let client = super::clients::ALL.iter().find(|one| one.name == client);
        self.written += 1;
        let reply = super::clients::Reply {
            name,
            address,
            to,
            text,
            chinese: !name.is_ascii(),
            number: 10_000 + self.written,
        };
        let mut mail = VOUCHED.as_bytes().to_vec();
        mail.extend((client.unwrap().write)(&reply));
        let count = self.sent().len();
        self.take(&[mail]).await;
        self.since(count, address).await
    }

    /// All clocks that are due have been looked at.
    pub async fn ticked(&self) {
        let due = "select count(*) from clock where next_at is not null and next_at <= (select public.now())";
        self.site.until(due, 0).await;
        self.quiet().await;
    }

    /// Somebody else's answer to a mail of ours, without anybody's word for it; the mails that follow to `told`.
    pub async fn write(&mut self, who: &str, to: &Mail, body: &str, told: &str) -> Vec<Mail> {
        let count = self.sent().len();
        let landed = self.site.count("select count(*) from landed").await + 1;
        self.deliver(
            &format!(
                "From: {who}\nTo: {}\nIn-Reply-To: <{}>\nSubject: Re: {}\n",
                to.reply_to,
                to.message_id,
                // as clients do it: encoded where it isn't ASCII
                super::clients::header_text(&to.subject),
            ),
            body,
        );
        self.landed(landed).await;
        self.since(count, told).await
    }

    pub async fn stage(&self) -> String {
        sqlx::query_scalar("select stage from cases order by id limit 1")
            .fetch_one(&self.site.sql)
            .await
            .unwrap()
    }

    pub async fn stage_of(&self, reference: &str) -> String {
        sqlx::query_scalar("select stage from cases where reference = $1")
            .bind(reference)
            .fetch_one(&self.site.sql)
            .await
            .unwrap()
    }

    /// How often this is in the history of a case.
    pub async fn times(&self, reference: &str, event: &str) -> i64 {
        sqlx::query_scalar(
            "select count(*) from history h join cases c on c.id = h.case_id
             where c.reference = $1 and h.event = $2",
        )
        .bind(reference)
        .bind(event)
        .fetch_one(&self.site.sql)
        .await
        .unwrap()
    }

    /// The words of people on a case.
    pub async fn words(&self, reference: &str) -> Vec<String> {
        sqlx::query_scalar(
            "select w.body from words w join cases c on c.id = w.case_id where c.reference = $1",
        )
        .bind(reference)
        .fetch_all(&self.site.sql)
        .await
        .unwrap()
    }
}

fn configure(site: &Site, staff: &str, sections: &str) {
    // what is shown first has tests of its own
    let confirm = if sections.contains("[confirm]") {
        ""
    } else {
        "[confirm]\nacts = []\n"
    };
    let quiet = if sections.contains("[quiet]") {
        ""
    } else {
        UNLIMITED
    };
    let sections = format!("{staff}{confirm}{quiet}{sections}");
    site.configure("authserv_id = \"mx.example.com\"", "", &sections);
}

pub fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n")
}

fn mail(received: &Received) -> Mail {
    let raw = String::from_utf8_lossy(&received.bytes).into_owned();
    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    let reply_to = mail
        .reply_to()
        .and_then(|list| list.first()?.address().map(str::to_owned));
    let file = |part: &mail_parser::MessagePart<'_>| File {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        media_type: part.content_type().map_or_else(String::new, |kind| {
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
        }),
        disposition: part
            .content_disposition()
            .map_or_else(String::new, |kind| kind.ctype().to_owned()),
        bytes: part.contents().to_vec(),
    };
    Mail {
        to: received.recipient.clone(),
        reply_to: reply_to.unwrap_or_default(),
        message_id: mail.message_id().unwrap().to_owned(),
        subject: mail.subject().unwrap().to_owned(),
        text: mail.body_text(0).unwrap().into_owned(),
        automatic: mail.header("Auto-Submitted").is_some(),
        files: mail.attachments().map(file).collect(),
        raw,
    }
}
