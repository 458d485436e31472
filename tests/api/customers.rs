//! Goal: a customer is read with the affiliate they are bound to and with what they brought.
//! Method: conversions are reported by API; the customer is found by id, external id and address, and another
//! organization finds none.
//! Elsewhere: tests/api/privacy.rs: `/customers/{id}/erase`, `/customers/{id}/export`
//! Elsewhere: tests/api/decisions.rs: `/customers/{id}/release`

use serde_json::json;
use shared::timestamp::Timestamp;
use world::{World, brand::But};

use crate::created;

#[tokio::test]
async fn a_customer_is_read_with_whose_they_are_and_what_they_brought() {
    let world = World::shared().await;
    let (api, acme) = (world.api(), &world.acme);
    let slug = acme.partner.slug.clone();
    for (name, amount, currency) in [("o-1", 10_000, "USD"), ("o-2", 10_000, "USD"), ("o-3", 5_000, "EUR")] {
        let sale = json!({"externalEventId": name, "amountCents": amount, "currency": currency, "customerId": "ann",
                          "customerEmail": "ann@buyers.test", "affiliateSlug": slug});
        created(&world, "/conversions", sale).await;
    }
    created(&world, "/conversions", json!({"externalEventId": "o-4", "amountCents": 700, "customerId": "bob"})).await;
    assert_eq!(api.all("/customers").await.len(), 2);
    for found in [
        "email=Ann%2Bx@buyers.test",
        "customerId=ann",
        &format!("affiliateId={}", acme.partner.affiliate),
        &format!("programId={}", acme.program),
    ] {
        let rows = api.all(&format!("/customers?{found}")).await;
        assert_eq!((rows.len(), rows[0]["customerId"].as_str()), (1, Some("ann")), "{found}");
    }
    let id = api.all("/customers?customerId=ann").await[0]["id"].as_str().unwrap().to_owned();
    let ann = api.get(&format!("/customers/{id}")).await.expect_status(200).json();
    assert_eq!(api.get("/customers/ann").await.json(), ann, "by the brand's own name too");
    let binding = &ann["bindings"][0];
    assert_eq!(binding["affiliateId"], acme.partner.affiliate.to_string());
    let why = (binding["creditedBy"].as_str(), binding["externalEventId"].as_str(), binding["earns"].as_bool());
    assert_eq!(why, (Some("slug"), Some("o-1"), Some(true)));
    let totals = json!([
        {"currency": "USD", "conversions": 2, "amountCents": 20_000, "refundedCents": 0, "commissionCents": 4_000},
        {"currency": "EUR", "conversions": 1, "amountCents": 5_000, "refundedCents": 0, "commissionCents": 1_000},
    ]);
    assert_eq!((&ann["totals"], ann["leads"].as_i64()), (&totals, Some(0)));
    // Texts don't compare: a moment ends with as many digits as it needs.
    let at = |name: &str| Timestamp::parse_rfc3339(ann[name].as_str().unwrap()).unwrap();
    assert!(at("firstConversionAt") < at("lastConversionAt"));
    let journey = api.get(&format!("/customers/{id}/journey")).await.expect_status(200).json();
    let steps: Vec<_> = journey["conversions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["externalEventId"].as_str().unwrap(), step["credit"]["rule"].as_str().unwrap()))
        .collect();
    assert_eq!(steps, [("o-1", "slug"), ("o-2", "bound"), ("o-3", "bound")]);
    assert_eq!(journey["conversions"][1]["credit"]["touches"].as_array().unwrap().len(), 3);
    // Two names of one buyer are one customer.
    let twice = world.acme.sale("o-1", 10_000).but(|report| {
        report.source = shared::event::ConversionSource::Pixel;
        report.customer_id = Some("ann-of-the-shop".to_owned());
    });
    world.intake().post(&[twice]).await;
    let bob = api.get("/customers/bob").await.expect_status(200).json();
    assert_eq!((&bob["bindings"], bob["totals"][0]["commissionCents"].as_i64()), (&json!([]), Some(0)));
    assert_eq!(api.get("/customers/nobody").await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(api.get("/customers/a%00b").await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}
