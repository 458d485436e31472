//! Goal: what a person decided about a sale outlasts everything that a gateway repeats about its purchase and customer.
//! Method: the first payment of a subscription is denied, or credited to no one. Then Stripe reports the subscription, the
//! customer and a renewal, in both orders, each with the same slug; at the end the book is recomputed from its events.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{
    World,
    brand::{But, Partner},
    stripe::{Purchase, shape},
    wait::now,
};

fn days_ago(days: i64) -> Timestamp {
    now().plus_days(-days)
}

/// Whose the sale is, and what it earns them.
async fn credit(world: &World, name: &str) -> (Option<String>, i64) {
    let (conversion, commissions) = world.api().booked(name).await.unwrap();
    let cents = commissions.iter().map(|row| row["amountCents"].as_i64().unwrap()).sum();
    (conversion["affiliateId"].as_str().map(str::to_owned), cents)
}

const NO_ONE: (Option<String>, i64) = (None, 0);

fn to(partner: &Partner, cents: i64) -> (Option<String>, i64) {
    (Some(partner.affiliate.to_string()), cents)
}

/// Denies the sale, or credits it and everything that its customer buys later to no one.
async fn decide(world: &World, name: &str, denies: bool) {
    let (conversion, _) = world.api().booked(name).await.unwrap();
    let (path, body) = if denies {
        ("review", json!({"decision": "Deny", "reason": "From a coupon site."}))
    } else {
        ("reattribute", json!({"affiliateId": null, "reach": "Customer", "reason": "From a coupon site."}))
    };
    let path = format!("/conversions/{}/{path}", conversion["id"].as_str().unwrap());
    world.api().post(&path, &body).await.expect_status(200);
}

/// A payment of the subscription so many days ago, with the affiliate's slug from the subscription's metadata.
fn paid(purchase: &Purchase, number: u32, ago: i64, partner: &Partner) -> Value {
    let mut event = purchase.paid("invoice.paid.basil", number);
    let object = &mut event["data"]["object"];
    object["status_transitions"]["paid_at"] = json!(days_ago(ago).seconds());
    object["parent"]["subscription_details"]["metadata"] = json!({"rekomi_ref": partner.slug});
    event
}

/// Another event of so many days ago, of the subscription or the customer, whose metadata has the affiliate's slug.
fn updated(purchase: &Purchase, kind: &str, ago: i64, partner: &Partner) -> Value {
    let of_customer = kind == "customer.updated";
    let mut event = shape(if of_customer { "customer.created" } else { "customer.subscription.created" });
    event["id"] = json!(format!("evt_{}_{kind}_{ago}", purchase.name));
    event["type"] = json!(kind);
    event["created"] = json!(days_ago(ago).seconds());
    let object = &mut event["data"]["object"];
    object["id"] = json!(if of_customer { purchase.customer() } else { format!("sub_{}", purchase.name) });
    object["customer"] = json!(purchase.customer());
    object["email"] = Value::Null;
    object["discounts"] = json!([]);
    object["metadata"] = json!({"rekomi_ref": partner.slug});
    event
}

#[tokio::test]
async fn what_a_gateway_repeats_after_a_decision_credits_no_renewal() {
    let world = World::shared().await;
    let alice = &world.acme.partner;
    for (name, denies, renewal_first) in
        [("denied", true, true), ("denied2", true, false), ("removed", false, true), ("removed2", false, false)]
    {
        let purchase = Purchase::new(name, None);
        world.intake().accept(&[world.acme.stripe_event(&paid(&purchase, 1, 35, alice))]).await;
        assert_eq!(credit(&world, &purchase.invoice(1)).await, to(alice, 1_980), "{name}");
        decide(&world, &purchase.invoice(1), denies).await;
        let mut events = [
            updated(&purchase, "customer.subscription.updated", 5, alice),
            updated(&purchase, "customer.updated", 5, alice),
            paid(&purchase, 2, 4, alice),
        ];
        if renewal_first {
            events.reverse();
        }
        for event in events {
            world.intake().accept(&[world.acme.stripe_event(&event)]).await;
            if world.api().booked(&purchase.invoice(2)).await.is_some() {
                assert_eq!(credit(&world, &purchase.invoice(2)).await, NO_ONE, "{name}");
            }
        }
        // A click after it is new evidence.
        let fresh = format!("fresh-{name}");
        let sale = world.acme.sale(&fresh, 10_000).but(|report| {
            report.customer_id = Some(purchase.customer());
            report.occurred_at = Some(days_ago(1));
            report.click_token = Some(world.acme.token(alice, days_ago(2)));
        });
        world.intake().accept(&[sale]).await;
        assert_eq!(credit(&world, &fresh).await, to(alice, 2_000), "{name}");
        assert_eq!(credit(&world, &purchase.invoice(2)).await, NO_ONE, "{name}");
    }
    world.finish().await;
}
