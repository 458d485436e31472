//! A brand's own program that receives webhooks, on this machine: it verifies each with the published `standardwebhooks`
//! library, as a real one would, and misbehaves on request.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::fakes::{Answer, Call, FakeServer, Vendor};

#[derive(Debug)]
pub struct Receiver;

impl Vendor for Receiver {
    fn answer(&mut self, _: &Call) -> Answer {
        Answer(200, serde_json::json!({"received": true}))
    }
}

pub fn start() -> FakeServer<Receiver> {
    FakeServer::of(Receiver)
}

/// A webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: String,
    pub timestamp: i64,
    pub kind: String,
    pub body: Value,
    call: Call,
}

impl Received {
    /// # Panics
    /// Where it lacks what every webhook has.
    pub fn of(call: Call) -> Self {
        assert_eq!(call.method, "POST");
        assert_eq!(call.header("content-type"), "application/json");
        assert!(call.header("user-agent").starts_with("Rekomi/"), "{}", call.header("user-agent"));
        let body = call.json().expect("JSON");
        let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["data", "timestamp", "type"]);
        Self {
            id: call.header("webhook-id").to_owned(),
            timestamp: call.header("webhook-timestamp").parse().expect("seconds"),
            kind: body["type"].as_str().unwrap().to_owned(),
            body,
            call,
        }
    }

    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// Whether the published library takes it with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let mut headers = HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(self.call.header(name)).unwrap());
        }
        Webhook::new(secret).unwrap().verify(&self.call.body, &headers).is_ok()
    }

    pub fn signatures(&self) -> usize {
        self.call.header("webhook-signature").split(' ').count()
    }
}

impl FakeServer<Receiver> {
    /// What arrived at a path, in the order of arrival; what a mood answered included.
    pub fn received(&self, path: &str) -> Vec<Received> {
        self.calls().into_iter().filter(|call| call.path == path).map(Received::of).collect()
    }
}
