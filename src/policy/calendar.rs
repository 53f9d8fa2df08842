//! Working hours, holidays and make-up workdays of a place.

use chrono_tz::Tz;

/// When a company is open.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub zone: Tz,
}
