//! A gateway connection as the API shows it: its status, and only hints of its secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::{
    id::{GatewayConnectionId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{catalogue, store::Row};

/// The kind of connection.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GatewayKind, example = "gateway")]
pub enum Kind {
    Gateway,
}

/// A connection to a payment gateway.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayConnection {
    #[schema(value_type = String, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: GatewayConnectionId,
    #[schema(inline)]
    pub kind: Kind,
    /// `stripe`, `paddle`, `braintree`, `shopify`, `dodo` or `creem`.
    #[serde(rename = "type")]
    #[schema(example = "stripe")]
    pub gateway: &'static str,
    /// The program that the account's sales belong to.
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// `connecting`, `active`, `broken` (the gateway rejects our key, or no longer sends every event; events that it
    /// does send are accepted) or `disabled` (no events are accepted).
    #[schema(example = "active")]
    pub status: String,
    /// The environment, in the gateway's own term: `live`, `test`, `sandbox` or `production`; null if unknown.
    #[schema(required, example = "live")]
    pub environment: Option<String>,
    /// The gateway's own name for the account; null if it doesn't report one.
    #[schema(required, example = "acct_1PJBLEBBLEfV")]
    pub account: Option<String>,
    /// The URL to which the gateway sends its webhooks.
    #[schema(example = "https://go.acme.test/hooks/stripe/gw_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub webhook_url: String,
    /// The events that the gateway's webhook must send.
    #[schema(example = json!(["checkout.session.completed", "invoice.paid"]))]
    pub events: &'static [&'static str],
    /// Whether we created the webhook at the gateway, and delete it when you disconnect.
    #[schema(example = true)]
    pub managed: bool,
    /// What is left to do manually; null if nothing is.
    #[schema(required, example = json!(null))]
    pub next_step: Option<String>,
    /// Hints that identify the credentials. The credentials themselves are never returned.
    #[schema(example = json!({"apiKey": "rk_live_…a1b2"}))]
    pub credentials: BTreeMap<String, String>,
    /// When the last event arrived.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub last_event_at: Option<Timestamp>,
    /// The type of the last event, as the gateway calls it.
    #[schema(required, example = "invoice.paid")]
    pub last_event_type: Option<String>,
    /// The last error, in plain words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub last_error_at: Option<Timestamp>,
    /// When the gateway last responded to a test of the credentials.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub checked_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl GatewayConnection {
    pub fn of(row: Row, edge_url: &str) -> Self {
        let webhook_url = catalogue::webhook_url(edge_url, row.gateway, row.id);
        Self {
            id: row.id,
            kind: Kind::Gateway,
            gateway: row.gateway.as_str(),
            program_id: row.program,
            next_step: next_step(&row, &webhook_url),
            webhook_url,
            events: catalogue::events(row.gateway),
            status: row.status,
            environment: row.environment,
            account: row.account,
            managed: row.managed,
            credentials: row.hints,
            last_event_at: row.last_event_at,
            last_event_type: row.last_event_type,
            last_error: row.last_error,
            last_error_at: row.last_error_at,
            checked_at: row.checked_at,
            created_at: row.created_at,
        }
    }
}

/// The next step for a webhook that is created manually: point it at our URL. Once an event has arrived, that is done.
fn next_step(row: &Row, webhook_url: &str) -> Option<String> {
    let waiting = !row.managed && row.last_event_at.is_none() && row.status != "connecting";
    waiting.then(|| {
        let screen = catalogue::webhook_screen(row.gateway);
        format!("Create the webhook {screen}, and send the listed events to {webhook_url}")
    })
}
