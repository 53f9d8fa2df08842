//! Servers that are busy, full, limited or locked say so (RFC 5530), at any command: nothing is lost, nothing
//! advances that shouldn't, and all of it ends well by itself.

use crate::support::between::Between;
use crate::support::{Site, complaint, wait};

const REFUSALS: [&str; 4] = [
    "[LIMIT] too many commands",
    "[OVERQUOTA] no room",
    "[UNAVAILABLE] a part of us is down",
    "[INUSE] somebody else is at it",
];

fn refuse(between: &Between, command: &str) {
    for refusal in REFUSALS {
        between.answer(command, &format!("@ NO {refusal}\n"), 1);
    }
}

/// One mail is read although the server refuses a command with each of the codes.
async fn read_although_refused(command: &str, name: &str) {
    let site = Site::new().await;
    site.configure("", "", "[alarm]\nlook_every = \"1s\"\n");
    let between = Between::start(&site).await;
    refuse(&between, command);
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    site.acknowledged(1).await;
    assert_eq!(between.left(), 0, "{name}");
    let log = daemon.log();
    for (refusal, pause) in REFUSALS.iter().zip([1, 2, 4, 8]) {
        let words = format!("{name} was refused: {refusal}");
        let pause = format!("again_in_s={pause}");
        let said = log
            .lines()
            .any(|line| line.contains(&words) && line.contains(&pause));
        assert!(said, "{words}, {pause}\n{log}");
    }
    // nobody's password is wrong, and no message is at fault
    assert_eq!(
        site.count("select count(*) from alarm where name <> 'calendar'")
            .await,
        0,
        "{name}"
    );
    assert_eq!(
        site.count("select count(*) from landed where state = 'filed' and whole")
            .await,
        1,
        "{name}"
    );
    assert_eq!(site.count("select count(*) from landed").await, 1, "{name}");
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn imap_limit_overquota_unavailable_and_inuse_lose_nothing_and_blame_no_message() {
    tokio::join!(
        read_although_refused("LOGIN", "LOGIN"),
        read_although_refused("SELECT", "SELECT"),
        read_although_refused("UID SEARCH", "SEARCH"),
        read_although_refused("RFC822.SIZE", "FETCH"),
        read_although_refused("BODY.PEEK[]", "FETCH"),
    );
}

/// One mail lands, and is marked on the server although that is refused with each of the codes.
/// It is marked by being in a folder, under a name that ends so.
async fn marked_although_refused(settings: &str, commands: &[&str], folder: &str, mark: &str) {
    let site = Site::new().await;
    site.configure(&format!("reconcile_every = \"1s\"\n{settings}"), "", "");
    let between = Between::start(&site).await;
    for command in commands {
        refuse(&between, command);
    }
    site.deliver(&complaint(1));
    let daemon = site.daemon();
    let folder = site.servers.dovecot.maildir(&site.address).join(folder);
    let marked = wait(async || {
        let folders = ["new", "cur"].map(|name| std::fs::read_dir(folder.join(name)));
        let mut names = folders
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        between.left() == 0 && names.any(|name| name.ends_with(mark))
    });
    assert!(marked.await, "{commands:?}\n{}", site.logs());
    site.acknowledged(1).await;
    let log = daemon.log();
    for refusal in REFUSALS {
        let said = log.lines().any(|line| {
            line.contains("landed mail can't be marked on the server; tried again later")
                && line.contains(refusal)
        });
        assert!(said, "{refusal}\n{log}");
    }
    assert_eq!(between.heard("BODY.PEEK[]").len(), 1, "it is read once");
    assert_eq!(site.count("select count(*) from landed").await, 1);
    assert_eq!(site.count("select count(*) from cases").await, 1);
    assert_eq!(daemon.terminate().await, 0);
}

#[tokio::test]
async fn imap_marking_that_is_refused_for_now_is_made_up_for_and_nothing_is_read_twice() {
    tokio::join!(
        // the keyword
        marked_although_refused("", &["UID STORE"], "", ":2,a"),
        marked_although_refused(
            "after_landing = \"move\"\nmove_to = \"Landed\"",
            &["UID MOVE", "CREATE"],
            ".Landed",
            ""
        ),
    );
}

/// The server has trouble with one message alone, and says that it is only for now.
#[tokio::test]
async fn imap_a_message_that_stays_unavailable_holds_up_no_other_and_ends_before_staff() {
    let site = Site::new().await;
    let between = Between::start(&site).await;
    for number in 0..4 {
        site.deliver(&complaint(number));
    }
    let later = "@ NO [UNAVAILABLE] try later\n";
    between.answer("UID FETCH 1:4 (UID BODY.PEEK[])", later, 1);
    between.answer("UID FETCH 2 (UID BODY.PEEK[])", later, usize::MAX);
    let daemon = site.daemon();
    site.acknowledged(3).await;
    // as long as nothing else comes, it may be the server that is at fault
    site.deliver(&complaint(4));
    site.acknowledged(4).await;
    site.until(
        "select count(*) from landed where state = 'quarantined' and uid = 2 and not whole",
        1,
    )
    .await;
    let after = "select count(*) from landed where landed_at > (select landed_at from landed where uid = 2)";
    assert_eq!(site.count(after).await, 0, "it came last");
    assert_eq!(daemon.terminate().await, 0);
}

/// Not even size and date of one message can be had: it fails the description of all.
#[tokio::test]
async fn imap_a_message_that_cannot_be_described_holds_up_no_other_and_ends_before_staff() {
    let site = Site::new().await;
    let between = Between::start(&site).await;
    for number in 0..4 {
        site.deliver(&complaint(number));
    }
    let what = "(UID RFC822.SIZE INTERNALDATE FLAGS)";
    let broken = "@ NO it is broken\n";
    between.answer(&format!("UID FETCH 1:4 {what}"), broken, usize::MAX);
    between.answer(&format!("UID FETCH 2 {what}"), broken, usize::MAX);
    let daemon = site.daemon();
    site.acknowledged(3).await;
    site.until(
        "select count(*) from landed where state = 'quarantined' and uid = 2 and not whole and received_at is null",
        1,
    )
    .await;
    assert_eq!(daemon.terminate().await, 0);
}

/// The server says no date of receipt that can be read: no clock can start, and staff have to look.
#[tokio::test]
async fn imap_a_message_without_a_date_of_receipt_goes_before_staff_and_holds_up_no_other() {
    let site = Site::new().await;
    let between = Between::start(&site).await;
    for number in 0..2 {
        site.deliver(&complaint(number));
    }
    let dated = "INTERNALDATE \"25-Nov-2026 10:00:00 +0800\"";
    let answer = format!(
        "* 1 FETCH (UID 1 RFC822.SIZE 300 FLAGS ())\n* 2 FETCH (UID 2 RFC822.SIZE 300 {dated} FLAGS ())\n@ OK done\n"
    );
    between.answer("UID FETCH 1:2 (UID RFC822.SIZE", &answer, usize::MAX);
    let daemon = site.daemon();
    site.acknowledged(1).await;
    site.until(
        "select count(*) from landed where state = 'quarantined' and uid = 1 and reason = 'no date of receipt'",
        1,
    )
    .await;
    assert_eq!(daemon.terminate().await, 0);
}

/// Not even the headers of a mail over the limit can be had.
#[tokio::test]
async fn imap_a_mail_over_the_limit_whose_headers_are_refused_holds_up_no_other_for_long() {
    let site = Site::new().await;
    site.configure("max_size = \"10 kB\"", "", "");
    let between = Between::start(&site).await;
    site.deliver(&format!("{}{}", complaint(0), "x\n".repeat(10_000)));
    site.deliver(&complaint(1));
    between.answer("BODY.PEEK[HEADER]", "@ NO it is broken\n", usize::MAX);
    let daemon = site.daemon();
    site.acknowledged(1).await;
    site.until("select count(*) from landed where state = 'quarantined'", 1)
        .await;
    assert_eq!(daemon.terminate().await, 0);
}
