//! Goal: an event that the ledger will not keep, however often it is asked, ends among the dead letters with the reason,
//! its neighbours pass meanwhile, and a replay brings it home once the cause is gone.
//! Method: the edge is told of a key of an organization that the ledger has never heard of; its sale travels with sound
//! ones; then the organization comes into being and the email is replayed. Doors between the two are opened as the
//! ledger opens them, with its signature. One event is too large for the queue. The command also meets stand-ins for edges: one
//! is slow, and its list shows what is gone; at another, one can't be sent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use shared::{batch::MESSAGE_BYTES_MAX, id::Organization};
use tokio::net::TcpListener;
use world::{
    Plan, World,
    brand::fresh,
    edge_fixture::{as_ledger, found, stranger, stranger_account},
    shared_app::backend,
    verify,
    wait::until,
};

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

    found(&world, organization).await;
    let replayed = as_ledger(&world, "POST", "/internal/dead-letters/replay", r#"{"all":true}"#).await;
    assert_eq!(replayed["replayed"], 1, "{replayed}");
    let home = "select count(*) from conversions where external_id = 'orphan'";
    until("the orphan to come home", 20, async || (world.database.count(home).await == 1).then_some(())).await;
    let left = as_ledger(&world, "GET", "/internal/dead-letters", "").await;
    assert_eq!(left["data"].as_array().unwrap().len(), 0, "{left}");
    world.finish().await;
}

async fn listed(world: &World) -> Vec<Value> {
    let page = as_ledger(world, "GET", "/internal/dead-letters", "").await;
    page["data"].as_array().unwrap().clone()
}

async fn replay(world: &World, which: &Value) -> Value {
    as_ledger(world, "POST", "/internal/dead-letters/replay", &which.to_string()).await
}

/// The ledger is all that can take it, and others behind it don't wait for that.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_too_large_for_the_queue_is_replayed_too() {
    let world = Plan::default().edge().start().await;
    let organization = fresh::<Organization>();
    let customer = json!({"id": "cus_1", "object": "customer", "description": "x".repeat(MESSAGE_BYTES_MAX)});
    let event = json!({"id": "evt_large", "object": "event", "type": "customer.updated", "created": 1,
                       "data": {"object": customer}});
    stranger_account(&world, organization).await.deliver(&event).await.expect_status(200);
    let large = until("the large dead letter", 10, async || listed(&world).await.pop()).await;
    assert!(large["bytes"].as_u64().unwrap() > MESSAGE_BYTES_MAX as u64, "{large}");
    let alone = replay(&world, &json!({"ids": [large["id"]]})).await;
    assert_eq!(alone, json!({"replayed": 0, "missing": 0, "failed": 1, "more": false}), "no one keeps it yet");

    let backend = stranger(&world, organization).await;
    backend.post(&json!({"externalEventId": "orphan", "amountCents": 9_900})).await.expect_status(202);
    until("the small one", 40, async || (listed(&world).await.len() == 2).then_some(())).await;
    let all = replay(&world, &json!({"all": true})).await;
    assert_eq!((&all["replayed"], &all["failed"]), (&json!(1), &json!(1)), "the one behind it passes: {all}");
    until("the small one to come back", 40, async || (listed(&world).await.len() == 2).then_some(())).await;
    found(&world, organization).await;
    let all = replay(&world, &json!({"all": true})).await;
    assert_eq!((&all["replayed"], &all["failed"]), (&json!(2), &json!(0)), "{all}");
    assert_eq!(listed(&world).await, Vec::<Value>::new());
    let orphan = "select count(*) from conversions where external_id = 'orphan'";
    until("the orphan to come home", 20, async || (world.database.count(orphan).await == 1).then_some(())).await;
    // Of a connection that this ledger doesn't have, so a person sees it.
    assert_eq!(world.database.count("select count(*) from quarantine where reason = 'unknown_connection'").await, 1);
    world.finish().await;
}

/// An edge whose first page takes longer than most requests may, and whose list is old after it. Returns its address.
async fn slow_and_stale(calls: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let replay = move || async move {
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => {
                tokio::time::sleep(Duration::from_secs(11)).await;
                Json(json!({"replayed": 200, "missing": 0, "more": true}))
            }
            1 => Json(json!({"replayed": 0, "missing": 200, "more": true})),
            _ => Json(json!({"replayed": 3, "missing": 197, "more": false})),
        }
    };
    let app = Router::new().route("/internal/dead-letters/replay", post(replay));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_goes_on_until_none_is_left() {
    let world = Plan::default().start().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let mut command = world.ledger.command("dead-letters");
    command.arg("--replay").env("REKOMI_EDGE_URL", slow_and_stale(calls.clone()).await);
    let replayed = verify::run(command).await;
    assert!(replayed.well && replayed.text.contains("put back in the queue: 203"), "{}", replayed.text);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_says_what_it_could_not_put_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let called = calls.clone();
    let replay = move || async move {
        match called.fetch_add(1, Ordering::SeqCst) {
            0 => Json(json!({"replayed": 199, "missing": 0, "failed": 1, "more": true})),
            _ => Json(json!({"replayed": 4, "missing": 0, "failed": 1, "more": false})),
        }
    };
    let app = Router::new().route("/internal/dead-letters/replay", post(replay));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let world = Plan::default().start().await;
    let mut command = world.ledger.command("dead-letters");
    command.arg("--replay").env("REKOMI_EDGE_URL", address);
    let replayed = verify::run(command).await;
    assert!(!replayed.well && replayed.text.contains("put back in the queue: 203; 1 couldn't be"), "{}", replayed.text);
    assert_eq!(calls.load(Ordering::SeqCst), 2, "one that fails doesn't hold up the others");
    world.finish().await;
}
