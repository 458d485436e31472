//! Goal: two ledgers on one database, one of which dies between approving rewards and giving them, give each once.
//! Method: forty affiliates reach a milestone; one ledger is killed as soon as some have their bonus; the bonuses of each
//! affiliate are counted, and so are the keys of their payments.

use serde_json::json;
use world::{World, brand::But, wait};

const AFFILIATES: i64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn each_is_given_once() {
    let mut world = World::start().await;
    let body = json!({"programId": world.acme.program.to_string(), "kind": "Milestone", "title": "A sale",
                      "startsAt": "2026-01-01T00:00:00Z", "metric": "Sales", "goal": 1,
                      "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"}});
    world.api().post("/rewards", &body).await.expect_status(201);
    let mut second = world.ledger.beside();
    second.start().await;
    let mut sales = Vec::new();
    for number in 0..AFFILIATES {
        let partner = world.acme.join(&world.database, &format!("seller-{number}")).await;
        sales.push(world.acme.sale(&format!("sale-{number}"), 10_000).but(|report| {
            report.affiliate_slug = Some(partner.slug.clone());
            report.customer_id = Some(format!("buyer-{number}"));
        }));
    }
    world.intake().accept(&sales).await;
    let given = "select count(*) from commissions where kind = 'Bonus'";
    wait::until("some to be given", 60, async || (world.database.count(given).await > 0).then_some(())).await;
    world.ledger.kill();
    wait::until("the other one to go on to the end", 60, async || {
        let open = "select count(*) from reward_claims where state = 'Paid'";
        (world.database.count(open).await == AFFILIATES).then_some(())
    })
    .await;
    assert_eq!(world.database.count(given).await, AFFILIATES);
    let each = "select count(*) from (select from commissions where kind = 'Bonus' group by affiliate_id having count(*) > 1) t";
    assert_eq!(world.database.count(each).await, 0);
    assert_eq!(world.database.count("select count(*) from reward_payments").await, AFFILIATES);
    second.stop();
    world.ledger.start().await;
    world.finish().await;
}
