//! Webhook endpoints, and the events that go to them.

use serde_json::{Value, json};

use super::{
    super::Answer,
    platform::Platform,
    refusal,
    schema::{metadata, one},
    transfer::paged,
};

const MOST: usize = 16;

#[derive(Debug, Clone)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub secret: String,
    pub events: Vec<String>,
    /// Whether it is told about affiliates' accounts, rather than about the platform itself.
    pub connect: bool,
    pub api_version: Option<String>,
    pub description: Option<String>,
    pub metadata: Value,
}

impl Endpoint {
    fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "webhook_endpoint", "api_version": self.api_version,
            "application": if self.connect { json!("ca_StandIn") } else { Value::Null }, "created": 1_790_000_000,
            "description": self.description, "enabled_events": self.events, "livemode": false, "metadata": self.metadata,
            "status": "enabled", "url": self.url,
        })
    }

    pub(super) fn wants(&self, kind: &str, connect: bool) -> bool {
        self.connect == connect && self.events.iter().any(|event| event == kind || event == "*")
    }
}

/// `POST /v1/webhook_endpoints`. The secret is told here only.
pub(super) fn create(platform: &mut Platform, form: &[(String, String)], number: u32) -> Answer {
    let url = one(form, "url").unwrap_or_default();
    if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return refusal::of(400, "Invalid URL").code("url_invalid").param("url").answer();
    }
    if platform.endpoints.len() >= MOST {
        return refusal::of(400, "You have reached the maximum of 16 test webhook endpoints.").answer();
    }
    let events = form.iter().filter(|(name, _)| name == "enabled_events[]").map(|(_, value)| value.clone()).collect();
    let endpoint = Endpoint {
        id: format!("we_{number:06}Connect"),
        url: url.to_owned(),
        secret: format!("whsec_StandInConnectCanary{number:016}"),
        events,
        connect: one(form, "connect") == Some("true"),
        api_version: one(form, "api_version").map(str::to_owned),
        description: one(form, "description").map(str::to_owned),
        metadata: json!(metadata(form)),
    };
    let mut shown = endpoint.shown();
    shown["secret"] = json!(endpoint.secret);
    platform.endpoints.push(endpoint);
    Answer(200, shown)
}

/// Reading and deleting.
pub(super) fn answer(platform: &mut Platform, method: &str, path: &str, query: &[(String, String)]) -> Answer {
    let id = path.strip_prefix("/v1/webhook_endpoints/").unwrap_or_default();
    if id.is_empty() {
        let all: Vec<(String, Value)> =
            platform.endpoints.iter().rev().map(|one| (one.id.clone(), one.shown())).collect();
        return paged(&all, query, "/v1/webhook_endpoints", "webhook endpoint");
    }
    let Some(at) = platform.endpoints.iter().position(|one| one.id == id) else {
        return refusal::not_found("webhook endpoint", id, "id");
    };
    if method == "DELETE" {
        platform.endpoints.remove(at);
        return Answer(200, json!({"id": id, "object": "webhook_endpoint", "deleted": true}));
    }
    Answer(200, platform.endpoints[at].shown())
}

/// `{"object": "event", …}`.
pub(super) fn event(number: u32, kind: &str, object: &Value, account: Option<&str>, now: i64) -> Value {
    let mut event = json!({
        "id": format!("evt_{number:08}Connect"), "object": "event", "api_version": "2023-08-16", "created": now,
        "data": {"object": object}, "livemode": false, "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": null}, "type": kind,
    });
    if let Some(account) = account {
        event["account"] = json!(account);
    }
    event
}
