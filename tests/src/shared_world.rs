//! Worlds that many tests of a program share, or many rounds of one test: each gets two brands of its own, which the
//! others don't know.
//!
//! A world takes a dozen tests, for half a minute, and lives until the last of them is done and another world takes its
//! place. The invariants are checked after each test over all
//! that is there; the ledger's own proofs over everything but the brands of other tests. What fails says whose brands it is
//! about.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::json;
use shared::id::OrganizationId;
use tokio::sync::Mutex;

use crate::{
    Plan, World,
    brand::Brand,
    http::{self, Request},
    invariants, settings, verify,
};

/// More tests would look through too much of each other's.
const TESTS: u32 = 12;
/// How long after its start a world takes tests: jobs that are seldom due have their first round a minute after it.
const OPEN: Duration = Duration::from_secs(30);

/// How many connections to Postgres its ledger may have: several tests ask it at once, and some of them ten times at once.
const CONNECTIONS: &str = "24";

/// The world that tests enter at present, how many did, and since when. It is kept although no test uses it for a moment; the
/// last one ends with the process.
static CURRENT: Mutex<Option<(Arc<SharedWorld>, u32, Instant)>> = Mutex::const_new(None);

#[derive(Debug)]
pub(crate) struct SharedWorld {
    world: World,
    /// Each organization with the test that it was made for.
    owners: StdMutex<Vec<(OrganizationId, String)>>,
}

impl SharedWorld {
    async fn start(plan: Plan) -> Self {
        let world = Box::pin(plan.start()).await;
        world.database.share().await;
        let nobodys = [&world.acme, &world.globex].map(|brand| (brand.organization, "no test".to_owned()));
        Self { world, owners: StdMutex::new(nobodys.into()) }
    }

    /// All that the tests share.
    pub(crate) const fn whole(&self) -> &World {
        &self.world
    }

    fn owners(&self) -> Vec<(OrganizationId, String)> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn enlist(&self, organizations: [OrganizationId; 2]) {
        let test = std::thread::current().name().unwrap_or("a test without a name").to_owned();
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.extend(organizations.map(|organization| (organization, test.clone())));
    }

    /// Checks what must hold whatever happened, in all brands.
    pub(crate) async fn check(&self) {
        let broken = invariants::broken(&self.world.database).await.join("\n");
        assert!(broken.is_empty(), "the oracle objects:\n{broken}\n{}", self.named_in(&broken));
    }

    /// What the ledger itself has to say about the book of these brands, and of what tests created besides.
    pub(crate) async fn verify(&self, organizations: &[OrganizationId]) {
        let others = self.owners().into_iter().map(|(organization, _)| organization);
        let others: Vec<OrganizationId> = others.filter(|one| !organizations.contains(one)).collect();
        let others = [self.test_modes(&others).await, others].concat();
        if let Some(objection) = verify::objection(&self.world.ledger, &others).await {
            panic!("{objection}\n{}", self.named_in(&objection));
        }
    }

    /// Their test modes, which tests created.
    async fn test_modes(&self, of: &[OrganizationId]) -> Vec<OrganizationId> {
        let of: Vec<String> = of.iter().map(|organization| organization.uuid().to_string()).collect();
        let query = format!("select id::text as id from tenants where test_of = any ('{{{}}}')", of.join(","));
        let found = self.world.database.texts(&query).await.concat();
        found.iter().map(|id| OrganizationId::new(id.parse().unwrap())).collect()
    }

    /// Whose organizations a text names.
    fn named_in(&self, text: &str) -> String {
        let is_named = |id: &OrganizationId| text.contains(&id.to_string()) || text.contains(&id.uuid().to_string());
        let named = self.owners().into_iter().filter(|(organization, _)| is_named(organization));
        let lines: Vec<String> = named.map(|(id, test)| format!("{id} ({}) is of {test}", id.uuid())).collect();
        lines.join("\n")
    }
}

/// A world with room, started where there is none.
async fn current() -> Arc<SharedWorld> {
    let mut current = CURRENT.lock().await;
    let (world, tests, since) = match current.take() {
        Some(open) if open.2.elapsed() < OPEN => open,
        _ => {
            let since = Instant::now();
            let plan = Plan::default().ledger_setting("REKOMI_DATABASE_CONNECTIONS", CONNECTIONS);
            (Arc::new(SharedWorld::start(plan).await), 0, since)
        }
    };
    if tests + 1 < TESTS {
        *current = Some((Arc::clone(&world), tests + 1, since));
    }
    world
}

/// Two fresh brands in a world that other tests use, too. On a cluster, a world of the test's own: its other servers don't know
/// the role that confines statements of tests.
pub(crate) async fn enter() -> World {
    if !settings::workers().is_empty() {
        return Box::pin(Plan::default().start()).await;
    }
    fresh_brands(current().await).await
}

/// A world of one test's own, for a test that tries the same in many pairs of brands, one after the other.
#[derive(Debug)]
pub struct Rounds(Arc<SharedWorld>);

impl Rounds {
    pub async fn start(plan: Plan) -> Self {
        Self(Arc::new(SharedWorld::start(plan).await))
    }

    /// Two fresh brands in it.
    pub async fn another(&self) -> World {
        fresh_brands(Arc::clone(&self.0)).await
    }
}

async fn fresh_brands(shared: Arc<SharedWorld>) -> World {
    let [one, two, three, _] = rand::random::<u32>().to_be_bytes();
    http::connect_from(Ipv4Addr::new(127, one.max(1), two, three.clamp(1, 254)));
    let whole = shared.whole();
    let request = Request::post("/dev/demo", json!({"suffix": format!("{:08x}", rand::random::<u32>())}).to_string());
    let demo = request.send(&whole.ledger.base()).await.expect("the ledger answers").expect_status(200).json();
    let (acme, globex) = Brand::of_demo(&whole.database, &demo).await;
    let organizations = [acme.organization, globex.organization];
    shared.enlist(organizations);
    // No edge takes the records, as in the template of other worlds.
    let [one, other] = organizations.map(|organization| organization.uuid());
    let carried = format!(
        "update edge_config set pushed_version = version where pushed_version < version
         and organization_id in ('{one}', '{other}')"
    );
    whole.database.run(&carried).await;
    World::within(shared, demo, (acme, globex))
}
