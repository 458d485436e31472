//! Goal: an event that the ledger will not keep, however often it is asked, ends among the dead letters with the reason,
//! its neighbours pass meanwhile, and a replay brings it home once the cause is gone.
//! Method: the edge is told of a key of an organization that the ledger has never heard of; its sale travels with sound
//! ones; then the organization comes into being and the email is replayed. Doors between the two are opened as the
//! ledger opens them, with its signature.

use serde_json::{Value, json};
use shared::{
    config::{ApiKeyRecord, Entry, PUSH_PATH, Push, Record, api_key_key, sealed_place},
    id::{ApiKey, Organization, OrganizationId},
    keys::{KeyRing, Purpose},
    seal::{Secret, seal},
};
use world::{
    Plan, World,
    brand::fresh,
    client::{intake::Intake, s2s::Backend},
    http::Request,
    settings,
    shared_app::backend,
    wait::{now, until},
};

/// A request to one of the edge's internal doors.
async fn as_ledger(world: &World, method: &str, target: &str, body: &str) -> Value {
    let signed = if method == "GET" { target } else { body };
    let mut request = Intake::signed(&fresh::<shared::id::BatchKind>().to_string(), now(), signed);
    (request.method, request.target, request.body) = (method.to_owned(), target.to_owned(), body.as_bytes().to_vec());
    let request: Request = request;
    request.send(&world.edge_base()).await.unwrap().expect_status(200).json()
}

/// The edge learns of a key that the ledger knows nothing of.
async fn stranger(world: &World, organization: OrganizationId) -> Backend {
    let backend =
        Backend { base: world.edge_base(), api_key: "rk_test_stranger".to_owned(), secret: "rks_stranger".to_owned() };
    let key = api_key_key(&backend.api_key);
    let ring = KeyRing::parse(settings::EDGE_KEYS, Purpose::EdgeConfig).unwrap();
    let sealed =
        seal(&ring, sealed_place(&organization.to_string(), &key), rand::random(), &Secret::new(&*backend.secret))
            .unwrap();
    let record = ApiKeyRecord {
        organization_id: organization,
        api_key_id: fresh::<ApiKey>(),
        writes: true,
        sealed_secrets: vec![sealed],
        expires_at: None,
    };
    let push = Push { entries: vec![Entry { key, version: 1, record: Some(Record::ApiKey(record)) }] };
    as_ledger(world, "POST", PUSH_PATH, &serde_json::to_string(&push).unwrap()).await;
    backend
}

#[tokio::test(flavor = "multi_thread")]
async fn buried_with_the_reason_and_replayed() {
    let world = Plan::default().edge().start().await;
    let organization = fresh::<Organization>();
    let stranger = stranger(&world, organization).await;
    stranger.post(&json!({"externalEventId": "orphan", "amountCents": 9_900})).await.expect_status(202);
    for number in 0..10 {
        let sale =
            json!({"externalEventId": format!("sound-{number}"), "amountCents": 9_900, "affiliateSlug": "lauren"});
        backend(&world).post(&sale).await.expect_status(202);
    }
    until("the neighbours to pass", 10, async || {
        (world.database.count("select count(*) from commissions").await == 10).then_some(())
    })
    .await;
    let buried = until("the dead letter", 40, async || {
        let page = as_ledger(&world, "GET", "/internal/dead-letters", "").await;
        page["data"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(buried["reason"], "unknown_organization", "{buried}");
    assert!(buried["attempts"].as_u64().unwrap() >= 2, "{buried}");

    let id = organization.uuid();
    world
        .database
        .run(&format!(
            "insert into tenants values ('{id}', now());
             insert into organizations (organization_id, slug, name, created_at) values ('{id}', 'late', 'Late', now())"
        ))
        .await;
    let replayed = as_ledger(&world, "POST", "/internal/dead-letters/replay", r#"{"all":true}"#).await;
    assert_eq!(replayed["replayed"], 1, "{replayed}");
    let home = "select count(*) from conversions where external_id = 'orphan'";
    until("the orphan to come home", 20, async || (world.database.count(home).await == 1).then_some(())).await;
    let left = as_ledger(&world, "GET", "/internal/dead-letters", "").await;
    assert_eq!(left["data"].as_array().unwrap().len(), 0, "{left}");
    world.finish().await;
}
