//! A moment, in Unix milliseconds: what the wire, the token and the database exchange.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Unix milliseconds, UTC. On the wire a plain JSON integer; for people RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 date and time with an offset, or lies outside the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 date and time such as 2026-11-20T08:30:00Z, not before 1970")]
pub struct TimestampError;

const MILLIS_MAX: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(MILLIS_MAX);

    /// # Errors
    /// [`TimestampError`] before 1970 or after 9999.
    pub const fn from_millis(millis: i64) -> Result<Self, TimestampError> {
        if millis < 0 || millis > MILLIS_MAX { Err(TimestampError) } else { Ok(Self(millis)) }
    }

    /// # Errors
    /// [`TimestampError`] before 1970 or after 9999.
    pub fn from_seconds(seconds: i64) -> Result<Self, TimestampError> {
        seconds.checked_mul(1_000).ok_or(TimestampError).and_then(Self::from_millis)
    }

    /// # Errors
    /// [`TimestampError`] where the text is not RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError)?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .map_err(|_| TimestampError)
            .and_then(Self::from_millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000
    }

    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        let sum = self.0.saturating_add(millis);
        Self(if sum < 0 {
            0
        } else if sum > MILLIS_MAX {
            MILLIS_MAX
        } else {
            sum
        })
    }

    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_millis(days.saturating_mul(86_400_000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn offsets_and_fractions_are_understood() {
        let moment = Timestamp::parse_rfc3339("2026-11-20T09:30:00.250+01:00").unwrap();
        assert_eq!(moment.to_string(), "2026-11-20T08:30:00.25Z");
        for bad in ["", "2026-11-20", "1969-12-31T23:59:59Z", "yesterday", "2026-13-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse_rfc3339(bad), Err(TimestampError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(millis in 0..=MILLIS_MAX) {
            let moment = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_string()), Ok(moment));
        }
    }
}
