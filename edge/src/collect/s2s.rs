//! `POST /api/tracking/s2s`: a brand's backend reports a conversion.
//!
//! Two secrets: the bearer names the key, the signature proves that whoever sent this body holds the key's secret. Both
//! are checked over the raw bytes before anything is parsed. 202 means that the event is durable.

use serde_json::json;
use shared::{
    config::{ApiKeyRecord, Record, api_key_key, sealed_place},
    error::ErrorBody,
    event::{ConversionSource, EVENT_VERSION, Event, Payload},
    keys::KeyRing,
    seal::{self, Secret},
    sign::{self, SIGNATURE_HEADER, Window},
    timestamp::Timestamp,
};
use worker::{Env, console_error};

use super::fields;
use crate::{answer::Answer, boundary::Inbound, config, forward, isolate::Settings};

const BODY_MAX: usize = 64 * 1024;
/// Longer than any key of ours; what is longer is not even hashed.
const BEARER_MAX: usize = 200;

pub async fn answer(env: &Env, settings: &Settings, inbound: &mut Inbound) -> Answer {
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let authorization = inbound.header_or_empty("Authorization");
    let Some(bearer) = bearer(&authorization) else { return unauthorized() };
    let key = api_key_key(bearer);
    let found = match config::find(env, settings, &key).await {
        Ok(found) => found,
        Err(config::Unavailable) => return Answer::lookup_failed(),
    };
    let Some(Record::ApiKey(record)) = found.as_deref().map(|found| &found.record) else { return unauthorized() };
    let signature = inbound.header(SIGNATURE_HEADER);
    if let Err(answer) = authorise(record, &key, &settings.seals, signature.as_deref(), &body, inbound.now) {
        return answer;
    }
    let event = match event(record, &body, &inbound.id, inbound.now) {
        Ok(event) => event,
        Err(error) => return Answer::invalid(&error),
    };
    if forward::durably(env, settings, &event).await {
        Answer::json(202, &json!({ "eventId": event.id }))
    } else {
        Answer::not_durable()
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, bearer) = authorization.split_once(' ')?;
    let bearer = bearer.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !bearer.is_empty() && bearer.len() <= BEARER_MAX).then_some(bearer)
}

fn unauthorized() -> Answer {
    Answer::unauthorized("unauthorized", "Send a valid API key as `Authorization: Bearer rk_live_\u{2026}`.")
        .with("WWW-Authenticate", "Bearer")
}

/// Whether this key may send conversions, and sent this body.
fn authorise(record: &ApiKeyRecord, key: &str, seals: &KeyRing, signature: Option<&str>, body: &[u8], now: Timestamp) -> Result<(), Answer> {
    if !record.writes {
        let error = ErrorBody::new("forbidden", "This API key may only read. Use one with the scope read_write.");
        return Err(Answer::error(403, &error));
    }
    let secrets = opened(&record.organization_id.to_string(), key, seals, &record.sealed_secrets);
    let secrets = secrets.iter().map(|secret| secret.expose().as_bytes());
    sign::verify(secrets, None, signature, body, now, Window::BothWays)
        .map_err(|error| Answer::unauthorized(error.code(), &error.to_string()))
}

/// The secrets of a record that open; one that does not is as none, so that a swapped or foreign seal fails closed.
pub fn opened(organization: &str, key: &str, seals: &KeyRing, sealed: &[String]) -> Vec<Secret> {
    let place = sealed_place(organization, key);
    sealed
        .iter()
        .filter_map(|text| match seal::open(seals, place, text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                console_error!("a sealed secret of {organization} does not open: {error}");
                None
            }
        })
        .collect()
}

fn event(record: &ApiKeyRecord, body: &[u8], request_id: &str, now: Timestamp) -> Result<Event, ErrorBody> {
    let map = fields::object(body)?;
    let conversion = fields::conversion(&map, &fields::CAMEL, ConversionSource::S2s, now)?;
    Ok(Event {
        v: EVENT_VERSION,
        id: Event::conversion_id(record.organization_id, conversion.kind, &conversion.external_event_id),
        organization_id: record.organization_id,
        received_at: now,
        request_id: request_id.to_owned(),
        payload: Payload::Conversion(Box::new(conversion)),
    })
}
