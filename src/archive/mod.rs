//! The archive of cases (§6, §7): what they are found by, dossiers that leave the house, and anchors of the
//! whole history.
//!
//! Pure: no I/O. A dossier is data that becomes files here; reading the database is `store`'s, writing files
//! `cli`'s.

pub mod anchor;
pub mod terms;
