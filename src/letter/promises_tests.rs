//! What every letter keeps, whatever is known of its case and whatever staff wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{Composer, Frozen, Letters, Matter, ReplyAddresses, Sender, Thread, ToCustomer};
use crate::language::Language;
use crate::policy::{CloseReason, Finding, Letter, Particular};

fn composer_as(name: &str) -> Composer {
    let sender = Sender {
        name_en: name.to_owned(),
        name_zh: name.to_owned(),
        phone: Some("400-555-0100".into()),
        website: Some("https://example.com/complaints".into()),
        time_zone: chrono_tz::Asia::Shanghai,
        signed_return_path: false,
    };
    let keys = ReplyAddresses::from_key_file(&format!("1 {}", "ab".repeat(32))).unwrap();
    Composer::new(Letters::new(BTreeMap::new()).unwrap(), sender, Some(keys))
}

/// One for all tests: the check at start isn't what they are about.
fn composer() -> &'static Composer {
    static COMPOSER: LazyLock<Composer> = LazyLock::new(|| composer_as("Example Ltd"));
    &COMPOSER
}

fn each() -> impl Iterator<Item = (Language, Letter)> {
    Language::BUILT_IN
        .into_iter()
        .flat_map(|language| Letter::ALL.iter().map(move |letter| (language, *letter)))
}

/// The text of an HTML part: tags away, entities back.
fn text_of(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    for part in body.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
    }
    for (entity, c) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text
}

fn flat(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn parts(mail: &Frozen) -> (String, String) {
    let message = MessageParser::default().parse(&mail.bytes).unwrap();
    let text = message.body_text(0).unwrap().replace('\r', "");
    let html = message.body_html(0).unwrap().replace('\r', "");
    (text, html)
}

/// RFC 5322 §2.1.1 and §2.3: short lines, each ended by CRLF, no CR or LF alone, no 8-bit in headers.
fn well_formed(bytes: &[u8]) {
    let mut in_headers = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let content = line
            .strip_suffix(b"\r\n")
            .unwrap_or_else(|| panic!("{line:?}"));
        assert!(!content.contains(&b'\r') && !content.contains(&0));
        assert!(content.len() <= 998, "{}", content.len());
        in_headers &= !content.is_empty();
        assert!(!in_headers || content.is_ascii());
    }
}

/// What may be absent or there: how to put one thing of one matter into another.
const PARTS: [fn(&mut Matter, &Matter); 14] = [
    |to, from| to.have.clone_from(&from.have),
    |to, from| to.missing.clone_from(&from.missing),
    |to, from| to.confirm_by = from.confirm_by,
    |to, from| to.resolve_by = from.resolve_by,
    |to, from| to.answer_by = from.answer_by,
    |to, from| to.mediate_by = from.mediate_by,
    |to, from| to.reopen_until = from.reopen_until,
    |to, from| to.may_mediate = from.may_mediate,
    |to, from| to.words.clone_from(&from.words),
    |to, from| to.handler.clone_from(&from.handler),
    |to, from| to.mediator.clone_from(&from.mediator),
    |to, from| to.finding = from.finding,
    |to, from| to.remedy.clone_from(&from.remedy),
    |to, from| to.close_reason = from.close_reason,
];

/// No sentence is left hanging on a value that isn't there.
#[test]
fn every_letter_reads_well_whatever_is_absent() {
    let composer = composer();
    for (language, letter) in each() {
        let full = composer.sample(letter, language).unwrap();
        let mut bare = Matter::new(full.reference, language, full.received_at);
        bare.rights.clone_from(&full.rights);
        let mut matters = vec![full.clone(), bare.clone()];
        for put in PARTS {
            let (mut without, mut with) = (full.clone(), bare.clone());
            put(&mut without, &bare);
            put(&mut with, &full);
            matters.extend([without, with]);
        }
        matters.extend(Finding::ALL.iter().map(|finding| Matter {
            finding: Some(*finding),
            ..full.clone()
        }));
        matters.extend(CloseReason::ALL.iter().map(|reason| Matter {
            close_reason: Some(*reason),
            joined_to: (*reason == CloseReason::Duplicate).then_some(full.reference),
            ..full.clone()
        }));
        for matter in matters {
            reads_well(composer, letter, matter);
        }
    }
}

