//! Much mail, and mail that answers itself: memory is flat, the oldest comes first, staff before all, and
//! nobody is written to without end.

use std::collections::BTreeMap;
use std::time::Duration;

use mail_parser::MessageParser;
use redress::sandbox::smtp_server::Received;
use redress::store::landed::{Content, Landing};

use crate::support::office::{ANN, LI_NA, STAFF, WU_LEI};
use crate::support::{Daemon, Site, complaint, wait};

/// The most memory that a process ever had, in kB.
fn peak(daemon: &Daemon) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A backlog that has landed, the last of it by staff.
async fn backlog(site: &Site, mails: usize) {
    let store = site.store().await;
    let daemon = store.register_daemon("here", 1, "test").await.unwrap();
    let mailbox = store.mailbox("complaints").await.unwrap();
    let lease = store.take_mailbox(mailbox, daemon).await.unwrap().unwrap();
    store.begin_uid_validity(lease, 1).await.unwrap();
    let now = store.now().await.unwrap();
    let mut mail = (1..=mails).map(|number| {
        let text = if number == mails {
            "From: <ann.lee@example.com>\nTo: complaints+w1.1.1.abcdefg@example.com\nSubject: Re: case\n\
             Message-ID: <staff@example.com>\n\n/accept\n"
                .to_owned()
        } else {
            complaint(number)
        };
        Landing {
            uid: u32::try_from(number).unwrap(),
            size: text.len() as u64,
            received_at: Some(now),
            marked: None,
            content: Content::Whole(text.into_bytes()),
        }
    });
    loop {
        let batch: Vec<Landing> = mail.by_ref().take(500).collect();
        if batch.is_empty() {
            break;
        }
        store.land(lease, 1, batch, None).await.unwrap();
    }
    store.retire(daemon).await.unwrap();
    store.close().await;
}

