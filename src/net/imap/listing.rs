//! Which messages a folder holds.
//!
//! async-imap reads a line anew with every 4 kB that come of it: the UIDs of 100,000 messages take 0.2 s, those
//! of a million 15 s, in which the thread does nothing else. So large folders are listed in windows of UIDs.

use async_imap::imap_proto::{MailboxDatum, Response};

use super::ImapError;
use super::response::uid_of;
use super::session::Session;
use super::uid_set::uid_sets;

/// Messages that one search should find at most.
const WINDOW: u32 = 50_000;

impl Session {
    /// The UIDs of the folder from `first` on, in ascending order.
    pub async fn list_from(&mut self, first: u32) -> Result<Vec<u32>, ImapError> {
        // what is said from here on may be of mail that this search doesn't find
        self.wire.news = false;
        self.list(first, "").await
    }

    /// The UIDs of messages that don't have a keyword, in ascending order.
    pub async fn list_without(&mut self, keyword: &str) -> Result<Vec<u32>, ImapError> {
        self.list(1, &format!(" UNKEYWORD {keyword}")).await
    }

    /// The UIDs from `first` on that meet the criteria.
    async fn list(&mut self, first: u32, criteria: &str) -> Result<Vec<u32>, ImapError> {
        // what came since is little
        let cuts = if first == 1 {
            self.cuts().await?
        } else {
            vec![]
        };
        let mut uids = Vec::new();
        for window in windows(first, &cuts) {
            self.search(&format!("UID {window}{criteria}"), &mut uids)
                .await?;
        }
        // `n:*` always means the last message too, whatever its UID (RFC 3501 §9, seq-range)
        uids.retain(|uid| *uid >= first);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The UID of every so-manieth message of a large folder, in ascending order.
    async fn cuts(&mut self) -> Result<Vec<u32>, ImapError> {
        let exists = self.folder.map_or(0, |folder| folder.exists);
        let places: Vec<u32> = (1..=exists / WINDOW).map(|n| n * WINDOW).collect();
        let mut cuts = Vec::new();
        for set in uid_sets(&places) {
            let command = format!("FETCH {set} (UID)");
            let patience = self.settings.timeout;
            let fetched = self.wire.run("FETCH", &command, patience, |response| {
                if let Response::Fetch(_, attributes) = response {
                    cuts.extend(uid_of(attributes));
                }
                Ok(())
            });
            match fetched.await {
                // the folder has shrunk since: without cuts it is listed all the same
                Ok(()) | Err(ImapError::No { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        Ok(cuts)
    }

    async fn search(&mut self, criteria: &str, uids: &mut Vec<u32>) -> Result<(), ImapError> {
        let command = format!("UID SEARCH {criteria}");
        self.wire
            .run("SEARCH", &command, self.settings.timeout, |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    uids.extend_from_slice(found);
                }
                Ok(())
            })
            .await
    }
}

/// All UIDs from `first` on, in windows that end at the cuts. Messages that come and go meanwhile move none of
/// them: UIDs only grow (RFC 3501 §2.3.1.1), and the last window has no end.
fn windows(first: u32, cuts: &[u32]) -> Vec<String> {
    let mut windows = Vec::with_capacity(cuts.len() + 1);
    let mut from = first;
    for cut in cuts {
        if *cut >= from && *cut < u32::MAX {
            windows.push(format!("{from}:{cut}"));
            from = cut + 1;
        }
    }
    windows.push(format!("{from}:*"));
    windows
}

#[cfg(test)]
mod tests {
    use super::windows;

    #[test]
    fn windows_leave_no_uid_out() {
        for (first, cuts, expected) in [
            (1, &[][..], &["1:*"][..]),
            (1, &[70, 900], &["1:70", "71:900", "901:*"]),
            (1, &[1, 2], &["1:1", "2:2", "3:*"]),
            (71, &[70, 900], &["71:900", "901:*"]),
            (901, &[70, 900], &["901:*"]),
            (
                1,
                &[u32::MAX - 1, u32::MAX],
                &["1:4294967294", "4294967295:*"],
            ),
        ] {
            assert_eq!(windows(first, cuts), expected);
        }
    }
}
