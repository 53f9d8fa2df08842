//! A mail is sent at least once, and its fate is known: sent, later, final or uncertain.

use redress::sandbox::smtp_server::{Fault, Keep};

use crate::support::{LONGEST, Site, complaint};

const WHO: &str = "customer1@customers.test";

async fn outbox(site: &Site) -> (String, String, String, i32) {
    sqlx::query_as("select state, coalesce(outcome, ''), coalesce(reply, ''), attempts from outbox")
        .fetch_one(&site.sql)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_later_with_the_same_bytes() {
    for fault in [
        Fault::Recipient("450 4.2.1 mailbox busy"),
        Fault::Data("451 4.3.0 try again"),
        Fault::CloseBeforeData,
    ] {
        let site = Site::new().await;
        site.smtp.fail(WHO, &[fault]);
        site.deliver(&complaint(1));
        let daemon = site.daemon();
        site.until(
            "select count(*) from outbox where state = 'queued' and outcome = 'later'",
            1,
        )
        .await;
        let (_, _, reply, attempts) = outbox(&site).await;
        assert_eq!(attempts, 1, "{reply}");
        assert_eq!(
            site.count("select (extract(epoch from not_before - now()) between 30 and 60)::int::bigint from outbox").await,
            1,
            "again in a minute"
        );
        let (status, said, _) = site.redress(&["outbox", "retry", "1"]).await;
        assert_eq!(
            (status, said.as_str()),
            (0, "mail 1 will be tried again now\n")
        );
        assert!(site.smtp.wait_for(1, LONGEST).await, "{}", site.logs());
        site.acknowledged(1).await;
        assert_eq!(daemon.terminate().await, 0);
    }
}

#[tokio::test]
async fn a_refusal_for_good_marks_the_customer_unreachable() {
    for fault in [
        Fault::Recipient("550 5.1.1 no such user"),
        Fault::Data("554 5.7.1 refused"),
    ] {
        let site = Site::new().await;
        site.smtp.fail(WHO, &[fault]);
        site.deliver(&complaint(1));
        site.deliver(&complaint(2));
        let daemon = site.daemon();
        site.until(
            "select count(*) from cases where acknowledgement = 'failed' and not reachable",
            1,
        )
        .await;
        site.acknowledged(1).await;
        let (status, list, _) = site.redress(&["outbox", "list", "--state", "failed"]).await;
        assert_eq!(status, 0);
        assert!(list.contains(WHO) && list.contains("55"), "{list}");
        assert_eq!(daemon.terminate().await, 0);
    }
}

#[tokio::test]
async fn a_connection_cut_after_the_final_dot_is_uncertain_and_the_same_mail_goes_again() {
    for fault in [Fault::CloseAfterDot, Fault::SilentAfterDot] {
        let site = Site::new().await;
        site.configure("", "accept_timeout = \"1s\"", "");
        site.smtp.fail(WHO, &[fault]);
        site.deliver(&complaint(1));
        let daemon = site.daemon();
        site.until(
            "select count(*) from outbox where state = 'queued' and outcome = 'uncertain'",
            1,
        )
        .await;
        site.redress(&["outbox", "retry", "1"]).await;
        site.until("select count(*) from outbox where state = 'sent'", 1)
            .await;
        let received = site.smtp.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].bytes, received[1].bytes);
        assert_eq!(daemon.terminate().await, 0);
    }
}

