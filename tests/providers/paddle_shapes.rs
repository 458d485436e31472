//! Goal: our fixtures have what Paddle says its events have, and their money arrives.
//! Method: the fields that the reader depends on are asserted; then a sale, a refund on its way to approval, a trial and a
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

/// A subscription that begins with a trial: the subscription, its first transaction without a payment, and the one that
/// is paid when the trial is over.
fn trial(world: &World, name: &str) -> [Value; 3] {
    let at = |seconds: i64| json!(now().plus_millis(-1_000 * seconds).to_string());
    let data = json!({ "rekomi_ref": world.acme.partner.slug });
    let mut begun = event("subscription.created", "begun", name);
    begun["occurred_at"] = at(20);
    begun["data"]["id"] = json!(format!("sub_{name}"));
    begun["data"]["transaction_id"] = json!(format!("txn_{name}_free"));
    begun["data"]["status"] = json!("trialing");
    let mut free = event("transaction.completed", "free", name);
    free["occurred_at"] = at(20);
    free["data"]["id"] = json!(format!("txn_{name}_free"));
    free["data"]["billed_at"] = at(20);
    for field in ["subtotal", "discount", "tax", "total", "grand_total", "grand_total_tax"] {
        free["data"]["details"]["totals"][field] = json!("0");
    }
    let mut paid = event("transaction.completed", "paid", name);
    paid["data"]["origin"] = json!("subscription_recurring");
    let mut events = [begun, free, paid];
    for event in &mut events {
        event["data"]["custom_data"] = data.clone();
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_is_a_lead_and_the_payment_after_it_the_sale() {
    let world = shared_app().await;
    let (account, api) = (Paddle::of(world), world.api());
    for in_order in [true, false] {
        let name = name("paddletrial");
        let mut events = trial(world, &name);
        if !in_order {
            events.reverse();
        }
        for event in &events {
            account.deliver(event).await.expect_status(200);
        }
        earns(world, &format!("txn_{name}"), 2_160, "Pending").await;
        let (customer, lead) = (format!("ctm_{name}"), format!("lead_sub_{name}"));
        until(&format!("{lead} to convert"), 10, async || {
            let leads = api.all(&format!("/leads?customerId={customer}")).await;
            let [found] = leads.as_slice() else { return None };
            (found["externalEventId"] == lead && found["status"] == "Converted").then_some(())
        })
        .await;
        let conversions = api.all(&format!("/conversions?customerId={customer}")).await;
        let mut kinds: Vec<_> = conversions.iter().map(|row| row["type"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["Lead", "Sale"], "{conversions:?}");
        assert_eq!(api.booked(&lead).await.unwrap().1.len(), 0, "the plan pays for no leads");
    }
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
