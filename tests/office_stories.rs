//! What happens round a case besides: departments that are late, mediators, third parties, customers without an
//! address or with another, actions, keys that grow old, and somebody who means harm.

use std::time::Duration;

use crate::support::dkim::{self, Signing};
use crate::support::dns;
use crate::support::office::{
    ANN, BROKEN, LI_NA, Mail, Office, STAFF, SUN_YU, VOUCHED, WANG, WAREHOUSE, WU_LEI, plain,
};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_department_that_is_late_is_reminded_and_says_why() {
    let (mut office, notice, _) = Office::driven("").await.with_case().await;
    let reference = notice.reference();
    let count = office.sent().len();
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/handoff warehouse: when did parcel 17 leave?",
        )
        .await;
    let question = office.one_since(count, WAREHOUSE).await;
    // days pass, until it is overdue
    let count = office.sent().len();
    let mut overdue = None;
    for _ in 0..20 {
        office.pass(DAY).await;
        office.ticked().await;
        overdue = office
            .since(count, WAREHOUSE)
            .await
            .into_iter()
            .find(|mail| mail.subject.contains("Overdue"));
        if overdue.is_some() {
            break;
        }
    }
    let overdue = overdue.unwrap();
    let to_them = office.since(count, WAREHOUSE).await;
    assert!(
        to_them[0].subject.contains("Reminder"),
        "{}",
        to_them[0].subject
    );
    for mail in to_them {
        mail.says(&["when did parcel 17 leave?"]);
        mail.hides(&["Wang", "nobody answers my calls", "customers.test"]);
    }
    for who in [ANN, WU_LEI] {
        let told = office.since(count, who).await;
        let breach = told
            .iter()
            .find(|mail| mail.text.contains("a department's answer, due on"));
        assert!(breach.is_some(), "{who}");
    }
    let breached = sqlx::query_scalar::<_, Option<String>>(
        "select data->>'by' from history where event = 'breached' and data::text like '%department_answer%'",
    )
    .fetch_one(&office.site.sql)
    .await
    .unwrap();
    assert_eq!(breached.as_deref(), Some("warehouse"));
    // late, and with its reason
    let done = office
        .answer(
            WAREHOUSE,
            &overdue,
            "/answer on Monday\n/explain our scanner was broken",
        )
        .await;
    done[0].says(&["Done"]);
    assert_eq!(office.times(&reference, "hand_off_answered").await, 1);
    assert_eq!(office.times(&reference, "explained").await, 1);
    let words = office.words(&reference).await;
    assert!(
        words.contains(&"our scanner was broken".to_owned()),
        "{words:?}"
    );
    // once, and nobody else's
    office.answer(WAREHOUSE, &question, "/explain again").await;
    office
        .answer(
            LI_NA,
            &Mail {
                to: LI_NA.to_owned(),
                ..notice
            },
            "/explain mine",
        )
        .await;
    assert_eq!(office.times(&reference, "explained").await, 1);
    office.site.verified().await;
}

#[tokio::test]
async fn a_deputy_sees_the_case_that_they_are_told_of() {
    let (mut office, notice, letter) = Office::new().await.with_case().await;
    office.answer(ANN, &notice, "/accept").await;
    let reference = notice.reference();
    let of_ann = "roles = [\"handler\"]\nlanguages = [\"en\"]\n";
    let away = "absence = { from = \"2020-01-01\", until = \"2999-12-31\", deputy = \"li.na\" }\n";
    assert_eq!(STAFF.matches(of_ann).count(), 1);
    let staff = STAFF.replace(of_ann, &format!("{of_ann}{away}"));
    office.becomes(&staff, "").await;
    let text = plain("The handle is broken as well.");
    let from = format!("Wang Wei <{WANG}>");
    let told = office.write(&from, &letter, &text, LI_NA).await.remove(0);
    assert_eq!(told.reference(), reference);
    let shown = office.answer(LI_NA, &told, "/show").await.remove(0);
    shown.says(&["ann.lee", "accepted"]);
    assert_eq!(office.times(&reference, "access_refused").await, 0);
}

