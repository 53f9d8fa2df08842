//! Nobody passes for a member of staff, and no member's mail does what they didn't order (promise 9).

use std::collections::BTreeMap;

use redress::ids::{CaseId, MemberId, PartyId};
use redress::letter::{Audience, ReplyAddresses, SignedAddress};
use serde_json::Value;

use crate::support::dkim::{self, Signing};
use crate::support::dns;
use crate::support::office::{ANN, LI_NA, Mail, Office, STAFF, VOUCHED, WANG, WU_LEI, plain};

/// What becomes of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// It was a member's own word, and was obeyed.
    Done,
    /// It was a member's own word, and orders nothing that was done.
    Nothing,
    /// It was a member's own word, and they may not do this.
    Refused,
    /// Filed as a possible forgery.
    Unproven(&'static str),
    /// Filed on the case as the words of somebody else, of the customer, or of a program.
    Outsider,
    Customer,
    Robot,
    /// Taken for a complaint.
    NewCase,
    /// Filed on no case.
    Elsewhere,
    Quarantined,
}

use Verdict::*;

/// People who are there to be taken for.
const MORE_STAFF: &str = "\
[[staff]]\nid = \"kate\"\nname = \"Kate\"\naddresses = [\"kate@example.com\"]\nroles = [\"supervisor\"]\n\
[[staff]]\nid = \"he.away\"\nname = \"He Away\"\naddresses = [\"he.away@example.com\"]\nroles = [\"supervisor\"]\n\
absence = { from = \"2020-01-01\", until = \"2999-12-31\", deputy = \"wu.lei\" }\n";

const KEYS: [&str; 3] = ["5a", "5b", "5c"];

/// What a forger and everybody else may know.
struct World {
    /// Ann's address for the case, and for the customer; the customer's; others'.
    work: String,
    to_customer: String,
    customers: String,
    /// Ann's for another case of hers.
    other_work: String,
    notice: String,
    now: i64,
    mailbox: String,
    case: CaseId,
    members: BTreeMap<String, i64>,
    party: PartyId,
}

impl World {
    fn keys(&self, epochs: &[usize]) -> ReplyAddresses {
        let line = |epoch: &usize| format!("{epoch} {}\n", KEYS[epoch % 3].repeat(32));
        ReplyAddresses::from_key_file(&epochs.iter().map(line).collect::<String>()).unwrap()
    }

    /// A signed address, as if it had got about.
    fn signed(&self, epoch: usize, audience: Audience, case: Option<CaseId>) -> String {
        let signed = SignedAddress { audience, case };
        self.keys(&[epoch]).sign(&self.mailbox, signed)
    }

    fn member(&self, person: &str) -> MemberId {
        MemberId(self.members[person])
    }

    fn work_of(&self, person: &str) -> String {
        self.signed(3, Audience::Work(self.member(person)), Some(self.case))
    }
}

/// A mail in the making.
struct Row {
    what: &'static str,
    verdict: Verdict,
    /// Fields of mail servers, above all others.
    trace: String,
    from: String,
    to: String,
    /// Further fields.
    more: String,
    subject: String,
    /// A body with its own fields; `ROW` stands for what this row orders.
    body: String,
    answers: bool,
    id: Option<&'static str>,
    sign: Option<Signing<'static>>,
    /// What is changed after it was signed.
    change: Option<(&'static str, &'static str)>,
}

impl Row {
    fn new(what: &'static str, verdict: Verdict, world: &World) -> Row {
        Row {
            what,
            verdict,
            trace: VOUCHED.to_owned(),
            from: format!("From: Ann Lee <{ANN}>\n"),
            to: world.work.clone(),
            more: String::new(),
            subject: "Re: the case".to_owned(),
            body: plain("/note ROW"),
            answers: true,
            id: None,
            sign: None,
            change: None,
        }
    }

    fn trace(mut self, trace: &str) -> Row {
        trace.clone_into(&mut self.trace);
        self
    }

