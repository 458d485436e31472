//! Goal: a refused connection says why, and nothing half-finished remains, neither here nor at the gateway.
//! Method: missing fields; keys that are wrong or lack rights; gateways that answer 429, 500, nonsense or nothing, or
//! whose answer is lost after they did the work.

use serde_json::{Value, json};
use world::{
    Plan,
    database::NO_ROOM,
    fakes::{Mood, braintree, creem, dodo, paddle, stripe},
    gateway_fixture::GatewayFixture,
    http::Response,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_unknown_is_named() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    for (kind, credentials, field, hint) in [
        ("stripe", json!({}), "credentials.apiKey", "Developers → API keys"),
        ("stripe", json!({"apiKey": "pk_live_0123456789"}), "credentials.apiKey", "publishable"),
        ("stripe", json!({"webhookSecret": "canary"}), "credentials.webhookSecret", "whsec_"),
        ("paddle", json!({}), "credentials.apiKey", "Developer tools"),
        ("braintree", json!({"environment": "sandbox"}), "credentials.merchantId", "Control Panel"),
        ("stripe", json!("rk_live_canary"), "credentials", "must be an object"),
        ("shopify", json!({}), "credentials.shop", "myshopify.com"),
        ("shopify", json!({"shop": "brand.com"}), "credentials.shop", "brand.myshopify.com"),
        ("shopify", json!({"shop": "brand.myshopify.com"}), "credentials.webhookSecret", "Notifications"),
        ("dodo", json!({"webhookSecret": "canary_canary_canary"}), "credentials.webhookSecret", "whsec_"),
        ("dodo", json!({}), "credentials.apiKey", "Developer → API keys"),
        ("dodo", json!({"apiKey": dodo::KEY}), "credentials.environment", "separate keys"),
        ("dodo", json!({"apiKey": "canary", "environment": "live"}), "credentials.apiKey", "too short"),
        ("creem", json!({}), "credentials.apiKey", "Developers → API keys"),
        ("creem", json!({"apiKey": "sk_test_canary"}), "credentials.apiKey", "starts with creem_"),
        ("creem", json!({"webhookSecret": "canary"}), "credentials.webhookSecret", "too short"),
        ("marketo", json!({}), "type", "stripe, paddle, braintree, shopify, dodo, creem"),
    ] {
        let response = fixture.connect(kind, &credentials).await;
        let (status, code, named) = response.field_refusal();
        assert_eq!((status, code.as_str(), named.as_str()), (400, "validation_failed", field), "{}", response.text());
        assert!(response.text().contains(hint), "{}", response.text());
        fixture.keeps_secrets(&[&response]).await;
    }
    let body = json!({"type": "stripe", "credentials": {}});
    assert_eq!(fixture.world.api().post("/connections", &body).await.field_refusal().2, "programId");
    assert!(fixture.stripe.calls().is_empty() && fixture.made().await.is_empty());
    fixture.world.finish().await;
}

/// Expects 422 at that field with these words, and that nothing is left.
async fn refuses(fixture: &GatewayFixture, kind: &str, credentials: Value, field: Option<&str>, words: &str) {
    let response = fixture.connect(kind, &credentials).await;
    assert_eq!(response.refusal(), (422, "gateway_refused".to_owned()), "{}", response.text());
    assert_eq!(response.json()["field"].as_str(), field, "{}", response.text());
    assert!(response.text().contains(words), "{}", response.text());
    nothing_is_left(fixture, &response).await;
}

