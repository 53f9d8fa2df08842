//! What `/metrics` shows is what Prometheus reads, and what the rules and the dashboard ask for; and nothing of a
//! customer is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use redress::alarm::{Alarm, Nature};
use redress::sandbox::dovecot::PASSWORD;

use super::Watched;
use crate::support::complaint;

/// The labels there are. Each has values of a closed set, or of the configuration.
const LABELS: [&str; 7] = [
    "alarm", "le", "loop", "mailbox", "outcome", "result", "version",
];

const RULES: &str = include_str!("../../config/prometheus/rules.yml");
const DASHBOARD: &str = include_str!("../../config/grafana/redress.json");

/// Families by name, with their type. Every line is looked at, as the format has it (version 0.0.4).
fn families(page: &str) -> BTreeMap<String, String> {
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    let mut helped = None;
    let mut current = None;
    let mut seen = BTreeSet::new();
    assert!(page.ends_with('\n'));
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.'), "{line}");
            helped = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(helped.as_deref(), Some(name), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            let previous = families.insert(name.to_owned(), kind.to_owned());
            assert_eq!(previous, None, "{name} is there twice");
            current = Some((name.to_owned(), kind.to_owned()));
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(seen.insert(series.to_owned()), "{series} is there twice");
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite() && value >= 0.0, "{line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let (family, kind) = current.as_ref().unwrap();
            let of_family = match kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"]
                    .iter()
                    .any(|end| name.strip_suffix(end) == Some(family)),
                _ => name == family,
            };
            assert!(of_family, "{line} isn't of {family}");
            let plain = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(
                name.starts_with("redress_") && name.chars().all(plain),
                "{line}"
            );
            let labels = labels.strip_suffix('}').unwrap();
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (label, value) = label.split_once('=').unwrap();
                assert!(LABELS.contains(&label), "{line}");
                assert!(
                    value.len() > 2 && value.starts_with('"') && value.ends_with('"'),
                    "{line}"
                );
            }
        }
    }
    families
}

/// The measures that a text asks for.
fn asked_for(text: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_ascii_lowercase() || c == '_';
    text.match_indices("redress_")
        .filter(|(at, _)| !text[..*at].ends_with(word))
        .map(|(at, _)| text[at..].chars().take_while(|c| word(*c)).collect())
        .collect()
}

#[tokio::test]
async fn measures_are_what_prometheus_reads_and_what_rules_and_dashboard_ask_for() {
    let watched = Watched::new().await;
    let site = &watched.site;
    for number in 0..3 {
        site.deliver(&complaint(number));
    }
    let daemon = site.daemon();
    site.acknowledged(3).await;
    watched.until_status("/readyz", 200).await;
    let (status, page) = watched.get("/metrics").await;
    assert_eq!(status, 200);
    let families = families(&page);
    for line in [
        "redress_messages_landed_total 3\n",
        "redress_messages_filed_total 3\n",
        "redress_mail_attempts_total{outcome=\"sent\"} 3\n",
        "redress_dispatch_mail_seconds_count 3\n",
        "redress_open_cases 3\n",
        "redress_unread_messages 0\n",
        "redress_database_up 1\n",
        "redress_daemons 1\n",
        "redress_mailbox_read{mailbox=\"complaints\"} 1\n",
        "redress_alarms{alarm=\"unread\"} 0\n",
    ] {
        assert!(page.contains(line), "{line} isn't in\n{page}");
    }
    for (file, text) in [("rules", RULES), ("dashboard", DASHBOARD)] {
        for name in asked_for(text) {
            let is_there = families.iter().any(|(family, kind)| {
                let of_histogram = kind == "histogram"
                    && ["_bucket", "_sum", "_count"]
                        .iter()
                        .any(|end| name.strip_suffix(end) == Some(family));
                *family == name || of_histogram
            });
            assert!(is_there, "{name} of the {file} is no measure");
        }
    }
    // nothing of customers, no address, no secret
    for word in [
        "@",
        "customer",
        "Order",
        "C-20",
        "localhost",
        PASSWORD,
        &"5a".repeat(32),
    ] {
        assert!(!page.contains(word), "{word} is in\n{page}");
    }
    for path in ["/", "/metrics/", "/healthz/x"] {
        assert_eq!(watched.get(path).await.0, 404, "{path}");
    }
    promtool(&["check", "metrics"], &page);
    assert_eq!(daemon.terminate().await, 0);
}

#[test]
fn every_alarm_has_a_rule_and_rules_and_dashboard_are_well_formed() {
    let rules: serde_yaml_ng::Value = serde_yaml_ng::from_str(RULES).unwrap();
    let mut names = BTreeSet::new();
    let mut summaries = String::new();
    for rule in rules["groups"][0]["rules"].as_sequence().unwrap() {
        assert!(names.insert(rule["alert"].as_str().unwrap()));
        assert!(
            !asked_for(rule["expr"].as_str().unwrap()).is_empty() || names.contains("RedressDown")
        );
        assert!(rule["labels"]["severity"].is_string());
        summaries.push_str(rule["annotations"]["summary"].as_str().unwrap());
    }
    for alarm in Alarm::ALL {
        let is_ruled = match alarm.nature() {
            Nature::Measured => summaries.contains(&format!("({alarm})")),
            Nature::Recurring | Nature::Single => {
                let bounds = |c: char| !c.is_ascii_lowercase() && c != '_';
                RULES.split(bounds).any(|word| word == alarm.as_str())
            }
        };
        assert!(is_ruled, "{alarm} has no rule");
    }
    promtool(
        &[
            "check",
            "rules",
            concat!(env!("CARGO_MANIFEST_DIR"), "/config/prometheus/rules.yml"),
        ],
        "",
    );
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 20);
}

/// Asks Prometheus' own tool, where it is installed.
fn promtool(arguments: &[&str], input: &str) {
    use std::io::Write;
    let child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        return;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