    /// Our server's results, in other words.
    fn results(self, text: &str) -> Row {
        self.trace(&format!("Authentication-Results: {text}\n"))
    }

    fn from(mut self, from: &str) -> Row {
        self.from = format!("From: {from}\n");
        self
    }

    fn to(mut self, to: &str) -> Row {
        to.clone_into(&mut self.to);
        self
    }

    fn more(mut self, more: &str) -> Row {
        more.clone_into(&mut self.more);
        self
    }

    fn body(mut self, body: &str) -> Row {
        body.clone_into(&mut self.body);
        self
    }

    fn text(self, text: &str) -> Row {
        let body = plain(text);
        self.body(&body)
    }

    fn alone(mut self) -> Row {
        self.answers = false;
        self
    }

    fn signed(mut self, how: Signing<'static>) -> Row {
        self.sign = Some(how);
        self.trace = String::new();
        self
    }

    fn id(&self, number: usize) -> String {
        self.id
            .map_or_else(|| format!("{number}.forgery@example.com"), str::to_owned)
    }

    fn mail(&self, number: usize, world: &World) -> Vec<u8> {
        let thread = if self.answers {
            format!("In-Reply-To: <{}>\n", world.notice)
        } else {
            String::new()
        };
        let mail = format!(
            "{}{}{}To: {}\nSubject: {}\nDate: Tue, 24 Nov 2026 09:30:00 +0800\nMessage-ID: <{}>\n{thread}{}MIME-Version: 1.0\n{}",
            self.trace,
            "",
            self.from,
            self.to,
            self.subject,
            self.id(number),
            self.more,
            self.body,
        );
        let mail = mail.replace("ROW", &mark(number));
        let signed = match self.sign {
            Some(how) => dkim::sign(&mail, how),
            None => mail,
        };
        match self.change {
            Some((old, new)) => signed.replace(old, new),
            None => signed,
        }
        .into_bytes()
    }
}

/// What a row orders, told from all others.
fn mark(number: usize) -> String {
    format!("row-{number:03} was here")
}

const RELAYED: &str = "Received: from mx.evil.test (mx.evil.test [203.0.113.9]) by mx.example.com with ESMTP; Tue, 24 Nov 2026 09:30:00 +0800\n";

fn rows(world: &World) -> Vec<Row> {
    let row = |what, verdict| Row::new(what, verdict, world);
    let tags = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let (now, day) = (world.now, 86_400);
    let mut rows = authors(&row, world);
    rows.extend(vouching(&row));
    rows.extend(addresses(&row, world));
    rows.extend(commands(&row, world));
    let signing = Signing::default();
    rows.extend([
        row("a signature of the company", Done).signed(Signing {
            tags: tags(format!("t={now};")),
            ..signing
        }),
        row("a signature that still holds", Done).signed(Signing {
            tags: tags(format!("t={now}; x={};", now + day)),
            ..signing
        }),
        row(
            "a signature of a part of the text",
            Unproven("nothing vouches"),
        )
        .signed(Signing {
            tags: "l=10;",
            length: Some(10),
            ..signing
        }),
        row(
            "a signature that leaves out the subject",
            Unproven("nothing vouches"),
        )
        .signed(Signing {
            fields: "From:To:Date:Message-ID",
            ..signing
        }),
        row(
            "a signature that leaves out From",
            Unproven("nothing vouches"),
        )
        .signed(Signing {
            fields: "To:Subject:Date:Message-ID",
            ..signing
        }),
        row(
            "a signature that leaves out the Message-ID",
            Unproven("nothing vouches"),
        )
        .signed(Signing {
            fields: "From:To:Subject:Date",
            ..signing
        }),
        row("a signature that has expired", Unproven("nothing vouches")).signed(Signing {
            tags: tags(format!("t={}; x={};", now - day, now - 600)),
            ..signing
        }),
        row("a signature from the future", Unproven("nothing vouches")).signed(Signing {
            tags: tags(format!("t={};", now + 3 * day)),
            ..signing
        }),
        row("a signature of last week's", Unproven("too long before")).signed(Signing {
            tags: tags(format!("t={};", now - 8 * day)),
            ..signing
        }),
        row("a forger's own signature", Unproven("nothing vouches")).signed(Signing {
            domain: "evil.test",
            ..signing
        }),
        row("a signature of a domain below", Done).signed(Signing {
            domain: "mail.example.com",
            ..signing
        }),
        row(
            "a signature of a domain that only ends the same",
            Unproven("nothing vouches"),
        )
        .signed(Signing {
            domain: "notexample.com",
            ..signing
        }),
    ]);
    let mut changed = row("a signed mail, changed", Unproven("denies it")).signed(signing);
    changed.change = Some(("was here", "was not here"));
    rows.push(changed);
    let mut subject = row("a signed mail with another subject", Unproven("denies it"));
    subject = subject.signed(signing);
    subject.change = Some(("Subject: Re: the case", "Subject: Re: another case"));
    rows.push(subject);
    let mut second = row(
        "a second From above a signed one",
        Unproven("exactly one author"),
    );
    second = second.signed(signing);
    second.change = Some(("\r\nFrom: ", "\r\nFrom: x@evil.test\r\nFrom: "));
    rows.push(second);
    rows
}

