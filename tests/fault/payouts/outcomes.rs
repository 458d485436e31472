//! Goal: a payment that goes through is exact everywhere: at Stripe, in the book, in what is told and written to whom.
//! Method: payouts of everything, of a part, with a debt, less tax, and of what is refunded before its turn.

use serde_json::json;
use world::payout_fixture::PayoutFixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_exact_everywhere() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "first", 3_000).await;
    fixture.earn(&lena.partner, "second", 2_000).await;
    let id = fixture.schedule(&lena.partner, 4_000, "Stripe").await;
    assert_eq!(fixture.payout(&id).await["nextAction"], "approve_run");
    fixture.go().await;
    let payout = fixture.until(&id, "Sent").await;
    assert_eq!(fixture.balances(lena.id()).await, [1_000, 0, 4_000, 0], "no more than was approved");
    let transfers = fixture.transfers();
    assert_eq!(transfers.len(), 1);
    let sent = &transfers[0];
    assert_eq!((sent.amount, sent.currency.as_str(), &sent.destination), (4_000, "usd", &lena.account));
    assert_eq!(sent.group.as_deref(), Some(id.as_str()));
    assert_eq!(sent.metadata["rekomi_payout"], id);
    for (name, value) in [
        ("transferId", json!(sent.id)),
        ("destination", json!(lena.account)),
        ("netCents", json!(4_000)),
        ("grossCents", json!(4_000)),
        ("withheldCents", json!(0)),
        ("nextAction", json!("none")),
        ("reasonCode", json!(null)),
    ] {
        assert_eq!(payout[name], value, "{name}: {payout}");
    }
    assert!(payout["sentAt"].is_string() && payout["runId"].is_string());
    let items = fixture.api().all(&format!("/payouts/{id}/items")).await;
    assert_eq!(items.iter().map(|item| item["amountCents"].as_i64().unwrap()).collect::<Vec<_>>(), [3_000, 1_000]);
    let attempts = fixture.api().all(&format!("/payouts/{id}/attempts")).await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(
        (&attempts[0]["step"], &attempts[0]["outcome"], &attempts[0]["status"]),
        (&json!("Send"), &json!("sent"), &json!(200))
    );
    assert!(attempts[0]["requestId"].as_str().unwrap().starts_with("req_"), "{}", attempts[0]);
    assert_eq!(fixture.announced(&id).await, ["payout_sent"]);
    let emails = fixture.emails_to("lena@creators.test", "payout_sent").await;
    assert_eq!(emails.len(), 1);
    assert!(emails[0]["text"].as_str().unwrap().contains("40.00"), "{}", emails[0]);
    for (filter, count) in [("status=Sent", 1), ("status=Failed", 0), ("rail=Stripe", 1), ("rail=Wise", 0)] {
        assert_eq!(fixture.api().all(&format!("/payouts?{filter}")).await.len(), count, "{filter}");
    }
    let run = payout["runId"].as_str().unwrap();
    assert_eq!(fixture.api().all(&format!("/payouts?runId={run}")).await.len(), 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn less_tax_and_less_debt() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "paid", 3_000).await;
    let id = fixture.schedule(&lena.partner, 3_000, "Stripe").await;
    fixture.go().await;
    fixture.until(&id, "Sent").await;
    // Half of it is refunded: the next payment is lower by 15.00.
    fixture.world.intake().accept(&[fixture.world.acme.refund("back", "paid", 7_500)]).await;
    fixture.earn(&lena.partner, "next", 4_003).await;
    assert_eq!(fixture.balances(lena.id()).await, [2_503, 0, 3_000, 0]);
    let id = fixture.schedule_withheld(&lena.partner, 2_503).await;
    fixture.go().await;
    let payout = fixture.until(&id, "Sent").await;
    // 24% of 25.03 is 6.0072.
    assert_eq!(
        (&payout["grossCents"], &payout["withheldCents"], &payout["netCents"]),
        (&json!(2_503), &json!(601), &json!(1_902))
    );
    assert_eq!(fixture.transfers_to(&lena)[1].amount, 1_902);
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 3_000 + 1_902, 601]);
    let amounts: Vec<i64> = fixture
        .api()
        .all(&format!("/payouts/{id}/items"))
        .await
        .iter()
        .map(|item| item["amountCents"].as_i64().unwrap())
        .collect();
    assert_eq!(amounts, [-1_500, 4_003]);
    fixture.finish().await;
}

/// What changed between approval and reserve: nothing is booked for those that aren't paid.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_payable_any_more() {
    let fixture = PayoutFixture::open().await;
    let mut ids = Vec::new();
    for (name, change) in [
        ("gone", "nothing_payable"),
        ("little", "below_minimum"),
        ("held", "on_hold"),
        ("banned", "not_approved"),
        ("closed", "account_not_ready"),
    ] {
        let payee = fixture.payee(name).await;
        fixture.earn(&payee.partner, name, 2_000).await;
        let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        let affiliate = payee.id();
        match change {
            "nothing_payable" => fixture.world.intake().accept(&[fixture.world.acme.refund("r1", name, 10_000)]).await,
            "below_minimum" => fixture.world.intake().accept(&[fixture.world.acme.refund("r2", name, 7_500)]).await,
            "on_hold" => fixture.world.database.run(&format!(
                "insert into payout_holds select organization_id, id, 'a test', 'test', now() from affiliates where id = '{}'", affiliate.uuid())).await,
            "not_approved" => {
                let (path, ban) = (format!("/affiliates/{affiliate}"), json!({"status": "Banned"}));
                fixture.api().patch(&path, &ban).await.expect_status(200);
            }
            _ => {
                // Both there and here: whoever looks meanwhile sees the same.
                fixture.stripe.with(|stripe| stripe.stop_transfers(&payee.account));
                fixture.world.database.run(&format!("update payout_accounts set status = 'Restricted' where affiliate_id = '{}'", affiliate.uuid())).await;
            }
        }
        ids.push((id, change, payee));
    }
    fixture.go().await;
    for (id, code, payee) in &ids {
        let payout = fixture.until(id, "Failed").await;
        assert_eq!(payout["reasonCode"], *code, "{payout}");
        assert_eq!(fixture.announced(id).await, ["payout_failed"]);
        let [approved, reserved, paid, _] = fixture.balances(payee.id()).await;
        assert_eq!((reserved, paid), (0, 0));
        assert_eq!(
            approved,
            match *code {
                "nothing_payable" => 0,
                "below_minimum" => 500,
                _ => 2_000,
            }
        );
    }
    assert!(fixture.transfers().is_empty());
    let emails = fixture.emails("payout_failed").await;
    assert_eq!(emails.len(), 1, "one email for all of them");
    assert!(emails[0]["text"].as_str().unwrap().contains("/dashboard/payouts?tab=failed&"), "{emails:?}");
    fixture.finish().await;
}