#[tokio::test]
async fn a_mediator_goes_from_being_named_to_the_outcome() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let reference = notice.reference();
    let count = office.sent().len();
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/finding it was crushed\n/resolve rejected\nIt was whole when it left us.\n",
        )
        .await;
    let outcome = office.one_since(count, WANG).await;
    let count = office.sent().len();
    office
        .write(&format!("Wang Wei <{WANG}>"), &outcome, &plain("No"), ANN)
        .await;
    assert_eq!(office.stage().await, "mediating");
    let owed = office.one_since(count, WU_LEI).await;
    owed.says(&["somebody neutral has to mediate", "/mediate"]);
    // the handler is no neutral person
    let refused = office
        .answer(WU_LEI, &owed, "/mediate ann.lee")
        .await
        .remove(0);
    refused.says(&["Nothing of your mail was done"]);
    let count = office.sent().len();
    office.answer(WU_LEI, &owed, "/mediate sun.yu").await;
    let named = office.one_since(count, SUN_YU).await;
    named.says(&["You were named as the mediator", "/outcome"]);
    let opened = office.one_since(count, WANG).await;
    opened.says(&["Sun Yu"]);
    // the customer is heard: by the mediator, who writes back; the handler has no part any more
    let told = office
        .write(
            &format!("Wang Wei <{WANG}>"),
            &opened,
            &plain("I packed it out before a witness, on film."),
            SUN_YU,
        )
        .await
        .remove(0);
    told.says(&["before a witness"]);
    let count = office.sent().len();
    let to_customer = told.to_customer().unwrap();
    let to = Mail {
        reply_to: to_customer,
        ..told.clone()
    };
    office.answer(SUN_YU, &to, "Please send me the film.").await;
    office
        .one_since(count, WANG)
        .await
        .says(&["Please send me the film."]);
    office
        .answer(ANN, &notice, "/reply Don't listen to the mediator.")
        .await
        .remove(0)
        .says(&["Nothing"]);
    let count = office.sent().len();
    office
        .answer(
            SUN_YU,
            &told,
            "/outcome upheld; remedy replacement\nThe film shows that it was broken.",
        )
        .await;
    let second = office.one_since(count, WANG).await;
    second.says(&["The film shows that it was broken.", "replacement"]);
    office
        .write(&format!("Wang Wei <{WANG}>"), &second, &plain("Yes!"), ANN)
        .await;
    assert_eq!(office.stage_of(&reference).await, "closed");
    office.site.verified().await;
}

#[tokio::test]
async fn a_third_party_gets_its_question_alone_and_is_an_outsider_when_it_is_done() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let reference = notice.reference();
    office
        .answer(ANN, &notice, "/accept\n/note Between us: a test case.")
        .await;
    let count = office.sent().len();
    office
        .answer(
            ANN,
            &notice,
            "/invite expert@example.org: is a lid of that kind safe?",
        )
        .await;
    let invitation = office.one_since(count, "expert@example.org").await;
    invitation.says(&["is a lid of that kind safe?", &reference]);
    invitation.hides(&[
        "Wang",
        "wang@",
        "nobody answers my calls",
        "Broken cup",
        "Between us",
    ]);
    assert!(
        invitation.reply_to.contains("+p1."),
        "{}",
        invitation.reply_to
    );
    assert!(office.since(count, WANG).await.is_empty());
    let expert = "Prof. Ding <expert@example.org>";
    let told = office
        .write(
            expert,
            &invitation,
            &plain("It is safe up to 80 degrees."),
            ANN,
        )
        .await;
    let told = &told[0];
    told.says(
        &[
            "Third party wrote",
            "It is safe up to 80 degrees.",
            "/dismiss",
        ]
        .map(|word| {
            if word == "Third party wrote" {
                "third party"
            } else {
                word
            }
        }),
    );
    // commands of a third party are its words
    office
        .write(
            expert,
            &invitation,
            &plain("/close out of scope: go away"),
            ANN,
        )
        .await;
    assert_eq!(office.stage().await, "investigating");
    office.answer(ANN, told, "/dismiss").await;
    let count = office.sent().len();
    let told = office
        .write(
            expert,
            &invitation,
            &plain("One more thing: who asked you?"),
            ANN,
        )
        .await;
    assert!(
        told[0].subject.contains("Somebody else wrote"),
        "{}",
        told[0].subject
    );
    assert!(office.since(count, "expert@example.org").await.is_empty());
    assert!(office.since(count, WANG).await.is_empty());
    office.site.verified().await;
}

