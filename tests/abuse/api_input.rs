//! Goal: bad input to the ledger's API gets its status, a stable code and the field at fault; a repeated write is one write.
//! Method: lists with wrong parameters, a link that is wrong in one way at a time, idempotency keys used twice.

use serde_json::{Value, json};
use world::{World, http::Request};

#[tokio::test]
async fn of_lists() {
    let world = World::shared().await;
    for (target, field) in [
        ("/conversions?perPage=0", "perPage"),
        ("/conversions?perPage=101", "perPage"),
        ("/conversions?perPage=many", "perPage"),
        ("/conversions?cursor=nonsense", "cursor"),
        ("/conversions?status=Open", "status"),
        ("/conversions?affiliateId=prog_01kdvdna00fnwvvrwp1y42fmbq", "affiliateId"),
        ("/conversions?from=yesterday", "from"),
        ("/conversions?afiliateId=x", "afiliateId"),
        ("/conversions?status=Paid&status=Denied", "status"),
        ("/conversions?externalEventId=a%00b", "externalEventId"),
        ("/commissions?conversionId=1", "conversionId"),
        ("/clicks/summary?groupBy=planet", "groupBy"),
        ("/conversions?sort=sideways", "sort"),
        ("/conversions?type=Gift", "type"),
        ("/conversions?currency=XYZ", "currency"),
        ("/affiliates?status=Gone", "status"),
        ("/affiliates?programId=aff_01kdvdna00fec9rpb7dk6gd3hy", "programId"),
        ("/links?status=Broken", "status"),
        ("/coupons?from=2026-13-01", "from"),
        ("/customers?affiliateId=cus_1", "affiliateId"),
        ("/customers?name=Ann", "name"),
        ("/customer-joins?state=Open", "state"),
        ("/leads?status=Lost", "status"),
        ("/payouts?to=tomorrow", "to"),
        ("/decisions?type=Guess", "type"),
        ("/programs?status=Old", "status"),
    ] {
        let response = world.api().get(target).await;
        assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{target}");
    }
    for (target, status, code) in [
        ("/nothing", 404, "not_found"),
        ("/links/not-an-id", 404, "not_found"),
        ("/links/prog_01kdvdna00fnwvvrwp1y42fmbq", 404, "not_found"),
    ] {
        assert_eq!(world.api().get(target).await.refusal(), (status, code.to_owned()), "{target}");
    }
    let deleted = world.api().send(Request::new("DELETE", "/api/v1/links")).await;
    assert_eq!(deleted.refusal(), (405, "method_not_allowed".to_owned()));
    world.finish().await;
}

fn link(world: &World) -> Value {
    json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(), "slug": "pricing-page", "destination": "https://acme.test/pricing"})
}

