//! Personal data goes when its term is over or its customer asks for it, unless something keeps it (policy §7,
//! §5.2); and the history still says what happened.

use std::collections::BTreeMap;
use std::time::Duration;

use mail_parser::MessageParser;
use redress::case::{Act, Person, Staff};
use redress::config::Config;
use redress::policy::Role;
use redress::work::acts::{Acted, act};
use serde_json::Value;

use crate::support::{Daemon, Site, complaint, wait};

const STAFF: &str = "\
[[staff]]\nid = \"li.na\"\nname = \"Li Na\"\nroles = [\"handler\"]\naddresses = [\"li.na@example.com\"]\ndigest = true\n\
[[staff]]\nid = \"wu.lei\"\nname = \"Wu Lei\"\nroles = [\"supervisor\"]\n\
[[staff]]\nid = \"he.fa\"\nname = \"He Fa\"\nroles = [\"legal\"]\n";

const YEAR: u64 = 365 * 86_400;

struct Company {
    site: Site,
    daemon: Option<Daemon>,
}

/// A letter, as far as it can be answered.
struct Letter {
    reply_to: String,
    message_id: String,
}

impl Company {
    async fn new() -> Company {
        Company::with("", "").await
    }

    /// One with a policy profile of its own.
    async fn with(sections: &str, profile: &str) -> Company {
        let site = Site::new().await;
        site.configure("", "", &format!("{STAFF}{sections}"));
        let own = site.folder.path().join("policy");
        std::fs::create_dir(&own).unwrap();
        if !profile.is_empty() {
            std::fs::write(own.join("lawful.toml"), profile).unwrap();
        }
        site.drive_time().await;
        let daemon = Some(site.daemon());
        Company { site, daemon }
    }

    /// A mail of a person whose name, address and words hold their mark, with a file.
    fn mail(mark: &str, headers: &str) -> String {
        format!(
            "From: {mark} Zhang <{mark}@customers.test>\nSubject: Order of {mark}\n\
             Message-ID: <{mark}.mail@{mark}.test>\nMIME-Version: 1.0\n{headers}\
             Content-Type: multipart/mixed; boundary=b\n\n\
             --b\nContent-Type: text/plain; charset=utf-8\n\nMy name is {mark}, and the cup that I bought was broken when it came.\n\
             --b\nContent-Type: image/png; name=\"{mark}.png\"\nContent-Disposition: attachment; filename=\"{mark}.png\"\n\n{mark}\n--b--\n"
        )
    }

    /// A complaint that became a case; its reference.
    async fn complaint(&self, mark: &str) -> String {
        self.site.deliver(&Company::mail(mark, ""));
        self.case_of(mark).await
    }

    /// The latest case of a customer, once it is there.
    async fn case_of(&self, mark: &str) -> String {
        let mut reference = None;
        let come = wait(async || {
            reference = sqlx::query_scalar(
                "select c.reference from cases c join party p on p.id = c.customer_id
                 where p.address = $1 and c.acknowledgement = 'delivered' order by c.id desc limit 1",
            )
            .bind(format!("{mark}@customers.test"))
            .fetch_optional(&self.site.sql)
            .await
            .unwrap();
            reference.is_some()
        })
        .await;
        assert!(come, "no case of {mark}\n{}", self.site.logs());
        reference.unwrap()
    }

    async fn act(&self, reference: &str, who: &str, words: &[&str]) {
        let mut arguments = vec!["case", "act", reference, "--as", who];
        arguments.extend(words);
        let (status, out, error) = self.site.redress(&arguments).await;
        assert_eq!(status, 0, "{words:?}: {out}{error}");
    }

    /// Takes a case through to its end, with words that hold the mark.
    async fn close(&self, reference: &str, mark: &str) {
        self.act(reference, "li.na", &["note", &format!("{mark} called")])
            .await;
        self.act(reference, "li.na", &["withdraw"]).await;
    }

