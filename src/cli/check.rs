//! `redress check`: the configuration, then every connection, one line each.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{CONFIG, Failure, UNAVAILABLE};
use crate::config::{AfterLanding, Config, Mailbox, ReturnPath};
use crate::mail::standing::Answer;
use crate::net::dns::Dns;
use crate::net::{imap, smtp};
use crate::store::Store;
use crate::work::fonts;

pub(super) async fn check(path: &Path) -> Result<ExitCode, Failure> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            for problem in &error.problems {
                println!("WRONG  configuration  {problem}");
            }
            return Ok(ExitCode::from(CONFIG));
        }
    };
    println!("ok     configuration  {}", path.display());
    let mut failed = !report("database", &database(&config).await);
    for mailbox in &config.mailboxes {
        let name = format!("mailbox {}", mailbox.name);
        failed |= !report(&name, &read(mailbox).await);
    }
    failed |= !report("mail server", &server(&config).await);
    for (way, tried) in alarm_ways(&config).await {
        failed |= !report(way, &tried);
    }
    match keys(&config).await {
        Some(Ok(found)) => println!("ok     dns  {found}"),
        // mail goes on without it
        Some(Err(problem)) => println!("note   dns  {problem}"),
        None => {}
    }
    if let Some(missing) = fonts::missing(&fonts::fonts()) {
        println!("note   {missing}");
    }
    for advice in as_whom(&config).await {
        println!("note   database  {advice}");
    }
    for advice in advice(&config) {
        println!("note   {advice}");
    }
    Ok(if failed {
        ExitCode::from(UNAVAILABLE)
    } else {
        ExitCode::SUCCESS
    })
}

fn report(what: &str, result: &Result<String, String>) -> bool {
    match result {
        Ok(found) => println!("ok     {what}  {found}"),
        Err(problem) => println!("WRONG  {what}  {problem}"),
    }
    result.is_ok()
}

async fn database(config: &Config) -> Result<String, String> {
    let store = Store::connect(&config.database.settings())
        .await
        .map_err(|error| format!("{error}; is the server up, and database.url right?"))?;
    store
        .check_schema()
        .await
        .map_err(|error| error.to_string())?;
    Ok(format!("schema version {}", Store::needed_version()))
}

/// What whoever the daemon connects as could do that it shouldn't.
async fn as_whom(config: &Config) -> Vec<String> {
    let mut advice = Vec::new();
    let database = &config.database;
    let standing = match Store::connect(&database.settings()).await {
        Ok(store) => store.standing().await,
        // told above
        Err(_) => return advice,
    };
    if let Ok(standing) = standing {
        let what = match (standing.superuser, standing.owner) {
            (true, _) => Some("a superuser of the whole cluster"),
            (false, true) => Some("the owner of its tables"),
            (false, false) => None,
        };
        if let Some(what) = what {
            advice.push(format!(
                "database.url connects as {}, {what}, who could delete and rewrite what is kept: connect as {}, which `redress migrate` sets up, and put the owner into database.owner_url",
                standing.user, database.app_role
            ));
        }
    }
    if database.owner_url.is_none() {
        advice.push(
            "database.owner_url isn't set: `redress migrate` connects with database.url, as whoever the daemon is"
                .to_owned(),
        );
    }
    advice
}

async fn read(mailbox: &Mailbox) -> Result<String, String> {
    let settings = mailbox.settings();
    let mut session = imap::Session::open(&settings)
        .await
        .map_err(|error| error.to_string())?;
    let folder = session.select().await.map_err(|error| error.to_string())?;
    let can = session.capabilities().clone();
    let protocol = session.protocol().unwrap_or("not encrypted").to_owned();
    session.close().await;
    if mailbox.after_landing == AfterLanding::Move && !can.moves {
        return Err(imap::ImapError::CannotMove.to_string());
    }
    let mut found = format!(
        "{}, folder {} with {} messages",
        protocol, mailbox.folder, folder.exists
    );
    found.push_str(if can.idle {
        ", IDLE"
    } else {
        ", no IDLE (mail is polled for)"
    });
    found.push_str(if can.moves { ", MOVE" } else { ", no MOVE" });
    if mailbox.after_landing == AfterLanding::Flag && !folder.keywords_allowed {
        found.push_str("; keeps no keywords: mail that has landed won't be marked there");
    }
    Ok(found)
}

