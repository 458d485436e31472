//! `POST /hooks/{gateway}/{connection}`: verifies a payment gateway's webhooks and passes them on whole.
//!
//! The ledger interprets the event; the edge only proves where it came from. A gateway gets 200 once the event is
//! durable, and otherwise 503, after which it delivers again. Braintree also sends a GET to check that the address
//! knows its keys.

pub mod braintree;
pub mod creem;
pub mod dodo;
pub mod paddle;
pub mod shopify;
mod signature;
pub mod stripe;

use serde_json::{Map, Value, json};
use shared::{
    config::{GatewayRecord, Record, gateway_key},
    error::ErrorBody,
    event::{EVENT_VERSION, Event, Gateway, GatewayEvent, Payload},
    fields,
    id::GatewayConnectionId,
    seal::Secret,
    timestamp::Timestamp,
};
use worker::Env;

use crate::{
    answer::Answer,
    collect::s2s::opened,
    config::{self, cache::Found},
    forward,
    http_adapter::Inbound,
    limit, trace,
    worker_state::Settings,
};

/// Even Stripe's invoices with hundreds of lines are smaller than this.
const BODY_MAX: usize = 512 * 1024;
const NAME_MAX: usize = 255;

/// What the edge needs of a gateway's body once its signature has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The gateway's id of the event.
    pub external_id: String,
    /// The gateway's name for the type of event.
    pub event_type: String,
    pub body: String,
}

pub async fn answer(env: &Env, settings: &Settings, inbound: &Inbound, gateway: &str, connection: &str) -> Answer {
    let Some(gateway) = Gateway::named(gateway) else {
        let error = ErrorBody::new("unknown_gateway", "This gateway isn't supported. Check the webhook URL.");
        return Answer::error(404, &error);
    };
    let asks = inbound.method == "GET" && gateway == Gateway::Braintree;
    if !asks && inbound.method != "POST" {
        return Answer::method_not_allowed(if gateway == Gateway::Braintree { "GET, POST" } else { "POST" });
    }
    let Ok(connection) = connection.parse::<GatewayConnectionId>() else { return Answer::not_found() };
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let key = gateway_key(connection);
    let found = match config::find(env, settings, &key, &inbound.address).await {
        Ok(found) => found,
        Err(config::Unavailable) => return Answer::lookup_failed(),
    };
    let Some(Found { record: Record::Gateway(record), .. }) = found.as_deref() else {
        return limit::stranger(env, inbound, Answer::not_found()).await;
    };
    if record.gateway != gateway {
        return Answer::not_found();
    }
    let secrets = opened(&record.organization_id.to_string(), &key, &settings.seals, &record.sealed_secrets);
    if asks {
        return braintree::challenge(&secrets, inbound.query());
    }
    match verified(gateway, &secrets, inbound, body) {
        Ok(verified) => keep(env, settings, event(record, verified, &inbound.id, inbound.now)).await,
        Err(answer) => answer,
    }
}

/// Webhooks are rare beside clicks: the compiler should make this small rather than fast.
#[cold]
#[inline(never)]
fn verified(gateway: Gateway, secrets: &[Secret], inbound: &Inbound, body: Vec<u8>) -> Result<Verified, Answer> {
    let names = match gateway {
        Gateway::Stripe => [stripe::SIGNATURE_HEADER, "", ""],
        Gateway::Paddle => [paddle::SIGNATURE_HEADER, "", ""],
        Gateway::Braintree => ["", "", ""],
        Gateway::Shopify => shopify::HEADERS,
        Gateway::Dodo => dodo::HEADERS,
        Gateway::Creem => [creem::SIGNATURE_HEADER, "", ""],
    };
    let texts = names.map(|name| if name.is_empty() { String::new() } else { inbound.header_or_empty(name) });
    let headers = texts.each_ref().map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
    match gateway {
        Gateway::Stripe => stripe::verified(secrets, headers[0], body, inbound.now),
        Gateway::Paddle => paddle::verified(secrets, headers[0], body, inbound.now),
        Gateway::Braintree => braintree::verified(secrets, &body),
        Gateway::Shopify => shopify::verified(secrets, headers, body),
        Gateway::Dodo => dodo::verified(secrets, headers, body, inbound.now),
        Gateway::Creem => creem::verified(secrets, headers[0], body),
    }
}

/// Parses a JSON body whose signature is valid: the edge needs only its id and type, which each gateway spells its own
/// way. `signed_id` is the event's id, if the body doesn't contain it.
fn json_event(body: Vec<u8>, signed_id: Option<&str>) -> Result<Verified, Answer> {
    let event = object(&body)?;
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| event.get(*name).and_then(Value::as_str));
        found.unwrap_or_default().to_owned()
    };
    let external_id = signed_id.map_or_else(|| first(&["id", "event_id"]), str::to_owned);
    named(external_id, first(&["type", "event_type", "eventType"]), body)
}

fn named(external_id: String, event_type: String, body: Vec<u8>) -> Result<Verified, Answer> {
    let named = |name: &str| !name.is_empty() && name.len() <= NAME_MAX && !name.chars().any(char::is_control);
    match String::from_utf8(body) {
        Ok(body) if named(&external_id) && named(&event_type) => Ok(Verified { external_id, event_type, body }),
        _ => Err(incomplete()),
    }
}

/// Parses the object that every gateway with JSON sends.
fn object(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    fields::object(body).map_err(|error| Answer::invalid(&error))
}

fn incomplete() -> Answer {
    Answer::invalid(&ErrorBody::new("validation_failed", "The body must be an event with an id and a type."))
}

fn event(record: &GatewayRecord, verified: Verified, request_id: &str, now: Timestamp) -> Event {
    Event {
        v: EVENT_VERSION,
        id: Event::gateway_id(record.connection_id, &verified.external_id),
        organization_id: record.organization_id,
        received_at: now,
        request_id: request_id.to_owned(),
        traceparent: None,
        payload: Payload::Gateway(GatewayEvent {
            connection_id: record.connection_id,
            gateway: record.gateway,
            external_id: verified.external_id,
            event_type: verified.event_type,
            body: verified.body,
        }),
    }
}

async fn keep(env: &Env, settings: &Settings, mut event: Event) -> Answer {
    event.traceparent = trace::begin(settings);
    if forward::durably(env, settings, &event).await {
        Answer::json(200, &json!({ "received": true, "eventId": event.id }))
    } else {
        Answer::not_durable()
    }
}
