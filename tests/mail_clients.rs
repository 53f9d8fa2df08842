//! Staff work from whatever mail client they have: what they order is done, and nothing that stands round it.

use crate::support::clients::{ALL, NOT_FOR_CUSTOMERS, Reply};
use crate::support::office::{ANN, LI_NA, Mail, Office, VOUCHED, packed, plain};

/// What is typed, and what is to be on record, word for word.
struct Typed {
    text: &'static str,
    finding: &'static str,
    reply: &'static str,
    reasons: &'static str,
    remedy: &'static str,
}

const ENGLISH: Typed = Typed {
    text: "Hi team,\n\n/Accept\n/Finding The carrier crushed the parcel – see the scan of 20 Nov.\n\
           /Reply: Dear Wang Wei,\n\nwe’ve found your parcel:  it leaves our warehouse “today”, and there is nothing that you \
           have to do until it is there.\nYou needn’t call us.\n\n\
           /Resolve Partly; remedy we refund 120 yuan and send another cup of the same kind; cause delay\nOur carrier damaged the cup.\n\nWe are sorry about that.",
    finding: "The carrier crushed the parcel – see the scan of 20 Nov.",
    reply: "Dear Wang Wei,\n\nwe’ve found your parcel:  it leaves our warehouse “today”, and there is nothing that you \
            have to do until it is there.\nYou needn’t call us.",
    reasons: "Our carrier damaged the cup.\n\nWe are sorry about that.",
    remedy: "we refund 120 yuan and send another cup of the same kind",
};

const CHINESE: Typed = Typed {
    text: "各位同事：\n\n／受理\n/查明：运输途中被压坏，11月20日的扫描记录可证。\n／回复：王伟您好，\n\n您的包裹已找到，今天从“上海仓”发出。\n\
           您无需做任何事。\n\n／结案答复：部分支持；补偿 退款120元；原因 延误\n杯子在运输途中破损。\n\n我们深表歉意。",
    finding: "运输途中被压坏，11月20日的扫描记录可证。",
    reply: "王伟您好，\n\n您的包裹已找到，今天从“上海仓”发出。\n您无需做任何事。",
    reasons: "杯子在运输途中破损。\n\n我们深表歉意。",
    remedy: "退款120元",
};

/// The lines of a text that say something, each without what can't be seen.
fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect()
}

fn same(found: &str, expected: &str) -> bool {
    lines(found) == lines(expected)
}

#[tokio::test]
async fn commands_are_understood_from_every_mail_client_in_both_languages() {
    let mut office = Office::new().await;
    let rows: Vec<(usize, bool)> = (0..ALL.len())
        .flat_map(|client| [(client, false), (client, true)])
        .collect();
    // a case for each
    let complaints: Vec<Vec<u8>> = rows
        .iter()
        .enumerate()
        .map(|(at, (_, chinese))| {
            let text = if *chinese {
                "我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。"
            } else {
                "The cup arrived broken and nobody answers my calls, refund me please."
            };
            format!(
                "From: Wang Wei <wang{at}@customers.test>\nTo: complaints@example.com\nSubject: Cup {at}\n\
                 Message-ID: <{at}.cup@customers.test>\nMIME-Version: 1.0\n{}",
                plain(text)
            )
            .into_bytes()
        })
        .collect();
    office.take(&complaints).await;
    let sent = office.sent();
    let notices: Vec<Mail> = (0..rows.len())
        .map(|at| {
            let customer = format!("wang{at}@customers.test");
            let letter = sent.iter().find(|mail| mail.to == customer).unwrap();
            let reference = letter.reference();
            let of_case = |mail: &&Mail| {
                mail.subject.contains(&reference) && [ANN, LI_NA].contains(&mail.to.as_str())
            };
            sent.iter().find(of_case).unwrap().clone()
        })
        .collect();
    let answers: Vec<Vec<u8>> = rows
        .iter()
        .zip(&notices)
        .enumerate()
        .map(|(number, ((client, chinese), notice))| {
            assert_eq!(*chinese, notice.to == LI_NA, "{}", notice.subject);
            let reply = Reply {
                name: if *chinese { "李娜" } else { "Ann Lee" },
                address: &notice.to,
                to: notice,
                text: if *chinese { CHINESE.text } else { ENGLISH.text },
                chinese: *chinese,
                number,
            };
            let mut mail = VOUCHED.as_bytes().to_vec();
            mail.extend((ALL[*client].write)(&reply));
            mail
        })
        .collect();
    let count = office.sent().len();
    office.take(&answers).await;

    let mut wrong = Vec::new();
    for (at, ((client, chinese), notice)) in rows.iter().zip(&notices).enumerate() {
        let client = ALL[*client];
        let typed = if *chinese { &CHINESE } else { &ENGLISH };
        let reference = notice.reference();
        let mut problem = |what: String| {
            wrong.push(format!("{} ({}): {what}", client.name, &reference));
        };
        for event in ["staff_wrote", "accepted", "found", "replied", "resolved"] {
            let times = office.times(&reference, event).await;
            if times != 1 {
                problem(format!("{event} {times} times"));
            }
        }
        for event in [
            "noted",
            "refused",
            "closed",
            "withdrawn",
            "unproven",
            "wrote",
        ] {
            let times = office.times(&reference, event).await;
            if times != 0 {
                problem(format!("{event} {times} times"));
            }
        }
        let words = office.words(&reference).await;
        for expected in [typed.finding, typed.reply, typed.reasons, typed.remedy] {
            if !words.iter().any(|found| same(found, expected)) {
                problem(format!("{expected:?} isn't among {words:#?}"));
            }
        }
        if office.times(&reference, "accepted").await == 0 {
            let told = office.since(count, &notice.to).await;
            let told = told.iter().filter(|mail| mail.subject.contains(&reference));
            for mail in told {
                problem(format!("it was answered\n{}", mail.text));
            }
            continue;
        }
        let letters = office
            .since(count, &format!("wang{at}@customers.test"))
            .await;
        if letters.len() != 2 {
            problem(format!("{} letters", letters.len()));
        }
        let all: String = letters.iter().map(|letter| letter.text.as_str()).collect();
        for expected in [typed.reply, typed.reasons, typed.remedy] {
            if !packed(&all).contains(&packed(expected)) {
                problem(format!("{expected:?} isn't in {all}"));
            }
        }
        for word in NOT_FOR_CUSTOMERS {
            if letters.iter().any(|letter| letter.text.contains(word)) {
                problem(format!("the customer was sent {word:?}: {all}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    office.site.verified().await;
}
