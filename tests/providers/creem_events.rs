//! Goal: Creem's events are accepted as its libraries sign them, and their money arrives.
//! Method: events in the published shapes through the real edge, signed by the tests' own signer, read by API. 59.29
//! with 10.29 tax is 49.00 commissionable, 20% of it 9.80; a fifth of it goes back.

use serde_json::{Value, json};
use world::{
    http::Request,
    shared_app::{name, shared_app},
    vendor_webhooks::{Account, Delivery, earns, shape, with_header},
    wait::now,
};

/// The shape as an event of its own about one buyer: every id of the fixture becomes the test's.
fn event(shape_name: &str, what: &str, name: &str) -> Value {
    let text = shape("creem", shape_name).to_string().replace("_fixture", &format!("_{name}"));
    let text = text.replace("odette@", &format!("{name}@"));
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["id"] = json!(format!("evt_{name}_{what}"));
    event["created_at"] = json!(now().seconds() * 1_000);
    if event["object"]["last_transaction_date"].is_string() {
        event["object"]["last_transaction_date"] = json!(now().to_string());
    }
    event
}

#[test]
fn envelopes() {
    let names = ["checkout.completed.onetime", "subscription.paid", "refund.created", "dispute.created"];
    for name in names {
        let event = shape("creem", name);
        assert!(name.starts_with(event["eventType"].as_str().unwrap()), "{name}");
        assert!(event["id"].is_string() && event["created_at"].is_i64(), "{name}");
        assert_eq!(event["object"]["mode"], "prod", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_at_the_real_edge() {
    let account = Account::connect(shared_app().await, "creem").await;
    let id = name("creem");
    let body = event("checkout.completed.recurring", "signed", &id).to_string();
    let good = account.signed(&body, &Delivery::of("", ""));
    let first = account.send(&good).await.expect_status(200).json();
    assert_eq!(first["eventId"], account.send(&good).await.expect_status(200).json()["eventId"]);
    let mut changed = good.clone();
    changed.body.push(b' ');
    for (request, code) in [
        (with_header(good.clone(), "creem-signature", &"0".repeat(64)), "signature_invalid"),
        (with_header(good.clone(), "creem-signature", "no hex"), "signature_malformed"),
        (changed, "signature_invalid"),
        (Request::post(&account.target, body.clone()), "signature_missing"),
    ] {
        assert_eq!(account.send(&request).await.refusal(), (401, code.to_owned()));
    }
    let no_id = account.signed(r#"{"eventType":"checkout.completed"}"#, &Delivery::of("", ""));
    assert_eq!(account.send(&no_id).await.refusal(), (400, "validation_failed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_off_sale_and_its_refund() {
    let world = shared_app().await;
    let (account, id) = (Account::connect(world, "creem").await, name("creemonce"));
    let mut refund = event("refund.created", "refund", &id);
    refund["object"]["transaction"]["subscription"] = json!(null);
    let mut sale = event("checkout.completed.onetime", "sale", &id);
    sale["object"]["metadata"] = json!({ "rekomi_ref": world.acme.token(&world.acme.partner, now()) });
    // The refund comes before the sale, and each of them twice.
    for event in [&refund, &refund, &sale, &sale] {
        account.deliver("", "", event).await.expect_status(200);
    }
    earns(world, "Creem", &format!("ord_{id}"), (4_900, 784), "Pending").await;
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_paid_once_for_each_transaction() {
    let world = shared_app().await;
    let (account, id) = (Account::connect(world, "creem").await, name("creemsub"));
    let mut checkout = event("checkout.completed.recurring", "checkout", &id);
    let token = json!({ "rekomi_ref": world.acme.token(&world.acme.partner, now()) });
    checkout["object"]["metadata"] = token.clone();
    checkout["object"]["subscription"]["metadata"] = token;
    let mut paid = event("subscription.paid", "paid", &id);
    paid["object"]["metadata"] = json!({});
    account.deliver("", "", &paid).await.expect_status(200);
    account.deliver("", "", &checkout).await.expect_status(200);
    let sale = format!("tran_{id}");
    earns(world, "Creem", &sale, (4_900, 980), "Pending").await;
    let mut renewal = paid.clone();
    renewal["id"] = json!(format!("evt_{id}_renewal"));
    renewal["object"]["last_transaction_id"] = json!(format!("tran_{id}_2"));
    renewal["object"]["last_transaction"]["id"] = json!(format!("tran_{id}_2"));
    renewal["object"]["last_transaction_date"] = json!(now().to_string());
    account.deliver("", "", &renewal).await.expect_status(200);
    earns(world, "Creem", &format!("tran_{id}_2"), (4_900, 980), "Pending").await;
    let (conversion, _) = world.api().booked(&format!("tran_{id}_2")).await.unwrap();
    assert_eq!(conversion["type"], "Recurring", "{conversion}");
    account.deliver("", "", &event("dispute.created", "dispute", &id)).await.expect_status(200);
    earns(world, "Creem", &sale, (4_900, 0), "Refunded").await;
    world.check().await;
}
