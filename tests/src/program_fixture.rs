//! A program of the first organization that is created by API, with affiliates, sales and plans.

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};

use crate::{
    World,
    brand::But,
    client::api::Api,
    http::{Request, Response},
    wait::now,
};

/// A program of the first organization, created by API.
#[derive(Debug)]
pub struct ProgramFixture {
    pub world: World,
    pub api: Api,
    pub program: String,
}

pub async fn send(api: &Api, method: &str, path: &str, body: &Value) -> Response {
    let mut request = Request::post(&format!("/api/v1{path}"), body.to_string());
    method.clone_into(&mut request.method);
    api.send(request).await
}

pub fn percentage(rate: &str) -> Value {
    json!([{"type": "percentage", "ratePercent": rate}])
}

pub fn days_ago(days: i64) -> Timestamp {
    now().plus_days(-days)
}

impl ProgramFixture {
    /// Started 366 days ago.
    pub async fn new(components: Value) -> Self {
        let world = World::shared().await;
        let api = world.api();
        let body = json!({"name": "By API", "startsAt": days_ago(366).to_string(), "components": components});
        let made = api.post("/programs", &body).await.expect_status(201).json();
        Self { program: made["id"].as_str().unwrap().to_owned(), world, api }
    }

    /// Creates an affiliate with a link and returns their id.
    pub async fn affiliate(&self, slug: &str) -> String {
        let body = json!({
            "name": slug, "slug": slug, "email": format!("{slug}@creators.test"), "programId": self.program,
            "destination": "https://acme.test/"
        });
        let made = self.api.post("/affiliates", &body).await.expect_status(201).json();
        assert_eq!(made["link"]["slug"], slug);
        made["id"].as_str().unwrap().to_owned()
    }

    pub fn sale(&self, id: &str, slug: &str, buyer: &str, at: Timestamp, cents: i64) -> Event {
        self.world.acme.sale(id, cents).but(|report| {
            report.program_id = Some(self.program.parse().unwrap());
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(buyer.to_owned());
            report.occurred_at = Some(at);
        })
    }

    /// The sum that a sale has earned.
    pub async fn earned(&self, id: &str) -> i64 {
        let (_, commissions) = self.api.booked(id).await.unwrap();
        commissions.iter().map(|row| row["amountCents"].as_i64().unwrap()).sum()
    }

    pub async fn plan(&self, body: &Value) -> Response {
        self.api.post(&format!("/programs/{}/plans", self.program), body).await
    }
}
