//! Goal: orders and leads that a brand names after an erased buyer can be reported by API, as by its server.
//! Method: an order before the erasure, the same one and a new one after it, each twice; and a lead.

use serde_json::{Value, json};
use world::World;

use super::{customer_of, erase};

#[tokio::test]
async fn an_order_named_after_an_erased_buyer_is_booked_and_returned() {
    let world = World::shared().await;
    let order = |number: u8| {
        json!({"externalEventId": format!("order-ann@quxmail.test-{number}"), "amountCents": 4_000, "currency": "USD",
               "customerId": "user-ann", "customerEmail": "ann@quxmail.test", "affiliateSlug": world.acme.partner.slug})
    };
    let post = async |path: &str, body: Value| world.api().post(path, &body).await.expect_status(201).json();
    let before = post("/conversions", order(1)).await;
    let ann = customer_of(&world, "user-ann").await;
    erase(&world, &format!("/customers/{ann}")).await;
    let renamed = |answer: &Value, beginning: &str| {
        let name = answer["externalEventId"].as_str().unwrap();
        assert!(name.starts_with(beginning) && name.contains("@erased.invalid"), "{name}");
        answer["id"].clone()
    };
    assert_eq!(renamed(&post("/conversions", order(1)).await, "order-erased-"), before["id"], "it is the same one");
    let new = post("/conversions", order(2)).await;
    assert_eq!(new["commissions"][0]["amountCents"], 800, "{new}");
    let again = post("/conversions", order(2)).await;
    assert_eq!(renamed(&new, "order-erased-"), renamed(&again, "order-erased-"));
    let lead = json!({"externalEventId": "signup-ann@quxmail.test", "customerEmail": "ann@quxmail.test"});
    let (first, second) = (post("/leads", lead.clone()).await, post("/leads", lead).await);
    assert_eq!(renamed(&first, "signup-erased-"), renamed(&second, "signup-erased-"));
    world.finish().await;
}
