//! Goal: a secret is shown once, stored encrypted, and changed without losing a webhook.
//! Method: rotations with and without an overlap, during deliveries that the published library verifies.
//! Routes: `/webhooks/{id}/rotate-secret`

use serde_json::{Value, json};
use world::{
    http::Request,
    webhook_fixture::{WebhookFixture, path},
};

#[tokio::test(flavor = "multi_thread")]
async fn during_an_overlap_either_secret_will_do() {
    let fixture = WebhookFixture::start().await;
    let (hook, old) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    let api = fixture.world.api();
    let rotated =
        api.post(&path(&hook, "/rotate-secret"), &json!({"overlapHours": 48})).await.expect_status(200).json();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert!(rotated["oldSecretUntil"].is_string() && new != old);
    fixture.sale("during").await;
    let during = &fixture.arrived("/hook", 1).await[0];
    assert!(during.is_signed_with(&old) && during.is_signed_with(&new) && during.signatures() == 2);
    fixture.advance(2).await;
    fixture.sale("after").await;
    let after = &fixture.arrived("/hook", 2).await[1];
    assert!(after.is_signed_with(&new) && !after.is_signed_with(&old) && after.signatures() == 1);
    assert_eq!(fixture.read(&hook).await["oldSecretUntil"], Value::Null);
    // A leaked secret ends immediately.
    let rotated = api.post(&path(&hook, "/rotate-secret"), &json!({"overlapHours": 0})).await.expect_status(200).json();
    fixture.sale("at once").await;
    let last = &fixture.arrived("/hook", 3).await[2];
    assert!(last.is_signed_with(rotated["secret"].as_str().unwrap()) && !last.is_signed_with(&new));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_kept_sealed() {
    let fixture = WebhookFixture::shared().await;
    let api = fixture.world.api();
    let body = json!({"url": fixture.url("/hook"), "events": ["*"]}).to_string();
    let request = || Request::post("/api/v1/webhooks", body.clone()).header("Idempotency-Key", "one");
    let made = api.send(request()).await.expect_status(201).json();
    let again = api.send(request()).await.expect_status(201);
    assert_eq!((&again.json()["id"], &again.json()["secret"]), (&made["id"], &Value::Null));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(fixture.read(&made).await["secret"], Value::Null);
    fixture.sale("one").await;
    fixture.arrived("/hook", 2).await;
    let secret = made["secret"].as_str().unwrap();
    let bare = secret.strip_prefix("whsec_").unwrap();
    let mut places = vec![fixture.world.ledger.log()];
    for table in ["webhook_secrets", "webhook_endpoints", "webhook_attempts", "idempotency_keys", "audit_log"] {
        places.push(format!("{:?}", fixture.world.database.texts(&format!("select t::text from {table} t")).await));
    }
    assert!(places.iter().all(|place| !place.contains(bare)));
    // The secret is encrypted for its own row: moved to another it can't be opened, and nothing is sent unsigned.
    let (other, _) = fixture.listen("/other", &json!(["*"])).await;
    let swap = "update webhook_secrets s set sealed_secret = o.sealed_secret from webhook_secrets o
                where o.organization_id = s.organization_id and o.id <> s.id";
    fixture.world.database.run(swap).await;
    let tested = api.send(Request::new("POST", &format!("/api/v1{}", path(&other, "/test")))).await;
    assert_eq!(tested.status, 500);
    assert!(fixture.receiver.received("/other").is_empty());
    fixture.world.check().await;
}
