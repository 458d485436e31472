//! Goal: Stripe's webhook signatures are accepted and refused as Stripe's own libraries do it.
//! Method: vectors made with Python's hmac after Stripe's description ("Verify webhook signatures manually"), checked by
//! the product's verifier; a fresh one is also made by openssl, where that is there.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;
use shared::{
    sign::{Window, verify},
    timestamp::Timestamp,
};
use world::{client::sign, settings};

fn vectors() -> Vec<Value> {
    let path = settings::root().join("tests/fixtures/stripe_signatures.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn as_the_vectors_say() {
    let vectors = vectors();
    assert!(vectors.len() > 20);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let secrets: Vec<&[u8]> =
            vector["secrets"].as_array().unwrap().iter().map(|secret| secret.as_str().unwrap().as_bytes()).collect();
        let now = Timestamp::from_seconds(vector["now"].as_i64().unwrap()).unwrap();
        let checked = verify(secrets, None, Some(text("header")), text("body").as_bytes(), now, Window::PastOnly);
        let outcome = checked.map_or_else(|error| error.code(), |()| "ok");
        assert_eq!(outcome, text("expect"), "{}", text("name"));
    }
}

#[test]
fn as_openssl_signs() {
    let (secret, seconds, body) = ("whsec_Zq8", 1_795_000_123_i64, r#"{"id":"evt_1"}"#);
    let Ok(mut openssl) = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", secret, "-hex"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    else {
        println!("no openssl here; the vectors speak for themselves");
        return;
    };
    openssl.stdin.take().unwrap().write_all(format!("{seconds}.{body}").as_bytes()).unwrap();
    let message = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    let hex = message.trim().rsplit(' ').next().unwrap();
    assert_eq!(sign::v1(secret, seconds, body.as_bytes()), hex, "the tests' own signer");
    let header = format!("t={seconds},v1={hex}");
    let now = Timestamp::from_seconds(seconds).unwrap();
    assert_eq!(verify([secret.as_bytes()], None, Some(&header), body.as_bytes(), now, Window::PastOnly), Ok(()));
}
