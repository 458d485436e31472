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

/// A URL of yours that is told of events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    #[schema(value_type = String, example = "whe_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: WebhookEndpointId,
    #[schema(example = "https://acme.test/rekomi")]
    pub url: String,
    /// Which events, or `["*"]` for all.
    #[schema(example = json!(["commission_earned", "payout_sent"]))]
    pub events: Vec<String>,
    #[schema(example = "Billing system")]
    pub description: String,
    #[schema(example = true)]
    pub enabled: bool,
    /// Why we switched it off; null where you did, or while it is on.
    #[schema(required, example = json!(null))]
    pub disabled_reason: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub disabled_at: Option<Timestamp>,
    /// Since when nothing went through; null after a success.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub failing_since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub last_success_at: Option<Timestamp>,
    /// What last went wrong, in words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub last_error_at: Option<Timestamp>,
    /// Deliveries that wait.
    #[schema(example = 0)]
    pub pending: i64,
    /// Until when the secret before the current one signs along.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub old_secret_until: Option<Timestamp>,
    /// What payloads are signed with: only in the answer that made it, else null.
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

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutboundEvent)]
pub struct Message {
    /// The same as in the header `webhook-id`.
    #[schema(value_type = String, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: MessageId,
    #[serde(rename = "type")]
    #[schema(example = "payout_sent")]
    pub kind: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub timestamp: Timestamp,
    /// The object that it is about, as it was then; `previous` in it says what was before.
    #[schema(value_type = Object, example = json!({"id": "po_01kdvdna00e5v8r2m6q1w9d3xk", "amountCents": 5940}))]
    pub data: Box<RawValue>,
}

/// One event on its way to one listener.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[schema(value_type = String, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub message_id: MessageId,
    #[schema(example = "payout_sent")]
    pub event_type: String,
    /// `Pending`, `Delivered` or `Failed`.
    #[schema(example = "Delivered")]
    pub status: String,
    #[schema(example = 1)]
    pub attempt_count: i32,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub next_attempt_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:01Z")]
    pub delivered_at: Option<Timestamp>,
    /// HTTP status of the last answer; null where none came.
    #[schema(required, example = 200)]
    pub last_status: Option<i16>,
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    /// When the event happened.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// Newest first.
    pub attempts: Vec<AttemptView>,
}

/// What was sent once, and what came back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
pub struct AttemptView {
    #[schema(example = 1)]
    pub number: i32,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub started_at: Timestamp,
    #[schema(example = 84)]
    pub duration_ms: i32,
    /// Null where no answer came.
    #[schema(required, example = 200)]
    pub status: Option<i16>,
    /// A stable code where it failed: `http_status`, `redirect_not_followed`, `gone`, `timeout`, `connection_failed`,
    /// `address_not_allowed`, `url_not_allowed`, `no_recipient` or `secret_unreadable`.
    #[schema(required, example = json!(null))]
    pub error: Option<String>,
    /// The same in words.
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    /// Without credentials.
    #[schema(value_type = Object, example = json!({"webhook-id": "msg_01kdvdna00e5v8r2m6q1w9d3xk"}))]
    pub request_headers: Map<String, Value>,
    /// SHA-256 of the body.
    #[schema(example = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    pub body_sha256: String,
    /// The answer's first kilobyte.
    #[schema(required, example = "ok")]
    pub answer: Option<String>,
}
