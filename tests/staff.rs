//! Staff work from their own mail client, and nobody else can.

use crate::support::office::{ANN, LI_NA, Mail, Office, WANG, WAREHOUSE, WU_LEI};

#[tokio::test]
async fn a_handler_works_a_case_to_its_outcome_by_mail_in_chinese() {
    let mut office = Office::new().await;
    let (_, start) = office
        .complaint("我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。")
        .await;
    let notice = office.since(start, LI_NA).await.remove(0);
    assert!(
        notice.text.contains("茶杯") && notice.text.contains("/受理"),
        "{}",
        notice.text
    );
    assert!(notice.subject.contains("C-20"), "{}", notice.subject);

    // QQ Mail on a phone: the command, a signature, and the old mail below
    let done = office
        .answer(
            LI_NA,
            &notice,
            "您好：\n／受理\n\n发自我的iPhone\n\n------------------ 原始邮件 ------------------\n发件人: \"投诉\" <complaints@example.com>;\n\n/关闭 不在受理范围：不该执行\n",
        )
        .await;
    assert_eq!(office.stage().await, "investigating");
    assert_eq!(done.len(), 1, "each accepted mail is confirmed once");

    // Foxmail's HTML
    let html = "Content-Type: text/html; charset=utf-8\n\n<html><body><div>/查明 运输途中破损，属我方责任。</div>\
                <div><hr></div><div>发件人：<a href=\"mailto:complaints@example.com\">投诉</a></div><div>/关闭 不在受理范围：不该执行</div></body></html>\n";
    office.answer_as(LI_NA, &done[0], html).await;
    assert_eq!(office.stage().await, "negotiating");

    let count = office.sent().len();
    let done = office
        .answer(
            LI_NA,
            &notice,
            "/结案答复 部分支持；补偿 退款120元\n杯子在运输途中破损，我们深表歉意。",
        )
        .await;
    assert_eq!(office.stage().await, "resolved", "{}", done[0].text);
    let outcome = office.since(count, WANG).await.remove(0);
    for part in ["杯子在运输途中破损，我们深表歉意。", "退款120元", "法院"] {
        assert!(
            outcome.text.contains(part),
            "{part} is missing in {}",
            outcome.text
        );
    }
    office.site.verified().await;
}

#[tokio::test]
async fn nothing_that_staff_write_reaches_a_customer_by_accident() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let count = office.sent().len();
    let kept = office
        .answer(
            ANN,
            &notice,
            "Between us, this one is a pain.\n\n-- \nAnn Lee\n",
        )
        .await;
    assert_eq!(kept.len(), 1);
    assert!(office.since(count, WANG).await.is_empty());
    let noted = "select count(*) from history where event = 'noted'";
    assert_eq!(office.site.count(noted).await, 1);

    // all or nothing: the second can't be done, so the first isn't
    let count = office.sent().len();
    let refused = office
        .answer(
            ANN,
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
    assert!(office.since(count, WANG).await.is_empty());
    let refusals = "select count(*) from history where event = 'refused'";
    assert_eq!(office.site.count(refusals).await, 1);

    // what isn't an act counts as well: neither the note nor the new case is kept
    let refused = office
        .answer(
            ANN,
            &notice,
            "/note seen\n/phone Zhao Min zhao@customers.test: the kettle leaks\n/done 99: nothing\n",
        )
        .await;
    assert!(
        refused[0].subject.contains("Not done"),
        "{}",
        refused[0].text
    );
    assert_eq!(office.site.count(noted).await, 1);
    assert_eq!(office.site.count("select count(*) from cases").await, 1);
    assert!(office.since(0, "zhao@customers.test").await.is_empty());

    // the customer is written to by /reply, or at the second address
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/reply We are looking for your parcel.\n",
        )
        .await;
    let letter = office.since(count, WANG).await.remove(0);
    assert!(
        letter.text.contains("We are looking for your parcel."),
        "{}",
        letter.text
    );
    let second = notice.to_customer();
    let second = second.expect("the handler is given the address for the customer");
    let count = office.sent().len();
    let to = Mail {
        reply_to: second,
        ..notice
    };
    office
        .answer(ANN, &to, "It leaves our warehouse today.")
        .await;
    let letter = office.since(count, WANG).await.remove(0);
    assert!(
        letter.text.contains("It leaves our warehouse today."),
        "{}",
        letter.text
    );
}

