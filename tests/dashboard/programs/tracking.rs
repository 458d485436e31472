//! Goal: the tracking page shows which clicks and sales arrived, and a test sale in test mode costs nothing.
//! Method: an owner's browser sends the page's forms; a second program in test mode; the API says what came of it.
//! Routes: `/dashboard/programs/{id}/origins`, `/dashboard/programs/{id}/tracking`,
//! `/dashboard/programs/{id}/tracking/live`, `/dashboard/programs/{id}/tracking/test`

use serde_json::json;
use world::client::api::Api;

use super::{Fixture, all_text};

#[tokio::test]
async fn tracking_says_what_was_seen_and_tests_cost_nothing() {
    let mut fixture = Fixture::alone().await;
    let page = fixture.page("/tracking").await;
    let id = fixture.program.clone();
    all_text(&page, &["loader.js", &id, "none yet", "Open the first link", "Rekomi-Signature"]);
    all_text(&page, &["OpenSSL::HMAC.hexdigest(", "hmac.new(", "hash_hmac(", "createHmac("]);
    let acme = &fixture.world.acme;
    let click = acme.click(&acme.partner);
    fixture.world.intake().accept(&[click]).await;
    let live = fixture.page("/tracking/live").await;
    assert!(live.matches("Seen").count() == 1 && !live.contains("<html"), "{live}");

    let page = fixture.send("/origins", &[("allowedOrigins", "https://acme.test\nacme.test/shop")]).await;
    all_text(&page.expect_status(400).text(), &["\u{201c}acme.test/shop\u{201d}", "https://acme.test\nacme.test/shop"]);
    all_text(
        &fixture.done("/origins", &[("allowedOrigins", "https://acme.test\r\nhttps://shop.acme.test")]).await,
        &["Saved."],
    );
    assert_eq!(fixture.read().await["allowedOrigins"], json!(["https://acme.test", "https://shop.acme.test"]));

    // The landing page's own domain is one press away, here and where the script is installed.
    let destination = json!({"destination": "https://brand.test/a"});
    fixture.world.api().patch(&format!("/programs/{id}"), &destination).await.expect_status(200);
    all_text(&fixture.page("/tracking").await, &["Allow https://brand.test</button>"]);
    let install = format!("/dashboard/install?organization={}&program={id}", fixture.organization);
    let page = fixture.owner.browser.get(&install).await.expect_status(200).text();
    all_text(&page, &["Allow https://brand.test</button>", "<code>https://shop.acme.test</code>"]);
    let page = fixture.done("/origins", &[("add", "https://brand.test"), ("from", "install")]).await;
    assert!(page.contains("<code>https://brand.test</code>") && !page.contains("Allow https"), "{page}");
    let expected = json!(["https://acme.test", "https://shop.acme.test", "https://brand.test"]);
    assert_eq!(fixture.read().await["allowedOrigins"], expected);

    let refused = fixture.send("/tracking/test", &[]).await.expect_status(409).text();
    all_text(&refused, &["only in test mode"]);
    assert!(fixture.world.api().all("/conversions").await.is_empty());
    in_test_mode(&mut fixture).await;
    fixture.world.finish().await;
}

/// The same in test mode, where a sale is booked without real money.
async fn in_test_mode(fixture: &mut Fixture) {
    let own = fixture.organization.clone();
    fixture.owner.submit("/dashboard/test-mode", &[("organization", &own)]).await.expect_status(303);
    let expected = json!({"name": "pages", "scope": "read_write", "mode": "test"});
    let key = fixture.world.api().post("/api-keys", &expected).await.expect_status(201).json();
    let api = Api::new(fixture.world.ledger.base(), key["bearer"].as_str().unwrap());
    let components = json!([{"type": "percentage", "ratePercent": "20"}]);
    let program = api.post("/programs", &json!({"name": "Trial", "components": components})).await.expect_status(201);
    fixture.program = program.json()["id"].as_str().unwrap().to_owned();
    let twin = "select id::text from tenants where test_of is not null";
    let twin = fixture.world.database.texts(twin).await.concat().remove(0);
    fixture.organization = shared::id::OrganizationId::new(twin.parse().unwrap()).to_string();
    all_text(&fixture.page("/tracking").await, &["You’re in test mode", "you need an affiliate with a link."]);
    all_text(&fixture.send("/tracking/test", &[]).await.expect_status(409).text(), &["Create a link first."]);
    api.post("/link-hosts", &json!({"host": "try.brand.localhost"})).await.expect_status(201);
    let affiliate = json!({"name": "Tess", "slug": "tess", "email": "tess@creators.test", "programId": fixture.program,
                           "destination": "https://brand.test/"});
    api.post("/affiliates", &affiliate).await.expect_status(201);
    let page = fixture.done("/tracking/test", &[]).await;
    all_text(&page, &["Test sale recorded.", "reported by your server"]);
    let sales = api.all("/conversions").await;
    assert_eq!((sales.len(), sales[0]["amountCents"].as_i64()), (1, Some(9_900)));
    assert!(fixture.world.api().all("/conversions").await.is_empty(), "nothing of it is in the live books");
}
