//! Whole cases over real mail: what a customer writes and reads, and what staff do in between.

use std::time::Duration;

use mail_parser::MessageParser;
use redress::sandbox::smtp_server::Received;

use crate::support::{Daemon, Site, wait};

/// Staff that have a part in the stories.
pub const STAFF: &str = "\
[[staff]]\nid = \"li.na\"\nname = \"Li Na\"\nroles = [\"handler\"]\n\
[[staff]]\nid = \"gu.ming\"\nname = \"Gu Ming\"\nroles = [\"mediator\"]\n\
[[staff]]\nid = \"sun.yu\"\nname = \"孙宇\"\nroles = [\"mediator\"]\n\
[[staff]]\nid = \"wu.lei\"\nname = \"Wu Lei\"\nroles = [\"supervisor\"]\n\
[[staff]]\nid = \"logistics\"\nname = \"Logistics\"\nroles = [\"department\"]\n\
[[staff]]\nid = \"he.fa\"\nname = \"He Fa\"\nroles = [\"legal\"]\n";

/// A letter as its reader sees it.
struct Letter {
    reply_to: String,
    message_id: String,
    subject: String,
    text: String,
    html: String,
    automatic: bool,
}

/// A site with a daemon, and the letters that were read so far.
struct Story {
    site: Site,
    daemon: Option<Daemon>,
    read: usize,
    mails: usize,
    reference: String,
}

impl Story {
    async fn new(sections: &str) -> Story {
        let site = Site::new().await;
        site.configure("", "", &format!("{STAFF}{sections}"));
        site.drive_time().await;
        let daemon = Some(site.daemon());
        Story {
            site,
            daemon,
            read: 0,
            mails: 0,
            reference: String::new(),
        }
    }

    /// The next letter that the customer gets.
    async fn letter(&mut self) -> Letter {
        let expected = self.read + 1;
        let come = wait(async || self.site.smtp.received().len() >= expected).await;
        assert!(come, "no letter comes\n{}", self.site.logs());
        let received: &Received = &self.site.smtp.received()[self.read];
        self.read += 1;
        let mail = MessageParser::default().parse(&received.bytes).unwrap();
        let reply_to = mail.reply_to().unwrap().first().unwrap();
        Letter {
            reply_to: reply_to.address().unwrap().to_owned(),
            message_id: mail.message_id().unwrap().to_owned(),
            subject: mail.subject().unwrap().to_owned(),
            text: mail.body_text(0).unwrap().into_owned(),
            html: mail.body_html(0).unwrap().into_owned(),
            automatic: mail.header("Auto-Submitted").is_some(),
        }
    }

    /// A mail from the customer, as an answer to a letter or on its own.
    fn write(&mut self, to: Option<&Letter>, body: &str) {
        self.mails += 1;
        let headers = to.map_or_else(
            || "To: complaints@example.com\nSubject: 茶杯破损\n".to_owned(),
            |letter| {
                format!(
                    "To: {0}\nDelivered-To: {0}\nIn-Reply-To: <{1}>\nSubject: Re: {2}\n",
                    letter.reply_to,
                    letter.message_id,
                    letter.reference()
                )
            },
        );
        self.site.deliver(&format!(
            "From: 王伟 <wang@customers.test>\nMessage-ID: <{}.story@customers.test>\n{headers}\
             MIME-Version: 1.0\n{body}",
            self.mails
        ));
    }

    /// Something that a member of staff does; what was said.
    async fn act(&self, who: &str, words: &[&str]) -> (i32, String) {
        let mut arguments = vec!["case", "act", &self.reference, "--as", who];
        arguments.extend(words);
        let (status, out, error) = self.site.redress(&arguments).await;
        (status, format!("{out}{error}"))
    }

    async fn done(&self, who: &str, words: &[&str]) {
        let (status, said) = self.act(who, words).await;
        assert_eq!(status, 0, "{words:?}: {said}");
    }

    async fn refused(&self, who: &str, words: &[&str], expected: &str) {
        let (status, said) = self.act(who, words).await;
        assert_eq!(status, 65, "{words:?}: {said}");
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }

