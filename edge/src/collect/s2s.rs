//! `POST /api/tracking/s2s`: a brand's backend reports a conversion.
//!
//! Two checks: the bearer token names the key, and the signature proves that the sender of this body holds the key's
//! secret. Both are checked over the raw bytes before anything is parsed. 202 means that the event is durable.

use serde_json::json;
use shared::{
    config::{ApiKeyRecord, Record, api_key_key, sealed_place},
    error::ErrorBody,
    event::{ConversionSource, EVENT_VERSION, Event, Payload},
    fields,
    keys::KeyRing,
    seal::{self, Secret},
    sign::{self, SIGNATURE_HEADER, Window},
    timestamp::Timestamp,
};
use worker::Env;

use crate::{
    answer::Answer,
    config, forward,
    http_adapter::Inbound,
    limit, trace,
    worker_state::{Settings, report},
};

const BODY_MAX: usize = 64 * 1024;
/// Longer than any of our keys; longer tokens aren't even hashed.
const BEARER_MAX: usize = 200;

pub async fn answer(env: &Env, settings: &Settings, inbound: &Inbound) -> Answer {
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let authorization = inbound.header_or_empty("Authorization");
    let Some(bearer) = bearer(&authorization) else { return unauthorized() };
    let key = api_key_key(bearer);
    let found = match config::find(env, settings, &key, &inbound.address).await {
        Ok(found) => found,
        Err(config::Unavailable) => return Answer::lookup_failed(),
    };
    let Some(Record::ApiKey(record)) = found.as_deref().map(|found| &found.record) else {
        return limit::stranger(env, inbound, unauthorized()).await;
    };
    let signature = inbound.header(SIGNATURE_HEADER);
    if let Err(answer) = authorise(record, &key, &settings.seals, signature.as_deref(), &body, inbound.now) {
        return answer;
    }
    let mut event = match event(record, &body, &inbound.id, inbound.now) {
        Ok(event) => event,
        Err(error) => return Answer::invalid(&error),
    };
    event.traceparent = trace::continued(settings, inbound);
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

/// Checks that this key may send conversions, and that it signed this body.
fn authorise(
    record: &ApiKeyRecord,
    key: &str,
    seals: &KeyRing,
    signature: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Answer> {
    if record.expires_at.is_some_and(|end| end <= now) {
        return Err(unauthorized());
    }
    if !record.writes {
        let error = ErrorBody::new(
            "forbidden",
            "This API key can't send conversions. Use a key with the scope `send_conversions`.",
        );
        return Err(Answer::error(403, &error));
    }
    let secrets = opened(&record.organization_id.to_string(), key, seals, &record.sealed_secrets);
    let secrets = secrets.iter().map(|secret| secret.expose().as_bytes());
    sign::verify(secrets, None, signature, body, now, Window::BothWays)
        .map_err(|error| Answer::unauthorized(error.code(), &error.to_string()))
}

/// Decrypts a record's secrets. One that can't be opened is skipped, so that a swapped or foreign seal fails closed.
pub fn opened(organization: &str, key: &str, seals: &KeyRing, sealed: &[String]) -> Vec<Secret> {
    let place = sealed_place(organization, key);
    sealed
        .iter()
        .filter_map(|text| match seal::open(seals, place, text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                report(&format!("a secret of {organization} can't be decrypted: {error}"));
                None
            }
        })
        .collect()
}

/// What else names an affiliate, or the sale of one.
const NAMING: [&str; 4] = ["clickToken", "affiliateSlug", "couponCode", "refundOf"];

fn event(record: &ApiKeyRecord, body: &[u8], request_id: &str, now: Timestamp) -> Result<Event, ErrorBody> {
    let map = fields::object(body)?;
    // The API takes it instead of the slug. Ignoring it, as other unknown fields, would credit no one.
    let has = |name: &str| map.get(name).is_some_and(|value| !value.is_null());
    if has("affiliateId") && !NAMING.iter().any(|name| has(name)) {
        return Err(ErrorBody::field("affiliateId", "isn't accepted here. Send affiliateSlug instead"));
    }
    let conversion = fields::conversion(&map, &fields::CAMEL, ConversionSource::S2s, now)?;
    Ok(Event {
        v: EVENT_VERSION,
        id: Event::conversion_id(record.organization_id, conversion.kind, &conversion.external_event_id),
        organization_id: record.organization_id,
        received_at: now,
        request_id: request_id.to_owned(),
        traceparent: None,
        payload: Payload::Conversion(Box::new(conversion)),
    })
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{ApiKeyId, OrganizationId},
        keys::Purpose,
    };

    use super::*;

    const NOW: i64 = 1_790_000_000;
    const BODY: &[u8] = br#"{"externalEventId":"o1","amountCents":4900}"#;

    fn ring(digit: &str) -> KeyRing {
        KeyRing::parse(&format!("1:{}", digit.repeat(64)), Purpose::EdgeConfig).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    /// A key with two secrets, as during a rotation's overlap.
    fn record(key: &str, writes: bool) -> ApiKeyRecord {
        let organization_id = OrganizationId::from_bytes([1; 16]);
        let place = organization_id.to_string();
        let sealed = |nonce, text: &str| {
            seal::seal(&ring("1"), sealed_place(&place, key), [nonce; 12], &Secret::new(text)).unwrap()
        };
        let sealed_secrets = vec![sealed(1, "rks_new"), sealed(2, "rks_old")];
        let api_key_id = ApiKeyId::from_bytes([2; 16]);
        ApiKeyRecord { organization_id, api_key_id, writes, sealed_secrets, expires_at: None }
    }

    fn run(record: &ApiKeyRecord, key: &str, signature: Option<String>) -> Result<(), (u16, String)> {
        authorise(record, key, &ring("1"), signature.as_deref(), BODY, at(NOW))
            .map_err(|answer| (answer.status, serde_json::from_slice::<ErrorBody>(&answer.body).unwrap().code))
    }

    #[test]
    fn both_secrets_of_a_rotation_are_good() {
        let key = api_key_key("rk_live_x");
        for secret in [b"rks_new", b"rks_old"] {
            assert_eq!(run(&record(&key, true), &key, Some(sign::sign(secret, at(NOW), BODY))), Ok(()));
        }
    }

    #[test]
    fn every_refusal_has_its_code() {
        let key = api_key_key("rk_live_x");
        let record_ = record(&key, true);
        let refused = |signature, code: &str| assert_eq!(run(&record_, &key, signature), Err((401, code.to_owned())));
        refused(None, "signature_missing");
        refused(Some("v1=00".into()), "signature_malformed");
        refused(Some(sign::sign(b"rks_new", at(NOW - 301), BODY)), "signature_expired");
        refused(Some(sign::sign(b"rks_new", at(NOW + 301), BODY)), "signature_expired");
        refused(Some(sign::sign(b"rks_new", at(NOW), b"other")), "signature_invalid");
        refused(Some(sign::sign(b"rks_wrong", at(NOW), BODY)), "signature_invalid");
        refused(Some(sign::sign(b"", at(NOW), BODY)), "signature_invalid");
        let reader = record(&key, false);
        assert_eq!(run(&reader, &key, Some(sign::sign(b"rks_new", at(NOW), BODY))), Err((403, "forbidden".into())));
    }

    #[test]
    fn a_key_ends_by_itself() {
        let key = api_key_key("rk_live_x");
        let signature = || Some(sign::sign(b"rks_new", at(NOW), BODY));
        let until = |end| ApiKeyRecord { expires_at: Some(at(end)), ..record(&key, true) };
        assert_eq!(run(&until(NOW + 1), &key, signature()), Ok(()));
        assert_eq!(run(&until(NOW), &key, signature()), Err((401, "unauthorized".into())));
    }

    #[test]
    fn a_seal_from_another_place_fails_closed() {
        let (own, other) = (api_key_key("rk_live_x"), api_key_key("rk_live_y"));
        let swapped = record(&other, true);
        assert_eq!(
            run(&swapped, &own, Some(sign::sign(b"rks_new", at(NOW), BODY))),
            Err((401, "signature_invalid".into()))
        );
    }

    #[test]
    fn bearers() {
        assert_eq!(bearer("Bearer rk_live_x"), Some("rk_live_x"));
        assert_eq!(bearer("bearer  rk_live_x "), Some("rk_live_x"));
        let long = format!("Bearer {}", "x".repeat(201));
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "rk_live_x", &long] {
            assert_eq!(bearer(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_replay_has_the_first_ones_id() {
        let record = record("key:x", true);
        let first = event(&record, BODY, "r1", at(NOW)).unwrap();
        let again = event(&record, br#"{"amountCents":4900,"externalEventId":"o1"}"#, "r2", at(NOW + 60)).unwrap();
        assert_eq!(first.id, again.id);
        assert_eq!((first.organization_id, first.request_id.as_str()), (record.organization_id, "r1"));
    }

    #[test]
    fn an_affiliates_id_is_not_ignored() {
        let read = |body: &[u8]| event(&record("key:x", true), body, "r1", at(NOW));
        let refused = read(br#"{"externalEventId":"o1","amountCents":4900,"affiliateId":"aff_x"}"#).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("affiliateId"));
        assert!(read(br#"{"externalEventId":"o1","amountCents":4900,"affiliateId":null,"other":1}"#).is_ok());
        let named = br#"{"externalEventId":"o1","amountCents":4900,"affiliateId":"aff_x","affiliateSlug":"lauren"}"#;
        assert!(read(named).is_ok());
    }
}
