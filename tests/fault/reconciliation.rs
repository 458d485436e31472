//! Goal: whatever makes our payouts and Stripe's transfers differ is found by the comparison and named once, on the page, by
//! API and in one letter; nobody whom Stripe paid is paid again; and what is mended is gone from the list.
//! Method: payouts that were sent by the ledger, and then a hand at Stripe that nobody tells of, one kind of difference for
//! each affiliate. A transfer of a payout that isn't known here is what a database restored from an older copy finds.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use world::{
    brand::fresh,
    client::dashboard::Marketer,
    till::{Payee, Till},
    vendors::stripe_connect::{Effect, Post, RESTRICTED_KEY, StripeConnect, Transfer},
    wait,
};

const CENTS: i64 = 3_000;

/// A payout that arrived at Stripe, and what it is called there.
struct Sent {
    payee: Payee,
    payout: String,
    transfer: String,
}

async fn sent(till: &Till, names: &[&str]) -> Vec<Sent> {
    let mut scheduled = Vec::new();
    for name in names {
        let payee = till.payee(name).await;
        till.earn(&payee.partner, name, CENTS).await;
        scheduled.push((till.schedule(&payee.partner, CENTS, "Stripe").await, payee));
    }
    till.go().await;
    let mut sent = Vec::new();
    for (payout, payee) in scheduled {
        let transfer = till.until(&payout, "Sent").await["transferId"].as_str().unwrap().to_owned();
        sent.push(Sent { payee, payout, transfer });
    }
    // What was sent within the last hour isn't missed at Stripe yet.
    till.world.database.run("update payouts set sent_at = sent_at - interval '2 hours'").await;
    sent
}

async fn comparisons(till: &Till) -> i64 {
    till.world.database.count("select count(*) from payout_reconciliations").await
}

/// The comparison after so many, as the API shows it.
async fn compared(till: &Till, before: i64) -> Value {
    wait::until("a comparison", 30, async || (comparisons(till).await > before).then_some(())).await;
    till.api().get("/reconciliations").await.expect_status(200).json()["data"][0].clone()
}

async fn compare(till: &Till) -> Value {
    let before = comparisons(till).await;
    till.api().post("/reconciliations", &json!({})).await.expect_status(202);
    compared(till, before).await
}

async fn open(till: &Till) -> Vec<Value> {
    till.api().all("/payout-differences?status=Open").await
}

async fn page(till: &Till) -> String {
    let mut owner = Marketer::new(&till.world.ledger.base());
    owner.sign_in(&till.world.demo["owner"]).await.expect_status(303);
    owner.browser.get("/dashboard/payouts/reconciliation").await.expect_status(200).text()
}

fn change(till: &Till, transfer: &str, how: impl FnOnce(&mut Transfer)) {
    till.stripe.with(|stripe| how(at(stripe, transfer)));
}

fn at<'s>(stripe: &'s mut StripeConnect, transfer: &str) -> &'s mut Transfer {
    stripe.platform().transfers.iter_mut().find(|one| one.id == transfer).expect("a transfer")
}

/// One more at Stripe: as that one, but for what is changed.
fn another(till: &Till, like: &str, id: &str, but: impl FnOnce(&mut Transfer)) {
    till.stripe.with(|stripe| {
        let mut transfer = Transfer { id: id.to_owned(), ..at(stripe, like).clone() };
        but(&mut transfer);
        stripe.platform().transfers.push(transfer);
    });
}

fn remove(till: &Till, transfer: &str) -> Transfer {
    till.stripe.with(|stripe| {
        let all = &mut stripe.platform().transfers;
        let at = all.iter().position(|one| one.id == transfer).expect("a transfer");
        all.remove(at)
    })
}

async fn held(till: &Till, payee: &Payee) -> String {
    let query = format!("select reason from payout_holds where affiliate_id = '{}'", payee.id().uuid());
    till.world.database.texts(&query).await.concat().concat()
}

