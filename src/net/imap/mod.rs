//! IMAP (RFC 3501): reading a mailbox without ever believing a short answer.
//!
//! async-imap does the wire format. Its ready-made commands, though, take a tagged `NO`, a `BYE` or a
//! closed socket after SEARCH and FETCH for an empty answer, and have no time-outs. So commands are
//! driven here response by response, up to the tagged one, whose status is always looked at.

mod bounded;
mod listing;
mod login;
mod response;
mod session;
mod starttls;
mod uid_set;
mod utf7;
mod wire;

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::tls::{ConnectError, Endpoint};
use crate::secret::Secret;

pub use session::{Session, Woken};

/// How to reach one folder.
#[derive(Debug, Clone)]
pub struct Settings {
    pub endpoint: Endpoint,
    pub user: String,
    pub password: Secret,
    pub folder: String,
    /// Longest wait for any one answer; a message gets more, by its size.
    pub timeout: Duration,
}

/// What the server can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    pub idle: bool,
    /// RFC 6851.
    pub moves: bool,
    /// All of them, as the server writes them.
    pub names: Vec<String>,
}

/// A folder as it was when selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    pub uid_validity: u32,
    pub exists: u32,
    /// Whether a keyword of ours can be kept (`PERMANENTFLAGS` holds `\*`).
    pub keywords_allowed: bool,
}

/// The size of a message whose size the server doesn't tell: over any limit.
pub const UNTOLD_SIZE: u32 = u32::MAX;

/// A message before its bytes are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub uid: u32,
    /// Octets (RFC822.SIZE), as far as the server can tell; [`UNTOLD_SIZE`] where it doesn't.
    pub size: u32,
    /// INTERNALDATE, where the server gave one that can be read.
    pub received_at: Option<DateTime<FixedOffset>>,
    /// Its flags but for those of the system (`\Seen` and the like).
    pub keywords: Vec<String>,
}

impl Described {
    /// Whether the server keeps this keyword with it (RFC 3501 §2.3.2: whatever its case).
    pub fn has_keyword(&self, keyword: &str) -> bool {
        let mut kept = self.keywords.iter();
        kept.any(|one| one.eq_ignore_ascii_case(keyword))
    }
}

/// A message's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub uid: u32,
    pub bytes: Vec<u8>,
}

/// Why the server didn't do what it was asked to. Never holds bytes of a mail, or a password.
///
/// After any of them but [`No`](ImapError::No), [`Folder`](ImapError::Folder) and
/// [`CannotMove`](ImapError::CannotMove) the session is over.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    #[error("{0}")]
    Connect(#[from] ConnectError),
    #[error(
        "the server offers no STARTTLS, or somebody in between hides that it does: nothing was sent; try security = \"tls\", which nobody can hide"
    )]
    NoStartTls,
    #[error(
        "the server sent data between STARTTLS and TLS: somebody may be in between; nothing was sent"
    )]
    Injected,
    #[error(
        "the server takes us for logged in before we have said who we are (PREAUTH): whose mailbox it would show can't be known, and with STARTTLS this is how somebody in between keeps TLS away; nothing was sent; let the server, or a proxy before it, ask for a login"
    )]
    PreAuth,
    #[error("login refused: {words}; check user and password_file")]
    Login { words: String },
    #[error(
        "the server takes no password on this connection (LOGINDISABLED), and none was sent; set security to what it encrypts with"
    )]
    LoginDisabled,
    #[error("folder '{folder}' can't be opened: {words}; check the folder's name")]
    Folder { folder: String, words: String },
    #[error(
        "the server gives its messages no lasting UIDs (no UIDVALIDITY): such a mailbox can't be read reliably"
    )]
    NoUidValidity,
    #[error("the server can't MOVE (RFC 6851): set after_landing = \"flag\"")]
    CannotMove,
    #[error("{command} was refused: {words}")]
    No {
        command: &'static str,
        words: String,
    },
    #[error("{command} wasn't answered within {seconds} s")]
    Silent { command: &'static str, seconds: u64 },
    #[error("the connection was lost at {command}: {words}")]
    Lost {
        command: &'static str,
        words: String,
    },
    #[error("the answer to {command} can't be understood")]
    Garbled { command: &'static str },
    #[error("the answer to {command} is over the {limit} bytes that it may have: it wasn't taken")]
    TooLarge { command: &'static str, limit: u64 },
    #[error("the server gives two different messages for UID {uid}: neither was taken")]
    Contradiction { uid: u32 },
}

impl ImapError {
    /// Whether it may be the server's trouble with whatever it is asked, so that what it was asked for now isn't
    /// at fault.
    pub fn may_be_the_servers(&self) -> bool {
        match self {
            ImapError::No { words, .. } => wire::is_passing(words),
            ImapError::Silent { .. } | ImapError::Lost { .. } => true,
            _ => false,
        }
    }
}
