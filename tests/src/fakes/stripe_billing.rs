//! Stripe as it sells an operator's plans: customers, checkouts, subscriptions, invoices and the customer portal, after
//! Stripe's OpenAPI description (github.com/stripe/openapi, version 2023-08-16) and its reference (docs.stripe.com/api).
//!
//! Every field of a request is checked, and POSTs are idempotent as Stripe documents it. What people do at Stripe (complete a
//! checkout, cancel, a card that fails) a test does through the methods of [`StripeBilling`]; events are made there, and the
//! test delivers them.

mod fields;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::fields::{Form, one};
use super::{Answer, Call, FakeServer, Vendor};
use crate::wait::now;

pub const KEY: &str = "rk_test_51StandInBillingCanary0001";
pub const VERSION: &str = "2023-08-16";
pub const PRICES: [&str; 4] = ["price_1Starter", "price_1Growth", "price_1Pro", "price_1Legacy"];
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[derive(Debug, Default)]
pub struct StripeBilling {
    pub customers: BTreeMap<String, Value>,
    pub sessions: BTreeMap<String, Value>,
    pub subscriptions: Vec<Value>,
    pub invoices: BTreeMap<String, Value>,
    /// What requests with an idempotency key were answered, with what they were.
    replies: BTreeMap<String, (String, Answer)>,
    /// The trial and the price of checkouts: `subscription_data` and `line_items` aren't part of what Stripe shows.
    orders: BTreeMap<String, (String, Option<i64>)>,
    made: u32,
    /// How far its clock is ahead, in seconds.
    pub ahead: i64,
}

pub fn start() -> FakeServer<StripeBilling> {
    FakeServer::of(StripeBilling::default())
}

fn refused(status: u16, message: &str, code: Option<&str>, param: Option<&str>) -> Answer {
    let mut error = json!({"type": "invalid_request_error", "message": message});
    if let Some(code) = code {
        error["code"] = json!(code);
    }
    if let Some(param) = param {
        error["param"] = json!(param);
    }
    Answer(status, json!({ "error": error }))
}

fn missing(what: &str, id: &str, param: &str) -> Answer {
    refused(
        if param == "id" { 404 } else { 400 },
        &format!("No such {what}: '{id}'"),
        Some("resource_missing"),
        Some(param),
    )
}

impl Vendor for StripeBilling {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.bearer() != KEY {
            return refused(401, "Invalid API Key provided", None, None);
        }
        if call.header("stripe-version") != VERSION {
            return refused(400, "Invalid Stripe API version", None, None);
        }
        let form = match fields::checked(call) {
            Ok(form) => form,
            Err(refusal) => return refusal,
        };
        let key = call.header("idempotency-key").to_owned();
        if call.method != "POST" || key.is_empty() {
            return self.execute(call, &form);
        }
        let mut sorted = form.clone();
        sorted.sort();
        let fingerprint = format!("{} {sorted:?}", call.path);
        match self.replies.get(&key) {
            Some((same, answer)) if *same == fingerprint => return answer.clone(),
            Some(_) => {
                let message =
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.";
                return Answer(400, json!({"error": {"type": "idempotency_error", "message": message}}));
            }
            None => {}
        }
        let answer = self.execute(call, &form);
        self.replies.insert(key, (fingerprint, answer.clone()));
        answer
    }
}

impl StripeBilling {
    pub fn now(&self) -> i64 {
        now().seconds() + self.ahead
    }

