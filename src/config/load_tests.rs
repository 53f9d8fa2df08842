use std::path::Path;

use super::*;

const SHIPPED: &str = include_str!("../../config/redress.toml");

/// A folder with the secrets that the shipped configuration names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["imap-password", "smtp-password", "database-password"] {
        std::fs::write(folder.path().join(name), "swordfish\n").unwrap();
    }
    std::fs::write(
        folder.path().join("reply-keys"),
        format!("1 {}\n", "ab".repeat(32)),
    )
    .unwrap();
    folder
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = folder();
    let path = folder.path().join("redress.toml");
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect::<Vec<_>>();
    Source::new(&path, text, &variables)
        .and_then(Source::config)
        .map_err(|error| {
            error
                .to_string()
                .replace(&format!("{}/", folder.path().display()), "")
        })
}

const SMALL: &str = r#"
[database]
url = "postgres://redress@localhost/redress"

[company]
name = "Example Ltd"

[[mailbox]]
name = "complaints"
address = "complaints@example.com"
host = "imap.example.com"
user = "complaints@example.com"
password_file = "imap-password"

[smtp]
host = "smtp.example.com"
"#;

const ALARM_TO: &str = "from = \"redress@example.net\"\nto = [\"on-call@example.net\"]\n";

#[test]
fn the_mail_server_of_alarms_can_come_from_the_environment() {
    let variables = [
        ("REDRESS_ALARM_UNREAD", "5min"),
        ("REDRESS_ALARM_SMTP_HOST", "alarms.example.net"),
        ("REDRESS_METRICS_LISTEN", "0.0.0.0:9464"),
        ("REDRESS_METRICS_ALLOW_REMOTE", "true"),
        // what the command of alarms is given may come back to us
        ("REDRESS_ALARM", "unread"),
        ("REDRESS_ALARM_STATE", "over"),
    ];
    let text = format!("{SMALL}[alarm.smtp]\nhost = \"smtp.example.com\"\n{ALARM_TO}");
    let config = load(&text, &variables).unwrap();
    assert_eq!(config.alarm.unread.to_string(), "5m");
    let smtp = config.alarm.smtp.unwrap().endpoint();
    assert_eq!((smtp.host.as_str(), smtp.port), ("alarms.example.net", 465));
}

#[test]
fn the_shipped_file_is_valid_and_shows_the_defaults() {
    let shipped = load(SHIPPED, &[]).unwrap();
    let small = load(SMALL, &[]).unwrap();
    assert_eq!(shipped.mailboxes[0].password.reveal(), "swordfish");
    assert_eq!(format!("{:?}", shipped.quiet), format!("{:?}", small.quiet));
    assert_eq!(
        format!("{:?}", shipped.triage),
        format!("{:?}", small.triage)
    );
    assert_eq!(
        format!("{:?}", shipped.daemon),
        format!("{:?}", small.daemon)
    );
    assert_eq!(format!("{:?}", shipped.log), format!("{:?}", small.log));
    assert_eq!(format!("{:?}", shipped.alarm), format!("{:?}", small.alarm));
    assert_eq!(
        format!("{:?}", shipped.metrics),
        format!("{:?}", small.metrics)
    );
    assert_eq!(
        format!("{:?}", shipped.letters),
        format!("{:?}", small.letters)
    );
    assert_eq!(
        format!("{:?}", shipped.policy),
        format!("{:?}", small.policy)
    );
}

