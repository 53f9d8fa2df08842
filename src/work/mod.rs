//! The loops round the core: intake, triage, dispatch, clock. They tie the store and the wires together.

mod actions;
pub mod acts;
mod changes;
pub mod clock;
pub mod dispatch;
pub mod erasure;
pub mod fonts;
pub mod intake;
pub mod jobs;
pub mod ops;
pub mod pause;
pub mod post;
pub mod pulse;
pub mod retention;
pub mod review;
pub mod stop;
mod to_staff;
pub mod triage;
pub mod watch;
pub mod welcome;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::net::imap::ImapError;
use crate::net::smtp::SmtpError;
use crate::store::StoreError;

/// Lets one loop wake the next without waiting for its poll.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// Mail has landed, or a mail of ours has come to its end.
    pub triage: Arc<Notify>,
    /// A mail was put in the outbox.
    pub dispatch: Arc<Notify>,
    /// A clock may have started.
    pub clock: Arc<Notify>,
}

/// Why a loop ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Imap(#[from] ImapError),
    #[error("{0}")]
    Smtp(#[from] SmtpError),
    #[error("{0}")]
    Random(#[from] crate::random::NoRandomness),
    #[error("{0}")]
    Letter(#[from] crate::letter::TemplateError),
    #[error(
        "case {reference} is handled by profile '{profile}', which isn't configured: put it back"
    )]
    NoProfile { reference: String, profile: String },
    #[error("{0}")]
    Picture(#[from] crate::review::picture::NoPicture),
    #[error("{0}")]
    Refused(Box<crate::case::Refusal>),
    #[error(
        "{listen} can't be listened on ({problem}): is another daemon there? See metrics.listen"
    )]
    Listen {
        listen: std::net::SocketAddr,
        problem: std::io::Error,
    },
    #[error("{what} panicked: this is a mistake in Redress")]
    Panicked { what: &'static str },
    #[error("{what} took longer than {seconds} s")]
    Slow { what: &'static str, seconds: u64 },
}

impl From<crate::failpoint::Reached> for WorkError {
    fn from(reached: crate::failpoint::Reached) -> WorkError {
        StoreError::from(reached).into()
    }
}

impl WorkError {
    /// Whether the same work, tried again as it is, may well succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            WorkError::Store(error) => error.is_transient(),
            WorkError::Imap(_) | WorkError::Smtp(_) | WorkError::Listen { .. } => true,
            WorkError::Random(_)
            | WorkError::Letter(_)
            | WorkError::Picture(_)
            | WorkError::NoProfile { .. }
            | WorkError::Refused(_)
            | WorkError::Panicked { .. }
            | WorkError::Slow { .. } => false,
        }
    }

    /// Whether another daemon has taken over what this one held.
    pub fn is_fenced(&self) -> bool {
        matches!(self, WorkError::Store(StoreError::Fenced(_)))
    }
}
