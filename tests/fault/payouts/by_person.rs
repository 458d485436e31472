//! Goal: nobody can make us pay twice by giving up what may have been paid, or mark a payment as sent that wasn't.
//! Method: cancel and mark-sent at each state, with Stripe's answers lost, wrong transfers, and transfers of others; calls of
//! a moment, some minutes and a day ago; a crash in the middle of a call.

use serde_json::json;
use world::{
    http::Request,
    till::{Payee, Till},
    vendors::{
        Mood,
        stripe_connect::{GERMAN_KEY, RESTRICTED_KEY},
    },
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_what_may_have_been_paid() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 2_000).await;
    let id = till.schedule(&lena.partner, 2_000, "Stripe").await;
    let cancel = async || till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    // It was made, and nobody knows.
    till.stripe.once("POST /v1/transfers", Mood::Breaks);
    till.stripe.when("GET /v1/transfers", Mood::Says(500, serde_json::Value::Null));
    till.go().await;
    till.until(&id, "Unknown").await;
    assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "Stripe can't be asked");
    till.stripe.recover();
    let refused = cancel().await.refusal();
    assert!(refused.0 == 409 && ["already_sent", "fate_unknown"].contains(&refused.1.as_str()), "{refused:?}");
    till.hurried(&id, "Sent").await;
    assert_eq!(cancel().await.refusal(), (409, "already_sent".to_owned()));
    assert_eq!(till.transfers().len(), 1);
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_what_never_arrived() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 2_000).await;
    let id = till.schedule(&lena.partner, 2_000, "Stripe").await;
    let cancel = async || till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    till.stripe.when("POST /v1/transfers", Mood::Says(500, serde_json::Value::Null));
    till.go().await;
    till.until(&id, "Unknown").await;
    // Nothing is tried meanwhile.
    till.world.database.run("update payout_connections set wait_until = now() + interval '1 day'").await;
    assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "it may still arrive");
    let earlier = "update payout_attempts set started_at = started_at - interval '6 minutes' where step = 'Send'";
    till.world.database.run(earlier).await;
    let cancelled = cancel().await.expect_status(200).json();
    assert_eq!((&cancelled["status"], &cancelled["reasonCode"]), (&json!("Failed"), &json!("cancelled")));
    assert_eq!(till.balances(lena.id()).await, [2_000, 0, 0, 0]);
    assert!(till.transfers().is_empty());
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marking_a_transfer_that_is_not_it() {
    let till = Till::open().await;
    let (lena, otto) = (till.payee("lena").await, till.payee("otto").await);
    for (name, payee, cents) in [("lena", &lena, 2_000), ("otto", &otto, 3_000)] {
        till.earn(&payee.partner, name, cents).await;
    }
    let paid = till.schedule(&otto.partner, 3_000, "Stripe").await;
    till.go().await;
    let others = till.until(&paid, "Sent").await["transferId"].as_str().unwrap().to_owned();
    let id = till.schedule(&lena.partner, 2_000, "Stripe").await;
    till.stripe.when("POST /v1/transfers", Mood::Busy(600));
    till.go().await;
    till.until(&id, "Reserved").await;
    till.until_reason(&id, "rate_limited").await;
    let mark = async |body: serde_json::Value| till.api().post(&format!("/payouts/{id}/mark-sent"), &body).await;
    assert_eq!(mark(json!({"reference": "by bank"})).await.field_refusal().2, "transferId");
    assert_eq!(mark(json!({"transferId": "tr_nobody"})).await.refusal(), (422, "no_such_transfer".to_owned()));
    assert_eq!(mark(json!({"transferId": others})).await.refusal(), (422, "transfer_differs".to_owned()));
    let failed = till.api().post(&format!("/payouts/{id}/mark-failed"), &json!({"reason": "no"})).await;
    assert_eq!(failed.refusal(), (409, "not_by_hand".to_owned()));
    assert_eq!(till.balances(lena.id()).await, [0, 2_000, 0, 0]);
    till.stripe.recover();
    till.hurried(&id, "Sent").await;
    till.finish().await;
}

const SEND: &str = "POST /v1/transfers";
const LOOK_UP: &str = "GET /v1/transfers";

