//! `POST /hooks/{gateway}/{connection}`: a payment gateway's own webhooks, verified here and passed on whole.
//!
//! What an event means is the ledger's business; the edge only proves where it came from. A gateway gets 200 once the
//! event is durable, and 503 otherwise, on which it delivers again.

pub mod stripe;

use serde_json::json;
use shared::{
    config::{GatewayRecord, Record, gateway_key},
    error::ErrorBody,
    event::{EVENT_VERSION, Event, Gateway, GatewayEvent, Payload},
    id::GatewayConnectionId,
    timestamp::Timestamp,
};
use worker::Env;

use crate::{
    answer::Answer,
    boundary::Inbound,
    collect::s2s::opened,
    config::{self, cache::Found},
    forward,
    isolate::Settings,
};

/// Stripe's invoices with hundreds of lines stay below this.
const BODY_MAX: usize = 512 * 1024;

/// What a gateway's body says about itself, once its signature has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The gateway's own id of the event.
    pub external_id: String,
    /// The gateway's own name for what happened.
    pub event_type: String,
    pub body: String,
}

pub async fn answer(env: &Env, settings: &Settings, inbound: &Inbound, gateway: &str, connection: &str) -> Answer {
    if gateway != Gateway::Stripe.as_str() {
        let error = ErrorBody::new("unknown_gateway", "This edge takes no webhooks of this gateway.");
        return Answer::error(404, &error);
    }
    if inbound.method != "POST" {
        return Answer::method_not_allowed("POST");
    }
    let Ok(connection) = connection.parse::<GatewayConnectionId>() else { return Answer::not_found() };
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let key = gateway_key(connection);
    let found = match config::find(env, settings, &key).await {
        Ok(found) => found,
        Err(config::Unavailable) => return Answer::lookup_failed(),
    };
    let Some(Found { record: Record::Gateway(record), .. }) = found.as_deref() else { return Answer::not_found() };
    if record.gateway != Gateway::Stripe {
        return Answer::not_found();
    }
    let secrets = opened(&record.organization_id.to_string(), &key, &settings.seals, &record.sealed_secrets);
    let signature = inbound.header(stripe::SIGNATURE_HEADER);
    match stripe::verified(&secrets, signature.as_deref(), body, inbound.now) {
        Ok(verified) => keep(env, settings, event(record, verified, &inbound.id, inbound.now)).await,
        Err(answer) => answer,
    }
}

fn event(record: &GatewayRecord, verified: Verified, request_id: &str, now: Timestamp) -> Event {
    Event {
        v: EVENT_VERSION,
        id: Event::gateway_id(record.connection_id, &verified.external_id),
        organization_id: record.organization_id,
        received_at: now,
        request_id: request_id.to_owned(),
        payload: Payload::Gateway(GatewayEvent {
            connection_id: record.connection_id,
            gateway: record.gateway,
            external_id: verified.external_id,
            event_type: verified.event_type,
            body: verified.body,
        }),
    }
}

async fn keep(env: &Env, settings: &Settings, event: Event) -> Answer {
    if forward::durably(env, settings, &event).await {
        Answer::json(200, &json!({ "received": true, "eventId": event.id }))
    } else {
        Answer::not_durable()
    }
}
