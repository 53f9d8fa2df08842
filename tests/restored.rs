//! The database of an hour ago is put back: mail that came since is read again, and what may have gone out since
//! says so.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::support::office::{ANN, BROKEN, Office, STAFF, WANG};
use crate::support::{ACKNOWLEDGED, Site, complaint, wait};

const HISTORY: &str = "select count(*) from history where event = 'letter_uncertain'";

/// A copy of a site's database, to be put back. No daemon may run while it is made or put back.
struct Backup {
    admin: sqlx::PgPool,
    name: String,
}

impl Backup {
    async fn of(site: &Site) -> Backup {
        let name = site.database.rsplit('/').next().unwrap().to_owned();
        let admin = site.database.replace("redress_app@", "redress@");
        let admin = sqlx::PgPool::connect(&admin.replace(&name, "postgres"))
            .await
            .unwrap();
        let backup = Backup { admin, name };
        let copy = format!("{}_backup", backup.name);
        backup.copy(&backup.name, &copy).await;
        backup
    }

    async fn put_back(&self) {
        self.run(&format!("drop database {} with (force)", self.name))
            .await
            .unwrap();
        self.copy(&format!("{}_backup", self.name), &self.name)
            .await;
    }

    async fn copy(&self, from: &str, to: &str) {
        let end = format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'"
        );
        let create = format!("create database {to} template {from} owner redress_owner");
        let copied = wait(async || {
            self.run(&end).await.unwrap();
            self.run(&create).await.is_ok()
        });
        assert!(copied.await, "{from} can't be copied");
        let path = "select 'alter database ' || quote_ident($1) || ' set ' || unnest(s.setconfig)
             from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where d.datname = $2";
        let settings: Vec<String> = sqlx::query_scalar(path)
            .bind(to)
            .bind(from)
            .fetch_all(&self.admin)
            .await
            .unwrap();
        for setting in settings {
            self.run(&setting).await.unwrap();
        }
    }

    async fn run(&self, statement: &str) -> Result<(), sqlx::Error> {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(statement)
            .execute(&self.admin)
            .await
            .map(|_| ())
    }
}

