//! `POST /api/tracking/pixel` and `GET /api/tracking/pixel.gif`: a page reports a conversion.
//!
//! Anyone can read a page's public key and fake its `Origin`, so these conversions are marked unverified and can be
//! sales and leads, never refunds.

use serde_json::{Map, Value, json};
use shared::{
    config::{Record, SiteRecord, site_key},
    error::ErrorBody,
    event::{ConversionSource, EVENT_VERSION, Event, Payload},
    fields::{self, Spelling},
    timestamp::Timestamp,
};
use worker::Env;

use super::origin;
use crate::{
    address::form_pairs,
    answer::Answer,
    click::cookie,
    config::{self, cache::Found},
    forward,
    http_adapter::Inbound,
    limit::{self, What},
    trace,
    worker_state::Settings,
};

const BODY_MAX: usize = 8 * 1024;
const KEY_HEADER: &str = "X-Rekomi-Key";
const KEY_FIELD: &str = "public_key";
const KEY_MAX: usize = 100;
const ERROR_HEADER: &str = "Rekomi-Error";
/// A transparent GIF of one pixel.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// Handles reports from scripts.
pub async fn post(env: &Env, settings: &Settings, inbound: &Inbound) -> Answer {
    if let Err(answer) = limit::page(env, inbound, What::Pixel).await {
        return answer;
    }
    let body = match inbound.body(BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let map = match fields::object(&body) {
        Ok(map) => map,
        Err(error) => return Answer::invalid(&error),
    };
    take(env, settings, inbound, map, &fields::SNAKE).await
}

/// Handles reports from pages without a script: always returns an image, with the error's code in a header.
pub async fn image(env: &Env, settings: &Settings, inbound: &Inbound) -> Answer {
    let answer = match limit::page(env, inbound, What::Pixel).await {
        Ok(()) => {
            // A loop, since `collect` would compile in a sort of its own.
            let mut map = Map::new();
            for (name, value) in form_pairs(inbound.query()) {
                map.insert(name, Value::String(value));
            }
            take(env, settings, inbound, map, &fields::QUERY).await
        }
        Err(answer) => answer,
    };
    let image = |status| Answer::bytes(status, "image/gif", GIF).with("Cache-Control", "no-store");
    if answer.status == 202 {
        return image(200);
    }
    let again = answer.header("Retry-After").map(str::to_owned);
    let image = image(answer.status).with(ERROR_HEADER, answer.error.unwrap_or_default());
    match again {
        Some(seconds) => image.with("Retry-After", seconds),
        None => image,
    }
}

async fn take(env: &Env, settings: &Settings, inbound: &Inbound, map: Map<String, Value>, names: &Spelling) -> Answer {
    let key = inbound.header(KEY_HEADER).or_else(|| map.get(KEY_FIELD).and_then(Value::as_str).map(str::to_owned));
    let Some(key) = key.filter(|key| is_public_key(key)) else { return unknown_key() };
    let found = match config::find(env, settings, &site_key(&key), &inbound.address).await {
        Ok(found) => found,
        Err(config::Unavailable) => return Answer::lookup_failed(),
    };
    let Some(Found { record: Record::Site(site), .. }) = found.as_deref() else {
        return limit::stranger(env, inbound, unknown_key()).await;
    };
    let origin = origin::of(&inbound.header_or_empty("Origin"), &inbound.header_or_empty("Referer"));
    let Some(origin) = origin.filter(|origin| origin::is_allowed(origin, &site.allowed_origins)) else {
        return not_allowed();
    };
    let held = inbound.header_or_empty("Cookie");
    let held = cookie::held(&held, &settings.tokens).map(|held| held.text);
    let event = event(site, &map, names, held, &inbound.id, inbound.now);
    let answer = match event.map(|event| Event { traceparent: trace::begin(settings), ..event }) {
        Ok(event) if forward::durably(env, settings, &event).await => {
            Answer::json(202, &json!({ "eventId": event.id }))
        }
        Ok(_) => Answer::not_durable(),
        Err(error) => Answer::invalid(&error),
    };
    origin::readable(answer, &origin)
}

/// Builds the event. The page may send a token in the body; without one, the cookie's is used if we are on the brand's
/// domain.
fn event(
    site: &SiteRecord,
    map: &Map<String, Value>,
    names: &Spelling,
    held: Option<&str>,
    request_id: &str,
    now: Timestamp,
) -> Result<Event, ErrorBody> {
    let mut conversion = fields::conversion(map, names, ConversionSource::Pixel, now)?;
    if conversion.program_id.is_some_and(|program| program != site.program_id) {
        return Err(ErrorBody::field(names.program_id, "must be the program that this public key belongs to"));
    }
    conversion.program_id = Some(site.program_id);
    if conversion.click_token.is_none() {
        conversion.click_token = held.map(str::to_owned);
    }
    Ok(Event {
        v: EVENT_VERSION,
        id: Event::pixel_id(
            site.organization_id,
            conversion.kind,
            &conversion.external_event_id,
            conversion.click_token.as_deref(),
        ),
        organization_id: site.organization_id,
        received_at: now,
        request_id: request_id.to_owned(),
        traceparent: None,
        payload: Payload::Conversion(Box::new(conversion)),
    })
}

fn is_public_key(key: &str) -> bool {
    (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn unknown_key() -> Answer {
    Answer::unauthorized("unknown_public_key", "Send the program's public key as `public_key` or in X-Rekomi-Key.")
}

pub fn not_allowed() -> Answer {
    let error = ErrorBody::new("origin_not_allowed", "This page's origin isn't one of the program's allowed domains.");
    Answer::error(403, &error)
}

#[cfg(test)]
mod tests {
    use shared::{
        config::AttributionModel,
        event::ConversionType,
        id::{OrganizationId, ProgramId},
    };

    use super::*;

    fn site() -> SiteRecord {
        SiteRecord {
            organization_id: OrganizationId::from_bytes([1; 16]),
            program_id: ProgramId::from_bytes([2; 16]),
            program_slug: "main".into(),
            program_name: "Main".into(),
            allowed_origins: vec![],
            window_days: 60,
            attribution_model: AttributionModel::LastTouch,
        }
    }

    fn run(json: &str, held: Option<&str>) -> Result<Event, ErrorBody> {
        event(
            &site(),
            &fields::object(json.as_bytes()).unwrap(),
            &fields::SNAKE,
            held,
            "req",
            Timestamp::from_seconds(1_790_000_000).unwrap(),
        )
    }

    #[test]
    fn a_pixel_sale_is_unverified_and_belongs_to_the_keys_program() {
        let event =
            run(r#"{"external_event_id":"o1","amount_cents":4900,"email":"A@b.co"}"#, Some("rkc_cookie")).unwrap();
        let Payload::Conversion(conversion) = event.payload else { panic!() };
        assert_eq!((conversion.source, conversion.kind), (ConversionSource::Pixel, ConversionType::Sale));
        assert_eq!(
            (conversion.program_id, conversion.click_token.as_deref()),
            (Some(site().program_id), Some("rkc_cookie"))
        );
        assert_eq!(conversion.customer_email.as_deref(), Some("a@b.co"));
        let own =
            run(r#"{"external_event_id":"o1","amount_cents":1,"click_token":"rkc_own"}"#, Some("rkc_cookie")).unwrap();
        let Payload::Conversion(conversion) = own.payload else { panic!() };
        assert_eq!(conversion.click_token.as_deref(), Some("rkc_own"));
    }

    #[test]
    fn no_refunds_and_no_other_programs() {
        let refund =
            run(r#"{"external_event_id":"o1","amount_cents":1,"type":"refund","refund_of":"o0"}"#, None).unwrap_err();
        assert_eq!(refund.field.as_deref(), Some("type"));
        let other = format!(
            r#"{{"external_event_id":"o1","amount_cents":1,"program_id":"{}"}}"#,
            ProgramId::from_bytes([9; 16])
        );
        assert_eq!(run(&other, None).unwrap_err().field.as_deref(), Some("program_id"));
    }

    #[test]
    fn the_image_is_a_gif() {
        assert!(GIF.starts_with(b"GIF89a") && GIF.ends_with(b"\x3b") && GIF.len() == 43);
    }

    #[test]
    fn a_query_is_all_text() {
        let map = |query: &str| form_pairs(query).map(|(name, value)| (name, Value::String(value))).collect();
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        let run = |query: &str| event(&site(), &map(query), &fields::QUERY, None, "req", now);
        assert!(run("external_event_id=o1&amount_cents=4900&currency=eur&email=").is_ok());
        for (query, field) in [
            ("amount_cents=1", "external_event_id"),
            ("external_event_id=o1", "amount_cents"),
            ("external_event_id=o1&amount_cents=-1", "amount_cents"),
            ("external_event_id=o1&amount_cents=1.5", "amount_cents"),
            ("external_event_id=o1&amount_cents=99999999999999999999", "amount_cents"),
            ("external_event_id=o1&amount_cents=1&currency=", "currency"),
            ("external_event_id=o%00&amount_cents=1", "external_event_id"),
        ] {
            assert_eq!(run(query).unwrap_err().field.as_deref(), Some(field), "{query}");
        }
    }
}