async fn many_waiting(mails: usize, longest: Duration) {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nall_per_hour = 0\n[triage]\nbatch = 100");
    backlog(&site, mails).await;
    let daemon = site.daemon();
    let read = "select count(*) from landed where state = 'filed'";
    let mut early = 0;
    let done = async {
        loop {
            let count = site.count(read).await;
            if early == 0 && count as usize >= mails / 5 {
                early = peak(&daemon);
            }
            if count as usize == mails {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(
        tokio::time::timeout(longest, done).await.is_ok(),
        "{}",
        site.logs()
    );
    let late = peak(&daemon);
    println!("{mails} mails: {early} kB after a fifth, {late} kB at the end");
    assert!(
        late < early + early / 4 + 8000,
        "{early} kB grew to {late} kB"
    );
    // staff's was in the first transaction, although it came last; among the others none overtook an older one
    let before = "select count(*) from message m where m.read_at <
         (select read_at from message where message_id = 'staff@example.com')";
    assert_eq!(site.count(before).await, 0);
    let overtaken = "select count(*) from (
             select read_at, max(read_at) over (order by landed_id) as latest from message
             where message_id <> 'staff@example.com') m where read_at < latest";
    assert_eq!(site.count(overtaken).await, 0);
}

#[tokio::test]
async fn two_thousand_waiting_are_read_oldest_first_and_staffs_mail_first_of_all() {
    many_waiting(2_000, Duration::from_secs(120)).await;
}

#[tokio::test]
#[ignore = "takes many minutes: make soak"]
async fn a_hundred_thousand_waiting_are_read_in_flat_memory() {
    many_waiting(100_000, Duration::from_secs(3600)).await;
}

/// One sender sends very many complaints. Others are served meanwhile; neither the sender nor staff are buried in
/// mail, and supervisors are told once of all of them, each in their language.
async fn mail_bomb(mails: usize, longest: Duration) {
    const ALL: &str = "select count(*) from landed where state = 'filed'";
    const UNSENT: &str = "select count(*) from outbox where state in ('queued', 'sending')";
    const TOLD: &str = "select count(*) from flood where told_at is not null";
    const OF_FLOOD: &str = "select count(*) from outbox o join cases c on c.id = o.case_id
         where c.state ? 'flood' and o.letter is null";
    let chinese = "[[staff]]\nid = \"he.jing\"\nname = \"He Jing\"\naddresses = [\"he.jing@example.com\"]\n\
         roles = [\"supervisor\"]\nlanguages = [\"zh\"]\n";
    let site = Site::new().await;
    site.configure("", "", &format!("{STAFF}{chinese}"));
    site.drive_time().await;
    let bomb = |number: usize| {
        format!(
            "From: Bomb <bomb@customers.test>\nSubject: {number}\nMessage-ID: <{number}.bomb@x>\n\nNumber {number} is broken.\n"
        )
    };
    let others = mails / 60;
    for number in 0..mails {
        site.deliver(&bomb(number));
        if number % 60 == 59 {
            site.deliver(&complaint(number));
        }
    }
    let daemon = site.daemon();
    let all = (mails + others) as i64;
    let read = async { while !wait(async || site.count(ALL).await == all).await {} };
    let read = tokio::time::timeout(longest, read).await;
    assert!(read.is_ok(), "{}", site.logs());
    site.until(UNSENT, 0).await;
    let counts = || {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for mail in site.smtp.received() {
            *counts.entry(mail.recipient).or_default() += 1;
        }
        counts
    };
    let mut sent = counts();
    // the caps' defaults: letters to a customer, and mails of one author that staff are told of
    assert_eq!(sent.remove("bomb@customers.test"), Some(20));
    let handlers = [ANN, LI_NA].map(|handler| sent.remove(handler).unwrap());
    let welcomes = 6;
    assert_eq!(handlers.iter().sum::<usize>(), 50 + others + 2);
    let supervisors = [WU_LEI, "he.jing@example.com"];
    let staff = welcomes - 2;
    let (staff_sent, sent): (Vec<_>, Vec<_>) = sent
        .into_iter()
        .partition(|(to, _)| to.ends_with("@example.com"));
    assert_eq!(staff_sent.len(), staff);
    assert!(
        staff_sent.iter().all(|(_, count)| *count == 1),
        "welcomes: {staff_sent:?}"
    );
    assert_eq!(sent.len(), others);
    assert!(sent.iter().all(|(_, count)| *count == 1));
    let late = "select count(*) from outbox where recipient like 'customer%' and ended_at > (select max(read_at) from message)";
    println!(
        "{mails} mails: {} of {others} others were answered after the last was read",
        site.count(late).await
    );

    site.advance(Duration::from_secs(660)).await;
    site.until(TOLD, 1).await;
    site.until(UNSENT, 0).await;
    let unanswered = mails - 20;
    let held = mails - 50;
    for (to, says) in supervisors.into_iter().zip([
        [
            format!("wrote {mails} mails"),
            format!("{unanswered} of the cases"),
            format!("told of {held} of the mails"),
        ],
        [
            format!("来信{mails}封"),
            format!("其中{unanswered}件"),
            format!("有{held}封"),
        ],
    ]) {
        let received = site.smtp.received();
        let told: Vec<_> = received
            .iter()
            .filter(|mail| mail.recipient == to)
            .collect();
        assert_eq!(told.len(), 2, "{to}");
        let mail = MessageParser::default().parse(&told[1].bytes).unwrap();
        let text = mail.body_text(0).unwrap();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("bomb@customers.test"), "{text}");
        for words in says {
            assert!(text.contains(&words), "{words} is missing in {text}");
        }
    }
    // they are told of no further mail, nor of the deadlines of its cases
    for number in mails..mails + 10 {
        site.deliver(&bomb(number));
    }
    site.until(ALL, all + 10).await;
    assert_eq!(daemon.terminate().await, 0);
    if mails < 1000 {
        site.advance(Duration::from_secs(20 * 24 * 3600)).await;
        let daemon = site.daemon();
        site.until(
            "select count(*) from clock where breached_at is not null and name = 'confirm'",
            all + 10,
        )
        .await;
        site.until(UNSENT, 0).await;
        assert_eq!(daemon.terminate().await, 0);
    }
    assert_eq!(site.count("select count(*) from flood").await, 1);
    assert_eq!(site.count(OF_FLOOD).await, 0);
}

#[tokio::test]
async fn a_mail_bomb_from_one_sender_is_answered_a_few_times_and_holds_up_nobody() {
    mail_bomb(300, Duration::from_secs(120)).await;
}

#[tokio::test]
#[ignore = "takes many minutes: make soak"]
async fn a_mail_bomb_of_ten_thousand_is_answered_a_few_times_and_holds_up_nobody() {
    mail_bomb(10_000, Duration::from_secs(3600)).await;
}

/// Answers every mail that it gets at once, in words of its own, and shows in no header that nobody wrote them.
struct Autoresponder<'a> {
    site: &'a Site,
    /// Writes to the mailbox as if for the first time, rather than to where an answer was asked for.
    forgetful: bool,
    /// Mails that it has got, and those that it has written.
    got: usize,
    rounds: usize,
}

