//! Goal: whatever makes our payouts and Stripe's transfers differ is found by the comparison and named once, on the page, by
//! API and in one email; nobody whom Stripe paid is paid again; and what is mended is gone from the list.
//! Method: payouts that were sent by the ledger, and then a hand at Stripe that nobody tells of, one kind of difference for
//! each affiliate. A transfer of a payout that isn't known here is what a database restored from an older copy finds.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use world::{
    brand::fresh,
    client::dashboard::Marketer,
    fakes::stripe_connect::{Effect, Post, RESTRICTED_KEY, StripeConnect, Transfer},
    http::Request,
    payout_fixture::{Payee, PayoutFixture},
    wait,
};

const CENTS: i64 = 3_000;

/// A payout that arrived at Stripe, and what it is called there.
struct Sent {
    payee: Payee,
    payout: String,
    transfer: String,
}

async fn sent(fixture: &PayoutFixture, names: &[&str]) -> Vec<Sent> {
    let mut scheduled = Vec::new();
    for name in names {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, CENTS).await;
        scheduled.push((fixture.schedule(&payee.partner, CENTS, "Stripe").await, payee));
    }
    fixture.go().await;
    let mut sent = Vec::new();
    for (payout, payee) in scheduled {
        let transfer = fixture.until(&payout, "Sent").await["transferId"].as_str().unwrap().to_owned();
        sent.push(Sent { payee, payout, transfer });
    }
    // What was sent within the last hour isn't missed at Stripe yet.
    fixture.world.database.run("update payouts set sent_at = now() - interval '2 hours'").await;
    sent
}

async fn comparisons(fixture: &PayoutFixture) -> i64 {
    fixture.world.database.count("select count(*) from payout_reconciliations").await
}

/// The comparison after so many, as the API shows it.
async fn compared(fixture: &PayoutFixture, before: i64) -> Value {
    wait::until("a comparison", 30, async || (comparisons(fixture).await > before).then_some(())).await;
    fixture.api().get("/reconciliations").await.expect_status(200).json()["data"][0].clone()
}

async fn compare(fixture: &PayoutFixture) -> Value {
    let before = comparisons(fixture).await;
    fixture.api().post("/reconciliations", &json!({})).await.expect_status(202);
    compared(fixture, before).await
}

async fn open(fixture: &PayoutFixture) -> Vec<Value> {
    fixture.api().all("/payout-differences?status=Open").await
}

async fn page(fixture: &PayoutFixture) -> String {
    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    owner.browser.get("/dashboard/payouts/reconciliation").await.expect_status(200).text()
}

fn change(fixture: &PayoutFixture, transfer: &str, how: impl FnOnce(&mut Transfer)) {
    fixture.stripe.with(|stripe| how(at(stripe, transfer)));
}

fn at<'s>(stripe: &'s mut StripeConnect, transfer: &str) -> &'s mut Transfer {
    stripe.platform().transfers.iter_mut().find(|one| one.id == transfer).expect("a transfer")
}

/// One more at Stripe: as that one, but for what is changed.
fn another(fixture: &PayoutFixture, like: &str, id: &str, but: impl FnOnce(&mut Transfer)) {
    fixture.stripe.with(|stripe| {
        let mut transfer = Transfer { id: id.to_owned(), ..at(stripe, like).clone() };
        but(&mut transfer);
        stripe.platform().transfers.push(transfer);
    });
}

fn remove(fixture: &PayoutFixture, transfer: &str) -> Transfer {
    fixture.stripe.with(|stripe| {
        let all = &mut stripe.platform().transfers;
        let at = all.iter().position(|one| one.id == transfer).expect("a transfer");
        all.remove(at)
    })
}

async fn held(fixture: &PayoutFixture, payee: &Payee) -> String {
    let query = format!("select reason from payout_holds where affiliate_id = '{}'", payee.id().uuid());
    fixture.world.database.texts(&query).await.concat().concat()
}