/// Every commented-out setting of the shipped file is a real one.
#[test]
fn every_setting_of_the_shipped_file_exists() {
    let mut text = String::new();
    for line in SHIPPED.lines() {
        let setting = line.strip_prefix('#').filter(|rest| {
            let is_key = |key: &str| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| is_key(key))
        });
        text.push_str(setting.unwrap_or(line));
        text.push('\n');
    }
    let error = load(&text, &[]).err().unwrap_or_default();
    for line in error.lines() {
        assert!(
            !line.contains("unknown field") && !line.contains("invalid type"),
            "{line}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_file_line_key_and_what_is_allowed() {
    let rows = [
        (
            SMALL.replace("[smtp]", "[smtp]\nprot = 25"),
            "redress.toml:16: smtp.prot: unknown field `prot`, expected one of `host`",
        ),
        (
            SMALL.replace("[smtp]", "[smtp]\nport = \"x\""),
            "redress.toml:16: smtp.port: invalid type: string \"x\", expected u16",
        ),
        (
            SMALL.replace("[smtp]", "[smtp]\nport = 99999"),
            "redress.toml:16: smtp.port: invalid value: integer `99999`, expected u16",
        ),
        (
            format!("{SMALL}[alarm]\nunread = \"0s\"\n"),
            "redress.toml:18: alarm.unread: must be from 1s to 30days",
        ),
        (
            format!("{SMALL}[alarm]\noff = [\"unred\"]\n"),
            "redress.toml:18: alarm.off.0: unknown variant `unred`, expected one of `database`",
        ),
        (
            format!("{SMALL}[metrics]\nlisten = \"0.0.0.0:9464\"\n"),
            "redress.toml:18: metrics.listen: must be on loopback, such as 127.0.0.1:9464",
        ),
        (
            format!("{SMALL}[alarm.smtp]\nhost = \"SMTP.example.com\"\n{ALARM_TO}"),
            "redress.toml:18: alarm.smtp.host: must be another server than that of [smtp]",
        ),
        (
            format!("{SMALL}[alarm.smtp]\nhost = \"a.test\"\n{ALARM_TO}")
                .replace("on-call@example.net", "complaints+x@example.com"),
            "redress.toml:20: alarm.smtp.to.0: is an address of a mailbox that Redress reads",
        ),
        (
            SMALL.replace("user =", "polls = 1\nuser ="),
            "redress.toml:12: mailbox.0.polls: unknown field `polls`",
        ),
        (
            SMALL.replace("user =", "poll_every = \"5 parsecs\"\nuser ="),
            "redress.toml:12: mailbox.0.poll_every: '5 parsecs' is no length of time: write",
        ),
        (
            SMALL.replace("user =", "poll_every = \"9days\"\nuser ="),
            "redress.toml:12: mailbox.0.poll_every: must be from 1s to 1h",
        ),
        (
            SMALL.replace("user =", "security = \"none\"\nuser ="),
            "redress.toml:12: mailbox.0.security: unknown variant `none`, expected one of `tls`, `starttls`, `plain-without-encryption`",
        ),
        (
            SMALL.replace("host = \"smtp.example.com\"", ""),
            "redress.toml:15: smtp: missing field `host`",
        ),
        (
            SMALL.replace("[smtp]", "[policy]\nprofile = \"retail\"\n[smtp]"),
            "redress.toml:16: policy.profile: there is no profile 'retail'; there are: au-rg271",
        ),
        (
            SMALL.replace("user =", "profile = \"retail\"\nuser ="),
            "redress.toml:12: mailbox.0.profile: there is no profile 'retail'; there are: au-rg271",
        ),
        (
            SMALL.replace("[smtp]", "[policy]\nfolder = \"nowhere\"\n[smtp]"),
            "redress.toml:16: policy.folder: nowhere can't be read: No such file",
        ),
        (
            SMALL.replace("[smtp]", "[stmp]"),
            "redress.toml:15: stmp: unknown field `stmp`, expected one of `database`",
        ),
        (
            SMALL.replace("redress@localhost", "redress:pw@localhost"),
            "redress.toml:3: database.url: holds a password: put it into a file",
        ),
        (
            SMALL.replace(
                "[company]",
                "owner_url = \"postgres://owner:pw@localhost/redress\"\n[company]",
            ),
            "redress.toml:5: database.owner_url: holds a password: put it into a file",
        ),
        (
            SMALL.replace("[company]", "reports_role = \"redress_app\"\n[company]"),
            "redress.toml:5: database.reports_role: must be another role than database.app_role",
        ),
        (
            SMALL.replace("[company]", "app_role = \"pg_monitor\"\n[company]"),
            "redress.toml:5: database.app_role: must be a name of 1 to 63 bytes",
        ),
        (
            SMALL.replace(
                "[smtp]",
                "[retention]\nmail_without_case = \"5min\"\n[smtp]",
            ),
            "redress.toml:16: retention.mail_without_case: must be from 1day to",
        ),
        (
            SMALL.replace("imap-password", "missing"),
            "redress.toml:13: mailbox.0.password_file: missing can't be read: No such file",
        ),
        (
            SMALL.replace("[smtp]", "[smtp"),
            "redress.toml:15: unclosed table",
        ),
        (
            SMALL.replace("\"complaints@example.com\"\nhost", "\"a <b@c.de>\"\nhost"),
            "redress.toml:10: mailbox.0.address: must be one address",
        ),
        (
            format!("{SMALL}\n[company2]"),
            "redress.toml:18: company2: unknown field",
        ),
        (
            SMALL.replace("Ltd\"", "Ltd\"\ntime_zone = \"Mars/Olympus\""),
            "redress.toml:7: company.time_zone: 'Mars/Olympus' is no time zone: write an IANA name",
        ),
    ];
    for (text, expected) in rows {
        let error = load(&text, &[]).unwrap_err();
        assert!(
            error.starts_with(expected),
            "expected {expected}\n     got {error}"
        );
        assert!(!error.contains("swordfish"), "{error}");
    }
}

#[test]
fn all_impossible_values_are_told_at_once() {
    let text = SMALL.replace("[smtp]", "[smtp]\nconnections = 0\nuser = \"x\"");
    let error = load(&text, &[]).unwrap_err();
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn the_environment_overrides_the_file() {
    let config = load(
        SMALL,
        &[
            ("REDRESS_SMTP_PORT", "2525"),
            ("REDRESS_SMTP_TIMEOUT", "5s"),
            ("REDRESS_MAILBOX_0_FOLDER", "\"2026\""),
            ("REDRESS_MAILBOX_0_IDLE", "false"),
            ("REDRESS_QUIET_ALL_PER_HOUR", "7"),
            ("REDRESS_CONFIG", "elsewhere"),
            ("HOME", "/"),
        ],
    )
    .unwrap();
    assert_eq!(config.smtp.port, Some(2525));
    assert_eq!(config.smtp.timeout.0.as_secs(), 5);
    assert_eq!(config.mailboxes[0].folder, "2026");
    assert!(!config.mailboxes[0].idle);
    assert_eq!(config.quiet.all_per_hour, 7);
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value, expected) in [
        (
            "REDRESS_SMTP_PORT",
            "x",
            "environment variable REDRESS_SMTP_PORT: smtp.port: invalid type",
        ),
        (
            "REDRESS_SMTP_PROT",
            "1",
            "environment variable REDRESS_SMTP_PROT: smtp.prot: unknown field",
        ),
        (
            "REDRESS_SMPT_PORT",
            "1",
            "environment variable REDRESS_SMPT_PORT: sets nothing",
        ),
        (
            "REDRESS_MAILBOX_9_HOST",
            "x",
            "environment variable REDRESS_MAILBOX_9_HOST: there are only 1",
        ),
        (
            "REDRESS_MAILBOX_HOST",
            "x",
            "environment variable REDRESS_MAILBOX_HOST: write REDRESS_MAILBOX_",
        ),
    ] {
        let error = load(SMALL, &[(name, value)]).unwrap_err();
        assert!(
            error.starts_with(expected),
            "expected {expected}\n     got {error}"
        );
    }
}

#[test]
fn a_password_comes_from_a_systemd_credential_of_that_name() {
    let credentials = tempfile::tempdir().unwrap();
    std::fs::write(credentials.path().join("imap-password"), "from systemd").unwrap();
    let folder = credentials.path().to_str().unwrap();
    let config = load(SMALL, &[("CREDENTIALS_DIRECTORY", folder)]).unwrap();
    assert_eq!(config.mailboxes[0].password.reveal(), "from systemd");
}

#[test]
fn a_broken_letter_of_the_companys_own_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("en/acknowledgement");
    std::fs::create_dir_all(&letter).unwrap();
    std::fs::write(letter.join("body.txt"), "{{ nonsense }}").unwrap();
    let path = Path::new(folder.path()).display();
    let text = format!("{SMALL}\n[letters]\nfolder = \"{path}\"");
    let error = load(&text, &[]).unwrap_err();
    assert!(
        error.contains(
            "redress.toml:19: letters.folder: letter template en/acknowledgement/body.txt, line 1"
        ),
        "{error}"
    );
}

