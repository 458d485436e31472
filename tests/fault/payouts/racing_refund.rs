//! Goal: a refund that commits while a payout takes its money is counted in this payout or as a debt, never in both and never
//! in neither.
//! Method: rounds of a sale, a payout and a refund: one right before, one right after, and many at the same moment. The sums
//! must always meet, and both orders must have happened.

use std::time::Duration;

use world::{payout_fixture::PayoutFixture, wait};

const RACES: u32 = 8;

/// When the refund comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refund {
    Before,
    After,
    Meanwhile(Duration),
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_counted_once() {
    let fixture = PayoutFixture::open().await;
    let lena = fixture.payee("lena").await;
    let (mut owed, mut counted, mut later) = (0, 0, 0);
    let races = (0..RACES).map(|race| Refund::Meanwhile(Duration::from_millis(40) * race));
    for (round, when) in [Refund::Before, Refund::After].into_iter().chain(races).enumerate() {
        let debt = fixture.balances(lena.id()).await[0];
        let sale = format!("sale-{round}");
        fixture.earn(&lena.partner, &sale, 4_000).await;
        let id = fixture.schedule(&lena.partner, 4_000, "Stripe").await;
        let refund = fixture.world.acme.refund(&format!("refund-{round}"), &sale, 10_000);
        let intake = fixture.world.intake();
        match when {
            Refund::Before => {
                intake.accept(&[refund]).await;
                fixture.go().await;
            }
            Refund::After => {
                fixture.go().await;
                fixture.until(&id, "Sent").await;
                intake.accept(&[refund]).await;
            }
            Refund::Meanwhile(pause) => {
                let racing = tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    intake.accept(&[refund]).await;
                });
                fixture.go().await;
                racing.await.unwrap();
            }
        }
        owed += 2_000;
        let payout = wait::until("the payout to end", 60, async || {
            let payout = fixture.payout(&id).await;
            matches!(payout["status"].as_str().unwrap(), "Sent" | "Failed").then_some(payout)
        })
        .await;
        // Of nothing but the refunded sale and an earlier debt nothing is left.
        let paid_now = if payout["status"] == "Sent" { payout["amountCents"].as_i64().unwrap() } else { 0 };
        let with_refund = paid_now == (debt + 2_000).max(0);
        assert!(with_refund || paid_now == debt + 4_000, "round {round}, owed before {debt}: {payout}");
        let order = if with_refund { &mut counted } else { &mut later };
        *order += 1;
        let is_forced = [(Refund::Before, true), (Refund::After, false)].contains(&(when, with_refund));
        assert!(is_forced || matches!(when, Refund::Meanwhile(_)), "{when:?}: {payout}");
        let [approved, reserved, paid, _] = fixture.balances(lena.id()).await;
        assert_eq!((approved + paid, reserved), (owed, 0), "round {round}");
        let sent: i64 = fixture.transfers_to(&lena).iter().map(|one| one.amount).sum();
        assert_eq!(sent, paid, "round {round}");
        fixture.world.check().await;
    }
    assert!(counted > 0 && later > 0, "both orders: {counted} with the refund, {later} without it");
    fixture.finish().await;
}
