//! Goal: twenty who run payouts at once through Stripe pay each affiliate once.
//! Method: twenty people propose a run and approve whatever run they find, all at the same time and half of them at a second
//! ledger; then Stripe's transfers, the payouts and the book are counted.

use futures_util::future::join_all;
use serde_json::json;
use world::{client::api::Api, http::Request, payout_fixture::PayoutFixture, wait};

const AT_ONCE: usize = 20;
const PAYEES: usize = 8;

/// Proposes a run, and approves the one that is there then; both statuses.
async fn run(api: &Api) -> (u16, Option<u16>) {
    let currency = json!({"currency": "USD"});
    let proposed = wait::patient(|| api.post("/payout-runs", &currency)).await;
    let found = match proposed.status {
        201 => proposed.json()["id"].as_str().map(str::to_owned),
        _ => {
            let runs = wait::patient(|| api.get("/payout-runs")).await.expect_status(200).json();
            runs["data"][0]["id"].as_str().map(str::to_owned)
        }
    };
    let Some(run) = found else { return (proposed.status, None) };
    let path = format!("/api/v1/payout-runs/{run}/approve");
    let approved = wait::patient(|| api.send(Request::new("POST", &path))).await;
    (proposed.status, Some(approved.status))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_paid_once() {
    let fixture = PayoutFixture::open().await;
    let mut second = fixture.world.ledger.beside();
    second.start().await;
    let mut payees = Vec::new();
    for number in 0..PAYEES {
        let payee = fixture.payee(&format!("payee-{number}")).await;
        fixture.earn(&payee.partner, &format!("sale-{number}"), 2_000).await;
        payees.push(payee);
    }
    let apis = [fixture.api(), Api::new(second.base(), &fixture.world.acme.api_key)];
    let went = join_all((0..AT_ONCE).map(|number| run(&apis[number % 2]))).await;
    assert_eq!(went.iter().filter(|one| one.0 == 201).count(), 1, "one of them makes the run: {went:?}");
    assert!(went.iter().all(|one| matches!(one.0, 201 | 409)), "{went:?}");
    assert!(went.iter().filter_map(|one| one.1).all(|status| matches!(status, 200 | 409)), "{went:?}");
    assert!(went.iter().filter(|one| one.1 == Some(200)).count() > 1, "they approve it at once: {went:?}");
    wait::until("everybody to be paid", 60, async || {
        (fixture.world.database.count("select count(*) from payouts where status = 'Sent'").await
            == i64::try_from(PAYEES).unwrap())
        .then_some(())
    })
    .await;
    assert_eq!(fixture.world.database.count("select count(*) from payouts").await, i64::try_from(PAYEES).unwrap());
    assert_eq!(fixture.world.database.count("select count(*) from payout_runs").await, 1);
    for payee in &payees {
        assert_eq!(fixture.transfers_to(payee).len(), 1, "{}", payee.partner.slug);
        assert_eq!(fixture.balances(payee.id()).await, [0, 0, 2_000, 0]);
    }
    second.stop();
    fixture.finish().await;
}
