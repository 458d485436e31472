//! Names endpoints for people: webhooks and destinations are one type in the code and two in the interface.

use serde_json::json;
use shared::id::{DestinationId, WebhookEndpointId};
use uuid::Uuid;

use super::endpoint::{Endpoint, EndpointKind};

/// Returns the audit action for the endpoint's kind.
pub const fn action(kind: EndpointKind, webhook: &'static str, destination: &'static str) -> &'static str {
    match kind {
        EndpointKind::Webhook => webhook,
        EndpointKind::CustomerIo => destination,
    }
}

/// Returns the public id.
pub fn shown_id(kind: EndpointKind, id: Uuid) -> String {
    match kind {
        EndpointKind::Webhook => WebhookEndpointId::new(id).to_string(),
        EndpointKind::CustomerIo => DestinationId::new(id).to_string(),
    }
}

/// Returns the fields for the audit log, without secrets.
pub fn shown(endpoint: &Endpoint) -> serde_json::Value {
    json!({
        "url": endpoint.url, "region": endpoint.region, "events": endpoint.events, "description": endpoint.description,
        "enabled": endpoint.enabled,
    })
}
