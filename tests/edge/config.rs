//! Goal: a change at the ledger reaches the edge within seconds: new links work, revoked keys don't.
//! Method: a link is created by API and followed until it works; a key is revoked and used until it is refused; the
//! edge's cache holds the old state before.

use serde_json::json;
use world::{
    Plan,
    client::browser::Browser,
    shared_app::{backend, name, shared_app},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_works_at_once() {
    let world = shared_app().await;
    let slug = name("spring");
    let mut browser = Browser::new(world.edge_base());
    // The edge has just learned that there is no such link.
    assert_eq!(browser.get(&format!("/{slug}")).await.header("location"), Some("https://acme.test/"));
    let body = json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(),
        "slug": slug, "host": world.acme.partner.host, "destination": "https://acme.test/spring?sale=1"});
    let made = world.api().post("/links", &body).await.expect_status(201).json();
    assert_eq!(made["slug"].as_str(), Some(slug.as_str()));
    let location = wait::until("the link to work", 10, async || {
        let response = Browser::new(world.edge_base()).get(&format!("/{slug}")).await;
        response.header("location").filter(|location| location.contains("/spring?")).map(str::to_owned)
    })
    .await;
    assert!(
        location.starts_with("https://acme.test/spring?sale=1&via=") && location.contains("&rk=rkc_"),
        "{location}"
    );
    assert_eq!(world.api().post("/links", &body).await.refusal(), (409, "slug_taken".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_within_seconds() {
    let world = Plan::default().edge().start().await;
    let sale = |id: &str| json!({"externalEventId": id, "amountCents": 100, "affiliateSlug": "lauren"});
    backend(&world).post(&sale("before")).await.expect_status(202);
    // As a revocation does it: the key's row and the edge's record in one transaction.
    world
        .database
        .run(
            "begin;
             update api_keys set revoked_at = now();
             update edge_config set record = null, version = version + 1, changed_at = now(), next_attempt_at = now()
             where key like 'key:%';
             commit",
        )
        .await;
    assert_eq!(
        world.api().get("/programs").await.refusal(),
        (401, "unauthorized".to_owned()),
        "the ledger refuses at once"
    );
    wait::until("the edge to refuse", 15, async || {
        let response = backend(&world).post(&sale("after")).await;
        assert!(matches!(response.status, 202 | 401), "{}", response.text());
        (response.status == 401).then_some(())
    })
    .await;
    wait::until("what was accepted to be booked", 10, async || {
        (world.database.count("select count(*) from conversions where external_id = 'before'").await == 1).then_some(())
    })
    .await;
    world.finish().await;
}
