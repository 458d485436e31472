//! Goal: a change of an affiliate that a CRM should know starts a sync in the same transaction: another segment, terms
//! accepted or withdrawn. A request that changes nothing starts none.
//! Method: a connection is written into the database, whose CRM is unreachable; the reasons of the queued syncs are
//! read there.

use serde_json::json;
use world::World;

/// How many syncs have been created for a reason.
async fn syncs(world: &World, reason: &str) -> i64 {
    world.database.count(&format!("select count(*) from crm_syncs where reason = '{reason}'")).await
}

/// Removes waiting syncs so that the next one can be queued.
async fn clear(world: &World) {
    world.database.run("delete from crm_syncs").await;
}

#[tokio::test]
async fn what_a_crm_is_to_know() {
    let world = World::shared().await;
    let (api, organization) = (world.api(), world.acme.organization.uuid());
    // It waits for a day: nothing is sent meanwhile.
    let connection = format!(
        "insert into crm_connections (organization_id, id, vendor, sealed_credentials, wait_until, created_at)
         values ('{organization}', gen_random_uuid(), 'klaviyo', 'unreadable', now() + interval '1 day', now())"
    );
    world.database.run(&connection).await;
    let gold = json!({"email": world.own("lauren@creators.test"), "segment": "gold"});
    api.post("/automations/segment", &gold).await.expect_status(200);
    assert_eq!(syncs(&world, "segment").await, 1);
    clear(&world).await;
    api.post("/automations/segment", &gold).await.expect_status(200);
    assert_eq!(syncs(&world, "segment").await, 0, "nothing changed");
    for granted in [true, false] {
        let terms = json!({"affiliateId": world.acme.partner.affiliate.to_string(), "kind": "program_terms", "granted": granted});
        api.post("/consents", &terms).await.expect_status(201);
        assert_eq!(syncs(&world, "consent").await, 1, "{granted}");
        clear(&world).await;
    }
    let marketing =
        json!({"affiliateId": world.acme.partner.affiliate.to_string(), "kind": "marketing_email", "granted": true});
    api.post("/consents", &marketing).await.expect_status(201);
    assert_eq!(syncs(&world, "consent").await, 0);
    // An affiliate who is created with accepted terms is synced once, with everything known by then.
    let made = json!({"name": "Ada", "email": "ada@creators.test", "termsAccepted": {"at": "2026-01-18T09:12:00Z"}});
    api.post("/affiliates", &made).await.expect_status(201);
    assert_eq!(world.database.count("select count(*) from crm_syncs").await, 1);
    world.finish().await;
}
