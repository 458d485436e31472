//! Goal: every event is sent once to each endpoint that listens, signed as Standard Webhooks requires, with the object
//! as the API shows it. Endpoints are created, changed and tested by API, and no one sees another's.
//! Method: a receiver verifies with the published library; batches and the API cause the events.
//! Routes: `/webhooks/{id}`, `/webhooks/{id}/deliveries`, `/webhooks/{id}/test`

mod documented;
mod faults;
mod milestones;
mod replay;
mod secrets;

use serde_json::{Value, json};
use world::{
    World,
    http::Request,
    receiver::Received,
    wait,
    webhook_fixture::{WebhookFixture, patch, path, remove},
};

/// A poll from the oldest on misses no event that is written after a later one.
#[tokio::test]
async fn events_can_be_followed() {
    let world = World::shared().await;
    let (api, now) = (world.api(), wait::now());
    let at = |seconds: i64| now.plus_millis(-1_000 * seconds).to_string();
    let write = async |seconds: i64| {
        let event = format!(
            "insert into messages (organization_id, id, kind, data, created_at)
             values ('{}', (lpad(to_hex({}), 12, '0') || '70008000000000000000')::uuid, 'payout_failed', '{{}}', '{}')",
            world.acme.organization.uuid(),
            now.plus_millis(-1_000 * seconds).millis(),
            at(seconds),
        );
        world.database.run(&event).await;
    };
    let read = async |query: &str| -> Vec<String> {
        let events = api.all(&format!("/events?type=payout_failed{query}")).await;
        events.iter().map(|event| event["timestamp"].as_str().unwrap().to_owned()).collect()
    };
    write(300).await;
    write(0).await;
    assert_eq!(read("&sort=oldest").await, [at(300)]);
    write(90).await;
    assert_eq!(read(&format!("&sort=oldest&from={}", at(300))).await, [at(300), at(90)]);
    assert_eq!(read("").await, [at(0), at(90), at(300)]);
    // The cursor keeps the order.
    let first = api.get("/events?type=payout_failed&sort=oldest&perPage=1").await.expect_status(200).json();
    assert_eq!(first["data"][0]["timestamp"], at(300));
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(read(&format!("&cursor={cursor}")).await, [at(90)]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_once_and_as_the_api_shows_it() {
    let fixture = WebhookFixture::shared().await;
    let (api, (hook, secret)) = (fixture.world.api(), fixture.listen("/all", &json!(["*"])).await);
    let mut seen = 0;
    let mut next = async |expected: &[&str]| {
        seen += expected.len();
        let all = fixture.arrived("/all", seen).await;
        let fresh = all[seen - expected.len()..].to_vec();
        assert!(fresh.iter().all(|one| one.is_signed_with(&secret) && one.signatures() == 1));
        let mut kinds: Vec<&str> = fresh.iter().map(|one| one.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, expected);
        fresh
    };
    let of = |fresh: &[Received], kind: &str| fresh.iter().find(|one| one.kind == kind).unwrap().data().clone();

    let order = fixture.reported_sale("order");
    fixture.world.intake().accept(std::slice::from_ref(&order)).await;
    let fresh = next(&["commission_earned", "conversion_created", "first_conversion"]).await;
    let (conversion, commissions) = api.booked("order").await.unwrap();
    assert_eq!(of(&fresh, "conversion_created"), conversion);
    assert_eq!(of(&fresh, "first_conversion"), conversion);
    assert_eq!(vec![of(&fresh, "commission_earned")], commissions);
    assert_eq!(conversion["customerId"], "buyer of order");
    // The same batch again sends nothing.
    fixture.world.intake().post(&[order]).await;
    let lead = fixture.world.acme.lead("signup");
    fixture.world.intake().accept(&[lead]).await;
    next(&["lead_created"]).await;

    fixture.world.intake().accept(&[fixture.world.acme.refund("back", "order", 4_950)]).await;
    let fresh = next(&["commission_reversed", "conversion_refunded"]).await;
    let refunded = of(&fresh, "conversion_refunded");
    assert_eq!((&refunded["refundedCents"], &refunded["previous"]["refundedCents"]), (&json!(4_950), &json!(0)));
    assert_eq!(refunded["createdAt"], conversion["createdAt"]);
    let reversed = of(&fresh, "commission_reversed");
    assert_eq!((&reversed["amountCents"], &reversed["previous"]["amountCents"]), (&json!(990), &json!(1_980)));

    let commission = commissions[0]["id"].as_str().unwrap();
    let released = api.post(&format!("/commissions/{commission}/release"), &json!({"reason": "in a hurry"})).await;
    released.expect_status(200);
    let fresh = next(&["commission_approved"]).await;
    let now = api.get(&format!("/commissions/{commission}")).await.json();
    let mut approved = of(&fresh, "commission_approved");
    assert_eq!(approved.as_object_mut().unwrap().remove("previous").unwrap()["status"], "Pending");
    assert_eq!(approved, now);

    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let payment = json!({"affiliateId": affiliate, "currency": "USD", "expectedCents": 990});
    let paid = api.post("/payouts", &payment).await.expect_status(201).json();
    assert_eq!(of(&next(&["payout_sent"]).await, "payout_sent"), paid);

    let body = json!({"name": "Nina Bay", "email": "nina@creators.test", "status": "Pending"});
    let nina = api.post("/affiliates", &body).await.expect_status(201).json();
    let report = of(&next(&["affiliate_applied"]).await, "affiliate_applied");
    assert_eq!((&report["id"], &report["email"], &report["status"]), (&nina["id"], &nina["email"], &nina["status"]));

    // Sent events are stored, newest first, under the ids that were sent.
    let sent = fixture.receiver.received("/all");
    let mut ids: Vec<String> = sent.iter().map(|one| one.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), seen, "each once");
    let events = api.all("/events").await;
    let mut kept: Vec<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(kept.is_sorted_by(|a, b| a > b));
    kept.reverse();
    assert_eq!(kept, ids);
    let read = api.get(&format!("/events/{}", ids[0])).await.expect_status(200).json();
    let first = sent.iter().find(|one| one.id == ids[0]).unwrap();
    assert_eq!(
        (&read["type"], &read["data"], &read["timestamp"]),
        (&first.body["type"], first.data(), &first.body["timestamp"])
    );
    assert_eq!(api.all("/events?type=payout_sent").await.len(), 1);
    assert_eq!(api.all("/events?to=2020-01-01").await.len(), 0);
    let deliveries = wait::until("all to be settled", 10, async || {
        Some(fixture.deliveries(&hook).await).filter(|all| all.iter().all(|one| one["status"] == "Delivered"))
    })
    .await;
    assert_eq!(deliveries.len(), seen);
    let attempt = &deliveries[0]["attempts"][0];
    assert_eq!((&attempt["number"], &attempt["status"], &attempt["error"]), (&json!(1), &json!(200), &Value::Null));
    assert_eq!(attempt["requestHeaders"]["webhook-id"], deliveries[0]["messageId"]);
    assert_eq!(attempt["answer"], r#"{"received":true}"#);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_what_it_asks_for_while_it_is_on() {
    let fixture = WebhookFixture::shared().await;
    let (some, _) = fixture.listen("/some", &json!(["commission_earned", "commission_earned"])).await;
    let (off, _) = fixture.listen("/off", &json!(["*"])).await;
    assert_eq!(some["events"], json!(["commission_earned"]));
    let changed =
        fixture.change(&off, &json!({"enabled": false, "description": "later"})).await.expect_status(200).json();
    assert_eq!(
        (&changed["enabled"], &changed["description"], &changed["secret"]),
        (&json!(false), &json!("later"), &Value::Null)
    );
    // What changes nothing isn't in the audit log.
    for body in [json!({}), json!({"description": null}), json!({"enabled": false, "description": " later "})] {
        assert_eq!(fixture.change(&off, &body).await.expect_status(200).json()["description"], "later", "{body}");
    }
    assert_eq!(fixture.world.api().all("/audit-log?action=webhook.updated").await.len(), 1);
    fixture.sale("one").await;
    let got = fixture.arrived("/some", 1).await;
    assert_eq!(got[0].kind, "commission_earned");
    assert!(fixture.receiver.received("/off").is_empty());
    // Switched on again: missed events are not sent automatically.
    fixture.change(&off, &json!({"enabled": true, "events": ["conversion_created"]})).await.expect_status(200);
    fixture.sale("two").await;
    let got = fixture.arrived("/off", 1).await;
    assert_eq!((got.len(), got[0].data()["externalEventId"].as_str()), (1, Some("two")));
    fixture.arrived("/some", 2).await;
    remove(&fixture.world.api(), &path(&some, "")).await.expect_status(204);
    fixture.sale("three").await;
    fixture.arrived("/off", 2).await;
    assert_eq!(fixture.receiver.received("/some").len(), 2, "one and two");
    assert_eq!(fixture.world.api().get(&path(&some, "")).await.status, 404);

    let tested = fixture.world.api().send(Request::new("POST", &format!("/api/v1{}", path(&off, "/test")))).await;
    let tested = tested.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["status"]), (&json!(true), &json!(200)), "{tested}");
    assert_eq!(fixture.receiver.received("/off").last().unwrap().kind, "webhook_test");
    let actions: Vec<Value> = fixture
        .world
        .database
        .texts("select action from audit_log order by id")
        .await
        .into_iter()
        .flatten()
        .map(Value::from)
        .collect();
    for action in ["webhook.created", "webhook.updated", "webhook.deleted", "webhook.tested"] {
        assert!(actions.contains(&json!(action)), "{action}: {actions:?}");
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_by_name() {
    let fixture = WebhookFixture::shared().await;
    let (api, url) = (fixture.world.api(), fixture.url("/x"));
    for (body, field) in [
        (json!({"url": "example.com", "events": ["*"]}), "url"),
        (json!({"url": "ftp://example.com/", "events": ["*"]}), "url"),
        (json!({"url": "https://user:pw@example.com/", "events": ["*"]}), "url"),
        (json!({"url": "https://10.0.0.1/", "events": ["*"]}), "url"),
        (json!({"url": "https://169.254.169.254/latest", "events": ["*"]}), "url"),
        (json!({"url": "https://[::ffff:a00:1]/", "events": ["*"]}), "url"),
        (json!({"url": "https://example.com:25/", "events": ["*"]}), "url"),
        (json!({"url": url, "events": []}), "events"),
        (json!({"url": url, "events": ["sale"]}), "events"),
        (json!({"url": url, "events": ["webhook_test"]}), "events"),
        (json!({"url": url, "events": ["*"], "description": "a\nb"}), "description"),
        (json!({"url": url, "events": ["*"], "secret": "whsec_mine"}), "secret"),
    ] {
        let refused = api.post("/webhooks", &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    let (hook, _) = fixture.listen("/x", &json!(["*"])).await;
    for _ in 1..100 {
        fixture.listen("/x", &json!(["payout_failed"])).await;
    }
    let refused = api.post("/webhooks", &json!({"url": url, "events": ["*"]})).await;
    assert_eq!(refused.refusal(), (409, "too_many_endpoints".to_owned()));
    let refused = api.post(&path(&hook, "/rotate-secret"), &json!({"overlapHours": 169})).await;
    assert_eq!(refused.field_refusal().2, "overlapHours");
    assert_eq!(api.get(&path(&hook, "/deliveries?status=Lost")).await.field_refusal().2, "status");
    assert_eq!(api.get("/events?kind=payout_sent").await.field_refusal().2, "kind");

    // Another organization finds nothing, and gets nothing.
    let other = fixture.world.other_api();
    assert!(other.all("/webhooks").await.is_empty());
    fixture.sale("mine").await;
    fixture.arrived("/x", 1).await;
    let event = api.all("/events").await[0]["id"].as_str().unwrap().to_owned();
    assert!(other.all("/events").await.is_empty());
    let again = json!({"since": "2026-01-01T00:00:00Z"});
    for answer in [
        other.get(&path(&hook, "")).await,
        other.get(&path(&hook, "/deliveries")).await,
        patch(&other, &path(&hook, ""), &json!({"enabled": false})).await,
        remove(&other, &path(&hook, "")).await,
        other.post(&path(&hook, "/rotate-secret"), &json!({})).await,
        other.post(&path(&hook, "/test"), &json!({})).await,
        other.post(&path(&hook, "/replay"), &again).await,
        other.post(&path(&hook, &format!("/deliveries/{event}/retry")), &json!({})).await,
        other.get(&format!("/events/{event}")).await,
    ] {
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    }
    fixture.world.finish().await;
}
