use std::collections::BTreeMap;

use mail_parser::MessageParser;

use super::*;
use crate::case::CaseRef;
use crate::policy::CloseReason;

fn sender() -> Sender {
    Sender {
        name_en: "Example Ltd".into(),
        name_zh: "示例有限公司".into(),
        phone: Some("400-555-0100".into()),
        website: Some("https://example.com/complaints".into()),
        time_zone: chrono_tz::Asia::Shanghai,
        signed_return_path: false,
    }
}

fn keys() -> ReplyAddresses {
    ReplyAddresses::from_key_file(&format!("1 {}", "ab".repeat(32))).unwrap()
}

fn composer_of(sender: Sender, keys: Option<ReplyAddresses>) -> Composer {
    Composer::new(Letters::new(BTreeMap::new()).unwrap(), sender, keys)
}

fn composer() -> Composer {
    composer_of(sender(), Some(keys()))
}

fn sample(composer: &Composer, letter: Letter, language: Language) -> ToCustomer {
    ToCustomer::example(letter, composer.sample(letter, language).unwrap())
}

/// Text and HTML of a mail, as a mail client that isn't ours reads them.
fn parts(mail: &Frozen) -> (String, String) {
    let message = MessageParser::default().parse(&mail.bytes).unwrap();
    let text = message.body_text(0).unwrap().replace('\r', "");
    let html = message.body_html(0).unwrap().replace('\r', "");
    (text, html)
}

/// Every letter as a person sees it: the headers that matter, and the text.
#[test]
fn every_letter_reads_well() {
    let composer = composer();
    for language in Language::BUILT_IN {
        for letter in Letter::ALL {
            let mail = composer
                .write(&sample(&composer, *letter, language))
                .unwrap();
            let message = MessageParser::default().parse(&mail.bytes).unwrap();
            let mut shown = format!("Envelope: <{}> -> <{}>\n", mail.sender, mail.recipient);
            for name in [
                "From",
                "Subject",
                "Reply-To",
                "Auto-Submitted",
                "X-Auto-Response-Suppress",
                "Precedence",
            ] {
                if name == "Subject" {
                    shown.push_str(&format!("Subject: {}\n", message.subject().unwrap()));
                } else if let Some(value) = message.header_raw(name) {
                    shown.push_str(&format!("{name}: {}\n", value.trim()));
                }
            }
            let (text, _) = parts(&mail);
            insta::assert_snapshot!(format!("{language}_{letter}"), format!("{shown}\n{text}"));
        }
    }
}

/// Two of them as HTML, one a language: the others share the frame.
#[test]
fn the_html_part_reads_well() {
    let composer = composer();
    for (letter, language) in [
        (Letter::Outcome, Language::EN),
        (Letter::SatisfactionQuestion, Language::ZH),
    ] {
        let mail = composer
            .write(&sample(&composer, letter, language))
            .unwrap();
        let (_, html) = parts(&mail);
        insta::assert_snapshot!(format!("html_{language}_{letter}"), html);
    }
}

#[test]
fn a_whole_mail() {
    let composer = composer();
    let mail = composer
        .write(&sample(&composer, Letter::Reopened, Language::EN))
        .unwrap();
    insta::assert_snapshot!(String::from_utf8(mail.bytes).unwrap().replace('\r', ""));
}

#[test]
fn the_same_letter_is_the_same_bytes() {
    let composer = composer();
    for letter in Letter::ALL {
        let to = sample(&composer, *letter, Language::ZH);
        assert_eq!(composer.write(&to).unwrap(), composer.write(&to).unwrap());
    }
}

/// RFC 3834: what nobody wrote says so, and is answered by nobody; what a person wrote comes from an
/// address that it can be returned to.
#[test]
fn automatic_and_personal_letters_are_told_apart_by_their_headers() {
    let with = |signed_return_path| Sender {
        signed_return_path,
        ..sender()
    };
    for letter in Letter::ALL.iter().copied() {
        let automatic = letter.is_automatic();
        for (composer, personal_sender, automatic_sender) in [
            (
                composer_of(with(false), Some(keys())),
                "complaints+b1.17.42.",
                "",
            ),
            (
                composer_of(with(true), Some(keys())),
                "complaints+b1.17.42.",
                "complaints+b1.17.42.",
            ),
            (composer_of(with(false), None), "complaints@example.com", ""),
        ] {
            let mail = composer
                .write(&sample(&composer, letter, Language::EN))
                .unwrap();
            assert_eq!(mail.automatic, automatic, "{letter}");
            let expected = if automatic {
                automatic_sender
            } else {
                personal_sender
            };
            assert!(
                mail.sender.starts_with(expected) && mail.sender.is_empty() == expected.is_empty(),
                "{letter}: {}",
                mail.sender
            );
            let message = MessageParser::default().parse(&mail.bytes).unwrap();
            for header in ["Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"] {
                assert_eq!(
                    message.header_raw(header).is_some(),
                    automatic,
                    "{letter}: {header}"
                );
            }
        }
    }
}

