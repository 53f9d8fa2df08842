//! What each source states about its mails.

use super::{BTreeMap, Nature, Path, Reading, Tally, Value, files, json, name, of};

/// Holds every stated fact; the kinds of facts, and the least share of each that must be met.
pub(super) fn hold(
    corpus: &Path,
    tallies: &mut BTreeMap<String, Tally>,
) -> Vec<(&'static str, Tally, f64)> {
    let kinds: [Kind; 5] = [
        ("charsets", 100.0, &[("generated-charsets", charsets)]),
        (
            "attachments",
            97.0,
            &[
                ("mime4j", decoded_parts),
                ("tnef-tnefparse", tnef),
                ("redmine", names),
            ],
        ),
        (
            "new text",
            92.0,
            &[
                ("discourse", expectations),
                ("willdurand-reply", expectations),
                ("talon", talon),
                ("watchdog-imap2webhook", talon),
                ("github-reply", replies),
                ("zapier-reply", replies),
            ],
        ),
        (
            "bounces",
            95.0,
            &[("sisimai", sisimai), ("flufl-bounce", flufl)],
        ),
        (
            "signatures",
            100.0,
            &[("chasquid-dkim", super::signatures::hold)],
        ),
    ];
    let mut shares = Vec::new();
    for (kind, least, sources) in kinds {
        let mut all = Tally::default();
        for (source, hold) in sources {
            let mut tally = Tally::default();
            hold(&corpus.join(source), &mut tally);
            all.add(&tally);
            let shown = tallies.entry((*source).to_owned()).or_default();
            shown.add(&tally);
            let missed = tally
                .missed
                .into_iter()
                .map(|miss| format!("{source}/{miss}"));
            shown.missed.extend(missed);
        }
        shares.push((kind, all, least));
    }
    shares
}

