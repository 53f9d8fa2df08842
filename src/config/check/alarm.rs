//! Alarms that could never be told, or only by what they are about.

use std::time::Duration;

use super::{Bound, DAY, SECOND};
use crate::config::Config;
use crate::mail::address::without_tag;
use crate::staff::mail_address;

/// Key and message of everything that is wrong.
pub(super) fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut refuse = |key: &str, message: &str| found.push((key.to_owned(), message.to_owned()));
    let alarm = &config.alarm;
    if alarm.command.first().is_some_and(String::is_empty) {
        refuse("alarm.command", "must begin with the name of a program");
    }
    if alarm.command.iter().any(|word| word.contains('\0')) {
        refuse("alarm.command", "must not hold NUL characters");
    }
    if let Some(smtp) = &alarm.smtp {
        let (own, other) = (config.mail_server().endpoint, smtp.endpoint());
        if own.host.eq_ignore_ascii_case(&other.host) && own.port == other.port {
            refuse(
                "alarm.smtp.host",
                "must be another server than that of [smtp]: an alarm that it is down must not need it",
            );
        }
        match (&smtp.user, &smtp.password_file) {
            (Some(_), None) => refuse(
                "alarm.smtp.password_file",
                "is needed, since alarm.smtp.user is set",
            ),
            (None, Some(_)) => refuse(
                "alarm.smtp.user",
                "is needed, since alarm.smtp.password_file is set",
            ),
            (Some(_), Some(_)) | (None, None) => {}
        }
        if mail_address(&smtp.from).is_none() {
            refuse(
                "alarm.smtp.from",
                "must be one address such as redress@example.net",
            );
        }
        if smtp.to.is_empty() {
            refuse("alarm.smtp.to", "must name whoever is to be told");
        }
        let own: Vec<String> = config
            .mailboxes
            .iter()
            .filter_map(|mailbox| mail_address(&mailbox.address))
            .collect();
        for (number, to) in smtp.to.iter().enumerate() {
            let key = format!("alarm.smtp.to.{number}");
            match mail_address(to) {
                None => refuse(&key, "must be one address such as on-call@example.net"),
                Some(form) if own.contains(&without_tag(&form)) => refuse(
                    &key,
                    "is an address of a mailbox that Redress reads: an alarm would become a complaint",
                ),
                Some(_) => {}
            }
        }
    }
    let metrics = &config.metrics;
    if metrics
        .listen
        .is_some_and(|listen| !listen.ip().is_loopback() && !metrics.allow_remote)
    {
        refuse(
            "metrics.listen",
            "must be on loopback, such as 127.0.0.1:9464: nobody is asked who they are. Set metrics.allow_remote = true where something in front of it asks",
        );
    }
    found
}

pub(super) fn spans(config: &Config) -> Vec<Bound> {
    let alarm = &config.alarm;
    let mut spans: Vec<Bound> = [
        ("unread", alarm.unread),
        ("unsent", alarm.unsent),
        ("undelivered", alarm.undelivered),
        ("unpolled", alarm.unpolled),
        ("tick", alarm.tick),
        ("jobs", alarm.jobs),
        ("database", alarm.database),
        ("at_most_every", alarm.at_most_every),
        ("again_after", alarm.again_after),
        ("calm", alarm.calm),
    ]
    .into_iter()
    .map(|(name, span)| (format!("alarm.{name}"), span.0, SECOND, 30 * DAY))
    .collect();
    let minutes = |n: u64| Duration::from_secs(n * 60);
    spans.extend([
        (
            "alarm.look_every".to_owned(),
            alarm.look_every.0,
            SECOND,
            minutes(10),
        ),
        (
            "alarm.command_timeout".to_owned(),
            alarm.command_timeout.0,
            SECOND,
            minutes(2),
        ),
    ]);
    if let Some(smtp) = &alarm.smtp {
        spans.push((
            "alarm.smtp.timeout".to_owned(),
            smtp.timeout.0,
            SECOND,
            minutes(1),
        ));
    }
    spans
}
