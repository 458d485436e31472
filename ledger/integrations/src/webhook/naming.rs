//! What endpoints are called where people read of them: webhooks and destinations are one thing here and two there.

use serde_json::json;
use shared::id::{DestinationId, WebhookEndpointId};
use uuid::Uuid;

use super::endpoint::{Endpoint, EndpointKind};

/// An action of either kind.
pub const fn action(kind: EndpointKind, webhook: &'static str, destination: &'static str) -> &'static str {
    match kind {
        EndpointKind::Webhook => webhook,
        EndpointKind::CustomerIo => destination,
    }
}

/// The public id.
pub fn shown_id(kind: EndpointKind, id: Uuid) -> String {
    match kind {
        EndpointKind::Webhook => WebhookEndpointId::new(id).to_string(),
        EndpointKind::CustomerIo => DestinationId::new(id).to_string(),
    }
}

/// For the audit log: no secret is in it.
pub fn shown(endpoint: &Endpoint) -> serde_json::Value {
    json!({
        "url": endpoint.url, "region": endpoint.region, "events": endpoint.events, "description": endpoint.description,
        "enabled": endpoint.enabled,
    })
}