    async fn at_stage(&self, stage: &str) {
        let mut last = String::new();
        let reached = wait(async || {
            last = sqlx::query_scalar("select stage from cases where reference = $1")
                .bind(&self.reference)
                .fetch_one(&self.site.sql)
                .await
                .unwrap();
            last == stage
        })
        .await;
        assert!(
            reached,
            "the case is {last}, not {stage}\n{}",
            self.site.logs()
        );
    }

    /// Lets time pass while nobody is looking, as an outage does.
    async fn pass(&mut self, days: i32) {
        if let Some(daemon) = self.daemon.take() {
            assert_eq!(daemon.terminate().await, 0);
        }
        self.site
            .advance(Duration::from_secs(u64::from(days.unsigned_abs()) * 86_400))
            .await;
        self.daemon = Some(self.site.daemon());
    }
}

impl Letter {
    fn reference(&self) -> &str {
        &self.subject
    }

    fn says(&self, words: &[&str]) {
        let folded = |text: &str| text.split_whitespace().collect::<String>();
        for word in words {
            for (kind, part) in [("text", &self.text), ("HTML", &self.html)] {
                let found = folded(part).contains(&folded(word));
                assert!(found, "{word} is missing in the {kind}\n{part}");
            }
        }
    }
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n")
}

#[tokio::test]
async fn a_complaint_goes_through_proposal_outcome_mediation_and_ends_satisfied() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("我上周买的茶杯送到时已经碎了，客服电话一直打不通，要求退款。"),
    );
    let acknowledgement = story.letter().await;
    assert!(acknowledgement.automatic);
    let reference = acknowledgement.subject.split_whitespace().last().unwrap();
    story.reference = reference.to_owned();
    assert!(
        !acknowledgement.text.contains("茶杯"),
        "nothing that a stranger wrote is repeated"
    );

    // §9: steps out of order are refused, with what is possible instead
    story
        .refused(
            "li.na",
            &["find", "broken"],
            "isn't possible while the case is at stage 'received'",
        )
        .await;
    story
        .refused("he.fa", &["accept"], "'accept' is for li.na")
        .await;

    // §4.1
    story
        .done(
            "li.na",
            &["ask", "evidence", "--words", "请拍一张破损处的照片。"],
        )
        .await;
    let request = story.letter().await;
    assert!(!request.automatic);
    request.says(&["请拍一张破损处的照片。"]);
    story.at_stage("awaiting_particulars").await;
    story.write(
        Some(&request),
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n照片见附件\n\
         --b\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename=cup.jpg\n\
         Content-Transfer-Encoding: base64\n\n/9j/4AAQSkZJRg==\n--b--\n",
    );
    story.at_stage("investigating").await;

    // §4.2, §4.3
    story
        .done("li.na", &["hand-off", "logistics", "包裹是怎么运的？"])
        .await;
    story
        .done("logistics", &["answer-hand-off", "1", "运输途中被压。"])
        .await;
    story
        .done("li.na", &["find", "运输途中破损，属我方责任。"])
        .await;
    story
        .done(
            "li.na",
            &["propose", "我们愿意更换一个新杯子。", "--remedy", "换货"],
        )
        .await;
    story
        .letter()
        .await
        .says(&["我们愿意更换一个新杯子。", "换货"]);

    // §4.4: in writing, with reasons, remedy and further rights
    story
        .done(
            "li.na",
            &[
                "resolve",
                "partly",
                "杯子在运输途中破损。",
                "--remedy",
                "更换新杯",
            ],
        )
        .await;
    let outcome = story.letter().await;
    let preview = ["letter", "preview", "outcome", "--case", &story.reference];
    let (status, shown, error) = story.site.redress(&preview).await;
    assert_eq!(status, 0, "{error}");
    assert!(
        shown.contains(&story.reference) && shown.contains("Li Na"),
        "{shown}"
    );
    outcome.says(&["杯子在运输途中破损。", "更换新杯", "调解", "法院"]);
    story
        .site
        .until(
            "select count(*) from clock where name = 'satisfaction' and stopped_at is null",
            1,
        )
        .await;

    // the question comes a business day later
    story.pass(4).await;
    let question = story.letter().await;
    assert!(question.automatic && question.html.contains("mailto:"));

    // a sentence goes to a person; one word counts
    story.write(Some(&question), &plain("如果退款我就满意。"));
    story
        .site
        .until("select count(*) from message where nature = 'human'", 3)
        .await;
    story.at_stage("resolved").await;
    story.write(Some(&question), &plain("不满意！！"));
    story.at_stage("mediating").await;

    // §5.1
    story
        .refused("li.na", &["mediate", "sun.yu"], "is for a supervisor")
        .await;
    story
        .done(
            "wu.lei",
            &["recuse", "gu.ming", "--reason", "complained about"],
        )
        .await;
    story
        .refused("wu.lei", &["mediate", "gu.ming"], "can't mediate")
        .await;
    story.done("wu.lei", &["mediate", "sun.yu"]).await;
    story.letter().await.says(&["孙宇"]);
    story
        .done(
            "sun.yu",
            &["mediated", "upheld", "应当退款。", "--remedy", "退款120元"],
        )
        .await;
    let second = story.letter().await;
    second.says(&["应当退款。", "退款120元", "法院"]);

    story.write(Some(&second), &plain("满意，谢谢！"));
    story.at_stage("closed").await;
    let closed = story.letter().await;
    assert!(closed.automatic);
    story.site.verified().await;

    // within the window the customer's mail opens it again; thanks alone don't
    story.write(Some(&closed), &plain("谢谢"));
    story
        .site
        .until("select count(*) from message where nature = 'human'", 6)
        .await;
    story.at_stage("closed").await;
    story.write(Some(&closed), &plain("新换的杯子又是坏的！"));
    story.at_stage("investigating").await;
    story.letter().await;
    story.site.verified().await;

    // one case, one thread in the customer's mail client
    assert_eq!(story.site.count("select count(*) from cases").await, 1);
    let subjects: std::collections::BTreeSet<String> = story
        .site
        .smtp
        .received()
        .iter()
        .map(|mail| {
            MessageParser::default()
                .parse(&mail.bytes)
                .unwrap()
                .subject()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(subjects.len(), 1, "{subjects:?}");
}

#[tokio::test]
async fn every_breach_is_recorded_once_however_many_daemons_and_whatever_outage() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("The cup that I bought last week arrived broken and nobody answers my calls."),
    );
    story.letter().await;
    let reached =
        "select count(*) from history where event = 'clocks' and data::text like '%reached%'";
    assert_eq!(story.site.count(reached).await, 0);
    // the clock of updates runs from when the acknowledgement arrived
    story.site.acknowledged(1).await;
    // an outage of six weeks, and then three daemons at once
    story.pass(60).await;
    let more = [story.site.daemon(), story.site.daemon()];
    let due =
        "select count(*) from clock where next_at is not null and next_at <= (select public.now())";
    story.site.until(due, 0).await;
    for (clock, rungs) in [("confirm", 4), ("resolve", 4), ("update", 4)] {
        let times: i64 = sqlx::query_scalar(
            "select count(*) from history, json_array_elements(data->'changes') change
             where event = 'clocks' and change->>'change' = 'reached' and change->>'name' = $1",
        )
        .bind(clock)
        .fetch_one(&story.site.sql)
        .await
        .unwrap();
        assert!(times <= rungs && times >= 1, "{clock}: {times}");
    }
    let breaches = "select count(*) from clock where breached_at is not null";
    assert!(story.site.count(breaches).await >= 2);
    story.site.verified().await;
    drop(more);
}

