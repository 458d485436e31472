//! Goal: docs/api/webhooks.md shows of each event what is sent.
//! Method: every possible event is caused; each example of the page must have the fields of a real delivery, no more
//! and no less, of the same types. The tables of events and pauses are compared too.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use world::{
    http::Request,
    settings,
    stripe::{Purchase, payment_event},
    webhook_fixture::WebhookFixture,
};

/// Examples by the name in their heading, and the rest of the page.
fn documented() -> (BTreeMap<String, Value>, String) {
    let text = std::fs::read_to_string(settings::root().join("docs/api/webhooks.md")).unwrap();
    let examples = text.split("\n### `").skip(1).map(|part| {
        let (name, rest) = part.split_once('`').unwrap();
        let json = rest.split_once("```json\n").and_then(|(_, rest)| rest.split_once("\n```")).expect(name).0;
        (name.to_owned(), serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}")))
    });
    (examples.collect(), text)
}

/// Where two values differ in their fields or types.
fn difference(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            if names(one) != names(other) {
                return Some(format!("{path}: {:?} and {:?}", names(one), names(other)));
            }
            one.iter().find_map(|(name, value)| difference(&format!("{path}.{name}"), value, &other[name]))
        }
        (Value::Null, _) | (_, Value::Null) => None,
        _ => {
            (std::mem::discriminant(one) != std::mem::discriminant(other)).then(|| format!("{path}: {one} and {other}"))
        }
    }
}

async fn everything_happens(fixture: &WebhookFixture) {
    let api = fixture.world.api();
    let click = fixture.world.acme.click(&fixture.world.acme.partner);
    fixture.world.intake().accept(&[click]).await;
    let program = fixture.world.acme.program.to_string();
    let reward = json!({"programId": program, "kind": "Milestone", "title": "A sale", "metric": "Sales", "goal": 1,
                        "startsAt": "2026-01-01T00:00:00Z", "prize": {"kind": "InKind", "text": "A mug"}});
    api.post("/rewards", &reward).await.expect_status(201);
    fixture.sale("order").await;
    for _ in 0..2 {
        fixture.world.ledger.run_jobs().await;
    }
    fixture.world.intake().accept(&[fixture.world.acme.lead("signup")]).await;
    fixture.world.intake().accept(&[fixture.world.acme.refund("back", "order", 4_950)]).await;
    let (_, commissions) = api.booked("order").await.unwrap();
    let commission = commissions[0]["id"].as_str().unwrap();
    let reason = json!({"reason": "in a hurry"});
    api.post(&format!("/commissions/{commission}/release"), &reason).await.expect_status(200);
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let paid =
        api.post("/payouts", &json!({"affiliateId": affiliate, "currency": "USD"})).await.expect_status(201).json();
    let bounced = format!("/payouts/{}/mark-failed", paid["id"].as_str().unwrap());
    api.post(&bounced, &json!({"reason": "it bounced"})).await.expect_status(200);
    for (name, verb, body_of_verb) in [("nina", "approve", json!({})), ("mallory", "reject", reason)] {
        let body = json!({"name": name, "email": format!("{name}@creators.test"), "status": "Pending"});
        let made = api.post("/affiliates", &body).await.expect_status(201).json();
        let affiliate = format!("/affiliates/{}", made["id"].as_str().unwrap());
        api.post(&format!("{affiliate}/{verb}"), &body_of_verb).await.expect_status(200);
        // Only someone who was approved can be banned.
        for status in ["Banned", "Approved"].into_iter().filter(|_| verb == "approve") {
            api.patch(&affiliate, &json!({"status": status})).await.expect_status(200);
        }
    }
    let event = |shape: &str| payment_event(shape, "disputed", shape);
    for event in [
        Purchase::new("disputed", None).paid("invoice.paid.basil", 1),
        event("invoice_payment.paid"),
        event("charge.dispute.created"),
        event("charge.dispute.closed.won"),
    ] {
        fixture.world.intake().accept(&[fixture.world.acme.stripe_event(&event)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_is_sent() {
    let fixture = WebhookFixture::start().await;
    let (hook, _) = fixture.listen("/all", &json!(["*"])).await;
    everything_happens(&fixture).await;
    fixture
        .world
        .api()
        .send(Request::new("POST", &format!("/api/v1{}", world::webhook_fixture::path(&hook, "/test"))))
        .await
        .expect_status(200);
    let all = fixture.arrived("/all", 21).await;
    let sent: BTreeMap<String, Value> = all.into_iter().map(|one| (one.kind.clone(), one.body)).collect();
    let (examples, page) = documented();
    let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&examples), names(&sent), "{}", serde_json::to_string_pretty(&sent).unwrap());
    for (name, body) in &sent {
        assert_eq!(examples[name]["type"], **name);
        if let Some(found) = difference(name, &examples[name], body) {
            panic!("{found}\n{}", serde_json::to_string_pretty(body).unwrap());
        }
    }
    let choices =
        fixture.world.api().post("/webhooks", &json!({"url": fixture.url("/x"), "events": ["?"]})).await.text();
    for name in names(&examples) {
        assert!(name == "webhook_test" || choices.contains(&name), "{name}");
        assert!(page.contains(&format!("| `{name}` |")), "{name} stands in the table");
    }
    fixture.world.finish().await;
}
