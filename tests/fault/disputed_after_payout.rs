//! Goal: a payment that is disputed after its commission was paid stays marked as held, also when the next payout takes
//! back what a refund left over.
//! Method: a sale whose hold is over, paid; then disputed and refunded in part; then another sale and the next payout; the
//! replay works out what must stand there.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    stripe::{Purchase, payment_event},
    wait::now,
};

#[tokio::test]
async fn what_is_held_stays_held() {
    let world = World::shared().await;
    let report = async |event: Value| world.intake().accept(&[world.acme.stripe_event(&event)]).await;
    let pay = async |cents: i64| {
        let whom = world.acme.partner.affiliate.to_string();
        let payment = json!({"affiliateId": whom, "currency": "USD", "expectedCents": cents});
        world.api().post("/payouts", &payment).await.expect_status(201);
    };
    let purchase = Purchase::new("held", Some(&world.acme.token(&world.acme.partner, now().plus_days(-41))));
    let mut invoice = purchase.paid("invoice.paid.basil", 1);
    let long_ago = json!(now().plus_days(-40).seconds());
    invoice["created"] = long_ago.clone();
    invoice["data"]["object"]["created"] = long_ago.clone();
    invoice["data"]["object"]["status_transitions"]["paid_at"] = long_ago.clone();
    let mut checkout = purchase.checkout();
    checkout["created"] = long_ago.clone();
    checkout["data"]["object"]["created"] = long_ago;
    let about = |shape: &str| payment_event(shape, "held", shape);
    for event in [checkout, invoice, about("invoice_payment.paid")] {
        report(event).await;
    }
    pay(1_980).await;
    for event in [about("charge.dispute.created"), about("refund.created")] {
        report(event).await;
    }
    let held = "select count(*) from commissions where held = 'Dispute' and amount = 1320 and paid";
    assert_eq!(world.database.count(&format!("{held} = 1980")).await, 1);
    let slug = world.acme.partner.slug.clone();
    let next = world.acme.sale("next", 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.occurred_at = Some(now().plus_days(-40));
    });
    world.intake().accept(&[next]).await;
    pay(2_000 - 660).await;
    assert_eq!(world.database.count(&format!("{held} = 1320")).await, 1, "the dispute is still open");
    world.finish().await;
}