fn authors(row: &dyn Fn(&'static str, Verdict) -> Row, _world: &World) -> Vec<Row> {
    vec![
        row("Ann herself", Done),
        row("Ann, by another writing of her address", Done)
            .from("\"Lee, Ann\" (Customer Care) <Ann.Lee@Example.COM>"),
        row(
            "Ann, with a comment in her address",
            Unproven("exactly one author"),
        )
        .from("Ann <ann.lee(at work)@example.com>"),
        row("Ann, with her local part quoted", Done).from("\"ann.lee\"@example.com"),
        row("Ann, sent by her assistant's program", Done).more("Sender: assistant@example.com\n"),
        row("Ann, who wants answers elsewhere", Done).more("Reply-To: ann@evil.test\n"),
        row("two authors", Unproven("exactly one author"))
            .from("ann.lee@example.com, wu.lei@example.com"),
        row("two authors, both Ann", Unproven("exactly one author"))
            .from("ann.lee@example.com, ann.lee@example.com"),
        row("two From fields", Unproven("exactly one author"))
            .from("ann.lee@example.com\nFrom: x@evil.test"),
        row(
            "two From fields, the other way round",
            Unproven("exactly one author"),
        )
        .from("x@evil.test\nFrom: ann.lee@example.com"),
        row("a group", Done).from("staff: ann.lee@example.com;"),
        row("no author", Unproven("exactly one author")).from("undisclosed:;"),
        row("a stranger", Unproven("no member of staff"))
            .from("ann.lee@evil.test")
            .results("mx.example.com; dmarc=pass header.from=evil.test"),
        row("a subdomain", Unproven("no member of staff")).from("ann.lee@mail.example.com"),
        row("the domain above", Unproven("no member of staff")).from("ann.lee@com"),
        row("a domain that goes on", Unproven("no member of staff"))
            .from("ann.lee@example.com.evil.test"),
        row("a lookalike domain", Unproven("no member of staff")).from("ann.lee@examp1e.com"),
        row(
            "a domain with a Cyrillic letter",
            Unproven("no member of staff"),
        )
        .from("ann.lee@ex\u{430}mple.com"),
        row(
            "a local part with a Cyrillic letter",
            Unproven("no member of staff"),
        )
        .from("\u{430}nn.lee@example.com"),
        row("a tag of her address", Unproven("no member of staff")).from("ann.lee+x@example.com"),
        row("her address as a name", Unproven("no member of staff"))
            .from("\"ann.lee@example.com\" <x@evil.test>"),
        row(
            "her address as an encoded name",
            Unproven("no member of staff"),
        )
        .from("=?utf-8?q?ann.lee=40example.com?= <x@evil.test>"),
        row(
            "her address as a quoted local part",
            Unproven("exactly one author"),
        )
        .from("\"ann.lee@example.com\"@evil.test"),
        row("her address in a comment", Unproven("no member of staff"))
            .from("x@evil.test (ann.lee@example.com)"),
        row(
            "an encoded word for an address",
            Unproven("exactly one author"),
        )
        .from("=?utf-8?q?ann.lee=40example.com?="),
        row("Ann, with a route before her address", Done).from("<@evil.test:ann.lee@example.com>"),
        row("Ann as the sender alone", Unproven("no member of staff"))
            .from("x@evil.test")
            .more("Sender: ann.lee@example.com\nReply-To: ann.lee@example.com\n"),
        row("somebody who has left", Unproven("no member of staff")).from("former@example.com"),
        row("a member who is away", Done).from("he.away@example.com"),
    ]
}

fn vouching(row: &dyn Fn(&'static str, Verdict) -> Row) -> Vec<Row> {
    vec![
        row("nothing vouches for it", Unproven("nothing vouches")).trace(""),
        row("its domain denies it", Unproven("denies it"))
            .results("mx.example.com; dmarc=fail header.from=example.com"),
        row("another server's word", Unproven("nothing vouches"))
            .results("mx.evil.test; dmarc=pass header.from=example.com"),
        row("a server that is only called alike", Unproven("nothing vouches"))
            .results("mx.example.com.evil.test; dmarc=pass header.from=example.com"),
        row("results below a foreign Received", Unproven("nothing vouches")).trace(&format!(
            "Received: from evil.test by mx.evil.test; Tue, 24 Nov 2026 09:30:00 +0800\n{VOUCHED}"
        )),
        row("results that came with the mail, below our own", Unproven("denies it")).trace(&format!(
            "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\n{RELAYED}{VOUCHED}"
        )),
        row("results with comment tricks", Unproven("nothing vouches")).results(
            "mx.evil.test (mx.example.com); (dmarc=pass header.from=example.com) dmarc=none",
        ),
        row("results in a comment of ours", Unproven("nothing vouches")).results(
            "mx.example.com; dmarc=none (dmarc=pass header.from=example.com) header.from=example.com",
        ),
        row("a pass for another domain", Unproven("nothing vouches"))
            .results("mx.example.com; dmarc=pass header.from=evil.test"),
        row("a pass for nobody", Unproven("nothing vouches"))
            .results("mx.example.com; spf=pass smtp.mailfrom=evil.test"),
        row("a pass in other letters", Done).results("mx.example.com; dmarc=PASS header.from=EXAMPLE.COM"),
        row("a pass with a policy beside it", Done)
            .results("mx.example.com;\n dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com"),
        row("several results of ours", Done).trace(&format!(
            "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=example.com\n{VOUCHED}{RELAYED}"
        )),
        row("results of ours that differ", Unproven("denies it")).trace(&format!(
            "{VOUCHED}Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\n{RELAYED}"
        )),
    ]
}

fn addresses(row: &dyn Fn(&'static str, Verdict) -> Row, world: &World) -> Vec<Row> {
    let desk = world.signed(3, Audience::Desk(world.member("ann.lee")), None);
    let work = |epoch| {
        let audience = Audience::Work(world.member("ann.lee"));
        world.signed(epoch, audience, Some(world.case))
    };
    let made_up = world.work.replace("+w3.1.", "+w3.2.");
    let kelvin = {
        let at = world.work.rfind('k');
        at.map(|at| format!("{}\u{212a}{}", &world.work[..at], &world.work[at + 1..]))
    };
    let mut rows = vec![
        row("the tag in capitals", Done).to(&world.work.to_uppercase()),
        row("her address in Cc alone", Done)
            .to("boss@example.com")
            .more(&format!("Cc: {}\n", world.work)),
        row("told by the mail server alone", Done)
            .to("complaints@example.com")
            .more(&format!("Delivered-To: {}\n", world.work)),
        row("a key of before", Done).to(&work(2)),
        row(
            "another member at Ann's address",
            Unproven("made for ann.lee"),
        )
        .from(WU_LEI),
        row(
            "Ann at another member's address",
            Unproven("made for wu.lei"),
        )
        .to(&world.work_of("wu.lei")),
        row(
            "Ann at her addresses of two cases",
            Unproven("several signed addresses"),
        )
        .to(&format!("{}, {}", world.work, world.other_work)),
        row(
            "Ann at her address and the customer's",
            Unproven("several signed addresses"),
        )
        .to(&format!("{}, {}", world.work, world.customers)),
        row("an address made up, answering nothing", NewCase)
            .to(&made_up)
            .alone(),
        row("an address made up", Unproven("no signed address")).to(&made_up),
        row("a cut address", Unproven("no signed address"))
            .to(&world.work.replace("@example.com", "x@example.com")),
        row(
            "an address of another mailbox",
            Unproven("no signed address"),
        )
        .to(&world.work.replace("complaints", "xcomplaints")),
        row("a key no longer in use", Unproven("key no longer in use")).to(&work(1)),
        row("a key that was taken out", Unproven("no signed address")).to(&work(9)),
        row("the customer's address", Outsider)
            .to(&world.customers)
            .alone(),
        row("the customer's address, as an answer to a notice", Outsider).to(&world.customers),
        row("a third party's address", Outsider).to(&world.signed(
            3,
            Audience::ThirdParty(world.party),
            Some(world.case),
        )),
        row("the address for returned mail", Outsider).to(&world.signed(
            3,
            Audience::Bounce(world.party),
            Some(world.case),
        )),
        row("the desk of somebody else", Elsewhere).to(&world.signed(
            3,
            Audience::Desk(world.member("wu.lei")),
            None,
        )),
        row("a desk with a case", Unproven("no signed address")).to(&world.signed(
            3,
            Audience::Desk(world.member("ann.lee")),
            Some(world.case),
        )),
        row("her address without a case", Unproven("no signed address")).to(&world.signed(
            3,
            Audience::Work(world.member("ann.lee")),
            None,
        )),
        row("her desk", Nothing).to(&desk).text("/list mine\n"),
        row(
            "somebody who has left, at their own address",
            Unproven("no member of staff"),
        )
        .from("former@example.com")
        .to(&world.work_of("former")),
    ];
    if let Some(kelvin) = kelvin {
        rows.push(row("the Kelvin sign in the tag", Unproven("no signed address")).to(&kelvin));
    }
    rows.push(
        row(
            "the Kelvin sign in an address",
            Unproven("no member of staff"),
        )
        .from("\u{212a}ate@example.com")
        .to(&world.work_of("kate")),
    );
    rows
}

fn commands(row: &dyn Fn(&'static str, Verdict) -> Row, world: &World) -> Vec<Row> {
    let html = |body: &str| {
        format!("Content-Type: text/html; charset=utf-8\n\n<html><body>{body}</body></html>\n")
    };
    let hidden = "Thanks.<div style=\"display:none\">/note ROW</div>";
    vec![
        row("a quoted command", Nothing).text("> /note ROW"),
        row("a command below a quotation's header", Nothing).text(
            "Thanks.\n\nOn Tue, 24 Nov 2026 at 09:30, Example Ltd <complaints@example.com> wrote:\n/note ROW\n",
        ),
        row("a command in HTML and not in the text", Nothing).body(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nThanks.\n--b\n\
             Content-Type: text/html\n\n<p>/note ROW</p>\n--b--\n",
        ),
        row("a hidden command", Nothing).body(&html(hidden)),
        row("a command too small to be seen", Nothing)
            .body(&html("Thanks.<span style='font-size:0'>\n<br>/note ROW</span>")),
        row("a command in a comment", Nothing).body(&html("Thanks.<!-- /note ROW -->")),
        row("a command in a signature", Nothing).text("Thanks.\n\n-- \n/note ROW"),
        row("a command in an attachment", Nothing).body(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nThanks.\n--b\n\
             Content-Type: text/plain; name=x.txt\nContent-Disposition: attachment; filename=x.txt\n\n/note ROW\n--b--\n",
        ),
        row("a command in a mail that is attached", Nothing).body(&format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nThanks.\n--b\n\
             Content-Type: message/rfc822\n\nFrom: {ANN}\nTo: {}\nSubject: x\n\n/note ROW\n--b--\n",
            world.work
        )),
        {
            let mut row = row("a command in the subject", Nothing).text("Thanks.");
            row.subject = "/note ROW".to_owned();
            row
        },
        row("a command below words", Nothing).text("Thanks.\n/note ROW"),
        row("the customer using commands", Customer)
            .trace("")
            .from(WANG)
            .to(&world.customers)
            .alone(),
        row("the customer at Ann's address", Unproven("no member of staff")).from(WANG),
        row("the customer with a forged address of Ann's", Outsider)
            .trace("")
            .to(&world.customers)
            .alone(),
        row("an answer of a program", Unproven("a program wrote it"))
            .more("Auto-Submitted: auto-replied\n"),
        row("a mass mailing", Unproven("a program wrote it")).more("Precedence: bulk\n"),
        row("a mailing list", Unproven("a program wrote it")).more("List-Id: <all.example.com>\n"),
        row("an answer of the holidays'", Unproven("a program wrote it"))
            .more("X-Autoreply: yes\n"),
        row("a program that may not be answered", Unproven("a program wrote it"))
            .more("Return-Path: <>\n"),
        row("a department beyond its question", Refused)
            .from("warehouse@example.com")
            .to(&world.work_of("warehouse"))
            .text("/close out of scope: ROW"),
        row("a handler of other cases", Refused)
            .from(LI_NA)
            .to(&world.work_of("li.na"))
            .text("/reply ROW"),
        row("what is for the customer, by somebody else", Unproven("made for ann.lee"))
            .from(WU_LEI)
            .to(&world.to_customer)
            .text("ROW"),
    ]
}

#[tokio::test]
async fn nobody_passes_for_a_member_of_staff_and_nothing_is_done_that_no_member_ordered() {
    let record = dkim::record();
    let names = [
        "example.com",
        "mail.example.com",
        "evil.test",
        "notexample.com",
    ]
    .map(|domain| format!("s1._domainkey.{domain}"));
    let records: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), record.as_str()))
        .collect();
    let server = dns::serve(&records).await;
    let staff = format!("{STAFF}{MORE_STAFF}");
    let sections = format!("[dns]\nservers = [\"{server}\"]\n");
    let prepare = |site: &crate::support::Site| {
        // the third signs since today, whatever day the test runs on; the first is too old
        let keys: String = [(1, "2020-01-01"), (2, "2020-06-01"), (3, "2999-01-01")]
            .iter()
            .map(|(epoch, day)| format!("{epoch} {} {day}\n", KEYS[epoch % 3].repeat(32)))
            .collect();
        std::fs::write(site.folder.path().join("keys"), keys).unwrap();
    };
    let mut office = Office::prepared(&staff, &sections, false, prepare).await;
    // somebody who had addresses, and has left
    sqlx::query("insert into member (person) values ('former')")
        .execute(&office.site.sql)
        .await
        .unwrap();
    let (letter, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice: Mail = office.one_since(start, ANN).await;
    let (_, other) = office
        .complaint_of(
            ("Zhao", "zhao@customers.test"),
            "Kettle",
            "The kettle leaks and I want another one, please.",
        )
        .await;
    let other: Mail = office.one_since(other, ANN).await;
    // Ann takes it up; what she wasn't asked to do nobody else gets done
    office
        .answer(ANN, &notice, "/accept\n/handoff warehouse: when?")
        .await;
    office
        .answer(
            "warehouse@example.com",
            &office.since(0, "warehouse@example.com").await[1].clone(),
            "/answer on Monday",
        )
        .await;

    let members: Vec<(String, i64)> = sqlx::query_as("select person, id from member")
        .fetch_all(&office.site.sql)
        .await
        .unwrap();
    let party: i64 = sqlx::query_scalar("select id from party where address = $1")
        .bind(WANG)
        .fetch_one(&office.site.sql)
        .await
        .unwrap();
    let world = World {
        work: notice.reply_to.clone(),
        to_customer: notice
            .text
            .split_whitespace()
            .find(|word| word.contains("+t3."))
            .unwrap()
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_owned(),
        customers: letter.reply_to.clone(),
        other_work: other.reply_to.clone(),
        notice: notice.message_id.clone(),
        now: office
            .site
            .count("select extract(epoch from now())::bigint")
            .await,
        mailbox: office.site.address.clone(),
        case: CaseId(1),
        members: members.into_iter().collect(),
        party: PartyId(party),
    };
    let mut rows = rows(&world);
    for row in &mut rows {
        if row.what == "a member who is away" {
            row.to = world.work_of("he.away");
        }
    }
    assert!(rows.len() >= 40, "{}", rows.len());
    let handled = "select count(*) from history where case_id = 1 and event not in
        ('noted', 'staff_wrote', 'unproven', 'wrote', 'refused')";
    let before = (office.stage().await, office.site.count(handled).await);
    let count = office.sent().len();
    let mails: Vec<Vec<u8>> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| row.mail(number, &world))
        .collect();
    office.take(&mails).await;

    let mut wrong = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let found = verdict(&office, &row.id(number), &mark(number)).await;
        let fits = match (&row.verdict, &found) {
            (
                Unproven(expected),
                Found {
                    doubt: Some(doubt),
                    done: false,
                    ..
                },
            ) => doubt.contains(expected),
            (expected, found) => found.plain() == Some(expected.clone()),
        };
        if !fits {
            wrong.push(format!("{}: {:?}, but {found:?}", row.what, row.verdict));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );

    // the case is where it was
    let after = (office.stage().await, office.site.count(handled).await);
    assert_eq!(after, before);
    let reference = notice.reference();
    // the handler is told of each possible forgery, and of none that is none
    let sent: Vec<Mail> = office.sent().into_iter().skip(count).collect();
    let told = sent
        .iter()
        .filter(|mail| mail.to == ANN && mail.subject.contains("Possible forgery"));
    let forged = rows.iter().filter(|row| matches!(row.verdict, Unproven(_)));
    assert_eq!(told.count(), forged.count());
    // nobody outside the company is answered
    for mail in &sent {
        assert!(
            mail.to.ends_with("@example.com"),
            "{} is answered: {}",
            mail.to,
            mail.subject
        );
        assert!(
            !mail.to.contains("boss") && !mail.to.contains("former"),
            "{}",
            mail.to
        );
    }
    office.site.verified().await;

    // caught on the way and sent again: one use
    let once =
        |text: &str| {
            format!(
        "{VOUCHED}From: {ANN}\nTo: {}\nMessage-ID: <once@example.com>\nSubject: Re: case\n{}",
        world.work, plain(text)
    ).into_bytes()
        };
    office.take(&[once("/note the first time")]).await;
    let again = [
        b"X-Hop: 1\n".to_vec(),
        once("/note the second time\n/withdraw"),
    ]
    .concat();
    // the signature holds whatever is put above what it signs
    let above = [
        b"Message-ID: <another@example.com>\n".to_vec(),
        once("/note the second time, by another name"),
    ]
    .concat();
    office.take(&[again, above]).await;
    let words = office.words(&reference).await;
    assert!(words.iter().any(|words| words == "the first time"));
    assert!(!words.iter().any(|words| words.contains("the second time")));
    assert_eq!(office.stage().await, "investigating");
}