impl Autoresponder<'_> {
    /// A round after a mail.
    fn answer(&mut self, mail: &Received) {
        let round = self.rounds;
        self.rounds += 1;
        let mail = MessageParser::default().parse(&mail.bytes).unwrap();
        let reply_to = mail.reply_to().unwrap().first().unwrap().address().unwrap();
        let thread = match self.forgetful {
            true => String::new(),
            false => format!(
                "To: {reply_to}\nIn-Reply-To: <{}>\n",
                mail.message_id().unwrap()
            ),
        };
        self.site.deliver(&format!(
            "From: customer1@customers.test\n{thread}Subject: Re: your letter\n\
             Message-ID: <{round}.again@customers.test>\n\nThank you for your mail number {round}. It matters to us.\n"
        ));
    }

    /// Waits until all that was written to the daemon is filed, and all that came of it has gone out; the mails
    /// that came of it.
    async fn listen(&mut self, filed: usize) -> Vec<Received> {
        let all = i64::try_from(filed).unwrap();
        self.site
            .until("select count(*) from landed where state = 'filed'", all)
            .await;
        self.site
            .until(
                "select count(*) from outbox where state in ('queued', 'sending')",
                0,
            )
            .await;
        let new = self.site.smtp.received().split_off(self.got);
        self.got += new.len();
        new
    }
}

async fn ping_pong(forgetful: bool) -> usize {
    const ROUNDS: usize = 1000;
    let site = Site::new().await;
    site.configure("", "", "[triage]\nbatch = 200");
    let daemon = site.daemon();
    site.deliver(&complaint(1));
    let mut responder = Autoresponder {
        site: &site,
        forgetful,
        got: 0,
        rounds: 0,
    };
    let mut last = responder.listen(1).await.remove(0);
    responder.answer(&last);
    // in silence it writes by itself, ever more at a time
    let mut silence = 1;
    while responder.rounds < ROUNDS {
        let new = responder.listen(responder.rounds + 1).await;
        for mail in &new {
            responder.answer(mail);
        }
        match new.into_iter().next_back() {
            Some(mail) => (last, silence) = (mail, 1),
            None => {
                for _ in 0..silence.min(ROUNDS - responder.rounds) {
                    responder.answer(&last);
                }
                silence *= 2;
            }
        }
    }
    responder.listen(responder.rounds + 1).await;
    println!(
        "forgetful: {forgetful}: {} mails in {} rounds, {} cases",
        responder.got,
        responder.rounds,
        site.count("select count(*) from cases").await
    );
    if !forgetful {
        assert_eq!(site.count("select count(*) from cases").await, 1);
    }
    assert_eq!(daemon.terminate().await, 0);
    responder.got
}

/// Each answer of the daemon's makes the next round.
#[tokio::test]
async fn autoresponder_ping_pong_of_a_thousand_rounds_gets_a_few_mails() {
    assert_eq!(ping_pong(false).await, 1);
}

/// It answers the address that a letter comes from, with nothing that tells which letter: each round is a new
/// complaint, and each of these is owed an acknowledgement.
#[tokio::test]
async fn autoresponder_ping_pong_that_forgets_the_thread_ends_at_the_cap() {
    // the cap's default
    assert_eq!(ping_pong(true).await, 20);
}

/// Each takes the other for a customer.
#[tokio::test]
async fn two_redresses_that_write_to_each_other_soon_fall_silent() {
    let (one, two) = (Site::new().await, Site::new().await);
    let daemons = [one.daemon(), two.daemon()];
    two.deliver(&format!(
        "From: <{}>\nTo: <{}>\nSubject: Broken\nMessage-ID: <first@x>\n\nIt arrived broken.\n",
        one.address, two.address
    ));
    let (mut to_one, mut to_two) = (0, 0);
    let mut quiet = 0;
    // what either sends to the other arrives there, until nothing has come for three seconds
    while quiet < 60 {
        let mut moved = false;
        for (from, to, count) in [(&two, &one, &mut to_one), (&one, &two, &mut to_two)] {
            let sent = from.smtp.received();
            for mail in sent.iter().skip(*count) {
                *count += 1;
                moved = true;
                let mut bytes = format!("Return-Path: <{}>\r\n", mail.sender).into_bytes();
                bytes.extend_from_slice(&mail.bytes);
                to.deliver(&String::from_utf8_lossy(&bytes));
            }
        }
        quiet = if moved { 0 } else { quiet + 1 };
        assert!(to_one + to_two < 100, "they don't stop");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{to_one} and {to_two} mails");
    let heard = wait(async || two.count("select count(*) from cases").await == 1).await;
    assert!(heard, "{}", two.logs());
    assert!(to_one + to_two <= 6, "{to_one} and {to_two}");
    for daemon in daemons {
        assert_eq!(daemon.terminate().await, 0);
    }
}