#[tokio::test]
async fn who_knows_an_address_that_was_made_for_another_is_not_taken_for_the_customer() {
    let (mut office, notice, letter) = Office::new().await.with_case().await;
    let wang = format!("Wang Wei <{WANG}>");
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/invite expert@example.org: is it safe?",
        )
        .await;
    // the envelope sender, which whoever gets a mail can read in it
    let sent = office.site.smtp.received();
    let invited = sent
        .iter()
        .find(|mail| mail.recipient == "expert@example.org");
    let returns = Mail {
        reply_to: invited.unwrap().sender.clone(),
        ..letter.clone()
    };
    assert!(returns.reply_to.contains("+b1."), "{}", returns.reply_to);
    let unanswered = |to: &Mail| Mail {
        message_id: "nothing.of.ours@example.org".to_owned(),
        ..to.clone()
    };
    office
        .write(&wang, &unanswered(&returns), &plain("withdraw"), ANN)
        .await;
    assert_eq!(office.stage().await, "investigating");
    // one customer's address, once their case is a duplicate of another's
    let (other, count) = office
        .complaint_of(
            ("周先生", "zhou@customers.test"),
            "投诉",
            "收到的杯子碎了，电话没人接，请退款。",
        )
        .await;
    let told = office.one_since(count, LI_NA).await;
    let refused = office
        .answer(LI_NA, &told, &format!("/duplicate {}", notice.reference()))
        .await;
    refused[0].says(&["没有这个案件"]);
    let handed = format!(
        "case act {} --as wu.lei --reason same-person duplicate {}",
        other.reference(),
        notice.reference()
    );
    let (status, _, error) = office
        .site
        .redress(&handed.split(' ').collect::<Vec<_>>())
        .await;
    assert_eq!(status, 0, "{error}");
    for to in [other.clone(), unanswered(&other)] {
        office.write(&wang, &to, &plain("withdraw"), ANN).await;
        assert_eq!(office.stage_of(&notice.reference()).await, "investigating");
    }
    // their domain says that it is forged
    let forged = "Authentication-Results: mx.example.com; dmarc=fail header.from=customers.test\n";
    office
        .write(
            &format!("{wang}\n{}", forged.trim_end()),
            &letter,
            &plain("withdraw"),
            ANN,
        )
        .await;
    assert_eq!(office.stage_of(&notice.reference()).await, "investigating");
    office.write(&wang, &letter, &plain("withdraw"), ANN).await;
    assert_eq!(office.stage_of(&notice.reference()).await, "closed");
    office.site.verified().await;
}

#[tokio::test]
async fn a_customer_without_an_address_is_written_to_on_paper() {
    let mut office = Office::new().await;
    let welcome = office.since(0, ANN).await.remove(0);
    let count = office.sent().len();
    office
        .answer(
            ANN,
            &welcome,
            "/phone Zhao Min 13800000000: the kettle leaks, wants another one",
        )
        .await;
    let passed = office.comes(count, ANN, "Letter to pass on").await;
    let reference = passed.reference();
    assert_eq!(passed.files.len(), 1, "{:?}", passed.files);
    let letter = &passed.files[0];
    assert_eq!(
        (letter.media_type.as_str(), letter.disposition.as_str()),
        ("text/html", "attachment")
    );
    assert!(String::from_utf8_lossy(&letter.bytes).contains(&reference));
    assert_eq!(office.times(&reference, "letter_handed_over").await, 0);
    office
        .answer(ANN, &passed, "/handover acknowledgement")
        .await;
    assert_eq!(office.times(&reference, "letter_handed_over").await, 1);
    let count = office.sent().len();
    office
        .answer(ANN, &passed, "/accept\n/finding the lid is loose\n/resolve upheld; remedy another kettle\nThe lid is loose.")
        .await;
    let passed = office.comes(count, ANN, "(outcome)").await;
    let letter = String::from_utf8_lossy(&passed.files[0].bytes).into_owned();
    assert!(
        letter.contains("The lid is loose.") && letter.contains("another kettle"),
        "{letter}"
    );
    office
        .answer(ANN, &passed, "/handover outcome\n/satisfied")
        .await;
    assert_eq!(office.stage_of(&reference).await, "closed");
    for mail in office.sent() {
        assert!(mail.to.ends_with("@example.com"), "{}", mail.to);
    }
    office.site.verified().await;
}

