//! What types can't say: values that don't go together, or can't be.

mod alarm;
pub(super) mod staff;

use std::time::Duration;

use super::{Config, ReturnPath};

/// Bounds of a length of time: key, value, least, most.
type Bound = (String, Duration, Duration, Duration);

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Key and message of everything that is wrong.
pub(super) fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut refuse = |key: &str, message: &str| found.push((key.to_owned(), message.to_owned()));

    let database = &config.database;
    let urls = [
        ("database.url", Some(&database.url)),
        ("database.owner_url", database.owner_url.as_ref()),
    ];
    for (key, url) in urls {
        match url.map(|url| url_parts(url)) {
            Some(None) => refuse(key, "must look like postgres://user@host:5432/database"),
            Some(Some(true)) => refuse(
                key,
                "holds a password: put it into a file, and name that in database.password_file or owner_password_file",
            ),
            Some(Some(false)) | None => {}
        }
    }
    for (key, role) in [
        ("database.app_role", &database.app_role),
        ("database.reports_role", &database.reports_role),
    ] {
        if !(1..=63).contains(&role.len())
            || role.starts_with("pg_")
            || role.chars().any(char::is_control)
        {
            refuse(
                key,
                "must be a name of 1 to 63 bytes that doesn't begin with pg_",
            );
        }
    }
    if database.app_role == database.reports_role {
        refuse(
            "database.reports_role",
            "must be another role than database.app_role: it reads no content",
        );
    }
    if !(2..=200).contains(&config.database.connections) {
        refuse("database.connections", "must be from 2 to 200");
    }
    if config.company.name.trim().is_empty() {
        refuse("company.name", "must not be empty: it signs every letter");
    }
    for (key, text) in [
        ("company.name", Some(&config.company.name)),
        ("company.name_zh", config.company.name_zh.as_ref()),
        ("company.phone", config.company.phone.as_ref()),
        ("company.website", config.company.website.as_ref()),
    ] {
        if text.is_some_and(|text| text.chars().any(char::is_control)) {
            refuse(key, "must be one line without control characters");
        }
    }
    if config
        .company
        .website
        .as_ref()
        .is_some_and(|site| !site.starts_with("https://"))
    {
        refuse("company.website", "must start with https://");
    }
    if config.mailboxes.is_empty() {
        refuse("mailbox", "there must be at least one [[mailbox]]");
    }
    for (number, mailbox) in config.mailboxes.iter().enumerate() {
        let key = |name: &str| format!("mailbox.{number}.{name}");
        if !plain_address(&mailbox.address) {
            refuse(
                &key("address"),
                "must be one address such as complaints@example.com, without a + tag",
            );
        } else if mailbox.address.find('@') > Some(20) && config.reply.keys_file.is_some() {
            refuse(
                &key("address"),
                "the part before the @ must be at most 20 characters, so that signed addresses fit (RFC 5321: 64)",
            );
        }
        let earlier = &config.mailboxes[..number];
        if mailbox.name.is_empty() || earlier.iter().any(|other| other.name == mailbox.name) {
            refuse(
                &key("name"),
                "each mailbox needs a name of its own: its place in the database goes by it",
            );
        }
        if earlier.iter().any(|other| {
            (&other.host, &other.user, &other.folder)
                == (&mailbox.host, &mailbox.user, &mailbox.folder)
        }) {
            refuse(
                &key("folder"),
                "this folder is read by a mailbox above already",
            );
        }
        let server = |id: &String| {
            id.len() <= 253
                && !id.is_empty()
                && id.bytes().all(|b| b.is_ascii_graphic() && b != b';')
        };
        if !mailbox.authserv_id.iter().all(server) {
            refuse(
                &key("authserv_id"),
                "must be what stands first in the Authentication-Results of your mail server, such as mx.example.com",
            );
        }
        if mailbox.user.is_empty() {
            refuse(&key("user"), "must not be empty");
        }
        if !is_atom(&mailbox.keyword) {
            refuse(
                &key("keyword"),
                "must be letters, digits, - _ or $ (an IMAP atom, RFC 3501 §9)",
            );
        }
        for (name, folder) in [("folder", &mailbox.folder), ("move_to", &mailbox.move_to)] {
            if folder.is_empty() || folder.chars().any(char::is_control) {
                refuse(&key(name), "must be the name of a folder");
            }
        }
        if mailbox.folder == mailbox.move_to {
            refuse(
                &key("move_to"),
                "must be another folder than the one that is read",
            );
        }
        if !(10_000..=200_000_000).contains(&mailbox.max_size.0) {
            refuse(&key("max_size"), "must be from 10 kB to 200 MB");
        }
    }
    match (&config.smtp.user, &config.smtp.password_file) {
        (Some(_), None) => refuse("smtp.password_file", "is needed, since smtp.user is set"),
        (None, Some(_)) => refuse("smtp.user", "is needed, since smtp.password_file is set"),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if !(1..=100).contains(&config.smtp.connections) {
        refuse("smtp.connections", "must be from 1 to 100");
    }
    if config.smtp.return_path == ReturnPath::Signed && config.reply.keys_file.is_none() {
        refuse(
            "smtp.return_path",
            "\"signed\" needs keys to sign with: set reply.keys_file",
        );
    }
    if config.quiet.per_address_per_day == 0 {
        refuse(
            "quiet.per_address_per_day",
            "must be 1 or more, or nobody is ever acknowledged",
        );
    }
    if !(1..=1000).contains(&config.triage.batch) {
        refuse("triage.batch", "must be from 1 to 1000");
    }
    if !(1..=20).contains(&config.triage.attempts) {
        refuse("triage.attempts", "must be from 1 to 20");
    }
    for (key, span, least, most) in spans(config) {
        if span < least || span > most {
            let (least, most) = (
                humantime::format_duration(least),
                humantime::format_duration(most),
            );
            refuse(&key, &format!("must be from {least} to {most}"));
        }
    }
    found.extend(staff::problems(config));
    found.extend(alarm::problems(config));
    found
}

