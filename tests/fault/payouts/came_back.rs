//! Goal: what becomes of a payment after it was sent is mirrored: a transfer that is reversed in part or in full is owed
//! again, once, however often and whenever it is told; a bank that refuses it is told to the affiliate and changes nothing of the book.
//! Method: reversals and bank payouts at Stripe, told by webhook once, twice, and not at all but by a hint.

use serde_json::json;
use world::{
    database::NO_ROOM,
    fakes::stripe_connect::{Post, SECRET_KEY},
    payout_fixture::PayoutFixture,
    wait,
};

async fn sent(fixture: &PayoutFixture, name: &str) -> (world::payout_fixture::Payee, String, String) {
    let payee = fixture.payee(name).await;
    fixture.earn(&payee.partner, name, 3_000).await;
    let id = fixture.schedule(&payee.partner, 3_000, "Stripe").await;
    fixture.go().await;
    let payout = fixture.until(&id, "Sent").await;
    (payee, id, payout["transferId"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_part_and_then_in_full() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Twice));
    let (lena, id, transfer) = sent(&fixture, "lena").await;
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, Some(1_000)));
    let payout = wait::until("a part to be back", 30, async || {
        let payout = fixture.payout(&id).await;
        (payout["returnedCents"] == 1_000).then_some(payout)
    })
    .await;
    assert_eq!(payout["status"], "Sent", "{payout}");
    assert_eq!(fixture.balances(lena.id()).await, [1_000, 0, 2_000, 0]);
    fixture.world.check().await;
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, None));
    let payout = fixture.until(&id, "Reversed").await;
    assert_eq!((&payout["returnedCents"], &payout["reasonCode"]), (&json!(3_000), &json!("transfer_reversed")));
    assert_eq!(fixture.balances(lena.id()).await, [3_000, 0, 0, 0]);
    let held = "select count(*) from payout_holds";
    assert_eq!(fixture.world.database.count(held).await, 1, "nobody pays it again before somebody looked");
    assert_eq!(fixture.announced(&id).await, ["payout_sent", "payout_failed"]);
    assert_eq!(fixture.emails("payout_returned").await.len(), 2);
    assert_eq!(audited(&fixture, "payout.returned").await, 2);
    assert_eq!(audited(&fixture, "payout_hold.placed").await, 1, "of the second one they were on hold already");
    // On hold, the next one isn't paid; let go, it is.
    let next = fixture.schedule(&lena.partner, 3_000, "Stripe").await;
    fixture.go().await;
    assert_eq!(fixture.until(&next, "Failed").await["reasonCode"], "on_hold");
    fixture.world.database.run("delete from payout_holds").await;
    let next = fixture.schedule(&lena.partner, 3_000, "Stripe").await;
    fixture.go().await;
    fixture.until(&next, "Sent").await;
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 3_000, 0]);
    fixture.finish().await;
}

/// It is noticed a day later, which may be another year.
#[tokio::test(flavor = "multi_thread")]
async fn it_came_back_when_it_was_reversed() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    let (_, id, transfer) = sent(&fixture, "lena").await;
    fixture.world.database.run("update payouts set sent_at = now() - interval '2 days'").await;
    let reversed = fixture.stripe.with(|stripe| {
        stripe.reverse(&transfer, None);
        let created = stripe.now() - 86_400;
        let found = stripe.platform().transfers.iter_mut().find(|one| one.id == transfer).expect("a transfer");
        found.reversals[0]["created"] = json!(created);
        created
    });
    fixture.api().post("/reconciliations", &json!({})).await.expect_status(202);
    fixture.until(&id, "Reversed").await;
    let query = format!("select count(*) from payout_returns where returned_at = to_timestamp({reversed})");
    assert_eq!(fixture.world.database.count(&query).await, 1);
    let query = "select count(*) from audit_log where action = 'payout.returned' and at > now() - interval '1 hour'";
    assert_eq!(fixture.world.database.count(query).await, 1, "it is written down when it was noticed");
    fixture.finish().await;
}

async fn audited(fixture: &PayoutFixture, action: &str) -> i64 {
    let query = format!("select count(*) from audit_log where action = '{action}' and actor = 'system'");
    fixture.world.database.count(&query).await
}

/// Hints of a kind of which so much is so.
async fn hints(fixture: &PayoutFixture, kind: &str, so: &str) -> i64 {
    fixture
        .world
        .database
        .count(&format!("select count(*) from stripe_notifications where kind = '{kind}' and {so}"))
        .await
}

async fn notifications_are_due(fixture: &PayoutFixture) {
    fixture.world.database.run("update stripe_notifications set next_at = now() where next_at > now()").await;
}

/// Somebody reverses it before we know that it was sent: what Stripe tells of it waits until it is booked as sent.
#[tokio::test(flavor = "multi_thread")]
async fn reversed_before_it_is_settled() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 3_000).await;
    let id = fixture.schedule(&lena.partner, 3_000, "Stripe").await;
    let database = &fixture.world.database;
    let event = "before update on payouts for each row when (new.status = 'Sent')";
    database.create_trigger("not_yet", event, NO_ROOM).await;
    fixture.go().await;
    let transfer = wait::until("the transfer", 30, async || fixture.transfers_to(&lena).pop()).await;
    fixture.stripe.with(|stripe| stripe.reverse(&transfer.id, None));
    let tried = |times: i64| {
        let (so, fixture) = (format!("tries >= {times} and next_at > now()"), &fixture);
        async move {
            wait::until("the hint to wait", 30, async || {
                (hints(fixture, "transfer.reversed", &so).await == 1).then_some(())
            })
            .await;
        }
    };
    tried(1).await;
    notifications_are_due(&fixture).await;
    // Taken again, so that it wasn't done the first time.
    tried(2).await;
    database.run("drop trigger not_yet on payouts").await;
    fixture.hurried(&id, "Sent").await;
    assert_eq!(hints(&fixture, "transfer.reversed", "next_at < now() + interval '6 minutes'").await, 1);
    notifications_are_due(&fixture).await;
    fixture.until(&id, "Reversed").await;
    assert_eq!(fixture.balances(lena.id()).await, [3_000, 0, 0, 0]);
    assert_eq!(fixture.announced(&id).await, ["payout_sent", "payout_failed"]);
    assert_eq!(fixture.emails("payout_returned").await.len(), 1);
    fixture.finish().await;
}