#[tokio::test]
async fn a_customer_may_write_from_another_address_once_a_handler_says_so() {
    let (mut office, notice, letter) = Office::new().await.with_case().await;
    office.answer(ANN, &notice, "/accept").await;
    let private = "Wang Wei <wang.private@elsewhere.test>";
    let told = office
        .write(private, &letter, &plain("It was the blue one."), ANN)
        .await;
    assert!(
        told[0].subject.contains("Somebody else wrote"),
        "{}",
        told[0].subject
    );
    // withdrawing is for the customer to do
    office
        .write(private, &letter, &plain("I withdraw my complaint."), ANN)
        .await;
    assert_eq!(office.stage().await, "investigating");
    office
        .answer(ANN, &told[0], "/customer wang.private@elsewhere.test")
        .await;
    let told = office
        .write(private, &letter, &plain("And it has a green lid."), ANN)
        .await;
    assert!(
        told[0].subject.contains("Customer wrote"),
        "{}",
        told[0].subject
    );
    let count = office.sent().len();
    office
        .answer(ANN, &told[0], "/reply Thank you, that helps.")
        .await;
    office
        .one_since(count, WANG)
        .await
        .says(&["Thank you, that helps."]);
    assert!(
        office
            .since(0, "wang.private@elsewhere.test")
            .await
            .is_empty()
    );
    office.site.verified().await;
}

#[tokio::test]
async fn an_action_is_done_by_its_owner_and_looked_at_by_somebody_else() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let reference = notice.reference();
    let welcome = office.since(0, LI_NA).await.remove(0);
    office
        .answer(
            ANN,
            &notice,
            "/accept\n/suggestion Please answer the phone before noon.",
        )
        .await;
    let words = office.words(&reference).await;
    assert!(
        words.contains(&"Please answer the phone before noon.".to_owned()),
        "{words:?}"
    );
    assert_eq!(office.times(&reference, "suggested").await, 1);
    let count = office.sent().len();
    let done = office
        .answer(
            ANN,
            &notice,
            "/action preventive li.na by next Friday: check all lids",
        )
        .await;
    done[0].says(&["action 1 is raised: li.na has it"]);
    let given = office.since(count, LI_NA).await.remove(0);
    given.says(&["check all lids", "/完成 1", &reference]);
    let open = "select count(*) from action where done_at is null";
    assert_eq!(office.site.count(open).await, 1);
    office.answer(ANN, &notice, "/list actions").await[0].says(&["check all lids", &reference]);
    office.answer(LI_NA, &welcome, "／列表 整改").await[0].says(&["check all lids"]);
    // it is the owner's to do, and nobody's to verify before
    office.answer(ANN, &notice, "/done 1: I did").await[0].says(&["no open action 1 is yours"]);
    office.answer(ANN, &notice, "/verify 1").await[0].says(&["isn't waiting to be looked at"]);
    let count = office.sent().len();
    office
        .answer(LI_NA, &welcome, "／完成 1：盖子已全部检查")
        .await[0]
        .says(&["已完成"]);
    // well before it is due
    let to_verify = office.one_since(count, ANN).await;
    to_verify.says(&["check all lids", "/verify 1"]);
    assert_eq!(office.site.count(open).await, 0);
    // not by oneself
    let verified = "select count(*) from action where verified_by is not null";
    office.answer(LI_NA, &welcome, "／验收 1").await[0].says(&["应由负责人以外的人验收"]);
    assert_eq!(office.site.count(verified).await, 0);
    office.answer(ANN, &notice, "/verify 1").await[0].says(&["looked at"]);
    assert_eq!(office.site.count(verified).await, 1);
    office.site.verified().await;
}