#[test]
fn a_companys_letters_are_read_without_notes_and_hidden_files() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("en/closed");
    std::fs::create_dir_all(&letter).unwrap();
    std::fs::write(letter.join("subject.txt"), "Closed: {{ reference }}").unwrap();
    for ignored in ["README.md", ".gitignore", "en/closed/body.txt~"] {
        std::fs::write(folder.path().join(ignored), "{{ nonsense }}").unwrap();
    }
    let path = folder.path().display();
    let config = load(&format!("{SMALL}\n[letters]\nfolder = \"{path}\""), &[]).unwrap();
    assert_eq!(config.letters.own.len(), 1);
    std::fs::write(letter.join("body.txt"), [0xff]).unwrap();
    let error = load(&format!("{SMALL}\n[letters]\nfolder = \"{path}\""), &[]).unwrap_err();
    assert!(
        error.contains("en/closed/body.txt can't be read"),
        "{error}"
    );
}

#[test]
fn a_company_writes_in_a_language_that_there_are_letters_in() {
    let text = SMALL.replace(
        "name = \"Example Ltd\"",
        "name = \"Example Ltd\"\nlanguage = \"fr\"",
    );
    let error = load(&text, &[]).unwrap_err();
    assert!(
        error.contains(
            "redress.toml:7: company.language: there are no letters in fr, only in en, zh"
        ),
        "{error}"
    );
}

