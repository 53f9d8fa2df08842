//! chasquid's DKIM tests: mails, what DNS says, and what comes of each signature.

use std::collections::HashMap;

use redress::mail::standing::{Answer, Verdict, settle};
use serde_json::Value;

use super::{Path, Tally, json, of};

/// Every signature of every mail by itself, as only some of them need be good.
pub(super) fn hold(source: &Path, tally: &mut Tally) {
    let Ok(plain) = std::fs::read_to_string(source.join("01-rfc8463.msg")) else {
        return;
    };
    // each file of answers adds to the first, or changes it
    let usual = answers(source, &["01-rfc8463.dns", "08-our_signature.dns"]);
    for number in ["01", "02", "04", "05", "06", "08", "09", "10", "11"] {
        let Some(name) = first_with(source, number, ".result") else {
            continue;
        };
        let Some(expected) = json(&source.join(format!("{name}.result"))) else {
            continue;
        };
        let mut known = usual.clone();
        known.extend(answers(source, &[&format!("{name}.dns")]));
        let results = expected["Results"].as_array().cloned();
        for (at, result) in results.unwrap_or_default().iter().enumerate() {
            let field = result["SignatureHeader"].as_str().unwrap_or("");
            let mail = format!("DKIM-Signature:{field}\r\n{}", unsigned(&plain));
            let reading = of(mail.as_bytes());
            let found = settle(&reading.standing, &reading.claims, &known, None);
            tally.hold(meant(result) == found.verdict, || {
                format!(
                    "{name}: signature {at}: {:?}: {}",
                    found.verdict, found.reason
                )
            });
        }
    }
}

fn meant(result: &Value) -> Verdict {
    let field = result["SignatureHeader"].as_str().unwrap_or("");
    match result["State"].as_str() {
        // we believe no signature that covers only a part of the text
        Some("SUCCESS") if field.contains("l=17") => Verdict::Unproven,
        Some("SUCCESS") => Verdict::Proven,
        Some("TEMPFAIL") => Verdict::Temporary,
        // what no key could be found for, or is no signature, says nothing at all
        _ if field.contains("v=8")
            || result["Error"]
                .as_str()
                .is_some_and(|e| e.contains("lookup")) =>
        {
            Verdict::Unproven
        }
        _ => Verdict::Failed,
    }
}

fn unsigned(mail: &str) -> &str {
    mail.find("From:").map_or(mail, |at| &mail[at..])
}

fn first_with(source: &Path, number: &str, ending: &str) -> Option<String> {
    let entries = std::fs::read_dir(source).ok()?.flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .find(|name| name.starts_with(number) && name.ends_with(ending))
        .map(|name| name.trim_end_matches(ending).to_owned())
}

/// `name: record`, continued behind a backslash.
fn answers(source: &Path, files: &[&str]) -> HashMap<String, Answer> {
    let mut all: HashMap<String, Answer> = HashMap::new();
    for file in files {
        let text = std::fs::read_to_string(source.join(file)).unwrap_or_default();
        for line in text.replace("\\\n", " ").lines() {
            let Some((name, record)) = line.split_once(':') else {
                continue;
            };
            let answer = match record.trim() {
                "TEMPERROR" => Answer::Temporary,
                "PERMERROR" => Answer::Nothing,
                record => Answer::Records(vec![record.as_bytes().to_vec()]),
            };
            all.insert(name.trim().to_owned(), answer);
        }
    }
    all
}
