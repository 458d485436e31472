//! Creem's API as far as webhook endpoints go, after its API reference ("Create a webhook endpoint", "Error Handling")
//! and its official TypeScript client.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use axum::response::Response;

use super::{
    Answer, Call, FakeServer, Vendor,
    checkout::{self, Sale, Sells},
    write,
};
use crate::{vendor_webhooks::shape, wait::now};

pub const KEY: &str = "creem_test_CanaryOfACreemKey0001";
pub const STORE: &str = "sto_standinofcreem";

/// Source: `WebhookEventType` of the official client.
const EVENTS: [&str; 17] = [
    "checkout.completed",
    "refund.created",
    "dispute.created",
    "subscription.active",
    "subscription.trialing",
    "subscription.canceled",
    "subscription.scheduled_cancel",
    "subscription.paid",
    "subscription.expired",
    "subscription.unpaid",
    "subscription.update",
    "subscription.past_due",
    "subscription.paused",
    "customer_credits.exhausted",
    "credits.granted",
    "credits.consumed",
    "credits.auto_recharged",
];

#[derive(Debug, Default)]
pub struct Creem {
    /// Without their secrets.
    pub webhooks: BTreeMap<String, Value>,
    made: u8,
    sales: Vec<Sale>,
}

pub fn start() -> FakeServer<Creem> {
    FakeServer::of(Creem::default())
}

pub fn secret(id: &str) -> String {
    format!("whsec_Canary{id}")
}

fn error(status: u16, name: &str, messages: &[String]) -> Answer {
    let mut body = json!({"trace_id": "00000000-0000-4000-8000-000000000000", "status": status, "error": name,
        "timestamp": 1_795_000_000_000_i64});
    if !messages.is_empty() {
        body["message"] = json!(messages);
    }
    Answer(status, body)
}

fn missing() -> Answer {
    error(404, "Bad Request", &["Webhook not found".to_owned()])
}

impl Vendor for Creem {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.header("x-api-key") != KEY {
            return error(403, "Forbidden", &[]);
        }
        let Some(rest) = call.path.strip_prefix("/v1/webhooks") else { return missing() };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("GET", []) => self.list(call),
            ("POST", []) => self.create(call),
            ("GET", [id]) => self.webhooks.get(*id).map_or_else(missing, |found| Answer(200, found.clone())),
            ("GET", [id, "secret"]) if self.webhooks.contains_key(*id) => Answer(200, json!({ "secret": secret(id) })),
            ("DELETE", [id]) => self.webhooks.remove(*id).map_or_else(missing, |gone| Answer(200, gone)),
            _ => missing(),
        }
    }

    fn respond(&mut self, call: &Call) -> Response {
        checkout::respond(self, call).unwrap_or_else(|| write(&self.answer(call)))
    }
}

/// The shape with ids of the sale's own. Its mode is live: in an organization that isn't in test mode, test events
/// aren't booked.
fn event(name: &str, what: &str, sale: &Sale) -> Value {
    let text = shape(Creem::KIND, name).to_string().replace("_fixture", &format!("_{}", sale.number));
    let mut event: Value = serde_json::from_str(&text.replace("odette@buyers.example", &sale.email())).unwrap();
    event["id"] = json!(format!("evt_{}_{what}", sale.number));
    event["created_at"] = json!(now().seconds() * 1_000);
    for field in ["amount", "sub_total", "amount_due", "amount_paid"] {
        event["object"]["order"][field] = json!(sale.amount);
    }
    event["object"]["order"]["tax_amount"] = json!(0);
    event["object"]["order"]["currency"] = json!(sale.currency);
    event
}

impl Sells for Creem {
    const KIND: &'static str = "creem";

    fn sales(&mut self) -> &mut Vec<Sale> {
        &mut self.sales
    }

    fn webhooks(&self) -> Vec<(String, String)> {
        let enabled = self.webhooks.iter().filter(|(_, webhook)| webhook["status"] == "enabled");
        enabled.map(|(id, webhook)| (webhook["url"].as_str().unwrap_or_default().to_owned(), secret(id))).collect()
    }

