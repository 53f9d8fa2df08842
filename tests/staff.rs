//! Staff work from their own mail client, and nobody else can.

use crate::support::office::{Mail, Office, VOUCHED, plain};
use crate::support::wait;

#[tokio::test]
async fn a_handler_works_a_case_to_its_outcome_by_mail_in_chinese() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。")
        .await;
    let notice = office.since(start, "li.na@example.com").await.remove(0);
    assert!(
        notice.text.contains("茶杯") && notice.text.contains("/受理"),
        "{}",
        notice.text
    );
    assert!(notice.subject.contains("C-20"), "{}", notice.subject);

    // QQ Mail on a phone: the command, a signature, and the old mail below
    let done = office
        .answer(
            "li.na@example.com",
            &notice,
            "您好：\n／受理\n\n发自我的iPhone\n\n------------------ 原始邮件 ------------------\n发件人: \"投诉\" <complaints@example.com>;\n\n/关闭 不在受理范围：不该执行\n",
        )
        .await;
    assert_eq!(office.stage().await, "investigating");
    assert_eq!(done.len(), 1, "each accepted mail is confirmed once");

    // Foxmail's HTML
    let html = "Content-Type: text/html; charset=utf-8\n\n<html><body><div>/查明 运输途中破损，属我方责任。</div>\
                <div><hr></div><div>发件人：<a href=\"mailto:complaints@example.com\">投诉</a></div><div>/关闭 不在受理范围：不该执行</div></body></html>\n";
    office.answer_as("li.na@example.com", &done[0], html).await;
    assert_eq!(office.stage().await, "negotiating");

    let count = office.sent().len();
    let done = office
        .answer(
            "li.na@example.com",
            &notice,
            "/结案答复 部分支持；补偿 退款120元\n杯子在运输途中破损，我们深表歉意。",
        )
        .await;
    assert_eq!(office.stage().await, "resolved", "{}", done[0].text);
    let outcome = office.since(count, "wang@customers.test").await.remove(0);
    for part in ["杯子在运输途中破损，我们深表歉意。", "退款120元", "法院"] {
        assert!(
            outcome.text.contains(part),
            "{part} is missing in {}",
            outcome.text
        );
    }
    let (status, out, error) = office.site.redress(&["case", "verify", "--all"]).await;
    assert_eq!(status, 0, "{out}{error}");
}

#[tokio::test]
async fn nothing_that_staff_write_reaches_a_customer_by_accident() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, "ann.lee@example.com").await.remove(0);
    let count = office.sent().len();
    let kept = office
        .answer(
            "ann.lee@example.com",
            &notice,
            "Between us, this one is a pain.\n\n-- \nAnn Lee\n",
        )
        .await;
    assert_eq!(kept.len(), 1);
    assert!(office.since(count, "wang@customers.test").await.is_empty());
    let noted = "select count(*) from history where event = 'noted'";
    assert_eq!(office.site.count(noted).await, 1);

    // all or nothing: the second can't be done, so the first isn't
    let count = office.sent().len();
    let refused = office
        .answer(
            "ann.lee@example.com",
            &notice,
            "/accept\n/outcome upheld\nThey shall have it.\n",
        )
        .await;
    assert_eq!(office.stage().await, "received");
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].text.contains("They shall have it."),
        "nothing is lost: {}",
        refused[0].text
    );
    assert!(office.since(count, "wang@customers.test").await.is_empty());
    let refusals = "select count(*) from history where event = 'refused'";
    assert_eq!(office.site.count(refusals).await, 1);

    // the customer is written to by /reply, or at the second address
    office
        .answer(
            "ann.lee@example.com",
            &notice,
            "/accept\n/reply We are looking for your parcel.\n",
        )
        .await;
    let letter = office.since(count, "wang@customers.test").await.remove(0);
    assert!(
        letter.text.contains("We are looking for your parcel."),
        "{}",
        letter.text
    );
    let second = notice
        .text
        .split_whitespace()
        .find(|word| word.contains("+t1."))
        .map(|word| {
            word.trim_matches(|c: char| !c.is_ascii_alphanumeric())
                .to_owned()
        });
    let second = second.expect("the handler is given the address for the customer");
    let count = office.sent().len();
    let to = Mail {
        reply_to: second,
        ..notice
    };
    office
        .answer("ann.lee@example.com", &to, "It leaves our warehouse today.")
        .await;
    let letter = office.since(count, "wang@customers.test").await.remove(0);
    assert!(
        letter.text.contains("It leaves our warehouse today."),
        "{}",
        letter.text
    );
}

