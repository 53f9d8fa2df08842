//! kill -9 anywhere between listing and marking sent: a daemon dies at every failpoint there is, for every kind
//! of work, and ends in the same state as one that was left alone.
//!
//! A first site goes through all steps undisturbed, and notes which failpoints each step passes. Then each pair of
//! a step and a failpoint is played: the sites go through the steps side by side, and the daemon of each is
//! killed at another failpoint of that step. A failpoint that no step passes fails the test, so a new one has to be driven.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::MessageParser;

use crate::support::{Daemon, Site, wait};

const STAFF: &str = "\
[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\naddresses = [\"ann.lee@example.com\"]\nroles = [\"handler\"]\n\
[[staff]]\nid = \"he.jing\"\nname = \"He Jing\"\naddresses = [\"he.jing@example.com\"]\nroles = [\"auditor\"]\n\
[confirm]\nacts = [\"accept\", \"resolve\"]\nafter = \"5 minutes\"\n\
[jobs]\ndigest.at = \"never\"\nactions.at = \"never\"\npolicy_notice.at = \"never\"\npolicy_reading.at = \"never\"\n\
retention.at = \"never\"\nanchor.at = \"0 6 * * *\"\n\
review_week.at = \"never\"\nreview_month.at = \"never\"\nreview_quarter.at = \"never\"\nreview_year.at = \"never\"\n\
[quiet]\nall_per_hour = 0\n";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Sites that are played side by side.
const SITES: usize = 16;

/// What a step is about, in the order in which they are taken: each builds on those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A daemon starts for the first time: staff are sent the page of help.
    Start,
    Complaint,
    CustomersAnswer,
    /// Shown first: what it would do.
    StaffOrder,
    StaffConfirms,
    StaffCommand,
    AutoReply,
    /// Fails however often it is tried.
    Poison,
    /// Shown, and done by itself later.
    StaffOutcome,
    /// Six minutes later.
    OrderDue,
    /// Three weeks later: rungs of clocks, and a job.
    DaysPass,
    Bounce,
}

const STEPS: [Step; 12] = [
    Step::Start,
    Step::Complaint,
    Step::CustomersAnswer,
    Step::StaffOrder,
    Step::StaffConfirms,
    Step::StaffCommand,
    Step::AutoReply,
    Step::Poison,
    Step::StaffOutcome,
    Step::OrderDue,
    Step::DaysPass,
    Step::Bounce,
];

/// What there is to compare, but for times, what chance chose, and numbers of rows (what is rolled back leaves gaps).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    cases: Vec<String>,
    history: Vec<String>,
    landed: Vec<String>,
    messages: Vec<String>,
    outbox: Vec<String>,
    pending: Vec<String>,
    jobs: Vec<String>,
    clocks: Vec<String>,
    flagged: usize,
    /// Subjects by recipient, one for each Message-ID.
    sent: Vec<String>,
}

struct Play {
    site: Site,
    daemon: Option<Daemon>,
    file: PathBuf,
    /// Mails that were under way when a daemon died: these alone may be there twice, once for each death.
    under_way: Vec<String>,
}

impl Play {
    async fn new() -> Play {
        let site = Site::new().await;
        site.drive_time().await;
        site.configure("authserv_id = \"mx.example.com\"", "", STAFF);
        let text = std::fs::read_to_string(site.config()).unwrap();
        let text = text.replace("lease = \"3s\"", "lease = \"1s\"");
        std::fs::write(site.config(), text).unwrap();
        for statement in [
            "create function poison() returns trigger language plpgsql as
             $$ begin if new.message_id = 'poison@customers.test' then raise 'poison'; end if; return new; end $$",
            "create trigger poison before insert on message for each row execute function poison()",
        ] {
            sqlx::query(statement).execute(&site.sql).await.unwrap();
        }
        let file = site.folder.path().join("failpoint");
        Play {
            site,
            daemon: None,
            file,
            under_way: vec![],
        }
    }

    fn start(&mut self) {
        let wanted = format!("@{}", self.file.display());
        self.daemon = Some(
            self.site
                .daemon_with(&[("FAILPOINT_OF_REDRESS", wanted.as_str())]),
        );
    }

