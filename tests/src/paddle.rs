//! Paddle, as a brand's account sends: events in Paddle Billing's published shapes (`fixtures/paddle`, after
//! developer.paddle.com, "Webhooks") with values of our own, signed anew from the description.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::timestamp::Timestamp;

use crate::{
    World,
    http::{Request, Response},
    settings,
    wait::now,
};

/// One brand's account: its webhook address and the secret that signs.
#[derive(Debug, Clone)]
pub struct Paddle {
    pub base: String,
    pub target: String,
    pub secret: String,
}

impl Paddle {
    /// The first brand's, which the demo comes with.
    pub fn of(world: &World) -> Self {
        let account = &world.demo["gateways"]["paddle"];
        let text = |name: &str| account[name].as_str().expect("the demo has a Paddle account");
        let connection = text("url").rsplit('/').next().unwrap_or_default();
        let target = format!("/hooks/paddle/{connection}");
        Self { base: world.edge_base(), target, secret: text("secret").to_owned() }
    }

    pub fn with_signature(&self, body: &str, signature: &str) -> Request {
        Request::post(&self.target, body).header("Paddle-Signature", signature).header("User-Agent", "Paddle")
    }

    pub fn signed(&self, body: &str, at: Timestamp) -> Request {
        self.with_signature(body, &format!("ts={};h1={}", at.seconds(), h1(&self.secret, at.seconds(), body)))
    }

    pub async fn send(&self, request: &Request) -> Response {
        request.send(&self.base).await.expect("the edge answers")
    }

    pub async fn deliver(&self, event: &Value) -> Response {
        self.send(&self.signed(&event.to_string(), now())).await
    }
}

/// HMAC-SHA256, in hexadecimal, over the time, a colon and the body.
pub fn h1(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}:{body}").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A shape from `fixtures/paddle`.
pub fn shape(name: &str) -> Value {
    let path = settings::root().join("tests/fixtures/paddle").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The shape as an event of its own about one transaction and its buyer.
pub fn event(shape_name: &str, what: &str, name: &str) -> Value {
    let mut event = shape(shape_name);
    event["event_id"] = json!(format!("evt_{name}_{what}"));
    event["occurred_at"] = json!(now().to_string());
    let data = &mut event["data"];
    data["customer_id"] = json!(format!("ctm_{name}"));
    if data["transaction_id"].is_null() {
        data["id"] = json!(format!("txn_{name}"));
        data["billed_at"] = json!(now().to_string());
        data["subscription_id"] = json!(format!("sub_{name}"));
    } else {
        data["id"] = json!(format!("adj_{name}_{what}"));
        data["transaction_id"] = json!(format!("txn_{name}"));
    }
    event
}
