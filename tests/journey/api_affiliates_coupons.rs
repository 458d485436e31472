//! Goal: affiliates and coupons made by API work at once, and nobody gets two of a kind.
//! Method: made by API, used by signed batches, refused by table.

use serde_json::json;
use world::{brand::But, wait::now};

use crate::plans::{Scene, percentage};

#[tokio::test]
async fn an_affiliate_with_a_link_and_coupons() {
    let scene = Scene::new(percentage("20")).await;
    let nadia = scene.affiliate("nadia").await;
    let gold = json!({"name": "Gold Member", "email": "Gold@Creators.Test", "segment": "gold"});
    let gold = scene.api.post("/affiliates", &gold).await.expect_status(201).json();
    assert_eq!(
        (&gold["slug"], &gold["email"], &gold["segment"]),
        (&json!("gold-member"), &json!("gold@creators.test"), &json!("gold"))
    );
    assert_eq!((&gold["status"], &gold["link"]), (&json!("Approved"), &json!(null)));
    let coupon = json!({"programId": scene.program, "affiliateId": nadia, "code": "NADIA10", "externalId": "promo_1"});
    let made = scene.api.post("/coupons", &coupon).await.expect_status(201).json();
    assert_eq!((&made["overridesClickAttribution"], &made["externalId"]), (&json!(true), &json!("promo_1")));
    assert_eq!(scene.api.get(&format!("/coupons/{}", made["id"].as_str().unwrap())).await.json(), made);
    assert_eq!(scene.api.all("/coupons?code=nadia10").await, std::slice::from_ref(&made));
    let by = |id: &str, code: &str| {
        scene.world.acme.sale(id, 10_000).but(|report| {
            report.coupon_code = Some(code.to_owned());
            report.occurred_at = Some(now());
        })
    };
    scene.world.intake().accept(&[by("code", "nadia10"), by("gateway", "promo_1")]).await;
    for id in ["code", "gateway"] {
        let (conversion, _) = scene.api.booked(id).await.unwrap();
        assert_eq!(
            (conversion["creditedBy"].as_str(), conversion["affiliateId"].as_str()),
            (Some("coupon"), Some(nadia.as_str()))
        );
        assert_eq!(scene.earned(id).await, 2_000);
    }
    for (code, external, field) in [
        ("nadia10", None, "code"),
        ("OTHER", Some("PROMO_1"), "externalId"),
        ("promo_1", None, "code"),
        ("OTHER", Some("Nadia10"), "externalId"),
    ] {
        let body = json!({"programId": scene.program, "affiliateId": nadia, "code": code, "externalId": external});
        let refused = scene.api.post("/coupons", &body).await;
        assert_eq!(refused.field_refusal(), (409, "coupon_taken".to_owned(), field.to_owned()), "{body}");
    }
    scene.world.finish().await;
}

#[tokio::test]
async fn what_is_refused() {
    let scene = Scene::new(percentage("20")).await;
    let nadia = scene.affiliate("nadia").await;
    let refused = [
        (json!({"name": "N", "email": "nadia@creators.test"}), 409, "affiliate_exists", "email"),
        (json!({"name": "N", "email": "n@creators.test", "slug": "NADIA"}), 409, "slug_taken", "slug"),
        (json!({"name": "N", "email": "n@creators.test", "slug": "a/b"}), 400, "validation_failed", "slug"),
        (json!({"name": "", "email": "n@creators.test"}), 400, "validation_failed", "name"),
        (json!({"name": "N", "email": "n"}), 400, "validation_failed", "email"),
        (json!({"name": "N", "email": "n@creators.test", "status": "Banned"}), 400, "validation_failed", "status"),
        (json!({"name": "N", "email": "n@creators.test", "segment": ""}), 400, "validation_failed", "segment"),
        (
            json!({"name": "N", "email": "n@creators.test", "programId": scene.program}),
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
            json!({"name": "N", "email": "n@creators.test", "programId": scene.program, "destination": "javascript:1"}),
            400,
            "validation_failed",
            "destination",
        ),
        (
            json!({"name": "N", "email": "n@creators.test", "programId": scene.program, "destination": "https://a.test", "status": "Pending"}),
            400,
            "validation_failed",
            "status",
        ),
    ];
    for (body, status, code, field) in refused {
        let answer = scene.api.post("/affiliates", &body).await;
        assert_eq!(answer.field_refusal(), (status, code.to_owned(), field.to_owned()), "{body}");
    }
    assert_eq!(scene.api.all("/affiliates?slug=n").await.len(), 0);
    let pending = json!({"name": "Pending", "email": "p@creators.test", "status": "Pending"});
    let pending = scene.api.post("/affiliates", &pending).await.expect_status(201).json();
    for (body, field) in [
        (json!({"programId": scene.program, "affiliateId": pending["id"], "code": "P"}), "affiliateId"),
        (json!({"programId": scene.program, "affiliateId": nadia, "code": " "}), "code"),
        (json!({"programId": scene.program, "affiliateId": nadia, "code": "x".repeat(101)}), "code"),
        (json!({"programId": scene.program, "affiliateId": nadia, "code": "A", "externalId": ""}), "externalId"),
        (json!({"programId": scene.program, "code": "A"}), "affiliateId"),
    ] {
        assert_eq!(scene.api.post("/coupons", &body).await.field_refusal().2, field, "{body}");
    }
    scene.world.finish().await;
}
