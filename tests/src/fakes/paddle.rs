//! Paddle Billing's API as far as notification settings, event types and discounts go, after its reference
//! ("Notification settings", "Event types", "Errors").

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::timestamp::Timestamp;

use super::{Answer, Call, FakeServer, Vendor, paddle_discounts::Discounts};

pub const KEY: &str = "pdl_sdbx_apikey_01standinofpaddle00000000_CanaryOfAPaddleKey0001_AbC";
/// Lacks the permissions that we need.
pub const POOR_KEY: &str = "pdl_sdbx_apikey_01standinofpaddle00000001_CanaryOfAPaddleKey0002_AbC";

const EVENTS: [&str; 24] = [
    "adjustment.created",
    "adjustment.updated",
    "customer.created",
    "customer.imported",
    "customer.updated",
    "subscription.activated",
    "subscription.canceled",
    "subscription.created",
    "subscription.imported",
    "subscription.past_due",
    "subscription.paused",
    "subscription.resumed",
    "subscription.trialing",
    "subscription.updated",
    "transaction.billed",
    "transaction.canceled",
    "transaction.completed",
    "transaction.created",
    "transaction.paid",
    "transaction.past_due",
    "transaction.payment_failed",
    "transaction.ready",
    "transaction.revised",
    "transaction.updated",
];

#[derive(Debug, Default)]
pub struct Paddle {
    pub settings: BTreeMap<String, Value>,
    pub discounts: Discounts,
    made: u32,
}

pub fn start() -> FakeServer<Paddle> {
    FakeServer::of(Paddle::default())
}

/// How Paddle signs: `ts=…;h1=…`, HMAC-SHA256 over the time, a colon and the body.
pub fn signature(secret: &str, at: Timestamp, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}:{body}", at.seconds()).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("ts={};h1={hex}", at.seconds())
}

pub(super) fn error(status: u16, code: &str, detail: &str, errors: &[(String, &str)]) -> Answer {
    let mut error = json!({"type": "request_error", "code": code, "detail": detail,
        "documentation_url": format!("https://developer.paddle.com/errors/shared/{code}")});
    if !errors.is_empty() {
        error["errors"] = errors
            .iter()
            .map(|(field, message)| json!({"field": field, "message": message}))
            .collect::<Vec<_>>()
            .into();
    }
    Answer(status, json!({"error": error, "meta": {"request_id": "00000000-0000-0000-0000-000000000000"}}))
}

pub(super) fn good(status: u16, data: &Value) -> Answer {
    Answer(status, json!({"data": data, "meta": {"request_id": "00000000-0000-0000-0000-000000000000"}}))
}

fn event_type(name: &str) -> Value {
    let group = name.split('.').next().unwrap_or_default();
    json!({"name": name, "description": format!("Occurs on {name}."), "group": group, "available_versions": [1]})
}

impl Vendor for Paddle {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("authorization").is_empty() {
            return error(403, "authentication_missing", "Authentication header missing.", &[]);
        }
        let key = call.bearer();
        if key.is_empty() {
            return error(
                403,
                "authentication_malformed",
                "Authentication header included, but incorrectly formatted.",
                &[],
            );
        }
        if ![KEY, POOR_KEY].contains(&key) {
            return error(403, "invalid_token", "Invalid or revoked API key.", &[]);
        }
        if !["", "1"].contains(&call.header("paddle-version")) {
            return error(400, "unsupported_api_version", "Unsupported API version.", &[]);
        }
        let id = call.path.strip_prefix("/notification-settings").map(|rest| rest.trim_start_matches('/'));
        if call.line() == "GET /event-types" {
            return good(200, &EVENTS.map(event_type).to_vec().into());
        }
        let is_discount = call.path.starts_with("/discounts");
        if (id.is_some() || is_discount) && key == POOR_KEY {
            return error(403, "forbidden", "You aren't permitted to perform this request.", &[]);
        }
        if is_discount {
            return self.discounts.answer(call);
        }
        match (call.method.as_str(), id) {
            ("GET", Some("")) => self.list(call),
            ("POST", Some("")) => self.create(call),
            ("GET", Some(id)) => self.settings.get(id).map_or_else(missing, |found| good(200, found)),
            ("DELETE", Some(id)) => self.settings.remove(id).map_or_else(missing, |_| Answer(204, Value::Null)),
            _ => missing(),
        }
    }
}

