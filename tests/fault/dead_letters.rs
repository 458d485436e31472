//! Goal: an event that the ledger will not keep, however often it is asked, ends among the dead letters with the reason,
//! its neighbours pass meanwhile, and a replay brings it home once the cause is gone.
//! Method: the edge is told of a key of an organization that the ledger has never heard of; its sale travels with sound
//! ones; then the organization comes into being and the email is replayed. Doors between the two are opened as the
//! ledger opens them, with its signature. The command also meets a stand-in for an edge that is slow, and whose list shows what
//! is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, routing::post};
use serde_json::json;
use shared::id::Organization;
use tokio::net::TcpListener;
use world::{
    Plan,
    brand::fresh,
    edge_fixture::{as_ledger, found, stranger},
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
