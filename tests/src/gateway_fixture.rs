//! A world whose ledger connects gateways at their fake servers.

use serde_json::{Value, json};

use crate::{
    Plan, World,
    fakes::{FakeServer, braintree, creem, dodo, paddle, stripe},
    http::{Request, Response},
    stripe::Stripe,
};

/// A world whose ledger calls the fake servers instead of the gateways.
#[derive(Debug)]
pub struct GatewayFixture {
    pub world: World,
    pub stripe: FakeServer<stripe::Stripe>,
    pub paddle: FakeServer<paddle::Paddle>,
    pub braintree: FakeServer<braintree::Braintree>,
    pub dodo: FakeServer<dodo::Dodo>,
    pub creem: FakeServer<creem::Creem>,
}

impl GatewayFixture {
    pub async fn start(plan: Plan) -> Self {
        let (stripe, paddle, braintree) = (stripe::start(), paddle::start(), braintree::start());
        let (dodo, creem) = (dodo::start(), creem::start());
        let plan = plan
            .ledger_setting("REKOMI_STRIPE_API_BASE", stripe.base())
            .ledger_setting("REKOMI_PADDLE_API_BASE", paddle.base())
            .ledger_setting("REKOMI_BRAINTREE_API_BASE", braintree.base())
            .ledger_setting("REKOMI_DODO_API_BASE", dodo.base())
            .ledger_setting("REKOMI_CREEM_API_BASE", creem.base());
        Self { world: Box::pin(plan.start()).await, stripe, paddle, braintree, dodo, creem }
    }

    pub fn body(&self, kind: &str, credentials: &Value) -> Value {
        json!({"type": kind, "programId": self.world.acme.program.to_string(), "credentials": credentials})
    }

    pub async fn connect(&self, kind: &str, credentials: &Value) -> Response {
        self.world.api().post("/connections", &self.body(kind, credentials)).await
    }

    pub async fn change(&self, connection: &Value, body: &Value) -> Response {
        let mut request = Request::post(&target(connection), body.to_string());
        request.method = "PATCH".to_owned();
        self.world.api().send(request).await
    }

    pub async fn remove(&self, connection: &Value) -> Response {
        self.world.api().send(Request::new("DELETE", &target(connection))).await
    }

    pub async fn test(&self, connection: &Value) -> Response {
        self.world.api().send(Request::new("POST", &format!("{}/test", target(connection)))).await
    }

    /// Ids of the connections that the demo didn't bring.
    pub async fn made(&self) -> Vec<Value> {
        let demo = self.world.demo["gateways"].to_string();
        let all = self.world.api().all("/connections").await;
        all.into_iter().filter(|one| !demo.contains(one["id"].as_str().unwrap())).collect()
    }

    /// Checks that no secret is in an answer, a log, or unencrypted in the database. The fake secrets say "canary".
    pub async fn keeps_secrets(&self, answers: &[&Response]) {
        let rows = self.world.database.texts("select * from gateway_connections").await;
        let records = self.world.database.texts("select * from edge_config where key like 'gateway:%'").await;
        let kept = self.world.database.texts("select * from idempotency_keys").await;
        let mut places = vec![self.world.ledger.log(), format!("{rows:?} {records:?} {kept:?}")];
        places.extend(answers.iter().map(|answer| answer.text()));
        for place in places {
            for canary in ["canary", braintree::PRIVATE_KEY] {
                let line = place.lines().find(|line| line.to_lowercase().contains(canary));
                assert_eq!(line, None, "{canary}");
            }
        }
    }

    /// A connection's Stripe account, which signs with that secret.
    pub fn signs(&self, connection: &Value, secret: &str) -> Stripe {
        Stripe { base: self.world.edge_base(), target: hook(connection), secret: secret.to_owned() }
    }
}

pub fn target(connection: &Value) -> String {
    format!("/api/v1/connections/{}", connection["id"].as_str().unwrap())
}

/// The path of a connection's webhooks.
pub fn hook(connection: &Value) -> String {
    format!("/hooks/{}/{}", connection["type"].as_str().unwrap(), connection["id"].as_str().unwrap())
}