/// As if each call to send had begun so long ago, and the first one that had no answer too.
async fn age(till: &Till, id: &str, first: &str, last: &str) {
    let uuid = id.parse::<shared::id::PayoutId>().unwrap().uuid();
    till.world
        .database
        .run(&format!(
            "update payouts set unclear_since = now() - interval '{first}' where id = '{uuid}';
             update payout_attempts set started_at = now() - interval '{last}' where payout_id = '{uuid}' and step = 'Send'"
        ))
        .await;
}

/// A payout whose call had no answer; from then on the ledger itself tries nothing.
async fn unanswered(till: &Till, slug: &str) -> (Payee, String) {
    let payee = till.payee(slug).await;
    till.earn(&payee.partner, slug, 2_000).await;
    let id = till.schedule(&payee.partner, 2_000, "Stripe").await;
    till.stripe.when(SEND, Mood::Says(500, serde_json::Value::Null));
    till.go().await;
    till.until(&id, "Unknown").await;
    till.world.database.run("update payout_connections set wait_until = now() + interval '1 day'").await;
    till.stripe.recover();
    (payee, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_has_is_never_given_up() {
    let till = Till::open().await;
    let (lena, id) = unanswered(&till, "lena").await;
    // Somebody made another transfer in its name, a long time ago.
    let form = format!("amount=1999&currency=usd&destination={}&transfer_group={id}", lena.account);
    let made = Request { body: form.into_bytes(), ..Request::new("POST", "/v1/transfers") }
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &format!("Bearer {RESTRICTED_KEY}"));
    made.send(till.stripe.base()).await.unwrap().expect_status(200);
    let transfer = till.transfers()[0].id.clone();
    age(&till, &id, "25 hours", "25 hours").await;
    let refused = till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "fate_unknown".to_owned()));
    assert!(refused.text().contains(&transfer) && refused.text().contains("mark it as sent"), "{}", refused.text());
    assert_eq!(till.balances(lena.id()).await, [0, 2_000, 0, 0]);
    // Taken back whole, it paid nobody.
    till.stripe.with(|stripe| stripe.reverse(&transfer, None));
    till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await.expect_status(200);
    assert_eq!(till.balances(lena.id()).await, [2_000, 0, 0, 0]);
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_counts_from_the_last_call() {
    let till = Till::open().await;
    let (lena, id) = unanswered(&till, "lena").await;
    till.stripe.when(LOOK_UP, Mood::Says(500, serde_json::Value::Null));
    let cancel = async || till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    for last in ["1 second", "6 minutes", "23 hours"] {
        age(&till, &id, "25 hours", last).await;
        assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "{last} ago");
    }
    age(&till, &id, "25 hours", "24 hours 1 minute").await;
    assert_eq!(cancel().await.expect_status(200).json()["reasonCode"], "cancelled");
    assert_eq!(till.balances(lena.id()).await, [2_000, 0, 0, 0]);
    till.finish().await;
}

/// The ledger dies in the middle of a call, and when it is back its Stripe account is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_on_a_lost_account() {
    let mut till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 2_000).await;
    let id = till.schedule(&lena.partner, 2_000, "Stripe").await;
    till.stripe.when(SEND, Mood::Hangs);
    till.go().await;
    wait::until("the call", 30, async || (till.sends() > 0).then_some(())).await;
    till.world.ledger.kill();
    till.world.database.run("update payout_connections set status = 'paused'").await;
    till.stripe.recover();
    till.leases_end().await;
    till.world.ledger.start().await;
    assert_eq!(till.payout(&id).await["status"], "Sending");

    let connect = async || {
        let body = json!({"apiKey": GERMAN_KEY}).to_string();
        let request = Request::new("PUT", "/api/v1/payout-connection").header("content-type", "application/json");
        till.api().send(Request { body: body.into_bytes(), ..request }).await
    };
    let cancel = async || till.api().post(&format!("/payouts/{id}/cancel"), &json!({})).await;
    for last in ["1 second", "6 minutes", "23 hours"] {
        age(&till, &id, last, last).await;
        assert_eq!(cancel().await.refusal(), (409, "fate_unknown".to_owned()), "{last} ago");
    }
    assert_eq!(connect().await.refusal(), (409, "payouts_open".to_owned()));
    age(&till, &id, "25 hours", "25 hours").await;
    assert_eq!(cancel().await.expect_status(200).json()["reasonCode"], "cancelled");
    assert_eq!(till.balances(lena.id()).await, [2_000, 0, 0, 0]);
    let connected = connect().await;
    assert!(matches!(connected.status, 200 | 201), "{}", connected.text());
    till.finish().await;
}
