//! Goal: what becomes of a payment after it was sent is mirrored: a transfer that is reversed in part or in full is owed
//! again, once, however often and whenever it is told; a bank that refuses it is told to the affiliate and changes nothing of the book.
//! Method: reversals and bank payouts at Stripe, told by webhook once, twice, and not at all but by a hint.

use serde_json::json;
use world::{
    till::Till,
    vendors::stripe_connect::{Post, SECRET_KEY},
    wait,
};

async fn sent(till: &Till, name: &str) -> (world::till::Payee, String, String) {
    let payee = till.payee(name).await;
    till.earn(&payee.partner, name, 3_000).await;
    let id = till.schedule(&payee.partner, 3_000, "Stripe").await;
    till.go().await;
    let payout = till.until(&id, "Sent").await;
    (payee, id, payout["transferId"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_part_and_then_in_full() {
    let till = Till::open().await;
    till.stripe.with(|stripe| stripe.post(Post::Twice));
    let (lena, id, transfer) = sent(&till, "lena").await;
    till.stripe.with(|stripe| stripe.reverse(&transfer, Some(1_000)));
    let payout = wait::until("a part to be back", 30, async || {
        let payout = till.payout(&id).await;
        (payout["returnedCents"] == 1_000).then_some(payout)
    })
    .await;
    assert_eq!(payout["status"], "Sent", "{payout}");
    assert_eq!(till.balances(lena.id()).await, [1_000, 0, 2_000, 0]);
    till.world.check().await;
    till.stripe.with(|stripe| stripe.reverse(&transfer, None));
    let payout = till.until(&id, "Reversed").await;
    assert_eq!((&payout["returnedCents"], &payout["reasonCode"]), (&json!(3_000), &json!("transfer_reversed")));
    assert_eq!(till.balances(lena.id()).await, [3_000, 0, 0, 0]);
    let held = "select count(*) from payout_holds";
    assert_eq!(till.world.database.count(held).await, 1, "nobody pays it again before somebody looked");
    assert_eq!(till.told(&id).await, ["payout_sent", "payout_failed"]);
    assert_eq!(till.letters("payout_returned").await.len(), 2);
    assert_eq!(audited(&till, "payout.returned").await, 2);
    assert_eq!(audited(&till, "payout_hold.placed").await, 1, "of the second one they were on hold already");
    // On hold, the next one isn't paid; let go, it is.
    let next = till.schedule(&lena.partner, 3_000, "Stripe").await;
    till.go().await;
    assert_eq!(till.until(&next, "Failed").await["reasonCode"], "on_hold");
    till.world.database.run("delete from payout_holds").await;
    let next = till.schedule(&lena.partner, 3_000, "Stripe").await;
    till.go().await;
    till.until(&next, "Sent").await;
    assert_eq!(till.balances(lena.id()).await, [0, 0, 3_000, 0]);
    till.finish().await;
}

async fn audited(till: &Till, action: &str) -> i64 {
    let query = format!("select count(*) from audit_log where action = '{action}' and actor = 'system'");
    till.world.database.count(&query).await
}

/// Hints of a kind of which so much is so.
async fn hints(till: &Till, kind: &str, so: &str) -> i64 {
    till.world.database.count(&format!("select count(*) from payout_hints where kind = '{kind}' and {so}")).await
}

async fn hints_are_due(till: &Till) {
    till.world.database.run("update payout_hints set next_at = now() where next_at > now()").await;
}

/// Somebody reverses it before we know that it was sent: what Stripe tells of it waits until it is booked as sent.
#[tokio::test(flavor = "multi_thread")]
async fn reversed_before_it_is_settled() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 3_000).await;
    let id = till.schedule(&lena.partner, 3_000, "Stripe").await;
    let database = &till.world.database;
    database
        .run(
            "create function not_yet() returns trigger language plpgsql as $$
             begin raise exception 'this step fails'; end $$;
             create trigger not_yet before update on payouts for each row when (new.status = 'Sent')
             execute function not_yet()",
        )
        .await;
    till.go().await;
    let transfer = wait::until("the transfer", 30, async || till.transfers_to(&lena).pop()).await;
    till.stripe.with(|stripe| stripe.reverse(&transfer.id, None));
    let tried = |times: i64| {
        let (so, till) = (format!("tries >= {times} and next_at > now()"), &till);
        async move {
            wait::until("the hint to wait", 30, async || {
                (hints(till, "transfer.reversed", &so).await == 1).then_some(())
            })
            .await;
        }
    };
    tried(1).await;
    hints_are_due(&till).await;
    // Taken again, so that it wasn't done the first time.
    tried(2).await;
    database.run("drop trigger not_yet on payouts").await;
    till.hurried(&id, "Sent").await;
    assert_eq!(hints(&till, "transfer.reversed", "next_at < now() + interval '6 minutes'").await, 1);
    hints_are_due(&till).await;
    till.until(&id, "Reversed").await;
    assert_eq!(till.balances(lena.id()).await, [3_000, 0, 0, 0]);
    assert_eq!(till.told(&id).await, ["payout_sent", "payout_failed"]);
    assert_eq!(till.letters("payout_returned").await.len(), 1);
    till.finish().await;
}

/// Without a key nothing can be asked: what is told meanwhile waits for one.
#[tokio::test(flavor = "multi_thread")]
async fn told_while_there_is_no_key() {
    let till = Till::open().await;
    let (lena, id, transfer) = sent(&till, "lena").await;
    till.world.database.run("update payout_connections set status = 'paused', paused_reason = 'Expired.'").await;
    till.stripe.with(|stripe| {
        stripe.reverse(&transfer, Some(1_000));
        stripe.fail_bank_payout(&lena.account, "account_closed").expect("there is money")
    });
    wait::until("both to be written down", 30, async || {
        let waiting =
            [hints(&till, "transfer.reversed", "tries = 0").await, hints(&till, "payout.failed", "tries = 0").await];
        (waiting == [1, 1]).then_some(())
    })
    .await;
    till.world.ledger.run_jobs().await;
    assert_eq!(hints(&till, "payout.failed", "next_at <= now() and tries = 0").await, 1, "not even tried");
    till.connect(SECRET_KEY).await;
    wait::until("both to be known", 30, async || {
        let payout = till.payout(&id).await;
        (payout["bankStatus"] == "Failed" && payout["returnedCents"] == 1_000).then_some(())
    })
    .await;
    till.finish().await;
}

/// A day of bank payouts doesn't hold up what is owed again.
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_among_thousands_of_bank_payouts() {
    let till = Till::open().await;
    let (lena, id, transfer) = sent(&till, "lena").await;
    let many = "insert into payout_hints (organization_id, connection_id, event, kind, account, object, received_at, next_at)
                select organization_id, id, 'evt_many_' || n, 'payout.paid', 'acct_' || n, 'po_' || n, now() - interval '1 hour',
                       now() - interval '1 hour'
                from payout_connections, generate_series(1, 5000) n";
    till.world.database.run(many).await;
    till.stripe.with(|stripe| stripe.reverse(&transfer, None));
    till.until(&id, "Reversed").await;
    let left = hints(&till, "payout.paid", "next_at is not null").await;
    assert!(left > 1_000, "it came before most of them: {left} are left");
    assert_eq!(till.balances(lena.id()).await, [3_000, 0, 0, 0]);
    till.world.database.run("delete from payout_hints where event like 'evt_many_%'").await;
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_tax_comes_back_with_the_tax() {
    let till = Till::open().await;
    let lena = till.payee("lena").await;
    till.earn(&lena.partner, "one", 10_000).await;
    let id = till.schedule_withheld(&lena.partner, 10_000).await;
    till.go().await;
    let transfer = till.until(&id, "Sent").await["transferId"].as_str().unwrap().to_owned();
    assert_eq!(till.balances(lena.id()).await, [0, 0, 7_600, 2_400]);
    till.stripe.with(|stripe| stripe.reverse(&transfer, Some(3_800)));
    wait::until("half of it to be back", 30, async || {
        (till.balances(lena.id()).await == [5_000, 0, 3_800, 1_200]).then_some(())
    })
    .await;
    till.world.check().await;
    till.stripe.with(|stripe| stripe.reverse(&transfer, None));
    till.until(&id, "Reversed").await;
    assert_eq!(till.balances(lena.id()).await, [10_000, 0, 0, 0]);
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_refuses_it() {
    let till = Till::open().await;
    till.stripe.with(|stripe| stripe.post(Post::Twice));
    let (lena, id, _) = sent(&till, "lena").await;
    till.stripe.with(|stripe| stripe.fail_bank_payout(&lena.account, "account_closed").expect("there is money"));
    let payout = wait::until("the bank's word", 30, async || {
        let payout = till.payout(&id).await;
        (payout["bankStatus"] == "Failed").then_some(payout)
    })
    .await;
    assert_eq!((&payout["status"], &payout["nextAction"]), (&json!("Sent"), &json!("affiliate_fixes_bank")));
    assert!(payout["bankReason"].as_str().unwrap().contains("closed"), "{payout}");
    assert_eq!(till.balances(lena.id()).await, [0, 0, 3_000, 0], "the money is theirs");
    assert_eq!(till.letters_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    till.finish().await;
}

/// An event is believed in nothing: one that is made up changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_hint_is_only_a_hint() {
    let till = Till::open().await;
    let (lena, id, transfer) = sent(&till, "lena").await;
    for (number, (kind, object)) in
        [("transfer.reversed", transfer.as_str()), ("transfer.reversed", "tr_nobody"), ("payout.failed", "po_nobody")]
            .iter()
            .enumerate()
    {
        till.world
            .database
            .run(&format!(
                "insert into payout_hints (organization_id, connection_id, event, kind, account, object, received_at, next_at)
                 select organization_id, id, 'evt_made_up_{number}', '{kind}', '{}', '{object}', now(), now() from payout_connections",
                lena.account
            ))
            .await;
    }
    wait::until("the hints to be followed", 30, async || {
        (till
            .world
            .database
            .count("select count(*) from payout_hints where next_at is not null and event like 'evt_made_up%'")
            .await
            == 0)
            .then_some(())
    })
    .await;
    let payout = till.payout(&id).await;
    assert_eq!(
        (&payout["status"], &payout["returnedCents"], &payout["bankStatus"]),
        (&json!("Sent"), &json!(0), &json!(null))
    );
    till.finish().await;
}
