//! An endpoint: its subscription and its status. [`super::listen`] has the events to choose from,
//! [`super::endpoint_secret`] the secrets.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use kit::error::{Error, Result};

/// How long both secrets sign after a rotation: the default, and the maximum.
pub const OVERLAP_HOURS: i64 = 24;
pub const OVERLAP_HOURS_MAX: i64 = 168;
const HOUR_MS: i64 = 3_600_000;
/// Selects all events.
pub const ALL_EVENTS: &str = "*";
/// The kind of endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// A URL of the brand's own.
    Webhook,
    /// A Customer.io workspace.
    CustomerIo,
}

impl EndpointKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::CustomerIo => "customerio",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Webhook, Self::CustomerIo].into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: Uuid,
    pub kind: EndpointKind,
    pub url: String,
    pub region: Option<String>,
    pub hint: Option<String>,
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
    pub disabled_reason: Option<String>,
    pub disabled_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    /// The number of waiting deliveries.
    pub pending: i64,
    /// Until when an older secret also signs.
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Returns when older secrets stop signing, by the hours that the brand chose.
///
/// # Errors
/// 400 naming `overlapHours`.
pub fn old_until(overlap_hours: Option<i64>, now: Timestamp) -> Result<Timestamp> {
    let hours = overlap_hours.unwrap_or(OVERLAP_HOURS);
    if !(0..=OVERLAP_HOURS_MAX).contains(&hours) {
        let message = format!("overlapHours must be between 0 and {OVERLAP_HOURS_MAX}");
        return Err(Error::field("overlapHours", message));
    }
    Ok(now.plus_millis(hours * HOUR_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_has_its_bounds() {
        let now = Timestamp::EPOCH;
        assert_eq!(old_until(None, now).unwrap(), now.plus_days(1));
        assert_eq!(old_until(Some(0), now).unwrap(), now);
        assert_eq!(old_until(Some(168), now).unwrap(), now.plus_days(7));
        assert!(old_until(Some(-1), now).is_err() && old_until(Some(169), now).is_err());
    }
}
