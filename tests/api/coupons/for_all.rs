//! Goal: one request creates a code for each affiliate of a program who has none, and another one creates nothing twice.
//! Method: affiliates join; the codes are previewed, created twice and read at the fake Stripe after the jobs.

use serde_json::{Value, json};
use world::fakes::stripe;

use super::gateway::Codes;

async fn shown(codes: &Codes) -> Value {
    let world = &codes.fixture.world;
    let path = format!("/programs/{}/discount/codes", world.acme.program);
    world.api().get(&path).await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_gets_one_code() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let world = &codes.fixture.world;
    let path = format!("/programs/{}/discount/codes", world.acme.program);
    let vale = codes.create("VALE20").await;
    let partner = format!("/coupons?affiliateId={}", world.acme.partner.affiliate);
    let owned = world.api().all(&partner).await;
    assert_eq!(codes.settled(&vale).await["gateway"]["status"], "active");
    let before = shown(&codes).await["withoutCode"].as_i64().unwrap();
    for slug in ["ada", "ada-", "ben-moss", "rex"] {
        world.acme.join(&world.database, slug).await;
    }
    world.database.run("update affiliates set status = 'Rejected' where slug = 'rex'").await;
    let preview = shown(&codes).await;
    assert_eq!(preview["withoutCode"], json!(before + 3), "{preview}");
    assert_eq!((&preview["waiting"], &preview["active"]), (&json!(0), &json!(1)));
    assert_eq!(world.database.count("select count(*) from coupons where code like 'BENMOSS%'").await, 0);

    let created = world.api().post(&path, &json!({})).await.expect_status(200).json();
    assert_eq!(created, json!({"created": before + 3, "skipped": 0, "withoutCode": 0}));
    let again = world.api().post(&path, &json!({})).await.expect_status(200).json();
    assert_eq!(again, json!({"created": 0, "skipped": 0, "withoutCode": 0}), "nothing twice");
    let named = "select c.code from coupons c join affiliates a on a.organization_id = c.organization_id
                 and a.id = c.affiliate_id where a.slug in ('ada', 'ada-', 'ben-moss', 'rex') order by c.code";
    assert_eq!(world.database.texts(named).await, [["ADA20"], ["ADA20X2"], ["BENMOSS20"]]);
    assert_eq!(world.api().all(&partner).await.len(), owned.len(), "who has a code keeps it");

    codes.settled(&vale).await;
    assert_eq!(codes.at_stripe("BENMOSS20"), [true]);
    codes.fixture.stripe.with(|stripe| assert_eq!(stripe.coupons.coupons.len(), 1, "one coupon for all codes"));
    let done = shown(&codes).await;
    assert_eq!((&done["waiting"], &done["active"]), (&json!(0), &json!(before + 4)), "{done}");
    assert_eq!(done["preview"], json!([]));
    assert_eq!(world.other_api().post(&path, &json!({})).await.status, 404);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_discount_there_are_no_codes() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let world = &codes.fixture.world;
    let discount = format!("/programs/{}/discount", world.acme.program);
    world.api().delete(&discount).await.expect_status(200);
    assert_eq!(world.api().get(&format!("{discount}/codes")).await.status, 404);
    assert_eq!(world.api().post(&format!("{discount}/codes"), &json!({})).await.status, 404);
    assert_eq!(world.database.count("select count(*) from gateway_coupons").await, 0);
    codes.fixture.world.finish().await;
}
