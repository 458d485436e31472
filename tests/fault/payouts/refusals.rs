//! Goal: what Stripe definitely refuses isn't tried again, or waits for what must change, and the money is where it was.
//! Method: closed accounts, no money, a key that is gone, and too many calls; each mended and gone on with where it can be.

use serde_json::json;
use world::{
    fakes::{
        Mood,
        stripe_connect::{RESTRICTED_KEY, SECRET_KEY},
    },
    payout_fixture::PayoutFixture,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_voids_and_is_told() {
    let fixture = PayoutFixture::open().await;
    let mut ids = Vec::new();
    for name in ["closed", "stopped"] {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, 2_000).await;
        let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        if name == "closed" {
            fixture.close(&payee);
        } else {
            fixture.stripe.with(|stripe| {
                stripe.account(&payee.account).capabilities.insert("transfers".to_owned(), "inactive".to_owned())
            });
        }
        ids.push((id, payee));
    }
    fixture.go().await;
    for (id, payee) in &ids {
        let payout = fixture.until(id, "Failed").await;
        assert_eq!(payout["nextAction"], "affiliate_fixes_account", "{payout}");
        assert_eq!(fixture.balances(payee.id()).await, [2_000, 0, 0, 0], "owed again");
        assert_eq!(fixture.announced(id).await, ["payout_failed"]);
        let attempts = fixture.api().all(&format!("/payouts/{id}/attempts")).await;
        assert_eq!(attempts.len(), 1, "not tried again: {payout}");
        assert_eq!(attempts[0]["outcome"], payout["reasonCode"]);
        let retry = fixture.api().post(&format!("/payouts/{id}/retry"), &json!({})).await;
        assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()));
    }
    assert!(fixture.transfers().is_empty());
    assert_eq!(fixture.emails("payout_failed").await.len(), 1, "a run that fails is one email");
    fixture.finish().await;
}

/// Stripe doesn't tell us that the account changed: the refusal itself has us look at it, so that the next run leaves its
/// owner out instead of trying in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_account_is_looked_at_again_at_once() {
    let fixture = PayoutFixture::open().await;
    let payee = fixture.payee("closed").await;
    fixture.earn(&payee.partner, "one", 2_000).await;
    let preview = async || {
        let path = "/payout-runs/preview";
        fixture.api().post(path, &json!({"currency": "USD"})).await.expect_status(200).json()
    };
    let before = preview().await;
    assert_eq!(before["payees"].as_array().unwrap().len(), 1, "{before}");
    let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
    fixture.close(&payee);
    fixture.go().await;
    fixture.until(&id, "Failed").await;
    let known = format!(
        "select count(*) from payout_accounts
         where stripe_account = '{}' and status <> 'Ready' and not payouts_enabled",
        payee.account
    );
    wait::until("the account to be looked at", 30, async || {
        (fixture.world.database.count(&known).await == 1).then_some(())
    })
    .await;
    let after = preview().await;
    assert_eq!(after["payees"].as_array().unwrap().len(), 0, "{after}");
    assert_eq!(after["exclusions"][0]["affiliateId"], payee.id().to_string(), "{after}");
    assert_eq!(fixture.sends(), 1);
    fixture.finish().await;
}

/// The first one that is refused holds up all others of its currency; money, told of by webhook, lets all of them go.
#[tokio::test(flavor = "multi_thread")]
async fn without_money_everything_waits_and_then_goes_on() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 500));
    let mut ids = Vec::new();
    for number in 0..12 {
        let payee = fixture.payee(&format!("payee-{number}")).await;
        fixture.earn(&payee.partner, &format!("sale-{number}"), 2_000).await;
        ids.push(fixture.schedule(&payee.partner, 2_000, "Stripe").await);
    }
    fixture.go().await;
    for id in &ids {
        let payout = fixture.until_reason(id, "balance_insufficient").await;
        assert_eq!(payout["nextAction"], "top_up");
        assert!(matches!(payout["status"].as_str().unwrap(), "Scheduled" | "Reserved"), "{payout}");
    }
    assert_eq!(fixture.emails("payout_waits").await.len(), 1);
    let sends = || fixture.sends();
    assert!(sends() <= 8, "those at once, and no more: {}", sends());
    fixture.world.check().await;
    fixture.stripe.with(|stripe| stripe.set_balance("usd", 1_000_000));
    for id in &ids {
        fixture.until(id, "Sent").await;
    }
    assert_eq!(fixture.transfers().len(), 12);
    fixture.finish().await;
}

