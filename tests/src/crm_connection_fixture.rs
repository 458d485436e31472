//! A world beside one CRM vendor's fake server, and its connection by API.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    Plan, World,
    fakes::{
        FakeServer,
        crm::{self, Crm},
    },
    http::{Request, Response},
};

/// A world beside one vendor's fake server.
pub struct CrmConnectionFixture {
    pub world: World,
    pub vendor: FakeServer<Box<dyn Crm>>,
}

impl fmt::Debug for CrmConnectionFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmConnectionFixture").field("slug", &self.slug()).finish_non_exhaustive()
    }
}

impl CrmConnectionFixture {
    pub async fn of(slug: &str) -> Self {
        let vendor = crm::start(crm::of(slug));
        let fast = Plan::default().ledger_setting("REKOMI_CRM_PACE_FACTOR", "200");
        let plan = vendor
            .with(|crm| crm.hosts())
            .iter()
            .fold(fast, |plan, host| plan.ledger_setting(&format!("REKOMI_VENDOR_BASE_{host}"), vendor.base()));
        Self { world: Box::pin(plan.start()).await, vendor }
    }

    pub fn slug(&self) -> &'static str {
        self.vendor.with(|crm| crm.slug())
    }

    pub fn secrets(&self) -> Vec<String> {
        let descriptor = connector::providers::named(self.slug()).unwrap().descriptor();
        let credentials = self.vendor.with(|crm| crm.credentials());
        let secret = |name: &String| descriptor.field(name).is_some_and(|field| field.secret);
        credentials.into_iter().filter(|(name, _)| secret(name)).map(|(_, value)| value).collect()
    }

    /// The request as a new user of the API would send it.
    pub fn body(&self) -> Value {
        json!({"type": self.slug(), "credentials": self.vendor.with(|crm| crm.credentials())})
    }

    pub async fn create(&self, body: &Value) -> Response {
        self.world.api().post("/connections", body).await
    }

    /// Creates a connection with the fake server's list.
    pub async fn connected(&self) -> Value {
        let mut body = self.body();
        if let Some(list) = self.vendor.with(|crm| crm.list()) {
            body["list"] = json!(list.id);
        }
        self.create(&body).await.expect_status(201).json()
    }

    pub async fn change(&self, made: &Value, body: &Value) -> Response {
        self.world.api().patch(&path(made), body).await
    }

    pub async fn test(&self, made: &Value) -> Response {
        self.world.api().send(Request::new("POST", &format!("/api/v1{}/test", path(made)))).await
    }

    /// Checks that no secret is in an answer, a log, or unencrypted in the database.
    pub async fn keeps_secrets(&self, answers: &[&Response]) {
        let mut places = vec![self.world.ledger.log()];
        for table in ["crm_connections", "crm_refresh_tokens", "idempotency_keys", "audit_log", "mails"] {
            places.push(format!("{:?}", self.world.database.texts(&format!("select * from {table}")).await));
        }
        places.extend(answers.iter().map(|answer| answer.text()));
        for place in places {
            for secret in self.secrets() {
                let line = place.lines().find(|line| line.contains(&secret));
                assert_eq!(line, None, "{secret}");
            }
        }
    }
}

pub fn path(made: &Value) -> String {
    format!("/connections/{}", made["id"].as_str().unwrap())
}

pub fn slugs() -> Vec<&'static str> {
    crm::all().iter().map(|crm| crm.slug()).collect()
}
