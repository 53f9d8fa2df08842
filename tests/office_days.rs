//! A whole day of one handler, from the first look at the list to the last letter: on a phone, at a desk, at home.

use crate::support::office::{ANN, LI_NA, Mail, Office, WAREHOUSE, plain};

/// The day in one language: the same work, in the words and with the programs of who does it.
struct Day {
    name: &'static str,
    address: &'static str,
    /// On the way, at the desk, and at home.
    clients: [&'static str; 3],
    customers: [(&'static str, &'static str, &'static str, &'static str); 3],
    take: &'static str,
    take_with_note: &'static str,
    note: &'static str,
    take_and_ask: &'static str,
    asked: &'static str,
    photo: &'static str,
    complete: &'static str,
    list: &'static str,
    search: &'static str,
    show: &'static str,
    hand_off: &'static str,
    question: &'static str,
    answer: &'static str,
    answered: &'static str,
    work: &'static str,
    proposal: &'static str,
    agrees: &'static str,
    view: &'static str,
    resolve: &'static str,
    reasons: &'static str,
    confirm: &'static str,
    cancel: &'static str,
    cancelled: &'static str,
    close: &'static str,
    closing: &'static str,
    incomplete: &'static str,
    incomplete_reason: &'static str,
    help: &'static str,
    helped: &'static str,
}

const ENGLISH: Day = Day {
    name: "Ann Lee",
    address: ANN,
    clients: ["iPhone Mail", "Outlook for Windows", "Gmail"],
    customers: [
        (
            "Wang Wei",
            "wang@customers.test",
            "Broken cup",
            "The cup arrived broken and nobody answers my calls, refund me please.",
        ),
        (
            "Zhao Min",
            "zhao@customers.test",
            "Kettle leaks",
            "The kettle leaks since the first day and I want another one, please.",
        ),
        (
            "Sun Qiang",
            "sun@customers.test",
            "Wrong plate",
            "You sent me the wrong plate and your shop won't take it back from me.",
        ),
    ],
    take: "Hi,\n/Accept",
    take_with_note: "/Accept\n/Note The caller was loud; calm him down first.",
    note: "The caller was loud; calm him down first.",
    take_and_ask: "/Accept\n/Ask evidence: a photo of the plate, please",
    asked: "a photo of the plate, please",
    photo: "Here it is.",
    complete: "Particulars complete",
    list: "/list mine",
    search: "/search kettle",
    show: "/show",
    hand_off: "/handoff warehouse: when did the parcel leave?",
    question: "when did the parcel leave?",
    answer: "/answer on 20 November, by lorry",
    answered: "on 20 November, by lorry",
    work: "/finding The carrier crushed it.\n/propose We refund 120 yuan.",
    proposal: "We refund 120 yuan.",
    agrees: "Fine with me, that would be good.",
    view: "/view agrees, by mail",
    resolve: "/resolve upheld; remedy refund 120 yuan; cause delay\nOur carrier damaged the cup.\n\nWe apologise.",
    reasons: "Our carrier damaged the cup.",
    confirm: "/confirm",
    cancel: "/Cancel",
    cancelled: "cancelled: nothing was done",
    close: "/close out of scope: please ask the shop where you bought it",
    closing: "please ask the shop where you bought it",
    incomplete: "/resolve partly; remedy another kettle",
    incomplete_reason: "/resolve",
    help: "/help resolve",
    helped: "/resolve partly; remedy refund 120 yuan; cause delay",
};

const CHINESE: Day = Day {
    name: "李娜",
    address: LI_NA,
    clients: ["QQ Mail on a phone", "Foxmail", "QQ Mail"],
    customers: [
        (
            "Wang Wei",
            "wang@customers.test",
            "Cup",
            "我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。",
        ),
        (
            "Zhao Min",
            "zhao@customers.test",
            "Kettle",
            "水壶从第一天起就漏水，我要求更换一个新的，请尽快处理。",
        ),
        (
            "Sun Qiang",
            "sun@customers.test",
            "Plate",
            "你们寄错了盘子，门店又不肯退货，请给我一个说法。",
        ),
    ],
    take: "您好：\n／受理",
    take_with_note: "／受理\n／备注：客户语气激烈，先电话安抚。",
    note: "客户语气激烈，先电话安抚。",
    take_and_ask: "／受理\n／补充材料 证据：请发盘子的照片",
    asked: "请发盘子的照片",
    photo: "照片见附件",
    complete: "材料已齐全",
    list: "／列表 我的",
    search: "／搜索 水壶",
    show: "／查看",
    hand_off: "／协查 warehouse：包裹何时发出？",
    question: "包裹何时发出？",
    answer: "/答复协查 11月20日由卡车运出",
    answered: "11月20日由卡车运出",
    work: "／查明 运输途中被压坏。\n／方案 我们退款120元。",
    proposal: "我们退款120元。",
    agrees: "可以，就这样吧。",
    view: "／客户意见 来信表示同意",
    resolve: "／结案答复 支持；补偿 退款120元；原因 延误\n杯子在运输途中破损。\n\n我们深表歉意。",
    reasons: "杯子在运输途中破损。",
    confirm: "／确认",
    cancel: "／取消",
    cancelled: "已取消，未执行任何操作",
    close: "／关闭 不在受理范围：请联系购买的门店",
    closing: "请联系购买的门店",
    incomplete: "／结案答复 部分支持；补偿 更换水壶",
    incomplete_reason: "结案答复",
    help: "／帮助 结案答复",
    helped: "/结案答复 部分支持；补偿 退款120元；原因 延误",
};

#[tokio::test]
async fn a_day_in_english_with_outlook_gmail_and_an_iphone() {
    work_through(&ENGLISH).await;
}

#[tokio::test]
async fn a_day_in_chinese_with_qq_mail_foxmail_and_a_phone() {
    work_through(&CHINESE).await;
}

async fn work_through(day: &Day) {
    // what can't be taken back is shown first
    let mut office = Office::with("[confirm]\n").await;
    let me = (day.name, day.address);
    let [phone, desk, home] = day.clients;
    let (mut letters, mut notices) = (Vec::new(), Vec::new());
    for (name, address, subject, text) in day.customers {
        let (letter, start) = office.complaint_of((name, address), subject, text).await;
        letters.push(letter);
        notices.push(office.one_since(start, day.address).await);
    }
    let references: Vec<String> = notices.iter().map(Mail::reference).collect();
    let [cup, kettle, plate] = [&notices[0], &notices[1], &notices[2]].map(Clone::clone);
    let everything = |reference: &str| references.iter().any(|one| one == reference);
    assert!(references.iter().all(|one| everything(one)));

    // in the bus
    office.by(phone, me, &cup, day.take).await;
    office.by(phone, me, &kettle, day.take_with_note).await;
    let count = office.sent().len();
    office.by(phone, me, &plate, day.take_and_ask).await;
    let request = office.one_since(count, day.customers[2].1).await;
    request.says(&[day.asked]);
    let stages = [&references[0], &references[1], &references[2]];
    for (reference, stage) in
        stages
            .iter()
            .zip(["investigating", "investigating", "awaiting_particulars"])
    {
        assert_eq!(office.stage_of(reference).await, stage);
    }
    assert!(
        office
            .words(&references[1])
            .await
            .contains(&day.note.to_owned())
    );

    // at the desk: what is there?
    let listed = office.by(desk, me, &cup, day.list).await.remove(0);
    listed.says(&references.iter().map(String::as_str).collect::<Vec<_>>());
    let found = office.by(desk, me, &cup, day.search).await.remove(0);
    // its own subject holds the reference of the case that was answered
    found.says(&[&references[1]]);
    assert!(!found.text.contains(&references[2]), "{}", found.text);
    let shown = office.by(desk, me, &cup, day.show).await.remove(0);
    shown.says(&["received", "accepted"]);
    office
        .by(desk, me, &cup, day.help)
        .await
        .remove(0)
        .says(&[day.helped]);

    // the customer sends the photo, and it comes along
    let picture = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".to_owned()
        + &plain(day.photo)
        + "--b\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename=plate.jpg\n\
           Content-Transfer-Encoding: base64\n\n/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//2Q==\n--b--\n";
    let from = format!("{} <{}>", day.customers[2].0, day.customers[2].1);
    let told = office.write(&from, &request, &picture, day.address).await;
    let told = told
        .iter()
        .find(|mail| mail.subject.contains(day.complete))
        .unwrap();
    assert_eq!(told.files.len(), 1, "{:?}", told.files);
    assert_eq!(told.files[0].media_type, "image/jpeg");
    assert_eq!(office.stage_of(&references[2]).await, "investigating");

    // a question to the warehouse, and its answer
    let count = office.sent().len();
    office.by(desk, me, &cup, day.hand_off).await;
    let question = office.one_since(count, WAREHOUSE).await;
    question.says(&[day.question]);
    question.hides(&["Wang", day.customers[0].3]);
    let count = office.sent().len();
    office
        .by(
            "Exchange, plain text in base64",
            ("Warehouse", WAREHOUSE),
            &question,
            day.answer,
        )
        .await;
    office
        .one_since(count, day.address)
        .await
        .says(&[day.answered]);

    // what was found out, a proposal, and what the customer thinks of it
    let count = office.sent().len();
    office.by(desk, me, &cup, day.work).await;
    let proposal = office.one_since(count, day.customers[0].1).await;
    proposal.says(&[day.proposal]);
    let from = format!("{} <{}>", day.customers[0].0, day.customers[0].1);
    let told = office
        .write(&from, &proposal, &plain(day.agrees), day.address)
        .await
        .remove(0);
    told.says(&[day.agrees]);
    office.by(desk, me, &told, day.view).await;

    // the outcome: shown, and sent once it is confirmed
    let count = office.sent().len();
    let shown = office.by(desk, me, &told, day.resolve).await.remove(0);
    shown.says(&[day.reasons]);
    assert!(office.since(count, day.customers[0].1).await.is_empty());
    assert_eq!(office.stage_of(&references[0]).await, "negotiating");
    office.by(desk, me, &shown, day.confirm).await;
    let outcome = office.one_since(count, day.customers[0].1).await;
    outcome.says(&[day.reasons]);
    assert!(!outcome.automatic);
    assert_eq!(office.stage_of(&references[0]).await, "resolved");
    // nothing waits any more
    let again = office.by(desk, me, &shown, day.confirm).await;
    assert_eq!(again.len(), 1);
    assert_eq!(office.times(&references[0], "resolved").await, 1);

    // at home: a closing that was shown, and thought better of
    let count = office.sent().len();
    let shown = office.by(home, me, &plate, day.close).await.remove(0);
    office
        .by(home, me, &shown, day.cancel)
        .await
        .remove(0)
        .says(&[day.cancelled]);
    assert!(office.since(count, day.customers[2].1).await.is_empty());
    assert_eq!(office.stage_of(&references[2]).await, "investigating");

    // a mail that can't be done comes back whole, and is sent again, corrected
    let refused = office.by(home, me, &kettle, day.incomplete).await.remove(0);
    refused.says(&[day.incomplete, day.incomplete_reason]);
    assert_eq!(office.stage_of(&references[1]).await, "investigating");
    let count = office.sent().len();
    let shown = office.by(home, me, &refused, day.resolve).await.remove(0);
    office.by(home, me, &shown, day.confirm).await;
    office
        .one_since(count, day.customers[1].1)
        .await
        .says(&[day.reasons]);
    assert_eq!(office.stage_of(&references[1]).await, "resolved");

    // nothing of what stood below the answers was taken for an order, or for words to anybody
    for reference in &references {
        assert_eq!(office.times(reference, "closed").await, 0);
        assert_eq!(office.times(reference, "withdrawn").await, 0);
        assert_eq!(office.times(reference, "unproven").await, 0);
    }
    assert_eq!(office.times(&references[1], "noted").await, 1);

    // closed after all, in words that the customer gets to read
    let count = office.sent().len();
    let shown = office.by(home, me, &plate, day.close).await.remove(0);
    shown.says(&[day.closing]);
    office.by(home, me, &shown, day.confirm).await;
    let closed = office.one_since(count, day.customers[2].1).await;
    closed.says(&[day.closing]);
    assert_eq!(office.stage_of(&references[2]).await, "closed");
    office.site.verified().await;
}
