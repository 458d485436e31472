//! Goal: a sale that the brand's backend reported without tax and a dispute of what was paid with it are measured by one
//! measure: half is half, and all is all without any trouble.
//! Method: a sale of 49.00 that was paid with 59.29, told in each of the ways there are; then disputes of the payment by
//! Stripe's webhook; refunded, troubles and commissions are read.

use serde_json::{Value, json};
use world::{World, brand::But, stripe::shape, wait::now};

async fn sold(world: &World, name: &str, paid: Option<i64>) {
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale(name, 4_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.paid_cents = paid;
    });
    world.intake().accept(&[sale]).await;
}

async fn lost(world: &World, name: &str, cents: i64, charge: Value) {
    let mut event = shape("charge.dispute.created");
    event["id"] = json!(format!("evt_{name}"));
    event["created"] = json!(now().seconds());
    let object = &mut event["data"]["object"];
    object["id"] = json!(format!("du_{name}"));
    object["amount"] = json!(cents);
    object["status"] = json!("lost");
    object["charge"] = charge;
    object["payment_intent"] = json!(name);
    world.intake().accept(&[world.acme.stripe_event(&event)]).await;
}

/// What was given back, what is left of the commission of 20%, and the troubles.
async fn left(world: &World, name: &str) -> (i64, i64, String) {
    let query = format!("select refunded, issues::text as issues from conversions where external_id = '{name}'");
    let row = world.database.texts(&query).await.remove(0);
    let amount = format!(
        "select m.amount from commissions m join conversions c on c.organization_id = m.organization_id and c.id = m.conversion_id
         where c.external_id = '{name}'"
    );
    let issues = row.iter().find(|text| text.starts_with('{')).cloned().unwrap_or_default();
    let refunded = row.iter().find_map(|text| text.parse().ok()).unwrap();
    (refunded, world.database.count(&amount).await, issues)
}

#[tokio::test]
async fn disputes_of_sales_told_net_take_their_share() {
    let world = World::shared().await;
    sold(&world, "pi_whole", None).await;
    lost(&world, "pi_whole", 5_929, json!("ch_whole")).await;
    assert_eq!(left(&world, "pi_whole").await, (4_900, 0, "{}".to_owned()), "all of it, and no trouble");

    sold(&world, "pi_told", Some(5_929)).await;
    lost(&world, "pi_told", 2_965, json!("ch_told")).await;
    assert_eq!(
        left(&world, "pi_told").await,
        (2_450, 490, "{}".to_owned()),
        "half of what was paid is half of the sale"
    );

    sold(&world, "pi_charge", None).await;
    lost(&world, "pi_charge", 2_965, json!({"id": "ch_charge", "object": "charge", "amount": 5_929})).await;
    assert_eq!(left(&world, "pi_charge").await, (2_450, 490, "{}".to_owned()), "as the charge says what was paid");

    sold(&world, "pi_unknown", None).await;
    lost(&world, "pi_unknown", 2_450, json!("ch_unknown")).await;
    assert_eq!(
        left(&world, "pi_unknown").await,
        (2_450, 490, "{}".to_owned()),
        "of the amount, where nothing else is known"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_sale_may_be_told_with_what_was_paid_by_api() {
    let world = World::shared().await;
    let body = json!({"externalEventId": "pi_api", "amountCents": 4_900, "paidCents": 5_929,
        "affiliateSlug": world.acme.partner.slug});
    world.api().post("/conversions", &body).await.expect_status(201);
    lost(&world, "pi_api", 2_965, json!("ch_api")).await;
    assert_eq!(left(&world, "pi_api").await, (2_450, 490, "{}".to_owned()));
    let less = json!({"externalEventId": "pi_less", "amountCents": 4_900, "paidCents": 4_899});
    let refused = world.api().post("/conversions", &less).await.field_refusal();
    assert_eq!(refused, (400, "validation_failed".to_owned(), "paidCents".to_owned()));
    world.finish().await;
}
