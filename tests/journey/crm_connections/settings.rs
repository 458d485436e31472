//! Goal: what is set on a connection is checked, kept and told; one door serves gateways and CRMs.
//! Method: one vendor's stand-in; each setting by the API, good and bad.

use world::http::Request;

use super::{Office, path};

#[tokio::test(flavor = "multi_thread")]
async fn gateways_and_crms_share_one_list() {
    let office = Office::of("activecampaign").await;
    let (first, second) = (office.connected().await, office.connected().await);
    assert_ne!(first["id"], second["id"], "two accounts of one vendor are fine");
    let api = office.world.api();
    let all = api.all("/connections").await;
    let mut paged = Vec::new();
    let mut next = Some(String::from("/connections?perPage=2"));
    while let Some(target) = next {
        let page = api.get(&target).await.expect_status(200).json();
        paged.extend(page["data"].as_array().unwrap().clone());
        next = page["nextCursor"].as_str().map(|cursor| format!("/connections?perPage=2&cursor={cursor}"));
    }
    assert_eq!(paged, all, "both kinds in one order");
    assert_eq!(all.len(), 5, "with the demo's three gateways");
    assert_eq!((&all[0]["id"], &all[1]["id"]), (&second["id"], &first["id"]), "newest first");
    let kinds: Vec<&str> = all.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["crm", "crm", "gateway", "gateway", "gateway"]);
    for (query, count) in [("type=activecampaign", 2), ("type=stripe", 1), ("kind=crm", 2), ("kind=gateway", 3)] {
        assert_eq!(api.all(&format!("/connections?{query}")).await.len(), count, "{query}");
    }
    let program = office.world.acme.program;
    assert!(api.all(&format!("/connections?programId={program}")).await.iter().all(|one| one["kind"] == "gateway"));
    assert_eq!(api.get("/connections?type=hubspot").await.field_refusal().2, "type");
    assert_eq!(api.get(&format!("/connections/{}", office.world.acme.program)).await.status, 404);
    let other = world::client::api::Api::new(office.world.ledger.base(), &office.world.globex.api_key);
    assert_eq!(other.get(&path(&first)).await.status, 404);
    office.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_connects_once() {
    let office = Office::of("activecampaign").await;
    let body = office.body().to_string();
    let request = || Request::post("/api/v1/connections", body.clone()).header("Idempotency-Key", "connect-1");
    let api = office.world.api();
    let first = api.send(request()).await.expect_status(201).json();
    // The vendor isn't asked again, so its trouble is no matter.
    office.vendor.with(|crm| crm.revoke());
    assert_eq!(api.send(request()).await.expect_status(201).json(), first);
    assert_eq!(office.world.database.count("select count(*) from crm_connections").await, 1);
    office.world.finish().await;
}
