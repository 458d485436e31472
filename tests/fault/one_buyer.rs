//! Goal: what several consumers tell about one buyer at the same time is booked as if it had been told in order.
//! Method: a first sale with evidence and many renewals, part refunds among them, in as many batches, all posted at once,
//! and again where the ledger was too busy: every batch must be accepted in the end, and every sale bound to the one
//! affiliate. Several rounds, since a race may be lost by luck.

use world::{World, brand::But, wait::now};

const SALES: i64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn told_by_many_at_once() {
    let world = World::start().await;
    let brand = &world.acme;
    for round in 0..6 {
        let start = now().plus_days(-20);
        let mut posts = Vec::new();
        for number in 0..SALES {
            let token = (number == 0).then(|| brand.token(&brand.partner, start));
            let sale = brand.sale(&format!("r{round}-{number}"), 9_900).but(|report| {
                report.customer_id = Some(format!("buyer-{round}"));
                report.subscription_id = Some(format!("sub-{round}"));
                report.occurred_at = Some(start.plus_days(number));
                report.click_token = token;
            });
            let refund = brand.refund(&format!("b{round}-{number}"), &format!("r{round}-{number}"), 4_950);
            for event in [sale, refund] {
                let intake = world.intake();
                posts.push(tokio::spawn(async move { intake.accept(&[event]).await }));
            }
        }
        for post in posts {
            post.await.unwrap();
        }
        let of_round = |condition: &str| {
            format!("select count(*) from conversions where external_id like 'r{round}-%' and {condition}")
        };
        let count = async |condition: &str| world.database.count(&of_round(condition)).await;
        assert_eq!(
            count("status = 'Pending' and refunded = 4950").await,
            SALES,
            "all are credited, half of each is back"
        );
        assert_eq!((count("credited_by = 'click'").await, count("credited_by = 'bound'").await), (1, SALES - 1));
        assert_eq!((count("kind = 'Sale'").await, count("kind = 'Recurring'").await), (1, SALES - 1));
    }
    assert_eq!(world.database.count("select sum(amount)::bigint from commissions").await, 6 * SALES * 990);
    world.finish().await;
}
