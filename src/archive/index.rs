//! The index of a dossier: every other file in it, and what it is.

use serde::{Deserialize, Serialize};

/// Where the index is.
pub const INDEX: &str = "index.json";

/// What this program writes and reads.
const FORMAT: &str = "redress dossier 1";

/// What a dossier is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A case, whole.
    Case,
    /// A person: what is kept about them, for them.
    Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    format: String,
    pub kind: Kind,
    /// The case's reference, or the person's address.
    pub of: String,
    /// The database's time.
    pub exported_at: String,
    pub exported_by: String,
    pub redress_version: String,
    /// The zone of the times that people read.
    pub time_zone: String,
    pub files: Vec<Listed>,
}

/// A file of the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub path: String,
    pub size: u64,
    pub sha256: String,
}

impl Index {
    pub fn new(
        kind: Kind,
        of: String,
        exported_at: String,
        exported_by: String,
        time_zone: String,
        mut files: Vec<Listed>,
    ) -> Index {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Index {
            format: FORMAT.to_owned(),
            kind,
            of,
            exported_at,
            exported_by,
            redress_version: env!("CARGO_PKG_VERSION").to_owned(),
            time_zone,
            files,
        }
    }

    pub fn read(bytes: &[u8]) -> Result<Index, String> {
        let index: Index = serde_json::from_slice(bytes)
            .map_err(|error| format!("can't be read as the index of a dossier: {error}"))?;
        if index.format != FORMAT {
            return Err(format!(
                "is '{}'; this program reads '{FORMAT}'",
                index.format
            ));
        }
        Ok(index)
    }
}
