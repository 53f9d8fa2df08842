//! What a message says, as far as software can tell: the result of reading one mail.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::standing::{Claim, Standing};

/// One message as read. Every text in it is clean: NFC, without NUL, other control characters
/// (newline and tab stay in `text` and `new_text`), bidi overrides and zero-width characters.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Reading {
    /// Message-ID without angle brackets; `None` where there is none, or several.
    pub message_id: Option<String>,
    /// Message-IDs of In-Reply-To, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs of References, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The one author. `None` where From is missing, unreadable or names several people.
    pub from: Option<Address>,
    /// Who wrote the mail that the author passed on, as far as it says: to be offered, not believed.
    pub forwarded_from: Option<Address>,
    /// Who sent a finished mail on, unchanged (RFC 5322 §3.6.6): for show only. The author is who From names.
    pub resent: Option<Resent>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// Addresses that the headers say it was delivered to (Delivered-To, X-Original-To, Envelope-To).
    pub delivered_to: Vec<String>,
    pub subject: String,
    /// The sender's Date: for show only, never for a clock (policy: INTERNALDATE counts).
    pub date: Option<DateTime<FixedOffset>>,
    /// BCP 47 primary language of the text (`zh`, `en`, …) where it can be told.
    pub language: Option<String>,
    pub nature: Nature,
    /// The header or line that showed the nature.
    pub nature_evidence: String,
    /// The best readable text of the whole message.
    pub text: String,
    /// `text` without quoted history and signature.
    pub new_text: String,
    pub attachments: Vec<Attachment>,
    pub bounce: Option<Bounce>,
    /// Whether the author is proven, as far as it can be told without asking DNS.
    pub standing: Standing,
    /// Signatures that might prove the author once their keys are looked up: see [`super::standing::settle`].
    #[serde(skip)]
    pub claims: Vec<Claim>,
    /// What was guessed, repaired or ignored.
    pub warnings: Vec<String>,
    /// Set where the message must not be processed further, but shown to staff.
    pub quarantine: Option<Quarantine>,
}

/// An e-mail address with the name shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: Option<String>,
    /// `local@domain`, the domain in lower case.
    pub address: String,
}

/// What kind of sender wrote a message. Only [`Nature::Human`] is ever answered automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    #[default]
    Human,
    /// Out-of-office, vacation, challenge, no-reply robots (RFC 3834).
    AutoReply,
    /// Delivery report (RFC 3464) or its many relatives.
    Bounce,
    MailingList,
    /// Feedback report (ARF), read receipt, DMARC report.
    Report,
    /// A mail of ours that came back.
    Own,
}

/// A file that came with a message. Its bytes stay in the raw message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Safe to show: no path, no control characters, bounded length.
    pub filename: Option<String>,
    /// As claimed by the sender, lower case, `type/subtype`.
    pub content_type: String,
    /// As its first bytes show it, where they do and it isn't what the sender claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_type: Option<String>,
    /// Bytes once decoded.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256 of the decoded bytes.
    pub sha256: String,
    pub inline: bool,
    pub content_id: Option<String>,
    /// The decoded bytes, where they were asked for ([`files`](super::files)).
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

/// What a delivery report says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bounce {
    pub recipients: Vec<BounceRecipient>,
    /// Message-ID of the mail that couldn't be delivered, without angle brackets.
    pub original_message_id: Option<String>,
}

/// One recipient of a delivery report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BounceRecipient {
    pub address: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 §2.3.3).
    pub action: String,
    /// Enhanced status code such as `5.1.1` (RFC 3463).
    pub status: Option<String>,
    /// SMTP reply code such as `550`.
    pub reply_code: Option<u16>,
    /// The remote server's words.
    pub diagnostic: Option<String>,
    /// The address itself is dead. A full mailbox or a refused content fails a mail, and another may
    /// get through.
    pub permanent: bool,
}

/// The latest resending of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Resent {
    pub from: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub date: Option<DateTime<FixedOffset>>,
}

/// Why a message is put aside for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    pub reason: String,
}
