//! Worlds that many tests of a program share: each test gets two brands of its own in one, which nobody else knows of.
//!
//! A world takes so many tests, and lives as long as one of them uses it. The invariants are checked after each test over all
//! that is there; the ledger's own proofs over everything but the brands of other tests. What fails says whose brands it is
//! about.

use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};

use serde_json::json;
use shared::id::OrganizationId;
use tokio::sync::Mutex;

use crate::{World, brand::Brand, http::Request, invariants, verify};

/// More tests would look through too much of each other's, and use up what one network may ask for without being signed in.
const TESTS: u32 = 12;

/// The world that tests enter at present, and how many did.
static CURRENT: Mutex<Option<(Weak<SharedWorld>, u32)>> = Mutex::const_new(None);

#[derive(Debug)]
pub(crate) struct SharedWorld {
    world: World,
    /// Each organization with the test that it was made for.
    owners: StdMutex<Vec<(OrganizationId, String)>>,
}

impl SharedWorld {
    async fn start() -> Self {
        let world = Box::pin(World::start()).await;
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
        if let Some(objection) = verify::objection(&self.world.ledger, &others).await {
            panic!("{objection}\n{}", self.named_in(&objection));
        }
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
    if let Some((world, tests)) = current.as_mut()
        && *tests < TESTS
        && let Some(world) = world.upgrade()
    {
        *tests += 1;
        return world;
    }
    let world = Arc::new(SharedWorld::start().await);
    *current = Some((Arc::downgrade(&world), 1));
    world
}

/// Two fresh brands in it.
pub(crate) async fn enter() -> World {
    let shared = current().await;
    let whole = shared.whole();
    let request = Request::post("/dev/demo", json!({"suffix": format!("{:08x}", rand::random::<u32>())}).to_string());
    let demo = request.send(&whole.ledger.base()).await.expect("the ledger answers").expect_status(200).json();
    let (acme, globex) = Brand::of_demo(&whole.database, &demo).await;
    let organizations = [acme.organization, globex.organization];
    shared.enlist(organizations);
    // Nobody carries the records to an edge, as in the template of other worlds.
    let [one, other] = organizations.map(|organization| organization.uuid());
    let carried = format!(
        "update edge_config set pushed_version = version where pushed_version < version
         and organization_id in ('{one}', '{other}')"
    );
    whole.database.run(&carried).await;
    World::within(shared, demo, (acme, globex))
}