#[tokio::test]
async fn a_mail_server_that_is_down_costs_no_mail_an_attempt() {
    let site = Site::new().await;
    let text = std::fs::read_to_string(site.config()).unwrap();
    let down = text.replace(
        &format!("port = {}\nsecurity", site.smtp.port()),
        "port = 9\nsecurity",
    );
    std::fs::write(site.config(), down).unwrap();
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.until("select count(*) from outbox where state = 'queued'", 1)
        .await;
    assert!(crate::support::wait(async || daemon.log().contains("no mail can be sent")).await);
    assert_eq!(outbox(&site).await.3, 0);
    std::fs::write(site.config(), text).unwrap();
    daemon.signal(rustix::process::Signal::HUP);
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn a_cancelled_mail_is_not_sent_and_its_case_knows() {
    let site = Site::new().await;
    site.smtp
        .fail(WHO, &[Fault::Recipient("450 4.2.1 mailbox busy")]);
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.until("select count(*) from outbox where outcome = 'later'", 1)
        .await;
    assert_eq!(site.redress(&["outbox", "cancel", "1"]).await.0, 0);
    site.until(
        "select count(*) from cases where acknowledgement = 'withheld'",
        1,
    )
    .await;
    let (status, _, error) = site.redress(&["outbox", "cancel", "1"]).await;
    assert_eq!(status, 65);
    assert!(
        error.contains("mail 1 is cancelled; only one that is queued"),
        "{error}"
    );
    assert_eq!(site.redress(&["outbox", "retry", "77"]).await.0, 66);
    assert_eq!(daemon.terminate().await, 0);
}

/// No case is told how a notice to staff ended.
#[tokio::test]
async fn a_notice_is_tried_again_or_cancelled_like_any_mail() {
    const ANN: &str = "ann.lee@example.com";
    const STAFF: &str = "[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\naddresses = [\"ann.lee@example.com\"]\nroles = [\"handler\"]\n";
    let site = Site::new().await;
    site.configure("", "", STAFF);
    site.smtp.fail(
        ANN,
        &[
            Fault::Recipient("550 5.1.1 no such user"),
            Fault::Recipient("450 4.2.1 mailbox busy"),
        ],
    );
    let daemon = site.daemon();
    let failed = "select count(*) from outbox where letter is null and state = 'failed'";
    site.until(failed, 1).await;
    assert_eq!(site.redress(&["outbox", "retry", "1"]).await.0, 0);
    site.until("select count(*) from outbox where outcome = 'later'", 1)
        .await;
    assert_eq!(site.redress(&["outbox", "cancel", "1"]).await.0, 0);
    site.deliver(&complaint(1));
    site.acknowledged(1).await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn automatic_mail_to_one_address_is_capped_and_every_complaint_is_kept() {
    let site = Site::new().await;
    site.configure("", "", "[quiet]\nper_address_per_day = 3");
    for number in 0..10 {
        site.deliver(&format!(
            "From: Robot <loop@customers.test>\nSubject: away\nMessage-ID: <{number}@x>\n\nI am away {number}\n"
        ));
    }
    let daemon = site.daemon();
    site.until("select count(*) from cases", 10).await;
    site.acknowledged(3).await;
    assert_eq!(
        site.count("select count(*) from cases where acknowledgement = 'withheld'")
            .await,
        7
    );
    assert_eq!(site.smtp.received().len(), 3);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn the_breaker_holds_automatic_mail_and_loses_none() {
    let staff = "[[staff]]\nid = \"ann.lee\"\nname = \"Ann Lee\"\nroles = [\"handler\"]\n";
    let site = Site::new().await;
    let limit = format!("[quiet]\nall_per_hour = 5\n{staff}");
    site.configure("", "connections = 1", &limit);
    for number in 0..60 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    assert!(
        crate::support::wait(async || daemon.log().contains("automatic mail is held")).await,
        "{}",
        site.logs()
    );
    site.until("select count(*) from cases", 60).await;
    assert!(
        site.count("select count(*) from outbox where state = 'queued'")
            .await
            > 0
    );
    // what people write waits behind none of it
    let reference: String = sqlx::query_scalar("select reference from cases order by id limit 1")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    for words in [&["accept"][..], &["reply", "Please send us a picture."]] {
        let mut arguments = vec!["case", "act", &reference, "--as", "ann.lee"];
        arguments.extend(words);
        let (status, _, error) = site.redress(&arguments).await;
        assert_eq!(status, 0, "{error}");
    }
    let written = "select count(*) from outbox where state = 'sent' and not automatic";
    site.until(written, 1).await;
    let held = "select count(*) from outbox where state = 'queued' and automatic";
    assert!(site.count(held).await > 0);
    sqlx::query("update outbox set ended_at = ended_at - interval '2 hours' where state = 'sent'")
        .execute(&site.sql)
        .await
        .unwrap();
    site.configure("", "", &format!("[quiet]\nall_per_hour = 0\n{staff}"));
    daemon.signal(rustix::process::Signal::HUP);
    site.until("select count(*) from outbox where state = 'sent'", 61)
        .await;
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn mail_that_a_relay_returns_later_is_noticed() {
    let servers = crate::support::servers().await;
    let site = Site::with(Keep::File {
        lmtp_port: servers.dovecot.lmtp_port(),
    })
    .await;
    site.configure("", "return_path = \"signed\"", "");
    site.deliver(
        "From: gone@customers.test\nSubject: broken\nMessage-ID: <1@x>\n\nIt is broken.\n",
    );
    let daemon = site.daemon();
    site.until(
        "select count(*) from cases where acknowledgement = 'failed' and not reachable",
        1,
    )
    .await;
    site.until(
        "select count(*) from message where matched_by = 'bounce' and case_id = 1",
        1,
    )
    .await;
    assert_eq!(site.count("select count(*) from cases").await, 1);
    assert_eq!(site.count("select count(*) from outbox").await, 1);
    assert_eq!(daemon.terminate().await, 0);
}