    async fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            // one that was started a moment ago may not listen to signals yet, and dies of this one
            let status = daemon.terminate().await;
            assert!([0, -1].contains(&status), "{status}");
        }
    }

    /// Time goes by while nobody looks.
    async fn pass(&mut self, time: Duration) {
        self.stop().await;
        self.site.advance(time).await;
        self.start();
    }

    fn newest(&self, recipient: &str) -> (String, String) {
        let received = self.site.smtp.received();
        let mail = received
            .iter()
            .rev()
            .find(|mail| mail.recipient == recipient);
        let mail = MessageParser::default().parse(&mail.unwrap().bytes);
        let mail = mail.unwrap();
        let reply_to = mail.reply_to().and_then(|list| list.first()?.address());
        (
            reply_to.unwrap_or_default().to_owned(),
            mail.message_id().unwrap().to_owned(),
        )
    }

    fn by_staff(&self, number: usize, text: &str) {
        let (to, message_id) = self.newest("ann.lee@example.com");
        self.site.deliver(&format!(
            "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n\
             From: <ann.lee@example.com>\nTo: {to}\nIn-Reply-To: <{message_id}>\nSubject: Re: the case\n\
             Message-ID: <{number}.staff@example.com>\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=utf-8\n\n{text}\n"
        ));
    }

    /// Sets a step going.
    async fn begin(&mut self, step: Step) {
        match step {
            Step::Start => self.start(),
            Step::Complaint => self.site.deliver(
                "From: Wang Wei <wang@customers.test>\nTo: complaints@example.com\nSubject: Broken cup\n\
                 Message-ID: <complaint@customers.test>\n\nThe cup arrived broken and nobody answers my calls, refund me please.\n",
            ),
            Step::CustomersAnswer => {
                let (to, message_id) = self.newest("wang@customers.test");
                self.site.deliver(&format!(
                    "From: Wang Wei <wang@customers.test>\nTo: {to}\nIn-Reply-To: <{message_id}>\nSubject: Re: cup\n\
                     Message-ID: <answer@customers.test>\n\nThe order number is 4711.\n"
                ));
            }
            Step::StaffOrder => self.by_staff(1, "/accept"),
            Step::StaffConfirms => self.by_staff(2, "/confirm"),
            Step::StaffCommand => self.by_staff(3, "/finding Broken on the way, which is our fault."),
            Step::AutoReply => {
                let (to, message_id) = self.newest("wang@customers.test");
                self.site.deliver(&format!(
                    "From: Wang Wei <wang@customers.test>\nTo: {to}\nIn-Reply-To: <{message_id}>\nSubject: Out of Office\n\
                     Auto-Submitted: auto-replied\nMessage-ID: <away@customers.test>\n\nI am away.\n"
                ));
            }
            Step::Poison => self.site.deliver(
                "From: Li <li@customers.test>\nTo: complaints@example.com\nSubject: Broken plate\n\
                 Message-ID: <poison@customers.test>\n\nThe plate arrived broken, too.\n",
            ),
            Step::StaffOutcome => self.by_staff(
                4,
                "/resolve upheld; remedy refund 120 yuan\nThe cup broke on its way to you. We are sorry.",
            ),
            Step::OrderDue => self.pass(Duration::from_secs(360)).await,
            Step::DaysPass => self.pass(DAY * 21).await,
            Step::Bounce => {
                let message_id: String = sqlx::query_scalar(
                    "select message_id from outbox where letter = 'acknowledgement'",
                )
                .fetch_one(&self.site.sql)
                .await
                .unwrap();
                self.site.deliver(&format!(
                    "From: MAILER-DAEMON@mx.customers.test\nTo: complaints@example.com\nReturn-Path: <>\n\
                     Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\nMessage-ID: <bounce@customers.test>\n\
                     Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\n\n\
                     --b1\n\nI'm sorry.\n--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.customers.test\n\n\
                     Final-Recipient: rfc822; wang@customers.test\nAction: failed\nStatus: 5.1.1\n\
                     --b1\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\n--b1--\n"
                ));
            }
        }
    }

    /// Whether nothing is under way, after so many mails.
    async fn is_quiet(&self, mails: usize) -> bool {
        // in one look, or a mail could land between two
        let busy: (i64, i64) = sqlx::query_as(
            "select (select count(*) from landed where state = 'waiting')
                  + (select count(*) from outbox where state in ('queued', 'sending') or not told)
                  + (select count(*) from pending where ended_at is null and due_at <= now())
                  + (select count(*) from job where state = 'running'),
                    (select count(*) from landed)",
        )
        .fetch_one(&self.site.sql)
        .await
        .unwrap();
        busy == (0, mails as i64) && self.flagged() == mails
    }

    fn flagged(&self) -> usize {
        let folder = self.site.servers.dovecot.maildir(&self.site.address);
        let entries = std::fs::read_dir(folder.join("cur")).into_iter().flatten();
        entries
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(":2,a")
            })
            .count()
    }

    async fn list(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql)
            .fetch_all(&self.site.sql)
            .await
            .unwrap()
    }

    async fn outcome(&self) -> Outcome {
        let mut sent: BTreeMap<String, String> = BTreeMap::new();
        for mail in self.site.smtp.received() {
            let read = MessageParser::default().parse(&mail.bytes).unwrap();
            let subject = read.subject().unwrap_or_default();
            let subject: String = subject.chars().filter(|c| !c.is_ascii_digit()).collect();
            let id = read.message_id().unwrap_or_default().to_owned();
            sent.insert(id, format!("{}: {subject}", mail.recipient));
        }
        let mut sent: Vec<String> = sent.into_values().collect();
        sent.sort();
        Outcome {
            cases: self
                .list("select concat_ws(' ', stage, acknowledgement, reachable, handler, history_length) from cases order by id")
                .await,
            history: self
                .list("select concat_ws(' ', event, actor) from history order by 1")
                .await,
            landed: self
                .list("select concat_ws(' ', state, whole, claimed_by is null) from landed order by uid")
                .await,
            messages: self
                .list("select concat_ws(' ', message_id, case_id is null, nature, matched_by) from message order by 1")
                .await,
            outbox: self
                .list("select concat_ws(' ', recipient, letter, automatic, state, told) from outbox order by 1")
                .await,
            pending: self
                .list("select concat_ws(' ', person, ending) from pending order by id")
                .await,
            jobs: self
                .list("select concat_ws(' ', name, state, count(*)) from job where state <> 'begun' group by name, state order by 1")
                .await,
            clocks: self
                .list("select concat_ws(' ', name, reached, stopped_at is null) from clock order by 1")
                .await,
            flagged: self.flagged(),
            sent,
        }
    }

    /// Starts another daemon where this one has died; whether it had.
    async fn bury(&mut self) -> bool {
        let dead = self.daemon.as_mut().is_some_and(Daemon::has_ended);
        if dead {
            let sql = "select message_id from outbox where state = 'sending'";
            let mails = self.list(sql).await;
            self.under_way.extend(mails);
            self.start();
        }
        dead
    }

    /// Each mail arrived once, and once more at most for each death that it was under way at, always the same; or
    /// for a failure that left it in doubt, which is on record.
    async fn assert_copies(&self) {
        let doubt = "select message_id from outbox where uncertain";
        let doubtful = self.list(doubt).await;
        let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for mail in self.site.smtp.received() {
            let read = MessageParser::default().parse(&mail.bytes).unwrap();
            let id = read.message_id().unwrap().to_owned();
            copies.entry(id).or_default().push(mail.bytes);
        }
        for (id, mails) in copies {
            let deaths = self.under_way.iter().filter(|one| **one == id).count();
            let copies = 1 + deaths.max(doubtful.contains(&id).into());
            assert!(mails.len() <= copies, "{} copies of {id}", mails.len());
            assert!(mails.iter().all(|mail| *mail == mails[0]));
        }
    }
}

