//! Sets of UIDs, or of places in a folder, as IMAP writes them (RFC 3501 §9, `sequence-set`).

/// Longest set in one command; servers take command lines of 8,000 octets (RFC 2683 §3.2.1.5).
const LONGEST: usize = 4000;

/// UIDs (in ascending order) as sets like `1:5,9`, each short enough for one command.
pub(super) fn uid_sets(uids: &[u32]) -> Vec<String> {
    let mut sets = Vec::new();
    let mut set = String::new();
    let mut rest = uids;
    while let Some(first) = rest.first() {
        let run = (1..=rest.len())
            .take_while(|n| rest[n - 1] == first.saturating_add(*n as u32 - 1))
            .count();
        let last = rest[run - 1];
        if set.len() > LONGEST {
            sets.push(std::mem::take(&mut set));
        }
        if !set.is_empty() {
            set.push(',');
        }
        set.push_str(&first.to_string());
        if last > *first {
            set.push(':');
            set.push_str(&last.to_string());
        }
        rest = &rest[run..];
    }
    if !set.is_empty() {
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_written_as_ranges() {
        for (uids, sets) in [
            (&[][..], &[][..]),
            (&[7], &["7"]),
            (&[1, 2, 3], &["1:3"]),
            (&[1, 3, 4, 9], &["1,3:4,9"]),
            (&[u32::MAX - 1, u32::MAX], &["4294967294:4294967295"]),
        ] {
            assert_eq!(uid_sets(uids), sets);
        }
    }

    #[test]
    fn no_command_grows_too_long() {
        let uids: Vec<u32> = (1..20_000).map(|n| n * 2).collect();
        let sets = uid_sets(&uids);
        assert!(sets.iter().all(|set| set.len() < 4100));
        assert_eq!(
            sets.iter().map(|set| set.split(',').count()).sum::<usize>(),
            uids.len()
        );
    }
}
