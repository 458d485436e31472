//! Goal: an endpoint can have what it missed or lost again, by message or by a span of time, under the same ids.
//! Method: deliveries that fail, and an endpoint that is off for a while; then retry and replay by API.
//! Routes: `/webhooks/{id}/replay`, `/webhooks/{id}/deliveries/{messageId}/retry`

use serde_json::json;
use world::{
    fakes::Mood,
    http::Request,
    wait,
    webhook_fixture::{WebhookFixture, path},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_comes_again() {
    let fixture = WebhookFixture::shared().await;
    let api = fixture.world.api();
    let (hook, secret) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.sale("arrives").await;
    fixture.arrived("/hook", 1).await;
    fixture.change(&hook, &json!({"enabled": false})).await.expect_status(200);
    fixture.sale("missed 1").await;
    fixture.sale("missed 2").await;
    let span = json!({"since": wait::now().plus_days(-1).to_string()});
    let refused = api.post(&path(&hook, "/replay"), &span).await;
    assert_eq!(refused.refusal(), (409, "endpoint_disabled".to_owned()));
    fixture.change(&hook, &json!({"enabled": true})).await.expect_status(200);
    let replayed = api.post(&path(&hook, "/replay"), &span).await.expect_status(202).json();
    assert_eq!(replayed, json!({"queued": 2, "more": false, "nextCursor": null}));
    let got = fixture.arrived("/hook", 3).await;
    let names: Vec<_> = got.iter().map(|one| one.data()["externalEventId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names[0], "arrives");
    assert!(names.contains(&"missed 1".to_owned()) && names.contains(&"missed 2".to_owned()), "{names:?}");
    wait::until("all to be settled", 10, async || {
        fixture.deliveries(&hook).await.iter().all(|one| one["status"] == "Delivered").then_some(())
    })
    .await;
    // Nothing is missing any more; a replay of everything sends everything under the same ids.
    let replayed = api.post(&path(&hook, "/replay"), &span).await.expect_status(202).json();
    assert_eq!(replayed["queued"], 0);
    let all = json!({"since": span["since"], "onlyFailed": false, "eventTypes": ["conversion_created", "payout_sent"]});
    assert_eq!(api.post(&path(&hook, "/replay"), &all).await.expect_status(202).json()["queued"], 3);
    let got = fixture.arrived("/hook", 6).await;
    let ids = |some: &[world::receiver::Received]| {
        let mut ids: Vec<_> = some.iter().map(|one| one.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&got[..3]), ids(&got[3..6]));
    assert!(got.iter().all(|one| one.is_signed_with(&secret)));
    for (body, field) in [
        (json!({"since": "2099-01-01T00:00:00Z"}), "since"),
        (json!({"since": span["since"], "until": span["since"]}), "since"),
        (json!({"since": span["since"], "eventTypes": ["sale"]}), "events"),
        (json!({"since": span["since"], "cursor": "whe_01kdvdna00e5v8r2m6q1w9d3xk"}), "cursor"),
    ] {
        assert_eq!(api.post(&path(&hook, "/replay"), &body).await.field_refusal().2, field, "{body}");
    }
    fixture.world.finish().await;
}

/// The receiver asked for a later attempt: what it missed is sent before that if someone asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_later_attempt_was_missed_too() {
    let fixture = WebhookFixture::shared().await;
    let api = fixture.world.api();
    let (hook, _) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Busy(3_600));
    fixture.sale("order").await;
    let waits = async || fixture.deliveries(&hook).await.iter().any(|one| one["attempts"][0].is_object());
    wait::until("the failure to be settled", 10, async || waits().await.then_some(())).await;
    fixture.receiver.recover();
    let span = json!({"since": wait::now().plus_days(-1).to_string()});
    let replayed = api.post(&path(&hook, "/replay"), &span).await.expect_status(202).json();
    assert_eq!(replayed, json!({"queued": 1, "more": false, "nextCursor": null}));
    let got = fixture.arrived("/hook", 2).await;
    assert_eq!(got[0].id, got[1].id);
    fixture.world.finish().await;
}

/// More than one request queues: each goes on where the one before ended, although all events were delivered by then.
#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_again_in_parts() {
    let fixture = WebhookFixture::start().await;
    let (api, database) = (fixture.world.api(), &fixture.world.database);
    let (hook, _) = fixture.listen("/hook", &json!(["payout_failed"])).await;
    let (organization, at) = (fixture.world.acme.organization.uuid(), wait::now().plus_days(-1));
    let events = format!(
        "insert into messages (organization_id, id, kind, data, created_at)
         select '{organization}', (lpad(to_hex({}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
                'payout_failed', '{{}}', '{at}'
         from generate_series(1, 10007) n",
        at.millis()
    );
    database.run(&events).await;
    let mut body = json!({"since": at.plus_days(-1).to_string(), "onlyFailed": false});
    let mut parts = Vec::new();
    loop {
        let replayed = api.post(&path(&hook, "/replay"), &body).await.expect_status(202).json();
        parts.push((replayed["queued"].as_i64().unwrap(), replayed["more"] == true));
        database.run("update webhook_deliveries set state = 'Delivered', next_attempt_at = null").await;
        if replayed["nextCursor"].is_null() || parts.len() > 2 {
            break;
        }
        body["cursor"] = replayed["nextCursor"].clone();
    }
    assert_eq!(parts, [(10_000, true), (7, false)]);
    assert_eq!(database.count("select count(*) from webhook_deliveries").await, 10_007);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_is_sent_again_by_hand() {
    let fixture = WebhookFixture::shared().await;
    let api = fixture.world.api();
    let (hook, _) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Says(400, json!({"error": "no such order"})));
    fixture.sale("order").await;
    fixture.arrived("/hook", 1).await;
    let failed = wait::until("the failure to be written", 10, async || {
        fixture.deliveries(&hook).await.into_iter().find(|one| one["lastStatus"] == 400)
    })
    .await;
    assert_eq!((&failed["status"], &failed["lastError"]), (&json!("Pending"), &json!("responded 400")));
    assert_eq!(failed["attempts"][0]["error"], "http_status");
    fixture.receiver.recover();
    let message = failed["messageId"].as_str().unwrap();
    let target = format!("/api/v1{}", path(&hook, &format!("/deliveries/{message}/retry")));
    let request = || Request::new("POST", &target).header("Idempotency-Key", "again");
    api.send(request()).await.expect_status(202);
    api.send(request()).await.expect_status(202);
    let got = fixture.arrived("/hook", 2).await;
    assert_eq!((got.len(), &got[0].id), (2, &got[1].id), "once for one key");
    let missing = format!("/api/v1{}", path(&hook, "/deliveries/msg_01kdvdna00e5v8r2m6q1w9d3xk/retry"));
    assert_eq!(api.send(Request::new("POST", &missing)).await.status, 404);
    fixture.world.finish().await;
}
