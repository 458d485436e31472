//! The Stripe balance beside a run is what Stripe has now, and where it can't be had, it is said of when it is.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use world::{
    client::dashboard::Marketer,
    till::Till,
    vendors::{Mood, stripe_connect::Post},
};

async fn aged(till: &Till) {
    till.world.database.run("update payout_connections set balance_at = balance_at - interval '2 minutes'").await;
}

fn asked(till: &Till) -> usize {
    till.stripe.calls().iter().filter(|call| call.line().starts_with("GET /v1/balance")).count()
}

async fn preview(till: &Till) -> Value {
    till.api().post("/payout-runs/preview", &json!({"currency": "USD"})).await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_for_where_it_is_older_than_a_minute() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 3_000).await;
    till.stripe.with(|stripe| {
        stripe.post(Post::Off);
        stripe.set_balance("usd", 123_456);
    });
    aged(&till).await;
    let before = asked(&till);
    let looked = preview(&till).await;
    assert_eq!(looked["stripe"]["availableCents"], 123_456, "{looked}");
    preview(&till).await;
    assert_eq!(asked(&till), before + 1, "once a minute is enough");

    let mut owner = Marketer::new(&till.world.ledger.base());
    owner.sign_in(&till.world.demo["owner"]).await.expect_status(303);
    let page = owner.browser.get("/dashboard/payouts/runs").await.expect_status(200).text();
    assert!(page.contains("On the Stripe balance $1,234.56 is available (read "), "{page}");
    let run = till.api().post("/payout-runs", &json!({"currency": "USD"})).await.expect_status(201).json();
    let path = format!("/dashboard/payouts/runs/{}", run["id"].as_str().unwrap());

    // What is short is seen before anybody approves it.
    till.stripe.with(|stripe| stripe.set_balance("usd", 2_000));
    aged(&till).await;
    let page = owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("$20.00 is available (read ") && page.contains("$10.00 is missing"), "{page}");
    aged(&till).await;
    till.stripe.with(|stripe| stripe.set_balance("usd", 2_500));
    let read = till.api().get(&format!("/payout-runs/{}", run["id"].as_str().unwrap())).await.expect_status(200).json();
    assert_eq!((&read["stripe"]["availableCents"], &read["stripe"]["missingCents"]), (&json!(2_500), &json!(500)));

    // Nobody waits long for Stripe: what was read last is shown.
    aged(&till).await;
    till.stripe.once("GET /v1/balance", Mood::Hangs);
    let started = Instant::now();
    let page = owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("$25.00 is available (read "), "{page}");
    assert!(started.elapsed() < Duration::from_secs(10));
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_is_not_needed() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 10_000).await;
    till.schedule_withheld(&lena.partner, 10_000).await;
    till.world.database.run("update payouts set connection_id = (select id from payout_connections)").await;
    let balance = till.api().get("/payout-connection/balance").await.expect_status(200).json();
    assert!(balance.to_string().contains("\"neededCents\":7600"), "{balance}");
    till.finish().await;
}