/// Mails in the mailbox once a step is done.
fn mails(step: Step) -> usize {
    let letters = STEPS.iter().take_while(|one| **one <= step);
    letters
        .filter(|one| !matches!(one, Step::Start | Step::OrderDue | Step::DaysPass))
        .count()
}

/// A step undisturbed: the failpoints it passes, and how it ends.
async fn undisturbed(play: &mut Play, step: Step) -> (BTreeSet<String>, Outcome) {
    let passed = play.file.with_extension("passed");
    std::fs::write(&passed, "").unwrap();
    play.begin(step).await;
    let ready = wait(async || {
        // the page of help, the anchor, an order of its own accord: what nobody sent a mail for
        let expected = match step {
            Step::Start => play.site.count("select count(*) from outbox").await == 2,
            Step::OrderDue => {
                play.site
                    .count("select count(*) from cases where stage = 'resolved'")
                    .await
                    == 1
            }
            Step::DaysPass => {
                play.site
                    .count("select count(*) from job where state = 'done'")
                    .await
                    == 1
                    && play
                        .site
                        .count("select count(*) from clock where next_at <= now()")
                        .await
                        == 0
                    && play
                        .site
                        .count("select count(*) from clock where reached > 0")
                        .await
                        > 0
            }
            _ => true,
        };
        expected && play.is_quiet(mails(step)).await
    });
    assert!(ready.await, "{step:?} doesn't end\n{}", play.site.logs());
    // what comes after the last change that can be seen, such as the note that it was seen
    tokio::time::sleep(Duration::from_millis(500)).await;
    let text = std::fs::read_to_string(&passed).unwrap();
    (
        text.lines().map(str::to_owned).collect(),
        play.outcome().await,
    )
}

