//! Goal: the coupon that won a sale is recorded with it, and each coupon has its sales, renewals, refunds and revenue,
//! and lists them.
//! Method: an affiliate with two codes, whose sales arrive in signed batches; a refund is recorded by API.

use serde_json::{Value, json};
use shared::event::Event;
use world::{
    brand::But,
    program_fixture::{ProgramFixture, percentage},
    wait::now,
};

#[tokio::test]
async fn each_sale_has_its_coupon_and_each_coupon_its_sales() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    let mut ids = Vec::new();
    for code in ["NADIA10", "NADIA20"] {
        let coupon = json!({"programId": fixture.program, "affiliateId": nadia, "code": code});
        let made = fixture.api.post("/coupons", &coupon).await.expect_status(201).json();
        assert_eq!(made["sold"], json!({"sales": 0, "renewals": 0, "refunded": 0, "revenue": []}));
        ids.push(made["id"].clone());
    }
    let by = |id: &str, code: Option<&str>, buyer: &str| -> Event {
        fixture.world.acme.sale(id, 10_000).but(|report| {
            report.coupon_code = code.map(str::to_owned);
            report.customer_id = Some(buyer.to_owned());
            report.occurred_at = Some(now());
        })
    };
    let linked = fixture.sale("linked", "nadia", "visitor", now(), 10_000);
    let first = [by("ten", Some("nadia10"), "ann"), by("twenty", Some("NADIA20"), "ben"), linked];
    fixture.world.intake().accept(&first).await;
    // The code is named by one of the two; the customer stays theirs.
    fixture.world.intake().accept(&[by("third", Some("nadia20"), "cem"), by("again", None, "ben")]).await;
    let booked = async |id: &str| fixture.api.booked(id).await.unwrap().0;
    for (id, rule, coupon) in [
        ("ten", "coupon", &ids[0]),
        ("twenty", "coupon", &ids[1]),
        ("third", "coupon", &ids[1]),
        ("again", "bound", &ids[1]),
        ("linked", "slug", &Value::Null),
    ] {
        let conversion = booked(id).await;
        assert_eq!((&conversion["creditedBy"], &conversion["couponId"]), (&json!(rule), coupon), "{id}");
    }
    let listed = async |filter: &str| fixture.api.all(&format!("/conversions?{filter}")).await.len();
    for (coupon, found) in [(&ids[0], 1), (&ids[1], 3)] {
        assert_eq!(listed(&format!("couponId={}", coupon.as_str().unwrap())).await, found, "{coupon}");
    }
    let second = ids[1].as_str().unwrap();
    assert_eq!(listed(&format!("couponId={second}&type=Recurring")).await, 1);
    assert_eq!(listed("couponId=cpn_01kdvdna00fzv3m8q5t2r9w6xe").await, 0, "one that doesn't exist");
    let refused = fixture.api.get("/conversions?couponId=NADIA20").await.field_refusal();
    assert_eq!((refused.0, refused.2.as_str()), (400, "couponId"));
    let sold = async |coupon: &Value| {
        let path = format!("/coupons/{}", coupon.as_str().unwrap());
        fixture.api.get(&path).await.expect_status(200).json()["sold"].clone()
    };
    let figures = |sales: i64, renewals: i64, refunded: i64, cents: i64| {
        let revenue = json!([{"currency": "USD", "amountCents": cents}]);
        json!({"sales": sales, "renewals": renewals, "refunded": refunded, "revenue": revenue})
    };
    assert_eq!((sold(&ids[0]).await, sold(&ids[1]).await), (figures(1, 0, 0, 10_000), figures(2, 1, 0, 30_000)));

    let third = booked("third").await["id"].as_str().unwrap().to_owned();
    let refund = json!({"amountCents": 10_000, "reason": "Changed their mind."});
    fixture.api.post(&format!("/conversions/{third}/refund"), &refund).await.expect_status(200);
    let all = fixture.api.all("/coupons?code=NADIA20").await;
    assert_eq!(all[0]["sold"], figures(1, 1, 1, 20_000), "a refund lowers the count");

    let (_, commissions) = fixture.api.booked("ten").await.unwrap();
    let path = format!("/commissions/{}/explain", commissions[0]["id"].as_str().unwrap());
    let credit = fixture.api.get(&path).await.expect_status(200).json()["credit"].clone();
    assert_eq!(credit["inWords"], "The customer used nadia's coupon NADIA10.");
    assert_eq!(credit["touches"][0]["coupon"], "NADIA10");
    fixture.world.finish().await;
}