fn reads_well(composer: &Composer, letter: Letter, matter: Matter) {
    let language = matter.language;
    let text = composer.read(&ToCustomer::example(letter, matter)).unwrap();
    let shown = format!("{language}/{letter}\n{}", text.plain);
    for bad in [
        "\n\n\n",
        "None",
        "none",
        "undefined",
        "{{",
        "{%",
        "  .",
        " ,",
        " .",
        "..",
        "。。",
        "，。",
        "（）",
        "()",
        "by .",
        "by,",
        "until .",
        "于书面",
        "于受理",
        "于回复",
        "到仍",
        "编号 。",
        ": \n\n",
        "于，",
    ] {
        // an indented line or a list's second line is no mistake
        let found = text.plain.replace("\n  ", "\n").contains(bad);
        assert!(!found, "{bad:?} in {shown}");
    }
    for line in text.plain.lines() {
        let bare = line.trim_start_matches("- ").trim();
        assert!(!bare.is_empty() || line.is_empty(), "{shown}");
        assert!(
            !bare.starts_with(['.', ',', ';', '。', '，', '；']),
            "{line:?} in {shown}"
        );
    }
    let html = text.html.replace('\n', "");
    for bad in [
        "<p></p>",
        "<li></li>",
        "<ul></ul>",
        "<h2></h2>",
        "<p> ",
        "None",
        "{{",
        "{%",
    ] {
        assert!(
            !html.contains(bad),
            "{bad:?} in {language}/{letter}\n{}",
            text.html
        );
    }
    // a heading without anything under it
    for rest in html.split("</h2>").skip(1) {
        assert!(
            !rest.trim_start().starts_with("<h2>"),
            "{language}/{letter}\n{}",
            text.html
        );
    }
}

/// Text and HTML are one letter: both hold the same dates, names, reference, words and rights, and both
/// languages say the same facts.
#[test]
fn both_parts_and_both_languages_say_the_same_facts() {
    let composer = composer();
    for letter in Letter::ALL.iter().copied() {
        let mut said = Vec::new();
        for language in Language::BUILT_IN {
            let matter = composer.sample(letter, language).unwrap();
            let to = ToCustomer::example(letter, matter.clone());
            let text = composer.read(&to).unwrap();
            let (plain, html) = (flat(&text.plain), flat(&text_of(&text.html)));
            let words = composer.letters().words(language).unwrap();
            let zone = chrono_tz::Asia::Shanghai;
            let day = |at: Option<_>| at.map(|at| words.day(at, zone));
            let named = |particulars: &[Particular], ask: bool| -> Option<String> {
                let first = words.particulars.get(particulars.first()?)?;
                Some(if ask {
                    first.ask.clone()
                } else {
                    first.name.clone()
                })
            };
            let facts = [
                ("reference", Some(matter.reference.to_string())),
                ("received", Some(words.moment(matter.received_at, zone))),
                ("have", named(&matter.have, false)),
                ("missing", named(&matter.missing, true)),
                ("confirm_by", day(matter.confirm_by)),
                ("resolve_by", day(matter.resolve_by)),
                ("answer_by", day(matter.answer_by)),
                ("mediate_by", day(matter.mediate_by)),
                ("reopen_until", day(matter.reopen_until)),
                ("words", matter.words.clone()),
                ("handler", matter.handler.clone()),
                ("mediator", matter.mediator.clone()),
                (
                    "finding",
                    matter.finding.map(|one| words.findings[&one].clone()),
                ),
                ("remedy", matter.remedy.clone()),
                (
                    "close_reason",
                    matter
                        .close_reason
                        .map(|one| words.close_reasons[&one].clone()),
                ),
                (
                    "rights",
                    (!matter.rights.is_empty()).then(|| matter.rights.concat()),
                ),
                ("phone", Some("400-555-0100".to_owned())),
                ("website", Some("https://example.com/complaints".to_owned())),
            ];
            let mut these = Vec::new();
            for (name, fact) in facts {
                let Some(fact) = fact else { continue };
                let (in_text, in_html) =
                    (plain.contains(&flat(&fact)), html.contains(&flat(&fact)));
                assert_eq!(
                    in_text, in_html,
                    "{language}/{letter}: {name} is in one part only"
                );
                if in_text {
                    these.push(name);
                }
            }
            said.push(these);
        }
        assert_eq!(said[0], said[1], "{letter}: what English and Chinese say");
    }
}

/// The first line tells which letter it is: every title is another, and no subject does it.
#[test]
fn the_first_line_tells_which_letter_it_is() {
    let composer = composer();
    for language in Language::BUILT_IN {
        let mut titles = BTreeSet::new();
        for letter in Letter::ALL.iter().copied() {
            let matter = composer.sample(letter, language).unwrap();
            let text = composer.read(&ToCustomer::example(letter, matter)).unwrap();
            let title = text.plain.lines().next().unwrap().to_owned();
            assert!(
                text.html.contains(&format!("<title>{title}</title>")),
                "{title}"
            );
            assert!(text.html.contains(&format!("<h1>{title}</h1>")), "{title}");
            assert!(titles.insert(title.clone()), "{title}");
        }
    }
}