/// §5.2: an outcome can't be sent without the further rights.
#[test]
fn a_letter_that_owes_the_further_rights_is_not_written_without_them() {
    let composer = composer();
    for letter in Letter::ALL.iter().copied() {
        let mut to = sample(&composer, letter, Language::EN);
        to.matter.rights = vec![" \n".to_owned()];
        let refused = matches!(composer.write(&to), Err(TemplateError::NoRights { .. }));
        let owes = matches!(
            letter,
            Letter::Outcome | Letter::SummaryResolution | Letter::MediationOutcome
        );
        assert_eq!(refused, owes, "{letter}");
    }
}

/// A duplicate is never opened again: its mail goes to the case that it was joined to.
#[test]
fn a_duplicates_closing_letter_promises_no_reopening() {
    let composer = composer();
    for (language, heading) in [
        (Language::EN, "If something is still open"),
        (Language::ZH, "如果问题仍未解决"),
    ] {
        let mut to = sample(&composer, Letter::Closed, language);
        let text = composer.read(&to).unwrap();
        assert!(text.plain.contains(heading) && text.html.contains(heading));
        to.matter.words = None;
        to.matter.close_reason = Some(CloseReason::Duplicate);
        to.matter.joined_to = Some(CaseRef::new(2026, 12));
        let text = composer.read(&to).unwrap();
        let other = CaseRef::new(2026, 12).to_string();
        for part in [&text.plain, &text.html] {
            assert!(part.contains(&other) && !part.contains(heading), "{part}");
        }
    }
}

/// An answer by link finds its case: by the signed address, else by the reference in the subject.
#[test]
fn an_answer_link_goes_to_this_case() {
    for (composer, address) in [
        (composer(), "mailto:complaints%2Bc1.17.42."),
        (
            composer_of(sender(), None),
            "mailto:complaints@example.com?",
        ),
    ] {
        for language in Language::BUILT_IN {
            let text = composer
                .read(&sample(&composer, Letter::SatisfactionReminder, language))
                .unwrap();
            let links: Vec<&str> = text
                .html
                .split("href=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .filter(|link| link.starts_with("mailto:"))
                .collect();
            assert_eq!(links.len(), 2);
            for link in links {
                assert!(link.starts_with(address), "{link}");
                assert!(link.contains("C-2026-000017-9&amp;body="), "{link}");
            }
        }
    }
}

#[test]
fn dates_are_told_in_the_zone_and_the_style_of_the_reader() {
    let composer = composer();
    for (language, zone, received, deadline) in [
        (
            Language::EN,
            None,
            "Tuesday 24 November 2026, 14:00 (UTC+08:00)",
            "Wednesday 2 December 2026, 18:00 (UTC+08:00)",
        ),
        (
            Language::EN,
            Some(chrono_tz::Europe::London),
            "Tuesday 24 November 2026, 06:00 (UTC+00:00)",
            "Wednesday 2 December 2026, 10:00 (UTC+00:00)",
        ),
        (
            Language::ZH,
            None,
            "2026年11月24日（星期二）14:00（UTC+08:00）",
            "2026年12月2日（星期三）18:00（UTC+08:00）",
        ),
    ] {
        let mut to = sample(&composer, Letter::Proposal, language);
        to.zone = zone;
        let text = composer.read(&to).unwrap();
        for date in [received, deadline] {
            assert!(flat(&text.plain).contains(&flat(date)), "{}", text.plain);
            assert!(text.html.contains(date), "{}", text.html);
        }
    }
    // where all of the day counts, the day is enough
    let mut to = sample(&composer, Letter::Proposal, Language::EN);
    to.matter.answer_by = to
        .matter
        .answer_by
        .map(|at| at + chrono::TimeDelta::seconds(6 * 3600 - 1));
    let text = composer.read(&to).unwrap();
    assert!(
        text.plain
            .contains("Please answer by Wednesday 2 December 2026.\n"),
        "{}",
        text.plain
    );
}

/// Without white space, as lines are folded differently in text and HTML.
fn flat(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
