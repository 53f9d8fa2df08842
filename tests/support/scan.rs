//! What must hold of every mail that any test makes Redress send (promises 6 and 10): it is for one person, holds no
//! signed address but that person's own, and no word that was written for others.

use std::collections::{BTreeMap, BTreeSet};

use mail_parser::{Message, MessageParser, MimeHeaders};
use redress::letter::{Audience, ReplyAddresses};
use redress::sandbox::smtp_server::Received;
use sqlx::{Connection, PgConnection};

use super::Site;
use super::office::packed;

/// By their id: addresses, and whether they are a department and nothing else.
pub type People = BTreeMap<String, (BTreeSet<String>, bool)>;

/// Words for colleagues alone; of these facts none is ever told to a customer.
const INTERNAL: &str = "select w.body, h.event from history h join words w on w.case_id = h.case_id
    where (h.event in ('noted', 'found', 'viewed', 'hand_off_answered', 'explained')
           and encode(w.sha256, 'hex') = h.data->>'words')
       or (h.event = 'handed_off' and encode(w.sha256, 'hex') = h.data->>'question')";

/// Words that a member wrote for the customer or a third party: told to whom they are for.
const OUTWARD: &str = "select w.body from history h join words w on w.case_id = h.case_id
    where h.event in ('replied', 'proposed', 'particulars_asked', 'resolved', 'mediated', 'closed',
                      'third_party_invited', 'extended')
      and encode(w.sha256, 'hex') in (h.data->>'words', h.data->>'reasons', h.data->>'remedy',
                                      h.data->>'reason')";

/// Shorter words are found anywhere.
const SHORTEST: usize = 8;

/// Adds the people of a configuration.
pub fn note_people(people: &mut People, configuration: &str) {
    // a configuration that tests how errors are told may be anything
    let Ok(table) = configuration.parse::<toml::Table>() else {
        return;
    };
    let staff = table.get("staff").and_then(toml::Value::as_array);
    for member in staff.into_iter().flatten() {
        let Some(id) = member.get("id").and_then(toml::Value::as_str) else {
            continue;
        };
        let list = |key: &str| -> BTreeSet<String> {
            let list = member.get(key).and_then(toml::Value::as_array);
            let words = list.into_iter().flatten().filter_map(toml::Value::as_str);
            words.map(str::to_lowercase).collect()
        };
        let department = list("roles") == BTreeSet::from(["department".to_owned()]);
        let known = people.entry(id.to_owned()).or_default();
        known.0.extend(list("addresses"));
        known.1 = department;
    }
}

/// What is known of those who are written to.
struct Known {
    mailboxes: Vec<String>,
    keys: Option<ReplyAddresses>,
    members: BTreeMap<i64, String>,
    people: People,
    parties: BTreeMap<i64, String>,
    internal: Vec<(String, String)>,
    outbox: BTreeMap<String, Row>,
}

/// A mail as it stands in the database.
struct Row {
    letter: Option<String>,
    automatic: bool,
    recipient: String,
}

/// Every promise that a mail of this site breaks.
pub fn scan(site: &Site) -> Vec<String> {
    let received = site.smtp.received();
    if received.is_empty() {
        return vec![];
    }
    let known = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(known(site))
        });
        thread.join().unwrap()
    });
    let mut problems = Vec::new();
    for mail in &received {
        for problem in known.problems(mail) {
            problems.push(format!("to {}: {problem}", mail.recipient));
        }
    }
    problems.dedup();
    problems
}

