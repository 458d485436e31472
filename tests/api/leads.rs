//! Goal: a lead counts for its affiliate until the person buys.
//! Method: leads and conversions are reported and read by API.

use serde_json::json;
use world::World;

use crate::created;

#[tokio::test]
async fn a_lead_speaks_for_its_affiliate_until_the_person_buys() {
    let world = World::start().await;
    let lead = json!({"externalEventId": "signup-1", "customerEmail": "Ann@buyers.test",
                      "affiliateSlug": world.acme.partner.slug});
    let made = created(&world, "/leads", lead.clone()).await;
    assert_eq!((made["status"].as_str(), made["email"].as_str()), (Some("Open"), Some("ann@buyers.test")));
    assert_eq!(created(&world, "/leads", lead).await, made);
    let unnamed = created(&world, "/leads", json!({"customerId": "zoe"})).await;
    assert!(unnamed["externalEventId"].as_str().unwrap().starts_with("lead_"));
    assert_eq!(world.api().all("/leads?status=Open").await.len(), 2);
    // A purchase under an id of its own, with the same mailbox.
    let sale = json!({"externalEventId": "order-1", "amountCents": 10_000, "customerId": "user_42",
                      "customerEmail": "ann+shop@buyers.test"});
    let sold = created(&world, "/conversions", sale).await;
    assert_eq!(
        (sold["creditedBy"].as_str(), sold["commissions"][0]["amountCents"].as_i64()),
        (Some("lead"), Some(2_000))
    );
    let converted = world.api().all("/leads?status=Converted").await;
    assert_eq!(converted.len(), 1);
    assert_eq!((&converted[0]["id"], &converted[0]["convertedBy"]), (&made["id"], &sold["id"]));
    let path = format!("/leads/{}", made["id"].as_str().unwrap());
    assert_eq!(world.api().get(&path).await.expect_status(200).json(), converted[0]);
    assert_eq!(world.api().all("/leads?email=ANN@buyers.test").await.len(), 1);
    // A sale is no lead.
    let sale = format!("/leads/{}", sold["id"].as_str().unwrap());
    assert_eq!(world.api().get(&sale).await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}
