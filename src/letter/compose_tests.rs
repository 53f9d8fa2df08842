use std::collections::BTreeMap;

use mail_parser::MessageParser;

use super::*;

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
