//! Destinations as the API shows them.

use serde::Serialize;
use shared::{id::DestinationId, timestamp::Timestamp};
use utoipa::ToSchema;

use crate::webhook::endpoint::Endpoint;

/// A destination: a vendor's account that receives affiliate events as its own events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    #[schema(value_type = String, example = "dst_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: DestinationId,
    /// Always `customerio`, the only type so far.
    #[serde(rename = "type")]
    #[schema(example = "customerio")]
    pub kind: &'static str,
    /// `us` or `eu`: the region of the workspace.
    #[schema(required, example = "eu")]
    pub region: Option<String>,
    /// The last characters of the site id. The credentials themselves are never returned.
    #[schema(required, example = "\u{2026}a1b2")]
    pub site_id: Option<String>,
    /// The names of the events that are sent.
    #[schema(example = json!(["affiliate_approved", "commission_earned", "payout_sent"]))]
    pub events: Vec<String>,
    /// A note for your team.
    #[schema(example = "Lifecycle emails")]
    pub description: String,
    /// Whether events are sent.
    #[schema(example = true)]
    pub enabled: bool,
    /// Why we disabled it; null if you disabled it or while it is enabled.
    #[schema(required, example = json!(null))]
    pub disabled_reason: Option<String>,
    /// When the destination was disabled; null while it is enabled.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub disabled_at: Option<Timestamp>,
    /// Since when all deliveries have failed; null after a success.
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
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl Destination {
    pub fn of(endpoint: Endpoint) -> Self {
        Self {
            id: DestinationId::new(endpoint.id),
            kind: endpoint.kind.as_str(),
            region: endpoint.region,
            site_id: endpoint.hint,
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
            created_at: endpoint.created_at,
        }
    }
}
