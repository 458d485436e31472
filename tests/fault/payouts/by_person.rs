//! Goal: nobody can make us pay twice by giving up what may have been paid, or mark a payment as sent that wasn't.
//! Method: cancel and mark-sent at each state, with Stripe's answers lost, wrong transfers, and transfers of others; calls of
//! a moment, some minutes and a day ago; a crash in the middle of a call.

use std::collections::BTreeMap;

use serde_json::json;
use shared::timestamp::Timestamp;
use world::{
    fakes::{
        Mood,
        stripe_connect::{GERMAN_KEY, RESTRICTED_KEY, Transfer},
    },
    http::Request,
    payout_fixture::{Payee, PayoutFixture},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_what_may_have_been_paid() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    let cancel = async || fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    // It was made, and nobody knows.
    fixture.stripe.once("POST /v1/transfers", Mood::Breaks);
    fixture.stripe.when("GET /v1/transfers", Mood::Says(500, serde_json::Value::Null));
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "Stripe can't be asked");
    fixture.stripe.recover();
    let refused = cancel().await.refusal();
    assert!(refused.0 == 409 && ["already_sent", "fate_unknown"].contains(&refused.1.as_str()), "{refused:?}");
    fixture.hurried(&id, "Sent").await;
    assert_eq!(cancel().await.refusal(), (409, "already_sent".to_owned()));
    assert_eq!(fixture.transfers().len(), 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_what_never_arrived() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    let cancel = async || fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    fixture.stripe.when("POST /v1/transfers", Mood::Says(500, serde_json::Value::Null));
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    // Nothing is tried meanwhile.
    fixture.world.database.run("update payout_connections set wait_until = now() + interval '1 day'").await;
    assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "it may still arrive");
    let earlier = "update payout_attempts set started_at = now() - interval '6 minutes' where step = 'Send'";
    fixture.world.database.run(earlier).await;
    let cancelled = cancel().await.expect_status(200).json();
    assert_eq!((&cancelled["status"], &cancelled["reasonCode"]), (&json!("Failed"), &json!("cancelled")));
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0]);
    assert!(fixture.transfers().is_empty());
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marking_a_transfer_that_is_not_it() {
    let fixture = PayoutFixture::open().await;
    let (lena, otto) = (fixture.payee("lena").await, fixture.payee("otto").await);
    for (name, payee, cents) in [("lena", &lena, 2_000), ("otto", &otto, 3_000)] {
        fixture.earn(&payee.partner, name, cents).await;
    }
    let paid = fixture.schedule(&otto.partner, 3_000, "Stripe").await;
    fixture.go().await;
    let others = fixture.until(&paid, "Sent").await["transferId"].as_str().unwrap().to_owned();
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.when("POST /v1/transfers", Mood::Busy(600));
    fixture.go().await;
    fixture.until(&id, "Reserved").await;
    fixture.until_reason(&id, "rate_limited").await;
    let mark = async |body: serde_json::Value| fixture.api().post(&format!("/payouts/{id}/mark-sent"), &body).await;
    assert_eq!(mark(json!({"reference": "by bank"})).await.field_refusal().2, "transferId");
    assert_eq!(mark(json!({"transferId": "tr_nobody"})).await.refusal(), (422, "no_such_transfer".to_owned()));
    assert_eq!(mark(json!({"transferId": others})).await.refusal(), (422, "transfer_differs".to_owned()));
    let failed = fixture.api().post(&format!("/payouts/{id}/mark-failed"), &json!({"reason": "no"})).await;
    assert_eq!(failed.refusal(), (409, "not_by_hand".to_owned()));
    assert_eq!(fixture.balances(lena.id()).await, [0, 2_000, 0, 0]);
    fixture.stripe.recover();
    fixture.hurried(&id, "Sent").await;
    fixture.finish().await;
}

/// It is recorded a day later, which may be another year.
#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_made_by_hand_counts_from_when_it_was_made() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.when(SEND, Mood::Busy(600));
    fixture.go().await;
    fixture.until_reason(&id, "rate_limited").await;
    fixture.world.database.run("update payouts set created_at = now() - interval '2 days'").await;
    let made = fixture.stripe.with(|stripe| {
        let created = stripe.now() - 86_400;
        stripe.platform().transfers.push(Transfer {
            id: "tr_by_hand".to_owned(),
            amount: 2_000,
            currency: "usd".to_owned(),
            destination: lena.account.clone(),
            group: None,
            description: None,
            metadata: BTreeMap::new(),
            created,
            reversals: Vec::new(),
            bank_payouts: Vec::new(),
        });
        created
    });
    let body = json!({"transferId": "tr_by_hand"});
    let marked = fixture.api().post(&format!("/payouts/{id}/mark-sent"), &body).await.expect_status(200).json();
    let sent_at = Timestamp::parse_rfc3339(marked["sentAt"].as_str().unwrap()).unwrap();
    assert_eq!((&marked["status"], sent_at.seconds()), (&json!("Sent"), made), "{marked}");
    fixture.finish().await;
}

