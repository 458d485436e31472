//! Goal: an affiliate who is put on hold, banned or archived after their payout was approved, or whose destination
//! changed, isn't paid; a payout that was paid, though no one knew, is completed.
//! Method: payouts that wait for money while their affiliates are stopped, and then there is money; one whose answer
//! was lost, and one whose call never arrived.

use serde_json::{Value, json};
use shared::id::AffiliateId;
use world::{fakes::Mood, http::Request, payout_fixture::PayoutFixture, wait};

async fn put(fixture: &PayoutFixture, affiliate: AffiliateId, what: &str, body: Value) {
    let path = format!("/api/v1/affiliates/{affiliate}/{what}");
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, body.to_string()) };
    fixture.api().send(request).await.expect_status(200);
}

async fn hold(fixture: &PayoutFixture, affiliate: AffiliateId) {
    put(fixture, affiliate, "payout-hold", json!({"reason": "a test"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_for_money() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 500));
    let mut all = Vec::new();
    for name in ["held", "banned", "archived", "paid"] {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, 2_000).await;
        let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        fixture.go().await;
        fixture.until_reason(&id, "balance_insufficient").await;
        fixture.until(&id, "Reserved").await;
        all.push((name, payee, id));
    }
    for (name, payee, _) in &all {
        let status = match *name {
            "held" => {
                hold(&fixture, payee.id()).await;
                continue;
            }
            "banned" => "Banned",
            "archived" => "Archived",
            _ => continue,
        };
        let path = format!("/affiliates/{}", payee.id());
        fixture.api().patch(&path, &json!({ "status": status })).await.expect_status(200);
    }
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 1_000_000));
    for (name, payee, id) in &all {
        if *name == "paid" {
            fixture.until(id, "Sent").await;
            continue;
        }
        let payout = fixture.until(id, "Failed").await;
        let (code, next) =
            if *name == "held" { ("on_hold", "lift_hold") } else { ("not_approved", "approve_affiliate") };
        assert_eq!((&payout["reasonCode"], &payout["nextAction"]), (&json!(code), &json!(next)), "{name}");
        assert_eq!(fixture.balances(payee.id()).await, [2_000, 0, 0, 0], "{name}: owed again");
        assert_eq!(fixture.announced(id).await, ["payout_failed"], "{name}");
        assert!(fixture.transfers_to(payee).is_empty(), "{name}");
    }
    assert_eq!(fixture.transfers().len(), 1);
    fixture.finish().await;
}

/// Someone ends the pause of a new destination: the run still pays only to those that its approver saw.
#[tokio::test(flavor = "multi_thread")]
async fn the_destination_changes_while_it_waits_for_money() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 500));
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let run = wait::until("a run", 30, async || {
        let run = fixture.api().post("/payout-runs", &json!({"currency": "USD"})).await;
        (run.status == 201).then(|| run.json()["id"].as_str().unwrap().to_owned())
    })
    .await;
    fixture.api().post(&format!("/payout-runs/{run}/approve"), &json!({})).await.expect_status(200);
    let payouts = fixture.api().all(&format!("/payouts?runId={run}")).await;
    let id = payouts[0]["id"].as_str().unwrap();
    fixture.until_reason(id, "balance_insufficient").await;
    put(&fixture, lena.id(), "payout-method", json!({"rail": "PayPal", "email": "lena@paid.test"})).await;
    fixture.api().delete(&format!("/affiliates/{}/payout-hold", lena.id())).await.expect_status(200);
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 1_000_000));
    let payout = fixture.until(id, "Failed").await;
    assert_eq!(
        (&payout["reasonCode"], &payout["nextAction"]),
        (&json!("destination_changed"), &json!("next_run")),
        "{payout}"
    );
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0], "owed again");
    assert!(fixture.transfers().is_empty());
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_paid_goes_on() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.once("POST /v1/transfers", Mood::Breaks);
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    hold(&fixture, lena.id()).await;
    fixture.hurried(&id, "Sent").await;
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 2_000, 0]);
    assert_eq!(fixture.transfers().len(), 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_is_not_sent_anew() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.when("POST /v1/transfers", Mood::Says(500, Value::Null));
    fixture.stripe.when("GET /v1/transfers", Mood::Says(503, Value::Null));
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    let path = format!("/affiliates/{}", lena.id());
    fixture.api().patch(&path, &json!({"status": "Banned"})).await.expect_status(200);
    fixture.stripe.recover();
    let waits = wait::until("a look-up", 60, async || {
        fixture.hurry().await;
        let payout = fixture.payout(&id).await;
        (payout["reasonCode"] == "not_approved").then_some(payout)
    })
    .await;
    assert_eq!((&waits["status"], &waits["nextAction"]), (&json!("Unknown"), &json!("wait")), "it may still arrive");
    let earlier = "update payout_attempts set started_at = now() - interval '6 minutes' where step = 'Send'";
    fixture.world.database.run(earlier).await;
    let payout = fixture.hurried(&id, "Failed").await;
    assert_eq!(payout["reasonCode"], "not_approved", "{payout}");
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0], "owed again");
    assert_eq!((fixture.transfers().len(), fixture.sends()), (0, 1));
    fixture.finish().await;
}