#[tokio::test]
async fn a_department_gets_its_question_and_no_more() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let count = office.sent().len();
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/handoff warehouse: when did parcel 17 leave?\n",
        )
        .await;
    let question = office.since(count, WAREHOUSE).await.remove(0);
    assert!(
        question.text.contains("when did parcel 17 leave?"),
        "{}",
        question.text
    );
    for secret in ["Wang", WANG, "nobody answers my calls", "+t1."] {
        assert!(
            !question.raw.contains(secret),
            "{secret} is in {}",
            question.raw
        );
    }
    let count = office.sent().len();
    office
        .answer(WAREHOUSE, &question, "/answer on Monday\n")
        .await;
    let told = office.since(count, ANN).await.remove(0);
    assert!(told.text.contains("on Monday"), "{}", told.text);
    // a department decides nothing
    office
        .answer(WAREHOUSE, &question, "/close out of scope: go away\n")
        .await;
    assert_eq!(office.stage().await, "investigating");
}

#[tokio::test]
async fn a_complaint_by_phone_becomes_a_case_of_whoever_took_it() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let done = office
        .answer(
            ANN,
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
        .answer(ANN, &notice, "/list mine\n/search kettle")
        .await
        .remove(0);
    assert!(listed.text.contains(&reference), "{}", listed.text);
}

#[tokio::test]
async fn every_mail_goes_to_its_own_circle() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    office
        .answer(ANN, &notice, "/accept\n/note Marked internal secret\n/handoff warehouse: when?\n/finding broken in transit\n/propose A new cup.\n")
        .await;
    office
        .answer(ANN, &notice, "/resolve upheld\nIt was our fault.\n")
        .await;
    office.quiet().await;
    for mail in office.sent() {
        let marks: Vec<&str> = ["+w1.", "+t1.", "+c1."]
            .into_iter()
            .filter(|mark| mail.raw.contains(mark))
            .collect();
        let expected: &[&str] = match mail.to.as_str() {
            WANG => &["+c1."],
            WAREHOUSE | WU_LEI => &["+w1."],
            _ => &["+w1.", "+t1."],
        };
        assert!(
            marks.iter().all(|mark| expected.contains(mark)),
            "{} holds {marks:?}",
            mail.to
        );
        if mail.to == WANG {
            assert!(!mail.raw.contains("internal secret"));
        }
    }
}

#[tokio::test]
async fn where_plus_addressing_is_not_to_be_had_an_answer_to_ones_own_mail_counts() {
    for (sections, who, stage) in [
        ("[proof]\notherwise = \"thread\"\n", ANN, "investigating"),
        ("[proof]\notherwise = \"thread\"\n", WU_LEI, "received"),
        ("", ANN, "received"),
    ] {
        let (mut office, notice, _) = Office::with(sections).await.with_case().await;
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

#[tokio::test]
async fn a_member_finds_the_cases_they_have_a_part_in_and_no_other() {
    let mut office = Office::new().await;
    office
        .complaint("我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。")
        .await;
    let (_, start) = office
        .complaint("The kettle leaks and nobody answers my calls, refund me please.")
        .await;
    let notice = office.since(start, ANN).await.remove(0);
    let mut said = Vec::new();
    for search in ["/search KETTLE wang", "/search 茶杯"] {
        let found = office.answer(ANN, &notice, search).await;
        said.push(found[0].text.clone());
    }
    assert!(said[0].contains("The kettle leaks"), "{}", said[0]);
    assert!(said[1].contains("No case."), "{}", said[1]);
    assert!(!said[1].contains("碎"), "{}", said[1]);
    // an operator finds every case
    let (_, out, _) = office
        .site
        .redress(&["case", "search", "碎了", "--json"])
        .await;
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["cases"][0]["handler"], "li.na", "{out}");
}