fn unknown_payout() -> String {
    fresh::<shared::id::Payout>().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_stays_open_when_its_payout_gets_old() {
    let fixture = PayoutFixture::open().await;
    let sent = sent(&fixture, &["missing"]).await;
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    drop(remove(&fixture, &sent[0].transfer));
    compare(&fixture).await;
    for days in [89, 2, 200] {
        let later = json!({"advanceDays": days}).to_string();
        Request::post("/dev/clock", later).send(&fixture.world.ledger.base()).await.unwrap().expect_status(200);
        compare(&fixture).await;
        let kinds: Vec<Value> = open(&fixture).await.iter().map(|row| row["kind"].clone()).collect();
        assert_eq!(kinds, ["missing_at_stripe"], "{days} days later");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_difference_is_found_and_mended() {
    let fixture = PayoutFixture::open().await;
    let sent = sent(&fixture, &["twice", "missing", "amount", "elsewhere", "back"]).await;
    let [twice, missing, amount, elsewhere, back] = sent.as_slice() else { unreachable!("five were sent") };
    let (paid, none) = (fixture.payee("paid").await, compare(&fixture).await);
    assert_eq!((&none["payouts"], &none["differences"], &none["foreignTransfers"]), (&json!(5), &json!(0), &json!(0)));
    assert!(page(&fixture).await.contains("Every payout matches Stripe"));

    // All that can differ, and nobody tells of it. `paid` has their money by a payout that isn't known here, on an account
    // that they left since, and the book owes it to them still; another such account was nobody's ever.
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    fixture.earn(&paid.partner, "paid", CENTS).await;
    fixture
        .world
        .database
        .run(&format!("update payout_accounts set status = 'Closed' where stripe_account = '{}'", paid.account))
        .await;
    fixture.able(paid.partner.clone()).await;
    another(&fixture, &twice.transfer, "tr_second", |_| {});
    another(&fixture, &twice.transfer, "tr_older", |one| {
        (one.group, one.destination) = (Some(unknown_payout()), paid.account.clone())
    });
    another(&fixture, &twice.transfer, "tr_nobodys", |one| {
        (one.group, one.destination) = (Some(unknown_payout()), "acct_1Nobody".to_owned());
    });
    another(&fixture, &twice.transfer, "tr_other_brand", |one| {
        one.group = Some(unknown_payout());
        one.metadata.insert("rekomi_organization".to_owned(), fresh::<shared::id::Organization>().to_string());
    });
    another(&fixture, &twice.transfer, "tr_by_hand", |one| (one.group, one.metadata) = (None, Default::default()));
    let gone = remove(&fixture, &missing.transfer);
    change(&fixture, &amount.transfer, |one| one.amount = CENTS - 1);
    change(&fixture, &elsewhere.transfer, |one| one.destination = "acct_1Elsewhere".to_owned());
    fixture.stripe.with(|stripe| stripe.reverse(&back.transfer, None));
    let done = compare(&fixture).await;
    assert_eq!((&done["differences"], &done["foreignTransfers"]), (&json!(7), &json!(2)), "{done}");
    let rows = open(&fixture).await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let found: BTreeSet<_> =
        rows.iter().map(|row| (text(row, "kind"), text(row, "payoutId"), text(row, "transferId"))).collect();
    let name = |kind: &str, payout: &str, transfer: &str| (kind.to_owned(), payout.to_owned(), transfer.to_owned());
    let expected = [
        name("sent_twice", &twice.payout, "tr_second"),
        name("missing_at_stripe", &missing.payout, &missing.transfer),
        name("amount_differs", &amount.payout, &amount.transfer),
        name("destination_differs", &elsewhere.payout, &elsewhere.transfer),
        name("returned_there", &back.payout, &back.transfer),
        name("not_booked", "", "tr_older"),
        name("not_booked", "", "tr_nobodys"),
    ];
    assert_eq!(found, BTreeSet::from(expected), "{rows:#?}");
    let shown = page(&fixture).await;
    for row in &rows {
        assert!(shown.contains(&format!("data-row=\"{}\"", text(row, "id"))), "{row} in {shown}");
    }

    // Affiliates who may have been paid twice are on hold, and each difference says whether theirs are.
    let message = |transfer: &str| text(rows.iter().find(|row| row["transferId"] == transfer).unwrap(), "detail");
    assert!(
        message("tr_second").ends_with(&format!("Payouts of {} were put on hold.", twice.payee.id())),
        "{}",
        message("tr_second")
    );
    assert!(
        message("tr_older").ends_with(&format!("Payouts of {} were put on hold.", paid.id())),
        "{}",
        message("tr_older")
    );
    assert!(message("tr_nobodys").contains("so no one was put on hold"), "{}", message("tr_nobodys"));
    assert_eq!(held(&fixture, &twice.payee).await, message("tr_second"));
    assert_eq!(held(&fixture, &paid).await, message("tr_older"));
    let run = fixture.api().post("/payout-runs/preview", &json!({"currency": "USD"})).await.expect_status(200).json();
    let left_out = |who: &Payee| {
        run["exclusions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["affiliateId"] == who.id().to_string() && one["reason"] == "on_hold")
    };
    assert!(left_out(&paid) && run["payees"] == json!([]), "{run}");
    let emails = fixture.emails("payout_differences").await;
    assert_eq!(emails.len(), 1);
    let email = emails[0].to_string();
    for part in ["tr_second", "tr_older", "were put on hold", "no one was put on hold", &missing.payout, &amount.payout]
    {
        assert!(email.contains(part), "{part} in {email}");
    }
    // What came back there is booked without being told of.
    fixture.until(&back.payout, "Reversed").await;
    assert_eq!(fixture.balances(back.payee.id()).await, [CENTS, 0, 0, 0]);

    // Mended at Stripe, it is gone here, and nobody is written to again.
    fixture.stripe.with(|stripe| {
        for account in [&twice.payee.account, &paid.account] {
            stripe.account(account).balance.insert("usd".to_owned(), 10 * CENTS);
        }
        stripe.reverse("tr_second", None);
        stripe.reverse("tr_older", None);
        stripe.platform().transfers.push(gone);
    });
    drop(remove(&fixture, "tr_nobodys"));
    change(&fixture, &amount.transfer, |one| one.amount = CENTS);
    change(&fixture, &elsewhere.transfer, |one| one.destination = elsewhere.payee.account.clone());
    let done = compare(&fixture).await;
    assert_eq!((&done["payouts"], &done["differences"]), (&json!(5), &json!(0)), "{:#?}", open(&fixture).await);
    assert_eq!(open(&fixture).await, Vec::<Value>::new());
    assert_eq!(fixture.api().all("/payout-differences?status=Resolved").await.len(), 7);
    let shown = page(&fixture).await;
    assert!(shown.contains("Every payout matches Stripe") && shown.contains("Resolved"), "{shown}");
    assert_eq!(fixture.emails("payout_differences").await.len(), 1);
    assert!(!held(&fixture, &paid).await.is_empty(), "a person lets them go");
    fixture.finish().await;
}

/// Someone reverses the recorded one of two transfers: it is owed again, although the affiliate keeps the other.
#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_one_of_two_transfers_is_reversed() {
    let fixture = PayoutFixture::open().await;
    let sent = sent(&fixture, &["twice"]).await;
    let twice = &sent[0];
    another(&fixture, &twice.transfer, "tr_second", |_| {});
    compare(&fixture).await;
    let found = open(&fixture).await;
    assert!(found[0]["detail"].to_string().contains(&format!("{} is the one", twice.transfer)), "{found:?}");
    fixture.stripe.with(|stripe| stripe.reverse(&twice.transfer, None));
    fixture.until(&twice.payout, "Reversed").await;
    fixture.world.database.run("delete from payout_holds").await;
    compare(&fixture).await;
    let found = open(&fixture).await;
    let name = |row: &Value| (row["kind"].clone(), row["transferId"].clone());
    assert_eq!(found.iter().map(name).collect::<Vec<_>>(), [(json!("not_booked"), json!("tr_second"))]);
    assert!(held(&fixture, &twice.payee).await.contains("tr_second"), "they aren't paid again");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_tried_again_and_a_new_key_compares_at_once() {
    let fixture = PayoutFixture::open().await;
    compare(&fixture).await;
    let before = comparisons(&fixture).await;
    fixture.stripe.with(|stripe| stripe.stores_500("GET /v1/transfers", Effect::None));
    fixture.api().post("/reconciliations", &json!({})).await.expect_status(202);
    let database = &fixture.world.database;
    let waits = "select count(*) from payout_connections where reconcile_failures = 1 and reconcile_error is not null
                 and reconcile_at between now() and now() + interval '2 minutes'";
    wait::until("a comparison to fail", 30, async || (database.count(waits).await == 1).then_some(())).await;
    assert!(page(&fixture).await.contains("The last comparison failed"), "{}", page(&fixture).await);
    assert_eq!(comparisons(&fixture).await, before);
    database.run("update payout_connections set reconcile_at = now() where reconcile_at is not null").await;
    compared(&fixture, before).await;
    assert!(!page(&fixture).await.contains("The last comparison failed"));

    let before = comparisons(&fixture).await;
    fixture.connect(RESTRICTED_KEY).await;
    compared(&fixture, before).await;
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_did_is_found_without_webhooks() {
    let fixture = PayoutFixture::open().await;
    let sent = sent(&fixture, &["lena", "other"]).await;
    let [lena, other] = sent.as_slice() else { unreachable!("two were sent") };
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    let bank = async |status: &str| {
        wait::until("the bank's word", 30, async || {
            let payout = fixture.payout(&lena.payout).await;
            (payout["bankStatus"] == status).then_some(payout)
        })
        .await
    };
    // With webhooks it is left to them for a week.
    fixture
        .stripe
        .with(|stripe| stripe.fail_bank_payout(&lena.payee.account, "account_closed").expect("there is money"));
    compare(&fixture).await;
    fixture.world.database.run("update payout_connections set sealed_webhook_secrets = null").await;
    let hints = "select count(*) from stripe_notifications where event like 'compared-%'";
    assert_eq!(fixture.world.database.count(hints).await, 0);
    compare(&fixture).await;
    assert!(bank("Failed").await["bankReason"].as_str().unwrap().contains("closed"));
    assert_eq!(fixture.emails_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    assert_eq!(fixture.payout(&other.payout).await["bankStatus"], json!(null));

    // Another account of theirs takes it; nobody is written to again.
    fixture.stripe.with(|stripe| stripe.pay_bank(&lena.payee.account).expect("there is money"));
    compare(&fixture).await;
    bank("Paid").await;
    compare(&fixture).await;
    assert_eq!(fixture.world.database.count(hints).await, 2, "each is followed once");
    assert_eq!(fixture.emails_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    fixture.finish().await;
}

/// A database restored from an older copy owes what was paid since, and its scheduled run is due at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_waits_for_the_comparison() {
    let fixture = PayoutFixture::open().await;
    let sent = sent(&fixture, &["before"]).await;
    let (paid, unpaid) = (fixture.payee("paid").await, fixture.payee("unpaid").await);
    fixture.earn(&paid.partner, "paid", CENTS).await;
    fixture.earn(&unpaid.partner, "unpaid", CENTS).await;
    compare(&fixture).await;
    another(&fixture, &sent[0].transfer, "tr_since", |one| {
        (one.group, one.destination) = (Some(unknown_payout()), paid.account.clone());
    });
    // The copy was compared hours ago and wouldn't be for hours to come.
    fixture
        .world
        .database
        .run(
            "update payout_reconciliations set ended_at = now() - interval '5 hours';
             update payout_connections set reconcile_at = now() + interval '19 hours'",
        )
        .await;
    let body = json!({"schedule": "Weekly", "weekday": 1});
    fixture.api().patch("/payout-settings", &body).await.expect_status(200);
    fixture.world.database.run("update payout_settings set next_run_at = now()").await;
    wait::until("the scheduled run", 60, async || {
        let runs = fixture.api().all("/payout-runs").await;
        runs.iter().any(|run| run["state"] == "Done" && run["proposedBy"] == "schedule").then_some(())
    })
    .await;
    assert_eq!((fixture.transfers_to(&unpaid).len(), fixture.transfers_to(&paid).len()), (1, 1), "once each");
    assert_eq!(fixture.balances(paid.id()).await, [CENTS, 0, 0, 0], "a person takes it off, or has it sent back");
    assert!(held(&fixture, &paid).await.contains("tr_since"));
    fixture.finish().await;
}

/// Comparisons in a restored copy are from before the restore: neither a recent one nor failures let a run begin.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_waits_for_a_comparison_that_the_restored_copy_cannot_have() {
    let copies = [
        "update payout_reconciliations set started_at = now() - interval '20 minutes',
                                           ended_at = now() - interval '20 minutes'",
        "update payout_reconciliations set started_at = now() - interval '5 hours',
                                           ended_at = now() - interval '5 hours';
         update payout_connections set reconcile_failures = 3, reconcile_error = 'Stripe was away'",
    ];
    for copy in copies {
        let mut fixture = PayoutFixture::open().await;
        let sent = sent(&fixture, &["before"]).await;
        let (paid, unpaid) = (fixture.payee("paid").await, fixture.payee("unpaid").await);
        fixture.earn(&paid.partner, "paid", CENTS).await;
        fixture.earn(&unpaid.partner, "unpaid", CENTS).await;
        let body = json!({"schedule": "Weekly", "weekday": 1});
        fixture.api().patch("/payout-settings", &body).await.expect_status(200);
        compare(&fixture).await;
        fixture.world.ledger.kill();
        another(&fixture, &sent[0].transfer, "tr_since", |one| {
            (one.group, one.destination) = (Some(unknown_payout()), paid.account.clone());
        });
        let database = &fixture.world.database;
        database.run("update payout_connections set reconcile_at = now() + interval '19 hours'").await;
        database.run(copy).await;
        database.run("update payout_settings set next_run_at = now()").await;
        fixture.leases_end().await;
        fixture.world.ledger.start().await;
        wait::until("the scheduled run", 60, async || {
            let runs = fixture.api().all("/payout-runs").await;
            runs.iter().any(|run| run["state"] == "Done" && run["proposedBy"] == "schedule").then_some(())
        })
        .await;
        assert_eq!((fixture.transfers_to(&unpaid).len(), fixture.transfers_to(&paid).len()), (1, 1), "{copy}");
        assert_eq!(fixture.balances(paid.id()).await, [CENTS, 0, 0, 0], "{copy}");
        assert!(held(&fixture, &paid).await.contains("tr_since"), "{copy}");
        fixture.finish().await;
    }
}
