//! Goal: in an app that never loads a second page, a new parameter is an arrival, and each arrival is one click.
//! Method: an app pushes, replaces and goes back and forth; the clicks are counted here, and the last token earns for
//! the last affiliate.

use serde_json::json;
use world::{
    shared_app::{backend, booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_parameter_is_an_arrival() {
    let world = shared_app().await;
    let site = Site::new("app.localhost");
    let program = site.program(world, &json!({})).await;
    let (lauren, other) = (program.promoter(world, "first").await, program.promoter(world, "second").await);
    let found =
        site.play(world, "single_page", &json!({"tag": program.tag(), "via": lauren.slug, "other": other.slug}));

    // One of them after a reload.
    lauren.has_clicks(world, 2).await;
    other.has_clicks(world, 1).await;
    let order = name("app");
    let sale = json!({"externalEventId": order, "amountCents": 5_000, "clickToken": found["second"]});
    backend(world).post(&sale).await.expect_status(202);
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!(conversion["affiliateId"].as_str(), Some(other.affiliate.to_string().as_str()));
    assert_eq!(commissions[0]["amountCents"], 1_000);
}