type Hold = fn(&Path, &mut Tally);
/// Its name, the least share to be met, and its sources.
type Kind = (&'static str, f64, &'static [(&'static str, Hold)]);

fn reading(path: &Path) -> Option<Reading> {
    Some(of(&std::fs::read(path).ok()?))
}

/// A text of its own, as a mail.
fn as_mail(text: &[u8], kind: &str) -> Reading {
    let mut raw = format!(
        "From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/{kind}; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n"
    )
    .into_bytes();
    raw.extend_from_slice(text);
    of(&raw)
}

/// Text without regard to white space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn charsets(source: &Path, tally: &mut Tally) {
    let Some(expected) = json(&source.join("EXPECTED.json")) else {
        return;
    };
    for (file, facts) in entries(&expected["expected"]) {
        let Some(reading) = reading(&source.join(file)) else {
            continue;
        };
        if let Some(subject) = facts["subject"].as_str() {
            tally.hold(reading.subject == subject, || {
                format!("{file}: subject {}", reading.subject)
            });
        }
        if let Some(body) = facts["body"].as_str() {
            tally.hold(reading.text == body, || {
                format!("{file}: text {}", reading.text)
            });
        }
    }
}

/// The tables of `expect/`.
fn expectations(source: &Path, tally: &mut Tally) {
    let table = source
        .join("../../expect")
        .join(format!("{}.json", name(source)));
    let Some(expected) = json(&table) else {
        return;
    };
    for (file, facts) in entries(&expected["files"]) {
        let Ok(raw) = std::fs::read(source.join(file)) else {
            continue;
        };
        let reading = if file.ends_with(".eml") {
            of(&raw)
        } else {
            as_mail(&raw, "plain")
        };
        let new = folded(&reading.new_text);
        if let Some(nature) = facts["nature"].as_str() {
            let is = serde_json::to_value(reading.nature).unwrap_or_default();
            tally.hold(is == nature, || format!("{file}: nature {is}"));
        }
        if let Some(text) = facts["new_text"].as_str() {
            tally.hold(new == folded(text), || {
                format!("{file}: new text {new:.300}")
            });
        }
        for part in strings(&facts["new_text_contains"]) {
            tally.hold(new.contains(&folded(part)), || {
                format!("{file}: lost {part}")
            });
        }
        for part in strings(&facts["new_text_lacks"]) {
            tally.hold(!new.contains(&folded(part)), || {
                format!("{file}: kept {part}")
            });
        }
    }
}

fn talon(source: &Path, tally: &mut Tally) {
    for file in files(&source.join("standard_replies")) {
        if file.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let Some(reading) = reading(&file) else {
            continue;
        };
        let new = folded(&reading.new_text);
        tally.hold(new == "Hello", || format!("{}: {new:.200}", name(&file)));
    }
    for file in files(&source.join("html_replies")) {
        let Ok(raw) = std::fs::read(&file) else {
            continue;
        };
        let new = folded(&as_mail(&raw, "html").new_text);
        tally.hold(new == "Hi. I am fine. Thanks, Alex", || {
            format!("{}: {new:.200}", name(&file))
        });
    }
    for file in files(&source.join("signature/emails/stripped")) {
        let path = file.to_string_lossy();
        let Some(stem) = path.strip_suffix("_body") else {
            continue;
        };
        let (Ok(body), Ok(signature)) = (
            std::fs::read_to_string(&file),
            std::fs::read_to_string(format!("{stem}_signature")),
        ) else {
            continue;
        };
        let words = folded(&body.replace(signature.trim(), ""));
        let new = folded(&as_mail(body.as_bytes(), "plain").new_text);
        // what is asked for is that no words are lost
        tally.hold(new.starts_with(&words), || {
            format!("{}: {new:.200}", name(&file))
        });
    }
}

/// What the tests of both reply parsers ask of the mails they share.
fn replies(source: &Path, tally: &mut Tally) {
    const FACTS: [(&str, &[&str], &[&str]); 14] = [
        (
            "email_1_1.txt",
            &["clear a Riak bucket"],
            &["riak-users mailing list"],
        ),
        (
            "email_1_2.txt",
            &["You can list the keys for the bucket"],
            &[],
        ),
        (
            "email_1_3.txt",
            &["Oh thanks.", "Having the function would be great."],
            &[],
        ),
        (
            "email_1_4.txt",
            &["Awesome! I haven't had another problem with it."],
            &["wrote:", "Loader will be ready"],
        ),
        (
            "email_1_5.txt",
            &["One: Here's what I've got.", "Two:"],
            &["wrote:"],
        ),
        (
            "email_1_6.txt",
            &["I get proper rendering as well."],
            &["wrote:", "Sent from a magnificent torch"],
        ),
        ("email_1_7.txt", &[":+1:"], &["Steps 0-2"]),
        (
            "email_2_1.txt",
            &["Outlook with a reply"],
            &["From:", "Google Apps Sync Team"],
        ),
        (
            "email_2_2.txt",
            &["Outlook with a reply directly above line"],
            &["Google Apps Sync Team"],
        ),
        ("email_2_3.txt", &["Outlook with a reply"], &["ACME"]),
        (
            "email_BlackBerry.txt",
            &["Here is another email"],
            &["Sent from my BlackBerry"],
        ),
        (
            "email_iPhone.txt",
            &["Here is another email"],
            &["Sent from my iPhone"],
        ),
        (
            "email_sent_from_my_not_signature.txt",
            &["Sent from my desk"],
            &[],
        ),
        (
            "email_multi_word_sent_from_my_mobile_device.txt",
            &["Here is another email"],
            &["Sent from my Verizon"],
        ),
    ];
    for (file, has, lacks) in FACTS {
        let Ok(raw) = std::fs::read(source.join(file)) else {
            continue;
        };
        let new = folded(&as_mail(&raw, "plain").new_text);
        for part in has {
            tally.hold(new.contains(part), || {
                format!("{file}: lost {part}: {new:.200}")
            });
        }
        for part in lacks {
            tally.hold(!new.contains(part), || format!("{file}: kept {part}"));
        }
    }
}

/// mime4j's decoded parts: each must be a file of the message or in its text.
fn decoded_parts(source: &Path, tally: &mut Tally) {
    for file in files(source) {
        let path = file.to_string_lossy();
        let Some((stem, _)) = path.split_once("_decoded_") else {
            continue;
        };
        // `_1_2_1`: a nested message is one attachment, so what is in it is none of ours; and what is
        // taken for a message as a whole is its own text
        let nested = ["frag_decoded_1_2", "multi-2gifs-base64"]
            .iter()
            .any(|nested| name(&file).starts_with(nested));
        if !path.ends_with(".bin") || nested {
            continue;
        }
        let (Ok(bytes), Some(reading)) = (
            std::fs::read(&file),
            reading(Path::new(&format!("{stem}.msg"))),
        ) else {
            continue;
        };
        let found = reading
            .attachments
            .iter()
            .any(|file| file.size == bytes.len() as u64);
        tally.hold(found, || {
            let sizes: Vec<u64> = reading.attachments.iter().map(|a| a.size).collect();
            format!("{}: {} bytes, not in {sizes:?}", name(&file), bytes.len())
        });
    }
}

/// The files that are in each winmail.dat.
fn tnef(source: &Path, tally: &mut Tally) {
    const FACTS: [(&str, &[&str]); 5] = [
        ("one-file.tnef", &["AUTHORS"]),
        ("two-files.tnef", &["AUTHORS", "README"]),
        ("long-filename.tnef", &["allproductsmar2000.dat"]),
        (
            "data-before-name.tnef",
            &["AUTOEXEC.BAT", "CONFIG.SYS", "boot.ini"],
        ),
        ("garbage-at-end.tnef", &[]),
    ];
    for (file, expected) in FACTS {
        let Ok(bytes) = std::fs::read(source.join(file)) else {
            continue;
        };
        let raw = format!(
            "From: a@example.com\nContent-Type: application/ms-tnef; name=winmail.dat\n\
             Content-Transfer-Encoding: base64\n\n{}",
            data_encoding::BASE64.encode(&bytes)
        );
        let reading = of(raw.as_bytes());
        for expected in expected {
            let has = reading
                .attachments
                .iter()
                .any(|file| file.filename.as_deref() == Some(expected));
            tally.hold(has, || {
                let all: Vec<_> = reading.attachments.iter().map(|a| &a.filename).collect();
                format!("{file}: {expected} not in {all:?}")
            });
        }
    }
}

/// Subjects, senders and file names that Redmine's tests ask for.
fn names(source: &Path, tally: &mut Tally) {
    for (file, subject) in [
        ("subject_japanese_1.eml", "テスト"),
        (
            "subject_as_iso-8859-1.eml",
            "Testmail from Webmail: ä ö ü...",
        ),
    ] {
        if let Some(reading) = reading(&source.join(file)) {
            tally.hold(reading.subject == subject, || {
                format!("{file}: {}", reading.subject)
            });
        }
    }
    for (file, attachment) in [
        ("gmail_with_attachment_ja.eml", "テスト.txt"),
        ("thunderbird_with_attachment_ja.eml", "テスト.txt"),
        ("gmail_with_attachment_iso-8859-1.eml", "ÄäÖöÜü"),
        ("thunderbird_with_attachment_iso-8859-1.eml", "ÄäÖöÜü"),
        ("apple_mail_with_attachment.eml", "paella.jpg"),
        ("ticket_with_attachment.eml", "Paella.jpg"),
    ] {
        if let Some(reading) = reading(&source.join(file)) {
            let names: Vec<_> = reading.attachments.iter().map(|a| &a.filename).collect();
            let has = names
                .iter()
                .flat_map(|name| name.as_deref())
                .any(|name| name.starts_with(attachment));
            tally.hold(has, || format!("{file}: {names:?}"));
        }
    }
}

/// Recipients and, of each, whether its address is dead.
fn sisimai(source: &Path, tally: &mut Tally) {
    let Some(expected) = json(&source.join("EXPECTED_dev.json")) else {
        return;
    };
    for (file, rows) in entries(&expected["expected"]) {
        let Some(reading) = reading(&source.join(file)) else {
            continue;
        };
        let rows: Vec<&Value> = rows.as_array().into_iter().flatten().collect();
        // a complaint about a mail of ours is no bounce of it
        if rows.iter().any(|row| row["reason"] == "feedback") {
            tally.hold(reading.nature == Nature::Report, || {
                format!("{file}: {:?}", reading.nature)
            });
            continue;
        }
        let recipients = reading.bounce.map(|b| b.recipients).unwrap_or_default();
        tally.hold(recipients.len() == rows.len(), || {
            let found: Vec<_> = recipients.iter().map(|r| r.address.as_str()).collect();
            format!(
                "{file}: {} of {} recipients: {found:?}",
                found.len(),
                rows.len()
            )
        });
        for (row, recipient) in rows.iter().zip(&recipients) {
            let hard = row["hardbounce"] == "1";
            tally.hold(recipient.permanent == hard, || {
                format!(
                    "{file}: permanent should be {hard}: {} ({:?} {:?})",
                    row["reason"], recipient.status, recipient.diagnostic
                )
            });
        }
    }
}

fn flufl(source: &Path, tally: &mut Tally) {
    let Some(expected) = json(&source.join("EXPECTED.json")) else {
        return;
    };
    for (file, tests) in entries(&expected["expected"]) {
        let Some(reading) = reading(&source.join(file)) else {
            continue;
        };
        let Some(facts) = tests
            .as_array()
            .into_iter()
            .flatten()
            .find(|test| test["addresses"].as_array().is_some_and(|a| !a.is_empty()))
        else {
            continue;
        };
        let recipients = reading.bounce.map(|b| b.recipients).unwrap_or_default();
        let mut found: Vec<String> = recipients
            .iter()
            .map(|r| r.address.to_lowercase())
            .collect();
        let mut wanted: Vec<String> = strings(&facts["addresses"])
            .map(str::to_lowercase)
            .collect();
        found.sort();
        found.dedup();
        wanted.sort();
        wanted.dedup();
        tally.hold(found == wanted, || {
            format!("{file}: {found:?}, not {wanted:?}")
        });
        let delayed = facts["temporary"] == true;
        let is = recipients.iter().all(|r| r.action == "delayed");
        tally.hold(!recipients.is_empty() && is == delayed, || {
            format!("{file}: delayed should be {delayed}")
        });
        // it tells delays from failures only; a full mailbox fails a mail, but the address lives
        let words = std::fs::read(source.join(file)).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).to_lowercase();
        let passing = [
            "quota",
            "is full",
            "too many hops",
            "looping",
            "4.4.",
            "try again",
        ]
        .iter()
        .any(|reason| words.contains(reason));
        if !passing {
            tally.hold(recipients.iter().all(|r| r.permanent != delayed), || {
                format!("{file}: permanent should be {}: {recipients:?}", !delayed)
            });
        }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