/// Whoever edits letters may not read the secrets, and needn't.
#[test]
fn letters_can_be_looked_at_without_the_secrets() {
    let path = Path::new("redress.toml");
    let (company, letters) = Source::new(path, SMALL, &[]).unwrap().letters().unwrap();
    assert_eq!(
        (company.name.as_str(), letters.own.len()),
        ("Example Ltd", 0)
    );
}

const PROFILE: &str = include_str!("../../config/policy/default.toml");

/// A folder of policies, and a configuration that names it.
fn with_policy_folder(retail: &str, settings: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("retail.toml"), retail).unwrap();
    let path = folder.path().display();
    let text = format!("{SMALL}\n[policy]\nfolder = \"{path}\"\n{settings}");
    (folder, text)
}

#[test]
fn a_companys_own_profile_is_used_where_it_is_named() {
    let (_folder, text) = with_policy_folder(PROFILE, "profile = \"retail\"");
    let text = text.replace("user =", "profile = \"uk-disp\"\nuser =");
    let config = load(&text, &[]).unwrap();
    let policies = config.policies().unwrap();
    assert!(policies.profile("retail").is_some());
    assert_eq!(config.policy.profile, "retail");
    assert_eq!(config.profile_of(&config.mailboxes[0]), "uk-disp");
}

#[test]
fn a_broken_profile_of_the_companys_own_is_refused_at_start_with_its_file_and_line() {
    let broken = PROFILE.replacen("retention = \"6 years\"", "retention = \"6 yaers\"", 1);
    let line = 1 + PROFILE
        .lines()
        .position(|line| line.starts_with("retention"))
        .unwrap();
    let (folder, text) = with_policy_folder(&broken, "");
    let error = load(&text, &[]).unwrap_err();
    let file = folder.path().join("retail.toml");
    let expected = format!(
        "{}:{line}: retention: '6 yaers' is no length",
        file.display()
    );
    assert!(error.starts_with(&expected), "{error}");
}

