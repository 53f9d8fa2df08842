//! What is done by the calendar: once, whoever gets there first, and after whatever outage.

use std::time::Duration;

use chrono::Datelike;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::Value;

use crate::support::{Site, wait};

const STAFF: &str = "\
[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\naddresses = [\"ann.lee@example.com\"]\nroles = [\"handler\"]\ndigest = true\n\
[[staff]]\nid = \"wu.lei\"\nname = \"Wu Lei\"\naddresses = [\"wu.lei@example.com\"]\nroles = [\"supervisor\"]\n\
[[staff]]\nid = \"he.jing\"\nname = \"He Jing\"\naddresses = [\"he.jing@example.com\"]\nroles = [\"auditor\"]\nlanguages = [\"zh\"]\n";

/// No job runs by itself.
const NEVER: &str = "[jobs]\n\
digest.at = \"never\"\nactions.at = \"never\"\npolicy_notice.at = \"never\"\npolicy_reading.at = \"never\"\n\
retention.at = \"never\"\nanchor.at = \"never\"\n\
review_week.at = \"never\"\nreview_month.at = \"never\"\nreview_quarter.at = \"never\"\nreview_year.at = \"never\"\n";

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn office(sections: &str) -> Site {
    let site = Site::new().await;
    std::fs::write(
        site.config().with_file_name("notice.txt"),
        "Every complaint is answered.\n",
    )
    .unwrap();
    site.configure(
        "authserv_id = \"mx.example.com\"",
        "",
        &format!("[policy]\nnotice_file = \"notice.txt\"\n{STAFF}{sections}"),
    );
    site.drive_time().await;
    site
}

/// Mails to an address: their Reply-To, subject and text.
fn mails(site: &Site, to: &str) -> Vec<(String, String, String)> {
    let received = site.smtp.received();
    let to = received.iter().filter(|mail| mail.recipient == to);
    to.map(|mail| {
        let mail = MessageParser::default().parse(&mail.bytes).unwrap();
        let reply_to = mail.reply_to().and_then(|list| list.first()?.address());
        (
            reply_to.unwrap_or_default().to_owned(),
            mail.subject().unwrap().to_owned(),
            mail.body_text(0).unwrap().into_owned(),
        )
    })
    .collect()
}

async fn mail(site: &Site, to: &str, subject: &str) -> (String, String, String) {
    let find = || {
        let all = mails(site, to);
        all.into_iter().rev().find(|mail| mail.1.contains(subject))
    };
    let come = wait(async || find().is_some()).await;
    assert!(
        come,
        "no '{subject}' comes to {to}: {:?}\n{}",
        mails(site, to),
        site.logs()
    );
    find().unwrap()
}

/// A member's answer, with our own server's word for it.
fn answer(site: &Site, from: &str, to: &str, text: &str) {
    site.deliver(&format!(
        "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n\
         From: <{from}>\nTo: {to}\nSubject: Re: x\nMessage-ID: <{}@example.com>\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n",
        text.len() + to.len()
    ));
}

async fn run(site: &Site, job: &str) -> String {
    let (status, out, error) = site.redress(&["job", "run", job]).await;
    assert_eq!(status, 0, "{error}");
    // a slot is a second: the next run is another one's
    site.advance(Duration::from_secs(1)).await;
    out
}

#[tokio::test]
async fn a_slot_runs_once_however_many_daemons_there_are_and_the_last_one_after_an_outage() {
    let sections =
        format!("{NEVER}anchor.at = \"0 6 * * *\"\n").replace("anchor.at = \"never\"\n", "");
    let site = office(&sections).await;
    let (one, two) = (site.daemon(), site.daemon());
    site.until("select count(*) from job where state = 'begun'", 1)
        .await;
    // five days in which nobody looks
    assert_eq!(one.terminate().await, 0);
    assert_eq!(two.terminate().await, 0);
    site.advance(DAY * 5).await;
    let _both = (site.daemon(), site.daemon());
    site.until("select count(*) from job where state = 'done'", 1)
        .await;
    site.until("select count(*) from job where state = 'skipped'", 4)
        .await;
    site.advance(DAY).await;
    site.until("select count(*) from job where state = 'done'", 2)
        .await;
    let done = "select count(*) from job where state = 'done' and attempts = 1";
    assert_eq!(site.count(done).await, 2);
    let (_, subject, text) = mail(&site, "he.jing@example.com", "锚点").await;
    assert!(
        text.contains("audit verify --all --anchor"),
        "{subject}\n{text}"
    );
    let come = wait(async || {
        let all = mails(&site, "he.jing@example.com");
        all.iter().filter(|mail| mail.1.contains("锚点")).count() == 2
    });
    assert!(
        come.await,
        "one mail a slot: {:?}",
        mails(&site, "he.jing@example.com")
    );

    let (status, out, error) = site.redress(&["job", "list", "--json"]).await;
    assert_eq!(status, 0, "{error}");
    let jobs: Vec<Value> = serde_json::from_str(&out).unwrap();
    let anchor = jobs.iter().find(|job| job["name"] == "anchor").unwrap();
    assert_eq!(anchor["last_state"], "done");
    assert_eq!(anchor["schedule"], "0 6 * * *");
    assert!(anchor["next"].is_string());
    let digest = jobs.iter().find(|job| job["name"] == "digest").unwrap();
    assert_eq!(digest["schedule"], Value::Null);
}

