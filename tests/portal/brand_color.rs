//! Goal: the portal's stylesheet makes the brand's color readable.
//! Method: stylesheets of valid and invalid colors are requested.

use world::World;

use crate::fixture::{enter, page};

#[tokio::test(flavor = "multi_thread")]
async fn the_brands_color_is_made_readable() {
    let world = World::shared().await;
    let organization = world.acme.organization.uuid();
    world
        .database
        .run(&format!("update organizations set brand_color = '#ffe600' where organization_id = '{organization}'"))
        .await;
    let mut browser = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    assert!(page(&mut browser, "/a").await.contains("/assets/brand/ffe600.css"));
    let sheet = browser.browser.get("/assets/brand/ffe600.css").await.expect_status(200);
    assert_eq!(sheet.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(
        sheet.text().contains("--brand:") && !sheet.text().starts_with(":root{--brand:#ffe600"),
        "{}",
        sheet.text()
    );
    for bad in ["/assets/brand/ffe600", "/assets/brand/red.css", "/assets/brand/%7D.css"] {
        browser.browser.get(bad).await.expect_status(404);
    }
    world.finish().await;
}
