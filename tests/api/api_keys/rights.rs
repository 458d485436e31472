//! Goal: no one gets more through a key than they have: not more rights, not another organization's key, not more than
//! fifty keys.
//! Method: keys of each scope and role try to create, rotate and revoke others; another tenant's key is not found.

use serde_json::json;
use world::World;

use super::{delete, make, text, with};

#[tokio::test]
async fn nobody_hands_out_more_than_they_have() {
    let world = World::start().await;
    world.database.run("update api_keys set role = 'owner'").await;
    let key = |name: &str, scope: &str, role: &str| json!({"name": name, "scope": scope, "role": role});
    let owner = make(&world.api(), &key("owner", "read_write", "owner")).await;
    let admin = with(&world, &make(&world.api(), &key("admin", "read_write", "admin")).await["bearer"]);
    let reader = with(&world, &make(&world.api(), &key("reader", "read", "owner")).await["bearer"]);
    let manager = with(&world, &make(&world.api(), &key("manager", "read_write", "manager")).await["bearer"]);
    for (api, why) in [(&reader, "a key of scope read"), (&manager, "a manager's key")] {
        let refused = api.post("/api-keys", &key("x", "read", "viewer")).await.refusal();
        assert_eq!(refused, (403, "forbidden".to_owned()), "{why}");
        assert_eq!(delete(api, &owner["id"]).await, 403, "{why}");
        api.get("/api-keys").await.expect_status(200);
    }
    assert_eq!(admin.post("/api-keys", &key("x", "read", "owner")).await.status, 403);
    let path = format!("/api-keys/{}/rotate", text(&owner["id"]));
    assert_eq!(admin.post(&path, &json!({})).await.status, 403, "whoever rotates a key holds it");
    admin.post("/api-keys", &key("x", "read_write", "admin")).await.expect_status(201);
    assert_eq!(delete(&admin, &owner["id"]).await, 403, "an admin can't stop an owner's key");
    with(&world, &owner["bearer"]).get("/programs").await.expect_status(200);
    assert_eq!(delete(&world.api(), &owner["id"]).await, 204, "an owner can");
    world.finish().await;
}

#[tokio::test]
async fn anothers_key_is_not_there() {
    let world = World::shared().await;
    let made = make(&world.api(), &json!({"name": "ours"})).await;
    let path = format!("/api-keys/{}", text(&made["id"]));
    let other = world.other_api();
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.post(&format!("{path}/rotate"), &json!({})).await.status, 404);
    assert_eq!(delete(&other, &made["id"]).await, 404);
    let renamed =
        world::http::Request::new("PATCH", &format!("/api/v1{path}")).header("Content-Type", "application/json");
    let renamed = world::http::Request { body: br#"{"name":"theirs"}"#.to_vec(), ..renamed };
    assert_eq!(other.send(renamed.clone()).await.status, 404);
    assert_eq!(world.api().send(renamed).await.expect_status(200).json()["name"], "theirs");
    assert!(other.all("/api-keys").await.iter().all(|key| key["id"] != made["id"]));
    world.finish().await;
}

#[tokio::test]
async fn fifty_are_enough() {
    let world = World::shared().await;
    let api = world.api();
    let there = api.all("/api-keys").await.len();
    let mut last = json!(null);
    for number in there..50 {
        last = make(&api, &json!({"name": format!("key {number}")})).await;
    }
    assert_eq!(api.post("/api-keys", &json!({"name": "one more"})).await.refusal(), (409, "too_many_keys".to_owned()));
    assert_eq!(delete(&api, &last["id"]).await, 204);
    make(&api, &json!({"name": "in its place"})).await;
    assert_eq!(api.all("/api-keys").await.len(), 51, "revoked ones stay on the list");
    world.finish().await;
}

#[tokio::test]
async fn a_test_key_opens_the_test_mode_only() {
    let world = World::start().await;
    let test = make(&world.api(), &json!({"name": "trying out", "scope": "read_write", "mode": "test"})).await;
    assert!(text(&test["bearer"]).starts_with("rk_test_") && test["mode"] == "test", "{test}");
    let api = with(&world, &test["bearer"]);
    assert!(api.all("/programs").await.is_empty() && !world.api().all("/programs").await.is_empty());
    assert!(world.api().all("/api-keys").await.iter().all(|key| key["id"] != test["id"]), "it is not the live one's");
    assert_eq!(api.all("/api-keys").await.len(), 1);
    let second = make(&api, &json!({"name": "from there"})).await;
    assert_eq!(second["mode"], "test");
    assert_eq!(api.post("/api-keys", &json!({"name": "x", "mode": "live"})).await.refusal().0, 400);
    let again = make(&world.api(), &json!({"name": "one more", "mode": "test"})).await;
    assert_eq!(with(&world, &again["bearer"]).all("/api-keys").await.len(), 3, "one test mode");
    let emails = world.database.count("select count(*) from mails where kind = 'api_key_created'").await;
    assert_eq!(emails, 0, "nobody is told of a test key");
    world.finish().await;
}