const SEND: &str = "POST /v1/transfers";
const LOOK_UP: &str = "GET /v1/transfers";

/// As if each call to send had begun so long ago, and the first one that had no answer too.
async fn age(fixture: &PayoutFixture, id: &str, first: &str, last: &str) {
    let uuid = id.parse::<shared::id::PayoutId>().unwrap().uuid();
    fixture.world
        .database
        .run(&format!(
            "update payouts set unclear_since = now() - interval '{first}' where id = '{uuid}';
             update payout_attempts set started_at = now() - interval '{last}' where payout_id = '{uuid}' and step = 'Send'"
        ))
        .await;
}

/// A payout whose call had no answer; from then on the ledger itself tries nothing.
async fn unanswered(fixture: &PayoutFixture, slug: &str) -> (Payee, String) {
    let payee = fixture.payee(slug).await;
    fixture.earn(&payee.partner, slug, 2_000).await;
    let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
    fixture.stripe.when(SEND, Mood::Says(500, serde_json::Value::Null));
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    fixture.world.database.run("update payout_connections set wait_until = now() + interval '1 day'").await;
    fixture.stripe.recover();
    (payee, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_has_is_never_given_up() {
    let fixture = PayoutFixture::open().await;
    let (lena, id) = unanswered(&fixture, "lena").await;
    // Somebody made another transfer in its name, a long time ago.
    let form = format!("amount=1999&currency=usd&destination={}&transfer_group={id}", lena.account);
    let made = Request { body: form.into_bytes(), ..Request::new("POST", "/v1/transfers") }
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &format!("Bearer {RESTRICTED_KEY}"));
    made.send(fixture.stripe.base()).await.unwrap().expect_status(200);
    let transfer = fixture.transfers()[0].id.clone();
    age(&fixture, &id, "25 hours", "25 hours").await;
    let refused = fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "fate_unknown".to_owned()));
    assert!(refused.text().contains(&transfer) && refused.text().contains("record the transfer"), "{}", refused.text());
    assert_eq!(fixture.balances(lena.id()).await, [0, 2_000, 0, 0]);
    // Taken back whole, it paid nobody.
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, None));
    fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await.expect_status(200);
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0]);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_counts_from_the_last_call() {
    let fixture = PayoutFixture::open().await;
    let (lena, id) = unanswered(&fixture, "lena").await;
    fixture.stripe.when(LOOK_UP, Mood::Says(500, serde_json::Value::Null));
    let cancel = async || fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    for last in ["1 second", "6 minutes", "23 hours"] {
        age(&fixture, &id, "25 hours", last).await;
        assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "{last} ago");
    }
    age(&fixture, &id, "25 hours", "24 hours 1 minute").await;
    assert_eq!(cancel().await.expect_status(200).json()["reasonCode"], "cancelled");
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0]);
    fixture.finish().await;
}

/// The ledger dies in the middle of a call, and when it is back its Stripe account is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_on_a_lost_account() {
    let mut fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.when(SEND, Mood::Hangs);
    fixture.go().await;
    wait::until("the call", 30, async || (fixture.sends() > 0).then_some(())).await;
    fixture.world.ledger.kill();
    fixture.world.database.run("update payout_connections set status = 'paused'").await;
    fixture.stripe.recover();
    fixture.leases_end().await;
    fixture.world.ledger.start().await;
    assert_eq!(fixture.payout(&id).await["status"], "Sending");

    let connect = async || {
        let body = json!({"apiKey": GERMAN_KEY}).to_string();
        let request = Request::new("PUT", "/api/v1/payout-connection").header("content-type", "application/json");
        fixture.api().send(Request { body: body.into_bytes(), ..request }).await
    };
    let cancel = async || fixture.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    for last in ["1 second", "6 minutes", "23 hours"] {
        age(&fixture, &id, last, last).await;
        assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "{last} ago");
    }
    assert_eq!(connect().await.refusal(), (409, "payouts_open".to_owned()));
    age(&fixture, &id, "25 hours", "25 hours").await;
    assert_eq!(cancel().await.expect_status(200).json()["reasonCode"], "cancelled");
    assert_eq!(fixture.balances(lena.id()).await, [2_000, 0, 0, 0]);
    let connected = connect().await;
    assert!(matches!(connected.status, 200 | 201), "{}", connected.text());
    fixture.finish().await;
}