/// A step in which the daemon comes to grief at a failpoint.
async fn disturbed(play: &mut Play, step: Step, point: &str, action: &str, expected: &Outcome) {
    if matches!(step, Step::OrderDue | Step::DaysPass) {
        play.stop().await;
    } else if action != "abort" && step != Step::Start {
        // one that has failed at every step pauses longer and longer
        play.stop().await;
        play.start();
    }
    std::fs::write(&play.file, format!("{point}={action}")).unwrap();
    play.begin(step).await;
    let deadline = tokio::time::Instant::now() + crate::support::LONGEST;
    let mut buried = false;
    loop {
        buried |= play.bury().await;
        let fired = !play.file.exists() && (buried || action != "abort");
        if fired && play.is_quiet(mails(step)).await && play.outcome().await == *expected {
            break;
        }
        if tokio::time::Instant::now() > deadline {
            assert!(
                fired,
                "{point} isn't passed at {step:?}\n{}",
                play.site.logs()
            );
            assert_eq!(
                play.outcome().await,
                *expected,
                "{action} at {point}, {step:?}\n{}",
                play.site.logs()
            );
            panic!(
                "{action} at {point}, {step:?}: it doesn't come to rest\n{}",
                play.site.logs()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    play.assert_copies().await;
}

/// Every failpoint in the source.
fn in_the_source() -> BTreeSet<String> {
    fn look(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|name| name == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for rest in text.split("failpoint(\"").skip(1) {
                    found.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    look(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

async fn every_failpoint(action: &'static str) {
    let mut play = Play::new().await;
    let mut steps = vec![];
    for step in STEPS {
        let (passed, outcome) = undisturbed(&mut play, step).await;
        steps.push((step, passed, outcome));
    }
    drop(play.daemon.take());
    let passed: BTreeSet<String> = steps
        .iter()
        .flat_map(|(_, passed, _)| passed.clone())
        .collect();
    assert_eq!(
        passed,
        in_the_source(),
        "every failpoint is passed by some step"
    );

    let most = steps
        .iter()
        .map(|(_, passed, _)| passed.len())
        .max()
        .unwrap();
    let pairs: usize = steps.iter().map(|(_, passed, _)| passed.len()).sum();
    println!(
        "{} failpoints, {pairs} pairs with steps, {most} sites",
        passed.len()
    );
    let permits = tokio::sync::Semaphore::new(SITES);
    let (permits, steps) = (&permits, &steps);
    let sites = (0..most).map(|number| async move {
        let _permit = permits.acquire().await.unwrap();
        let mut play = Play::new().await;
        for (step, passed, outcome) in steps {
            match passed.iter().nth(number) {
                Some(point) => disturbed(&mut play, *step, point, action, outcome).await,
                None => {
                    let (_, found) = undisturbed(&mut play, *step).await;
                    assert_eq!(found, *outcome, "{step:?}\n{}", play.site.logs());
                }
            }
        }
        play.site.verified().await;
    });
    futures_util::future::join_all(sites).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_failpoint_for_every_kind_of_mail_it_ends_in_the_same_state() {
    every_failpoint("abort").await;
}

/// The same with a lost connection to the database in place of a death.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make soak"]
async fn an_error_at_every_failpoint_ends_in_the_same_state() {
    every_failpoint("error").await;
}

/// The file is compiled as a release compiles it: the name of the variable isn't in it.
#[test]
fn a_release_has_no_failpoints() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/failpoint.rs");
    let has_it = |assertions: &str| {
        let library = folder.path().join(format!("{assertions}.o"));
        let status =
            std::process::Command::new(std::env::var("RUSTC").unwrap_or("rustc".to_owned()))
                .args([
                    "--edition",
                    "2024",
                    "--crate-type",
                    "lib",
                    "--emit",
                    "obj",
                    "--crate-name",
                    "failpoint",
                    "-o",
                ])
                .arg(&library)
                .args(["-C", &format!("debug-assertions={assertions}")])
                .arg(&source)
                .status()
                .unwrap();
        assert!(status.success());
        let bytes = std::fs::read(&library).unwrap();
        memchr::memmem::find(&bytes, b"FAILPOINT_OF_REDRESS").is_some()
    };
    assert!(has_it("on"));
    assert!(!has_it("off"));
    // and no profile that ships turns them on
    let manifest =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("debug-assertions"));
}
