//! Goal: each CRM's way of sending a request is understood: bodies that the user can't choose, settings and key in the
//! address.
//! Method: requests as ActiveCampaign, Klaviyo, Customer.io and Ontraport send them; keys without the right, in each
//! place.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use world::{World, http::Request};

use super::bare;

const FORM: &str = "application/x-www-form-urlencoded";

fn form(target: &str, body: &str) -> Request {
    Request { body: body.into(), ..Request::new("POST", target) }.header("Content-Type", FORM)
}

/// A key that may call these operations and nothing else.
async fn automations_key(world: &World) -> String {
    let made = world.api().post("/api-keys", &json!({"name": "CRM", "scope": "automations"})).await.expect_status(201);
    made.json()["bearer"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn as_each_crm_sends_it() {
    let world = World::shared().await;
    let (key, email) = (&world.acme.api_key, world.own("lauren@creators.test"));
    let encoded = email.replace('@', "%40");
    let of_crm = automations_key(&world).await;
    let lauren = format!("/api/v1/affiliates/{}", world.acme.partner.affiliate);
    let segment = async || world.api().send(Request::get(&lauren)).await.json()["segment"].clone();
    let basic = format!("Basic {}", STANDARD.encode(format!("rekomi:{key}")));
    let bearer = format!("Bearer {key}");
    let active_campaign = form(
        &format!("/api/v1/automations/segment?segment=ac&apiKey={of_crm}"),
        &format!(
            "type=contact_tag_added&contact%5Bid%5D=7&contact%5Bemail%5D=L{}&contact%5Btags%5D=a%2C+b&segment=x",
            &encoded[1..]
        ),
    );
    let klaviyo =
        Request::post("/api/v1/automations/segment", json!({"email": email, "segment": "klaviyo"}).to_string())
            .header("Authorization", &bearer);
    let customer_io = Request::post("/api/v1/automations/segment?segment=cio", json!({"email": email}).to_string())
        .header("Authorization", &basic);
    let ontraport = form("/api/v1/automations/segment", &format!("email={encoded}&segment=ontraport&extra="))
        .header("Authorization", &bearer);
    for (request, expected) in
        [(active_campaign, "ac"), (klaviyo, "klaviyo"), (customer_io, "cio"), (ontraport, "ontraport")]
    {
        let answer = bare(&world, request).await.expect_status(200).json();
        assert_eq!((&answer["result"], &answer["segment"]), (&json!("set"), &json!(expected)));
        assert_eq!(segment().await, expected);
    }
    let xml = Request { body: b"<a/>".into(), ..Request::new("POST", "/api/v1/automations/segment") }
        .header("Content-Type", "text/xml")
        .header("Authorization", &bearer);
    assert_eq!(bare(&world, xml).await.status, 415);
    let broken = Request::post("/api/v1/automations/segment", r#"{"email": }"#).header("Authorization", &bearer);
    assert_eq!(bare(&world, broken).await.refusal(), (400, "malformed_json".to_owned()));
    let huge =
        form("/api/v1/automations/segment", &format!("email={}", "x".repeat(70_000))).header("Authorization", &bearer);
    assert_eq!(bare(&world, huge).await.status, 413);
    world.finish().await;
}

#[tokio::test]
async fn a_key_in_the_address_opens_these_doors_only() {
    let world = World::shared().await;
    let key = world.acme.api_key.clone();
    for path in ["/api/v1/affiliates", "/api/v1/programs", "/api/v1/audit-log"] {
        let answer = bare(&world, Request::get(&format!("{path}?apiKey={key}"))).await;
        assert_eq!(answer.status, 401, "{path}");
        let basic = format!("Basic {}", STANDARD.encode(format!("x:{key}")));
        assert_eq!(bare(&world, Request::get(path).header("Authorization", &basic)).await.status, 401, "{path}");
    }
    let body = json!({"email": world.own("lauren@creators.test"), "segment": "gold"}).to_string();
    // Anyone who sees the address has the key, so only a key that may do nothing else is accepted there.
    for (scope, role) in [
        ("read", "owner"),
        ("send_conversions", "owner"),
        ("write", "manager"),
        ("admin", "owner"),
        ("read_write", "owner"),
        ("automations", "viewer"),
    ] {
        let made = world.api().post("/api-keys", &json!({"name": "no", "scope": scope, "role": role})).await;
        let bearer = made.expect_status(201).json()["bearer"].as_str().unwrap().to_owned();
        let answer =
            bare(&world, Request::post(&format!("/api/v1/automations/segment?apiKey={bearer}"), body.as_str())).await;
        assert_eq!(answer.refusal(), (403, "forbidden".to_owned()), "{scope} {role}");
    }
    let of_crm = automations_key(&world).await;
    let target = format!("/api/v1/automations/segment?apiKey={of_crm}");
    bare(&world, Request::post(&target, body.as_str())).await.expect_status(200);
    for wrong in ["", "rk_live_unknown", "%20", "nonsense"] {
        let answer =
            bare(&world, Request::post(&format!("/api/v1/automations/segment?apiKey={wrong}"), body.as_str())).await;
        assert_eq!(answer.refusal(), (401, "unauthorized".to_owned()), "{wrong}");
    }
    world.finish().await;
}

#[tokio::test]
async fn an_idempotency_key_works_as_everywhere() {
    let world = World::shared().await;
    let api = world.api();
    let send = async |segment: &str| {
        let body = json!({"email": world.own("lauren@creators.test"), "segment": segment}).to_string();
        api.send(Request::post("/api/v1/automations/segment", body).header("Idempotency-Key", "k")).await
    };
    let first = send("gold").await.expect_status(200);
    let again = send("gold").await.expect_status(200);
    assert_eq!((again.header("idempotency-replayed"), again.json()), (Some("true"), first.json()));
    assert_eq!(send("silver").await.refusal(), (409, "idempotency_conflict".to_owned()));
    world.finish().await;
}
