//! Goal: whatever becomes of the answer to a transfer, exactly one transfer is made, and the payout ends as sent.
//! Method: the first call is answered with nothing, half an answer, garbage, or a 500 that Stripe keeps under the key, each
//! before and after the effect; look-ups fail too. Stripe's transfers are counted.

use world::{
    fakes::{Mood, stripe_connect::Effect},
    payout_fixture::PayoutFixture,
};

const SEND: &str = "POST /v1/transfers";
const LOOK_UP: &str = "GET /v1/transfers";

#[tokio::test(flavor = "multi_thread")]
async fn after_the_effect() {
    let fixture = PayoutFixture::open().await;
    for (name, mood) in [("lost", Some(Mood::Lost)), ("breaks", Some(Mood::Breaks)), ("stored", None)] {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, 2_000).await;
        let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        match mood {
            Some(mood) => fixture.stripe.once(SEND, mood),
            None => fixture.stripe.with(|stripe| stripe.stores_500(SEND, Effect::Done)),
        }
        fixture.go().await;
        fixture.until(&id, "Unknown").await;
        assert_eq!(fixture.balances(payee.id()).await, [0, 2_000, 0, 0], "{name}: nobody knows yet");
        let payout = fixture.hurried(&id, "Sent").await;
        let transfers = fixture.transfers_to(&payee);
        assert_eq!(transfers.len(), 1, "{name}");
        assert_eq!(payout["transferId"], transfers[0].id, "{name}");
        let steps: Vec<String> = steps(&fixture, &id).await;
        assert_eq!(steps, ["Send unclear", "LookUp found"], "{name}: it was looked up, not sent again");
    }
    fixture.finish().await;
}

async fn steps(fixture: &PayoutFixture, id: &str) -> Vec<String> {
    let attempts = fixture.api().all(&format!("/payouts/{id}/attempts")).await;
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    attempts.iter().map(|one| format!("{} {}", word(&one["step"]), word(&one["outcome"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_effect() {
    let fixture = PayoutFixture::open().await;
    let moods =
        [("hangs", Mood::Hangs), ("garbage", Mood::Garbage), ("says", Mood::Says(502, serde_json::Value::Null))];
    for (name, mood) in moods {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, 2_000).await;
        let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        fixture.stripe.once(SEND, mood);
        fixture.go().await;
        fixture.until(&id, "Unknown").await;
        fixture.hurried(&id, "Sent").await;
        assert_eq!(fixture.transfers_to(&payee).len(), 1, "{name}");
        assert_eq!(steps(&fixture, &id).await, ["Send unclear", "LookUp not_found", "Send sent"], "{name}");
        let attempts = fixture.api().all(&format!("/payouts/{id}/attempts")).await;
        assert_eq!(attempts[0]["idempotencyKey"], attempts[2]["idempotencyKey"], "{name}: one key while it is unclear");
    }
    fixture.finish().await;
}

/// Stripe answers a kept 500 for as long as it knows the key; then the same key is a new request.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_500_without_effect() {
    let fixture = PayoutFixture::open().await;
    let payee = fixture.payee("kept").await;
    fixture.earn(&payee.partner, "kept", 2_000).await;
    let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
    fixture.stripe.with(|stripe| stripe.stores_500(SEND, Effect::None));
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    for round in 2..5 {
        fixture.hurry().await;
        world::wait::until("another try", 30, async || {
            let sends = steps(&fixture, &id).await.iter().filter(|step| step.starts_with("Send")).count();
            (sends >= round).then_some(())
        })
        .await;
        fixture.until(&id, "Unknown").await;
    }
    assert!(fixture.transfers().is_empty());
    fixture.stripe.with(|stripe| stripe.advance_hours(25));
    fixture.hurried(&id, "Sent").await;
    assert_eq!(fixture.transfers_to(&payee).len(), 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_fail_too() {
    let fixture = PayoutFixture::open().await;
    let payee = fixture.payee("blind").await;
    fixture.earn(&payee.partner, "blind", 2_000).await;
    let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
    fixture.stripe.once(SEND, Mood::Breaks);
    fixture.stripe.nth(LOOK_UP, 0, Mood::Says(500, serde_json::Value::Null));
    fixture.stripe.nth(LOOK_UP, 1, Mood::Garbage);
    fixture.stripe.nth(LOOK_UP, 2, Mood::Busy(1));
    fixture.go().await;
    fixture.hurried(&id, "Sent").await;
    assert_eq!(fixture.transfers_to(&payee).len(), 1);
    let sends = steps(&fixture, &id).await.iter().filter(|step| step.starts_with("Send")).count();
    assert_eq!(sends, 1, "nothing was sent before a look-up had an answer: {:?}", steps(&fixture, &id).await);
    fixture.finish().await;
}
