//! The archive of cases (§6, §7): what they are found by, dossiers that leave the house, and anchors of the
//! whole history.
//!
//! Pure: no I/O. A dossier is data that becomes files here; reading the database is `store`'s, writing files
//! `cli`'s. What a dossier holds is the same in a folder and in a zip file:
//!
//! - `index.json`: every other file with its size and SHA-256, of whom it is, who made it, when, with which version;
//! - `history.json`: the history with its chain of hashes, the words it refers to, and which mails and letters there are;
//! - `history.html`: the same for people;
//! - `mails/`, `attachments/`, `letters/`: the mails as they came, the files in them, the letters as they were sent.

pub mod anchor;
mod files;
mod index;
mod names;
mod page;
mod person;
mod record;
mod story;
pub mod terms;
mod verify;

pub use files::{File, letter_file, mail_files};
pub use index::{INDEX, Index, Kind, Listed};
pub use names::{is_passive, safe_name};
pub use page::page;
pub use person::{Happened, PERSON, PersonRecord, TheirCase, person_page};
pub use record::{HISTORY, LetterKept, Line, MailKept, Record};
pub use story::{Said, Told, actor, tell};
pub use verify::{Contents, Finding, Seen, verify};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

/// SHA-256 in hexadecimal digits, as everything here names bytes.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}
