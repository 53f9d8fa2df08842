//! Ids of rows, so that one kind is never taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A running daemon: whoever claims a mailbox, landed mail or mail to send.
    DaemonId(i64);
    /// A watched folder.
    MailboxId(i32);
    /// A message as it came.
    LandedId(i64);
    /// A person who isn't staff.
    PartyId(i64);
    /// A member of staff.
    MemberId(i64);
    /// A complaint.
    CaseId(i64);
    /// A mail to be sent.
    OutboxId(i64);
}