#[tokio::test]
async fn a_department_gets_its_question_and_no_more() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, "ann.lee@example.com").await.remove(0);
    let count = office.sent().len();
    office
        .answer(
            "ann.lee@example.com",
            &notice,
            "/accept\n/handoff warehouse: when did parcel 17 leave?\n",
        )
        .await;
    let question = office.since(count, "warehouse@example.com").await.remove(0);
    assert!(
        question.text.contains("when did parcel 17 leave?"),
        "{}",
        question.text
    );
    for secret in [
        "Wang",
        "wang@customers.test",
        "nobody answers my calls",
        "+t1.",
    ] {
        assert!(
            !question.raw.contains(secret),
            "{secret} is in {}",
            question.raw
        );
    }
    let count = office.sent().len();
    office
        .answer("warehouse@example.com", &question, "/answer on Monday\n")
        .await;
    let told = office.since(count, "ann.lee@example.com").await.remove(0);
    assert!(told.text.contains("on Monday"), "{}", told.text);
    // a department decides nothing
    office
        .answer(
            "warehouse@example.com",
            &question,
            "/close out of scope: go away\n",
        )
        .await;
    assert_eq!(office.stage().await, "investigating");
}

#[tokio::test]
async fn a_complaint_by_phone_becomes_a_case_of_whoever_took_it() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, "ann.lee@example.com").await.remove(0);
    let done = office
        .answer(
            "ann.lee@example.com",
            &notice,
            "/phone Zhao Min zhao@customers.test: the kettle leaks, wants another one\n",
        )
        .await;
    let by_phone = "select count(*) from cases where channel = 'phone' and handler = 'ann.lee'";
    assert_eq!(office.site.count(by_phone).await, 1, "{}", done[0].text);
    let reference: String =
        sqlx::query_scalar("select reference from cases where channel = 'phone'")
            .fetch_one(&office.site.sql)
            .await
            .unwrap();
    assert!(done.iter().any(|mail| mail.text.contains(&reference)));
    assert_eq!(
        office.since(0, "zhao@customers.test").await.len(),
        1,
        "acknowledged"
    );
    let listed = office
        .answer("ann.lee@example.com", &notice, "/list mine\n/search kettle")
        .await
        .remove(0);
    assert!(listed.text.contains(&reference), "{}", listed.text);
}