#[tokio::test]
async fn who_prefers_a_digest_gets_one_mail_a_day_in_place_of_reminders() {
    let site = office(NEVER).await;
    let daemon = site.daemon();
    site.deliver(
        "From: Wang Wei <wang@customers.test>\nTo: complaints@example.com\nSubject: Broken cup\n\
         Message-ID: <1@customers.test>\n\nThe cup arrived broken, and nobody answers my calls.\n",
    );
    mail(&site, "ann.lee@example.com", "please take it up").await;
    assert_eq!(daemon.terminate().await, 0);
    // taking it up is overdue by then
    site.advance(DAY * 9).await;
    let _daemon = site.daemon();
    site.until(
        "select count(*) from clock where name = 'confirm' and breached_at is not null",
        1,
    )
    .await;
    mail(&site, "wu.lei@example.com", "Overdue").await;
    run(&site, "digest").await;
    let (_, subject, text) = mail(&site, "ann.lee@example.com", "Your cases today").await;
    assert!(subject.contains("1 overdue"), "{subject}");
    assert!(
        text.contains("Broken cup") && text.contains("taking up the case"),
        "{text}"
    );
    let single = mails(&site, "ann.lee@example.com");
    assert!(
        !single
            .iter()
            .any(|mail| mail.1.contains("Overdue") || mail.1.contains("Due soon")),
        "{single:?}"
    );
}

#[tokio::test]
async fn a_digest_goes_out_on_a_make_up_workday_and_on_no_holiday() {
    const WRITTEN: &str = "select count(*) from job where name = 'digest' and state = 'done'
         and result like '% digests were written'";
    const CLOSED: &str = "select count(*) from job where name = 'digest' and state = 'done'
         and result like '% is no business day%'";
    let site = Site::new().await;
    let now: chrono::NaiveDateTime =
        sqlx::query_scalar("select now() at time zone 'Asia/Shanghai'")
            .fetch_one(&site.sql)
            .await
            .unwrap();
    let mut saturday = now.date() + chrono::TimeDelta::days(1);
    while saturday.weekday() != chrono::Weekday::Sat {
        saturday += chrono::TimeDelta::days(1);
    }
    let monday = saturday + chrono::TimeDelta::days(2);
    let lists = site.config().with_file_name("policy").join("calendars");
    std::fs::create_dir_all(&lists).unwrap();
    let days = format!(
        "name = \"China\"\nsource = \"this test\"\nknown_until = {monday}\n\
         holidays = [{{ from = {monday}, to = {monday}, name = \"holiday\" }}]\n\
         workdays = [{{ date = {saturday}, name = \"make-up workday\" }}]\n"
    );
    std::fs::write(lists.join("china.toml"), days).unwrap();
    let sections = NEVER.replace("digest.at = \"never\"", "digest.at = \"0 8 * * *\"");
    let sections = format!("[policy]\nfolder = \"policy\"\n{STAFF}{sections}");
    site.configure("authserv_id = \"mx.example.com\"", "", &sections);
    site.drive_time().await;
    let daemon = site.daemon();
    site.until("select count(*) from job where name = 'digest'", 1)
        .await;
    assert_eq!(daemon.terminate().await, 0);
    // nine on that Saturday
    let nine = saturday.and_hms_opt(9, 0, 0).unwrap();
    site.advance((nine - now).to_std().unwrap()).await;
    for (sent, not_sent) in [(1, 0), (1, 1), (1, 2), (2, 2)] {
        let daemon = site.daemon();
        site.until(WRITTEN, sent).await;
        site.until(CLOSED, not_sent).await;
        assert_eq!(daemon.terminate().await, 0);
        site.advance(DAY).await;
    }
}

