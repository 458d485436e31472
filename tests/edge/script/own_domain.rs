//! Goal: on the brand's own domain the edge's cookie is first-party, and carries a visitor where the script kept
//! nothing.
//! Method: site and edge have names below one domain; a visitor's sale is reported by an image, without the script.

use serde_json::json;
use world::{
    shared_app::{booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_edges_cookie_is_the_sites_own() {
    let world = shared_app().await;
    let brand = name("brand");
    let site = Site::new(&format!("shop.{brand}.localhost"));
    let own = world.edge_base().replace("127.0.0.1", &format!("go.{brand}.localhost"));
    let program = site.program(world, &json!({})).await;
    let lauren = program.promoter(world, "own").await;
    let order = name("image");
    let details = json!({"tag": program.tag(), "via": lauren.slug, "own": own, "order": order});
    site.play(world, "own_domain", &details);

    lauren.has_clicks(world, 2).await;
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!((&conversion["creditedBy"], &conversion["verified"]), (&json!("click"), &json!(false)));
    assert_eq!(commissions[0]["amountCents"], 1_980);
}
