//! Goal: a run shows the current Stripe balance, and where it can't be fetched, when it was last known.
//! Method: the fake server of Stripe answers, fails and answers again; times of the stored balance are moved.

use std::time::Duration;

use serde_json::{Value, json};
use world::{
    client::dashboard::Marketer,
    fakes::{Mood, stripe_connect::Post},
    payout_fixture::PayoutFixture,
    wait,
};

async fn aged(fixture: &PayoutFixture) {
    fixture.world.database.run("update payout_connections set balance_at = rekomi_later(balance_at, -120)").await;
}

fn requested(fixture: &PayoutFixture) -> usize {
    fixture.stripe.calls().iter().filter(|call| call.line().starts_with("GET /v1/balance")).count()
}

async fn preview(fixture: &PayoutFixture) -> Value {
    fixture.api().post("/payout-runs/preview", &json!({"currency": "USD"})).await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_for_where_it_is_older_than_a_minute() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 3_000).await;
    fixture.stripe.with(|stripe| {
        stripe.post(Post::Off);
        stripe.set_balance("usd", 123_456);
    });
    aged(&fixture).await;
    let before = requested(&fixture);
    let looked = preview(&fixture).await;
    assert_eq!(looked["stripe"]["availableCents"], 123_456, "{looked}");
    preview(&fixture).await;
    assert_eq!(requested(&fixture), before + 1, "once a minute is enough");

    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let page = owner.browser.get("/dashboard/payouts/runs").await.expect_status(200).text();
    assert!(page.contains("Stripe balance: $1,234.56 available, checked "), "{page}");
    let run = fixture.api().post("/payout-runs", &json!({"currency": "USD"})).await.expect_status(201).json();
    let path = format!("/dashboard/payouts/runs/{}", run["id"].as_str().unwrap());

    // A shortfall is shown before anyone approves the run.
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 2_000));
    aged(&fixture).await;
    let page = owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("$20.00 available, checked ") && page.contains("$10.00 short"), "{page}");
    aged(&fixture).await;
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 2_500));
    let read =
        fixture.api().get(&format!("/payout-runs/{}", run["id"].as_str().unwrap())).await.expect_status(200).json();
    assert_eq!((&read["stripe"]["availableCents"], &read["stripe"]["missingCents"]), (&json!(2_500), &json!(500)));

    // The page doesn't wait long for Stripe: it shows the last known balance.
    aged(&fixture).await;
    fixture.stripe.once("GET /v1/balance", Mood::Hangs);
    let page = owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("$25.00 available, checked "), "{page}");
    let waited = wait::until("the call to be given up", 10, async || fixture.stripe.given_up().pop()).await;
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_is_not_needed() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 10_000).await;
    fixture.schedule_withheld(&lena.partner, 10_000).await;
    let connect = "update payouts p set connection_id = c.id from payout_connections c where c.organization_id = p.organization_id";
    fixture.world.database.run(connect).await;
    let balance = fixture.api().get("/payout-connection/balance").await.expect_status(200).json();
    assert!(balance.to_string().contains("\"neededCents\":7600"), "{balance}");
    fixture.finish().await;
}
