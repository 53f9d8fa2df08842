//! A private Dovecot: any user, one password, mail in Maildirs.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::authority::Authority;
use super::home::owner;
use super::process::{Server, find};
use super::{Home, free_port};

/// The one password of every user.
pub const PASSWORD: &str = "swordfish";

/// The user that mail to an address belongs to: in lower case, without a tag, odd characters as `_`.
pub fn user(address: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "@.-_".contains(c) {
            c
        } else {
            '_'
        }
    };
    crate::mail::address::without_tag(address)
        .chars()
        .map(plain)
        .collect()
}

/// A running Dovecot on loopback.
#[derive(Debug)]
pub struct Dovecot {
    server: Option<Server>,
    folder: PathBuf,
    config: PathBuf,
    ports: Ports,
    delivered: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    imap: u16,
    imaps: u16,
    lmtp: u16,
}

impl Dovecot {
    /// Makes and starts a server without any mail.
    pub async fn start(home: &Home, authority: &Authority) -> Result<Dovecot> {
        let folder = home.folder("dovecot")?;
        for name in ["dovecot/run", "dovecot/state", "dovecot/mail"] {
            home.folder(name)?;
        }
        let mut last = None;
        for _ in 0..5 {
            let ports = Ports {
                imap: free_port()?,
                imaps: free_port()?,
                lmtp: free_port()?,
            };
            let config = folder.join("dovecot.conf");
            fs::write(&config, configuration(&folder, authority, ports)?)?;
            home.give(&config)?;
            let mut dovecot = Dovecot {
                server: None,
                folder: folder.clone(),
                config,
                ports,
                delivered: AtomicU64::new(0),
            };
            match dovecot.start_again(home).await {
                Ok(()) => return Ok(dovecot),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("Dovecot doesn't start")))
    }

    /// Starts on the same ports with the same mail, after [`stop`](Dovecot::stop).
    pub async fn start_again(&mut self, home: &Home) -> Result<()> {
        let program = find("dovecot")
            .context("Dovecot isn't installed: apt-get install dovecot-imapd dovecot-lmtpd")?;
        let arguments = [
            "-F".to_owned(),
            "-c".to_owned(),
            self.config.display().to_string(),
        ];
        let log = self.folder.join("output");
        let server = Server::start("dovecot", home, &program, &arguments, &log, Signal::TERM)?;
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if greets(self.ports.imap).await && greets(self.ports.lmtp).await {
                self.server = Some(server);
                return Ok(());
            }
            if server.has_ended() || Instant::now() > deadline {
                let said = fs::read_to_string(&log).unwrap_or_default();
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("Dovecot doesn't start: {said}{log}");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops it in order; sessions are cut.
    pub fn stop(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.stop(),
            None => Ok(()),
        }
    }

    /// Plain, or STARTTLS.
    pub fn imap_port(&self) -> u16 {
        self.ports.imap
    }

    /// TLS from the first byte.
    pub fn imaps_port(&self) -> u16 {
        self.ports.imaps
    }

    pub fn lmtp_port(&self) -> u16 {
        self.ports.lmtp
    }

    /// The Maildir of a user's inbox.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder.join("mail").join(user)
    }

    /// Puts a mail into a user's inbox as it is, as a delivery agent would.
    pub fn deliver(&self, user: &str, bytes: &[u8]) -> Result<()> {
        let maildir = self.maildir(user);
        let (uid, gid) = owner(&self.folder.join("mail"))?;
        let give = |path: &Path| chown(path, Some(uid), Some(gid));
        for folder in [
            maildir.clone(),
            maildir.join("tmp"),
            maildir.join("new"),
            maildir.join("cur"),
        ] {
            if !folder.exists() {
                fs::create_dir_all(&folder)?;
                give(&folder)?;
            }
        }
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let bare = lines - memchr::memmem::find_iter(bytes, b"\r\n").count();
        // with both sizes in its name, Dovecot needn't read a mail to tell them
        let name = format!(
            "{}.M{number}P{}.redress,S={},W={}",
            1_790_000_000 + number,
            std::process::id(),
            bytes.len(),
            bytes.len() + bare
        );
        let temporary = maildir.join("tmp").join(&name);
        fs::write(&temporary, bytes)?;
        give(&temporary)?;
        fs::rename(&temporary, maildir.join("new").join(&name))?;
        Ok(())
    }
}

async fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let mut byte = [0];
    matches!(stream.read(&mut byte).await, Ok(1))
}

fn configuration(folder: &Path, authority: &Authority, ports: Ports) -> Result<String> {
    let root = folder.display();
    let (uid, gid) = owner(folder)?;
    let (user, group) = (name_of("/etc/passwd", uid)?, name_of("/etc/group", gid)?);
    let Ports { imap, imaps, lmtp } = ports;
    Ok(format!(
        "base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{}
ssl_key = <{}
auth_mechanisms = plain login
auth_username_format = %Lu
disable_plaintext_auth = no
mail_location = maildir:{root}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
recipient_delimiter = +
lmtp_hdr_delivery_address = final
mail_max_userip_connections = 500
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 1000
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
",
        authority.certificate.display(),
        authority.key.display()
    ))
}

fn name_of(file: &str, id: u32) -> Result<String> {
    let id = id.to_string();
    fs::read_to_string(file)?
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&id.as_str()))
        .and_then(|fields| fields.first().map(|name| (*name).to_owned()))
        .with_context(|| format!("{file} has no entry for {id}"))
}
