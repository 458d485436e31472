//! Endpoints, deliveries and events as the API shows them.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use shared::{
    id::{MessageId, WebhookEndpointId},
    seal::Secret,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::endpoint::Endpoint;

/// A webhook endpoint: your URL that receives events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    #[schema(value_type = String, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: WebhookEndpointId,
    /// The URL that receives events.
    #[schema(example = "https://acme.test/rekomi")]
    pub url: String,
    /// Names of the events it receives, or `["*"]` for all.
    #[schema(example = json!(["commission_earned", "payout_sent"]))]
    pub events: Vec<String>,
    /// A note for your team.
    #[schema(example = "Billing system")]
    pub description: String,
    /// Whether events are sent.
    #[schema(example = true)]
    pub enabled: bool,
    /// Why we disabled it; null if you disabled it or while it is enabled.
    #[schema(required, example = json!(null))]
    pub disabled_reason: Option<String>,
    /// When the webhook was disabled; null while it is enabled.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub disabled_at: Option<Timestamp>,
    /// Since when all deliveries have failed, apart from tests; null after a success or with a new URL.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub failing_since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub last_success_at: Option<Timestamp>,
    /// The last error, in plain words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub last_error_at: Option<Timestamp>,
    /// Number of pending deliveries.
    #[schema(example = 0)]
    pub pending: i64,
    /// Until when payloads are also signed with the previous secret; null once only the current secret signs.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub old_secret_until: Option<Timestamp>,
    /// The secret that signs payloads. Returned only in the response that creates it; null otherwise.
    #[schema(required, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub secret: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl Webhook {
    pub fn of(endpoint: Endpoint) -> Self {
        Self {
            id: WebhookEndpointId::new(endpoint.id),
            url: endpoint.url,
            events: endpoint.events,
            description: endpoint.description,
            enabled: endpoint.enabled,
            disabled_reason: endpoint.disabled_reason,
            disabled_at: endpoint.disabled_at,
            failing_since: endpoint.failing_since,
            last_success_at: endpoint.last_success_at,
            last_error: endpoint.last_error,
            last_error_at: endpoint.last_error_at,
            pending: endpoint.pending,
            old_secret_until: endpoint.old_secret_until,
            secret: None,
            created_at: endpoint.created_at,
        }
    }

    /// The view for the one answer that shows the secret.
    pub fn with_secret(endpoint: Endpoint, secret: &Secret) -> Self {
        Self { secret: Some(secret.expose().to_owned()), ..Self::of(endpoint) }
    }
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutboundEvent)]
pub struct Message {
    /// The same id as in the header `webhook-id`.
    #[schema(value_type = String, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: MessageId,
    /// The name of the event.
    #[serde(rename = "type")]
    #[schema(example = "payout_sent")]
    pub kind: String,
    /// When the event occurred.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub timestamp: Timestamp,
    /// The object that the event is about, as it was at that time; its `previous` has the earlier values.
    #[schema(value_type = Object, example = json!({"id": "po_01kdvdna00e5v8r2m6q1w9d3xk", "amountCents": 5940}))]
    pub data: Box<RawValue>,
}

/// The delivery of one event to one webhook or destination.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The event's ID, the same at every attempt.
    #[schema(value_type = String, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub message_id: MessageId,
    /// The name of the event.
    #[schema(example = "payout_sent")]
    pub event_type: String,
    /// `Pending`, `Delivered` or `Failed`.
    #[schema(example = "Delivered")]
    pub status: String,
    /// The number of attempts so far.
    #[schema(example = 1)]
    pub attempt_count: i32,
    /// When the next attempt is due; null if there is none.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub next_attempt_at: Option<Timestamp>,
    /// When the event was delivered; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:01Z")]
    pub delivered_at: Option<Timestamp>,
    /// HTTP status of the last response; null if none arrived.
    #[schema(required, example = 200)]
    pub last_status: Option<i16>,
    /// The last error, in plain words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    /// When the event occurred.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// The delivery attempts, newest first.
    pub attempts: Vec<AttemptView>,
}

/// One delivery attempt and its response.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
pub struct AttemptView {
    /// The number of the attempt, starting at 1.
    #[schema(example = 1)]
    pub number: i32,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub started_at: Timestamp,
    /// The duration in milliseconds.
    #[schema(example = 84)]
    pub duration_ms: i32,
    /// HTTP status of the response; null if none arrived.
    #[schema(required, example = 200)]
    pub status: Option<i16>,
    /// A stable error code if the attempt failed: `http_status`, `redirect_not_followed`, `gone`, `timeout`,
    /// `connection_failed`, `address_not_allowed`, `url_not_allowed`, `no_recipient` or `secret_unreadable`.
    #[schema(required, example = json!(null))]
    pub error: Option<String>,
    /// The error in plain words.
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    /// The request's headers, without credentials.
    #[schema(value_type = Object, example = json!({"webhook-id": "msg_01kdvdna00e5v8r2m6q1w9d3xk"}))]
    pub request_headers: Map<String, Value>,
    /// SHA-256 hash of the request body.
    #[schema(example = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    pub body_sha256: String,
    /// The first kilobyte of the response body.
    #[schema(required, example = "ok")]
    pub answer: Option<String>,
}