#[tokio::test]
async fn p5_who_is_recused_learns_nothing_of_the_actions_of_a_case() {
    let (mut office, notice, _) = Office::driven("").await.with_case().await;
    let welcome = office.since(0, WU_LEI).await.remove(0);
    let raise = "/accept\n/action preventive li.na by next Friday: check all lids";
    office.answer(ANN, &notice, raise).await;
    office.answer(WU_LEI, &welcome, "/list actions").await[0].says(&["check all lids"]);
    let (reference, count) = (notice.reference(), office.sent().len());
    let mut recuse = vec!["case", "act", "--as", "wu.lei", &reference];
    recuse.extend(["recuse", "wu.lei", "--reason", "complained about"]);
    let (status, _, error) = office.site.redress(&recuse).await;
    assert_eq!(status, 0, "{error}");
    office.answer(WU_LEI, &welcome, "/list actions").await[0].says(&["No action is open"]);
    let welcome_of_li = office.since(0, LI_NA).await.remove(0);
    office
        .answer(LI_NA, &welcome_of_li, "／完成 1：盖子已全部检查")
        .await;
    office.answer(WU_LEI, &welcome, "/verify 1").await[0].says(&["there is no action 1"]);
    office.pass(DAY * 40).await;
    let (status, _, error) = office.site.redress(&["job", "run", "actions"]).await;
    assert_eq!(status, 0, "{error}");
    office.comes(count, ANN, "/verify 1").await;
    for mail in office.since(count, WU_LEI).await {
        mail.hides(&["check all lids"]);
    }
}

#[tokio::test]
async fn the_desk_takes_what_is_about_no_case() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    for (who, list, none) in [
        (ANN, "/list open", "/accept"),
        (LI_NA, "／列表 未结", "／受理"),
    ] {
        let welcome = office.since(0, who).await.remove(0);
        assert!(welcome.reply_to.contains("+d1.0."), "{}", welcome.reply_to);
        let listed = office.answer(who, &welcome, list).await.remove(0);
        // §7: each sees their own cases
        assert_eq!(
            listed.text.contains(&notice.reference()),
            who == ANN,
            "{}",
            listed.text
        );
        let page = office.answer(who, &welcome, "/help").await.remove(0);
        page.says(&[if who == ANN {
            "/handover outcome"
        } else {
            "/已转交 结案答复"
        }]);
        let refused = office.answer(who, &welcome, none).await.remove(0);
        refused.says(&[none]);
        assert!(!refused.subject.contains("C-20"), "{}", refused.subject);
        office
            .answer(who, &welcome, "/read")
            .await
            .remove(0)
            .says(&["§10"]);
    }
    let cases = "select count(*) from cases";
    assert_eq!(office.site.count(cases).await, 1);
    let welcome = office.since(0, ANN).await.remove(0);
    let (before, count) = (
        office.site.count("select count(*) from landed").await,
        office.sent().len(),
    );
    let done = office
        .answer(
            ANN,
            &welcome,
            "/phone Zhao Min zhao@customers.test: the kettle leaks, wants another one",
        )
        .await;
    assert_eq!(
        office.site.count(cases).await,
        2,
        "{before} {}",
        done[0].text
    );
    let letter = office.one_since(count, "zhao@customers.test").await;
    assert_eq!(office.stage().await, "received");
    // the mail that says so belongs to the case, and nothing of it is the customer's to see
    let (landed, theirs): (String, String) = sqlx::query_as(
        "select m.message_id, m.subject from message m join cases c on c.id = m.case_id where c.channel = 'phone'",
    )
    .fetch_one(&office.site.sql)
    .await
    .unwrap();
    // whoever took it works on it from where it says that it was opened
    office.answer(ANN, &done[0], "/accept").await;
    let count = office.sent().len();
    office
        .answer(ANN, &done[0], "/reply We look into it.")
        .await;
    let second = office.one_since(count, "zhao@customers.test").await;
    for letter in [&letter, &second] {
        letter.hides(&[landed.as_str(), theirs.as_str()]);
    }
}