async fn server(config: &Config) -> Result<String, String> {
    let connection = smtp::Connection::open(&config.mail_server())
        .await
        .map_err(|error| error.to_string())?;
    let mut found = connection.features();
    if config.smtp.user.is_some() {
        found.push("logged in".to_owned());
    }
    connection.close().await;
    Ok(if found.is_empty() {
        "answers".to_owned()
    } else {
        found.join(", ")
    })
}

/// Whether alarms could go out: the mail server is asked, the command only looked for.
async fn alarm_ways(config: &Config) -> Vec<(&'static str, Result<String, String>)> {
    let paths = config.alarm.paths();
    let mut tried = Vec::new();
    if let Some(path) = &paths.smtp {
        let answer = match smtp::Connection::open(&path.server).await {
            Ok(connection) => {
                let mut found = connection.features();
                connection.close().await;
                found.push(format!("{} receivers", path.to.len()));
                Ok(found.join(", "))
            }
            Err(problem) => Err(problem.to_string()),
        };
        tried.push(("alarm mail server", answer));
    }
    if let Some(program) = config.alarm.command.first() {
        let found = program_file(program);
        let found = found.map(|file| file.display().to_string());
        let missing = || format!("{program} is no program that may be run");
        tried.push(("alarm command", found.ok_or_else(missing)));
    }
    tried
}

/// Where a program is, as the system looks for it.
fn program_file(program: &str) -> Option<PathBuf> {
    let may_run = |file: &PathBuf| {
        file.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(may_run);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(may_run)
}

/// Whether keys of signatures can be looked up, where they are to be.
async fn keys(config: &Config) -> Option<Result<String, String>> {
    let dns = match Dns::new(&config.dns.settings()?) {
        Ok(dns) => dns,
        Err(error) => return Some(Err(error.to_string())),
    };
    let address = &config.mailboxes.first()?.address;
    let domain = address.rsplit_once('@')?.1.to_owned();
    let answers = dns.txt([domain].into()).await;
    Some(match answers.into_values().next() {
        Some(Answer::Records(_) | Answer::Nothing) => Ok("answers".to_owned()),
        Some(Answer::Temporary) | None => Err(
            "doesn't answer, so no signature can be checked; name the servers to ask in dns.servers"
                .to_owned(),
        ),
    })
}

fn advice(config: &Config) -> Vec<&'static str> {
    let mut advice = Vec::new();
    if config.reply.keys_file.is_none() {
        advice.push(
            "reply.keys_file isn't set: replies find their case by Message-ID and subject alone",
        );
    }
    if config.smtp.user.is_some() && config.smtp.return_path == ReturnPath::Null {
        advice.push(
            "smtp.return_path is \"null\": a relay can't return mail that it fails to deliver; consider \"signed\"",
        );
    }
    if config.alarm.paths().is_empty() {
        advice.push("[alarm] names no way: nobody is told of trouble but by the log");
    }
    if let Some(smtp) = &config.alarm.smtp {
        if smtp.host.eq_ignore_ascii_case(&config.smtp.host) {
            advice.push(
                "alarm.smtp.host is the machine of [smtp]: while it is down no alarm goes out by mail",
            );
        }
        let domain = |address: &str| {
            address
                .rsplit_once('@')
                .map(|(_, d)| d.to_ascii_lowercase())
        };
        let mut own = config.mailboxes.iter().map(|m| domain(&m.address));
        if own.any(|own| smtp.to.iter().all(|to| domain(to) == own)) {
            advice.push(
                "alarm.smtp.to lies in the domain of a mailbox alone: where its mail server is down, nobody reads the alarm",
            );
        }
    }
    if config.metrics.allow_remote && config.metrics.listen.is_some_and(|l| !l.ip().is_loopback()) {
        advice.push("metrics.listen isn't on loopback: whoever can reach it reads the measures");
    }
    if config.mailboxes.iter().any(|m| m.authserv_id.is_empty()) {
        advice.push(
            "mailbox.authserv_id isn't set: authors are proven by signatures alone, not by what your mail server found out",
        );
    }
    advice
}
