//! Those who run Redress are told what is wrong, where, and what to do.

use redress::sandbox::smtp_server::Fault;
use redress::store::Store;

use crate::support::{Site, complaint, dns};

#[tokio::test]
async fn check_tries_every_connection_and_says_what_it_found() {
    let site = Site::new().await;
    let server = dns::serve(&[]).await;
    site.configure("", "", &format!("[dns]\nservers = [\"{server}\"]"));
    let (status, said, _) = site.redress(&["check"]).await;
    assert_eq!(status, 0, "{said}");
    let schema = format!(
        "ok     database  schema version {}",
        Store::needed_version()
    );
    for line in [
        "ok     configuration",
        schema.as_str(),
        "ok     dns  answers",
        "note   mailbox.authserv_id isn't set",
        "ok     mailbox complaints  TLS 1.3, folder INBOX with 0 messages, IDLE, MOVE",
        "ok     mail server",
    ] {
        assert!(said.contains(line), "{line} is missing in\n{said}");
    }
}

#[tokio::test]
async fn check_names_what_is_wrong_with_advice() {
    let site = Site::new().await;
    let text = std::fs::read_to_string(site.config()).unwrap();
    let imaps = format!("port = {}", site.servers.dovecot.imaps_port());
    let imap = format!("port = {}", site.servers.dovecot.imap_port());
    let ca = format!("ca_file = \"{}\"", site.servers.authority.ca.display());
    std::fs::write(site.folder.path().join("wrong"), "wrong").unwrap();
    for (from, to, status, expected) in [
        (
            "[company]",
            "[compny]",
            78,
            "redress.toml:4: compny: unknown field `compny`",
        ),
        (
            "password_file = \"password\"",
            "password_file = \"wrong\"",
            69,
            "WRONG  mailbox complaints  login refused",
        ),
        (
            imaps.as_str(),
            "port = 9",
            69,
            "WRONG  mailbox complaints  localhost:9 can't be reached",
        ),
        (&ca, "", 69, "isn't trusted"),
        (
            &imaps,
            &format!("{imap}\nsecurity = \"starttls\""),
            0,
            "ok     mailbox complaints  TLS 1.3",
        ),
        (
            &imaps,
            &format!("{imap}\nsecurity = \"plain-without-encryption\""),
            0,
            "ok     mailbox complaints  not encrypted",
        ),
        (
            "poll_every",
            "folder = \"Nonsense\"\npoll_every",
            69,
            "folder 'Nonsense' can't be opened",
        ),
        ("/redress_", "/nonsense_", 69, "WRONG  database"),
        (
            "security = \"plain-without-encryption\"",
            "security = \"starttls\"",
            69,
            "the server offers no STARTTLS",
        ),
    ] {
        std::fs::write(site.config(), text.replace(from, to)).unwrap();
        let (code, said, _) = site.redress(&["check"]).await;
        assert_eq!(code, status, "{to}: {said}");
        assert!(said.contains(expected), "{expected} is missing in\n{said}");
        assert!(!said.contains("swordfish"));
    }
}

#[tokio::test]
async fn a_database_that_is_not_ours_or_newer_is_left_alone() {
    let site = Site::new().await;
    let needed = redress::store::Store::needed_version();
    sqlx::query("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (99, 'x', true, '', 0)")
        .execute(&site.sql)
        .await
        .unwrap();
    for command in [&["migrate"][..], &["run"], &["case", "list"]] {
        let (status, _, error) = site.redress(command).await;
        assert_eq!(status, 69);
        assert!(
            error.contains(&format!("newer than this program's {needed}")),
            "{error}"
        );
    }
    let other = Site::new().await;
    sqlx::query("drop schema public cascade")
        .execute(&other.sql)
        .await
        .unwrap();
    sqlx::query("create schema public")
        .execute(&other.sql)
        .await
        .unwrap();
    let (status, _, error) = other.redress(&["run"]).await;
    assert_eq!(status, 69);
    assert!(
        error.contains("the database is empty: run `redress migrate`"),
        "{error}"
    );
    sqlx::query("create table invoices (id int)")
        .execute(&other.sql)
        .await
        .unwrap();
    let (_, _, error) = other.redress(&["migrate"]).await;
    assert!(
        error.contains("tables of something else (invoices)"),
        "{error}"
    );
    sqlx::query("drop table invoices")
        .execute(&other.sql)
        .await
        .unwrap();
    let (status, _, error) = other.redress(&["migrate"]).await;
    assert_eq!(status, 0, "{error}");
    assert_eq!(other.redress(&["check"]).await.0, 0);
}

