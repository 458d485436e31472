//! Goal: two ledgers on one database, one of which dies in the middle of it, send everything once and nothing twice.
//! Method: sixty payouts; one ledger is killed after some; Stripe's transfers are counted, and so are the calls.

use std::collections::BTreeMap;

use world::{payout_fixture::PayoutFixture, wait};

#[tokio::test(flavor = "multi_thread")]
async fn each_is_paid_once() {
    let mut fixture = PayoutFixture::open().await;
    let mut second = fixture.world.ledger.beside();
    second.start().await;
    let mut payees = Vec::new();
    for number in 0..60 {
        let payee = fixture.payee(&format!("payee-{number}")).await;
        fixture.earn(&payee.partner, &format!("sale-{number}"), 2_000).await;
        fixture.schedule(&payee.partner, 2_000, "Stripe").await;
        payees.push(payee);
    }
    fixture.go().await;
    wait::until("some to be sent", 60, async || (fixture.transfers().len() >= 15).then_some(())).await;
    fixture.world.ledger.kill();
    fixture.leases_end().await;
    wait::until("the other one to go on to the end", 120, async || {
        fixture.hurry().await;
        let open = "select count(*) from payouts where status <> 'Sent'";
        (fixture.world.database.count(open).await == 0).then_some(())
    })
    .await;
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for transfer in fixture.transfers() {
        *sent.entry(transfer.destination).or_default() += 1;
    }
    assert_eq!(sent.len(), 60);
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
    second.stop();
    fixture.world.ledger.start().await;
    fixture.finish().await;
}