#[tokio::test]
async fn of_a_new_link() {
    let world = World::shared().await;
    for (field, value) in [
        ("programId", json!("prog_1")),
        ("programId", Value::Null),
        ("affiliateId", json!(7)),
        ("slug", json!("a/b")),
        ("slug", json!("")),
        ("host", json!("nobody.example")),
        ("destination", json!("javascript:alert(1)")),
        ("destination", json!("//evil.test")),
        ("destination", json!("ftp://acme.test/")),
        ("destination", json!("https://user@acme.test/")),
        ("destination", json!(format!("https://acme.test/{}", "x".repeat(3_000)))),
        ("colour", json!("red")),
    ] {
        let mut body = link(&world);
        body[field] = value.clone();
        let response = world.api().post("/links", &body).await;
        assert_eq!(
            (response.status, response.json()["field"].as_str()),
            (400, Some(field)),
            "{field} = {value}: {}",
            response.text()
        );
    }
    for (text, code) in [("{", "malformed_json"), ("", "malformed_json"), ("[]", "validation_failed")] {
        let response = world.api().send(Request::post("/api/v1/links", text)).await;
        assert_eq!(response.refusal(), (400, code.to_owned()), "{text}");
    }
    let huge = world.api().send(Request::post("/api/v1/links", format!("\"{}\"", "x".repeat(200_000)))).await;
    assert_eq!(huge.refusal(), (413, "payload_too_large".to_owned()));
    let mut form = Request::new("POST", "/api/v1/links").header("Content-Type", "application/x-www-form-urlencoded");
    form.body = b"slug=a".to_vec();
    assert_eq!(world.api().send(form).await.refusal(), (415, "unsupported_media_type".to_owned()));
    assert_eq!(world.database.count("select count(*) from links where slug = 'pricing-page'").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_write_however_often_it_is_sent() {
    let world = World::shared().await;
    let request =
        |body: &Value, key: &str| Request::post("/api/v1/links", body.to_string()).header("Idempotency-Key", key);
    let body = link(&world);
    let first = world.api().send(request(&body, "key-1")).await.expect_status(201);
    let again = world.api().send(request(&body, "key-1")).await.expect_status(201);
    assert_eq!(first.json(), again.json());
    let mut other = body.clone();
    other["destination"] = json!("https://acme.test/other");
    assert_eq!(world.api().send(request(&other, "key-1")).await.refusal(), (409, "idempotency_conflict".to_owned()));
    assert_eq!(world.api().send(request(&body, "key-2")).await.refusal(), (409, "slug_taken".to_owned()));
    // Ten at once with one key: one link.
    let mut racing = body.clone();
    racing["slug"] = json!("racing");
    let posts: Vec<_> = (0..10)
        .map(|_| {
            let (api, request) = (world.api(), request(&racing, "key-3"));
            tokio::spawn(async move { api.send(request).await })
        })
        .collect();
    for post in posts {
        let response = post.await.unwrap();
        assert_eq!(response.status, 201, "{}", response.text());
    }
    assert_eq!(world.database.count("select count(*) from links where slug = 'racing'").await, 1);
    assert_eq!(world.database.count("select count(*) from links where slug = 'pricing-page'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_nul_is_refused_by_every_write() {
    let world = World::shared().await;
    let document = world.api().get("/openapi.json").await.expect_status(200).json();
    let mut requested = 0;
    // Those with servers of their own are the edge's.
    let ours = |(_, methods): &(&String, &serde_json::Value)| methods.get("servers").is_none();
    for (path, methods) in document["paths"].as_object().unwrap().iter().filter(ours) {
        for (method, operation) in methods.as_object().unwrap() {
            if operation.pointer("/requestBody/content/application~1json").is_none() {
                continue;
            }
            let target = path.replace("{id}", "lnk_01kdvdna00fsc8v9e8c2t4hv3a");
            for body in [r#"{"name":"a\u0000b"}"#, r#"{"a\u0000b":1}"#, r#"{"deep":[{"x":"\u0000"}]}"#] {
                let request = Request { method: method.to_uppercase(), ..Request::post(&target, body) };
                let response = world.api().send(request).await;
                assert!(
                    [400, 403, 404].contains(&response.status),
                    "{method} {path}: {} {}",
                    response.status,
                    response.text()
                );
                requested += 1;
            }
        }
    }
    assert!(requested >= 60, "{requested}");
    world.finish().await;
}

#[tokio::test]
async fn of_affiliates_and_conversions() {
    let world = World::shared().await;
    let affiliate = format!("/affiliates/{}", world.acme.partner.affiliate);
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "a\u{7}"}), "name"),
        (json!({"email": "nobody"}), "email"),
        (json!({"slug": "a b"}), "slug"),
        (json!({"status": "Pending"}), "status"),
        (json!({"reason": "for no status"}), "reason"),
        (json!({"application": {"a": {"b": {"c": 1}}}}), "application.a"),
        (json!({"application": []}), "application"),
        (json!({"rank": 1}), "rank"),
        (json!({"notes": "x".repeat(4_001)}), "notes"),
    ] {
        let response = world.api().patch(&affiliate, &body).await;
        assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    for (body, field) in [
        (json!({"amountCents": 100}), "externalEventId"),
        (json!({"externalEventId": "e"}), "amountCents"),
        (json!({"externalEventId": "e", "amountCents": -1}), "amountCents"),
        (json!({"externalEventId": "e", "amountCents": u64::MAX}), "amountCents"),
        (json!({"externalEventId": "e", "amountCents": 1e300}), "amountCents"),
        (json!({"externalEventId": "e", "amountCents": 1, "type": "refund", "refundOf": "x"}), "refundOf"),
        (json!({"externalEventId": "e", "amountCents": 1, "occurredAt": "2999-01-01T00:00:00Z"}), "occurredAt"),
        (json!({"externalEventId": "e", "amountCents": 1, "metadata": {"a": "x".repeat(2_000)}}), "metadata"),
    ] {
        let response = world.api().post("/conversions", &body).await;
        assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    for (body, field) in [
        (json!({"externalEventId": "l"}), "customerEmail"),
        (json!({"customerEmail": "nobody"}), "customerEmail"),
        (json!({"customerEmail": "a@b.test", "amountCents": 5}), "amountCents"),
    ] {
        let response = world.api().post("/leads", &body).await;
        assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    world.finish().await;
}
