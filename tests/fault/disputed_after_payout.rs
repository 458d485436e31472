//! Goal: a payment that is disputed after its commission was paid stays marked as held, also when the next payout takes
//! back what a refund left over.
//! Method: a sale whose hold is over, paid; then disputed and refunded in part; then another sale and the next payout; the
//! replay works out what must stand there.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    stripe::{Purchase, shape},
    wait::now,
};

/// A fixture as an event of its own about one purchase's payment.
fn about(shape_name: &str, name: &str) -> Value {
    let text = ["ch", "pi", "in", "re", "du", "inpay"].iter().fold(shape(shape_name).to_string(), |text, kind| {
        let own = if *kind == "in" { format!("in_{name}_1") } else { format!("{kind}_{name}") };
        text.replace(&format!("\"{kind}_fixture\""), &format!("\"{own}\""))
    });
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["id"] = json!(format!("evt_{name}_{shape_name}"));
    event["created"] = json!(now().seconds());
    event
}

#[tokio::test]
async fn what_is_held_stays_held() {
    let world = World::start().await;
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
    for event in [checkout, invoice, about("invoice_payment.paid", "held")] {
        report(event).await;
    }
    pay(1_980).await;
    for event in [about("charge.dispute.created", "held"), about("refund.created", "held")] {
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
