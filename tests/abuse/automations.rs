//! Goal: what CRMs may call with so little asked of them gives nothing to others: another brand's people are as if they weren't
//! there, hostile bodies end in a refusal, and money only ever moves for whom it is due.
//! Method: two brands with people of the same addresses; bodies that are deep, wide, doubled or nonsense; figures that no
//! plan may have. Tables are counted before and after.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    http::{Request, Response},
};

const FORM: &str = "application/x-www-form-urlencoded";
const PATHS: [&str; 4] = ["invite", "segment", "rate-bump", "release"];

async fn rows(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "affiliates",
        "links",
        "plan_versions",
        "affiliate_segments",
        "decisions",
        "rate_bumps",
        "consents",
        "audit_log",
    ] {
        counts.push(world.database.count(&format!("select count(*) from {table}")).await);
    }
    counts
}

/// As Acme, with any body.
async fn sent(world: &World, target: &str, kind: &str, body: Vec<u8>) -> Response {
    let request = Request { body, ..Request::new("POST", &format!("/api/v1/automations/{target}")) };
    world.api().send(request.header("Content-Type", kind)).await
}

#[tokio::test]
async fn the_same_address_is_somebody_else_at_each_brand() {
    let world = World::shared().await;
    let (api, other) = (world.api(), world.other_api());
    let slug = world.globex.partner.slug.clone();
    let sale = world.globex.sale("theirs", 9_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("u_1".to_owned());
        report.customer_email = Some("buyer@globex.test".to_owned());
    });
    world.intake().accept(&[sale]).await;
    let theirs = json!({"name": "Gil", "email": "gil@globex.test"});
    let gil = other.post("/affiliates", &theirs).await.expect_status(201).json();
    let before = rows(&world).await;
    let program = world.acme.program.to_string();
    for (path, body) in [
        ("segment", json!({"email": "gil@globex.test", "segment": "gold"})),
        ("rate-bump", json!({"email": "gil@globex.test", "programId": program, "ratePercent": "90"})),
        ("release", json!({"email": "gil@globex.test"})),
        ("release", json!({"email": "buyer@globex.test", "who": "customer", "reach": "affiliate"})),
        ("release", json!({"customerId": "u_1"})),
    ] {
        let answer = api.post(&format!("/automations/{path}"), &body).await.expect_status(200).json();
        assert_eq!((&answer["result"], &answer["affiliateId"]), (&json!("unknown"), &Value::Null), "{path} {body}");
    }
    let their_program = world.globex.program.to_string();
    for (path, more) in [("invite", json!({})), ("rate-bump", json!({"ratePercent": "90"}))] {
        let mut body = json!({"email": "gil@globex.test", "programId": their_program});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = api.post(&format!("/automations/{path}"), &body).await;
        assert_eq!(refused.field_refusal(), (404, "not_found".to_owned(), "programId".to_owned()), "{path}");
    }
    assert_eq!(rows(&world).await, before);
    // Invited here too, they are two.
    let body = json!({"email": "gil@globex.test", "programId": program, "notify": false});
    let ours = api.post("/automations/invite", &body).await.expect_status(200).json();
    assert_eq!(ours["result"], "invited");
    assert_ne!(ours["affiliateId"], gil["id"]);
    world.check().await;
    world.finish().await;
}

#[tokio::test]
async fn nonsense_is_refused_and_changes_nothing() {
    let world = World::shared().await;
    let before = rows(&world).await;
    let deep = format!("{}1{}", "{\"a\":".repeat(3_000), "}".repeat(3_000));
    let brackets = format!("contact{}=x", "[a]".repeat(5_000));
    let wide = (0..4_000).map(|number| format!("f{number}=1")).collect::<Vec<_>>().join("&");
    let lauren = world.own("lauren@creators.test");
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("application/json", deep.into_bytes()),
        ("application/json", json!({"email": {"email": lauren}}).to_string().into_bytes()),
        ("application/json", json!({"email": format!("{lauren}\0"), "segment": "a\0"}).to_string().into_bytes()),
        ("application/json", b"\xff\xfe".to_vec()),
        ("application/json", b"null".to_vec()),
        (FORM, brackets.into_bytes()),
        (FORM, wide.into_bytes()),
        (FORM, format!("contact=x&contact[email]={lauren}").into_bytes()),
        (FORM, format!("email[]={lauren}&email[]=x").into_bytes()),
        (FORM, b"%00=%00&email=%00".to_vec()),
        (FORM, format!("[email]={lauren}&=&&[=]").into_bytes()),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        ("application/json", Vec::new()),
    ];
    for path in PATHS {
        for (kind, body) in &bodies {
            let answer = sent(&world, path, kind, body.clone()).await;
            assert!((400..500).contains(&answer.status), "{path} {kind}: {} {}", answer.status, answer.text());
        }
    }
    assert_eq!(rows(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn no_figure_but_a_sensible_one() {
    let world = World::shared().await;
    let before = rows(&world).await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    for amount in
        [json!(0), json!(-1), json!(1.5), json!("1e3"), json!("50.00"), json!(9_223_372_036_854_775_807_i64), json!("")]
    {
        let body = json!({"email": "x@creators.test", "programId": program,
                          "firstConversionBounty": {"amountCents": amount, "currency": "USD"}});
        let answer = api.post("/automations/invite", &body).await;
        assert_eq!(answer.status, 400, "{amount}: {}", answer.text());
    }
    for currency in [json!("XXXX"), json!(""), json!(null), json!(1)] {
        let body = json!({"email": "x@creators.test", "programId": program,
                          "firstConversionBounty": {"amountCents": 5, "currency": currency}});
        assert_eq!(api.post("/automations/invite", &body).await.status, 400, "{currency}");
    }
    for (field, wrong) in [
        ("ratePercent", json!(-5)),
        ("ratePercent", json!(1e300)),
        ("ratePercent", json!("25,5")),
        ("ratePercent", json!("١٥")),
        ("ratePercent", json!([25])),
        ("months", json!(1e9)),
        ("months", json!(1.5)),
        ("key", json!("x".repeat(101))),
    ] {
        let mut body = json!({"email": world.own("lauren@creators.test"), "programId": program, "ratePercent": "25"});
        body[field] = wrong;
        let refused = api.post("/automations/rate-bump", &body).await;
        assert_eq!(refused.field_refusal().2, field, "{body}");
    }
    for destination in ["javascript:alert(1)", "ftp://brand.test", "not a url"] {
        let body = json!({"email": "x@creators.test", "programId": program, "destination": destination});
        assert_eq!(api.post("/automations/invite", &body).await.field_refusal().2, "destination", "{destination}");
    }
    assert_eq!(rows(&world).await, before);
    world.finish().await;
}
