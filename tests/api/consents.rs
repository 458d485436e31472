//! Goal: consents are a log: that an affiliate accepted the program's terms is recorded with time, version and
//! evidence, and the last entry counts.
//! Method: affiliates are created, invited and approved with `termsAccepted`, and consents are recorded by API;
//! consents and the audit log are read.

use serde_json::{Value, json};
use world::{World, brand::But, client::api::Api};

const AT: &str = "2026-01-18T09:12:00Z";

async fn consents(api: &Api, affiliate: &Value) -> Vec<Value> {
    api.all(&format!("/consents?kind=program_terms&affiliateId={}", affiliate.as_str().unwrap())).await
}

#[tokio::test]
async fn the_brand_tells_who_accepted() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let terms = json!({"at": AT, "version": "2026-07", "evidence": "Ticked at checkout"});
    let made = json!({"name": "Ada", "email": "ada@creators.test", "termsAccepted": terms});
    let ada = api.post("/affiliates", &made).await.expect_status(201).json()["id"].clone();
    let kept = consents(&api, &ada).await.remove(0);
    assert_eq!(
        (&kept["granted"], &kept["version"], &kept["evidence"]),
        (&json!(true), &json!("2026-07"), &json!("Ticked at checkout"))
    );
    assert!(
        kept["at"].as_str().unwrap().starts_with("2026-01-18T09:12:00")
            && kept["actor"].as_str().unwrap().starts_with("api_key:")
    );

    let rows = json!({"programId": program, "affiliates": [
        {"email": "ben@creators.test", "termsAccepted": {"at": AT}},
        {"email": "cleo@creators.test"},
        {"email": "dana@creators.test", "termsAccepted": {"at": "2099-01-01T00:00:00Z"}},
    ]});
    let result = api.post("/affiliates/bulk-invite", &rows).await.expect_status(200).json();
    assert_eq!(
        (&result["invited"], &result["rows"][2]["reason"]),
        (&json!(2), &json!("validation_failed")),
        "{result}"
    );
    assert_eq!(consents(&api, &result["rows"][0]["affiliateId"]).await[0]["evidence"], "Reported by the brand");
    assert!(consents(&api, &result["rows"][1]["affiliateId"]).await.is_empty(), "inviting is not accepting");

    let applied = json!({"name": "Eve", "email": "eve@creators.test", "status": "Pending"});
    let eve = api.post("/affiliates", &applied).await.expect_status(201).json()["id"].clone();
    let path = format!("/affiliates/{}/approve", eve.as_str().unwrap());
    for _ in 0..2 {
        api.post(&path, &json!({"notify": false, "termsAccepted": terms})).await.expect_status(200);
    }
    assert_eq!(consents(&api, &eve).await.len(), 1);
    assert_eq!(api.all("/audit-log?action=consent.recorded").await.len(), 3);
    for (field, wrong) in [
        ("termsAccepted.at", json!({"at": "2099-01-01T00:00:00Z"})),
        ("termsAccepted.at", json!({})),
        ("termsAccepted.version", json!({"at": AT, "version": ""})),
        ("termsAccepted.accepted", json!({"at": AT, "accepted": true})),
    ] {
        let body = json!({"name": "X", "email": "x@creators.test", "termsAccepted": wrong});
        assert_eq!(api.post("/affiliates", &body).await.field_refusal().2, field, "{wrong}");
    }
    world.finish().await;
}

/// An integration that passes on withdrawals knows its own IDs.
#[tokio::test]
async fn a_customer_is_named_by_the_brands_own_id() {
    let world = World::shared().await;
    let api = world.api();
    let sale = world.acme.sale("o-1", 1_000).but(|report| report.customer_id = Some("user_42".to_owned()));
    world.intake().accept(&[sale]).await;
    let customer = api.all("/customers?customerId=user_42").await.remove(0)["id"].as_str().unwrap().to_owned();
    for (named, granted) in [("user_42", true), (customer.as_str(), false)] {
        let body = json!({"customerId": named, "kind": "marketing_email", "granted": granted});
        let made = api.post("/consents", &body).await.expect_status(201).json();
        assert_eq!(made["customerId"].as_str(), Some(customer.as_str()), "{named}");
    }
    for named in ["user_42", &customer] {
        assert_eq!(api.all(&format!("/consents?customerId={named}")).await.len(), 2, "{named}");
    }
    assert!(api.all("/consents?customerId=user_43").await.is_empty());
    for (field, named) in
        [("customerId", "user_43"), ("affiliateId", "lauren"), ("affiliateId", "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    {
        let body = json!({field: named, "kind": "other", "granted": false});
        let refused = api.post("/consents", &body).await.field_refusal();
        assert_eq!(refused, (404, "not_found".to_owned(), field.to_owned()), "{named:?}");
    }
    let other = json!({"customerId": "user_42", "kind": "other", "granted": false});
    assert_eq!(world.other_api().post("/consents", &other).await.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn consents_are_a_log_and_the_last_one_counts() {
    let world = World::shared().await;
    let affiliate = world.acme.partner.affiliate.to_string();
    let body = |granted: bool| {
        json!({"affiliateId": affiliate, "kind": "program_terms", "version": "2026-07", "granted": granted,
               "evidence": "Ticked in the form"})
    };
    let first = world.api().post("/consents", &body(true)).await.expect_status(201).json();
    world.api().post("/consents", &body(false)).await.expect_status(201);
    let all = world.api().all(&format!("/consents?affiliateId={affiliate}")).await;
    assert_eq!((all.len(), &all[0]["granted"], &all[1]["id"]), (2, &json!(false), &first["id"]));
    assert_eq!(world.other_api().all("/consents").await.len(), 0);
    let other = world.other_api().post("/consents", &body(true)).await;
    assert_eq!(other.refusal(), (404, "not_found".to_owned()));
    for (body, field) in [
        (json!({"kind": "other", "granted": true}), "affiliateId"),
        (json!({"affiliateId": affiliate, "kind": "cookies", "granted": true}), "kind"),
        (json!({"affiliateId": affiliate, "kind": "other", "granted": true, "at": "2999-01-01T00:00:00Z"}), "at"),
    ] {
        let (status, _, at) = world.api().post("/consents", &body).await.field_refusal();
        assert_eq!((status, at.as_str()), (400, field));
    }
    let export = world.api().get(&format!("/affiliates/{affiliate}/export")).await.expect_status(200).json();
    assert_eq!(export["data"]["consents"]["rows"].as_array().unwrap().len(), 2);
    world.finish().await;
}
