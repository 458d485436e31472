//! Maps events to Customer.io's Track API, version 1: custom events of a person. Does no I/O; the webhook job sends
//! them.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::seal::Secret;

use super::delivery::{Due, Request};
use kit::config::VendorBases;
use outbox::webhook::EventKind;

/// The events that can be sent: those of affiliates, each of whom is a person at Customer.io.
pub const EVENTS: [EventKind; 8] = [
    EventKind::AffiliateApproved,
    EventKind::FirstClick,
    EventKind::FirstConversion,
    EventKind::CommissionEarned,
    EventKind::CommissionApproved,
    EventKind::CommissionReversed,
    EventKind::PayoutSent,
    EventKind::PayoutFailed,
];

/// The region of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Us,
    Eu,
}

impl Region {
    /// All regions, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Us, Self::Eu];

    /// The vendor's name of the region.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.as_str() == text)
    }

    /// Returns the base URL of the region's API, without a trailing slash.
    pub fn base(self, bases: &VendorBases) -> String {
        let (stand_in, own) = match self {
            Self::Us => ("CUSTOMERIO_US", "https://track.customer.io"),
            Self::Eu => ("CUSTOMERIO_EU", "https://track-eu.customer.io"),
        };
        bases.of(stand_in).unwrap_or(own).to_owned()
    }
}

/// The credentials for API calls; stored as JSON, they are the endpoint's secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    pub site_id: String,
    pub api_key: String,
}

impl Credentials {
    pub fn authorization(&self) -> Option<HeaderValue> {
        let pair = STANDARD.encode(format!("{}:{}", self.site_id, self.api_key));
        let mut value = HeaderValue::from_str(&format!("Basic {pair}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

pub const REGION_PATH: &str = "/api/v1/accounts/region";
/// The vendor's path for a person's events.
const PERSON_PATH: &str = "/api/v1/customers/";

#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    /// A ULID. Customer.io processes events with the same id once (docs.customer.io/journeys/events, "Deduplicating
    /// events"). A CRM connection to the same workspace sends the event under the same one.
    id: String,
    timestamp: i64,
    data: &'a RawValue,
}

/// Builds the vendor's request for the event, for the person with this email. Returns `None` where the credentials or
/// the data can't be parsed.
pub fn event(due: &Due, address: &str, secret: &Secret) -> Option<Request> {
    let credentials: Credentials = serde_json::from_str(secret.expose()).ok()?;
    let data: &RawValue = serde_json::from_str(&due.data).ok()?;
    let event = Event {
        name: &due.event,
        id: connector::encode::ulid(due.reported_at, due.key.message.uuid()),
        timestamp: due.reported_at.seconds(),
        data,
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(AUTHORIZATION, credentials.authorization()?);
    Some(Request {
        url: format!("{}{PERSON_PATH}{}/events", due.url, escaped(address)),
        headers,
        hidden: &["authorization"],
        body: serde_json::to_string(&event).ok()?,
    })
}

/// Percent-encodes a path segment: everything except letters, digits, `-`, `_` and `~`, so the dot too.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{MessageId, OrganizationId},
        timestamp::Timestamp,
    };
    use uuid::Uuid;

    use super::*;
    use crate::webhook::{delivery::Key, endpoint::EndpointKind};

    fn due() -> Due {
        Due {
            key: Key {
                organization: OrganizationId::from_bytes([1; 16]),
                endpoint: Uuid::from_bytes([2; 16]),
                message: MessageId::from_bytes([3; 16]),
            },
            attempt: 1,
            tries: 1,
            kind: EndpointKind::CustomerIo,
            url: "https://track-eu.customer.io".to_owned(),
            event: "commission_earned".to_owned(),
            data: r#"{"amountCents":1980}"#.to_owned(),
            reported_at: Timestamp::from_seconds(1_790_000_000).unwrap(),
        }
    }

    #[test]
    fn an_event_is_the_persons_own() {
        let secret = Secret::new(r#"{"siteId":"site","apiKey":"key"}"#);
        let request = event(&due(), "Lauren+shop@creators.test", &secret).unwrap();
        let path = "/api/v1/customers/Lauren%2Bshop%40creators%2Etest/events";
        assert_eq!(request.url, format!("https://track-eu.customer.io{path}"));
        assert_eq!(request.headers[AUTHORIZATION], "Basic c2l0ZTprZXk=");
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!((&body["name"], &body["timestamp"]), (&"commission_earned".into(), &1_790_000_000.into()));
        assert_eq!(body["data"]["amountCents"], 1_980);
        assert!(event(&due(), "a@b.test", &Secret::new("whsec_x")).is_none());
    }

    #[test]
    fn an_event_has_the_id_under_which_a_crm_connection_sends_it() {
        let due = due();
        let secret = Secret::new(r#"{"siteId":"site","apiKey":"key"}"#);
        let body: serde_json::Value = serde_json::from_str(&event(&due, "a@b.test", &secret).unwrap().body).unwrap();
        // What the outbox keeps for CRMs of the same message.
        let kept = serde_json::json!({
            "name": due.event, "id": due.key.message.uuid(), "at": due.reported_at.to_string(), "properties": {},
        });
        let to_crm = outbox::sync::event::kept(&kept).unwrap();
        assert_eq!(body["id"], connector::encode::ulid(to_crm.at, to_crm.id));
        assert_eq!(body["name"], to_crm.name);
    }
}
