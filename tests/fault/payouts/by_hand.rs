//! Goal: what is paid outside has the same states and the same book: set aside, marked as sent or failed, once.
//! Method: payouts by PayPal and by hand, marked again and again, differently, and brought back.

use serde_json::json;
use world::till::Till;

#[tokio::test(flavor = "multi_thread")]
async fn set_aside_marked_and_brought_back() {
    let till = Till::open().await;
    let lena = till.world.acme.join(&till.world.database, "lena").await;
    till.earn(&lena, "one", 2_000).await;
    let id = till.schedule(&lena, 2_000, "Manual").await;
    let mark = |what: &str| format!("/payouts/{id}/{what}");
    let early = till.api().post(&mark("mark-sent"), &json!({"reference": "#1"})).await;
    assert_eq!(early.refusal(), (409, "not_reserved".to_owned()));
    till.go().await;
    let payout = till.until(&id, "Reserved").await;
    assert_eq!(
        (&payout["reasonCode"], &payout["nextAction"], &payout["nextAt"]),
        (&json!("export_it"), &json!("pay_and_mark"), &json!(null))
    );
    assert_eq!(till.balances(lena.affiliate).await, [0, 2_000, 0, 0]);
    let empty = till.api().post(&mark("mark-sent"), &json!({})).await;
    assert_eq!(empty.field_refusal().2, "reference");
    for _ in 0..2 {
        let marked = till.api().post(&mark("mark-sent"), &json!({"reference": "#1"})).await.expect_status(200).json();
        assert_eq!((&marked["status"], &marked["reference"]), (&json!("Sent"), &json!("#1")));
    }
    assert_eq!(till.told(&id).await, ["payout_sent"]);
    let other = till.api().post(&mark("mark-sent"), &json!({"reference": "#2"})).await;
    assert_eq!(other.refusal(), (409, "already_sent".to_owned()));
    assert_eq!(till.balances(lena.affiliate).await, [0, 0, 2_000, 0]);
    for _ in 0..2 {
        let back =
            till.api().post(&mark("mark-failed"), &json!({"reason": "it bounced"})).await.expect_status(200).json();
        assert_eq!((&back["status"], &back["reason"]), (&json!("Reversed"), &json!("it bounced")));
    }
    assert_eq!(till.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
    assert_eq!(till.told(&id).await, ["payout_sent", "payout_failed"]);
    let audited = till.world.database.count("select count(*) from audit_log where action like 'payout.marked%'").await;
    assert_eq!(audited, 2, "what changes nothing isn't told");
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_up_before_it_was_paid() {
    let till = Till::open().await;
    let lena = till.world.acme.join(&till.world.database, "lena").await;
    till.earn(&lena, "one", 2_000).await;
    for (what, body, code) in
        [("mark-failed", json!({"reason": "no such account"}), "marked_failed"), ("cancel", json!({}), "cancelled")]
    {
        let id = till.schedule(&lena, 2_000, "Manual").await;
        till.go().await;
        till.until(&id, "Reserved").await;
        for _ in 0..2 {
            let done = till.api().post(&format!("/payouts/{id}/{what}"), &body).await.expect_status(200).json();
            assert_eq!((&done["status"], &done["reasonCode"]), (&json!("Failed"), &json!(code)));
        }
        assert_eq!(till.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
        assert_eq!(till.told(&id).await, ["payout_failed"]);
    }
    assert!(till.letters("payout_failed").await.is_empty(), "who did it knows it");
    till.finish().await;
}

/// Somebody who isn't paid by PayPal any more isn't paid by PayPal.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_gone() {
    let till = Till::open().await;
    let lena = till.world.acme.join(&till.world.database, "lena").await;
    till.earn(&lena, "one", 2_000).await;
    let id = till.schedule(&lena, 2_000, "PayPal").await;
    till.go().await;
    assert_eq!(till.until(&id, "Failed").await["reasonCode"], "no_method");
    assert_eq!(till.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
    till.finish().await;
}
