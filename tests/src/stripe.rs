//! Stripe, as a brand's account sends: events in Stripe's published shapes with values of our own.
//!
//! The shapes are files in `fixtures/stripe`, after the Stripe API reference ("The Event object", "The Checkout Session
//! object", "The Invoice object"); what a test is about is filled in here.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;

use crate::{
    client::sign,
    http::{Request, Response},
    settings,
    wait::now,
};

/// One brand's account: its webhook address and the secret that signs.
#[derive(Debug, Clone)]
pub struct Stripe {
    pub base: String,
    pub target: String,
    pub secret: String,
}

impl Stripe {
    pub fn signed(&self, body: &str, at: Timestamp) -> Request {
        self.with_signature(body, &sign::header(&self.secret, at, body.as_bytes()))
    }

    pub fn with_signature(&self, body: &str, signature: &str) -> Request {
        Request::post(&self.target, body).header("Stripe-Signature", signature).header("User-Agent", "Stripe/1.0")
    }

    pub async fn send(&self, request: &Request) -> Response {
        request.send(&self.base).await.expect("the edge answers")
    }

    pub async fn deliver(&self, event: &Value) -> Response {
        nothing_is_expanded(event);
        self.send(&self.signed(&event.to_string(), now())).await
    }
}

/// Stripe expands nothing in events: a subscription or an invoice has the ids of its discounts.
///
/// # Panics
/// Where an event has what Stripe never sends.
pub fn nothing_is_expanded(event: &Value) {
    let object = &event["data"]["object"];
    if object["object"] != "checkout.session" {
        let mut discounts = object["discounts"].as_array().into_iter().flatten();
        assert!(discounts.all(Value::is_string), "discounts are ids: {event}");
    }
}

/// A shape from `fixtures/stripe`.
pub fn shape(name: &str) -> Value {
    let path = settings::root().join("tests/fixtures/stripe").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A shape as an event of its own about one purchase's payment; `what` ends the event's id.
pub fn payment_event(shape_name: &str, purchase: &str, what: &str) -> Value {
    let text = ["ch", "pi", "in", "re", "du", "inpay"].iter().fold(shape(shape_name).to_string(), |text, kind| {
        let own = if *kind == "in" { format!("in_{purchase}_1") } else { format!("{kind}_{purchase}") };
        text.replace(&format!("\"{kind}_fixture\""), &format!("\"{own}\""))
    });
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["id"] = json!(format!("evt_{purchase}_{what}"));
    event["created"] = json!(now().seconds());
    event
}

/// What distinguishes one purchase from another.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// Ends every id that belongs to it.
    pub name: String,
    pub token: Option<String>,
}

impl Purchase {
    pub fn new(name: &str, token: Option<&str>) -> Self {
        Self { name: name.to_owned(), token: token.map(str::to_owned) }
    }

    pub fn customer(&self) -> String {
        format!("cus_{}", self.name)
    }

    pub fn invoice(&self, number: u32) -> String {
        format!("in_{}_{number}", self.name)
    }

    fn envelope(&self, shape_name: &str, what: &str) -> Value {
        let mut event = shape(shape_name);
        event["id"] = json!(format!("evt_{}_{what}", self.name));
        event["created"] = json!(now().seconds());
        let object = &mut event["data"]["object"];
        object["customer"] = json!(self.customer());
        if let Some(created) = object.get_mut("created") {
            *created = json!(now().seconds());
        }
        // Buyers of one address are one person, whose first sale may be another test's.
        let address = format!("{}@buyers.example", self.name.to_lowercase());
        for place in ["/customer_email", "/customer_details/email"] {
            if let Some(email) = object.pointer_mut(place).filter(|email| email.is_string()) {
                *email = json!(address);
            }
        }
        event
    }

    /// A checkout session of a subscription, completed; the token travels as the reference.
    pub fn checkout(&self) -> Value {
        let mut event = self.envelope("checkout.session.completed.subscription", "checkout");
        let object = &mut event["data"]["object"];
        object["id"] = json!(format!("cs_{}", self.name));
        object["client_reference_id"] = json!(self.token);
        object["subscription"] = json!(format!("sub_{}", self.name));
        object["invoice"] = json!(self.invoice(1));
        event
    }

    /// A checkout session of a single payment.
    pub fn single_payment(&self) -> Value {
        let mut event = self.envelope("checkout.session.completed.payment", "payment");
        let object = &mut event["data"]["object"];
        object["id"] = json!(format!("cs_{}", self.name));
        object["client_reference_id"] = json!(self.token);
        object["payment_intent"] = json!(format!("pi_{}", self.name));
        event
    }

    /// The subscription, in its trial.
    pub fn trialing(&self) -> Value {
        let mut event = self.envelope("customer.subscription.created", "trial");
        let object = &mut event["data"]["object"];
        object["id"] = json!(format!("sub_{}", self.name));
        object["discounts"] = json!([]);
        object["metadata"] = json!({});
        object["status"] = json!("trialing");
        object["trial_start"] = json!(now().seconds());
        object["trial_end"] = json!(now().plus_days(14).seconds());
        event
    }

    /// The subscription's discount, with this promotion code.
    pub fn discount(&self, promotion_code: &str) -> Value {
        let mut event = self.envelope("customer.discount.created", "discount");
        let object = &mut event["data"]["object"];
        object["id"] = json!(format!("di_{}", self.name));
        object["subscription"] = json!(format!("sub_{}", self.name));
        object["promotion_code"] = json!(promotion_code);
        event
    }

    /// A paid invoice: the first one starts the subscription, later ones renew it.
    pub fn paid(&self, shape_name: &str, number: u32) -> Value {
        let mut event = self.envelope(shape_name, &format!("invoice_{number}"));
        let subscription = json!(format!("sub_{}", self.name));
        let object = &mut event["data"]["object"];
        object["id"] = json!(self.invoice(number));
        object["billing_reason"] = json!(if number == 1 { "subscription_create" } else { "subscription_cycle" });
        object["status_transitions"]["paid_at"] = json!(now().seconds() + i64::from(number));
        if object["parent"].is_null() {
            object["subscription"] = subscription;
        } else {
            object["parent"]["subscription_details"]["subscription"] = subscription;
        }
        event
    }
}
