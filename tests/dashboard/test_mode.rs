//! Goal: test mode is separate: neither side sees the other, by page or by API.
//! Method: a button creates the test organization; programs are created on both sides and looked for from the other.

use serde_json::json;
use world::{
    World,
    organization_fixture::{key, owner},
};

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_is_apart() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let page = owner.browser.get("/dashboard").await.text();
    assert!(page.contains("action=\"/dashboard/test-mode\""));
    let places = requested_twice(&mut owner, &live).await;
    assert_eq!(places[0], places[1], "there is one test mode, however often it is asked for");
    let twin = places[0].split_once("organization=").unwrap().1.to_owned();
    let page = owner.browser.get(&places[0]).await.expect_status(200).text();
    assert!(page.contains("Acme SaaS (test)") && page.contains("<strong>Test mode</strong>"), "{page}");
    assert!(page.contains(&format!("organization={live}\">Exit test mode")), "and the way back");
    assert!(page.contains("<title>Test \u{b7} Overview"), "a tab says that it is test mode: {page}");
    let page = owner.browser.get("/dashboard").await.text();
    assert!(!page.contains("<strong>Test mode</strong>") && page.contains("<title>Overview"), "live comes first");
    assert!(page.contains(&format!("organization={twin}\">Test mode")));

    let (api, test) = (world.api(), key(&world, &twin, "rk_test_twin", "owner").await);
    assert_eq!(test.get("/organization").await.json()["mode"], "test");
    assert!(test.all("/programs").await.is_empty(), "nothing was copied");
    let body =
        json!({"name": "Try-out", "slug": "try-out", "components": [{"type": "percentage", "ratePpm": 100_000}]});
    let made = test.post("/programs", &body).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(api.get(&format!("/programs/{id}")).await.status, 404);
    assert_eq!(test.get(&format!("/programs/{}", world.acme.program)).await.status, 404);
    assert!(!api.all("/programs").await.iter().any(|program| program["id"] == made["id"]));

    let again = owner.submit("/dashboard/test-mode", &[("organization", twin.as_str())]).await;
    assert_eq!(again.status, 409, "a test mode has none of its own");
    let other = world.globex.organization.to_string();
    assert_eq!(owner.submit("/dashboard/test-mode", &[("organization", other.as_str())]).await.status, 404);
    world.finish().await;
}

async fn requested_twice(owner: &mut world::client::dashboard::Marketer, live: &str) -> Vec<String> {
    let mut places = Vec::new();
    for _ in 0..2 {
        let there = owner.submit("/dashboard/test-mode", &[("organization", live)]).await.expect_status(303);
        places.push(there.header("location").unwrap().to_owned());
    }
    places
}

/// The members of the test organization are those of the live one, with their current role there.
#[tokio::test(flavor = "multi_thread")]
async fn its_people_are_those_of_the_live_organization() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let there = owner.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await.expect_status(303);
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let settings = format!("/dashboard/settings?organization={twin}");
    assert!(owner.browser.get(&settings).await.expect_status(200).text().contains("Download export"));
    world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    let page = owner.browser.get(&settings).await.expect_status(200).text();
    assert!(
        !page.contains("Download export") && !page.contains("<form method=\"post\" action=\"/dashboard/settings\"")
    );
    world.database.run("set session_replication_role = replica; delete from memberships").await;
    assert_eq!(owner.browser.get(&settings).await.status, 404);
    world.finish().await;
}
