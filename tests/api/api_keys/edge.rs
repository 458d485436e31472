//! Goal: a backend's key works at the edge as soon as it is created. During an overlap the old and the new one work in
//! any mixture of bearer and secret, and an ended one is refused within seconds.
//! Method: sales are signed for the real edge with each pair; the ledger's clock is moved past the overlap; a key is
//! revoked.

use serde_json::{Value, json};
use world::{Plan, World, client::s2s::Backend, wait};

use super::{advance_days, delete, make, rotate, text, with};

fn backend(world: &World, bearer: &Value, secret: &Value) -> Backend {
    Backend { base: world.edge_base(), api_key: text(bearer).to_owned(), secret: text(secret).to_owned() }
}

async fn answers(backend: &Backend, id: &str) -> u16 {
    backend.post(&json!({"externalEventId": id, "amountCents": 100, "affiliateSlug": "lauren"})).await.status
}

async fn becomes(backend: &Backend, status: u16, what: &str) {
    wait::until(what, 20, async || (answers(backend, &format!("until {what}")).await == status).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_overlap_at_the_edge() {
    let world = Plan::default().edge().start().await;
    let api = world.api();
    let old = make(&api, &json!({"name": "backend", "scope": "send_conversions"})).await;
    becomes(&backend(&world, &old["bearer"], &old["signingSecret"]), 202, "a new key works").await;
    let new = rotate(&api, &old["id"], 24).await;
    let pairs = [(&new, &new), (&old, &old), (&new, &old), (&old, &new)];
    for (number, (bearer, secret)) in pairs.into_iter().enumerate() {
        let backend = backend(&world, &bearer["bearer"], &secret["signingSecret"]);
        becomes(&backend, 202, &format!("pair {number} works")).await;
    }
    advance_days(&world, 1).await;
    becomes(&backend(&world, &old["bearer"], &old["signingSecret"]), 401, "the old bearer is over").await;
    becomes(&backend(&world, &new["bearer"], &old["signingSecret"]), 401, "the old secret is over").await;
    assert_eq!(answers(&backend(&world, &new["bearer"], &new["signingSecret"]), "still").await, 202);

    // Only keys that may send are accepted.
    for (scope, status) in [("admin", 202), ("write", 202), ("read_write", 202), ("read", 403), ("automations", 403)] {
        let key = make(&api, &json!({"name": scope, "scope": scope})).await;
        becomes(&backend(&world, &key["bearer"], &key["signingSecret"]), status, &format!("{scope} is answered")).await;
    }
    assert_eq!(with(&world, &new["bearer"]).get("/programs").await.status, 403, "it sends, and does nothing else");

    assert_eq!(delete(&api, &old["id"]).await, 204);
    becomes(&backend(&world, &new["bearer"], &new["signingSecret"]), 401, "a revoked key is refused").await;
    world.finish().await;
}
