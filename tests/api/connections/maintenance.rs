//! Goal: a connection's health is what it is at the gateway, and credentials can be changed without a gap, also during
//! a test.
//! Method: someone deletes, disables and changes our webhooks at the fake server and revokes keys; a connection test
//! finds each, and so does the daily check. The fake server holds an answer back while other credentials are saved.
//! Routes: `/connections/{id}/test`

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;
use world::{
    Plan,
    fakes::{Mood, paddle, stripe},
    gateway_fixture::GatewayFixture,
    organization_fixture::{owner, pass_days},
    wait,
};

/// Tests the connection and expects that problem.
async fn finds(fixture: &GatewayFixture, connection: &Value, words: &str) {
    let tested = fixture.test(connection).await.expect_status(200).json();
    let report = tested["message"].as_str().unwrap();
    assert!(tested["ok"] == false && report.contains(words), "{tested}");
    assert_eq!(tested["connection"]["status"], "broken");
    assert_eq!(tested["connection"]["lastError"].as_str(), Some(report));
    assert!(tested["connection"]["lastErrorAt"].is_string() && tested["connection"]["checkedAt"].is_string());
}

async fn is_well(fixture: &GatewayFixture, connection: &Value) {
    let tested = fixture.test(connection).await.expect_status(200).json();
    assert_eq!((&tested["ok"], tested["connection"]["status"].as_str()), (&json!(true), Some("active")), "{tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_finds_what_changed_at_the_gateway() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let made = fixture.connect("stripe", &json!({"apiKey": stripe::RESTRICTED_KEY})).await.expect_status(201).json();
    let edit = |field: &str, value: Value| {
        fixture.stripe.with(|stripe| {
            let endpoint = stripe.endpoints.values_mut().next().unwrap();
            std::mem::replace(&mut endpoint[field], value)
        })
    };
    is_well(&fixture, &made).await;
    for (field, value, words) in [
        ("status", json!("disabled"), "disabled in Stripe"),
        ("url", json!("https://elsewhere.test/"), "points elsewhere"),
        ("enabled_events", json!(["invoice.paid"]), "refund.created"),
    ] {
        let before = edit(field, value);
        finds(&fixture, &made, words).await;
        edit(field, before);
        is_well(&fixture, &made).await;
    }
    gets_what_came_later(&fixture, &made).await;
    fixture.stripe.when("GET /v1/webhook_endpoints", Mood::Says(503, Value::Null));
    let away = fixture.test(&made).await;
    assert_eq!(away.refusal(), (503, "gateway_unavailable".to_owned()));
    let id = made["id"].as_str().unwrap();
    let shown = fixture.world.api().get(&format!("/connections/{id}")).await.json();
    assert_eq!(shown["status"], "active", "nobody knows that anything is wrong");
    fixture.stripe.recover();
    fixture.stripe.with(|stripe| stripe.revoked.push(stripe::RESTRICTED_KEY.to_owned()));
    finds(&fixture, &made, "rejected this API key").await;

    // Another key of the same account fixes it; one of another account or gateway is refused.
    let other = fixture.change(&made, &json!({"credentials": {"apiKey": "sk_live_0123456789abcdef"}})).await;
    assert_eq!(other.field_refusal().2, "credentials.apiKey", "{}", other.text());
    let changed =
        fixture.change(&made, &json!({"credentials": {"apiKey": stripe::SECRET_KEY}})).await.expect_status(200);
    assert_eq!(changed.json()["status"], "active");
    is_well(&fixture, &made).await;
    fixture.stripe.with(|stripe| stripe.endpoints.clear());
    finds(&fixture, &made, "deleted in Stripe").await;
    let refused = fixture.change(&made, &json!({"credentials": {"apiKey": stripe::SECRET_KEY}})).await;
    assert_eq!(refused.refusal(), (422, "gateway_refused".to_owned()));
    fixture.keeps_secrets(&[&changed, &other, &refused]).await;
    fixture.remove(&made).await.expect_status(204);
    fixture.world.finish().await;
}

/// An endpoint from before an event was added works without it, and the next test adds it, if the key may.
async fn gets_what_came_later(fixture: &GatewayFixture, connection: &Value) {
    let later = json!("customer.discount.created");
    let mut events = connection["events"].as_array().unwrap().clone();
    events.retain(|event| *event != later);
    assert_eq!(events.len() + 1, connection["events"].as_array().unwrap().len());
    let sent = || fixture.stripe.with(|stripe| stripe.endpoints.values().next().unwrap()["enabled_events"].clone());
    events.push(json!("charge.refunded"));
    let before = json!(events);
    fixture.stripe.with(|stripe| stripe.endpoints.values_mut().next().unwrap()["enabled_events"] = before.clone());
    let error = json!({"error": {"type": "invalid_request_error", "message": "Not permitted."}});
    fixture.stripe.once("POST /v1/webhook_endpoints/", Mood::Says(403, error));
    is_well(fixture, connection).await;
    assert_eq!(sent(), before, "the key may not change it");
    fixture.stripe.once("POST /v1/webhook_endpoints/", Mood::Says(503, Value::Null));
    is_well(fixture, connection).await;
    assert_eq!(sent(), before, "Stripe is away at the moment");
    is_well(fixture, connection).await;
    events.push(later);
    assert_eq!(sent(), json!(events), "beside those that the brand added");
}

/// Lets a day pass, runs the jobs, and returns the connection's status and the number of emails about broken ones.
async fn a_day_later(fixture: &GatewayFixture, connection: &Value) -> (String, i64) {
    pass_days(&fixture.world, 1).await;
    fixture.world.ledger.run_jobs().await;
    let id = connection["id"].as_str().unwrap();
    let shown = fixture.world.api().get(&format!("/connections/{id}")).await.expect_status(200).json();
    let emails = fixture.world.database.count("select count(*) from mails where kind = 'gateway_broken'").await;
    (shown["status"].as_str().unwrap().to_owned(), emails)
}

/// A world whose only active connection is this one to Stripe, with a restricted key.
async fn with_stripe_alone() -> (GatewayFixture, Value) {
    let fixture = GatewayFixture::start(Plan::default()).await;
    // Those of the demo have made-up keys, which our stand-ins refuse.
    fixture.world.database.run("update gateway_connections set status = 'disabled'").await;
    let made = fixture.connect("stripe", &json!({"apiKey": stripe::RESTRICTED_KEY})).await.expect_status(201).json();
    (fixture, made)
}

/// How many people get an email about a broken connection.
async fn admins(fixture: &GatewayFixture) -> i64 {
    let admins = "select count(*) from memberships where role in ('owner', 'admin') and organization_id = ";
    let admins = format!("{admins}'{}'", fixture.world.acme.organization.uuid());
    let admins = fixture.world.database.count(&admins).await;
    assert!(admins > 0);
    admins
}

#[tokio::test(flavor = "multi_thread")]
async fn each_connection_is_checked_once_a_day() {
    let (fixture, made) = with_stripe_alone().await;
    let later = async |status: &str, emails: i64, what: &str| {
        assert_eq!(a_day_later(&fixture, &made).await, (status.to_owned(), emails), "{what}");
    };
    later("active", 0, "nothing changed").await;
    fixture.stripe.when("GET /v1/webhook_endpoints", Mood::Says(503, Value::Null));
    later("active", 0, "no answer says nothing").await;
    fixture.stripe.recover();
    fixture.stripe.with(|stripe| stripe.revoked.push(stripe::RESTRICTED_KEY.to_owned()));
    fixture.world.ledger.run_jobs().await;
    let id = made["id"].as_str().unwrap();
    let shown = fixture.world.api().get(&format!("/connections/{id}")).await.json();
    assert_eq!(shown["status"], "active", "the next check isn't due yet");
    let admins = admins(&fixture).await;
    later("broken", admins, "the key was revoked").await;
    let overview = owner(&fixture.world).await.browser.get("/dashboard").await.text();
    assert!(overview.contains("Stripe needs attention") && overview.contains("rejected this API key"), "{overview}");
    later("broken", admins, "one email is enough").await;
    fixture.stripe.with(|stripe| stripe.revoked.clear());
    later("active", admins, "it works again").await;
    fixture.world.finish().await;
}

/// Runs a test of the connection whose key Stripe refuses, but only after this other key was saved.
async fn with_key_saved_meanwhile<T>(
    fixture: &GatewayFixture,
    connection: &Value,
    key: &str,
    test: impl Future<Output = T>,
) -> T {
    let (answer, calls) = (Arc::new(Notify::new()), fixture.stripe.calls().len());
    let refusal = json!({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}});
    fixture.stripe.once("GET /v1/account", Mood::Held(Arc::clone(&answer), 401, refusal));
    let save = async {
        wait::until("the test to call Stripe", 10, async || (fixture.stripe.calls().len() > calls).then_some(())).await;
        fixture.change(connection, &json!({"credentials": {"apiKey": key}})).await.expect_status(200);
        answer.notify_one();
    };
    tokio::join!(test, save).0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_keys_refusal_says_nothing_about_the_new_key() {
    let (fixture, made) = with_stripe_alone().await;
    pass_days(&fixture.world, 1).await;
    with_key_saved_meanwhile(&fixture, &made, stripe::SECRET_KEY, fixture.world.ledger.run_jobs()).await;
    let shown = fixture.world.api().get(&format!("/connections/{}", made["id"].as_str().unwrap())).await.json();
    assert_eq!((&shown["status"], &shown["lastError"]), (&json!("active"), &Value::Null), "{shown}");
    let emails = "select count(*) from mails where kind = 'gateway_broken'";
    assert_eq!(fixture.world.database.count(emails).await, 0);

    let tested = with_key_saved_meanwhile(&fixture, &made, stripe::RESTRICTED_KEY, fixture.test(&made)).await;
    let tested = tested.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["connection"]["status"]), (&json!(false), &json!("active")), "{tested}");
    assert!(tested["message"].as_str().unwrap().contains("were changed during the test"), "{tested}");
    is_well(&fixture, &made).await;
    assert_eq!(a_day_later(&fixture, &made).await, ("active".to_owned(), 0));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_a_proxy_breaks_nothing() {
    let (fixture, made) = with_stripe_alone().await;
    for (status, text) in [(403, "<html><h1>Access denied</h1></html>"), (401, "error code: 1020")] {
        fixture.stripe.when("GET /v1/account", Mood::Writes(status, Vec::new(), text.to_owned()));
        assert_eq!(a_day_later(&fixture, &made).await, ("active".to_owned(), 0), "{text}");
        assert_eq!(fixture.test(&made).await.refusal(), (503, "gateway_unavailable".to_owned()), "{text}");
        fixture.stripe.recover();
    }
    is_well(&fixture, &made).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_can_not_be_decrypted_is_reported_once() {
    let (fixture, made) = with_stripe_alone().await;
    let (calls, admins) = (fixture.stripe.calls().len(), admins(&fixture).await);
    // As after its encryption key was dropped too early: what is sealed for another column doesn't open.
    let spoil = "update gateway_connections set sealed_api_key = sealed_secret where status = 'active'";
    fixture.world.database.run(spoil).await;
    for day in 1..=2 {
        assert_eq!(a_day_later(&fixture, &made).await, ("broken".to_owned(), admins), "day {day}");
    }
    let shown = fixture.world.api().get(&format!("/connections/{}", made["id"].as_str().unwrap())).await.json();
    assert!(shown["lastError"].as_str().unwrap().contains("can't be decrypted"), "{shown}");
    assert_eq!(fixture.stripe.calls().len(), calls, "Stripe is only called with the key");
    let again = json!({"credentials": {"apiKey": stripe::RESTRICTED_KEY}});
    assert_eq!(fixture.change(&made, &again).await.expect_status(200).json()["status"], "active");
    is_well(&fixture, &made).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paddle_is_looked_after_alike() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let made = fixture.connect("paddle", &json!({"apiKey": paddle::KEY})).await.expect_status(201).json();
    let edit = |field: &str, value: Value| {
        fixture.paddle.with(|paddle| {
            let setting = paddle.settings.values_mut().next().unwrap();
            std::mem::replace(&mut setting[field], value)
        })
    };
    for (field, value, words) in [
        ("active", json!(false), "turned off"),
        ("destination", json!("https://elsewhere.test/"), "points elsewhere"),
        ("subscribed_events", json!([{"name": "customer.created"}]), "transaction.completed"),
    ] {
        let before = edit(field, value);
        finds(&fixture, &made, words).await;
        edit(field, before);
        is_well(&fixture, &made).await;
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_while_the_gateway_is_away_is_finished_later() {
    let mut fixture = GatewayFixture::start(Plan::default()).await;
    let made = fixture.connect("stripe", &json!({"apiKey": stripe::SECRET_KEY})).await.expect_status(201).json();
    fixture.stripe.when("DELETE ", Mood::Says(500, Value::Null));
    fixture.remove(&made).await.expect_status(204);
    assert!(fixture.made().await.is_empty(), "gone for us at once");
    assert_eq!(fixture.stripe.with(|stripe| stripe.endpoints.len()), 1);
    fixture.stripe.recover();
    fixture
        .world
        .database
        .run("update gateway_connections set cleanup_due_at = now() where removed_at is not null")
        .await;
    fixture.world.ledger.kill();
    fixture.world.ledger.start().await;
    fixture.world.ledger.run_jobs().await;
    world::wait::until("the endpoint to be taken down", 20, async || {
        fixture.stripe.with(|stripe| stripe.endpoints.is_empty()).then_some(())
    })
    .await;
    let owed = "select count(*) from gateway_connections
                where removed_at is not null and (cleanup_due_at is not null or sealed_api_key is not null)";
    world::wait::until("the key to be forgotten", 10, async || {
        (fixture.world.database.count(owed).await == 0).then_some(())
    })
    .await;
    fixture.world.finish().await;
}
