//! Nothing leaks: what customers wrote, who they are, and secrets are in no log, no error and nobody else's mail.

use redress::sandbox::smtp_server::Fault;

use crate::support::Site;

const STAFF: &str = "\
[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\naddresses = [\"ann.lee@example.com\"]\nroles = [\"handler\"]\n\
[confirm]\nacts = []\n";

/// Words that are nowhere else.
fn marked(who: &str) -> String {
    format!(
        "From: Name-{who} <address-{who}@customers.test>\nTo: complaints@example.com\nSubject: Subject-{who}\n\
         Message-ID: <id-{who}@customers.test>\nX-Other: Header-{who}\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\nText-{who}: it arrived broken, refund me please.\n"
    )
}

#[tokio::test]
async fn leaks_no_content_into_logs_errors_outputs_or_other_peoples_mail() {
    let site = Site::new().await;
    site.configure(
        "authserv_id = \"mx.example.com\"\nmax_size = \"100 kB\"",
        "",
        STAFF,
    );
    for statement in [
        // a mistake whose words hold what the customer wrote: only Postgres's own detail does so, for real
        "create function poison() returns trigger language plpgsql as
         $$ begin if new.subject = 'Subject-qzpoison' then
            raise 'refused' using detail = new.text, hint = new.from_address; end if; return new; end $$",
        "create trigger poison before insert on message for each row execute function poison()",
    ] {
        sqlx::query(statement).execute(&site.sql).await.unwrap();
    }
    site.smtp.fail(
        "address-qzrefused@customers.test",
        &[Fault::Recipient(
            "550 5.1.1 <address-qzrefused@customers.test> is unknown here",
        )],
    );
    site.smtp.fail(
        "address-qzlater@customers.test",
        &[Fault::Recipient(
            "451 4.7.1 <address-qzlater@customers.test>: greylisted",
        )],
    );
    for who in ["qzone", "qztwo", "qzrefused", "qzlater", "qzpoison"] {
        site.deliver(&marked(who));
    }
    site.deliver(&format!(
        "{}{}\n",
        marked("qzlarge"),
        "x".repeat(70).repeat(3000)
    ));
    let bomb = "Content-Type: message/rfc822\n\n".repeat(33_000);
    site.deliver(&format!(
        "From: Name-qzbomb <address-qzbomb@customers.test>\nSubject: Subject-qzbomb\n{bomb}"
    ));
    site.deliver("From: Name-qznobody\nSubject: Subject-qznobody\n\nText-qznobody\n");
    let daemon = site.daemon();
    site.until("select count(*) from landed where state = 'waiting'", 0)
        .await;
    site.until("select count(*) from landed", 8).await;
    site.until(
        "select count(*) from cases where acknowledgement = 'failed'",
        1,
    )
    .await;
    site.until(
        "select count(*) from outbox where state = 'queued' and attempts = 0",
        0,
    )
    .await;
    assert_eq!(daemon.terminate().await, 0);
    let key = "5a".repeat(8);
    let secrets = [redress::sandbox::dovecot::PASSWORD, key.as_str()];
    let content = [
        "Name-qz",
        "address-qz",
        "Subject-qz",
        "Text-qz",
        "Header-qz",
        "id-qz",
    ];

    let logs = site.logs();
    for word in content.iter().chain(&secrets) {
        assert!(!logs.contains(word), "{word} is in the log\n{logs}");
    }
    // what shows cases or how things are, shows no secret, and no content either unless it is there to show it
    for arguments in [
        &["check", "--json"][..],
        &["policy", "list", "--json"],
        &["job", "list", "--json"],
        &["review", "--json"],
        &["case", "list", "--json"],
        &["outbox", "list", "--json"],
        &["quarantine", "list", "--json"],
        &["case", "verify", "--all"],
        &["case", "show", "C-2026-000001-0"],
        &["case", "nonsense"],
    ] {
        let (_, out, error) = site.redress(arguments).await;
        for word in secrets {
            assert!(
                !out.contains(word) && !error.contains(word),
                "{word}: {arguments:?}"
            );
        }
        let may_show = ["list", "show"].contains(&arguments[1]);
        for word in content {
            assert!(!error.contains(word), "{word}: {arguments:?}\n{error}");
            assert!(
                may_show || !out.contains(word),
                "{word}: {arguments:?}\n{out}"
            );
        }
    }
    // each customer is written to about nobody else, and in no word of their own choosing
    for mail in site.smtp.received() {
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        for word in secrets {
            assert!(!text.contains(word));
        }
        if !mail.recipient.ends_with("@customers.test") {
            continue;
        }
        let who = mail.recipient["address-".len()..]
            .split('@')
            .next()
            .unwrap();
        for other in [
            "qzone",
            "qztwo",
            "qzrefused",
            "qzlater",
            "qzpoison",
            "qzlarge",
            "qzbomb",
        ] {
            assert!(
                other == who || !text.contains(other),
                "{other} in a mail to {who}\n{text}"
            );
        }
        for word in ["Subject-qz", "Text-qz", "Header-qz", "Name-qz"] {
            assert!(!text.contains(word), "{word} in a mail to {who}\n{text}");
        }
    }
}
