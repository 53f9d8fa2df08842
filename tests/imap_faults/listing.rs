//! A folder is listed whole, however large, and nothing is listed that isn't new.

use crate::support::scripted::Scripted;
use crate::support::scripted::Step::{Hear, Say};

#[tokio::test]
async fn a_search_from_a_uid_leaves_out_the_last_message_where_it_is_older() {
    let server = Scripted::imap(vec![
        Hear("UID SEARCH UID 9:*"),
        Say("* SEARCH 4\n@ OK done\n"),
        Hear("UID SEARCH UID 3:*"),
        Say("* SEARCH 7 3\n* SEARCH 4 3\n@ OK done\n"),
    ])
    .await;
    let mut session = server.session().await;
    assert_eq!(session.list_from(9).await.unwrap(), [0u32; 0]);
    assert_eq!(session.list_from(3).await.unwrap(), [3, 4, 7]);
}

/// One line with a million UIDs would hold up the daemon for 15 s.
#[tokio::test]
async fn a_large_folder_is_listed_in_windows_and_as_a_whole_or_not_at_all() {
    let opening = vec![
        Say("* OK ready\n"),
        Hear("LOGIN"),
        Say("@ OK welcome\n"),
        Hear("CAPABILITY"),
        Say("* CAPABILITY IMAP4rev1\n@ OK\n"),
        Hear("SELECT"),
        Say("* 120000 EXISTS\n* OK [UIDVALIDITY 7] ok\n@ OK ok\n"),
        Hear("FETCH 50000,100000 (UID)"),
    ];
    let script = [
        opening.clone(),
        vec![
            Say("* 50000 FETCH (UID 70000)\n* 100000 FETCH (UID 200000)\n@ OK done\n"),
            Hear("UID SEARCH UID 1:70000"),
            Say("* SEARCH 70000 2\n@ OK done\n"),
            Hear("UID SEARCH UID 70001:200000"),
            Say("* SEARCH 200000\n@ OK done\n"),
            Hear("UID SEARCH UID 200001:*"),
            Say("* SEARCH 220000 220001\n@ OK done\n"),
            Hear("UID SEARCH UID 220002:*"),
            Say("* SEARCH 220001\n@ OK done\n"),
        ],
    ]
    .concat();
    let server = Scripted::start(script).await;
    let mut session = server.session().await;
    let listed = session.list_from(1).await.unwrap();
    assert_eq!(listed, [2, 70000, 200000, 220000, 220001]);
    assert_eq!(session.list_from(220_002).await.unwrap(), [0u32; 0]);

    let script = [
        opening.clone(),
        vec![
            Say("@ BAD no such messages\n"),
            Hear("UID SEARCH UID 1:*"),
            Say("* SEARCH 9\n@ OK done\n"),
        ],
    ]
    .concat();
    let server = Scripted::start(script).await;
    let mut session = server.session().await;
    assert_eq!(session.list_from(1).await.unwrap(), [9], "it has shrunk");

    let script = [
        opening,
        vec![
            Say("* 50000 FETCH (UID 70000)\n@ OK done\n"),
            Hear("UID SEARCH UID 1:70000"),
            Say("* SEARCH 1 2\n@ OK done\n"),
            Hear("UID SEARCH UID 70001:*"),
            Say("@ NO sorry\n"),
        ],
    ]
    .concat();
    let server = Scripted::start(script).await;
    let mut session = server.session().await;
    let error = session.list_from(1).await.unwrap_err().to_string();
    assert_eq!(error, "SEARCH was refused: sorry");
}
