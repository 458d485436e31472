//! Goal: a member who leaves the team takes no key along: keys that they created or rotated are listed and revoked,
//! except those that the owner keeps. A member who gets a lower role can't use such a key to act as before.
//! Method: an admin creates and rotates keys on the dashboard and by API, and is removed, by page and by API. Owners with
//! keys of their own are demoted and transfer ownership.

use serde_json::{Value, json};
use world::{
    World,
    client::api::Api,
    organization_fixture::{delete, owner, patch},
    team_fixture::{form, joined, user},
};

/// A key that another key created: id and bearer.
async fn made(api: &Api, body: &Value) -> (String, String) {
    let made = api.post("/api-keys", body).await.expect_status(201).json();
    (made["id"].as_str().unwrap().to_owned(), made["bearer"].as_str().unwrap().to_owned())
}

/// Makes the key look as if that member had created it on the dashboard.
async fn hand_to(world: &World, key: &str, person: &str) {
    let uuid = key.parse::<shared::id::ApiKeyId>().unwrap().uuid();
    let set =
        format!("update api_keys set created_by = 'user:{person}', seen_by = '{{user:{person}}}' where id = '{uuid}'");
    world.database.run(&set).await;
}

async fn opens(world: &World, bearer: &str) -> bool {
    Api::new(world.ledger.base(), bearer).get("/programs").await.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_with_the_member_who_knows_them() {
    let world = World::shared().await;
    let api = world.api();
    let mut nina = owner(&world).await;
    let email = world.own("ben@acme.test");
    let mut ben = joined(&world, &mut nina, &email, "admin").await;
    let person = user(&world, &email).await;
    let admin = json!({"name": "of ben", "scope": "admin"});
    let (own, of_ben) = made(&api, &admin).await;
    hand_to(&world, &own, &person).await;
    let child = made(&Api::new(world.ledger.base(), &of_ben), &json!({"name": "child"})).await.1;
    let (kept, kept_bearer) = made(&api, &json!({"name": "order service"})).await;
    hand_to(&world, &kept, &person).await;
    let (rotated, before) = made(&api, &json!({"name": "rotated"})).await;
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("overlapHours", "24")];
    let page = ben.submit(&format!("/dashboard/settings/api-keys/{rotated}/rotate"), &fields).await.expect_status(200);
    let after = page.text().split('"').find(|text| text.starts_with("rk_live_")).unwrap().to_owned();
    let (others, other) = made(&api, &json!({"name": "not of ben"})).await;
    let (trying, test) = made(&api, &json!({"name": "trying out", "scope": "admin", "mode": "test"})).await;
    hand_to(&world, &trying, &person).await;
    let from_test = made(&Api::new(world.ledger.base(), &test), &json!({"name": "from there"})).await.1;
    let by_ben = json!({"name": "test of ben", "mode": "test"});
    let test_child = made(&Api::new(world.ledger.base(), &of_ben), &by_ben).await.1;
    let other_test = made(&api, &json!({"name": "test of others", "mode": "test"})).await.1;

    let page = nina.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    for key in [&own, &kept, &rotated] {
        let boxed = format!("name=\"revoke-{key}\" type=\"checkbox\" value=\"1\" checked");
        assert!(page.contains(&boxed), "{key} in {page}");
    }
    assert!(!page.contains(&format!("id=\"remove-{others}\"")), "{page}");
    let listed: Vec<String> = [&own, &kept, &rotated].iter().map(|key| format!("listed-{key}")).collect();
    let revoked: Vec<String> = [&own, &rotated].iter().map(|key| format!("revoke-{key}")).collect();
    let fields: Vec<(&str, &str)> = listed.iter().chain(&revoked).map(|name| (name.as_str(), "1")).collect();
    form(&world, &mut nina, &format!("members/{person}/remove"), &fields).await.expect_status(303);
    for (bearer, stays) in [
        (&of_ben, false),
        (&child, false),
        (&before, false),
        (&after, false),
        (&kept_bearer, true),
        (&other, true),
        (&test, false),
        (&from_test, false),
        (&test_child, false),
        (&other_test, true),
    ] {
        assert_eq!(opens(&world, bearer).await, stays, "{bearer}");
    }
    let audited = "select count(*) from audit_log where action = 'api_key.revoked'";
    assert_eq!(world.database.count(audited).await, 6, "three of them in the test mode");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_chain_of_keys_goes_with_the_member_who_began_it() {
    let world = World::shared().await;
    let api = world.api();
    let mut nina = owner(&world).await;
    let email = world.own("ben@acme.test");
    joined(&world, &mut nina, &email, "admin").await;
    let person = user(&world, &email).await;
    let admin = json!({"name": "one of many", "scope": "admin"});
    let (first, mut bearer) = made(&api, &admin).await;
    hand_to(&world, &first, &person).await;
    for _ in 0..25 {
        bearer = made(&Api::new(world.ledger.base(), &bearer), &admin).await.1;
    }
    assert!(opens(&world, &bearer).await);
    delete(&api, &format!("/team/{person}")).await.expect_status(204);
    assert!(!opens(&world, &bearer).await, "the last key");
    let active = format!(
        "select count(*) from api_keys where created_by like 'api_key:%' and revoked_at is null and organization_id = '{}'",
        world.acme.organization.uuid()
    );
    assert_eq!(world.database.count(&active).await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_revokes_them_unless_it_is_asked_not_to() {
    let world = World::shared().await;
    let api = world.api();
    let mut nina = owner(&world).await;
    for (number, keeps) in [(0, true), (1, false)] {
        let email = world.own(&format!("ben-{number}@acme.test"));
        joined(&world, &mut nina, &email, "admin").await;
        let person = user(&world, &email).await;
        let (key, bearer) = made(&api, &json!({"name": "of ben"})).await;
        hand_to(&world, &key, &person).await;
        let path = if keeps { format!("/team/{person}?keepKeys=true") } else { format!("/team/{person}") };
        delete(&api, &path).await.expect_status(204);
        assert_eq!(opens(&world, &bearer).await, keeps, "{path}");
    }
    assert!(opens(&world, &world.acme.api_key).await);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_chooses_too() {
    let world = World::shared().await;
    let mut nina = owner(&world).await;
    let email = world.own("ben@acme.test");
    let mut ben = joined(&world, &mut nina, &email, "admin").await;
    let (key, bearer) = made(&world.api(), &json!({"name": "of ben"})).await;
    hand_to(&world, &key, &user(&world, &email).await).await;
    let page = ben.browser.get("/dashboard/settings/team").await.expect_status(200).text();
    assert!(page.contains(&format!("id=\"leave-{key}\"")), "{page}");
    let organization = world.acme.organization.to_string();
    ben.submit("/dashboard/settings/team/leave", &[("organization", &organization)]).await.expect_status(303);
    assert!(!opens(&world, &bearer).await);
    world.finish().await;
}

/// The role of a key, as the API says it.
async fn role(api: &Api, key: &str) -> Value {
    api.get(&format!("/api-keys/{key}")).await.expect_status(200).json()["role"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_never_keep_more_rights_than_the_member_who_knows_them() {
    let world = World::shared().await;
    let api = world.api();
    let mut nina = owner(&world).await;
    let email = world.own("ben@acme.test");
    joined(&world, &mut nina, &email, "admin").await;
    let ben = user(&world, &email).await;
    patch(&api, &format!("/team/{ben}"), &json!({"role": "owner"})).await.expect_status(200);
    let (high, bearer) = made(&api, &json!({"name": "of ben", "scope": "admin", "role": "owner"})).await;
    hand_to(&world, &high, &ben).await;
    let (low, _) = made(&api, &json!({"name": "reader", "scope": "read", "role": "viewer"})).await;
    hand_to(&world, &low, &ben).await;
    let (others, _) = made(&api, &json!({"name": "not of ben", "scope": "admin", "role": "owner"})).await;
    let in_test = json!({"name": "trying out", "scope": "admin", "role": "owner", "mode": "test"});
    let ((test, _), (_, judge)) = (made(&api, &in_test).await, made(&api, &in_test).await);
    hand_to(&world, &test, &ben).await;
    let judge = Api::new(world.ledger.base(), &judge);

    let transfer = json!({"userId": user(&world, &world.own("owner@acme.test")).await, "fromUserId": ben});
    api.post("/team/transfer-ownership", &transfer).await.expect_status(200);
    assert_eq!(role(&api, &high).await, "admin", "a former owner is an admin");
    assert_eq!(role(&judge, &test).await, "admin", "so is the key of the test mode");
    let as_ben = Api::new(world.ledger.base(), &bearer);
    let back = patch(&as_ben, &format!("/team/{ben}"), &json!({"role": "owner"})).await;
    assert_eq!(back.refusal(), (403, "forbidden".to_owned()), "no way back with the key");

    patch(&api, &format!("/team/{ben}"), &json!({"role": "manager"})).await.expect_status(200);
    assert_eq!(as_ben.post("/api-keys", &json!({"name": "more"})).await.status, 403);
    for (key, expected) in [(&high, "manager"), (&low, "viewer"), (&others, "owner")] {
        assert_eq!(role(&api, key).await, expected, "{key}");
    }
    assert_eq!(role(&judge, &test).await, "manager");
    patch(&api, &format!("/team/{ben}"), &json!({"role": "admin"})).await.expect_status(200);
    assert_eq!(role(&api, &high).await, "manager", "a higher role gives keys no more rights");
    let changes = "select count(*) from audit_log where action = 'api_key.role_changed'";
    assert_eq!(world.database.count(changes).await, 4, "two of them in the test mode");
    world.finish().await;
}
