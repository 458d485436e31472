//! A world beside the fake server of Stripe, with affiliates who set up their payout accounts.

use serde_json::{Value, json};

use crate::{
    Plan, World,
    fakes::{
        FakeServer,
        stripe_connect::{self, RESTRICTED_KEY, StripeConnect},
    },
    http::{Request, Response},
    wait::until,
};

/// A world beside Stripe.
#[derive(Debug)]
pub struct PayoutAccountFixture {
    pub world: World,
    pub stripe: FakeServer<StripeConnect>,
}

impl PayoutAccountFixture {
    pub async fn open() -> Self {
        let stripe = stripe_connect::start();
        let plan = Plan::default().ledger_setting("REKOMI_STRIPE_API_BASE", stripe.base());
        Self { world: Box::pin(plan.start()).await, stripe }
    }

    pub async fn connected() -> Self {
        let fixture = Self::open().await;
        fixture.connect(RESTRICTED_KEY).await.expect_status(200);
        fixture
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        let request = Request::post(&format!("/api/v1{path}"), body.to_string());
        self.world.api().send(Request { method: "PUT".to_owned(), ..request }).await
    }

    pub async fn connect(&self, key: &str) -> Response {
        self.put("/payout-connection", &json!({"apiKey": key})).await
    }

    /// Creates another affiliate and returns their id and address.
    pub async fn affiliate(&self, name: &str) -> (String, String) {
        let email = format!("{name}@creators.test");
        let made = self.world.api().post("/affiliates", &json!({"email": email, "name": name})).await;
        let made = made.expect_status(201).json();
        (made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned(), email)
    }

    pub async fn set_up(&self, affiliate: &str, country: &str) -> Response {
        let path = format!("/affiliates/{affiliate}/payout-account");
        self.world.api().post(&path, &json!({"country": country, "entity": "individual"})).await
    }

    pub async fn read(&self, affiliate: &str) -> Value {
        self.world.api().get(&format!("/affiliates/{affiliate}/payout-account")).await.expect_status(200).json()
    }

    /// Waits until the account has that status.
    pub async fn until_status(&self, affiliate: &str, status: &str) -> Value {
        until(&format!("{affiliate} is {status}"), 20, async || {
            let read = self.read(affiliate).await;
            (read["stripe"]["status"] == status).then_some(read)
        })
        .await
    }

    pub async fn advance_days(&self, days: u32) {
        let body = json!({"advanceDays": days}).to_string();
        Request::post("/dev/clock", body).send(&self.world.ledger.base()).await.unwrap().expect_status(200);
    }
}
