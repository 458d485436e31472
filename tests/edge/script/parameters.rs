//! Goal: the script reads the parameters of every platform that brands come from, and what it learns earns.
//! Method: visitors arrive by each parameter, by one of the brand's own and through links; the clicks are counted here,
//! and a sale with the script's token is credited.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use serde_json::json;
use world::{
    shared_app::{backend, booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_platforms_links_are_read() {
    let world = shared_app().await;
    let site = Site::new("parameters.localhost");
    let program = site.program(world, &json!({})).await;
    let lauren = program.promoter(world, "4201-").await;
    let other = program.promoter(world, "other").await;
    let linked = program.promoter(world, "linked").await;
    let moved = program.promoter(world, "moved").await;
    let encoded = BASE64_STANDARD_NO_PAD.encode(&lauren.slug);
    let dotted = lauren.slug.replace('-', ".");
    let value = |name: &str| match name {
        "gspk" | "ps_partner_key" => &encoded,
        "rfsn" => &dotted,
        _ => &lauren.slug,
    };
    let parameters: Vec<_> = shared::via::PARAMETERS.iter().map(|name| json!([name, value(name)])).collect();
    let details = json!({
        "tag": program.tag(), "parameters": parameters, "slug": lauren.slug, "other": other.slug,
        "linked": linked.slug, "moved": moved.slug,
    });
    let found = site.play(world, "parameters", &details);
    let tokens = found["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), parameters.len());

    // Each parameter once, and three more visits.
    lauren.has_clicks(world, i64::try_from(parameters.len()).unwrap() + 3).await;
    linked.has_clicks(world, 1).await;
    moved.has_clicks(world, 1).await;
    other.has_clicks(world, 0).await;
    let order = name("parameter");
    let sale = json!({"externalEventId": order, "amountCents": 9_900, "clickToken": tokens[3]});
    backend(world).post(&sale).await.expect_status(202);
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!(conversion["creditedBy"], "click");
    assert_eq!(conversion["affiliateId"].as_str(), Some(lauren.affiliate.to_string().as_str()));
    assert_eq!(commissions[0]["amountCents"], 1_980);
}
