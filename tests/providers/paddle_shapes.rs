//! Goal: our fixtures have what Paddle says its events have, and their money arrives.
//! Method: the fields that the reader depends on are asserted; then a sale, a refund on its way to approval and a
//! chargeback that is won back go through the real edge, and are read by API. 118.80 with 10.80 tax is 108.00
//! commissionable, 20% of it 21.60.

use serde_json::{Value, json};
use world::{
    World,
    paddle::{Paddle, event, shape},
    shared_app::{name, shared_app},
    wait::{now, until},
};

#[test]
fn envelopes() {
    let names = [
        "transaction.completed",
        "adjustment.created",
        "adjustment.updated",
        "customer.created",
        "subscription.created",
    ];
    for name in names {
        let event = shape(name);
        assert_eq!(event["event_type"].as_str(), Some(name));
        for field in ["event_id", "event_type", "occurred_at", "notification_id", "data"] {
            assert!(!event[field].is_null(), "{name} has {field}");
        }
    }
}

#[test]
fn totals_are_text_and_add_up() {
    let transaction = shape("transaction.completed");
    let totals = &transaction["data"]["details"]["totals"];
    let number = |totals: &Value, field: &str| totals[field].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(
        number(totals, "subtotal") - number(totals, "discount") + number(totals, "tax"),
        number(totals, "total")
    );
    assert_eq!(number(totals, "total") - number(totals, "credit"), number(totals, "grand_total"));
    let lines = transaction["data"]["details"]["line_items"].as_array().unwrap();
    for field in ["subtotal", "discount", "tax", "total"] {
        assert_eq!(
            lines.iter().map(|line| number(&line["totals"], field)).sum::<i64>(),
            number(totals, field),
            "{field}"
        );
    }
    let adjustment = shape("adjustment.updated");
    let totals = &adjustment["data"]["totals"];
    assert_eq!(number(totals, "subtotal") + number(totals, "tax"), number(totals, "total"));
}

async fn earns(world: &World, sale: &str, cents: i64, status: &str) {
    let api = world.api();
    until(&format!("{sale} to earn {cents}"), 10, async || {
        let (conversion, commissions) = api.booked(sale).await?;
        let right = conversion["amountCents"] == 10_800 && conversion["source"] == "Paddle" && commissions.len() == 1;
        (right && commissions[0]["amountCents"] == cents && commissions[0]["status"] == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_refunded_once_that_is_approved() {
    let world = shared_app().await;
    let (account, name) = (Paddle::of(world), name("paddlesale"));
    let sale = format!("txn_{name}");
    let mut completed = event("transaction.completed", "sale", &name);
    completed["data"]["custom_data"] = json!({ "token": world.acme.token(&world.acme.partner, now()) });
    let mut requested = event("adjustment.created", "back", &name);
    requested["event_id"] = json!(format!("evt_{name}_asked"));
    let approved = event("adjustment.updated", "back", &name);
    // The refund is asked for before the sale is known.
    for event in [&requested, &completed] {
        account.deliver(event).await.expect_status(200);
    }
    earns(world, &sale, 2_160, "Pending").await;
    for _ in 0..2 {
        account.deliver(&approved).await.expect_status(200);
    }
    earns(world, &sale, 1_440, "Pending").await;
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_that_is_won_back_restores_the_commission() {
    let world = shared_app().await;
    let (account, name) = (Paddle::of(world), name("paddleback"));
    let sale = format!("txn_{name}");
    let mut completed = event("transaction.completed", "sale", &name);
    completed["data"]["custom_data"] = json!({ "rekomi_ref": world.acme.partner.slug });
    account.deliver(&completed).await.expect_status(200);
    earns(world, &sale, 2_160, "Pending").await;
    let chargeback = event("adjustment.chargeback", "lost", &name);
    account.deliver(&chargeback).await.expect_status(200);
    earns(world, &sale, 0, "Refunded").await;
    let mut reverse = event("adjustment.chargeback", "won", &name);
    reverse["data"]["action"] = json!("chargeback_reverse");
    let mut reversed = chargeback.clone();
    reversed["event_id"] = json!(format!("evt_{name}_reversed"));
    reversed["event_type"] = json!("adjustment.updated");
    reversed["data"]["status"] = json!("reversed");
    for event in [&reverse, &reversed] {
        account.deliver(event).await.expect_status(200);
    }
    earns(world, &sale, 2_160, "Pending").await;
    world.check().await;
}
