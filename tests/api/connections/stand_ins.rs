//! Goal: without an account anywhere, a person connects Shopify, Dodo Payments or Creem, makes a test sale and a
//! refund, and sees what they do to a commission.
//! Method: the fake gateways of `cargo xtask dev --fakes`, with the requests that it prints; the real edge.

use serde_json::{Value, json};
use world::{
    Plan,
    fakes::{creem, dodo, shopify},
    gateway_fixture::GatewayFixture,
    http::Request,
    vendor_webhooks::earns,
    wait,
};

async fn order(base: &str, what: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::new("POST", &format!("/stand-in/{what}"));
    request.body = form.into_bytes();
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    let response = request.send(base).await.unwrap();
    (response.status, response.json())
}

/// A sale of 50.00 and, in two parts, its refund.
async fn sells_and_refunds(fixture: &GatewayFixture, base: &str, source: &str) {
    let token = fixture.world.acme.token(&fixture.world.acme.partner, wait::now().plus_millis(-60_000));
    let sale = wait::until("the edge to take the sale", 20, async || {
        let (status, done) = order(base, "sale", &[("amount", "5000"), ("ref", &token)]).await;
        (status == 200 && done["answers"][0] == 200).then_some(done)
    })
    .await;
    let id = sale["sale"].as_str().unwrap();
    earns(&fixture.world, source, id, (5_000, 1_000), "Pending").await;
    assert_eq!(order(base, "refund", &[("sale", id), ("amount", "1000")]).await.1["refunded"], 1_000);
    earns(&fixture.world, source, id, (5_000, 800), "Pending").await;
    assert_eq!(order(base, "refund", &[("sale", id)]).await.1["answers"], json!([200]));
    earns(&fixture.world, source, id, (5_000, 0), "Refunded").await;
    assert_eq!(order(base, "refund", &[("sale", id)]).await.0, 400, "nothing is left");
    assert_eq!(order(base, "sale", &[("amount", "much")]).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gateway_can_be_tried() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let shop = shopify::start();
    assert_eq!(order(fixture.dodo.base(), "sale", &[]).await.0, 400, "it isn't connected");
    fixture.connect("dodo", &json!({"apiKey": dodo::KEY, "environment": "test"})).await.expect_status(201);
    sells_and_refunds(&fixture, fixture.dodo.base(), "Dodo").await;
    fixture.connect("creem", &json!({"apiKey": creem::KEY})).await.expect_status(201);
    sells_and_refunds(&fixture, fixture.creem.base(), "Creem").await;
    let keys = json!({"shop": shopify::shop(), "webhookSecret": shopify::SIGNING_KEY});
    let made = fixture.connect("shopify", &keys).await.expect_status(201).json();
    let (status, webhooks) = order(shop.base(), "webhook", &[("url", made["webhookUrl"].as_str().unwrap())]).await;
    assert_eq!((status, &webhooks["webhooks"][0]), (200, &made["webhookUrl"]));
    sells_and_refunds(&fixture, shop.base(), "Shopify").await;
    fixture.world.finish().await;
}