#[tokio::test]
async fn no_stranger_passes_for_a_member_of_staff() {
    let mut office = Office::new().await;
    let (acknowledgement, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, "ann.lee@example.com").await.remove(0);
    let work = &notice.reply_to;
    let customers = &acknowledgement.reply_to;
    let forged = work.replace("+w1.1.", "+w1.2.");
    let from_ann = "From: Ann Lee <ann.lee@example.com>\n";
    let rows: [(&str, String); 12] = [
        ("nothing vouches for it", format!("{from_ann}To: {work}\n")),
        (
            "its domain denies it",
            format!(
                "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\n{from_ann}To: {work}\n"
            ),
        ),
        (
            "another server's word",
            format!(
                "Authentication-Results: mx.evil.test; dmarc=pass header.from=example.com\n{from_ann}To: {work}\n"
            ),
        ),
        (
            "results below a foreign Received",
            format!(
                "Received: from evil.test by mx.evil.test; Tue, 24 Nov 2026 09:30:00 +0800\n{VOUCHED}{from_ann}To: {work}\n"
            ),
        ),
        (
            "results with comment tricks",
            format!(
                "Authentication-Results: mx.evil.test (mx.example.com); (dmarc=pass header.from=example.com) dmarc=none\n{from_ann}To: {work}\n"
            ),
        ),
        (
            "another member at Ann's address",
            format!("{VOUCHED}From: wu.lei@example.com\nTo: {work}\n"),
        ),
        (
            "a stranger",
            format!(
                "Authentication-Results: mx.example.com; dmarc=pass header.from=evil.test\nFrom: ann.lee@evil.test\nTo: {work}\n"
            ),
        ),
        (
            "a subdomain",
            format!("{VOUCHED}From: ann.lee@mail.example.com\nTo: {work}\n"),
        ),
        (
            "a lookalike domain",
            format!("{VOUCHED}From: ann.lee@examp1e.com\nTo: {work}\n"),
        ),
        (
            "two authors",
            format!("{VOUCHED}From: ann.lee@example.com, wu.lei@example.com\nTo: {work}\n"),
        ),
        (
            "the customer's address",
            format!("{VOUCHED}{from_ann}To: {customers}\n"),
        ),
        (
            "an address made up",
            format!("{VOUCHED}{from_ann}To: {forged}\n"),
        ),
    ];
    for (what, headers) in &rows {
        let landed = office.site.count("select count(*) from landed").await + 1;
        office.deliver(
            &format!("{headers}Subject: Re: case\n"),
            &plain("/accept\n/close out of scope: go away"),
        );
        let come =
            wait(async || office.site.count("select count(*) from landed").await >= landed).await;
        assert!(come, "{what}");
        office.quiet().await;
        assert_eq!(office.stage().await, "received", "{what}");
        let handled =
            "select count(*) from history where event in ('accepted', 'closed') and case_id = 1";
        assert_eq!(office.site.count(handled).await, 0, "{what}");
    }
    // the customer using commands is a customer who writes
    let count = office.sent().len();
    office.deliver(
        &format!("From: Wang Wei <wang@customers.test>\nTo: {customers}\nSubject: Re: case\n"),
        &plain("/close satisfied"),
    );
    let more = office.since(count, "evil.test").await;
    assert!(more.is_empty());
    for mail in office.sent() {
        assert!(
            !mail.to.contains("evil.test") && !mail.to.contains("examp1e"),
            "a forger is answered: {}",
            mail.to
        );
    }
    // shown to the handler as what they are
    let unproven = "select count(*) from history where event = 'unproven'";
    assert!(office.site.count(unproven).await >= 8);

    // caught on the way and sent again: one use
    let good = format!(
        "{VOUCHED}{from_ann}To: {work}\nMessage-ID: <once@example.com>\nSubject: Re: case\n"
    );
    office.site.deliver(&format!("{good}{}", plain("/accept")));
    office
        .site
        .until(
            "select count(*) from cases where stage = 'investigating'",
            1,
        )
        .await;
    office
        .site
        .deliver(&format!("X-Hop: 1\n{good}{}", plain("/accept\n/withdraw")));
    let landed = "select count(*) from message where message_id = 'once@example.com'";
    office.site.until(landed, 2).await;
    office.quiet().await;
    assert_eq!(office.stage().await, "investigating");
}

#[tokio::test]
async fn every_mail_goes_to_its_own_circle() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, "ann.lee@example.com").await.remove(0);
    office
        .answer("ann.lee@example.com", &notice, "/accept\n/note Marked internal secret\n/handoff warehouse: when?\n/finding broken in transit\n/propose A new cup.\n")
        .await;
    office
        .answer(
            "ann.lee@example.com",
            &notice,
            "/resolve upheld\nIt was our fault.\n",
        )
        .await;
    office.quiet().await;
    for mail in office.sent() {
        let marks: Vec<&str> = ["+w1.", "+t1.", "+c1."]
            .into_iter()
            .filter(|mark| mail.raw.contains(mark))
            .collect();
        let expected: &[&str] = match mail.to.as_str() {
            "wang@customers.test" => &["+c1."],
            "warehouse@example.com" | "wu.lei@example.com" => &["+w1."],
            _ => &["+w1.", "+t1."],
        };
        assert!(
            marks.iter().all(|mark| expected.contains(mark)),
            "{} holds {marks:?}",
            mail.to
        );
        if mail.to == "wang@customers.test" {
            assert!(!mail.raw.contains("internal secret"));
        }
    }
}

#[tokio::test]
async fn where_plus_addressing_is_not_to_be_had_an_answer_to_ones_own_mail_counts() {
    for (sections, who, stage) in [
        (
            "[proof]\notherwise = \"thread\"\n",
            "ann.lee@example.com",
            "investigating",
        ),
        (
            "[proof]\notherwise = \"thread\"\n",
            "wu.lei@example.com",
            "received",
        ),
        ("", "ann.lee@example.com", "received"),
    ] {
        let mut office = Office::with(sections).await;
        let (_, start) = office
            .complaint("The cup arrived broken and nobody answers my calls, refund me please.")
            .await;
        let notice = office.since(start, "ann.lee@example.com").await.remove(0);
        let to = Mail {
            reply_to: office.site.address.clone(),
            ..notice
        };
        office
            .answer(who, &to, "/accept\n/reason Ann is ill\n")
            .await;
        assert_eq!(office.stage().await, stage, "{sections}{who}");
        let cases = office.site.count("select count(*) from cases").await;
        assert_eq!(cases, 1, "it is nobody's complaint");
    }
}
