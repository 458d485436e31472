//! Goal: what is paid outside has the same states and the same book: set aside, marked as sent or failed, once.
//! Method: payouts by PayPal and by hand, marked again and again, differently, and brought back.

use serde_json::json;
use world::payout_fixture::PayoutFixture;

#[tokio::test(flavor = "multi_thread")]
async fn set_aside_marked_and_brought_back() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.world.acme.join(&fixture.world.database, "lena").await;
    fixture.earn(&lena, "one", 2_000).await;
    let id = fixture.schedule(&lena, 2_000, "Manual").await;
    let mark = |what: &str| format!("/payouts/{id}/{what}");
    let early = fixture.api().post(&mark("mark-sent"), &json!({"reference": "#1"})).await;
    assert_eq!(early.refusal(), (409, "not_reserved".to_owned()));
    fixture.go().await;
    let payout = fixture.until(&id, "Reserved").await;
    assert_eq!(
        (&payout["reasonCode"], &payout["nextAction"], &payout["nextAt"]),
        (&json!("export_it"), &json!("pay_and_mark"), &json!(null))
    );
    assert_eq!(fixture.balances(lena.affiliate).await, [0, 2_000, 0, 0]);
    let empty = fixture.api().post(&mark("mark-sent"), &json!({})).await;
    assert_eq!(empty.field_refusal().2, "reference");
    for _ in 0..2 {
        let marked =
            fixture.api().post(&mark("mark-sent"), &json!({"reference": "#1"})).await.expect_status(200).json();
        assert_eq!((&marked["status"], &marked["reference"]), (&json!("Sent"), &json!("#1")));
    }
    assert_eq!(fixture.announced(&id).await, ["payout_sent"]);
    let other = fixture.api().post(&mark("mark-sent"), &json!({"reference": "#2"})).await;
    assert_eq!(other.refusal(), (409, "already_sent".to_owned()));
    assert_eq!(fixture.balances(lena.affiliate).await, [0, 0, 2_000, 0]);
    for _ in 0..2 {
        let back =
            fixture.api().post(&mark("mark-failed"), &json!({"reason": "it bounced"})).await.expect_status(200).json();
        assert_eq!((&back["status"], &back["reason"]), (&json!("Reversed"), &json!("it bounced")));
    }
    assert_eq!(fixture.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
    assert_eq!(fixture.announced(&id).await, ["payout_sent", "payout_failed"]);
    let audited =
        fixture.world.database.count("select count(*) from audit_log where action like 'payout.marked%'").await;
    assert_eq!(audited, 2, "what changes nothing isn't told");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_up_before_it_was_paid() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.world.acme.join(&fixture.world.database, "lena").await;
    fixture.earn(&lena, "one", 2_000).await;
    for (what, body, code) in
        [("mark-failed", json!({"reason": "no such account"}), "marked_failed"), ("cancel", json!({}), "cancelled")]
    {
        let id = fixture.schedule(&lena, 2_000, "Manual").await;
        fixture.go().await;
        fixture.until(&id, "Reserved").await;
        for _ in 0..2 {
            let done = fixture.api().post(&format!("/payouts/{id}/{what}"), &body).await.expect_status(200).json();
            assert_eq!((&done["status"], &done["reasonCode"]), (&json!("Failed"), &json!(code)));
        }
        assert_eq!(fixture.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
        assert_eq!(fixture.announced(&id).await, ["payout_failed"]);
    }
    assert!(fixture.emails("payout_failed").await.is_empty(), "who did it knows it");
    fixture.finish().await;
}

/// Somebody who isn't paid by PayPal any more isn't paid by PayPal.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_gone() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.world.acme.join(&fixture.world.database, "lena").await;
    fixture.earn(&lena, "one", 2_000).await;
    let id = fixture.schedule(&lena, 2_000, "PayPal").await;
    fixture.go().await;
    assert_eq!(fixture.until(&id, "Failed").await["reasonCode"], "no_method");
    assert_eq!(fixture.balances(lena.affiliate).await, [2_000, 0, 0, 0]);
    fixture.finish().await;
}
