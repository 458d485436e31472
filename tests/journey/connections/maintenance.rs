//! Goal: a connection's health is what it is at the gateway, and credentials can be changed without a gap.
//! Method: the fake server's people delete, disable and change what we made, and revoke keys; each is found by a test.

use serde_json::{Value, json};
use world::{
    Plan,
    fakes::{Mood, paddle, stripe},
};

use super::Market;

/// Tests, and expects that to be wrong.
async fn finds(market: &Market, connection: &Value, words: &str) {
    let tested = market.test(connection).await.expect_status(200).json();
    let report = tested["message"].as_str().unwrap();
    assert!(tested["ok"] == false && report.contains(words), "{tested}");
    assert_eq!(tested["connection"]["status"], "broken");
    assert_eq!(tested["connection"]["lastError"].as_str(), Some(report));
    assert!(tested["connection"]["lastErrorAt"].is_string() && tested["connection"]["checkedAt"].is_string());
}

async fn is_well(market: &Market, connection: &Value) {
    let tested = market.test(connection).await.expect_status(200).json();
    assert_eq!((&tested["ok"], tested["connection"]["status"].as_str()), (&json!(true), Some("active")), "{tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_finds_what_changed_at_the_gateway() {
    let market = Market::start(Plan::default()).await;
    let made = market.connect("stripe", &json!({"apiKey": stripe::RESTRICTED_KEY})).await.expect_status(201).json();
    let edit = |field: &str, value: Value| {
        market.stripe.with(|stripe| {
            let endpoint = stripe.endpoints.values_mut().next().unwrap();
            std::mem::replace(&mut endpoint[field], value)
        })
    };
    is_well(&market, &made).await;
    for (field, value, words) in [
        ("status", json!("disabled"), "disabled at Stripe"),
        ("url", json!("https://elsewhere.test/"), "sends elsewhere"),
        ("enabled_events", json!(["invoice.paid"]), "refund.created"),
    ] {
        let before = edit(field, value);
        finds(&market, &made, words).await;
        edit(field, before);
        is_well(&market, &made).await;
    }
    market.stripe.when("GET /v1/webhook_endpoints", Mood::Says(503, Value::Null));
    let away = market.test(&made).await;
    assert_eq!(away.refusal(), (503, "gateway_unavailable".to_owned()));
    let id = made["id"].as_str().unwrap();
    let shown = market.world.api().get(&format!("/connections/{id}")).await.json();
    assert_eq!(shown["status"], "active", "nobody knows that anything is wrong");
    market.stripe.recover();
    market.stripe.with(|stripe| stripe.revoked.push(stripe::RESTRICTED_KEY.to_owned()));
    finds(&market, &made, "doesn't accept this API key").await;

    // Another key of the same account mends it; one of elsewhere, or of another kind, is no key for it.
    let other = market.change(&made, &json!({"credentials": {"apiKey": "sk_live_0123456789abcdef"}})).await;
    assert_eq!(other.field_refusal().2, "credentials.apiKey", "{}", other.text());
    let changed =
        market.change(&made, &json!({"credentials": {"apiKey": stripe::SECRET_KEY}})).await.expect_status(200);
    assert_eq!(changed.json()["status"], "active");
    is_well(&market, &made).await;
    market.stripe.with(|stripe| stripe.endpoints.clear());
    finds(&market, &made, "deleted at Stripe").await;
    let refused = market.change(&made, &json!({"credentials": {"apiKey": stripe::SECRET_KEY}})).await;
    assert_eq!(refused.refusal(), (422, "gateway_refused".to_owned()));
    market.keeps_secrets(&[&changed, &other, &refused]).await;
    market.remove(&made).await.expect_status(204);
    market.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paddle_is_looked_after_alike() {
    let market = Market::start(Plan::default()).await;
    let made = market.connect("paddle", &json!({"apiKey": paddle::KEY})).await.expect_status(201).json();
    let edit = |field: &str, value: Value| {
        market.paddle.with(|paddle| {
            let setting = paddle.settings.values_mut().next().unwrap();
            std::mem::replace(&mut setting[field], value)
        })
    };
    for (field, value, words) in [
        ("active", json!(false), "switched off"),
        ("destination", json!("https://elsewhere.test/"), "sends elsewhere"),
        ("subscribed_events", json!([{"name": "customer.created"}]), "transaction.completed"),
    ] {
        let before = edit(field, value);
        finds(&market, &made, words).await;
        edit(field, before);
        is_well(&market, &made).await;
    }
    market.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_while_the_gateway_is_away_is_finished_later() {
    let mut market = Market::start(Plan::default()).await;
    let made = market.connect("stripe", &json!({"apiKey": stripe::SECRET_KEY})).await.expect_status(201).json();
    market.stripe.when("DELETE ", Mood::Says(500, Value::Null));
    market.remove(&made).await.expect_status(204);
    assert!(market.made().await.is_empty(), "gone for us at once");
    assert_eq!(market.stripe.with(|stripe| stripe.endpoints.len()), 1);
    market.stripe.recover();
    market
        .world
        .database
        .run("update gateway_connections set cleanup_due_at = now() where removed_at is not null")
        .await;
    market.world.ledger.kill();
    market.world.ledger.start().await;
    world::wait::until("the endpoint to be taken down", 20, async || {
        market.stripe.with(|stripe| stripe.endpoints.is_empty()).then_some(())
    })
    .await;
    let owed = "select count(*) from gateway_connections
                where removed_at is not null and (cleanup_due_at is not null or sealed_api_key is not null)";
    world::wait::until("the key to be forgotten", 10, async || {
        (market.world.database.count(owed).await == 0).then_some(())
    })
    .await;
    market.world.finish().await;
}