async fn known(site: &Site) -> Known {
    let mut sql = PgConnection::connect(&site.database).await.unwrap();
    let mut people = site.people.lock().unwrap().clone();
    let written = std::fs::read_to_string(site.config()).unwrap_or_default();
    note_people(&mut people, &written);
    let mailboxes = written.parse::<toml::Table>().ok().map(|table| {
        let all = table.get("mailbox").and_then(toml::Value::as_array);
        let all = all.into_iter().flatten();
        let addresses = all.filter_map(|one| one.get("address")?.as_str());
        addresses.map(str::to_owned).collect::<Vec<_>>()
    });
    let keys = std::fs::read_to_string(site.folder.path().join("keys")).unwrap_or_default();
    let outward: Vec<String> = sqlx::query_scalar(OUTWARD)
        .fetch_all(&mut sql)
        .await
        .unwrap();
    let outward: Vec<String> = outward.iter().map(|words| packed(words)).collect();
    let internal: Vec<(String, String)> =
        sqlx::query_as(INTERNAL).fetch_all(&mut sql).await.unwrap();
    let internal = internal
        .into_iter()
        .map(|(words, event)| (packed(&words), event))
        .filter(|(words, _)| words.chars().count() >= SHORTEST)
        // what a member told both to colleagues and to the customer is no secret
        .filter(|(words, _)| !outward.iter().any(|out| out.contains(words)))
        .collect();
    let members: Vec<(i64, String)> = sqlx::query_as("select id, person from member")
        .fetch_all(&mut sql)
        .await
        .unwrap();
    let parties: Vec<(i64, String)> =
        sqlx::query_as("select id, coalesce(lower(address), '') from party")
            .fetch_all(&mut sql)
            .await
            .unwrap();
    let outbox: Vec<(String, Option<String>, bool, String)> =
        sqlx::query_as("select message_id, letter, automatic, recipient from outbox")
            .fetch_all(&mut sql)
            .await
            .unwrap();
    let row = |(id, letter, automatic, recipient)| {
        let row = Row {
            letter,
            automatic,
            recipient,
        };
        (id, row)
    };
    Known {
        mailboxes: mailboxes.unwrap_or_else(|| vec![site.address.clone()]),
        keys: ReplyAddresses::from_key_file(&keys).ok(),
        members: members.into_iter().collect(),
        people,
        parties: parties.into_iter().collect(),
        internal,
        outbox: outbox.into_iter().map(row).collect(),
    }
}

impl Known {
    fn problems(&self, mail: &Received) -> Vec<String> {
        let Some(read) = MessageParser::default().parse(&mail.bytes) else {
            return vec!["it can't be read".to_owned()];
        };
        let mut problems = self.envelope(mail, &read);
        let parts = parts(&mail.bytes, &read);
        for address in self.signed(&parts) {
            problems.extend(self.is_anothers(&address, mail));
        }
        if !mail.sender.is_empty() && self.signed(std::slice::from_ref(&mail.sender)).is_empty() {
            let own = self.mailboxes.contains(&mail.sender);
            if !own {
                problems.push(format!("its envelope sender is {}", mail.sender));
            }
        }
        problems.extend(self.automatic(mail, &read));
        problems.extend(self.words(mail, &parts));
        problems
    }

    /// One recipient, and nobody else named.
    fn envelope(&self, mail: &Received, read: &Message<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        let to: Vec<&str> = read
            .to()
            .into_iter()
            .flat_map(|list| list.iter())
            .filter_map(|address| address.address())
            .collect();
        if to != [mail.recipient.as_str()] {
            problems.push(format!("To names {to:?}"));
        }
        for name in ["Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"] {
            if read.header(name).is_some() {
                problems.push(format!("it has a field {name}"));
            }
        }
        problems
    }

    /// Every address in it that is one of ours with a tag.
    fn signed(&self, parts: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for mailbox in &self.mailboxes {
            let (local, domain) = mailbox.rsplit_once('@').unwrap();
            let (start, end) = (format!("{local}+"), format!("@{domain}"));
            for part in parts {
                let lower = part.to_lowercase();
                for (at, _) in lower.match_indices(&start) {
                    let rest = &lower[at..];
                    let Some(until) = rest.find(&end) else {
                        continue;
                    };
                    let address = &rest[..until + end.len()];
                    if address.len() < 200 && !address.contains(char::is_whitespace) {
                        found.insert(address.to_owned());
                    }
                }
            }
        }
        found
    }

    /// Why a signed address isn't the receiver's own.
    fn is_anothers(&self, address: &str, mail: &Received) -> Option<String> {
        let Some(keys) = &self.keys else {
            return Some(format!("{address} is there without keys"));
        };
        let mut own = self.mailboxes.iter();
        let Some(proven) = own.find_map(|own| keys.prove(own, address)) else {
            return Some(format!("{address} isn't signed by any key"));
        };
        let receiver = mail.recipient.to_lowercase();
        // an address that was erased meanwhile tells nothing
        let of_party = |party| {
            let known = self.parties.get(&party);
            known.is_some_and(|known| *known == receiver || known.is_empty())
        };
        let of_member = |member| {
            let person = self.members.get(&member);
            let known = person.and_then(|person| self.people.get(person));
            known.is_some_and(|(addresses, _)| addresses.contains(&receiver))
        };
        let fits = match proven.signed.audience {
            Audience::Customer(party) | Audience::ThirdParty(party) | Audience::Bounce(party) => {
                of_party(party.0)
            }
            Audience::Work(member) | Audience::ToCustomer(member) | Audience::Desk(member) => {
                of_member(member.0)
            }
        };
        (!fits).then(|| format!("{address} was made for somebody else"))
    }

