//! The day of arrival by which claims are counted.

use shared::{id::ProgramId, timestamp::Timestamp};

const DAY_MS: i64 = 86_400_000;

/// The claims of one program that arrived on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimDay {
    pub program: ProgramId,
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
}

impl ClaimDay {
    pub fn of(program: ProgramId, at: Timestamp) -> Self {
        let from = at.plus_millis(-at.millis().rem_euclid(DAY_MS));
        Self { program, from, to: from.plus_days(1) }
    }
}