/// One email for as long as there is too little, however often it is tried meanwhile, and another one the next time.
#[tokio::test(flavor = "multi_thread")]
async fn one_email_until_there_was_money_again() {
    let fixture = PayoutFixture::open().await;
    for time in 1..=2 {
        fixture.stripe.with(|stripe| stripe.set_balance("usd", 500));
        let mut ids = Vec::new();
        for number in 0..3 {
            let name = format!("payee-{time}-{number}");
            let payee = fixture.payee(&name).await;
            fixture.earn(&payee.partner, &name, 2_000).await;
            ids.push(fixture.schedule(&payee.partner, 2_000, "Stripe").await);
        }
        fixture.go().await;
        let all_wait = async || {
            let waiting = "select count(*) from payouts
                           where reason_code = 'balance_insufficient' and next_at > now() + interval '50 minutes'";
            wait::until("all to wait for an hour", 30, async || {
                (fixture.world.database.count(waiting).await == 3).then_some(())
            })
            .await;
        };
        all_wait().await;
        for _ in 0..3 {
            let sends = fixture.sends();
            fixture.hurry().await;
            wait::until("another try", 30, async || (fixture.sends() > sends).then_some(())).await;
            all_wait().await;
            assert_eq!(fixture.emails("payout_waits").await.len(), time, "the hourly tries bring none");
        }
        fixture.stripe.with(|stripe| stripe.set_balance("usd", 1_000_000));
        for id in &ids {
            fixture.until(id, "Sent").await;
        }
    }
    assert_eq!(fixture.emails("payout_waits").await.len(), 2);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_gone_pauses_until_there_is_another() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    // A new connection is compared with the book at once. That one shouldn't be the first to be refused.
    wait::until("the first comparison", 30, async || {
        let compared = "select count(*) from payout_connections where reconcile_at > now() + interval '1 hour'";
        (fixture.world.database.count(compared).await == 1).then_some(())
    })
    .await;
    fixture.stripe.with(|stripe| stripe.revoke(RESTRICTED_KEY));
    fixture.go().await;
    let payout = fixture.until_reason(&id, "key_refused").await;
    assert_eq!((&payout["status"], &payout["nextAction"]), (&json!("Reserved"), &json!("reconnect")));
    let connection = fixture.api().get("/payout-connection").await.json();
    assert_eq!(connection["status"], "paused", "{connection}");
    assert_eq!(fixture.emails("payouts_paused").await.len(), 1);
    // What comes to wait behind it says so, too.
    let otto = fixture.payee("otto").await;
    fixture.earn(&otto.partner, "two", 2_000).await;
    let behind = fixture.schedule(&otto.partner, 2_000, "Stripe").await;
    assert_eq!(fixture.payout(&behind).await["nextAction"], "approve_run");
    fixture.go().await;
    let waits = fixture.payout(&behind).await;
    let message = |payout: &serde_json::Value| (payout["nextAction"].clone(), payout["reasonCode"].clone());
    assert_eq!(message(&waits), (json!("reconnect"), json!("connection_paused")), "{waits}");
    assert!(waits["reason"].as_str().unwrap().contains("Enter a new key"), "{waits}");
    fixture.world.database.run("update payout_connections set status = 'disconnected'").await;
    assert_eq!(message(&fixture.payout(&behind).await), (json!("reconnect"), json!("not_connected")));
    fixture.world.database.run("update payout_connections set status = 'paused'").await;
    let retry = fixture.api().post(&format!("/payouts/{id}/retry"), &json!({})).await;
    assert_eq!(retry.refusal(), (409, "not_connected".to_owned()));
    fixture.connect(SECRET_KEY).await;
    fixture.until(&id, "Sent").await;
    fixture.until(&behind, "Sent").await;
    assert_eq!(fixture.transfers().len(), 2);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_wait_as_told() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.once("POST /v1/transfers", Mood::Busy(3_000));
    fixture.go().await;
    let payout = fixture.until_reason(&id, "rate_limited").await;
    assert_eq!((&payout["status"], &payout["nextAction"]), (&json!("Reserved"), &json!("wait")));
    let waits = "select count(*) from payout_connections where wait_until > now() + interval '40 minutes'";
    assert_eq!(fixture.world.database.count(waits).await, 1);
    fixture.hurried(&id, "Sent").await;
    assert_eq!(fixture.transfers().len(), 1);
    fixture.finish().await;
}
