//! A world with a receiver of its webhooks.

use serde_json::{Value, json};
use shared::event::Event;

use crate::{
    World,
    brand::But,
    client::api::Api,
    fakes::FakeServer,
    http::{Request, Response},
    receiver::{self, Received, Receiver},
    wait,
};

/// A world with a receiver.
#[derive(Debug)]
pub struct WebhookFixture {
    pub world: World,
    pub receiver: FakeServer<Receiver>,
}

impl WebhookFixture {
    /// In a world of the test's own.
    pub async fn start() -> Self {
        Self { world: World::start().await, receiver: receiver::start() }
    }

    /// In a world that other tests use, too.
    pub async fn shared() -> Self {
        Self { world: World::shared().await, receiver: receiver::start() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.receiver.base())
    }

    /// Creates a webhook at a path of the receiver and returns it with its secret.
    pub async fn listen(&self, path: &str, events: &Value) -> (Value, String) {
        let body = json!({"url": self.url(path), "events": events});
        let made = self.world.api().post("/webhooks", &body).await.expect_status(201).json();
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        (made, secret)
    }

    pub async fn read(&self, webhook: &Value) -> Value {
        self.world.api().get(&path(webhook, "")).await.expect_status(200).json()
    }

    pub async fn change(&self, webhook: &Value, body: &Value) -> Response {
        patch(&self.world.api(), &path(webhook, ""), body).await
    }

    pub async fn deliveries(&self, webhook: &Value) -> Vec<Value> {
        self.world.api().all(&path(webhook, "/deliveries")).await
    }

    /// Waits until so many have arrived at a path.
    pub async fn arrived(&self, path: &str, count: usize) -> Vec<Received> {
        let what = format!("{count} webhooks at {path}");
        wait::until(&what, 20, async || Some(self.receiver.received(path)).filter(|all| all.len() >= count)).await
    }

    /// A sale of the demo's partner.
    pub async fn sale(&self, id: &str) {
        self.world.intake().accept(&[self.reported_sale(id)]).await;
    }

    pub fn reported_sale(&self, id: &str) -> Event {
        let (slug, customer) = (self.world.acme.partner.slug.clone(), format!("buyer of {id}"));
        self.world.acme.sale(id, 9_900).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some(customer);
        })
    }

    pub async fn advance(&self, days: i64) {
        let request = Request::post("/dev/clock", json!({"advanceDays": days}).to_string());
        request.send(&self.world.ledger.base()).await.unwrap().expect_status(200);
    }
}

/// The path of a webhook below `/api/v1`.
pub fn path(webhook: &Value, rest: &str) -> String {
    format!("/webhooks/{}{rest}", webhook["id"].as_str().unwrap())
}

pub async fn patch(api: &Api, path: &str, body: &Value) -> Response {
    let mut request = Request::post(&format!("/api/v1{path}"), body.to_string());
    request.method = "PATCH".to_owned();
    api.send(request).await
}

pub async fn remove(api: &Api, path: &str) -> Response {
    api.send(Request::new("DELETE", &format!("/api/v1{path}"))).await
}
