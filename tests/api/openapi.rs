//! Goal: the OpenAPI description matches the API: each listed operation answers, only with a key and only with the
//! listed methods; and what the caller has already is not sent again.
//! Method: every documented operation is called without a key, with its examples, and with every other method on every
//! path; lists with filters that they don't describe; then reads with `If-None-Match`.

use serde_json::Value;
use world::{World, http::Request};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn whole_document(world: &World) -> Value {
    Request::get("/api/v1/openapi.json").send(&world.ledger.base()).await.unwrap().expect_status(200).json()
}

/// Without the edge's operations, which have servers of their own.
async fn document(world: &World) -> Value {
    let mut document = whole_document(world).await;
    document["paths"].as_object_mut().unwrap().retain(|_, item| item.get("servers").is_none());
    document
}

/// The path with the examples of its parameters.
fn filled(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|one| one["in"] == "path").fold(path.to_owned(), |path, parameter| {
        let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        path.replace(&format!("{{{name}}}"), &example)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_there_and_wants_a_key() {
    let world = World::shared().await;
    let document = document(&world).await;
    let base = world.ledger.base();
    let mut calls = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let known: Vec<&str> = METHODS.into_iter().filter(|method| item.get(method).is_some()).collect();
        let target = filled(path, &item[known[0]]);
        for method in known.iter().map(|method| method.to_uppercase()) {
            let body = if method == "GET" {
                Request::new(&method, &target)
            } else {
                Request { method: method.clone(), ..Request::post(&target, "{}") }
            };
            let answer = body.send(&base).await.unwrap();
            calls += 1;
            // Operations that need no key.
            if item[method.to_lowercase()]["security"] == serde_json::json!([{}]) {
                assert_eq!(answer.status, 200, "{method} {target}");
                continue;
            }
            assert_eq!(answer.refusal(), (401, "unauthorized".to_owned()), "{method} {target}");
            assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"), "{method} {target}");
        }
        for method in METHODS.into_iter().filter(|method| !known.contains(method)).map(str::to_uppercase) {
            let answer = world.api().send(Request::new(&method, &target)).await;
            assert_eq!(answer.refusal(), (405, "method_not_allowed".to_owned()), "{method} {target}");
            let allowed = answer.header("Allow").unwrap_or_default().to_lowercase();
            assert!(known.iter().all(|method| allowed.contains(method)), "{method} {target}: Allow: {allowed}");
        }
    }
    assert!(calls > 40, "{calls}");
    world.finish().await;
}

/// A filter that the description lacks can't be used by anyone: not by the client, and not by an assistant.
#[tokio::test(flavor = "multi_thread")]
async fn lists_take_no_filter_that_is_not_described() {
    let world = World::shared().await;
    let document = document(&world).await;
    let mut calls = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        let known: Vec<&str> = parameters.filter_map(|one| one["name"].as_str()).collect();
        if path.contains('{') || !known.contains(&"cursor") {
            continue;
        }
        for name in ["type", "status", "currency", "from", "to"].into_iter().filter(|name| !known.contains(name)) {
            let answer = world.api().send(Request::get(&format!("{path}?{name}=x"))).await;
            let reads = answer.status == 200
                || (answer.field_refusal().2 == name && !answer.text().contains("isn't a parameter"));
            assert!(!reads, "{path} reads {name}: {}", answer.text());
            calls += 1;
        }
    }
    assert!(calls > 40, "{calls}");
    world.finish().await;
}

#[tokio::test]
async fn what_a_caller_has_is_not_sent_again() {
    let world = World::shared().await;
    let affiliate = format!("/api/v1/affiliates/{}", world.acme.partner.affiliate);
    for target in [affiliate.as_str(), "/api/v1/programs", "/api/v1/openapi.json"] {
        let first = world.api().send(Request::get(target)).await.expect_status(200);
        let tag = first.header("ETag").unwrap_or_else(|| panic!("{target} has no tag")).to_owned();
        let again = world.api().send(Request::get(target).header("If-None-Match", &tag)).await;
        assert_eq!((again.status, again.body.len(), again.header("ETag")), (304, 0, Some(tag.as_str())), "{target}");
        assert!(again.header("Rekomi-Request-Id").is_some());
        let other = world.api().send(Request::get(target).header("If-None-Match", "\"other\"")).await;
        assert_eq!((other.status, other.body), (200, first.body), "{target}");
    }
    // Another organization's key gets no 304 for an object that isn't its own.
    let tag = world.api().send(Request::get(&affiliate)).await.header("ETag").unwrap().to_owned();
    let stranger = world.other_api().send(Request::get(&affiliate).header("If-None-Match", &tag)).await;
    assert_eq!(stranger.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}

/// Many clients send `Content-Type: application/json` with every request; the header alone doesn't require a body.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_is_no_body_where_none_is_needed() {
    let world = World::shared().await;
    let document = document(&world).await;
    let mut optional = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.into_iter().filter(|method| *method != "get" && item.get(method).is_some()) {
            let body = &item[method]["requestBody"];
            if body["required"] == true {
                continue;
            }
            let target = filled(path, &item[method]);
            for chunks in [false, true] {
                let mut request = Request::post(&target, if chunks { "0\r\n\r\n" } else { "" });
                request = request.header(if chunks { "Transfer-Encoding" } else { "X-Sent" }, "chunked");
                request.method = method.to_uppercase();
                let answer = world.api().send(request).await;
                let code = if answer.status < 400 { String::new() } else { answer.refusal().1 };
                assert!(
                    !["malformed_json", "unsupported_media_type", "validation_failed"].contains(&code.as_str()),
                    "{method} {target}, chunks: {chunks}: {}",
                    answer.text()
                );
            }
            if body.is_object() {
                optional.push(path.as_str());
            }
        }
    }
    assert!(optional.iter().any(|path| path.ends_with("/affiliates/{id}/approve")), "{optional:?}");
    world.finish().await;
}
