//! Dodo Payments' API as far as webhooks go, after its API reference ("Webhooks", "Error Codes") and its official
//! TypeScript client.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use axum::response::Response;

use super::{
    Answer, Call, FakeServer, Vendor,
    checkout::{self, Sale, Sells},
    write,
};
use crate::{vendor_webhooks::shape, wait::now};

pub const KEY: &str = "CanaryOfADodoKey0001.standinofdodopayments";
/// May read, but not write.
pub const POOR_KEY: &str = "CanaryOfADodoKey0002.standinofdodopayments";

/// Source: `WebhookEventType` of the official client.
const EVENTS: [&str; 28] = [
    "payment.succeeded",
    "payment.failed",
    "payment.processing",
    "payment.cancelled",
    "refund.succeeded",
    "refund.failed",
    "dispute.opened",
    "dispute.expired",
    "dispute.accepted",
    "dispute.cancelled",
    "dispute.challenged",
    "dispute.won",
    "dispute.lost",
    "subscription.active",
    "subscription.renewed",
    "subscription.on_hold",
    "subscription.paused",
    "subscription.unpaused",
    "subscription.cancelled",
    "subscription.failed",
    "subscription.expired",
    "subscription.plan_changed",
    "subscription.updated",
    "subscription.update_payment_method",
    "license_key.created",
    "payout.success",
    "payout.failed",
    "dunning.started",
];

#[derive(Debug, Default)]
pub struct Dodo {
    pub webhooks: BTreeMap<String, Value>,
    /// By idempotency key: the webhook that the first request with it made.
    requests: BTreeMap<String, String>,
    made: u8,
    sales: Vec<Sale>,
}

pub fn start() -> FakeServer<Dodo> {
    FakeServer::of(Dodo::default())
}

/// The secret of a webhook, as in Standard Webhooks.
pub fn secret(id: &str) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(format!("Canary{id:0>26}")))
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer(status, json!({"code": code, "message": message}))
}

fn missing() -> Answer {
    error(404, "NOT_FOUND", "Webhook not found")
}

impl Vendor for Dodo {
    fn answer(&mut self, call: &Call) -> Answer {
        if ![KEY, POOR_KEY].contains(&call.bearer()) {
            return error(401, "UNAUTHORIZED", "Authentication failed");
        }
        if call.method != "GET" && call.bearer() == POOR_KEY {
            return error(403, "FORBIDDEN", "This API key may not write");
        }
        let Some(rest) = call.path.strip_prefix("/webhooks") else { return missing() };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", []) => self.list(call),
            ("POST", []) => self.create(call),
            ("GET", [id]) => self.webhooks.get(*id).map_or_else(missing, |found| Answer(200, found.clone())),
            ("GET", [id, "secret"]) if self.webhooks.contains_key(*id) => Answer(200, json!({ "secret": secret(id) })),
            ("DELETE", [id]) => self.webhooks.remove(*id).map_or_else(missing, |_| Answer(200, Value::Null)),
            _ => missing(),
        }
    }

    fn respond(&mut self, call: &Call) -> Response {
        checkout::respond(self, call).unwrap_or_else(|| write(&self.answer(call)))
    }
}

impl Sells for Dodo {
    const KIND: &'static str = "dodo";

    fn sales(&mut self) -> &mut Vec<Sale> {
        &mut self.sales
    }

    fn webhooks(&self) -> Vec<(String, String)> {
        let enabled = self.webhooks.iter().filter(|(_, webhook)| webhook["disabled"] != true);
        enabled.map(|(id, webhook)| (webhook["url"].as_str().unwrap_or_default().to_owned(), secret(id))).collect()
    }

    fn sold(&self, sale: &Sale) -> (&'static str, Value) {
        let mut event = shape(Self::KIND, "payment.succeeded");
        event["timestamp"] = json!(now().to_string());
        let data = &mut event["data"];
        data["payment_id"] = json!(sale.id);
        data["total_amount"] = json!(sale.amount);
        data["currency"] = json!(sale.currency);
        data["customer"]["customer_id"] = json!(format!("cus_{}", sale.number));
        data["customer"]["email"] = json!(sale.email());
        data["metadata"] = json!({ "rekomi_ref": sale.reference });
        data["tax"] = json!(0);
        for field in ["discounts", "discount_id", "subscription_id"] {
            data[field] = json!(null);
        }
        ("", event)
    }

