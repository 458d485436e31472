//! Goal: every bad input to the edge gets its status, a stable code, and the name of the field at fault.
//! Method: an S2S post is made wrong in one way at a time, signed rightly; then signed wrongly.

use serde_json::{Value, json};
use world::{
    World,
    client::s2s::PATH,
    http::Request,
    shared_app::{backend, booked, name, shared_app},
    wait::now,
};

fn sale() -> Value {
    json!({"externalEventId": name("bad"), "amountCents": 9_900, "affiliateSlug": "lauren"})
}

async fn no_trace_of(world: &World, external_id: &str) {
    assert_eq!(world.api().all(&format!("/conversions?externalEventId={external_id}")).await.len(), 0, "{external_id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_named() {
    let world = shared_app().await;
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("amountCents", json!(-1), "validation_failed", "amountCents"),
        ("amountCents", json!(99.5), "validation_failed", "amountCents"),
        ("amountCents", json!(99.0), "validation_failed", "amountCents"),
        ("amountCents", json!("9900"), "validation_failed", "amountCents"),
        ("amountCents", json!(true), "validation_failed", "amountCents"),
        ("amountCents", json!([9_900]), "validation_failed", "amountCents"),
        ("amountCents", Value::Null, "validation_failed", "amountCents"),
        ("amountCents", json!(1_000_000_000_000_001_i64), "validation_failed", "amountCents"),
        ("amountCents", json!(u64::MAX), "validation_failed", "amountCents"),
        ("currency", json!("XXX"), "unsupported_currency", "currency"),
        ("currency", json!("DOLLAR"), "currency_must_be_3_letters", "currency"),
        ("currency", json!(""), "currency_must_be_3_letters", "currency"),
        ("currency", json!(840), "validation_failed", "currency"),
        ("externalEventId", json!(""), "validation_failed", "externalEventId"),
        ("externalEventId", json!("   "), "validation_failed", "externalEventId"),
        ("externalEventId", json!(7), "validation_failed", "externalEventId"),
        ("externalEventId", Value::Null, "validation_failed", "externalEventId"),
        ("externalEventId", json!("x".repeat(300)), "validation_failed", "externalEventId"),
        ("externalEventId", json!("a\u{0}b"), "validation_failed", "externalEventId"),
        ("type", json!("gift"), "validation_failed", "type"),
        ("type", json!(1), "validation_failed", "type"),
        ("affiliateSlug", json!("no/slash"), "validation_failed", "affiliateSlug"),
        ("affiliateSlug", json!("x"), "validation_failed", "affiliateSlug"),
        ("customerEmail", json!("not an address"), "validation_failed", "customerEmail"),
        ("customerId", json!({"id": 1}), "validation_failed", "customerId"),
        ("clickToken", json!(12), "validation_failed", "clickToken"),
        ("programId", json!("prog_1"), "validation_failed", "programId"),
        ("programId", json!("aff_01kdvdna00fec9rpb7dk6gd3hy"), "validation_failed", "programId"),
        ("occurredAt", json!("yesterday"), "validation_failed", "occurredAt"),
        ("occurredAt", json!("2199-01-01T00:00:00Z"), "validation_failed", "occurredAt"),
        ("occurredAt", json!(1_790_000_000), "validation_failed", "occurredAt"),
        ("metadata", json!("text"), "validation_failed", "metadata"),
        ("metadata", json!({"a": "\u{0}"}), "validation_failed", "metadata"),
    ];
    for (field, value, code, named) in cases {
        let mut body = sale();
        body[field] = value.clone();
        let response = backend(world).post(&body).await;
        assert_eq!(response.field_refusal(), (400, code.to_owned(), named.to_owned()), "{field} = {value}");
        assert!(!response.json()["message"].as_str().unwrap().is_empty());
        let unsupported = if code == "unsupported_currency" { value } else { Value::Null };
        assert_eq!(response.json()["currency"], unsupported, "{field}");
    }
    let lead = json!({"externalEventId": name("bad"), "type": "lead", "amountCents": 5});
    assert_eq!(backend(world).post(&lead).await.field_refusal().2, "amountCents");
    let refund = json!({"externalEventId": name("bad"), "type": "refund", "amountCents": 5});
    assert_eq!(backend(world).post(&refund).await.field_refusal().2, "refundOf");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_object() {
    let world = shared_app().await;
    for (body, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("{\"externalEventId\":\"a\",}", "malformed_json"),
        ("externalEventId=a&amountCents=1", "malformed_json"),
        ("\u{feff}{}", "malformed_json"),
        ("[]", "validation_failed"),
        ("null", "validation_failed"),
        ("7", "validation_failed"),
    ] {
        let response = backend(world).post_text(body).await;
        assert_eq!(response.refusal(), (400, code.to_owned()), "{body}");
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(backend(world).post_text(&deep).await.refusal(), (400, "malformed_json".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_signatures_and_keys() {
    let world = shared_app().await;
    let backend = backend(world);
    let body = sale();
    let (text, order) = (body.to_string(), body["externalEventId"].as_str().unwrap().to_owned());
    let with =
        |backend: &world::client::s2s::Backend, seconds: i64| backend.signed(&text, now().plus_millis(seconds * 1_000));
    for (request, code) in [
        (with(&backend, -310), "signature_expired"),
        (with(&backend, -600), "signature_expired"),
        (with(&backend, 310), "signature_expired"),
        (
            with(&world::client::s2s::Backend { secret: "rks_of_somebody".to_owned(), ..backend.clone() }, 0),
            "signature_invalid",
        ),
        (
            with(&world::client::s2s::Backend { api_key: "rk_test_nobody".to_owned(), ..backend.clone() }, 0),
            "unauthorized",
        ),
        (with(&world::client::s2s::Backend { api_key: String::new(), ..backend.clone() }, 0), "unauthorized"),
        (with(&world::client::s2s::Backend { api_key: "x".repeat(5_000), ..backend.clone() }, 0), "unauthorized"),
        // Another organization's key with our secret.
        (
            with(&world::client::s2s::Backend { api_key: world.globex.api_key.clone(), ..backend.clone() }, 0),
            "signature_invalid",
        ),
    ] {
        let response = backend.send(&request).await;
        assert_eq!(response.refusal(), (401, code.to_owned()), "{:?}", request.headers);
    }
    let bearer = format!("Bearer {}", backend.api_key);
    let unsigned = Request::post(PATH, text.clone()).header("Authorization", &bearer);
    assert_eq!(backend.send(&unsigned).await.refusal(), (401, "signature_missing".to_owned()));
    let garbled = unsigned.clone().header("Rekomi-Signature", "t=,v1=");
    assert_eq!(backend.send(&garbled).await.refusal(), (401, "signature_malformed".to_owned()));
    let anonymous = Request::post(PATH, text.clone());
    let refused = backend.send(&anonymous).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    no_trace_of(world, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_compressed_or_by_another_method() {
    let world = shared_app().await;
    let backend = backend(world);
    let mut body = sale();
    body["metadata"] = json!({"a": "x".repeat(100_000)});
    let response = backend.post(&body).await;
    assert_eq!(response.refusal(), (413, "body_too_large".to_owned()));
    // Also where the length is not announced.
    let mut unannounced = backend.signed(&body.to_string(), now()).header("Transfer-Encoding", "chunked");
    let text = body.to_string();
    unannounced.body = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len()).into_bytes();
    assert_eq!(backend.send(&unannounced).await.refusal(), (413, "body_too_large".to_owned()));
    let compressed = backend.signed(&sale().to_string(), now()).header("Content-Encoding", "gzip");
    assert_eq!(backend.send(&compressed).await.refusal(), (415, "unsupported_encoding".to_owned()));
    for method in ["GET", "PUT", "DELETE"] {
        let response = backend.send(&Request::new(method, PATH)).await;
        assert_eq!(
            (response.refusal(), response.header("allow")),
            ((405, "method_not_allowed".to_owned()), Some("POST"))
        );
    }
    assert_eq!(
        backend.send(&Request::post("/api/tracking/nothing", "{}")).await.refusal(),
        (404, "not_found".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_key_may_not_tell() {
    let world = world::Plan::default().edge().start().await;
    let key = "update edge_config set record = jsonb_set(record, '{writes}', 'false'), version = version + 1, next_attempt_at = now()
               where key like 'key:%'";
    world.database.run(&format!("begin; update api_keys set scope = 'read'; {key}; commit")).await;
    world::wait::until("the edge to know", 15, async || {
        let response = backend(&world).post(&sale()).await;
        assert!(matches!(response.status, 202 | 403), "{}", response.text());
        (response.refusal() == (403, "forbidden".to_owned())).then_some(())
    })
    .await;
    let link = json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(), "destination": "https://acme.test/"});
    assert_eq!(world.api().post("/links", &link).await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(world.api().get("/links").await.status, 200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_external_id_is_one_conversion() {
    let world = shared_app().await;
    let body = sale();
    let order = body["externalEventId"].as_str().unwrap();
    for _ in 0..3 {
        backend(world).post(&body).await.expect_status(202);
    }
    let (_, commissions) = booked(world, order).await;
    assert_eq!(commissions.len(), 1);
    assert_eq!(world.api().all(&format!("/conversions?externalEventId={order}")).await.len(), 1);
}