/// Without a key nothing can be asked: what is told meanwhile waits for one.
#[tokio::test(flavor = "multi_thread")]
async fn told_while_there_is_no_key() {
    let fixture = PayoutFixture::open().await;
    let (lena, id, transfer) = sent(&fixture, "lena").await;
    fixture.world.database.run("update payout_connections set status = 'paused', paused_reason = 'Expired.'").await;
    fixture.stripe.with(|stripe| {
        stripe.reverse(&transfer, Some(1_000));
        stripe.fail_bank_payout(&lena.account, "account_closed").expect("there is money")
    });
    wait::until("both to be written down", 30, async || {
        let waiting = [
            hints(&fixture, "transfer.reversed", "tries = 0").await,
            hints(&fixture, "payout.failed", "tries = 0").await,
        ];
        (waiting == [1, 1]).then_some(())
    })
    .await;
    fixture.world.ledger.run_jobs().await;
    assert_eq!(hints(&fixture, "payout.failed", "next_at <= now() and tries = 0").await, 1, "not even tried");
    fixture.connect(SECRET_KEY).await;
    wait::until("both to be known", 30, async || {
        let payout = fixture.payout(&id).await;
        (payout["bankStatus"] == "Failed" && payout["returnedCents"] == 1_000).then_some(())
    })
    .await;
    fixture.finish().await;
}

/// A day of bank payouts doesn't hold up what is owed again.
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_among_thousands_of_bank_payouts() {
    let fixture = PayoutFixture::open().await;
    let (lena, id, transfer) = sent(&fixture, "lena").await;
    let many = "insert into stripe_notifications (organization_id, connection_id, event, kind, account, object, received_at, next_at)
                select organization_id, id, 'evt_many_' || n, 'payout.paid', 'acct_' || n, 'po_' || n, now() - interval '1 hour',
                       now() - interval '1 hour'
                from payout_connections, generate_series(1, 5000) n";
    fixture.world.database.run(many).await;
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, None));
    fixture.until(&id, "Reversed").await;
    let left = hints(&fixture, "payout.paid", "next_at is not null").await;
    assert!(left > 1_000, "it came before most of them: {left} are left");
    assert_eq!(fixture.balances(lena.id()).await, [3_000, 0, 0, 0]);
    fixture.world.database.run("delete from stripe_notifications where event like 'evt_many_%'").await;
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_tax_comes_back_with_the_tax() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 10_000).await;
    let id = fixture.schedule_withheld(&lena.partner, 10_000).await;
    fixture.go().await;
    let transfer = fixture.until(&id, "Sent").await["transferId"].as_str().unwrap().to_owned();
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 7_600, 2_400]);
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, Some(3_800)));
    wait::until("half of it to be back", 30, async || {
        (fixture.balances(lena.id()).await == [5_000, 0, 3_800, 1_200]).then_some(())
    })
    .await;
    fixture.world.check().await;
    fixture.stripe.with(|stripe| stripe.reverse(&transfer, None));
    fixture.until(&id, "Reversed").await;
    assert_eq!(fixture.balances(lena.id()).await, [10_000, 0, 0, 0]);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_refuses_it() {
    let fixture = PayoutFixture::open().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Twice));
    let (lena, id, _) = sent(&fixture, "lena").await;
    fixture.stripe.with(|stripe| stripe.fail_bank_payout(&lena.account, "account_closed").expect("there is money"));
    let payout = wait::until("the bank's word", 30, async || {
        let payout = fixture.payout(&id).await;
        (payout["bankStatus"] == "Failed").then_some(payout)
    })
    .await;
    assert_eq!((&payout["status"], &payout["nextAction"]), (&json!("Sent"), &json!("affiliate_fixes_bank")));
    assert!(payout["bankReason"].as_str().unwrap().contains("closed"), "{payout}");
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 3_000, 0], "the money is theirs");
    assert_eq!(fixture.emails_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    fixture.finish().await;
}

/// An event is believed in nothing: one that is made up changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_hint_is_only_a_hint() {
    let fixture = PayoutFixture::open().await;
    let (lena, id, transfer) = sent(&fixture, "lena").await;
    for (number, (kind, object)) in
        [("transfer.reversed", transfer.as_str()), ("transfer.reversed", "tr_nobody"), ("payout.failed", "po_nobody")]
            .iter()
            .enumerate()
    {
        fixture.world
            .database
            .run(&format!(
                "insert into stripe_notifications (organization_id, connection_id, event, kind, account, object, received_at, next_at)
                 select organization_id, id, 'evt_made_up_{number}', '{kind}', '{}', '{object}', now(), now() from payout_connections",
                lena.account
            ))
            .await;
    }
    wait::until("the hints to be followed", 30, async || {
        (fixture
            .world
            .database
            .count("select count(*) from stripe_notifications where next_at is not null and event like 'evt_made_up%'")
            .await
            == 0)
            .then_some(())
    })
    .await;
    let payout = fixture.payout(&id).await;
    assert_eq!(
        (&payout["status"], &payout["returnedCents"], &payout["bankStatus"]),
        (&json!("Sent"), &json!(0), &json!(null))
    );
    fixture.finish().await;
}