#[tokio::test]
async fn an_action_is_reminded_of_done_and_looked_at_by_somebody_else() {
    let site = office(NEVER).await;
    let _daemon = site.daemon();
    let (desk, ..) = mail(&site, "wu.lei@example.com", "keep this page").await;
    let (anns, ..) = mail(&site, "ann.lee@example.com", "keep this page").await;
    // a handler can't raise one that belongs to no case
    answer(
        &site,
        "ann.lee@example.com",
        &anns,
        "/action wu.lei by 3 Dec: nothing",
    );
    mail(&site, "ann.lee@example.com", "Not done").await;
    let today: chrono::NaiveDate =
        sqlx::query_scalar("select (now() at time zone 'Asia/Shanghai')::date")
            .fetch_one(&site.sql)
            .await
            .unwrap();
    let due = today + chrono::TimeDelta::days(10);
    answer(
        &site,
        "wu.lei@example.com",
        &desk,
        &format!("/action preventive ann.lee by {due}: check the lids"),
    );
    site.until("select count(*) from action where kind = 'preventive' and owner = 'ann.lee' and case_id is null", 1)
        .await;
    run(&site, "actions").await;
    assert_eq!(
        site.count("select count(*) from action where reminded > 0")
            .await,
        0
    );
    site.advance(DAY * 8).await;
    run(&site, "actions").await;
    run(&site, "actions").await;
    let (_, _, text) = mail(&site, "ann.lee@example.com", "Reminder: action 2").await;
    assert!(
        text.contains("check the lids") && text.contains("/done 2"),
        "{text}"
    );
    site.advance(DAY * 4).await;
    run(&site, "actions").await;
    mail(&site, "wu.lei@example.com", "Overdue: action 2").await;
    // nobody looks at their own; and whoever raised it is asked to, however late it is done
    answer(
        &site,
        "ann.lee@example.com",
        &anns,
        "/done 2: lids are checked",
    );
    site.until(
        "select count(*) from action where done_words = 'lids are checked' and reminded = 0",
        1,
    )
    .await;
    answer(&site, "ann.lee@example.com", &anns, "/verify 2");
    wait(async || {
        mails(&site, "ann.lee@example.com")
            .iter()
            .filter(|mail| mail.1.contains("Not done"))
            .count()
            == 2
    })
    .await;
    assert_eq!(
        site.count("select count(*) from action where verified_at is not null")
            .await,
        0
    );
    mail(&site, "wu.lei@example.com", "Action 2 is done").await;
    site.advance(DAY).await;
    run(&site, "actions").await;
    let asked = || {
        let mails = mails(&site, "wu.lei@example.com");
        let asked = mails
            .iter()
            .filter(|mail| mail.1.contains("Action 2 is done"));
        asked.count()
    };
    assert!(wait(async || asked() == 2).await, "{}", site.logs());
    answer(&site, "wu.lei@example.com", &desk, "/verify 2");
    site.until(
        "select count(*) from action where verified_by = 'wu.lei'",
        1,
    )
    .await;
}

