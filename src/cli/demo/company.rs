//! The demo's company: its servers, its mailbox, and its daemon.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::mail::{self, Reading};
use crate::net::imap::{self, Described};
use crate::net::smtp::{self, Connection, Delivery};
use crate::net::tls::{Endpoint, Security};
use crate::sandbox::Home;
use crate::sandbox::authority::Authority;
use crate::sandbox::dovecot::{Dovecot, PASSWORD};
use crate::sandbox::postgres::{Database, Durability, Postgres};
use crate::sandbox::smtp_server::{Keep, SmtpServer};
use crate::secret::Secret;
use crate::store::{Settings, Store};

/// The address that customers write to.
pub(super) const COMPLAINTS: &str = "complaints@example.com";

/// A company with everything that it needs. Fields are dropped in this order: the daemon first, its
/// folder last.
pub(super) struct Company {
    daemon: Mutex<Child>,
    pub(super) store: Store,
    pub(super) seen: Mutex<Seen>,
    connection: Mutex<Option<Connection>>,
    smtp: SmtpServer,
    dovecot: Dovecot,
    _postgres: Postgres,
    config: PathBuf,
    log: PathBuf,
    _home: Home,
}

/// How far the mail has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub landed: usize,
    pub waiting: usize,
    pub to_send: usize,
}

/// What was told already.
#[derive(Debug, Default)]
pub(super) struct Seen {
    opened: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

impl Company {
    /// Starts servers and daemon.
    pub(super) async fn found() -> Result<Company> {
        let missing = crate::sandbox::missing_packages();
        ensure!(
            missing.is_empty(),
            "these Debian packages are missing: {0}; `make demo` installs them, or apt-get install {0}",
            missing.join(" ")
        );
        let home = Home::new(Path::new("target/demo"))?;
        let authority = Authority::new(&home)?;
        let postgres = Postgres::start(&home, Durability::Safe).await?;
        let dovecot = Dovecot::start(&home, &authority).await?;
        let keep = Keep::File {
            lmtp_port: dovecot.lmtp_port(),
        };
        let smtp = SmtpServer::start(keep, None).await?;

        let database = postgres.migrated_database().await?;
        let config = home.path().join("redress.toml");
        std::fs::write(home.path().join("password"), PASSWORD)?;
        let key = crate::random::Random::system().token()?;
        std::fs::write(home.path().join("reply-keys"), format!("1 {key}{key}\n"))?;
        std::fs::write(
            &config,
            configuration(&database, &dovecot, &authority, smtp.port()),
        )?;
        let settings = Settings {
            url: database.app,
            password: None,
            connections: 4,
        };
        let store = Store::connect(&settings).await?;

        let log = home.path().join("daemon.log");
        let output = File::create(&log)?;
        let program = std::env::current_exe().context("this program doesn't find itself")?;
        let daemon = Command::new(program)
            .arg("--config")
            .arg(&config)
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Company {
            daemon: Mutex::new(daemon),
            store,
            seen: Mutex::default(),
            connection: Mutex::new(None),
            smtp,
            dovecot,
            _postgres: postgres,
            config,
            log,
            _home: home,
        })
    }

    /// Sends a mail to the complaints mailbox, as any mail program or server would.
    pub(super) async fn send(&self, sender: &str, bytes: &[u8]) -> Result<()> {
        let mut connection = self.connection.lock().await;
        let mut open = match connection.take() {
            Some(open) if open.is_usable() => open,
            _ => Connection::open(&self.mail_server()).await?,
        };
        let delivery = open.offer(sender, COMPLAINTS, &crlf(bytes)).await;
        *connection = Some(open);
        match delivery {
            Delivery::Accepted(_) => Ok(()),
            Delivery::Later(words)
            | Delivery::Final(words)
            | Delivery::Broken(words)
            | Delivery::Uncertain(words) => bail!("the mail server refuses: {words}"),
        }
    }

    pub(super) async fn state(&self) -> Result<State> {
        let landed = self.store.landed_counts().await?;
        let outbox = self.store.outbox_counts().await?;
        let size = |count: i64| usize::try_from(count).unwrap_or(0);
        let of = |name: &str| size(outbox.get(name).copied().unwrap_or(0));
        Ok(State {
            landed: size(landed.values().sum()),
            waiting: size(landed.get("waiting").copied().unwrap_or(0)),
            to_send: of("queued") + of("sending"),
        })
    }

