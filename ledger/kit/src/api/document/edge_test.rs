//! Tests that the edge's operations are described completely, with the fields that the edge reads.

use std::collections::BTreeSet;

use shared::fields::{CAMEL, SNAKE, Spelling};

use super::*;
use crate::api::document::complete::each_operation;

fn document() -> Value {
    let mut document = json!({"tags": [], "paths": {"/api/v1/programs": {"get": {}}}});
    add(&mut document);
    document
}

/// Every name of a spelling.
fn names(of: &Spelling) -> [&'static str; 18] {
    let Spelling { external_event_id, kind, amount, paid, currency, affiliate_slug, click_token, .. } = *of;
    let Spelling { coupon_code, customer_id, customer_email, customer_name, subscription_id, .. } = *of;
    let Spelling { product_id, country, program_id, occurred_at, refund_of, metadata, .. } = *of;
    [
        external_event_id,
        kind,
        amount,
        paid,
        currency,
        affiliate_slug,
        click_token,
        coupon_code,
        customer_id,
        customer_email,
        customer_name,
        subscription_id,
        product_id,
        country,
        program_id,
        occurred_at,
        refund_of,
        metadata,
    ]
}

fn properties(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_server_may_send_every_field() {
    assert_eq!(properties(&conversion()), names(&CAMEL).into_iter().collect());
}

#[test]
fn a_page_may_send_what_counts_of_it() {
    // `shared::fields` ignores these in a claim, and refuses refunds.
    let ignored = [SNAKE.paid, SNAKE.occurred_at, SNAKE.refund_of];
    let mut read: BTreeSet<&str> = names(&SNAKE).into_iter().filter(|name| !ignored.contains(name)).collect();
    read.insert("public_key");
    assert_eq!(properties(&claim()), read);
    let query = claim_query();
    let parameters: BTreeSet<&str> =
        query.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    read.remove(SNAKE.metadata);
    assert_eq!(parameters, read, "an object doesn't fit into a query");
}

#[test]
fn each_operation_is_complete() {
    let mut document = document();
    assert_eq!(document["tags"], json!([{"name": "Edge"}]));
    let own = document["paths"].as_object_mut().unwrap();
    own.remove("/api/v1/programs");
    assert!(own.values().all(|item| item["servers"][0]["url"] == "https://{host}"));
    let mut ids = BTreeSet::new();
    each_operation(&mut document, |method, path, operation| {
        let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
        assert!(ids.insert(text("operationId")), "{method} {path}");
        assert!(!text("summary").is_empty() && !text("summary").ends_with('.'), "{method} {path}");
        assert!(text("description").ends_with('.'), "{method} {path}");
        assert_eq!(operation["tags"], json!([TAG]));
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].is_string() && response["headers"]["Rekomi-Request-Id"].is_object());
            let waits = ["429", "503"].contains(&status.as_str()) && !path.ends_with(".gif");
            assert_eq!(response["headers"]["Retry-After"].is_object(), waits, "{method} {path} {status}");
        }
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            assert!(parameter["description"].is_string() && !parameter["example"].is_null(), "{method} {path}");
        }
    });
    assert_eq!(ids.len(), 15);
}

#[test]
fn the_refusals_are_those_of_the_edge() {
    let document = document();
    for path in ["/api/v1/track/click", "/api/tracking/pixel", "/api/tracking/s2s", "/hooks/creem/{connection}"] {
        let responses = &document["paths"][path]["post"]["responses"];
        let code = |status: &str| responses[status]["content"]["application/json"]["example"]["error"].clone();
        assert_eq!((code("413"), code("415")), (json!("body_too_large"), json!("unsupported_encoding")), "{path}");
        assert!([json!("not_durable"), json!("temporarily_unavailable")].contains(&code("503")), "{path}");
    }
}

#[test]
fn each_gateway_has_a_webhook() {
    let document = document();
    for gateway in shared::event::Gateway::ALL {
        let path = format!("/hooks/{}/{{connection}}", gateway.as_str());
        assert!(document["paths"][&path]["post"].is_object(), "{path}");
    }
}

#[test]
fn the_example_of_a_signature_is_a_real_one() {
    let at = shared::timestamp::Timestamp::from_seconds(1_790_000_100).unwrap();
    let operation = report_by_backend();
    assert_eq!(
        operation["parameters"][0]["example"].as_str(),
        Some(shared::sign::sign(b"rks_secret", at, b"{}").as_str())
    );
}
