//! Goal: a brand creates, rotates and revokes its own keys: each plaintext is shown once, old and new keys overlap for
//! the chosen time, and an ended key is refused immediately.
//! Method: keys are created by API and used as they were shown; the ledger's clock is moved past overlaps and expiry
//! dates.

mod edge;
mod rights;

use serde_json::{Value, json};
use world::{World, client::api::Api, http::Request};

async fn make(api: &Api, body: &Value) -> Value {
    api.post("/api-keys", body).await.expect_status(201).json()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn with(world: &World, bearer: &Value) -> Api {
    Api::new(world.ledger.base(), text(bearer))
}

async fn rotate(api: &Api, id: &Value, hours: u16) -> Value {
    let path = format!("/api-keys/{}/rotate", text(id));
    api.post(&path, &json!({ "overlapHours": hours })).await.expect_status(200).json()
}

async fn advance_days(world: &World, days: i64) {
    let body = json!({ "advanceDays": days }).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

async fn delete(api: &Api, id: &Value) -> u16 {
    api.send(Request::new("DELETE", &format!("/api/v1/api-keys/{}", text(id)))).await.status
}

const UNAUTHORIZED: (u16, &str) = (401, "unauthorized");

async fn refused(api: &Api) -> bool {
    let (status, code) = api.get("/programs").await.refusal();
    (status, code.as_str()) == UNAUTHORIZED
}

#[tokio::test]
async fn made_used_rotated_and_revoked() {
    let world = World::start().await;
    let made = make(&world.api(), &json!({"name": " Order service ", "scope": "read_write"})).await;
    assert_eq!(
        (&made["name"], &made["role"], &made["state"]),
        (&json!("Order service"), &json!("admin"), &json!("active"))
    );
    assert!(text(&made["bearer"]).starts_with(text(&made["hint"])) && text(&made["bearer"]).len() == 51);
    let first = with(&world, &made["bearer"]);
    first.get("/programs").await.expect_status(200);
    let read = world.api().get(&format!("/api-keys/{}", text(&made["id"]))).await.expect_status(200).json();
    assert!(read.get("bearer").is_none() && read.get("signingSecret").is_none(), "{read}");

    let rotated = rotate(&world.api(), &made["id"], 24).await;
    assert_eq!(rotated["id"], made["id"]);
    assert!(rotated["bearer"] != made["bearer"] && rotated["signingSecret"] != made["signingSecret"]);
    let second = with(&world, &rotated["bearer"]);
    first.get("/programs").await.expect_status(200);
    second.get("/programs").await.expect_status(200);
    assert_eq!(first.post("/api-keys", &json!({"name": "by the old one"})).await.status, 201, "the overlap is whole");
    advance_days(&world, 1).await;
    assert!(refused(&first).await, "the overlap is over");
    second.get("/programs").await.expect_status(200);

    let third = with(&world, &rotate(&second, &made["id"], 0).await["bearer"]);
    assert!(refused(&second).await, "no overlap: the old one stops with the answer");
    assert_eq!(delete(&world.api(), &made["id"]).await, 204);
    assert!(refused(&third).await);
    assert_eq!(delete(&world.api(), &made["id"]).await, 204, "once more changes nothing");
    let path = format!("/api-keys/{}/rotate", text(&made["id"]));
    assert_eq!(world.api().post(&path, &json!({})).await.refusal(), (409, "revoked".to_owned()));
    let rows = "select action from audit_log where target = $$".to_owned() + text(&made["id"]) + "$$ order by id";
    let actions: Vec<String> = world.database.texts(&rows).await.into_iter().flatten().collect();
    assert_eq!(actions, ["api_key.created", "api_key.rotated", "api_key.rotated", "api_key.revoked"]);
    let left = "select count(*) from api_keys where revoked_at is not null and sealed_secret is not null";
    assert_eq!(world.database.count(left).await, 0, "a revoked key's secret is forgotten");
    world.finish().await;
}

#[tokio::test]
async fn overlaps_pile_up_to_three_and_end_together() {
    let world = World::shared().await;
    let made = make(&world.api(), &json!({"name": "often", "scope": "read_write"})).await;
    let mut before = vec![with(&world, &made["bearer"])];
    for _ in 0..3 {
        before.push(with(&world, &rotate(&world.api(), &made["id"], 168).await["bearer"]));
    }
    for api in &before {
        api.get("/programs").await.expect_status(200);
    }
    let path = format!("/api-keys/{}/rotate", text(&made["id"]));
    assert_eq!(world.api().post(&path, &json!({"overlapHours": 1})).await.refusal(), (409, "overlaps".to_owned()));
    let last = with(&world, &rotate(&world.api(), &made["id"], 0).await["bearer"]);
    for api in &before {
        assert!(refused(api).await);
    }
    last.get("/programs").await.expect_status(200);
    assert_eq!(world.database.count("select count(*) from api_key_predecessors").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_key_with_an_end_ends() {
    let world = World::start().await;
    let end = world::wait::now().plus_days(2).to_string();
    let made = make(&world.api(), &json!({"name": "for two days", "expiresAt": end})).await;
    let api = with(&world, &made["bearer"]);
    api.get("/programs").await.expect_status(200);
    let rotated = with(&world, &rotate(&world.api(), &made["id"], 168).await["bearer"]);
    advance_days(&world, 3).await;
    assert!(refused(&api).await && refused(&rotated).await, "an overlap doesn't outlive its key");
    let read = world.api().get(&format!("/api-keys/{}", text(&made["id"]))).await.json();
    assert_eq!(read["state"], "expired");
    let path = format!("/api-keys/{}/rotate", text(&made["id"]));
    assert_eq!(world.api().post(&path, &json!({})).await.refusal(), (409, "expired".to_owned()));
    let past = json!({"name": "x", "expiresAt": "2020-01-01T00:00:00Z"});
    assert_eq!(world.api().post("/api-keys", &past).await.refusal(), (400, "validation_failed".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn an_answer_given_again_shows_nothing() {
    let world = World::shared().await;
    let ask = || {
        Request::post("/api/v1/api-keys", json!({"name": "twice"}).to_string())
            .header("Idempotency-Key", "make-it-once")
    };
    let first = world.api().send(ask()).await.expect_status(201).json();
    let again = world.api().send(ask()).await.expect_status(201).json();
    assert_eq!((&again["id"], &again["bearer"], &again["signingSecret"]), (&first["id"], &Value::Null, &Value::Null));
    let kept = world.database.texts("select answer from idempotency_keys").await.concat().concat();
    assert!(kept.contains(text(&first["id"])) && !kept.contains("rk_live_\"") && !kept.contains("rks_"), "{kept}");
    assert!(!kept.contains(text(&first["bearer"])));
    world.finish().await;
}