    /// Everything has been read, sent and told.
    async fn quiet(&self) {
        for pending in [
            "select count(*) from landed where state = 'waiting'",
            "select count(*) from outbox where state in ('queued', 'sending') or not told",
        ] {
            self.site.until(pending, 0).await;
        }
    }

    /// Lets time pass while no daemon runs.
    async fn pass(&mut self, seconds: u64) {
        self.stop().await;
        self.site.advance(Duration::from_secs(seconds)).await;
    }

    async fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            self.quiet().await;
            assert!(wait(async || daemon.log().contains("redress has started")).await);
            assert_eq!(daemon.terminate().await, 0);
        }
    }

    fn start(&mut self) {
        self.daemon = Some(self.site.daemon());
    }

    /// The first letter to a customer.
    fn letter_to(&self, mark: &str) -> Letter {
        self.letter_to_address(&format!("{mark}@customers.test"))
    }

    fn letter_to_address(&self, address: &str) -> Letter {
        let all = self.site.smtp.received();
        let letter = all.iter().find(|mail| mail.recipient == address).unwrap();
        let mail = MessageParser::default().parse(&letter.bytes).unwrap();
        let reply_to = mail.reply_to().unwrap().first().unwrap();
        Letter {
            reply_to: reply_to.address().unwrap().to_owned(),
            message_id: mail.message_id().unwrap().to_owned(),
        }
    }

    async fn json(&self, arguments: &[&str], expected: i32) -> Value {
        let (status, out, error) = self.site.redress(arguments).await;
        assert_eq!(status, expected, "{arguments:?}: {out}{error}");
        serde_json::from_str(&out).unwrap()
    }

    async fn one(&self, sql: &'static str, value: &str) -> i64 {
        let query = sqlx::query_scalar(sql).bind(value);
        query.fetch_one(&self.site.sql).await.unwrap()
    }

    /// The columns of all tables there are, whatever they are called, that hold a text somewhere, in letters or
    /// in bytes.
    async fn found(&self, text: &str) -> Vec<String> {
        let mut found = vec![];
        for (schema, table, column) in columns(&self.site).await {
            let query = format!(
                "select count(*) from \"{schema}\".\"{table}\"
                 where position(lower($1) in lower(\"{column}\"::text)) > 0
                    or position(encode(convert_to($1, 'UTF8'), 'hex') in \"{column}\"::text) > 0
                    or position(encode(convert_to(initcap($1), 'UTF8'), 'hex') in \"{column}\"::text) > 0"
            );
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .bind(text)
                .fetch_one(&self.site.sql)
                .await
                .unwrap();
            if count > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
        found
    }

    /// Every row of every table, to compare.
    async fn everything(&self) -> BTreeMap<String, String> {
        let mut tables = BTreeMap::new();
        for (schema, table, _) in columns(&self.site).await {
            // whoever looks registers nothing that counts
            let query = format!(
                "select coalesce(string_agg(md5(t::text), ',' order by t::text), '') from \"{schema}\".\"{table}\" t"
            );
            let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .fetch_one(&self.site.sql)
                .await
                .unwrap();
            tables.insert(table, rows);
        }
        tables
    }
}

/// Schema, table and column of everything that is stored.
async fn columns(site: &Site) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select c.table_schema::text, c.table_name::text, c.column_name::text
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')
         order by 1, 2, 3",
    )
    .fetch_all(&site.sql)
    .await
    .unwrap()
}

#[tokio::test]
async fn what_is_past_its_term_is_erased_and_the_history_still_verifies() {
    let mut company = Company::new().await;
    let gone = company.complaint("weimark").await;
    let open = company.complaint("openmark").await;
    let held = company.complaint("heldmark").await;
    let copy = company.complaint("copymark").await;
    let followed = company.complaint("oldmark").await;
    company.close(&gone, "weimark").await;
    company.close(&followed, "oldmark").await;
    let court = ["litigate", "heldmark went to court"];
    company.act(&held, "he.fa", &court).await;
    company.act(&held, "he.fa", &["rule", "heldmark won"]).await;
    company.act(&copy, "li.na", &["duplicate", &open]).await;
    // neither belongs to a case: an out-of-office, and one that nobody can be answered on
    company
        .site
        .deliver(&Company::mail("awaymark", "Auto-Submitted: auto-replied\n"));
    company
        .site
        .deliver("Subject: shademark\n\nThis is shademark\n");
    company
        .site
        .until("select count(*) from message where case_id is null", 1)
        .await;
    company
        .site
        .until("select count(*) from landed where state = 'quarantined'", 1)
        .await;
    company.quiet().await;
    let letter = company.letter_to("weimark");
    let old = company.letter_to("oldmark");
    // the search finds what is there, or it would prove nothing
    let before = company.found("weimark").await;
    for column in [
        "message.attachments",
        "message.from_address",
        "message.text",
        "outbox.bytes",
        "outbox.recipient",
        "party.address",
        "raw.bytes",
        "words.body",
    ] {
        assert!(
            before.iter().any(|one| one == column),
            "{column}: {before:?}"
        );
    }

    // not a day too early
    company.pass(5 * YEAR + 300 * 86_400).await;
    let ours = "select count(*) from outbox where case_id is null and erased_by is null";
    let ours = company.site.count(ours).await;
    let early = company.json(&["retention", "run", "--json"], 0).await;
    assert_eq!(early["cases"], serde_json::json!([]));
    assert_eq!(early["mails"], 2 + ours, "mail without a case goes sooner");
    for mark in ["awaymark", "shademark"] {
        assert_eq!(company.found(mark).await, Vec::<String>::new(), "{mark}");
    }
    assert!(!company.found("weimark").await.is_empty());

    // a matter that goes on needs what came before
    company.start();
    company.site.deliver(&format!(
        "From: Old <oldmark@customers.test>\nTo: {0}\nDelivered-To: {0}\nIn-Reply-To: <{1}>\n\
         Message-ID: <goes-on@customers.test>\nSubject: Re: cup\n\nIt broke again after all these years.\n",
        old.reply_to, old.message_id
    ));
    company
        .site
        .until(
            "select count(*) from cases where state->>'follows' is not null",
            1,
        )
        .await;
    company.pass(YEAR).await;
    let untouched = company.everything().await;
    let dry = company
        .json(&["retention", "run", "--dry-run", "--json"], 0)
        .await;
    assert_eq!(
        company.everything().await,
        untouched,
        "a dry run changes nothing"
    );
    let report = company.json(&["retention", "run", "--json"], 0).await;
    assert_eq!(report["cases"], serde_json::json!([gone]));
    assert_eq!(dry["cases"], report["cases"]);
    let kept = report["kept"].to_string();
    for (reference, why) in [
        (&held, "legal hold"),
        (&copy, "same matter"),
        (&followed, "same matter"),
    ] {
        assert!(kept.contains(reference.as_str()), "{reference}: {kept}");
        assert!(kept.contains(why), "{why}: {kept}");
    }
    let open_too = format!("\"reference\":\"{open}\"");
    assert!(
        !kept.contains(&open_too),
        "an open case is nothing to tell of"
    );

    assert_eq!(company.found("weimark").await, Vec::<String>::new());
    assert!(!company.found("openmark").await.is_empty());
    assert!(!company.found("heldmark").await.is_empty());
    assert!(!company.found("copymark").await.is_empty());
    company.site.verified().await;
    let shown = company.json(&["case", "show", &gone, "--json"], 0).await;
    // looking is on record too
    let mut history = shown["history"].as_array().unwrap().iter();
    let last = history.rfind(|entry| entry["event"] != "looked");
    let last = last.unwrap().clone();
    assert_eq!(last["event"], "erased");
    assert_eq!(last["actor"], "redress");
    assert_eq!(
        last["data"]["rule"],
        "retention: 6 years after closing (profile default)"
    );
    assert!(shown["erased_at"].is_string());
    // who, when and by which rule, and what the reviews go by
    let marks = "select count(*) from message m join erasure e on e.id = m.erased_by
                 join cases c on c.id = m.case_id
                 where c.reference = $1 and e.actor = 'redress' and e.rule like 'retention: 6 years%'";
    assert_eq!(company.one(marks, &gone).await, 1);
    let figures = "select count(*) from reports.cases r where r.reference = $1
                   and r.close_reason = 'withdrawn' and r.closed_at is not null and r.customer_id is not null";
    assert_eq!(company.one(figures, &gone).await, 1);
    let again = company.json(&["retention", "run", "--json"], 0).await;
    assert_eq!(again["cases"], serde_json::json!([]));

    // nothing happens to it any more
    let note = ["case", "act", &gone, "--as", "li.na", "note", "weimark"];
    let (status, _, error) = company.site.redress(&note).await;
    assert_eq!(
        (status, error.contains("was erased")),
        (65, true),
        "{error}"
    );
    let mail: i64 = sqlx::query_scalar(
        "select o.id from outbox o join cases c on c.id = o.case_id
         where c.reference = $1 and o.letter is not null limit 1",
    )
    .bind(&gone)
    .fetch_one(&company.site.sql)
    .await
    .unwrap();
    let retry = ["outbox", "retry", &mail.to_string()];
    let (status, _, error) = company.site.redress(&retry).await;
    assert_eq!((status, error.contains("is erased")), (65, true), "{error}");

    // the same bytes again open no second case, and new ones are a matter of its own, whatever they answer
    let cases = company.site.count("select count(*) from cases").await;
    company.start();
    company.site.deliver(&Company::mail("weimark", ""));
    company
        .site
        .until("select count(*) from landed where state = 'duplicate'", 1)
        .await;
    assert_eq!(
        company.site.count("select count(*) from cases").await,
        cases
    );
    company.site.deliver(&format!(
        "From: Wei <weimark@customers.test>\nTo: {0}\nDelivered-To: {0}\nIn-Reply-To: <{1}>\n\
         Message-ID: <later@customers.test>\nSubject: Re: {gone}\n\nIt is broken again, and I want my money back.\n",
        letter.reply_to, letter.message_id
    ));
    let new = company.case_of("weimark").await;
    assert_ne!(new, gone);
    let follows = "select count(*) from cases where reference = $1 and state->>'follows' is null";
    assert_eq!(company.one(follows, &new).await, 1);
    company.stop().await;
    company.site.verified().await;
}

#[tokio::test]
async fn a_run_that_is_killed_is_gone_on_with_by_the_next() {
    const CASES: usize = 120;
    let mut company = Company::new().await;
    for number in 0..CASES {
        company.site.deliver(&complaint(number));
    }
    company.site.acknowledged(CASES as i64).await;
    let config = Config::load(&company.site.config()).unwrap();
    let store = company.site.store().await;
    let post = config.post(&store).await.unwrap();
    let li_na = Staff {
        person: "li.na".parse::<Person>().unwrap(),
        roles: [Role::Handler].into(),
    };
    let references: Vec<String> = sqlx::query_scalar("select reference from cases order by id")
        .fetch_all(&company.site.sql)
        .await
        .unwrap();
    for reference in &references {
        let reference = reference.parse().unwrap();
        let done = act(&store, &post, reference, &li_na, Act::Withdraw, None).await;
        assert!(matches!(done.unwrap(), Acted::Done { .. }));
    }
    store.close().await;
    company.pass(7 * YEAR).await;

    // somebody holds one of the last cases, so that the run stands still when it has come that far
    let mut holder = company.site.sql.begin().await.unwrap();
    sqlx::query("select 1 from cases where reference = $1 for update")
        .bind(&references[CASES - 5])
        .execute(&mut *holder)
        .await
        .unwrap();
    let mut run = tokio::process::Command::new(env!("CARGO_BIN_EXE_redress"))
        .arg("--config")
        .arg(company.site.config())
        .args(["retention", "run"])
        .spawn()
        .unwrap();
    let erased = "select count(*) from cases where erased";
    company.site.until(erased, 100).await;
    run.kill().await.unwrap();
    holder.rollback().await.unwrap();
    let half = "select count(*) from message m join cases c on c.id = m.case_id
                where c.erased <> (m.erased_by is not null)";
    assert_eq!(company.site.count(half).await, 0, "whole cases or none");
    company.site.verified().await;

    let report = company.json(&["retention", "run", "--json"], 0).await;
    assert_eq!(report["cases"].as_array().unwrap().len(), CASES - 100);
    assert_eq!(company.site.count(erased).await, CASES as i64);
    assert_eq!(company.site.count(half).await, 0);
    assert_eq!(
        company.found("customers.test").await,
        Vec::<String>::new(),
        "nobody's address is left"
    );
    company.site.verified().await;
}

#[tokio::test]
async fn a_customers_request_is_refused_case_by_case_or_carried_out() {
    let lawful = include_str!("../config/policy/default.toml").replacen(
        "retention = \"6 years\"",
        "retention = \"6 years\"\nkept_by = [{ rule = \"Ledger Act §7\", term = \"1 year\", from = \"received\" }]",
        1,
    );
    let sections =
        "[policy]\nfolder = \"policy\"\nprofile = \"lawful\"\n[jobs]\ndigest.at = \"never\"\n";
    let mut company = Company::with(sections, &lawful).await;
    let first = company.complaint("weimark").await;
    // what lists many cases is kept with none; it lists what is due soon or overdue
    company.pass(60 * 86_400).await;
    company.start();
    let (status, said, error) = company.site.redress(&["job", "run", "digest"]).await;
    assert_eq!(status, 0, "{said}{error}");
    let digest = "select count(*) from outbox where case_id is null and state = 'sent'
        and position(convert_to('weimark', 'UTF8') in bytes) > 0";
    company.site.until(digest, 1).await;
    company.close(&first, "weimark").await;
    company.site.deliver(
        "From: weimark Zhang <weimark@customers.test>\nMessage-ID: <second@customers.test>\nSubject: Another matter\n\n\
         The teapot is too small, weimark says.\n",
    );
    company.site.acknowledged(2).await;
    let second = company.case_of("weimark").await;
    // what a member wrote below the digest, and what their mail server sent back of it
    let desk = company.letter_to_address("li.na@example.com").reply_to;
    assert!(desk.contains("+d1."), "{desk}");
    company.site.deliver(&format!(
        "From: Li Na <li.na@example.com>\nTo: {desk}\nMessage-ID: <desk.1@example.com>\nSubject: Re: digest\n\n\
         Thank you!\n\n> {first} weimark Zhang: Order of weimark\n"
    ));
    company.site.deliver(
        "From: MAILER-DAEMON@example.com\nTo: complaints@example.com\nMessage-ID: <back@example.com>\n\
         Subject: Undelivered\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nOrder of weimark came back.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; example.com\n\n\
         Final-Recipient: rfc822; li.na@example.com\nAction: failed\nStatus: 5.2.2\n\n--b--\n",
    );
    // without a case, and in quarantine
    company
        .site
        .deliver(&Company::mail("weimark", "Auto-Submitted: auto-replied\n"));
    company.site.deliver(
        "From: weimark@customers.test, other@customers.test\nSubject: weimark\n\nTwo authors\n",
    );
    company
        .site
        .until("select count(*) from landed where state = 'quarantined'", 1)
        .await;
    company
        .site
        .until("select count(*) from message where case_id is null", 3)
        .await;
    company.stop().await;

    let address = "WeiMark@customers.test";
    let untouched = company.everything().await;
    let dry = ["party", "erase", address, "--dry-run", "--json"];
    let answer = company.json(&dry, 65).await;
    assert_eq!(answer["cases"], serde_json::json!([]));
    assert_eq!(answer["mails"], 2);
    let refused = answer["refused"].to_string();
    for why in ["Ledger Act §7 has it kept until", "it is open, at stage"] {
        assert!(refused.contains(why), "{why} is missing in {refused}");
    }
    assert_eq!(
        company.everything().await,
        untouched,
        "a dry run changes nothing"
    );
    for telling in ["weimark@customers.test wants it", "Weimark Zhang asked"] {
        let arguments = ["party", "erase", address, "--reason", telling];
        let (status, _, error) = company.site.redress(&arguments).await;
        assert_eq!(status, 64, "{error}");
    }
    let (status, _, error) = company
        .site
        .redress(&["party", "erase", "nobody@customers.test"])
        .await;
    assert_eq!(
        (status, error.contains("nothing is kept")),
        (66, true),
        "{error}"
    );

    // the law's term is over, and the second case still open: the first is erased, and the person stays known
    company
        .site
        .advance(Duration::from_secs(YEAR + 86_400))
        .await;
    let arguments = [
        "party",
        "erase",
        address,
        "--reason",
        "asked by phone",
        "--as",
        "wu.lei",
        "--json",
    ];
    let answer = company.json(&arguments, 65).await;
    assert_eq!(answer["cases"], serde_json::json!([first]));
    let linked = "select count(*) from cases join party p on p.id = customer_id
         where reference = $1 and p.address is null and p.name is null";
    assert_eq!(company.one(linked, &first).await, 1);
    assert_eq!(
        company
            .site
            .count("select count(*) from party where address = 'weimark@customers.test'")
            .await,
        1
    );
    // §6: that somebody complained twice stays to be counted
    let again =
        "select customers from repeating_customers('-infinity', '-infinity', 'infinity', null)";
    assert_eq!(company.site.count(again).await, 1);
    let recorded =
        "select count(*) from erasure where actor = $1 and rule = 'request of the customer (§7)'
                    and reason = 'asked by phone'";
    assert_eq!(company.one(recorded, "wu.lei").await, 4);
    let quoting = "select count(*) from message where case_id is null and erased_by is null";
    assert_eq!(company.site.count(quoting).await, 0);
    company.site.verified().await;

    // a court's hold keeps the second
    company
        .act(&second, "he.fa", &["litigate", "weimark sues"])
        .await;
    company
        .act(&second, "he.fa", &["rule", "weimark lost"])
        .await;
    let held = company
        .json(&["party", "erase", address, "--json"], 65)
        .await;
    assert!(held["refused"].to_string().contains("legal hold"), "{held}");
    company.act(&second, "he.fa", &["release"]).await;
    company.start();
    company.stop().await;
    let answer = company
        .json(&["party", "erase", address, "--json"], 0)
        .await;
    assert_eq!(answer["cases"], serde_json::json!([second]));
    assert_eq!(company.found("weimark").await, Vec::<String>::new());
    assert_eq!(company.site.count(again).await, 1);
    let known = "select count(*) from erased_customer";
    assert_eq!(
        company.site.count(known).await,
        0,
        "nobody knows who it was"
    );
    company.site.verified().await;
    let (status, _, _) = company.site.redress(&["party", "erase", address]).await;
    assert_eq!(status, 66, "nothing is left");

    // who writes again is somebody new
    company.start();
    company.site.deliver(
        "From: weimark <weimark@customers.test>\nMessage-ID: <third@customers.test>\nSubject: Once more\n\n\
         The saucer is broken as well.\n",
    );
    let third = company.case_of("weimark").await;
    assert!(third != first && third != second);
    company.stop().await;
    company.site.verified().await;
}