fn nobody() -> String {
    fresh::<shared::id::Payout>().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_difference_is_found_and_mended() {
    let till = Till::open().await;
    let sent = sent(&till, &["twice", "missing", "amount", "elsewhere", "back"]).await;
    let [twice, missing, amount, elsewhere, back] = sent.as_slice() else { unreachable!("five were sent") };
    let (paid, none) = (till.payee("paid").await, compare(&till).await);
    assert_eq!((&none["payouts"], &none["differences"], &none["foreignTransfers"]), (&json!(5), &json!(0), &json!(0)));
    assert!(page(&till).await.contains("Every payout is as Stripe has it"));

    // All that can differ, and nobody tells of it. `paid` has their money by a payout that isn't known here, on an account
    // that they left since, and the book owes it to them still; another such account was nobody's ever.
    till.stripe.with(|stripe| stripe.post(Post::Off));
    till.earn(&paid.partner, "paid", CENTS).await;
    till.world
        .database
        .run(&format!("update payout_accounts set status = 'Closed' where stripe_account = '{}'", paid.account))
        .await;
    till.able(paid.partner.clone()).await;
    another(&till, &twice.transfer, "tr_second", |_| {});
    another(&till, &twice.transfer, "tr_older", |one| {
        (one.group, one.destination) = (Some(nobody()), paid.account.clone())
    });
    another(&till, &twice.transfer, "tr_nobodys", |one| {
        (one.group, one.destination) = (Some(nobody()), "acct_1Nobody".to_owned());
    });
    another(&till, &twice.transfer, "tr_other_brand", |one| {
        one.group = Some(nobody());
        one.metadata.insert("rekomi_organization".to_owned(), fresh::<shared::id::Organization>().to_string());
    });
    another(&till, &twice.transfer, "tr_by_hand", |one| (one.group, one.metadata) = (None, Default::default()));
    let gone = remove(&till, &missing.transfer);
    change(&till, &amount.transfer, |one| one.amount = CENTS - 1);
    change(&till, &elsewhere.transfer, |one| one.destination = "acct_1Elsewhere".to_owned());
    till.stripe.with(|stripe| stripe.reverse(&back.transfer, None));
    let done = compare(&till).await;
    assert_eq!((&done["differences"], &done["foreignTransfers"]), (&json!(7), &json!(2)), "{done}");
    let rows = open(&till).await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let found: BTreeSet<_> =
        rows.iter().map(|row| (text(row, "kind"), text(row, "payoutId"), text(row, "transferId"))).collect();
    let name = |kind: &str, payout: &str, transfer: &str| (kind.to_owned(), payout.to_owned(), transfer.to_owned());
    let wanted = [
        name("sent_twice", &twice.payout, "tr_second"),
        name("missing_at_stripe", &missing.payout, &missing.transfer),
        name("amount_differs", &amount.payout, &amount.transfer),
        name("destination_differs", &elsewhere.payout, &elsewhere.transfer),
        name("returned_there", &back.payout, &back.transfer),
        name("not_booked", "", "tr_older"),
        name("not_booked", "", "tr_nobodys"),
    ];
    assert_eq!(found, BTreeSet::from(wanted), "{rows:#?}");
    let shown = page(&till).await;
    for row in &rows {
        assert!(shown.contains(&format!("data-row=\"{}\"", text(row, "id"))), "{row} in {shown}");
    }

    // Whoever may have been paid twice is on hold, and it is said of whom that is so and of whom it isn't.
    let said = |transfer: &str| text(rows.iter().find(|row| row["transferId"] == transfer).unwrap(), "detail");
    assert!(
        said("tr_second").ends_with(&format!("Payouts of {} were put on hold.", twice.payee.id())),
        "{}",
        said("tr_second")
    );
    assert!(said("tr_older").ends_with(&format!("Payouts of {} were put on hold.", paid.id())), "{}", said("tr_older"));
    assert!(said("tr_nobodys").contains("so nobody could be put on hold"), "{}", said("tr_nobodys"));
    assert_eq!(held(&till, &twice.payee).await, said("tr_second"));
    assert_eq!(held(&till, &paid).await, said("tr_older"));
    let run = till.api().post("/payout-runs/preview", &json!({"currency": "USD"})).await.expect_status(200).json();
    let left_out = |who: &Payee| {
        run["exclusions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["affiliateId"] == who.id().to_string() && one["reason"] == "on_hold")
    };
    assert!(left_out(&paid) && run["payees"] == json!([]), "{run}");
    let letters = till.letters("payout_differences").await;
    assert_eq!(letters.len(), 1);
    let letter = letters[0].to_string();
    for part in
        ["tr_second", "tr_older", "were put on hold", "nobody could be put on hold", &missing.payout, &amount.payout]
    {
        assert!(letter.contains(part), "{part} in {letter}");
    }
    // What came back there is booked without being told of.
    till.until(&back.payout, "Reversed").await;
    assert_eq!(till.balances(back.payee.id()).await, [CENTS, 0, 0, 0]);

    // Mended at Stripe, it is gone here, and nobody is written to again.
    till.stripe.with(|stripe| {
        for account in [&twice.payee.account, &paid.account] {
            stripe.account(account).balance.insert("usd".to_owned(), 10 * CENTS);
        }
        stripe.reverse("tr_second", None);
        stripe.reverse("tr_older", None);
        stripe.platform().transfers.push(gone);
    });
    drop(remove(&till, "tr_nobodys"));
    change(&till, &amount.transfer, |one| one.amount = CENTS);
    change(&till, &elsewhere.transfer, |one| one.destination = elsewhere.payee.account.clone());
    let done = compare(&till).await;
    assert_eq!((&done["payouts"], &done["differences"]), (&json!(5), &json!(0)), "{:#?}", open(&till).await);
    assert_eq!(open(&till).await, Vec::<Value>::new());
    assert_eq!(till.api().all("/payout-differences?status=Resolved").await.len(), 7);
    let shown = page(&till).await;
    assert!(shown.contains("Every payout is as Stripe has it") && shown.contains("Gone again"), "{shown}");
    assert_eq!(till.letters("payout_differences").await.len(), 1);
    assert!(!held(&till, &paid).await.is_empty(), "a person lets them go");
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_tried_again_and_a_new_key_compares_at_once() {
    let till = Till::open().await;
    compare(&till).await;
    let before = comparisons(&till).await;
    till.stripe.with(|stripe| stripe.stores_500("GET /v1/transfers", Effect::None));
    till.api().post("/reconciliations", &json!({})).await.expect_status(202);
    let database = &till.world.database;
    let waits = "select count(*) from payout_connections where reconcile_failures = 1 and reconcile_error is not null
                 and reconcile_at between now() and now() + interval '2 minutes'";
    wait::until("a comparison to fail", 30, async || (database.count(waits).await == 1).then_some(())).await;
    assert!(page(&till).await.contains("The last comparison couldn"), "{}", page(&till).await);
    assert_eq!(comparisons(&till).await, before);
    database.run("update payout_connections set reconcile_at = now() where reconcile_at is not null").await;
    compared(&till, before).await;
    assert!(!page(&till).await.contains("The last comparison couldn"));

    let before = comparisons(&till).await;
    till.connect(RESTRICTED_KEY).await;
    compared(&till, before).await;
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_did_is_found_without_webhooks() {
    let till = Till::open().await;
    let sent = sent(&till, &["lena", "other"]).await;
    let [lena, other] = sent.as_slice() else { unreachable!("two were sent") };
    till.stripe.with(|stripe| stripe.post(Post::Off));
    let bank = async |status: &str| {
        wait::until("the bank's word", 30, async || {
            let payout = till.payout(&lena.payout).await;
            (payout["bankStatus"] == status).then_some(payout)
        })
        .await
    };
    // With webhooks it is left to them for a week.
    till.stripe.with(|stripe| stripe.fail_bank_payout(&lena.payee.account, "account_closed").expect("there is money"));
    compare(&till).await;
    till.world.database.run("update payout_connections set sealed_webhook_secrets = null").await;
    let hints = "select count(*) from payout_hints where event like 'compared-%'";
    assert_eq!(till.world.database.count(hints).await, 0);
    compare(&till).await;
    assert!(bank("Failed").await["bankReason"].as_str().unwrap().contains("closed"));
    assert_eq!(till.letters_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    assert_eq!(till.payout(&other.payout).await["bankStatus"], json!(null));

    // Another account of theirs takes it; nobody is written to again.
    till.stripe.with(|stripe| stripe.pay_bank(&lena.payee.account).expect("there is money"));
    compare(&till).await;
    bank("Paid").await;
    compare(&till).await;
    assert_eq!(till.world.database.count(hints).await, 2, "each is followed once");
    assert_eq!(till.letters_to("lena@creators.test", "payout_bank_failed").await.len(), 1);
    till.finish().await;
}

/// A database restored from an older copy owes what was paid since, and its scheduled run is due at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_run_waits_for_the_comparison() {
    let till = Till::open().await;
    let sent = sent(&till, &["before"]).await;
    let (paid, unpaid) = (till.payee("paid").await, till.payee("unpaid").await);
    till.earn(&paid.partner, "paid", CENTS).await;
    till.earn(&unpaid.partner, "unpaid", CENTS).await;
    compare(&till).await;
    another(&till, &sent[0].transfer, "tr_since", |one| {
        (one.group, one.destination) = (Some(nobody()), paid.account.clone());
    });
    // The copy was compared hours ago and wouldn't be for hours to come.
    till.world
        .database
        .run(
            "update payout_reconciliations set ended_at = ended_at - interval '5 hours';
             update payout_connections set reconcile_at = now() + interval '19 hours'",
        )
        .await;
    let body = json!({"schedule": "Weekly", "weekday": 1});
    till.api().patch("/payout-settings", &body).await.expect_status(200);
    till.world.database.run("update payout_settings set next_run_at = now()").await;
    wait::until("the scheduled run", 60, async || {
        let runs = till.api().all("/payout-runs").await;
        runs.iter().any(|run| run["state"] == "Done" && run["proposedBy"] == "schedule").then_some(())
    })
    .await;
    assert_eq!((till.transfers_to(&unpaid).len(), till.transfers_to(&paid).len()), (1, 1), "once each");
    assert_eq!(till.balances(paid.id()).await, [CENTS, 0, 0, 0], "a person takes it off, or has it sent back");
    assert!(held(&till, &paid).await.contains("tr_since"));
    till.finish().await;
}
