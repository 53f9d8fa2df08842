//! Where a case stands, and its acknowledgement.

use serde::Serialize;

/// Where a case stands (policy: *Stages and events*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Received,
    AwaitingParticulars,
    Investigating,
    Negotiating,
    Resolved,
    Mediating,
    Litigation,
    Closed,
}

/// What has become of the acknowledgement owed to every customer (§4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    Queued,
    Delivered,
    Failed,
    Withheld,
}

impl Stage {
    /// Every stage, in the order of the policy.
    pub const ALL: [Stage; 8] = [
        Stage::Received,
        Stage::AwaitingParticulars,
        Stage::Investigating,
        Stage::Negotiating,
        Stage::Resolved,
        Stage::Mediating,
        Stage::Litigation,
        Stage::Closed,
    ];

    /// The name in the policy and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Received => "received",
            Stage::AwaitingParticulars => "awaiting_particulars",
            Stage::Investigating => "investigating",
            Stage::Negotiating => "negotiating",
            Stage::Resolved => "resolved",
            Stage::Mediating => "mediating",
            Stage::Litigation => "litigation",
            Stage::Closed => "closed",
        }
    }

    /// The stage of that name.
    pub fn from_name(name: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
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