#[tokio::test]
async fn what_was_erased_with_a_customer_is_not_obeyed_again() {
    let (mut office, notice, _) = Office::new().await.with_case().await;
    let reference = notice.reference();
    let welcome = office.since(0, ANN).await.remove(0);
    let list = |hops: &str| {
        format!(
            "{hops}{VOUCHED}From: {ANN}\nTo: {}\nMessage-ID: <once@example.com>\nSubject: Re: cases\n{}",
            welcome.reply_to,
            plain("/list open")
        )
        .into_bytes()
    };
    let count = office.sent().len();
    office.take(&[list("")]).await;
    assert_eq!(office.since(count, ANN).await.len(), 1);
    office.answer(ANN, &notice, "/accept\n/withdraw").await;
    let (status, out, error) = office.site.redress(&["party", "erase", WANG]).await;
    assert_eq!(status, 0, "{out}{error}");
    assert!(out.contains(&reference), "{out}");
    let kept =
        "select count(*) from message where position('once@' in coalesce(message_id, '')) > 0";
    assert_eq!(office.site.count(kept).await, 0);

    let count = office.sent().len();
    office.take(&[list("X-Hop: 1\n")]).await;
    assert_eq!(office.since(count, ANN).await.len(), 0);
    // what answers a case that is gone is found with what staff write about none
    office.answer(ANN, &notice, "/note so it was").await;
    let late = "select count(*) from message where case_id is null and erased_by is null
                and matched_by = 'reply_address'";
    assert_eq!(office.site.count(late).await, 2);
    office.site.verified().await;
}

#[tokio::test]
async fn what_was_shown_is_done_by_itself_after_a_time_unless_it_is_cancelled() {
    let sections = "[confirm]\nafter = \"30 minutes\"\n";
    let (mut office, notice, _) = Office::driven(sections).await.with_case().await;
    office
        .answer(ANN, &notice, "/accept\n/finding broken")
        .await;
    let outcome = "/resolve upheld\nIt was our fault.";
    let count = office.sent().len();
    let shown = office.answer(ANN, &notice, outcome).await.remove(0);
    shown.says(&["It will be done at", "It was our fault."]);
    office.answer(ANN, &shown, "/cancel").await;
    office.pass(Duration::from_secs(40 * 60)).await;
    office.ticked().await;
    assert!(office.since(count, WANG).await.is_empty());
    assert_eq!(office.stage().await, "negotiating");

    office.answer(ANN, &notice, outcome).await;
    assert!(office.since(count, WANG).await.is_empty());
    office.pass(Duration::from_secs(40 * 60)).await;
    let letter = office.comes(count, WANG, "It was our fault.").await;
    assert!(!letter.automatic);
    assert_eq!(office.stage().await, "resolved");
    office
        .comes(count, ANN, "A letter goes to the customer.")
        .await;
    assert_eq!(office.since(count, WANG).await.len(), 1);
    office.site.verified().await;
}

#[tokio::test]
async fn mail_of_staff_waits_while_dns_is_silent_and_is_done_when_it_answers() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = silent.local_addr().unwrap();
    let sections = format!("[dns]\nservers = [\"{at}\"]\ntimeout = \"300ms\"\n");
    let (mut office, notice, _) = Office::driven(&sections).await.with_case().await;
    let mail = format!(
        "From: {ANN}\nTo: {}\nSubject: Re: case\nDate: Tue, 24 Nov 2026 09:30:00 +0800\n\
         Message-ID: <signed.1@example.com>\nMIME-Version: 1.0\n{}",
        notice.reply_to,
        plain("/accept")
    );
    office.site.deliver(&dkim::sign(&mail, Signing::default()));
    let put_off = "select count(*) from landed where state = 'waiting' and not_before is not null";
    office.site.until(put_off, 1).await;
    assert_eq!(office.stage().await, "received");
    let record = dkim::record();
    dns::serve_on(silent, &[("s1._domainkey.example.com", &record)]);
    office.pass(Duration::from_secs(120)).await;
    office.quiet().await;
    assert_eq!(office.stage().await, "investigating");
    assert_eq!(office.times(&notice.reference(), "unproven").await, 0);
    office.site.verified().await;
}

