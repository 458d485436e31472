//! Endpoints: who listens, to what, and how they fare. With their secrets, sealed for the row that each stands in.

use shared::{
    id::OrganizationId,
    seal::{SealError, Secret},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{endpoint_store, event::EventKind};
use crate::{
    access::secret::{self, SecretError},
    config::Keys,
    db::{TenantTx, at},
    destination::customerio,
    error::{Error, Result},
};

/// How long both secrets sign where nobody says otherwise, and at most.
pub const OVERLAP_HOURS: i64 = 24;
pub const OVERLAP_HOURS_MAX: i64 = 168;
const HOUR_MS: i64 = 3_600_000;
/// Stands for all events.
pub const ALL_EVENTS: &str = "*";
/// Whose column `sealed_secret` it is.
const TABLE: &str = "webhook_secrets";

/// What kind of listener it is.
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
    /// Deliveries that wait.
    pub pending: i64,
    /// While an older secret signs along.
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What an endpoint of this kind may listen to.
pub fn choices(kind: EndpointKind) -> Choices {
    match kind {
        EndpointKind::Webhook => Choices { kinds: EventKind::choices().collect(), is_open: true },
        EndpointKind::CustomerIo => Choices { kinds: customerio::EVENTS.to_vec(), is_open: false },
    }
}

/// Names of events that may be chosen.
#[derive(Debug, Clone)]
pub struct Choices {
    pub kinds: Vec<EventKind>,
    /// Whether "all" includes those that come later.
    is_open: bool,
}

/// The events an endpoint asks for, in the order of the list; `["*"]` for all.
///
/// # Errors
/// 400 naming `events`.
pub fn events(wanted: &[String], choices: Choices) -> Result<Vec<String>> {
    if wanted.is_empty() {
        return Err(Error::field("events", "events must name at least one, or \"*\" for all"));
    }
    let names = || choices.kinds.iter().map(|kind| kind.as_str());
    if wanted.iter().any(|name| name == ALL_EVENTS) {
        let all = names().map(str::to_owned);
        return Ok(if choices.is_open { vec![ALL_EVENTS.to_owned()] } else { all.collect() });
    }
    if let Some(unknown) = wanted.iter().find(|name| !names().any(|known| known == *name)) {
        let known: Vec<&str> = names().collect();
        let message = format!("{unknown:?} is no event; there are {}, and \"*\" for all", known.join(", "));
        return Err(Error::field("events", message));
    }
    Ok(names().map(str::to_owned).filter(|name| wanted.contains(name)).collect())
}

/// When older secrets stop signing, by the hours that the brand chose.
///
/// # Errors
/// 400 naming `overlapHours`.
pub fn old_until(overlap_hours: Option<i64>, now: Timestamp) -> Result<Timestamp> {
    let hours = overlap_hours.unwrap_or(OVERLAP_HOURS);
    if !(0..=OVERLAP_HOURS_MAX).contains(&hours) {
        let message = format!("overlapHours must be from 0 to {OVERLAP_HOURS_MAX}");
        return Err(Error::field("overlapHours", message));
    }
    Ok(now.plus_millis(hours * HOUR_MS))
}

/// Keeps a secret as the endpoint's current one.
///
/// # Errors
/// [`SecretError`].
pub async fn keep_secret(
    tx: &mut TenantTx,
    keys: &Keys,
    organization: OrganizationId,
    endpoint: Uuid,
    secret: &Secret,
    (now, old_until): (Timestamp, Timestamp),
) -> std::result::Result<(), SecretError> {
    let id = Uuid::from_bytes(rand::random());
    let sealed = secret::seal(keys, organization, TABLE, &id.to_string(), secret)?;
    endpoint_store::insert_secret(tx, organization, endpoint, (id, &sealed), now, old_until).await?;
    Ok(())
}

/// The secrets that hold now, the current one first.
///
/// # Errors
/// [`SecretError`].
pub async fn secrets(
    tx: &mut TenantTx,
    keys: &Keys,
    organization: OrganizationId,
    endpoint: Uuid,
    now: Timestamp,
) -> std::result::Result<Vec<Secret>, SecretError> {
    let sealed = endpoint_store::secrets(tx, organization, endpoint, at(now)).await?;
    let open = |one: &endpoint_store::Sealed| secret::open(keys, organization, TABLE, &one.id.to_string(), &one.sealed);
    Ok(sealed.iter().map(open).collect::<std::result::Result<_, SealError>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(names: &[&str]) -> Result<Vec<String>> {
        events(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), choices(EndpointKind::Webhook))
    }

    #[test]
    fn events_are_known_sorted_and_once() {
        assert_eq!(asked(&["payout_sent", "lead_created", "payout_sent"]).unwrap(), ["lead_created", "payout_sent"]);
        assert_eq!(asked(&["payout_sent", "*"]).unwrap(), ["*"]);
        for bad in [vec![], vec!["payout"], vec!["webhook_test"], vec!["Payout_Sent"]] {
            assert_eq!(asked(&bad).unwrap_err().body().field.as_deref(), Some("events"), "{bad:?}");
        }
    }

    #[test]
    fn an_overlap_has_its_bounds() {
        let now = Timestamp::EPOCH;
        assert_eq!(old_until(None, now).unwrap(), now.plus_days(1));
        assert_eq!(old_until(Some(0), now).unwrap(), now);
        assert_eq!(old_until(Some(168), now).unwrap(), now.plus_days(7));
        assert!(old_until(Some(-1), now).is_err() && old_until(Some(169), now).is_err());
    }
}