/// What is on record of a mail.
#[derive(Debug, Default)]
struct Found {
    quarantined: bool,
    matched: Option<String>,
    doubt: Option<String>,
    wrote_by: Option<String>,
    staff: bool,
    done: bool,
    refused: bool,
}

impl Found {
    fn plain(&self) -> Option<Verdict> {
        Some(match self {
            Found {
                quarantined: true, ..
            } => Quarantined,
            Found { done: true, .. } => Done,
            Found { doubt: Some(_), .. } => return None,
            Found {
                wrote_by: Some(by), ..
            } => match by.as_str() {
                "customer" => Customer,
                "robot" => Robot,
                _ => Outsider,
            },
            Found { refused: true, .. } => Refused,
            Found { staff: true, .. } => Nothing,
            Found {
                matched: Some(by), ..
            } if by == "new" => NewCase,
            Found {
                matched: Some(_), ..
            } => Elsewhere,
            Found { matched: None, .. } => return None,
        })
    }
}

async fn verdict(office: &Office, message_id: &str, mark: &str) -> Found {
    let sql = &office.site.sql;
    let message: Option<(i64, String)> = sqlx::query_as(
        "select landed_id, matched_by from message where message_id = $1 order by landed_id limit 1",
    )
    .bind(message_id)
    .fetch_optional(sql)
    .await
    .unwrap();
    let Some((landed, matched)) = message else {
        let quarantined: i64 = sqlx::query_scalar(
            "select count(*) from landed join raw using (sha256) where state = 'quarantined'
             and position(convert_to($1, 'utf8') in bytes) > 0",
        )
        .bind(message_id)
        .fetch_one(sql)
        .await
        .unwrap();
        let quarantined = quarantined > 0;
        return Found {
            quarantined,
            ..Found::default()
        };
    };
    let entries: Vec<(String, Value)> = sqlx::query_as(
        "select event, data from history where data->>'landed' = $1 and event <> 'received'",
    )
    .bind(landed.to_string())
    .fetch_all(sql)
    .await
    .unwrap();
    let text = |event: &str, key: &str| {
        let entry = entries.iter().find(|(name, _)| name == event)?;
        entry.1[key].as_str().map(str::to_owned)
    };
    let done: i64 = sqlx::query_scalar(
        "select count(*) from words w join history h on h.case_id = w.case_id
         and encode(w.sha256, 'hex') = h.data->>'words' where w.body like '%' || $1 || '%'",
    )
    .bind(mark)
    .fetch_one(sql)
    .await
    .unwrap();
    // a desk's mail is on no case, and is answered
    let desk: i64 = sqlx::query_scalar(
        "select count(*) from outbox where case_id is null and position(convert_to($1, 'utf8') in bytes) > 0",
    )
    .bind(message_id)
    .fetch_one(sql)
    .await
    .unwrap();
    let refused: i64 = sqlx::query_scalar(
        "select count(*) from history h join history w on w.case_id = h.case_id and w.sequence = h.sequence - 1
         where h.event = 'refused' and w.event = 'staff_wrote' and w.data->>'landed' = $1",
    )
    .bind(landed.to_string())
    .fetch_one(sql)
    .await
    .unwrap();
    Found {
        quarantined: false,
        matched: Some(matched),
        doubt: text("unproven", "doubt"),
        wrote_by: text("wrote", "by"),
        staff: desk > 0 || entries.iter().any(|(event, _)| event == "staff_wrote"),
        done: done > 0,
        refused: refused > 0,
    }
}