/// Whose mails the command lists as uncertain.
async fn uncertain(site: &Site) -> BTreeSet<String> {
    let (status, out, error) = site
        .redress(&["outbox", "list", "--uncertain", "--json", "--limit", "1000"])
        .await;
    assert_eq!(status, 0, "{error}");
    let list: Value = serde_json::from_str(&out).unwrap();
    let mails = list["mails"].as_array().unwrap();
    mails
        .iter()
        .map(|mail| {
            assert_eq!(mail["uncertain"], true);
            mail["recipient"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn customers(numbers: std::ops::Range<usize>) -> BTreeSet<String> {
    numbers
        .map(|number| format!("customer{number}@customers.test"))
        .collect()
}

#[tokio::test]
async fn a_restored_backup_reads_again_what_came_since() {
    let site = Site::new().await;
    site.without_scan();
    let alarm = "[alarm]\nlook_every = \"1s\"";
    site.configure("", "", alarm);
    let daemon = site.daemon();
    for number in 0..5 {
        site.deliver(&complaint(number));
    }
    site.acknowledged(5).await;
    assert_eq!(daemon.terminate().await, 0);
    // a letter that waits when the backup is made: the mail server is away
    let config = std::fs::read_to_string(site.config()).unwrap();
    let away = config.replace(&format!("port = {}", site.smtp.port()), "port = 9");
    std::fs::write(site.config(), away).unwrap();
    let daemon = site.daemon();
    site.deliver(&complaint(5));
    site.until("select count(*) from cases", 6).await;
    assert_eq!(daemon.terminate().await, 0);
    std::fs::write(site.config(), config).unwrap();
    let backup = Backup::of(&site).await;

    let daemon = site.daemon();
    for number in 6..10 {
        site.deliver(&complaint(number));
    }
    site.acknowledged(10).await;
    assert_eq!(daemon.terminate().await, 0);
    assert_eq!(uncertain(&site).await, BTreeSet::new());
    site.deliver(&complaint(10));
    backup.put_back().await;
    assert_eq!(site.count("select count(*) from cases").await, 6);

    let daemon = site.daemon();
    site.until(ACKNOWLEDGED, 11).await;
    site.deliver(&complaint(11));
    site.acknowledged(12).await;
    site.until("select count(*) from alarm where name = 'restored'", 1)
        .await;
    site.until("select count(*) from outbox where untold_doubt", 0)
        .await;
    assert_eq!(daemon.terminate().await, 0);
    site.verified().await;
    let sent = site.smtp.received();
    for (numbers, expected) in [(0..5, 1), (5..10, 2), (10..12, 1)] {
        for customer in customers(numbers) {
            let copies = sent.iter().filter(|mail| mail.recipient == customer);
            assert_eq!(copies.count(), expected, "{customer}");
        }
    }
    assert_eq!(uncertain(&site).await, customers(5..10));
    let of_case = "select count(*) from history h join cases c on c.id = h.case_id join party p on p.id = c.customer_id
         where h.event = 'letter_uncertain' and p.address ~ '^customer[56789]@'";
    assert_eq!(site.count(of_case).await, 5);
    assert_eq!(site.count(HISTORY).await, 5);
    let reference: String = sqlx::query_scalar(
        "select c.reference from cases c join party p on p.id = c.customer_id where p.address like 'customer7@%'",
    )
    .fetch_one(&site.sql)
    .await
    .unwrap();
    let (_, shown, _) = site.redress(&["case", "show", &reference]).await;
    assert!(shown.contains("sent, uncertain"), "{shown}");
    assert!(shown.contains("letter_uncertain"), "{shown}");
    let said = site.logs().matches("a backup was restored").count();
    assert_eq!(said, 1, "{}", site.logs());
}

/// Notices that fell due, and the jobs of slots that passed, were done by the database that is gone too.
#[tokio::test]
async fn after_a_restore_what_was_due_before_is_uncertain_and_what_falls_due_is_not() {
    const OF_ANN: &str =
        "select count(*) from outbox where recipient = 'ann.lee@example.com' and uncertain";
    let digests = "[policy]\nfolder = \"policy\"\n[jobs.digest]\nat = \"0 8 * * *\"\n";
    let staff = STAFF.replace(
        "languages = [\"en\"]",
        "languages = [\"en\"]\ndigest = true",
    );
    let day = Duration::from_secs(24 * 3600);
    // digests go out on whatever day of the week this is
    let all_days = include_str!("../config/policy/default.toml")
        .replace("days = [\"china\"]", "days = []")
        .replace(
            "friday = [\"09:00-18:00\"]",
            "friday = [\"09:00-18:00\"]\nsaturday = [\"09:00-18:00\"]\nsunday = [\"09:00-18:00\"]",
        );
    let mut office = Office::prepared(&staff, digests, true, |site| {
        let folder = site.config().with_file_name("policy");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("default.toml"), all_days).unwrap();
    })
    .await;
    office.site.without_scan();
    office.complaint(BROKEN).await;
    office.rest().await;
    let backup = Backup::of(&office.site).await;
    office.pass(3 * day).await;
    office
        .complaint_of(("Zhao", "zhao@customers.test"), "Late", BROKEN)
        .await;
    office.rest().await;
    let before = office.sent().len();
    backup.put_back().await;
    office.pass(3 * day).await;
    office.site.until("select count(*) from cases", 2).await;
    office.quiet().await;
    let again = office.sent()[before..].to_vec();
    assert!(
        again.iter().any(|mail| mail.to == ANN),
        "{}",
        office.site.logs()
    );
    let all = "select count(*) from outbox where not uncertain and recipient not like 'wang@%'
         and created_at > (select backup_at from restored)";
    assert_eq!(office.site.count(all).await, 0);
    let marked = office.site.count(OF_ANN).await;
    assert!(marked >= 2, "{marked}");
    assert!(!uncertain(&office.site).await.contains(WANG));
    // from here on nothing was done before
    office.pass(3 * day).await;
    let later = office.comes(before + again.len(), ANN, "").await;
    assert_eq!(later.to, ANN);
    office.quiet().await;
    assert_eq!(office.site.count(OF_ANN).await, marked);
}

/// Numbers of cases begin anew with the backup; an address that holds one was signed for somebody else's.
#[tokio::test]
async fn an_answer_to_a_letter_of_the_database_that_is_gone_finds_no_other_case() {
    let mut office = Office::new().await;
    office.site.without_scan();
    office.rest().await;
    let backup = Backup::of(&office.site).await;
    office.restart().await;
    let long = BROKEN.repeat(200);
    let (letter, _) = office.complaint(&long).await;
    let zhao = ("Zhao", "zhao@customers.test");
    office.complaint_of(zhao, "Late", BROKEN).await;
    office.rest().await;
    backup.put_back().await;
    // of the two mails the first isn't read this time, so that the other would get the number of its case
    let text = std::fs::read_to_string(office.site.config()).unwrap();
    let text = text.replace("poll_every =", "max_size = \"10 kB\"\npoll_every =");
    std::fs::write(office.site.config(), text).unwrap();
    office.restart().await;
    office.site.until("select count(*) from cases", 1).await;
    let headers = format!(
        "From: <{WANG}>\nTo: {}\nSubject: Re: cup\n",
        letter.reply_to
    );
    office.deliver(
        &headers,
        "Content-Type: text/plain\n\nAnd the saucer too.\n",
    );
    office.site.until("select count(*) from cases", 2).await;
    let others = "select count(*) from message m join cases c on c.id = m.case_id join party p on p.id = c.customer_id
         where lower(m.from_address) <> lower(p.address)";
    assert_eq!(office.site.count(others).await, 0);
}

/// No mark of ours on the mail tells of it: somebody has to say so, before the daemon starts.
#[tokio::test]
async fn an_operator_says_that_a_backup_was_restored_where_mail_is_moved() {
    let site = Site::new().await;
    site.without_scan();
    site.configure("after_landing = \"move\"", "", "");
    let daemon = site.daemon();
    site.deliver(&complaint(0));
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
    let backup = Backup::of(&site).await;
    let made = "select to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF\":00\"')";
    let made: String = sqlx::query_scalar(made).fetch_one(&site.sql).await.unwrap();
    let daemon = site.daemon();
    site.deliver(&complaint(1));
    site.acknowledged(2).await;
    assert_eq!(daemon.terminate().await, 0);
    backup.put_back().await;
    // as the README says: what was moved since goes back
    site.deliver(&complaint(1));
    let (status, said, error) = site
        .redress(&["outbox", "uncertain", "--since", &made])
        .await;
    assert_eq!(
        (status, said.as_str()),
        (0, "0 mails are marked as uncertain\n"),
        "{error}"
    );
    let daemon = site.daemon();
    site.acknowledged(2).await;
    // servers note receipt by the second
    let passed = "select count(*) from restored where now() > noticed_at + interval '1 second'";
    site.until(passed, 1).await;
    site.deliver(&complaint(2));
    site.acknowledged(3).await;
    site.until(HISTORY, 1).await;
    assert_eq!(daemon.terminate().await, 0);
    assert_eq!(uncertain(&site).await, customers(1..2));
}
