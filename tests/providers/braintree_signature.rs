//! Goal: Braintree's webhooks are accepted and refused at the edge as Braintree's own libraries do it.
//! Method: the tests' own signer against vectors made with node's crypto; then fresh signatures and challenges to the
//! real edge.

use serde_json::Value;
use world::{
    braintree::{Braintree, payload, shape, signature},
    http::Request,
    settings,
    shared_app::{name, shared_app},
};

fn vectors(of: &str) -> Vec<Value> {
    let path = settings::root().join("tests/fixtures/braintree_signatures.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file[of].as_array().unwrap().clone()
}

#[test]
fn the_signer_agrees_with_the_vectors() {
    let vector = &vectors("notifications")[0];
    let (public, private) = vector["secrets"][0].as_str().unwrap().split_once('|').unwrap();
    let account = Braintree {
        base: String::new(),
        target: String::new(),
        public_key: public.to_owned(),
        private_key: private.to_owned(),
    };
    let pairs = |body: &str| -> Vec<String> {
        body.split('&').map(|pair| pair.replace("%0A", "\n").replace("%3D", "=").replace("%2F", "/")).collect()
    };
    let ours = String::from_utf8(account.signed(vector["xml"].as_str().unwrap()).body).unwrap();
    assert_eq!(pairs(&ours), pairs(vector["body"].as_str().unwrap()));
    let challenge = &vectors("challenges")[0];
    let requested = challenge["query"].as_str().unwrap().trim_start_matches("bt_challenge=");
    let answer = challenge["answer"].as_str().unwrap();
    assert_eq!(format!("{public}|{}", signature(private, requested)), answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_real_edge() {
    let account = Braintree::of(shared_app().await);
    let xml = shape("check", &name("braintree"));
    let first = account.deliver(&xml).await.expect_status(200).json();
    let again = account.deliver(&xml).await.expect_status(200).json();
    assert_eq!(first["eventId"], again["eventId"], "a delivery repeated is the same event");

    let (whole, other) = (payload(&xml), payload("<notification/>"));
    let sign = |key: &str, payload: &str| format!("{}|{}", account.public_key, signature(key, payload));
    let good = sign(&account.private_key, &whole);
    let two = format!("somebodyelse|{}&{good}", "0".repeat(40));
    account.send(&account.with_signature(&whole, &two)).await.expect_status(200);
    for (request, code) in [
        (account.with_signature(&other, &good), "signature_invalid"),
        (account.with_signature(&whole, &sign("0123456789abcdef", &whole)), "signature_invalid"),
        (account.with_signature(&whole, &good.replace('|', "x|")), "signature_invalid"),
        (account.with_signature(&format!("{whole}-"), &good), "signature_malformed"),
        (Request::post(&account.target, "bt_payload=x"), "signature_missing"),
    ] {
        assert_eq!(account.send(&request).await.refusal(), (401, code.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn challenges() {
    let account = Braintree::of(shared_app().await);
    let ask = async |challenge: &str| {
        account.send(&Request::get(&format!("{}?bt_challenge={challenge}", account.target))).await
    };
    let challenge = "c0ffee0123456789abcdef98";
    let answer = ask(challenge).await.expect_status(200);
    assert_eq!(answer.text(), format!("{}|{}", account.public_key, signature(&account.private_key, challenge)));
    for refused in ["", "c0ffee", "C0FFEE0123456789ABCDEF98", "g0ffee0123456789abcdef98", &"0".repeat(33)] {
        assert_eq!(ask(refused).await.field_refusal().2, "bt_challenge", "{refused}");
    }
    // Only Braintree asks.
    let elsewhere = account.target.replace("/braintree/", "/paddle/");
    account.send(&Request::get(&format!("{elsewhere}?bt_challenge={challenge}"))).await.expect_status(405);
}