    /// Mail that nobody wrote says so (RFC 3834), and no person's letter does.
    fn automatic(&self, mail: &Received, read: &Message<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        let id = read.message_id().unwrap_or_default();
        let marked = read
            .header("Auto-Submitted")
            .and_then(|value| value.as_text());
        let Some(row) = self.outbox.get(id) else {
            return vec![format!("{id} isn't in the outbox")];
        };
        if row.recipient != mail.recipient && !row.recipient.is_empty() {
            problems.push("the outbox has another recipient".to_owned());
        }
        let by_nobody = match row.letter.as_deref() {
            // to staff
            None => true,
            Some(letter) => matches!(
                letter,
                "acknowledgement"
                    | "particulars_reminder"
                    | "satisfaction_question"
                    | "satisfaction_reminder"
                    | "reopened"
            ),
        };
        let says = marked.is_some_and(|value| value.starts_with("auto-"));
        if (by_nobody || row.automatic) && !says {
            problems.push(format!("{:?} isn't marked as automatic", row.letter));
        }
        if !row.automatic && marked.is_some() {
            problems.push(format!(
                "{:?} is a person's, marked as automatic",
                row.letter
            ));
        }
        problems
    }

    /// No words for colleagues in mail to others.
    fn words(&self, mail: &Received, parts: &[String]) -> Vec<String> {
        let receiver = mail.recipient.to_lowercase();
        let mut staff = self.people.values();
        let member = staff.find(|(addresses, _)| addresses.contains(&receiver));
        let secret = |event: &str| match member {
            None => true,
            // §7: its question and its own answer are a department's to see
            Some((_, true)) => matches!(event, "noted" | "found" | "viewed"),
            Some((_, false)) => false,
        };
        let parts: Vec<String> = parts.iter().map(|part| packed(part)).collect();
        let told = self.internal.iter().filter(|(words, event)| {
            secret(event) && parts.iter().any(|part| part.contains(words.as_str()))
        });
        told.map(|(words, event)| format!("words that were {event}: {words}"))
            .collect()
    }
}

/// All of a mail in which something can stand: its fields, its texts, its files, as they are and with what is
/// written for links undone.
fn parts(raw: &[u8], read: &Message<'_>) -> Vec<String> {
    let raw = String::from_utf8_lossy(raw);
    let head = raw.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", "").replace("\r\n\t", "");
    let mut parts = vec![unfolded, read.subject().unwrap_or_default().to_owned()];
    for part in &read.parts {
        parts.push(String::from_utf8_lossy(part.contents()).into_owned());
        parts.extend(part.attachment_name().map(str::to_owned));
    }
    for at in 0..read.html_body_count() {
        parts.extend(read.body_html(at).map(|html| html.into_owned()));
    }
    for at in 0..read.text_body_count() {
        parts.extend(read.body_text(at).map(|text| text.into_owned()));
    }
    let undone: Vec<String> = parts
        .iter()
        .map(|part| {
            let text = part.replace("%2B", "+").replace("%2b", "+");
            text.replace("%40", "@")
                .replace("&#43;", "+")
                .replace("&#x2b;", "+")
        })
        .collect();
    parts.extend(undone);
    parts
}

/// The scan finds what it looks for.
#[cfg(test)]
mod tests {
    use redress::ids::{CaseId, MemberId, PartyId};
    use redress::letter::SignedAddress;

    use super::*;

    const OURS: &str = "complaints@example.com";

    fn keys() -> ReplyAddresses {
        ReplyAddresses::from_key_file(&format!("1 {}", "5a".repeat(32))).unwrap()
    }

    fn known() -> Known {
        let member = |address: &str, department| ([address.to_owned()].into(), department);
        let row = Row {
            letter: Some("acknowledgement".to_owned()),
            automatic: true,
            recipient: "wang@customers.test".to_owned(),
        };
        let reply = Row {
            letter: Some("update".to_owned()),
            automatic: false,
            recipient: "wang@customers.test".to_owned(),
        };
        let question = Row {
            letter: None,
            automatic: true,
            recipient: "warehouse@example.com".to_owned(),
        };
        Known {
            mailboxes: vec![OURS.to_owned()],
            keys: Some(keys()),
            members: [(1, "ann.lee".to_owned()), (2, "warehouse".to_owned())].into(),
            people: [
                ("ann.lee".to_owned(), member("ann.lee@example.com", false)),
                (
                    "warehouse".to_owned(),
                    member("warehouse@example.com", true),
                ),
            ]
            .into(),
            parties: [(7, "wang@customers.test".to_owned())].into(),
            internal: vec![("Betweenus:apain.".to_owned(), "noted".to_owned())],
            outbox: [
                ("1@example.com".to_owned(), row),
                ("2@example.com".to_owned(), reply),
                ("3@example.com".to_owned(), question),
            ]
            .into(),
        }
    }