    fn sold(&self, sale: &Sale) -> (&'static str, Value) {
        let mut event = event("checkout.completed.onetime", "sale", sale);
        event["object"]["metadata"] = json!({ "rekomi_ref": sale.reference });
        event["object"]["product"]["price"] = json!(sale.amount);
        event["object"]["product"]["currency"] = json!(sale.currency);
        ("", event)
    }

    fn refunded(&self, sale: &Sale, amount: i64) -> (&'static str, Value) {
        let what = format!("refund{}", sale.refunded);
        let mut event = event("refund.created", &what, sale);
        let refund = &mut event["object"];
        refund["id"] = json!(format!("ref_{}_{}", sale.number, sale.refunded));
        refund["refund_amount"] = json!(amount);
        refund["refund_currency"] = json!(sale.currency);
        refund["subscription"] = json!(null);
        for (field, value) in [
            ("amount", json!(sale.amount)),
            ("amount_paid", json!(sale.amount)),
            ("tax_amount", json!(0)),
            ("refunded_amount", json!(sale.refunded)),
            ("currency", json!(sale.currency)),
            ("type", json!("payment")),
            ("subscription", json!(null)),
        ] {
            refund["transaction"][field] = value;
        }
        ("", event)
    }

    fn sale_id(number: u64) -> String {
        format!("ord_{number}")
    }
}

impl Creem {
    fn list(&self, call: &Call) -> Answer {
        let known = ["page_number", "page_size"];
        let number = |name: &str, default: usize| {
            call.parameter(name).map_or(Some(default), |text| text.parse().ok().filter(|number| *number >= 1))
        };
        let stranger = call.query.iter().any(|(name, _)| !known.contains(&name.as_str()));
        let (Some(page), Some(size), false) = (number("page_number", 1), number("page_size", 10), stranger) else {
            return error(400, "Bad Request", &["page_number and page_size must be numbers".to_owned()]);
        };
        let items: Vec<&Value> = self.webhooks.values().skip((page - 1) * size).take(size).collect();
        let pages = self.webhooks.len().div_ceil(size);
        let pagination = json!({"total_records": self.webhooks.len(), "total_pages": pages, "current_page": page,
            "next_page": (page < pages).then_some(page + 1), "prev_page": (page > 1).then(|| page - 1)});
        Answer(200, json!({"items": items, "pagination": pagination}))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let Some(Value::Object(body)) = call.json() else {
            return error(400, "Bad Request", &["the body must be JSON".to_owned()]);
        };
        let faults = faults(&body);
        if !faults.is_empty() {
            return error(400, "Bad Request", &faults);
        }
        self.made += 1;
        let id = format!("wh_standin{:014}", self.made);
        let webhook = json!({
            "id": id,
            "object": "webhook",
            "mode": "test",
            "store_id": STORE,
            "name": body.get("name"),
            "url": body["url"],
            "delivery_mode": "http",
            "status": "enabled",
            "events": body["events"],
        });
        self.webhooks.insert(id.clone(), webhook.clone());
        let mut answer = webhook;
        answer["secret"] = json!(secret(&id));
        Answer(200, answer)
    }
}

fn faults(body: &Map<String, Value>) -> Vec<String> {
    let known = ["url", "delivery_mode", "name", "events"];
    let strangers = body.keys().filter(|name| !known.contains(&name.as_str()));
    let mut faults: Vec<String> = strangers.map(|name| format!("property {name} should not exist")).collect();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("url").is_none_or(|url| url::Url::parse(url).is_err()) {
        faults.push("url must be a URL address".to_owned());
    }
    if body.contains_key("name") && text("name").is_none_or(str::is_empty) {
        faults.push("name must be a string".to_owned());
    }
    if body.contains_key("delivery_mode") && !text("delivery_mode").is_some_and(|mode| ["http", "cli"].contains(&mode))
    {
        faults.push("delivery_mode must be http or cli".to_owned());
    }
    let is_event = |event: &Value| event.as_str().is_some_and(|name| EVENTS.contains(&name));
    let events = body.get("events").and_then(Value::as_array);
    if !events.is_some_and(|events| !events.is_empty() && events.iter().all(is_event)) {
        faults.push("each value in events must be a known event".to_owned());
    }
    faults
}