#[tokio::test]
async fn a_jump_of_the_databases_time_holds_escalation_until_it_is_set_right() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("The cup that I bought last week arrived broken and nobody answers my calls."),
    );
    story.letter().await;
    story.site.acknowledged(1).await;
    // forty days forward while the daemon looks
    story.site.advance(Duration::from_secs(40 * 86_400)).await;
    story
        .site
        .until("select count(*) from tick where jumped_at is not null", 1)
        .await;
    assert!(story.site.logs().contains("time has jumped"));
    let reached = "select count(*) from clock where reached > 0";
    assert_eq!(story.site.count(reached).await, 0);
    // set right again: nothing was breached
    story.site.rewind(Duration::from_secs(40 * 86_400)).await;
    let ticks = "select count(*) from clock where breached_at is not null";
    story.site.until("select count(*) from cases", 1).await;
    assert_eq!(story.site.count(ticks).await, 0);
}

#[tokio::test]
async fn duplicates_are_proposed_and_once_merged_their_mail_goes_to_the_other_case() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("Order 20261117 arrived broken, please refund me as soon as you can."),
    );
    let first = story.letter().await;
    story.write(
        None,
        &plain("Still nothing about order 20261117? It arrived broken, refund me!"),
    );
    let second = story.letter().await;
    let references: Vec<String> = sqlx::query_scalar("select reference from cases order by id")
        .fetch_all(&story.site.sql)
        .await
        .unwrap();
    assert_eq!(references.len(), 2, "never merged unasked");
    let proposed: Option<String> =
        sqlx::query_scalar("select state->>'resembles' from cases order by id desc limit 1")
            .fetch_one(&story.site.sql)
            .await
            .unwrap();
    assert_eq!(proposed.as_ref(), Some(&references[0]));
    story.reference = references[1].clone();
    story
        .refused("li.na", &["duplicate", &references[1]], "is this very case")
        .await;
    story.done("li.na", &["duplicate", &references[0]]).await;
    let closed = story.letter().await;
    // nothing was decided that could go to mediation, and nothing is opened again
    assert!(closed.text.contains(&references[0]), "{}", closed.text);
    for wrong in ["mediation", "调解", "reopen", "恢复处理"] {
        assert!(!closed.text.contains(wrong), "{}", closed.text);
    }
    story.write(Some(&second), &plain("Here is one more thing about it."));
    story.write(Some(&first), &plain("And another."));
    story
        .site
        .until(
            "select count(*) from message m join cases c on c.id = m.case_id where c.id = 1",
            3,
        )
        .await;
    story.site.verified().await;
}

