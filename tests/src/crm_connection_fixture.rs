//! A world beside one CRM vendor's fake server, or beside each of them in turn, and its connection by API.

use std::{collections::VecDeque, fmt};

use serde_json::{Value, json};

use crate::{
    Plan, Rounds, World,
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
    /// How many lines the ledger had logged before.
    logged: usize,
}

/// One world beside the fake servers of all vendors, each of which gets brands that are connected to no other.
pub struct EachCrm {
    rounds: Rounds,
    vendors: VecDeque<FakeServer<Box<dyn Crm>>>,
}

impl fmt::Debug for EachCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EachCrm").field("left", &self.vendors.len()).finish_non_exhaustive()
    }
}

impl EachCrm {
    pub async fn start() -> Self {
        let vendors: VecDeque<_> = crm::all().into_iter().map(crm::start).collect();
        Self { rounds: Rounds::start(vendors.iter().fold(fast(), beside)).await, vendors }
    }

    /// The next vendor.
    pub async fn another(&mut self) -> Option<CrmConnectionFixture> {
        let vendor = self.vendors.pop_front()?;
        let world = self.rounds.another().await;
        let logged = world.ledger.log().lines().count();
        Some(CrmConnectionFixture { world, vendor, logged })
    }
}

/// At many times the vendors' pace.
fn fast() -> Plan {
    Plan::default().ledger_setting("REKOMI_CRM_PACE_FACTOR", "200")
}

/// Where the vendor is the fake server.
fn beside(plan: Plan, vendor: &FakeServer<Box<dyn Crm>>) -> Plan {
    let hosts = vendor.with(|crm| crm.hosts());
    hosts.iter().fold(plan, |plan, host| plan.ledger_setting(&format!("REKOMI_VENDOR_BASE_{host}"), vendor.base()))
}

impl fmt::Debug for CrmConnectionFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmConnectionFixture").field("slug", &self.slug()).finish_non_exhaustive()
    }
}

impl CrmConnectionFixture {
    pub async fn of(slug: &str) -> Self {
        let vendor = crm::start(crm::of(slug));
        let plan = beside(fast(), &vendor);
        Self { world: Box::pin(plan.start()).await, vendor, logged: 0 }
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
        let log = self.world.ledger.log();
        let mut places: Vec<String> = log.lines().skip(self.logged).map(str::to_owned).collect();
        places.extend(self.world.database.all_emails().await);
        for table in ["crm_connections", "crm_refresh_tokens", "idempotency_keys", "audit_log"] {
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
