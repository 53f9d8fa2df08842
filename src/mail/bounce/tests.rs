use super::*;

fn of(raw: &str) -> Bounce {
    let structure = Structure::of(raw.as_bytes(), None);
    bounce(&structure, "failure notice")
}

#[test]
fn a_report_names_recipient_status_and_whether_the_address_is_dead() {
    let all = report::recipients(
        "Reporting-MTA: dns; mx.example.net\n\n\
         Final-Recipient: rfc822; wang@example.net\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1\n <wang@example.net>: no such user\n\n\
         Final-Recipient: rfc822;li@example.net\nAction: delayed\nStatus: 4.4.1\n",
        "",
    );
    assert_eq!(all.len(), 2);
    assert_eq!(
        (all[0].address.as_str(), all[0].permanent),
        ("wang@example.net", true)
    );
    assert_eq!(
        (all[0].reply_code, all[0].status.as_deref()),
        (Some(550), Some("5.1.1"))
    );
    assert_eq!(
        (all[1].address.as_str(), all[1].permanent),
        ("li@example.net", false)
    );
}

#[test]
fn notices_in_prose_name_them_too() {
    for (body, address, permanent) in [
        (
            "Hi. This is the qmail-send program.\n\n<wang@example.net>:\n550 user unknown\n\n\
             --- Below this line is a copy of the message.\n\nTo: li@example.net\n",
            "wang@example.net",
            true,
        ),
        (
            "The following address(es) failed:\n\n  wang@example.net\n    SMTP error: 552 mailbox is full\n",
            "wang@example.net",
            false,
        ),
        (
            "Unknown user: wang@example.net\n\nOriginal message follows.\n\nTo: x@example.net",
            "wang@example.net",
            true,
        ),
        (
            "Sorry, we could not deliver it.\n\nReturn-Path: <us@example.com>\nTo: wang@example.net\n",
            "wang@example.net",
            true,
        ),
        (
            "很抱歉，您的邮件被退回。\n收件人：wang@example.net\n原因：用户不存在",
            "wang@example.net",
            true,
        ),
    ] {
        let found = of(&format!("From: MAILER-DAEMON@mx.example\n\n{body}"));
        assert_eq!(found.recipients.len(), 1, "{body}: {found:?}");
        assert_eq!(found.recipients[0].address, address, "{body}");
        assert_eq!(found.recipients[0].permanent, permanent, "{body}");
    }
}

#[test]
fn the_mail_it_is_about_is_named() {
    for (raw, id) in [
        (
            "A: b\n\nfailed: wang@example.net\n\nOriginal message follows.\n\nMessage-ID:\n <x.1@example.com>\n",
            Some("x.1@example.com"),
        ),
        (
            "A: b\n\n> Message-Id: <x.1@example.com>\n",
            Some("x.1@example.com"),
        ),
        ("A: b\n\nnothing\n", None),
    ] {
        assert_eq!(of(raw).original_message_id.as_deref(), id, "{raw}");
    }
}
