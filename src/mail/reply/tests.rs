use proptest::prelude::*;

use super::*;

#[test]
fn new_words_are_told_from_old_ones() {
    for (text, new) in [
        (
            "Just words.\n\nIn two parts.",
            "Just words.\n\nIn two parts.",
        ),
        // above the history
        (
            "New.\n\nOn Tue, 24 Nov 2026 at 09:30, Wang <w@x.example> wrote:\n> old\n> old\n",
            "New.",
        ),
        (
            "New.\n\nOn Tue, 24 Nov 2026 at 09:30, Wang <w@x.example> wrote:\n\nold without marks\nmore\n",
            "New.",
        ),
        ("New.\n\n-----Original Message-----\nFrom: x\nold", "New."),
        (
            "新内容\n\n------------------ 原始邮件 ------------------\n发件人: x\n旧",
            "新内容",
        ),
        ("New.\n\n> old\n>> older\n", "New."),
        (
            "New.\n-- \nWang\n\nOn 24.11.2026 09:30, Li wrote:\n> old",
            "New.",
        ),
        // below it
        ("On Tue, 24 Nov 2026, Wang wrote:\n> old\n\nNew.", "New."),
        ("> old\n> old\nNew.", "New."),
        // between its lines
        (
            "On Tue, 24 Nov 2026, Wang wrote:\n> one?\nYes.\n> two?\nNo.\n> three",
            "On Tue, 24 Nov 2026, Wang wrote:\n> one?\nYes.\n> two?\nNo.",
        ),
        // cited by the customer
        (
            "Your page says\n> refunds within a week\nbut I have waited a month.",
            "Your page says\n> refunds within a week\nbut I have waited a month.",
        ),
        // forwarded without a word
        (
            "---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nSubject: y\n\nthe mail",
            "---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nSubject: y\n\nthe mail",
        ),
        // a story told, not a quotation
        (
            "I have waited.\nOn 3 May your agent wrote:\nwe will refund you.\nNothing happened!",
            "I have waited.\nOn 3 May your agent wrote:\nwe will refund you.\nNothing happened!",
        ),
        ("", ""),
        ("\n\n", ""),
    ] {
        assert_eq!(new_text(text), new, "{text}");
    }
}

#[test]
fn time_is_linear_in_lines_and_marks() {
    for text in [
        ">".repeat(1_000_000),
        "> a\nb\n".repeat(100_000),
        "On Tue 24\n".repeat(100_000),
        "From: a@b.example\n".repeat(100_000),
        "--\n".repeat(300_000),
        "_____________________\n".repeat(50_000),
        "\n".repeat(1_000_000),
        "On 1 ".repeat(200_000),
    ] {
        new_text(&text);
    }
}

proptest! {
    #[test]
    fn no_line_is_invented(text in "(>* ?[a-z]{0,6}:?\n|On 1\\.2\\.2026 10:30 x wrote:\n|-- \n|From: a@b\n|\\PC{0,5}\n){0,20}") {
        let new = new_text(&text);
        for line in new.lines().filter(|line| !line.is_empty()) {
            prop_assert!(text.lines().any(|old| old.trim_end() == line.trim_end()));
        }
    }
}
