//! Goal: what was sent under a key older than Stripe remembers is never sent again.
//! Method: a transfer is made and its answer lost; Stripe is away for more than a day and has forgotten the key by then. Or
//! the database is a copy from before the payout was sent, two days ago.

use std::collections::BTreeMap;

use shared::timestamp::Timestamp;
use world::{
    fakes::{Mood, stripe_connect::Transfer},
    payout_fixture::PayoutFixture,
    wait::now,
};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_up_before_anything_is_sent() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    fixture.earn(&lena.partner, "one", 2_000).await;
    let id = fixture.schedule(&lena.partner, 2_000, "Stripe").await;
    fixture.stripe.once("POST /v1/transfers", Mood::Breaks);
    fixture.go().await;
    fixture.until(&id, "Unknown").await;
    fixture.stripe.when("GET /v1/transfers", Mood::Says(503, serde_json::Value::Null));
    fixture.hurry().await;
    let looked = || fixture.stripe.calls().iter().filter(|call| call.line().starts_with("GET /v1/transfers")).count();
    world::wait::until("some look-ups", 30, async || {
        fixture.hurry().await;
        (looked() >= 2).then_some(())
    })
    .await;
    fixture.stripe.with(|stripe| stripe.advance_hours(25));
    fixture.stripe.recover();
    fixture.hurried(&id, "Sent").await;
    let sends = fixture.sends();
    assert_eq!((fixture.transfers().len(), sends), (1, 1), "sent once, though the key is forgotten");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_database_pays_nobody_twice() {
    let fixture = PayoutFixture::open().await;
    let (paid, unpaid) = (fixture.payee("paid").await, fixture.payee("unpaid").await);
    let mut ids = Vec::new();
    for payee in [&paid, &unpaid] {
        fixture.earn(&payee.partner, &payee.partner.slug, 2_000).await;
        ids.push(fixture.schedule(&payee.partner, 2_000, "Stripe").await);
    }
    fixture.stripe.with(|stripe| {
        let created = stripe.now() - 2 * 86_400;
        stripe.platform().transfers.push(Transfer {
            id: "tr_since".to_owned(),
            amount: 2_000,
            currency: "usd".to_owned(),
            destination: paid.account.clone(),
            group: Some(ids[0].clone()),
            description: None,
            metadata: BTreeMap::from([("rekomi_payout".to_owned(), ids[0].clone())]),
            created,
            reversals: Vec::new(),
            bank_payouts: Vec::new(),
        });
    });
    fixture.world.database.run("update payouts set created_at = now() - interval '2 days'").await;
    fixture.go().await;
    let known = fixture.until(&ids[0], "Sent").await;
    assert_eq!(known["transferId"], "tr_since");
    let sent_at = Timestamp::parse_rfc3339(known["sentAt"].as_str().unwrap()).unwrap();
    assert!(sent_at < now().plus_days(-1), "it was paid when Stripe made the transfer: {known}");
    fixture.until(&ids[1], "Sent").await;
    assert_eq!((fixture.transfers().len(), fixture.sends()), (2, 1), "one was there already");
    fixture.finish().await;
}