/// Whoever looks at policies may not be the one who can read passwords.
#[test]
fn policies_are_read_without_secrets() {
    let (folder, text) = with_policy_folder(PROFILE, "profile = \"retail\"");
    let path = folder.path().join("redress.toml");
    let (policies, used) = Source::new(&path, &text, &[]).unwrap().policies().unwrap();
    assert_eq!(used, "retail");
    assert!(policies.profile("retail").is_some());
}

const LI: &str = r#"
[[staff]]
id = "li.na"
name = "Li Na"
roles = ["handler"]
addresses = ["li.na@example.com", "na@example.com"]
languages = ["zh", "en"]
categories = ["delivery"]
digest = true
"#;

fn staffed(more: &str) -> Result<Config, String> {
    load(&format!("{SMALL}{LI}{more}"), &[])
}

#[test]
fn staff_are_known_by_what_the_file_says() {
    let wang = r#"
absence = { from = "2026-12-01", until = "2026-12-10", deputy = "wang" }
[[staff]]
id = "wang"
name = "Wang"
roles = ["handler", "supervisor"]
addresses = ["wang@example.com"]
"#;
    let directory = staffed(wang).unwrap().directory();
    let li = directory.by_address("NA@example.com").unwrap();
    assert_eq!((li.person.as_str(), li.digest), ("li.na", true));
    let day = |text: &str| text.parse().unwrap();
    let deputy = directory.deputy_for(&li.person, day("2026-12-10")).unwrap();
    assert_eq!(deputy.person.as_str(), "wang");
    assert_eq!(directory.deputy_for(&li.person, day("2026-12-11")), None);
}

#[test]
fn staff_who_cant_be_are_refused() {
    let wang = "[[staff]]\nid = \"wang\"\nname = \"Wang\"\nroles = [\"handler\"]\n";
    let away = |until: &str, deputy: &str| {
        format!(
            "absence = {{ from = \"2026-12-05\", until = \"{until}\", deputy = \"{deputy}\" }}\n"
        )
    };
    for (more, expected) in [
        (
            format!("{wang}addresses = [\"Li.Na@Example.com\"]"),
            "staff.1.addresses.0: belongs to somebody above already",
        ),
        (
            format!("{wang}addresses = [\"Wang <w@example.com>\"]"),
            "staff.1.addresses.0: must be one address",
        ),
        (
            format!("{wang}addresses = [\"w@example.com\", \"W@example.com\"]"),
            "staff.1.addresses.1: is there twice",
        ),
        (
            format!("{wang}addresses = [\"complaints+x@example.com\"]"),
            "staff.1.addresses.0: is an address of a mailbox",
        ),
        (
            format!("{wang}digest = true"),
            "staff.1.digest: needs an address",
        ),
        (
            format!("{wang}categories = [\"nonsense\"]"),
            "staff.1.categories: 'nonsense' is no category of any policy profile; there are: ",
        ),
        (
            away("2026-12-01", "li.na"),
            "staff.0.absence: must not end before it begins",
        ),
        (
            away("2026-12-10", "li.na"),
            "staff.0.absence: nobody is their own deputy",
        ),
        (
            away("2026-12-10", "gone"),
            "staff.0.absence: there is no member of staff 'gone' to be deputy",
        ),
        (
            format!(
                "{}{wang}{}",
                away("2026-12-10", "wang"),
                away("2026-12-07", "li.na")
            ),
            "staff.0.absence: the deputies are each other's on 2026-12-05",
        ),
        (
            format!("{wang}adresses = []"),
            "staff.1.adresses: unknown field",
        ),
        (
            format!("{wang}absence = {{ from = \"soon\", until = \"later\" }}"),
            "staff.1.absence",
        ),
    ] {
        let error = staffed(&more).unwrap_err();
        assert!(error.contains(expected), "{error} lacks {expected}");
    }
}