pub(super) fn missing() -> Answer {
    error(404, "not_found", "Unable to find requested resource.", &[])
}

impl Paddle {
    fn list(&self, call: &Call) -> Answer {
        let known = ["after", "per_page", "order_by", "active", "traffic_source"];
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return invalid(&[(name.clone(), "unknown parameter")]);
        }
        let data: Vec<&Value> = self.settings.values().collect();
        let pagination = json!({"per_page": 200, "next": "", "has_more": false, "estimated_total": data.len()});
        Answer(200, json!({"data": data, "meta": {"request_id": "", "pagination": pagination}}))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let Some(Value::Object(body)) = call.json() else {
            return error(400, "invalid_json", "Unable to parse the JSON.", &[]);
        };
        let errors = faults(&body);
        if !errors.is_empty() {
            return invalid(&errors);
        }
        if self.settings.len() >= 10 {
            let detail = "Only 10 notification settings can be active at once.";
            return error(400, "notification_maximum_active_settings_reached", detail, &[]);
        }
        self.made += 1;
        let id = format!("ntfset_01standin{:018}", self.made);
        let mut setting = Value::Object(body);
        let names: Vec<Value> = setting["subscribed_events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| event_type(name.as_str().unwrap()))
            .collect();
        setting["subscribed_events"] = names.into();
        setting["id"] = json!(id);
        setting["active"] = json!(true);
        setting["endpoint_secret_key"] =
            json!(format!("pdl_ntfset_01standin{:018}_CanarySecret{:020}", self.made, self.made));
        for (name, default) in [
            ("api_version", json!(1)),
            ("include_sensitive_fields", json!(false)),
            ("traffic_source", json!("platform")),
        ] {
            if setting[name].is_null() {
                setting[name] = default;
            }
        }
        self.settings.insert(id, setting.clone());
        good(201, &setting)
    }
}

pub(super) fn invalid(errors: &[(String, &str)]) -> Answer {
    error(400, "bad_request", "Invalid request.", errors)
}

fn faults(body: &serde_json::Map<String, Value>) -> Vec<(String, &'static str)> {
    let known = [
        "description",
        "type",
        "destination",
        "api_version",
        "include_sensitive_fields",
        "subscribed_events",
        "traffic_source",
    ];
    let mut faults: Vec<(String, &str)> = body
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| (name.clone(), "unknown field"))
        .collect();
    let text = |name: &str, max: usize| {
        body.get(name).and_then(Value::as_str).is_some_and(|text| (1..=max).contains(&text.chars().count()))
    };
    let one_of = |name: &str, choices: &[&str]| {
        body.get(name).is_none_or(|value| value.as_str().is_some_and(|text| choices.contains(&text)))
    };
    let events = body.get("subscribed_events").and_then(Value::as_array);
    let known_events = |events: &Vec<Value>| {
        !events.is_empty() && events.iter().all(|event| event.as_str().is_some_and(|name| EVENTS.contains(&name)))
    };
    let url = body.get("destination").and_then(Value::as_str).is_some_and(|url| url::Url::parse(url).is_ok());
    let checks = [
        ("description", text("description", 500)),
        ("type", body.contains_key("type") && one_of("type", &["url", "email"])),
        ("destination", text("destination", 2_048) && url),
        ("api_version", body.get("api_version").is_none_or(|version| version == 1)),
        ("include_sensitive_fields", body.get("include_sensitive_fields").is_none_or(Value::is_boolean)),
        ("traffic_source", one_of("traffic_source", &["platform", "simulation", "all"])),
        ("subscribed_events", events.is_some_and(known_events)),
    ];
    faults.extend(
        checks.iter().filter(|(_, fine)| !fine).map(|(name, _)| ((*name).to_owned(), "is missing or not valid")),
    );
    faults
}
