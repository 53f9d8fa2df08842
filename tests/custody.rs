//! Mail is safe before it is touched, every message has an end, and the bad ones harm no other.

use crate::support::{Site, complaint};

fn files(folder: std::path::PathBuf) -> Vec<String> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn landed_mail_is_flagged_and_stays_unread_in_its_place() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    let maildir = site.servers.dovecot.maildir(&site.address);
    let flagged = crate::support::wait(async || {
        let names = files(maildir.join("cur"));
        // a keyword is a small letter after the flags; S would be \Seen, T \Deleted
        names.iter().any(|name| name.ends_with(":2,a"))
    })
    .await;
    assert!(flagged, "{:?} {}", files(maildir.join("cur")), site.logs());
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn landed_mail_is_moved_where_that_is_configured() {
    let site = Site::new().await;
    site.configure(
        "after_landing = \"move\"\nmove_to = \"投诉/Landed\"",
        "",
        "",
    );
    for number in 0..5 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    site.acknowledged(5).await;
    let maildir = site.servers.dovecot.maildir(&site.address);
    let moved = crate::support::wait(async || {
        ["new", "cur"]
            .map(|name| files(maildir.join(".&YpWLyQ-.Landed").join(name)).len())
            .iter()
            .sum::<usize>()
            == 5
            && files(maildir.join("cur")).is_empty()
    })
    .await;
    assert!(
        moved,
        "{:?} {:?} {:?} {}",
        files(maildir.clone()),
        files(maildir.join("cur")),
        files(maildir.join(".&YpWLyQ-.Landed/cur")),
        site.logs()
    );
    site.deliver(&complaint(6));
    site.until("select count(*) from cases", 6).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_rebuilt_mailbox_is_read_again_and_nothing_happens_twice() {
    let site = Site::new().await;
    for number in 0..5 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    site.acknowledged(5).await;
    assert_eq!(daemon.terminate().await, 0);
    // another UIDVALIDITY: Dovecot's memory of the folder is gone
    let maildir = site.servers.dovecot.maildir(&site.address);
    for name in files(maildir.clone())
        .iter()
        .filter(|name| name.starts_with("dovecot"))
    {
        std::fs::remove_file(maildir.join(name)).unwrap();
    }
    sqlx::query("update mailbox set uid_validity = uid_validity - 1")
        .execute(&site.sql)
        .await
        .unwrap();
    sqlx::query("update landed set uid_validity = uid_validity - 1")
        .execute(&site.sql)
        .await
        .unwrap();
    site.deliver(&complaint(5));
    let daemon = site.daemon();
    site.acknowledged(6).await;
    assert_eq!(
        site.count("select count(*) from landed where state = 'duplicate'")
            .await,
        5
    );
    assert_eq!(site.smtp.received().len(), 6);
    assert!(
        site.logs().contains("the folder was rebuilt"),
        "{}",
        site.logs()
    );
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_mail_over_the_limit_stays_on_the_server_and_staff_see_its_headers() {
    let site = Site::new().await;
    site.configure("max_size = \"100 kB\"", "", "");
    site.deliver(&format!(
        "{}{}\n",
        complaint(1),
        "x".repeat(70).repeat(3000)
    ));
    site.deliver(&complaint(2));
    let daemon = site.daemon();
    site.until(
        "select count(*) from landed where state = 'quarantined' and not whole",
        1,
    )
    .await;
    site.acknowledged(1).await;
    let (status, list, _) = site.redress(&["quarantine", "list", "--json"]).await;
    assert_eq!(status, 0);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let reason = list["messages"][0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("over the size limit of 100 kB: "),
        "{reason}"
    );
    let id = list["messages"][0]["id"].to_string();
    let (_, shown, _) = site.redress(&["quarantine", "show", &id]).await;
    assert!(shown.contains("Order 1 arrived broken"), "{shown}");
    assert_eq!(site.redress(&["quarantine", "release", &id]).await.0, 0);
    site.acknowledged(2).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn bombs_and_senders_nobody_can_write_to_are_put_aside_and_can_be_let_out() {
    let site = Site::new().await;
    site.deliver(&format!(
        "From: a@b.test\n{}",
        "Content-Type: message/rfc822\n\n".repeat(33_000)
    ));
    site.deliver("Subject: nobody\n\nWho am I?\n");
    site.deliver("From: a@b.test, c@d.test\nSubject: two\n\nWe both complain.\n");
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.until("select count(*) from landed where state = 'quarantined'", 3)
        .await;
    site.acknowledged(1).await;
    let id: i64 = sqlx::query_scalar("select id from landed where reason = 'several authors'")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    assert_eq!(
        site.redress(&["quarantine", "release", &id.to_string()])
            .await
            .0,
        0
    );
    site.until(
        "select count(*) from cases where acknowledgement = 'withheld'",
        1,
    )
    .await;
    let (status, _, error) = site
        .redress(&["quarantine", "release", &id.to_string()])
        .await;
    assert_eq!(status, 66);
    assert!(error.contains("there is no message"), "{error}");
    assert_eq!(daemon.terminate().await, 0);
}

/// A database that refuses one message stands for any mistake of ours in handling it.
#[tokio::test]
async fn a_message_that_fails_three_times_is_quarantined_and_holds_up_no_other() {
    let site = Site::new().await;
    for statement in [
        "create function poison() returns trigger language plpgsql as
         $$ begin if new.message_id = '7.complaint@customers.test' then raise 'poison'; end if; return new; end $$",
        "create trigger poison before insert on message for each row execute function poison()",
    ] {
        sqlx::query(statement).execute(&site.sql).await.unwrap();
    }
    for number in 0..20 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    site.acknowledged(19).await;
    site.until(
        "select count(*) from landed where state = 'quarantined' and attempts = 3",
        1,
    )
    .await;
    assert_eq!(site.count("select count(*) from cases").await, 19);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn history_can_be_added_to_and_never_changed() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
    for statement in [
        "update history set actor = 'x'",
        "delete from history",
        "truncate history",
    ] {
        let error = sqlx::query(statement)
            .execute(&site.sql)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    // somebody with the rights to switch the trigger off is found out by the chain
    for statement in [
        "alter table history disable trigger user",
        "update history set actor = 'x' where sequence = 2",
    ] {
        sqlx::query(statement).execute(&site.sql).await.unwrap();
    }
    let reference: String = sqlx::query_scalar("select reference from cases")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    let (status, _, error) = site.redress(&["case", "show", &reference]).await;
    assert_eq!(status, 65);
    assert!(error.contains("breaks at entry 2"), "{error}");
}