#[tokio::test]
async fn an_old_address_counts_for_a_time_after_its_key_was_replaced() {
    let (mut office, notice, letter) = Office::new().await.with_case().await;
    let (status, out, error) = office.site.redress(&["key", "rotate"]).await;
    assert_eq!(status, 0, "{out}{error}");
    office.restart().await;
    // within its time
    let done = office.answer(ANN, &notice, "/accept").await.remove(0);
    assert_eq!(office.stage().await, "investigating");
    assert!(done.reply_to.contains("+w2."), "{}", done.reply_to);
    // after it: as if the key had been replaced long ago
    let keys = office.site.folder.path().join("keys");
    let text = std::fs::read_to_string(&keys).unwrap();
    let day = text
        .lines()
        .last()
        .unwrap()
        .split_whitespace()
        .last()
        .unwrap()
        .to_owned();
    std::fs::write(&keys, text.replace(&day, "2020-01-01")).unwrap();
    office.restart().await;
    let told = office.answer(ANN, &notice, "/note with the old key").await;
    assert!(
        told[0].subject.contains("Possible forgery"),
        "{}",
        told[0].subject
    );
    assert_eq!(office.times(&notice.reference(), "noted").await, 0);
    office.answer(ANN, &done, "/note with the new key").await;
    assert_eq!(office.times(&notice.reference(), "noted").await, 1);
    // a customer's finds its case by any key
    let told = office
        .write(
            &format!("Wang Wei <{WANG}>"),
            &letter,
            &plain("It was the blue cup."),
            ANN,
        )
        .await;
    told[0].says(&["It was the blue cup."]);
    assert_eq!(office.site.count("select count(*) from cases").await, 1);
}

#[tokio::test]
async fn files_are_passed_on_to_be_looked_at_and_never_to_be_run() {
    let mut office = Office::new().await;
    let part = |kind: &str, how: &str, name: &str, bytes: &[u8]| {
        format!(
            "--b\nContent-Type: {kind}; name=\"{name}\"\nContent-Disposition: {how}; filename=\"{name}\"\n\
             Content-Transfer-Encoding: base64\n\n{}\n",
            data_encoding::BASE64.encode(bytes)
        )
    };
    let files = [
        (
            "text/html",
            "attachment",
            "invoice.html",
            &b"<script>alert(1)</script>"[..],
        ),
        (
            "image/svg+xml",
            "inline",
            "logo.svg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        ),
        (
            "application/x-msdownload",
            "attachment",
            "setup.exe",
            b"MZ\x90\0\x03\0\0\0",
        ),
        (
            "image/png",
            "attachment",
            "cup.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ),
        (
            "application/pdf",
            "inline",
            "receipt.pdf",
            b"%PDF-1.4\n%%EOF\n",
        ),
        // what it isn't
        (
            "image/png",
            "attachment",
            "cup2.png",
            b"<html><script>alert(1)</script></html>",
        ),
        (
            "application/pdf",
            "attachment",
            "bill.pdf",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff",
        ),
        // text by its type, and run by its ending
        (
            "text/plain",
            "attachment",
            "readme.bat",
            b"@echo off\r\nformat c:\r\n",
        ),
    ];
    let body: String = files
        .iter()
        .map(|(kind, how, name, bytes)| part(kind, how, name, bytes))
        .collect();
    let mixed = |text: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n{}{body}--b--\n",
            plain(text)
        )
    };
    let count = office.sent().len();
    office.take(&[format!(
        "From: Wang Wei <{WANG}>\nTo: complaints@example.com\nSubject: Cup\nMessage-ID: <1@customers.test>\nMIME-Version: 1.0\n{}",
        mixed(BROKEN)
    ).into_bytes()]).await;
    let notice = office.one_since(count, ANN).await;
    let found: Vec<(&str, &str)> = notice
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.media_type.as_str()))
        .collect();
    let octets = "application/octet-stream";
    assert_eq!(
        found,
        [
            ("invoice.html", octets),
            ("logo.svg", octets),
            ("setup.exe", octets),
            ("cup.png", "image/png"),
            ("receipt.pdf", "application/pdf"),
            ("cup2.png", octets),
            ("bill.pdf", octets),
            ("readme.bat", octets),
        ]
    );
    for (file, (_, _, name, bytes)) in notice.files.iter().zip(&files) {
        assert_eq!(file.disposition, "attachment", "{name}");
        assert_eq!(file.bytes, *bytes, "{name}");
    }
    // nothing that may be forged brings a file along
    let count = office.sent().len();
    office.take(&[format!(
        "From: {ANN}\nTo: {}\nSubject: Re: case\nMessage-ID: <2@evil.test>\nMIME-Version: 1.0\n{}",
        notice.reply_to,
        mixed("/accept")
    ).into_bytes()]).await;
    let told = office.one_since(count, ANN).await;
    assert!(told.subject.contains("Possible forgery"));
    assert!(told.files.is_empty(), "{:?}", told.files);
    // and nothing of the customer's goes back to them
    for mail in office.since(0, WANG).await {
        assert!(mail.files.is_empty());
    }
}

