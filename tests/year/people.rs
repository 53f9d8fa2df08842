//! The company's people, and its configuration.

use std::path::Path;

use redress::policy::Role;

/// A member of staff.
pub struct Staffer {
    pub id: &'static str,
    pub role: Role,
    pub chinese: bool,
    /// First and last day away, and who stands in.
    pub away: Option<(&'static str, &'static str, &'static str)>,
}

const fn one(id: &'static str, role: Role, chinese: bool) -> Staffer {
    Staffer {
        id,
        role,
        chinese,
        away: None,
    }
}

const fn away(
    id: &'static str,
    chinese: bool,
    (from, until, deputy): (&'static str, &'static str, &'static str),
) -> Staffer {
    Staffer {
        id,
        role: Role::Handler,
        chinese,
        away: Some((from, until, deputy)),
    }
}

pub const STAFF: [Staffer; 14] = [
    away("ann.lee", false, ("2026-08-03", "2026-08-14", "bob.ray")),
    away("bob.ray", false, ("2026-04-20", "2026-04-24", "dora.kim")),
    away("dora.kim", false, ("2026-11-09", "2026-11-20", "ann.lee")),
    one("li.na", Role::Handler, true),
    away("chen.yu", true, ("2026-07-06", "2026-07-17", "li.na")),
    one("wu.lei", Role::Supervisor, false),
    one("gu.hua", Role::Manager, false),
    one("ex.wang", Role::Executive, false),
    one("sun.yu", Role::Mediator, false),
    one("zhao.min", Role::Mediator, true),
    one("warehouse", Role::Department, false),
    one("finance", Role::Department, false),
    one("lex.gal", Role::Legal, false),
    one("he.jing", Role::Auditor, true),
];

pub const SUPERVISOR: usize = 5;
pub const MEDIATORS: [usize; 2] = [8, 9];
pub const DEPARTMENTS: [usize; 2] = [10, 11];
pub const LEGAL: usize = 12;

/// The complaints mailbox.
pub const MAILBOX: &str = "complaints@example.com";

/// How long personal data is kept after closing.
pub const KEPT_DAYS: i64 = 130;

/// The built-in profile, but for what makes more happen in a year.
fn profile() -> String {
    let built_in = include_str!("../../config/policy/default.toml");
    let held = "name = \"resolve\"\nstarts = [\"received\", \"reopened\"]\nstops = [\"outcome_sent\", \"litigated\"]\npauses = [\"awaiting_particulars\"";
    let mut text = built_in.to_owned();
    for (ours, theirs) in [
        (
            "retention = \"6 years\"",
            format!("retention = \"{KEPT_DAYS} days\""),
        ),
        (held, format!("{held}, \"hold\"")),
    ] {
        assert!(
            text.contains(ours),
            "the built-in profile says otherwise: {ours}"
        );
        text = text.replace(ours, &theirs);
    }
    text
}

/// Most automatic mails to one address in 24 hours.
pub const DAILY: usize = 8;

pub fn address(staffer: usize) -> String {
    format!("{}@example.com", STAFF[staffer].id)
}

/// Who has this id or address.
pub fn who(id: &str) -> Option<usize> {
    let id = id.strip_suffix("@example.com").unwrap_or(id);
    STAFF.iter().position(|one| one.id == id)
}

/// Writes the configuration into a folder.
pub fn configure(
    folder: &Path,
    (app, owner): (&str, &str),
    often: bool,
) -> anyhow::Result<std::path::PathBuf> {
    let mut staff = String::new();
    for one in &STAFF {
        let languages = if one.chinese { "[\"zh\"]" } else { "[\"en\"]" };
        staff += &format!(
            "[[staff]]\nid = \"{}\"\nname = \"{}\"\naddresses = [\"{0}@example.com\"]\nroles = [\"{}\"]\nlanguages = {languages}\n",
            one.id,
            one.id.replace('.', " ").to_uppercase(),
            one.role
        );
        if let Some((from, until, deputy)) = one.away {
            staff += &format!(
                "absence = {{ from = \"{from}\", until = \"{until}\", deputy = \"{deputy}\" }}\n"
            );
        }
        if one.id == "dora.kim" {
            staff += "digest = true\n";
        }
    }
    let jobs = if often {
        ""
    } else {
        "[jobs]\nreview_week.at = \"never\"\nreview_month.at = \"never\"\n"
    };
    let text = format!(
        "[database]\nurl = \"{app}\"\nowner_url = \"{owner}\"\n\
         [company]\nname = \"Example Ltd\"\nname_zh = \"示例公司\"\n\
         [[mailbox]]\nname = \"complaints\"\naddress = \"{MAILBOX}\"\nhost = \"localhost\"\n\
         user = \"complaints\"\npassword_file = \"password\"\nauthserv_id = \"mx.example.com\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = 25\nsecurity = \"plain-without-encryption\"\n\
         [reply]\nkeys_file = \"keys\"\n[dns]\ncheck_signatures = false\n\
         [quiet]\nper_address_per_day = {DAILY}\nall_per_hour = 0\n\
         [confirm]\nacts = [\"litigate\"]\n\
         [policy]\nfolder = \"policy\"\nnotice_file = \"notice.txt\"\n{jobs}{staff}"
    );
    std::fs::write(folder.join("password"), "secret")?;
    std::fs::write(folder.join("keys"), format!("1 {}", "5a".repeat(32)))?;
    std::fs::write(folder.join("notice.txt"), "Every complaint is answered.\n")?;
    std::fs::create_dir(folder.join("policy"))?;
    std::fs::write(folder.join("policy/default.toml"), profile())?;
    let path = folder.join("redress.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}