fn spans(config: &Config) -> Vec<Bound> {
    let mut spans = vec![
        (
            "database.timeout".to_owned(),
            config.database.timeout.0,
            SECOND,
            HOUR,
        ),
        (
            "smtp.timeout".to_owned(),
            config.smtp.timeout.0,
            SECOND,
            HOUR,
        ),
        (
            "smtp.accept_timeout".to_owned(),
            config.smtp.accept_timeout.0,
            SECOND,
            HOUR,
        ),
        (
            "smtp.give_up_after".to_owned(),
            config.smtp.give_up_after.0,
            HOUR,
            30 * DAY,
        ),
        (
            "retention.mail_without_case".to_owned(),
            config.retention.mail_without_case.0,
            DAY,
            36_525 * DAY,
        ),
        (
            "dns.timeout".to_owned(),
            config.dns.timeout.0,
            Duration::from_millis(100),
            10 * SECOND,
        ),
        (
            "daemon.lease".to_owned(),
            config.daemon.lease.0,
            SECOND,
            HOUR,
        ),
    ];
    spans.extend(alarm::spans(config));
    for (number, mailbox) in config.mailboxes.iter().enumerate() {
        let key = |name: &str| format!("mailbox.{number}.{name}");
        spans.extend([
            (key("poll_every"), mailbox.poll_every.0, SECOND, HOUR),
            (
                key("reconcile_every"),
                mailbox.reconcile_every.0,
                SECOND,
                DAY,
            ),
            (key("timeout"), mailbox.timeout.0, SECOND, HOUR),
        ]);
    }
    spans
}

/// Whether a Postgres URL holds a password; `None` where it is no such URL.
fn url_parts(url: &str) -> Option<bool> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))?;
    let authority = rest.split(['/', '?']).next()?;
    let in_user = authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'));
    Some(
        in_user
            || rest
                .split_once('?')
                .is_some_and(|(_, query)| query.contains("password=")),
    )
}

/// One address of plain characters, without a tag: what a mailbox of ours is called.
fn plain_address(address: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    };
    address.split_once('@').is_some_and(|(local, domain)| {
        plain(local) && plain(domain) && domain.contains('.') && address.len() <= 254
    })
}

fn is_atom(text: &str) -> bool {
    let starts = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'$');
    starts
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_$.".contains(&b))
}