    /// Comes back only if the daemon ends.
    pub(super) async fn daemon_ended(&self) -> ExitStatus {
        match self.daemon.lock().await.wait().await {
            Ok(status) => status,
            Err(_) => std::future::pending().await,
        }
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Every mail in somebody's inbox, read over IMAP.
    pub(super) async fn inbox(&self, address: &str) -> Result<Vec<Reading>> {
        let mut session = imap::Session::open(&imap::Settings {
            endpoint: Endpoint {
                host: "localhost".to_owned(),
                port: self.dovecot.imap_port(),
                security: Security::PlainWithoutEncryption,
                ca_file: None,
            },
            user: crate::sandbox::dovecot::user(address),
            password: Secret::new(PASSWORD.to_owned()),
            folder: "INBOX".to_owned(),
            timeout: Duration::from_secs(20),
        })
        .await?;
        session.select().await?;
        let uids = session.list_from(1).await?;
        let described: Vec<Described> = session.describe(&uids).await?;
        let bodies = session.bodies(&described).await?;
        session.close().await;
        let context = mail::Context::default();
        Ok(bodies
            .iter()
            .map(|body| mail::read(&body.bytes, &context))
            .collect())
    }

    /// The acknowledgement in a customer's inbox.
    pub(super) async fn acknowledgement_in(&self, address: &str) -> Result<Reading> {
        let inbox = self.inbox(address).await?;
        let found = inbox.into_iter().find(is_acknowledgement);
        found.with_context(|| format!("{address} has no acknowledgement"))
    }

    pub(super) fn print_where_to_look(&self) {
        let config = self.config.display();
        println!("\nWhere to look:");
        println!("  cases            target/release/redress --config {config} case list");
        println!("  one case         target/release/redress --config {config} case show REFERENCE");
        println!("  mail sent        target/release/redress --config {config} outbox list");
        println!("  the daemon's log {}", self.log.display());
        println!(
            "  with Thunderbird: IMAP server 127.0.0.1, port {}, no encryption,",
            self.dovecot.imap_port()
        );
        println!(
            "    user alice.brown@customers.example (a customer) or {COMPLAINTS} (the mailbox),"
        );
        println!(
            "    password {PASSWORD}; SMTP server 127.0.0.1, port {}, no encryption, no login.",
            self.smtp.port()
        );
        println!("    Write to {COMPLAINTS} from any address, and watch the answer come.");
    }

    /// Ends the daemon in order, then everything else.
    pub(super) async fn close(self) {
        let mut daemon = self.daemon.lock().await;
        if let Some(pid) = daemon
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
        {
            // it may have had the terminal's Ctrl-C already
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = timeout(Duration::from_secs(30), daemon.wait()).await;
        drop(daemon);
        self.store.close().await;
    }

    fn mail_server(&self) -> smtp::Settings {
        smtp::Settings {
            endpoint: Endpoint {
                host: "127.0.0.1".to_owned(),
                port: self.smtp.port(),
                security: Security::PlainWithoutEncryption,
                ca_file: None,
            },
            login: None,
            hello_name: "customers.example".to_owned(),
            timeout: Duration::from_secs(30),
            accept_timeout: Duration::from_secs(60),
        }
    }
}

impl Seen {
    /// What has happened since the last look.
    pub(super) async fn news(&mut self, company: &Company) -> Result<Vec<String>> {
        let mut news = Vec::new();
        let mut cases = company.store.cases(None, None, 10_000).await?;
        cases.reverse();
        for case in cases {
            let customer = case.customer.as_deref().unwrap_or("an unknown customer");
            if self.opened.insert(case.reference.clone()) {
                let language = if case.language == "zh" {
                    "Chinese"
                } else {
                    "English"
                };
                news.push(format!(
                    "case {} opened for {customer} (letters in {language})",
                    case.reference
                ));
            }
            if case.acknowledgement == "delivered"
                && self.acknowledged.insert(case.reference.clone())
            {
                news.push(format!(
                    "case {} acknowledged: {customer}'s mail server took the letter",
                    case.reference
                ));
            }
        }
        Ok(news)
    }
}

/// Whether a mail in a customer's inbox is an acknowledgement of ours.
pub(super) fn is_acknowledgement(reading: &Reading) -> bool {
    let ours = reading
        .from
        .as_ref()
        .is_some_and(|from| from.address == COMPLAINTS);
    ours && crate::case::CaseRef::find(&reading.subject).is_some()
}

fn configuration(
    Database { owner, app, .. }: &Database,
    dovecot: &Dovecot,
    authority: &Authority,
    smtp_port: u16,
) -> String {
    format!(
        "[database]\nurl = \"{app}\"\nowner_url = \"{owner}\"\n\n[company]\nname = \"Example Ltd\"\nname_zh = \"示例有限公司\"\n\
         phone = \"400-555-0100\"\nwebsite = \"https://example.com/complaints\"\n\n[[mailbox]]\n\
         name = \"complaints\"\naddress = \"{COMPLAINTS}\"\nhost = \"localhost\"\nport = {}\n\
         ca_file = \"{}\"\nuser = \"{COMPLAINTS}\"\npassword_file = \"password\"\n\n[smtp]\n\
         host = \"127.0.0.1\"\nport = {smtp_port}\nsecurity = \"plain-without-encryption\"\n\n\
         [reply]\nkeys_file = \"reply-keys\"\n\n[quiet]\n\
         # so that any folder of mails can be shown\nper_address_per_day = 100000\nall_per_hour = 0\n",
        dovecot.imaps_port(),
        authority.ca.display()
    )
}

/// Line ends as they travel: a lone CR or LF is one too.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut before = 0;
    for byte in bytes {
        match (before, byte) {
            (b'\r', b'\n') => out.push(b'\n'),
            (_, b'\n') => out.extend_from_slice(b"\r\n"),
            (b'\r', _) => out.extend_from_slice(&[b'\n', *byte]),
            _ => out.push(*byte),
        }
        before = *byte;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn line_ends_travel_as_crlf() {
        assert_eq!(super::crlf(b"a\nb\r\nc\rd"), b"a\r\nb\r\nc\r\nd");
    }
}