    fn id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}_1StandIn{:08}", self.made)
    }

    fn execute(&mut self, call: &Call, form: &Form) -> Answer {
        let parts: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        match (call.method.as_str(), parts.as_slice()) {
            ("POST", ["customers"]) => {
                let id = self.id("cus");
                let mut customer = json!({"id": id, "object": "customer", "created": self.now(), "livemode": false,
                    "email": null, "name": null, "metadata": fields::metadata(form)});
                update(&mut customer, form);
                self.customers.insert(id, customer.clone());
                Answer(200, customer)
            }
            ("POST", ["customers", id]) => match self.customers.get_mut(*id) {
                Some(customer) if customer["deleted"] != true => {
                    update(customer, form);
                    Answer(200, customer.clone())
                }
                _ => missing("customer", id, "id"),
            },
            ("GET", ["customers", id]) => found(self.customers.get(*id), "customer", id),
            ("POST", ["checkout", "sessions"]) => self.checkout(form),
            ("GET", ["checkout", "sessions", id]) => found(self.sessions.get(*id), "checkout.session", id),
            ("POST", ["checkout", "sessions", id, "expire"]) => match self.sessions.get_mut(*id) {
                Some(session) if session["status"] == "open" => {
                    session["status"] = json!("expired");
                    session["url"] = Value::Null;
                    Answer(200, session.clone())
                }
                Some(_) => {
                    refused(400, "Only Checkout Sessions with a status in [\"open\"] can be expired.", None, None)
                }
                None => missing("checkout.session", id, "id"),
            },
            ("POST", ["billing_portal", "sessions"]) => {
                let customer = one(form, "customer").unwrap_or_default().to_owned();
                if !self.is_customer(&customer) {
                    return missing("customer", &customer, "customer");
                }
                let id = self.id("bps");
                Answer(
                    200,
                    json!({"id": id, "object": "billing_portal.session", "created": self.now(), "livemode": false,
                    "customer": customer, "return_url": one(form, "return_url"),
                    "url": format!("https://billing.stripe.com/p/session/{id}")}),
                )
            }
            ("GET", ["subscriptions"]) => self.list(form),
            ("GET", ["invoices", id]) => found(self.invoices.get(*id), "invoice", id),
            _ => refused(404, "Unrecognized request URL.", None, None),
        }
    }

    fn is_customer(&self, id: &str) -> bool {
        self.customers.get(id).is_some_and(|customer| customer["deleted"] != true)
    }

    fn checkout(&mut self, form: &Form) -> Answer {
        let customer = one(form, "customer").unwrap_or_default().to_owned();
        if !self.is_customer(&customer) {
            return missing("customer", &customer, "customer");
        }
        let price = one(form, "line_items[0][price]").unwrap_or_default().to_owned();
        if !PRICES.contains(&price.as_str()) {
            return missing("price", &price, "line_items[0][price]");
        }
        let end = one(form, "subscription_data[trial_end]").and_then(|end| end.parse::<i64>().ok());
        let days = one(form, "subscription_data[trial_period_days]").and_then(|days| days.parse::<i64>().ok());
        if end.is_some() && days.is_some() {
            return refused(
                400,
                "You may only specify one of these parameters: trial_end, trial_period_days.",
                None,
                None,
            );
        }
        if end.is_some_and(|end| end < self.now() + 48 * HOUR) {
            let message = "The `trial_end` date has to be at least 2 days in the future.";
            return refused(400, message, None, Some("subscription_data[trial_end]"));
        }
        if days.is_some_and(|days| days < 1) {
            return refused(400, "The minimum is 1.", None, Some("subscription_data[trial_period_days]"));
        }
        let id = self.id("cs_test");
        let session = json!({"id": id, "object": "checkout.session", "created": self.now(),
            "expires_at": self.now() + DAY, "livemode": false, "mode": "subscription", "status": "open",
            "payment_status": "unpaid", "customer": customer, "subscription": null,
            "client_reference_id": one(form, "client_reference_id"), "metadata": fields::metadata(form),
            "payment_method_collection": one(form, "payment_method_collection").unwrap_or("always"),
            "success_url": one(form, "success_url"), "cancel_url": one(form, "cancel_url"),
            "url": format!("https://checkout.stripe.com/c/pay/{id}")});
        self.orders.insert(id.clone(), (price, end.or(days.map(|days| self.now() + days * DAY))));
        self.sessions.insert(id, session.clone());
        Answer(200, session)
    }

    fn list(&self, form: &Form) -> Answer {
        let customer = one(form, "customer").unwrap_or_default();
        if !self.is_customer(customer) {
            return missing("customer", customer, "customer");
        }
        let limit = one(form, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
        // Newest first; without a status, ended ones are left out.
        let all = one(form, "status") == Some("all");
        let shown = |one: &&Value| one["customer"] == customer && (all || one["status"] != "canceled");
        let data: Vec<&Value> = self.subscriptions.iter().rev().filter(shown).collect();
        let page = &data[..data.len().min(limit)];
        Answer(200, json!({"object": "list", "url": "/v1/subscriptions", "has_more": data.len() > limit, "data": page}))
    }

    /// Somebody completes the open checkout of a customer; returns the subscription's id.
    ///
    /// # Panics
    /// Where none is open.
    pub fn complete(&mut self) -> String {
        let open =
            self.sessions.values().find(|session| session["status"] == "open").cloned().expect("an open checkout");
        let (price, trial_end) = self.orders[open["id"].as_str().unwrap()].clone();
        let (id, time) = (self.id("sub"), self.now());
        let item = self.id("si");
        let end = trial_end.unwrap_or(time + 30 * DAY);
        let organization = &open["metadata"]["organization"];
        self.subscriptions.push(json!({"id": id, "object": "subscription", "created": time, "livemode": false,
            "customer": open["customer"], "status": if trial_end.is_some() { "trialing" } else { "active" },
            "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null, "ended_at": null,
            "collection_method": "charge_automatically", "currency": "usd", "current_period_start": time,
            "current_period_end": end, "trial_start": trial_end.map(|_| time), "trial_end": trial_end,
            "metadata": {"organization": organization},
            "items": {"object": "list", "has_more": false, "url": format!("/v1/subscription_items?subscription={id}"),
                "data": [{"id": item, "object": "subscription_item", "quantity": 1, "subscription": id,
                    "price": {"id": price, "object": "price", "currency": "usd", "type": "recurring", "unit_amount": 9_900,
                        "recurring": {"interval": "month", "interval_count": 1}}}]}}));
        let session = self.sessions.get_mut(open["id"].as_str().unwrap()).unwrap();
        session["status"] = json!("complete");
        session["subscription"] = json!(id);
        id
    }

    /// Changes fields of the newest subscription, as Stripe or a person in the portal does.
    ///
    /// # Panics
    /// Where there is none.
    pub fn change(&mut self, fields: &Value) {
        let subscription = self.subscriptions.last_mut().expect("a subscription").as_object_mut().unwrap();
        subscription.extend(fields.as_object().unwrap().clone());
    }

    /// The newest subscription gets another price.
    ///
    /// # Panics
    /// Where there is none.
    pub fn set_price(&mut self, price: &str) {
        self.subscriptions.last_mut().expect("a subscription")["items"]["data"][0]["price"]["id"] = json!(price);
    }

    /// An invoice of the newest subscription, with what is different about it.
    ///
    /// # Panics
    /// Where there is no subscription.
    pub fn invoice(&mut self, fields: &Value) -> String {
        let (id, time) = (self.id("in"), self.now());
        let subscription = self.subscriptions.last().expect("a subscription");
        let mut invoice = json!({"id": id, "object": "invoice", "created": time, "livemode": false,
            "customer": subscription["customer"], "subscription": subscription["id"], "status": "open", "currency": "usd",
            "amount_due": 9_900, "amount_paid": 0, "amount_remaining": 9_900, "attempt_count": 0, "attempted": false,
            "billing_reason": "subscription_cycle", "next_payment_attempt": null, "number": "B7F2-0001", "metadata": {},
            "hosted_invoice_url": format!("https://invoice.stripe.com/i/{id}")});
        invoice.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.invoices.insert(id.clone(), invoice);
        id
    }

    /// An event about an object as it is now.
    ///
    /// # Panics
    /// Where there is no such object.
    pub fn event(&mut self, kind: &str, object: &str) -> Value {
        let known = self.sessions.get(object).or_else(|| self.invoices.get(object));
        let known = known.or_else(|| self.subscriptions.iter().find(|one| one["id"] == object));
        let shown = known.expect("an object").clone();
        json!({"id": self.id("evt"), "object": "event", "api_version": VERSION, "created": self.now(), "livemode": false,
            "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": kind,
            "data": {"object": shown}})
    }
}

fn update(customer: &mut Value, form: &Form) {
    for field in ["name", "email"] {
        if let Some(value) = one(form, field) {
            customer[field] = json!(value);
        }
    }
}

fn found(object: Option<&Value>, what: &str, id: &str) -> Answer {
    object.map_or_else(|| missing(what, id, "id"), |object| Answer(200, object.clone()))
}