    fn refunded(&self, sale: &Sale, amount: i64) -> (&'static str, Value) {
        let mut event = shape(Self::KIND, "refund.succeeded");
        event["timestamp"] = json!(now().to_string());
        let data = &mut event["data"];
        data["payment_id"] = json!(sale.id);
        data["refund_id"] = json!(format!("ref_{}_{}", sale.number, sale.refunded));
        data["amount"] = json!(amount);
        data["currency"] = json!(sale.currency);
        data["is_partial"] = json!(sale.refunded < sale.amount);
        ("", event)
    }

    fn sale_id(number: u64) -> String {
        format!("pay_{number}")
    }
}

impl Dodo {
    /// Pages of what is asked for, so that a caller has to follow the iterator.
    fn list(&self, call: &Call) -> Answer {
        let known = ["limit", "iterator"];
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return error(400, "INVALID_QUERY_PARAMS", &format!("unknown parameter {name}"));
        }
        let limit = call.parameter("limit").map_or(Some(100), |limit| limit.parse::<usize>().ok());
        let Some(limit) = limit.filter(|limit| (1..=250).contains(limit)) else {
            return error(400, "INVALID_QUERY_PARAMS", "limit must be between 1 and 250");
        };
        let after = call.parameter("iterator").unwrap_or_default();
        let rest: Vec<&Value> =
            self.webhooks.iter().filter(|(id, _)| id.as_str() > after).map(|(_, one)| one).collect();
        let page: Vec<&Value> = rest.iter().take(limit).copied().collect();
        let iterator = page.last().map_or(json!(null), |last| last["id"].clone());
        Answer(200, json!({"data": page, "iterator": iterator, "done": page.len() == rest.len()}))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let Some(Value::Object(body)) = call.json() else {
            return error(400, "INVALID_REQUEST_BODY", "The body must be JSON");
        };
        if let Some(fault) = fault(&body) {
            return error(422, "INVALID_REQUEST_BODY", &fault);
        }
        let request = body.get("idempotency_key").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(known) = self.requests.get(&request).and_then(|id| self.webhooks.get(id)) {
            return Answer(200, known.clone());
        }
        self.made += 1;
        let id = format!("whk_standin{:014}", self.made);
        let webhook = json!({
            "id": id,
            "url": body["url"],
            "description": body.get("description").unwrap_or(&json!("")),
            "disabled": body.get("disabled").unwrap_or(&json!(false)),
            "filter_types": body.get("filter_types"),
            "metadata": body.get("metadata").unwrap_or(&json!({})),
            "rate_limit": body.get("rate_limit"),
            "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z",
        });
        if !request.is_empty() {
            self.requests.insert(request, id.clone());
        }
        self.webhooks.insert(id, webhook.clone());
        Answer(200, webhook)
    }
}

/// The first field that Dodo would refuse.
fn fault(body: &Map<String, Value>) -> Option<String> {
    let text = |value: &Value| value.is_null() || value.is_string();
    body.iter()
        .find_map(|(name, value)| {
            let fine = match name.as_str() {
                "url" => value.as_str().is_some_and(|url| url::Url::parse(url).is_ok()),
                "description" | "idempotency_key" => text(value),
                "disabled" => value.is_null() || value.is_boolean(),
                "rate_limit" => value.is_null() || value.is_i64(),
                "headers" | "metadata" => value.is_null() || value.is_object(),
                "filter_types" => value.as_array().is_some_and(|events| {
                    events.iter().all(|event| event.as_str().is_some_and(|name| EVENTS.contains(&name)))
                }),
                _ => false,
            };
            (!fine).then(|| format!("{name} is unknown or not valid"))
        })
        .or_else(|| (!body.contains_key("url")).then(|| "url is missing".to_owned()))
}
