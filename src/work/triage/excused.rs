//! Attempts that the database broke off: they aren't held against the message.
//!
//! Otherwise three outages that happen to hit the same message would put it before staff. But it may also be the
//! message that breaks the database: so many attempts are excused, and no more (promise 7).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::LandedId;

/// Most attempts at a message that are excused by one daemon.
const MOST: u8 = 10;

/// Messages to be given back as if they hadn't been tried.
#[derive(Debug, Default)]
pub struct Excused(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    times: HashMap<LandedId, u8>,
    waiting: Vec<LandedId>,
}

impl Excused {
    /// The database broke off while these were looked at.
    pub(super) fn excuse(&self, ids: &[LandedId]) {
        let mut inner = self.lock();
        for id in ids {
            let count = inner.times.entry(*id).or_default();
            *count = count.saturating_add(1);
            if *count <= MOST {
                inner.waiting.push(*id);
            }
        }
    }

    /// Those that wait to be given back.
    pub(super) fn waiting(&self) -> Vec<LandedId> {
        self.lock().waiting.clone()
    }

    pub(super) fn given_back(&self) {
        self.lock().waiting.clear();
    }

    /// It has been filed, and needs no excuse any more.
    pub(super) fn forget(&self, id: LandedId) {
        self.lock().times.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_excused_ten_times() {
        let excused = Excused::default();
        for _ in 0..MOST {
            excused.excuse(&[LandedId(1)]);
            assert_eq!(excused.waiting(), [LandedId(1)]);
            excused.given_back();
        }
        excused.excuse(&[LandedId(1)]);
        assert!(excused.waiting().is_empty());
        excused.forget(LandedId(1));
        excused.excuse(&[LandedId(1)]);
        assert_eq!(excused.waiting(), [LandedId(1)]);
    }
}
