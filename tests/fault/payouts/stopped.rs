//! Goal: whoever is put on hold, banned or archived after their payout was approved isn't paid, as long as no call was made of
//! which nobody knows what it did; one that may have been paid goes its way.
//! Method: payouts that wait for money while their affiliates are stopped, and then there is money; one whose answer was lost.

use serde_json::json;
use world::{http::Request, till::Till, vendors::Mood};

async fn hold(till: &Till, affiliate: shared::id::AffiliateId) {
    let path = format!("/api/v1/affiliates/{affiliate}/payout-hold");
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, json!({"reason": "a test"}).to_string()) };
    till.api().send(request).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_for_money() {
    let till = Till::open().await;
    till.stripe.with(|stripe| stripe.set_balance("usd", 500));
    let mut all = Vec::new();
    for name in ["held", "banned", "archived", "paid"] {
        let payee = till.payee(name).await;
        till.earn(&payee.partner, name, 2_000).await;
        let id = till.schedule(&payee.partner, 2_000, "Stripe").await;
        till.go().await;
        till.until_reason(&id, "balance_insufficient").await;
        till.until(&id, "Reserved").await;
        all.push((name, payee, id));
    }
    for (name, payee, _) in &all {
        let status = match *name {
            "held" => {
                hold(&till, payee.id()).await;
                continue;
            }
            "banned" => "Banned",
            "archived" => "Archived",
            _ => continue,
        };
        let path = format!("/affiliates/{}", payee.id());
        till.api().patch(&path, &json!({ "status": status })).await.expect_status(200);
    }
    till.stripe.with(|stripe| stripe.set_balance("usd", 1_000_000));
    for (name, payee, id) in &all {
        if *name == "paid" {
            till.until(id, "Sent").await;
            continue;
        }
        let payout = till.until(id, "Failed").await;
        let (code, next) =
            if *name == "held" { ("on_hold", "lift_hold") } else { ("not_approved", "approve_affiliate") };
        assert_eq!((&payout["reasonCode"], &payout["nextAction"]), (&json!(code), &json!(next)), "{name}");
        assert_eq!(till.balances(payee.id()).await, [2_000, 0, 0, 0], "{name}: owed again");
        assert_eq!(till.told(id).await, ["payout_failed"], "{name}");
        assert!(till.transfers_to(payee).is_empty(), "{name}");
    }
    assert_eq!(till.transfers().len(), 1);
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_paid_goes_on() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 2_000).await;
    let id = till.schedule(&lena.partner, 2_000, "Stripe").await;
    till.stripe.once("POST /v1/transfers", Mood::Breaks);
    till.go().await;
    till.until(&id, "Unknown").await;
    hold(&till, lena.id()).await;
    till.hurried(&id, "Sent").await;
    assert_eq!(till.balances(lena.id()).await, [0, 0, 2_000, 0]);
    assert_eq!(till.transfers().len(), 1);
    till.finish().await;
}
