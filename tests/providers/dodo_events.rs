//! Goal: Dodo Payments' events are accepted as its libraries sign them, and their money arrives.
//! Method: vectors made with node's crypto for the tests' own signer; then events in the published shapes through the
//! real edge, read by API. 59.29 with 10.29 tax is 49.00 commissionable, 20% of it 9.80; a fifth of it goes back.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{
    http::Request,
    shared_app::{name, shared_app},
    vendor_webhooks::{Account, Delivery, earns, shape, with_header},
    wait::now,
};

/// The shape as an event about a payment and a buyer of its own.
fn event(shape_name: &str, name: &str) -> Value {
    let mut event = shape("dodo", shape_name);
    event["timestamp"] = json!(now().to_string());
    let data = &mut event["data"];
    for (field, prefix) in
        [("payment_id", "pay"), ("subscription_id", "sub"), ("refund_id", "ref"), ("dispute_id", "dp")]
    {
        if data[field].is_string() {
            data[field] = json!(format!("{prefix}_{name}"));
        }
    }
    data["customer"]["customer_id"] = json!(format!("cus_{name}"));
    data["customer"]["email"] = json!(format!("{name}@buyers.example"));
    event
}

#[test]
fn envelopes() {
    for name in ["payment.succeeded", "refund.succeeded", "dispute.opened", "subscription.active"] {
        let event = shape("dodo", name);
        assert_eq!(event["type"].as_str(), Some(name));
        for field in ["business_id", "timestamp", "data"] {
            assert!(!event[field].is_null(), "{name} has {field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_at_the_real_edge() {
    let account = Account::connect(shared_app().await, "dodo").await;
    let id = name("msg_dodo");
    let body = event("subscription.active", &id).to_string();
    let at = |seconds: i64| Delivery {
        at: Timestamp::from_seconds(now().seconds() + seconds).unwrap(),
        ..Delivery::of(&id, "")
    };
    let good = account.signed(&body, &at(0));
    let first = account.send(&good).await.expect_status(200).json();
    let again = account.send(&account.signed(&body, &at(1))).await.expect_status(200).json();
    assert_eq!(first["eventId"], again["eventId"], "a delivery repeated is the same event");
    account.send(&account.signed(&body, &at(-240))).await.expect_status(200);
    let signature = good.headers.iter().find(|(name, _)| name == "webhook-signature").unwrap().1.clone();
    let rotated = format!("v1,{} {signature}", "A".repeat(44));
    account.send(&with_header(good.clone(), "webhook-signature", &rotated)).await.expect_status(200);

    let mut changed = good.clone();
    changed.body.push(b' ');
    for (request, code) in [
        (account.signed(&body, &at(-360)), "signature_expired"),
        (account.signed(&body, &at(360)), "signature_expired"),
        (with_header(good.clone(), "webhook-id", "msg_other"), "signature_invalid"),
        (with_header(good.clone(), "webhook-signature", &signature.replace("v1,", "v2,")), "signature_malformed"),
        (with_header(good.clone(), "webhook-timestamp", "soon"), "signature_malformed"),
        (changed, "signature_invalid"),
        (Request::post(&account.target, body.clone()), "signature_missing"),
    ] {
        assert_eq!(account.send(&request).await.refusal(), (401, code.to_owned()));
    }
    let no_type = account.signed(r#"{"data":{}}"#, &at(0));
    assert_eq!(account.send(&no_type).await.refusal(), (400, "validation_failed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sale_renewal_refund_and_dispute() {
    let world = shared_app().await;
    let (account, id) = (Account::connect(world, "dodo").await, name("dodo"));
    let send = async |what: &str, event: &Value| {
        for _ in 0..2 {
            account.deliver(&format!("msg_{id}_{what}"), "", event).await.expect_status(200);
        }
    };
    let mut paid = event("payment.succeeded", &id);
    paid["data"]["metadata"] = json!({ "rekomi_ref": world.acme.token(&world.acme.partner, now()) });
    paid["data"]["discounts"] = json!(null);
    paid["data"]["discount_id"] = json!(null);
    // The refund comes before the payment.
    send("refund", &event("refund.succeeded", &id)).await;
    send("paid", &paid).await;
    let sale = format!("pay_{id}");
    earns(world, "Dodo", &sale, (4_900, 784), "Pending").await;
    let mut failed = event("refund.succeeded", &id);
    failed["type"] = json!("refund.failed");
    send("failed", &failed).await;
    earns(world, "Dodo", &sale, (4_900, 980), "Pending").await;

    let mut renewal = paid.clone();
    renewal["data"]["payment_id"] = json!(format!("pay_{id}_2"));
    renewal["data"]["metadata"] = json!({});
    renewal["timestamp"] = json!(now().to_string());
    send("renewal", &renewal).await;
    earns(world, "Dodo", &format!("pay_{id}_2"), (4_900, 980), "Pending").await;
    let (conversion, _) = world.api().booked(&format!("pay_{id}_2")).await.unwrap();
    assert_eq!(conversion["type"], "Recurring", "{conversion}");

    let mut lost = event("dispute.opened", &id);
    lost["type"] = json!("dispute.lost");
    send("lost", &lost).await;
    // It was opened before, and that is reported late.
    let mut opened = event("dispute.opened", &id);
    opened["timestamp"] = json!(now().plus_days(-1).to_string());
    send("opened", &opened).await;
    earns(world, "Dodo", &sale, (4_900, 0), "Refunded").await;
    world.check().await;
}