#[tokio::test]
async fn somebody_who_tries_everything_gets_nothing() {
    let (mut office, notice, letter) = Office::new().await.with_case().await;
    let reference = notice.reference();
    office
        .answer(ANN, &notice, "/accept\n/note An internal secret of ours.")
        .await;
    let count = office.sent().len();
    let evil = "Eve <eve@evil.test>";
    // a case of her own, with commands in it, and somebody else's reference
    let (own, _) = office
        .complaint_of(
            ("Eve", "eve@evil.test"),
            &format!("Re: {reference}"),
            "/show\n/list open\n/search secret\n/reply hello",
        )
        .await;
    assert_ne!(own.reference(), reference);
    own.hides(&["secret", "Wang", &reference]);
    let calm = office.sent().len();
    let trials = [
        // what leaked, from her own address
        (
            evil.to_owned(),
            notice.clone(),
            "/show\n/reply Send the money to Eve.",
        ),
        (
            evil.to_owned(),
            Mail {
                reply_to: notice.to_customer().unwrap(),
                ..notice.clone()
            },
            "Send the money to Eve.",
        ),
        (evil.to_owned(), letter.clone(), "I withdraw my complaint."),
        (evil.to_owned(), letter.clone(), "/customer eve@evil.test"),
        // in Ann's name, and in the supervisor's
        (
            format!("Ann Lee <{ANN}>"),
            notice.clone(),
            "/customer eve@evil.test",
        ),
        (
            format!("Wu Lei <{WU_LEI}>"),
            notice.clone(),
            "/assign li.na\n/reason urgent",
        ),
        // as Redress itself, and as a mail server
        (
            format!("Example Ltd <{}>", office.site.address),
            notice.clone(),
            "/close out of scope: no",
        ),
        (
            "Mail Delivery System <MAILER-DAEMON@evil.test>".to_owned(),
            letter.clone(),
            "/withdraw",
        ),
        // at an address of her own case
        (
            evil.to_owned(),
            own.clone(),
            "/show C-2026-000001-5\n/accept",
        ),
    ];
    for (from, to, text) in &trials {
        office.write(from, to, &plain(text), ANN).await;
    }
    for trace in [
        format!(
            "Authentication-Results: mx.evil.test; dmarc=pass header.from=example.com\n{}",
            ""
        ),
        format!(
            "Received: from mx.evil.test by mx.evil.test; Tue, 24 Nov 2026 09:30:00 +0800\n{VOUCHED}"
        ),
    ] {
        office.deliver(
            &format!(
                "{trace}From: {ANN}\nTo: {}\nSubject: Re: case\n",
                notice.reply_to
            ),
            &plain("/close out of scope: forged"),
        );
    }
    office
        .site
        .until("select count(*) from message", 4 + trials.len() as i64 + 1)
        .await;
    office.quiet().await;
    assert_eq!(office.stage_of(&reference).await, "investigating");
    for event in [
        "replied",
        "closed",
        "withdrawn",
        "address_recognised",
        "noted",
    ] {
        let times = office.times(&reference, event).await;
        assert_eq!(times, i64::from(event == "noted"), "{event}");
    }
    // she is told nothing, but that her own complaint was received
    for mail in office.sent().into_iter().skip(count) {
        assert!(
            mail.to.ends_with("@example.com") || mail.message_id == own.message_id,
            "{}: {}",
            mail.to,
            mail.subject
        );
    }
    let told: Vec<Mail> = office.since(calm, ANN).await;
    let warnings = told
        .iter()
        .filter(|mail| mail.subject.contains("Possible forgery"));
    assert!(
        warnings.count() >= 5,
        "{:#?}",
        told.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    office.site.verified().await;
}
