use super::*;
use proptest::prelude::*;

#[test]
fn documents_become_text() {
    for (rtf, text) in [
        (r"{\rtf1\ansi Hello\par World}", "Hello\nWorld"),
        (
            r"{\rtf1{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}\f0\fs20 a\tab b {\b c}\line d\~e}",
            "a\tb c\nd e",
        ),
        (r"{\rtf1\ansicpg936 \'cd\'b6\'cb\'df}", "投诉"),
        (
            r"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset134 S;}}\f0 caf\'e9 \f1\'cd\'b6\'cb\'df}",
            "café 投诉",
        ),
        (r"{\rtf1\uc1 \u25237?\u-29751? {\uc0\u25237}x}", "投诉 投x"),
        (r"{\rtf1 \u-10179?\u-8704?}", "😀"),
        (r"{\rtf1 a{\pict\bin5 }{}{}}b}{\*\unknown c}}", "ab"),
        (
            r#"{\rtf1{\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt here}}}"#,
            "here",
        ),
        (r"{\rtf1 \{a\}\\}", "{a}\\"),
        // made from HTML
        (
            r"{\rtf1\ansi\fromhtml1 {\*\htmltag19 <html>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hello {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  you{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0{\*\htmltag64 <p>}\'e9t\'e9{\*\htmltag72 </p>}}",
            "Hello & you\n\nété",
        ),
    ] {
        assert_eq!(
            to_text(rtf.as_bytes()).as_deref().map(str::trim),
            Some(text),
            "{rtf}"
        );
    }
    assert_eq!(to_text(b"hello"), None);
}

#[test]
fn depth_costs_nothing() {
    for bomb in [
        "{",
        "{\\*\\x",
        "}",
        "\\",
        "\\u1",
        "{\\b",
        "{\\fonttbl{\\f1\\fcharset2",
    ] {
        to_text(&[b"{\\rtf1 ".as_slice(), &bomb.as_bytes().repeat(200_000)].concat());
    }
}

proptest! {
    #[test]
    fn damage_harms_nobody(text in "[\\\\{}*'a-f0-9 u-]{0,200}") {
        to_text(format!("{{\\rtf1{text}").as_bytes());
    }
}
