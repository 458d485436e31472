//! Goal: an archived program accepts nothing new and continues to pay.
//! Method: a program is archived by API; links, coupons and conversions follow.
//! Elsewhere: tests/api/coupons/gateway.rs: `/programs/{id}/discount`
//! Elsewhere: tests/api/coupons/for_all.rs: `/programs/{id}/discount/codes`

mod click_rules;
mod network_listing;
mod page;
mod plan_fields;
mod plan_simulation;
mod plans;
mod sub_affiliates;
mod terms;

use serde_json::{Value, json};
use world::World;

use crate::created;

#[tokio::test]
async fn an_archived_program_takes_nothing_new_and_goes_on_paying() {
    let world = World::start().await;
    let api = world.api();
    let path = format!("/programs/{}", world.acme.program);
    let sale = |name: &str| json!({"externalEventId": name, "amountCents": 10_000, "customerId": "ann", "affiliateSlug": world.acme.partner.slug});
    created(&world, "/conversions", sale("one")).await;
    let archived = api.patch(&path, &json!({"archived": true})).await.expect_status(200).json();
    assert!(archived["archivedAt"].is_string());
    let gone = "select count(*) from edge_config where record is null";
    assert!(world.database.count(gone).await >= 4, "its links, its page's key and its script are off");
    assert_eq!(
        (api.all("/programs?status=Archived").await.len(), api.all("/programs?status=Active").await.len()),
        (1, 0)
    );
    for (list, body) in
        [("/links", json!({"destination": "https://acme.test/x"})), ("/coupons", json!({"code": "NEW"}))]
    {
        let mut body = body;
        body["programId"] = json!(world.acme.program.to_string());
        body["affiliateId"] = json!(world.acme.partner.affiliate.to_string());
        let refused = api.post(list, &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "programId".to_owned()), "{list}");
    }
    assert_eq!(created(&world, "/conversions", sale("two")).await["commissions"][0]["amountCents"], 2_000);
    let back = api.patch(&path, &json!({"archived": false})).await.expect_status(200).json();
    assert_eq!(back["archivedAt"], Value::Null);
    assert_eq!(world.database.count("select count(*) from edge_config where record is null").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn whether_applicants_are_approved_automatically_is_read_and_set() {
    let world = World::shared().await;
    let (api, path) = (world.api(), format!("/programs/{}", world.acme.program));
    assert_eq!(api.get(&path).await.expect_status(200).json()["autoApprove"], false);
    for wish in [true, false] {
        let changed = api.patch(&path, &json!({"autoApprove": wish})).await.expect_status(200).json();
        assert_eq!(changed["autoApprove"], wish);
        assert_eq!(api.get(&path).await.json(), changed);
        // What stays as it was is in no log.
        api.patch(&path, &json!({"autoApprove": wish})).await.expect_status(200);
    }
    let entries = api.all("/audit-log?action=program.changed").await;
    let changes: Vec<_> = entries.iter().map(|entry| entry["after"].clone()).collect();
    assert_eq!(changes, [json!({"autoApprove": false}), json!({"autoApprove": true})]);
    assert_eq!(api.patch(&path, &json!({"autoApprove": "yes"})).await.status, 400);
    let other = world.other_api().patch(&path, &json!({"autoApprove": true})).await;
    assert_eq!(other.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}
