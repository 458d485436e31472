//! Goal: Paddle's webhooks are accepted and refused at the edge as Paddle's own libraries do it.
//! Method: the tests' own signer against vectors made with node's crypto; then fresh signatures to the real edge. The
//! vectors themselves have times of their own, and are checked beside the edge's verifier.

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{
    http::Request,
    paddle::{Paddle, event, h1},
    settings,
    shared_app::{name, shared_app},
    wait::now,
};

#[test]
fn the_signer_agrees_with_the_vectors() {
    let path = settings::root().join("tests/fixtures/paddle_signatures.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let fresh = &file["vectors"][0];
    let (secret, body) = (fresh["secrets"][0].as_str().unwrap(), fresh["body"].as_str().unwrap());
    let seconds = fresh["now"].as_i64().unwrap();
    assert_eq!(format!("ts={seconds};h1={}", h1(secret, seconds, body)), fresh["header"].as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_real_edge() {
    let account = Paddle::of(shared_app().await);
    let body = event("customer.created", "signed", &name("paddle")).to_string();
    let at = |seconds: i64| Timestamp::from_seconds(now().seconds() + seconds).unwrap();
    // A signature is good for five seconds, which a busy edge may need: each is used at once.
    let signature = || {
        let good = account.signed(&body, at(0));
        good.headers.iter().find(|(name, _)| name == "Paddle-Signature").unwrap().1.clone()
    };
    let first = account.send(&account.signed(&body, at(0))).await.expect_status(200).json();
    let again = account.send(&account.signed(&body, at(1))).await.expect_status(200).json();
    assert_eq!(first["eventId"], again["eventId"], "a delivery repeated is the same event");
    account.send(&account.signed(&body, at(3_600))).await.expect_status(200);
    let rotated = signature().replace(";h1=", &format!(";h1={};h1=", "0".repeat(64)));
    account.send(&account.with_signature(&body, &rotated)).await.expect_status(200);

    let changed = account.with_signature(&format!("{body} "), &signature());
    assert_eq!(account.send(&changed).await.refusal(), (401, "signature_invalid".to_owned()));
    for (request, code) in [
        (account.signed(&body, at(-60)), "signature_expired"),
        (account.with_signature(&body, &signature().replace("h1=", "h2=")), "signature_malformed"),
        (Request::post(&account.target, body.clone()), "signature_missing"),
    ] {
        assert_eq!(account.send(&request).await.refusal(), (401, code.to_owned()));
    }
    let no_event = json!({ "data": ["1", "2"] });
    assert_eq!(account.deliver(&no_event).await.refusal(), (400, "validation_failed".to_owned()));
    account.send(&Request::get(&account.target)).await.expect_status(405);
    // The same connection is nobody else's.
    let elsewhere = Paddle { target: account.target.replace("/paddle/", "/stripe/"), ..account.clone() };
    elsewhere.send(&elsewhere.signed(&body, at(0))).await.expect_status(404);
}
