//! Goal: a program pays a recruiter their share of what the recruit earns, exactly, by the rule of each sale's time.
//! Method: terms, recruiters and sales by API; refunds and decisions change the parent; strangers get 404.
//! Routes: `/programs/{id}/sub-affiliate-config`, `/affiliates/{id}/recruits`, `/affiliates/{id}/recruiter`,
//! `/me/sub-affiliate/link`

use serde_json::{Value, json};
use world::{
    World,
    http::{Request, Response},
};

use crate::created;

async fn overrides(world: &World) -> Vec<Value> {
    world.api().all("/commissions?type=Override").await
}

async fn put(world: &World, path: &str, body: Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    world.api().send(Request { method: "PUT".to_owned(), ..request }).await
}

#[tokio::test]
async fn a_recruiter_earns_a_share_that_follows_the_parent() {
    let world = World::start().await;
    let path = format!("/programs/{}/sub-affiliate-config", world.acme.program);
    let unset = json!({"enabled": false, "percent": 0.0, "months": null, "effectiveAt": null});
    assert_eq!(world.api().get(&path).await.expect_status(200).json(), unset);
    for (body, field) in [
        (json!({"enabled": true, "percent": 100.1}), "percent"),
        (json!({"enabled": true, "percent": -1}), "percent"),
        (json!({"enabled": true, "percent": 10, "months": 0}), "months"),
    ] {
        assert_eq!(put(&world, &path, body).await.field_refusal().2, field);
    }
    let set = put(&world, &path, json!({"enabled": true, "percent": 10})).await.expect_status(200).json();
    assert_eq!((set["enabled"].as_bool(), set["percent"].as_f64()), (Some(true), Some(10.0)));
    let logged = world.api().all("/audit-log?action=program.sub_affiliate_config_changed").await;
    assert_eq!(logged.len(), 1);

    let recruit = world.acme.partner.affiliate.to_string();
    let recruiter = world.acme.join(&world.database, "early").await;
    let recruiter_id = recruiter.affiliate.to_string();
    let at = format!("/affiliates/{recruit}/recruiter");
    let decision = |id: &str| json!({"recruiterId": id, "reason": "Met at the fair"});
    assert_eq!(put(&world, &at, decision(&recruit)).await.field_refusal().2, "recruiterId");
    put(&world, &at, decision(&recruiter_id)).await.expect_status(200);
    let loops = put(&world, &format!("/affiliates/{recruiter_id}/recruiter"), decision(&recruit)).await;
    assert_eq!(loops.field_refusal().2, "recruiterId");

    let slug = &world.acme.partner.slug;
    let sale = json!({"externalEventId": "one", "amountCents": 9_900, "customerId": "ann", "affiliateSlug": slug});
    let made = created(&world, "/conversions", sale).await;
    let conversion = made["id"].as_str().unwrap();
    let parents = world.api().all(&format!("/commissions?conversionId={conversion}&type=Conversion")).await;
    let parent = &parents[0];
    let earned = overrides(&world).await;
    assert_eq!(earned.len(), parents.len());
    assert_eq!(earned[0]["amountCents"].as_i64(), Some(parent["amountCents"].as_i64().unwrap() / 10));
    assert_eq!(earned[0]["ofCommissionId"], parent["id"]);
    assert_eq!((&earned[0]["affiliateId"], &earned[0]["holdUntil"]), (&json!(recruiter_id), &parent["holdUntil"]));

    let listed = world.api().get(&format!("/affiliates/{recruiter_id}/recruits")).await.expect_status(200).json();
    assert_eq!(listed["recruits"][0]["affiliateId"], json!(recruit));
    assert_eq!(listed["recruits"][0]["earned"][0]["amountCents"], earned[0]["amountCents"]);
    let link = format!("/me/sub-affiliate/link?affiliateId={recruiter_id}&programId={}", world.acme.program);
    let link = world.api().get(&link).await.expect_status(200).json();
    assert!(link["url"].as_str().unwrap().ends_with("/p/acme?by=early"), "{link}");

    let denied = format!("/commissions/{}/deny", parent["id"].as_str().unwrap());
    world.api().post(&denied, &json!({"reason": "Not ours"})).await.expect_status(200);
    let after = overrides(&world).await;
    assert_eq!((after[0]["amountCents"].as_i64(), after[0]["status"].as_str()), (Some(0), Some("Denied")));
    let explained = format!("/commissions/{}/explain", after[0]["id"].as_str().unwrap());
    let receipt = world.api().get(&explained).await.expect_status(200).json();
    assert_eq!(receipt["type"].as_str().or(receipt["kind"].as_str()), Some("Override"), "{receipt}");

    for path in [path, format!("/affiliates/{recruiter_id}/recruits")] {
        assert_eq!(world.other_api().get(&path).await.refusal().0, 404, "{path}");
    }
    world.finish().await;
}