#[tokio::test]
async fn a_case_closed_too_long_ago_is_followed_by_a_new_one() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("The cup that I bought last week arrived broken and nobody answers my calls."),
    );
    let first = story.letter().await;
    story.reference = sqlx::query_scalar("select reference from cases")
        .fetch_one(&story.site.sql)
        .await
        .unwrap();
    story.done("li.na", &["accept"]).await;
    story.done("li.na", &["withdraw"]).await;
    story.letter().await;
    story.pass(3650).await;
    story.write(
        Some(&first),
        &plain("It broke again after all these years, and I want my money back."),
    );
    story.site.until("select count(*) from cases", 2).await;
    let follows: String =
        sqlx::query_scalar("select state->>'follows' from cases order by id desc limit 1")
            .fetch_one(&story.site.sql)
            .await
            .unwrap();
    assert_eq!(follows, story.reference);
    story.site.verified().await;
}

#[tokio::test]
async fn verify_says_the_first_difference_of_a_changed_case() {
    let mut story = Story::new("").await;
    story.write(
        None,
        &plain("The cup that I bought last week arrived broken and nobody answers my calls."),
    );
    story.letter().await;
    story.site.acknowledged(1).await;
    story.site.verified().await;
    for (change, undo, expected) in [
        (
            "update cases set state = jsonb_set(state, '{stage}', '\"closed\"')",
            "update cases set state = jsonb_set(state, '{stage}', '\"received\"')",
            "stage is \"closed\", by its history \"received\"",
        ),
        (
            "update clock set due_at = due_at + interval '1 day' where name = 'resolve'",
            "update clock set due_at = due_at - interval '1 day' where name = 'resolve'",
            "clock resolve isn't what its history says",
        ),
        (
            "update cases set history_length = history_length + 1",
            "update cases set history_length = history_length - 1",
            "the history has",
        ),
    ] {
        sqlx::query(change).execute(&story.site.sql).await.unwrap();
        let (status, out, error) = story.site.redress(&["case", "verify", "--all"]).await;
        assert_eq!(status, 65, "{out}{error}");
        assert!(out.contains(expected), "{expected} is missing in {out}");
        sqlx::query(undo).execute(&story.site.sql).await.unwrap();
    }
    story.site.verified().await;
}