/// A profile is needed until the last letter by it is told of; who writes later has a new case, which goes on from theirs.
#[tokio::test]
async fn a_profile_goes_once_nothing_is_left_to_do_by_it() {
    const STAFF: &str = "[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\nroles = [\"handler\"]\n";
    let site = Site::new().await;
    let own = site.folder.path().join("policy");
    std::fs::create_dir(&own).unwrap();
    let profile = include_str!("../config/policy/default.toml");
    std::fs::write(own.join("old.toml"), profile).unwrap();
    let old = format!("[policy]\nfolder = \"policy\"\nprofile = \"old\"\n{STAFF}");
    site.configure("", "", &old);
    let daemon = site.daemon();
    site.deliver(&complaint(1));
    site.acknowledged(1).await;
    let address = "select address from party where kind = 'customer'";
    let address: String = sqlx::query_scalar(address)
        .fetch_one(&site.sql)
        .await
        .unwrap();
    let busy = Fault::Recipient("450 4.2.1 mailbox busy");
    site.smtp.fail(&address, &[busy]);
    let reference: String = sqlx::query_scalar("select reference from cases")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    let withdrawn = ["case", "act", &reference, "--as", "ann.lee", "withdraw"];
    assert_eq!(site.redress(&withdrawn).await.0, 0);
    site.until("select count(*) from outbox where outcome = 'later'", 1)
        .await;
    assert_eq!(daemon.terminate().await, 0);

    std::fs::remove_file(own.join("old.toml")).unwrap();
    site.configure("", "", STAFF);
    let (status, _, error) = site.redress(&["run"]).await;
    assert_eq!(status, 78, "{error}");
    assert!(error.contains("profile 'old'"), "{error}");
    std::fs::write(own.join("old.toml"), profile).unwrap();
    site.configure("", "", &old);
    assert_eq!(site.redress(&["outbox", "retry", "2"]).await.0, 0);
    let daemon = site.daemon();
    site.until(
        "select count(*) from outbox where state = 'sent' and told",
        2,
    )
    .await;
    assert_eq!(daemon.terminate().await, 0);

    site.configure("", "", STAFF);
    let daemon = site.daemon();
    let again = complaint(1).replace("Message-ID: <", "Message-ID: <again.");
    site.deliver(&again.replace("Subject: ", &format!("Subject: Re: {reference} ")));
    site.until("select count(*) from cases where follows is not null", 1)
        .await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn lists_page_and_speak_json() {
    let site = Site::new().await;
    for number in 0..5 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    site.acknowledged(5).await;
    assert_eq!(daemon.terminate().await, 0);
    let page = async |before: Option<String>| {
        let mut arguments = vec!["case", "list", "--json", "--limit", "2"];
        if let Some(before) = &before {
            arguments.extend(["--before", before]);
        }
        let (status, out, error) = site.redress(&arguments).await;
        assert_eq!(status, 0, "{error}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let (mut seen, mut next) = (vec![], None);
    for expected in [2, 2, 1] {
        let list = page(next).await;
        let cases = list["cases"].as_array().unwrap().clone();
        assert_eq!(cases.len(), expected);
        seen.extend(
            cases
                .into_iter()
                .map(|case| case["reference"].as_str().unwrap().to_owned()),
        );
        next = list["next"].as_str().map(str::to_owned);
    }
    assert_eq!(next, None);
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let (status, _, error) = site.redress(&["case", "show", "C-2026-000001-1"]).await;
    assert_eq!(status, 64);
    assert!(error.contains("mistyped"), "{error}");
    let missing = redress::case::CaseRef::new(2026, 999_999).to_string();
    let (status, _, error) = site.redress(&["case", "show", &missing]).await;
    assert_eq!(
        (
            status,
            error.contains(&format!("there is no case {missing}"))
        ),
        (66, true),
        "{error}"
    );
}

#[tokio::test]
async fn no_log_holds_anything_that_a_customer_wrote() {
    let site = Site::new().await;
    site.configure("", "", "[log]\nlevel = \"debug\"\nformat = \"json\"");
    site.deliver(
        "From: Xanthippe <secretname@customers.test>\nSubject: Zanzibar subject\n\nQuetzal body\n",
    );
    site.deliver("Subject: Zanzibar subject\n\nQuetzal body\n");
    let daemon = site.daemon();
    site.acknowledged(1).await;
    site.until("select count(*) from landed where state = 'quarantined'", 1)
        .await;
    assert_eq!(daemon.terminate().await, 0);
    let log = site.logs();
    for word in ["Xanthippe", "Zanzibar", "Quetzal", "swordfish"] {
        assert!(!log.contains(word), "{word} is in\n{log}");
    }
    for line in log.lines().filter(|line| !line.starts_with("---")) {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[tokio::test]
async fn inspect_prints_one_line_of_json_for_each_file() {
    let site = Site::new().await;
    let good = site.folder.path().join("good.eml");
    std::fs::write(&good, complaint(1)).unwrap();
    let good = good.to_str().unwrap();
    let (status, out, _) = site
        .redress(&["inspect", "--json", good, "/nonsense.eml", good])
        .await;
    assert_eq!(status, 66);
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["from"]["address"], "customer1@customers.test");
    assert!(lines[1]["error"].as_str().unwrap().contains("No such file"));
}