/// HTML that loads nothing, and leaves colours to a reader who wants them dark.
#[test]
fn the_html_part_needs_nothing_from_outside() {
    let composer = composer();
    for (language, letter) in each() {
        let matter = composer.sample(letter, language).unwrap();
        let html = composer
            .read(&ToCustomer::example(letter, matter))
            .unwrap()
            .html;
        for loads in [
            "src=", "url(", "@import", "<link", "<script", "<img", "<iframe",
        ] {
            assert!(!html.contains(loads), "{language}/{letter}: {loads}");
        }
        assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"));
        assert!(html.contains("<meta name=\"viewport\""));
        let lang = if language == Language::ZH {
            "zh-Hans"
        } else {
            "en"
        };
        assert!(html.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\">")));
    }
}

/// Whatever staff paste into a letter stays text.
#[test]
fn staffs_words_stay_words_in_every_place() {
    let nasty = [
        "<script>alert(1)</script> & <a href=\"x\" onclick='y'>",
        "{{ company }} {% if x %} {# note #}",
        "line\r\nBcc: victim@example.com\r\n\r\nbody",
        "a\u{202e}txt.exe\u{202c} \u{200b}\u{feff}zero",
        "\u{0}\u{1}\u{7f}\u{85}\u{9b}31m",
        ".\n..\nFrom me\n-- \n> quoted",
    ];
    for text in nasty {
        let composer = composer_as(text);
        for (language, letter) in each() {
            let mut matter = composer.sample(letter, language).unwrap();
            matter.words = Some(text.to_owned());
            matter.remedy = Some(text.to_owned());
            matter.handler = Some(text.to_owned());
            matter.mediator = Some(text.to_owned());
            matter.rights = vec![text.to_owned()];
            let mail = composer
                .write(&ToCustomer::example(letter, matter))
                .unwrap();
            well_formed(&mail.bytes);
            let message = MessageParser::default().parse(&mail.bytes).unwrap();
            assert!(message.bcc().is_none());
            assert_eq!(
                message.from().unwrap().first().unwrap().address(),
                Some("complaints@example.com")
            );
            let (plain, html) = parts(&mail);
            for bad in ["<script", "<a href=\"x\"", "onclick='y'", "onclick=\"y\""] {
                assert!(!html.contains(bad), "{language}/{letter}: {bad}\n{html}");
            }
            for part in [&plain, &html] {
                let harmful = |c: char| {
                    (c.is_control() && c != '\n')
                        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
                };
                assert!(!part.contains(harmful), "{language}/{letter}: {part:?}");
            }
            if letter == Letter::Outcome && text.starts_with("{{") {
                assert!(plain.contains(text) && text_of(&html).contains(text));
            }
        }
    }
}

#[test]
fn very_long_words_and_lines_become_a_mail_that_any_server_takes() {
    let composer = composer_as(&"名".repeat(5_000));
    for text in [
        "x".repeat(40_000),
        "长".repeat(20_000),
        "word ".repeat(8_000),
        "a\n".repeat(20_000),
    ] {
        for language in Language::BUILT_IN {
            let mut matter = composer.sample(Letter::Outcome, language).unwrap();
            matter.words = Some(text.clone());
            matter.handler = Some(text.clone());
            let mut to = ToCustomer::example(Letter::Outcome, matter);
            to.thread = Thread {
                message_id: Some(format!("{}@example.net", "m".repeat(230))),
                references: (0..500)
                    .map(|n| format!("{}{n}@example.net", "r".repeat(220)))
                    .collect(),
            };
            let mail = composer.write(&to).unwrap();
            well_formed(&mail.bytes);
            let (plain, html) = parts(&mail);
            assert!(flat(&plain).contains(&flat(&text)));
            assert!(flat(&text_of(&html)).contains(&flat(&text)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any text of staff arrives in both parts as it was written, but for what can't be seen.
    #[test]
    fn any_words_arrive_in_both_parts(words in "([\\PC\n\t]|[<>&\"'{}%]){0,200}", handler in "\\PC{0,30}") {
        let composer = composer();
        let mut matter = composer.sample(Letter::Update, Language::EN).unwrap();
        matter.words = Some(words.clone());
        matter.handler = Some(handler);
        let mail = composer.write(&ToCustomer::example(Letter::Update, matter)).unwrap();
        well_formed(&mail.bytes);
        let (plain, html) = parts(&mail);
        let expected = flat(&crate::mail::clean::text(&words));
        prop_assert!(flat(&plain).contains(&expected));
        prop_assert!(flat(&text_of(&html)).contains(&expected), "{html}");
    }
}
