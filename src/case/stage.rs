//! What has become of the acknowledgement of a case.

use serde::Serialize;

/// What has become of the acknowledgement owed to every customer (§4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    Queued,
    Delivered,
    Failed,
    Withheld,
}

impl Acknowledgement {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Acknowledgement::Queued => "queued",
            Acknowledgement::Delivered => "delivered",
            Acknowledgement::Failed => "failed",
            Acknowledgement::Withheld => "withheld",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Acknowledgement> {
        use Acknowledgement::{Delivered, Failed, Queued, Withheld};
        [Queued, Delivered, Failed, Withheld]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}
