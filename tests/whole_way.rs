//! From a complaint in the mailbox to its acknowledgement in the customer's, and no further.

use mail_parser::MessageParser;

use crate::support::{LONGEST, Site, complaint};

#[tokio::test]
async fn a_complaint_becomes_a_case_and_is_acknowledged_once() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;

    let sent = site.smtp.received();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].sender.as_str(), sent[0].recipient.as_str()),
        ("", "customer1@customers.test")
    );
    let letter = MessageParser::default().parse(&sent[0].bytes).unwrap();
    let reference: String = sqlx::query_scalar("select reference from cases")
        .fetch_one(&site.sql)
        .await
        .unwrap();
    assert_eq!(
        letter.subject().unwrap(),
        format!("Your complaint {reference}")
    );
    assert_eq!(
        letter.in_reply_to().as_text(),
        Some("1.complaint@customers.test")
    );
    assert_eq!(
        letter.header_raw("Auto-Submitted").unwrap().trim(),
        "auto-replied"
    );
    let reply_to = letter
        .reply_to()
        .unwrap()
        .first()
        .unwrap()
        .address()
        .unwrap()
        .to_owned();
    assert!(reply_to.contains("+c1."), "{reply_to}");
    let text = letter.body_text(0).unwrap();
    assert!(
        text.contains(&reference) && !text.contains("refund order"),
        "{text}"
    );

    // the customer answers from another client: by address alone, then by Message-ID, then by subject
    let ours = letter.message_id().unwrap().to_owned();
    for (number, headers) in [
        format!("Delivered-To: {reply_to}\nSubject: more"),
        format!("In-Reply-To: <{ours}>\nSubject: Re: hello"),
        format!("Subject: 回复：您的投诉 {}", reference.to_lowercase()),
    ]
    .iter()
    .enumerate()
    {
        site.deliver(&format!(
            "From: customer1@customers.test\nMessage-ID: <r{number}@customers.test>\n{headers}\n\nHere is the photo.\n"
        ));
    }
    // somebody else quotes the reference: that proves nothing, so it is a complaint of their own
    site.deliver(&format!(
        "From: other@customers.test\nSubject: {reference}\n\nme too\n"
    ));
    site.until("select count(*) from message", 5).await;
    site.until(
        "select count(*) from message m join cases c on c.id = m.case_id where c.id = 1",
        4,
    )
    .await;
    site.acknowledged(2).await;
    assert_eq!(site.smtp.received().len(), 2, "one acknowledgement a case");

    assert_eq!(daemon.terminate().await, 0);
    let (status, shown, _) = site.redress(&["case", "show", &reference]).await;
    assert_eq!(status, 0);
    for expected in [
        "Order 1 arrived broken",
        "letter_delivered",
        "Here is the photo",
        "+08:00",
    ] {
        assert!(
            shown.contains(expected),
            "{expected} is missing in\n{shown}"
        );
    }
}

#[tokio::test]
async fn automatic_mail_is_filed_and_never_answered() {
    let site = Site::new().await;
    let robots = [
        "From: a@customers.test\nAuto-Submitted: auto-replied\nSubject: I am away\n\nbye",
        "From: a@customers.test\nX-QQ-AUTO-REPLY: yes\nSubject: hi\n\nbye",
        "From: a@customers.test\nSubject: =?utf-8?B?6Ieq5Yqo5Zue5aSN77ya5oKo55qE5oqV6K+J?=\n\nbye",
        "From: a@customers.test\nList-Id: <news.customers.test>\nSubject: news\n\nbye",
        "From: a@customers.test\nReturn-Path: <>\nSubject: hi\n\nbye",
        "From: a@customers.test\nPrecedence: bulk\nSubject: hi\n\nbye",
        "From: MAILER-DAEMON@customers.test\nSubject: failed\n\nbye",
        "From: noreply@customers.test\nSubject: hi\n\nbye",
        "Subject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nbye\n--x--",
    ];
    for (number, robot) in robots.iter().enumerate() {
        site.deliver(&format!("Message-ID: <{number}@customers.test>\n{robot}\n"));
    }
    site.deliver(&format!(
        "From: {}\nSubject: our own\n\nbye\n",
        site.address
    ));
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.until(
        "select count(*) from landed where state = 'filed'",
        robots.len() as i64 + 2,
    )
    .await;
    site.acknowledged(1).await;
    assert_eq!(site.count("select count(*) from cases").await, 1);
    assert_eq!(site.count("select count(*) from outbox").await, 1);

    // none of it is out of sight, and what was misjudged becomes a case after all
    let (status, list, _) = site
        .redress(&["quarantine", "list", "--filed", "--json"])
        .await;
    assert_eq!(status, 0);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let messages = list["messages"].as_array().unwrap();
    assert_eq!(messages.len(), robots.len() + 1);
    let is_list = |message: &&serde_json::Value| {
        message["reason"]
            .as_str()
            .unwrap()
            .starts_with("mailing_list (List-Id: ")
    };
    let id = messages.iter().find(is_list).unwrap()["id"].to_string();
    assert_eq!(site.redress(&["quarantine", "release", &id]).await.0, 0);
    site.until(
        "select count(*) from cases where acknowledgement = 'withheld'",
        1,
    )
    .await;
    assert_eq!(site.redress(&["quarantine", "release", &id]).await.0, 66);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn mail_that_comes_while_the_daemon_waits_is_read_at_once() {
    let site = Site::new().await;
    site.configure("poll_every = \"1h\"", "", "");
    let daemon = site.daemon();
    site.until(
        "select count(*) from mailbox where last_poll_at is not null",
        1,
    )
    .await;
    let before = std::time::Instant::now();
    site.deliver(&complaint(1));
    assert!(site.smtp.wait_for(1, LONGEST).await, "{}", site.logs());
    assert!(
        before.elapsed().as_secs() < 30,
        "IDLE brings news long before the next poll"
    );
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn customers_who_answer_their_own_mail_stay_on_their_case_and_nobody_else_gets_on_it() {
    let site = Site::new().await;
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    let answer = |from: &str| {
        format!(
            "From: {from}\nMessage-ID: <more.{from}>\nIn-Reply-To: <1.complaint@customers.test>\n\
             Subject: Re: Order 1 arrived broken\n\nOne more thing.\n"
        )
    };
    site.deliver(&answer("customer1@customers.test"));
    site.deliver(&answer("other@customers.test"));
    site.until("select count(*) from message", 3).await;
    let threads = "select count(*) from message where matched_by = 'thread' and case_id = 1";
    assert_eq!(site.count(threads).await, 1);
    assert_eq!(site.count("select count(*) from cases").await, 2);
    assert_eq!(daemon.terminate().await, 0);
}
