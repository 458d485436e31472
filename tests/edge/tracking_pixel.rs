//! Goal: a page reports a conversion with a script or an image, and it is marked unverified.
//! Method: both forms from an allowed origin with the visitor's cookie; then from other origins, with other keys, and
//! with more than a page may report.

use serde_json::{Value, json};
use world::{
    World,
    client::browser::Browser,
    http::Request,
    shared_app::{booked, name, shared_app},
};

const ORIGIN: &str = "https://acme.test";

async fn visitor(world: &World) -> Browser {
    let mut browser = Browser::new(world.edge_base());
    browser.get("/lauren").await.expect_status(302);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn by_script() {
    let world = shared_app().await;
    let mut browser = visitor(world).await;
    let order = name("pixel");
    let body = json!({"public_key": world.acme.public_key, "external_event_id": order, "amount_cents": 9_900, "currency": "USD", "email": "Buyer@Example.com"});
    let response = browser
        .send(Request::post("/api/tracking/pixel", body.to_string()).header("Origin", ORIGIN))
        .await
        .expect_status(202);
    assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN));
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!((conversion["source"].as_str(), conversion["verified"].as_bool()), (Some("Pixel"), Some(false)));
    assert_eq!(
        (conversion["creditedBy"].as_str(), commissions[0]["amountCents"].as_i64()),
        (Some("click"), Some(1_980))
    );
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_image() {
    let world = shared_app().await;
    let mut browser = visitor(world).await;
    let order = name("image");
    let target = format!(
        "/api/tracking/pixel.gif?public_key={}&external_event_id={order}&amount_cents=4900&currency=eur",
        world.acme.public_key
    );
    let response = browser
        .send(Request::get(&target).header("Referer", &format!("{ORIGIN}/thanks?order=1")))
        .await
        .expect_status(200);
    assert_eq!(response.header("content-type"), Some("image/gif"));
    assert!(response.body.starts_with(b"GIF89a"));
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!(
        (conversion["verified"].as_bool(), commissions[0]["amountCents"].as_i64(), commissions[0]["currency"].as_str()),
        (Some(false), Some(980), Some("EUR"))
    );
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_comes_without_what_is_no_name() {
    let world = shared_app().await;
    let mut browser = visitor(world).await;
    let ann = json!("Ann Lee");
    for (typed, kept) in [(ann.clone(), ann), (json!(""), Value::Null), (json!("x".repeat(256)), Value::Null)] {
        let lead = name("lead");
        let body = json!({"public_key": world.acme.public_key, "external_event_id": lead, "type": "lead",
                          "email": "ann@example.com", "customer_name": typed});
        let report = Request::post("/api/tracking/pixel", body.to_string()).header("Origin", ORIGIN);
        browser.send(report).await.expect_status(202);
        booked(world, &lead).await;
        let found = world.api().all(&format!("/leads?externalEventId={lead}")).await;
        assert_eq!((&found[0]["verified"], &found[0]["name"]), (&json!(false), &kept), "{typed}");
    }
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_elsewhere_or_with_more_than_a_page_may() {
    let world = shared_app().await;
    let mut browser = visitor(world).await;
    let order = name("refused");
    let body = |key: &str, kind: &str| {
        json!({"public_key": key, "external_event_id": order, "amount_cents": 1, "type": kind, "refund_of": "x"})
            .to_string()
    };
    let key = world.acme.public_key.clone();
    for origin in ["https://evil.test", "https://acme.test.evil.test", "http://acme.test", "null"] {
        let response =
            browser.send(Request::post("/api/tracking/pixel", body(&key, "sale")).header("Origin", origin)).await;
        assert_eq!(response.refusal(), (403, "origin_not_allowed".to_owned()), "{origin}");
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
    assert_eq!(browser.send(Request::post("/api/tracking/pixel", body(&key, "sale"))).await.status, 403);
    // The other organization's key doesn't give access here: its own origins count.
    let response = browser
        .send(Request::post("/api/tracking/pixel", body(&world.globex.public_key, "sale")).header("Origin", ORIGIN))
        .await;
    assert_eq!(response.status, 403);
    for key in ["pk_unknown", "", "not a key"] {
        let response =
            browser.send(Request::post("/api/tracking/pixel", body(key, "sale")).header("Origin", ORIGIN)).await;
        assert_eq!(response.refusal(), (401, "unknown_public_key".to_owned()), "{key}");
    }
    let response =
        browser.send(Request::post("/api/tracking/pixel", body(&key, "refund")).header("Origin", ORIGIN)).await;
    assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), "type".to_owned()));
    let image = browser.get("/api/tracking/pixel.gif?public_key=pk_unknown").await;
    assert_eq!((image.status, image.header("rekomi-error")), (401, Some("unknown_public_key")));
    assert!(image.body.starts_with(b"GIF89a"), "a page shows no broken image");
    assert_eq!(world.api().all(&format!("/conversions?externalEventId={order}")).await.len(), 0);
}