    fn address(audience: Audience) -> String {
        let case = Some(CaseId(1));
        keys().sign(OURS, SignedAddress { audience, case })
    }

    fn found(recipient: &str, head: &str, body: &str) -> Vec<String> {
        let mail = Received {
            sender: String::new(),
            recipient: recipient.to_owned(),
            bytes: format!("From: {OURS}\r\n{head}\r\n\r\n{body}\r\n").into_bytes(),
        };
        known().problems(&mail)
    }

    const TO_WANG: &str =
        "To: wang@customers.test\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <1@example.com>";
    const FROM_ANN: &str = "To: wang@customers.test\r\nMessage-ID: <2@example.com>";
    const QUESTION: &str = "To: warehouse@example.com\r\nAuto-Submitted: auto-generated\r\nMessage-ID: <3@example.com>";

    #[test]
    fn a_mail_for_its_receiver_alone_breaks_nothing() {
        let own = address(Audience::Customer(PartyId(7)));
        let head = format!("{TO_WANG}\r\nReply-To: {own}");
        let none: Vec<String> = vec![];
        assert_eq!(found("wang@customers.test", &head, &own), none);
        assert_eq!(found("wang@customers.test", FROM_ANN, "Hello"), none);
        let work = address(Audience::Work(MemberId(2)));
        let head = format!("{QUESTION}\r\nReply-To: {work}");
        assert_eq!(found("warehouse@example.com", &head, "When?"), none);
    }

    #[test]
    fn every_broken_promise_is_found() {
        let work = address(Audience::Work(MemberId(1)));
        let linked = work.replace('+', "%2B").replace('@', "%40");
        let coded = data_encoding::BASE64.encode(format!("write to {work}").as_bytes());
        let other = address(Audience::Customer(PartyId(8)));
        let made_up = work.replace("+w1.1.", "+w1.2.");
        let in_base64 = format!("{TO_WANG}\r\nContent-Transfer-Encoding: base64");
        let to = "wang@customers.test";
        for (recipient, head, body, expected) in [
            (
                to,
                format!("{TO_WANG}\r\nReply-To: {work}"),
                "x",
                "made for somebody else",
            ),
            (
                to,
                TO_WANG.to_owned(),
                work.as_str(),
                "made for somebody else",
            ),
            (
                to,
                TO_WANG.to_owned(),
                linked.as_str(),
                "made for somebody else",
            ),
            (to, in_base64, coded.as_str(), "made for somebody else"),
            (
                to,
                TO_WANG.to_owned(),
                other.as_str(),
                "made for somebody else",
            ),
            (
                to,
                TO_WANG.to_owned(),
                made_up.as_str(),
                "isn't signed by any key",
            ),
            (
                to,
                TO_WANG.to_owned(),
                "Between\nus: a pain.",
                "words that were noted",
            ),
            (
                "warehouse@example.com",
                QUESTION.to_owned(),
                "Between us: a pain.",
                "words that were noted",
            ),
            ("ann.lee@example.com", TO_WANG.to_owned(), "x", "To names"),
            (
                to,
                format!("{TO_WANG}, ann.lee@example.com")
                    .replace("\r\nAuto", ", x@example.com\r\nAuto"),
                "x",
                "To names",
            ),
            (
                to,
                format!("{TO_WANG}\r\nCc: x@example.com"),
                "x",
                "a field Cc",
            ),
            (
                to,
                format!("{TO_WANG}\r\nBcc: x@example.com"),
                "x",
                "a field Bcc",
            ),
            (
                to,
                TO_WANG.replace("Auto-Submitted", "X-Other"),
                "x",
                "isn't marked as automatic",
            ),
            (
                to,
                format!("{FROM_ANN}\r\nAuto-Submitted: auto-replied"),
                "x",
                "is a person's",
            ),
            (to, FROM_ANN.replace("2@", "9@"), "x", "isn't in the outbox"),
        ] {
            let found = found(recipient, &head, body);
            assert!(
                found.iter().any(|problem| problem.contains(expected)),
                "{expected}: {found:?} in {head}"
            );
        }
    }
}