async fn nothing_is_left(fixture: &GatewayFixture, response: &Response) {
    assert!(fixture.made().await.is_empty(), "after {}", response.text());
    assert_eq!(
        fixture.world.database.count("select count(*) from gateway_connections where status = 'connecting'").await,
        0
    );
    assert!(fixture.stripe.with(|stripe| stripe.endpoints.is_empty()));
    assert!(fixture.paddle.with(|paddle| paddle.settings.is_empty()));
    assert!(fixture.dodo.with(|dodo| dodo.webhooks.is_empty()));
    assert!(fixture.creem.with(|creem| creem.webhooks.is_empty()));
    fixture.keeps_secrets(&[response]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_wrong_or_may_too_little() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let key = Some("credentials.apiKey");
    refuses(&fixture, "stripe", json!({"apiKey": "sk_test_canary_unknown"}), key, "rejected this API key").await;
    refuses(&fixture, "stripe", json!({"apiKey": stripe::POOR_KEY}), key, "Webhook Endpoints: Write").await;
    let unknown = "pdl_sdbx_apikey_canary_unknown";
    refuses(&fixture, "paddle", json!({"apiKey": unknown}), key, "rejected this API key").await;
    refuses(&fixture, "paddle", json!({"apiKey": paddle::POOR_KEY}), key, "notification_setting.write").await;
    let keys = |private: &str| json!({"environment": "sandbox", "merchantId": "m", "publicKey": braintree::PUBLIC_KEY, "privateKey": private});
    let private = Some("credentials.privateKey");
    refuses(&fixture, "braintree", keys("canaryunknown"), private, "rejected these keys").await;
    fixture.braintree.with(|braintree| braintree.without_rights = true);
    refuses(&fixture, "braintree", keys(braintree::PRIVATE_KEY), private, "isn't allowed to use the API").await;
    let unknown = json!({"apiKey": "CanaryThatDodoDoesntKnow", "environment": "test"});
    refuses(&fixture, "dodo", unknown, key, "from the other environment").await;
    refuses(&fixture, "dodo", json!({"apiKey": dodo::POOR_KEY, "environment": "test"}), key, "write access").await;
    refuses(&fixture, "creem", json!({"apiKey": "creem_canary_unknown"}), key, "rejected this API key").await;
    let text = json!({"status": 400, "error": "Bad Request", "message": ["You have reached the maximum of 10."]});
    fixture.creem.once("POST /v1/webhooks", Mood::Says(400, text));
    refuses(&fixture, "creem", json!({"apiKey": creem::KEY}), None, "maximum of 10").await;
    // Stripe's limit of endpoints, in Stripe's words.
    let text = json!({"error": {"type": "invalid_request_error", "message": "You have reached the maximum of 16."}});
    fixture.stripe.when("POST /v1/webhook_endpoints", Mood::Says(400, text));
    refuses(&fixture, "stripe", json!({"apiKey": stripe::SECRET_KEY}), None, "maximum of 16").await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_away_leaves_nothing() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let key = json!({"apiKey": stripe::SECRET_KEY});
    let stages = ["GET /v1/account", "POST /v1/webhook_endpoints"];
    let broken = json!({"error": {"message": "canary of a gateway"}});
    for mood in
        [Mood::Says(500, broken), Mood::Busy(7), Mood::Garbage, Mood::Says(200, json!({})), Mood::Says(302, json!({}))]
    {
        for call in stages {
            fixture.stripe.when(call, mood.clone());
            away(&fixture, fixture.connect("stripe", &key).await, &mood).await;
            fixture.stripe.recover();
        }
    }
    let keys = json!({"environment": "sandbox", "merchantId": "m", "publicKey": braintree::PUBLIC_KEY,
                      "privateKey": braintree::PRIVATE_KEY});
    for mood in [Mood::Says(503, Value::Null), Mood::Garbage, Mood::Says(200, json!({"data": {"ping": "pong"}}))] {
        fixture.braintree.when("POST /graphql", mood.clone());
        away(&fixture, fixture.connect("braintree", &keys).await, &mood).await;
        fixture.braintree.recover();
    }
    fixture.connect("stripe", &key).await.expect_status(201);
    fixture.world.finish().await;
}

async fn away(fixture: &GatewayFixture, response: Response, mood: &Mood) {
    assert_eq!(response.refusal(), (503, "gateway_unavailable".to_owned()), "{mood:?}: {}", response.text());
    let wait: u32 = response.header("retry-after").expect("when to come back").parse().unwrap();
    assert!(if matches!(mood, Mood::Busy(_)) { wait == 7 } else { wait >= 1 }, "{mood:?}: {wait}");
    nothing_is_left(fixture, &response).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_lost_answers_leave_nothing_either() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    fixture.stripe.when("GET /v1/account", Mood::Hangs);
    // The endpoint was created but the answer was lost: it is found by its address and deleted.
    fixture.paddle.when("POST /notification-settings", Mood::Lost);
    let (key, other) = (json!({"apiKey": stripe::SECRET_KEY}), json!({"apiKey": paddle::KEY}));
    let (silent, lost) = tokio::join!(fixture.connect("stripe", &key), fixture.connect("paddle", &other));
    assert_eq!(silent.refusal(), (503, "gateway_unavailable".to_owned()));
    assert_eq!(lost.refusal(), (503, "gateway_unavailable".to_owned()));
    fixture.stripe.recover();
    fixture.stripe.when("POST /v1/webhook_endpoints", Mood::Lost);
    let lost = fixture.connect("stripe", &key).await;
    assert_eq!(lost.refusal(), (503, "gateway_unavailable".to_owned()));
    let made = |line: &str| fixture.stripe.calls().iter().filter(|call| call.line().starts_with(line)).count();
    assert_eq!((made("POST /v1/webhook_endpoints"), made("DELETE /v1/webhook_endpoints/")), (1, 1));
    nothing_is_left(&fixture, &lost).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_whose_secret_or_answer_is_lost_is_taken_down() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let keys = json!({"apiKey": dodo::KEY, "environment": "test"});
    // Dodo's webhook exists before its secret is asked for.
    let refused = json!({"code": "FORBIDDEN", "message": "No."});
    for (mood, status) in [
        (Mood::Says(403, refused), 422),
        (Mood::Says(500, Value::Null), 503),
        (Mood::Says(200, json!({"secret": " "})), 503),
    ] {
        fixture.dodo.once("GET /webhooks/", mood.clone());
        let response = fixture.connect("dodo", &keys).await;
        assert_eq!(response.status, status, "{mood:?}: {}", response.text());
        nothing_is_left(&fixture, &response).await;
    }
    // Neither the secret nor the deletion is answered: the clean-up finds it by its address.
    fixture.dodo.once("GET /webhooks/", Mood::Says(500, Value::Null));
    fixture.dodo.once("DELETE /webhooks/", Mood::Says(500, Value::Null));
    let response = fixture.connect("dodo", &keys).await;
    assert_eq!(response.refusal(), (503, "gateway_unavailable".to_owned()));
    nothing_is_left(&fixture, &response).await;

    fixture.dodo.once("POST /webhooks", Mood::Breaks);
    let broken = fixture.connect("dodo", &keys).await;
    assert_eq!(broken.refusal(), (503, "gateway_unavailable".to_owned()));
    nothing_is_left(&fixture, &broken).await;
    // A full page of others comes before it on the list.
    fixture.creem.with(|creem| {
        for number in 0..60 {
            let id = format!("wh_a{number:03}");
            creem.webhooks.insert(id.clone(), json!({"id": id, "url": "https://elsewhere.test"}));
        }
    });
    fixture.creem.once("POST /v1/webhooks", Mood::Breaks);
    let broken = fixture.connect("creem", &json!({"apiKey": creem::KEY})).await;
    assert_eq!(broken.refusal(), (503, "gateway_unavailable".to_owned()));
    assert_eq!(fixture.creem.with(|creem| creem.webhooks.len()), 60, "only our own");
    fixture.creem.with(|creem| creem.webhooks.clear());
    nothing_is_left(&fixture, &broken).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_stored_is_taken_down_again() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let event = "before update on gateway_connections for each row when (new.status = 'active')";
    fixture.world.database.create_trigger("refuse", event, NO_ROOM).await;
    for (kind, credentials) in [
        ("stripe", json!({"apiKey": stripe::SECRET_KEY})),
        ("paddle", json!({"apiKey": paddle::KEY})),
        ("stripe", json!({"webhookSecret": "whsec_CanaryOfASecret0001"})),
    ] {
        let response = fixture.connect(kind, &credentials).await;
        assert_eq!(response.refusal(), (500, "internal_error".to_owned()), "{}", response.text());
        nothing_is_left(&fixture, &response).await;
    }
    let requested = |line: &str| fixture.stripe.calls().iter().filter(|call| call.line().starts_with(line)).count();
    assert_eq!((requested("POST /v1/webhook_endpoints"), requested("DELETE /v1/webhook_endpoints/")), (1, 1));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_taken_down_at_once_is_taken_down_later() {
    let mut fixture = GatewayFixture::start(Plan::default()).await;
    // Stripe creates the endpoint, loses the answer, and then doesn't answer at all.
    fixture.stripe.when("GET /v1/webhook_endpoints", Mood::Says(500, Value::Null));
    fixture.stripe.when("POST /v1/webhook_endpoints", Mood::Lost);
    let lost = fixture.connect("stripe", &json!({"apiKey": stripe::SECRET_KEY})).await;
    assert_eq!(lost.refusal(), (503, "gateway_unavailable".to_owned()));
    let left = fixture.made().await;
    assert_eq!((left.len(), left[0]["status"].as_str()), (1, Some("connecting")), "owned, not forgotten");
    for refused in [
        fixture.remove(&left[0]).await,
        fixture.test(&left[0]).await,
        fixture.change(&left[0], &json!({"status": "disabled"})).await,
        fixture.change(&left[0], &json!({"credentials": {"apiKey": stripe::SECRET_KEY}})).await,
    ] {
        assert_eq!(refused.refusal(), (409, "connecting".to_owned()), "{}", refused.text());
    }
    assert_eq!(fixture.stripe.with(|stripe| stripe.endpoints.len()), 1);

    fixture.stripe.recover();
    fixture
        .world
        .database
        .run("update gateway_connections set cleanup_due_at = now() where status = 'connecting'")
        .await;
    // The next ledger that starts checks it.
    fixture.world.ledger.kill();
    fixture.world.ledger.start().await;
    fixture.world.ledger.run_jobs().await;
    wait::until("the endpoint to be taken down", 20, async || {
        let gone = fixture.stripe.with(|stripe| stripe.endpoints.is_empty());
        (gone && fixture.made().await.is_empty()).then_some(())
    })
    .await;
    fixture.world.finish().await;
}