/// The server ends the connection of a job at work; then transactions end as a deadlock and a database that takes no
/// writes end them. None of that is the job's fault.
#[tokio::test]
async fn a_slot_that_the_database_breaks_off_runs_again_and_one_that_fails_by_itself_has_failed() {
    const DONE: &str =
        "select count(*) from job where name = 'actions' and state = 'done' and attempts = 1";
    const END_IT: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and usename = 'redress_app' and wait_event_type = 'Lock'
           and query like '%from action%'";
    let sections = NEVER
        .replace("actions.at = \"never\"", "actions.at = \"0 7 * * *\"")
        .replace("anchor.at = \"never\"", "anchor.at = \"0 6 * * *\"");
    let site = office(&sections).await;
    let trouble = [
        "create sequence tries",
        "grant usage on sequence tries to public",
        "create function trouble() returns trigger language plpgsql as $$
         declare nth bigint := nextval('tries');
         begin
            if nth = 1 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
            if nth = 2 then raise exception 'read-only transaction' using errcode = '25006'; end if;
            if nth = 4 then raise exception 'it can''t be anchored'; end if;
            return null;
         end $$",
        "create trigger trouble_anchoring after insert on anchor for each statement execute function trouble()",
    ];
    for statement in trouble {
        let statement = sqlx::AssertSqlSafe(statement);
        sqlx::query(statement).execute(&site.sql).await.unwrap();
    }
    let daemon = site.daemon();
    site.until("select count(*) from job where state = 'begun'", 2)
        .await;
    assert_eq!(daemon.terminate().await, 0);
    site.advance(DAY).await;
    let mut held = site.sql.begin().await.unwrap();
    sqlx::query("lock table action in access exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    let daemon = site.daemon();
    let superuser = site.database.replace("redress_app@", "redress@");
    let superuser = sqlx::PgPool::connect(&superuser).await.unwrap();
    let ended = wait(async || {
        let ended: i64 = sqlx::query_scalar(END_IT)
            .fetch_one(&superuser)
            .await
            .unwrap();
        ended == 1
    });
    assert!(ended.await, "{}", site.logs());
    held.rollback().await.unwrap();
    site.until(DONE, 1).await;
    let anchored =
        "select count(*) from job where name = 'anchor' and state = 'done' and attempts = 1";
    site.until(anchored, 1).await;
    assert_eq!(
        site.count("select count(*) from job where state = 'failed'")
            .await,
        0
    );
    assert!(!site.logs().contains("a job failed"), "{}", site.logs());
    mail(&site, "he.jing@example.com", "锚点").await;

    // what is wrong with the job is said, and not tried again
    assert_eq!(daemon.terminate().await, 0);
    site.advance(DAY).await;
    let _daemon = site.daemon();
    let failed =
        "select count(*) from job where name = 'anchor' and state = 'failed' and attempts = 1
         and result like '%can''t be anchored%'";
    site.until(failed, 1).await;
    site.until(
        "select count(*) from job where name = 'actions' and state = 'done'",
        2,
    )
    .await;
    let tried = "select last_value from tries";
    assert_eq!(site.count(tried).await, 4);
}

#[tokio::test]
async fn p6_the_review_is_mailed_to_management_with_its_charts_and_a_file_to_keep() {
    let manager = "[[staff]]\nid = \"ma.li\"\nname = \"Ma Li\"\naddresses = [\"ma.li@example.com\"]\nroles = [\"manager\"]\nlanguages = [\"zh\"]\n";
    let site = office(&format!("{manager}{NEVER}")).await;
    let _daemon = site.daemon();
    site.deliver(
        "From: Wang Wei <wang@customers.test>\nTo: complaints@example.com\nSubject: Broken cup\n\
         Message-ID: <1@customers.test>\n\nThe cup arrived broken, and nobody answers my calls.\n",
    );
    site.until("select count(*) from cases", 1).await;
    site.advance(DAY * 40).await;
    let out = run(&site, "review_month").await;
    assert!(out.contains("mailed to 1"), "{out}");
    let come = wait(async || mails(&site, "ma.li@example.com").len() >= 2).await;
    assert!(come, "{}", site.logs());
    let received = site.smtp.received();
    let review = received
        .iter()
        .rev()
        .find(|mail| mail.recipient == "ma.li@example.com");
    let bytes = &review.unwrap().bytes;
    let mail = MessageParser::default().parse(bytes).unwrap();
    assert!(mail.body_html(0).unwrap().contains("cid:"));
    let kept = mail.attachments().find(|file| {
        file.attachment_name()
            .is_some_and(|name| name.ends_with(".html"))
    });
    let kept = kept.expect("a file to keep").contents();
    assert!(std::str::from_utf8(kept).unwrap().contains("<svg") || kept.len() > 10_000);
    // every picture that the page shows is there
    let html = mail.body_html(0).unwrap();
    for part in html.split("cid:").skip(1) {
        let id = part.split('"').next().unwrap();
        let shown = mail.parts.iter().any(|part| {
            part.content_id()
                .is_some_and(|known| known.trim_matches(['<', '>']) == id)
        });
        assert!(shown, "{id}");
    }
    assert!(
        !mail.body_text(0).unwrap().contains("Wang Wei"),
        "no customer is named"
    );
    let subject = mail.subject().unwrap();
    // that of one profile says so
    let arguments = ["review", "--month", "--profile", "default", "--mail"];
    let (status, out, error) = site.redress(&arguments).await;
    assert_eq!(status, 0, "{out}{error}");
    let (_, of_one, text) = self::mail(&site, "ma.li@example.com", "(default)").await;
    assert_eq!(of_one, format!("{subject} (default)"));
    assert!(text.contains("制度方案：default"), "{text}");
}

#[tokio::test]
async fn p10_the_policy_is_mailed_and_who_has_read_it_is_on_record() {
    let site = office(NEVER).await;
    let _daemon = site.daemon();
    mail(&site, "he.jing@example.com", "请保存本页").await;
    run(&site, "policy_notice").await;
    let (anns, _, text) = mail(&site, "ann.lee@example.com", "complaint policy").await;
    assert!(text.contains("Every complaint is answered."), "{text}");
    let (auditors, ..) = mail(&site, "he.jing@example.com", "制度").await;
    // any answer says that it was read; the word alone, too
    answer(
        &site,
        "ann.lee@example.com",
        &anns,
        "Thank you, I have read it.",
    );
    answer(&site, "he.jing@example.com", &auditors, "/已阅");
    site.until(
        "select count(*) from policy_reading where read_at is not null",
        2,
    )
    .await;
    for (days, told) in [
        (8, "1 were reminded"),
        (8, "1 were reminded"),
        (8, "1 listed"),
        (8, "0 listed"),
    ] {
        site.advance(DAY * days).await;
        let out = run(&site, "policy_reading").await;
        assert!(out.contains(told), "{out}");
    }
    let (_, _, text) = mail(&site, "wu.lei@example.com", "Not read").await;
    assert!(
        text.contains("Wu Lei") && !text.contains("Ann Lee"),
        "{text}"
    );
}
