//! Goal: what is set aside can be paid by its rail, also after a refund made it less than was approved.
//! Method: runs in forints by PayPal, which pays whole ones only, with a refund between proposal and approval, without tax
//! and with it.

use serde_json::{Value, json};
use shared::money::Currency;
use world::{
    brand::{But, Partner},
    http::Request,
    payout_fixture::PayoutFixture,
    wait,
};

fn huf() -> Currency {
    "HUF".parse().unwrap()
}

async fn by_paypal(fixture: &PayoutFixture) -> Partner {
    let lena = fixture.world.acme.join(&fixture.world.database, "lena").await;
    let path = format!("/api/v1/affiliates/{}/payout-method", lena.affiliate);
    let method = Request::post(&path, json!({"rail": "PayPal", "email": "lena@paid.test"}).to_string());
    fixture.api().send(Request { method: "PUT".to_owned(), ..method }).await.expect_status(200);
    lena
}

/// Proposes, refunds so much of the commission, and approves: the run, and the payout as it was proposed and as it became.
async fn refunded_in_between(fixture: &PayoutFixture, sale: &str, back: i64) -> (String, Value, Value) {
    let api = fixture.api();
    let run = wait::until("the run before to be done", 30, async || {
        let run = api.post("/payout-runs", &json!({"currency": "HUF"})).await;
        (run.status == 201).then(|| run.json()["id"].as_str().unwrap().to_owned())
    })
    .await;
    let proposed = api.all(&format!("/payouts?runId={run}")).await.remove(0);
    let refund =
        fixture.world.acme.refund(&format!("of-{sale}"), sale, back * 5).but(|announced| announced.currency = huf());
    fixture.world.intake().accept(&[refund]).await;
    api.post(&format!("/payout-runs/{run}/approve"), &json!({})).await.expect_status(200);
    let became = wait::until("the money to be set aside, or not", 30, async || {
        let payout = fixture.payout(proposed["id"].as_str().unwrap()).await;
        (payout["status"] != "Scheduled").then_some(payout)
    })
    .await;
    (run, proposed, became)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_forints() {
    let fixture = PayoutFixture::open().await;
    let lena = by_paypal(&fixture).await;
    fixture.world.intake().accept(&[fixture.sale(&lena, "one", 12_300 * 5, huf())]).await;
    let (run, proposed, became) = refunded_in_between(&fixture, "one", 1_250).await;
    assert_eq!(proposed["amountCents"], 12_300);
    assert_eq!((&became["status"], &became["amountCents"]), (&json!("Reserved"), &json!(11_000)), "{became}");
    let file = fixture.api().get(&format!("/payout-runs/{run}/export?rail=PayPal")).await.expect_status(200).text();
    assert!(file.starts_with("lena@paid.test,110,HUF,"), "{file}");
    let mark = format!("/payouts/{}/mark-sent", became["id"].as_str().unwrap());
    fixture.api().post(&mark, &json!({"reference": "pp-1"})).await.expect_status(200);

    // 50 are left of it. Less tax PayPal pays by 25 whole ones: 76% of them are whole.
    fixture.api().patch("/payout-settings", &json!({"taxGate": "Withhold"})).await.expect_status(200);
    fixture.world.intake().accept(&[fixture.sale(&lena, "two", 12_300 * 5, huf())]).await;
    let (run, proposed, became) = refunded_in_between(&fixture, "two", 3_000).await;
    assert_eq!(proposed["amountCents"], 10_000);
    assert_eq!(
        (&became["amountCents"], &became["withheldCents"], &became["netCents"]),
        (&json!(7_500), &json!(1_800), &json!(5_700)),
        "{became}"
    );
    let file = fixture.api().get(&format!("/payout-runs/{run}/export?rail=PayPal")).await.expect_status(200).text();
    assert!(file.starts_with("lena@paid.test,57,HUF,"), "{file}");
    let mark = format!("/payouts/{}/mark-sent", became["id"].as_str().unwrap());
    fixture.api().post(&mark, &json!({"reference": "pp-2"})).await.expect_status(200);

    // 1,850 are left, and 2,000 more: nothing that PayPal can pay stays of them.
    fixture.world.intake().accept(&[fixture.sale(&lena, "three", 2_000 * 5, huf())]).await;
    let (_, proposed, became) = refunded_in_between(&fixture, "three", 1_500).await;
    assert_eq!(proposed["amountCents"], 2_500);
    assert_eq!((&became["status"], &became["reasonCode"]), (&json!("Failed"), &json!("below_minimum")), "{became}");
    let owed =
        "select coalesce(sum(balance), 0)::bigint from accounts where kind = 'affiliate_approved' and currency = 'HUF'";
    assert_eq!(fixture.world.database.count(owed).await, 2_350);
    fixture.finish().await;
}
