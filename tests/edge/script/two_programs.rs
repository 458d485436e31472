//! Goal: two programs on one page know, keep and report each their own, and one answer about consent is for both.
//! Method: a visitor comes by an affiliate of each and buys from both; another's browser gets the first program's
//! script last.

use serde_json::json;
use world::{
    shared_app::{booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_own() {
    let world = shared_app().await;
    let site = Site::new("two.localhost");
    let (one, two) = (site.program(world, &json!({})).await, site.program(world, &json!({})).await);
    let (lauren, mia) = (one.promoter(world, "lauren").await, two.promoter(world, "mia").await);
    let orders = [name("one"), name("two")];
    let details = json!({
        "one": one.tag(), "two": two.tag(), "viaOne": lauren.slug, "viaTwo": mia.slug,
        "orderOne": orders[0], "orderTwo": orders[1],
    });
    site.play(world, "two_programs", &details);

    lauren.has_clicks(world, 1).await;
    mia.has_clicks(world, 2).await;
    for (order, program, affiliate) in [(&orders[0], &one, &lauren), (&orders[1], &two, &mia)] {
        let (conversion, commissions) = booked(world, order).await;
        assert_eq!(conversion["programId"].as_str(), Some(program.id.as_str()));
        assert_eq!(conversion["affiliateId"].as_str(), Some(affiliate.affiliate.to_string().as_str()));
        assert_eq!(
            (conversion["creditedBy"].as_str(), commissions[0]["amountCents"].as_i64()),
            (Some("click"), Some(2_000))
        );
    }
}
