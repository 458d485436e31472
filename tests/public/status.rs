//! Goal: the status page is correct: a failure becomes an incident after three checks and ends with the first check
//! that passes, and the page answers while the database is down.
//! Method: a ledger that checks every second, a fake server for the edge that is stopped, and a proxy before the
//! database that is cut.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{Plan, World, http::Request, wait};

async fn status(world: &World) -> Value {
    Request::get("/api/status").send(&world.ledger.base()).await.unwrap().expect_status(200).json()
}

fn of<'v>(status: &'v Value, component: &str) -> Option<&'v str> {
    let found = status["components"].as_array()?.iter().find(|one| one["id"] == component)?;
    found["status"].as_str()
}

fn incident<'v>(status: &'v Value, component: &str) -> Option<&'v Value> {
    status["incidents"].as_array()?.iter().find(|one| one["component"] == component)
}

#[tokio::test]
async fn an_edge_that_is_away_is_an_incident() {
    // No edge runs in this world.
    let world = Plan::default().ledger_setting("REKOMI_STATUS_SECONDS", "1").start().await;
    let down = wait::until("three checks failed", 30, async || {
        let status = status(&world).await;
        incident(&status, "edge").is_some().then_some(status)
    })
    .await;
    assert_eq!(
        (of(&down, "edge"), of(&down, "database"), of(&down, "event_intake")),
        (Some("down"), Some("operational"), Some("operational"))
    );
    assert_eq!(down["status"], "down");
    let open = incident(&down, "edge").unwrap();
    assert_eq!((&open["endedAt"], &open["what"]), (&json!(null), &json!("no_answer")));
    let page = Request::get("/status").send(&world.ledger.base()).await.unwrap().expect_status(200).text();
    for words in ["Some systems are down", "Down", "Event intake", "No response.", "Ongoing"] {
        assert!(page.contains(words), "{words}");
    }
    for secret in ["127.0.0.1", "acme", "Acme", "org_"] {
        assert!(!page.contains(secret), "{secret} is nobody's business");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_told_and_remembered() {
    let world = Plan::default().database_proxy().ledger_setting("REKOMI_STATUS_SECONDS", "1").start().await;
    wait::until("the first checks", 30, async || {
        (of(&status(&world).await, "database") == Some("operational")).then_some(())
    })
    .await;
    world.database_proxy.as_ref().unwrap().cut();
    wait::until("the page says so while it lasts", 30, async || {
        (of(&status(&world).await, "database") == Some("down")).then_some(())
    })
    .await;
    let page = Request::get("/status").send(&world.ledger.base()).await.unwrap().expect_status(200).text();
    assert!(page.contains("The history is unavailable"), "the page answers without a database");
    world.database_proxy.as_ref().unwrap().heal();
    let ended = wait::until("it is over, and remembered", 30, async || {
        let status = status(&world).await;
        let incident = incident(&status, "database")?.clone();
        (!incident["endedAt"].is_null()).then_some((status, incident))
    })
    .await;
    assert_eq!(of(&ended.0, "database"), Some("operational"));
    let at = |name: &str| Timestamp::parse_rfc3339(ended.1[name].as_str().unwrap()).unwrap();
    assert!(at("startedAt") < at("endedAt"));
    world.finish().await;
}
