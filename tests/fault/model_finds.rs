//! Goal: what the model of the book has found stays right.
//! Method: each failing story, shrunk to what matters, by name.

use serde_json::{Value, json};
use shared::event::{ConversionSource, Event};
use world::{
    World,
    brand::{But, Partner, fresh},
    wait::now,
};

fn sale(world: &World, id: &str, cents: i64, days_ago: i64, partner: Option<&Partner>) -> Event {
    let slug = partner.map(|partner| partner.slug.clone());
    world.acme.sale(id, cents).but(|report| {
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(now().plus_days(-days_ago));
        report.affiliate_slug = slug;
    })
}

/// Who has the credit, and what is left of the commissions.
async fn credit(world: &World, id: &str) -> (Option<String>, i64) {
    let (conversion, commissions) = world.api().booked(id).await.expect("a conversion");
    let cents = |row: &Value| row["amountCents"].as_i64().unwrap();
    (conversion["affiliateId"].as_str().map(str::to_owned), commissions.iter().map(cents).sum())
}

async fn reattribute(world: &World, id: &str, to: Option<&Partner>) {
    let (conversion, _) = world.api().booked(id).await.unwrap();
    let path = format!("/conversions/{}/reattribute", conversion["id"].as_str().unwrap());
    let to = to.map(|partner| partner.affiliate.to_string());
    let body = json!({"affiliateId": to, "reach": "Conversion", "reason": "for this one only"});
    world.api().post(&path, &body).await.expect_status(200);
}

/// A decision about the very sale that binds the buyer took the later ones' credit along.
#[tokio::test]
async fn a_word_about_the_first_sale_only_changes_no_other() {
    let world = World::shared().await;
    let ada = world.acme.join(&world.database, "ada").await;
    let bob = world.acme.join(&world.database, "bob").await;
    // By the time of the second sale nothing but the binding speaks for Ada.
    let sales = [sale(&world, "first", 10_000, 100, Some(&ada)), sale(&world, "second", 5_000, 5, None)];
    world.intake().accept(&sales).await;
    let adas = (Some(ada.affiliate.to_string()), 1_000);
    assert_eq!(credit(&world, "second").await, adas);
    reattribute(&world, "first", Some(&bob)).await;
    assert_eq!(credit(&world, "first").await, (Some(bob.affiliate.to_string()), 2_000));
    assert_eq!(credit(&world, "second").await, adas);
    reattribute(&world, "first", None).await;
    assert_eq!(credit(&world, "first").await, (None, 0));
    assert_eq!(credit(&world, "second").await, adas);
    world.finish().await;
}

/// An override for one affiliate with tiers, or with a cap per affiliate, earned nothing as long as no wider plan had
/// any: nobody looked for the sales that it counts.
#[tokio::test]
async fn an_affiliates_own_tiers_and_caps_pay() {
    let world = World::shared().await;
    let ada = world.acme.join(&world.database, "ada").await;
    let bob = world.acme.join(&world.database, "bob").await;
    let cap = json!({"currency": "USD", "perAffiliate": {"amountCents": 1_500, "period": "ever"}});
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 2, "ratePercent": "30"}]);
    for (partner, component) in [
        (&ada, json!({"type": "tiers", "by": "sales", "period": "ever", "mode": "whole", "steps": steps})),
        (&bob, json!({"type": "percentage", "ratePercent": "10", "cap": cap})),
    ] {
        let from = now().plus_days(-20).to_string();
        let scope = json!({"affiliateId": partner.affiliate.to_string()});
        let plan = json!({"scope": scope, "effectiveAt": from, "components": [component]});
        let path = format!("/programs/{}/plans", world.acme.program);
        world.api().post(&path, &plan).await.expect_status(201);
    }
    for (number, partner) in [&ada, &ada, &bob, &bob].into_iter().enumerate() {
        let number = i64::try_from(number).unwrap();
        let sale = sale(&world, &format!("order-{number}"), 10_000, 10 - number, Some(partner));
        world.intake().accept(&[sale.but(|report| report.customer_id = None)]).await;
    }
    let mut left = Vec::new();
    for number in 0..4 {
        left.push(credit(&world, &format!("order-{number}")).await.1);
    }
    assert_eq!(left, [3_000, 3_000, 1_000, 500]);
    world.finish().await;
}

/// A purchase of an unknown buyer, told again with its buyer, was looked at twice where a plan counts sales: once as
/// the buyer's, once as it was stored; and the second telling went to quarantine.
#[tokio::test]
async fn a_lone_sale_finds_its_buyer_where_sales_are_counted() {
    let world = World::shared().await;
    let ada = world.acme.join(&world.database, "ada").await;
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 2, "ratePercent": "30"}]);
    let tiers = json!([{"type": "tiers", "by": "sales", "period": "ever", "mode": "whole", "steps": steps}]);
    let plan = json!({"effectiveAt": now().plus_days(-20).to_string(), "components": tiers});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &plan).await.expect_status(201);
    let report = sale(&world, "alone", 10_000, 10, Some(&ada));
    let mut page = report.clone().but(|report| {
        report.customer_id = None;
        report.source = ConversionSource::Pixel;
    });
    page.id = fresh();
    world
        .intake()
        .accept(&[page, sale(&world, "other", 10_000, 5, Some(&ada)).but(|report| report.customer_id = None)])
        .await;
    assert_eq!(credit(&world, "alone").await, (Some(ada.affiliate.to_string()), 1_000), "a claim is priced by itself");
    world.intake().accept(&[report]).await;
    assert_eq!(credit(&world, "alone").await, (Some(ada.affiliate.to_string()), 3_000));
    world.intake().accept(&[sale(&world, "bound", 1_000, 1, None)]).await;
    assert_eq!(credit(&world, "bound").await, (Some(ada.affiliate.to_string()), 300));
    world.finish().await;
}
