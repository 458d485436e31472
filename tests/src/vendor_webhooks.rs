//! Shopify, Dodo Payments and Creem, as a brand's accounts send: events in the vendors' published shapes
//! (`fixtures/shopify`, `fixtures/dodo`, `fixtures/creem`) with values of our own, signed anew from the vendors'
//! descriptions.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::timestamp::Timestamp;

use crate::{
    World,
    gateway_fixture::hook,
    http::{Request, Response},
    settings,
    wait::{now, until},
};

pub const SHOP: &str = "brand-example.myshopify.com";
/// Base64 of 24 bytes, as Standard Webhooks has it.
const DODO_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// One of a brand's accounts, connected by API.
#[derive(Debug, Clone)]
pub struct Account {
    pub base: String,
    pub target: String,
    /// The connection as the API answered it.
    pub connection: Value,
    pub kind: &'static str,
    pub secret: String,
}

/// What identifies a delivery besides its body.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// Shopify's and Dodo's id of the delivery.
    pub id: &'a str,
    /// Shopify's topic.
    pub topic: &'a str,
    pub shop: &'a str,
    pub at: Timestamp,
}

impl<'a> Delivery<'a> {
    pub fn of(id: &'a str, topic: &'a str) -> Self {
        Self { id, topic, shop: SHOP, at: now() }
    }
}

impl Account {
    /// Connects the first brand's account, and waits until the edge knows it.
    pub async fn connect(world: &World, kind: &'static str) -> Self {
        let secret = match kind {
            "dodo" => DODO_SECRET,
            "shopify" => "shpss_canary0123456789abcdef",
            _ => "whsec_canary0123456789abcdef",
        };
        let mut credentials = json!({ "webhookSecret": secret });
        if kind == "shopify" {
            credentials["shop"] = json!(SHOP);
        }
        let program = world.acme.program.to_string();
        let body = json!({ "type": kind, "programId": program, "credentials": credentials });
        let connection = world.api().post("/connections", &body).await.expect_status(201).json();
        let account = Self::of(world, kind, connection, secret);
        until("the edge to know the connection", 20, async || {
            let unsigned = account.send(&Request::post(&account.target, "{}")).await;
            (unsigned.status == 401).then_some(())
        })
        .await;
        account
    }

    /// The account of a connection that signs with that secret.
    pub fn of(world: &World, kind: &'static str, connection: Value, secret: &str) -> Self {
        Self { base: world.edge_base(), target: hook(&connection), connection, kind, secret: secret.to_owned() }
    }

    pub async fn send(&self, request: &Request) -> Response {
        request.send(&self.base).await.expect("the edge answers")
    }

    /// The body as the vendor signs and sends it.
    pub fn signed(&self, body: &str, delivery: &Delivery<'_>) -> Request {
        let request = Request::post(&self.target, body);
        match self.kind {
            "shopify" => request
                .header("X-Shopify-Hmac-SHA256", &BASE64_STANDARD.encode(mac(self.secret.as_bytes(), body)))
                .header("X-Shopify-Shop-Domain", delivery.shop)
                .header("X-Shopify-Topic", delivery.topic)
                .header("X-Shopify-Webhook-Id", delivery.id)
                .header("X-Shopify-API-Version", "2026-10"),
            "dodo" => {
                let key = BASE64_STANDARD.decode(self.secret.trim_start_matches("whsec_")).unwrap();
                let seconds = delivery.at.seconds().to_string();
                let signature = mac(&key, &format!("{}.{seconds}.{body}", delivery.id));
                request
                    .header("webhook-id", delivery.id)
                    .header("webhook-timestamp", &seconds)
                    .header("webhook-signature", &format!("v1,{}", BASE64_STANDARD.encode(signature)))
            }
            _ => request.header("creem-signature", &hex(&mac(self.secret.as_bytes(), body))),
        }
    }

    /// Delivers an event with an id of its own.
    pub async fn deliver(&self, id: &str, topic: &str, event: &Value) -> Response {
        self.send(&self.signed(&event.to_string(), &Delivery::of(id, topic))).await
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The request with another value for a header.
pub fn with_header(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.retain(|(known, _)| known != name);
    request.header(name, value)
}

/// A shape from `fixtures/{kind}`.
pub fn shape(kind: &str, name: &str) -> Value {
    let path = settings::root().join("tests/fixtures").join(kind).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Waits for the sale with this id to be booked with this amount, and its one commission with the other.
pub async fn earns(world: &World, source: &str, sale: &str, amounts: (i64, i64), status: &str) {
    let api = world.api();
    until(&format!("{sale} to earn {}", amounts.1), 10, async || {
        let (conversion, commissions) = api.booked(sale).await?;
        let right = conversion["amountCents"] == amounts.0 && conversion["source"] == source && commissions.len() == 1;
        (right && commissions[0]["amountCents"] == amounts.1 && commissions[0]["status"] == status).then_some(())
    })
    .await;
}
