//! Goal: affiliates and coupons that are created by API work immediately, no one gets a duplicate, and an archived
//! coupon frees its code.
//! Method: they are created by API, used by signed batches and refused by a table of wrong requests.

mod codes;
mod for_all;
mod gateway;
mod gateway_faults;
mod limits;
mod sales;
mod subscriptions;

use serde_json::json;
use world::{
    World,
    brand::But,
    program_fixture::{ProgramFixture, percentage},
    wait::now,
};

use crate::created;

#[tokio::test]
async fn an_affiliate_with_a_link_and_coupons() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let gold = json!({"name": "Gold Member", "email": "Gold@Creators.Test", "segment": "gold"});
    let gold = fixture.api.post("/affiliates", &gold).await.expect_status(201).json();
    assert_eq!(
        (&gold["slug"], &gold["email"], &gold["segment"]),
        (&json!("gold-member"), &json!("gold@creators.test"), &json!("gold"))
    );
    assert_eq!((&gold["status"], &gold["link"]), (&json!("Approved"), &json!(null)));
    let coupon =
        json!({"programId": fixture.program, "affiliateId": nadia, "code": "NADIA10", "externalId": "promo_1"});
    let made = fixture.api.post("/coupons", &coupon).await.expect_status(201).json();
    assert_eq!((&made["overridesClickAttribution"], &made["externalId"]), (&json!(true), &json!("promo_1")));
    assert_eq!(fixture.api.get(&format!("/coupons/{}", made["id"].as_str().unwrap())).await.json(), made);
    assert_eq!(fixture.api.all("/coupons?code=nadia10").await, std::slice::from_ref(&made));
    let by = |id: &str, code: &str| {
        fixture.world.acme.sale(id, 10_000).but(|report| {
            report.coupon_code = Some(code.to_owned());
            report.occurred_at = Some(now());
        })
    };
    fixture.world.intake().accept(&[by("code", "nadia10"), by("gateway", "promo_1")]).await;
    for id in ["code", "gateway"] {
        let (conversion, _) = fixture.api.booked(id).await.unwrap();
        assert_eq!(
            (conversion["creditedBy"].as_str(), conversion["affiliateId"].as_str()),
            (Some("coupon"), Some(nadia.as_str()))
        );
        assert_eq!(fixture.earned(id).await, 2_000);
    }
    for (code, external, field) in [
        ("nadia10", None, "code"),
        ("OTHER", Some("PROMO_1"), "externalId"),
        ("promo_1", None, "code"),
        ("OTHER", Some("Nadia10"), "externalId"),
    ] {
        let body = json!({"programId": fixture.program, "affiliateId": nadia, "code": code, "externalId": external});
        let refused = fixture.api.post("/coupons", &body).await;
        assert_eq!(refused.field_refusal(), (409, "coupon_taken".to_owned(), field.to_owned()), "{body}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn what_is_refused() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let refused = [
        (json!({"name": "N", "email": "nadia@creators.test"}), 409, "affiliate_exists", "email"),
        (json!({"name": "N", "email": "n@creators.test", "slug": "NADIA"}), 409, "slug_taken", "slug"),
        (json!({"name": "N", "email": "n@creators.test", "slug": "a/b"}), 400, "validation_failed", "slug"),
        (json!({"name": "", "email": "n@creators.test"}), 400, "validation_failed", "name"),
        (json!({"name": "N", "email": "n"}), 400, "validation_failed", "email"),
        (json!({"name": "N", "email": "n@creators.test", "status": "Banned"}), 400, "validation_failed", "status"),
        (json!({"name": "N", "email": "n@creators.test", "segment": ""}), 400, "validation_failed", "segment"),
        (
            json!({"name": "N", "email": "n@creators.test", "programId": fixture.program}),
            400,
            "validation_failed",
            "destination",
        ),
        (
            json!({"name": "N", "email": "n@creators.test", "destination": "https://a.test"}),
            400,
            "validation_failed",
            "programId",
        ),
        (
            json!({"name": "N", "email": "n@creators.test", "programId": fixture.program, "destination": "javascript:1"}),
            400,
            "validation_failed",
            "destination",
        ),
        (
            json!({"name": "N", "email": "n@creators.test", "programId": fixture.program, "destination": "https://a.test", "status": "Pending"}),
            400,
            "validation_failed",
            "status",
        ),
    ];
    for (body, status, code, field) in refused {
        let answer = fixture.api.post("/affiliates", &body).await;
        assert_eq!(answer.field_refusal(), (status, code.to_owned(), field.to_owned()), "{body}");
    }
    assert_eq!(fixture.api.all("/affiliates?slug=n").await.len(), 0);
    let pending = json!({"name": "Pending", "email": "p@creators.test", "status": "Pending"});
    let pending = fixture.api.post("/affiliates", &pending).await.expect_status(201).json();
    for (body, field) in [
        (json!({"programId": fixture.program, "affiliateId": pending["id"], "code": "P"}), "affiliateId"),
        (json!({"programId": fixture.program, "affiliateId": nadia, "code": " "}), "code"),
        (json!({"programId": fixture.program, "affiliateId": nadia, "code": "x".repeat(101)}), "code"),
        (json!({"programId": fixture.program, "affiliateId": nadia, "code": "A", "externalId": ""}), "externalId"),
        (json!({"programId": fixture.program, "code": "A"}), "affiliateId"),
    ] {
        assert_eq!(fixture.api.post("/coupons", &body).await.field_refusal().2, field, "{body}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn an_archived_coupon_credits_what_was_sold_before_and_frees_its_code() {
    let world = World::shared().await;
    let api = world.api();
    let coupon = json!({"programId": world.acme.program.to_string(), "code": "SAVE20",
                        "affiliateId": world.acme.partner.affiliate.to_string()});
    let made = created(&world, "/coupons", coupon.clone()).await;
    let path = format!("/coupons/{}", made["id"].as_str().unwrap());
    let before = world::wait::now();
    let changed = api.patch(&path, &json!({"overridesClickAttribution": false})).await.expect_status(200).json();
    assert_eq!(changed["overridesClickAttribution"], false);
    let moved = api.patch(&path, &json!({"affiliateId": "aff_1"})).await;
    assert_eq!(moved.field_refusal(), (400, "validation_failed".to_owned(), "affiliateId".to_owned()));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let archived = api.delete(&path).await.expect_status(200).json();
    assert!(archived["archivedAt"].is_string());
    let late = api.patch(&path, &json!({"externalId": "promo_1"})).await;
    assert_eq!(late.refusal(), (409, "coupon_archived".to_owned()));
    let second = world.acme.join(&world.database, "second").await;
    let mut again = coupon;
    again["affiliateId"] = json!(second.affiliate.to_string());
    created(&world, "/coupons", again).await;
    let sold = async |name: &str, at: Option<String>| {
        let sale = json!({"externalEventId": name, "amountCents": 10_000, "couponCode": "save20", "customerId": name, "occurredAt": at});
        created(&world, "/conversions", sale).await["affiliateId"].clone()
    };
    assert_eq!(sold("before", Some(before.to_string())).await, world.acme.partner.affiliate.to_string());
    assert_eq!(sold("after", None).await, second.affiliate.to_string());
    assert_eq!((api.all("/coupons?status=Archived").await.len(), api.all("/coupons?code=Save20").await.len()), (1, 2));
    world.finish().await;
}
