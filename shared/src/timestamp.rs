//! A point in time, in Unix milliseconds: for the token and the database, and, through [`millis`], between edge and
//! ledger.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

/// Unix milliseconds, UTC. In JSON usually RFC 3339 (`2026-11-20T08:30:00Z`); between the edge and the ledger a plain
/// integer ([`millis`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 date and time with an offset, or outside the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 date and time, 1970 or later, such as 2026-11-20T08:30:00Z")]
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
    /// [`TimestampError`] if the text is not RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError).and_then(cut)
    }

    /// Truncates to milliseconds. Times outside the years 1970 to 9999 become [`Timestamp::EPOCH`].
    pub fn from_date_time(moment: OffsetDateTime) -> Self {
        cut(moment).unwrap_or(Self::EPOCH)
    }

    pub fn to_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        self.to_date_time().date()
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

fn cut(moment: OffsetDateTime) -> Result<Timestamp, TimestampError> {
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
        .map_err(|_| TimestampError)
        .and_then(Timestamp::from_millis)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(D::Error::custom)
    }
}

/// `#[serde(with = "millis")]`: a plain JSON integer, as exchanged between the edge and the ledger.
pub(crate) mod millis {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

    pub(crate) fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        moment.0.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp)
    }

    /// For an optional time.
    pub(crate) mod option {
        use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

        pub(crate) fn serialize<S: Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            moment.map(Timestamp::millis).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::deserialize(deserializer)?.map(Timestamp))
        }
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

    #[test]
    fn json_is_rfc_3339_and_an_integer_between_edge_and_ledger() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Times {
            plain: Timestamp,
            #[serde(with = "millis")]
            wire: Timestamp,
            #[serde(default, with = "millis::option")]
            maybe: Option<Timestamp>,
        }
        let moment = Timestamp(1_790_000_000_250);
        let times = Times { plain: moment, wire: moment, maybe: Some(moment) };
        let text = r#"{"plain":"2026-09-21T14:13:20.25Z","wire":1790000000250,"maybe":1790000000250}"#;
        assert_eq!(serde_json::to_string(&times).unwrap(), text);
        assert_eq!(serde_json::from_str::<Times>(text).unwrap(), times);
        let without = r#"{"plain":"2026-09-21T14:13:20.25Z","wire":1790000000250}"#;
        assert_eq!(serde_json::from_str::<Times>(without).unwrap(), Times { maybe: None, ..times });
    }

    #[test]
    fn what_lies_outside_is_the_epoch() {
        assert_eq!(Timestamp::from_date_time(OffsetDateTime::UNIX_EPOCH - time::Duration::DAY), Timestamp::EPOCH);
        let moment = Timestamp(1_790_000_000_250);
        assert_eq!(Timestamp::from_date_time(moment.to_date_time() + time::Duration::microseconds(999)), moment);
    }

    proptest! {
        #[test]
        fn round_trip(millis in 0..=MILLIS_MAX) {
            let moment = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_string()), Ok(moment));
        }
    }
}
